"""``support-console server``: what the owner of a shared database types, on a real server."""

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from console import paths
from console.policy.errors import Invalid
from console.store import logins
from console.store.address import read
from console.store.engine import open_store
from console.store.schema import KNOWN
from tests.cli.conftest import Ran, Run
from tests.support.guarded import libpq
from tests.support.proxy import Proxy, proxied


@pytest.fixture
def shared(run: Run, empty_postgres_url: str) -> str:
    """The URL of a shared database that was set up from the command line."""
    assert run("--database", empty_postgres_url, "server", "init").code == 0
    return empty_postgres_url


def drop_login(url: str, login: str) -> None:
    with psycopg.connect(libpq(url)) as owner:
        owner.execute(f'DROP ROLE IF EXISTS "{login}"')  # type: ignore[arg-type]


def as_person(url: str, login: str, password: str) -> str:
    return f"postgresql://{login}:{password}@{url.split('@', 1)[1]}"


def test_from_nothing_to_a_desk_and_back(run: Run, empty_postgres_url: str) -> None:
    url = empty_postgres_url
    done = run("--database", url, "server", "init")
    assert done.code == 0
    assert "Revoked from PUBLIC: CONNECT, TEMPORARY on the database; " in done.out
    assert "The schema public belongs to console_owner now; before, to " in done.out
    assert "from a new database to schema" in done.out
    assert "USAGE on the sequence public.entry_id_seq" in done.out
    assert "The shipped policy is its first version." in done.out
    again = run("--database", url, "server", "upgrade")
    assert (again.code, "Made: " in again.out, "Granted" in again.out) == (0, False, False)
    assert "Found, made before: the roles console_administrator, console_agent," in again.out
    assert "already; nothing about it had to be changed." in again.out
    added = run("--database", url, "server", "person", "add", "nina", "--name", "Nina Ortiz", "--roles", "agent",
                "administrator")  # fmt: skip
    try:
        assert (added.code, added.err) == (0, "")
        assert "Nina Ortiz signs in as nina: administrator, agent." in added.out
        password = added.out.split("Password, shown this once: ")[1].strip()
        mine = as_person(url, "nina", password)
        assert run("--database", mine, "queue").code == 0
        assert run("--database", mine, "server", "lint").code == 0  # with a policy and its figures
        assert "nina" in run("--database", mine, "people").out
        adjusted = run("--database", mine, "people", "nina", "--roles", "agent", "administrator", "manager")
        assert (adjusted.code, "Nobody changes their own roles" in adjusted.err) == (2, True)
        alone = run("--database", url, "server", "person", "role", "nina", "--roles", "supervisor")
        assert (alone.code, "At least one person must be an administrator" in alone.err) == (2, True)
        assert run("--database", url, "server", "person", "add", "postgres", "--name", "The owner", "--roles",
                   "administrator", "--existing-login").code == 0  # fmt: skip
        role = run("--database", url, "server", "person", "role", "nina", "--roles", "supervisor")
        assert (role.code, role.out) == (0, "Nina Ortiz: supervisor.\n")
        peeks = run("--database", mine, "server", "lint")
        assert (peeks.code, "needs the login of an administrator, an auditor or the owner" in peeks.err) == (
            2,
            True,
        )
        gone = run("--database", url, "server", "person", "remove", "nina")
        assert (gone.code, "can no longer sign in at this server" in gone.out) == (0, True)
        (line,) = (each for each in run("--database", url, "people").out.splitlines() if "nina" in each)
        assert line.split(maxsplit=3)[3] == "no roles, login barred"
        assert run("--database", mine, "queue").code == 3
    finally:
        drop_login(url, "nina")


def test_a_superuser_on_the_list_is_warned_of_and_there_is_a_way_off_it(run: Run, shared: str) -> None:
    def server(*words: str) -> Ran:
        return run("--database", shared, "server", *words)

    off = "SELECT guard.save_person('postgres', 'Pat O''Hara', false, '{}')"
    add = ("person", "add", "postgres", "--name", "Pat O'Hara", "--existing-login", "--roles")
    added = server(*add, "administrator", "agent")
    assert (added.code, "no guard holds for it" in added.out, off in added.out) == (0, True, True)
    found = server("lint")
    assert (found.code, f"In psql the owner takes this one off the list: {off}." in found.out) == (1, True)
    try:
        assert server("person", "add", "nina", "--name", "Nina", "--roles", "administrator").code == 0
        removed = server("person", "remove", "postgres")
        assert (removed.code, f"In psql it comes off the list: {off}." in removed.err) == (2, True)
        with psycopg.connect(libpq(shared)) as owner:
            owner.execute(off)
        assert "postgres" not in server("lint").out
    finally:
        drop_login(shared, "nina")


