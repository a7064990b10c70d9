"""What the screens of work ask of the services. Each is imported when first used, so that the window is on screen
before the database layer is loaded; all of them block and are called through ``Context`` only, but for those
that say that they never do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from console.policy.errors import Invalid, Problem

if TYPE_CHECKING:
    from console.policy.actor import Actor
    from console.policy.terms import Milestone, PromiseKind
    from console.services.concerns import Concerns
    from console.services.desk import Changed, Desk
    from console.services.feed import Least, Listening, Moved, News, Silence
    from console.services.filtering import FilterProblem
    from console.services.queue import Counts, Listed, Mark, QueueKey, QueueRow
    from console.services.sweep import Swept
    from console.services.ticket_view import TicketView

STRIP, LATE = timedelta(hours=6), timedelta(hours=1)
#: More deadlines than this are thinned for the strip, which is a few hundred pixels wide.
MARKS, NEAR = 200, timedelta(seconds=40)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The queue as one reading found it; ``problems`` are the parts of the search that could not be read.

    ``marks`` are few enough to be drawn, ``due`` are the instants of all deadlines that they stand for, in order.
    """

    keys: list[QueueKey]
    marks: list[Mark]
    due: list[datetime]
    problems: tuple[FilterProblem, ...] = ()


# reading


def read_queue(desk: Desk, view: str, text: str, zone: str) -> Loaded:
    """The tickets of a saved view, narrowed by what stands in the search field, and the deadlines of six hours.

    Days in the search are days of ``zone``.
    """
    from console.services import queue

    return _loaded(queue.listed(desk, view, text, zone, LATE, STRIP))


def _loaded(listed: Listed) -> Loaded:
    due = sorted(mark.due_at for mark in listed.marks)
    return Loaded(listed.keys, thinned(listed.marks, listed.now), due, listed.problems)


