"""No guard stands in the way of honest work, whatever the server's clock does; and an Undo that is offered is done."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from console.policy.errors import Problem, TooFewTokens
from console.policy.terms import Hosting, Priority, SupportOption
from console.services import progress, triage
from console.services.desk import Changed, Desk, Undo
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from console.services.undo import undo
from console.ui.format import Times
from console.ui.views.timeline import entries
from tests.histories.operations import OPERATIONS, Customer, World, because
from tests.support.attacks import Scene
from tests.support.desks import ALEX, MORGAN, PRIYA
from tests.support.stories import ago, imported

STEPS = 60
#: Minutes by which the clock moves: past promises, leases and times to undo, and back by an hour or three.
MOVES = (0, 0, 0, 0, 1, 5, 11, 59, 61, 240, 1441, -1, -9, -31, -61, -200)
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
REVERSE = (triage.reverse_demotion, triage.reverse_confirmation)
#: Resolved and reopened, demoted and reversed more often than in other histories; taken back where it is offered.
WEIGHTS = (
    {name: each.weight for name, each in OPERATIONS.items() if name != "undo"}
    | {"resolve": 9, "reopen": 9, "demote": 10}
    | {"sweep": 5, "late": 14, "raise": 4, "reverse": 8, "offered": 14}
)
ACCOUNTS = (
    (Hosting.DEDICATED, SupportOption.TOKENS),
    (Hosting.PLATFORM, SupportOption.TOKENS),
    (Hosting.DEDICATED, SupportOption.FLAT_RATE_USERS),
)


@pytest.mark.parametrize("seed", range(12))
def test_no_guard_refuses_an_honest_act(place: Scene, tmp_path: Path, seed: int) -> None:
    """Three people, a step at a time; the rules refuse much of what they try, the guards nothing of the rest."""
    day = Day(place, seed)
    day.bring_in(tmp_path)
    for _ in range(STEPS):
        day.step()
    day.clock.now = day.latest + timedelta(days=3)
    assert day.refused == []
    assert day.done > STEPS / 5


class Day:
    """What happens from ``seed``; ``refused`` tells what a guard refused, or an offered undo, ``done`` counts."""

    def __init__(self, place: Scene, seed: int) -> None:
        self._place, self._office, self._chance = place, place.office, random.Random(seed)
        self.clock = place.office.clock
        self.latest = self.clock.now
        self._names: dict[SupportOption, str] = {}
        self._world = World([self._customer(*each) for each in ACCOUNTS])
        self._late: list[datetime] = []
        self.refused: list[str] = []
        self.done = 0

    def _customer(self, hosting: Hosting, option: SupportOption) -> Customer:
        pays = option is SupportOption.TOKENS
        name = f"Honest {self._office.desk.new_key()}"
        account = self._office.account(
            name, hosting, option, balance=self._chance.randint(3, 40) if pays else 0
        )
        self._names.setdefault(option, name)
        return Customer(account.id, account.contacts[0].id, hosting, pays)

    def bring_in(self, folder: Path) -> None:
        """Tickets from elsewhere: open, begun, and resolved."""
        begun = {"status": "begun", "begun_at": ago(self._place, 50), "priority": "emergency"}
        resolved = {
            "status": "resolved",
            "first_replied_at": ago(self._place, 50),
            "resolved_at": ago(self._place, 40),
        }
        rows = [
            {"account": name, "option": option.value, **how}
            for option, name in self._names.items()
            for how in ({}, begun, resolved)
        ]
        self._world.tickets += imported(self._place, folder, *rows)

    def step(self) -> None:
        """One act of somebody, at another time, which is taken back at once now and then."""
        self.clock.advance(minutes=self._chance.choice(MOVES))
        self.latest = max(self.latest, self.clock.now)
        desk = self._office.at(self._chance.choice((ALEX, PRIYA, MORGAN, MORGAN)))
        name = self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        try:
            changed = self._act(desk, name, desk.new_key())
            self._keep(changed)
            if changed is not None and changed.undo is not None and self._chance.random() < 0.3:
                self._keep(self._press(desk, changed.undo))
        except Problem as problem:
            if problem.title == BY_A_GUARD:
                self._refuse(name, desk, problem)

    def _refuse(self, name: str, desk: Desk, problem: Problem) -> None:
        self.refused.append(f"{name} by {desk.actor.name} at {self.clock.now}: {problem.message}")

    def _press(self, desk: Desk, offered: Undo) -> Changed | None:
        """What an Undo that the console offers does: only too few tokens stand in its way."""
        try:
            return undo(desk, offered, desk.new_key())
        except TooFewTokens:
            return None
        except Problem as problem:
            self._refuse(f"undo of {offered.act} on {offered.id}", desk, problem)
            return None

    def _act(self, desk: Desk, name: str, key: str) -> Changed | None:
        if name == "sweep":
            self.refused += [f"sweep of {failed}" for failed in sweep(desk).failed]
            return None
        ticket_id = self._chance.choice(self._world.tickets)
        if name == "offered":
            return self._offered(desk, ticket_id)
        if name == "late":
            self._late.append(self.clock.now - timedelta(minutes=self._chance.choice(AGO)))
            at = self._chance.choice(self._late[-3:])
            return self._chance.choice(list(LATE.values()))(desk, ticket_id, key, Happened(at, because(key)))
        if name == "raise":  # while it is free, without anybody's authorisation
            return triage.change_priority(desk, ticket_id, self._chance.choice(list(Priority)), "", None, key)
        if name == "reverse":
            return self._chance.choice(REVERSE)(desk, ticket_id, because(key), None, key)
        numbers = (
            self._chance.randrange(10_000),
            self._chance.randrange(10_000),
            self._chance.randrange(10_000),
        )
        choice = OPERATIONS[name].choose(numbers, self._world, desk)
        return None if choice is None else OPERATIONS[name].send(desk, choice, key)

    def _offered(self, desk: Desk, ticket_id: int) -> Changed | None:
        """An Undo on the ticket's timeline pressed, if there is one."""
        shown = entries(ticket_view(desk, ticket_id), desk.actor.login, desk.now(), Times())
        acts = [each.act for each in shown if each.act]
        return self._press(desk, Undo(self._chance.choice(acts), ticket_id, desk.now())) if acts else None

    def _keep(self, changed: Changed | None) -> None:
        if changed is None:
            return
        self.done += 1
        if changed.ticket_id is not None and changed.ticket_id not in self._world.tickets:
            self._world.tickets.append(changed.ticket_id)
