"""What of the window is there for a person at all: an area without use for their roles is absent (ux §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.policy.terms import Role
from console.ui.actions import ADMINISTRATION

if TYPE_CHECKING:
    from console.services.desk import Desk
    from console.ui.main_window import MainWindow

_ROLES = {
    Role.MANAGER: "Support manager",
    Role.AGENT: "Support agent",
    Role.SUPERVISOR: "Supervisor",
    Role.ADMINISTRATOR: "Administrator",
}
_LEADING = (Role.SUPERVISOR, Role.MANAGER, Role.ADMINISTRATOR)
_HOLDERS = frozenset({"holders"})


def role_in_words(desk: Desk) -> str:
    """The weightiest role of the person at the desk; a guest has none."""
    return next((words for role, words in _ROLES.items() if role in desk.actor.roles), "Guest")


def show_areas(window: MainWindow, desk: Desk | None) -> None:
    """Take next and Mine for agents and managers, People for administrators, who keeps others waiting for those who
    lead; before a desk is open, what all have."""
    works = desk is None or desk.may(Role.AGENT, Role.MANAGER)
    keeps = desk is not None and desk.may(Role.ADMINISTRATOR)
    window.rail.show_take_next(shown=works)
    absent = {"mine": not works, "people": not keeps}
    window.leave_out(frozenset(item for item, gone in absent.items() if gone))
    leads = desk is not None and desk.is_shared() and desk.may(*_LEADING)
    window.commands.leave_out(
        (frozenset() if keeps else ADMINISTRATION) | (frozenset() if leads else _HOLDERS)
    )
