"""Start: the console's window beside an otherwise empty PySide6 window with a small table; then its first rows.

Each figure is the time from the start of the process to the window being painted, the median of interleaved rounds
in fresh processes, offscreen. The database has 10,000 open and 200,000 closed tickets; rows arrive after the window
stands. Nothing fails.
"""

import os
import subprocess
import sys
import tempfile
from compileall import compile_dir
from pathlib import Path
from statistics import median
from time import time

from benchmarks.big import make

ROOT = Path(__file__).resolve().parent.parent
OPEN, CLOSED = 10_000, 200_000
ROUNDS = 7
GOAL = 1.5

EMPTY = """
import time
from PySide6.QtCore import QAbstractTableModel, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QTableView
DISPLAY = Qt.ItemDataRole.DisplayRole
class Model(QAbstractTableModel):
    def rowCount(self, parent=None):
        return 30
    def columnCount(self, parent=None):
        return 5
    def data(self, index, role=0):
        return "words" if role == DISPLAY else None
app = QApplication([])
app.setStyle("Fusion")
window, model, table = QMainWindow(), Model(), QTableView()
table.setModel(model)
window.setCentralWidget(table)
window.resize(1440, 900)
window.show()
def painted():
    app.processEvents()
    print(time.time())
    app.quit()
QTimer.singleShot(0, painted)
app.exec()
"""

CONSOLE = """
import gc, sys, time
gc.disable()  # as the front door does
from console.ui import app
def painted(window):
    from PySide6.QtWidgets import QApplication
    QApplication.processEvents()
    print(time.time())
    QApplication.quit()
app.main(["--data-dir", sys.argv[1]], painted)
"""

ROWS = """
import gc, sys, time
gc.disable()  # as the front door does
from PySide6.QtWidgets import QApplication
from console.ui import app
from console.ui.app import Options
def wire(window):
    from console.ui.desk import Wiring
    wiring = Wiring(window, Options(data_dir=sys.argv[1]))
    def look(_rows):
        QApplication.processEvents()
        print(time.time())
        window.close()
    wiring.queue.model.dataChanged.connect(look)
    wiring.start()
app.main(["--data-dir", sys.argv[1]], wire)
"""


def run() -> None:
    """Prints the median of each and their ratios to the empty window."""
    compile_dir(str(ROOT / "console"), quiet=1)  # as installed: nobody compiles at each start
    with tempfile.TemporaryDirectory(prefix="console-start-") as folder:
        make(Path(folder) / "console.sqlite3", OPEN, CLOSED)
        children = {"empty window": EMPTY, "console, its window": CONSOLE, "console, first rows": ROWS}
        times: dict[str, list[float]] = {name: [] for name in children}
        for place in range(ROUNDS + 1):
            for name, script in children.items():
                took = _seconds(script, folder)
                if place:  # the first round only warms the file cache
                    times[name].append(took)
    floor = median(times["empty window"])
    print("Start to a painted window")
    for name, taken in times.items():
        ratio = median(taken) / floor
        print(f"  {name:<20} {median(taken) * 1000:6.0f} ms   {ratio:4.2f} × the empty window")
    print(f"  goal: the window at most {GOAL} ×, rows following")


def _seconds(script: str, folder: str) -> float:
    begun = time()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", script, folder], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[0]) - begun
