"""Token accounts: statement, purchase, adjustment, refund, reversal, pace and the comparison of options (policy §4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from console.policy import facts as f
from console.policy.account import Account
from console.policy.actor import MANAGEMENT, STAFF, require
from console.policy.amounts import Cents, tokens_in_words, worth
from console.policy.clauses import Clause
from console.policy.document import Policy
from console.policy.errors import Invalid, NotAllowed, Refused, TooFewTokens
from console.policy.ledger import Contra, Entry, entry, require_balance
from console.policy.life import release, release_order
from console.policy.terms import Cause, EntryKind, SupportOption
from console.policy.ticket import Ticket
from console.services import record
from console.services.act import Released, account_conflict, once, release_awaiting
from console.services.desk import Changed, Desk, Preview, Undo
from console.services.versions import policies_in
from console.store.journal import Told
from console.store.rows import AccountRow as AccountRow
from console.store.rows import QueueRow
from console.store.rows import Statement as Statement
from console.store.rows import StatementLine as StatementLine
from console.store.work import Work

PACE_SPAN = timedelta(days=90)
MONTH = timedelta(days=30)
MOST_TOKENS = 100_000


# --- Reading -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pace:
    """Tokens used per 30 days (charges less credits) over the last 90 days, and the range of its three parts."""

    per_month: float
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class OptionCost:
    """What a support option would cost in the next 30 days; ``None`` when the pace is not known yet."""

    option: SupportOption
    title: str
    cost: Cents | None
    current: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    """Everything that the token account panel shows beside the statement."""

    account: Account
    policy: Policy
    pace: Pace | None
    credited_this_month: dict[Cause, int]
    balance_steps: tuple[tuple[datetime, int, EntryKind | None], ...]
    comparison: tuple[OptionCost, ...]
    break_even: str
    awaiting: tuple[QueueRow, ...]
    low: bool


def accounts(desk: Desk, text: str = "") -> list[AccountRow]:
    """Accounts whose name contains ``text``, by name."""
    with desk.store.read() as read:
        return read.account_rows(record.sought(text))


def statement(desk: Desk, account_id: int, start: datetime, end: datetime) -> Statement:
    """The entries of [``start``, ``end``) with opening and closing balance."""
    with desk.store.read() as read:
        return read.statement(account_id, start, end)


def invoice_taken(desk: Desk, account_id: int, reference: str) -> StatementLine | None:
    """The purchase that already carries this invoice number and was not taken back, if any."""
    with desk.store.read() as read:
        return read.purchases(account_id, record.line(reference))


def account_view(desk: Desk, account_id: int, month_start: datetime | None = None) -> AccountView:
    """One account with pace, credits since ``month_start`` and the comparison of support options."""
    now, policy = desk.now(), desk.policy()
    with desk.store.read() as read:
        account = read.account(account_id)
        entries = read.entries(account_id, now - PACE_SPAN)
        first = read.first_entry_at(account_id)
        waiting = read.queue.rows([ticket.id for ticket in read.awaiting(account_id)])
    pace = _pace(entries, now) if first is not None and now - first >= MONTH else None
    comparison = compare(account, policy, pace)
    since = month_start or now - MONTH
    return AccountView(
        account,
        policy,
        pace,
        _credited(entries, since),
        _steps(account, entries, now),
        comparison,
        break_even(account, policy, pace),
        tuple(waiting),
        account.pays_tokens and account.balance <= policy.tokens.low_balance_mark,
    )


_USED = frozenset({EntryKind.CHARGE, EntryKind.CREDIT})


def _pace(entries: list[StatementLine], now: datetime) -> Pace:
    parts = [0, 0, 0]
    for line in entries:
        if line.kind in _USED or (line.kind is EntryKind.REVERSAL and line.ticket_id is not None):
            part = min(2, int((now - line.recorded_at) / MONTH))
            parts[part] -= line.tokens
    return Pace(max(0.0, sum(parts) / 3), min(parts), max(parts))


def _credited(entries: list[StatementLine], since: datetime) -> dict[Cause, int]:
    credited: dict[Cause, int] = {}
    for line in entries:
        if line.kind is EntryKind.CREDIT and line.recorded_at >= since:
            credited[line.cause] = credited.get(line.cause, 0) + line.tokens
    return credited


def _steps(
    account: Account, entries: list[StatementLine], now: datetime
) -> tuple[tuple[datetime, int, EntryKind | None], ...]:
    opening = account.balance - sum(line.tokens for line in entries)
    first: tuple[datetime, int, EntryKind | None] = (now - PACE_SPAN, opening, None)
    return (first, *((line.recorded_at, line.balance_after, line.kind) for line in entries))


def compare(account: Account, policy: Policy, pace: Pace | None) -> tuple[OptionCost, ...]:
    """The next 30 days by support option: users × fee, pace × token price; only what the hosting may have."""
    return tuple(
        OptionCost(
            option,
            policy.options[option].title,
            _cost(account, policy, option, pace),
            option is account.option,
        )
        for option in reversed(policy.hosting[account.hosting])
    )


def _cost(account: Account, policy: Policy, option: SupportOption, pace: Pace | None) -> Cents | None:
    if option is not SupportOption.TOKENS:
        return policy.monthly_fee(option, account.users)
    return None if pace is None else Cents(round(pace.per_month * policy.tokens.price))


def break_even(account: Account, policy: Policy, pace: Pace | None) -> str:
    """Below which pace tokens are cheaper than the cheapest flat rate, in words; empty when there is no choice."""
    flat = [
        (policy.monthly_fee(option, account.users), policy.options[option].title)
        for option in policy.hosting[account.hosting]
        if option is not SupportOption.TOKENS
    ]
    if not flat or SupportOption.TOKENS not in policy.hosting[account.hosting]:
        return ""
    fee, title = min(flat)
    mark = fee / policy.tokens.price
    used = "" if pace is None else f" This account used {pace.per_month:.1f}."
    return f"Tokens stay cheaper than {title[:1].lower() + title[1:]} below {mark:.1f} tokens a month.{used}"


# --- Purchase ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PurchasePreview:
    """What a purchase would do: the balance, the tickets it would open, and those that still could not be paid."""

    balance_before: int
    balance_after: int
    released: tuple[Preview, ...]
    kept: tuple[Ticket, ...]


def preview_purchase(desk: Desk, account_id: int, tokens: int) -> PurchasePreview:
    """The effect of buying ``tokens``, in the order of release (clause 4.2)."""
    with desk.store.read() as read:
        account = read.account(account_id)
        waiting = read.awaiting(account_id)
        now = read.now_for(account_id)
        policies = policies_in(read)
    balance = account.balance + tokens
    released: list[Preview] = []
    kept: list[Ticket] = []
    for ticket in release_order(waiting):
        policy = policies[ticket.policy_version]
        outcome = release(ticket, policy, balance, now)
        if outcome.facts:
            released.append(
                Preview(
                    ticket,
                    outcome.ticket,
                    balance,
                    outcome.balance,
                    policy,
                    now,
                    outcome.facts,
                )
            )
            balance = outcome.balance
        else:
            kept.append(ticket)
    return PurchasePreview(account.balance, balance, tuple(released), tuple(kept))


def record_purchase(
    desk: Desk, account_id: int, tokens: int, reference: str, paid_on: date | None, key: str
) -> Changed:
    """Tokens sold: an entry with its invoice number, which no other purchase that stands has for the account; awaiting
    tickets are released."""
    require(desk.actor, STAFF, "record a purchase")
    if not 1 <= tokens <= MOST_TOKENS:
        raise Invalid(f"A purchase is 1 to {MOST_TOKENS:,} tokens, not {tokens}.")
    invoice = record.line(record.required(reference, "The invoice number"), 100)
    paid = f"Paid on {paid_on.isoformat()}" if paid_on else ""

    def carry_out(work: Work) -> Changed:
        account = _token_account(work, account_id)
        _require_new_invoice(work, account, invoice)
        bought = entry(EntryKind.PURCHASE, Cause.BOUGHT, tokens, work.now, Clause.LEDGER)
        line, told = _move(work, account, bought, key, invoice, paid)
        released = release_awaiting(work, account_id, account.balance + tokens, key)
        journal = work.journal.record_all([told, *released.told])
        until = work.now + policies_in(work).in_force(work.now).settings.undo_within
        words = f"{tokens_in_words(tokens)} added to {account.name}.{released.words}"
        return Changed(
            released.tickets,
            frozenset({account_id}),
            journal,
            words,
            Undo("purchase", line.entry_id, until),
        )

    arguments = {"account": account_id, "tokens": tokens, "reference": invoice, "paid_on": paid}
    return once(desk, key, "purchase", arguments, carry_out)


def _require_new_invoice(work: Work, account: Account, invoice: str) -> None:
    taken = work.read.purchases(account.id, invoice)
    if taken is not None:
        day = f"{taken.recorded_at.day} {taken.recorded_at:%b %Y}"
        raise Refused(
            f"Invoice {invoice} is already recorded for {account.name} ({day}, {tokens_in_words(taken.tokens)}). "
            "Use another number, or open that line.",
            clause=Clause.LEDGER,
            title="Recorded already",
        )


def _token_account(work: Work, account_id: int) -> Account:
    account = work.accounts.get(account_id)
    if not account.pays_tokens:
        left = (
            f"{tokens_in_words(account.balance)} went back to it since"
            if account.balance
            else "it has no tokens"
        )
        raise Refused(
            f"The support of {account.name} is flat-rate: {left}. Change it to tokens first to move any.",
            clause=Clause.LEDGER,
        )
    return account


def _move(
    work: Work,
    account: Account,
    moved: Entry,
    key: str,
    reference: str,
    reason: str,
    reverses: int | None = None,
) -> tuple[StatementLine, Told]:
    """The entry as written, and what the journal is to say of it, last."""
    (line,) = work.ledger.record(
        account.id, [moved], key=key, reference=reference, reason=reason, reverses=reverses
    )
    fact = f.BalanceMoved(
        at=moved.at,
        cause=moved.cause,
        tokens=moved.tokens,
        before=account.balance,
        after=account.balance + moved.tokens,
        reference=reference,
        reason=reason,
    )
    return line, Told((fact,), None, account.id)


# --- Corrections -------------------------------------------------------------------------------------------------


def adjust(
    desk: Desk, account_id: int, tokens: int, reason: str, key: str, *, seen: int | None = None
) -> Changed:
    """The balance corrected by a manager, with a reason; what it can then pay is released.

    Raises ``Conflict`` when the balance is no longer the one ``seen``.
    """
    require(desk.actor, MANAGEMENT, "adjust a balance")
    kept = record.required(reason, "The reason", record.LONGEST_REASON)
    if tokens == 0 or abs(tokens) > MOST_TOKENS:
        raise Invalid(f"An adjustment is up to {MOST_TOKENS:,} tokens more or fewer, and not 0.")
    return _correct(desk, account_id, EntryKind.ADJUSTMENT, Cause.CORRECTED, tokens, "", kept, key, seen)


def refund(
    desk: Desk,
    account_id: int,
    tokens: int,
    reference: str,
    reason: str,
    key: str,
    *,
    seen: int | None = None,
) -> Changed:
    """Tokens paid back in money by a manager, with the reference of the payment.

    Raises ``Conflict`` when the balance is no longer the one ``seen``.
    """
    require(desk.actor, MANAGEMENT, "refund tokens")
    kept = record.required(reason, "The reason", record.LONGEST_REASON)
    paid = record.line(record.required(reference, "The reference of the payment"), 100)
    if not 1 <= tokens <= MOST_TOKENS:
        raise Invalid(f"A refund is 1 to {MOST_TOKENS:,} tokens, not {tokens}.")
    return _correct(desk, account_id, EntryKind.REFUND, Cause.PAID_BACK, -tokens, paid, kept, key, seen)


def _correct(
    desk: Desk,
    account_id: int,
    kind: EntryKind,
    cause: Cause,
    tokens: int,
    reference: str,
    reason: str,
    key: str,
    seen: int | None,
) -> Changed:
    def carry_out(work: Work) -> Changed:
        account = _token_account(work, account_id)
        if seen is not None and account.balance != seen:
            raise account_conflict(work, account, f.BalanceMoved, f.TokensMoved)
        require_balance(account.name, account.balance, -tokens, f"this {kind}", Clause.NEVER_NEGATIVE)
        _, told = _move(
            work, account, entry(kind, cause, tokens, work.now, Clause.LEDGER), key, reference, reason
        )
        released = Released()
        if tokens > 0:
            released = release_awaiting(work, account_id, account.balance + tokens, key)
        journal = work.journal.record_all([told, *released.told])
        change = f"{'+' if tokens > 0 else '−'}{tokens_in_words(abs(tokens))}"
        words = f"{account.name}: {change}, balance {account.balance + tokens}.{released.words}"
        return Changed(released.tickets, frozenset({account_id}), journal, words)

    arguments = {"account": account_id, "tokens": tokens, "reference": reference, "reason": reason}
    return once(desk, key, kind.value, arguments, carry_out)


def undo_purchase(desk: Desk, entry_id: int, key: str) -> Changed:
    """One's own purchase taken back within the time to undo, as a reversal."""

    def own_and_recent(work: Work, line: StatementLine) -> None:
        span = policies_in(work).in_force(work.now).settings.undo_within
        if line.actor != work.actor.login or work.now > line.recorded_at + span:
            raise NotAllowed("Too late to undo; a manager can reverse the entry.", clause=Clause.REVERSE)

    return _reverse(desk, entry_id, "Undone", Cause.UNDONE, key, own_and_recent)


