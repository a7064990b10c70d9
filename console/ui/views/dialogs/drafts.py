"""What was typed in a dialog and not sent, kept until the console closes; nothing of it reaches the disk."""

from collections.abc import Mapping

Values = Mapping[str, object]


class Drafts:
    """Drafts by dialog and subject: "reply" of ticket 48219, "purchase" of account 7, on one database."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], Values] = {}

    def keep(self, key: tuple[object, ...], values: Values) -> None:
        """Keeps what was typed; nothing typed forgets the draft."""
        if any(values.values()):
            self._kept[key] = dict(values)
        else:
            self.forget(key)

    def find(self, key: tuple[object, ...]) -> Values:
        """What was typed before, empty when nothing was."""
        return self._kept.get(key, {})

    def forget(self, key: tuple[object, ...]) -> None:
        """It was sent, or is not wanted any more."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        """Forgets all: another person, another database."""
        self._kept.clear()


drafts = Drafts()
