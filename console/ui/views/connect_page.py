"""Connecting to a shared database: the form, the five checks, and Open; made for the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.policy.errors import Problem
from console.services.target import Target
from console.ui.page import Hints, Page
from console.ui.theme import theme
from console.ui.views.check_list import CheckList
from console.ui.views.connect_form import ConnectForm
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import Card, Rule, row
from console.ui.widgets.flowing import Flowing, flowing_area
from console.ui.widgets.labels import PlainLabel
from console.ui.widgets.messages import Action, MessageBar, message_box

if TYPE_CHECKING:
    from console.services.check import Check

_BUSY = "The server is being asked"


class ConnectPage(Page):
    """``back``; ``check`` and ``open`` when the fields can be used: take ``form.target()`` and its password;
    ``changed`` when the fields say another address than the one that was looked at."""

    back = Signal()
    changed = Signal()
    check = Signal()
    open = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form, self.checks = ConnectForm(), CheckList()
        self.form.changed.connect(self._on_changed)
        self.message = MessageBar("missed")
        self.message.hide()
        self.creates = self._opening = False
        self._in_sight: QWidget | None = None
        self._pressed: Button | None = None
        self.back_button = Button("Back", key="Esc")
        self.back_button.clicked.connect(self.back)
        self.check_button = Button("Check", icon="list-checks")
        self.check_button.clicked.connect(self._on_check)
        self.open_button = Button("Open", Kind.PRIMARY, key="Ctrl+Return")
        self.open_button.clicked.connect(self._on_open)
        self._shortcut("Ctrl+Return", self._on_open)
        self._shortcut("Ctrl+Enter", self._on_open)
        self._shortcut("Esc", self.back.emit)
        self._lay_out()

    def _shortcut(self, keys: str, act: Callable[[], object]) -> None:
        shortcut = QShortcut(QKeySequence(keys), self, act)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _lay_out(self) -> None:
        px = theme().px
        card = Card("plain", padding=20, spacing=14)
        card.body.addWidget(self.form)
        content = Flowing()
        column = QVBoxLayout(content)
        column.setContentsMargins(px(32), px(24), px(32), px(24))
        column.setSpacing(px(14))
        column.addWidget(PlainLabel("Shared with the team", "account", wrap=True))
        column.addWidget(
            PlainLabel(
                "A PostgreSQL database that every desk reaches, with a login for each person.",
                "plain",
                "text2",
                wrap=True,
            )
        )
        column.addWidget(card)
        column.addWidget(self.message)
        column.addWidget(self.checks)
        column.addStretch(1)
        self._content = content
        self._area = flowing_area(content)
        self._area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._area.verticalScrollBar().rangeChanged.connect(self._scroll)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._area, 1)
        outer.addWidget(Rule())
        outer.addLayout(self._foot())
        theme().changed.connect(self._measure)
        self._measure()

    def _measure(self) -> None:
        """As wide as the size of the text asks for."""
        self._content.setMaximumWidth(theme().px(760))
        self._buttons.setMaximumWidth(theme().px(696))

    def _foot(self) -> QHBoxLayout:
        """The buttons, in sight however much stands above them."""
        self._buttons = QWidget()
        self._buttons.setLayout(row(self.back_button, None, self.check_button, self.open_button))
        line = QHBoxLayout()
        line.setContentsMargins(theme().px(32), theme().px(12), theme().px(32), theme().px(12))
        line.addStretch(1)
        line.addWidget(self._buttons, 100)
        line.addStretch(1)
        return line

    # what the window asks of a page

    def title(self) -> str:
        return "Connect"

    def search_placeholder(self) -> str:
        return ""

    def hints(self) -> Hints:
        return (("Ctrl+Return", "open"), ("Esc", "back"))

    def focus_first(self) -> None:
        self.form.server.setFocus(Qt.FocusReason.TabFocusReason)

    # what is shown

    def show_target(self, target: Target) -> None:
        """Another address in the fields; nothing is known about it."""
        self.form.show_target(target)
        self._on_changed()

    def begin_checks(self) -> None:
        """The server is being asked: nothing can be pressed twice."""
        self.message.hide()
        self.checks.begin()
        self._wait(_BUSY)

    def show_check(self, check: Check) -> None:
        """One check is done."""
        self.checks.show_check(check)

    def end_checks(self) -> None:
        """All that could be looked at was; a password that is missing is asked for, an empty database offered."""
        self._wait("")
        found = self.checks.found()
        for check in found:
            if check.password:
                self.form.ask_password(check.words)
        self.creates = any(check.creates for check in found)
        self.open_button.set_text("Create and open" if self.creates else "Open")
        asks = any(check.password for check in found)
        self._bring_in_sight(self.form.password if asks else self.checks)

    def begin_opening(self) -> None:
        """The database is being opened."""
        self._opening = True
        self._wait("The database is being opened")

    def show_problem(self, problem: Problem) -> None:
        """Why it was not opened; everything typed stays."""
        actions: tuple[Action, ...] = (
            (("Details", lambda: self._show_details(problem)),) if problem.details else ()
        )
        self.message.show_message(problem.message, tone="missed", actions=actions)
        self._bring_in_sight(self.message)

    def ready(self) -> None:
        """Nothing is being asked any more."""
        self._opening = False
        self._wait("")

    def opened(self) -> None:
        """It is open: the password is not needed here any more."""
        self.ready()
        self.form.password.clear()
        self.message.hide()

    # inside

    def _bring_in_sight(self, part: QWidget) -> None:
        """Scrolls to ``part``, and again while what was shown with it finds its place."""
        self._in_sight = part
        self._scroll()

    def _scroll(self) -> None:
        if self._in_sight is not None:
            self._area.ensureWidgetVisible(self._in_sight, 0, theme().px(24))

    def _wait(self, reason: str) -> None:
        """The keyboard stays on this page while its buttons rest, and returns to the one that was pressed."""
        buttons = (self.check_button, self.open_button)
        pressed = next((button for button in buttons if button.hasFocus()), None)
        if reason and pressed is not None:
            self._pressed = pressed
            self.setFocus()
        for button in buttons:
            button.allow(reason)
        if not reason and self._pressed is not None and self.hasFocus():
            self._pressed.setFocus()
            self._pressed = None

    def _show_details(self, problem: Problem) -> None:
        message_box(self.window(), problem.title, problem.message, details=problem.details).open()

    def _on_changed(self) -> None:
        self._in_sight = None
        self.creates = False
        self.open_button.set_text("Open")
        self.checks.clear()
        self.message.hide()
        if not self._opening:
            self._wait("")
        self.changed.emit()

    def _on_check(self) -> None:
        if self._fits():
            self.check.emit()

    def _on_open(self) -> None:
        if self.open_button.isEnabled() and self._fits():
            self.open.emit()

    def _fits(self) -> bool:
        fault = self.form.fault()
        self.message.show_message(fault, tone="missed")
        return not fault

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("window"))
        painter.end()
