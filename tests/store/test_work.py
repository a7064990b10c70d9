"""One unit of work is all or nothing; keys act once; versions and claims say who was first."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from console.policy.account import Account
from console.policy.errors import Conflict, Invalid
from console.policy.facts import NoteWritten
from console.policy.terms import Hosting, Role, SupportOption
from console.store.engine import Store, open_store
from console.store.errors import Stale
from console.store.rows import Person
from tests.store import acts
from tests.store.acts import ALEX, MONDAY, MORGAN, Clock
from tests.support.guarded import give_login


class _Broken(Exception):
    pass


def _break_after_buying(store: Store, account_id: int) -> None:
    with store.work(ALEX) as work:
        work.accounts.get(account_id)
        work.journal.record([NoteWritten(at=work.now, words="lost")], account_id=account_id)
        raise _Broken


def test_what_fails_leaves_nothing_behind(store: Store) -> None:
    account_id = acts.account(store)
    with pytest.raises(_Broken):
        _break_after_buying(store, account_id)
    with store.read() as read:
        assert read.journal_last() == 0
        assert read.check() == []


def test_the_same_key_gets_the_first_answer_and_other_content_is_refused(store: Store) -> None:
    with store.work(ALEX) as work:
        assert work.requests.result("k", "open", "digest") is None
        work.requests.remember("k", {"ticket": 7})
    with store.work(ALEX) as work:
        assert work.requests.result("k", "open", "digest") == {"ticket": 7}
    for actor, what, digest in (
        (ALEX, "open", "other"),
        (ALEX, "begin", "digest"),
        (MORGAN, "open", "digest"),
    ):
        with pytest.raises(Conflict), store.work(actor) as work:
            work.requests.result("k", what, digest)


def test_a_key_given_up_may_be_used_again(store: Store) -> None:
    with pytest.raises(_Broken), store.work(ALEX) as work:  # noqa: PT012
        work.requests.result("k", "open", "digest")
        raise _Broken
    with store.work(ALEX) as work:
        assert work.requests.result("k", "open", "other") is None


def test_a_ticket_changed_meanwhile_is_not_overwritten(store: Store) -> None:
    ticket = acts.opened(store, acts.account(store))
    acts.begin(store, ticket.id)
    with pytest.raises(Stale), store.work(ALEX) as work:
        work.tickets.save(replace(ticket, subject="other"))
    with store.read() as read:
        assert read.ticket(ticket.id).subject == ticket.subject


def test_an_account_changed_meanwhile_is_not_overwritten(store: Store) -> None:
    account_id = acts.account(store)
    with store.work(ALEX) as work:
        before = work.accounts.get(account_id)
        work.accounts.save(replace(before, users=5))
    with pytest.raises(Stale), store.work(ALEX) as work:
        work.accounts.save(replace(before, users=6))


def test_one_name_is_one_account(store: Store) -> None:
    acts.account(store, "Café Straße")
    with store.work(ALEX) as work:
        assert work.accounts.name_taken("CAFE\u0301  STRASSE ")
        assert not work.accounts.name_taken("Cafe Strasse")
    new = Account(id=0, name="café strasse", hosting=Hosting.SHARED, option=SupportOption.FLAT_RATE_USERS)
    with pytest.raises(Conflict, match="account of this name"), store.work(ALEX) as work:
        work.accounts.add(new)


def test_claims_leave_the_version_alone_and_run_out(store: Store, clock: Clock) -> None:
    ticket = acts.opened(store, acts.account(store))

    def claim(login: str) -> bool:
        with store.work(ALEX) as work:
            return work.tickets.claim(ticket.id, login, login.title(), work.now + timedelta(minutes=10))

    assert claim("alex")
    assert claim("alex")
    assert not claim("sam")
    clock.pass_by(timedelta(minutes=9))
    with store.work(ALEX) as work:
        assert work.tickets.renew("alex", work.now + timedelta(minutes=10)) == 1
    clock.pass_by(timedelta(minutes=9))
    assert not claim("sam")
    clock.pass_by(timedelta(minutes=1))
    assert claim("sam")
    with store.work(ALEX) as work:
        assert (work.tickets.owner(ticket.id).login, work.tickets.get(ticket.id).version) == ("sam", 1)
        work.tickets.release(ticket.id)
        assert work.tickets.owner(ticket.id).login == ""


def test_what_is_not_there_is_said_plainly(store: Store) -> None:
    with store.work(ALEX) as work:
        for ask in (work.tickets.get, work.tickets.account_of, work.tickets.owner, work.accounts.get):
            with pytest.raises(Invalid, match="There is no"):
                ask(4711)
    with store.read() as read:
        for ask in (read.ticket, read.account, read.words, read.entry):
            with pytest.raises(Invalid, match="There is no"):
                ask(4711)
        assert read.queue.rows([4711]) == []


def test_time_never_runs_backwards_within_an_account(store: Store, clock: Clock) -> None:
    account_id = acts.account(store)
    clock.pass_by(timedelta(hours=-1))
    line = acts.buy(store, account_id, 1)
    assert line.recorded_at == MONDAY
    assert acts.opened(store, account_id).received_at == MONDAY


def test_journal_numbers_have_no_gaps_and_carry_who_and_when(store: Store, clock: Clock) -> None:
    ticket = acts.opened(store, acts.account(store))
    clock.pass_by(timedelta(minutes=3))
    with store.work(MORGAN) as work:
        facts = [NoteWritten(at=MONDAY, words=f"note {number}") for number in range(3)]
        last = work.journal.record(facts, ticket_id=ticket.id)
        assert work.journal.record([]) == last
    with store.read() as read:
        assert [each.number for each in read.journal_touched(0)] == list(range(1, last + 1))
        assert [each.number for each in read.journal_touched(0, 2)] == [1, 2]
        assert read.journal_touched(last) == []
        item = read.timeline(ticket.id)[-1]
    assert (item.number, item.actor, item.role, item.fact.at) == (last, "morgan", Role.MANAGER, MONDAY)
    assert item.recorded_at == MONDAY + timedelta(minutes=3)
    assert item.account_id == ticket.account_id


def test_people_settings_and_policies_are_kept(store: Store) -> None:
    sam = Person(login="sam", name="Sam Okafor", roles=frozenset({Role.AGENT, Role.SUPERVISOR}))
    give_login(store, "sam")
    with store.work(MORGAN) as work:
        work.people.save(sam)
        work.people.save(replace(sam, roles=frozenset({Role.AGENT}), on_shift=False))
        work.settings.set("sample", "yes")
        work.settings.set("sample", "no")
        work.policies.add(acts.DOCUMENT, 1)
        work.policies.add(acts.DOCUMENT, 1)
        with pytest.raises(Invalid, match="version 1 exists"):
            work.policies.add("other", 1)
    with store.read() as read:
        assert read.people() == [replace(sam, roles=frozenset({Role.AGENT}), on_shift=False)]
        assert read.setting("sample") == "no"
        assert read.setting("other") is None
        assert read.policies() == [acts.DOCUMENT]


def test_an_import_is_remembered(store: Store) -> None:
    ticket = acts.opened(store, acts.account(store))
    with store.work(ALEX) as work:
        work.imports.remember("zendesk", "35436", ticket.id)
    with store.work(ALEX) as work:
        assert work.imports.known("zendesk", ["35436", "1"]) == {"35436": ticket.id}
    with pytest.raises(Conflict, match="imported already"), store.work(ALEX) as work:
        work.imports.remember("zendesk", "35436", ticket.id)


def test_a_reader_sees_one_instant_while_others_write(store: Store) -> None:
    account_id = acts.account(store, tokens=1)
    with store.read() as read:
        assert read.account(account_id).balance == 1
        acts.buy(store, account_id, 5)
        assert read.account(account_id).balance == 1
    with store.read() as read:
        assert read.account(account_id).balance == 6


def test_a_connection_in_use_when_its_database_is_closed_is_closed_with_its_use(url: str) -> None:
    store = open_store(url)
    with store.read() as read:
        plain = read.connection.connection.driver_connection
        store.close()
        assert read.journal_last() == 0
    used = [plain]
    for _ in range(2):  # what was to be done already finds a connection each
        with store.read() as late:
            used.append(late.connection.connection.driver_connection)
    assert [_is_closed(each) for each in used] == [True] * 3


def _is_closed(connection: DBAPIConnection | None) -> bool:
    assert connection is not None
    try:
        connection.cursor()
    except (sqlite3.ProgrammingError, psycopg.OperationalError):
        return True
    return False


def test_a_fault_of_the_program_tells_no_parameter(store: Store) -> None:
    """A traceback is logged and reported; what customers wrote is in neither."""
    query = text("SELECT :words FROM no_such_table")
    with pytest.raises(DBAPIError) as caught, store.read() as read:
        read.connection.execute(query, {"words": "my secret words"})
    assert "no_such_table" in str(caught.value)
    assert "my secret words" not in str(caught.value)
