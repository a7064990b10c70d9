"""Everything added up again: what the code, the constraints and the triggers promise, looked at afterwards."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from console.policy.ledger import Contra
from console.policy.terms import EntryKind
from console.store.accounts import NO_HASH
from console.store.chain import entry_hash
from console.store.journal import LAST
from console.store.mapping import Row, ticket_of, ticket_values
from console.store.rows import Difference
from console.store.tables import account, deadline, entry, fact, policy_version, ticket
from console.store.tickets import deadlines_of, with_account

#: Tickets looked at in one go, so that memory stays bounded.
_BATCH = 2000


def differences(connection: Connection, begins: Callable[[str], object] | None = None) -> list[Difference]:
    """Everything that does not add up; empty when all is well. Nothing is changed.

    ``begins`` hears of each part before it is looked at: ledger, tickets, journal. Of a file that SQLite itself finds
    damaged only the ledger is looked at further: it names its first bad entry.
    """
    found = [*_readable("file", _file(connection))]
    if any(each.where == "file" for each in found):
        return [*found, *_readable("ledger", _ledger(connection))]
    for where, search in (("ledger", _ledger), ("tickets", _tickets), ("journal", _journal)):
        if begins is not None:
            begins(where)
        found += _readable(where, search(connection))
    return found


def _readable(where: str, search: Iterator[Difference]) -> Iterator[Difference]:
    """What ``search`` finds; what it cannot read at all is a difference too."""
    try:
        yield from search
    except (ValueError, TypeError, LookupError, DBAPIError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        yield Difference(
            where, f"something in it cannot be read, so it was changed after it was recorded: {reason}"
        )


# --- The file ----------------------------------------------------------------------------------------------------


def _file(connection: Connection) -> Iterator[Difference]:
    if connection.dialect.name != "sqlite":
        return
    for (words,) in connection.execute(text("PRAGMA integrity_check(10)")):
        if words != "ok":
            yield Difference("file", f"SQLite finds the file damaged: {words}")
    for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
        yield Difference(f"{table} {row}", f"refers to a row of {parent} that does not exist")


# --- The ledger --------------------------------------------------------------------------------------------------

_SIGNS = {
    EntryKind.PURCHASE: 1,
    EntryKind.CHARGE: -1,
    EntryKind.CREDIT: 1,
    EntryKind.REFUND: -1,
}
_CONTRAS = {
    EntryKind.PURCHASE: Contra.SOLD,
    EntryKind.REFUND: Contra.SOLD,
    EntryKind.ADJUSTMENT: Contra.SOLD,
    EntryKind.CHARGE: Contra.USED,
    EntryKind.CREDIT: Contra.USED,
}


def _ledger(connection: Connection) -> Iterator[Difference]:
    """What is wrong with the chains; when something in one cannot be read at all, the entry that it is."""
    try:
        yield from _chains(connection)
    except (ValueError, TypeError, LookupError, DBAPIError):
        named = list(_unreadable(connection))
        yield from named
        if not named:
            raise


def _unreadable(connection: Connection) -> Iterator[Difference]:
    """Entries with a value that is none: looked for one by one, because reading them together fails."""
    for entry_id in connection.execute(select(entry.c.id).order_by(entry.c.id)).scalars().all():
        try:
            row = connection.execute(select(entry).where(entry.c.id == entry_id)).mappings().one()
            entry_hash(row, row["prev_hash"])
        except (ValueError, TypeError, LookupError, SQLAlchemyError):
            yield Difference(f"entry {entry_id}", "it cannot be read: it was changed after it was recorded")


def _chains(connection: Connection) -> Iterator[Difference]:
    """Each account's chain from its first entry on; of a broken chain only the first bad entry is named."""
    heads = {row["id"]: dict(row) for row in connection.execute(select(account)).mappings()}
    chains: dict[int, _Chain] = {account_id: _Chain(account_id) for account_id in heads}
    contra: defaultdict[Contra, int] = defaultdict(int)
    raw = connection.execute(select(entry).order_by(entry.c.account_id, entry.c.seq))
    for row in raw.mappings():
        chain = chains.get(row["account_id"])
        contra[row["contra"]] -= row["tokens"]
        if chain is None:
            yield Difference(
                f"entry {row['id']}", f"belongs to account {row['account_id']}, which does not exist"
            )
        else:
            yield from chain.follow(row)
    for account_id, chain in chains.items():
        yield from chain.end(heads[account_id])
    total = sum(head["balance"] for head in heads.values())
    if total + sum(contra.values()):
        yield Difference(
            "ledger", f"the accounts hold {total} tokens, the contra accounts {sum(contra.values())}"
        )


class _Chain:
    """The entries of one account, followed in their order."""

    def __init__(self, account_id: int) -> None:
        self._where = f"account {account_id}"
        self._seq = 0
        self._balance = 0
        self._hash = NO_HASH
        self._broken = False

    def follow(self, row: Row) -> Iterator[Difference]:
        """What is wrong with the next entry, if anything."""
        wrong = None if self._broken else self._fault(row)
        self._seq, self._balance, self._hash = row["seq"], self._balance + row["tokens"], row["hash"]
        if wrong:
            self._broken = True
            yield Difference(f"entry {row['id']}", f"{self._where}, entry {row['seq']}: {wrong}")

    def _fault(self, row: Row) -> str | None:
        faults = (
            (row["seq"] != self._seq + 1, f"entry {self._seq + 1} is missing before it"),
            (
                row["prev_hash"] != self._hash,
                "it does not follow the entry before it: one of the two was changed",
            ),
            (row["hash"] != entry_hash(row, row["prev_hash"]), "it was changed after it was recorded"),
            (
                row["balance_after"] != self._balance + row["tokens"],
                f"the balance after it is {row['balance_after']}, the sum is {self._balance + row['tokens']}",
            ),
            (row["balance_after"] < 0, "the balance after it is negative"),
            (row["tokens"] * _SIGNS.get(row["kind"], row["tokens"]) <= 0, "its sign does not fit its kind"),
            (
                _CONTRAS.get(row["kind"], row["contra"]) != row["contra"],
                "its contra account does not fit its kind",
            ),
        )
        return next((words for wrong, words in faults if wrong), None)

    def end(self, head: Mapping[str, Any]) -> Iterator[Difference]:
        """What is wrong with the account's own row after the last entry."""
        if head["balance"] != self._balance:
            yield Difference(
                self._where, f"the balance is {head['balance']}, its entries add up to {self._balance}"
            )
        if (head["last_seq"], head["last_hash"]) != (self._seq, self._hash) and not self._broken:
            yield Difference(
                self._where, f"entries after the {self._seq}th are missing: {head['last_seq']} were recorded"
            )


