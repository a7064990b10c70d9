"""What of the queue could not be read: said above the table until reading goes well again, or the line is lost."""

from __future__ import annotations

from PySide6.QtCore import QObject

from console.policy.errors import Problem
from console.ui.context import Context
from console.ui.widgets.messages import MessageBar


class Unread(QObject):
    """Keeps a message bar true. While the line is lost a bar of the whole window says so, and this one does not."""

    def __init__(self, context: Context, bar: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._bar, self._said = context, bar, ""
        context.signals.barred.connect(self._on_barred)

    def show_problem(self, problem: Problem) -> None:
        """Some reading failed."""
        if self._context.lost() is None:
            show_problem(self._bar, problem)
            self._said = self._bar.text()

    def drop(self) -> None:
        """Reading went well: the sentence goes, unless another stands there by now."""
        if self._said and self._bar.text() == self._said:
            self._bar.show_message("")
        self._said = ""

    def _on_barred(self, _reason: str) -> None:
        if self._context.lost() is not None:
            self.drop()


def show_problem(bar: MessageBar, problem: Problem) -> None:
    """The problem as a sentence, with its clause where there is one."""
    clause = f" (clause {problem.clause})" if problem.clause else ""
    bar.show_message(f"{problem.message}{clause}", tone="missed")
