"""Acts on the marked tickets: one after the other, each under a key of its own, all reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from console.policy.errors import Invalid, Problem, Unavailable
from console.ui import deeds
from console.ui import format as fmt
from console.ui.context import Context

if TYPE_CHECKING:
    from console.services.desk import Changed, Desk
    from console.ui.background import Task
    from console.ui.models.queue_model import QueueModel

_NAMED = 3
_OURS = "The console met a fault of its own."


@dataclass(eq=False)
class _Run:
    """One act on several tickets, how many were sent, and what became of them; of a fault of ours nothing is found."""

    what: str
    verb: str
    deed: Callable[[Desk, int, str], Changed]
    tickets: Sequence[int]
    note: str = ""
    sent: int = 0
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

    def why_not_close(self) -> str:
        """Why the window is better left open: some are still to be sent; empty when none is."""
        still = self._still()
        return f"{still}. The window can be closed as soon as that is done." if still else ""

    def _begin(self, run: _Run) -> None:
        before = self._run
        if still := self._still():
            self.failed.emit(Unavailable(f"{still}. Nothing more is sent before that is done."))
        elif self._context.barred:
            self.failed.emit(Unavailable(self._context.barred))
        elif before is not None and (unknown := self._unknown(before)):
            which = ", ".join(str(each) for each in sorted(unknown)[:_NAMED])
            self.failed.emit(
                Unavailable(f"Not known yet whether {which} was {before.verb}; the database is asked.")
            )
        else:
            self._run = run
            self._go_on(run)

    def _still(self) -> str:
        """How many are still to be sent, in words; empty when none is."""
        run = self._run
        if run is None or not run.sending:
            return ""
        left = fmt.count(len(run.tickets) - len(run.found), "ticket is", "tickets are")
        return f"{left} still being {run.verb}"

    def _go_on(self, run: _Run) -> None:
        """Sends the next one once the one before has its answer, so that the window's readings come in between."""
        while run.sent < len(run.tickets) and run is self._run:
            run.sent += 1
            task = self._send(run, run.tickets[run.sent - 1])
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
        if run.sending or run is not self._run:
            return
        why = {each: problem.message for each, problem in run.found.items() if problem is not None}
        why |= dict.fromkeys(frozenset(run.tickets) - run.found.keys(), _OURS)
        unknown = self._unknown(run)
        done = frozenset(run.tickets) - why.keys()
        words = [f"{len(done)} {run.verb}"]
        for some, what in ((unknown, "not known yet"), (why.keys() - unknown, "not")):
            if some:
                named = " ".join(f"{each}: {why[each]}" for each in sorted(some)[:_NAMED])
                words.append(f"{len(some)} {what}: {named}")
        self.reported.emit(", ".join(words), done, frozenset(why))
        if run.note and not why:
            self.noted.emit(run.note)

    def _unknown(self, run: _Run) -> frozenset[int]:
        return frozenset(each for each in run.found if self._context.is_under_way(_name(each)))

    def _on_desk(self, _desk: object) -> None:
        """Another database: those that are still to be sent are not sent there, and that is told."""
        run, self._run = self._run, None
        if run is not None and (left := len(run.tickets) - run.sent):
            which = fmt.count(left, "ticket was", "tickets were")
            words = f"{which} not {run.verb}: another database was opened before."
            self._context.signals.failed.emit(Invalid(words))


def _name(ticket_id: int) -> tuple[str, int]:
    return ("together", ticket_id)
