"""A history as it is written before it happens: who does what, in which order, with which mishaps; all from its seed.

The script is the same for a seed, always. How the clients' steps interleave is the machine's affair, and with it which
tickets are there to be chosen from.
"""

import random
from dataclasses import dataclass
from enum import StrEnum

from tests.histories.operations import OPERATIONS
from tests.support.desks import ALEX, IRA, MAX, MORGAN, PRIYA, ROSA

CLIENTS = 8
STEPS = 25
ONE_IN_CUT = 8
ONE_IN_DOUBLED = 6
#: Who sits at the desks. The last one changes from history to history: somebody whose roles allow little.
PEOPLE = (ALEX, MORGAN, PRIYA, MORGAN, ALEX, MAX, PRIYA)
ONLOOKERS = (ROSA, IRA)

#: Steps that are no acts with a key, and how often they come among the others.
SWEEP, TIME = "sweep", "time"
BESIDE = {SWEEP: 5, TIME: 4}

#: Minutes that pass at once: within the time to undo, past each promise, over a night, over a reopening.
MINUTES = (1, 3, 9, 20, 61, 61, 239, 241, 600, 1441, 2881, 4321)


class Cut(StrEnum):
    """Where a connection is cut."""

    IDLE = "before the act was sent"
    MIDDLE = "in the middle of the act"
    COMMIT_NEVER_SENT = "before COMMIT left"
    ANSWER_LOST = "after COMMIT was sent, before its answer"


class Double(StrEnum):
    """How a request is sent a second time with the same key."""

    LATER = "again, once it was answered"
    AT_ONCE = "at the same moment, from another connection"


class Doubt(StrEnum):
    """What a client does that does not know whether its act was saved."""

    ASKS_AND_RESENDS = "asks by the key and sends again what was not saved"
    RESENDS = "sends the same again at once"
    ASKS = "asks by the key and leaves it at that"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a client does. ``numbers`` choose ticket, account and amounts among what is there by then."""

    operation: str
    numbers: tuple[int, int, int]
    cut: Cut | None = None
    double: Double | None = None
    doubt: Doubt = Doubt.ASKS_AND_RESENDS


@dataclass(frozen=True, slots=True)
class Script:
    """A whole history: the tokens that each account begins with, and each client's steps."""

    seed: int
    balances: tuple[int, ...]
    clients: tuple[tuple[Step, ...], ...]


def write(seed: int, clients: int = CLIENTS, steps: int = STEPS) -> Script:
    """The history of ``seed``."""
    chance = random.Random(seed)
    balances = (chance.randint(0, 30), chance.randint(0, 40), chance.randint(0, 3))
    parts = tuple(tuple(_step(chance, at) for at in range(steps)) for _ in range(clients))
    return Script(seed, balances, parts)


def people(seed: int, clients: int = CLIENTS) -> list:
    """Who sits at which desk: always the same for a seed."""
    seats = [*PEOPLE, ONLOOKERS[seed % len(ONLOOKERS)]]
    return [seats[at % len(seats)] for at in range(clients)]


def _step(chance: random.Random, at: int) -> Step:
    # A desk begins with something to work on.
    weights = {name: each.weight for name, each in OPERATIONS.items()} | BESIDE if at > 1 else {"open": 1}
    return Step(
        chance.choices(list(weights), list(weights.values()))[0],
        (chance.randrange(10_000), chance.randrange(10_000), chance.randrange(10_000)),
        chance.choice(list(Cut)) if chance.randrange(ONE_IN_CUT) == 0 else None,
        chance.choice(list(Double)) if chance.randrange(ONE_IN_DOUBLED) == 0 else None,
        chance.choice(list(Doubt)),
    )
