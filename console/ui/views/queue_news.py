"""What others did, as the queue page shows it: rows at once, then the pane, then the order; who claimed what."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from console.ui.context import Context
from console.ui.models.queue_bands import moves
from console.ui.models.queue_model import QueueModel
from console.ui.toast import announce
from console.ui.views.queue_reader import QueueReader, Wish
from console.ui.views.row_reader import RowReader
from console.ui.views.ticket_pane import TicketPane

if TYPE_CHECKING:
    from console.services.desk import Changed
    from console.services.queue import QueueRow


class QueueNews(QObject):
    """Shows on one queue page what became of its tickets."""

    def __init__(
        self,
        context: Context,
        model: QueueModel,
        rows: RowReader,
        reader: QueueReader,
        pane: TicketPane,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._model, self._rows, self._reader, self._pane = context, model, rows, reader, pane
        model.changed_hands.connect(self._on_changed_hands)

    def changed(self, changed: Changed) -> None:
        """Some tickets changed, here or elsewhere: what is known of them is painted, the rest is read again."""
        may_move = self._may_move(changed)
        self._rows.take(changed.rows)
        known = {row.id for row in changed.rows}
        self._rows.read(each for each in self._model.stale(changed.tickets) if each not in known)
        shared = self._context.desk is not None and self._context.desk.is_shared()
        if self._pane.ticket_id in changed.tickets:
            # Of what others did the list is painted first.
            QTimer.singleShot(0, self._pane, self._pane.read_again) if shared else self._pane.read_again()
        if may_move and shared and changed.rows:
            self._reader.read_by_and_by()
        elif may_move:
            self._reader.read()

    def pass_time(self, in_sight: Iterable[int], now: datetime) -> None:
        """Looks whether claims that seem to have run out were renewed."""
        if self._pane.ticket_id in self._rows.check_leases(in_sight, now):
            self._pane.read_again()

    def _may_move(self, changed: Changed) -> bool:
        """Whether which tickets are shown, or their order, may be another one now."""
        if self._reader.wish != Wish():
            return True
        after = {row.id: row for row in changed.rows}
        return any(moves(self._model.held(each), after.get(each)) for each in changed.tickets)

    def _on_changed_hands(self, row: QueueRow) -> None:
        if row.owner not in (None, self._model.judge.login) and row.id == self._pane.ticket_id:
            announce(self._pane, f"{row.owner_name} claimed {row.id}")
