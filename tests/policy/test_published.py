"""The published table, restated on purpose: prices, promises, entitlement and fees, clause by clause."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from console.policy import life
from console.policy.clauses import Clause
from console.policy.entitlement import Request, checks, require_entitled, require_offered
from console.policy.errors import Refused
from console.policy.terms import Channel, Hosting, Milestone, Priority, PromiseKind, Requester, SupportOption
from tests.policy.cases import (
    BEGIN,
    DAY,
    HOUR,
    NOON,
    POLICY,
    PRIYA,
    RESOLVE,
    RESPOND,
    SAM,
    TICK,
    flat,
    now,
    opened,
    promise,
    request,
)

EASTERN = ZoneInfo("America/New_York")
SHARED, DEDICATED, PLATFORM = Hosting
USERS, ADMINISTRATORS, TOKENS = SupportOption
INFORMATIONAL, BILLING, STANDARD, URGENT, EMERGENCY = Priority


def eastern(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


# --- 1.1 to 1.6: who may ask ------------------------------------------------------------------------------------

OFFERED = {SHARED: {USERS}, DEDICATED: {USERS, ADMINISTRATORS, TOKENS}, PLATFORM: {TOKENS}}


@pytest.mark.parametrize(("hosting", "option"), [*product(Hosting, SupportOption)])
def test_hosting_decides_the_support_options(hosting: Hosting, option: SupportOption) -> None:
    if option in OFFERED[hosting]:
        require_offered(hosting, option, POLICY)
    else:
        with pytest.raises(Refused) as refused:
            require_offered(hosting, option, POLICY)
        assert refused.value.clause == "1.1"
        assert refused.value.message.endswith(".")


def published_refusal(asked: Request) -> str | None:
    """The clause that refuses, as the published page has it; None when the request is entitled."""
    emergency = asked.priority is EMERGENCY
    if asked.option not in OFFERED[asked.hosting]:
        return "1.1"
    if asked.requester is Requester.USER:
        if asked.option is not USERS:
            return "1.3"
        if asked.restricted_to_administrators:
            return "1.2"
        if emergency:
            return "1.6"
    if asked.option is TOKENS and asked.channel is Channel.TELEPHONE and not (emergency and asked.authorised):
        return "1.5"
    return None


EVERY_REQUEST = [
    Request(*each)
    for each in product(Hosting, SupportOption, Requester, Channel, Priority, (False, True), (False, True))
]


def test_every_combination_is_entitled_or_refused_as_published() -> None:
    assert len(EVERY_REQUEST) == 3 * 3 * 2 * 4 * 5 * 2 * 2
    for asked in EVERY_REQUEST:
        expected = published_refusal(asked)
        if expected is None:
            require_entitled(asked, POLICY)
            continue
        with pytest.raises(Refused) as refused:
            require_entitled(asked, POLICY)
        assert refused.value.clause == expected, asked
        assert refused.value.message.endswith(".")
        assert len(refused.value.message) < 200


def test_the_checks_say_every_answer_with_its_clause() -> None:
    for asked in EVERY_REQUEST:
        answers = checks(asked, POLICY)
        assert answers
        assert all(answer.passed for answer in answers) == (published_refusal(asked) is None)
        assert all(answer.sentence.endswith(".") and answer.clause in POLICY.clauses for answer in answers)


def test_inbound_telephone_with_tokens_only_for_an_authorised_emergency() -> None:
    call = request(EMERGENCY, PLATFORM, TOKENS, channel=Channel.TELEPHONE)
    with pytest.raises(Refused, match="authorise") as refused:
        life.open_ticket(call, 1, POLICY, 100, NOON)
    assert refused.value.clause == Clause.NO_INBOUND_TELEPHONE
    authorised = replace(call, authorised_by="Leah Moreno", script="Do you authorise it?")
    outcome = life.open_ticket(authorised, 1, POLICY, 100, NOON)
    (fact,) = [fact for fact in outcome.facts if type(fact).__name__ == "TicketAuthorised"]
    assert (fact.by, fact.script, fact.price, fact.at) == ("Leah Moreno", "Do you authorise it?", 15, NOON)


def test_a_hosting_without_any_option_says_so() -> None:
    nothing = replace(POLICY, hosting={**POLICY.hosting, SHARED: ()})
    with pytest.raises(Refused, match="No support option is available with shared hosting"):
        require_offered(SHARED, USERS, nothing)


# --- 1.7: fees ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "users", "cents"),
    [
        (ADMINISTRATORS, 10_000, 100_000),  # stated: $1,000
        (USERS, 1, 30),
        (USERS, 10_000, 300_000),
        (ADMINISTRATORS, 1, 10),
        (USERS, 0, 0),
        (TOKENS, 10_000, 0),
    ],
)
def test_monthly_fees(option: SupportOption, users: int, cents: int) -> None:
    assert POLICY.monthly_fee(option, users) == cents


# --- 2.1: prices -------------------------------------------------------------------------------------------------

PRICES = {DEDICATED: (0, 0, 1, 3, 10), PLATFORM: (0, 0, 2, 5, 15)}


@pytest.mark.parametrize("hosting", PRICES)
def test_tokens_per_ticket(hosting: Hosting) -> None:
    assert tuple(POLICY.price(hosting, TOKENS, priority) for priority in Priority) == PRICES[hosting]


def test_flat_rate_tickets_cost_no_tokens() -> None:
    assert {
        POLICY.price(DEDICATED, option, each) for option in (USERS, ADMINISTRATORS) for each in Priority
    } == {0}


def test_a_token_costs_twenty_five_dollars() -> None:
    assert POLICY.tokens.price == 2_500


# --- 2.2 and 2.6: promises ---------------------------------------------------------------------------------------

PUBLISHED = {
    INFORMATIONAL: {RESPOND: (3 * DAY, False)},
    BILLING: {},
    STANDARD: {BEGIN: (24 * HOUR, False), RESOLVE: (48 * HOUR, False)},
    URGENT: {BEGIN: (4 * HOUR, True), RESOLVE: (24 * HOUR, False)},
    EMERGENCY: {BEGIN: (HOUR, False), RESOLVE: (4 * HOUR, False)},
}


def terms(option: SupportOption, priority: Priority) -> dict[Milestone, tuple[timedelta, bool]]:
    return {each.milestone: (each.amount, each.business) for each in POLICY.promises(option, priority)}


@pytest.mark.parametrize("priority", Priority)
def test_token_promises_are_guarantees_as_published(priority: Priority) -> None:
    assert terms(TOKENS, priority) == PUBLISHED[priority]
    assert {each.kind for each in POLICY.promises(TOKENS, priority)} <= {PromiseKind.GUARANTEE}


@pytest.mark.parametrize("option", [USERS, ADMINISTRATORS])
@pytest.mark.parametrize("priority", Priority)
def test_flat_rate_promises_are_goals(option: SupportOption, priority: Priority) -> None:
    answer = {RESPOND: (HOUR, True)}
    assert terms(option, priority) == (PUBLISHED[EMERGENCY] if priority is EMERGENCY else answer)
    assert {each.kind for each in POLICY.promises(option, priority)} == {PromiseKind.GOAL}


# --- 2.3: business hours and daylight saving ---------------------------------------------------------------------


def begin_due(opened_at: datetime) -> datetime:
    return promise(opened(URGENT, at=opened_at).ticket, BEGIN).due_at


@pytest.mark.parametrize(
    ("opened_at", "due"),
    [
        (eastern(11, 24, 12), eastern(11, 24, 16)),
        (eastern(11, 24, 3), eastern(11, 24, 13)),  # before opening: counts from 9:00
        (eastern(11, 24, 23), eastern(11, 25, 13)),  # at closing: counts from the next opening
        (eastern(11, 24, 19), eastern(11, 24, 23)),  # ends exactly at closing: due at closing
        (eastern(11, 24, 19) + TICK, eastern(11, 25, 9) + TICK),
        (eastern(11, 28, 22), eastern(11, 29, 12)),  # Saturday to Sunday: no weekend is excluded
        (eastern(12, 25, 10), eastern(12, 25, 14)),  # no holiday is excluded
        (eastern(10, 31, 22), eastern(11, 1, 12)),  # the night on which clocks go back
        (eastern(3, 7, 22), eastern(3, 8, 12)),  # the night on which clocks go forward
    ],
)
def test_four_business_hours(opened_at: datetime, due: datetime) -> None:
    assert begin_due(opened_at) == due


@pytest.mark.parametrize("opened_at", [eastern(10, 31, 20), eastern(3, 7, 20), eastern(7, 1, 20)])
def test_elapsed_promises_are_hours_whatever_daylight_saving_does(opened_at: datetime) -> None:
    assert promise(opened(STANDARD, at=opened_at).ticket, BEGIN).due_at - opened_at == 24 * HOUR
    assert promise(opened(STANDARD, at=opened_at).ticket, RESOLVE).due_at - opened_at == 48 * HOUR
    assert promise(opened(URGENT, at=opened_at).ticket, RESOLVE).due_at - opened_at == 24 * HOUR
    assert promise(opened(EMERGENCY, at=opened_at).ticket, BEGIN).due_at - opened_at == HOUR
    assert promise(opened(EMERGENCY, at=opened_at).ticket, RESOLVE).due_at - opened_at == 4 * HOUR
    assert promise(opened(INFORMATIONAL, at=opened_at).ticket, RESPOND).due_at - opened_at == 72 * HOUR


def test_twenty_four_hours_over_the_end_of_summer_time_end_an_hour_earlier_on_the_wall() -> None:
    due = promise(opened(STANDARD, at=eastern(10, 31, 20)).ticket, BEGIN).due_at
    assert due == eastern(11, 1, 19)


def test_a_flat_rate_answer_is_owed_within_a_business_hour() -> None:
    assert promise(flat(at=eastern(11, 24, 22, 30)), RESPOND).due_at == eastern(11, 25, 9, 30)


# --- 4.1 and 4.3: what is charged, and what a miss earns ---------------------------------------------------------


@pytest.mark.parametrize(("hosting", "priority"), [*product(PRICES, Priority)])
def test_the_price_is_charged_at_the_opening(hosting: Hosting, priority: Priority) -> None:
    price = PRICES[hosting][list(Priority).index(priority)]
    outcome = opened(priority, hosting)
    assert outcome.balance == 100 - price
    assert outcome.ticket.held == price
    assert [each.tokens for each in outcome.entries] == ([-price] if price else [])


def test_standard_work_on_time_keeps_its_price() -> None:
    ticket = opened(STANDARD).ticket
    begun = life.begin(ticket, SAM, now(NOON + 24 * HOUR), 99)
    done = life.resolve(begun.ticket, PRIYA, now(NOON + 48 * HOUR), begun.balance)
    assert (done.ticket.held, done.balance, done.ticket.is_free) == (1, 99, False)


def test_monthly_fee_example_of_the_published_page() -> None:
    """ "instead of paying $1000/mo for administrative support for 10,000 users"."""
    assert POLICY.monthly_fee(SupportOption.FLAT_RATE_ADMINISTRATORS, 10_000) == 1_000 * 100
