"""The frozen program, started from another folder with nothing of this checkout in its environment."""

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = [pytest.mark.bundle, pytest.mark.timeout(400)]


@pytest.fixture(scope="session")
def program(request: pytest.FixtureRequest) -> Path:
    """The executable: the one named by --bundle, or one built into build/bundle when its sources changed."""
    named = request.config.getoption("--bundle")
    folder = Path(named).absolute() if named else _built()
    return folder / "support-console"


def _built() -> Path:
    command = [sys.executable, ROOT / "packaging" / "build.py", ROOT / "build" / "bundle"]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.strip())


@pytest.fixture
def start(program: Path, tmp_path: Path) -> Start:
    """Runs the program in a folder with a space and an accent, with an environment of four names."""
    folder = tmp_path / "another désk"
    folder.mkdir()

    def run(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC"}
        return subprocess.run(
            [program, "--data-dir", str(tmp_path / "data"), *words],
            check=False, capture_output=True, text=True, input=stdin, cwd=folder, env=clean | environment, timeout=90,
        )  # fmt: skip

    return run


def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "console.sqlite3"


def tables(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")}


def test_the_window_opens_on_a_fresh_migrated_database_and_leaves(start: Start, tmp_path: Path) -> None:
    run = start("--smoke", QT_QPA_PLATFORM="offscreen")
    assert (run.returncode, run.stderr) == (0, "")
    assert "alembic_version" in tables(database(tmp_path))
    assert stat.S_IMODE(database(tmp_path).stat().st_mode) == 0o600


def test_the_migrated_database_is_whole_and_opens_again(start: Start, tmp_path: Path) -> None:
    assert start("migrate").returncode == 0
    checked = start("check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert start("--smoke", QT_QPA_PLATFORM="offscreen").returncode == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_it_says_so_instead_of_aborting(start: Start) -> None:
    run = start()
    assert run.returncode == 4
    assert run.stderr.startswith("There is no display for the window")
    assert len(run.stderr.splitlines()) == 1


def test_it_carries_the_policy_and_the_zone_data(start: Start) -> None:
    ticket = {
        "id": "one", "hosting": "dedicated", "option": "tokens", "requester": "administrator", "channel": "ticket",
        "priority": "urgent", "opened_at": "2026-03-07T20:00:00Z", "authorised": True, "balance": 100, "users": 5,
        "events": [], "now": "2026-03-07T21:00:00Z",
    }  # fmt: skip
    run = start("simulate", stdin=json.dumps(ticket) + "\n")
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout)["allowed"] is True


def test_it_carries_postgresql(start: Start, empty_postgres_url: str) -> None:
    run = start("--database", empty_postgres_url, "server", "init")
    assert (run.returncode, run.stderr) == (0, "")
