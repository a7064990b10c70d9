"""Fails a test whose GUI thread stood still: nothing in the window may wait for a server."""

import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer

LONGEST = 0.2
_STEP = 0.01


class Watchdog:
    """While it is entered, the GUI thread may not stand still for longer than ``LONGEST`` seconds.

    A computer that has no time for this process is not held against the window: time in which the watching thread
    itself could not run does not count, nor time in which the window's thread wanted to run and was not let.
    """

    def __init__(self) -> None:
        self._ticked = time.monotonic()
        self._gui = threading.get_ident()
        self._schedule = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
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
        before, waited = time.monotonic(), self._waited()
        while not self._ended.wait(_STEP):
            now = time.monotonic()
            on_time = min(now - before, 2 * _STEP) - (self._waited() - waited)
            before, waited = now, self._waited()
            if self._ticked != seen:
                seen, steps = self._ticked, 0.0
                continue
            steps += max(0.0, on_time)
            if steps > LONGEST:
                frame = sys._current_frames().get(self._gui)
                place = "".join(traceback.format_stack(frame)[-6:]) if frame else "?"
                self.stood.append((steps, place))
                seen, steps = self._ticked, float("-inf")

    def _waited(self) -> float:
        """For how many seconds the window's thread has been ready to run without being let, where Linux tells."""
        try:
            return int(self._schedule.read_text().split()[1]) / 1e9
        except (OSError, IndexError):
            return 0.0
