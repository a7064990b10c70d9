"""New ticket and callback: the form on the left, the live check on the right, answered before the caller ends."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from console.policy.account import Account, Contact
from console.policy.clauses import Clause
from console.policy.document import Policy
from console.policy.terms import Channel, Priority
from console.services import intake, people, tokens
from console.services.desk import Changed, Desk
from console.services.intake import NewRequest, RequestCheck
from console.services.ticket_view import ticket_view
from console.services.tokens import AccountRow
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.theme import theme
from console.ui.views.before_after import priority_words
from console.ui.views.dialogs.form import FormDialog
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.live_check import (
    FAILED,
    OPEN,
    PASSED,
    Answer,
    LiveCheck,
    Way,
    balance_answer,
    due_answer,
)
from console.ui.views.dialogs.parts import Upright, spread
from console.ui.views.dialogs.picker import Choice, Picker
from console.ui.views.why import WhyPanel, WhyPopover
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import row
from console.ui.widgets.fields import CheckBox, LineField, TextArea
from console.ui.widgets.labels import CaptionLabel, PlainLabel
from console.ui.widgets.tabs import SegmentedTabs, Tab

_STACK_BELOW = 720
_SHORT = {Priority.INFORMATIONAL: "Info"}
_CHANNELS = (
    Tab(Channel.TICKET.value, "Ticket"),
    Tab(Channel.EMAIL.value, "Email"),
    Tab(Channel.TELEPHONE.value, "Telephone"),
    Tab(Channel.CALLBACK.value, "We called"),
)


@dataclass(frozen=True, slots=True)
class _Start:
    rows: list[AccountRow]
    policy: Policy
    account_id: int
    subject: str


class NewTicketDialog(FormDialog):
    """860 × 600. ``callback`` is the form that books a call back; ``account_id`` and ``ticket_id`` are suggestions."""

    def __init__(
        self,
        context: Context,
        parent: QWidget | None,
        account_id: int = 0,
        ticket_id: int = 0,
        *,
        callback: bool = False,
    ) -> None:
        self._callback = callback
        super().__init__(
            context, parent, name="callback" if callback else "new_ticket",
            title="Log a callback" if callback else "New ticket", icon="phone-call" if callback else "plus",
            width=900, height=600,
        )  # fmt: skip
        self._account: Account | None = None
        self._policy: Policy | None = None
        self._check: RequestCheck | None = None
        self._wanted_account, self._asked_of = account_id, 0
        self._build_sides()
        self._build_form()
        self.show_hints((("W", "why this time"),))
        self.primary.set_text("Open ticket")
        self.primary.allow("Choose the account")
        self.read_first(lambda desk: _start(desk, account_id, ticket_id), self._on_start)

    # building

    def _build_sides(self) -> None:
        self.column.setContentsMargins(0, 0, 0, 0)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(0)
        self.column.addLayout(self._columns, 1)
        self._left, self._right, self._upright = QWidget(), QWidget(), Upright()
        self.form = spread(self._left, margins=(20, 14, 18, 14), spacing=10)
        side = spread(self._right, margins=(20, 14, 20, 14), spacing=10)
        side.addLayout(
            row(PlainLabel("Can we take this?", "section"), None, CaptionLabel("Nothing is saved yet"))
        )
        self._live = LiveCheck()
        side.addWidget(self._live, 1)
        self._columns.addWidget(self._left, 9)
        self._columns.addWidget(self._upright)
        self._columns.addWidget(self._right, 8)
        self._log = Button("Log as refused", icon="circle-x")
        self._log.clicked.connect(self._on_log)
        self._log.hide()
        self.add_button(self._log)

    def _build_form(self) -> None:
        self._accounts = Picker("Type any part of the name", name="Account")
        self._accounts.picked.connect(self._on_account)
        add = Button("Add account…", compact=True, icon="plus")
        add.clicked.connect(self._on_add_account)
        line = row(spacing=8)
        self.ask("account", "Account", self._accounts, self._no_account, into=line)
        beside = QVBoxLayout()
        beside.addSpacing(theme().metrics("caption_strong").height() + theme().px(6))
        beside.addWidget(add)
        beside.addStretch(1)
        line.addLayout(beside)
        self.form.addLayout(line)
        self._requester = Picker("Who asks", name="Requester")
        self._requester.textChanged.connect(self._ask)
        self.ask("requester", "Requester", self._requester, self._nobody, into=self.form)
        self._channel = SegmentedTabs(_CHANNELS, name="Came by")
        self._channel.chosen.connect(self._on_channel)
        self.ask("channel", "Came by", self._channel, into=self.form)
        self._priority = SegmentedTabs(tuple(self._tab(each) for each in Priority), name="Priority")
        self._priority.choose(Priority.STANDARD.value)
        self._priority.chosen.connect(self._on_channel)
        self.ask("priority", "Priority", self._priority, into=self.form)
        self._subject = LineField(name="Subject", longest=300)
        missing = self.at_least_typed("subject", "The subject is missing.")
        self.ask("subject", "Subject", self._subject, missing, into=self.form)
        words = TextArea(name="Words", longest=100_000, lines=3)
        self.ask("words", "In the customer's words", words, into=self.form)
        self._authorised = CheckBox("The caller authorises the emergency ticket and its price")
        self._authorised.toggled.connect(self._ask)
        self._authorised.hide()
        self.form.addWidget(self._authorised)
        pair = row(spacing=12)
        self._number = LineField("+1 555 0100", name="Number to call", longest=60)
        self._window = LineField("Tue 2 to 4 PM", name="When to call", longest=200)
        self.ask("number", "Number to call", self._number, self._no_number, into=pair)
        self.ask("window", "When to call", self._window, into=pair)
        self.form.addLayout(pair)
        self.form.addStretch(1)
        self._channel.choose((Channel.CALLBACK if self._callback else Channel.TICKET).value)
        self._show_parts()

    def _tab(self, priority: Priority) -> Tab:
        price: int | None = None
        if self._account is not None and self._policy is not None and self._account.pays_tokens:
            price = self._policy.price(self._account.hosting, self._account.option, priority)
        return Tab(priority.value, _SHORT.get(priority, priority_words(priority)), price)

    def arrange(self, width: int) -> None:
        """Side by side where there is room for both, else the check comes below."""
        stacked = width < theme().px(_STACK_BELOW)
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(way)
        self._upright.setVisible(not stacked)

    def focus_first(self) -> None:
        """The account, or the subject where the account is given."""
        if self._wanted_account and not self._callback:
            self._subject.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().focus_first()

    # reading

    def _on_start(self, start: _Start) -> None:
        self._policy = start.policy
        self._show_rows(start.rows)
        if start.subject:
            self._subject.setText(start.subject)
        if start.account_id:
            self._accounts.choose(start.account_id)
        self._ask()
        self.ready()

    def _show_rows(self, rows: list[AccountRow]) -> None:
        self._accounts.show_choices([Choice(each.id, each.name) for each in rows])
        hint = "" if rows else "There is no account yet: add the first one."
        self.asked("account").show_hint(hint)

    def _on_account(self) -> None:
        chosen = self._accounts.chosen()
        self._account = None
        if chosen is None:
            self._requester.show_choices([])
            self._ask()
            return
        number = chosen.id
        assert isinstance(number, int)
        self.context.read(
            partial(people.account, account_id=number), self._on_account_read, self.show_problem, owner=self
        )

    def _on_account_read(self, account: Account) -> None:
        """Who asks is looked for among its people; what was typed stays, but for another account."""
        chosen = self._accounts.chosen()
        if chosen is None or chosen.id != account.id:
            return
        self._account = account
        names = [
            Choice(each.id, each.name, "administrator" if each.is_administrator else "user")
            for each in account.contacts
        ]
        typed = self._requester.text()
        self._requester.show_choices(names)
        of_another = self._asked_of not in (0, account.id) and self._requester.chosen() is None
        self._asked_of = account.id
        if not typed or of_another:
            first = next((each for each in account.contacts if each.is_administrator), None)
            self._requester.setText("")
            if first is not None:
                self._requester.choose(first.id)
        self._priority.show_tabs(tuple(self._tab(each) for each in Priority))
        self.asked("window").show_title(
            f"When to call ({account.timezone.split('/')[-1].replace('_', ' ')} time)"
        )
        self.asked("account").show_fault("")
        self._ask()

    def _on_add_account(self) -> None:
        typed = "" if self._accounts.chosen() else self._accounts.text().strip()
        self.context.open_dialog("account_edit", suggested=typed, saved=self._on_added, parent=self)

    def _on_added(self, account_id: int) -> None:
        self._accounts_again(account_id)
        self._subject.setFocus()

    def _accounts_again(self, choose: int = 0) -> None:
        def show(rows: list[AccountRow]) -> None:
            self._show_rows(rows)
            if choose:
                self._accounts.setText("")
                self._accounts.choose(choose)

        self.context.read(tokens.accounts, show, owner=self)

    def on_changed(self, changed: Changed) -> None:
        """A purchase or another administrator: check again."""
        if self._account is not None and self._account.id in changed.accounts:
            self._on_account()

    def on_read_anew(self) -> None:
        """The account may have been chosen while it could not be read."""
        if self._account is None and self._accounts.chosen() is not None:
            self._on_account()
        else:
            super().on_read_anew()

    # the live check

    def _on_channel(self, _name: object = None) -> None:
        self._show_parts()
        self._ask()

    def _show_parts(self) -> None:
        calling = self._channel.current() == Channel.CALLBACK.value
        telephone = self._channel.current() == Channel.TELEPHONE.value
        pays = self._account is None or self._account.pays_tokens
        for name in ("number", "window"):
            self.asked(name).setVisible(calling)
        emergency = self._priority.current() == Priority.EMERGENCY.value
        self._authorised.setVisible(telephone and emergency and pays)

    def request(self) -> NewRequest | None:
        """What the form holds, None before an account is chosen."""
        if self._account is None:
            return None
        chosen = self._requester.chosen()
        contact = chosen.id if chosen is not None and isinstance(chosen.id, int) else None
        calling = self._channel.current() == Channel.CALLBACK.value
        return NewRequest(
            account_id=self._account.id,
            contact_id=contact,
            requester="" if contact is not None else self._requester.text().strip(),
            channel=Channel(self._channel.current()),
            priority=Priority(self._priority.current()),
            subject=self.text("subject"),
            words=self.text("words"),
            authorised=self._authorised.isChecked() and not self._authorised.isHidden(),
            callback_number=self.text("number") if calling else "",
            callback_window=self.text("window") if calling else "",
        )

    def _ask(self) -> None:
        self._show_parts()
        request = self.request()
        if request is None:
            self._check = None
            self._live.show_answers([Answer(OPEN, "Choose the account: the check follows as you type.")])
            self._live.show_due(None, self.context.times)
            self.primary.allow("Choose the account")
            self._log.hide()
            return
        self.preview(lambda desk: intake.check_request(desk, request), self._on_checked)

    def _on_checked(self, checked: RequestCheck) -> None:
        if self._account is None:
            return
        self._check = checked
        answers = [
            Answer(PASSED, each.sentence, str(each.clause))
            if each.passed
            else Answer(
                FAILED, self._refusal(each.clause, each.sentence), str(each.clause), self._ways(each.clause)
            )
            for each in checked.checks
        ]
        buy = ("Record purchase first", self._on_purchase)
        balance = balance_answer(checked, pays=self._account.pays_tokens, buy=buy)
        answers += [each for each in (balance, due_answer(checked, self.context.times)) if each is not None]
        self._live.show_answers(answers, checked.script if not self._authorised.isHidden() else "")
        self._live.show_due(checked, self.context.times)
        refused = next((each.sentence for each in checked.checks if not each.passed), "")
        self.primary.allow(refused)
        self._log.setVisible(bool(refused))
        self.primary.set_text(self._button(checked))
        self.fit()

    def _refusal(self, clause: Clause, sentence: str) -> str:
        if clause not in (Clause.ADMINISTRATORS_ONLY, Clause.ANY_USER, Clause.FLAT_RATE_EMERGENCY):
            return sentence
        assert self._account is not None
        names = [each.name for each in self._account.contacts if each.is_administrator]
        asks = self._requester.chosen()
        who = asks.name if asks is not None else self._requester.text().strip() or "The requester"
        if not names:
            return f"{sentence} {who} is not one, and the account has none yet."
        only = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"{sentence} {who} is not one; {only} may ask."

    def _ways(self, clause: Clause) -> tuple[Way, ...]:
        if clause == Clause.NO_INBOUND_TELEPHONE:
            book = ("Book a callback", self._on_book)
            if self._priority.current() == Priority.EMERGENCY.value:
                return (book, ("The caller authorises it", self._on_authorise))
            return (book, ("Emergency, authorised…", self._on_emergency))
        if clause in (Clause.ADMINISTRATORS_ONLY, Clause.ANY_USER) and self._requester.text().strip():
            return (("Add as administrator", self._on_add_administrator),)
        if clause == Clause.FLAT_RATE_EMERGENCY:
            return (("Make it urgent", self._on_urgent),)
        if clause == Clause.CHANNELS:
            return (("Ask for a ticket", self._on_ticket),)
        return (("Edit account…", self._on_edit_account),) if clause == Clause.HOSTING_OPTIONS else ()

    def _button(self, checked: RequestCheck) -> str:
        priority = Priority(self._priority.current())
        if checked.awaiting:
            return "Keep it, awaiting tokens"
        what = "Book the callback" if self._callback else f"Open {_called(priority)}"
        return f"{what}, charge {fmt.tokens(checked.price)}" if checked.price else what

    # the ways out

    def _choose(self, tabs: SegmentedTabs, name: str) -> None:
        tabs.choose(name)
        self._on_channel()

    def _on_book(self) -> None:
        self._choose(self._channel, Channel.CALLBACK.value)
        self._number.setFocus()

    def _on_emergency(self) -> None:
        self._choose(self._priority, Priority.EMERGENCY.value)
        self._authorised.setFocus()

    def _on_authorise(self) -> None:
        self._authorised.setChecked(True)

    def _on_urgent(self) -> None:
        self._choose(self._priority, Priority.URGENT.value)

    def _on_ticket(self) -> None:
        self._choose(self._channel, Channel.TICKET.value)

    def _on_edit_account(self) -> None:
        if self._account is not None:
            self.context.open_dialog("account_edit", account_id=self._account.id, parent=self)

    def _on_add_administrator(self) -> None:
        account, chosen = self._account, self._requester.chosen()
        if account is None:
            return
        name = chosen.name if chosen is not None else self._requester.text().strip()
        known = next((each for each in account.contacts if each.name == name), Contact(id=0, name=name))
        made = Contact(
            id=known.id, name=name, email=known.email, telephone=known.telephone, is_administrator=True
        )
        self._requester.setText(f"{name}, administrator")
        self.context.act(
            lambda desk, key: people.add_contact(desk, account.id, made, key),
            once=("administrator", account.id, name),
            what=f"{name}, administrator of {account.name}",
            failed=self._on_failed,
            owner=self,
        )

    def _on_purchase(self) -> None:
        if self._account is not None:
            self.context.open_dialog("purchase", account_id=self._account.id, parent=self)

    # committing

    def _no_account(self) -> str:
        return "" if self._account is not None else "Choose an account of the list, or add it."

    def _nobody(self) -> str:
        return "" if self._requester.text().strip() else "Say who asks."

    def _no_number(self) -> str:
        return "" if self._number.text().strip() or not self._callback else "Which number shall be called?"

    def work(self) -> Work | None:
        """Opens it, or keeps it awaiting tokens."""
        request = self.request()
        return None if request is None else lambda desk, key: intake.open_ticket(desk, request, key)

    def on_saved(self, changed: Changed) -> None:
        """Shows the new ticket."""
        if changed.ticket_id is not None:
            self.context.open_ticket(changed.ticket_id)

    def _on_log(self) -> None:
        request = self.request()
        if request is not None and not self.saving():
            self.carry_out(lambda desk, key: intake.log_refusal(desk, request, key))

    def show_popover(self) -> None:
        """Why this time (W)."""
        if self._live.why is not None:
            WhyPopover(WhyPanel(self._live.why, self.context.times), self).open_at(self._live.due_anchor())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text().upper() == "W" and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.show_popover()
            return
        super().keyPressEvent(event)


def _called(priority: Priority) -> str:
    return {Priority.INFORMATIONAL: "question", Priority.BILLING: "billing question"}.get(
        priority, f"{priority} ticket" if priority is not Priority.EMERGENCY else "emergency"
    )


def _start(desk: Desk, account_id: int, ticket_id: int) -> _Start:
    subject = ""
    if ticket_id:
        view = ticket_view(desk, ticket_id)
        account_id = account_id or view.ticket.account_id
        subject = f"Callback about {ticket_id}: {view.ticket.subject}"[:300]
    return _Start(tokens.accounts(desk), desk.policy(), account_id, subject)
