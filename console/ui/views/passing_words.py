"""Sentences above a list or a ticket that are true for a while only: not read, or nothing can be saved now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from console.policy.errors import Problem
from console.ui.context import Context
from console.ui.widgets.messages import Action, MessageBar


class PassingWords(QObject):
    """Keeps a message bar true. While the line is lost a bar of the whole window says what could not be read, and this
    one does not."""

    def __init__(self, context: Context, bar: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._bar = context, bar
        self._unread = self._barred = ""
        context.signals.barred.connect(self._on_barred)

    def show_unread(self, problem: Problem) -> None:
        """Some reading failed: said until reading goes well again, or the line is lost."""
        if self._context.lost() is None:
            self._bar.show_message(clause_words(problem.message, problem), tone="missed")
            self._unread = self._bar.text()

    def show_refusal(self, problem: Problem, words: str, actions: Sequence[Action] = ()) -> None:
        """An act was not done, and ``words`` say why; that nothing can be saved is said until something can."""
        self._bar.show_message(clause_words(words, problem), tone="missed", actions=actions)
        self._barred = self._bar.text() if problem.message == self._context.barred else ""

    def was_read(self) -> None:
        """Reading went well: the sentence goes, unless another stands there by now."""
        self._drop(self._unread)
        self._unread = ""

    def _on_barred(self, reason: str) -> None:
        if self._context.lost() is not None:
            self.was_read()
        if not reason:
            self._drop(self._barred)
            self._barred = ""

    def _drop(self, words: str) -> None:
        if words and self._bar.text() == words:
            self._bar.show_message("")


def clause_words(words: str, problem: Problem) -> str:
    """``words`` with the clause of the policy behind the problem, where there is one."""
    return f"{words} (clause {problem.clause})" if problem.clause else words
