"""What the person at this desk may do, while an administrator changes it: menus and buttons follow at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from console.policy.errors import Problem
from console.ui import deeds
from console.ui.context import Context

if TYPE_CHECKING:
    from console.policy.actor import Actor
    from console.services.desk import Changed


class Roles(QObject):
    """``changed(str)`` once the desk has other roles than before, with the sentence that says so.

    They are read again when the People list changed, here or on another desk, and when the database refused an act for
    want of a role.
    """

    changed = Signal(str)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        context.signals.not_allowed.connect(self.read)
        context.signals.changed.connect(self._on_changed)

    def _on_changed(self, changed: Changed) -> None:
        if changed.people:
            self.read()

    def read(self) -> None:
        """Reads them again."""
        desk = self._context.desk
        if desk is not None:
            self._context.read(deeds.actor_now, self._on_read, _ignored, owner=self)

    def _on_read(self, actor: Actor) -> None:
        desk = self._context.desk
        if desk is None or actor == desk.actor:
            return
        self._context.desk = replace(desk, actor=actor)
        roles = roles_in_words(actor)
        self.changed.emit(
            f"Your roles were changed. You are {roles} now."
            if roles
            else "Your roles were taken away. You can read, and change nothing; ask an administrator."
        )


def roles_in_words(actor: Actor) -> str:
    """``"administrator, agent"``; empty for whoever only reads."""
    return ", ".join(sorted(role.value for role in actor.roles))


def _ignored(_problem: Problem) -> None:
    """The line says that the database does not answer; the roles are read again with the next news of people."""
