"""What every view is given: the desk, the clock, the theme, and the ways out of it (another ticket, a dialog, a toast).

A view reads and acts through ``context.read`` and ``context.act`` only: both run in the background and answer on the
UI thread. An act that changed something is told once, by ``context.signals.changed``; views re-read what it names.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from console.policy.errors import NotAllowed, Problem, Unavailable
from console.ui.drafts import Drafts, Key
from console.ui.format import Times
from console.ui.theme import Theme, theme

if TYPE_CHECKING:
    from console.services.desk import Changed, Desk
    from console.ui.answers import Answers
    from console.ui.background import Background, Task
    from console.ui.heartbeat import Heartbeat
    from console.ui.toast import ToastHost
    from console.ui.widgets.messages import Action

T = TypeVar("T")


class Signals(QObject):
    """What became true, for all views of one window. Payloads travel as objects."""

    changed = Signal(object)  # Changed: an act here or, by the feed, on another desk
    failed = Signal(object)  # Problem: nobody nearer to the cause showed it
    desk_opened = Signal(object)  # Desk: another database; nothing of the one before means anything there
    read_again = Signal()  # the same database: everything shown is read anew, nothing chosen is forgotten
    times_changed = Signal(object)  # Times: other zone first, 12 or 24 hours
    acted = Signal(object)  # Changed: an act of this person, here, just now; offers Undo
    under_way = Signal()  # an act that is done once was sent, or it is known what became of it
    barred = Signal(object)  # str: why nothing can be saved now, empty when it can
    not_allowed = Signal()  # the database refused an act for want of a role
    present = Signal(object)  # tuple[Presence, ...]: who else is at which ticket of a shared database


def _nowhere(*_arguments: object, **_named: object) -> None:
    """Stands in until the window is wired."""


def _nothing_against() -> None:
    """The database answers, or is not known not to."""


def _no_way(_problem: Problem, _over: QWidget | None = None) -> tuple[Action, ...]:
    return ()


@dataclass
class Context:
    """Shared by all views of one window. ``desk`` is None until the database is open.

    ``lost`` says why the database cannot be asked now, ``barred`` why nothing can be saved now; nothing is queued.
    ``ways_out(problem, over)`` is what can be done about a problem, as buttons; ``over`` is the dialog that shows it.
    """

    background: Background
    heartbeat: Heartbeat
    signals: Signals
    times: Times = field(default_factory=Times)
    theme: Theme = field(default_factory=theme)
    desk: Desk | None = None
    toasts: ToastHost | None = None
    window: QWidget | None = None
    open_ticket: Callable[[int], None] = _nowhere
    open_account: Callable[[int], None] = _nowhere
    open_dialog: Callable[..., None] = _nowhere
    show_tickets: Callable[[frozenset[int], str], None] = _nowhere
    lost: Callable[[], Problem | None] = _nothing_against
    barred: str = ""
    answers: Answers | None = None
    ways_out: Callable[..., tuple[Action, ...]] = _no_way
    drafts: Drafts = field(default_factory=Drafts)
    _under_way: set[Hashable] = field(default_factory=set)

    def enter(self, desk: Desk) -> None:
        """Works at ``desk`` from now on; what is under way at another database is not told any more."""
        self.desk = desk
        self._under_way.clear()

    @property
    def database(self) -> str:
        """What tells the database that is open from every other; empty before one is."""
        return self.desk.store.address.name if self.desk is not None else ""

    def draft_key(self, what: str, subject: object) -> Key:
        """What names a draft, ``what`` about ``subject``, at the database that is open."""
        return (self.database, what, subject)

    def read(
        self,
        work: Callable[[Desk], T],
        done: Callable[[T], object],
        failed: Callable[[Problem], object] | None = None,
        *,
        owner: QObject | None = None,
    ) -> Task | None:
        """Runs ``work(desk)`` in the background and hands its result to ``done`` on the UI thread.

        A ``Problem`` goes to ``failed``, or to ``signals.failed`` without one; a bug to ``background.faulted``.
        Nothing is delivered once ``owner`` is gone, or another database is open. Does nothing before a desk is open, or
        while the database is lost.
        """
        if (desk := self.desk) is None:
            return None
        if (problem := self.lost()) is not None:
            if failed is not None:
                failed(problem)
            return None
        return self._run(desk, lambda: work(desk), done, failed, owner)

    def act(
        self,
        work: Callable[[Desk, str], Changed],
        *,
        key: str | None = None,
        once: Hashable = None,
        quiet: bool = False,
        what: str = "",
        done: Callable[[Changed], object] | None = None,
        failed: Callable[[Problem], object] | None = None,
        owner: QObject | None = None,
    ) -> Task | None:
        """Runs one act, ``work(desk, key)``; then tells ``signals.changed`` and ``signals.acted``, then ``done``.

        ``key`` is the one made when the dialog opened, so that a double click happens once; what has no dialog is named
        by ``once``: while it is not known what became of an act of that name, nothing is done. ``what`` is the act in
        the words of its dialog. A ``quiet`` one is not told by ``acted``: whoever sends many says so once. Refused at
        once while the database is lost. When its answer is lost on the way, ``failed`` says so, and ``done`` or
        ``failed`` follow once the database was asked.
        """
        if (desk := self.desk) is None or self.is_under_way(once):
            return None
        if self.barred:
            (failed or self.signals.failed.emit)(Unavailable(self.barred))
            return None
        act = _Act(self, desk, key or desk.new_key(), what, once, quiet, done, failed, owner)
        sent: Callable[[], Changed] = partial(work, desk, act.key)
        if self.answers is not None:
            sent = self.answers.sending(act.key, what, sent)
        if once is not None:
            self._under_way.add(once)
            self.signals.under_way.emit()
        return self._run(desk, sent, act.told, act.unsaved, None, partial(self.settle, once))

    def is_under_way(self, once: Hashable) -> bool:
        """Whether an act of that name was sent and it is not known yet what became of it."""
        return once in self._under_way

    def settle(self, once: Hashable) -> None:
        """It is known what became of the act of that name."""
        if once in self._under_way:
            self._under_way.discard(once)
            self.signals.under_way.emit()

    def is_at(self, desk: Desk) -> bool:
        """Whether that database is open still: what was asked of another one means nothing here."""
        return self.database == desk.store.address.name

    def _run(
        self,
        desk: Desk,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[Problem], object] | None,
        owner: QObject | None,
        faulted: Callable[[], object] = _nowhere,
    ) -> Task:
        tell = failed or self.signals.failed.emit

        def arrived(result: T) -> None:
            if self.is_at(desk):
                done(result)

        def sort(error: Exception) -> None:
            here = self.is_at(desk)
            if not isinstance(error, Problem):
                if here:
                    faulted()
                self.background.faulted.emit(error)
            elif here:
                self._look_at(error)
                tell(error)

        return self.background.run(work, arrived, sort, owner=owner)

    def _look_at(self, problem: Problem) -> None:
        """Times in the words of ``problem`` become this window's; a refusal for want of a role is told on."""
        from console.services.lost import Busy

        if isinstance(problem, Busy):
            problem.message = problem.worded(self.times.clock)
        if isinstance(problem, NotAllowed):
            self.signals.not_allowed.emit()


