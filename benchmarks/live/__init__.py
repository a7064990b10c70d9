"""Live: how long until what one desk commits is painted on another, beside the bare path of the same run.

The console's time runs from the COMMIT that its act sends; the bare path's from its first statement, as in the goal.
What the act takes before its COMMIT (rules, guards, locks) is printed as well.

A real server with the settings it is delivered with (fsync on), made for the purpose. One process acts as Alex by the
services, another shows Priya's whole window, offscreen; a change counts once a paint event has drawn it. The bare path
is a transaction of as many rows written by hand with NOTIFY in it, heard by a QSocketNotifier in a window with nothing
but a QTableView, which reads that one row again and paints it. Then both again beside 50 further desks that listen
and read as every desk does. Changes are further apart than a desk gathers a flood. Nothing fails.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.live.database import make
from tests.support.postgres import DELIVERED, own_server

ROUNDS, BLOCKS = 200, 4
HERD, HERD_PROCESSES = 50, 5
GOAL, GOAL_HERD = 3, 10
#: What fifty desks need beyond the settings with which a server is delivered (docs/admin.md).
ROOM = {"max_connections": "200"}


class Part:
    """One process of the benchmark: it is told lines and says lines."""

    def __init__(self, module: str, *words: str) -> None:
        command = [sys.executable, "-m", f"benchmarks.live.{module}", *words]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def tell(self, words: str) -> None:
        """One line to the process."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()

    def hear(self) -> list[str]:
        """The words of its next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("a part of the benchmark ended early; its own words stand above")
        return line.split()

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)


@dataclass
class Way:
    """A desk that acts and a window that shows: what their changes took, in seconds from the first statement, and
    from the COMMIT."""

    acts: Part
    window: Part
    whole: list[float] = field(default_factory=list)
    from_commit: list[float] = field(default_factory=list)

    def go(self, rounds: int) -> None:
        """So many changes, each waited for."""
        for each in range(rounds):
            wanted = ("claim", "release")[each % 2]
            self.acts.tell(wanted)
            begun, committed = map(float, self.acts.hear())
            said, painted = "", 0.0
            while said != wanted:
                said, at = self.window.hear()
                painted = float(at)
            self.whole.append(painted - begun)
            self.from_commit.append(painted - committed)
            time.sleep(random.uniform(0.25, 0.4))


def run() -> None:
    """Prints p50 and p99 of both ways, alone and beside the herd, and their ratios."""
    with tempfile.TemporaryDirectory(prefix="console-live-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        with own_server(place, **DELIVERED | ROOM) as server:
            owner, alex, priya = make(server.base)
            print("From a change committed on one desk to its painted row on another")
            _measure(place, owner, alex, priya, desks=0, goal=GOAL)
            _measure(place, owner, alex, priya, desks=HERD, goal=GOAL_HERD)


def _measure(folder: Path, owner: str, alex: str, priya: str, *, desks: int, goal: int) -> None:
    with ExitStack() as parts:

        def started(module: str, *words: str) -> Part:
            part = parts.enter_context(_part(module, *words))
            part.hear()
            return part

        for each in range(HERD_PROCESSES if desks else 0):
            started("herd", priya, str(desks // HERD_PROCESSES), str(folder / f"herd{each}"))
        # The one that acts makes what the window then shows.
        ours = Way(started("acts", alex), started("window", priya, str(folder)))
        bare = Way(started("bare_acts", owner), started("bare_window", owner, str(folder)))
        for _ in range(BLOCKS):
            for way in (bare, ours):
                way.go(ROUNDS // BLOCKS)
    _print(f"{desks} further desks" if desks else "two desks alone", ours, bare, goal)


@contextmanager
def _part(module: str, *words: str) -> Iterator[Part]:
    part = Part(module, *words)
    try:
        yield part
    finally:
        part.close()


def _print(where: str, ours: Way, bare: Way, goal: int) -> None:
    print(f"  {where}")
    for name, taken in (
        ("bare path", bare.whole),
        ("  from its COMMIT", bare.from_commit),
        ("console, from the COMMIT", ours.from_commit),
        ("  with the act before it", ours.whole),
    ):
        ratio = _at(taken, 0.99) / _at(bare.whole, 0.99)
        print(
            f"    {name:<25} p50 {_at(taken, 0.5):6.1f} ms  p99 {_at(taken, 0.99):6.1f} ms   {ratio:5.1f} × at p99"
        )
    print(
        f"    goal: p99 from the COMMIT to the paint at most {goal} × the bare path, its transaction included"
    )


def _at(taken: list[float], part: float) -> float:
    """That quantile in milliseconds."""
    return sorted(taken)[min(len(taken) - 1, int(part * len(taken)))] * 1000
