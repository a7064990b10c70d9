"""Somebody holds what an act needs, or two wait for each other: who it is is said, and can be ended; nobody hangs."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext

from console.policy.actor import Actor
from console.policy.errors import NotAllowed
from console.policy.facts import NoteWritten, WorkBegun
from console.policy.terms import Priority, Role
from console.services import act, people_list, progress
from console.services.answers import answer_of
from console.services.desk import Desk
from console.services.people import Person
from console.services.sweep import sweep
from console.store.engine import open_store
from console.store.lost import Busy, Collided, Lost
from tests.support.desks import IRA, PRIYA, ROSA
from tests.support.guarded import GuardedOffice, as_login, guarded_office, holding, libpq


@pytest.fixture
def at(guarded_url: str) -> Iterator[GuardedOffice]:
    with guarded_office(guarded_url) as opened:
        yield opened


@pytest.fixture
def urgent(at: GuardedOffice) -> int:
    return at.number(at.account(balance=60), Priority.URGENT)


@contextmanager
def impatient(at: GuardedOffice, who: Actor) -> Iterator[Desk]:
    """The desk of somebody who does not wait for ten seconds."""
    store = open_store(as_login(at.url, who.login), patience=timedelta(seconds=0.3))
    yield Desk(store, at.desk.policies, who)
    store.close()


def note(desk: Desk, ticket_id: int, key: str = "") -> None:
    progress.write_note(desk, ticket_id, "Looked at it.", key or desk.new_key())


def notes(desk: Desk, ticket_id: int) -> int:
    with desk.store.read() as read:
        return sum(isinstance(item.fact, NoteWritten) for item in read.timeline(ticket_id))


def test_who_holds_an_account_is_named_with_since_when(at: GuardedOffice, urgent: int) -> None:
    with holding(at), impatient(at, PRIYA) as desk:
        with pytest.raises(Busy, match=r"Max has held an unfinished change since \d\d:\d\d UTC") as caught:
            note(desk, urgent, "k-1")
        assert "ask a supervisor to end that session" in caught.value.message
        assert caught.value.holder is not None
        assert f"since {caught.value.holder.since:%H.%M}" in caught.value.worded(lambda at: f"{at:%H.%M}")
        assert answer_of(desk, "k-1") is None


def test_a_supervisor_ends_the_session_and_the_act_goes_through(at: GuardedOffice, urgent: int) -> None:
    rosa, priya = at.at(ROSA), at.at(PRIYA)
    with holding(at) as connection:
        (holder,) = rosa.store.holders()
        assert (holder.login, holder.writing) == ("max", True)
        with pytest.raises(NotAllowed, match="permit"):
            priya.store.end_session(holder.pid)
        assert rosa.store.end_session(holder.pid) == "Max"
        note(priya, urgent)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert notes(priya, urgent) == 1
    assert rosa.store.holders() == []


def test_nobody_ends_an_honest_session_or_one_of_a_stranger(at: GuardedOffice, urgent: int) -> None:
    ira = at.at(IRA)
    with psycopg.connect(libpq(as_login(at.url, "alex"))) as honest:
        honest.execute("SELECT 1 FROM ticket")
        pid = honest.info.backend_pid
        with pytest.raises(NotAllowed, match="no such session that keeps others waiting"):
            ira.store.end_session(pid)
        honest.execute("SELECT 1")
    with psycopg.connect(libpq(at.url)) as owner:
        owner.execute("SELECT 1 FROM account FOR UPDATE")
        time.sleep(1.1)
        (holder,) = ira.store.holders()
        with pytest.raises(NotAllowed, match="nobody on the People list"):
            ira.store.end_session(holder.pid)
        owner.execute("SELECT 1")
    note(at.at(PRIYA), urgent)


def test_a_held_account_keeps_the_sweep_waiting_once_and_nobody_else(
    at: GuardedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.services.sweep.BATCH", 2)
    held, free = (at.account(name, balance=60) for name in ("Held", "Free"))
    waiting = [at.number(held, Priority.EMERGENCY) for _ in range(3)]
    settled = at.number(free, Priority.EMERGENCY)
    at.clock.advance(hours=2)
    states: list[str] = []
    with impatient(at, PRIYA) as desk, psycopg.connect(libpq(at.url)) as holder:
        event.listen(desk.store._engine, "handle_error", lambda failed: states.append(state_of(failed)))
        holder.execute("SELECT 1 FROM account WHERE id = %s FOR UPDATE", (held.id,))
        swept = sweep(desk)
        assert (swept.changed.tickets, sorted(swept.failed)) == ({settled}, waiting)
        assert states == ["55P03"]
        holder.rollback()
        assert sweep(desk).changed.tickets == {*waiting}


def test_two_that_wait_for_each_other_end_and_the_act_happens_once(at: GuardedOffice, urgent: int) -> None:
    """A real 40P01: the act holds the account and wants the ticket, the other holds that and wants the account."""
    priya = at.at(PRIYA)
    states: list[str] = []
    event.listen(priya.store._engine, "handle_error", lambda failed: states.append(state_of(failed)))
    with (
        psycopg.connect(libpq(at.url), autocommit=True) as owner,
        psycopg.connect(libpq(as_login(at.url, "alex"))) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        other.execute("SELECT 1 FROM ticket WHERE id = %s FOR UPDATE", (urgent,))
        acting = pool.submit(progress.begin, priya, urgent, "k-1")
        while owner.execute(_WAITS).fetchone() == (0,):
            time.sleep(0.01)
        other.execute("SELECT 1 FROM account FOR UPDATE")  # comes back when the server has ended the act
        other.commit()
        acting.result(timeout=15)
    assert states == ["40P01"]
    with at.desk.store.read() as read:
        assert [type(item.fact) for item in read.timeline(urgent)].count(WorkBegun) == 1


_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'priya' AND wait_event_type = 'Lock'"


def state_of(failed: ExceptionContext) -> str:
    return str(getattr(failed.original_exception, "sqlstate", ""))


def test_an_act_that_collides_for_ever_is_sent_six_times_and_then_said(
    at: GuardedOffice, urgent: int
) -> None:
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:
        owner.execute(_ALWAYS_COLLIDING)
        with pytest.raises(Collided, match=r"somebody else changed the same thing\. Nothing was saved"):
            note(at.at(PRIYA), urgent)
        assert owner.execute("SELECT last_value FROM collisions").fetchone() == (1 + act.MOST_COLLISIONS,)
        owner.execute("DROP TRIGGER collides ON fact")
    note(at.at(PRIYA), urgent)
    assert notes(at.desk, urgent) == 1


_ALWAYS_COLLIDING = """
    CREATE SEQUENCE collisions;
    GRANT USAGE ON SEQUENCE collisions TO PUBLIC;
    CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM nextval('public.collisions');
        RAISE EXCEPTION 'could not serialize' USING ERRCODE = '40001';
    END $$;
    GRANT EXECUTE ON FUNCTION collide() TO PUBLIC;
    CREATE TRIGGER collides BEFORE INSERT ON fact EXECUTE FUNCTION collide();
