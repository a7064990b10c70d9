"""Acts on the marked tickets: one transaction each, all reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from console.ui import deeds
from console.ui.context import Context

if TYPE_CHECKING:
    from console.ui.deeds import Result
    from console.ui.models.queue_model import QueueModel

_NAMED = 3


class Together(QObject):
    """``reported(words, all_done, ids)`` when every ticket has its answer, ``failed(Problem)`` when none has."""

    reported = Signal(object, object, object)
    failed = Signal(object)

    def __init__(self, context: Context, model: QueueModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._model = context, model

    def claim(self) -> None:
        """Claims every marked ticket."""
        ids = tuple(self._model.marked)
        self._context.read(
            lambda desk: deeds.claim_all(desk, ids), self._on_claimed, self.failed.emit, owner=self
        )

    def note(self, words: str) -> None:
        """Writes one note on every marked ticket."""
        ids = tuple(self._model.marked)
        self._context.read(
            lambda desk: deeds.note_all(desk, ids, words), self._on_noted, self.failed.emit, owner=self
        )

    def _on_claimed(self, results: list[Result]) -> None:
        self._report(results, "claimed")

    def _on_noted(self, results: list[Result]) -> None:
        self._report(results, "noted")

    def _report(self, results: list[Result], verb: str) -> None:
        bad = [(result.ticket_id, result.problem) for result in results if result.problem is not None]
        words = f"{len(results) - len(bad)} {verb}"
        if bad:
            why = " ".join(f"{ticket_id}: {problem.message}" for ticket_id, problem in bad[:_NAMED])
            words += f", {len(bad)} not: {why}"
        self.reported.emit(words, not bad, frozenset(result.ticket_id for result in results))
