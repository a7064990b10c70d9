"""Two hundred random histories: nothing lost, doubled, negative, torn, deadlocked or unexplained.

``CONSOLE_HISTORIES`` asks for more, ``CONSOLE_SEED`` for others. A failure names its seed; that history again, alone:
``python -m tests.histories --only histories --histories 1 --seed N``. Its operations are the same each time; how the
clients interleave is the machine's affair.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.histories import local
from tests.histories.__main__ import main
from tests.histories.history import Verdict, series
from tests.histories.kept import Kept
from tests.histories.script import write
from tests.support import postgres

HISTORIES = int(os.environ.get("CONSOLE_HISTORIES", "200"))
SEED = int(os.environ.get("CONSOLE_SEED", "1"))
PARTS = 8


def seeds(part: int) -> range:
    """Those of one of the parts that several processes share."""
    return range(SEED + part * HISTORIES // PARTS, SEED + (part + 1) * HISTORIES // PARTS)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "part", range(PARTS), ids=lambda part: f"seeds {seeds(part)[0]} to {seeds(part)[-1]}"
)
def test_random_histories(postgres_server: postgres.Server, part: int) -> None:
    verdicts = list(series(postgres_server, seeds(part)))
    wrong = [str(verdict) for verdict in verdicts if verdict.findings]
    assert not wrong, "\n".join(wrong)
    counted = sum((verdict.counted for verdict in verdicts), start=type(verdicts[0].counted)())
    # What was not tried was not shown: mishaps come about as often as they are meant to.
    assert counted["acts"] >= 150 * len(verdicts)
    assert counted["cut"] >= counted["acts"] / 20
    assert counted["doubled"] >= counted["acts"] / 10
    assert counted["done"] >= counted["acts"] / 4
    assert counted["readings"] >= len(verdicts)


def test_what_a_soak_has_shown_is_kept_and_only_what_was_found_is_run_again(tmp_path: Path) -> None:
    shown = [Verdict(3, (), Counter(acts=2), 1.5), Verdict(5, ("a token was lost",), Counter(acts=1), 0.5)]
    file = tmp_path / "kept"
    Kept(file).add(shown)
    with file.open("a", encoding="utf-8") as lines:
        lines.write('{"seed": 6, "findi')  # the run was killed here
    again = Kept(file)
    assert again.left(range(2, 7)) == [2, 4, 5, 6]
    assert again.of(range(2, 7)) == shown
    assert again.programs(range(2, 7)).endswith(" (2)")


def test_a_kept_soak_names_the_seed_that_it_began_with(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--keep", "somewhere"])
    assert "--keep needs the --seed" in capsys.readouterr().err


def test_a_script_is_the_same_for_a_seed_and_another_for_another() -> None:
    assert write(4711) == write(4711)
    assert write(4711) != write(4712)


@pytest.mark.parametrize(("seed", "processes"), [(1, 2), (2, 4)])
def test_histories_at_a_local_database(tmp_path: Path, seed: int, processes: int) -> None:
    verdict = local.run(local.made(tmp_path / "console.sqlite3"), seed, processes)
    assert not verdict.findings, str(verdict)
    assert verdict.counted["done"] > 0
