"""The queue with 10,000 open tickets (and 20,000 closed): reading, scrolling, idling, memory; offscreen.

Reading is compared with the bare query on the same file, a page of scrolling with a QTableView over a C++
QStandardItemModel of the same window size in the same process. Figures are CPU time of the process; nothing fails.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from time import monotonic, process_time
from typing import TYPE_CHECKING

from benchmarks.big import make

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTableView

OPEN, CLOSED = 10_000, 20_000
PAGES, READS, IDLE_SECONDS = 60, 7, 30
KEYS = "SELECT id, next_due_at, queue_group FROM ticket WHERE is_open = 1 ORDER BY queue_group, next_due_at"
FOUND = "SELECT id FROM ticket WHERE is_open = 1 AND subject LIKE '%Account 007%'"


def run() -> None:
    """Prints each figure beside its peer."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="console-queue-") as folder:
        file = Path(folder) / "console.sqlite3"
        make(file, OPEN, CLOSED)
        print(f"Queue of {OPEN:,} open tickets beside {CLOSED:,} closed ones")
        _read(file)
        _scroll(folder)


def _read(file: Path) -> None:
    from console.bootstrap import open_desk
    from console.services import filtering, queue

    desk = open_desk(f"sqlite:///{file}")
    found, _ = filtering.parse('"Account 007"', desk.now(), "America/New_York")
    whole = queue.view_query(desk, "queue")
    some = [key.id for key in queue.keys(desk, whole)[:40]]
    with closing(sqlite3.connect(file)) as bare:
        _compare("all keys in order", lambda: queue.keys(desk, whole), lambda: bare.execute(KEYS).fetchall())
        _compare("keys of a search", lambda: queue.keys(desk, found), lambda: bare.execute(FOUND).fetchall())
    print(f"  {'40 rows by id':<22} {_milliseconds(lambda: queue.rows(desk, some)):7.1f} ms")
    desk.store.close()


def _compare(name: str, ours: Callable[[], object], peer: Callable[[], object]) -> None:
    mine, floor = _milliseconds(ours), _milliseconds(peer)
    print(f"  {name:<22} {mine:7.1f} ms   {mine / floor:5.2f} × the bare query ({floor:.1f} ms)")


def _milliseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(READS):
        begun = process_time()
        work()
        taken.append((process_time() - begun) * 1000)
    return median(taken)


def _scroll(folder: str) -> None:
    from PySide6.QtGui import QStandardItemModel
    from PySide6.QtWidgets import QTableView

    from console.ui.actions import Commands
    from console.ui.app import Options, make_application
    from console.ui.desk import Wiring
    from console.ui.main_window import MainWindow

    app = make_application()  # kept to the end: Qt needs it
    window = MainWindow(Commands())
    wiring = Wiring(window, Options(data_dir=folder))
    window.resize(1440, 900)
    window.show()
    wiring.start()
    _turn(lambda: wiring.queue.model.rowCount() < OPEN // 2 or wiring.background.busy())
    peer, items = QTableView(), QStandardItemModel(OPEN, 5)
    for row in range(OPEN):
        for column in range(5):
            items.setData(items.index(row, column), f"Row {row} of column {column}")
    peer.setModel(items)
    peer.resize(wiring.queue.table.size())
    peer.show()
    mine = _pages(wiring.queue.table, wiring.background.busy)
    floor = _pages(peer, lambda: False)
    print(f"  {'scroll by a page':<22} {mine:7.1f} ms   {mine / floor:5.2f} × a C++ table ({floor:.1f} ms)")
    peer.close()
    _turn(wiring.background.busy)
    begun, started = process_time(), monotonic()
    _turn(lambda: monotonic() - started < IDLE_SECONDS)
    print(f"  {'idle CPU':<22} {100 * (process_time() - begun) / IDLE_SECONDS:7.1f} %")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  {'resident at most':<22} {used:7d} MiB (the peer's {OPEN:,} rows included)")
    window.close()
    del app


def _turn(wait: Callable[[], bool]) -> None:
    """Lets events happen as long as ``wait`` says so; sleeps between them as a program at rest does."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    timer = QTimer()
    timer.setInterval(50)
    timer.timeout.connect(lambda: None if wait() else loop.quit())
    timer.start()
    loop.exec()


def _pages(table: QTableView, busy: Callable[[], bool]) -> float:
    """The median CPU time of a page further down, what is read for it included, in milliseconds."""
    from PySide6.QtWidgets import QApplication

    bar, taken = table.verticalScrollBar(), []
    for page in range(PAGES):
        begun = process_time()
        bar.setValue(min(bar.maximum(), (page + 1) * bar.pageStep()))
        QApplication.processEvents()
        while busy():
            QApplication.processEvents()
        table.viewport().repaint()
        taken.append((process_time() - begun) * 1000)
    return median(taken)
