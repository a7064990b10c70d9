"""Two desks act at the same moment on a shared database: nobody waits for the other for ever, no entry is lost."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from console.policy.actor import Actor
from console.policy.terms import EntryKind, Priority
from console.services import keeping, people, progress, tokens
from console.services.desk import Changed, Desk
from console.store.engine import open_store
from tests.support.desks import ALEX, MORGAN, NOON, PRIYA, HandClock, Office, office

ROUNDS = 12
WHY = "A reason that is long enough to be kept for good."
Act = Callable[[Desk, int], Changed]


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Office]:
    """An office at a shared database whose store every thread opens for itself."""
    with office(postgres_url) as opened:
        yield opened


def at_once(shared: Office, url: str, acts: Sequence[tuple[Actor, Act, Sequence[int]]]) -> list[Changed]:
    """What several desks did, each with its own ids one after the other, round by round at the same moment."""
    together = Barrier(len(acts))

    def one(work: tuple[Actor, Act, Sequence[int]]) -> list[Changed]:
        actor, act, ids = work
        store = open_store(url, clock=HandClock(NOON))
        try:
            desk = replace(shared.desk, store=store, actor=actor)
            done = []
            for each in ids:
                together.wait(timeout=60)
                done.append(act(desk, each))
            return done
        finally:
            store.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [changed for all_done in pool.map(one, acts) for changed in all_done]


def cancel(desk: Desk, ticket_id: int) -> Changed:
    return progress.cancel(desk, ticket_id, WHY, True, desk.new_key())


def note(desk: Desk, ticket_id: int) -> Changed:
    return progress.write_note(desk, ticket_id, "Looked at it.", desk.new_key())


def begin(desk: Desk, ticket_id: int) -> Changed:
    return progress.begin(desk, ticket_id, desk.new_key())


def renew(desk: Desk, _ticket_id: int) -> Changed:
    progress.renew_claims(desk)
    return Changed()


def buy_one(desk: Desk, account_id: int) -> Changed:
    key = desk.new_key()
    return tokens.record_purchase(desk, account_id, 1, f"INV-{key}", None, key)


def test_acts_on_one_account_and_on_two_end_and_lose_nothing(shared: Office, postgres_url: str) -> None:
    first = shared.account("Juniper Dental", balance=200)
    second = shared.account("Harbor Law", balance=200)
    cancelled = [shared.number(first, Priority.URGENT) for _ in range(ROUNDS)]
    begun = [shared.number(first, Priority.STANDARD) for _ in range(ROUNDS)]
    elsewhere = [shared.number(second, Priority.URGENT) for _ in range(ROUNDS)]
    spent = tokens.accounts(shared.desk, "Juniper")[0].balance
    tokens.refund(shared.at(MORGAN), first.id, spent, "R-1", WHY, shared.desk.new_key())
    awaiting = [shared.number(first, Priority.STANDARD) for _ in range(ROUNDS)]
    done = at_once(
        shared,
        postgres_url,
        [
            (MORGAN, cancel, cancelled),
            (ALEX, begin, begun),
            (PRIYA, note, cancelled),
            (ALEX, renew, begun),
            (MORGAN, buy_one, [first.id] * ROUNDS),
            (PRIYA, note, awaiting),
            (MORGAN, cancel, elsewhere),
        ],
    )
    assert len(done) == 7 * ROUNDS
    assert keeping.check(shared.desk) == []
    with shared.desk.store.read() as read:
        lines = read.entries(first.id, NOON)
        numbers = [item.number for item in read.journal_after(0, 100_000)]
        waiting = read.awaiting(first.id)
        notes = [item for each in cancelled for item in read.timeline(each) if item.actor == PRIYA.login]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(notes) == ROUNDS
    assert sum(line.kind is EntryKind.CREDIT for line in lines) == ROUNDS
    assert sum(line.kind is EntryKind.PURCHASE for line in lines) == 1 + ROUNDS
    assert people.account(shared.desk, first.id).balance == sum(line.tokens for line in lines)
    assert len(waiting) < ROUNDS


def test_what_one_act_tells_stands_together_and_in_order(local_office: Office) -> None:
    account = local_office.account(balance=4)
    urgent = local_office.number(account, Priority.URGENT)
    waiting = [local_office.number(account, Priority.URGENT) for _ in range(3)]
    with local_office.desk.store.read() as read:
        before = read.journal_last()
    bought = tokens.record_purchase(
        local_office.at(MORGAN), account.id, 50, "INV-9", None, local_office.desk.new_key()
    )
    with local_office.desk.store.read() as read:
        told = read.journal_after(before)
    assert [item.number for item in told] == list(range(before + 1, bought.journal + 1))
    assert told[0].ticket_id is None
    order = list(dict.fromkeys(item.ticket_id for item in told[1:]))
    assert order == [each for each in waiting if each in bought.tickets]
    assert urgent not in bought.tickets
