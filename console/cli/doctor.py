"""``doctor``: libraries, display, fonts, zones, keyring, folders, database, schema, clock; 1 when one is not fit."""

import argparse
import ctypes
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from console import __version__, paths
from console.bootstrap import shipped_policies
from console.cli.opened import desk_for
from console.cli.printing import as_json, say
from console.policy.errors import Problem
from console.policy.reading import parse
from console.services import passwords

#: What Qt needs from the system, by soname, and the Debian package that has it.
LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
MOST_SKEW_SECONDS = 30
LEAST_FREE_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """One look: ``fit`` is ``None`` for what is good to know and no fault."""

    what: str
    fit: bool | None
    words: str


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """The arguments of ``doctor``."""
    command.add_argument("--json", action="store_true", help="print the findings as JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Looks at everything and says what was found."""
    findings = list(_look(arguments))
    if arguments.json:
        as_json(findings)
    else:
        marks = {True: "ok  ", False: "FAIL", None: "note"}
        for finding in findings:
            say(f"{marks[finding.fit]}  {finding.what}: {finding.words}")
    return 1 if any(finding.fit is False for finding in findings) else 0


def _look(arguments: argparse.Namespace) -> Iterator[Finding]:
    yield Finding(
        "program", None, f"Support Console {__version__}, Python {platform.python_version()}, {sys.platform}"
    )
    looks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("libraries", _libraries),
        ("display", _display),
        ("fonts", _fonts),
        ("packages", _packages),
        ("policy", _policy),
        ("zones", _zones),
        ("keyring", _keyring),
        ("folders", lambda: _folders(arguments)),
        ("database", lambda: _database(arguments)),
    ]
    for name, look in looks:
        try:
            yield from look()
        except Problem as problem:
            yield Finding(name, False, problem.message)
        except OSError as error:
            yield Finding(name, False, str(error))


def _libraries() -> Iterator[Finding]:
    if not sys.platform.startswith("linux"):
        return
    missing = {name: package for name, package in LIBRARIES.items() if not _loads(name)}
    if missing:
        packages = " ".join(sorted(set(missing.values())))
        yield Finding(
            "libraries", False, f"{', '.join(missing)} missing; on Debian: apt-get install {packages}"
        )
    else:
        yield Finding("libraries", True, f"the {len(LIBRARIES)} system libraries that Qt needs are there")


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _display() -> Iterator[Finding]:
    found = [name for name in ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM") if os.environ.get(name)]
    if found or not sys.platform.startswith("linux"):
        yield Finding(
            "display", True, ", ".join(f"{name}={os.environ[name]}" for name in found) or "the system's own"
        )
    else:
        yield Finding("display", None, "none here; the window cannot open, the commands work")


def _fonts() -> Iterator[Finding]:
    fonts = sorted((paths.resources() / "fonts").glob("*.[to]tf"))
    yield Finding(
        "fonts", bool(fonts), f"{len(fonts)} bundled font files" if fonts else "the bundled fonts are missing"
    )


def _packages() -> Iterator[Finding]:
    for name in ("PySide6-Essentials", "SQLAlchemy", "alembic", "psycopg"):
        try:
            found = version(name)
        except PackageNotFoundError:
            if not getattr(sys, "frozen", False):
                yield Finding("packages", False, f"{name} is not installed")
            continue
        bad = name == "PySide6-Essentials" and found.startswith("6.12.") and sys.version_info < (3, 12)
        words = f"{name} {found}" + (" ends the process on this Python; use 6.11" if bad else "")
        yield Finding("packages", not bad, words)


def _policy() -> Iterator[Finding]:
    for text in shipped_policies():
        policy = parse(text)
        yield Finding(
            "policy",
            True,
            f"version {policy.version}, {len(policy.clauses)} clauses, hours in {policy.timezone}",
        )


def _zones() -> Iterator[Finding]:
    from zoneinfo import ZoneInfo

    summer = datetime(2026, 7, 1, 12, tzinfo=UTC).astimezone(ZoneInfo("America/New_York"))
    fit = summer.hour == 8
    yield Finding(
        "zones", fit, "zone data knows summer time in New York" if fit else "zone data is missing or wrong"
    )


def _keyring() -> Iterator[Finding]:
    found = passwords.keyring()
    words = f"a database password can be kept in {found.name}" if found.name else found.why_not
    yield Finding("keyring", None, words)


def _folders(arguments: argparse.Namespace) -> Iterator[Finding]:
    folders = paths.folders(arguments.data_dir)
    folders.ensure()
    for name, folder in (("data", folders.data), ("settings", folders.config), ("log", folders.state)):
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
        enough = free >= LEAST_FREE_BYTES
        yield Finding(f"{name} folder", enough, f"{folder}, {free // (1024 * 1024):,} MB free")


def _database(arguments: argparse.Namespace) -> Iterator[Finding]:
    folders = paths.folders(arguments.data_dir)
    if arguments.database is None and not Path(folders.database).exists():
        yield Finding("database", None, "none yet; the window or `demo` makes one")
        return
    with desk_for(arguments, create=False) as desk:
        before = datetime.now(UTC)
        skew = abs((desk.now() - before).total_seconds())
        yield Finding(
            "database", True, f"{desk.store.kind} opens, schema matches, {desk.actor.name} is signed in"
        )
        close = skew <= MOST_SKEW_SECONDS
        yield Finding("clock", close, f"this computer and the database differ by {skew:.1f} s")
