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
from console.ui.actions import Commands, Handler, Reason
from console.ui.context import Context
from console.ui.page import Hints, Page
from console.ui.theme import theme
from console.ui.views.people_database import DatabaseCard
from console.ui.views.people_list import PeopleList
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import Card, row
from console.ui.widgets.flowing import Flowing, flowing_area
from console.ui.widgets.labels import PlainLabel
from console.ui.widgets.messages import MessageBar
from console.ui.widgets.tabs import SegmentedTabs, Tab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.services.keeping import DatabaseFacts
    from console.services.people_list import Listed

#: Below this width, in px at text size 100 %, list and database are two tabs, and deeds are icons.
_NARROW_BELOW = 900
#: Below this one, adding is an icon as well.
_TINY_BELOW = 440
_SIDE = 340
_AGAIN_MS = 10_000
_ALONE = (
    "Alone on this computer you hold every role. Add people when others work at this database too: from then on only "
    "those on the list can work here, with the roles it says. You come first."
)


@dataclass(frozen=True, slots=True)
class _Read:
    people: Sequence[Listed]
    database: DatabaseFacts


def _read(desk: Desk) -> _Read:
    return _Read(people_list.listed(desk), keeping.about(desk))


class PeoplePage(Page):
    """Everything is read in the background, and again when anybody saved the list; sessions every few seconds."""

    def __init__(self, context: Context, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._commands = context, commands
        self._give_back: Handler | None = None
        self._narrow = False
        self.list = PeopleList()
        self.toast_over = self.list
        self.database = DatabaseCard(context, partial(commands.run, "backup"))
        self.message = MessageBar("missed")
        self.message.hide()
        self.add = Button(
            "Add person…",
            Kind.PRIMARY,
            icon="user-plus",
        )
        self.change = Button("Change roles…", icon="key-round")
        self.shift = Button("Off shift", icon="clock")
        self.remove = Button("Remove…", icon="ban")
        self._tabs = SegmentedTabs(
            (Tab("people", "People"), Tab("database", "Database")), name="Part of this page"
        )
        self.empty = Card("quiet", padding=20)
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._build()
        self._connect()
        self._allow(None)

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

    def activated(self, _item: str) -> None:
        if self._give_back is None:
            self._give_back = self._commands.borrow(self._hands())
        self.refresh()
        if self._shared():
            self._again.start()

    def left(self) -> None:
        self._again.stop()
        if self._give_back is not None:
            self._give_back()
            self._give_back = None

    def focus_first(self) -> None:
        if not self.list.model.rowCount():
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.list.focus_list()

    def panes(self) -> tuple[QWidget, ...]:
        return (self._bar, self.list, self.database)

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
        if changed.people and self._give_back is not None:
            self.refresh()

    def _on_desk(self, _desk: object) -> None:
        if self._give_back is not None:
            self.refresh()

    # acting

    def add_person(self) -> None:
        """Asks for somebody new."""
        self._context.open_dialog("person_add", first=not self.list.model.rowCount())

    def change_person(self) -> None:
        """Asks which roles the selected person shall have."""
        if (person := self.list.current()) is not None:
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

    def _on_rows(self, people: Sequence[Listed]) -> None:
        desk = self._context.desk
        if desk is not None:
            self._show_people(people, desk)
            self.told.emit()

    def _show_people(self, people: Sequence[Listed], desk: Desk) -> None:
        """Rows or the words that stand for them; the first rows take the focus from the button that stood for them."""
        came = bool(people) and not self.list.model.rowCount()
        self.empty.setVisible(not people and not desk.is_shared())
        self.list.setVisible(bool(people))
        self.list.show_rows(people, me=desk.actor.login, shared=desk.is_shared())
        if came and self.add.hasFocus():
            self.list.focus_list()

    # connecting

    def _connect(self) -> None:
        signals = self._context.signals
        signals.changed.connect(self._on_changed)
        signals.desk_opened.connect(self._on_desk)
        signals.barred.connect(self._on_barred)
        self._again.timeout.connect(self.refresh_rows)
        self.list.chosen.connect(self._allow)
        self.list.opened.connect(self.change_person)
        self._tabs.chosen.connect(self._on_tab)
        for button, name in self._buttons():
            button.clicked.connect(partial(self._commands.run, name))

    def _buttons(self) -> tuple[tuple[Button, str], ...]:
        return (
            (self.add, "person_add"),
            (self.change, "person_change"),
            (self.shift, "person_shift"),
            (self.remove, "person_remove"),
        )

    def _hands(self) -> dict[str, tuple[Handler, Reason | None]]:
        return {
            "next": (partial(self.list.step, 1), None),
            "previous": (partial(self.list.step, -1), None),
            "person_add": (self.add_person, None),
            "person_change": (self.change_person, self._why_nobody),
            "person_shift": (self.turn_shift, self._why_nobody),
            "person_remove": (self.remove_person, self._why_nobody),
            "check": (self.database.run_check, None),
            "look_over": (self.database.run_look_over, self._why_not_shared),
        }

    def _why_nobody(self) -> str:
        return "" if self.list.current() is not None else "Select a person first"

    def _why_not_shared(self) -> str:
        return "" if self._shared() else "A local database has no logins and needs no guards"

    def _shared(self) -> bool:
        return self._context.desk is not None and self._context.desk.is_shared()

    def _allow(self, person: Person | None) -> None:
        for button in (self.change, self.shift, self.remove):
            button.allow("" if person is not None else "Select a person first")
        turned = "On shift" if person is not None and not person.on_shift else "Off shift"
        self.shift.set_text("" if self._narrow else turned)
        self.shift.setAccessibleName(turned)

    def _on_barred(self, reason: str) -> None:
        for button, _ in self._buttons():
            button.bar(reason)
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
        self._bar = QWidget()
        self._bar.setLayout(row(self.add, self.change, self.shift, self.remove, None, self._tabs))
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
        whole.addWidget(self._bar)
        whole.addWidget(self.message)
        whole.addLayout(across, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self._narrow = self.width() < theme().px(_NARROW_BELOW)
        self._tabs.setVisible(self._narrow)
        most = 16_777_215 if self._narrow else theme().px(_SIDE)
        self._right.setMaximumWidth(most)
        self._right.setMinimumWidth(0 if self._narrow else most)
        tiny = self.width() < theme().px(_TINY_BELOW)
        for button, words, key, short in (
            (self.add, "Add person…", "Ins", tiny),
            (self.change, "Change roles…", "Return", self._narrow),
            (self.remove, "Remove…", "Del", self._narrow),
        ):
            button.set_text("" if short else words)
            button.set_key("" if self._narrow else key)
            button.setAccessibleName(words)
        self.shift.set_key("" if self._narrow else "Space")
        self._allow(self.list.current())
        self._on_tab(self._tabs.current())

    def _on_tab(self, name: object) -> None:
        self._left.setVisible(not self._narrow or name == "people")
        self._right.setVisible(not self._narrow or name == "database")
