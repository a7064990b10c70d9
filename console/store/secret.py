"""A password in memory: shown by nothing, and the same one for every connection of a desk."""


class Secret:
    """Holds a password. ``replace`` gives another one to everybody who holds this; neither repr nor str shows it."""

    __slots__ = ("_words",)

    def __init__(self, words: str = "") -> None:
        self._words = words

    def reveal(self) -> str:
        """The password; empty when there is none. For connecting only."""
        return self._words

    def replace(self, words: str) -> None:
        """From now on this one."""
        self._words = words

    def __repr__(self) -> str:
        return "Secret(***)" if self._words else "Secret()"
