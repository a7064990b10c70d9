"""What every view is given: the desk, the clock, the theme, and the ways out of it (another ticket, a dialog, a toast).

A view reads and acts through ``context.read`` and ``context.act`` only: both run in the background and answer on the
UI thread. An act has a name, and while it is not known what became of it, none of that name is sent. One that changed
something is told once, by ``context.signals.changed``; views re-read what it names.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from console.policy.errors import Invalid, NotAllowed, Problem, Unavailable
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

DOUBLE_CLICK_S = 0.7


class Signals(QObject):
    """What became true, for all views of one window. Payloads travel as objects."""

    changed = Signal(object)  # Changed: an act here or, by the feed, on another desk
    failed = Signal(object)  # Problem: nobody nearer to the cause showed it
    desk_opened = Signal(object)  # Desk: another database; nothing of the one before means anything there
    read_again = Signal()  # the same database: everything shown is read anew, nothing chosen is forgotten
    times_changed = Signal(object)  # Times: other zone first, 12 or 24 hours
    acted = Signal(object)  # Changed: an act of this person, here, just now; offers Undo
    under_way = Signal()  # an act was sent, or it is known what became of it
    barred = Signal(object)  # str: why nothing can be saved now, empty when it can
    not_allowed = Signal()  # the database refused an act for want of a role
    no_answer = Signal(object)  # Problem: no answer of the database, or it lets this person in no more
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
    _under_way: dict[Hashable, _Act] = field(default_factory=dict)
    _keys: dict[Hashable, str] = field(default_factory=dict)

    def enter(self, desk: Desk) -> None:
        """Works at ``desk`` from now on. What was read at another database is not told any more; an act there whose
        answer did not come is asked for once that one is open again."""
        self.desk = desk
        self.signals.under_way.emit()

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
        tell = failed or self.signals.failed.emit

        def arrived(result: T) -> None:
            if self.is_at(desk):
                done(result)

        def sort(error: Exception) -> None:
            if not isinstance(error, Problem):
                self.background.faulted.emit(error)
            elif self.is_at(desk):
                self.look_at(error)
                tell(error)

        return self.background.run(partial(work, desk), arrived, sort, owner=owner)

    def act(
        self,
        work: Callable[[Desk, str], Changed],
        *,
        once: Hashable,
        quiet: bool = False,
        what: str = "",
        saved: Callable[[], object] | None = None,
        done: Callable[[Changed], object] | None = None,
        failed: Callable[[Problem], object] | None = None,
        owner: QObject | None = None,
    ) -> Task | None:
        """Runs one act, ``work(desk, key)``; then tells ``signals.changed`` and ``signals.acted``, then ``done``.

        ``once`` is its name: while it is not known what became of an act of that name at this database, nothing is
        sent, so that a double click happens once; ``failed`` says so unless the first press was but a moment ago.
        ``what`` is the act in the words of its dialog. A ``quiet`` one is not told by ``acted``: whoever sends many
        says so once. Refused at once while the database is lost.

        When its answer is lost on the way, ``failed`` says so, and ``done`` or ``failed`` follow once the database was
        asked; neither does while another database is open, or once ``owner`` is gone. ``saved`` is called in any case:
        there what was typed is forgotten.
        """
        if (desk := self.desk) is None:
            return None
        refuse = failed or self.signals.failed.emit
        if reason := self.waits(once):
            if not self._under_way[self._name(once)].is_fresh():
                refuse(Unavailable(f"{reason}. It is not sent a second time."))
            return None
        if self.barred:
            refuse(Unavailable(self.barred))
            return None
        name = self._name(once)
        key = self._keys.pop(name, "") or desk.new_key()
        act = _Act(self, desk, key, name, what, quiet, self.answers, saved, done, failed, owner)
        sent: Callable[[], Changed] = partial(work, desk, key)
        if self.answers is not None:
            sent = self.answers.sending(key, what, sent)
        self._under_way[name] = act
        self.signals.under_way.emit()
        return self.background.run(sent, act.told, act.ended)

    def is_under_way(self, once: Hashable) -> bool:
        """Whether an act of that name was sent and it is not known yet what became of it."""
        return self._name(once) in self._under_way

    def waits(self, once: Hashable) -> str:
        """Why no act of that name is sent now, in words for its button; empty when nothing is against it."""
        act = self._under_way.get(self._name(once))
        return f"{named(act.what)} was sent, and its answer is not there yet" if act is not None else ""

    def follow(
        self,
        once: Hashable,
        done: Callable[[Changed], object],
        failed: Callable[[Problem], object],
        owner: QObject,
    ) -> bool:
        """Whether an act of that name is under way: its answer is told here now, and no more to whoever sent it."""
        act = self._under_way.get(self._name(once))
        if act is not None:
            act.done, act.failed, act.owner = done, failed, owner
        return act is not None

    def settle(self, name: Hashable, key: str = "") -> None:
        """No answer is waited for any more. A ``key`` that may have been carried out is the next one of that name."""
        if self._under_way.pop(name, None) is not None:
            if key:
                self._keys[name] = key
            self.signals.under_way.emit()

    def is_at(self, desk: Desk) -> bool:
        """Whether that database is open still: what was asked of another one means nothing here."""
        return self.database == desk.store.address.name

    def look_at(self, problem: Problem) -> None:
        """Times in the words of ``problem`` become this window's; what it says of the line or of roles is told on."""
        from console.services.lost import Barred, Busy, Lost, PasswordNeeded, TooNew, Untrusted

        if isinstance(problem, Busy):
            problem.message = problem.worded(self.times.clock)
        if isinstance(problem, NotAllowed):
            self.signals.not_allowed.emit()
        if isinstance(problem, Lost | Barred | PasswordNeeded | TooNew | Untrusted):
            self.signals.no_answer.emit(problem)

    def _name(self, once: Hashable) -> Hashable:
        return (self.database, once)


