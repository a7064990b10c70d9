"""Every act that decides on what was seen carries it; who comes second is told who was first, nothing changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from console.policy.account import Account
from console.policy.errors import Conflict
from console.policy.terms import Priority
from console.services import claims, people, progress, tokens, triage
from console.services.desk import Changed, Desk
from console.services.feed import last_number
from console.services.ticket_view import ticket_view
from console.services.undo import undo
from tests.support.desks import ALEX, MORGAN, NOON, PRIYA, Office

WHY = "Only one footer picture is wrong."
Act = Callable[[Desk, int, int], Changed]


def begin(desk: Desk, id: int) -> None:
    progress.begin(desk, id, desk.new_key())


def propose(desk: Desk, id: int) -> None:
    triage.propose_free(desk, id, "own_fault", WHY, None, desk.new_key())


def question(desk: Desk, id: int) -> None:
    propose(desk, id)
    triage.ask_proposer(desk, id, "What makes it ours?", desk.new_key())


def solve(desk: Desk, id: int) -> None:
    progress.resolve(desk, id, "solved", "", desk.new_key())


def reopen(desk: Desk, id: int) -> None:
    progress.reopen(desk, id, "", desk.new_key())


def demote(desk: Desk, id: int) -> None:
    triage.demote(desk, id, ["partial"], WHY, None, desk.new_key())


def confirm(desk: Desk, id: int) -> None:
    triage.confirm(desk, id, ["down"], "", None, desk.new_key())


def nothing(_desk: Desk, _id: int) -> None:
    """The ticket as it was opened."""


#: What the act needs, the act on the version seen, what somebody else did first, and how that is told.
ACTS: dict[str, tuple[Callable[[Desk, int], None], Act, Callable[[Desk, int], None], str]] = {
    "begin": (
        nothing,
        lambda desk, id, seen: progress.begin(desk, id, desk.new_key(), version=seen),
        begin,
        "began work",
    ),
    "reply": (
        nothing,
        lambda desk, id, seen: progress.reply(desk, id, "On it.", desk.new_key(), version=seen),
        begin,
        "began work",
    ),
    "plan": (
        begin,
        lambda desk, id, seen: progress.send_plan(
            desk, id, "Replace it", "Priya", NOON + timedelta(hours=9), desk.new_key(), version=seen
        ),
        solve,
        "resolved the ticket",
    ),
    "resolve": (
        begin,
        lambda desk, id, seen: progress.resolve(desk, id, "solved", "", desk.new_key(), version=seen),
        solve,
        "resolved the ticket",
    ),
    "set cause": (
        nothing,
        lambda desk, id, seen: progress.set_cause(desk, id, "vendor", desk.new_key(), version=seen),
        begin,
        "began work",
    ),
    "reopen": (
        solve,
        lambda desk, id, seen: progress.reopen(desk, id, "", desk.new_key(), version=seen),
        reopen,
        "reopened the ticket",
    ),
    "cancel": (
        nothing,
        lambda desk, id, seen: progress.cancel(desk, id, WHY, False, desk.new_key(), version=seen),
        begin,
        "began work",
    ),
    "merge": (
        nothing,
        lambda desk, id, seen: progress.merge(desk, id, id - 1, desk.new_key(), version=seen),
        begin,
        "began work",
    ),
    "demote": (
        nothing,
        lambda desk, id, seen: triage.demote(desk, id, ["partial"], WHY, seen, desk.new_key()),
        confirm,
        "confirmed it as mission critical",
    ),
    "confirm": (
        nothing,
        lambda desk, id, seen: triage.confirm(desk, id, ["down"], "", seen, desk.new_key()),
        demote,
        "demoted it to urgent",
    ),
    "confirm and begin": (
        nothing,
        lambda desk, id, seen: triage.confirm_and_begin(desk, id, ["down"], "", seen, desk.new_key()),
        begin,
        "began work",
    ),
    "reverse a demotion": (
        demote,
        lambda desk, id, seen: triage.reverse_demotion(desk, id, WHY, seen, desk.new_key()),
        begin,
        "began work",
    ),
    "reverse a confirmation": (
        confirm,
        lambda desk, id, seen: triage.reverse_confirmation(desk, id, WHY, seen, desk.new_key()),
        begin,
        "began work",
    ),
    "propose": (
        nothing,
        lambda desk, id, seen: triage.propose_free(desk, id, "own_fault", WHY, seen, desk.new_key()),
        propose,
        "proposed it as a free issue",
    ),
    "withdraw": (
        propose,
        lambda desk, id, seen: triage.withdraw_proposal(desk, id, "", desk.new_key(), version=seen),
        begin,
        "began work",
    ),
    "ask": (
        propose,
        lambda desk, id, seen: triage.ask_proposer(desk, id, "Why?", desk.new_key(), version=seen),
        begin,
        "began work",
    ),
    "answer": (
        question,
        lambda desk, id, seen: triage.answer_question(desk, id, "Ours.", desk.new_key(), version=seen),
        begin,
        "began work",
    ),
    "determine": (
        propose,
        lambda desk, id, seen: triage.determine(desk, id, True, "own_fault", WHY, seen, desk.new_key()),
        begin,
        "began work",
    ),
    "change priority": (
        nothing,
        lambda desk, id, seen: triage.change_priority(
            desk, id, Priority.URGENT, "Leah", seen, desk.new_key()
        ),
        begin,
        "began work",
    ),
}


@pytest.fixture
def account(office: Office) -> Account:
    return office.account(balance=60)


@pytest.mark.parametrize("name", ACTS)
def test_who_comes_second_is_told_who_was_first(office: Office, account: Account, name: str) -> None:
    prepare, act, first, told = ACTS[name]
    office.number(account, Priority.EMERGENCY)
    id = office.number(account, Priority.EMERGENCY)
    morgan, priya = office.at(MORGAN), office.at(PRIYA)
    prepare(morgan, id)
    seen = ticket_view(morgan, id).ticket.version
    office.clock.advance(minutes=3)
    first(priya, id)
    before, journal = ticket_view(morgan, id), last_number(morgan)
    with pytest.raises(Conflict) as caught:
        act(morgan, id, seen)
    assert caught.value.message.startswith(f"Priya {told} at 19:31 UTC. ")
    assert caught.value.timed("2:31 PM").startswith(f"Priya {told} at 2:31 PM. ")
    assert (ticket_view(morgan, id), last_number(morgan)) == (before, journal)


@pytest.mark.parametrize("name", ACTS)
def test_on_the_version_that_stands_it_is_no_conflict(office: Office, account: Account, name: str) -> None:
    prepare, act, _, _ = ACTS[name]
    priority = Priority.STANDARD if name == "change priority" else Priority.EMERGENCY
    office.number(account, priority)
    id = office.number(account, priority)
    morgan = office.at(MORGAN)
    prepare(morgan, id)
    if name == "set cause":
        office.clock.advance(hours=2)
    act(morgan, id, ticket_view(morgan, id).ticket.version)


def test_a_note_decides_nothing_and_is_written_whatever_happened(office: Office, account: Account) -> None:
    id = office.number(account)
    priya = office.at(PRIYA)
    version = ticket_view(priya, id).ticket.version
    progress.write_note(priya, id, "They called.", priya.new_key())
    claims.claim(priya, id, priya.new_key())
    assert ticket_view(priya, id).ticket.version == version


def test_a_claim_is_held_by_one_and_says_by_whom_since_when(office: Office, account: Account) -> None:
    id = office.number(account)
    alex, priya = office.at(ALEX), office.at(PRIYA)
    claims.claim(alex, id, alex.new_key())
    with pytest.raises(Conflict, match=r"Alex claimed \d+ at 19:28 UTC\. It can be taken over once"):
        claims.claim(priya, id, priya.new_key())


@pytest.mark.parametrize("way", ["released", "undone"])
def test_a_managers_release_is_of_the_claim_that_was_seen(office: Office, account: Account, way: str) -> None:
    id = office.number(account)
    morgan, priya = office.at(MORGAN), office.at(PRIYA)
    given = claims.claim(morgan, id, morgan.new_key()).undo
    assert given is not None
    office.clock.advance(minutes=11)
    claims.claim(priya, id, priya.new_key())
    journal = last_number(morgan)
    take_back = {
        "released": lambda: claims.release(morgan, id, morgan.new_key(), seen_owner=MORGAN.login),
        "undone": lambda: undo(morgan, given, morgan.new_key()),
    }[way]
    with pytest.raises(Conflict, match=r"Priya claimed \d+ at 19:39 UTC\. Nothing was released"):
        take_back()
    assert (ticket_view(morgan, id).row.owner, last_number(morgan)) == (PRIYA.login, journal)
    claims.release(morgan, id, morgan.new_key(), seen_owner=PRIYA.login)
    assert ticket_view(morgan, id).row.owner is None


@pytest.mark.parametrize("kind", ["adjust", "refund"])
def test_a_correction_goes_by_the_balance_that_was_seen(office: Office, account: Account, kind: str) -> None:
    def correct(desk: Desk) -> Changed:
        if kind == "adjust":
            return tokens.adjust(desk, account.id, -2, "Invoice was for 58", desk.new_key(), seen=60)
        return tokens.refund(desk, account.id, 2, "PAY-1", "Paid twice", desk.new_key(), seen=60)

    morgan = office.at(MORGAN)
    correct(morgan)
    with pytest.raises(Conflict, match=r"at 19:28 UTC\. Look at what changes now"):
        correct(morgan)
    assert office.balance(account) == 58


def test_an_account_is_saved_on_what_was_seen_of_it(office: Office, account: Account) -> None:
    morgan, priya = office.at(MORGAN), office.at(PRIYA)
    people.save_account(priya, replace(account, users=7), priya.new_key())
    with pytest.raises(Conflict, match=r"Priya saved the account at 19:28 UTC"):
        people.save_account(morgan, replace(account, users=9), morgan.new_key())
    assert people.account(morgan, account.id).users == 7
