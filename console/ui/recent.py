"""The databases that this person chose lately, newest first, and the one to open at the next start. No password."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from console.policy.errors import Problem
from console.services.target import Target

if TYPE_CHECKING:
    from console.ui.remember import Remember

MOST = 8
#: Stands for the database on this computer, wherever its file lies.
LOCAL = "local"


class Recent:
    """Addresses as ``Target.address`` writes them. What was accepted about TLS is part of an address."""

    def __init__(self, remember: Remember | None) -> None:
        self._remember = remember

    def all(self) -> tuple[str, ...]:
        """The shared databases, the last one first."""
        try:
            found = json.loads(self._remember.text("databases/recent", "[]") if self._remember else "[]")
        except ValueError:
            return ()
        return tuple(each for each in found if _is_shared(each)) if isinstance(found, list) else ()

    def last(self) -> str:
        """What was chosen last: an address, ``LOCAL``, or nothing yet."""
        return self._remember.text("databases/last") if self._remember else ""

    def chose(self, address: str) -> None:
        """This one is opened at the next start; a shared one heads the list."""
        if self._remember is None:
            return
        self._remember.keep("databases/last", address)
        if address != LOCAL:
            self._keep((address, *(each for each in self.all() if each != address)))

    def remove(self, address: str) -> None:
        """Takes an address off the list, and off the next start."""
        if self._remember is not None:
            self._keep(tuple(each for each in self.all() if each != address))
            if self.last() == address:
                self._remember.forget("databases/last")

    def _keep(self, addresses: tuple[str, ...]) -> None:
        if self._remember is not None:
            self._remember.keep("databases/recent", json.dumps(addresses[:MOST]))
            self._remember.flush()


def _is_shared(address: object) -> bool:
    """Whether it is an address of a shared database: the file may have been edited."""
    try:
        return isinstance(address, str) and bool(Target.read(address))
    except Problem:
        return False
