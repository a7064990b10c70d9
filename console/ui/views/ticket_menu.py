"""A menu of a ticket's acts: each with its key; what cannot be done is disabled and says why."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from console.ui import icons
from console.ui.actions import Commands
from console.ui.widgets.labels import safe_tooltip


def open_ticket_menu(commands: Commands, names: Iterable[str | None], parent: QWidget, at: QPoint) -> QMenu:
    """The commands ``names`` in order, ``None`` is a line between; opened at ``at`` (global)."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    for name in names:
        if name is None:
            menu.addSeparator()
        else:
            _add(menu, commands, name)
    menu.triggered.connect(partial(_run, commands))
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
    return menu


def _add(menu: QMenu, commands: Commands, name: str) -> None:
    command, key, reason = commands.get(name), commands.key(name), commands.reason(name)
    action = menu.addAction(f"{command.title}\t{key}" if key else command.title)
    if command.icon:
        action.setIcon(icons.icon(command.icon))
    action.setEnabled(not reason)
    action.setToolTip(safe_tooltip(reason))
    action.setData(name)


def _run(commands: Commands, action: QAction) -> None:
    commands.run(action.data())
