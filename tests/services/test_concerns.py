"""What others did to a person's own work is told to them, from the journal: live, caught up, or when they come back."""

from collections.abc import Callable

import pytest

from console.policy.actor import Actor
from console.policy.terms import Priority, Role
from console.services import claims, feed, progress, triage
from console.services.concerns import concerns, is_meant
from console.services.desk import Desk
from tests.support.desks import ALEX, MAX, MORGAN, PRIYA, Office

WHY = "Only one footer picture is wrong."
Act = Callable[[Desk, int], object]


def claim(desk: Desk, id: int) -> None:
    claims.claim(desk, id, desk.new_key())


def begin(desk: Desk, id: int) -> None:
    progress.begin(desk, id, desk.new_key())


def demote(desk: Desk, id: int) -> None:
    triage.demote(desk, id, ["partial"], WHY, None, desk.new_key())


def confirm(desk: Desk, id: int) -> None:
    triage.confirm(desk, id, ["down"], "", None, desk.new_key())


def propose(desk: Desk, id: int) -> None:
    triage.propose_free(desk, id, "own_fault", WHY, None, desk.new_key())


def decide(desk: Desk, id: int) -> None:
    triage.determine(desk, id, True, "own_fault", WHY, None, desk.new_key())


def overturn(desk: Desk, id: int) -> None:
    triage.determine(desk, id, False, "configuration", WHY, None, desk.new_key())


#: Whose work it is, what they did, who did what to it then, and what the first one is told.
ACTS: dict[str, tuple[Actor, Act, Actor, Act, str]] = {
    "taken over": (ALEX, claim, PRIYA, claim, "Priya took {} over from you"),
    "taken over by beginning": (ALEX, claim, PRIYA, begin, "Priya took {} over from you"),
    "begun and taken over": (ALEX, begin, PRIYA, claim, "Priya took {} over from you"),
    "released": (
        ALEX,
        claim,
        MORGAN,
        lambda desk, id: claims.release(desk, id, desk.new_key()),
        "Morgan released {}, which you had claimed",
    ),
    "demotion reversed": (
        ALEX,
        demote,
        MORGAN,
        lambda desk, id: triage.reverse_demotion(desk, id, WHY, None, desk.new_key()),
        "Morgan reversed your demotion of {}",
    ),
    "confirmation reversed": (
        ALEX,
        confirm,
        MORGAN,
        lambda desk, id: triage.reverse_confirmation(desk, id, WHY, None, desk.new_key()),
        "Morgan reversed your confirmation of {}",
    ),
    "confirmation overturned": (
        ALEX, confirm, MORGAN, demote, "Morgan demoted {}, which you had confirmed"
    ),
    "proposal decided": (ALEX, propose, MORGAN, decide, "Morgan decided your proposal of {}: a free issue"),
    "proposal refused": (ALEX, propose, MORGAN, overturn, "Morgan decided your proposal of {}: needs tokens"),
    "proposal closed": (
        ALEX,
        propose,
        MORGAN,
        lambda desk, id: triage.withdraw_proposal(desk, id, "Not now", desk.new_key()),
        "Morgan closed your proposal of {}",
    ),
    "decision overturned": (
        MAX, decide, MORGAN, overturn, "Morgan overturned your decision on {}: needs tokens"
    ),
}  # fmt: skip


@pytest.fixture
def emergency(office: Office) -> int:
    account = office.account(balance=60)
    office.number(account, Priority.EMERGENCY)
    return office.number(account, Priority.EMERGENCY)


def told(desk: Desk, after: int | None = None) -> list[str]:
    return [each.words for each in concerns(desk, after).told]


@pytest.mark.parametrize("name", ACTS)
def test_whose_work_it_was_is_told(office: Office, emergency: int, name: str) -> None:
    who, act, other, then, words = ACTS[name]
    mine, theirs = office.at(who), office.at(other)
    act(mine, emergency)
    start = feed.last_number(mine)
    office.clock.advance(minutes=11)
    then(theirs, emergency)
    news = feed.changes_since(mine, start)
    assert is_meant(mine, news.concerning)
    found = concerns(mine, start)
    assert [(each.words, each.at, each.ticket_id) for each in found.told] == [
        (words.format(emergency), office.clock.now, emergency)
    ]
    assert told(mine) == [words.format(emergency)], "and again by a console that is opened"
    assert told(mine, found.read_to) == []
    assert told(theirs, start) == []


def test_what_was_nobody_elses_is_told_to_nobody(office: Office, emergency: int) -> None:
    alex, priya = office.at(ALEX), office.at(PRIYA)
    start = feed.last_number(alex)
    claim(alex, emergency)
    begin(alex, emergency)
    assert feed.changes_since(priya, start).concerning == (), "nobody looks anything up for a claim"
    demote(priya, emergency)
    triage.reverse_demotion(priya, emergency, "", None, priya.new_key())
    claims.release(alex, emergency, alex.new_key())
    claim(priya, emergency)
    assert told(alex, 0) == told(priya, 0) == []


def test_of_two_with_one_name_the_one_who_held_it_is_told(owners_office: Office) -> None:
    office = owners_office
    other = Actor("alexandra", "Alex", frozenset({Role.AGENT}))
    alex, alexandra, priya = office.at(ALEX), office.at(other), office.at(PRIYA)
    id = office.number(office.account(balance=60), Priority.STANDARD)
    progress.write_note(alexandra, id, "They called.", alexandra.new_key())
    claim(alex, id)
    office.clock.advance(minutes=11)
    claim(priya, id)
    assert told(alexandra, 0) == []
    assert told(alex, 0) == [f"Priya took {id} over from you"]


def test_who_has_acted_since_is_not_told_again_at_the_next_start(office: Office, emergency: int) -> None:
    alex, priya = office.at(ALEX), office.at(PRIYA)
    claim(alex, emergency)
    office.clock.advance(minutes=11)
    claim(priya, emergency)
    progress.write_note(alex, emergency, "Seen.", alex.new_key())
    assert told(alex) == []