def test_passwords_of_ones_own(run: Run, shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(typed: str) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return run("--database", shared, *words)

    words = (
        "server",
        "person",
        "add",
        "otto",
        "--name",
        "Otto",
        "--roles",
        "administrator",
        "--password-stdin",
    )
    try:
        short = add("short\n")
        assert (short.code, "12 characters" in short.err) == (2, True)
        none = add("")
        assert (none.code, "no password on standard input" in none.err) == (2, True)
        added = add("a password of my own\n")
        assert (added.code, "Password" in added.out) == (0, False)
        assert run("--database", as_person(shared, "otto", "a%20password%20of%20my%20own"), "queue").code == 0
        twice = add("a password of my own\n")
        assert (twice.code, "otto is on the People list already, as Otto" in twice.err) == (2, True)
    finally:
        drop_login(shared, "otto")


def test_an_import_needs_the_owners_login_and_says_so_at_the_dry_run(
    run: Run, shared: str, tmp_path: Path
) -> None:
    file = str(shutil.copy(paths.resources() / "import" / "example.csv", tmp_path))
    add = ("server", "person", "add", "nina", "--name", "Nina", "--roles", "administrator", "agent")
    added = run("--database", shared, *add)
    try:
        mine = as_person(shared, "nina", added.out.split("Password, shown this once: ")[1].strip())
        for words in (("import", file, "--dry-run"), ("import", file)):
            refused = run("--database", mine, *words)
            assert (refused.code, "needs the login of its owner" in refused.err) == (2, True)
            assert "clause" not in refused.err
        assert "tickets, " in run("--database", shared, "import", file, "--dry-run").out
        assert "tickets added, 0 known" in run("--database", shared, "import", file).out
    finally:
        drop_login(shared, "nina")


_ADD_PAT = "server person add postgres --name Pat --roles administrator"


def test_the_sample_goes_into_no_database_of_people(run: Run, shared: str) -> None:
    assert run("--database", shared, *_ADD_PAT.split(), "--existing-login").code == 0
    refused = run("--database", shared, "demo")
    assert (refused.code, "has people on its list already" in refused.err) == (2, True)
    fresh = run("--database", shared, "demo", "--fresh")
    assert (fresh.code, "pg_dump" in fresh.err) == (2, False)
    assert "taken away by the means of its server" in fresh.err
    with psycopg.connect(libpq(shared)) as owner:
        (left,) = owner.execute("SELECT count(*) FROM account").fetchall()
        assert (left, owner.execute("SELECT key FROM setting").fetchall()) == ((0,), [])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("person", "role", "nobody", "--roles", "agent"), "not on the People list"),
        (("person", "remove", "nobody"), "not on the People list"),
        (
            ("person", "add", "pg_evil", "--name", "X", "--roles", "administrator"),
            "kept for the server itself",
        ),
        (
            ("person", "add", "public", "--name", "X", "--roles", "administrator"),
            "kept for the server itself",
        ),
        (("person", "add", "console_owner", "--name", "X", "--roles", "agent"), "kept for the server itself"),
        (("person", "add", "a\nb", "--name", "X", "--roles", "administrator"), "A login is one line"),
        (("person", "add", "a\u202eb", "--name", "X", "--roles", "administrator"), "A login is one line"),
        (("person", "add", "x" * 64, "--name", "X", "--roles", "agent"), "63"),
        (("person", "add", "a", "--name", " ", "--roles", "agent"), "name"),
        (("person", "add", "é" * 40, "--name", "X", "--roles", "agent"), "at most 63 bytes; this one has 80"),
        (
            ("person", "add", "a", "--name", "N" * 300, "--roles", "agent"),
            "at most 200 characters; this one has 300",
        ),
        (("person", "add", "a", "--name", "A", "--roles", "agent"), "Make somebody an administrator first"),
        (("person", "add", "a", "--name", "A"), "Say which roles a shall have"),
        (("person", "add", "a", "--roles", "agent"), "Say the name of a as colleagues read it: --name."),
        (("person", "add", "a"), "auditor, system; and the name of a as colleagues read it: --name."),
        (("person", "add", "a", "--name", "A", "--roles", "agent", "--ask"), "no terminal to ask at"),
        (
            ("person", "add", "not-there", "--name", "A", "--roles", "administrator", "--existing-login"),
            "no such login on this server yet",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(run: Run, shared: str, words: tuple[str, ...], sentence: str) -> None:
    done = run("--database", shared, "server", *words)
    assert done.code == 2
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


def test_what_the_server_says_of_a_login_is_told_without_its_verifier(shared: str) -> None:
    """A server may refuse a login for reasons of its own, and quotes the whole statement then."""
    store = open_store(shared)
    with store._engine.begin() as owner:
        owner.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION guard.require_plain_login(login text) RETURNS void"
            " LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN END'"
        )
        with pytest.raises(Invalid, match='makes no login none: role name "none" is reserved') as refused:
            logins.add_person(owner, "none", "X", ["agent"], "long enough")
    store.close()
    assert (refused.value.__cause__, "SCRAM" in refused.value.message) == (None, False)


