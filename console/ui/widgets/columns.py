"""Columns and rows of widgets that are filled anew: what they hold, and emptying them."""

from PySide6.QtWidgets import QLayout, QWidget


def widgets_of(layout: QLayout) -> tuple[QWidget, ...]:
    """The widgets of a layout in their order; spacers are passed over."""
    items = (layout.itemAt(place) for place in range(layout.count()))
    widgets = (item.widget() for item in items if item is not None)
    return tuple(widget for widget in widgets if widget is not None)


def empty(layout: QLayout) -> None:
    """Takes everything out of a layout; its widgets vanish at once and are deleted later."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
