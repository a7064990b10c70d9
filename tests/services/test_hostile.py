"""Keys and hostile text through every act: once each, and stored cleanly or refused with a sentence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from console.policy.account import Contact
from console.policy.errors import Conflict, Invalid, Problem
from console.policy.terms import Channel, Priority, Role
from console.services import claims, intake, keeping, people, people_list, progress, queue, tokens, triage
from console.services.desk import Changed, Desk
from console.services.intake import NewRequest
from console.services.people import Person
from console.services.queue import view_query
from console.services.ticket_view import ticket_view
from tests.support.desks import ALEX, IRA, MORGAN, Office
from tests.support.guarded import give_login

Act = Callable[[Desk, str, int, int, str], Changed]
LONG = " A reason of more than twenty characters."

#: Every act that takes words: desk, words, account, ticket, key.
ACTS: dict[str, Act] = {
    "open": lambda desk, words, account, ticket, key: intake.open_ticket(
        desk,
        NewRequest(
            account_id=account,
            contact_id=people.account(desk, account).contacts[0].id,
            subject=f"S {words}",
            words=words,
            channel=Channel.CALLBACK,
            callback_number=f"5{words}",
            callback_window=words,
        ),
        key,
    ),
    "log a refusal": lambda desk, words, account, ticket, key: intake.log_refusal(
        desk, NewRequest(account_id=account, requester=words, subject=words), key
    ),
    "reply": lambda desk, words, account, ticket, key: progress.reply(desk, ticket, f"R {words}", key),
    "note": lambda desk, words, account, ticket, key: progress.write_note(desk, ticket, f"N {words}", key),
    "plan": lambda desk, words, account, ticket, key: progress.send_plan(
        desk, ticket, f"P {words}", f"W {words}", desk.now() + timedelta(days=1), key
    ),
    "resolve": lambda desk, words, account, ticket, key: progress.resolve(desk, ticket, "solved", words, key),
    "cancel": lambda desk, words, account, ticket, key: progress.cancel(
        desk, ticket, f"C {words}", True, key
    ),
    "claim": lambda desk, words, account, ticket, key: claims.claim(desk, ticket, key, note=words),
    "demote": lambda desk, words, account, ticket, key: triage.demote(
        desk, ticket, ["partial"], words + LONG, None, key
    ),
    "confirm": lambda desk, words, account, ticket, key: triage.confirm(
        desk, ticket, ["down"], words, None, key
    ),
    "propose": lambda desk, words, account, ticket, key: triage.propose_free(
        desk, ticket, "own_fault", words + LONG, None, key
    ),
    "determine": lambda desk, words, account, ticket, key: triage.determine(
        desk, ticket, True, "own_fault", words, None, key
    ),
    "buy": lambda desk, words, account, ticket, key: tokens.record_purchase(
        desk, account, 1, f"I {words}", None, key
    ),
    "adjust": lambda desk, words, account, ticket, key: tokens.adjust(desk, account, 1, f"A {words}", key),
    "refund": lambda desk, words, account, ticket, key: tokens.refund(
        desk, account, 1, f"F {words}", f"R {words}", key
    ),
    "rename": lambda desk, words, account, ticket, key: people.save_account(
        desk, replace(people.account(desk, account), name=f"Renamed {words}"), key
    ),
    "contact": lambda desk, words, account, ticket, key: people.add_contact(
        desk, account, Contact(id=0, name=f"C {words}", email=words, telephone=words), key
    ),
    "person": lambda desk, words, account, ticket, key: people_list.save_person(
        desk, Person(login=f"l {words}", name=f"N {words}", roles=frozenset({Role.ADMINISTRATOR})), key
    ),
}

TEXTS = {
    "nul": "a\x00b",
    "controls": "\x1b[2J\x07\x08\x7f\x9b31m",
    "lone surrogate": "a\ud800b\udfffc",
    "bidirectional": "\u202egpj.exe\u2066",
    "markup": "<script>alert(1)</script><img src=http://x/y onerror=z>&amp;",
    "formula": '=HYPERLINK("http://x","y")',
    "sql": "'; DROP TABLE ticket; -- %s {0} %(x)s",
    "line ends": "one\r\ntwo\rthree\u2028four\x85five",
    "emoji": "👩‍👩‍👧‍👦 e\u0301 ﷽",
    "megabyte": "x" * 1_000_000,
}


def everything(office: Office) -> Desk:
    everybody = replace(MORGAN, roles=MORGAN.roles | IRA.roles | ALEX.roles)
    return office.at(everybody)


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text_is_stored_cleanly_or_refused_with_a_sentence(office: Office, name: str) -> None:
    account = office.account(balance=500)
    desk = everything(office)
    done: set[str] = set()
    for act, do in ACTS.items():
        ticket = office.number(people.account(desk, account.id), Priority.EMERGENCY)
        try:
            do(desk, TEXTS[name], account.id, ticket, desk.new_key())
        except Problem as problem:
            _is_a_sentence(problem)
        else:
            done.add(act)
        for text in _texts_of(desk, ticket):
            assert not any(c < " " and c not in "\n\t" for c in text)
            assert not any("\x7f" <= c < "\xa0" or "\ud800" <= c <= "\udfff" for c in text)
    if name != "megabyte":
        assert len(done) >= len(ACTS) - 2
    rows = queue.rows(desk, [key.id for key in queue.keys(desk, view_query(desk, "queue"))])
    assert all("\n" not in row.subject and "\n" not in row.account_name for row in rows)
    assert keeping.check(desk) == []


def _is_a_sentence(problem: Problem) -> None:
    assert problem.message.endswith((".", "?", ")"))
    assert len(problem.message) < 600
    assert problem.message.isprintable() or "\n" in problem.message


def _texts_of(desk: Desk, ticket: int) -> list[str]:
    view = ticket_view(desk, ticket)
    facts = [item.fact for item in view.timeline]
    said = [str(getattr(fact, slot)) for fact in facts for slot in type(fact).__dataclass_fields__]
    return [view.words, view.ticket.subject, view.ticket.requester, view.account.name, *said]


@pytest.mark.parametrize("act", ACTS)
def test_the_same_key_twice_is_one_effect(owners_office: Office, act: str) -> None:
    account = owners_office.account(balance=50)
    ticket = owners_office.number(account, Priority.EMERGENCY)
    desk = everything(owners_office)
    give_login(desk.store, "l Words")
    key = desk.new_key()
    asked = "Kim" if act == "log a refusal" else "Words"
    first = ACTS[act](desk, asked, account.id, ticket, key)
    with desk.store.read() as read:
        before = (read.journal_last(), read.account_rows(), len(read.timeline(ticket)))
    if act not in ("rename", "contact"):  # those read the account again: their second sending is another act
        assert ACTS[act](desk, asked, account.id, ticket, key) == first
    with desk.store.read() as read:
        assert (read.journal_last(), read.account_rows(), len(read.timeline(ticket))) == before
    with pytest.raises(Conflict, match="other content"):
        progress.write_note(desk, ticket, "Another act under the same key", key)
    with pytest.raises(Conflict, match="other content"):
        ACTS["reply"](replace(desk, actor=ALEX), "Somebody else", account.id, ticket, key)


def test_what_was_refused_may_be_sent_again_under_its_key(office: Office) -> None:
    account = office.account(balance=50)
    ticket = office.number(account, Priority.EMERGENCY)
    desk = everything(office)
    key = desk.new_key()
    with pytest.raises(Invalid):
        triage.demote(desk, ticket, ["partial"], "short", None, key)
    assert triage.demote(desk, ticket, ["partial"], LONG, None, key).ticket_id == ticket
