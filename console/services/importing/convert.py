"""One row to one ticket, by a mapping: lookups, translations, checks that a ticket's times make sense."""

from datetime import datetime, timedelta
from typing import NoReturn

from console.policy.terms import Channel, Hosting, Priority, Status, SupportOption
from console.services.importing.cleaning import body, name, one_line, plain_from_html, subject_and_body
from console.services.importing.comments import comments_of
from console.services.importing.instants import instant
from console.services.importing.lookup import folded, text_of, value_at
from console.services.importing.mapping import LEAVE_OUT, Mapping
from console.services.importing.records import (
    NAME_LIMIT,
    ImportedComment,
    ImportedTicket,
    Rejected,
    RowError,
    Side,
)
from console.services.importing.rows import Row

_MOST_MEANINGS = 1_000
_TIMES = ("first_replied_at", "begun_at", "planned_at", "resolved_at", "cancelled_at")
_NEEDS = {Status.BEGUN: "begun_at", Status.PLANNED: "planned_at", Status.RESOLVED: "resolved_at"}


class Converter:
    """Rows to tickets under one mapping; remembers the keys seen, to reject a ticket's second row.

    ``now``, when given, rejects rows that were opened after it.
    """

    def __init__(self, mapping: Mapping, now: datetime | None = None) -> None:
        self.mapping = mapping
        self._now = now
        self._seen: dict[str, int] = {}
        self._tabular = mapping.format.tabular
        self._meanings: dict[tuple[str, str], str | None] = {}
        self._paths = {
            key: tuple((folded(path) if self._tabular else path, path) for path in paths)
            for key, paths in mapping.fields.items()
            if paths
        }

    def ticket(self, row: Row) -> ImportedTicket | Rejected:
        """The row as a ticket, or why it is none."""
        external_id = ""
        try:
            external_id = self._external_id(row)
            found = _Reading(self, row).ticket(external_id)
            self._once(external_id, row.number)
        except RowError as problem:
            return Rejected(row.number, row.raw, problem.reason, external_id)
        return found

    def text(self, row: Row, field: str) -> str:
        """What the source says for one of our fields, as it stands there; ``""`` for nothing."""
        return self.said(row, field)[0]

    def said(self, row: Row, field: str) -> tuple[str, str]:
        """(text, source path) of the first path that holds something."""
        for key, path in self._paths.get(field, ()):
            value = row.fields.get(key) if self._tabular else value_at(row.fields, key)
            text = value if isinstance(value, str) else text_of(value)
            if text and not text.isspace():
                return text, path
        return "", ""

    def meaning(self, field: str, said: str) -> str | None:
        """What the mapping says of a source word; answers are kept, for files use the same few words."""
        if (field, said) not in self._meanings:
            if len(self._meanings) >= _MOST_MEANINGS:
                self._meanings.clear()
            self._meanings[field, said] = self.mapping.meaning(field, said)
        return self._meanings[field, said]

    def _external_id(self, row: Row) -> str:
        found = name(self.text(row, "external_id").removeprefix("ticket/"), "The external_id")
        if not found:
            raise RowError("The ticket has no number or key of its own (external_id).")
        return found

    def _once(self, external_id: str, number: int) -> None:
        before = self._seen.setdefault(external_id, number)
        if before != number:
            raise RowError(f"Ticket {external_id} stood already in row {before:,}.")

    def check_now(self, opened_at: datetime) -> None:
        """Raises RowError for a ticket that was opened in the future."""
        if self._now is not None and opened_at > self._now:
            raise RowError(f"The ticket was opened in the future ({opened_at.isoformat()}).")


