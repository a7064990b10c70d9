"""What a decision would do: the new ticket, the entries and the facts. An outcome that is not saved is a
preview."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from console.policy.clauses import Clause
from console.policy.facts import Fact, TokensMoved
from console.policy.ledger import Contra, Entry, entry, require_balance, total
from console.policy.terms import Cause, EntryKind
from console.policy.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ticket after a decision, what it moves in the ledger, what it tells the journal, and the new
    balance."""

    ticket: Ticket
    entries: tuple[Entry, ...]
    facts: tuple[Fact, ...]
    balance: int


@dataclass(slots=True)
class Draft:
    """An outcome in the making; decisions write into it step by step and nobody else keeps it."""

    ticket: Ticket
    balance: int
    entries: list[Entry] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def outcome(self) -> Outcome:
        """The finished outcome."""
        return Outcome(self.ticket, tuple(self.entries), tuple(self.facts), self.balance)

    def note(self, fact: Fact) -> None:
        self.facts.append(fact)

    def charge(self, tokens: int, cause: Cause, at: datetime, clause: Clause, what: str) -> None:
        """Charges the ticket, or raises ``TooFewTokens`` before anything is changed."""
        if tokens == 0:
            return
        require_balance(self.ticket.account_name, self.balance, tokens, what, clause)
        self._move(EntryKind.CHARGE, cause, -tokens, at, clause)

    def take_back(self, tokens: int, cause: Cause, at: datetime, clause: Clause, what: str) -> None:
        """Reverses a credit: the ticket holds its tokens again, or ``TooFewTokens`` is raised."""
        if tokens == 0:
            return
        require_balance(self.ticket.account_name, self.balance, tokens, what, clause)
        self._move(EntryKind.REVERSAL, cause, -tokens, at, clause)

    def credit(self, tokens: int, cause: Cause, at: datetime, clause: Clause) -> int:
        """Credits ``tokens``, never more than the ticket still holds (clause 4.4); says how many it was."""
        tokens = min(tokens, self.ticket.held)
        if tokens > 0:
            self._move(EntryKind.CREDIT, cause, tokens, at, clause)
        return tokens

    def credit_all(self, cause: Cause, at: datetime, clause: Clause) -> int:
        """Credits every token that the ticket still holds; says how many it was."""
        return self.credit(self.ticket.held, cause, at, clause)

    def _move(self, kind: EntryKind, cause: Cause, tokens: int, at: datetime, clause: Clause) -> None:
        moved = entry(kind, cause, tokens, at, clause, self.ticket.id, Contra.USED)
        before = self.balance
        self.entries.append(moved)
        self.balance += tokens
        self.ticket = replace(self.ticket, held=self.ticket.held - tokens)
        self.note(TokensMoved(at=at, cause=cause, tokens=tokens, before=before, after=self.balance))

    def moved(self) -> int:
        """The change of the balance so far."""
        return total(self.entries)
