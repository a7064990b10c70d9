"""Many desks at the same thing at the same moment: the last token, late tickets, the next ticket."""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

from console.policy.account import Account, Contact
from console.policy.errors import Refused, Unavailable
from console.policy.terms import Hosting, Priority, SupportOption
from console.services import claims, intake, people, tokens, triage
from console.services.desk import Changed, Desk
from console.services.intake import NewRequest
from console.services.lost import Lost
from console.services.sweep import sweep
from tests.histories.books import Reader
from tests.histories.operations import because
from tests.histories.stage import Stage
from tests.support.desks import ALEX, MAX, MORGAN, PRIYA

#: Somebody who was told so often that the account is busy gives up.
MOST_RETRIES = 5
STAFF = (ALEX, PRIYA, MORGAN, MAX)


@dataclass(frozen=True)
class Storm:
    """What came of it: what is wrong, and the figures in words."""

    findings: tuple[str, ...]
    figures: str


# --- The last token ----------------------------------------------------------------------------------------------


def last_token(stage: Stage, clients: int, rounds: int) -> Storm:
    """Each round everybody opens a ticket of one token at once for an account that has one: one is charged."""
    desks = [stage.seat(STAFF[at % len(STAFF)], f"storm {at}").desk for at in range(clients)]
    waits: list[float] = []
    retries = Retries()
    found: list[str] = []
    with Reader(stage.url) as reader, ThreadPoolExecutor(clients) as pool:
        for number in range(rounds):
            account = _account(stage.desk, f"Last token {number}", 1)
            opens = partial(_open, account=account, priority=Priority.STANDARD, retries=retries)
            waits += _at_once(pool, [partial(opens, desk) for desk in desks])
            found += _one_charge(reader, account.id, number, clients)
    found += [*stage.collisions(), *retries.storm(len(waits))]
    return Storm(
        tuple(found), f"{clients} clients, {rounds} rounds, {_spread(waits)}, {retries.number} retries"
    )


def _one_charge(reader: Reader, account_id: int, number: int, clients: int) -> list[str]:
    kinds = Counter(
        row["cause"] for row in reader.rows("SELECT cause FROM entry WHERE account_id = %s", account_id)
    )
    states = Counter(
        row["status"] for row in reader.rows("SELECT status FROM ticket WHERE account_id = %s", account_id)
    )
    wanted = {"open": 1, "awaiting_tokens": clients - 1}
    if kinds != {"bought": 1, "opened": 1} or states != wanted:
        return [f"round {number}: entries {dict(kinds)}, tickets {dict(states)}"]
    return []


# --- Late tickets ------------------------------------------------------------------------------------------------


def sweepers(stage: Stage, sweeping: int, deciding: int, tickets: int) -> Storm:
    """Emergencies fall due one after the other while many sweep and managers decide them free: each is credited once.

    They were opened one after the other, so an hour later they fall due in the same steps.
    """
    accounts = [_account(stage.desk, f"Late {at}", 10 * tickets) for at in range(5)]
    opened = stage.clock.earliest()
    ids = [_open(stage.desk, accounts[at % 5], Priority.EMERGENCY) for at in range(tickets)]
    span = stage.clock.latest() - opened
    stage.clock.advance(timedelta(hours=1) - span)
    works: list[Callable[[], Any]] = [
        partial(_sweep_until, stage, stage.seat(STAFF[at % len(STAFF)], f"storm {at}").desk, opened + span)
        for at in range(sweeping)
    ]
    works += [
        partial(_decide_all, stage.seat((MORGAN, MAX)[at % 2], f"manager {at}").desk, ids[at::deciding])
        for at in range(deciding)
    ]
    with ThreadPoolExecutor(len(works)) as pool:
        seconds = max(_at_once(pool, works))
    stage.clock.advance(span)
    sweep(stage.desk)
    with Reader(stage.url) as reader:
        causes, wrong = _nets(reader, ids)
    figures = ", ".join(f"{times} by {cause.replace('_', ' ')}" for cause, times in sorted(causes.items()))
    who = f"{sweeping} sweepers, {deciding} managers, {tickets} tickets in {seconds:.1f} s"
    return Storm((*wrong, *stage.collisions()), f"{who}: {figures}")


def _sweep_until(stage: Stage, desk: Desk, last_opened: datetime) -> None:
    while stage.clock.earliest() < last_opened + timedelta(hours=1):
        sweep(desk)


