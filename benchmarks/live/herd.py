"""Further desks, several to a process: whole consoles whose windows nobody looks at, each with another ticket open."""

import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_LOGGING_RULES"] = "qt.qpa.*=false"

from PySide6.QtCore import QSocketNotifier, QTimer

from console.ui.actions import Commands
from console.ui.app import Options, make_application
from console.ui.desk import Wiring
from console.ui.line import State
from console.ui.main_window import MainWindow


def main(url: str, desks: str, folder: str) -> None:
    """Says ready when all of them listen; until the end of the input."""
    app = make_application()
    windows = [MainWindow(Commands()) for _ in range(int(desks))]
    wirings = [
        Wiring(window, Options(data_dir=f"{folder}/{place}", database=url))
        for place, window in enumerate(windows)
    ]
    opened = set()

    def look() -> None:
        for place, wiring in enumerate(wirings):
            order = wiring.queue.model.order()
            if place not in opened and order and wiring.shared.line.state() is State.UP:
                opened.add(place)
                wiring.queue.open_ticket(order[1 + place % (len(order) - 1)].id)
        if len(opened) == len(wirings):
            timer.stop()
            print("ready", flush=True)

    timer = QTimer()
    timer.setInterval(100)
    timer.timeout.connect(look)
    timer.start()
    for place, wiring in enumerate(wirings):
        QTimer.singleShot(150 * place, wiring.start)
    end = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    end.activated.connect(app.quit)
    app.exec()
    for window in windows:
        window.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
