"""What opening a database does in the background, and what it is asked and answers; every function here blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.policy.errors import Problem
from console.ui import deeds

if TYPE_CHECKING:
    from console.services.check import Check
    from console.services.desk import Desk
    from console.services.passwords import Given, Keyring


@dataclass(frozen=True, slots=True)
class Wanted:
    """A database to open: an address, or none for the local one. ``chosen`` by the person, and so remembered.

    ``password`` is for this opening, ``keep`` asks for the keyring; ``creates`` sets an empty one up first.
    """

    address: str = ""
    password: str = ""
    keep: bool = False
    chosen: bool = False
    creates: bool = False
    sample: bool = False

    def __repr__(self) -> str:
        return f"Wanted({'shared' if self.is_shared else 'local'})"

    @property
    def is_shared(self) -> bool:
        """Whether it lies on a server."""
        return self.address.startswith(("postgres", "service="))


@dataclass(frozen=True, slots=True)
class Opened:
    """An open desk, its clock, the end of its journal, whether it is sample data; and what went wrong beside it."""

    desk: Desk
    now: datetime
    journal: int
    is_sample: bool
    trouble: str = ""


def opened_at(desk: Desk, trouble: str = "") -> Opened:
    """What the window needs to show ``desk``. Asks the database."""
    return Opened(desk, desk.now(), deeds.last_number(desk), desk.is_sample(), trouble)


def opened(wanted: Wanted, data_dir: Path | None) -> Opened:
    """The desk that is wanted; an empty database is set up first if that was said. Raises what says why not."""
    from console import bootstrap

    if wanted.sample:
        return opened_at(bootstrap.sample_desk(wanted.address, datetime.now(UTC)))
    if not wanted.is_shared:
        return opened_at(bootstrap.open_desk(wanted.address or None, data_dir))
    from console.services import connecting

    where = connecting.at(wanted.address, wanted.password)
    if wanted.creates:
        from console.services import server

        server.set_up(where)
    desk = bootstrap.open_desk(where, data_dir)
    return opened_at(desk, kept(where, wanted.password) if wanted.keep and wanted.password else "")


def kept(address: Given, password: str) -> str:
    """Why the password, which the server took, was not kept in the keyring; empty when it was."""
    from console.services import passwords

    try:
        passwords.keep(address, password)
    except Problem as problem:
        return problem.message
    return ""


def checked(wanted: Wanted, tell: Callable[[Check], None]) -> bool:
    """Whether nothing stands against opening it; tells each check when it is done."""
    from console.services import connecting
    from console.services.check import Went

    found = []
    for check in connecting.checks(connecting.at(wanted.address, wanted.password)):
        found.append(check)
        tell(check)
    return all(check.went is not Went.FAILED for check in found)


def kept_of(desk: Desk) -> str:
    """The same for the password with which an open desk signs in now."""
    where = desk.store.address
    return kept(where, where.secret.reveal())


def keyring() -> Keyring:
    """Where passwords would be kept."""
    from console.services import passwords

    return passwords.keyring()


def forget(address: str) -> None:
    """Takes the password of this address out of the keyring."""
    from console.services import passwords

    passwords.forget(address)