"""


def test_a_role_taken_away_bites_at_the_next_act_of_an_open_session(at: GuardedOffice, urgent: int) -> None:
    priya = at.at(PRIYA)
    note(priya, urgent)
    ira = at.at(IRA)
    supervisor = Person(login="priya", name="Priya", on_shift=True, roles=frozenset({Role.SUPERVISOR}))
    people_list.save_person(ira, supervisor, ira.new_key())
    with pytest.raises(NotAllowed):
        note(priya, urgent)
    assert notes(at.desk, urgent) == 1


def test_a_session_that_is_ended_in_the_middle_of_an_act_is_lost_and_nothing_was_saved(
    at: GuardedOffice, urgent: int
) -> None:
    priya = at.at(PRIYA)
    with pytest.raises(Lost) as caught:
        write_and_be_ended(priya, urgent, at.url)
    assert type(caught.value) is Lost
    note(priya, urgent)
    assert notes(at.desk, urgent) == 1


def write_and_be_ended(desk: Desk, ticket_id: int, owners: str) -> None:
    with psycopg.connect(libpq(owners), autocommit=True) as owner, desk.store.work(desk.actor) as work:
        work.journal.record([NoteWritten(at=work.now, words="never saved")], ticket_id=ticket_id)
        pid = work.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        work.tickets.get(ticket_id)
