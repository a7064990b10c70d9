"""Classification at the desk: the preview is the deed, a moved version says who was first, decisions are final."""

from collections.abc import Callable

import pytest

from console.policy import facts as f
from console.policy.account import Account
from console.policy.errors import Conflict, Invalid, NotAllowed, Refused, TooFewTokens
from console.policy.terms import Hosting, Priority
from console.policy.ticket import Ticket
from console.services import progress, triage
from console.services.desk import Changed, Desk, Preview
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from console.services.undo import undo
from tests.support.desks import ALEX, MORGAN, PRIYA, ROSA, Office

WHY = "Only one footer picture is wrong."


def stored(office: Office, id: int) -> Ticket:
    return ticket_view(office.desk, id).ticket


@pytest.fixture
def account(office: Office) -> Account:
    return office.account(balance=60)


Twin = tuple[Callable[[Desk, int], Preview], Callable[[Desk, int], Changed]]
ACTS: dict[str, Twin] = {
    "demote": (
        lambda desk, id: triage.preview_demotion(desk, id, ["partial"], WHY),
        lambda desk, id: triage.demote(desk, id, ["partial"], WHY, None, desk.new_key()),
    ),
    "confirm": (
        lambda desk, id: triage.preview_confirmation(desk, id, ["down"], ""),
        lambda desk, id: triage.confirm(desk, id, ["down"], "", None, desk.new_key()),
    ),
    "free": (
        lambda desk, id: triage.preview_determination(desk, id, True, "own_fault", WHY),
        lambda desk, id: triage.determine(desk, id, True, "own_fault", WHY, None, desk.new_key()),
    ),
    "not free": (
        lambda desk, id: triage.preview_determination(desk, id, False, "configuration", WHY),
        lambda desk, id: triage.determine(desk, id, False, "configuration", WHY, None, desk.new_key()),
    ),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("late", [False, True])
def test_the_preview_is_the_deed(office: Office, account: Account, act: str, late: bool) -> None:
    id = office.number(account, Priority.EMERGENCY)
    office.clock.advance(hours=2 if late else 0, minutes=10)
    morgan = office.at(MORGAN)
    preview, deed = ACTS[act]
    if act == "free" and late:
        for refused in (preview, deed):
            with pytest.raises(Refused, match="Already free: the begin guarantee was missed"):
                refused(morgan, id)
        return
    shown = preview(morgan, id)
    assert stored(office, id) == shown.before
    done = deed(morgan, id)
    after = stored(office, id)
    for name in ("priority", "status", "held", "deadlines"):
        assert getattr(after, name) == getattr(shown.after, name)
    assert (
        office.balance(account)
        == shown.balance_after
        == shown.balance_before + shown.credited - shown.charged
    )
    assert done.journal > 0


def test_a_demotion_credits_the_difference_and_takes_the_words_along(office: Office) -> None:
    platform = office.account("Platform", Hosting.PLATFORM, balance=15)
    id = office.number(platform, Priority.EMERGENCY)
    done = triage.demote(office.desk, id, ["partial"], WHY, None, office.desk.new_key())
    assert done.words == f"Demoted {id}. 10 tokens went back to Platform."
    demoted = [
        item.fact
        for item in ticket_view(office.desk, id).timeline
        if isinstance(item.fact, f.EmergencyDemoted)
    ]
    assert [(each.reason, each.criteria) for each in demoted] == [(WHY, ("partial",))]


def test_a_version_that_moved_says_who_did_what(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    seen = stored(office, id).version
    priya = office.at(PRIYA)
    triage.demote(priya, id, ["partial"], WHY, seen, priya.new_key())
    alex = office.at(ALEX)
    with pytest.raises(Conflict) as caught:
        triage.confirm(alex, id, ["down"], "", seen, alex.new_key())
    assert "Priya" in caught.value.message
    assert "demoted" in caught.value.message.lower()
    assert stored(office, id).priority is Priority.URGENT


@pytest.mark.parametrize("reason", ["", "too short", " " * 50, "x" * 1001])
def test_a_reason_has_a_length(office: Office, account: Account, reason: str) -> None:
    id = office.number(account, Priority.EMERGENCY)
    desk = office.desk
    with pytest.raises(Invalid):
        triage.demote(desk, id, ["partial"], reason, None, desk.new_key())
    with pytest.raises(Invalid):
        triage.propose_free(desk, id, "own_fault", reason, None, desk.new_key())


def test_criteria_and_categories_come_from_the_lists(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    desk, morgan = office.desk, office.at(MORGAN)
    with pytest.raises(Invalid, match="not on the policy's list"):
        triage.demote(desk, id, ["weather"], WHY, None, desk.new_key())
    with pytest.raises(Invalid, match="at least one"):
        triage.confirm(desk, id, [], "", None, desk.new_key())
    with pytest.raises(Invalid, match="at least one"):
        triage.confirm(desk, id, ["partial"], "", None, desk.new_key())
    with pytest.raises(Invalid, match="category"):
        triage.propose_free(desk, id, "", WHY, None, desk.new_key())
    with pytest.raises(Invalid, match="not on the policy's list"):
        triage.determine(morgan, id, True, "weather", WHY, None, desk.new_key())


def test_confirm_and_begin_is_one_act(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    desk = office.desk
    triage.confirm_and_begin(desk, id, ["down"], "", None, desk.new_key())
    view = ticket_view(desk, id)
    assert (view.ticket.confirmation is not None, view.ticket.begun_at, view.row.owner_name) == (
        True,
        office.clock.now,
        "Alex",
    )


def test_a_proposal_travels_to_the_inbox_and_back(office: Office, account: Account) -> None:
    id = office.number(account)
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    assert triage.why_not_free_issue(stored(office, id)) == ""
    triage.propose_free(alex, id, "own_fault", WHY, None, alex.new_key())
    assert [row.ticket_id for row in triage.proposals(morgan)] == [id]
    assert triage.preview_if_free(alex, id).credited == 1
    with pytest.raises(NotAllowed):
        triage.determine(alex, id, True, "own_fault", WHY, None, alex.new_key())
    triage.ask_proposer(morgan, id, "Which server was it?", morgan.new_key())
    triage.answer_question(alex, id, "The second one.", alex.new_key())
    done = triage.determine(morgan, id, True, "own_fault", "", None, morgan.new_key())
    assert triage.proposals(morgan) == []
    assert [row.ticket_id for row in triage.decisions(morgan)] == [id]
    assert (stored(office, id).is_free, office.balance(account)) == (True, 60)
    assert done.undo is not None
    undo(morgan, done.undo, morgan.new_key())
    assert (stored(office, id).is_free, office.balance(account)) == (False, 59)


def test_a_no_and_an_overturn_need_a_reason_and_tokens(office: Office) -> None:
    poor = office.account("Poor", balance=3)
    id = office.number(poor, Priority.URGENT)
    morgan = office.at(MORGAN)
    with pytest.raises(Invalid, match="Say why"):
        triage.determine(morgan, id, False, "", "", None, morgan.new_key())
    triage.determine(morgan, id, True, "own_fault", "", None, morgan.new_key())
    office.number(poor, Priority.URGENT)
    with pytest.raises(TooFewTokens) as caught:
        triage.determine(morgan, id, False, "configuration", WHY, None, morgan.new_key())
    assert caught.value.message.endswith(".")
    assert stored(office, id).is_free
    assert office.balance(poor) == 0


def test_taking_a_demotion_back(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    alex, priya, morgan = office.at(ALEX), office.at(PRIYA), office.at(MORGAN)
    done = triage.demote(alex, id, ["partial"], WHY, None, alex.new_key())
    assert done.undo is not None
    with pytest.raises(Refused):
        undo(priya, done.undo, priya.new_key())
    undo(alex, done.undo, alex.new_key())
    assert (stored(office, id).priority, office.balance(account)) == (Priority.EMERGENCY, 50)
    triage.demote(alex, id, ["partial"], WHY, None, alex.new_key())
    office.clock.advance(minutes=11)
    with pytest.raises(Refused):
        triage.reverse_demotion(alex, id, WHY, None, alex.new_key())
    triage.reverse_demotion(morgan, id, WHY, None, morgan.new_key())
    assert (stored(office, id).priority, office.balance(account)) == (Priority.EMERGENCY, 50)


def test_a_manager_who_reverses_says_why(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    triage.confirm(alex, id, ["down"], "", None, alex.new_key())
    for reverse, then in (
        (
            triage.reverse_confirmation,
            lambda: triage.demote(alex, id, ["partial"], WHY, None, alex.new_key()),
        ),
        (triage.reverse_demotion, lambda: None),
    ):
        with pytest.raises(NotAllowed, match="Too late to undo; reverse it with a reason"):
            reverse(morgan, id, "", None, morgan.new_key())
        with pytest.raises(Invalid, match="Say why"):
            reverse(morgan, id, "Because.", None, morgan.new_key())
        reverse(morgan, id, WHY, None, morgan.new_key())
        then()
    assert (stored(office, id).priority, stored(office, id).confirmation) == (Priority.EMERGENCY, None)


def test_a_demotion_of_before_a_raise_stays_a_record(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    triage.demote(alex, id, ["partial"], WHY, None, alex.new_key())
    triage.change_priority(alex, id, Priority.EMERGENCY, "Leah", None, alex.new_key())
    triage.confirm(alex, id, ["down"], "", None, alex.new_key())
    with pytest.raises(Refused, match="not a demoted emergency"):
        triage.reverse_demotion(morgan, id, WHY, None, morgan.new_key())
    triage.reverse_confirmation(morgan, id, WHY, None, morgan.new_key())
    assert (stored(office, id).classification, office.balance(account)) == (None, 50)


def test_a_change_of_priority_shows_its_price(office: Office, account: Account) -> None:
    id = office.number(account)
    desk = office.desk
    shown = triage.preview_change_priority(desk, id, Priority.URGENT)
    assert shown.charged == 2
    with pytest.raises(Refused):
        triage.change_priority(desk, id, Priority.URGENT, "", None, desk.new_key())
    done = triage.change_priority(desk, id, Priority.URGENT, "Leah", None, desk.new_key())
    assert "2 tokens charged" in done.words
    assert stored(office, id).deadlines[-1].due_at == shown.after.deadlines[-1].due_at


def test_cases_alike_come_first(office: Office, account: Account) -> None:
    morgan = office.at(MORGAN)
    subjects = ["Backup report is empty", "Certificate expired on the shop", "Shop certificate warning"]
    decided = [office.number(account, subject=subject) for subject in subjects]
    for id in decided:
        triage.determine(morgan, id, True, "own_fault", "", None, morgan.new_key())
    new = office.number(account, subject="Certificate warning in the shop again")
    found = triage.alike(morgan, new)
    assert (found[0].ticket_id, found[-1].ticket_id) == (decided[2], decided[0])


def test_unclassified_emergencies(office: Office, account: Account) -> None:
    first, second = office.number(account, Priority.EMERGENCY), office.number(account, Priority.EMERGENCY)
    desk = office.desk
    triage.confirm(desk, first, ["down"], "", None, desk.new_key())
    assert [row.id for row in triage.unclassified(desk)] == [second]


def test_a_free_ticket_gets_no_second_credit(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    office.clock.advance(hours=2)
    sweep(office.desk)
    assert office.balance(account) == 60
    morgan = office.at(MORGAN)
    triage.demote(morgan, id, ["partial"], WHY, None, morgan.new_key())
    progress.begin(morgan, id, morgan.new_key())
    assert office.balance(account) == 60


def test_a_supervisor_reads_and_decides_nothing(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    rosa = office.at(ROSA)
    assert triage.unclassified(rosa)
    for _preview, deed in ACTS.values():
        with pytest.raises(NotAllowed):
            deed(rosa, id)