@dataclass(eq=False)
class _Act:
    """An act that was sent from ``desk``, and who wants to know what became of it."""

    context: Context
    desk: Desk
    key: str
    name: Hashable
    what: str
    quiet: bool
    answers: Answers | None
    saved: Callable[[], object] | None
    done: Callable[[Changed], object] | None
    failed: Callable[[Problem], object] | None
    owner: QObject | None
    sent_at: float = field(default_factory=time.monotonic)

    def is_fresh(self) -> bool:
        """Whether it was sent a moment ago: a second press is the other half of a double click."""
        return time.monotonic() - self.sent_at < DOUBLE_CLICK_S

    def told(self, changed: Changed) -> None:
        """It was saved."""
        self.context.settle(self.name)
        if self.saved is not None:
            self.saved()
        if not self.context.is_at(self.desk):
            return
        signals = self.context.signals
        signals.changed.emit(changed)
        if not self.quiet:
            signals.acted.emit(changed)
        if self.done is not None and self._is_wanted():
            self.done(changed)

    def ended(self, error: Exception) -> None:
        """It was not saved, or that is not known; a fault of ours says nothing of it either."""
        if isinstance(error, Problem):
            self.unsaved(error)
        else:
            self.context.settle(self.name, self.key)
            self.context.background.faulted.emit(error)

    def unsaved(self, problem: Problem) -> None:
        """It was not saved; or that is not known yet, and told once it is."""
        unknown = isinstance(problem, _unknown())
        if not unknown:
            self._give_up()
        elif self.answers is not None:
            problem.message = f"{problem.message} It is asked as soon as it answers."
            self.answers.wait(self.key, self.what, self.told, self.unsaved)
        else:
            self.context.settle(self.name, self.key)
        if self.context.is_at(self.desk):
            self._tell(problem)
        elif not unknown:
            self._tell_elsewhere(problem)

    def _give_up(self) -> None:
        self.context.settle(self.name)
        if self.answers is not None:
            self.answers.forget(self.key)

    def _tell(self, problem: Problem) -> None:
        self.context.look_at(problem)
        if self.failed is not None and self._is_wanted():
            self.failed(problem)
        else:
            self.context.signals.failed.emit(problem)

    def _tell_elsewhere(self, problem: Problem) -> None:
        """Another database is open: no view here shows what it is about."""
        words = f"{named(self.what)} was not saved at the database that was open before. {problem.message}"
        self.context.signals.failed.emit(Invalid(words, title=problem.title))

    def _is_wanted(self) -> bool:
        return self.owner is None or isValid(self.owner)


def named(what: str) -> str:
    """An act in the words of its dialog, to begin a sentence with."""
    return f"“{what}”" if what else "What was sent last"


def _unknown() -> type[Problem]:
    from console.services.lost import Unknown

    return Unknown
