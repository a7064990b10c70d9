"""The news that the line asks for itself: the same facts and rows as the store reads by its own ways."""

import select
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest

from console.policy.terms import Priority
from console.services import claims, feed, progress, triage
from console.store.listening import Heard, Listening
from console.store.news import FEW, Moved
from tests.support.desks import ALEX, MORGAN, ROSA, Office
from tests.support.guarded import GuardedOffice, as_login, guarded_office, libpq


@pytest.fixture
def at(guarded_url: str) -> Iterator[GuardedOffice]:
    with guarded_office(guarded_url) as opened:
        yield opened


@pytest.fixture
def line(at: Office) -> Iterator[Listening]:
    listening = at.at(ROSA).store.listen()
    yield listening
    listening.close()


def heard(line: Listening) -> Heard:
    """The next answer."""
    while True:
        assert select.select([line.fileno()], [], [], 20)[0]
        found = line.read()
        if not line.waits():
            return found


def news(line: Listening, number: int) -> Moved:
    assert line.ask_news(number)
    found = heard(line).news
    assert found is not None
    return found


def test_the_line_is_told_what_the_store_reads(at: Office, line: Listening) -> None:
    start = feed.last_number(at.desk)
    juniper, flat = at.account("Juniper", balance=40), at.account("Poor", balance=0)
    alex, morgan = at.at(ALEX), at.at(MORGAN)
    emergency = at.number(juniper, Priority.EMERGENCY, subject="Zoë’s “mail” — 日本")
    progress.begin(alex, emergency, alex.new_key())
    triage.confirm(alex, emergency, ["down"], "", None, alex.new_key())
    proposed = at.number(juniper, Priority.STANDARD)
    triage.propose_free(alex, proposed, "own_fault", "It is our own fault.", None, alex.new_key())
    waiting = at.number(flat, Priority.URGENT)
    at.clock.advance(hours=5)
    claims.claim(morgan, emergency, morgan.new_key())
    claims.release(morgan, emergency, morgan.new_key())
    progress.reply(morgan, emergency, "On it.", morgan.new_key())
    solved = at.number(juniper, Priority.INFORMATIONAL)
    progress.resolve(alex, solved, "answered", "So.", alex.new_key())
    progress.reopen(alex, solved, "", alex.new_key())
    with at.desk.store.read() as read:
        facts = read.journal_touched(start, FEW)
        rows = read.queue.rows([emergency, proposed, waiting, solved])
    assert [fact.taken_from for fact in facts if fact.taken_from] == ["Alex", "morgan"]
    told = news(line, start)
    assert list(told.facts) == facts
    assert sorted(told.rows, key=lambda row: row.id) == rows
    assert feed.news_of(start, Moved(told.facts, tuple(rows))) == feed.changes_since(at.desk, start)


def test_nothing_new_is_said_to_be_nothing(at: Office, line: Listening) -> None:
    last = feed.last_number(at.desk)
    assert news(line, last) == Moved((), ())
    assert feed.news_of(last, Moved((), ())).changed.journal == last


def test_more_than_a_few_are_left_to_the_long_way(at: Office, line: Listening) -> None:
    juniper, alex = at.account("Juniper"), at.at(ALEX)
    start = feed.last_number(at.desk)
    id = at.number(juniper, Priority.INFORMATIONAL)
    for number in range(FEW):
        progress.write_note(alex, id, f"Note {number}", alex.new_key())
    told = feed.news_of(start, news(line, start))
    assert told.more
    assert told.changed.journal == start + FEW
    assert not feed.changes_since(at.desk, start).more


def test_one_question_at_a_time_and_the_others_wait(at: Office, line: Listening) -> None:
    assert line.ask_news(0)
    assert not line.ask_news(0)
    assert heard(line).news is not None
    assert line.ask_news(0)
    assert heard(line).news is not None


def test_somebody_who_has_been_idle_for_ever_stops_nobodys_line(at: GuardedOffice, line: Listening) -> None:
    with psycopg.connect(libpq(as_login(at.url, "alex")), autocommit=True) as alex:
        alex.execute("SELECT guard.beat(10001, false, 'infinity')")
        assert line.beat(None, writing=False, idle=timedelta()) is None
        beat = heard(line).beat
    assert beat is not None
    assert [(each.login, each.idle.days) for each in beat.others] == [("alex", 1)]
