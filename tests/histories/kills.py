"""kill -9: of clients in the middle of whatever they do, and of the server under load. No acknowledged act is lost."""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from console.services.answers import answer_of
from console.services.desk import Desk
from tests.histories.books import Reader
from tests.histories.history import accounts_of, morning
from tests.histories.oracle import Evidence, judge, summary
from tests.histories.processes import CONTEXT, Heard, Killable, Orders, heard, stage_for
from tests.histories.stage import Stage, staffed
from tests.histories.storms import Storm
from tests.histories.told import Act, Told, Word
from tests.support import postgres
from tests.support.desks import ALEX, MAX, MORGAN, PRIYA

SEATS = (MORGAN, ALEX, PRIYA, MAX)
#: How long a client lives on, in seconds, when it is chosen: it has begun its first act by then.
LIVES = (0.0, 0.5)
#: Whoever says nothing for so long is killed all the same.
PATIENCE = 20.0
STEPS_OF_A_LIFE = 400
#: The server lives so long between two kills, in seconds.
BETWEEN = (0.8, 2.0)

#: Durable, as a real server is: what it acknowledged must be there after a kill.
DURABLE = postgres.QUICK_AND_CARELESS | {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}


class Office:
    """Client processes at one database; whoever ends, by a kill or by itself, is followed by the next."""

    def __init__(self, url: str, seed: int, seats: int) -> None:
        self.url, self._seed, self._started = url, seed, 0
        self._ahead = CONTEXT.Value("d", 0.0)
        with Reader(url) as reader:
            self.since = reader.journal()
        self.name = f"k{seed}-{self.since}"
        with stage_for(url, MORGAN, self._ahead) as stage:
            opening, self._world = morning(stage, self.name, (30, 40, 3))
        self._gone: list[Any] = [opening]
        self.crashed: list[str] = []
        self.clients = [self._start() for _ in range(seats)]

    def _start(self) -> Killable:
        at, self._started = self._started, self._started + 1
        who = SEATS[at % len(SEATS)]
        orders = Orders(
            self.url, who, f"{self.name}c{at}", self._seed + at, STEPS_OF_A_LIFE, self._world, self._ahead
        )
        return Killable(orders)

    def kill_one(self, at: int) -> None:
        """Ends the client at that seat; another one sits down with the tickets that are known by then."""
        self._leave(at)
        self.clients[at] = self._start()

    def _leave(self, at: int) -> None:
        gone = self.clients[at]
        gone.kill()
        known = [told.answer.ticket_id for act in gone.acts.values() for told in act.done if told.answer]
        self._world.tickets += [
            each for each in known if each is not None and each not in self._world.tickets
        ]
        self._gone.append(heard(gone))
        if gone.ended_by_itself:
            self.crashed.append(gone.ended_by_itself)

    def hear_of(self, at: int) -> None:
        """Listens until the client at that seat is at work."""
        until = time.monotonic() + PATIENCE
        while not self.clients[at].acts and time.monotonic() < until:
            self.hear(0.02)

    def hear(self, seconds: float) -> None:
        """Goes on listening to everybody."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for at, client in enumerate(self.clients):
                client.hear(0.005)
                if client.has_ended:
                    self.kill_one(at)

    def close(self) -> Evidence:
        """Everybody killed, what they never heard asked for by its key, and the books."""
        for at in range(len(self.clients)):
            self._leave(at)
        with stage_for(self.url, MORGAN, self._ahead) as stage, Reader(self.url) as reader:
            for who in self._gone:
                for act in who.acts:
                    if not act.done and (not act.told or act.told[-1].word is Word.UNKNOWN):
                        act.told.append(_asked(stage.seat(who.who, "afterwards 0").desk, act, stage))
            evidence = Evidence(
                reader.books(accounts_of(self._world), self.since, self.name), self._gone, self.since
            )
            with stage.desk.store.read() as read:
                wrong = [str(each) for each in read.check()]
        evidence.findings += wrong
        return evidence


def _asked(desk: Desk, act: Act, stage: Stage) -> Told:
    """The answer of a killed client's act, asked by its key as at the next start."""
    at = stage.clock.earliest()
    answer = answer_of(desk, act.key)
    word = Word.DONE if answer is not None else Word.NOT_SAVED
    return Told(word, at, stage.clock.latest(), answer, cut=True, asked=True)