def reverse_entry(desk: Desk, entry_id: int, reason: str, key: str) -> Changed:
    """A purchase, adjustment or refund reversed by a manager, with a reason and a link to what it reverses."""
    require(desk.actor, MANAGEMENT, "reverse an entry")
    kept = record.required(reason, "The reason", record.LONGEST_REASON)
    return _reverse(desk, entry_id, kept, Cause.REVERSED, key, lambda work, line: None)


_REVERSIBLE = frozenset({EntryKind.PURCHASE, EntryKind.ADJUSTMENT, EntryKind.REFUND})


def _reverse(
    desk: Desk,
    entry_id: int,
    reason: str,
    cause: Cause,
    key: str,
    require_may: Callable[[Work, StatementLine], None],
) -> Changed:
    def carry_out(work: Work) -> Changed:
        line = work.read.entry(entry_id)
        account = work.accounts.get(line.account_id)
        require_may(work, line)
        if line.kind not in _REVERSIBLE:
            raise Refused(
                "A ticket's charges and credits follow from its classification; take that back instead.",
                clause=Clause.LEDGER,
            )
        if work.ledger.reversal_of(line.entry_id) is not None:
            raise Refused("This entry is reversed already.", clause=Clause.LEDGER)
        if line.tokens > account.balance:
            raise TooFewTokens(
                f"{account.name} has {tokens_in_words(account.balance)}; taking back {line.tokens} is not possible. "
                "Nothing was changed.",
                clause=Clause.NEVER_NEGATIVE,
                needed=line.tokens,
                balance=account.balance,
            )
        back = entry(EntryKind.REVERSAL, cause, -line.tokens, work.now, Clause.LEDGER, None, Contra.SOLD)
        _, told = _move(work, account, back, key, line.reference, reason, line.entry_id)
        released = Released()
        if line.tokens < 0:
            released = release_awaiting(work, account.id, account.balance - line.tokens, key)
        journal = work.journal.record_all([told, *released.told])
        words = f"{account.name}: entry reversed, balance {account.balance - line.tokens}.{released.words}"
        return Changed(released.tickets, frozenset({account.id}), journal, words)

    return once(desk, key, "reverse", {"entry": entry_id, "reason": reason}, carry_out)


def value(tokens: int, policy: Policy) -> Cents:
    """What ``tokens`` are worth at the policy's price."""
    return worth(tokens, policy.tokens.price)
