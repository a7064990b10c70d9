"""The wiring of a window: opens the desk in the background, adds the pages, and keeps one path of refreshing.

Whatever changes, here or on another desk, arrives as ``Changed`` at ``signals.changed``; pages re-read what it names.
"""

from __future__ import annotations

import logging
import sys
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, QTimeZone

from console import paths
from console.policy.errors import Problem
from console.policy.terms import Role
from console.ui import areas, deeds
from console.ui import format as fmt
from console.ui.background import Background
from console.ui.beside import Beside
from console.ui.bindings import TicketCommands
from console.ui.context import Context, Signals
from console.ui.format import Times
from console.ui.heartbeat import Heartbeat
from console.ui.opening import Opening
from console.ui.opening_work import Opened, Wanted, opened_at
from console.ui.page import Page
from console.ui.place import Place
from console.ui.presence import PresenceTeller
from console.ui.program_commands import ProgramCommands
from console.ui.pulse import Pulse
from console.ui.remember import Remember
from console.ui.roles import Roles, roles_in_words
from console.ui.shared import SharedDatabase
from console.ui.views import dialog_book
from console.ui.views.notices import Notices
from console.ui.views.queue_page import QueuePage
from console.ui.views.queue_reader import TITLES
from console.ui.waking import Waking

if TYPE_CHECKING:
    from console.policy.document import Policy
    from console.services.desk import Changed, Desk
    from console.services.queue import Counts
    from console.services.sweep import Swept
    from console.ui.app import Options
    from console.ui.main_window import MainWindow

_log = logging.getLogger(__name__)

#: The further pages: rail item → module and class; made when they are first visited.
PAGES = {
    "determinations": ("console.ui.views.determinations", "DeterminationsPage"),
    "accounts": ("console.ui.views.token_account", "TokenAccountPage"),
    "breach": ("console.ui.views.breach_summary", "BreachSummaryPage"),
    "people": ("console.ui.views.people", "PeoplePage"),
}


