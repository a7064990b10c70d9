"""Which dialog a name opens. Each is imported when it is first opened."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from console.ui.context import Context

_HOME = "console.ui.views.dialogs"
#: name → module, factory in it, and arguments that the name itself stands for
_BOOK: dict[str, tuple[str, str, dict[str, Any]]] = {
    "demote": (f"{_HOME}.classify", "ClassifyDialog", {"outcome": "demote"}),
    "confirm": (f"{_HOME}.classify", "ClassifyDialog", {"outcome": "confirm"}),
    "mark_free": (f"{_HOME}.classify", "ClassifyDialog", {"outcome": "free"}),
    "preferences": ("console.ui.views.preferences", "PreferencesDialog", {}),
}


def names() -> tuple[str, ...]:
    """Every dialog there is."""
    return tuple(_BOOK)


def knows(name: str) -> bool:
    """Whether there is a dialog of that name."""
    return name in _BOOK


def open_dialog(context: Context, name: str, *, parent: QWidget | None = None, **arguments: Any) -> QWidget:
    """Opens the dialog over its window (or over ``parent``). KeyError for an unknown name."""
    module, factory, meant = _BOOK[name]
    make = getattr(import_module(module), factory)
    dialog: Any = make(context, parent or context.window, **{**meant, **arguments})
    dialog.open()
    return dialog  # type: ignore[no-any-return]
