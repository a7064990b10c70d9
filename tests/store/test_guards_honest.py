"""No guard stands in the way of honest work, whatever the server's clock does."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from console.policy.errors import Problem
from console.policy.terms import Hosting, Priority, SupportOption
from console.services import progress, triage
from console.services.desk import Changed, Desk, Undo
from console.services.progress import Happened
from console.services.sweep import sweep
from tests.histories.operations import OPERATIONS, Customer, World, because
from tests.support.attacks import Scene
from tests.support.desks import ALEX, MORGAN, PRIYA

STEPS = 60
#: Minutes by which the clock moves: past promises, leases and times to undo, and back by an hour or three.
MOVES = (0, 0, 0, 1, 5, 11, 59, 61, 240, 1441, -1, -9, -31, -61, -200)
#: So many minutes ago an act truly happened that a manager enters late.
AGO = (1, 10, 50, 100, 600)
BY_A_GUARD = "The database refuses"

LateAct = Callable[[Desk, int, str, Happened], Changed]
LATE: dict[str, LateAct] = {
    "begin": progress.begin,
    "reply": lambda desk, id, key, at: progress.reply(desk, id, because(key), key, at),
    "plan": lambda desk, id, key, at: progress.send_plan(desk, id, because(key), "Sam", at.at, key, at),
    "resolve": lambda desk, id, key, at: progress.resolve(desk, id, "solved", "", key, at, "overload"),
}
WEIGHTS = {name: each.weight for name, each in OPERATIONS.items()} | {"sweep": 5, "late": 12, "raise": 4}


@pytest.mark.parametrize("seed", range(12))
def test_no_guard_refuses_an_honest_act(place: Scene, seed: int) -> None:
    """Three people, a step at a time; the rules refuse much of what they try, the guards nothing of the rest."""
    day = Day(place, seed)
    for _ in range(STEPS):
        day.step()
    day.clock.now = day.latest + timedelta(days=3)
    assert day.refused == []
    assert day.done > STEPS / 5


class Day:
    """What happens from ``seed``; ``refused`` tells what a guard refused, ``done`` counts what was done."""

    def __init__(self, place: Scene, seed: int) -> None:
        self._office, self._chance = place.office, random.Random(seed)
        self.clock = place.office.clock
        self.latest = self.clock.now
        self._world = World([self._customer(each) for each in (Hosting.DEDICATED, Hosting.PLATFORM)])
        self._undos: list[Undo] = []
        self._late: list[datetime] = []
        self.refused: list[str] = []
        self.done = 0

    def _customer(self, hosting: Hosting) -> Customer:
        name = f"Honest {self._office.desk.new_key()}"
        account = self._office.account(
            name, hosting, SupportOption.TOKENS, balance=self._chance.randint(3, 40)
        )
        return Customer(account.id, account.contacts[0].id, hosting, pays_tokens=True)

    def step(self) -> None:
        """One act of somebody, at another time."""
        self.clock.advance(minutes=self._chance.choice(MOVES))
        self.latest = max(self.latest, self.clock.now)
        desk = self._office.at(self._chance.choice((ALEX, PRIYA, MORGAN, MORGAN)))
        name = (
            self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0] if self._world.tickets else "open"
        )
        key = desk.new_key()
        try:
            self._keep(self._act(desk, name, key))
        except Problem as problem:
            if problem.title == BY_A_GUARD:
                self.refused.append(f"{name} by {desk.actor.name} at {self.clock.now}: {problem.message}")

    def _act(self, desk: Desk, name: str, key: str) -> Changed | None:
        if name == "sweep":
            self.refused += [f"sweep of {failed}" for failed in sweep(desk).failed]
            return None
        if name == "late":
            self._late.append(self.clock.now - timedelta(minutes=self._chance.choice(AGO)))
            at = self._chance.choice(self._late[-3:])
            ticket_id = self._chance.choice(self._world.tickets)
            return self._chance.choice(list(LATE.values()))(desk, ticket_id, key, Happened(at, because(key)))
        if name == "raise":  # while it is free, without anybody's authorisation
            ticket_id, to = self._chance.choice(self._world.tickets), self._chance.choice(list(Priority))
            return triage.change_priority(desk, ticket_id, to, "", None, key)
        numbers = tuple(self._chance.randrange(10_000) for _ in range(3))
        choice = OPERATIONS[name].choose((numbers[0], numbers[1], numbers[2]), self._world, desk)
        if choice is None or (name == "undo" and not self._undos):
            return None
        if name == "undo":
            choice = replace(choice, undo=self._undos.pop())
        return OPERATIONS[name].send(desk, choice, key)

    def _keep(self, changed: Changed | None) -> None:
        if changed is None:
            return
        self.done += 1
        if changed.ticket_id is not None and changed.ticket_id not in self._world.tickets:
            self._world.tickets.append(changed.ticket_id)
        if changed.undo is not None:
            self._undos.append(changed.undo)
