"""What other desks did since a place in the journal: the one refresh path of every screen."""

from collections import Counter
from dataclasses import dataclass

from console.policy.facts import GuaranteeMissed, PersonSaved
from console.services.desk import Changed, Desk
from console.store.listening import Beat as Beat
from console.store.listening import Heard as Heard
from console.store.listening import Listening as Listening
from console.store.listening import Presence as Presence

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class News:
    """What changed, how many guarantees were missed with it, and whether more is to be read."""

    changed: Changed
    misses: int
    more: bool


def last_number(desk: Desk) -> int:
    """The number of the newest fact."""
    with desk.store.read() as read:
        return read.journal_last()


def changes_since(desk: Desk, number: int) -> News:
    """Which tickets and accounts the facts after ``number`` touch, and whether people, up to the last number seen.

    Facts are numbered in the order of their commits and without gaps, so nothing is ever missed by asking for what
    lies after the last one seen.
    """
    with desk.store.read() as read:
        items = read.journal_touched(number, BATCH)
    kinds = Counter(item.kind for item in items)
    changed = Changed(
        frozenset(item.ticket_id for item in items if item.ticket_id is not None),
        frozenset(item.account_id for item in items if item.account_id is not None),
        items[-1].number if items else number,
        people=kinds[PersonSaved.__name__] > 0,
    )
    return News(changed, kinds[GuaranteeMissed.__name__], more=len(items) == BATCH)


def listen(desk: Desk) -> Listening:
    """The connection that hears what other desks of a shared database do. Waits for the server; blocks."""
    return desk.store.listen()


def give_up(desk: Desk) -> None:
    """Ends whatever still waits for a server that does not answer, so that nobody waits for ever."""
    desk.store.cut()


def why_only_reading(desk: Desk, least_write: int) -> str:
    """Why this console may not write any more, when the database says which one it needs at least."""
    return desk.store.outdated_by(least_write)
