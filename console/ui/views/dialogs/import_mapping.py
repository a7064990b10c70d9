"""The mapping of an import, shown and adjustable: which column feeds which field, which word means which of ours."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from console.services.importing import FIELDS, LEAVE_OUT, WORDS, Mapping, Preview
from console.ui.theme import theme
from console.ui.widgets.fields import ComboBox
from console.ui.widgets.labels import CaptionLabel, PlainLabel, safe_tooltip

NOTHING = "– nothing –"
_LEAVE_OUT_WORDS = "Leave these rows out"
_MOST_WORDS = 60
_TOP = Qt.AlignmentFlag.AlignTop


class FieldsGrid(QWidget):
    """Our fields with the source column that feeds each; ``adjusted`` carries the new mapping."""

    adjusted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._mapping: Mapping | None = None
        self._combos: dict[str, ComboBox] = {}
        self._filling = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, theme().px(8), 0)
        self._grid.setHorizontalSpacing(theme().px(12))
        self._grid.setVerticalSpacing(theme().px(6))
        self._grid.setColumnStretch(1, 1)
        for line, (name, says) in enumerate(FIELDS.items()):
            self._add(line, name, says)

    def _add(self, line: int, name: str, says: str) -> None:
        label = PlainLabel(field_words(name), "body")
        label.setToolTip(safe_tooltip(says))
        combo = ComboBox(f"{field_words(name)}: {says}")
        combo.setMinimumContentsLength(18)
        combo.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.activated.connect(lambda: self._on_activated(name))
        self._combos[name] = combo
        self._grid.addWidget(label, line, 0)
        self._grid.addWidget(combo, line, 1)
        self._grid.addWidget(CaptionLabel(says, "text3", wrap=True), line, 2, _TOP)

    def show_mapping(self, mapping: Mapping, columns: tuple[str, ...]) -> None:
        """The mapping as it is, every column of the file to choose from."""
        self._mapping, self._filling = mapping, True
        for name, combo in self._combos.items():
            paths = mapping.fields.get(name, ())
            combo.clear()
            combo.addItem(NOTHING, ())
            if paths and (len(paths) > 1 or paths[0] not in columns):
                combo.addItem(" or ".join(paths), paths)
            for column in columns:
                combo.addItem(column, (column,))
            combo.setCurrentIndex(
                max(0, next((i for i in range(combo.count()) if combo.itemData(i) == paths), 0))
            )
        self._filling = False

    def combo(self, name: str) -> ComboBox:
        """The choice for one of our fields."""
        return self._combos[name]

    def _on_activated(self, name: str) -> None:
        if self._mapping is not None and not self._filling:
            paths = self._combos[name].currentData() or ()
            self.adjusted.emit(self._mapping.with_field(name, *paths))


class WordsGrid(QWidget):
    """The source's words with their counts and what each means; ``adjusted`` carries the new mapping."""

    adjusted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._mapping: Mapping | None = None
        self._combos: dict[tuple[str, str], ComboBox] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, theme().px(8), 0)
        self._grid.setHorizontalSpacing(theme().px(12))
        self._grid.setVerticalSpacing(theme().px(6))
        self._grid.setColumnStretch(2, 1)

    def show_words(self, mapping: Mapping, found: Preview) -> None:
        """Every word that the file uses in a translated field."""
        self._mapping = mapping
        self._clear()
        line = 0
        for field, words in found.words.items():
            shown = [word for word in words if word.said][:_MOST_WORDS]
            if shown:
                self._grid.addWidget(PlainLabel(field_words(field), "section"), line, 0, 1, 3)
                line += 1
            for word in shown:
                self._add(line, field, word.said, word.meaning, word.rows)
                line += 1
        if not line:
            self._grid.addWidget(CaptionLabel("The file has no words to translate."), 0, 0)
        self._grid.setRowStretch(line + 1, 1)

    def combo(self, field: str, said: str) -> ComboBox:
        """The choice for one word."""
        return self._combos[(field, said)]

    def _add(self, line: int, field: str, said: str, meaning: str | None, rows: int) -> None:
        combo = ComboBox(f"{field_words(field)} “{said}” means")
        combo.addItem("Not known: rows are rejected", "")
        for ours in WORDS[field]:
            combo.addItem(str(ours).replace("_", " ").capitalize(), str(ours))
        combo.addItem(_LEAVE_OUT_WORDS, LEAVE_OUT)
        combo.setCurrentIndex(max(0, combo.findData(str(meaning or ""))))
        combo.activated.connect(lambda: self._on_activated(field, said))
        self._combos[(field, said)] = combo
        label = PlainLabel(f"“{said}”", "body" if meaning else "strong", "text" if meaning else "missed_text")
        self._grid.addWidget(label, line, 0)
        self._grid.addWidget(CaptionLabel(f"{rows:,} rows" if rows != 1 else "1 row"), line, 1)
        self._grid.addWidget(combo, line, 2)

    def _on_activated(self, field: str, said: str) -> None:
        if self._mapping is not None:
            ours = str(self._combos[(field, said)].currentData() or "")
            self.adjusted.emit(self._mapping.with_value(field, said, ours))

    def _clear(self) -> None:
        self._combos.clear()
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


def field_words(name: str) -> str:
    """``"Requester is administrator"`` of ``"requester_is_administrator"``."""
    return name.replace("_", " ").capitalize()
