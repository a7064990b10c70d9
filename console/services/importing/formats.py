"""The file formats that can be imported, and which of them a file is."""

import csv
from enum import StrEnum
from itertools import islice
from pathlib import Path

from console.policy.errors import Invalid, Problem
from console.services.importing.decoding import TextFile
from console.services.importing.json_scan import scan
from console.services.importing.lookup import Fields, folded


class Format(StrEnum):
    """A file format; the values are what the command line and saved mappings call it."""

    CONSOLE_CSV = "console-csv"
    CONSOLE_JSONL = "console-jsonl"
    ZENDESK_JSON = "zendesk-json"
    FRESHDESK_CSV = "freshdesk-csv"
    FRESHDESK_JSON = "freshdesk-json"
    RT_TSV = "rt-tsv"
    RT_JSON = "rt-json"

    @property
    def label(self) -> str:
        """The format's name for a list or a heading."""
        return _TITLES[self]

    @property
    def tabular(self) -> bool:
        """Whether the file is a table with a heading (else JSON)."""
        return self in {Format.CONSOLE_CSV, Format.FRESHDESK_CSV, Format.RT_TSV}

    @property
    def source(self) -> str:
        """The system that writes it: the first half of a ticket's key unless the mapping names another."""
        return {"rt": "request-tracker"}.get(self.value.split("-")[0], self.value.split("-")[0])

    @property
    def lists(self) -> frozenset[str]:
        """The names under which a JSON object of this format holds its tickets, and lists that explain
        them.
        """
        return _LISTS.get(self, frozenset())


_TITLES = {
    Format.CONSOLE_CSV: "Support Console, CSV",
    Format.CONSOLE_JSONL: "Support Console, JSON Lines",
    Format.ZENDESK_JSON: "Zendesk tickets, JSON (export or API)",
    Format.FRESHDESK_CSV: "Freshdesk tickets, CSV export",
    Format.FRESHDESK_JSON: "Freshdesk tickets, JSON (export or API)",
    Format.RT_TSV: "Request Tracker, search results as TSV",
    Format.RT_JSON: "Request Tracker, JSON (REST 2)",
}

#: Lists beside the tickets that name people and organizations by id (Zendesk's side-loads).
SIDE_LISTS = frozenset({"users", "organizations"})

_LISTS = {
    Format.CONSOLE_JSONL: frozenset({"tickets"}),
    Format.ZENDESK_JSON: frozenset({"tickets", "results"}) | SIDE_LISTS,
    Format.FRESHDESK_JSON: frozenset({"tickets", "results"}),
    Format.RT_JSON: frozenset({"items", "tickets"}),
}

#: Columns (folded) that tell a table's format, and keys that tell a JSON record's; most hits win.
_TABLE_SIGNS = {
    Format.CONSOLE_CSV: ("externalid", "account", "openedat", "body", "requesterisadministrator"),
    Format.FRESHDESK_CSV: (
        "ticketid",
        "createdtime",
        "resolvedtime",
        "initialresponsetime",
        "duebytime",
        "agentinteractions",
        "customerinteractions",
        "firstresponsestatus",
        "fullname",
        "source",
    ),
    Format.RT_TSV: (
        "id",
        "queue",
        "queuename",
        "requestor",
        "requestors",
        "owner",
        "ownername",
        "told",
        "lastupdated",
        "timeleft",
        "created",
        "started",
        "resolved",
        "lastcontact",
    ),
}
_JSON_SIGNS = {
    Format.CONSOLE_JSONL: ("external_id", "account", "opened_at", "body", "requester_email"),
    Format.ZENDESK_JSON: (
        "raw_subject",
        "submitter_id",
        "via",
        "requester",
        "requester_id",
        "organization_id",
        "metric_set",
        "status",
        "assignee_id",
        "created_at",
        "brand_id",
        "tags",
        "satisfaction_rating",
        "url",
    ),
    Format.FRESHDESK_JSON: (
        "helpdesk_ticket",
        "description_text",
        "responder_id",
        "fr_due_by",
        "fr_escalated",
        "cc_emails",
        "fwd_emails",
        "company_id",
        "email_config_id",
        "source",
        "due_by",
        "requester_id",
        "created_at",
        "spam",
        "display_id",
    ),
    Format.RT_JSON: (
        "Subject",
        "Queue",
        "Requestor",
        "Requestors",
        "EffectiveId",
        "Created",
        "Status",
        "Owner",
        "_url",
        "numerical_id",
        "_hyperlinks",
        "Priority",
    ),
}


def detect(path: Path) -> Format:
    """The format of the file, told by its first record or its heading.

    Raises Invalid when the file is empty, not text, or of no format that is known.
    """
    pieces = iter(TextFile(path))
    start = next(pieces, "")
    opening = start.lstrip(" \t\r\n\ufeff")[:1]
    if not opening:
        raise Invalid(f"“{path.name}” is empty.")
    found = _json_format(path) if opening in "[{" else _table_format(start)
    if found is None:
        known = "; ".join(each.label for each in Format)
        raise Invalid(
            f"“{path.name}” is none of the formats that can be imported: {known}. Name it if you know."
        )
    return found


def heading(line: str, delimiter: str) -> list[str]:
    """The column names of a table's first line. Raises Invalid when it is no CSV or goes on beyond its line."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise Invalid(
            f"The heading, on the file's first line, is not valid CSV: {error}.", title="Not a valid table"
        ) from error


def delimiter_of(line: str) -> str:
    """Comma, semicolon or tab: whichever the heading has most of."""
    return max(",;\t", key=line.count)


def _table_format(start: str) -> Format | None:
    line = start.lstrip("\ufeff\r\n").replace("\r", "\n").split("\n", 1)[0]
    try:
        names = {folded(name) for name in heading(line[:65536], delimiter_of(line))}
    except Invalid:
        return None
    return _best({each: sum(sign in names for sign in signs) for each, signs in _TABLE_SIGNS.items()})


def _json_format(path: Path) -> Format | None:
    every_list = frozenset().union(*_LISTS.values())
    try:
        found = scan(TextFile(path), every_list, SIDE_LISTS)
        records = list(islice((record for key, record in found if key not in SIDE_LISTS), 3))
    except Problem:
        records = _first_line_records(path)
    keys = {key for record in records if isinstance(record, dict) for key in _signs_in(record)}
    return _best({each: sum(sign in keys for sign in signs) for each, signs in _JSON_SIGNS.items()})


def _first_line_records(path: Path) -> list[object]:
    """What can be told of JSON Lines whose first lines are broken: the first whole line among the first
    hundred.
    """
    from console.services.importing.decoding import lines
    from console.services.importing.json_scan import value_of

    for line in islice(lines(iter(TextFile(path))), 100):
        try:
            return [value_of(line)]
        except ValueError:
            continue
    return []


def _signs_in(record: Fields) -> list[str]:
    if isinstance(record.get("helpdesk_ticket"), dict):
        return ["helpdesk_ticket", "display_id", "fr_due_by"]
    pages = (record.get(key) for key in ("tickets", "items", "results"))
    wrapped = next((page[0] for page in pages if isinstance(page, list) and page), record.get("ticket"))
    return list(wrapped if isinstance(wrapped, dict) else record)


def _best(hits: dict[Format, int]) -> Format | None:
    found = max(hits, key=lambda each: hits[each])
    return found if hits[found] >= 2 else None
