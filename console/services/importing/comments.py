"""The replies and notes of one ticket, as each format lists them, oldest first."""

from datetime import datetime

from console.services.importing.cleaning import body, name, plain_from_html
from console.services.importing.formats import Format
from console.services.importing.instants import instant
from console.services.importing.lookup import Fields, text_of, value_at
from console.services.importing.mapping import Mapping
from console.services.importing.records import COMMENT_LIMIT, ImportedComment, RowError, Side

_LISTS = {
    Format.CONSOLE_JSONL: ("comments",),
    Format.ZENDESK_JSON: ("comments",),
    Format.FRESHDESK_JSON: ("conversations", "notes"),
}
_TIMES = ("at", "created_at")
_AUTHORS = ("author", "author.name", "from_email", "author_id", "user_id")
_PLAIN = ("plain_body", "body_text")


def comments_of(fields: Fields, mapping: Mapping) -> tuple[ImportedComment, ...]:
    """The ticket's comments in order of time. Raises RowError when one of them cannot be taken."""
    lists = (fields.get(key) for key in _LISTS.get(mapping.format, ()))
    found = next((each for each in lists if isinstance(each, list)), [])
    if len(found) > COMMENT_LIMIT:
        raise RowError(f"The ticket has {len(found):,} comments; at most {COMMENT_LIMIT:,} can be taken.")
    read = (_comment(each, number, fields, mapping) for number, each in enumerate(found, 1))
    return tuple(sorted(read, key=_time))


def _time(comment: ImportedComment) -> datetime:
    return comment.at


def _comment(listed: object, number: int, ticket: Fields, mapping: Mapping) -> ImportedComment:
    wrapped = listed.get("note", listed.get("helpdesk_note", listed)) if isinstance(listed, dict) else None
    if not isinstance(wrapped, dict):
        raise RowError(f"Comment {number} is not a JSON object.")
    what = f"The time of comment {number}"
    at = instant(_first(wrapped, _TIMES), what, mapping.assume_zone, mapping.date_order)
    if at is None:
        raise RowError(f"{what} is missing.")
    public = _is_public(wrapped)
    return ImportedComment(
        at,
        _side(wrapped, ticket, mapping.format, number),
        name(_first(wrapped, _AUTHORS), f"The author of comment {number}"),
        public,
        body(_words(wrapped, mapping.format), f"Comment {number}"),
    )


def _first(fields: Fields, paths: tuple[str, ...]) -> str:
    return next((text for path in paths if (text := text_of(value_at(fields, path)))), "")


def _is_public(comment: Fields) -> bool:
    if "private" in comment:
        return comment["private"] is not True
    return comment.get("public", True) is not False


def _side(comment: Fields, ticket: Fields, format_: Format, number: int) -> Side:
    if format_ is Format.CONSOLE_JSONL:
        by = text_of(comment.get("by"))
        if by not in set(Side):
            raise RowError(f"Comment {number} says by “{by[:40]}”; it must be agent or customer.")
        return Side(by)
    if "incoming" in comment:
        return Side.CUSTOMER if comment["incoming"] is True else Side.AGENT
    author = text_of(comment.get("author_id")) or text_of(value_at(comment, "author.id"))
    asked = text_of(ticket.get("requester_id")) or text_of(value_at(ticket, "requester.id"))
    return Side.CUSTOMER if author and author == asked else Side.AGENT


def _words(comment: Fields, format_: Format) -> str:
    plain = _first(comment, _PLAIN)
    if plain:
        return plain
    said = text_of(comment.get("body"))
    if format_ is Format.FRESHDESK_JSON and "body_html" not in comment:
        return plain_from_html(said)
    return said or plain_from_html(_first(comment, ("html_body", "body_html")))
