"""What the customer has authorised is what an overturned decision charges, in whatever order it came (clause 3.3)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import pytest

from console.policy.classification import demote, determine, reverse_demotion, undo_determination
from console.policy.outcome import Outcome
from console.policy.repricing import change_priority
from console.policy.terms import Priority
from tests.policy.cases import MINUTE, NOON, POLICY, PRIYA, SAM, opened


@dataclass
class Story:
    """Acts on one ticket, a minute apart."""

    done: Outcome
    at = NOON

    def go(self, act: str) -> None:
        """The next act, by its name in ``ACTS``."""
        self.at += MINUTE
        self.done = ACTS[act](self)


ACTS: dict[str, Callable[[Story], Outcome]] = {
    "free": lambda s: determine(s.done.ticket, PRIYA, POLICY, s.at, s.done.balance, free=True),
    "not free": lambda s: determine(s.done.ticket, PRIYA, POLICY, s.at, s.done.balance, free=False),
    "undo": lambda s: undo_determination(s.done.ticket, PRIYA, POLICY, s.at, s.done.balance),
    "demote": lambda s: demote(s.done.ticket, SAM, POLICY, s.at, s.done.balance),
    "reverse": lambda s: reverse_demotion(s.done.ticket, PRIYA, POLICY, s.at, s.done.balance),
    "raise": lambda s: change_priority(
        s.done.ticket, SAM, Priority.URGENT, POLICY, s.at, s.done.balance, authorised_by="Leah Moreno"
    ),
}


def _interleaved(some: list[str], others: list[str]) -> list[list[str]]:
    """Every order in which both can happen, each in its own."""
    length = len(some) + len(others)
    orders = []
    for places in combinations(range(length), len(some)):
        left, right = iter(some), iter(others)
        orders.append([next(left) if place in places else next(right) for place in range(length)])
    return orders


DECIDED = (["free", "not free"], ["free", "not free", "undo", "not free"])


@pytest.mark.parametrize("decided", DECIDED, ids=" ".join)
def test_an_emergency_costs_its_price_wherever_its_demotion_was_reversed(decided: list[str]) -> None:
    for order in _interleaved(["demote", "reverse"], decided):
        story = Story(opened(Priority.EMERGENCY))
        for act in order:
            story.go(act)
        assert story.done.ticket.held == 10, order


@pytest.mark.parametrize("decided", DECIDED, ids=" ".join)
def test_a_raised_ticket_costs_its_price_wherever_the_customer_authorised_it(decided: list[str]) -> None:
    for order in _interleaved(["raise"], decided):
        story = Story(opened(Priority.STANDARD))
        for act in order:
            story.go(act)
        assert story.done.ticket.held == 3, order