@dataclass(eq=False)
class _Act:
    """An act that was sent from ``desk``, and who wants to know what became of it."""

    context: Context
    desk: Desk
    key: str
    what: str
    once: Hashable
    quiet: bool
    done: Callable[[Changed], object] | None
    failed: Callable[[Problem], object] | None
    owner: QObject | None

    def told(self, changed: Changed) -> None:
        """It was saved."""
        if not self.context.is_at(self.desk):
            return
        self.context.settle(self.once)
        signals = self.context.signals
        signals.changed.emit(changed)
        if not self.quiet:
            signals.acted.emit(changed)
        if self.done is not None and self._is_wanted():
            self.done(changed)

    def unsaved(self, problem: Problem) -> None:
        """It was not saved; or that is not known yet, and told once it is."""
        if not self.context.is_at(self.desk):
            return
        if self.context.answers is not None and isinstance(problem, _unknown()):
            problem.message = f"{problem.message} It is asked as soon as it answers."
            self.context.answers.wait(self.key, self.what, self.told, self.unsaved)
        else:
            self.context.settle(self.once)
        if self.failed is not None and self._is_wanted():
            self.failed(problem)
        else:
            self.context.signals.failed.emit(problem)

    def _is_wanted(self) -> bool:
        return self.owner is None or isValid(self.owner)


def _unknown() -> type[Problem]:
    from console.services.lost import Unknown

    return Unknown
