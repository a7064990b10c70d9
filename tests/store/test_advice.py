"""What the administrator is told in advance, and that it is so: fifty real desks at a server with its own defaults."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Barrier

import pytest
from sqlalchemy import text

from console.policy.facts import RequestRefused
from console.store import advice, server
from console.store.address import read as address_of
from console.store.engine import open_store
from console.store.lost import Crowded
from tests.store.acts import ALEX
from tests.support import postgres
from tests.support.guarded import as_login, employ


def told(url: str, desks: int = 10) -> dict[str, str]:
    with server.acting(address_of(url)) as connection:
        return {each.about: each.words for each in advice.advice(connection, desks) if each.is_advice}


def bend(url: str, *statements: str) -> None:
    with server.acting(address_of(url)) as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def server_for(most: str) -> Iterator[tuple[postgres.OwnServer, str]]:
    """A server of one's own that takes so many connections, and a shared database on it."""
    with postgres.brief_server(max_connections=most) as own:
        url = own.console()
        employ(url)
        yield own, url


@pytest.fixture(scope="module")
def usual() -> Iterator[tuple[postgres.OwnServer, str]]:
    """A server that takes a hundred connections, PostgreSQL's own default."""
    with server_for("100") as own:
        yield own


def without_room(url: str, desks: int) -> int:
    """How many of so many desks found no room, when all listen and read at the same moment, as after a commit."""
    together = Barrier(desks)

    def sit_down(_number: int) -> int:
        refused = 0
        with ExitStack() as stack:
            try:
                store = open_store(as_login(url, "alex"))
                stack.callback(store.close)
                stack.callback(store.listen().close)
                stack.enter_context(store.read()).journal_last()
            except Crowded:
                refused = 1
            together.wait(60)
        return refused

    with ThreadPoolExecutor(desks) as people:
        return sum(people.map(sit_down, range(desks)))


def test_forty_desks_fit_a_server_as_it_comes_and_nothing_is_said(
    usual: tuple[postgres.OwnServer, str],
) -> None:
    assert "max_connections" not in told(usual[1], desks=40)
    assert without_room(usual[1], 40) == 0


def test_fifty_do_not_which_is_said_in_advance_and_do_at_the_number_that_was_said(
    usual: tuple[postgres.OwnServer, str],
) -> None:
    words = told(usual[1], desks=50)["max_connections"]
    assert words.startswith("is 100; 50 desks hold 2 connections each")
    assert without_room(usual[1], 50) > 0
    (advised,) = re.findall(r"set it to (\d+) or more", words)
    with server_for(advised) as (_own, roomy):
        assert "max_connections" not in told(roomy, desks=50)
        assert without_room(roomy, 50) == 0


def test_ways_in_that_are_not_safe_are_named_by_their_line(usual: tuple[postgres.OwnServer, str]) -> None:
    own, url = usual
    file = own.data / "pg_hba.conf"
    before = file.read_text(encoding="utf-8")
    lines = (
        "host all all 10.0.0.0/8 scram-sha-256",
        "host all all 10.1.0.0/16 md5",
        "host all all 10.2.0.0/16 trust",
        "host all all 10.3.0.0/16 no-such-method",
        "host all all 10.4.0.0/16 reject",
        "host elsewhere all 10.5.0.0/16 trust",
    )
    first = len(before.splitlines()) + 1
    file.write_text(before + "\n".join(lines) + "\n", encoding="utf-8")
    try:
        named = {about: words for about, words in told(url).items() if about.startswith("pg_hba.conf")}
    finally:
        file.write_text(before, encoding="utf-8")
    assert named == {
        f"pg_hba.conf line {first}": "lets 10.0.0.0 in without TLS (host); use hostssl.",
        f"pg_hba.conf line {first + 1}": "lets 10.1.0.0 in by md5; use scram-sha-256.",
        f"pg_hba.conf line {first + 2}": "lets 10.2.0.0 in by trust; use scram-sha-256.",
        f"pg_hba.conf line {first + 3}": "cannot be used by the server: "
        'invalid authentication method "no-such-method".',
    }
    assert "cannot be read by this login" in told(as_login(url, "alex"))["pg_hba.conf"]


def test_settings_are_named_with_what_they_mean(postgres_url: str) -> None:
    database = postgres_url.rsplit("/", 1)[1]
    bend(postgres_url, f"ALTER DATABASE {database} SET password_encryption = 'md5'")
    words = told(postgres_url)
    assert words["password_encryption"].startswith("is md5: new passwords are kept in a form")
    assert words["fsync"].endswith("Set it to on.")
    assert "track_commit_timestamp" not in words


def test_what_only_a_superuser_can_close_is_advice(postgres_url: str) -> None:
    bend(postgres_url, "GRANT EXECUTE ON FUNCTION pg_catalog.lo_create(oid) TO PUBLIC")
    assert told(postgres_url)["server"].startswith("lets everybody fill its disk (lo_create).")


def test_an_act_that_was_held_back_is_told_and_what_was_carried_here_is_not(postgres_url: str) -> None:
    store = open_store(postgres_url)
    with store.work(ALEX) as work:
        refused = RequestRefused(at=work.now, who="Kim", words="No.", clause="1.1")
        for _ in range(3):
            work.journal.record([refused], ticket_id=None, account_id=None)
    store.close()
    assert not any(about.startswith("fact") for about in told(postgres_url))
    held = "UPDATE fact SET recorded_at = clock_timestamp() - interval '8 seconds' * number WHERE number "
    bend(postgres_url, "ALTER TABLE fact DISABLE TRIGGER USER", f"{held} = 1")
    bend(postgres_url, f"{held} > 1")
    facts = {about: words for about, words in told(postgres_url).items() if about.startswith("fact")}
    assert list(facts) == ["fact 1"]
    assert re.fullmatch(r"alex recorded it at .* UTC and committed it 8\.\d s later\.", facts["fact 1"])