class _Reading:
    """The reading of one row: what was defaulted and what was concluded gathers here."""

    def __init__(self, converter: Converter, row: Row) -> None:
        self._by = converter
        self._mapping = converter.mapping
        self._row = row
        self._defaulted: set[str] = set()
        self._notes: list[str] = []

    def ticket(self, external_id: str) -> ImportedTicket:
        opened_at = self._opened_at()
        comments = comments_of(self._row.fields, self._mapping)
        status = Status(self._word("status"))
        times = self._times(opened_at, status, comments)
        subject, text = self._words()
        requester, email = self._requester()
        return ImportedTicket(
            row=self._row.number,
            source=self._mapping.source,
            external_id=external_id,
            account_name=self._account(),
            hosting=Hosting(self._word("hosting")),
            option=SupportOption(self._word("option")),
            requester_name=requester,
            requester_email=email,
            requester_is_administrator=self._word("requester_is_administrator") == "yes",
            channel=Channel(self._word("channel")),
            priority=Priority(self._word("priority")),
            subject=subject,
            body=text,
            opened_at=opened_at,
            status=status,
            plan_text=body(self._by.text(self._row, "plan_text"), "The plan"),
            assignee=name(self._by.text(self._row, "assignee"), "The assignee's name"),
            comments=comments,
            defaulted=frozenset(self._defaulted),
            notes=tuple(self._notes),
            **times,
        )

    def _word(self, field: str) -> str:
        said = self._by.text(self._row, field)
        if not said:
            return self._default(field)
        meaning = self._by.meaning(field, said)
        if meaning is None:
            raise RowError(f"The {field} “{one_line(said)[:60]}” has no meaning in the mapping.")
        if meaning == LEAVE_OUT:
            raise RowError(f"Left out, as the mapping says for {field} “{one_line(said)[:60]}”.")
        return meaning

    def _default(self, field: str) -> str:
        found = self._mapping.defaults.get(field)
        if found is None:
            raise RowError(f"The row has no {field}, and the mapping has no default for it.")
        self._defaulted.add(field)
        return found

    def _account(self) -> str:
        return name(self._by.text(self._row, "account"), "The account's name") or self._default("account")

    def _requester(self) -> tuple[str, str]:
        said, *others = self._by.text(self._row, "requester_email").split(",")
        email = name(said, "The requester's e-mail address")
        if others:
            self._notes.append(f"Also asked by {one_line(', '.join(others))[:NAME_LIMIT]}.")
        requester = name(self._by.text(self._row, "requester_name"), "The requester's name") or email
        if requester:
            return requester, email
        number = name(self._by.text(self._row, "requester_id"), "The requester's number")
        if number:
            return f"{self._mapping.source} user {number}", email
        return self._default("requester_name"), email

    def _words(self) -> tuple[str, str]:
        said, path = self._by.said(self._row, "body")
        text = body(plain_from_html(said) if path in self._mapping.html else said)
        subject, text, cut = subject_and_body(self._by.text(self._row, "subject"), text)
        if cut:
            self._notes.append("The subject was cut; it stands whole at the top of the body.")
        return subject, text

    def _instant(self, field: str) -> datetime | None:
        said = self._by.text(self._row, field)
        return instant(said, field, self._mapping.assume_zone, self._mapping.date_order) if said else None

    def _opened_at(self) -> datetime:
        found = self._instant("opened_at")
        if found is None:
            raise RowError("The row has no time of opening (opened_at).")
        self._by.check_now(found)
        return found

    def _times(
        self, opened_at: datetime, status: Status, comments: tuple[ImportedComment, ...]
    ) -> dict[str, datetime | None]:
        times = {key: self._instant(key) for key in _TIMES}
        if times["first_replied_at"] is None:
            times["first_replied_at"] = self._first_reply(opened_at, comments)
        for field, at in times.items():
            if at is not None and at < opened_at:
                _early(field, at, opened_at)
        self._fit_to_status(times, status, opened_at)
        return times

    def _first_reply(self, opened_at: datetime, comments: tuple[ImportedComment, ...]) -> datetime | None:
        replies = (
            each.at for each in comments if each.side is Side.AGENT and each.public and each.at >= opened_at
        )
        minutes = self._by.text(self._row, "first_reply_minutes").strip()
        if minutes.isdecimal() and len(minutes) < 9:
            self._notes.append(
                f"The first reply is {minutes} minutes after the opening, as the source counts."
            )
            return opened_at + timedelta(minutes=int(minutes))
        return min(replies, default=None)

    def _fit_to_status(self, times: dict[str, datetime | None], status: Status, opened_at: datetime) -> None:
        if status is not Status.RESOLVED:
            times["resolved_at"] = None
        if status is not Status.CANCELLED:
            times["cancelled_at"] = None
        needed = "cancelled_at" if status is Status.CANCELLED else _NEEDS.get(status)
        if needed is not None and times[needed] is None:
            times[needed] = self._stand_in(needed, status, times, opened_at)
        closed_at = times["resolved_at"] or times["cancelled_at"]
        for field in ("begun_at", "planned_at"):
            at = times[field]
            if closed_at is not None and at is not None and at > closed_at:
                self._notes.append(f"{field} ({at.isoformat()}) was later than the end and is left out.")
                times[field] = None

    def _stand_in(
        self, needed: str, status: Status, times: dict[str, datetime | None], opened_at: datetime
    ) -> datetime:
        if needed == "begun_at" and times["first_replied_at"] is not None:
            self._notes.append("Work counts as begun with the first reply.")
            return times["first_replied_at"]
        last = self._instant("updated_at")
        if last is None or last < opened_at:
            raise RowError(f"The ticket is {status.value}, but nothing says when ({needed}).")
        self._notes.append(f"{needed} is not in the source; the ticket's last change stands in for it.")
        return last


def _early(field: str, at: datetime, opened_at: datetime) -> NoReturn:
    raise RowError(f"{field} ({at.isoformat()}) is before the opening ({opened_at.isoformat()}).")
