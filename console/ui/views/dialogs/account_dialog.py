"""The base of dialogs about one account: reads it, and reads it again when it changes."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from console.policy.account import Account
from console.policy.actor import MANAGEMENT, STAFF
from console.policy.document import Policy
from console.policy.errors import Problem, TooFewTokens
from console.services.desk import Changed, Desk
from console.services.people import account as read_account
from console.ui.context import Context
from console.ui.views.dialogs.form import FormDialog
from console.ui.widgets.messages import Action

Found = tuple[Account, Policy]


class AccountDialog(FormDialog):
    """Subclasses build their fields in ``fill``, which runs once when the account has been read."""

    managers_only = True

    def __init__(
        self,
        context: Context,
        parent: QWidget | None,
        account_id: int,
        *,
        name: str,
        title: str,
        icon: str,
        subject: object = None,
        width: int = 480,
    ) -> None:
        """``subject`` is what it is about where that is not the whole account."""
        about = subject or account_id
        super().__init__(context, parent, name=name, title=title, icon=icon, subject=about, width=width)
        self.account_id = account_id
        self._found: Found | None = None
        self.primary.allow("Reading the account")
        self.read_first(self._load, self._on_read)

    @property
    def account(self) -> Account:
        """The account as last read."""
        assert self._found is not None
        return self._found[0]

    @property
    def policy(self) -> Policy:
        """The policy now in force."""
        assert self._found is not None
        return self._found[1]

    def fill(self) -> None:
        """Builds the body."""

    def refresh(self) -> None:
        """The account was read again."""

    def why_not(self) -> str:
        """Why Ctrl Enter cannot be pressed; empty when it can."""
        if self.managers_only and not self.actor.has(MANAGEMENT):
            return "Only a manager can do this."
        if not self.actor.has(STAFF):
            return "Only an agent or a manager can do this."
        return (
            ""
            if self.account.pays_tokens
            else f"{self.account.name} has no tokens: its support is flat-rate."
        )

    def _read(self) -> None:
        self.context.read(self._load, self._on_read, self.show_problem, owner=self)

    def _load(self, desk: Desk) -> Found:
        return read_account(desk, self.account_id), desk.policy()

    def _on_read(self, found: Found) -> None:
        first, self._found = self._found is None, found
        if first:
            self.show_title(f"{self.windowTitle()}: {self.account.name}")
            self.fill()
        else:
            self.refresh()
        self.allow()
        if first:
            self.ready()

    def allow(self) -> None:
        """Ctrl Enter, or why not."""
        reason = self.why_not()
        self.primary.allow(reason)
        if reason:
            self.say(reason, tone="quiet", icon="info")

    def on_changed(self, changed: Changed) -> None:
        """Reads the account again."""
        if self._found is not None and self.account_id in changed.accounts:
            self._read()

    def on_refused(self, problem: Problem) -> Sequence[Action]:
        """Too few tokens: buy some and come back."""
        if isinstance(problem, TooFewTokens) and self.name != "purchase":
            return (("Record purchase", self._on_purchase),)
        return super().on_refused(problem)

    def _on_purchase(self) -> None:
        self.context.open_dialog("purchase", account_id=self.account_id, parent=self)