def test_the_policy_is_not_cited_for_what_the_server_says(run: Run, shared: str) -> None:
    done = run("--database", shared, *_ADD_PAT.split())
    assert (done.code, "There is such a login on this server already" in done.err) == (2, True)
    assert "clause" not in done.err


@pytest.mark.parametrize("number", ["0", "-5", "many"])
def test_advice_is_for_a_number_of_desks_that_can_be(run: Run, shared: str, number: str) -> None:
    assert run("--database", shared, "server", "lint", "--desks", number).code == 2


def test_a_session_that_no_server_has_is_one_sentence(run: Run, shared: str) -> None:
    done = run("--database", shared, "server", "end", "99999999999999")
    assert (done.code, "invalid" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["template0", "template1"])
def test_the_pattern_of_new_databases_holds_no_tickets(run: Run, shared: str, name: str) -> None:
    address = shared.replace(shared.rsplit("/", 1)[1].split("?", maxsplit=1)[0], name)
    for words in (("server", "init"), ("server", "upgrade")):
        done = run("--database", address, *words)
        assert (done.code, "is the pattern of every new database" in done.err) == (2, True)


def test_a_database_that_is_not_set_up_is_no_fault_of_the_program(run: Run, empty_postgres_url: str) -> None:
    for words in (("server", "lint"), ("people",), ("server", "person", "remove", "x")):
        done = run("--database", empty_postgres_url, *words)
        assert (done.code, len(done.err.splitlines())) == (2, 1)
        assert "support-console server init" in done.err


def test_init_makes_a_new_database_and_upgrade_brings_an_older_one_along(
    run: Run, empty_postgres_url: str
) -> None:
    early = run("--database", empty_postgres_url, "server", "upgrade")
    assert (early.code, early.out) == (2, "")
    assert (
        "is empty: there is no console in it. Whoever owns it runs support-console server init" in early.err
    )
    assert run("--database", empty_postgres_url, "server", "init").code == 0
    with psycopg.connect(libpq(empty_postgres_url)) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '0002'")
    late = run("--database", empty_postgres_url, "server", "init")
    assert (late.code, late.out) == (2, "")
    words = f"support-console server upgrade brings this one to schema {KNOWN}. Nothing was changed."
    assert words in late.err


def test_a_database_of_another_program_is_left_alone(run: Run, empty_postgres_url: str) -> None:
    with psycopg.connect(libpq(empty_postgres_url)) as owner:
        owner.execute("CREATE TABLE theirs (x int)")
    for words in (("server", "init"), ("server", "upgrade"), ("server", "lint"), ("queue",)):
        done = run("--database", empty_postgres_url, *words)
        assert (done.code, done.out, "holds tables of another program" in done.err) == (2, "", True)


def test_what_an_upgrade_puts_right_is_named(run: Run, shared: str) -> None:
    with psycopg.connect(libpq(shared)) as owner:
        owner.execute("ALTER TABLE entry DISABLE TRIGGER guarded")
        owner.execute("GRANT UPDATE ON ticket TO console_supervisor")
        owner.execute("ALTER SCHEMA public OWNER TO postgres")
    assert run("--database", shared, "server", "upgrade").out.splitlines()[1:6] == [
        "The schema public belongs to console_owner now; before, to postgres.",
        f"{read(shared).words} has schema {KNOWN} already.",
        "Changed: the trigger entry.guarded.",
        "Revoked from console_supervisor: UPDATE on the table public.ticket.",
        "Guards and grants are those of this program, and the lint finds nothing about them.",
    ]


def test_what_stands_is_printed_also_when_a_later_step_fails(run: Run, shared: str) -> None:
    with psycopg.connect(libpq(shared)) as owner:
        owner.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        owner.execute("CREATE TABLE guard.extra (x int)")
    done = run("--database", shared, "server", "upgrade")
    assert (done.code, "guard.extra belongs to postgres" in done.err) == (2, True)
    assert done.out.splitlines()[1:] == ["Revoked from PUBLIC: USAGE on the schema public."]


