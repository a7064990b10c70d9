"""``python -m tests.histories``: the long run of everything in this folder, a line for each part. See ``--help``."""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.histories import kills, local, storms
from tests.histories.bugs import BUGS
from tests.histories.history import Verdict, at_a_server
from tests.histories.kept import Kept
from tests.histories.planted import HISTORIES, hunt
from tests.histories.processes import CONTEXT
from tests.histories.stage import staffed, stage
from tests.histories.storms import Storm
from tests.support import postgres

#: So many histories are given to a process at once.
CHUNK = 50


@dataclass(frozen=True)
class Part:
    """A part of the soak: its findings, and its figures in words."""

    name: str
    findings: Sequence[str]
    figures: str
    seconds: float

    def __str__(self) -> str:
        state = "ok" if not self.findings else f"{len(self.findings)} FINDINGS"
        return f"{self.name:<18} {state:<12} {self.figures}, {self.seconds:.0f} s"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 when nothing was found."""
    asked = _asked(arguments)
    print(
        f"seed {asked.seed}; one history again: python -m tests.histories --only histories --histories 1 --seed N"
    )
    print("(its operations are the same each time; how its clients interleave is not)")
    wrong = 0
    for part in _parts(asked):
        print(part, flush=True)
        for finding in part.findings:
            print(f"    {finding}", flush=True)
        wrong += len(part.findings)
    return 1 if wrong else 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("tests.histories", description=__doc__)
    whole = [
        ("histories", 10_000),
        ("local", 200),
        ("rounds", 1_000),
        ("late", 300),
        ("clients", 100),
        ("server", 10),
    ]
    words = {
        "histories": "histories at a shared database",
        "local": "histories at a local database, of 2 to 8 processes each",
        "rounds": "rounds of 50 clients for the last token",
        "late": "late tickets for 20 sweepers and 5 managers",
        "clients": "clients killed, at each kind of database (500 by night)",
        "server": "times the server is killed (100 by night)",
    }
    for name, number in whole:
        parser.add_argument(
            f"--{name}", type=int, default=number, metavar="N", help=f"{words[name]} ({number:,})"
        )
    parser.add_argument("--seed", type=int, help="the first seed (from the time of day)")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="no further histories after so long"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FILE",
        help="keep what histories have shown in FILE; those without findings there are counted and not run again",
    )
    parser.add_argument("--workers", type=int, default=2, help="histories go on in so many processes (2)")
    parser.add_argument(
        "--only", nargs="+", choices=sorted(_PARTS), default=list(_PARTS), help="these parts alone"
    )
    asked = parser.parse_args(arguments)
    if asked.keep and asked.seed is None:
        parser.error("--keep needs the --seed that it began with")
    asked.seed = int(time.time()) if asked.seed is None else asked.seed
    return asked


def _parts(asked: argparse.Namespace) -> Iterator[Part]:
    with postgres.server() as server:
        for name, part in _PARTS.items():
            if name in asked.only:
                began = time.monotonic()
                storm = part(server, asked)
                yield Part(name, storm.findings, storm.figures, time.monotonic() - began)


# --- The parts ---------------------------------------------------------------------------------------------------


def _planted(server: postgres.Server, asked: argparse.Namespace) -> Storm:
    missed, after = [], []
    for name, bug in BUGS.items():
        verdict = hunt(server, bug, asked.seed)
        after.append(verdict.seed - asked.seed + 1)
        if not any(bug.found_by in finding for finding in verdict.findings):
            missed.append(f"{name} was not found in {HISTORIES} histories: {bug.what}")
    return Storm(tuple(missed), f"{len(BUGS)} bugs, found after {max(after)} histories at most")


def _histories(_server: postgres.Server, asked: argparse.Namespace) -> Storm:
    seeds = range(asked.seed, asked.seed + asked.histories)
    kept = Kept(asked.keep)
    chunks = [chunk for at in range(0, len(seeds), CHUNK) if (chunk := kept.left(seeds[at : at + CHUNK]))]
    until = time.monotonic() + asked.seconds
    with ProcessPoolExecutor(min(asked.workers, len(chunks)) or 1, mp_context=CONTEXT) as pool:
        for done in as_completed([pool.submit(at_a_server, chunk, until) for chunk in chunks]):
            kept.add(done.result())
    return _told(kept.of(seeds), kept.programs(seeds))


def _local(_server: postgres.Server, asked: argparse.Namespace) -> Storm:
    with tempfile.TemporaryDirectory(prefix="console-histories-") as folder:
        url = local.made(Path(folder) / "console.sqlite3")
        return _told([local.run(url, asked.seed + 10 * at, 2 + at % 7) for at in range(asked.local)])


def _told(verdicts: Sequence[Verdict], programs: str = "") -> Storm:
    counted = sum((verdict.counted for verdict in verdicts), Counter())
    figures = ", ".join(f"{counted[name]:,} {name}" for name in _COUNTED)
    wrong = tuple(str(verdict) for verdict in verdicts if verdict.findings)
    about = f" of {programs}" if programs else ""
    return Storm(wrong, f"{len(verdicts):,} histories{about}, {figures}")


_COUNTED = ("acts", "done", "refused", "unknown", "cut", "doubled")


def _token(server: postgres.Server, asked: argparse.Namespace) -> Storm:
    with stage(server) as opened:
        return storms.last_token(opened, 50, asked.rounds)


def _late(server: postgres.Server, asked: argparse.Namespace) -> Storm:
    with stage(server) as opened:
        return storms.sweepers(opened, 20, 5, asked.late)


def _next(server: postgres.Server, _asked: argparse.Namespace) -> Storm:
    with stage(server) as opened:
        return storms.take_next(opened, 8, 50)


def _clients(server: postgres.Server, asked: argparse.Namespace) -> Storm:
    shared = kills.of_clients(staffed(server), asked.seed, asked.clients)
    with tempfile.TemporaryDirectory(prefix="console-kills-") as folder:
        alone = kills.of_clients(local.made(Path(folder) / "console.sqlite3"), asked.seed, asked.clients)
    return Storm(shared.findings + alone.findings, f"shared: {shared.figures}; local: {alone.figures}")


def _server(_running: postgres.Server, asked: argparse.Namespace) -> Storm:
    return kills.of_the_server(asked.seed, asked.server)


_PARTS: dict[str, Callable[[postgres.Server, argparse.Namespace], Storm]] = {
    "planted": _planted,
    "next": _next,
    "late": _late,
    "token": _token,
    "clients": _clients,
    "server": _server,
    "local": _local,
    "histories": _histories,
}

if __name__ == "__main__":
    sys.exit(main())
