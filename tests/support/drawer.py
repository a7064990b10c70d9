"""A place for passwords that tests can look into."""

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Drawer(KeyringBackend):
    """A keyring as the library wants one: in memory, and it can be locked."""

    priority = 5  # type: ignore[assignment]
    viable = False  # type: ignore[assignment]  # only for whoever asks for it

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._require_open()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._require_open()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._require_open()
        del self.kept[service, username]

    def _require_open(self) -> None:
        if self.locked:
            raise KeyringLocked


@contextmanager
def drawer_for_passwords() -> Iterator[Drawer]:
    """An empty one in the place of the system's."""
    before = keyring.get_keyring()
    made = Drawer()
    keyring.set_keyring(made)
    try:
        yield made
    finally:
        keyring.set_keyring(before)
