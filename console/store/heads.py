"""The heads of the hash chains: kept outside, they show what a chain that was made anew, or an old backup, hides."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from console.store.journal import LAST
from console.store.rows import Difference
from console.store.tables import account, entry


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of an account: how many there were, and the hash that covers all of them."""

    account_id: int
    name: str
    seq: int
    hash: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of all accounts that had entries, and the last number of the journal, as they were ``taken``."""

    taken: datetime
    journal: int
    heads: tuple[Head, ...]


def heads_of(connection: Connection, now: datetime) -> Heads:
    """The heads as they are ``now``, by account."""
    last = and_(entry.c.account_id == account.c.id, entry.c.seq == account.c.last_seq)
    query = select(account.c.id, account.c.name, entry.c.seq, entry.c.hash, entry.c.recorded_at).join(
        entry, last
    )
    found = connection.execute(query.order_by(account.c.id))
    return Heads(now, _journal(connection), tuple(Head(*row) for row in found))


def _journal(connection: Connection) -> int:
    return int(connection.execute(LAST).scalar_one())


def differences(connection: Connection, before: Heads) -> Iterator[Difference]:
    """What was there when the heads were taken and is missing now, or reads otherwise."""
    then = f"{before.taken:%Y-%m-%d %H:%M:%S} UTC"
    for head in before.heads:
        last, now = _reached(connection, head)
        if last < head.seq:
            missing = f"{_span('entry', 'entries', last, head.seq)} of {head.name}"
            yield Difference(f"account {head.account_id}", f"missing since {then}: {missing}")
        elif now != head.hash:
            yield Difference(
                f"account {head.account_id}",
                f"changed since {then}: at least one of entries 1 to {head.seq} of {head.name}",
            )
    journal = _journal(connection)
    if journal < before.journal:
        missing = _span("fact", "facts", journal, before.journal)
        yield Difference("journal", f"missing since {then}: {missing} of the journal")


def _reached(connection: Connection, head: Head) -> tuple[int, bytes | None]:
    """How many entries the account has now, and the hash of the one that was its head."""
    mine = entry.c.account_id == head.account_id
    last = connection.execute(select(func.max(entry.c.seq)).where(mine)).scalar() or 0
    return last, connection.execute(select(entry.c.hash).where(mine, entry.c.seq == head.seq)).scalar()


def _span(one: str, many: str, last: int, before: int) -> str:
    """``"entries 12 to 48 (37)"``: those after ``last`` up to the one that was the last before."""
    if before == last + 1:
        return f"{one} {before}"
    return f"{many} {last + 1} to {before} ({before - last})"
