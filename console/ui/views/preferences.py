"""Preferences: applied at once, kept with the person and not with the database; no button says OK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFrame, QScrollArea, QVBoxLayout, QWidget

from console.ui.actions import Commands
from console.ui.format import Times
from console.ui.remember import Remember
from console.ui.theme import Appearance, theme
from console.ui.views.queue_table import DENSITIES
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card, row
from console.ui.widgets.fields import CheckBox, SearchField
from console.ui.widgets.labels import CaptionLabel, PlainLabel
from console.ui.widgets.tabs import SegmentedTabs, Tab

SIZES = (80, 90, 100, 110, 125, 150, 175, 200)
_LOOKS = {
    Appearance.SYSTEM: "System",
    Appearance.LIGHT: "Light",
    Appearance.DARK: "Dark",
    Appearance.CONTRAST: "High contrast",
}


class Preferable(Protocol):
    """What preferences change."""

    commands: Commands

    def times(self) -> Times:
        """How instants are written now."""
        ...

    def set_times(self, times: Times) -> None:
        """Writes instants another way."""
        ...

    def density(self) -> str:
        """The row heights in force."""
        ...

    def set_density(self, density: str) -> None:
        """Other row heights."""
        ...

    def set_letters(self, *, on: bool) -> None:
        """Single letters as keys, or not."""
        ...


class PreferencesDialog(QDialog):
    """Appearance, queue, keys and times."""

    def __init__(self, parent: QWidget | None, window: Preferable, remember: Remember | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Preferences")
        self.setWindowModality(Qt.WindowModality.NonModal)
        self._window, self._remember = window, remember
        self._rows: list[tuple[str, QWidget]] = []
        self._groups: list[tuple[Card, PlainLabel, list[QWidget]]] = []
        self._search = SearchField("Search preferences", key="", name="Search preferences")
        self._search.textChanged.connect(self._on_search)
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().px(8))
        self._add_appearance()
        self._add_queue()
        self._add_keys()
        self._add_times()
        self._column.addStretch(1)
        outer = QVBoxLayout(self)
        margin = theme().px(20)
        outer.setContentsMargins(margin, margin, margin, margin)
        outer.setSpacing(theme().px(12))
        close = Button("Close", key="Esc")
        close.clicked.connect(self.accept)
        outer.addLayout(row(PlainLabel("Preferences", "title_small"), None))
        outer.addWidget(self._search)
        outer.addWidget(_scrolled(content), 1)
        outer.addLayout(row(CaptionLabel("Everything is applied at once."), None, close))
        self.resize(theme().px(640), theme().px(560))
        self._search.setFocus()

    # groups

    def _add_appearance(self) -> None:
        looks = _choice(
            "Appearance", [(look.value, words) for look, words in _LOOKS.items()], theme().choice.value
        )
        looks.chosen.connect(self._on_look)
        percent = round(theme().scale * 100)
        sizes = _choice("Text size", [(str(size), f"{size}%") for size in SIZES], str(percent))
        sizes.chosen.connect(self._on_size)
        motion = _check("Reduce motion", theme().reduced_motion, self._on_motion)
        font = _check("Use the system font", self._flag("system_font", usual=False), self._on_font)
        self._add_group(
            "Appearance",
            [("Appearance light dark contrast", "Colours", looks), ("Text size", "Text size", sizes)],
            [("Reduce motion animation", motion), ("System font Inter typeface", font)],
        )

    def _add_queue(self) -> None:
        densities = _choice(
            "Row density", [(name, name.capitalize()) for name in DENSITIES], self._window.density()
        )
        densities.chosen.connect(self._window.set_density)
        self._add_group("Queue", [("Queue rows density compact cosy roomy", "Rows", densities)], [])

    def _add_keys(self) -> None:
        letters = _check(
            "Single letters act on the ticket", self._flag("letters", usual=True), self._on_letters
        )
        self._add_group("Keys", [], [("Keys letters shortcuts keyboard", letters)])

    def _add_times(self) -> None:
        times = self._window.times()
        hours = _choice("Hours", [("12", "2:28 PM"), ("24", "14:28")], "12" if times.twelve_hours else "24")
        hours.chosen.connect(self._on_hours)
        zones = _choice(
            "First zone",
            [("viewer", "My zone"), ("policy", times.policy_name)],
            "policy" if times.policy_first else "viewer",
        )
        zones.chosen.connect(self._on_zone)
        self._add_group(
            "Times",
            [("Times hours clock 12 24", "Clock", hours), ("Times zone Eastern", "Shown first", zones)],
            [],
        )

    def _add_group(
        self, title: str, choices: list[tuple[str, str, QWidget]], checks: list[tuple[str, QWidget]]
    ) -> None:
        heading, card = PlainLabel(title, "section", "text2"), Card("plain", padding=14, spacing=12)
        parts: list[QWidget] = []
        for words, label, field in choices:
            line = QWidget()
            line.setLayout(row(PlainLabel(label, "body"), None, field))
            self._rows.append((words, line))
            parts.append(line)
        for words, field in checks:
            self._rows.append((words, field))
            parts.append(field)
        for part in parts:
            card.body.addWidget(part)
        self._groups.append((card, heading, parts))
        self._column.addWidget(heading)
        self._column.addWidget(card)

    # what changes

    def choose(self, name: str, value: str) -> None:
        """Chooses one value of the choice of that name, as a press on it does."""
        for tabs in self.findChildren(SegmentedTabs):
            if tabs.accessibleName() == name:
                tabs.choose(value)
                tabs.chosen.emit(value)

    def _on_search(self, text: str) -> None:
        wanted = text.casefold().split()
        shown = {field: all(word in words.casefold() for word in wanted) for words, field in self._rows}
        for field, visible in shown.items():
            field.setVisible(visible)
        for card, heading, parts in self._groups:
            some = any(shown[part] for part in parts)
            card.setVisible(some)
            heading.setVisible(some)

    def _on_look(self, look: str) -> None:
        theme().choose(Appearance(look))
        self._keep("appearance", look)

    def _on_size(self, percent: str) -> None:
        theme().set_scale(int(percent) / 100)
        self._keep("text_scale", theme().scale)

    def _on_motion(self, on: bool) -> None:
        theme().reduced_motion = on
        self._keep("reduced_motion", on)

    def _on_font(self, on: bool) -> None:
        theme().use_system_font(on)
        self._keep("system_font", on)

    def _on_letters(self, on: bool) -> None:
        self._window.set_letters(on=on)
        self._keep("letters", on)

    def _on_hours(self, hours: str) -> None:
        self._window.set_times(replace(self._window.times(), twelve_hours=hours == "12"))

    def _on_zone(self, zone: str) -> None:
        self._window.set_times(replace(self._window.times(), policy_first=zone == "policy"))

    def _flag(self, name: str, *, usual: bool) -> bool:
        return usual if self._remember is None else self._remember.flag(name, usual=usual)

    def _keep(self, name: str, value: str | float | bool) -> None:
        if self._remember is not None:
            self._remember.keep(name, value)

    # events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("window"))
        painter.end()


def _choice(name: str, choices: list[tuple[str, str]], chosen: str) -> SegmentedTabs:
    tabs = SegmentedTabs(tuple(Tab(each, words) for each, words in choices), name=name)
    if chosen in {each for each, _ in choices}:
        tabs.choose(chosen)
    return tabs


def _check(words: str, on: bool, slot: Callable[[bool], None]) -> CheckBox:
    box = CheckBox(words)
    box.setChecked(on)
    box.toggled.connect(slot)
    return box


def _scrolled(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    return area
