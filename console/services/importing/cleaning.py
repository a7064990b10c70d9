"""Text made fit to keep: control characters and lone surrogates out, HTML to plain text, lengths kept."""

import re
import unicodedata
from html.parser import HTMLParser

from console.services.importing.records import BODY_LIMIT, NAME_LIMIT, SUBJECT_LIMIT, RowError

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_BREAKING = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "hr", "section", "article"}
    | {f"h{level}" for level in range(1, 7)}
)
_SILENT = frozenset({"script", "style", "head", "title", "template"})


def clean(text: str) -> str:
    """The text without characters that a database or a screen chokes on; lines end in a plain newline.

    NUL and other control characters vanish (tab and newline stay), lone surrogates become U+FFFD.
    """
    if _UNFIT.search(text) is None:
        return text
    return _UNFIT.sub(_replacement, text.replace("\r\n", "\n"))


def _replacement(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\r\x0b\x0c\x85\u2028\u2029":
        return "\n"
    return "\ufffd" if "\ud800" <= character <= "\udfff" else ""


def one_line(text: str) -> str:
    """The cleaned text on one line, in one Unicode form (NFC), without spaces around it."""
    cleaned = clean(text)
    if cleaned.isascii() and cleaned.isprintable() and "  " not in cleaned:
        return cleaned.strip()
    return unicodedata.normalize("NFC", _SPACES.sub(" ", cleaned).strip())


def name(text: str, what: str) -> str:
    """A name on one line. Raises RowError when it is longer than 200 characters."""
    line = one_line(text)
    if len(line) > NAME_LIMIT:
        raise RowError(f"{what} is longer than {NAME_LIMIT} characters.")
    return line


def body(text: str, what: str = "The body") -> str:
    """A body's cleaned text. Raises RowError when it is longer than 1,000,000 characters."""
    if len(text) > BODY_LIMIT:
        raise RowError(f"{what} is longer than {BODY_LIMIT:,} characters.")
    return clean(text).strip()


def subject_and_body(subject: str, text: str) -> tuple[str, str, bool]:
    """(subject, body, cut?): a subject over 300 characters is cut and stands whole at the top of the body."""
    if len(subject) > BODY_LIMIT:
        raise RowError(f"The subject is longer than {BODY_LIMIT:,} characters.")
    line = one_line(subject) or _first_line(text) or "(no subject)"
    if len(line) <= SUBJECT_LIMIT:
        return line, text, False
    whole = clean(subject).strip() or line
    shown = line[: SUBJECT_LIMIT - 1].rstrip() + "…"
    return shown, body(f"{whole}\n\n{text}".strip(), "Subject and body together"), True


def _first_line(text: str) -> str:
    line = one_line(text[:4000].split("\n", 1)[0])
    return line if len(line) <= 120 else line[:119].rstrip() + "…"


def plain_from_html(html: str) -> str:
    """The words of an HTML text, one block a line; links keep their address, nothing is fetched."""
    if len(html) > 4 * BODY_LIMIT:
        raise RowError(f"The HTML body is longer than {4 * BODY_LIMIT:,} characters.")
    parser = _Words()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.words).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


class _Words(HTMLParser):
    """Collects the text of a document; ``script`` and ``style`` say nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BREAKING:
            self.words.append("\n")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.words)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKING:
            self.words.append("\n")
        elif tag == "a" and self._links:
            self._name_address(*self._links.pop())

    def _name_address(self, address: str, start: int) -> None:
        said = "".join(self.words[start:])
        known = address.startswith(("http://", "https://", "mailto:"))
        if known and address.removeprefix("mailto:") not in said:
            self.words.append(f" <{address}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data.replace("\r", " ").replace("\n", " "))
