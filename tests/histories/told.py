"""What the clients of a history were told: the only thing that they know, and what the database is held to."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from console.services.desk import Changed
from tests.histories.operations import Choice


class Word(StrEnum):
    """What a client was told about one sending."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SAVED = "was not saved and will not be"
    BROKEN = "an error that nobody explains"


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to one sending, between two instants of the server's clock. ``cut``: its connection was really cut.

    ``kind`` and ``title`` name the problem, ``words`` are its message, ``short`` the tokens that were missing.
    """

    word: Word
    began: datetime
    ended: datetime
    answer: Changed | None = None
    kind: str = ""
    title: str = ""
    words: str = ""
    short: int | None = None
    cut: bool = False
    asked: bool = False


@dataclass(slots=True)
class Act:
    """One act of a client with every answer that its key got, in the order in which they came."""

    key: str
    login: str
    operation: str
    choice: Choice
    told: list[Told] = field(default_factory=list)

    @property
    def done(self) -> list[Told]:
        """The sendings that were acknowledged."""
        return [each for each in self.told if each.word is Word.DONE]

    @property
    def is_open(self) -> bool:
        """Whether the client still does not know."""
        return not self.done and bool(self.told) and self.told[-1].word in (Word.UNKNOWN, Word.BROKEN)
