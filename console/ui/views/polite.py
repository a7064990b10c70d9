"""Polite sorting: rows never jump under the pointer or between two keys; the last order offered waits for a pause."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

EVERY_SECONDS, AFTER_KEYS_SECONDS = 10.0, 1.5


class Polite(QObject):
    """Hands ``apply`` the newest of what was offered, at most every 10 s and never while a person is at it."""

    def __init__(self, apply: Callable[[Any], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._apply = apply
        self._waiting: Any = None
        self._applied = self._touched = float("-inf")
        self._timer = QTimer(self)
        self._timer.setInterval(500)
        self._timer.timeout.connect(self._on_timeout)

    def offer(self, order: object) -> None:
        """This order is the right one now."""
        self._waiting = order
        self._on_timeout()

    def drop(self) -> None:
        """What was offered is out of date."""
        self._waiting = None
        self._timer.stop()

    def touched(self) -> None:
        """A key was pressed."""
        self._touched = time.monotonic()

    def waits(self) -> bool:
        """Whether an order waits for its moment."""
        return self._waiting is not None

    def settle(self) -> None:
        """Now, whatever else is going on."""
        order, self._waiting = self._waiting, None
        self._timer.stop()
        if order is not None:
            self._applied = time.monotonic()
            self._apply(order)

    def _on_timeout(self) -> None:
        if self._may_move():
            self.settle()
        elif not self._timer.isActive():
            self._timer.start()

    def _may_move(self) -> bool:
        now = time.monotonic()
        busy = (
            QApplication.mouseButtons() != Qt.MouseButton.NoButton
            or QApplication.activePopupWidget() is not None
            or QApplication.activeModalWidget() is not None
        )
        return not busy and now - self._applied >= EVERY_SECONDS and now - self._touched >= AFTER_KEYS_SECONDS
