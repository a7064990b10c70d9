"""The filter row: tabs by band with counts, what the search narrows to as chips, ready filters, row density."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console.ui.models.queue_bands import Band
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, IconButton, Kind
from console.ui.widgets.chips import Chip
from console.ui.widgets.labels import CaptionLabel
from console.ui.widgets.tabs import FilterTabs, Tab

if TYPE_CHECKING:
    from console.services.filtering import FilterProblem
    from console.services.queue import QueueKey

_READY = (
    ("Unclaimed and due within the hour", "is:unclaimed due:<1h"),
    ("Emergencies nobody classified", "priority:emergency classification:none"),
    ("Guarantees only", "is:guarantee"),
    ("Platform", "hosting:platform"),
    ("Costing five tokens or more", "tokens:>=5"),
    ("Missed begin", "missed:begin"),
    ("With a note", "has:note"),
)


class FilterRow(QWidget):
    """``chosen(Band or None)`` is a tab, ``wants_search(str)`` a ready filter, ``density`` the row heights."""

    chosen = Signal(object)
    wants_search = Signal(object)
    density = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tabs = FilterTabs(_tabs({}, 0), name="Bands of the queue")
        self.tabs.chosen.connect(self._on_tab)
        self._filter = Button("Filter", Kind.QUIET, icon="list-filter")
        self._filter.clicked.connect(self._on_filter)
        rows = IconButton("rows-3", "Row density")
        rows.clicked.connect(self.density)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme().px(4))
        line.addWidget(_Sideways(self.tabs), 1)
        line.addWidget(self._filter)
        line.addWidget(rows)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(theme().px(6))
        self._fault = CaptionLabel("", "missed_text", wrap=True)
        self._fault.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addLayout(line)
        column.addLayout(self._chips)
        column.addWidget(self._fault)

    def show_counts(self, counts: dict[Band, int], keys: Sequence[QueueKey]) -> None:
        """How many tickets each tab has."""
        self.tabs.show_tabs(_tabs(counts, len(keys)))

    def choose(self, band: Band | None) -> None:
        """Marks a tab without telling anybody."""
        self.tabs.choose(band.value if band else "all")

    def show_filter(self, text: str, problems: Sequence[FilterProblem]) -> None:
        """What the search field narrows to, a chip a term, and what of it could not be understood."""
        while (item := self._chips.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        terms = terms_of(text, problems)
        for term in terms[:8]:
            self._chips.addWidget(Chip(term, "accent", parent=self))
        if terms:
            self._chips.addStretch(1)
        self._fault.setText(" ".join(problem.says for problem in problems))
        self._fault.setVisible(bool(problems))

    def fault(self) -> str:
        """What could not be understood."""
        return self._fault.text()

    def _on_tab(self, name: str) -> None:
        self.chosen.emit(None if name == "all" else Band(name))

    def _on_filter(self) -> None:
        menu = QMenu(self)
        for title, text in _READY:
            menu.addAction(f"{title}\t{text}").setData(text)
        menu.addSeparator()
        menu.addAction("No filter").setData("")
        menu.triggered.connect(self._on_ready)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._filter.mapToGlobal(self._filter.rect().bottomLeft()))

    def _on_ready(self, action: object) -> None:
        self.wants_search.emit(action.data())  # type: ignore[attr-defined]


def _tabs(counts: dict[Band, int], whole: int) -> tuple[Tab, ...]:
    later = counts.get(Band.LATER, 0) + counts.get(Band.NO_CLOCK, 0)
    return (
        Tab("all", "All open", whole),
        Tab("missed", "Missed", counts.get(Band.MISSED, 0), "missed"),
        Tab("now", "15 min", counts.get(Band.NOW, 0), "now"),
        Tab("hour", "1 hour", counts.get(Band.HOUR, 0), "soon"),
        Tab("today", "Today", counts.get(Band.TODAY, 0)),
        Tab("later", "Later", later),
        Tab("awaiting", "Awaiting tokens", counts.get(Band.AWAITING, 0)),
    )


def terms_of(text: str, problems: Sequence[FilterProblem]) -> list[str]:
    """The terms of a search that apply, as typed."""
    kept = list(text)
    for problem in problems:
        kept[problem.start : problem.end] = " " * (min(problem.end, len(kept)) - problem.start)
    return [term[:40] for term in re.findall(r'(?:[^\s"]|"[^"]*"?)+', "".join(kept)) if term != "OR"]


class _Sideways(QScrollArea):
    """Lets the tabs scroll sideways where text is large or the window small."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidget(content)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self._on_theme_changed()
        theme().changed.connect(self._on_theme_changed)

    def _on_theme_changed(self) -> None:
        self.setFixedHeight(self._content.sizeHint().height() + 2)
