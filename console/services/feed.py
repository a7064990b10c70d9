"""What has changed since a place in the journal: the one refresh path of every screen."""

from console.services.desk import Changed, Desk

BATCH = 500


def last_number(desk: Desk) -> int:
    """The number of the newest fact."""
    with desk.store.read() as read:
        return read.journal_last()


def changes_since(desk: Desk, number: int) -> Changed:
    """Which tickets and accounts the facts after ``number`` touch, and the last number seen."""
    with desk.store.read() as read:
        items = read.journal_after(number, BATCH)
    return Changed(
        frozenset(item.ticket_id for item in items if item.ticket_id is not None),
        frozenset(item.account_id for item in items if item.account_id is not None),
        items[-1].number if items else number,
    )
