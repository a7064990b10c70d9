"""What was typed and not sent, kept until the console closes; nothing of it reaches the disk."""

from collections.abc import Callable, Mapping

#: The database, what is written there, and the ticket or account that it is about.
Key = tuple[str, str, object]
Values = Mapping[str, object]

_WORDS = "words"


class Drafts:
    """Drafts by database, kind and subject: the "reply" or the "note" of ticket 48219, the "purchase" of account 7."""

    def __init__(self) -> None:
        self._kept: dict[Key, Values] = {}

    def keep(self, key: Key, values: Values) -> None:
        """Keeps what was typed; nothing typed forgets the draft."""
        if any(values.values()):
            self._kept[key] = dict(values)
        else:
            self.forget(key)

    def find(self, key: Key) -> Values:
        """What was typed before, empty when nothing was."""
        return self._kept.get(key, {})

    def forget(self, key: Key) -> None:
        """It was sent, or is not wanted any more."""
        self._kept.pop(key, None)

    def sent(self, key: Key, values: Values) -> None:
        """``values`` are saved, and no draft any more; what was typed since stays."""
        if self.find(key) == values:
            self.forget(key)


class Draft:
    """The words of one field that is about this and then about that: each finds its own again.

    ``read`` and ``write`` are the field's; ``about`` is what stands there now, ``None`` for nothing that is kept.
    """

    def __init__(self, drafts: Drafts, read: Callable[[], str], write: Callable[[str], object]) -> None:
        self._drafts, self._read, self._write = drafts, read, write
        self.about: Key | None = None

    def turn_to(self, about: Key | None) -> None:
        """The field is about something else now: what stands there is kept, what was typed for ``about`` is back."""
        if about == self.about:
            return
        if self.about is not None:
            self._drafts.keep(self.about, {_WORDS: self._read() if self._read().strip() else ""})
        self.about = about
        self._write(self._kept(about))

    def sent(self, about: Key | None, words: str) -> None:
        """``words`` are saved, and gone from here; what was typed since stays."""
        if about == self.about and self._read().strip() == words:
            self._write("")
        if about is not None and self._kept(about).strip() == words:
            self._drafts.forget(about)

    def _kept(self, about: Key | None) -> str:
        return str(self._drafts.find(about).get(_WORDS, "")) if about is not None else ""
