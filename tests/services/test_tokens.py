"""Tokens: purchases release what waits, invoices are unique, corrections, what the options would cost."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from console.policy.account import Account
from console.policy.errors import Invalid, NotAllowed, Refused, TooFewTokens
from console.policy.terms import Hosting, Priority, SupportOption
from console.services import keeping, people, progress, queue, tokens, triage
from console.services.filtering import parse
from console.services.ticket_view import ticket_view
from console.services.undo import undo
from tests.support.desks import ALEX, IRA, MORGAN, PRIYA, ROSA, Office

EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


def buy(office: Office, account: Account, amount: int, invoice: str, who: object = ALEX) -> object:
    desk = office.at(who)  # type: ignore[arg-type]
    return tokens.record_purchase(desk, account.id, amount, invoice, date(2026, 11, 24), desk.new_key())


def test_a_purchase_opens_what_waits_emergencies_first_then_oldest(office: Office) -> None:
    account = office.account()
    standard = office.number(account)
    office.clock.advance(minutes=1)
    urgent = office.number(account, Priority.URGENT)
    office.clock.advance(minutes=1)
    emergency = office.number(account, Priority.EMERGENCY)
    office.clock.advance(hours=5)
    shown = tokens.preview_purchase(office.desk, account.id, 12)
    assert [each.after.id for each in shown.released] == [emergency, standard]
    assert [each.id for each in shown.kept] == [urgent]
    assert (shown.balance_before, shown.balance_after) == (0, 1)
    assert office.balance(account) == 0, "a preview moves nothing"
    done = tokens.record_purchase(office.desk, account.id, 12, "INV-1", None, office.desk.new_key())
    assert done.tickets == {emergency, standard}
    assert f"{emergency} is open: 10 tokens charged." in done.words
    assert office.balance(account) == 1
    assert ticket_view(office.desk, emergency).ticket.opened_at == office.clock.now
    assert ticket_view(office.desk, urgent).ticket.is_awaiting


def test_an_invoice_is_recorded_once_for_an_account(office: Office) -> None:
    first, second = office.account("First"), office.account("Second")
    buy(office, first, 5, "INV-7")
    assert tokens.invoice_taken(office.desk, first.id, " INV-7 ") is not None
    assert tokens.invoice_taken(office.desk, second.id, "INV-7") is None
    with pytest.raises(
        Refused, match=r"Invoice INV-7 is already recorded for First \(24 Nov 2026, 5 tokens\)"
    ):
        buy(office, first, 5, "INV-7")
    buy(office, second, 5, "INV-7")
    assert (office.balance(first), office.balance(second)) == (5, 5)


def test_an_invoice_is_recorded_again_when_its_purchase_was_taken_back(office: Office) -> None:
    """Fifty tokens typed instead of five, undone and typed once more; later a manager takes that back too."""
    account = office.account()
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    for amount in (50, 6):
        bought = tokens.record_purchase(alex, account.id, amount, "INV-7", None, alex.new_key())
        with pytest.raises(Refused, match=f"already recorded .*{amount} tokens"):
            buy(office, account, amount, "INV-7")
        assert bought.undo is not None
        undo(alex, bought.undo, alex.new_key())
        assert tokens.invoice_taken(alex, account.id, "INV-7") is None
    bought = tokens.record_purchase(alex, account.id, 4, "INV-7", None, alex.new_key())
    office.clock.advance(hours=1)
    assert bought.undo is not None
    tokens.reverse_entry(morgan, bought.undo.id, "The invoice says five tokens.", morgan.new_key())
    buy(office, account, 5, "INV-7")
    assert office.balance(account) == 5
    assert keeping.check(morgan) == []
    with pytest.raises(Refused, match=r"already recorded .*5 tokens"):
        buy(office, account, 5, "INV-7")


@pytest.mark.parametrize("amount", [0, -1, 100_001, 10**12])
def test_a_purchase_has_bounds(office: Office, amount: int) -> None:
    account = office.account()
    with pytest.raises(Invalid, match="1 to 100,000"):
        buy(office, account, amount, "INV-1")
    with pytest.raises(Invalid):
        buy(office, account, 5, " ")


def test_an_undo_sent_again_after_its_time_gets_its_first_answer(office: Office) -> None:
    account, desk = office.account(), office.at(ALEX)
    bought = tokens.record_purchase(desk, account.id, 5, "INV-1", None, desk.new_key())
    assert bought.undo is not None
    key = desk.new_key()
    first = undo(desk, bought.undo, key)
    office.clock.advance(minutes=30)
    assert undo(desk, bought.undo, key) == first
    with pytest.raises(NotAllowed, match="Too late"):
        undo(desk, bought.undo, desk.new_key())
    assert office.balance(account) == 0


def test_a_purchase_is_undone_by_its_seller_while_the_tokens_are_there(office: Office) -> None:
    account = office.account()
    desk, priya = office.at(ALEX), office.at(PRIYA)
    first = tokens.record_purchase(desk, account.id, 5, "INV-1", None, desk.new_key())
    assert first.undo is not None
    with pytest.raises(NotAllowed):
        undo(priya, first.undo, priya.new_key())
    undo(desk, first.undo, desk.new_key())
    assert office.balance(account) == 0
    with pytest.raises(Refused, match="reversed already"):
        undo(desk, first.undo, desk.new_key())
    spent = tokens.record_purchase(desk, account.id, 3, "INV-2", None, desk.new_key())
    office.number(account, Priority.URGENT)
    assert spent.undo is not None
    with pytest.raises(TooFewTokens, match="Nothing was changed"):
        undo(desk, spent.undo, desk.new_key())
    late = tokens.record_purchase(desk, account.id, 3, "INV-3", None, desk.new_key())
    office.clock.advance(minutes=10, microseconds=1)
    assert late.undo is not None
    with pytest.raises(NotAllowed, match="Too late"):
        undo(desk, late.undo, desk.new_key())


def test_corrections_are_a_managers_and_never_go_below_nothing(office: Office) -> None:
    account = office.account(balance=10)
    morgan, alex = office.at(MORGAN), office.at(ALEX)
    tokens.adjust(morgan, account.id, -4, "Counted twice", morgan.new_key())
    tokens.refund(morgan, account.id, 2, "PAY-1", "Leaves us", morgan.new_key())
    assert office.balance(account) == 4
    for act in (
        lambda desk: tokens.adjust(desk, account.id, -5, "Too much", desk.new_key()),
        lambda desk: tokens.refund(desk, account.id, 5, "PAY-2", "Too much", desk.new_key()),
    ):
        with pytest.raises(TooFewTokens):
            act(morgan)
        with pytest.raises(NotAllowed):
            act(alex)
    for bad in (
        lambda: tokens.adjust(morgan, account.id, 0, "Why", morgan.new_key()),
        lambda: tokens.adjust(morgan, account.id, 1, " ", morgan.new_key()),
        lambda: tokens.refund(morgan, account.id, 0, "PAY-3", "Why", morgan.new_key()),
        lambda: tokens.refund(morgan, account.id, 1, "", "Why", morgan.new_key()),
    ):
        with pytest.raises(Invalid):
            bad()
    assert office.balance(account) == 4


def test_an_entry_is_reversed_once_and_tickets_entries_never(office: Office) -> None:
    account = office.account(balance=10)
    office.number(account)
    morgan = office.at(MORGAN)
    bought, charged = tokens.statement(morgan, account.id, *EVER).lines
    with pytest.raises(Refused, match="classification"):
        tokens.reverse_entry(morgan, charged.entry_id, "A mistake", morgan.new_key())
    with pytest.raises(TooFewTokens):
        tokens.reverse_entry(morgan, bought.entry_id, "A mistake", morgan.new_key())
    tokens.adjust(morgan, account.id, 5, "A present", morgan.new_key())
    present = tokens.statement(morgan, account.id, *EVER).lines[-1]
    tokens.reverse_entry(morgan, present.entry_id, "A mistake", morgan.new_key())
    with pytest.raises(Refused, match="reversed already"):
        tokens.reverse_entry(morgan, present.entry_id, "A mistake", morgan.new_key())
    assert office.balance(account) == 9


def test_a_statement_opens_and_closes(office: Office) -> None:
    account = office.account(balance=10)
    office.clock.advance(days=1)
    midnight = office.clock.now
    office.number(account, Priority.URGENT)
    office.clock.advance(days=1)
    office.number(account)
    found = tokens.statement(office.desk, account.id, midnight, midnight + timedelta(hours=1))
    assert (found.opening, [line.tokens for line in found.lines], found.closing) == (10, [-3], 7)
    assert found.adds_up_by == 0
    whole = tokens.statement(office.desk, account.id, *EVER)
    assert (whole.opening, [line.balance_after for line in whole.lines], whole.closing) == (0, [10, 7, 6], 6)


def test_flat_rate_accounts_have_no_tokens(office: Office) -> None:
    flat = office.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    with pytest.raises(Refused, match="flat-rate"):
        buy(office, flat, 5, "INV-1")


def test_what_the_options_would_cost(office: Office) -> None:
    """3,200 users: $960 for all users, $320 for administrators; tokens are cheaper below 12.8 a month."""
    account = office.account(balance=100, users=3_200)
    young = tokens.account_view(office.desk, account.id)
    assert young.pace is None
    costs = {each.option: each.cost for each in young.comparison}
    assert costs == {
        SupportOption.FLAT_RATE_USERS: 96_000,
        SupportOption.FLAT_RATE_ADMINISTRATORS: 32_000,
        SupportOption.TOKENS: None,
    }
    assert young.break_even == "Tokens stay cheaper than flat-rate, administrators below 12.8 tokens a month."
    office.clock.advance(days=40)
    office.number(account, Priority.EMERGENCY)
    office.clock.advance(days=30)
    office.number(account, Priority.URGENT)
    morgan = office.at(MORGAN)
    tokens.adjust(morgan, account.id, -50, "No use of support", morgan.new_key())
    view = tokens.account_view(office.desk, account.id)
    assert view.pace is not None
    assert (view.pace.per_month, view.pace.least, view.pace.most) == (13 / 3, 0, 10)
    assert {each.option: each.cost for each in view.comparison}[SupportOption.TOKENS] == round(13 / 3 * 2500)
    assert view.break_even.endswith("This account used 4.3.")
    assert [each.option for each in view.comparison if each.current] == [SupportOption.TOKENS]


def test_where_there_is_no_choice_nothing_is_compared(office: Office) -> None:
    platform = office.account("Platform", Hosting.PLATFORM, balance=11)
    view = tokens.account_view(office.desk, platform.id)
    assert ([each.option for each in view.comparison], view.break_even) == ([SupportOption.TOKENS], "")
    assert not view.low
    office.number(platform)
    assert tokens.account_view(office.desk, platform.id).low


def test_a_flat_rate_is_not_chosen_while_tokens_are_left(office: Office) -> None:
    account = office.account(balance=1)
    desk = office.at(IRA)
    changed = replace(account, option=SupportOption.FLAT_RATE_USERS)
    with pytest.raises(Refused, match="Refund them"):
        people.save_account(desk, changed, desk.new_key())


def test_a_flat_rate_is_not_chosen_while_tickets_wait_for_tokens(office: Office) -> None:
    """Nothing could open them any more: no tokens are sold to a flat rate (clause 4.2)."""
    account = office.account(balance=0)
    waiting = [office.number(account), office.number(account, Priority.URGENT)]
    ira, morgan = office.at(IRA), office.at(MORGAN)
    changed = replace(account, option=SupportOption.FLAT_RATE_USERS)
    with pytest.raises(Refused, match=f"wait for tokens: {waiting[0]}, {waiting[1]}"):
        people.save_account(ira, changed, ira.new_key())
    buy(office, account, 1, "INV-1")
    progress.cancel(morgan, waiting[1], "They gave up.", False, morgan.new_key())
    people.save_account(ira, changed, ira.new_key())


def test_tokens_that_go_back_to_a_flat_rate_are_refunded_after_a_change_to_tokens(office: Office) -> None:
    account = office.account(balance=1)
    number, morgan = office.number(account), office.at(MORGAN)
    flat = replace(account, option=SupportOption.FLAT_RATE_USERS)
    people.save_account(morgan, flat, morgan.new_key())
    triage.determine(morgan, number, True, "own_fault", "", None, morgan.new_key())
    with pytest.raises(Refused, match="1 token went back to it since"):
        tokens.refund(morgan, account.id, 1, "PAY-1", "Its support is flat-rate now.", morgan.new_key())
    with_tokens = replace(people.account(morgan, account.id), option=SupportOption.TOKENS)
    people.save_account(morgan, with_tokens, morgan.new_key())
    tokens.refund(morgan, account.id, 1, "PAY-1", "Its support is flat-rate now.", morgan.new_key())
    assert office.balance(account) == 0


@pytest.mark.parametrize("who", [ROSA, IRA])
def test_who_only_reads_or_sets_up_moves_no_tokens(office: Office, who: object) -> None:
    account = office.account(balance=5)
    desk = office.at(who)  # type: ignore[arg-type]
    acts: list[Callable[[], object]] = [
        lambda: buy(office, account, 5, "INV-9", who),
        lambda: tokens.adjust(desk, account.id, 1, "Why", desk.new_key()),
        lambda: tokens.refund(desk, account.id, 1, "P", "Why", desk.new_key()),
        lambda: tokens.reverse_entry(desk, 1, "Why", desk.new_key()),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert office.balance(account) == 5


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "%", "_", "'; DROP TABLE account; --", "x" * 5000, "\u202e"]
)
def test_looking_for_odd_names_finds_nothing_and_breaks_nothing(office: Office, text: str) -> None:
    office.account("Ordinary")
    assert tokens.accounts(office.desk, text) == []
    query, _problems = parse(text, office.clock.now, "America/New_York")
    assert queue.keys(office.desk, query) == []
    with suppress(Invalid):
        assert tokens.invoice_taken(office.desk, 1, text) is None