class Wiring(QObject):
    """Everything behind one window. ``start`` opens the database, or asks where tickets shall live."""

    def __init__(self, window: MainWindow, options: Options, remember: Remember | None = None) -> None:
        super().__init__(window)
        self._window, self._options, self._remember = window, options, remember
        self.commands = window.commands
        self._folders = paths.folders(options.data_dir)
        self.heartbeat = Heartbeat(self)
        self.background = Background(self, threads=3)
        self.context = Context(self.background, self.heartbeat, Signals(self), times=viewer_times(remember))
        self.context.toasts, self.context.window = window.toast, window
        self.context.open_ticket = self.open_ticket
        self.context.open_account = self.open_account
        self.context.open_dialog = self.open_dialog
        self.context.show_tickets = self.show_tickets
        self.queue = QueuePage(self.context, window.commands, remember)
        self.pulse = Pulse(self.context, self)
        self.shared = SharedDatabase(self.context, window, self.pulse, self._folders.state / "sent")
        self.roles = Roles(self.context, self)
        self.waking = Waking(self)
        self._beside = Beside(self)
        self._came_from = ""
        self._pages: dict[str, Page] = {}
        self.opening = Opening(self.context, window, options, self._folders, remember)
        window.add_page("queue", self.queue, tuple(TITLES))
        for item in PAGES:
            window.add_page(item, Place(partial(self._made_page, item)), (item,))
        areas.show_areas(window, desk=None)
        self.notices = Notices(self.context, self)
        self._connect()
        self._presence = PresenceTeller(self.context, self.shared.line, self.queue, self)
        self.acts = TicketCommands(self.context, window.commands, self.queue, self._go_to_queue)
        window.add_provider(self.acts.palette_rows)
        self.program = ProgramCommands(self.context, window.commands, self.queue, self._folders.data)
        self._bind()

    # starting

    def start(self) -> None:
        """Opens the database that was asked for or chosen last, or asks where tickets shall live."""
        self.opening.start()

    def open_desk(self, address: str | None = None) -> None:
        """Opens a database in the background; the window fills when it is there."""
        self.opening.open(Wanted(address or ""))

    def open_sample(self) -> None:
        """The labelled sample database, beside the real one."""
        self.opening.open_sample()

    def show_desk(self, desk: Desk) -> None:
        """Shows a desk that is open already."""
        self._on_desk(opened_at(desk))

    def stand_still(self) -> None:
        """No sweep, no looking for changes, no ticking: what is shown stays as it is (for pictures)."""
        self.pulse.stand_still()
        self.heartbeat.freeze()

    def _on_desk(self, opened: Opened) -> None:
        desk, now = opened.desk, opened.now
        before = self.context.desk
        self.context.enter(desk)
        if before is not None:
            before.store.close()
            self._window.notice.show_message("")
        self.heartbeat.set_clock(now)
        self.context.times = self._times_of(desk.policies.in_force(now))
        self._window.show_sample_tag(shown=opened.is_sample)
        self._show_person(desk)
        self._show_clock()
        self._window.top.clock.show()
        self._window.rail.allow_take_next("")
        self._window.rail.forget_counts()
        self._begin_line(opened)
        self._window.show_item("queue")
        self.queue.desk_opened()
        self.context.signals.present.emit(())
        self.context.signals.desk_opened.emit(desk)
        self.heartbeat.start()
        self.waking.start()
        self.pulse.begin(desk, opened.journal)
        self._back_up()
        if self._options.smoke:
            QTimer.singleShot(0, self._window, self._window.close)

    def _begin_line(self, opened: Opened) -> None:
        desk = opened.desk
        self.shared.rest()
        if others := self._beside.enter(desk):
            self._window.notice.show_message(others, tone="soon")
        if desk.is_shared():
            self.shared.begin(opened, _signed_in(desk))
        else:
            self._window.status.show_database("On this computer", "live", says=_signed_in(desk))
            self.shared.only_read(desk.why_only_reading())

    def _back_up(self) -> None:
        """Today's backup of a local database, in the background; a failure is told and nothing else happens."""
        kept = self._options.backups_kept
        if kept is not None:
            self.context.read(partial(deeds.back_up_today, keep=kept), self._on_backed_up, owner=self)

    def _on_backed_up(self, trouble: str) -> None:
        if trouble:
            self._window.notice.show_message(trouble, tone="soon")

    # connecting

    def _connect(self) -> None:
        signals, window = self.context.signals, self._window
        signals.changed.connect(self._on_changed)
        signals.failed.connect(self._on_failed)
        signals.acted.connect(self._on_acted)
        window.top.bell.connect(self._on_bell)
        self.notices.unread.connect(window.top.show_unread)
        window.status.database.clicked.connect(self.opening.choose)
        self.heartbeat.tick.connect(self._on_tick)
        self.background.faulted.connect(self._on_fault)
        window.closing.connect(self.close)
        window.item_chosen.connect(self._on_item)
        self.queue.wants_search.connect(window.top.search.setText)
        self.queue.problems.connect(self._on_search_problems)
        self.queue.came_back.connect(self._on_came_back)
        window.top.search.returnPressed.connect(self.queue.focus_first)
        self.queue.model.cut.connect(self._on_cut)
        self.pulse.live.connect(self._on_live)
        self.pulse.live.connect(self.notices.look_into)
        self.pulse.lost.connect(self._on_lost)
        self.pulse.swept.connect(self._tell_misses)
        self.pulse.counted.connect(self._on_counts)
        self.roles.changed.connect(self._on_roles)
        self.waking.woke.connect(self._on_woke)
        self.opening.opened.connect(self._on_desk)
        self.opening.asked_again.connect(self.shared.line.try_now)
        self.shared.sign_in.connect(self.opening.sign_in)
        self.shared.line.up.connect(self.opening.keep_password)
        self.shared.back.connect(self._read_again)
        self.shared.answers.late.connect(self._on_late_answer)

    def _bind(self) -> None:
        handle = self._window.commands.handle
        handle("refresh", self._read_again)
        handle("zone", self.flip_zone)
        handle("sample", self.open_sample)
        handle("choose_database", self.opening.choose)
        handle("preferences", self._open_preferences)
        self._window.commands.use_letters(
            on=self._remember is None or self._remember.flag("letters", usual=True)
        )

    def rest(self) -> None:
        """No polling, no sweep, no countdown until the next desk; for pictures and tests."""
        self.heartbeat.stop()
        self.waking.stop()
        self.pulse.rest()
        self.shared.rest()

    def leave_desk(self) -> None:
        """Lets go of the desk without closing it: somebody else does.

        A call under way is waited for, but not for ever: then it is cut, and its key asked for at the next start.
        """
        self.rest()
        self._beside.leave()
        desk = self.context.desk
        if not self.background.close() and desk is not None:
            deeds.give_up(desk)
            self.background.close(patience_ms=500)
        self.shared.answers.leave()
        self.context.desk = None

    def close(self) -> None:
        """The window goes: no more timers, no more work, the database closed."""
        self._window.hide()
        desk = self.context.desk
        self.leave_desk()
        if desk is not None:
            desk.store.close()

    # what happens by itself

    def poll(self) -> None:
        """Looks for changes now."""
        self.pulse.poll()

    def sweep(self) -> None:
        """Settles promises that passed unmet now."""
        self.pulse.sweep()

    def _on_live(self, _news: object) -> None:
        desk = self.context.desk
        if desk is not None and not desk.is_shared():
            self._window.status.show_database("On this computer", "live", says=self._says())

    def _on_late_answer(self, words: str) -> None:
        self.notices.add(words, 0, say=True)
        self._window.notice.show_message(words, tone="soon")

    def _on_lost(self, problem: Problem) -> None:
        desk = self.context.desk
        if desk is not None and desk.is_shared():
            self.shared.fail(problem)
            return
        self._window.status.show_database("Database", problem.title, lost=True, says=problem.message)
        if desk is not None and desk.why_only_reading():
            self.shared.only_read(desk.why_only_reading())
            self.pulse.begin(desk)

    def _tell_misses(self, swept: Swept) -> None:
        parts = []
        if swept.guarantees:
            credited = f", {fmt.tokens(swept.credited)} credited" if swept.credited else ""
            parts.append(f"{fmt.count(swept.guarantees, 'guarantee', 'guarantees')} missed{credited}")
        if swept.goals:
            parts.append(f"{fmt.count(swept.goals, 'goal', 'goals')} passed")
        tickets = sorted(swept.changed.tickets)
        if parts:
            where = ", ".join(str(number) for number in tickets[:3])
            self.notices.add(f"{' and '.join(parts)}: {where}", tickets[0], say=True)

    def _on_changed(self, changed: Changed) -> None:
        self.queue.changed(changed)

    def _on_acted(self, changed: Changed) -> None:
        if changed.words:
            self.notices.add(changed.words, changed.ticket_id or 0)

    def _on_bell(self) -> None:
        self.notices.show_menu(self._window.top)

    def _on_failed(self, problem: Problem) -> None:
        if _is_lost(problem):
            self.shared.fail(problem)
            return
        ways = self.context.ways_out(problem)
        self._window.notice.show_message(problem.message, tone="missed", actions=ways)

    def _on_fault(self, error: Exception) -> None:
        sys.excepthook(type(error), error, error.__traceback__)

    def _read_again(self) -> None:
        if self.context.lost() is not None:  # the copy stays
            self.shared.look_again()
            return
        self.queue.read_again()
        self.pulse.read_counts()
        self.context.signals.read_again.emit()

    def _on_cut(self, _counts: object) -> None:
        self.pulse.want_counts()

    def _on_counts(self, counts: Counts) -> None:
        shown = {item: getattr(counts, item) for item in (*TITLES, "determinations")}
        desk = self.context.desk
        self._window.rail.set_counts(shown, badge=desk is not None and desk.may(Role.MANAGER))

    # time

    def _on_woke(self, slept: timedelta) -> None:
        self.heartbeat.carry_on(slept)
        desk = self.context.desk
        if desk is not None and desk.is_shared():
            self.shared.line.wake()  # its answer tells the time
        else:
            self.pulse.set_clock()

    def _on_tick(self, now: datetime) -> None:
        close = self.queue.pass_time(now) if self.queue.isVisible() else False
        self.heartbeat.hurry(every_second=close)
        self._show_clock()

    def _show_clock(self) -> None:
        desk, now = self.context.desk, self.heartbeat.now()
        if desk is None:
            return
        times, calendar = self.context.times, desk.policies.in_force(now).calendar
        shown = times.policy_clock(now).removesuffix(f" {times.policy_name}")
        is_open = calendar.next_opening(now) <= now
        self._window.top.clock.show_time(
            shown, times.policy_name, times.opening(calendar, now), open_now=is_open
        )

    def flip_zone(self) -> None:
        """The viewer's zone first, or the policy's (Z)."""
        self.set_times(self.context.times.flipped())

    def set_times(self, times: Times) -> None:
        """Other zones or hours of the clock, everywhere at once."""
        self.context.times = times
        if self._remember is not None:
            self._remember.keep("policy_first", times.policy_first)
            self._remember.keep("twelve_hours", times.twelve_hours)
        self.queue.judge_again()
        self._show_clock()
        self.context.signals.times_changed.emit(times)

    def _times_of(self, policy: Policy) -> Times:
        zone = ZoneInfo(policy.timezone)
        name = "Eastern" if policy.timezone in ("America/New_York", "US/Eastern") else zone.key.split("/")[-1]
        before = self.context.times
        return Times(before.viewer, zone, before.twelve_hours, before.policy_first, name.replace("_", " "))

    # going places

    def open_ticket(self, ticket_id: int) -> None:
        """Shows a ticket in the queue page's pane."""
        self._go_to_queue()
        self.queue.open_ticket(ticket_id)

    def open_account(self, account_id: int) -> None:
        """Shows an account."""
        self._window.show_item("accounts")
        page = self._pages.get("accounts")
        show = getattr(page, "open_account", None)
        if show is not None:
            show(account_id)

    def show_tickets(self, ids: frozenset[int], title: str) -> None:
        """The queue with exactly these tickets; Esc goes back to where one came from."""
        page = self._window.current_page()
        self._came_from = next(
            (item for item, each in self._pages.items() if each is page or _inside(page, each)), ""
        )
        self._window.show_item("queue")
        self.queue.show_tickets(ids, title)

    def open_dialog(self, name: str, **arguments: Any) -> None:
        """Opens a dialog by its name."""
        dialog_book.open_dialog(self.context, name, **arguments)

    def _go_to_queue(self) -> None:
        if self._window.current_page() is not self.queue:
            self._window.show_item("queue")

    def _open_preferences(self) -> None:
        from console.ui.views.preferences import PreferencesDialog

        PreferencesDialog(self._window, self, self._remember).open()

    # what preferences change

    def times(self) -> Times:
        """How instants are written now."""
        return self.context.times

    def density(self) -> str:
        """The queue's row heights."""
        return self.queue.table.density()

    def set_density(self, density: str) -> None:
        """Other row heights."""
        self.queue.set_density(density)

    def set_letters(self, *, on: bool) -> None:
        """Single letters as keys, or not."""
        self.commands.use_letters(on=on)

    def _on_came_back(self) -> None:
        self._window.show_item(self._came_from or "queue")

    def _on_item(self, item: str) -> None:
        self.opening.keep_to_pages(item)
        self.queue.told.emit()

    def _on_search_problems(self, spans: tuple[tuple[int, int], ...]) -> None:
        self._window.top.search.show_spans(spans)

    def _made_page(self, item: str) -> Page:
        module, name = PAGES[item]
        page: Page = getattr(import_module(module), name)(self.context, self._window.commands)
        self._pages[item] = page
        return page

    # who

    def _show_person(self, desk: Desk) -> None:
        self._window.rail.set_person(desk.actor.name, areas.role_in_words(desk), _signed_in(desk))
        areas.show_areas(self._window, desk)

    def _on_roles(self, words: str) -> None:
        desk = self.context.desk
        if desk is None:
            return
        self._show_person(desk)
        self.shared.use(desk)
        self.pulse.begin(desk)
        self.context.signals.barred.emit(self.context.barred)  # what may be done now is looked at again
        self._read_again()
        self._window.notice.show_message(words, tone="soon")

    def _says(self) -> str:
        return _signed_in(self.context.desk) if self.context.desk is not None else ""


def viewer_times(remember: Remember | None) -> Times:
    """This computer's zone first and twelve hours, or as remembered."""
    try:
        viewer = ZoneInfo(bytes(QTimeZone.systemTimeZoneId().data()).decode())
    except (ValueError, OSError, KeyError):
        viewer = ZoneInfo("UTC")
    if remember is None:
        return Times(viewer=viewer)
    return Times(
        viewer=viewer,
        twelve_hours=remember.flag("twelve_hours", usual=True),
        policy_first=remember.flag("policy_first", usual=False),
    )


def _signed_in(desk: Desk) -> str:
    by = "database login" if desk.is_shared() else "operating system"
    return f"Signed in as {desk.actor.login} ({by}): {roles_in_words(desk.actor)}"


def _is_lost(problem: Problem) -> bool:
    """Whether nothing can be read or saved until the server answers, or lets this login in again."""
    from console.services.lost import Barred, Lost, PasswordNeeded, Unknown

    return isinstance(problem, Lost | Barred | PasswordNeeded) and not isinstance(problem, Unknown)


def _inside(page: Page | None, inner: Page) -> bool:
    return page is not None and page.isAncestorOf(inner)
