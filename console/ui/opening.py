"""Which database, and opening it: at the start, from the pages that ask, and again when a password is missing.

Everything that waits for a server or a keyring is done in the background; what was typed is never lost by a refusal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from console.policy.errors import Problem
from console.services.target import Target
from console.ui import deeds, opening_work
from console.ui.context import Context
from console.ui.opening_work import Opened, Wanted
from console.ui.recent import LOCAL, Recent

if TYPE_CHECKING:
    from console.paths import Folders
    from console.services.check import Check
    from console.services.desk import Desk
    from console.ui.app import Options
    from console.ui.main_window import MainWindow
    from console.ui.remember import Remember
    from console.ui.views.connect_page import ConnectPage
    from console.ui.views.first_run import FirstRunPage
    from console.ui.views.stopped_page import StoppedPage

PLACES = ("first_run", "connect", "stopped")


class Opening(QObject):
    """``opened(Opened)`` when a desk is there. ``asked_again`` when a password was given for the desk that is open."""

    opened = Signal(object)
    asked_again = Signal()
    _found = Signal(object, object)

    def __init__(
        self,
        context: Context,
        window: MainWindow,
        options: Options,
        folders: Folders,
        remember: Remember | None,
    ) -> None:
        super().__init__(window)
        self._context, self._window = context, window
        self._options, self._folders = options, folders
        self.recent = Recent(remember)
        self._wanted = Wanted()
        self._looks = 0
        self._keeps_for = ""
        self._choices: FirstRunPage | None = None
        self._connect: ConnectPage | None = None
        self._stopped: StoppedPage | None = None
        self._found.connect(self._on_found)

    # which one

    def start(self) -> None:
        """Opens what was asked for, or what was chosen last, or what is there; else asks where tickets shall live."""
        given, last = self._options.database or "", self.recent.last()
        if given:
            self.open(Wanted(given))
        elif last not in ("", LOCAL):
            self.open(Wanted(last))
        elif self._options.smoke or self._folders.database.exists():
            self.open(Wanted())
        else:
            self.choose()
            self._window.rail.allow_take_next("There is no database yet")
            self._window.status.show_database("No database yet", "")

    def choose(self) -> None:
        """The page with the choices: this computer, a server, the databases of lately, sample data."""
        page = self._choices or self._made_choices()
        page.show_problem("")
        self._show_recent()
        self._window.show_item("first_run")

    def _made_choices(self) -> FirstRunPage:
        from console.ui.views.first_run import FirstRunPage

        page = self._choices = FirstRunPage(self._folders.database)
        page.here.connect(partial(self.open, Wanted(chosen=True)))
        page.sample.connect(self.open_sample)
        page.shared.connect(partial(self.show_connect, Target()))
        page.chosen.connect(self._on_chosen)
        page.forgotten.connect(self._on_forgotten)
        page.back.connect(self._on_back)
        self._window.add_page("first_run", page)
        return page

    def open_sample(self) -> None:
        """The labelled sample database, beside the real one."""
        self.open(Wanted(f"sqlite:///{self._folders.data / 'sample.sqlite3'}", sample=True))

    def keep_to_pages(self, item: str) -> None:
        """While no desk is open there is nothing behind the other places of the rail."""
        pages = {"first_run": self._choices, "connect": self._connect, "stopped": self._stopped}
        if self._context.desk is None and item not in PLACES:
            front = next((name for name in reversed(PLACES) if pages[name] is not None), "")
            if front:
                self._window.show_item(front)

    def _show_recent(self) -> None:
        if self._choices is not None:
            shared = [(address, Target.read(address).words) for address in self.recent.all()]
            self._choices.show_recent(shared, back=self._context.desk is not None)

    def _on_chosen(self, address: str) -> None:
        self.open(Wanted(address, chosen=True))

    def _on_forgotten(self, address: str) -> None:
        self.recent.remove(address)
        self._show_recent()
        self._context.background.run(partial(opening_work.forget, address), _nothing, _nothing, owner=self)

    def _on_back(self) -> None:
        if self._context.desk is not None:
            self._window.show_item("queue")

    # a shared one

    def show_connect(self, target: Target) -> None:
        """The page for a server, with ``target`` in its fields."""
        page = self._connect or self._made_connect()
        page.show_target(target)
        self._window.show_item("connect")
        self._context.background.run(opening_work.keyring, page.form.keep.show_keyring, owner=page)

    def _made_connect(self) -> ConnectPage:
        from console.ui.views.connect_page import ConnectPage

        page = self._connect = ConnectPage()
        page.back.connect(self.choose)
        page.check.connect(partial(self._look, opens=False))
        page.open.connect(partial(self._look, opens=True))
        page.changed.connect(self._on_fields_changed)
        self._window.add_page("connect", page)
        return page

    def _on_fields_changed(self) -> None:
        """What is being looked at is another address: nothing is shown of it any more, and it is not opened."""
        self._looks += 1

    def _look(self, *, opens: bool) -> None:
        """The five checks; then, if all is well and it was asked for, the desk."""
        page = self._connect
        assert page is not None
        self._looks += 1
        form = page.form
        wanted = Wanted(
            form.target().address,
            form.password.text(),
            form.keep.wanted(),
            chosen=True,
            creates=page.creates,
        )
        look = self._looks
        page.begin_checks()
        self._context.background.run(
            partial(opening_work.checked, wanted, partial(self._found.emit, look)),
            partial(self._on_looked, look, wanted, opens),
            partial(self._on_not_looked, look),
            owner=page,
        )

    def _on_found(self, look: int, check: Check) -> None:
        if self._connect is not None and look == self._looks:
            self._connect.show_check(check)

    def _on_not_looked(self, look: int, error: Exception) -> None:
        if look == self._looks or not isinstance(error, Problem):
            self._on_not_opened(error)

    def _on_looked(self, look: int, wanted: Wanted, opens: bool, fits: bool) -> None:
        page = self._connect
        if page is None or look != self._looks:
            return
        page.end_checks()
        if opens and fits and (wanted.creates or not page.creates):
            page.begin_opening()
            self.open(wanted)

    # opening

    def open(self, wanted: Wanted) -> None:
        """Opens a database in the background; ``opened`` follows, or a page says why not.

        Neither does for one after which another is wanted before its answer is there.
        """
        self._wanted = wanted
        if self._context.desk is None:
            self._window.status.show_database("Opening the database", "…")
        data = self._folders.data if self._options.data_dir else None
        self._context.background.run(
            partial(opening_work.opened, wanted, data),
            partial(self._on_opened, wanted),
            partial(self._on_refused, wanted),
            owner=self,
        )

    def _on_opened(self, wanted: Wanted, opened: Opened) -> None:
        if wanted is not self._wanted:
            opened.desk.store.close()
            return
        self._wanted = replace(wanted, password="")
        if wanted.chosen:
            self.recent.chose(wanted.address if wanted.is_shared else LOCAL)
        if self._connect is not None:
            self._connect.opened()
        self.opened.emit(opened)
        if opened.trouble:
            self._window.notice.show_message(opened.trouble, tone="soon")

    def _on_refused(self, wanted: Wanted, error: Exception) -> None:
        if wanted is self._wanted or not isinstance(error, Problem):
            self._on_not_opened(error)

    def _on_not_opened(self, error: Exception) -> None:
        if self._connect is not None:
            self._connect.ready()
        if not isinstance(error, Problem):
            self._context.background.faulted.emit(error)
        elif self._options.smoke:
            print(f"support-console: {error}", file=sys.stderr)
            QApplication.exit(1)
        elif self._window.current_page() is self._connect and self._connect is not None:
            self._connect.show_problem(error)
        elif _asks_password(error) and self._wanted.is_shared:
            self._ask(error.message, self._on_password)
        elif self._context.desk is not None and self._choices is not None:
            self._choices.show_problem(error.message)
        else:
            self._show_stopped(error)

    def _show_stopped(self, problem: Problem) -> None:
        page = self._stopped or self._made_stopped()
        request = deeds.request_of(problem, self._target().login)
        page.show_problem(problem, request, shared=self._wanted.is_shared)
        self._window.status.show_database("No database", problem.title, lost=True)
        self._window.rail.allow_take_next("No database is open")
        self._window.show_item("stopped")

    def _made_stopped(self) -> StoppedPage:
        from console.ui.views.stopped_page import StoppedPage

        page = self._stopped = StoppedPage()
        page.again.connect(self._on_again)
        page.other.connect(self.choose)
        page.change.connect(self._on_change)
        self._window.add_page("stopped", page)
        return page

    def _target(self) -> Target:
        """The parts of the address that was to be opened; none when it is no address of a shared database."""
        try:
            return Target.read(self._wanted.address)
        except Problem:
            return Target()

    def _on_again(self) -> None:
        self.open(self._wanted)

    def _on_change(self) -> None:
        self.show_connect(self._target())

    # passwords

    def sign_in(self) -> None:
        """The server wants another password from the desk that is open."""
        desk, problem = self._context.desk, self._context.lost()
        if desk is not None:
            says = problem.message if problem is not None else "The server asks for a password."
            self._ask(says, partial(self._on_new_password, desk))

    def _ask(self, says: str, given: Callable[[str, bool], None]) -> None:
        from console.ui.views.dialogs.password import SignInDialog

        dialog = SignInDialog(says, self._window)
        dialog.given.connect(given)
        dialog.rejected.connect(partial(self._on_no_password, says))
        self._context.background.run(opening_work.keyring, dialog.show_keyring, owner=dialog)
        dialog.open()

    def _on_password(self, password: str, keep: bool) -> None:
        self.open(replace(self._wanted, password=password, keep=keep))

    def _on_no_password(self, says: str) -> None:
        from console.services.lost import PasswordNeeded

        if self._context.desk is None:
            self._show_stopped(PasswordNeeded(says))

    def _on_new_password(self, desk: Desk, password: str, keep: bool) -> None:
        desk.store.sign_in(password)
        self._keeps_for = desk.store.address.name if keep else ""
        self.asked_again.emit()

    def keep_password(self) -> None:
        """The server let the desk in: the password that was typed for it is kept now, where that was asked for."""
        wanted, self._keeps_for = self._keeps_for, ""
        if wanted and wanted == self._context.database:
            self._context.read(opening_work.kept_of, self._on_kept, owner=self)

    def _on_kept(self, trouble: str) -> None:
        if trouble:
            self._window.notice.show_message(trouble, tone="soon")


def _asks_password(problem: Problem) -> bool:
    from console.services.lost import PasswordNeeded

    return isinstance(problem, PasswordNeeded)


def _nothing(_result: object) -> None:
    """Whether it was there is all the same."""