def thinned(marks: list[Mark], now: datetime) -> list[Mark]:
    """One mark for each shape and kind in each stretch that is a few pixels wide; all of them when they are few."""
    if len(marks) <= MARKS:
        return marks
    kept: dict[tuple[float, Milestone, PromiseKind], Mark] = {}
    for mark in marks:
        stretch = NEAR if mark.due_at - now < timedelta(hours=1) else NEAR * 5
        kept.setdefault(
            ((mark.due_at - now) // stretch * stretch.total_seconds(), mark.milestone, mark.kind), mark
        )
    return list(kept.values())


def read_tickets(desk: Desk, ids: frozenset[int]) -> Loaded:
    """Exactly these tickets, closed ones too, in the queue's order."""
    from console.services import queue

    return _loaded(queue.listed_tickets(desk, sorted(ids), STRIP))


def read_rows(desk: Desk, ids: Iterable[int]) -> list[QueueRow]:
    """The rows of some tickets."""
    from console.services import queue

    return queue.rows(desk, tuple(ids))


def read_counts(desk: Desk) -> Counts:
    """How many tickets each view shows."""
    from console.services import queue

    return queue.counts(desk)


def read_ticket(desk: Desk, ticket_id: int) -> TicketView:
    """Everything about one ticket."""
    from console.services.ticket_view import ticket_view

    return ticket_view(desk, ticket_id)


def changes_since(desk: Desk, number: int) -> News:
    """What other desks, or this one, have done since a place in the journal."""
    from console.services import feed

    return feed.changes_since(desk, number)


def news_of(number: int, moved: Moved) -> News:
    """What the line was told, as ``changes_since`` says it."""
    from console.services import feed

    return feed.news_of(number, moved)


def concerns(desk: Desk, after: int | None) -> Concerns:
    """What others did to this person's own work after a place in the journal, or since their last act."""
    from console.services import concerns as concerning

    return concerning.concerns(desk, after)


def is_meant(desk: Desk, news: News) -> bool:
    """Whether the news may tell something of this person's own work. Never blocks."""
    from console.services import concerns as concerning

    return concerning.is_meant(desk, news.concerning)


def last_number(desk: Desk) -> int:
    """The newest place in the journal."""
    from console.services import feed

    return feed.last_number(desk)


def listen(desk: Desk) -> Listening:
    """The connection that hears other desks."""
    from console.services import feed

    return feed.listen(desk)


def give_up(desk: Desk) -> None:
    """Ends whatever waits for a server that does not answer."""
    from console.services import feed

    feed.give_up(desk)


def silent(desk: Desk, span: timedelta) -> list[Silence]:
    """What has waited for so long without a word from the server. Never blocks."""
    from console.services import feed

    return feed.silent(desk, span)


def let_go(desk: Desk, silences: Collection[Silence]) -> None:
    """Ends waits for which nothing would ever come. Never blocks."""
    from console.services import feed

    feed.let_go(desk, silences)


def why_only_reading(desk: Desk, least: Least) -> str:
    """Why this console may not write any more."""
    from console.services import feed

    return feed.why_only_reading(desk, least)


def actor_now(desk: Desk) -> Actor:
    """Who is at the desk, with the roles that they hold now."""
    from console.services import people

    return people.actor_now(desk)


def request_of(problem: Problem, login: str) -> str:
    """What to send to an administrator about a problem; empty when none could help."""
    from console.services import connecting

    return connecting.request_of(problem, login or "me")


def answer_of(desk: Desk, key: str) -> Changed | None:
    """What an act with this key answered, if it was carried out."""
    from console.services import answers

    return answers.answer_of(desk, key)


def sweep(desk: Desk) -> Swept:
    """Settles promises that passed unmet."""
    from console.services import sweep as sweeping

    return sweeping.sweep(desk)


def back_up_now(desk: Desk) -> Path:
    """The verified copy of the local database that was made. Raises ``Invalid`` for a shared one."""
    from console.services import keeping

    return keeping.back_up(desk.store.address)


def write_list(desk: Desk, ids: Sequence[int], file: Path) -> int:
    """How many tickets were written to ``file`` as a spreadsheet. Raises ``Invalid`` when it cannot be written."""
    from console.services import export, queue, spreadsheet

    rows = [row for start in range(0, len(ids), 500) for row in queue.rows(desk, ids[start : start + 500])]
    try:
        with file.open("w", encoding="utf-8", errors="replace", newline="") as stream:
            spreadsheet.write_csv(stream, export.queue_rows(rows, desk.policy().timezone), bom=True)
    except OSError as error:
        raise Invalid(f"{file.name} cannot be written there: {error.strerror}.") from None
    return len(rows)


def back_up_today(desk: Desk, keep: int) -> str:
    """Why a local database could not be backed up today; empty when it is."""
    from console.services import keeping

    return keeping.back_up_today(desk, keep)


# acting


def take_next(desk: Desk, key: str) -> Changed:
    """Claims the ticket that is served next."""
    from console.services import claims

    return claims.take_next(desk, key)


def begin(desk: Desk, ticket_id: int, key: str, version: int) -> Changed:
    """Begins work on a ticket that was seen at ``version``."""
    from console.services import progress

    return progress.begin(desk, ticket_id, key, version=version)


def claim(desk: Desk, ticket_id: int, key: str) -> Changed:
    """Claims a ticket, or takes it over once its lease has run out."""
    from console.services import claims

    return claims.claim(desk, ticket_id, key)


def release(desk: Desk, ticket_id: int, key: str, seen_owner: str) -> Changed:
    """Lets go of a ticket that was seen in the hands of ``seen_owner``."""
    from console.services import claims

    return claims.release(desk, ticket_id, key, seen_owner=seen_owner)


def write_note(desk: Desk, ticket_id: int, words: str, key: str) -> Changed:
    """Writes an internal note."""
    from console.services import progress

    return progress.write_note(desk, ticket_id, words, key)


def set_cause(desk: Desk, ticket_id: int, cause: str, key: str, version: int) -> Changed:
    """Names the cause of a missed guarantee."""
    from console.services import progress

    return progress.set_cause(desk, ticket_id, cause, key, version=version)


def answer_question(desk: Desk, ticket_id: int, answer: str, key: str, version: int) -> Changed:
    """Answers the manager's question about one's proposal."""
    from console.services import triage

    return triage.answer_question(desk, ticket_id, answer, key, version=version)


def withdraw_proposal(desk: Desk, ticket_id: int, key: str, version: int) -> Changed:
    """Takes one's proposal of a free issue back."""
    from console.services import triage

    return triage.withdraw_proposal(desk, ticket_id, "", key, version=version)


def undo(desk: Desk, act: str, number: int, key: str) -> Changed:
    """Takes back one's own last act of a kind on a ticket (or the purchase of that entry)."""
    from console.services import undo as undoing
    from console.services.desk import Undo

    return undoing.undo(desk, Undo(act, number, desk.now()), key)


def clock(desk: Desk) -> datetime:
    """What the database's clock says."""
    return desk.now()


def renew_claims(desk: Desk) -> int:
    """Keeps one's claims alive while the program runs."""
    from console.services import claims

    return claims.renew(desk)
