"""Clients in processes of their own, which can be killed: each says what it is about to send and what it was told.

Used for local databases, where every console is a process, and for kills. What a killed client did not hear, the next
one asks for by its key, as a console does at its next start.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from threading import Lock
from typing import Any

from console.bootstrap import load_policies
from console.policy.actor import Actor
from console.policy.errors import Unavailable
from console.services.desk import Desk
from console.store.engine import Store, open_store
from tests.histories.clients import Client
from tests.histories.operations import World
from tests.histories.script import TIME, Step, write
from tests.histories.stage import Stage
from tests.histories.told import Act, Told, Word
from tests.support.guarded import as_login

#: Started once and copied for each client: importing the console takes longer than most clients live.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.histories.processes"])
PAUSE = 0.05


class SharedClock:
    """A clock for all processes of this computer, ahead of its own by seconds that only grow."""

    def __init__(self, ahead: "Synchronized[float]") -> None:
        self._ahead = ahead

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead.value)

    earliest = latest = __call__

    def advance(self, span: timedelta) -> None:
        with self._ahead.get_lock():
            self._ahead.value += span.total_seconds()


@dataclass(frozen=True)
class Orders:
    """What a client process is to do, from which seed, and what it can choose from at its start."""

    url: str
    who: Actor
    name: str
    seed: int
    steps: int
    world: World
    ahead: Any

    @property
    def is_local(self) -> bool:
        return self.url.startswith("sqlite")


@contextmanager
def stage_for(url: str, who: Actor, ahead: "Synchronized[float]") -> Iterator[Stage]:
    """The desks of one process at a database that exists; a shared one tells the time itself."""
    clock = SharedClock(ahead)

    def open_as(login: str) -> Store:
        local = url.startswith("sqlite")
        return open_store(url, clock=clock) if local else open_store(as_login(url, login))

    store = open_as(who.login)
    opened = Stage(url, Desk(store, load_policies(store), who), clock, open_as)
    try:
        yield opened
    finally:
        opened.leave()


class Mouth:
    """One end of a pipe for all threads of a process: what one says is not broken by another."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, Lock()

    def say(self, something: object) -> None:
        with self._lock:
            self._pipe.send(something)


class Reporting(Client):
    """A client that says everything to its parent, before and after."""

    def report_to(self, mouth: Mouth) -> None:
        self._mouth = mouth
        self.acts = Reports(mouth)

    def sweep(self, *given: Any) -> None:
        at = self.stage.clock.earliest()
        # Should it be killed in the middle: what it settled by then is a sweep's all the same.
        self._mouth.say(Told(Word.UNKNOWN, at, at, kind="Lost", cut=True))
        super().sweep(*given)
        self._mouth.say(self.sweeps[-1])

    def run(self, steps: tuple[Step, ...]) -> None:
        """Goes on through everything: a server that is away is waited for."""
        for at, step in enumerate(steps):
            try:
                self.do(step, f"{self.name}s{at}")
            except Unavailable:
                time.sleep(PAUSE)


class Reports(list[Act]):
    """Acts whose answers go through the pipe as they come."""

    def __init__(self, mouth: Mouth) -> None:
        super().__init__()
        self._mouth = mouth

    def append(self, act: Act) -> None:
        self._mouth.say(Act(act.key, act.login, act.operation, act.choice))
        act.told = _Answers(self._mouth, act.key)
        super().append(act)


class _Answers(list[Told]):
    def __init__(self, mouth: Mouth, key: str) -> None:
        super().__init__()
        self._mouth, self._key = mouth, key

    def append(self, told: Told) -> None:
        super().append(told)
        self._mouth.say((self._key, told))
        if told.kind in ("Lost", "Unknown", "Crowded"):
            time.sleep(PAUSE)


def work(orders: Orders, pipe: Connection) -> None:
    """The life of a client process."""
    with stage_for(orders.url, orders.who, orders.ahead) as stage:
        client = Reporting(orders.name, orders.who, stage, orders.world)
        client.report_to(Mouth(pipe))
        client.run(_steps(orders))
    pipe.send(None)


def _steps(orders: Orders) -> tuple[Step, ...]:
    """From the seed; a shared server's clock is not set ahead where its server is killed."""
    steps = write(orders.seed, 1, orders.steps).clients[0]
    return steps if orders.is_local else tuple(step for step in steps if step.operation != TIME)


@dataclass
class Killable:
    """A client process as its parent sees it."""

    orders: Orders
    acts: dict[str, Act] = field(default_factory=dict)
    sweeps: list[Told] = field(default_factory=list)
    jumps: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ear, mouth = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=work, args=(self.orders, mouth), daemon=True)
        self._process.start()
        mouth.close()
        self.has_ended = False

    @property
    def who(self) -> Actor:
        return self.orders.who

    @property
    def ended_by_itself(self) -> str:
        """How it ended when that was neither its last step nor a kill; empty otherwise."""
        code = self._process.exitcode
        name = self.orders.name
        return "" if code in (None, 0, -signal.SIGKILL) else f"client {name} ended by itself with {code}"

    def hear(self, seconds: float) -> None:
        """Whatever it says within this time, or until it has nothing more to say."""
        until = time.monotonic() + seconds
        with suppress(EOFError):
            while not self.has_ended and self._ear.poll(max(0.0, until - time.monotonic())):
                self._take(self._ear.recv())
            return
        self.has_ended = True

    def kill(self) -> None:
        """Ends it at once, wherever it is, and hears what it still had said."""
        self._process.join(0)
        with suppress(ProcessLookupError):
            os.kill(self._process.pid or 0, signal.SIGKILL)
        self._process.join()
        self.hear(0.0)
        self._ear.close()

    def wait(self) -> None:
        """Hears it to its end."""
        while not self.has_ended:
            self.hear(1.0)
        self._process.join()
        self._ear.close()

    def _take(self, said: Any) -> None:
        if said is None:
            self.has_ended = True
        elif isinstance(said, Act):
            self.acts[said.key] = said
        elif isinstance(said, Told):
            self.sweeps.append(said)
        else:
            key, told = said
            self.acts[key].told.append(told)


@dataclass
class Heard:
    """What was heard of a client, for the judge."""

    who: Actor
    acts: list[Act]
    sweeps: list[Told]
    jumps: list[Told] = field(default_factory=list)


def heard(client: Killable) -> Heard:
    """Everything that a client process said."""
    return Heard(client.who, list(client.acts.values()), client.sweeps)
