"""The bare window: a QTableView alone, its row read again by hand when a QSocketNotifier says so."""

import os
import sys
import time

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_LOGGING_RULES"] = "qt.qpa.*=false"

import psycopg
from PySide6.QtCore import QAbstractTableModel, QSocketNotifier, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QTableView

from benchmarks.live.bare_tables import CHANNEL, TICKET, libpq

DISPLAY = Qt.ItemDataRole.DisplayRole
ROWS = "SELECT id, subject, priority, due_at::text, owner FROM bare.ticket ORDER BY id"
ROW = "SELECT id, subject, priority, due_at::text, owner FROM bare.ticket WHERE id = %s"
OWNER = 4


class Model(QAbstractTableModel):
    """The tickets as they were read."""

    def __init__(self, rows: list[tuple[object, ...]]) -> None:
        super().__init__()
        self.rows = rows

    def rowCount(self, _parent: object = None) -> int:
        return len(self.rows)

    def columnCount(self, _parent: object = None) -> int:
        return len(self.rows[0])

    def data(self, index: object, role: int = 0) -> object:
        return str(self.rows[index.row()][index.column()] or "") if role == DISPLAY else None


class Table(QTableView):
    """Says when another owner of the first row has been painted."""

    painted: object = ""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        owner = self.model().rows[0][OWNER]
        if owner != self.painted and event.region().intersects(self.visualRect(self.model().index(0, OWNER))):
            self.painted = owner
            print("claim" if owner else "release", time.monotonic(), flush=True)


def main(url: str, _folder: str) -> None:
    """Until the end of the input."""
    app = QApplication([])
    connection = psycopg.connect(libpq(url), autocommit=True)
    connection.execute(f"LISTEN {CHANNEL}")
    model, table = Model(connection.execute(ROWS).fetchall()), Table()
    table.setModel(model)
    table.resize(1016, 700)
    table.show()

    def read() -> None:
        connection.pgconn.consume_input()
        heard = False
        while connection.pgconn.notifies():
            heard = True
        if heard:
            model.rows[0] = connection.execute(ROW, (TICKET,)).fetchone()
            model.dataChanged.emit(model.index(0, 0), model.index(0, OWNER))

    watch = QSocketNotifier(connection.fileno(), QSocketNotifier.Type.Read)
    watch.activated.connect(read)
    end = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    end.activated.connect(app.quit)
    app.exec()


if __name__ == "__main__":
    main(*sys.argv[1:])
