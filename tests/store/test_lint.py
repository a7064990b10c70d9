"""The privilege lint: silent about what the console sets up, and naming whatever was bent since."""

import pytest
from sqlalchemy import text

from console.store import lint, server
from console.store.address import read as address_of
from tests.support import postgres
from tests.support.guarded import employ


def findings(url: str) -> list[str]:
    with server.acting(address_of(url)) as connection:
        return [f"{each.about} {each.words}" for each in lint.lint(connection)]


def bend(url: str, script: str) -> None:
    with server.acting(address_of(url)) as connection:
        for statement in script.split("; "):
            connection.execute(text(statement))


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