def _decide_all(desk: Desk, ids: Sequence[int]) -> None:
    for ticket_id in ids:
        key = desk.new_key()
        with suppress(Refused):  # a sweeper was first: a missed ticket is free already
            triage.determine(desk, ticket_id, True, "own_fault", because(key), None, key)


def _nets(reader: Reader, ids: Sequence[int]) -> tuple[Counter[str], list[str]]:
    """What the credits were for, and every ticket that was not charged once and credited once."""
    moved: dict[int, list[int]] = {each: [] for each in ids}
    causes: Counter[str] = Counter()
    query = "SELECT ticket_id, cause, tokens FROM entry WHERE ticket_id IS NOT NULL ORDER BY id"
    for row in reader.rows(query):
        if row["ticket_id"] in moved:
            moved[row["ticket_id"]].append(row["tokens"])
            causes[row["cause"]] += row["tokens"] > 0
    wrong = [f"ticket {each}: {tokens}" for each, tokens in moved.items() if tokens != [-10, 10]]
    return +causes, wrong


# --- The next ticket ---------------------------------------------------------------------------------------------


def take_next(stage: Stage, desks: int, tries: int) -> Storm:
    """Several desks press "take next" at once, again and again: never the same ticket."""
    seats = [stage.seat(STAFF[at % len(STAFF)], f"storm {at}").desk for at in range(desks)]
    account = _account(stage.desk, "Next", desks * tries)
    for _ in range(desks * tries):
        _open(stage.desk, account, Priority.STANDARD)
    taken: list[int | None] = []
    with ThreadPoolExecutor(desks) as pool:
        for _ in range(tries):
            _at_once(pool, [lambda desk=desk: taken.append(_taken(desk)) for desk in seats])
    doubled = [
        f"ticket {each} was given {times} times" for each, times in Counter(taken).items() if times > 1
    ]
    figures = f"{desks} desks, {tries} tries, {len(set(taken))} of {len(taken)} tickets different"
    return Storm((*doubled, *stage.collisions()), figures)


def _taken(desk: Desk) -> int | None:
    return claims.take_next(desk, desk.new_key()).ticket_id


# --- What all of them need ---------------------------------------------------------------------------------------


def _at_once(pool: ThreadPoolExecutor, works: Sequence[Callable[[], Any]]) -> list[float]:
    """How long each took, in seconds, all having begun together. Raises what went wrong."""
    together = Barrier(len(works))

    def one(work: Callable[[], Any]) -> float:
        together.wait(60)
        began = time.monotonic()
        work()
        return time.monotonic() - began

    return list(pool.map(one, works))


def _account(desk: Desk, name: str, balance: int) -> Account:
    leah = Contact(id=0, name="Leah", is_administrator=True)
    new = Account(
        id=0,
        name=f"{name} {desk.new_key()[:8]}",
        hosting=Hosting.DEDICATED,
        option=SupportOption.TOKENS,
        users=10,
        contacts=(leah,),
    )
    (account_id,) = people.save_account(desk, new, desk.new_key()).accounts
    key = desk.new_key()
    tokens.record_purchase(desk, account_id, balance, key, None, key)
    return people.account(desk, account_id)


@dataclass
class Retries:
    """How often somebody was told that the account is busy, and sent the same again."""

    number: int = 0

    def storm(self, sendings: int) -> list[str]:
        """What is wrong when it became a habit: more than one in ten."""
        return [f"{self.number} retries of {sendings} sendings"] if self.number * 10 > sendings else []


def _open(desk: Desk, account: Account, priority: Priority, retries: Retries | None = None) -> int:
    request = NewRequest(
        account_id=account.id,
        contact_id=account.contacts[0].id,
        priority=priority,
        subject="Mail is slow",
    )
    opened = _until_not_busy(partial(intake.open_ticket, desk, request, desk.new_key()), retries or Retries())
    assert opened.ticket_id is not None
    return opened.ticket_id


def _until_not_busy(send: Callable[[], Changed], retries: Retries) -> Changed:
    for _ in range(MOST_RETRIES):
        try:
            return send()
        except Lost:
            raise
        except Unavailable:
            retries.number += 1
    return send()


def _spread(seconds: Sequence[float]) -> str:
    marks = statistics.quantiles(seconds, n=100)
    return f"p50 {marks[49] * 1000:.0f} ms, p99 {marks[98] * 1000:.0f} ms"
