"""What the policy does with a history: each clause by example, and that looking never changes anything."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.policy.document import Policy
from console.policy.errors import Invalid
from console.policy.reading import parse
from console.services.documents import shipped_policies
from console.services.simulate import simulate

POLICY: Policy = parse(shipped_policies()[0])
#: A Tuesday, noon Eastern.
OPENED = datetime(2026, 11, 24, 17, tzinfo=UTC)


def at(**span: float) -> str:
    return (OPENED + timedelta(**span)).isoformat()


def do(name: str, by: str = "agent", more: dict[str, Any] | None = None, **span: float) -> dict[str, Any]:
    return {"at": at(**span), "do": name, "by": by, **(more or {})}


def line(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {
        "id": "one",
        "hosting": "dedicated",
        "option": "tokens",
        "requester": "administrator",
        "channel": "ticket",
        "priority": "standard",
        "opened_at": at(),
        "balance": 20,
        "events": list(events),
        "now": at(hours=1),
    }
    return plain | more


def answer(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = simulate(line(*events, **more), POLICY)
    json.dumps(found)
    return found


def moves(found: dict[str, Any]) -> list[tuple[str, int]]:
    return [(str(entry["cause"]), entry["tokens"]) for entry in found["ledger"]]


def due(found: dict[str, Any]) -> dict[str, str]:
    return {str(each["name"]): each["due"] for each in found["milestones"]}


# --- Who may ask (§1) --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "clause"),
    [
        ({"hosting": "shared", "option": "tokens"}, "1.1"),
        ({"hosting": "shared", "option": "flat_rate_administrators"}, "1.1"),
        ({"hosting": "platform", "option": "flat_rate_users"}, "1.1"),
        ({"requester": "user"}, "1.3"),
        ({"option": "flat_rate_administrators", "requester": "user"}, "1.3"),
        ({"option": "flat_rate_users", "requester": "user", "restricted": True}, "1.2"),
        ({"channel": "telephone"}, "1.5"),
        ({"channel": "telephone", "priority": "emergency"}, "1.5"),
        ({"channel": "telephone", "authorised": True}, "1.5"),
        ({"option": "flat_rate_users", "requester": "user", "priority": "emergency"}, "1.6"),
    ],
)
def test_a_refusal_names_its_clause_and_costs_nothing(more: dict[str, Any], clause: str) -> None:
    found = answer(do("begin", minutes=5), do("check", minutes=6), **more)
    assert (found["allowed"], found["state"], found["clause"]) == (False, "refused", clause)
    assert found["message"].endswith(".")
    assert (found["charged"], found["ledger"], found["milestones"], found["balance"]) == (0, [], [], 20)
    assert [each["index"] for each in found["refused_events"]] == [0]


@pytest.mark.parametrize(
    "more",
    [
        {"option": "flat_rate_users", "hosting": "shared", "requester": "user", "channel": "telephone"},
        {"option": "flat_rate_administrators", "channel": "telephone", "priority": "emergency"},
        {"channel": "telephone", "priority": "emergency", "authorised": True},
        {"channel": "callback"},
        {"channel": "email"},
        {"hosting": "platform"},
    ],
)
def test_who_is_entitled_is_let_in(more: dict[str, Any]) -> None:
    assert answer(**more)["allowed"] is True


@pytest.mark.parametrize(
    ("option", "users", "fee"),
    [("flat_rate_users", 3_200, 96_000), ("flat_rate_administrators", 10_000, 100_000), ("tokens", 3_200, 0)],
)
def test_the_monthly_fee_is_users_times_price(option: str, users: int, fee: int) -> None:
    assert answer(option=option, users=users)["monthly_fee_cents"] == fee


# --- Prices and clocks (§2) --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hosting", "priority", "price"),
    [
        ("dedicated", "informational", 0),
        ("dedicated", "billing", 0),
        ("dedicated", "standard", 1),
        ("dedicated", "urgent", 3),
        ("dedicated", "emergency", 10),
        ("platform", "standard", 2),
        ("platform", "urgent", 5),
        ("platform", "emergency", 15),
    ],
)
def test_the_price_is_charged_at_the_opening(hosting: str, priority: str, price: int) -> None:
    found = answer(hosting=hosting, priority=priority)
    assert (found["charged"], found["balance"]) == (price, 20 - price)
    assert moves(found) == ([("opened", -price)] if price else [])
    assert found["free"] is False


@pytest.mark.parametrize(
    ("priority", "promised"),
    [
        ("informational", {"respond": "2026-11-27T17:00:00Z"}),
        ("billing", {}),
        ("standard", {"begin": "2026-11-25T17:00:00Z", "resolve_or_plan": "2026-11-26T17:00:00Z"}),
        ("urgent", {"begin": "2026-11-24T21:00:00Z", "resolve_or_plan": "2026-11-25T17:00:00Z"}),
        ("emergency", {"begin": "2026-11-24T18:00:00Z", "resolve_or_plan": "2026-11-24T21:00:00Z"}),
    ],
)
def test_the_promises_of_token_tickets(priority: str, promised: dict[str, str]) -> None:
    found = answer(priority=priority)
    assert due(found) == promised
    assert all(each["kind"] == "guarantee" for each in found["milestones"])


@pytest.mark.parametrize(
    ("opened", "begin_due"),
    [
        ("2026-11-25T03:00:00Z", "2026-11-25T17:00:00Z"),  # 10 PM Eastern: an hour today, three tomorrow
        ("2026-11-25T00:00:00Z", "2026-11-25T04:00:00Z"),  # 7 PM: ends exactly at closing time
        ("2026-11-25T05:00:00Z", "2026-11-25T18:00:00Z"),  # midnight: counts from the opening at 9 AM
        ("2026-10-31T23:00:00-04:00", "2026-11-01T18:00:00Z"),  # the night on which summer time ends
        ("2026-03-07T21:30:00-05:00", "2026-03-08T15:30:00Z"),  # and the one on which it begins
        ("2026-11-24T17:00:00.000001Z", "2026-11-24T21:00:00.000001Z"),
    ],
)
def test_urgent_counts_business_hours(opened: str, begin_due: str) -> None:
    found = answer(priority="urgent", opened_at=opened, now=opened)
    assert due(found)["begin"] == begin_due
    spans = [
        [datetime.fromisoformat(span[end]) for end in ("start", "end")]
        for span in found["milestones"][0]["spans"]
    ]
    counted = sum((end - start for start, end in spans), timedelta())
    assert counted == timedelta(hours=4)


def test_met_at_the_due_instant_and_missed_one_tick_after() -> None:
    in_time = answer(do("begin", hours=1), priority="emergency", now=at(hours=2))
    assert in_time["milestones"][0]["met_at"] == "2026-11-24T18:00:00Z"
    assert (in_time["milestones"][0]["missed"], in_time["free"]) == (False, False)
    late = answer(do("begin", hours=1, microseconds=1), priority="emergency", now=at(hours=2))
    assert late["milestones"][0]["met_at"] == "2026-11-24T18:00:00.000001Z"
    assert (late["milestones"][0]["missed"], late["free"], late["charged"]) == (True, True, 0)


def test_flat_rate_tickets_have_goals_and_credit_nothing() -> None:
    flat = answer(option="flat_rate_users", now=at(days=1))
    assert [(str(each["name"]), str(each["kind"]), each["missed"]) for each in flat["milestones"]] == [
        ("respond", "goal", True)
    ]
    assert due(flat) == {"respond": "2026-11-24T18:00:00Z"}
    assert (flat["free"], flat["ledger"], flat["charged"]) == (False, [], 0)


def test_an_instant_in_any_zone_is_the_same_instant() -> None:
    assert answer() == answer(opened_at="2026-11-24T12:00:00-05:00", now="2026-11-25T03:00:00+09:00")


# --- Classification (§3) -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hosting", "back"), [("dedicated", 7), ("platform", 10)])
def test_a_demotion_credits_the_difference_from_the_same_opening(hosting: str, back: int) -> None:
    found = answer(do("demote", minutes=20), hosting=hosting, priority="emergency")
    assert moves(found)[1] == ("demoted", back)
    assert due(found) == {"begin": "2026-11-24T21:00:00Z", "resolve_or_plan": "2026-11-25T17:00:00Z"}
    assert (found["priority"], found["charged"]) == ("urgent", 3 if back == 7 else 5)


def test_missed_as_an_emergency_stays_missed_after_the_demotion() -> None:
    found = answer(do("demote", hours=2), priority="emergency", now=at(hours=3))
    assert moves(found) == [("opened", -10), ("begin_missed", 10)]
    assert found["ledger"][1]["at"] == "2026-11-24T18:00:00Z"
    assert (found["free"], found["charged"], found["priority"]) == (True, 0, "urgent")


@pytest.mark.parametrize(
    ("events", "clause"),
    [
        ([do("demote", "customer", minutes=5)], "3.2"),
        ([do("confirm", minutes=5), do("demote", minutes=6)], "3.1"),
        ([do("demote", minutes=5), do("demote", minutes=6)], "3.2"),
        ([do("determine_free", minutes=5)], "3.3"),
        ([do("propose_free", "customer", minutes=5)], None),
        ([do("cancel", "agent", minutes=5)], "6.3"),
        ([do("reopen", minutes=5)], "6.1"),
        ([do("change_priority", minutes=5, more={"priority": "urgent"})], "3.2"),
        ([do("begin", "customer", minutes=5)], None),
    ],
)
def test_what_is_not_allowed_is_listed_and_changes_nothing(
    events: list[dict[str, Any]], clause: str | None
) -> None:
    found = answer(*events, priority="emergency")
    (refused,) = found["refused_events"]
    assert refused["index"] == len(events) - 1
    assert refused["message"].endswith(".")
    assert clause is None or refused["clause"] == clause
    before = answer(*events[:-1], priority="emergency")
    assert found == before | {"refused_events": [refused]}


def test_a_manager_may_demote_what_was_confirmed() -> None:
    found = answer(do("confirm", minutes=5), do("demote", "manager", minutes=6), priority="emergency")
    assert (found["priority"], found["refused_events"]) == ("urgent", [])


def test_free_issues_are_decided_by_managers() -> None:
    free = answer(do("propose_free", minutes=5), do("determine_free", "manager", minutes=9))
    assert (free["free"], free["charged"], moves(free)[-1]) == (True, 0, ("free_issue", 1))
    stands = answer(do("propose_free", minutes=5), do("determine_not_free", "manager", minutes=9))
    assert (stands["free"], stands["charged"]) == (False, 1)
    overturned = answer(
        do("determine_free", "manager", minutes=5), do("determine_not_free", "manager", minutes=9)
    )
    assert (overturned["free"], overturned["charged"], moves(overturned)[-1]) == (
        False,
        1,
        ("overturned", -1),
    )


def test_a_raise_needs_authority_and_starts_its_clock_anew() -> None:
    urgent = {"priority": "urgent"}
    refused = answer(do("change_priority", minutes=30, more=urgent))
    assert (refused["priority"], refused["refused_events"][0]["clause"]) == ("standard", "3.4")
    for raised in (
        answer(do("change_priority", "customer", minutes=30, more=urgent)),
        answer(do("change_priority", minutes=30, more={"to": "urgent", "authorised": True})),
    ):
        assert (raised["priority"], raised["charged"], raised["balance"]) == ("urgent", 3, 17)
        assert due(raised) == {"begin": "2026-11-24T21:30:00Z", "resolve_or_plan": "2026-11-25T17:30:00Z"}
    lowered = answer(do("change_priority", minutes=30, more={"priority": "standard"}), priority="urgent")
    assert (lowered["charged"], due(lowered)["begin"]) == (1, "2026-11-25T17:00:00Z")


# --- Tokens (§4) -------------------------------------------------------------------------------------------------


def test_too_few_tokens_wait_and_the_release_is_the_opening() -> None:
    waits = answer(balance=2, priority="urgent", now=at(days=3))
    assert (waits["state"], waits["allowed"], waits["clause"]) == ("awaiting_tokens", True, "4.2")
    assert (waits["charged"], waits["milestones"], waits["ledger"], waits["free"]) == (0, [], [], False)
    bought = answer(
        do("buy_tokens", "customer", {"tokens": 1}, hours=2), balance=2, priority="urgent", now=at(hours=3)
    )
    assert moves(bought) == [("bought", 1), ("opened", -3)]
    assert due(bought)["begin"] == "2026-11-24T23:00:00Z"
    assert (bought["state"], bought["balance"]) == ("open", 0)


def test_a_missed_guarantee_credits_once_and_what_follows_costs_nothing() -> None:
    urgent = {"priority": "urgent", "authorised": True}
    found = answer(
        do("check", hours=30),
        do("begin", hours=31),
        do("change_priority", hours=32, more=urgent),
        now=at(days=9),
    )
    assert moves(found) == [("opened", -1), ("begin_missed", 1)]
    assert found["ledger"][1]["at"] == "2026-11-25T17:00:00Z"
    assert (found["free"], found["charged"], found["balance"]) == (True, 0, 20)


def test_flat_rate_support_sells_no_tokens() -> None:
    found = answer(do("buy_tokens", more={"tokens": 5}, minutes=5), option="flat_rate_users")
    assert found["refused_events"][0]["clause"] == "4.5"


# --- Reopening and cancelling (§6) -------------------------------------------------------------------------------


def test_a_reopened_ticket_has_a_goal_and_no_new_charge() -> None:
    found = answer(do("resolve", hours=1), do("reopen", "customer", days=7, hours=1), now=at(days=20))
    assert moves(found) == [("opened", -1)]
    last = found["milestones"][-1]
    assert (str(last["kind"]), last["due"], last["missed"]) == ("goal", "2026-12-03T18:00:00Z", True)
    assert (found["free"], found["refused_events"]) == (False, [])
    late = answer(
        do("resolve", hours=1), do("reopen", "customer", days=7, hours=1, microseconds=1), now=at(days=20)
    )
    assert (late["state"], late["refused_events"][0]["clause"]) == ("resolved", "6.1")


def test_cancelling_before_and_after_work_has_begun() -> None:
    before = answer(do("cancel", "customer", minutes=5), now=at(days=9))
    assert (before["state"], before["charged"], moves(before)[-1]) == ("cancelled", 0, ("cancelled", 1))
    assert not any(each["missed"] for each in before["milestones"])
    after = answer(do("begin", minutes=4), do("cancel", "customer", minutes=5), now=at(days=9))
    assert (after["state"], after["charged"]) == ("cancelled", 1)
    kind = answer(do("begin", minutes=4), do("cancel", "manager", {"credit": True}, minutes=5))
    assert (kind["state"], kind["charged"]) == ("cancelled", 0)


# --- Only what happened when counts ------------------------------------------------------------------------------


ACTS = st.sampled_from(
    [
        ("respond", "agent", {}), ("begin", "agent", {}), ("plan", "agent", {}), ("resolve", "agent", {}),
        ("demote", "agent", {}), ("demote", "manager", {}), ("confirm", "agent", {}), ("propose_free", "agent", {}),
        ("determine_free", "manager", {}), ("determine_not_free", "manager", {}),
        ("change_priority", "customer", {"priority": "urgent"}), ("change_priority", "agent", {"priority": "standard"}),
        ("change_priority", "customer", {"priority": "emergency"}), ("buy_tokens", "customer", {"tokens": 7}),
        ("reopen", "customer", {}), ("cancel", "customer", {}), ("cancel", "manager", {"credit": True}),
    ]
)  # fmt: skip


@given(
    acts=st.lists(ACTS, max_size=8),
    minutes=st.lists(st.integers(-30, 5000), min_size=8, max_size=8, unique=True),
    looks=st.lists(st.integers(-100, 6000), max_size=5),
    priority=st.sampled_from(["informational", "billing", "standard", "urgent", "emergency"]),
    terms=st.sampled_from([("dedicated", "tokens"), ("platform", "tokens"), ("shared", "flat_rate_users")]),
    balance=st.integers(0, 20),
    seed=st.integers(0, 99),
)
@settings(max_examples=150, deadline=None)
def test_neither_order_nor_looking_changes_the_result(
    acts: list[tuple[str, str, dict[str, Any]]],
    minutes: list[int],
    looks: list[int],
    priority: str,
    terms: tuple[str, str],
    balance: int,
    seed: int,
) -> None:
    events = [do(name, by, more, minutes=when) for (name, by, more), when in zip(acts, minutes, strict=False)]
    more = {
        "priority": priority,
        "hosting": terms[0],
        "option": terms[1],
        "balance": balance,
        "now": at(minutes=4500),
    }
    found = answer(*events, **more)
    shuffled = events + [do("check", "system", minutes=when) for when in looks]
    random.Random(seed).shuffle(shuffled)
    again = answer(*shuffled, **more)
    for each in found["refused_events"] + again["refused_events"]:
        each["event"] = (events if each in found["refused_events"] else shuffled)[each.pop("index")]
    for each in (found, again):
        each["refused_events"].sort(key=lambda refused: refused["event"]["at"])
    assert again == found
    assert found["balance"] == balance + sum(entry["tokens"] for entry in found["ledger"]) >= 0
    assert found["charged"] >= 0
    assert [entry["at"] for entry in found["ledger"]] == sorted(entry["at"] for entry in found["ledger"])
    if found["free"]:
        assert found["charged"] == 0


def test_what_lies_outside_the_history_is_refused_and_a_look_is_not() -> None:
    found = answer(
        do("begin", minutes=-1), do("plan", hours=2), do("check", minutes=-1), do("check", hours=3)
    )
    assert [(each["index"], each["clause"]) for each in found["refused_events"]] == [(0, "2.4"), (1, None)]
    assert found["state"] == "open"


def test_now_is_the_last_instant_named_where_none_is_given() -> None:
    assert answer(do("check", days=2), now=None)["free"] is True
    assert answer(now=None)["free"] is False


def test_events_at_the_same_instant_happen_as_they_are_listed() -> None:
    found = answer(
        do("propose_free", minutes=5), do("determine_free", "manager", minutes=5), do("resolve", minutes=5)
    )
    assert (found["state"], found["free"], found["refused_events"]) == ("resolved", True, [])


# --- What cannot be understood -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            {"opened_at": "2026-11-24T17:00:00"},
            "opened_at: '2026-11-24T17:00:00' has no zone; add Z or an offset.",
        ),
        ({"opened_at": "2026-11-24"}, "opened_at: '2026-11-24' has no zone"),
        ({"opened_at": "yesterday"}, "opened_at: 'yesterday' is not an ISO 8601 instant."),
        ({"opened_at": None}, "opened_at: expected an instant such as"),
        (
            {"opened_at": 1764003600},
            "opened_at: expected an instant such as 2026-11-24T17:00:00Z, not 1764003600.",
        ),
        ({"opened_at": "0001-01-01T00:00:00+14:00"}, "opened_at: '0001-01-01T00:00:00+14:00' lies outside"),
        ({"now": "2026-11-24T16:59:59.999999Z"}, "now: lies before opened_at."),
        ({"now": True}, "now: expected an instant"),
        ({"hosting": "cloud"}, "hosting: expected one of shared, dedicated, platform, not 'cloud'."),
        ({"hosting": None}, "hosting: expected one of shared, dedicated, platform, and it is missing."),
        ({"priority": ["standard"]}, "priority: expected one of informational"),
        ({"priority": "Standard"}, "priority: expected one of"),
        ({"option": {}}, "option: expected one of"),
        ({"requester": 3}, "requester: expected one of user, administrator, not 3."),
        ({"channel": "fax"}, "channel: expected one of"),
        ({"balance": -1}, "balance: expected a whole number from 0 to 1,000,000,000, not -1."),
        ({"balance": 1.0}, "balance: expected a whole number"),
        ({"balance": True}, "balance: expected a whole number"),
        ({"balance": "20"}, "balance: expected a whole number"),
        ({"users": 10**30}, "users: expected a whole number"),
        ({"authorised": "yes"}, "authorised: expected true or false, not 'yes'."),
        ({"balance": True}, "balance: expected a whole number from 0 to 1,000,000,000, not true."),
        ({"id": [1]}, "id: expected text or a number, not [1]."),
        ({"id": True}, "id: expected text or a number"),
        ({"events": {}}, "events: expected a list"),
        ({"events": ["begin"]}, "events[0]: expected an object, not 'begin'."),
        ({"events": [{"at": at(), "do": "jump"}]}, "events[0].do: expected one of check"),
        ({"events": [{"at": at()}]}, "events[0].do: expected one of"),
        (
            {"events": [{"at": at(), "do": "begin", "by": "boss"}]},
            "events[0].by: expected one of agent, manager",
        ),
        ({"events": [{"do": "begin"}]}, "events[0].at: expected an instant"),
        ({"events": [{"at": at(), "do": "buy_tokens"}]}, "events[0].tokens: expected a whole number from 1"),
        (
            {"events": [{"at": at(), "do": "buy_tokens", "tokens": 0}]},
            "events[0].tokens: expected a whole number",
        ),
        ({"events": [{"at": at(), "do": "change_priority"}]}, "events[0].priority: expected one of"),
        ({"events": [{"at": at(), "do": "cancel", "credit": 1}]}, "events[0].credit: expected true or false"),
    ],
)
def test_a_line_that_cannot_be_understood_names_its_key(more: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid) as caught:
        simulate(line(**more), POLICY)
    assert says in caught.value.message
    assert len(caught.value.message) < 400


def test_a_key_that_nothing_reads_is_named_and_changes_nothing() -> None:
    begun = {"at": at(), "do": "begin"}
    strange = line(authorized=True, events=[begun | {"when": 1}], **{"x" * 500: 1})
    found = simulate(strange, POLICY)
    assert found["ignored"] == (
        "authorized (did you mean authorised?)",
        "x" * 57 + "...",
        "events[0].when (did you mean by_when?)",
    )
    plain = simulate(line(events=[begun]), POLICY)
    assert plain["ignored"] == ()
    assert found | {"ignored": ()} == plain


def test_what_is_optional_has_sensible_defaults() -> None:
    least = {"hosting": "dedicated", "option": "tokens", "priority": "standard", "opened_at": at()}
    found = simulate(least, POLICY)
    assert found["id"] is None
    assert (found["allowed"], found["state"]) == (True, "awaiting_tokens")
    record = {
        "reason": "r",
        "criteria": ["down"],
        "category": "billing",
        "text": "t",
        "what": "w",
        "comment": "c",
    }
    kept = answer(do("propose_free", minutes=5, more=record), comment="for me")
    assert kept["refused_events"] == []


@pytest.mark.parametrize("year", ["0001", "1900", "1969", "2400", "9998"])
def test_very_old_and_far_off_instants(year: str) -> None:
    opened = f"{year}-06-15T12:00:00Z"
    found = answer(priority="urgent", opened_at=opened, now=None)
    assert due(found)["resolve_or_plan"] == f"{year}-06-16T12:00:00Z"
