"""What a command calls a dialog, and which one that is. Dialogs are imported when the first is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from console.ui.context import Context

#: Commands that open a dialog in a certain state, or under another name.
_MEANT: dict[str, tuple[str, dict[str, Any]]] = {
    "demote": ("classify", {"outcome": "demote"}),
    "confirm": ("classify", {"outcome": "confirm"}),
    "mark_free": ("classify", {"outcome": "free"}),
    "import": ("import_file", {}),
}


def open_dialog(context: Context, name: str, **arguments: Any) -> QWidget:
    """Opens the dialog over its window (or over the ``parent`` named). KeyError for an unknown name."""
    from console.ui.views import dialogs

    known, meant = _MEANT.get(name, (name, {}))
    return dialogs.open_dialog(known, context, context.window, **{**meant, **arguments})