# --- Tickets -----------------------------------------------------------------------------------------------------


def _tickets(connection: Connection) -> Iterator[Difference]:
    yield from _sums(connection)
    yield from _misses(connection)
    yield from _policies(connection)
    last = 0
    while True:
        page = with_account().where(ticket.c.id > last).order_by(ticket.c.id).limit(_BATCH)
        rows = [dict(row) for row in connection.execute(page).mappings()]
        if not rows:
            return
        deadlines = deadlines_of(connection, [row["id"] for row in rows])
        for row in rows:
            yield from _row(row, deadlines[row["id"]])
        last = rows[-1]["id"]


def _row(row: Row, deadlines: list[Row]) -> Iterator[Difference]:
    """Columns made for lists that differ from the ticket they were made from."""
    try:
        wanted = ticket_values(ticket_of(row, deadlines))
    except (KeyError, TypeError, ValueError) as error:
        yield Difference(f"ticket {row['id']}", f"its row cannot be read: {error}")
        return
    wrong = [name for name, value in wanted.items() if row[name] != value]
    if wrong:
        yield Difference(f"ticket {row['id']}", f"{', '.join(wrong)} do not agree with its other fields")


def _sums(connection: Connection) -> Iterator[Difference]:
    """Tickets that hold something else than their entries say, or were credited more than they were charged."""
    credited = func.sum(entry.c.tokens).filter(entry.c.kind != EntryKind.CHARGE)
    moved = (
        select(
            entry.c.ticket_id,
            func.sum(entry.c.tokens).label("moved"),
            func.coalesce(credited, 0).label("credited"),
            func.count(entry.c.account_id.distinct()).label("accounts"),
            func.min(entry.c.account_id).label("account_id"),
        )
        .where(entry.c.ticket_id.is_not(None))
        .group_by(entry.c.ticket_id)
        .subquery()
    )
    total, back = func.coalesce(moved.c.moved, 0), func.coalesce(moved.c.credited, 0)
    query = (
        select(
            ticket.c.id,
            ticket.c.held,
            ticket.c.credited,
            total.label("moved"),
            back.label("back"),
            moved.c.accounts,
        )
        .outerjoin(moved, moved.c.ticket_id == ticket.c.id)
        .where(
            or_(
                ticket.c.held != -total,
                ticket.c.credited != back,
                total > 0,
                moved.c.accounts > 1,
                moved.c.account_id != ticket.c.account_id,
            )
        )
    )
    for row in connection.execute(query):
        where = f"ticket {row.id}"
        if row.moved > 0:
            yield Difference(where, f"it was credited {row.moved} tokens more than it was charged")
        elif row.held != -row.moved:
            yield Difference(where, f"it holds {row.held} tokens, its entries say {-row.moved}")
        elif row.credited != row.back:
            yield Difference(where, f"it shows {row.credited} tokens credited, its entries say {row.back}")
        else:
            yield Difference(where, "its entries belong to another account")


def _misses(connection: Connection) -> Iterator[Difference]:
    """Settled misses of guarantees whose credit is not in the ledger."""
    paid = (
        select(func.coalesce(func.sum(entry.c.tokens), 0))
        .where(
            entry.c.ticket_id == deadline.c.ticket_id,
            entry.c.kind == EntryKind.CREDIT,
            entry.c.cause.in_(
                [f"{milestone}_missed" for milestone in ("respond", "begin", "resolve_or_plan")]
            ),
        )
        .scalar_subquery()
    )
    owed = select(deadline.c.ticket_id, deadline.c.credited).where(
        and_(deadline.c.missed, deadline.c.credited > paid)
    )
    for row in connection.execute(owed):
        yield Difference(
            f"ticket {row.ticket_id}", f"a miss credited {row.credited} tokens that no entry shows"
        )


def _policies(connection: Connection) -> Iterator[Difference]:
    """Tickets under a policy version whose document is not here; a database without any document is not asked."""
    known = set(connection.execute(select(policy_version.c.version)).scalars())
    used = set(connection.execute(select(ticket.c.policy_version).distinct()).scalars())
    for version in sorted(used - known) if known else ():
        yield Difference("policy", f"there are tickets under version {version}, but its document is missing")


# --- The journal -------------------------------------------------------------------------------------------------


def _journal(connection: Connection) -> Iterator[Difference]:
    """Numbers that were given and are not there, and tickets that nobody is recorded to have received."""
    count, last = connection.execute(select(func.count(), func.coalesce(func.max(fact.c.number), 0))).one()
    given = connection.execute(LAST).scalar_one()
    if (count, last) != (given, given):
        yield Difference(
            "journal", f"{given} facts were recorded, {count} are there, the last is number {last}"
        )
