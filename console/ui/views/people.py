"""The People page, for administrators: who may do what here, and the database that keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.policy.errors import Problem
from console.services import keeping, people_list
from console.services.desk import Changed, Desk
from console.services.people import Person
from console.ui import format as fmt
from console.ui.actions import Commands
from console.ui.context import Context
from console.ui.page import BorrowingPage, Hands, Hints
from console.ui.theme import theme
from console.ui.views.people_bar import NO_LOGIN, PeopleBar
from console.ui.views.people_database import DatabaseCard
from console.ui.views.people_list import PeopleList
from console.ui.widgets.cards import Card
from console.ui.widgets.flowing import Flowing, flowing_area
from console.ui.widgets.labels import PlainLabel
from console.ui.widgets.messages import MessageBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.services.keeping import DatabaseFacts
    from console.services.people_list import ListedPerson

_SIDE = 340
_ANY_WIDTH = 16_777_215
_AGAIN_MS = 10_000
_ALONE = (
    "Alone on this computer you hold every role. Add people when others work at this database too: from then on only "
    "those on the list can work here, with the roles it says. You come first."
)


@dataclass(frozen=True, slots=True)
class _Read:
    people: Sequence[ListedPerson]
    database: DatabaseFacts


def _read(desk: Desk) -> _Read:
    return _Read(people_list.listed(desk), keeping.about(desk))


class PeoplePage(BorrowingPage):
    """Everything is read in the background, and again when anybody saved the list; sessions every few seconds."""

    def __init__(self, context: Context, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(commands, parent)
        self._context = context
        self.list = PeopleList()
        self.toast_over = self.list
        self.database = DatabaseCard(context, partial(commands.run, "backup"))
        self.message = MessageBar("missed")
        self.message.hide()
        self.bar = PeopleBar()
        self.empty = Card("quiet", padding=20)
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._build()
        self._connect()
        self._on_chosen(None)

    # what the window asks

    def title(self) -> str:
        return "People"

    def count_text(self) -> str:
        return fmt.count(self.list.model.rowCount(), "person", "people")

    def search_placeholder(self) -> str:
        return ""

    def status_text(self) -> str:
        here = [self.list.model.row(place) for place in range(self.list.model.rowCount())]
        return f"{sum(each.signed_in for each in here)} signed in" if self.list.model.shared else ""

    def hints(self) -> Hints:
        return (
            ("Ins", "add person"),
            ("Return", "change roles"),
            ("Space", "on, off shift"),
            ("Ctrl+K", "commands"),
            ("?", "all keys"),
        )

    def activated(self, item: str) -> None:
        super().activated(item)
        self.refresh()
        if self._shared():
            self._again.start()

    def left(self) -> None:
        self._again.stop()
        super().left()

    def focus_first(self) -> None:
        if not self.list.model.rowCount():
            self.bar.add.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.list.focus_list()

    def panes(self) -> tuple[QWidget, ...]:
        return (self.bar, self.list, self.database)

    # reading

    def refresh(self) -> None:
        """Reads list and database again."""
        self._context.read(_read, self._on_read, self._on_problem, owner=self)

    def _on_read(self, read: _Read) -> None:
        desk = self._context.desk
        if desk is None:
            return
        self.message.show_message("")
        self._show_people(read.people, desk)
        self.database.show_facts(read.database, shared=desk.is_shared())
        self.told.emit()

    def _on_problem(self, problem: Problem) -> None:
        self.database.show_state()
        self.message.show_message(problem.message, tone="missed")

    def _on_changed(self, changed: Changed) -> None:
        if changed.people and self.in_front():
            self.refresh()

    def _on_read_again(self, _desk: object = None) -> None:
        if self.in_front():
            self.refresh()

    # acting

    def add_person(self) -> None:
        """Asks for somebody new."""
        self._context.open_dialog("person_add", first=not self.list.model.rowCount())

    def change_person(self) -> None:
        """Asks which roles the selected person shall have; whoever has no login yet gets one first."""
        person = self.list.current()
        if person is not None and self.list.lacks_login():
            self._context.open_dialog("person_add", known=person)
        elif person is not None:
            self._context.open_dialog("person_change", login=person.login)

    def remove_person(self) -> None:
        """Asks whether the selected person shall go."""
        if (person := self.list.current()) is not None:
            self._context.open_dialog("person_remove", login=person.login)

    def turn_shift(self) -> None:
        """The selected person goes on or off shift, at once; the same again takes it back."""
        person = self.list.current()
        if person is None:
            return
        turned = replace(person, on_shift=not person.on_shift)
        self._context.act(
            lambda desk, key: people_list.save_person(desk, turned, key, seen=person),
            once=("shift", person.login),
            what=f"{person.name}: shift",
            failed=self._on_not_saved,
            owner=self,
        )

    def _on_not_saved(self, problem: Problem) -> None:
        self.message.show_message(problem.message, tone="soon")
        self.refresh_rows()

    def refresh_rows(self) -> None:
        """Reads the list again and leaves the message where it is."""
        self._context.read(people_list.listed, self._on_rows, self._on_problem, owner=self)

    def _on_rows(self, people: Sequence[ListedPerson]) -> None:
        desk = self._context.desk
        if desk is not None:
            self._show_people(people, desk)
            self.told.emit()

    def _show_people(self, people: Sequence[ListedPerson], desk: Desk) -> None:
        """Rows or the words that stand for them; the first rows take the focus from the button that stood for them."""
        came = bool(people) and not self.list.model.rowCount()
        self.empty.setVisible(not people and not desk.is_shared())
        self.list.setVisible(bool(people))
        self.list.show_rows(people, me=desk.actor.login, shared=desk.is_shared())
        if came and self.bar.add.hasFocus():
            self.list.focus_list()

    # connecting

    def _connect(self) -> None:
        signals = self._context.signals
        signals.changed.connect(self._on_changed)
        signals.desk_opened.connect(self._on_read_again)
        signals.read_again.connect(self._on_read_again)
        signals.barred.connect(self._on_barred)
        self._again.timeout.connect(self.refresh_rows)
        self.list.chosen.connect(self._on_chosen)
        self.list.opened.connect(self.change_person)
        self.database.resulted.connect(self._on_resulted)
        self.bar.asked.connect(self._commands.run)
        self.bar.turned.connect(self._fit)

    def hands(self) -> Hands:
        return {
            "next": (partial(self.list.step, 1), None),
            "previous": (partial(self.list.step, -1), None),
            "person_add": (self.add_person, None),
            "person_change": (self.change_person, self._why_nobody),
            "person_shift": (self.turn_shift, self._why_no_login),
            "person_remove": (self.remove_person, self._why_no_login),
            "check": (self.database.run_check, None),
            "look_over": (self.database.run_look_over, self._why_not_shared),
        }

    def _why_nobody(self) -> str:
        return "" if self.list.current() is not None else "Select a person first"

    def _why_no_login(self) -> str:
        return self._why_nobody() or (NO_LOGIN if self.list.lacks_login() else "")

    def _why_not_shared(self) -> str:
        return "" if self._shared() else "A local database has no logins and needs no guards"

    def _shared(self) -> bool:
        return self._context.desk is not None and self._context.desk.is_shared()

    def _on_chosen(self, person: Person | None) -> None:
        self.bar.show_person(person, lacks_login=self.list.lacks_login())

    def _on_resulted(self) -> None:
        self._right.ensureWidgetVisible(self.database.last_part())

    def _on_barred(self, reason: str) -> None:
        self.bar.bar(reason)
        self.database.show_state()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        names = {
            Qt.Key.Key_Return: "person_change",
            Qt.Key.Key_Enter: "person_change",
            Qt.Key.Key_Space: "person_shift",
        }
        name = names.get(Qt.Key(event.key()))
        if name is not None and self.list.view().hasFocus() and not event.modifiers():
            self._commands.run(name)
        else:
            super().keyPressEvent(event)

    # layout

    def _build(self) -> None:
        self.empty.body.addWidget(PlainLabel(_ALONE, "plain", "text2", wrap=True))
        self.empty.hide()
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(12))
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        inside = Flowing()
        beside = QVBoxLayout(inside)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.database)
        beside.addStretch(1)
        self._left, self._right = left, flowing_area(inside)
        across = QHBoxLayout()
        across.setSpacing(theme().px(16))
        across.addWidget(left, 1)
        across.addWidget(self._right)
        whole = QVBoxLayout(self)
        edge = theme().px(16)
        whole.setContentsMargins(edge, edge, edge, edge)
        whole.setSpacing(theme().px(12))
        whole.addWidget(self.bar)
        whole.addWidget(self.message)
        whole.addLayout(across, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.bar.fit(self.width())
        most = _ANY_WIDTH if self.bar.narrow else theme().px(_SIDE)
        self._right.setMaximumWidth(most)
        self._right.setMinimumWidth(0 if self.bar.narrow else most)
        self._left.setVisible(self.bar.shows("people"))
        self._right.setVisible(self.bar.shows("database"))
