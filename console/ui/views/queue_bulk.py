"""Acts on the marked tickets: one after the other, each under a key of its own, all reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from console.policy.errors import Problem, Unavailable
from console.ui import deeds
from console.ui.context import Context

if TYPE_CHECKING:
    from console.services.desk import Changed, Desk
    from console.ui.background import Task
    from console.ui.models.queue_model import QueueModel

_NAMED = 3


@dataclass(eq=False)
class _Run:
    """One act on several tickets: those that are still to be sent, and what became of the others."""

    what: str
    verb: str
    deed: Callable[[Desk, int, str], Changed]
    left: list[int]
    note: str = ""
    sending: bool = True
    found: dict[int, Problem | None] = field(default_factory=dict)


class Together(QObject):
    """``reported(words, done, not_done)``, with the numbers of the tickets, when each was sent and again with each late
    answer; ``noted(words)`` when a note stands on all of them; ``failed(Problem)`` when nothing can be sent now."""

    reported = Signal(object, object, object)
    noted = Signal(object)
    failed = Signal(object)

    def __init__(self, context: Context, model: QueueModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._model = context, model
        self._run: _Run | None = None
        context.signals.desk_opened.connect(self._on_desk)

    def claim(self) -> None:
        """Claims every marked ticket."""
        self._begin(_Run("Claim", "claimed", deeds.claim, sorted(self._model.marked)))

    def note(self, words: str) -> None:
        """Writes one note on every marked ticket."""

        def write(desk: Desk, ticket_id: int, key: str) -> Changed:
            return deeds.write_note(desk, ticket_id, words, key)

        self._begin(_Run("Note on", "noted", write, sorted(self._model.marked), words))

    def _begin(self, run: _Run) -> None:
        before = self._run
        if before is not None and before.sending:
            return
        if self._context.barred:
            self.failed.emit(Unavailable(self._context.barred))
        elif before is not None and (unknown := self._unknown(before)):
            which = ", ".join(str(each) for each in sorted(unknown)[:_NAMED])
            self.failed.emit(
                Unavailable(f"Not known yet whether {which} was {before.verb}; the database is asked.")
            )
        else:
            self._run = run
            self._go_on(run)

    def _go_on(self, run: _Run) -> None:
        """Sends the next one once the one before has its answer, so that the window's readings come in between."""
        while run.left and run is self._run:
            task = self._send(run, run.left.pop(0))
            if task is not None:
                task.finished.connect(partial(self._go_on, run))
                return
        run.sending = False
        self._report(run)

    def _send(self, run: _Run, ticket_id: int) -> Task | None:
        return self._context.act(
            lambda desk, key: run.deed(desk, ticket_id, key),
            once=_name(ticket_id),
            quiet=True,
            what=f"{run.what} {ticket_id}",
            done=partial(self._on_done, run, ticket_id),
            failed=partial(self._on_failed, run, ticket_id),
            owner=self,
        )

    def _on_done(self, run: _Run, ticket_id: int, _changed: Changed) -> None:
        run.found[ticket_id] = None
        self._report(run)

    def _on_failed(self, run: _Run, ticket_id: int, problem: Problem) -> None:
        run.found[ticket_id] = problem
        self._report(run)

    def _report(self, run: _Run) -> None:
        if run.sending or run is not self._run or not run.found:
            return
        bad = {ticket_id: problem for ticket_id, problem in run.found.items() if problem is not None}
        unknown = self._unknown(run)
        done = frozenset(run.found.keys() - bad.keys())
        words = [f"{len(done)} {run.verb}"]
        for some, what in ((unknown, "not known yet"), (bad.keys() - unknown, "not")):
            if some:
                why = " ".join(f"{each}: {bad[each].message}" for each in sorted(some)[:_NAMED])
                words.append(f"{len(some)} {what}: {why}")
        self.reported.emit(", ".join(words), done, frozenset(bad))
        if run.note and not bad:
            self.noted.emit(run.note)

    def _unknown(self, run: _Run) -> frozenset[int]:
        return frozenset(each for each in run.found if self._context.is_under_way(_name(each)))

    def _on_desk(self, _desk: object) -> None:
        self._run = None


def _name(ticket_id: int) -> tuple[str, int]:
    return ("together", ticket_id)
