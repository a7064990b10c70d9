"""The bar under the top bar while the shared database is lost, and for a moment when it is back."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from console.policy.errors import Problem
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.widgets.messages import Action, MessageBar, message_box

if TYPE_CHECKING:
    from console.ui.line import Loss

BACK_MS = 4_000
SHOW_MS = 20_000


class OfflineBar(QObject):
    """Says since when a copy is read, and when the database is tried again.

    ``try_now``, ``sign_in`` and ``show_changed`` are what its buttons ask for.
    """

    try_now = Signal()
    sign_in = Signal()
    show_changed = Signal()

    def __init__(self, bar: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self._loss: Loss | None = None
        self._words = ""
        self._tick = QTimer(self)
        self._tick.setInterval(1_000)
        self._tick.timeout.connect(self._on_tick)
        self._hide = QTimer(self)
        self._hide.setSingleShot(True)
        self._hide.timeout.connect(self.clear)
        bar.hide()

    def show_loss(self, loss: Loss, times: Times) -> None:
        """The database is lost; called again with every try."""
        self._loss, self._words = loss, lost_words(loss, times)
        self._hide.stop()
        self._tick.start()
        self._show()

    def show_back(self, words: str, *, anything: bool) -> None:
        """It is back: what changed meanwhile, longer when there is something to show."""
        self._loss = None
        self._tick.stop()
        actions = (("Show them", self._on_show),) if anything else ()
        self._bar.show_message(words, tone="met", actions=actions)
        self._hide.start(SHOW_MS if anything else BACK_MS)

    def loss(self) -> Loss | None:
        """The loss that is shown."""
        return self._loss

    def clear(self) -> None:
        """Nothing to say."""
        self._loss = None
        self._tick.stop()
        self._bar.show_message("")

    def _show(self) -> None:
        loss = self._loss
        if loss is None:
            return
        actions: list[Action] = []
        if _wants_password(loss.problem):
            actions.append(("Sign in again", self.sign_in.emit))
        elif not _too_new(loss):
            actions.append(("Try now", self.try_now.emit))
        if loss.problem.details:
            actions.append(("Details", self._on_details))
        self._bar.show_message(self._text(loss), tone="missed", icon="cloud-off", actions=actions)

    def _on_tick(self) -> None:
        if self._loss is not None:
            self._bar.reword(self._text(self._loss))

    def _text(self, loss: Loss) -> str:
        return f"{self._words} {_when(loss)}".strip()

    def _on_details(self) -> None:
        loss = self._loss
        if loss is not None:
            problem = loss.problem
            box = message_box(self._bar.window(), problem.title, problem.message, details=problem.details)
            box.open()

    def _on_show(self) -> None:
        self.clear()
        self.show_changed.emit()


def _too_new(loss: Loss) -> bool:
    from console.services.lost import TooNew

    return isinstance(loss.problem, TooNew)


def lost_words(loss: Loss, times: Times) -> str:
    """``"The shared database stopped answering at 12:26 PM. You are reading a copy from then; …"``."""
    since = "then" if _is_silent(loss) else times.clock(loss.as_of)
    until = "" if loss.needs_person else " until it answers"
    return (
        f"{_why_lost(loss, times)} You are reading a copy from {since}; clocks still run. "
        f"Nothing can be saved{until}."
    )


def barred_words(loss: Loss, times: Times) -> str:
    """Why nothing can be saved: ``"The shared database stopped answering at 12:26 PM. Nothing can be saved …"``."""
    why = _why_lost(loss, times)
    return why if loss.needs_person else f"{why} Nothing can be saved until it answers."


def _why_lost(loss: Loss, times: Times) -> str:
    """Silence by its instant; what the server or the way to it said, in its own words."""
    if _is_silent(loss):
        return f"The shared database stopped answering at {times.clock(loss.as_of)}."
    return loss.problem.message


def _is_silent(loss: Loss) -> bool:
    from console.services.lost import Lost

    return isinstance(loss.problem, Lost)


def _wants_password(problem: Problem) -> bool:
    from console.services.lost import PasswordNeeded

    return isinstance(problem, PasswordNeeded)


def _when(loss: Loss) -> str:
    if loss.needs_person:
        return ""
    if loss.next_try is None:
        return "Trying now."
    left = math.ceil(loss.next_try - time.monotonic())
    return f"Next try in {left} s." if left > 1 else "Trying now."


def back_words(tickets: int, misses: int) -> str:
    """``"Connected. 6 tickets changed, 1 guarantee was missed meanwhile."``."""
    if not tickets:
        return "Connected. Nothing changed meanwhile."
    changed = f"{fmt.count(tickets, 'ticket', 'tickets')} changed"
    if not misses:
        return f"Connected. {changed} meanwhile."
    were = "was" if misses == 1 else "were"
    return f"Connected. {changed}, {fmt.count(misses, 'guarantee', 'guarantees')} {were} missed meanwhile."
