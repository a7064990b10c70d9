"""Somebody on the People list: what they may do, now and after; or everything taken from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from console.policy.errors import Conflict, Problem
from console.services import people_list
from console.services.desk import Changed, Desk
from console.services.people import Person
from console.services.people_list import role_words
from console.ui.context import Context
from console.ui.views.dialogs.frame import Dialog, Work
from console.ui.views.dialogs.parts import IconLine, spread
from console.ui.views.dialogs.person import PersonDialog
from console.ui.widgets.labels import CaptionLabel, PlainLabel
from console.ui.widgets.messages import Action


class ChangePersonDialog(PersonDialog):
    """Name and roles of somebody on the list, now and after; nobody's own roles at a shared database."""

    def __init__(self, context: Context, parent: QWidget | None, login: str) -> None:
        super().__init__(
            context,
            parent,
            name="person_change",
            title="Change roles",
            icon="key-round",
            subject=login,
            width=560,
        )
        self._login, self._seen = login, Person(login=login, name="", roles=frozenset())
        self.primary.set_text("Change roles")
        self.primary.allow("Reading")
        self._name = self.ask_name()
        self.ask_roles()
        self._now, self._after = PlainLabel(wrap=True), PlainLabel("", "strong", wrap=True)
        table = QGridLayout()
        table.setColumnStretch(1, 1)
        for place, (title, words) in enumerate((("Now", self._now), ("After", self._after))):
            table.addWidget(CaptionLabel(title), place, 0, Qt.AlignmentFlag.AlignTop)
            table.addWidget(words, place, 1)
        self.column.addLayout(table)
        self._note = IconLine("info", "What they may do changes with their next act, on every desk.")
        self.column.addWidget(self._note)
        self.read_first(self._find, self._on_read)

    def _find(self, desk: Desk) -> Person:
        return people_list.person_of(desk, self._login)

    def _read(self, done: Callable[[Person], object]) -> None:
        self.context.read(self._find, done, self.show_problem, owner=self)

    def _on_read(self, person: Person) -> None:
        self._seen = person
        self.show_title(f"Change roles of {person.name}", person.login)
        self._name.setText(person.name)
        self.roles.choose(role_words(person))
        self._bar_own_roles()
        self.ready()
        self.show_effect()

    def _bar_own_roles(self) -> None:
        desk = self.context.desk
        if desk is None or not desk.is_shared() or desk.actor.login != self._login:
            return
        for box in self.roles.boxes.values():
            box.setEnabled(False)
        self._note.say("Nobody changes their own roles at a shared database; another administrator does.")

    def focus_first(self) -> None:
        """The first role, which is what one comes for; the name where roles are barred."""
        box = next(iter(self.roles.boxes.values()))
        (box if box.isEnabled() else self._name).setFocus()

    def on_changed(self, changed: Changed) -> None:
        """Somebody else saved the list: what stands now is shown again, what was chosen stays."""
        if changed.people:
            self._read(self._on_read_again)

    def on_refused(self, problem: Problem) -> Sequence[Action]:
        """After a conflict the left side shows what stands now."""
        if isinstance(problem, Conflict):
            self._read(self._take_over)
        return super().on_refused(problem)

    def _on_read_again(self, person: Person) -> None:
        if person != self._seen:
            self.say(
                f"{self._seen.name} was changed meanwhile: {people_list.roles_in_words(person)}.", tone="soon"
            )
            self._take_over(person)

    def _take_over(self, person: Person) -> None:
        self._seen = person
        self.show_effect()

    def _chosen(self) -> Person:
        return people_list.with_roles(replace(self._seen, name=self.text("name")), self.roles.roles())

    def show_effect(self) -> None:
        """The roles now and after; the button says what it saves."""
        before, after = self._seen, self._chosen()
        held, chosen = role_words(before), role_words(after)
        self._now.setText(", ".join(held) or "no roles")
        self._after.setText((", ".join(chosen) or "no roles") if held != chosen else "no change")
        self._after.set_ink("text" if held != chosen else "text3")
        renamed = before.name != after.name
        if held != chosen:
            self.primary.set_text("Change roles")
        elif renamed:
            self.primary.set_text("Change name")
        self.primary.allow("" if renamed or held != chosen else "Nothing is changed yet")

    def work(self) -> Work | None:
        """Saves both, unless somebody else was first."""
        wanted, seen = self._chosen(), self._seen
        return lambda desk, key: people_list.save_person(desk, wanted, key, seen=seen)


class RemovePersonDialog(Dialog):
    """Asks, because it cannot be taken back: what happens to the login, and what stays."""

    def __init__(self, context: Context, parent: QWidget | None, login: str) -> None:
        super().__init__(
            context, parent, name="person_remove", title="Remove person", icon="ban", subject=login, width=520
        )
        self._login = login
        self._seen: Person | None = None
        self._lines = spread(self.body.content)
        self.primary.set_text("Remove")
        self.primary.allow("Reading")
        self.read_first(partial(people_list.person_of, login=login), self._on_read)

    def _on_read(self, person: Person) -> None:
        if self._seen is None:
            for icon, words in self._sentences(person):
                self._lines.addWidget(IconLine(icon, words))
        self._seen = person
        self.show_title(f"Remove {person.name}?", f"{person.login}: {people_list.roles_in_words(person)}")
        self.primary.set_text(f"Remove {person.name[:40]}")
        self.primary.allow(self._why_not(person))
        self.ready()

    def _sentences(self, person: Person) -> list[tuple[str, str]]:
        kept = ("pencil-line", f"The name {person.name} stays on everything they did.")
        claimed = ("hand", "Tickets they have claimed are free for others when the claim runs out.")
        assert self.context.desk is not None
        if not self.context.desk.is_shared():
            gone = "They hold no role here any more. Whoever can open the file can still read it."
            return [("ban", gone), claimed, kept]
        return [
            ("ban", f"{person.login} can no longer open this database, and open sessions end at once."),
            claimed,
            kept,
            (
                "triangle-alert",
                "A login made here is barred on the whole server; only the server's owner can let it in again.",
            ),
        ]

    def _why_not(self, person: Person) -> str:
        desk = self.context.desk
        own = desk is not None and desk.is_shared() and desk.actor.login == person.login
        return "Nobody removes themselves; another administrator does." if own else ""

    def focus_first(self) -> None:
        """The safe button."""
        self.cancel_button.setFocus()

    def on_refused(self, problem: Problem) -> Sequence[Action]:
        """After a conflict the head says what stands now."""
        if isinstance(problem, Conflict):
            read = partial(people_list.person_of, login=self._login)
            self.context.read(read, self._on_read, self.show_problem, owner=self)
        return super().on_refused(problem)

    def work(self) -> Work | None:
        """Removes them, unless somebody changed the entry meanwhile."""
        login, seen = self._login, self._seen
        return lambda desk, key: people_list.remove_person(desk, login, key, seen=seen)
