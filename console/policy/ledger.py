"""Entries of the token ledger and the rules of charge and credit (policy §4).

Every entry has two legs: the account of the customer and a contra account of the firm, so the books balance
by construction. ``tokens`` is the change of the customer's balance; the contra account changes by the
opposite.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from console.policy.amounts import tokens_in_words
from console.policy.clauses import Clause
from console.policy.errors import TooFewTokens
from console.policy.terms import Cause, EntryKind


class Contra(StrEnum):
    """The firm's side of an entry: tokens sold to customers, or tokens used on tickets."""

    SOLD = "sold"
    USED = "used"


_CONTRA_OF_KIND = {
    EntryKind.PURCHASE: Contra.SOLD,
    EntryKind.REFUND: Contra.SOLD,
    EntryKind.ADJUSTMENT: Contra.SOLD,
    EntryKind.CHARGE: Contra.USED,
    EntryKind.CREDIT: Contra.USED,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger as a decision asks for it; the store adds account, sequence, actor and balance.

    ``at`` is the instant that caused it (a credit for a miss is dated at the miss), ``ticket_id`` is
    ``None`` for purchases, adjustments and refunds.
    """

    kind: EntryKind
    cause: Cause
    tokens: int
    at: datetime
    contra: Contra
    clause: Clause
    ticket_id: int | None = None


def entry(
    kind: EntryKind,
    cause: Cause,
    tokens: int,
    at: datetime,
    clause: Clause,
    ticket_id: int | None = None,
    contra: Contra | None = None,
) -> Entry:
    """An entry whose contra account follows from its kind; a reversal names the one it goes back to."""
    return Entry(kind, cause, tokens, at, contra or _CONTRA_OF_KIND[kind], clause, ticket_id)


def total(entries: Iterable[Entry]) -> int:
    """The change of the balance by all ``entries`` together."""
    return sum(entry.tokens for entry in entries)


def require_balance(account_name: str, balance: int, needed: int, what: str, clause: Clause) -> None:
    """Raises ``TooFewTokens`` when ``balance`` cannot pay ``needed``; nothing is ever paid in part."""
    if needed > balance:
        raise TooFewTokens(
            f"{account_name} has {tokens_in_words(balance)}; {what} needs {needed}. Nothing was changed.",
            clause=clause,
            needed=needed,
            balance=balance,
        )
