"""The line to a shared database: hears other desks, beats, notices when the server is gone, and finds it again.

Everything on the UI thread is free of waiting: the socket is watched, never read ahead; connecting is done in the
background. A local database has no line.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from console.policy.errors import Problem, Unavailable
from console.ui.context import Context

if TYPE_CHECKING:
    from console.services.desk import Desk
    from console.services.feed import AtWork, Beat, Listening, Silence
    from console.ui.background import Task

_log = logging.getLogger(__name__)

BEAT_MS = 3_000
#: A beat without an answer for so long means that nobody is there. Another connection that has heard nothing for so
#: long is asked about on the line, after each beat.
DEADLINE_S = 8.0
#: A line that was asked so short a while ago is not asked because another connection got no answer.
AGAIN_S = 1.0
#: Two announcements within this time are looked into once.
GATHER_MS = 200
#: Seconds before the tries to find the server again; the last one repeats. One that answers with a refusal, such as a
#: full one, is left alone for longer.
TRIES_S = (0.1, 0.5, 1.0, 2.0)
REFUSED_S = 10.0


class State(Enum):
    """Whether there is a line: none is needed, it is up, or it is lost."""

    NONE = "none"
    UP = "up"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Loss:
    """The line is lost: why, the last instant for which the database vouched, and when it is tried again.

    ``next_try`` is by the computer's steady clock; ``None`` while a try is under way, or when only a person can help
    (``needs_person``).
    """

    problem: Problem
    as_of: datetime
    next_try: float | None
    needs_person: bool = False


class Line(QObject):
    """``up`` when the line stands (again), ``lost(Loss)`` when it is lost and again with each try;
    ``told(News)`` what the journal says since it was read; ``beaten(Beat)`` with each beat's answer, and before it
    ``timed(datetime, timedelta)`` with the database's clock and how long the answer took."""

    up = Signal()
    lost = Signal(object)
    told = Signal(object)
    beaten = Signal(object)
    timed = Signal(object, object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._desk: Desk | None = None
        self._listening: Listening | None = None
        self._watch: QSocketNotifier | None = None
        self._task: Task | None = None
        self._state = State.NONE
        self._problem: Problem = Unavailable("The shared database was not reached yet.")
        self._as_of: datetime | None = None
        self._asked_at = self._heard_at = self._moved_at = 0.0
        self._journal = self._asked_after = 0
        self._ask_again = self._ask_silence = False
        self._asked_about: list[Silence] = []
        self._tries = 0
        self._looks_at: int | None = None
        self._writes = False
        self._input_at = time.monotonic()
        self._beat = self._timer(BEAT_MS, self._on_beat)
        self._guard = self._timer(500, self._on_guard)
        self._retry = self._timer(0, self._open, once=True)
        self._gather = self._timer(GATHER_MS, self._ask_news, once=True)
        self._presence = self._timer(GATHER_MS, self._on_beat, once=True)

    def _timer(self, interval: int, slot: object, *, once: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(once)
        timer.setInterval(interval)
        timer.timeout.connect(slot)
        return timer

    # from outside

    def begin(self, desk: Desk, as_of: datetime, journal: int) -> None:
        """The line of a desk at a shared database that was read at ``as_of``, its journal up to ``journal``."""
        self.rest()
        self._desk, self._as_of, self._journal = desk, as_of, journal
        self._tries = 0
        self._guard.start()
        self._open()

    def rest(self) -> None:
        """No line any more, and nothing that was so at its database."""
        self._drop()
        for timer in (self._beat, self._guard, self._retry, self._gather, self._presence):
            timer.stop()
        self._desk, self._task, self._state = None, None, State.NONE
        self._journal = self._asked_after = 0
        self._looks_at, self._writes = None, False

    def state(self) -> State:
        """Whether there is a line."""
        return self._state

    def problem(self) -> Problem | None:
        """Why nothing can be read or saved now; ``None`` when all is well or there is no line."""
        return self._problem if self._state is State.LOST else None

    def silence(self) -> timedelta:
        """For how long nothing was heard on the line."""
        return timedelta(seconds=time.monotonic() - self._heard_at)

    def try_now(self) -> None:
        """Looks for the server at once."""
        if self._state is State.LOST and self._task is None:
            self._retry.stop()
            self._open()

    def fail(self, problem: Problem) -> None:
        """Something else got no answer, or was told what only a person can mend.

        One connection that breaks is no lost server: it is asked on this one, which decides; at once, unless it was
        asked just before. What is refused for good ends the line too, however well it stands: the server let it in
        before, and each further try of the others would be one more towards a lock-out.
        """
        if self._state is State.UP and _needs_person(problem):
            self._lose(problem)
        elif time.monotonic() - self._asked_at > AGAIN_S:
            self._on_beat()

    def wake(self) -> None:
        """This computer slept: an answer that was still to come is not waited for, else the server is asked at once."""
        if self._listening is not None and self._listening.waits():
            self._give_up()
        else:
            self._on_beat()

    def look_at(self, ticket_id: int | None, *, writing: bool) -> None:
        """What this desk looks at, for the others; told with the next beat, which comes soon."""
        if (ticket_id, writing) != (self._looks_at, self._writes):
            self._looks_at, self._writes = ticket_id, writing
            if not self._presence.isActive():
                self._presence.start()

    def note_input(self) -> None:
        """The person did something just now."""
        self._input_at = time.monotonic()

    def known(self, journal: int) -> None:
        """The journal was read up to this number."""
        self._journal = max(self._journal, journal)

    # connecting

    def _open(self) -> None:
        from console.ui import deeds

        desk = self._desk
        if desk is None or self._task is not None or self._listening is not None:
            return
        if self._state is State.LOST:
            self._say_lost(None)
        self._task = self._context.background.run(
            lambda: deeds.listen(desk),
            partial(self._on_open, desk),
            partial(self._on_refused, desk),
            owner=self,
        )

    def _on_open(self, desk: Desk, listening: Listening) -> None:
        if self._desk is not desk:  # at rest, or at another database meanwhile
            listening.close()
            return
        self._task = None
        self._listening = listening
        self._watch = QSocketNotifier(listening.fileno(), QSocketNotifier.Type.Read, self)
        self._watch.activated.connect(self._on_readable)
        self._heard_at = time.monotonic()
        self._on_beat()
        self._beat.start()

    def _on_refused(self, desk: Desk, error: Exception) -> None:
        if self._desk is not desk:
            return
        self._task = None
        if not isinstance(error, Problem):
            self._context.background.faulted.emit(error)
            error = Unavailable("The line to the shared database could not be made.")
        self._lose(error)

    # hearing

    def _on_beat(self) -> None:
        listening = self._listening
        if listening is None or listening.waits():
            return
        idle = timedelta(seconds=time.monotonic() - self._input_at)
        self._asked_at = time.monotonic()
        try:
            listening.beat(self._looks_at, writing=self._writes, idle=idle)
        except Problem as problem:
            self._lose(problem)

    def _on_readable(self) -> None:
        from console.ui import deeds

        listening = self._listening
        if listening is None:
            return
        try:
            heard = listening.read()
        except Problem as problem:
            self._lose(problem)
            return
        self._heard_at = time.monotonic()
        way = timedelta(seconds=self._heard_at - self._asked_at)
        if heard.journal_moved:
            self._on_moved()
        if heard.presence_moved and not self._presence.isActive():
            self._presence.start()
        if heard.news is not None:
            self.told.emit(deeds.news_of(self._asked_after, heard.news))
        if heard.at_work is not None:
            self._let_go(heard.at_work)
        if heard.beat is not None:
            self._on_answer(heard.beat, way)
        if self._ask_again and self._listening is not None and not self._listening.waits():
            self._ask_news()
        if self._ask_silence:
            self._ask_about_silence()

    def _on_answer(self, beat: Beat, way: timedelta) -> None:
        self._as_of = beat.at
        self._tries = 0
        if self._state is not State.UP:
            self._state = State.UP
            self.up.emit()
        self.timed.emit(beat.at, way)
        self.beaten.emit(beat)
        if beat.journal > self._journal:
            self._on_moved()
        self._ask_about_silence()

    def _on_moved(self) -> None:
        """At once when it was quiet, gathered when it was not."""
        if self._gather.isActive():
            return
        quiet_ms = (time.monotonic() - self._moved_at) * 1000
        if quiet_ms >= GATHER_MS:
            self._ask_news()
        else:
            self._gather.start(int(GATHER_MS - quiet_ms))

    def _ask_news(self) -> None:
        """Asks on this very line, which is quicker than any way through the pool."""
        listening = self._listening
        if listening is None:
            return
        self._ask_again = listening.waits()
        if self._ask_again:
            return
        self._moved_at = self._asked_at = time.monotonic()
        self._asked_after = self._journal
        try:
            listening.ask_news(self._asked_after)
        except Problem as problem:
            self._lose(problem)

    def _ask_about_silence(self) -> None:
        """A box on the way may have swallowed one connection alone: whether the server works on it, only it knows."""
        from console.ui import deeds

        desk, listening = self._desk, self._listening
        if desk is None or listening is None:
            return
        self._ask_silence = listening.waits()
        if self._ask_silence:
            return
        span = timedelta(seconds=DEADLINE_S)
        self._asked_about = deeds.silent(desk, span)
        if not self._asked_about:
            return
        self._asked_at = time.monotonic()
        try:
            listening.end_idle((silence.pid for silence in self._asked_about), span)
        except Problem as problem:
            self._lose(problem)

    def _let_go(self, at_work: AtWork) -> None:
        from console.ui import deeds

        ended = [silence for silence in self._asked_about if silence.pid not in at_work]
        if ended and self._desk is not None:
            _log.warning("%d connections are let go: the server works on none of them", len(ended))
            deeds.let_go(self._desk, ended)

    # losing

    def _on_guard(self) -> None:
        listening = self._listening
        late = time.monotonic() - self._asked_at > DEADLINE_S
        if listening is not None and listening.waits() and late:
            self._give_up()

    def _give_up(self) -> None:
        from console.services.lost import Lost

        self._lose(Lost("The shared database does not answer any more."))

    def _drop(self) -> None:
        if self._watch is not None:
            self._watch.setEnabled(False)
            self._watch.deleteLater()
            self._watch = None
        self._ask_again = self._ask_silence = False
        self._asked_about = []
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        self._beat.stop()

    def _lose(self, problem: Problem) -> None:
        from console.services.lost import Lost
        from console.ui import deeds

        desk = self._desk
        if desk is None:
            return
        _log.warning("the line to the shared database: %s", problem.title)
        self._drop()
        if self._state is State.UP:
            deeds.give_up(desk)
        self._state, self._problem = State.LOST, problem
        if _needs_person(problem):
            self._say_lost(None, needs_person=True)
            return
        wait = TRIES_S[min(self._tries, len(TRIES_S) - 1)] if isinstance(problem, Lost) else REFUSED_S
        self._tries += 1
        wait *= random.uniform(0.8, 1.2)  # noqa: S311  (fifty desks shall not come back in step)
        self._retry.start(int(wait * 1000))
        self._say_lost(time.monotonic() + wait)

    def _say_lost(self, next_try: float | None, *, needs_person: bool = False) -> None:
        assert self._as_of is not None
        self.lost.emit(Loss(self._problem, self._as_of, next_try, needs_person))


def _needs_person(problem: Problem) -> bool:
    """Whether trying again by itself would change nothing."""
    from console.services.lost import Barred, PasswordNeeded, TooNew, Untrusted

    return isinstance(problem, PasswordNeeded | Barred | TooNew | Untrusted)
