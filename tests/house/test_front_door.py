"""`python -m console`: what is a command, what opens the window, and what happens without a display."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from console import __main__ as door
from console import __version__

ROOT = Path(__file__).resolve().parents[2]


def console(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-X", "importtime", "-m", "console", *words]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env=clean | environment, timeout=60
    )


def said(run: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in run.stderr.splitlines() if not line.startswith("import time:")]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
@pytest.mark.parametrize("environment", [{}, {"DISPLAY": ":4093"}], ids=["none", "nothing answers"])
def test_without_a_display_one_sentence_and_exit_code_4(environment: dict[str, str], tmp_path: Path) -> None:
    run = console("--data-dir", str(tmp_path), **environment)
    assert run.returncode == 4
    assert len(said(run)) == 1
    assert said(run)[0].startswith("There is no display for the window")
    assert "PySide6" not in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_said_without_loading_anything() -> None:
    run = console("--version")
    assert run.stdout.strip() == f"Support Console {__version__}"
    for costly in ("PySide6", "sqlalchemy", "platformdirs", "logging"):
        assert costly not in run.stderr


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ([], True),
        (["--data-dir", "x"], True),
        (["--data-dir=x", "--database", "sqlite:///y", "--smoke"], True),
        (["--data-dir"], False),
        (["--data-dir", "x", "queue"], False),
        (["queue", "--data-dir", "x"], False),
        (["--help"], False),
        (["--colour"], False),
    ],
)
def test_a_command_or_anything_unknown_goes_to_the_command_line(words: list[str], window: bool) -> None:
    assert door.asks_for_window(words) is window


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux goes without a display")
@pytest.mark.parametrize(
    ("environment", "lacking"),
    [
        ({}, "neither"),
        ({"QT_QPA_PLATFORM": "offscreen"}, ""),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ""),
        ({"DISPLAY": "desk.example:0"}, ""),
        ({"DISPLAY": ":4093"}, "nothing answers at DISPLAY=:4093"),
    ],
)
def test_what_counts_as_a_display(
    environment: dict[str, str], lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert door.lacks_display().startswith(lacking)
    assert bool(door.lacks_display()) is bool(lacking)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X sockets without a name are Linux's")
def test_a_listening_x_server_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":4094.0")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X4094")
        server.listen()
        assert door.lacks_display() == ""
