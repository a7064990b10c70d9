"""What histories have shown, kept in a file: ten thousand take longer than a machine may be free at once."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.histories.history import Verdict

_PROGRAM = ("git", "describe", "--always", "--dirty")


@dataclass(frozen=True)
class _Shown:
    """A verdict and the program that it is about: its commit."""

    verdict: Verdict
    program: str


class Kept:
    """Verdicts by their seed, in ``file`` when one is given: a line of JSON each, the last one of a seed counts."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._shown: dict[int, _Shown] = {}
        if file is not None and file.exists():
            for line in file.read_text("utf-8").splitlines(keepends=True):
                if line.endswith("\n"):  # one that a killed run left unfinished is run again
                    self._take(json.loads(line))

    def left(self, seeds: Iterable[int]) -> list[int]:
        """Those of ``seeds`` that were not tried yet, or of which something was found."""
        return [seed for seed in seeds if seed not in self._shown or self._shown[seed].verdict.findings]

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Keeps what a run has shown."""
        program = _program()
        self._shown |= {verdict.seed: _Shown(verdict, program) for verdict in verdicts}
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.writelines(f"{json.dumps(_line(each, program))}\n" for each in verdicts)

    def of(self, seeds: Iterable[int]) -> list[Verdict]:
        """What ``seeds`` have shown, in their order; nothing of those that were not run."""
        return [self._shown[seed].verdict for seed in seeds if seed in self._shown]

    def programs(self, seeds: Iterable[int]) -> str:
        """Which programs that is about: ``"a8076ee (400), 924baf4 (9,600)"``."""
        counted = Counter(self._shown[seed].program for seed in seeds if seed in self._shown)
        return ", ".join(f"{program} ({number:,})" for program, number in counted.items())

    def _take(self, line: dict[str, Any]) -> None:
        counted = Counter(line["counted"])
        verdict = Verdict(line["seed"], tuple(line["findings"]), counted, line["seconds"])
        self._shown[verdict.seed] = _Shown(verdict, line["commit"])


def _line(verdict: Verdict, program: str) -> dict[str, Any]:
    shown = {"seed": verdict.seed, "findings": verdict.findings, "counted": verdict.counted}
    return {**shown, "seconds": round(verdict.seconds, 2), "commit": program}


def _program() -> str:
    here = Path(__file__).parent
    return subprocess.run(_PROGRAM, cwd=here, capture_output=True, text=True, check=False).stdout.strip()
