"""The frame of the window: rail, top bar, pages, status bar, menus, palette, keys and toast.

It knows no tickets: pages are added with ``add_page``, commands get their hands from those who can carry them out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from console.ui.actions import Commands
from console.ui.bars import StatusBar, TopBar
from console.ui.menus import Menus
from console.ui.page import Page
from console.ui.rail import Rail
from console.ui.remember import Remember
from console.ui.theme import Appearance, theme
from console.ui.toast import ToastHost
from console.ui.widgets.messages import MessageBar

if TYPE_CHECKING:
    from console.ui.command_palette import Provider

WIDE_FROM = 1280
SMALLEST = (800, 600)
USUAL = (1440, 900)
_GO = {
    "go_queue": "queue",
    "go_mine": "mine",
    "go_unclaimed": "unclaimed",
    "go_determinations": "determinations",
    "go_accounts": "accounts",
    "go_breach": "breach",
    "go_people": "people",
}


class _Ground(QWidget):
    """The plain ground behind pages."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("window"))
        painter.end()


class MainWindow(QMainWindow):
    """The one window. ``item_chosen`` carries the rail item's id; ``closing`` comes before the window is gone."""

    item_chosen = Signal(object)
    closing = Signal()

    def __init__(self, commands: Commands, remember: Remember | None = None) -> None:
        super().__init__()
        self.commands = commands
        self._remember = remember
        self._pages: dict[str, Page] = {}
        self._routes: dict[str, str] = {}
        self._left_out: frozenset[str] = frozenset()
        self._providers: tuple[Provider, ...] = ()
        self._recent: tuple[str, ...] = ()
        self.setWindowTitle("Support Console")
        self.setMinimumSize(*SMALLEST)
        self.rail, self.top, self.status = Rail(), TopBar(), StatusBar()
        self.notice, self.line_bar = MessageBar(closable=True), MessageBar()
        self._stack = QStackedWidget()
        self.setCentralWidget(self._framed())
        self.toast = ToastHost(self._stack)
        self.toast.keep_to(self._toast_room)
        self._menus = Menus(commands, self, self.menuBar())
        self._connect()
        self._handle_own_commands()
        self._show_menu_bar(shown=remember is not None and remember.flag("menu_bar", usual=False))
        if remember is None or not remember.restore_geometry("main", self):
            self.resize(*USUAL)

    # pages

    def add_page(self, name: str, page: Page, items: tuple[str, ...] = ()) -> None:
        """A page, shown by the rail's ``items`` (its own name if none are given)."""
        self._pages[name] = page
        for item in items or (name,):
            self._routes[item] = name
        self._stack.addWidget(page)
        page.told.connect(self._on_told)

    def page(self, name: str) -> Page:
        """The page of that name."""
        return self._pages[name]

    def current_page(self) -> Page | None:
        """The page in front."""
        page = self._stack.currentWidget()
        return page if isinstance(page, Page) else None

    def _toast_room(self) -> QRect:
        page = self.current_page()
        return self._stack.rect() if page is None else page.toast_room()

    def show_item(self, item: str) -> None:
        """Goes to a place of the rail: its page comes to the front and is told which item it was."""
        if not self.has_item(item):
            return
        page, before = self._pages[self._routes[item]], self.current_page()
        if before is not None and before is not page:
            before.left()
        self._stack.setCurrentWidget(page)
        self.toast.raise_()
        self.rail.choose(item)
        page.activated(item)
        page.focus_first()
        self._on_told()
        if self.top.search.text():
            self.top.search.clear()
        self.item_chosen.emit(item)

    def has_item(self, item: str) -> bool:
        """Whether the rail's item leads to a page."""
        return item in self._routes and item not in self._left_out

    def leave_out(self, items: frozenset[str]) -> None:
        """Exactly these items of the rail are not there; who is at one of them goes to the queue."""
        self._left_out = items
        self.rail.leave_out(items)
        here = self.current_page()
        if any(self._pages[self._routes[item]] is here for item in items if item in self._routes):
            self.show_item("queue")

    def add_provider(self, provider: Provider) -> None:
        """Tickets, accounts, people or views for the palette."""
        self._providers = (*self._providers, provider)

    def show_sample_tag(self, *, shown: bool) -> None:
        """Marks a sample database."""
        self.top.sample.setVisible(shown)

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        for page in self._pages.values():
            if why := page.why_not_close():
                event.ignore()
                self._on_refused(why)
                return
        if self._remember is not None:
            self._remember.keep_geometry("main", self)
            self._remember.flush()
        self.closing.emit()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self.update()

    # inside

    def _framed(self) -> QWidget:
        ground = _Ground()
        across = QHBoxLayout(ground)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.line_bar)
        column.addWidget(self.notice)
        column.addWidget(self._stack, 1)
        column.addWidget(self.status)
        across.addLayout(column, 1)
        return ground

    def _connect(self) -> None:
        self.rail.picked.connect(self.show_item)
        self.rail.take_next.connect(self._on_take_next)
        self.rail.preferences.connect(self._on_preferences)
        self.rail.menus.connect(self._on_menus)
        self.top.searched.connect(self._on_searched)
        self.top.search_left.connect(self._on_search_left)
        self.commands.refused.connect(self._on_refused)
        self.commands.ran.connect(self._on_ran)
        theme().changed.connect(self._fit)

    def _handle_own_commands(self) -> None:
        handle = self.commands.handle
        handle("palette", self._open_palette)
        handle("keys", self._open_keys)
        handle("search", self._to_search)
        handle("quit", self.close)
        handle("menu_bar", self._toggle_menu_bar)
        handle("toast", self.toast.focus_toast)
        handle("next_pane", self._next_pane)
        handle("previous_pane", self._previous_pane)
        handle("larger", self._larger)
        handle("smaller", self._smaller)
        handle("usual_size", self._usual_size)
        handle("look_system", self._look_system)
        handle("look_light", self._look_light)
        handle("look_dark", self._look_dark)
        handle("look_contrast", self._look_contrast)
        for command, item in _GO.items():
            handle(command, _Go(self, item).run, _Go(self, item).reason)

    def _on_told(self) -> None:
        page = self.current_page()
        if page is None:
            return
        self.top.show_page(page.title(), page.count_text(), page.search_placeholder())
        self.status.show_page(page.status_text(), page.hints())

    def _on_searched(self, text: str) -> None:
        page = self.current_page()
        if page is not None:
            page.search(text)

    def _on_search_left(self) -> None:
        page = self.current_page()
        if page is not None:
            page.focus_first()

    def _on_refused(self, reason: str) -> None:
        self.toast.show_toast(reason, icon="info", ink="text2")

    def _on_ran(self, name: str) -> None:
        self._recent = (name, *(other for other in self._recent if other != name))[:20]

    def _on_take_next(self) -> None:
        self.commands.run("take_next")

    def _on_preferences(self) -> None:
        self.commands.run("preferences")

    def _on_menus(self) -> None:
        menu = self._menus.popup(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.rail.mapToGlobal(self.rail.rect().topLeft()))

    def _open_palette(self) -> None:
        from console.ui.command_palette import CommandPalette

        palette = CommandPalette(self.commands, self, self._providers, self._recent)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        palette.open()

    def _open_keys(self) -> None:
        from console.ui.keys import KeysDialog

        dialog = KeysDialog(self.commands, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _to_search(self) -> None:
        self.top.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.top.search.selectAll()

    def _toggle_menu_bar(self) -> None:
        shown = self.menuBar().height() == 0
        self._show_menu_bar(shown=shown)
        if self._remember is not None:
            self._remember.keep("menu_bar", shown)

    def _show_menu_bar(self, *, shown: bool) -> None:
        """Without height the bar takes no room, but Alt and the menus' letters still open it."""
        bar = self.menuBar()
        bar.setMaximumHeight(16_777_215 if shown else 0)
        bar.setMinimumHeight(bar.sizeHint().height() if shown else 0)

    def _panes(self) -> tuple[QWidget, ...]:
        page = self.current_page()
        return (self.rail, self.top, *(page.panes() if page is not None else ()))

    def _next_pane(self) -> None:
        self._step_pane(1)

    def _previous_pane(self) -> None:
        self._step_pane(-1)

    def _step_pane(self, step: int) -> None:
        panes = [pane for pane in self._panes() if pane.isVisible()]
        focused = QApplication.focusWidget()
        here = next((n for n, pane in enumerate(panes) if focused and pane.isAncestorOf(focused)), -1)
        for distance in range(1, len(panes) + 1):
            pane = panes[(here + step * distance) % len(panes)]
            target = _first_focus(pane)
            if target is not None:
                target.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def _fit(self) -> None:
        effective = self.width() / theme().scale
        self.rail.set_narrow(narrow=effective < WIDE_FROM)
        room = self.width() - self.rail.width()
        self.top.fit(room)
        self.status.fit(room)

    def _larger(self) -> None:
        self._set_scale(theme().scale + 0.1)

    def _smaller(self) -> None:
        self._set_scale(theme().scale - 0.1)

    def _usual_size(self) -> None:
        self._set_scale(1.0)

    def _set_scale(self, scale: float) -> None:
        theme().set_scale(round(scale, 2))
        if self._remember is not None:
            self._remember.keep("text_scale", theme().scale)

    def _look_system(self) -> None:
        self._look(Appearance.SYSTEM)

    def _look_light(self) -> None:
        self._look(Appearance.LIGHT)

    def _look_dark(self) -> None:
        self._look(Appearance.DARK)

    def _look_contrast(self) -> None:
        self._look(Appearance.CONTRAST)

    def _look(self, appearance: Appearance) -> None:
        theme().choose(appearance)
        if self._remember is not None:
            self._remember.keep("appearance", appearance.value)


class _Go(QObject):
    """Going to one place of the rail, as a command."""

    def __init__(self, window: MainWindow, item: str) -> None:
        super().__init__(window)
        self._window, self._item = window, item

    def run(self) -> None:
        self._window.show_item(self._item)

    def reason(self) -> str:
        return "" if self._window.has_item(self._item) else "Not part of this console for you"


def _first_focus(pane: QWidget) -> QWidget | None:
    """The first part of ``pane`` that takes the focus."""
    if pane.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return pane
    for part in pane.findChildren(QWidget):
        if part.isVisible() and part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return part
    return None
