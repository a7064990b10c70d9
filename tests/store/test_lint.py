"""The privilege lint: silent about what the console sets up, and naming whatever was bent since."""

import pytest

from console.services import server as setting_up
from console.store import guards, lint, server
from console.store.address import read as address_of
from tests.support import postgres
from tests.support.guarded import employ


def findings(url: str) -> list[str]:
    with server.acting(address_of(url)) as connection:
        return [f"{each.about} {each.words}" for each in lint.lint(connection)]


def bend(url: str, script: str) -> None:
    with server.acting(address_of(url)) as connection:
        for statement in script.replace("{database}", url.rsplit("/", 1)[1]).split("; "):
            connection.exec_driver_sql(statement)


def test_it_is_silent_about_what_was_set_up_however_often(
    postgres_server: postgres.Server, postgres_url: str
) -> None:
    postgres_server.dismiss()
    employ(postgres_url)
    assert findings(postgres_url) == []
    server.set_up(postgres_url)
    assert findings(postgres_url) == []


@pytest.mark.parametrize(
    ("bent", "named", "mended"),
    [
        (
            "GRANT UPDATE ON entry TO console_agent",
            "public.entry can be changed (UPDATE) by console_agent",
            "",
        ),
        ("GRANT SELECT ON fact TO PUBLIC", "public.fact is open to PUBLIC", ""),
        (
            "GRANT EXECUTE ON FUNCTION guard.ran(interval) TO PUBLIC",
            "guard.ran may be called by PUBLIC",
            "",
        ),
        (
            "GRANT INSERT ON guard.act TO console_agent",
            "guard.act can be changed (INSERT) by console_agent",
            "",
        ),
        ("GRANT CREATE ON SCHEMA public TO console_agent", "lets console_agent create things", ""),
        ("ALTER TABLE entry DISABLE TRIGGER guarded", "entry.guarded This guard is switched off", ""),
        ("DROP TRIGGER stands ON ticket", "ticket.stands This guard is missing", ""),
        (
            "CREATE TRIGGER extra BEFORE INSERT ON fact EXECUTE FUNCTION refuse_change()",
            "fact.extra This trigger is not the console's",
            "",
        ),
        ("ALTER FUNCTION guard.clock() RESET search_path", "guard.clock has no search path", ""),
        (
            "ALTER FUNCTION guard.trusted() RENAME TO own; CREATE FUNCTION guard.trusted() RETURNS boolean RETURN true",
            "guard.trusted is not this program's",
            "",
        ),
        ("ALTER FUNCTION guard.holds SECURITY INVOKER", "guard.holds is not this program's", ""),
        (
            "CREATE FUNCTION guard.trusted(integer) RETURNS boolean RETURN true",
            "guard.trusted is no function of the console's",
            "",
        ),
        (
            (
                "DROP TRIGGER guarded ON entry; CREATE TRIGGER guarded BEFORE INSERT ON entry FOR EACH ROW "
                "WHEN (false) EXECUTE FUNCTION guard.entry_begins()"
            ),
            "entry.guarded This guard does not ask BEFORE INSERT: entry_begins",
            "",
        ),
        (
            (
                "DROP TRIGGER guarded ON entry; CREATE TRIGGER guarded BEFORE INSERT ON entry FOR EACH ROW "
                "EXECUTE FUNCTION guard.is_short()"
            ),
            "entry.guarded This guard does not ask BEFORE INSERT: entry_begins",
            "",
        ),
        ("DROP FUNCTION guard.fits CASCADE", "guard.fits is missing", ""),
        (
            "CREATE FUNCTION guard.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "guard.mine is no function",
            "",
        ),
        ("ALTER TABLE ticket OWNER TO postgres", "public.ticket belongs to postgres", ""),
        ("CREATE TABLE guard.extra (x int)", "guard.extra belongs to postgres", ""),
        ("ALTER ROLE alex CREATEROLE", "alex has powers on the server", "ALTER ROLE alex NOCREATEROLE"),
        (
            "GRANT console_owner TO alex",
            "alex is a member of console_owner",
            "REVOKE console_owner FROM alex",
        ),
        (
            "GRANT pg_read_server_files TO alex",
            "alex is a member of pg_read",
            "REVOKE pg_read_server_files FROM alex",
        ),
        (
            "GRANT console_manager TO alex",
            "alex is in the group of managers",
            "REVOKE console_manager FROM alex",
        ),
        (
            "SET ROLE console_keeper; REVOKE console_agent FROM alex",
            "alex is on the People list as agent",
            "GRANT console_agent TO alex",
        ),
        ("ALTER ROLE console_agent LOGIN", "console_agent has powers", "ALTER ROLE console_agent NOLOGIN"),
        (
            "GRANT UPDATE (balance) ON account TO console_agent",
            "public.account.balance never changes, but can be",
            "",
        ),
        ("GRANT UPDATE (subject) ON ticket TO rosa", "public.ticket.subject is granted to rosa", ""),
        ("GRANT SELECT (words) ON ticket TO PUBLIC", "public.ticket.words is open to PUBLIC", ""),
        ("GRANT SELECT ON guard.price TO console_agent", "guard.price can be read by console_agent", ""),
        ("GRANT USAGE ON SCHEMA guard TO PUBLIC", "schema guard is open to PUBLIC", ""),
        ("ALTER TABLE account ADD COLUMN iban text", "public.account.iban is no column of the console's", ""),
        (
            "ALTER TABLE request DISABLE ROW LEVEL SECURITY",
            "public.request has its row security switched off",
            "",
        ),
        ("DROP POLICY own ON request", "public.request lacks its row policy own", ""),
        (
            "CREATE POLICY open ON request USING (true)",
            "public.request has a row policy that is not the console's: open",
            "",
        ),
        ("ALTER SCHEMA guard OWNER TO postgres", "schema guard belongs to postgres", ""),
        (
            "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "public.mine may be called by PUBLIC",
            "",
        ),
        ("CREATE RULE quiet AS ON INSERT TO fact DO ALSO NOTHING", "fact.quiet This rule is not", ""),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE console_owner GRANT SELECT ON TABLES TO console_agent",
            "console_owner makes things that others get rights on",
            "",
        ),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE console_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
            "console_owner makes functions that PUBLIC may call",
            "",
        ),
        (
            "GRANT TEMP ON DATABASE {database} TO console_agent",
            "lets console_agent make things of its own",
            "",
        ),
        ("GRANT CONNECT ON DATABASE {database} TO PUBLIC", "is open to PUBLIC", ""),
        (
            "ALTER ROLE alex SUPERUSER",
            "alex is a superuser and on the People list",
            "ALTER ROLE alex NOSUPERUSER",
        ),
        (
            "CREATE ROLE maker CREATEROLE LOGIN",
            "maker may create roles",
            "DROP ROLE maker",
        ),
        (
            "SET ROLE console_keeper; GRANT console_manager TO morgan WITH ADMIN OPTION",
            "morgan may put others into console_manager",
            "REVOKE ADMIN OPTION FOR console_manager FROM morgan GRANTED BY console_keeper",
        ),
        (
            "CREATE ROLE shifts; GRANT console_manager TO shifts",
            "shifts is a group within console_manager",
            "DROP ROLE shifts",
        ),
        (
            "CREATE ROLE passer_by LOGIN; GRANT console_auditor TO passer_by",
            "passer_by is in console_auditor, but not on the People list",
            "DROP ROLE passer_by",
        ),
        (
            "ALTER ROLE console_keeper LOGIN",
            "console_keeper can sign in",
            "ALTER ROLE console_keeper NOLOGIN",
        ),
    ],
)
def test_it_names_what_was_bent(postgres_url: str, bent: str, named: str, mended: str) -> None:
    employ(postgres_url)
    bend(postgres_url, bent)
    try:
        assert any(named in each for each in findings(postgres_url)), findings(postgres_url)
    finally:
        if mended:  # roles belong to the whole server
            bend(postgres_url, mended)


