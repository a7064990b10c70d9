"""Somebody new on the People list: login, name, roles, how they sign in; and the password that was made for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.services import people_list
from console.services.desk import Changed
from console.services.people import Person
from console.services.people_list import role_words
from console.ui.context import Context
from console.ui.drafts import Values
from console.ui.theme import theme
from console.ui.views.dialogs.form import FormDialog
from console.ui.views.dialogs.frame import Dialog, Work
from console.ui.views.dialogs.parts import IconLine, spread
from console.ui.views.dialogs.password import PasswordField
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import row
from console.ui.widgets.fields import CheckBox, LineField
from console.ui.widgets.labels import PlainLabel
from console.ui.widgets.tabs import SegmentedTabs, Tab

_ROLES = {
    "agent": "Agent: works on tickets, purchases and accounts",
    "manager": "Manager: that, and decides free issues, adjusts, refunds",
    "supervisor": "Supervisor: reads",
    "administrator": "Administrator: keeps people, policy versions, accounts",
    "auditor": "Auditor: reads, the guards' own tables too",
    "system": "System: settles missed promises, for a timer",
}
_MADE, _TYPED, _THERE = "made", "typed", "there"
_SIGN_IN = (
    Tab(_MADE, "Make one"),
    Tab(_TYPED, "Type one"),
    Tab(_THERE, "Login exists"),
)
_HINTS = {
    _MADE: "It is shown once, to hand it over.",
    _TYPED: f"At least {people_list.LEAST_PASSWORD} characters. It is kept by the server alone, as a verifier.",
    _THERE: "The server has this login already, whatever it signs in by: password, certificate, Kerberos.",
}


class RolesField(QWidget):
    """A box for each role, with what it may do."""

    def __init__(self, *, shared: bool) -> None:
        super().__init__()
        self.setAccessibleName("Roles")
        names = [name for name in _ROLES if shared or name not in people_list.FURTHER]
        self.boxes = {name: CheckBox(_ROLES[name]) for name in names}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(2))
        for box in self.boxes.values():
            column.addWidget(box)

    def roles(self) -> list[str]:
        """The roles chosen, by name."""
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def choose(self, roles: Sequence[str]) -> None:
        """Exactly these."""
        for name, box in self.boxes.items():
            box.setChecked(name in roles)


class PersonDialog(FormDialog):
    """Name and roles of somebody; both are kept as a draft."""

    roles: RolesField

    def ask_name(self) -> LineField:
        """The field of the name."""
        field = LineField(name="Name", longest=people_list.LONGEST_NAME)
        self.ask("name", "Name", field, self.at_least_typed("name", "The name is missing."))
        field.textChanged.connect(self.show_effect)
        return field

    def ask_roles(self) -> None:
        """The boxes of the roles."""
        assert self.context.desk is not None
        self.roles = RolesField(shared=self.context.desk.is_shared())
        self.column.addWidget(PlainLabel("Roles", "caption_strong", "text2"))
        self.column.addWidget(self.roles)
        for box in self.roles.boxes.values():
            box.toggled.connect(self.show_effect)

    def show_effect(self) -> None:
        """What the button is going to do."""

    def values(self) -> Values:
        """Everything typed and chosen."""
        return {**super().values(), "roles": self.roles.roles()}

    def restore(self, values: Values) -> None:
        """Puts a draft back."""
        super().restore({name: value for name, value in values.items() if name != "roles"})
        roles = values.get("roles", ())
        self.roles.choose(roles if isinstance(roles, list) else ())


class AddPersonDialog(PersonDialog):
    """A login, a name and roles. ``first`` when nobody is on the list yet: then it is whoever adds.

    ``known`` is on the list without a login, as after a move, and gets one.
    """

    def __init__(
        self, context: Context, parent: QWidget | None, *, first: bool = False, known: Person | None = None
    ) -> None:
        title = f"A login for {known.name}" if known else "Add person"
        super().__init__(
            context, parent, name="person_add", title=title, icon="user-plus",
            subject=known and known.login, width=560,
        )  # fmt: skip
        assert context.desk is not None
        self._shared, self._actor = context.desk.is_shared(), context.desk.actor
        self._password = people_list.made_password()
        self._handed_over = ""
        self._login = LineField(name="Login", longest=people_list.LONGEST_LOGIN)
        hint = "" if self._shared else "As the operating system names them."
        self.ask(
            "login", "Login", self._login, self.at_least_typed("login", "The login is missing."), hint=hint
        )
        self._name = self.ask_name()
        self.ask_roles()
        if self._shared:
            self._ask_sign_in()
        elif first:
            self._begin_with_oneself()
        if known is not None:
            self._begin_with(known)
        self.show_effect()
        self.ready()

    def _ask_sign_in(self) -> None:
        self._sign_in = SegmentedTabs(_SIGN_IN, name="Password")
        self._sign_in.chosen.connect(self._on_sign_in)
        self._how = self.ask("sign_in", "Password", self._sign_in, hint=_HINTS[_MADE])
        self._typed = [PasswordField(title) for title in ("Password", "Again")]
        self.ask("password", "The password", self._typed[0], self._wrong_password)
        self.ask("again", "Again", self._typed[1], self._wrong_again)
        self._on_sign_in(_MADE)

    def _begin_with_oneself(self) -> None:
        self._begin_with(Person(login=self._actor.login, name=self._actor.name, roles=self._actor.roles))
        self.say(
            "You come first: once somebody is on the list, only those on it can work here, with the roles it says."
        )

    def _begin_with(self, known: Person) -> None:
        self._login.setText(known.login)
        self._login.setReadOnly(True)
        self._name.setText(known.name)
        self.roles.choose(role_words(known))

    def values(self) -> Values:
        """Everything typed but passwords, which are kept nowhere."""
        return {name: value for name, value in super().values().items() if name not in ("password", "again")}

    def restore(self, values: Values) -> None:
        """Puts a draft back."""
        super().restore(values)
        if self._shared:
            self._on_sign_in(self._sign_in.current())

    def fault(self) -> str:
        """Somebody without a role could do nothing here."""
        wrong = super().fault()
        if not wrong and not self.roles.roles():
            wrong = "Choose at least one role."
            self.say(wrong, tone="missed")
        return wrong

    def show_effect(self) -> None:
        """ "Add Nina Ortiz"."""
        self.primary.set_text(f"Add {self.text('name')[:40] or 'person'}")

    def work(self) -> Work | None:
        """Adds them; the password that was made is shown when they are added with it."""
        plain = Person(login=self.text("login"), name=self.text("name"), roles=frozenset())
        person = people_list.with_roles(plain, self.roles.roles())
        password = self._chosen_password()
        self._handed_over = password if password == self._password else ""
        return lambda desk, key: people_list.add_person(desk, person, key, password)

    def on_saved(self, changed: Changed) -> None:
        """Shows the password that was made, once."""
        if changed.people and self._handed_over:
            shows = partial(
                self.context.open_dialog,
                "person_password",
                login=self.text("login"),
                person=self.text("name"),
                password=self._handed_over,
            )
            QTimer.singleShot(0, self.context.signals, shows)

    def _chosen_password(self) -> str:
        if not self._shared or self._sign_in.current() == _THERE:
            return ""
        return self._password if self._sign_in.current() == _MADE else self._typed[0].text()

    def _on_sign_in(self, name: object) -> None:
        self._how.show_hint(_HINTS[str(name)])
        for field in ("password", "again"):
            self.asked(field).setVisible(name == _TYPED)

    def _wrong_password(self) -> str:
        length = len(self._typed[0].text())
        least = people_list.LEAST_PASSWORD
        return "" if length >= least else f"A password has at least {least} characters; {length} so far."

    def _wrong_again(self) -> str:
        same = self._typed[0].text() == self._typed[1].text()
        return "" if same else "The two passwords differ."


class MadePasswordDialog(Dialog):
    """The password that was made, shown this once; Esc does not lose it before it was copied."""

    def __init__(
        self, context: Context, parent: QWidget | None, *, login: str, person: str, password: str
    ) -> None:
        super().__init__(
            context,
            parent,
            name="person_password",
            title=f"Password of {person}",
            icon="key-round",
            width=480,
        )
        self._copied = False
        self._field = LineField(name=f"Password of {person}", longest=200)
        self._field.setText(password)
        self._field.setReadOnly(True)
        self._copy = Button("Copy", icon="copy")
        self._copy.clicked.connect(self._on_copy)
        column = spread(self.body.content)
        line = row(self._field, self._copy)
        line.setStretch(0, 1)
        column.addLayout(line)
        column.addWidget(
            IconLine(
                "info",
                "Hand it over now: it is shown this once and kept nowhere, only the server can check it.",
            )
        )
        column.addWidget(IconLine("key-round", f"{login} changes it with psql: \\password"))
        self.cancel_button.hide()
        self.primary.set_text("Done")
        self.ready()

    def focus_first(self) -> None:
        """Copy."""
        self._copy.setFocus()

    def commit(self) -> None:
        """It was handed over."""
        self.accept()

    def reject(self) -> None:
        """Only once it was copied; Done closes it anyhow."""
        if self._copied:
            super().reject()
        else:
            self.say("Copy the password or write it down, then press Done.", tone="soon")

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._field.text())
        self._copied = True
        self.say("Copied.", tone="met")
