"""The ledger: balanced, append-only, never negative, each miss credited once; the database says so itself."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from console.policy import ledger
from console.policy.clauses import Clause
from console.policy.errors import Conflict, TooFewTokens
from console.policy.ledger import Contra, Entry
from console.policy.terms import Cause, EntryKind, Priority
from console.store.engine import Store
from console.store.tables import entry, fact
from tests.store import acts
from tests.store.acts import MONDAY, MORGAN, Clock


def _entry(kind: EntryKind, cause: Cause, tokens: int, ticket_id: int | None = None) -> Entry:
    contra = Contra.SOLD if ticket_id is None else Contra.USED
    return ledger.entry(kind, cause, tokens, MONDAY, Clause.LEDGER, ticket_id, contra)


def _credit(cause: Cause, tokens: int, ticket_id: int) -> Entry:
    return _entry(EntryKind.CREDIT, cause, tokens, ticket_id)


def test_entries_run_on_and_each_follows_the_one_before(store: Store) -> None:
    account_id = acts.account(store, tokens=10)
    ticket = acts.opened(store, account_id, Priority.URGENT)
    acts.mark_free(store, ticket.id)
    with store.read() as read:
        lines = read.entries(account_id, MONDAY)
        rows = read.connection.execute(select(entry).order_by(entry.c.seq)).mappings().all()
    assert [(line.seq, line.kind, line.tokens, line.balance_after) for line in lines] == [
        (1, EntryKind.PURCHASE, 10, 10),
        (2, EntryKind.CHARGE, -3, 7),
        (3, EntryKind.CREDIT, 3, 10),
    ]
    assert all(later["prev_hash"] == earlier["hash"] for earlier, later in pairwise(rows))


def test_the_same_key_is_recorded_once(store: Store) -> None:
    account_id = acts.account(store, tokens=0)
    bought = _entry(EntryKind.PURCHASE, Cause.BOUGHT, 5)
    assert len(acts.record(store, account_id, [bought, bought], key="k")) == 2
    with pytest.raises(Conflict, match="recorded already"):
        acts.record(store, account_id, [bought], key="k")
    with store.read() as read:
        assert read.account(account_id).balance == 10


def test_a_balance_is_never_negative_and_refused_whole(store: Store) -> None:
    account_id = acts.account(store, tokens=5)
    refunds = [_entry(EntryKind.REFUND, Cause.PAID_BACK, -3)] * 2
    with pytest.raises(TooFewTokens) as caught:
        acts.record(store, account_id, refunds)
    assert (caught.value.needed, caught.value.balance) == (3, 2)
    with store.read() as read:
        assert read.account(account_id).balance == 5
        assert read.check() == []


def test_an_invoice_is_recorded_once_for_an_account(store: Store) -> None:
    account_id = acts.account(store, tokens=0)
    line = acts.buy(store, account_id, 5, "INV-2304")
    with pytest.raises(Conflict, match="invoice"):
        acts.buy(store, account_id, 5, "INV-2304")
    acts.buy(store, acts.account(store, "Cobalt"), 5, "INV-2304")
    with store.read() as read:
        assert read.purchases(account_id, "INV-2304") == line
        assert read.purchases(account_id, "INV-1") is None
        assert read.purchases(account_id, "") is None


def test_a_ticket_is_never_credited_more_than_it_was_charged(store: Store) -> None:
    account_id = acts.account(store)
    ticket_id = acts.opened(store, account_id, Priority.URGENT).id
    acts.record(store, account_id, [_credit(Cause.FREE_ISSUE, 2, ticket_id)])
    with pytest.raises(IntegrityError, match="credited more"):
        acts.record(store, account_id, [_credit(Cause.CANCELLED, 2, ticket_id)])


def test_a_miss_is_credited_once_until_it_is_withdrawn(store: Store) -> None:
    account_id = acts.account(store)
    ticket_id = acts.opened(store, account_id, Priority.URGENT).id
    acts.record(store, account_id, [_credit(Cause.BEGIN_MISSED, 1, ticket_id)])
    with pytest.raises(Conflict, match="credited already"):
        acts.record(store, account_id, [_credit(Cause.BEGIN_MISSED, 1, ticket_id)])
    acts.record(store, account_id, [_credit(Cause.RESOLVE_OR_PLAN_MISSED, 1, ticket_id)])
    acts.record(store, account_id, [_entry(EntryKind.REVERSAL, Cause.MET_AFTER_ALL, -1, ticket_id)])
    acts.record(store, account_id, [_credit(Cause.BEGIN_MISSED, 1, ticket_id)])
    with store.read() as read:
        (row,) = read.queue.rows([ticket_id])
        assert row.credited == 2


def test_an_entry_is_reversed_once(store: Store) -> None:
    account_id = acts.account(store, tokens=0)
    line = acts.buy(store, account_id, 5)
    back = [_entry(EntryKind.REVERSAL, Cause.REVERSED, -1)]
    with store.work(MORGAN) as work:
        assert work.ledger.reversal_of(line.entry_id) is None
        (reversal,) = work.ledger.record(account_id, back, key="r1", reverses=line.entry_id)
    with store.work(MORGAN) as work:
        assert work.ledger.reversal_of(line.entry_id) == reversal.entry_id
        with pytest.raises(IntegrityError):
            work.ledger.record(account_id, back, key="r2", reverses=line.entry_id)
        work.connection.rollback()


@pytest.mark.parametrize(
    "wrong",
    [
        {"tokens": -1, "balance_after": 39},
        {"balance_after": 99},
        {"seq": 3},
        {"prev_hash": bytes(32)},
        {"contra": Contra.USED},
        {"kind": EntryKind.REFUND},
        {"kind": EntryKind.CHARGE, "tokens": -41, "balance_after": -1},
    ],
    ids=" ".join,
)
def test_the_database_refuses_entries_that_do_not_fit(store: Store, wrong: dict[str, object]) -> None:
    acts.account(store)
    with store.work(MORGAN) as work:
        last = dict(work.connection.execute(select(entry)).mappings().one())
    after = last | {"seq": 2, "tokens": 1, "balance_after": 41, "prev_hash": last["hash"], "key": "other"}
    del after["id"]
    with pytest.raises(IntegrityError), store.work(MORGAN) as work:
        work.connection.execute(insert(entry).values(after | wrong))


@pytest.mark.parametrize("table", [entry, fact], ids=lambda table: table.name)
def test_what_is_written_stays_written(store: Store, table: object) -> None:
    acts.opened(store, acts.account(store))
    changes = [update(table).values(actor="mallory"), delete(table)]  # type: ignore[arg-type]
    if store.kind == "postgresql":
        changes.append(text(f"TRUNCATE {table} CASCADE"))  # type: ignore[arg-type]
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"), store.work(MORGAN) as work:
            work.connection.execute(change)
    with store.read() as read:
        assert read.check() == []


@pytest.mark.parametrize(
    "change",
    [
        "account SET balance = -1",
        "ticket SET held = -1",
        "ticket SET status = 'lost'",
        "deadline SET credited = -1",
    ],
)
def test_rows_that_cannot_be_are_refused(store: Store, change: str) -> None:
    acts.opened(store, acts.account(store))
    with pytest.raises(IntegrityError), store.work(MORGAN) as work:
        work.connection.execute(text(f"UPDATE {change}"))


def test_a_statement_adds_up_for_every_period(store: Store, clock: Clock) -> None:
    account_id = acts.account(store, tokens=10)
    clock.pass_by(timedelta(days=1))
    ticket = acts.opened(store, account_id, Priority.URGENT)
    clock.pass_by(timedelta(days=10))
    acts.sweep(store, ticket.id)
    days = [MONDAY + timedelta(days=day) for day in range(-1, 14)]
    with store.read() as read:
        for start in days:
            for end in (day for day in days if day >= start):
                assert read.statement(account_id, start, end).adds_up_by == 0
        whole = read.statement(account_id, days[0], days[-1])
        late = read.statement(account_id, days[5], days[-1])
    assert (whole.opening, whole.closing, whole.moved(EntryKind.CREDIT)) == (0, 10, 3)
    assert (late.opening, late.closing, len(late.lines)) == (7, 10, 1)
    (credit,) = late.lines
    assert credit.at < credit.recorded_at == clock.now
