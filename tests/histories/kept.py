"""What histories have shown, kept in a file: ten thousand take longer than a machine may be free at once."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.histories.history import Verdict

_COMMIT = ("git", "rev-parse", "--short", "HEAD")


class Kept:
    """Verdicts by their seed, in ``file`` when one is given: a line of JSON each, with the commit that was tried."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._verdicts: dict[int, Verdict] = {}
        if file is not None and file.exists():
            for line in file.read_text("utf-8").splitlines():
                one = json.loads(line)
                verdict = Verdict(
                    one["seed"], tuple(one["findings"]), Counter(one["counted"]), one["seconds"]
                )
                self._verdicts[verdict.seed] = verdict

    def left(self, seeds: Iterable[int]) -> list[int]:
        """Those of ``seeds`` that have shown nothing yet."""
        return [seed for seed in seeds if seed not in self._verdicts]

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Keeps what a run has shown."""
        self._verdicts |= {verdict.seed: verdict for verdict in verdicts}
        if self._file is None:
            return
        commit = subprocess.run(_COMMIT, capture_output=True, text=True, check=False).stdout.strip()
        with self._file.open("a", encoding="utf-8") as lines:
            for each in verdicts:
                one = {"seed": each.seed, "findings": each.findings, "counted": each.counted}
                lines.write(json.dumps({**one, "seconds": round(each.seconds, 2), "commit": commit}) + "\n")

    def of(self, seeds: Iterable[int]) -> list[Verdict]:
        """What ``seeds`` have shown, in their order; nothing of those that were not run."""
        return [self._verdicts[seed] for seed in seeds if seed in self._verdicts]
