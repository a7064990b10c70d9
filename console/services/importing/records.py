"""What an import hands on: a ticket as our words have it, or a row that was rejected and why.

Pure data. Nothing here knows a file, a database or a clock.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from console.policy.errors import Problem
from console.policy.terms import Channel, Hosting, Priority, Status, SupportOption

#: Longest subject kept, in characters; a longer one is cut and stands whole in the body.
SUBJECT_LIMIT = 300
#: Longest body (and longest comment), in characters; a longer one rejects the row.
BODY_LIMIT = 1_000_000
#: Longest name of an account or a person, e-mail address or external id, in characters.
NAME_LIMIT = 200
#: Most comments of one ticket.
COMMENT_LIMIT = 5_000
#: How much of a rejected row is shown and saved, in characters.
RAW_LIMIT = 2_000

#: The statuses that an import can give a ticket; the others need more than a file can say.
IMPORTABLE = (Status.OPEN, Status.BEGUN, Status.PLANNED, Status.RESOLVED, Status.CANCELLED)


class Cancelled(Problem):
    """The person stopped the import; nothing of the file was saved."""

    title = "Import cancelled"


class Side(StrEnum):
    """Who wrote a comment: the firm's staff or the customer."""

    AGENT = "agent"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class ImportedComment:
    """One reply or note; ``at`` is aware UTC, ``public`` is False for the staff's own notes, ``body`` is
    plain text.
    """

    at: datetime
    side: Side
    author: str
    public: bool
    body: str


@dataclass(frozen=True, slots=True)
class ImportedTicket:
    """One ticket of a file in the console's words; every instant is aware UTC, every text plain and clean.

    ``row`` is the row's number in its file (a table's heading is row 1). ``defaulted`` names the fields
    that the file left out and the mapping's default filled: an account that exists already keeps its own
    hosting and option when they stand there. ``notes`` are sentences on what was changed or concluded on
    the way in.
    """

    row: int
    source: str
    external_id: str
    account_name: str
    hosting: Hosting
    option: SupportOption
    requester_name: str
    requester_email: str
    requester_is_administrator: bool
    channel: Channel
    priority: Priority
    subject: str
    body: str
    opened_at: datetime
    status: Status
    first_replied_at: datetime | None = None
    begun_at: datetime | None = None
    planned_at: datetime | None = None
    plan_text: str = ""
    resolved_at: datetime | None = None
    cancelled_at: datetime | None = None
    assignee: str = ""
    comments: tuple[ImportedComment, ...] = ()
    defaulted: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """(source, external id): the same for the same ticket in every file, so a second import adds
        nothing.
        """
        return self.source, self.external_id

    @property
    def digest(self) -> str:
        """64 hex digits that change when anything the file says of the ticket changes; the row's number is
        no part.
        """
        hashed = hashlib.sha256()
        for part in self._said():
            hashed.update(len(part).to_bytes(8, "big"))
            hashed.update(part)
        return hashed.hexdigest()

    def _said(self) -> Iterator[bytes]:
        for name in _DIGESTED:
            yield str(getattr(self, name)).encode()
        for comment in self.comments:
            for each in (comment.at, comment.side, comment.author, comment.public, comment.body):
                yield str(each).encode()

    def rejected(self, reason: str) -> "Rejected":
        """The row as rejected by whoever reads further (an account that may not have that option, say)."""
        said = (self.external_id, self.account_name, self.priority, self.opened_at.isoformat(), self.subject)
        return Rejected(self.row, " | ".join(said)[:RAW_LIMIT], reason, self.external_id)


_DIGESTED = tuple(
    each.name for each in fields(ImportedTicket) if each.name not in {"row", "comments", "defaulted", "notes"}
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is not imported: its number, what it held (cut at 2,000 characters), and the reason in one
    sentence.
    """

    row: int
    raw: str
    reason: str
    external_id: str = ""


class RowError(Exception):
    """Why one row cannot be taken, in one sentence; never leaves this package."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
