"""Corners that an independent reading of the policy found: money must not slip through a reopening or an overturn."""

from pathlib import Path
from typing import Any

from console.policy.reading import parse
from console.services.simulate import simulate

POLICY = parse((Path(__file__).resolve().parents[2] / "resources/policy/1.toml").read_text(encoding="utf-8"))


def after(priority: str, *events: tuple[str, str, str, dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The answer to a history of 10 June 2026; an event is (time, act, by whom, arguments)."""
    line = {
        "hosting": "dedicated",
        "option": "tokens",
        "requester": "administrator",
        "channel": "ticket",
        "priority": priority,
        "opened_at": "2026-06-10T16:00:00Z",
        "balance": 40,
        "events": [
            {"at": f"2026-06-10T{at}:00Z" if len(at) == 5 else at, "do": do, "by": by} | arguments
            for at, do, by, arguments in events
        ],
    }
    found = simulate(line | more, POLICY)
    assert found["refused_events"] == []
    return found


def test_what_was_resolved_and_reopened_had_been_begun_so_a_cancellation_leaves_the_price() -> None:
    found = after(
        "emergency",
        ("16:10", "resolve", "agent", {}),
        ("16:20", "reopen", "customer", {}),
        ("16:30", "cancel", "customer", {}),
    )
    assert (found["charged"], found["balance"]) == (10, 30)


def test_an_overturned_free_decision_charges_no_raise_that_nobody_authorised() -> None:
    decided = ("16:10", "determine_free", "manager", {})
    overturned = ("16:30", "determine_not_free", "manager", {})
    raised = {"priority": "emergency"}
    alone = after("standard", decided, ("16:20", "change_priority", "agent", raised), overturned)
    asked = after("standard", decided, ("16:20", "change_priority", "customer", raised), overturned)
    assert alone["charged"] == 1
    assert asked["charged"] == 10


def test_an_overturned_free_decision_charges_nothing_on_a_ticket_cancelled_before_work_began() -> None:
    found = after(
        "standard",
        ("16:10", "determine_free", "manager", {}),
        ("16:20", "cancel", "customer", {}),
        ("16:30", "determine_not_free", "manager", {}),
    )
    assert (found["charged"], found["balance"]) == (0, 40)


def test_a_reopened_ticket_that_is_raised_has_a_goal_to_resolve_or_plan() -> None:
    found = after(
        "standard",
        ("16:10", "resolve", "agent", {}),
        ("16:20", "reopen", "customer", {}),
        ("16:30", "change_priority", "customer", {"priority": "informational"}),
        ("16:40", "change_priority", "customer", {"priority": "emergency"}),
    )
    open_now = [each for each in found["milestones"] if each["met_at"] is None]
    assert [(each["name"], each["kind"], each["due"]) for each in open_now] == [
        ("resolve_or_plan", "goal", "2026-06-10T20:40:00Z")
    ]


def test_a_reply_made_in_time_meets_the_promise_counted_from_the_opening() -> None:
    found = after(
        "urgent",
        ("16:10", "respond", "agent", {}),
        ("16:11", "plan", "agent", {}),
        ("2026-06-13T17:00:00Z", "change_priority", "customer", {"priority": "informational"}),
    )
    respond = next(each for each in found["milestones"] if each["name"] == "respond")
    assert (respond["due"], respond["missed"]) == ("2026-06-13T16:00:00Z", False)


def test_a_demoted_flat_rate_emergency_gives_the_staff_no_fresh_clock() -> None:
    found = after(
        "emergency",
        ("16:10", "begin", "agent", {}),
        ("18:00", "demote", "agent", {}),
        hosting="shared",
        option="flat_rate_users",
    )
    respond = next(each for each in found["milestones"] if each["name"] == "respond")
    assert (respond["due"], respond["missed"], respond["kind"]) == ("2026-06-10T17:00:00Z", True, "goal")


def test_a_raise_beyond_the_balance_says_what_is_missing() -> None:
    line = {
        "hosting": "dedicated",
        "option": "tokens",
        "priority": "standard",
        "opened_at": "2026-06-10T16:00:00Z",
        "balance": 3,
        "events": [
            {"at": "2026-06-10T16:10:00Z", "do": "change_priority", "by": "customer", "priority": "emergency"}
        ],
    }
    (refused,) = simulate(line, POLICY)["refused_events"]
    assert "has 2 tokens; making it emergency needs 9. Nothing was changed." in refused["message"]
