"""The five checks of a shared database, the password in the keyring, and the address in parts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import psycopg
import pytest

from console.bootstrap import open_desk
from console.policy.errors import Invalid, Unavailable
from console.services import connecting, moving, passwords, server
from console.services.check import Check, Step, Went
from console.services.lost import OnlyReads, PasswordNeeded
from console.services.target import Target
from console.store import schema
from console.store.address import read
from tests.support import postgres
from tests.support.drawer import Drawer, drawer_for_passwords
from tests.support.guarded import as_login, bare, employ, libpq
from tests.support.postgres import PASSWORD
from tests.support.proxy import proxied


def looked(url: str) -> dict[Step, Check]:
    return {check.step: check for check in connecting.checks(read(url))}


def went(found: dict[Step, Check]) -> list[Went]:
    return [found[step].went for step in Step]


def owner(url: str, *statements: str) -> None:
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


PASSED, LOOK, FAILED, NOT = Went.PASSED, Went.LOOK, Went.FAILED, Went.NOT_TRIED


def test_an_agent_passes_all_five(postgres_url: str) -> None:
    employ(postgres_url)
    found = looked(as_login(postgres_url, "alex"))
    assert went(found) == [PASSED] * 5
    assert found[Step.REACH].words.startswith("Reached the server in ")
    assert found[Step.REACH].words.endswith(" ms")
    assert found[Step.SIGN_IN].words == "Signed in as alex"
    assert found[Step.TLS].words == "Not needed: the server is on this computer"
    assert found[Step.SCHEMA].words == f"Schema {schema.KNOWN}, matches"
    assert found[Step.RIGHTS].words == "May read and write: agent"


def test_a_supervisor_reads_and_is_told_so(postgres_url: str) -> None:
    employ(postgres_url)
    found = looked(as_login(postgres_url, "rosa"))[Step.RIGHTS]
    assert found.went is LOOK
    assert found.words.startswith("May read, not write: supervisor")
    assert "give rosa the role agent" in found.request


def test_nobody_at_that_port_stops_at_the_first(postgres_url: str) -> None:
    found = looked("postgresql://alex@127.0.0.1:1/support")
    assert went(found) == [FAILED, NOT, NOT, NOT, NOT]
    assert "is not running, or not at that address and port" in found[Step.REACH].words
    assert found[Step.REACH].details


def test_a_port_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "five")
    found = looked("postgresql://alex@127.0.0.1/x")
    assert went(found) == [FAILED, NOT, NOT, NOT, NOT]
    assert "five is no port of a server" in found[Step.REACH].words


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("wrong", "The server refused this password for alex."), ("", "asks for the password of alex")],
)
def test_a_password_that_is_wrong_or_missing_has_its_own_sentence(
    postgres_url: str, password: str, sentence: str
) -> None:
    url = as_login(postgres_url, "alex").replace(f":{PASSWORD}@", f":{password}@" if password else "@")
    found = looked(url)
    assert went(found) == [PASSED, FAILED, NOT, NOT, NOT]
    assert sentence in found[Step.SIGN_IN].words
    assert found[Step.SIGN_IN].password
    assert not password or password not in repr(found)


def test_a_login_outside_every_group_is_told_whom_to_ask(postgres_url: str) -> None:
    owner(postgres_url, f"CREATE ROLE stranger LOGIN PASSWORD '{PASSWORD}'")
    try:
        found = looked(as_login(postgres_url, "stranger"))
        assert went(found) == [PASSED, FAILED, NOT, NOT, NOT]
        assert "is not open to stranger" in found[Step.SIGN_IN].words
        assert "allow stranger" in found[Step.SIGN_IN].request
        owner(postgres_url, "ALTER ROLE stranger NOLOGIN")
        assert "does not let stranger in" in looked(as_login(postgres_url, "stranger"))[Step.SIGN_IN].words
    finally:
        owner(postgres_url, "DROP ROLE stranger")


def test_a_login_that_is_not_on_the_people_list_can_copy_a_request(postgres_url: str) -> None:
    employ(postgres_url)
    owner(postgres_url, f"CREATE ROLE newcomer LOGIN PASSWORD '{PASSWORD}' IN ROLE console_agent")
    try:
        found = looked(as_login(postgres_url, "newcomer"))[Step.RIGHTS]
        assert found.went is FAILED
        assert "newcomer can reach the database but is not on its People list. Ask Ira to" in found.words
        assert "add newcomer to its People list" in found.request
    finally:
        owner(postgres_url, "DROP ROLE newcomer")


@pytest.fixture(params=["standby", "told so"])
def only_reads(request: pytest.FixtureRequest, postgres_url: str) -> Iterator[str]:
    """A shared database whose server takes no changes: a copy of another one, or told so for everybody."""
    if request.param == "standby":
        with postgres.brief_server(wal_level="replica") as own:
            url = own.console()
            employ(url)
            own.stop()
            (own.data / "standby.signal").touch()
            own.start()
            yield url
    else:
        employ(postgres_url)
        owner(postgres_url, "ALTER ROLE alex SET default_transaction_read_only = on")
        yield postgres_url
        owner(postgres_url, "ALTER ROLE alex RESET default_transaction_read_only")


def test_a_server_that_takes_no_changes_is_refused_and_says_what_to_ask_for(only_reads: str) -> None:
    url = as_login(only_reads, "alex")
    found = looked(url)
    assert went(found) == [PASSED, PASSED, PASSED, PASSED, FAILED]
    assert "can only be read" in found[Step.RIGHTS].words
    assert "Use the address of the server that takes changes" in found[Step.RIGHTS].words
    assert "the address of the server that takes changes" in found[Step.RIGHTS].request
    with pytest.raises(OnlyReads, match="can only be read"):
        open_desk(url)


def test_a_database_of_another_program_is_not_taken_for_an_empty_one(empty_postgres_url: str) -> None:
    owner(empty_postgres_url, "CREATE TABLE theirs (x int)")
    found = looked(empty_postgres_url)[Step.SCHEMA]
    assert (found.went, found.creates) == (Went.FAILED, False)
    assert "holds tables of another program" in found.words


def test_an_empty_database_is_set_up_by_whoever_may(empty_postgres_url: str) -> None:
    found = looked(empty_postgres_url)
    assert went(found) == [PASSED, PASSED, PASSED, LOOK, NOT]
    assert found[Step.SCHEMA].creates
    assert "support-console server init" in found[Step.SCHEMA].words
    owner(empty_postgres_url, f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    try:
        other = looked(as_login(empty_postgres_url, "guest"))[Step.SCHEMA]
        assert (other.went, other.creates) == (FAILED, False)
        assert "guest may not set it up" in other.words
        assert "server init" in other.request
    finally:
        owner(empty_postgres_url, "DROP ROLE guest")


def test_older_and_newer_schemas_say_who_must_do_what(postgres_url: str) -> None:
    employ(postgres_url)
    alex = as_login(postgres_url, "alex")
    number = "UPDATE alembic_version SET version_num = '{}'"
    owner(postgres_url, number.format("0002"))
    older = looked(alex)
    assert went(older) == [PASSED, PASSED, PASSED, FAILED, NOT]
    assert "server upgrade" in older[Step.SCHEMA].words
    owner(postgres_url, number.format("0014"))
    newer = looked(alex)
    assert went(newer) == [PASSED] * 5
    assert "newer, this console may still write" in newer[Step.SCHEMA].words
    least = "UPDATE least_console SET schema_number = 14, version = '9.1' WHERE act = '{}'"
    owner(postgres_url, least.format("write"))
    assert looked(alex)[Step.SCHEMA].went is LOOK
    owner(postgres_url, least.format("read"))
    refused = looked(alex)[Step.SCHEMA]
    assert refused.went is FAILED
    assert f"schema 14, this program knows {schema.KNOWN}" in refused.words
    assert "Support Console 9.1 or newer" in refused.words


def test_each_check_is_told_before_the_next_is_tried(postgres_url: str) -> None:
    employ(postgres_url)
    with proxied(as_login(postgres_url, "alex")) as (proxy, url):
        checks = connecting.checks(read(url))
        assert next(checks).step is Step.REACH
        proxy.refuse()
        proxy.reset()
        assert [check.went for check in checks] == [FAILED, NOT, NOT, NOT]


# the keyring


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    with drawer_for_passwords() as made:
        yield made


def test_without_a_keyring_it_is_said_and_nothing_is_kept(postgres_url: str) -> None:
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    try:
        assert passwords.keyring().name == ""
        assert "no keyring" in passwords.keyring().why_not
        assert passwords.kept(postgres_url) == ""
        with pytest.raises(Unavailable, match="no keyring"):
            passwords.keep(postgres_url, "secret")
        passwords.forget(postgres_url)
        with pytest.raises(PasswordNeeded):
            open_desk(bare(postgres_url, "alex"))
    finally:
        keyring.set_keyring(before)


def test_a_kept_password_opens_the_desk_and_is_forgotten_on_request(
    postgres_url: str, drawer: Drawer
) -> None:
    employ(postgres_url)
    open_desk(postgres_url).store.close()  # its owner brings the policy
    url = bare(postgres_url, "alex")
    passwords.keep(url, PASSWORD)
    assert list(drawer.kept) == [("support-console", read(url).name)]
    desk = open_desk(url)
    desk.store.listen().close()
    desk.store.close()
    assert went(looked(url)) == [PASSED] * 5
    passwords.forget(url)
    assert drawer.kept == {}


def test_commands_of_the_owner_find_a_kept_password(
    empty_postgres_url: str, drawer: Drawer, tmp_path: Path
) -> None:
    url = bare(empty_postgres_url, "postgres")
    local = f"sqlite:///{tmp_path / 'local.sqlite3'}"
    open_desk(local).store.close()
    with pytest.raises(PasswordNeeded):
        server.set_up(url)
    passwords.keep(url, PASSWORD)
    assert moving.move(local, url).counts["ticket"] == 0
    assert "has schema" in " ".join(server.set_up(url))
    assert all(each.about != "schema" for each in server.lint(url))
    assert server.sessions(url) == []
    assert isinstance(server.advice(url, 1), list)


@pytest.mark.parametrize("trouble", ["locked", "outdated"])
def test_a_keyring_that_does_not_help_leads_to_the_question(
    postgres_url: str, drawer: Drawer, trouble: str
) -> None:
    url = bare(postgres_url, "alex")
    passwords.keep(url, "outdated")
    drawer.locked = trouble == "locked"
    with pytest.raises(PasswordNeeded):
        open_desk(url)
    if drawer.locked:
        with pytest.raises(Unavailable, match="did not take it"):
            passwords.keep(url, "secret")


# the address in parts


@pytest.mark.parametrize(
    "target",
    [
        Target("db.example.com", "5433", "sup port", "al@ex"),
        Target(service="desk"),
        Target("/run/postgresql", "", "x", less="disable"),
        Target("::1", "5432", "x", "ann", less="require", authority="/etc/own ca.pem"),
        Target("db", database="x", rest=(("connect_timeout", "5"),)),
    ],
)
def test_parts_and_address_say_the_same(target: Target) -> None:
    assert Target.read(target.address) == target
    if not target.service:
        found = read(target.address)
        assert found.server is not None
        assert (found.server.host, found.server.database) == (target.server, target.database)


def test_a_password_in_an_address_is_left_out() -> None:
    for url in ("postgresql://ann:secret@db/x", "postgresql://ann@db/x?password=secret"):
        assert Target.read(url) == Target("db", database="x", login="ann")


@pytest.mark.parametrize("address", ["sqlite:///x", "http://x/", "postgresql://[x/", "x.sqlite3"])
def test_what_is_no_shared_database_has_no_parts(address: str) -> None:
    with pytest.raises(Invalid):
        Target.read(address)


def test_a_form_says_what_it_means_in_words() -> None:
    assert Target("db.internal", database="support", login="alex").words == "support on db.internal, as alex"
    assert Target("db", "5433", "support", "alex").words == "support on db (port 5433), as alex"
    assert replace(Target(), service="desk").words == "service desk"
    here: Callable[[str], bool] = lambda server: Target(server).is_here  # noqa: E731
    assert [here(each) for each in ("", "localhost", "127.0.0.1", "db")] == [True, True, True, False]
