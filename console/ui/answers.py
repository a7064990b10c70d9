"""Acts whose answer did not come: asked for by their key until the database answers, and at the next start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from console.policy.errors import Problem, Unavailable
from console.ui import deeds

if TYPE_CHECKING:
    from console.services.answers import Sent, SentActs
    from console.services.desk import Changed, Desk
    from console.ui.context import Context

Told = Callable[["Changed"], object]
Failed = Callable[[Problem], object]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An act that waits for its answer, and who wants it."""

    what: str
    told: Told
    failed: Failed


class Answers(QObject):
    """``late(str)`` tells of an act from before this start: that it was saved, or that it was not."""

    late = Signal(object)

    def __init__(self, context: Context, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._folder = context, folder
        self._sent: SentActs | None = None
        self._open: dict[str, _Asked] = {}
        self._under_way: set[str] = set()

    def begin(self, desk: Desk) -> None:
        """A desk at a shared database is open: what was sent before and never answered is asked for."""
        from console.services import answers

        self._sent = sent = answers.sent_acts(desk, self._folder)
        self._context.read(lambda _desk: sent.left(), self._on_left, _ignored, owner=self)

    def rest(self) -> None:
        """No shared database any more."""
        self._sent = None
        self._open.clear()

    def sending(self, key: str, what: str, work: Callable[[], Changed]) -> Callable[[], Changed]:
        """``work`` that keeps its key while it is under way; runs in the background.

        When the window goes before there is an answer, nobody is told of a failure: the key stays for the next start.
        """
        if (sent := self._sent) is None:
            return work

        def kept() -> Changed:
            from console.services.answers import Sent
            from console.services.lost import Unknown

            sent.keep(Sent(key, what, datetime.now(UTC)))
            try:
                changed = work()
            except Problem as problem:
                told = self._sent is sent
                if told and not isinstance(problem, Unknown):
                    sent.forget(key)
                raise
            sent.forget(key)
            return changed

        return kept

    def wait(self, key: str, what: str, told: Told, failed: Failed) -> None:
        """The answer to this act was lost: ``told`` or ``failed`` follows once the database says what became of it.

        One connection may have died alone, so it is asked at once, not only when the line is back.
        """
        self._open[key] = _Asked(what, told, failed)
        self._ask(key)

    def ask(self) -> None:
        """The database answers: asks for everything that waits, once at a time each."""
        for key in tuple(self._open):
            self._ask(key)

    def _ask(self, key: str) -> None:
        if key in self._under_way:
            return

        def answered(changed: Changed | None) -> None:
            asked = self._open.pop(key, None)
            if asked is None:
                return
            if self._sent is not None:
                self._sent.forget(key)
            if changed is not None:
                asked.told(changed)
            else:
                asked.failed(_not_saved(asked.what))

        task = self._context.read(lambda desk: deeds.answer_of(desk, key), answered, _ignored)
        if task is not None:
            self._under_way.add(key)
            task.finished.connect(partial(self._under_way.discard, key))

    def _on_left(self, found: tuple[list[Sent], int]) -> None:
        left, cut = found
        if cut:
            self.late.emit(
                "The note of an act that was being sent when the console ended could not be read. Look at what you "
                "did last."
            )
        for sent in left:
            self.wait(
                sent.key, sent.what, self._on_saved_before, partial(self._on_not_saved_before, sent.what)
            )

    def _on_saved_before(self, changed: Changed) -> None:
        self.late.emit(f"Sent before the console ended, and saved: {changed.words}")

    def _on_not_saved_before(self, what: str, _problem: Problem) -> None:
        self.late.emit(
            f"{_named(what)} was sent before the console ended, and not saved. Nothing was changed; do it again if it "
            "is still right."
        )


def _named(what: str) -> str:
    return f"“{what}”" if what else "What was sent last"


def _not_saved(what: str) -> Unavailable:
    return Unavailable(
        f"{_named(what)} was not saved: the connection was lost before. Nothing was changed; save it again if it is "
        "still right.",
        title="Not saved",
    )


def _ignored(_problem: Problem) -> None:
    """The line is lost, or whoever sends the act has not ended on the server: the next beat asks again."""
