"""The policy's lists in a dialog: criteria to tick, a category to choose. Each item's note is its tooltip."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.policy.document import HouseList, ListItem
from console.ui.theme import theme
from console.ui.widgets.chips import Chip
from console.ui.widgets.fields import CheckBox, ComboBox, Labelled
from console.ui.widgets.labels import CaptionLabel, PlainLabel, safe_tooltip

REVIEW = "house list – review"
_TOOLTIP = Qt.ItemDataRole.ToolTipRole


class Criteria(QWidget):
    """Mission-critical criteria, then what speaks against; ticks survive a change of outcome."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = PlainLabel("", "caption_strong", "text2", wrap=True)
        self._note = CaptionLabel("", "missed_text", wrap=True)
        self._note.hide()
        self._review = Chip(REVIEW, "outline")
        self._boxes: dict[str, CheckBox] = {}
        self._critical: frozenset[str] = frozenset()
        self._words: dict[str, str] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._title)
        self._column.addWidget(self._note)
        self._column.addSpacing(theme().px(2))

    def show_lists(self, critical: HouseList, ordinary: HouseList, after: QWidget) -> None:
        """The two lists of the policy that the ticket was opened under; Tab comes to them from ``after``."""
        self._title.setText(critical.title)
        self._critical = frozenset(item.id for item in critical.items)
        for item in (*critical.items, *ordinary.items):
            box = self._add(item)
            QWidget.setTabOrder(after, box)
            after = box
        self.setAccessibleName(critical.title)
        if not (critical.reviewed and ordinary.reviewed):
            self._column.addSpacing(theme().px(3))
            self._column.addWidget(self._review, 0, Qt.AlignmentFlag.AlignLeft)

    def _add(self, item: ListItem) -> CheckBox:
        box = CheckBox(item.words)
        box.setToolTip(safe_tooltip(item.note))
        box.setAccessibleDescription(item.note)
        box.toggled.connect(self._on_toggled)
        self._boxes[item.id] = box
        self._words[item.id] = item.words
        self._column.addWidget(box)
        return box

    def ticked(self) -> tuple[str, ...]:
        """The ids ticked, in the order of the lists."""
        return tuple(name for name, box in self._boxes.items() if box.isChecked())

    def ticked_words(self) -> tuple[list[str], list[str]]:
        """The words ticked: those for an emergency, those against."""
        said = [(name in self._critical, self._words[name]) for name in self.ticked()]
        return [each for critical, each in said if critical], [
            each for critical, each in said if not critical
        ]

    def tick(self, names: Iterable[str]) -> None:
        """Ticks these; unknown ids are left out."""
        for name in names:
            if name in self._boxes:
                self._boxes[name].setChecked(True)

    def box(self, name: str) -> CheckBox:
        """The check box of that id."""
        return self._boxes[name]

    def focus_first(self) -> None:
        """The first criterion."""
        for box in self._boxes.values():
            box.setFocus(Qt.FocusReason.TabFocusReason)
            return

    def fault(self) -> str:
        """Shows and returns what is missing: one criterion that an emergency meets."""
        missing = not self._critical.intersection(self.ticked())
        sentence = "Tick at least one criterion that the emergency meets." if missing else ""
        self.show_fault(sentence)
        if missing:
            self.focus_first()
        return sentence

    def show_fault(self, sentence: str) -> None:
        """A sentence in the error colour, or none."""
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))

    def _on_toggled(self) -> None:
        if self._note.text():
            self.fault_gone()
        self.changed.emit()

    def fault_gone(self) -> None:
        """Takes the sentence away once a criterion is ticked."""
        if self._critical.intersection(self.ticked()):
            self.show_fault("")


def review(shown: HouseList) -> str:
    """The mark of a list that no administrator has reviewed yet; empty once one has."""
    return "" if shown.reviewed else REVIEW


def combo_of(shown: HouseList, prompt: str = "", name: str = "") -> ComboBox:
    """A drop-down of a policy list, with a first line that chooses nothing when there is a ``prompt``."""
    combo = ComboBox(name or shown.title)
    fill_combo(combo, shown, prompt)
    return combo


def fill_combo(combo: ComboBox, shown: HouseList, prompt: str) -> None:
    """The list's items in place of what was there."""
    combo.clear()
    if prompt:
        combo.addItem(prompt, "")
    for item in shown.items:
        combo.addItem(item.words, item.id)
        combo.setItemData(combo.count() - 1, safe_tooltip(item.note), _TOOLTIP)


class Category(Labelled):
    """One item of a policy list, with a first line that chooses nothing."""

    def __init__(
        self, title: str = "Category", prompt: str = "Choose a category", parent: QWidget | None = None
    ) -> None:
        self.field: ComboBox
        super().__init__(title, ComboBox(title), parent=parent)
        self._prompt = prompt

    def show_list(self, shown: HouseList) -> None:
        """The list's items; the choice stays when it can."""
        before = self.chosen()
        fill_combo(self.field, shown, self._prompt)
        self.show_hint(review(shown))
        self.choose(before)

    def chosen(self) -> str:
        """The id chosen, empty when none is."""
        return str(self.field.currentData() or "")

    def choose(self, name: str) -> None:
        """Chooses the item of that id; an unknown one chooses nothing."""
        self.field.setCurrentIndex(max(0, self.field.findData(name)))

    def fault(self, *, required: bool = True) -> str:
        """Shows and returns what is missing."""
        sentence = f"{self._prompt}." if required and not self.chosen() else ""
        self.show_fault(sentence)
        if sentence:
            self.field.setFocus()
        return sentence
