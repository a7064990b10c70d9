"""The five checks of a shared database as they pass, each a sign and a sentence with its ways out."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.services.check import Check, Step, Went
from console.ui.theme import theme
from console.ui.toast import announce
from console.ui.views.dialogs.live_check import FAILED, LOOK, OPEN, PASSED, Answer, AnswerLine, Way
from console.ui.widgets.columns import empty
from console.ui.widgets.messages import message_box

_SIGNS = {Went.PASSED: PASSED, Went.LOOK: LOOK, Went.FAILED: FAILED, Went.NOT_TRIED: OPEN}


class CheckList(QWidget):
    """Lines in the order of the checks; what was not looked at yet is grey."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: dict[Step, Check] = {}
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(theme().px(8))
        self.setAccessibleName("Checks")

    def begin(self) -> None:
        """Nothing is known."""
        self._found = {}
        self._show()

    def clear(self) -> None:
        """No lines at all: what they said is about another address."""
        self._found = {}
        empty(self._lines)

    def show_check(self, check: Check) -> None:
        """One more is known."""
        self._found[check.step] = check
        self._show()
        if check.went is Went.FAILED:
            announce(self, check.words, assertive=True)

    def found(self) -> tuple[Check, ...]:
        """What is known, in order."""
        return tuple(self._found[step] for step in Step if step in self._found)

    def _show(self) -> None:
        empty(self._lines)
        for step in Step:
            self._lines.addWidget(AnswerLine(self._answer(step)))

    def _answer(self, step: Step) -> Answer:
        check = self._found.get(step)
        if check is None:
            return Answer(OPEN, step)
        words = f"{step}: not tried" if check.went is Went.NOT_TRIED else check.words
        return Answer(_SIGNS[check.went], words, ways=tuple(self._ways(check)))

    def _ways(self, check: Check) -> list[Way]:
        ways: list[Way] = []
        if check.request:
            ways.append(("Copy request", partial(QGuiApplication.clipboard().setText, check.request)))
        if check.details:
            ways.append(("Details", partial(self._show_details, check)))
        return ways

    def _show_details(self, check: Check) -> None:
        message_box(self.window(), check.step, check.words, details=check.details).open()
