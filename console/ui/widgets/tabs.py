"""Rows of choices: filter tabs with counts (the queue, the statement) and segmented tabs (periods)."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from console.ui.format import number
from console.ui.theme import theme
from console.ui.widgets.paint import draw_text, focus_ring, rounded


@dataclass(frozen=True, slots=True)
class Tab:
    """One choice. ``tone``: plain, missed, now (solid) or soon (tint and outline); a zero count drops the tone."""

    id: str
    title: str
    count: int | None = None
    tone: str = "plain"


class _TabButton(QAbstractButton):
    def __init__(self, tab: Tab, parent: QWidget, *, segmented: bool) -> None:
        super().__init__(parent)
        self.tab = tab
        self._segmented = segmented
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_tab(tab)
        theme().changed.connect(self._on_theme_changed)

    def show_tab(self, tab: Tab) -> None:
        self.tab = tab
        self.setText(tab.title)
        self.setAccessibleName(tab.title if tab.count is None else f"{tab.title}, {number(tab.count)}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        px = theme().px
        metrics = theme().metrics("caption_strong")
        width = metrics.horizontalAdvance(self.tab.title) + px(20 if not self._segmented else 24)
        if self.tab.count is not None:
            width += px(7) + metrics.horizontalAdvance(number(self.tab.count))
        return QSize(max(px(24), width), max(px(28), metrics.height() + px(10)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px = theme().px
        rect = QRectF(self.rect())
        fill, line, ink = self._segment_look() if self._segmented else self._look()
        rounded(painter, rect, px(6), fill=fill, line=line)
        if self.isChecked() and self._tone() != "plain":
            rounded(painter, rect, px(6), line="text", width=2)
        role = "caption_strong" if self.isChecked() or self._tone() != "plain" else "caption_medium"
        inside = rect.adjusted(px(12 if self._segmented else 10), 0, 0, 0)
        draw_text(painter, inside, self.tab.title, role=role, ink=ink)
        if self.tab.count is not None:
            shown = number(self.tab.count)
            width = theme().metrics("caption_strong").horizontalAdvance(shown)
            place = QRectF(rect.right() - px(10) - width, 0, width + 2, rect.height())
            draw_text(painter, place, shown, role="caption_strong", ink=ink)
        if self.hasFocus():
            focus_ring(painter, rect, px(6))
        painter.end()

    def _tone(self) -> str:
        return "plain" if self.tab.count == 0 else self.tab.tone

    def _look(self) -> tuple[str | None, str | None, str]:
        tone = self._tone()
        if tone in ("missed", "now"):
            return tone, None, f"on_{tone}"
        if tone == "soon":
            return "soon_tint", "soon", "soon_text"
        if self.isChecked():
            return "inverse", None, "on_inverse"
        return "hover" if self.underMouse() else "raised", "line", "text2"

    def _segment_look(self) -> tuple[str | None, str | None, str]:
        if self.isChecked():
            return "raised", "line_strong", "text"
        return ("hover" if self.underMouse() else None), None, "text2"

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


class FilterTabs(QWidget):
    """One choice of several. Arrow keys move, ``chosen`` gives the tab's id as an object (a str)."""

    chosen = Signal(object)

    def __init__(
        self,
        tabs: tuple[Tab, ...] = (),
        *,
        segmented: bool = False,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._segmented = segmented
        self._buttons: dict[str, _TabButton] = {}
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._on_clicked)
        self._row = QHBoxLayout(self)
        edge = theme().px(2) if segmented else 0
        self._row.setContentsMargins(edge, edge, edge, edge)
        self._row.setSpacing(0 if segmented else theme().px(6))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.show_tabs(tabs)

    def show_tabs(self, tabs: tuple[Tab, ...]) -> None:
        """New titles and counts; the choice and the focus stay when the ids do."""
        if tuple(self._buttons) == tuple(tab.id for tab in tabs):
            for tab in tabs:
                self._buttons[tab.id].show_tab(tab)
            return
        before = self.current()
        for button in self._buttons.values():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = {tab.id: _TabButton(tab, self, segmented=self._segmented) for tab in tabs}
        for button in self._buttons.values():
            self._group.addButton(button)
            self._row.addWidget(button)
        if tabs:
            self.choose(before if before in self._buttons else tabs[0].id)

    def current(self) -> str:
        """The id of the chosen tab, empty when there are none."""
        for name, button in self._buttons.items():
            if button.isChecked():
                return name
        return ""

    def choose(self, name: str) -> None:
        """Choose a tab without emitting ``chosen``."""
        self._buttons[name].setChecked(True)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        names = list(self._buttons)
        focused = [name for name in names if self._buttons[name].hasFocus()]
        if not step or not focused:
            super().keyPressEvent(event)
            return
        target = self._buttons[names[(names.index(focused[0]) + step) % len(names)]]
        target.setFocus(Qt.FocusReason.TabFocusReason)
        target.click()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._segmented:
            return
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(7), fill="sunken")
        painter.end()

    def _on_clicked(self, button: QAbstractButton) -> None:
        if isinstance(button, _TabButton):
            self.chosen.emit(button.tab.id)


class SegmentedTabs(FilterTabs):
    """The joined form: periods, channels."""

    def __init__(self, tabs: tuple[Tab, ...] = (), *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(tabs, segmented=True, name=name, parent=parent)
