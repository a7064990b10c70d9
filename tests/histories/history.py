"""One history from its seed to its judgement: the accounts, the clients at work, the evening, the judge."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Thread

from console.policy.account import Account, Contact
from console.policy.terms import Hosting, SupportOption
from console.services import people
from tests.histories.books import Reader, deadlocks
from tests.histories.clients import Client
from tests.histories.operations import Choice, Customer, World
from tests.histories.oracle import Evidence, judge, summary
from tests.histories.script import STEPS, write
from tests.histories.script import people as seats
from tests.histories.stage import Stage, stage
from tests.histories.witness import Seen, Witnesses
from tests.support import postgres
from tests.support.desks import MORGAN, ROSA

_KINDS = (
    ("dedicated", Hosting.DEDICATED, SupportOption.TOKENS),
    ("platform", Hosting.PLATFORM, SupportOption.TOKENS),
    ("nearly out of tokens", Hosting.DEDICATED, SupportOption.TOKENS),
    ("flat-rate", Hosting.SHARED, SupportOption.FLAT_RATE_USERS),
)
#: After so long every promise of every ticket has passed.
UNTIL_EVERYTHING_IS_DUE = timedelta(hours=73)


@dataclass(frozen=True)
class Verdict:
    """What the judge found, what was counted, and how long it took."""

    seed: int
    findings: tuple[str, ...]
    counted: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __str__(self) -> str:
        return "\n".join([f"history {self.seed}: {len(self.findings)} findings", *self.findings])


def run(stage: Stage, seed: int, steps: int = STEPS) -> Verdict:
    """The history of ``seed`` carried out on ``stage`` and judged."""
    began = time.monotonic()
    script = write(seed, steps=steps)
    with Reader(stage.url) as reader:
        since = reader.journal()
        name = f"h{seed}-{since}"
        opening, world = morning(stage, name, script.balances)
        clients = [
            Client(f"{name}c{at}", who, stage, world)
            for at, who in enumerate(seats(seed, len(script.clients)))
        ]
        seen = _day(stage, world, clients, script.clients)
        books = reader.books(accounts_of(world), since, name)
        evidence = Evidence(books, [opening, *clients], since)
        found = [*judge(_with(evidence, seen)), *_collided(stage)]
        found += _evening(stage, name, world, evidence, reader)
    counted = summary(evidence.acts) + Counter(readings=seen.readings, facts=len(evidence.books.facts))
    return Verdict(seed, tuple(dict.fromkeys(found)), counted, time.monotonic() - began)


def _with(evidence: Evidence, seen: Seen) -> Evidence:
    """The evidence with what was seen by then: the witnesses do not stay for the evening."""
    return Evidence(evidence.books, evidence.clients, evidence.since, seen)


def _collided(stage: Stage) -> list[str]:
    return [f"the server ended an act that waited for another: {said}" for said in stage.collisions()]


def morning(stage: Stage, name: str, balances: Sequence[int]) -> tuple[Client, World]:
    """The accounts of the history with the tokens that they begin with, bought like any others."""
    opening = Client(f"{name}cmorning", MORGAN, stage, World([]))
    desk = stage.desk
    for at, (kind, hosting, option) in enumerate(_KINDS):
        key = f"{name}cmorning-account{at}"
        leah = Contact(id=0, name="Leah", is_administrator=True)
        given = Account(
            id=0, name=f"{name} {kind}", hosting=hosting, option=option, users=100, contacts=(leah,)
        )
        act = opening.carry_out("account", Choice(given=given), key)
        assert act.done, f"no history begins without accounts: {act.told}"
        (account_id,) = act.done[0].answer.accounts
        contact = people.account(desk, account_id).contacts[0]
        opening.world.customers.append(
            Customer(account_id, contact.id, hosting, option is SupportOption.TOKENS)
        )
        if at < len(balances) and balances[at]:
            opening.carry_out(
                "purchase", Choice(account=account_id, tokens=balances[at]), f"{name}cmorning-tokens{at}"
            )
    return opening, opening.world


def accounts_of(world: World) -> list[int]:
    """The numbers of a history's accounts."""
    return [each.id for each in world.customers]


def _day(stage: Stage, world: World, clients: list[Client], scripts: Sequence[Sequence]) -> Seen:
    """Everybody at work at once, and the witnesses beside them."""
    accounts = [each.id for each in world.customers if each.pays_tokens]
    witnesses = Witnesses(stage.seat(ROSA, "listener").desk, stage.seat(ROSA, "reader").desk, accounts)
    threads = [
        Thread(target=client.run, args=(steps,)) for client, steps in zip(clients, scripts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return witnesses.stop()


def _evening(stage: Stage, name: str, world: World, evidence: Evidence, reader: Reader) -> list[str]:
    """Everything falls due and is swept, and judged again: that is where a credit that went astray comes out.

    The night takes what is still open, so that the next history begins with an empty desk.
    """
    closing = Client(f"{name}cevening", MORGAN, stage, world)
    stage.clock.advance(UNTIL_EVERYTHING_IS_DUE)
    closing.sweep()
    accounts = accounts_of(world)
    after = Evidence(
        reader.books(accounts, evidence.since, name), [*evidence.clients, closing], evidence.since
    )
    reader.rows(_TO_THE_NIGHT, accounts)
    return judge(after)


_TO_THE_NIGHT = """
    UPDATE ticket SET owner = 'night', owner_name = 'Night', lease_until = '2100-01-01'
    WHERE account_id = ANY (%s) AND is_open RETURNING id
"""


# --- Many of them ------------------------------------------------------------------------------------------------

#: A fresh database after so many histories: lists grow, and so does what a judge has to read.
ON_ONE_STAGE = 25


def series(server: postgres.Server, seeds: Sequence[int]) -> Iterator[Verdict]:
    """The histories of ``seeds`` one after the other, with what the database as a whole says after each stage."""
    for first in range(0, len(seeds), ON_ONE_STAGE):
        with stage(server) as opened:
            verdicts = [run(opened, seed) for seed in seeds[first : first + ON_ONE_STAGE]]
            *before, last = verdicts
            yield from before
            yield replace(last, findings=(*last.findings, *_whole(opened)))


def at_a_server(seeds: Sequence[int], until: float) -> list[Verdict]:
    """The histories of ``seeds`` at a server of their own; none when it is later than ``until`` (monotonic seconds)."""
    if time.monotonic() > until:
        return []
    with postgres.server() as server:
        return list(series(server, seeds))


def _whole(opened: Stage) -> list[str]:
    """What ``check`` finds in the whole database, and the deadlocks that its server counted."""
    with opened.desk.store.read() as read:
        found = [f"check: {each.where}: {each.words}" for each in read.check()]
    opened.leave()
    counted = deadlocks(opened.url)
    return [*found, f"the server counts {counted} deadlocks"] if counted else found
