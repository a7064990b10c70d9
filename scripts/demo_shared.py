"""``make demo-shared``: a PostgreSQL server of its own with the sample data, and two consoles at it as two people.

With a display the two windows stand side by side; all ends when both are closed, or with Ctrl C. Without one the same
happens unseen: one person acts, the other's window has it, and both are written as pictures into build/screens/.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from console.__main__ import lacks_display
from console.bootstrap import open_desk, sample_desk
from console.policy.actor import Actor
from console.policy.errors import Problem
from console.policy.terms import Role
from console.services import people_list, server
from console.services.people import Person
from tests.support.postgres import DELIVERED, PASSWORD, NoServer, own_server

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "support"
PEOPLE = (
    Actor("alex", "Alex Reyes", frozenset({Role.AGENT})),
    Actor("morgan", "Morgan Hale", frozenset({Role.AGENT, Role.MANAGER, Role.ADMINISTRATOR})),
)


@dataclass(frozen=True)
class Place:
    """The running database: its owner's URL, and the folder in which each person's console keeps its own."""

    owner: str
    folder: Path

    def url(self, login: str) -> str:
        """The database with that person's login. The password stands in the password file, as a person's would."""
        return self.owner.replace(f"postgres:{PASSWORD}@", f"{login}@")


def main() -> int:
    """0 when all went well; 2 with a sentence when something is missing."""
    try:
        with running() as place:
            fill(place)
            if trouble := lacks_display():
                from scripts.demo_shared_unseen import show

                print(f"There is no display ({trouble}), so the two consoles work unseen.", flush=True)
                show(place, PEOPLE, ROOT / "build" / "screens")
            else:
                _two_windows(place)
    except (Problem, NoServer) as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; the server and its data are gone.")
    return 0


@contextmanager
def running() -> Iterator[Place]:
    """A server in a folder below build/, both of which are gone at the end."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="shared-", dir=build if _open_to_all(build) else None) as made:
        folder = Path(made)
        (folder / "server").mkdir()
        folder.chmod(0o711)
        print("Starting a PostgreSQL server", flush=True)
        with own_server(folder / "server", **DELIVERED) as own:
            with psycopg.connect(own.base, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            owner = own.base.replace("postgresql://", "postgresql+psycopg://").removesuffix("postgres")
            yield Place(f"{owner}{DATABASE}?sslmode=disable", folder)


def _open_to_all(folder: Path) -> bool:
    """Whether the server, which never runs as root, gets to what lies in there."""
    return os.geteuid() != 0 or all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def fill(place: Place) -> None:
    """Sets up the database as an administrator does, with the sample's stories, then its people."""
    print("Setting up the database, and filling it with invented customers (labelled as sample)", flush=True)
    server.set_up(place.owner)
    sample_desk(place.owner, datetime.now(UTC), actor=PEOPLE[0]).store.close()
    desk = open_desk(place.owner)
    for who in reversed(PEOPLE):  # the administrator first: a list has one at any time
        person = Person(login=who.login, name=who.name, roles=who.roles)
        people_list.add_person(desk, person, desk.new_key(), PASSWORD)
    desk.store.close()
    passwords = place.folder / "passwords"
    passwords.touch(0o600)
    passwords.write_text("".join(f"*:*:*:{who.login}:{PASSWORD}\n" for who in PEOPLE), encoding="utf-8")
    os.environ["PGPASSFILE"] = str(passwords)


def _two_windows(place: Place) -> None:
    names = " and ".join(who.name for who in PEOPLE)
    print(f"Two consoles open, as {names}. Close both windows, or press Ctrl C here, to end.", flush=True)
    windows = []
    try:
        for side, who in zip(("left", "right"), PEOPLE, strict=True):
            words = [side, place.url(who.login), str(place.folder / who.login)]
            windows.append(
                subprocess.Popen([sys.executable, "-m", "scripts.demo_shared_window", *words], cwd=ROOT)
            )
        for window in windows:
            window.wait()
    finally:
        for window in windows:
            window.terminate()
            with suppress(subprocess.TimeoutExpired):
                window.wait(10)


if __name__ == "__main__":
    sys.exit(main())
