"""The menu bar, made from the commands: each with its key, and with the reason when it cannot be done now."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from console.ui.actions import CHANGING, MENUS, Command, Commands
from console.ui.widgets.labels import safe_tooltip


class Menus(QObject):
    """Menus and shortcuts of one window. Shortcuts work in the whole window, letters never inside text fields; a key
    that is held down moves on and on, but changes the database once."""

    def __init__(self, commands: Commands, window: QWidget, bar: QMenuBar) -> None:
        super().__init__(window)
        self._commands, self._window = commands, window
        self._menus: dict[str, QMenu] = {}
        self._actions: dict[str, QAction] = {}
        for title in MENUS:
            self._menus[title] = self._made_menu(title, bar)
        self._on_changed()
        commands.changed.connect(self._on_changed)

    def action(self, name: str) -> QAction:
        """The action of a command."""
        return self._actions[name]

    def popup(self, parent: QWidget) -> QMenu:
        """All menus in one, for the mark in the rail."""
        whole = QMenu(parent)
        for menu in self._menus.values():
            whole.addMenu(menu)
        return whole

    def _made_menu(self, title: str, bar: QMenuBar) -> QMenu:
        menu = bar.addMenu(f"&{title}")
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(partial(self._before_menu, title))
        menu.aboutToHide.connect(partial(self._after_menu, title))
        return menu

    def _on_changed(self) -> None:
        for command in self._commands.with_left_out():
            action = self._actions.get(command.id) or self._made_action(command)
            action.setVisible(self._commands.has(command.id))
            sequence = QKeySequence(self._commands.sequence(command.id))
            if action.shortcut() != sequence:
                action.setShortcut(sequence)
            if action.text() != command.title:
                action.setText(command.title)
        for menu in self._menus.values():
            menu.menuAction().setVisible(
                any(action.isVisible() for action in menu.actions() if action.text())
            )

    def _made_action(self, command: Command) -> QAction:
        action = QAction(command.title, self._window)
        action.setAutoRepeat(command.id not in CHANGING)
        action.triggered.connect(partial(self._on_triggered, command.id))
        menu = self._menus[command.menu]
        if command.again:
            menu.addSeparator()
        menu.addAction(action)
        self._window.addAction(action)
        self._actions[command.id] = action
        return action

    def _on_triggered(self, name: str) -> None:
        self._commands.run(name)

    def _before_menu(self, title: str) -> None:
        for command in self._commands.all():
            if command.menu == title:
                reason = self._commands.reason(command.id)
                self._actions[command.id].setEnabled(not reason)
                self._actions[command.id].setToolTip(safe_tooltip(reason or command.title))

    def _after_menu(self, title: str) -> None:
        for command in self._commands.all():
            if command.menu == title:
                self._actions[command.id].setEnabled(True)
