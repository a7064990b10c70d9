"""What other desks did since a place in the journal: the one refresh path of every screen."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from console.policy.facts import GuaranteeMissed, PersonSaved
from console.services.concerns import may_concern
from console.services.desk import Changed, Desk
from console.store.listening import AtWork as AtWork
from console.store.listening import Beat as Beat
from console.store.listening import Heard as Heard
from console.store.listening import Listening as Listening
from console.store.listening import Presence as Presence
from console.store.news import FEW
from console.store.news import Moved as Moved
from console.store.rows import QueueRow, Touched
from console.store.wires import Silence as Silence

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class News:
    """What changed, how many guarantees were missed with it, and whether more is to be read.

    ``concerning`` are the facts that may concern what somebody else had done (``services.concerns``).
    """

    changed: Changed
    misses: int
    more: bool
    concerning: tuple[Touched, ...]


def last_number(desk: Desk) -> int:
    """The number of the newest fact."""
    with desk.store.read() as read:
        return read.journal_last()


def changes_since(desk: Desk, number: int) -> News:
    """Which tickets and accounts the facts after ``number`` touch, and whether people; few tickets with their rows.

    Facts are numbered in the order of their commits and without gaps, so nothing is ever missed by asking for what
    lies after the last one seen.
    """
    with desk.store.read() as read:
        facts = read.journal_touched(number, BATCH)
        tickets = {fact.ticket_id for fact in facts if fact.ticket_id is not None}
        rows = read.queue.rows(sorted(tickets)) if 0 < len(tickets) <= FEW else ()
    return _news(number, facts, rows, more=len(facts) == BATCH)


def news_of(number: int, moved: Moved) -> News:
    """The same as ``changes_since``, of what the line was told when it asked for what lies after ``number``."""
    return _news(number, moved.facts, moved.rows, more=len(moved.facts) == FEW)


def _news(number: int, facts: Sequence[Touched], rows: Sequence[QueueRow], *, more: bool) -> News:
    kinds = Counter(fact.kind for fact in facts)
    changed = Changed(
        frozenset(fact.ticket_id for fact in facts if fact.ticket_id is not None),
        frozenset(fact.account_id for fact in facts if fact.account_id is not None),
        facts[-1].number if facts else number,
        people=kinds[PersonSaved.__name__] > 0,
        rows=tuple(rows),
    )
    return News(changed, kinds[GuaranteeMissed.__name__], more, tuple(filter(may_concern, facts)))


def listen(desk: Desk) -> Listening:
    """The connection that hears what other desks of a shared database do. Waits for the server; blocks."""
    return desk.store.listen()


def give_up(desk: Desk) -> None:
    """Ends whatever still waits for a server that does not answer, so that nobody waits for ever."""
    desk.store.cut()


def silent(desk: Desk, span: timedelta) -> list[Silence]:
    """What waits at this desk and has heard nothing from the server for ``span`` at least."""
    return desk.store.silent(span)


def let_go(desk: Desk, silences: Collection[Silence]) -> None:
    """Ends these waits, where they still last: the server works on none of them, so nothing would ever come."""
    desk.store.let_go(silences)


def why_only_reading(desk: Desk, least_write: int) -> str:
    """Why this console may not write any more, when the database says which one it needs at least."""
    return desk.store.outdated_by(least_write)
