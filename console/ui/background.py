"""Work off the UI thread whose result or error always comes back on it."""

import time
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

from PySide6.QtCore import (
    QCoreApplication,
    QEventLoop,
    QObject,
    QRunnable,
    Qt,
    QThreadPool,
    QTimer,
    Signal,
    SignalInstance,
)
from shiboken6 import isValid

Result = TypeVar("Result")
Done = Callable[[Any], object]
Failed = Callable[[Any], object]

_STEP_MS = 20


class Task(QObject):
    """One piece of work, known on the UI thread only; ``drop`` makes sure nothing is delivered any more."""

    finished = Signal()

    def __init__(self, done: Done, failed: Failed, owner: QObject | None) -> None:
        super().__init__()
        self._done, self._failed, self._owner = done, failed, owner
        self._owned = owner is not None
        self._dropped = False

    def drop(self) -> None:
        """Nobody wants the result any more; the work itself is not interrupted."""
        self._dropped = True

    def deliver(self, result: object, error: Exception | None) -> None:
        """Hands over the result or the error; called on the UI thread."""
        gone = self._owned and not isValid(self._owner)
        try:
            if self._dropped or gone:
                return
            if error is None:
                self._done(result)
            else:
                self._failed(error)
        finally:
            self.finished.emit()


class UnderWay:
    """Work that is under way, each piece by its name, so that none is begun a second time."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[int, Task]] = {}
        self._numbers = count()

    def __contains__(self, name: str) -> bool:
        """Whether work of that name has not been delivered."""
        return name in self._tasks

    def add(self, name: str, task: Task | None) -> None:
        """``task`` is under way until it has finished; ``None`` was never begun."""
        if task is not None:
            number = next(self._numbers)
            self._tasks[name] = number, task
            task.finished.connect(lambda: self._on_finished(name, number))

    def drop(self) -> None:
        """Nobody wants any of it any more, and each may be begun anew."""
        for _number, task in self._tasks.values():
            task.drop()
        self._tasks.clear()

    def _on_finished(self, name: str, number: int) -> None:
        """A task that were named here would hold itself for ever: its number is enough."""
        if name in self._tasks and self._tasks[name][0] == number:
            del self._tasks[name]


class _Job(QRunnable):
    """Runs on a thread. It holds the number of its task, never the task: a QObject must not die on a worker."""

    def __init__(self, work: Callable[[], object], number: int, over: SignalInstance) -> None:
        super().__init__()
        self._work, self._number, self._over = work, number, over

    def run(self) -> None:
        result: object = None
        error: Exception | None = None
        try:
            result = self._work()
        except Exception as caught:
            error = caught
        self._over.emit(self._number, result, error)


class Background(QObject):
    """A pool of threads. Make it on the UI thread and close it before the store is closed.

    ``faulted`` carries an error that nobody asked to be told about: a bug, for the report dialog.
    """

    faulted = Signal(object)
    _over = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None, threads: int = 2) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(threads)
        self._tasks: dict[int, Task] = {}
        self._numbers = count()
        self._over.connect(self._on_over, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], object],
        failed: Failed | None = None,
        *,
        owner: QObject | None = None,
    ) -> Task:
        """``work()`` on a thread, then ``done(result)`` or ``failed(error)`` on the UI thread, exactly one of them.

        Nothing is delivered when ``owner`` was deleted meanwhile, or after ``task.drop()``.
        """
        task = Task(done, failed or self.faulted.emit, owner)
        number = next(self._numbers)
        self._tasks[number] = task
        self._pool.start(_Job(work, number, self._over))
        return task

    def busy(self) -> bool:
        """Whether any work has not been delivered."""
        return bool(self._tasks)

    def close(self, patience_ms: int = 3_000) -> bool:
        """Waits for running work and delivers nothing more; False when some was still running.

        The UI thread goes on painting meanwhile and hears no input.
        """
        for task in self._tasks.values():
            task.drop()
        self._pool.clear()
        until = time.monotonic() + patience_ms / 1000
        while not self._pool.waitForDone(_STEP_MS):
            if time.monotonic() > until:
                return False
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        return True

    def _on_over(self, number: int, result: object, error: Exception | None) -> None:
        task = self._tasks.pop(number, None)
        if task is not None:
            task.deliver(result, error)


class Latest(QObject):
    """For previews while a person types: one piece of work at a time, and only the newest answer is delivered.

    ``begin`` begins one, as ``Background.run`` does, or ``Context.read``.
    """

    def __init__(
        self,
        begin: Callable[..., Task | None],
        done: Done,
        failed: Failed,
        *,
        delay_ms: int = 60,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._begin, self._done, self._failed = begin, done, failed
        self._waiting: Callable[..., object] | None = None
        self._running: Task | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay_ms)
        self._timer.timeout.connect(self._start)

    def ask(self, work: Callable[..., object]) -> None:
        """Ask for this now; whatever was asked before is not delivered any more."""
        self._waiting = work
        if self._running is not None:
            self._running.drop()
        self._timer.start()

    def forget(self) -> None:
        """Deliver nothing of what was asked."""
        self._waiting = None
        self._timer.stop()
        if self._running is not None:
            self._running.drop()

    def _start(self) -> None:
        if self._running is not None or self._waiting is None:
            return
        work, self._waiting = self._waiting, None
        self._running = self._begin(work, self._done, self._failed, owner=self)
        if self._running is not None:
            self._running.finished.connect(self._on_finished)

    def _on_finished(self) -> None:
        self._running = None
        if self._waiting is not None and not self._timer.isActive():
            self._start()
