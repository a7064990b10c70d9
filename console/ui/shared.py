"""What a desk at a shared database has beyond a local one: the line, the bar when it is lost, answers asked for later.

It keeps ``context.barred`` and ``context.lost`` true, so that nothing is sent that could not be saved.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from console.policy.errors import Problem
from console.policy.terms import Role
from console.ui import deeds
from console.ui import format as fmt
from console.ui.answers import Answers
from console.ui.background import UnderWay
from console.ui.context import Context
from console.ui.line import Line, Loss, State
from console.ui.offline_bar import OfflineBar, back_words, barred_words

if TYPE_CHECKING:
    from console.services.desk import Desk
    from console.services.feed import Beat, Least, News
    from console.ui.main_window import MainWindow
    from console.ui.opening_work import Opened
    from console.ui.pulse import Pulse

#: From here on the clock of this computer is told to be wrong.
SKEW = timedelta(seconds=30)
#: From here on the server's queue of announcements is told to be filling up.
QUEUE_ALARM = 0.1


class SharedDatabase(QObject):
    """``back`` when the line stands again and what was missed is read; ``sign_in`` when the server wants a password."""

    back = Signal()
    sign_in = Signal()

    def __init__(self, context: Context, window: MainWindow, pulse: Pulse, folder: Path) -> None:
        super().__init__(window)
        self._context, self._window, self._pulse = context, window, pulse
        self._desk: Desk | None = None
        self._says = ""
        self._told: set[str] = set()
        self._under_way = UnderWay()
        self._catching_up = self._set_back = False
        self._missed: frozenset[int] = frozenset()
        self._misses = 0
        self.line = Line(context, self)
        self.answers = Answers(context, folder, self)
        self.bar = OfflineBar(window.line_bar, self)
        self._age = QTimer(self)
        self._age.setInterval(1_000)
        self._age.timeout.connect(self._show_age)
        self.line.up.connect(self._on_up)
        self.line.lost.connect(self._on_lost)
        self.line.told.connect(pulse.take)
        self.line.timed.connect(self._on_timed)
        self.line.beaten.connect(self._on_beaten)
        pulse.live.connect(self._on_read)
        self.bar.try_now.connect(self.line.try_now)
        self.bar.sign_in.connect(self.sign_in)
        self.bar.show_changed.connect(self._show_changed)
        context.lost = self.line.problem
        context.signals.no_answer.connect(self.fail)

    def begin(self, opened: Opened, says: str) -> None:
        """A desk at a shared database is open; ``says`` tells who is signed in."""
        desk = opened.desk
        self._desk, self._says = desk, says
        self._context.answers = self.answers
        self.line.begin(desk, opened.now, opened.journal)
        self.answers.begin(desk)
        self._bar_acts(desk.why_only_reading())
        self._show_state()
        self._age.start()

    def use(self, desk: Desk) -> None:
        """The same desk, its person with other roles."""
        self._desk = desk

    def rest(self) -> None:
        """No shared database any more."""
        self._age.stop()
        self._under_way.drop()
        self.line.rest()
        self.answers.rest()
        self.bar.clear()
        self._told.clear()
        self._catching_up = self._set_back = False
        self._desk = self._context.answers = None
        self._bar_acts("")

    def only_read(self, reason: str) -> None:
        """A local database whose tickets were moved to a shared one is only read, and says so; empty: it is not."""
        self._bar_acts(reason)
        if reason:
            self._tell(reason, reason)

    # the line

    def _on_up(self) -> None:
        desk = self._desk
        if desk is None:
            return
        if self._catching_up:
            self._pulse.begin(desk)
            self._missed, self._misses = frozenset(), 0
        self._bar_acts(desk.why_only_reading())
        self._show_state()

    def _on_lost(self, loss: Loss) -> None:
        self._catching_up = True
        self._pulse.rest()
        self.bar.show_loss(loss, self._context.times)
        self._bar_acts(barred_words(loss, self._context.times))
        self._show_state(loss.as_of)

    def _on_read(self, news: News) -> None:
        if self._desk is None:
            return
        self.line.known(news.changed.journal)
        if not self._catching_up:
            return
        self._missed |= news.changed.tickets
        self._misses += news.misses
        if not news.more:
            self._catching_up = False
            self.bar.show_back(back_words(len(self._missed), self._misses), anything=bool(self._missed))
            self.back.emit()

    def _on_timed(self, now: datetime, way: timedelta) -> None:
        if self._desk is not None:
            self._tell_clock(self._context.heartbeat.set_clock(now, way))

    def _on_beaten(self, beat: Beat) -> None:
        desk = self._desk
        if desk is None:
            return
        self._context.signals.present.emit(beat.others)
        self.answers.ask()
        if self._catching_up:
            self._pulse.poll()
        if beat.queue_usage > QUEUE_ALARM and desk.may(Role.ADMINISTRATOR):
            self._tell(
                "queue",
                f"The server's queue of announcements is {beat.queue_usage:.0%} full: some connection listens and "
                "never reads. Changes are still seen within seconds; end that connection.",
            )
        if beat.queue_usage < QUEUE_ALARM / 2:
            self._told.discard("queue")
        if not desk.is_judged_by(beat.least):
            self._judge(beat.least)

    def _judge(self, least: Least) -> None:
        """What it means for this program that the database asks for ``least``: one question at a time."""
        if "judge" not in self._under_way:
            work = partial(deeds.why_only_reading, least=least)
            self._under_way.add("judge", self._context.read(work, self._on_outdated, self.fail, owner=self))

    def _on_outdated(self, reason: str) -> None:
        desk = self._desk
        if desk is None or self.line.problem() is not None:  # looked at again when the line is back
            return
        self._bar_acts(reason)
        self._pulse.begin(desk)
        if reason:
            self._tell(reason, reason)

    def look_again(self) -> None:
        """Looks for a lost server at once, unless only a person can help: no login is locked out by trying."""
        loss = self.bar.loss()
        if loss is not None and not loss.needs_person:
            self.line.try_now()

    def fail(self, problem: Problem) -> None:
        """Some reading found that the database does not answer, or lets this console read no more."""
        self.line.fail(problem)

    # what is said

    def _show_age(self) -> None:
        """How old the copy is that is read; while the line is up, how long ago the database was heard."""
        loss = self.bar.loss()
        if loss is not None:
            self._show_state(loss.as_of)
        elif self.line.state() is State.UP:
            seconds = max(1, round(self.line.silence() / timedelta(seconds=1)))
            self._window.status.database.show_age(f"checked {seconds} s ago")

    def _show_state(self, as_of: datetime | None = None) -> None:
        status, name = self._window.status, "Shared database"
        if as_of is None:
            status.show_database(name, "live", says=self._says)
        else:
            age = " ".join(fmt.time_late(self._context.heartbeat.now() - as_of).split()[:2])
            status.show_database("Reading a copy", f"{age} old", lost=True, says=self._says)

    def _bar_acts(self, reason: str) -> None:
        if reason == self._context.barred:
            return
        self._context.barred = reason
        self._window.commands.bar(reason)
        self._window.rail.allow_take_next(reason)
        self._context.signals.barred.emit(reason)

    def _tell_clock(self, jump: timedelta) -> None:
        skew = self._context.heartbeat.skew()
        self._set_back = abs(skew) > SKEW and (self._set_back or jump < -SKEW)
        if self._set_back:
            if jump < -SKEW:
                self._tell_set_back(-jump)
        elif abs(skew) > SKEW:
            way = "ahead of" if skew > timedelta() else "behind"
            self._tell(
                "clock",
                f"This computer's clock is {fmt.exact(abs(skew))} {way} the database's. Deadlines use the database's "
                "clock.",
            )

    def _tell_set_back(self, by: timedelta) -> None:
        self._window.notice.show_message(
            f"The server's clock was set back by {fmt.exact(by)}. Entries never go back in time: acts on an account "
            "are dated by its last one until the clock has caught up. Tell the server's administrator.",
            tone="soon",
        )

    def _tell(self, about: str, words: str) -> None:
        """Once for as long as this desk is open: each beat finds the same again."""
        if about not in self._told:
            self._told.add(about)
            self._window.notice.show_message(words, tone="soon")

    def _show_changed(self) -> None:
        self._context.show_tickets(self._missed, "Changed meanwhile")
