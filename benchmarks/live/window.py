"""The window that shows: a whole console at Priya's desk, offscreen; says when a row's new owner has been painted."""

import os
import sys
import time

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_LOGGING_RULES"] = "qt.qpa.*=false"

from PySide6.QtCore import QSocketNotifier
from PySide6.QtGui import QPaintEvent

from console.ui.actions import Commands
from console.ui.app import Options, make_application
from console.ui.desk import Wiring
from console.ui.main_window import MainWindow
from console.ui.views.queue_table import QueueTable


class Watch:
    """Looks on while the table paints: which owner of the first ticket was painted last."""

    def __init__(self) -> None:
        self.table: QueueTable | None = None
        self.painted: str | None = ""
        paint = QueueTable.paintEvent

        def painting(table: QueueTable, event: QPaintEvent) -> None:
            paint(table, event)
            self._look(table, event)

        QueueTable.paintEvent = painting

    def _look(self, table: QueueTable, event: QPaintEvent) -> None:
        model = table.model()
        row = model.held(model.order()[0].id) if model.order() else None
        if row is None or row.owner == self.painted or not event.region().intersects(_place(table, row.id)):
            return
        first, self.painted = self.painted == "", row.owner
        print("ready" if first else "claim" if row.owner else "release", time.monotonic(), flush=True)


def _place(table: QueueTable, ticket_id: int):
    model = table.model()
    return table.visualRect(model.index(model.place(ticket_id), 4))


def main(url: str, folder: str) -> None:
    """Until the end of the input."""
    app = make_application()
    watch = Watch()
    window = MainWindow(Commands())
    window.resize(1440, 900)
    window.show()
    wiring = Wiring(window, Options(data_dir=f"{folder}/window", database=url))
    wiring.start()
    end = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    end.activated.connect(app.quit)
    app.exec()
    window.close()
    del watch


if __name__ == "__main__":
    main(*sys.argv[1:])
