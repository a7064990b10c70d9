"""Why an act on an account cannot be done now: who may, what the account is, which entry is selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from console.policy.terms import Role
from console.ui.context import Context
from console.ui.views.token_account_entry import REVERSIBLE

if TYPE_CHECKING:
    from console.services.tokens import StatementLine
    from console.ui.views.token_account_deeds import Shown

NO_DESK = "The database is not open yet"
NO_ACCOUNT = "Select an account first"
STAFF_ONLY = "Only an agent or a manager can do this"
MANAGERS_ONLY = "Only a manager can do this"
KEEPERS_ONLY = "Only an agent, a manager or an administrator can do this"
FLAT_RATE = "This account’s support is flat-rate: it has no tokens"
SELECT_ENTRY = "Select a purchase, an adjustment or a refund in the statement first"
REVERSED = "This entry is reversed already"


class AccountRights:
    """Each question answers with the reason against it, empty when there is none."""

    def __init__(self, context: Context, shown: Callable[[], Shown | None]) -> None:
        self._context, self._shown = context, shown

    def account(self) -> str:
        """Against everything that needs an account in front."""
        if self._context.desk is None:
            return NO_DESK
        return "" if self._shown() is not None else NO_ACCOUNT

    def staff(self) -> str:
        """Against opening tickets."""
        return self._may(STAFF_ONLY, Role.AGENT, Role.MANAGER)

    def purchase(self) -> str:
        """Against recording a purchase."""
        return self.staff() or self._tokens()

    def adjust(self) -> str:
        """Against adjusting and refunding."""
        return self._may(MANAGERS_ONLY, Role.MANAGER) or self._tokens()

    def reverse(self, line: StatementLine | None) -> str:
        """Against reversing an entry."""
        if reason := self.adjust():
            return reason
        if line is None or line.kind not in REVERSIBLE:
            return SELECT_ENTRY
        shown = self._shown()
        lines = shown.statement.lines if shown is not None else ()
        return REVERSED if any(each.reverses == line.entry_id for each in lines) else ""

    def keep(self) -> str:
        """Against making accounts."""
        return self._may(KEEPERS_ONLY, Role.AGENT, Role.MANAGER, Role.ADMINISTRATOR)

    def edit(self) -> str:
        """Against changing the account in front."""
        return self.keep() or self.account()

    def reasons(self, line: StatementLine | None) -> dict[str, str]:
        """The reasons by the names of the head's acts."""
        return {
            "new_ticket": self.staff(),
            "adjust": self.adjust(),
            "purchase": self.purchase(),
            "refund": self.adjust(),
            "reverse_entry": self.reverse(line),
            "account_edit": self.edit(),
            "account_new": self.keep(),
        }

    def _may(self, reason: str, *roles: Role) -> str:
        if self._context.barred:
            return self._context.barred
        desk = self._context.desk
        if desk is None:
            return NO_DESK
        return "" if desk.may(*roles) else reason

    def _tokens(self) -> str:
        shown = self._shown()
        if reason := self.account():
            return reason
        return "" if shown is not None and shown.view.account.pays_tokens else FLAT_RATE
