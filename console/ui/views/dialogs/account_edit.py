"""An account: name, hosting, support option, users, restriction, and who may ask."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.policy.account import Account, Contact
from console.policy.document import Policy
from console.policy.terms import Hosting, SupportOption
from console.services.desk import Changed, Desk
from console.services.people import KEEPERS, save_account
from console.services.people import account as read_account
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.drafts import Values
from console.ui.theme import theme
from console.ui.views.dialogs.form import FormDialog
from console.ui.views.dialogs.frame import Work
from console.ui.widgets.buttons import Button, IconButton, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.fields import CheckBox, ComboBox, LineField
from console.ui.widgets.labels import PlainLabel
from console.ui.widgets.tabs import SegmentedTabs, Tab

HOSTING_WORDS = {
    Hosting.SHARED: "Shared",
    Hosting.DEDICATED: "Dedicated server",
    Hosting.PLATFORM: "Platform",
}


@dataclass(frozen=True, slots=True)
class _Found:
    account: Account | None
    policy: Policy


class ContactRow(QWidget):
    """One person at the customer: name, address, telephone, administrator or not."""

    removed = Signal()

    def __init__(self, contact: Contact) -> None:
        super().__init__()
        self._contact = contact
        self.name = LineField("Name", name="Contact's name", longest=200)
        self.email = LineField("Email", name="Contact's email", longest=320)
        self.administrator = CheckBox("Administrator")
        self.name.setText(contact.name)
        self.email.setText(contact.email)
        self.administrator.setChecked(contact.is_administrator)
        self.remove = remove = IconButton("x", "Remove this contact")
        remove.clicked.connect(self.removed)
        line = row(spacing=8)
        line.addWidget(self.name, 3)
        line.addWidget(self.email, 3)
        line.addWidget(self.administrator)
        line.addWidget(remove)
        self.setLayout(line)

    def contact(self) -> Contact:
        """What stands in the row; the telephone is kept as it was."""
        return replace(
            self._contact,
            name=self.name.text().strip(),
            email=self.email.text().strip(),
            is_administrator=self.administrator.isChecked(),
        )


class AccountEditDialog(FormDialog):
    """New with ``account_id`` 0. ``saved`` hears the account's id when it was saved."""

    def __init__(
        self,
        context: Context,
        parent: QWidget | None,
        account_id: int = 0,
        suggested: str = "",
        saved: Callable[[int], object] | None = None,
    ) -> None:
        title = "Edit account" if account_id else "New account"
        super().__init__(
            context, parent, name="account_edit", title=title, icon="wallet", subject=account_id, width=640
        )
        self._account_id, self._given_name, self._saved = account_id, suggested, saved
        self._account: Account | None = None
        self._rows: list[ContactRow] = []
        self.primary.set_text("Save account" if account_id else "Add account")
        self.primary.allow("Reading")
        self.read_first(self._load, self._on_read)

    def _load(self, desk: Desk) -> _Found:
        found = read_account(desk, self._account_id) if self._account_id else None
        return _Found(found, desk.policy())

    def _on_read(self, found: _Found) -> None:
        self._policy, self._account = found.policy, found.account
        self._ask_all()
        if found.account is not None:
            self._show(found.account)
        else:
            self._name.setText(self._given_name)
            self._add(Contact(id=0, name="", is_administrator=True))
            self._on_hosting(None)
        assert self.context.desk is not None
        allowed = self.context.desk.may(*KEEPERS)
        self.primary.allow("" if allowed else "Only staff or an administrator can keep accounts.")
        self.ready()

    def _ask_all(self) -> None:
        self._name = LineField(name="Name", longest=200)
        self.ask("name", "Name", self._name, self.at_least_typed("name", "The account's name is missing."))
        self._hosting = SegmentedTabs(
            tuple(Tab(each.value, HOSTING_WORDS[each]) for each in Hosting), name="Hosting"
        )
        self._hosting.choose(Hosting.DEDICATED.value)
        self._hosting.chosen.connect(self._on_hosting)
        self.ask("hosting", "Hosting", self._hosting)
        self._option = ComboBox("Support option")
        self._option.currentIndexChanged.connect(self._on_option)
        self.ask("option", "Support option", self._option)
        self._users = LineField(name="Users", longest=8)
        self._users.setValidator(QIntValidator(0, 10_000_000, self._users))
        self.ask("users", "Users", self._users, self._wrong_users)
        self._restricted = CheckBox("The administrators keep support to themselves")
        self.column.addWidget(self._restricted)
        self.column.addWidget(PlainLabel("Who may ask", "caption_strong", "text2"))
        self._contacts = QVBoxLayout()
        self._contacts.setSpacing(theme().px(8))
        self.column.addLayout(self._contacts)
        self._more = Button("Add a contact", Kind.OUTLINE, icon="plus", compact=True)
        self._more.clicked.connect(self._on_more)
        self._people_fault = PlainLabel("", "caption", "missed_text", wrap=True)
        self._people_fault.hide()
        self.column.addWidget(self._people_fault)
        self.column.addLayout(row(self._more, None))

    def _show(self, account: Account) -> None:
        self._name.setText(account.name)
        self._hosting.choose(account.hosting.value)
        self._on_hosting(None)
        self._option.setCurrentIndex(max(0, self._option.findData(account.option.value)))
        self._users.setText(str(account.users))
        self._restricted.setChecked(account.restricted)
        for contact in account.contacts:
            self._add(contact)

    def _on_hosting(self, _name: object) -> None:
        """Only the options that this hosting may have (clause 1.1)."""
        before = self._option.currentData()
        offered = self._policy.hosting[Hosting(self._hosting.current())]
        self._option.clear()
        for option in offered:
            self._option.addItem(self._policy.options[option].title, option.value)
        wanted = before or SupportOption.TOKENS.value
        self._option.setCurrentIndex(max(0, self._option.findData(wanted)))
        self._on_option()

    def _on_option(self) -> None:
        option = self._option.currentData()
        self._restricted.setVisible(option == SupportOption.FLAT_RATE_USERS.value)
        if option:
            fee = self._policy.options[SupportOption(option)].cents_per_user_and_month
            price = fmt.money_short(self._policy.tokens.price)
            words = f"{fmt.money(fee)} for each user and month" if fee else f"1 token = {price}"
            self.asked("option").show_hint(words)

    def _wrong_users(self) -> str:
        flat = self._option.currentData() != SupportOption.TOKENS.value
        if self._users.text() or not flat:
            return ""
        return "The number of users decides the monthly fee."

    def _add(self, contact: Contact) -> ContactRow:
        line = ContactRow(contact)
        line.removed.connect(lambda: self._remove(line))
        before: QWidget = self._rows[-1].remove if self._rows else self._restricted
        self._rows.append(line)
        self._contacts.addWidget(line)
        for part in (line.name, line.email, line.administrator, line.remove, self._more):
            QWidget.setTabOrder(before, part)
            before = part
        QTimer.singleShot(0, self, self.fit)
        return line

    def _remove(self, line: ContactRow) -> None:
        self._rows.remove(line)
        self._contacts.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._more.setFocus()

    def _on_more(self) -> None:
        line = self._add(Contact(id=0, name=""))
        QTimer.singleShot(0, line, line.name.setFocus)

    def _people(self) -> tuple[Contact, ...]:
        return tuple(contact for line in self._rows if (contact := line.contact()).name)

    def values(self) -> Values:
        """The name and people typed into a new account."""
        return {} if self._account_id else {"name": self.text("name")} if self._asked else {}

    def fault(self) -> str:
        """The fields, and somebody who may ask."""
        sentence = super().fault()
        restricted = self._option.currentData() != SupportOption.FLAT_RATE_USERS.value
        nobody = restricted and not any(contact.is_administrator for contact in self._people())
        words = "Name at least one administrator: with this option nobody else may ask." if nobody else ""
        self._people_fault.setText(words)
        self._people_fault.setVisible(bool(words))
        if words and not sentence and self._rows:
            self._rows[0].name.setFocus()
        return sentence or words

    def stands(self) -> Account:
        """The account as it would be saved."""
        before = self._account or Account(
            id=0, name="", hosting=Hosting.DEDICATED, option=SupportOption.TOKENS
        )
        return replace(
            before,
            name=self.text("name"),
            hosting=Hosting(self._hosting.current()),
            option=SupportOption(self._option.currentData()),
            users=int(self._users.text() or 0),
            restricted=self._restricted.isChecked() and self._restricted.isVisibleTo(self.body.content),
            contacts=self._people(),
        )

    def work(self) -> Work | None:
        """Saves it."""
        kept = self.stands()
        return lambda desk, key: save_account(desk, kept, key)

    def on_saved(self, changed: Changed) -> None:
        """Tells the opener which account it is."""
        if self._saved is not None and changed.accounts:
            self._saved(next(iter(changed.accounts)))
