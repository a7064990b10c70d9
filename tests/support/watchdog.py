"""Fails a test whose GUI thread stood still: nothing in the window may wait for a server."""

import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer

LONGEST = 0.2
_STEP = 0.01


class Watchdog:
    """While it is entered, the GUI thread may not stand still for longer than ``LONGEST`` seconds.

    A computer that has no time for this process is not held against the window: time in which the watching thread
    itself could not run does not count, nor time in which any thread wanted to run and was not let: it may have held
    what the window's thread waited for.
    """

    def __init__(self) -> None:
        self._ticked = time.monotonic()
        self._gui = threading.get_ident()
        self._ended = threading.Event()
        self.stood: list[tuple[float, str]] = []
        self._timer = QTimer()
        self._timer.setInterval(int(_STEP * 1000))
        self._timer.timeout.connect(self._on_tick)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watchdog":
        self._timer.start()
        self._ticked = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._timer.stop()
        if kind is None:
            assert not self.stood, "\n".join(
                f"stood still for {span:.2f} s at\n{place}" for span, place in self.stood
            )

    def _on_tick(self) -> None:
        self._ticked = time.monotonic()

    def _watch(self) -> None:
        """Counts steps in which this thread ran on time and the other did not tick."""
        seen, steps = self._ticked, 0.0
        before, waited = time.monotonic(), _waited()
        while not self._ended.wait(_STEP):
            now = time.monotonic()
            span, before = min(now - before, 2 * _STEP), now
            if self._ticked != seen:
                seen, steps, waited = self._ticked, 0.0, {}
                continue
            last, waited = waited, _waited()
            unserved = max((waited[each] - last[each] for each in waited if each in last), default=span)
            steps += max(0.0, span - unserved)
            if steps > LONGEST:
                frame = sys._current_frames().get(self._gui)
                place = "".join(traceback.format_stack(frame)[-6:]) if frame else "?"
                self.stood.append((steps, place))
                seen, steps = self._ticked, float("-inf")


def _waited() -> dict[str, float]:
    """For how many seconds each thread of this process has been ready to run without being let, where Linux tells."""
    found = {}
    for schedule in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError, IndexError):
            found[schedule.parent.name] = int(schedule.read_text().split()[1]) / 1e9
    return found or {"": 0.0}