def test_it_says_whose_a_login_of_another_database_may_be(
    postgres_server: postgres.Server, postgres_url: str
) -> None:
    """Groups belong to the whole server, whichever database a person works at."""
    employ(postgres_url)
    second = postgres_server.create()
    url = postgres_server.url(second)
    try:
        setting_up.set_up(url)
        bend(url, "CREATE ROLE elsewhere NOLOGIN; GRANT console_agent TO elsewhere")
        others = [each for each in findings(url) if "at the console's database " in each]
        assert any(each.startswith("alex is in the group of agents") for each in others), others
        barred = "elsewhere is a group within console_agent, or a barred login of somebody at the console's database"
        assert any(each.startswith(barred) for each in others), others
    finally:
        bend(url, "DROP ROLE elsewhere")
        postgres_server.drop(second)


def test_it_names_figures_that_are_not_those_of_their_document(postgres_url: str) -> None:
    """An administrator stores both, and could store two that differ."""
    setting_up.set_up(postgres_url)
    bend(postgres_url, "ALTER TABLE guard.price DISABLE TRIGGER keeps; UPDATE guard.price SET tokens = 1")
    assert "policy version 1 says something else than the guards' figures (price)." in findings(postgres_url)
    bend(postgres_url, "UPDATE policy_version SET document = 'x'")
    assert "policy version 1 cannot be read by any console." in findings(postgres_url)


def test_it_looks_at_no_other_schema_than_this_programs(postgres_url: str) -> None:
    bend(postgres_url, "UPDATE alembic_version SET version_num = '0002'")
    (found,) = findings(postgres_url)
    assert "run support-console server upgrade first" in found
    bend(postgres_url, "UPDATE alembic_version SET version_num = '0014'")
    (found,) = findings(postgres_url)
    assert "look with a console that knows it" in found


def test_guards_have_no_backslash() -> None:
    """A login can have backslashes read in another way (``standard_conforming_strings``)."""
    assert [name for name, each in guards.definitions().items() if "\\" in each.says] == []


def test_guards_keep_their_plans() -> None:
    """A small SQL function is planned by each transaction anew (decision 0077)."""
    in_sql = {name for name, each in guards.definitions().items() if each.language == "sql"}
    assert in_sql == {"holders", "leave", "longest"}