def test_the_lint_asks_for_the_upgrade_of_an_older_schema(run: Run, shared: str) -> None:
    with psycopg.connect(libpq(shared)) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '0002'")
    done = run("--database", shared, "server", "lint")
    assert (done.code, "support-console server upgrade first" in done.err) == (2, True)


def test_the_lint_says_what_was_bent(run: Run, shared: str) -> None:
    with psycopg.connect(libpq(shared)) as owner:
        owner.execute("ALTER TABLE entry DISABLE TRIGGER guarded")
    done = run("--database", shared, "server", "lint", "--json")
    assert done.code == 1
    assert {
        "about": "entry.guarded",
        "words": "This guard is switched off.",
        "is_advice": False,
    } in json.loads(done.out)["findings"]
    plain = run("--database", shared, "server", "lint").out
    assert "entry.guarded: This guard is switched off." in plain
    assert " finding" in plain
    run("--database", shared, "server", "upgrade")
    assert "entry.guarded" not in run("--database", shared, "server", "lint").out


def test_a_local_database_needs_no_server(run: Run) -> None:
    assert "Say which shared database" in run("server", "init").err
    done = run("--database", "sqlite:///x.sqlite3", "server", "init")
    assert (done.code, "belongs to its user" in done.err) == (2, True)


def test_a_login_that_may_not_set_up_is_told_so(run: Run, shared: str) -> None:
    with psycopg.connect(libpq(shared)) as owner:
        owner.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'")
        owner.execute("GRANT console_agent TO plain")
    try:
        done = run("--database", as_person(shared, "plain", "plain"), "server", "upgrade")
        assert (done.code, len(done.err.splitlines())) == (2, 1)
        assert "need the login of whoever owns the server" in done.err
    finally:
        drop_login(shared, "plain")


def test_the_people_command_writes_auditors_too(run: Run, shared: str) -> None:
    def people(*words: str) -> Ran:
        return run("--database", shared, "people", *words)

    add = ("server", "person", "add", "otto", "--name", "Otto", "--roles", "administrator", "auditor")
    try:
        assert run("--database", shared, *add).code == 0
        kept = people("otto", "--roles", "administrator", "auditor", "agent")
        assert (kept.code, kept.out.splitlines()[0]) == (0, "Otto: administrator, agent, auditor.")
        assert people("otto", "--name", "Otto M.").out.splitlines()[0] == "Saved Otto M.."
    finally:
        drop_login(shared, "otto")


@contextmanager
def answer_lost(proxy: Proxy, how: str) -> Iterator[None]:
    """The connection breaks while the next new login is being committed: before the server hears of it
    (``"before"``), after it has saved (``"after"``), or after it has saved and for good (``"away"``)."""

    def on_statement(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if "guard.add_person" in statement:
            event.listen(connection.engine, "commit", on_commit, once=True)

    def on_commit(_connection: Connection) -> None:
        if how == "before":
            proxy.reset()
            return
        proxy.mute = True
        Timer(0.5, on_saved).start()

    def on_saved() -> None:
        if how == "away":
            proxy.refuse()
        proxy.reset()
        proxy.mute = False

    event.listen(Engine, "before_cursor_execute", on_statement)
    yield
    event.remove(Engine, "before_cursor_execute", on_statement)


@pytest.mark.parametrize(
    ("how", "code", "said", "there"),
    [
        ("before", 3, "not saved: the connection was lost before. Nothing was changed", False),
        ("after", 0, "", True),
        ("away", 3, "Only it knows whether it was. Look what stands there before", True),
    ],
)
def test_a_person_added_over_a_line_that_breaks_is_asked_for_and_the_password_is_not_lost(
    run: Run, shared: str, how: str, code: int, said: str, there: bool
) -> None:
    words = ("server", "person", "add", "nina", "--name", "Nina Ortiz", "--roles", "administrator")
    try:
        with proxied(shared) as (proxy, url), answer_lost(proxy, how):
            added = run("--database", url, *words)
        assert (added.code, said in added.err) == (code, True)
        assert ("nina" in run("--database", shared, "people").out) is there
        assert ("Password, shown this once" in added.out) is there
        if there:
            password = added.out.split(": ")[-1].strip()
            assert run("--database", as_person(shared, "nina", password), "queue").code == 0
    finally:
        drop_login(shared, "nina")
