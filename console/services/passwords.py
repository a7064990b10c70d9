"""Passwords of shared databases in the keyring of the system, and only there: kept on request, one for each login.

Everything here may wait for the keyring to be unlocked: never on the thread of the window.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from console.policy.errors import Unavailable
from console.services.lost import PasswordNeeded
from console.store.address import Address, read
from console.store.address import Given as Given

T = TypeVar("T")

_log = logging.getLogger(__name__)
_PROGRAM = "support-console"


@dataclass(frozen=True, slots=True)
class Keyring:
    """Where passwords would be kept: its name, or why there is no place for them."""

    name: str
    why_not: str = ""


def keyring() -> Keyring:
    """The keyring of this system, if there is one that can be used."""
    from keyring import get_keyring
    from keyring.errors import KeyringError

    try:
        backend = get_keyring()
        usable = backend.priority > 0 and not type(backend).__module__.startswith(_NOT_SAFE)
    except (KeyringError, RuntimeError, OSError) as error:
        _log.info("no keyring: %s", type(error).__name__)
        usable = False
    if not usable:
        return Keyring(
            "", "This computer has no keyring that could keep it, so it is asked for at each start."
        )
    return Keyring(f"this computer's keyring ({backend.name})")


#: Back ends that keep nothing, or keep it where every program can read it.
_NOT_SAFE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


def kept(where: Given) -> str:
    """The password that is kept for this login at this database; empty when there is none or the keyring is closed."""
    from keyring import get_password
    from keyring.errors import KeyringError

    if not keyring().name:
        return ""
    try:
        return get_password(_PROGRAM, _entry(where)) or ""
    except (KeyringError, RuntimeError, OSError) as error:
        _log.warning("the keyring gave no password: %s", type(error).__name__)
        return ""


def with_kept(where: Address, work: Callable[[], T]) -> T:
    """``work()``, and once more with the password that the keyring keeps when the server asks for one.

    Raises ``PasswordNeeded`` when there is none either, or when it is refused, too.
    """
    try:
        return work()
    except PasswordNeeded:
        if where.secret.reveal() or not (found := kept(where)):
            raise
        where.secret.replace(found)
    try:
        return work()
    except PasswordNeeded:
        where.secret.replace("")
        raise


def keep(where: Given, password: str) -> None:
    """Keeps the password there. Raises ``Unavailable`` when the keyring does not take it."""
    from keyring import set_password
    from keyring.errors import KeyringError

    place = keyring()
    if not place.name:
        raise Unavailable(place.why_not)
    try:
        set_password(_PROGRAM, _entry(where), password)
    except (KeyringError, RuntimeError, OSError) as error:
        _log.warning("the keyring took no password: %s", type(error).__name__)
        raise Unavailable(
            f"The password was not kept: {place.name} did not take it. It is asked for at the next start."
        ) from None


def forget(where: Given) -> None:
    """Takes the password of this login at this database out of the keyring, if it is there."""
    from keyring import delete_password
    from keyring.errors import KeyringError

    if not keyring().name:
        return
    try:
        delete_password(_PROGRAM, _entry(where))
    except (KeyringError, RuntimeError, OSError) as error:
        _log.info("nothing was taken out of the keyring: %s", type(error).__name__)


def _entry(where: Given) -> str:
    return read(where).name
