"""Acts whose answer did not come: asked for by their key until the database answers, and at the next start."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QLockFile, QObject, Signal

from console.policy.errors import Problem, Unavailable
from console.ui import deeds
from console.ui.context import named
from console.ui.marks import is_held, mark

if TYPE_CHECKING:
    from console.services.answers import Sent, SentActs
    from console.services.desk import Changed, Desk
    from console.ui.context import Context

Told = Callable[["Changed"], object]
Failed = Callable[[Problem], object]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An act that waits for its answer, the keys of the database that it was sent to, and who wants the answer."""

    what: str
    sent: SentActs
    told: Told
    failed: Failed


class Answers(QObject):
    """``late(str)`` tells of an act from before this start: that it was saved, or that it was not.

    Each is asked for at the database that it was sent to, and by whoever sent it as long as that console is open: a
    mark beside the keys says so.
    """

    late = Signal(object)

    def __init__(self, context: Context, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._folder = context, folder
        self._console = uuid4().hex
        self._mark: QLockFile | None = None
        self._sent: SentActs | None = None
        self._sent_to: dict[str, SentActs] = {}
        self._open: dict[str, _Asked] = {}
        self._under_way: set[str] = set()

    def begin(self, desk: Desk) -> None:
        """A desk at a shared database is open: what was sent before and never answered is asked for."""
        from console.services import answers

        self._take_mark()
        self._sent = sent = answers.sent_acts(desk, self._folder, self._console)
        self._context.read(lambda _desk: self._left(sent), partial(self._on_left, sent), _ignored, owner=self)

    def rest(self) -> None:
        """No shared database any more, until the next."""
        self._sent = None

    def leave(self) -> None:
        """This console sends nothing any more: what has no answer yet is asked for by the next one that starts."""
        if self._mark is not None:
            self._mark.unlock()
            self._mark = None

    def sending(self, key: str, what: str, work: Callable[[], Changed]) -> Callable[[], Changed]:
        """``work`` that keeps its key until it is saved; runs in the background.

        Whoever tells the person that it was not saved says ``forget``. When the window goes before that, nobody is
        told: the key stays for the next start.
        """
        if (sent := self._sent) is None:
            return work
        self._sent_to[key] = sent

        def kept() -> Changed:
            from console.services.answers import Sent

            sent.keep(Sent(key, what, datetime.now(UTC)))
            changed = work()
            self.forget(key)
            return changed

        return kept

    def wait(self, key: str, what: str, told: Told, failed: Failed) -> None:
        """The answer to this act was lost: ``told`` or ``failed`` follows once the database says what became of it.

        One connection may have died alone, so it is asked at once, not only when the line is back.
        """
        if (sent := self._sent_to.get(key)) is not None:
            self._open[key] = _Asked(what, sent, told, failed)
            self._ask(key)

    def ask(self) -> None:
        """The database answers: asks for everything of it that waits, once at a time each."""
        for key in tuple(self._open):
            self._ask(key)

    def forget(self, key: str) -> None:
        """The answer is there."""
        if (sent := self._sent_to.pop(key, None)) is not None:
            sent.forget(key)

    def _ask(self, key: str) -> None:
        here = self._sent is not None and self._sent.database == self._open[key].sent.database
        if not here or key in self._under_way:
            return

        def answered(changed: Changed | None) -> None:
            asked = self._open.pop(key, None)
            if asked is None:
                return
            self.forget(key)
            if changed is not None:
                asked.told(changed)
            else:
                asked.failed(_not_saved(asked.what))

        task = self._context.read(lambda desk: deeds.answer_of(desk, key), answered, _ignored)
        if task is not None:
            self._under_way.add(key)
            task.finished.connect(partial(self._under_way.discard, key))

    def _take_mark(self) -> None:
        if self._mark is None:
            with suppress(OSError):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mark = mark(self._file_of_mark(self._console))
            self._mark.tryLock(0)

    def _is_open(self, console: str) -> bool:
        return console == self._console or is_held(mark(self._file_of_mark(console)))

    def _file_of_mark(self, console: str) -> Path:
        return self._folder / f"{console}.open"

    def _left(self, sent: SentActs) -> tuple[list[Sent], int]:
        for file in self._folder.glob("*.open"):
            self._is_open(file.stem)  # takes away what a console left behind that was killed
        return sent.left(self._is_open)

    def _on_left(self, sent_to: SentActs, found: tuple[list[Sent], int]) -> None:
        left, cut = found
        if cut:
            self.late.emit(
                "The note of an act that was being sent when the console ended could not be read. Look at what you "
                "did last."
            )
        for sent in left:
            self._sent_to[sent.key] = sent_to
            self.wait(
                sent.key, sent.what, self._on_saved_before, partial(self._on_not_saved_before, sent.what)
            )

    def _on_saved_before(self, changed: Changed) -> None:
        self.late.emit(f"Sent before the console ended, and saved: {changed.words}")

    def _on_not_saved_before(self, what: str, _problem: Problem) -> None:
        self.late.emit(
            f"{named(what)} was sent before the console ended, and not saved. Nothing was changed; do it again if it "
            "is still right."
        )


def _not_saved(what: str) -> Unavailable:
    return Unavailable(
        f"{named(what)} was not saved: the connection was lost before. Nothing was changed; save it again if it is "
        "still right.",
        title="Not saved",
    )


def _ignored(_problem: Problem) -> None:
    """The line is lost, or whoever sends the act has not ended on the server: the next beat asks again."""