def of_clients(url: str, seed: int, kills: int, seats: int = 3) -> Storm:
    """So many clients killed at random moments; then everything is judged."""
    chance = random.Random(seed)
    office = Office(url, seed, seats)
    for _ in range(kills):
        chosen = chance.randrange(seats)
        office.hear_of(chosen)
        office.hear(chance.uniform(*LIVES))
        office.kill_one(chosen)
    return _verdict(office, f"{kills} clients killed")


def of_the_server(seed: int, kills: int, seats: int = 3) -> Storm:
    """A durable server killed under load and started again, so many times; then everything is judged."""
    chance = random.Random(seed)
    with mortal_server() as (server, mortal):
        office = Office(staffed(server), seed, seats)
        away: list[float] = []
        for _ in range(kills):
            office.hear(chance.uniform(*BETWEEN))
            away.append(mortal.kill_and_start())
        office.hear(1.0)
        return _verdict(
            office, f"server killed {kills} times, away {max(away):.1f} s at most", server_was_killed=True
        )


def _verdict(office: Office, what: str, *, server_was_killed: bool = False) -> Storm:
    evidence = office.close()
    if not server_was_killed:
        evidence.findings += office.crashed  # without a server to open the database at, a client may end
    else:
        evidence.clients = [_cut_off(each) for each in evidence.clients]
    counted = summary(evidence.acts)
    found = tuple(dict.fromkeys([*evidence.findings, *judge(evidence)]))
    return Storm(found, f"{what}, {counted['acts']} acts, {counted['done']} acknowledged")


def _cut_off(client: Any) -> Heard:
    """Whoever lost the server lost it by a kill."""
    for act in client.acts:
        act.told = [replace(told, cut=True) for told in act.told]
    return Heard(client.who, list(client.acts), [replace(told, cut=True) for told in client.sweeps])


# --- A server that can be killed ---------------------------------------------------------------------------------


class Mortal:
    """A durable server of the tests, killed and started again in the same folder at the same port."""

    def __init__(
        self, command: Sequence[str | Path], base: str, folder: Path, identity: dict[str, Any]
    ) -> None:
        self._command, self.base, self._folder, self._identity = command, base, folder, identity
        self._log = folder / "server.log"
        self.start()

    def start(self) -> None:
        """Starts it; a first try may be refused while the children of a killed one are still there."""
        while True:
            with self._log.open("ab") as output:
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self._folder,
                    **self._identity,
                )  # fmt: skip
            try:
                postgres._wait(self.base, self._process, self._log)
                return
            except postgres.NoServer:
                if self._process.poll() is None:
                    raise
                time.sleep(0.1)

    def kill_and_start(self) -> float:
        """How long nobody was served, in seconds."""
        began = time.monotonic()
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.start()
        return time.monotonic() - began

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(postgres.START_SECONDS)


@contextmanager
def mortal_server() -> Iterator[tuple[postgres.Server, Mortal]]:
    """A durable server in a folder of its own, and what kills it."""
    with tempfile.TemporaryDirectory(prefix="console-mortal-") as name:
        folder, identity = Path(name), postgres._identity()
        binaries = postgres._reachable(postgres._binaries(), folder, identity)
        postgres._give(folder, identity)
        postgres._initialise(binaries, folder / "data", identity)
        port = postgres._free_port()
        settings = [part for key, value in DURABLE.items() for part in ("-c", f"{key}={value}")]
        command = [binaries / "postgres", "-D", folder / "data", "-p", str(port), *settings]
        base = f"postgresql://postgres:{postgres.PASSWORD}@127.0.0.1:{port}/postgres"
        mortal = Mortal(command, base, folder, identity)
        try:
            yield postgres.Server(base), mortal
        finally:
            mortal.stop()
