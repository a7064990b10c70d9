"""Consoles in processes of their own: killed in the middle of an act, started twice, without a zone's data."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from console.bootstrap import open_desk
from console.policy.terms import Priority
from tests.support.guarded import GuardedOffice, as_login, guarded_office
from tests.support.live import live_window, notes
from tests.support.watchdog import Watchdog
from tests.support.windows import window_at

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def at(guarded_url: str) -> Iterator[GuardedOffice]:
    with guarded_office(guarded_url) as opened:
        yield opened


@pytest.mark.parametrize(
    ("when", "saved", "words"),
    [("before", 0, "was sent before the console"), ("after", 1, "Sent before the console ended, and saved")],
)
def test_a_console_killed_in_the_middle_of_an_act_tells_at_its_next_start_what_became_of_it(
    qtbot: QtBot, at: GuardedOffice, tmp_path: Path, when: str, saved: int, words: str
) -> None:
    urgent = at.number(at.account(balance=60), Priority.URGENT)
    arguments = (as_login(at.url, "priya"), str(tmp_path), str(urgent), when)
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_console", *arguments],
        check=False, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, timeout=60,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert len(list((tmp_path / "state" / "sent").glob("*.json"))) == 1
    assert len(notes(at, urgent)) == saved
    with live_window(qtbot, at, tmp_path) as shown, Watchdog():
        shown.until(lambda: any(words in line for line in shown.wiring.notices.lines()))
        shown.quiet()
    assert len(notes(at, urgent)) == saved
    assert list((tmp_path / "state" / "sent").iterdir()) == []


def test_a_second_start_opens_cleanly_beside_the_first(tmp_path: Path) -> None:
    first = open_desk(data_dir=tmp_path)
    with first.store.read() as reading:
        run = subprocess.run(
            [sys.executable, "-m", "console", "--data-dir", str(tmp_path), "--smoke"],
            check=False, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT, timeout=60,
        )  # fmt: skip
        assert (run.returncode, run.stderr) == (0, "")
        assert reading.people() == []
    first.store.close()


def test_the_second_console_at_one_file_says_so_until_the_first_is_gone(qtbot: QtBot, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'console.sqlite3'}"
    with window_at(qtbot, open_desk(url), tmp_path / "first", live=True) as first:
        assert not first.window.notice.isVisible()
        with window_at(qtbot, open_desk(url), tmp_path / "second", live=True) as second, Watchdog():
            second.until(second.window.notice.isVisible)
            assert second.window.notice.text().startswith(
                "Another console on this computer has this file open"
            )
            assert not first.window.notice.isVisible()
        with window_at(qtbot, open_desk(url), tmp_path / "third", live=True) as third, Watchdog():
            third.until(third.window.notice.isVisible)
    with window_at(qtbot, open_desk(url), tmp_path / "fourth", live=True) as fourth, Watchdog():
        fourth.quiet()
        assert not fourth.window.notice.isVisible()


def test_without_the_zones_data_business_hours_are_refused_and_the_zone_is_named(tmp_path: Path) -> None:
    script = "import sys; sys.modules['tzdata'] = None; from console.__main__ import main; sys.exit(main())"
    run = subprocess.run(
        [sys.executable, "-c", script, "--data-dir", str(tmp_path), "queue"],
        check=False, capture_output=True, text=True, cwd=ROOT, env=ENVIRONMENT | {"PYTHONTZPATH": ""}, timeout=60,
    )  # fmt: skip
    assert run.returncode == 2, run.stderr
    assert "'America/New_York' is not in this computer's zone data" in run.stderr
    assert "Traceback" not in run.stderr
