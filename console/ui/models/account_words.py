"""What the token account page says: entries, pace, credits, the check sum. Pure: no widget and no query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.policy.amounts import worth
from console.policy.terms import Cause, EntryKind, Hosting, Priority, SupportOption
from console.services import telling
from console.ui import format as fmt

if TYPE_CHECKING:
    from console.policy.account import Account
    from console.policy.document import Policy
    from console.services.queue import QueueRow
    from console.services.tokens import AccountView, Pace, Statement, StatementLine

HOSTING_LONG = {
    Hosting.SHARED: "Shared hosting",
    Hosting.DEDICATED: "Dedicated server",
    Hosting.PLATFORM: "Platform",
}
HOSTING_SHORT = {Hosting.SHARED: "Shared", Hosting.DEDICATED: "Dedicated", Hosting.PLATFORM: "Platform"}
OPTION_WORDS = {
    SupportOption.TOKENS: "tokens",
    SupportOption.FLAT_RATE_USERS: "flat-rate, all users",
    SupportOption.FLAT_RATE_ADMINISTRATORS: "flat-rate, administrators",
}
_MISSES = (Cause.RESPOND_MISSED, Cause.BEGIN_MISSED, Cause.RESOLVE_OR_PLAN_MISSED)
_KINDS = {
    EntryKind.PURCHASE: "Purchase",
    EntryKind.CHARGE: "Charge",
    EntryKind.CREDIT: "Credit",
    EntryKind.ADJUSTMENT: "Adjustment",
    EntryKind.REFUND: "Refund",
    EntryKind.REVERSAL: "Reversal",
}
_INKS = {EntryKind.PURCHASE: "met_text", EntryKind.CREDIT: "credit_text"}
#: The figures of the check sum, in the order in which they are added up.
_SUMMED = (
    (EntryKind.PURCHASE, "purchased"),
    (EntryKind.CHARGE, "charged"),
    (EntryKind.CREDIT, "credited"),
    (EntryKind.ADJUSTMENT, "adjusted"),
    (EntryKind.REFUND, "refunded"),
    (EntryKind.REVERSAL, "reversed"),
)


# one entry


@dataclass(frozen=True, slots=True)
class EntryWords:
    """An entry as the statement shows it: icon and colour of kind, its words, and whether they stand out."""

    icon: str
    ink: str
    words: str
    strong: bool


def entry_words(
    line: StatementLine, ticket: QueueRow | None = None, policy: Policy | None = None
) -> EntryWords:
    """``"Credit, begin missed"``, ``"Charge, emergency"``, ``"Purchase, INV-2291"``, ``"Adjustment: why"``."""
    return EntryWords(
        entry_icon(line), _INKS.get(line.kind, "text2"), _words(line, ticket, policy), line.kind in _INKS
    )


def entry_icon(line: StatementLine) -> str:
    """The icon of an entry's kind; a credit's says its cause."""
    if line.kind is EntryKind.CHARGE:
        return "receipt"
    if line.kind is EntryKind.REVERSAL:
        return "rotate-ccw"
    return telling.icon_of_cause(line.cause, line.tokens)


def _words(line: StatementLine, ticket: QueueRow | None, policy: Policy | None) -> str:
    kind = _KINDS[line.kind]
    if line.kind is EntryKind.PURCHASE:
        return f"{kind}, {line.reference}" if line.reference else kind
    if line.kind in (EntryKind.ADJUSTMENT, EntryKind.REFUND):
        said = line.reason or line.reference
        return f"{kind}: {said[:1].lower() + said[1:]}" if said else kind
    if line.kind is EntryKind.REVERSAL:
        return f"{kind}: {line.reason}" if line.reason else f"{kind}, {telling.CAUSES[line.cause]}"
    if line.cause is Cause.OPENED:
        priority = _priority_paid(line, ticket, policy)
        return f"{kind}, {priority.value}" if priority else f"{kind}, opened"
    who = f", {fmt.short_name(line.actor_name)}" if line.cause is Cause.FREE_ISSUE else ""
    return f"{kind}, {telling.CAUSES[line.cause]}{who}"


def _priority_paid(line: StatementLine, ticket: QueueRow | None, policy: Policy | None) -> Priority | None:
    """The priority whose price was charged when the ticket opened; it may have changed since."""
    if ticket is None or policy is None:
        return None
    prices = policy.prices[ticket.hosting]
    paid = -line.tokens
    if prices[ticket.priority] == paid:
        return ticket.priority
    return next((priority for priority, price in prices.items() if price == paid), None)


def change_ink(line: StatementLine) -> str:
    """The colour of a change: teal paid in, violet came back, else plain."""
    return _INKS.get(line.kind, "text")


# the check sum


@dataclass(frozen=True, slots=True)
class CheckSum:
    """``words`` without the closing figure in ``parts``; ``fault`` is empty when everything adds up."""

    parts: tuple[str, ...]
    fault: str

    @property
    def words(self) -> str:
        """The whole line."""
        return "  ".join(self.parts)


def check_sum(statement: Statement, account_balance: int | None = None) -> CheckSum:
    """``18 opening + 40 purchased − 29 charged … = 48 balance``; with the stored balance when the period is open."""
    parts = [f"{fmt.number(statement.opening)} opening"]
    for kind, word in _SUMMED:
        moved = statement.moved(kind)
        if moved:
            parts.append(f"{'+' if moved > 0 else fmt.MINUS} {fmt.number(abs(moved))} {word}")
    parts.append(f"= {fmt.number(statement.closing)} balance")
    off = statement.adds_up_by
    if off == 0 and account_balance is not None:
        off = account_balance - statement.closing
    fault = f"does not add up by {fmt.number(abs(off))}: tell an administrator" if off else ""
    return CheckSum(tuple(parts), fault)


# figures


def pays_for(balance: int, policy: Policy, hosting: Hosting) -> str:
    """``"pays for 4 emergencies, 16 urgent or 48 standard"``; what nothing is left for is not named."""
    prices = policy.prices[hosting]
    said = []
    for priority, one, many in (
        (Priority.EMERGENCY, "emergency", "emergencies"),
        (Priority.URGENT, "urgent", "urgent"),
        (Priority.STANDARD, "standard", "standard"),
    ):
        affordable = balance // prices[priority] if prices[priority] else 0
        if affordable:
            said.append(fmt.count(affordable, one, many))
    if not said:
        return "pays for no further ticket"
    return f"pays for {_listed(said)}"


def _listed(said: list[str], last: str = "or") -> str:
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} {last} {said[-1]}"


def credited_words(credited: Mapping[Cause, int]) -> str:
    """``"20 missed guarantees, 1 free issue"``: the tokens by what earned them."""
    missed = sum(credited.get(cause, 0) for cause in _MISSES)
    free = credited.get(Cause.FREE_ISSUE, 0)
    demoted = credited.get(Cause.DEMOTED, 0)
    other = sum(credited.values()) - missed - free - demoted
    said = [
        words
        for amount, words in (
            (missed, f"{fmt.number(missed)} missed guarantees"),
            (free, f"{fmt.number(free)} free issues" if free != 1 else "1 free issue"),
            (demoted, f"{fmt.number(demoted)} demotions"),
            (other, f"{fmt.number(other)} other"),
        )
        if amount
    ]
    return ", ".join(said) or "nothing came back"


def pace_figure(pace: Pace | None) -> str:
    """``"7.3 a month"``; a dash while there is not enough history."""
    return fmt.NOTHING if pace is None else f"{pace.per_month:.1f} a month"


def lasts(balance: int, pace: Pace | None) -> str:
    """``"48 lasts about 6 ½ months"``: never more precise than half a month."""
    if pace is None:
        return "not enough history"
    if pace.per_month < 0.05:
        return "nothing used in 90 days"
    if balance == 0:
        return "nothing left"
    halves = round(2 * balance / pace.per_month)
    shown = fmt.number(balance)
    if halves == 0:
        return f"{shown} lasts a few days"
    if halves >= 48:
        return f"{shown} lasts more than two years"
    whole, half = divmod(halves, 2)
    months = f"{whole or ''}{' ' if whole and half else ''}{'½' if half else ''}"
    return f"{shown} lasts about {months} {'month' if halves <= 2 else 'months'}"


def pace_range(pace: Pace | None) -> str:
    """The three 30-day parts, for the tooltip."""
    if pace is None:
        return "The pace is shown after 30 days of history."
    return (
        f"Charges less credits of the last 90 days, per 30 days. "
        f"The three parts range from {fmt.number(pace.least)} to {fmt.number(pace.most)} tokens."
    )


def low_words(view: AccountView) -> tuple[str, str]:
    """``("at 10", "38 above it")``."""
    mark = int(view.policy.tokens.low_balance_mark)
    over = view.account.balance - mark
    if over > 0:
        return f"at {mark}", f"{fmt.number(over)} above it"
    return f"at {mark}", "reached" if over == 0 else f"{fmt.number(-over)} below it"


def worth_words(account: Account, policy: Policy) -> str:
    """``"worth $1,200"``."""
    return f"worth {fmt.money_short(worth(account.balance, policy.tokens.price))}"


def asking_words(account: Account) -> str:
    """Who may ask, in a few words: ``"only administrators may ask"``."""
    if account.option is SupportOption.FLAT_RATE_USERS and not account.restricted:
        return "any user may ask"
    return "only administrators may ask"
