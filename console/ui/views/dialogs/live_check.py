"""The right side of the new-ticket dialog: can we take this, by which clause, at what price, due when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.services.intake import RequestCheck
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.theme import theme
from console.ui.views.why import BY_WORDS, Why, WhyCard, why_of
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card, row
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel

PASSED, LOOK, FAILED, OPEN = "passed", "look", "failed", "open"
_SIGNS = {
    PASSED: ("check", "met_text", "Yes"),
    LOOK: ("triangle-alert", "soon_text", "Look"),
    FAILED: ("circle-x", "missed_text", "No"),
    OPEN: ("info", "text3", "Not answered yet"),
}
Way = tuple[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the check: how it went, the sentence that can be read out, its clause, and the ways out."""

    sign: str
    sentence: str
    clause: str = ""
    ways: tuple[Way, ...] = ()


class AnswerLine(QWidget):
    """An answer with its sign; the sign is a shape and a spoken word, not only a colour."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        icon, ink, says = _SIGNS[answer.sign]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        line = QHBoxLayout()
        line.setSpacing(theme().px(8))
        line.addWidget(IconLabel(icon, ink, 16, says=says), 0, Qt.AlignmentFlag.AlignTop)
        role = "body" if answer.sign == FAILED else "plain"
        line.addWidget(PlainLabel(answer.sentence, role, "text", wrap=True), 1)
        if answer.clause:
            clause = CaptionLabel(f"Clause {answer.clause}", "text3")
            line.addWidget(clause, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(line)
        if answer.ways:
            buttons = [_way(label, act) for label, act in answer.ways]
            column.addLayout(row(24, *buttons, None, spacing=6))
        self.setAccessibleName(f"{says}: {answer.sentence}")


def _way(label: str, act: Callable[[], object]) -> Button:
    button = Button(label, compact=True)

    def pressed() -> None:
        act()

    button.clicked.connect(pressed)
    return button


class LiveCheck(QWidget):
    """The answers, the sentence to read aloud, and the picture of when it would be due."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answers: tuple[Answer, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(10))
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme().px(9))
        self._column.addLayout(self._lines)
        self._script = Card("accent", padding=12, spacing=4)
        self._script_words = PlainLabel("", "plain", wrap=True)
        self._script.body.addWidget(CaptionLabel("Read aloud", "link"))
        self._script.body.addWidget(self._script_words)
        self._why = WhyCard()
        for part in (self._script, self._why):
            part.hide()
            self._column.addWidget(part)
        self._column.addStretch(1)
        self.why: Why | None = None

    def show_answers(self, answers: Sequence[Answer], script: str = "") -> None:
        """These lines; ``script`` is what the caller hears before authorising."""
        if tuple(answers) != self._answers:
            self._answers = tuple(answers)
            self._rebuild()
        self._script_words.setText(f"“{script}”")
        self._script.setVisible(bool(script))

    def answers(self) -> tuple[Answer, ...]:
        """The lines shown."""
        return self._answers

    def _rebuild(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for answer in self._answers:
            self._lines.addWidget(AnswerLine(answer))

    def show_due(self, checked: RequestCheck | None, times: Times) -> None:
        """The picture for the first promise; hidden when nothing would run."""
        preview = checked.preview if checked is not None else None
        running = [each for each in preview.after.counting if each.is_open] if preview is not None else []
        self._why.setVisible(bool(running))
        self.why = None
        if preview is None or not running:
            return
        first = running[0]
        self.why = why_of(0, preview.after.priority, first, preview.policy, preview.at)
        later = [
            (each.due_at, BY_WORDS[each.milestone]) for each in running[1:] if each.due_at > first.due_at
        ]
        self._why.show_why(self.why, times, later)

    def due_anchor(self) -> QWidget:
        """Where the popover opens."""
        return self._why if self._why.isVisible() else self


def balance_answer(checked: RequestCheck, *, pays: bool, buy: Way) -> Answer | None:
    """``"Balance 61, 15 would be charged, 46 left."``, or that the ticket will be kept awaiting tokens."""
    if not pays or not checked.entitled:
        return None
    if checked.awaiting:
        return Answer(
            LOOK,
            f"Balance {fmt.number(checked.balance)}, {fmt.number(checked.price)} needed. The ticket will be kept, "
            "awaiting tokens; its clock starts when they are bought.",
            "4.2",
            ((buy[0], buy[1]),),
        )
    if not checked.price:
        return Answer(PASSED, "Free of charge: no token is charged.", "2.1")
    balance, price = fmt.number(checked.balance), fmt.number(checked.price)
    left = fmt.number(checked.balance - checked.price)
    return Answer(PASSED, f"Balance {balance}, {price} would be charged, {left} left.", "4.1")


def due_answer(checked: RequestCheck, times: Times) -> Answer | None:
    """``"Begin by 1:28 PM · 3:28 PM Eastern, plan by …"``."""
    preview = checked.preview
    if preview is None or checked.awaiting:
        return None
    running = [each for each in preview.after.counting if each.is_open]
    if not running:
        return Answer(PASSED, "No set time for this priority.")
    said = ", ".join(f"{BY_WORDS[each.milestone]} {times.both(each.due_at, preview.at)}" for each in running)
    kind = "" if running[0].is_guarantee else " These are goals, not guarantees."
    return Answer(PASSED, f"{said[:1].upper()}{said[1:]}.{kind}", str(running[0].promise.clause))
