"""A shared database whose owner is no superuser, as at a hosted server: set up, kept and linted with that login."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from console.bootstrap import open_desk
from console.policy.errors import NotAllowed
from console.policy.terms import Role
from console.services import moving, people_list, server
from console.services.people import Person
from console.store.lost import Empty
from tests.support import postgres
from tests.support.desks import office
from tests.support.guarded import libpq


@pytest.fixture
def own() -> Iterator[postgres.OwnServer]:
    """A server of the test's own: roles belong to a whole server."""
    with postgres.brief_server() as running:
        yield running


def database_of_keeper(own: postgres.OwnServer, name: str) -> str:
    """The URL, with that login, of a new database that belongs to the login ``keeper``."""
    with psycopg.connect(own.base, autocommit=True) as superuser:
        superuser.execute(f"CREATE DATABASE {name} OWNER keeper TEMPLATE template0")
    if own.version < 15:  # before, nobody but a superuser owned the schema public of a new database
        with psycopg.connect(libpq(own.url(name))) as inside:
            inside.execute("ALTER SCHEMA public OWNER TO keeper")
    return own.url(name).replace("//postgres:", "//keeper:")


def test_a_login_that_may_make_roles_and_owns_the_database_is_enough(
    own: postgres.OwnServer, sqlite_url: str
) -> None:
    with psycopg.connect(own.base) as superuser:
        superuser.execute(f"CREATE ROLE keeper LOGIN PASSWORD '{postgres.PASSWORD}'")
    url = database_of_keeper(own, "support")
    with pytest.raises(NotAllowed, match=r"keeper owns the database, but .* ALTER ROLE keeper CREATEROLE;"):
        server.set_up(url)
    with psycopg.connect(own.base) as superuser:
        superuser.execute("ALTER ROLE keeper CREATEROLE")
    if own.version >= 16:
        grant = "GRANT pg_signal_backend, pg_read_all_stats TO keeper WITH ADMIN OPTION;"
        with pytest.raises(NotAllowed, match=f"keeper owns the database, but .* {grant}"):
            server.set_up(url)
        with psycopg.connect(own.base) as superuser:
            superuser.execute("GRANT pg_signal_backend, pg_read_all_stats TO keeper WITH ADMIN OPTION")
    done = server.set_up(url)
    assert done[0].startswith("Made: the roles console_administrator, console_agent, console_auditor, ")
    assert "Granted to keeper: membership with admin option in the roles console_administrator, " in " ".join(
        done
    )
    desk = open_desk(url)
    nina = Person(login="nina", name="Nina", roles=frozenset({Role.AGENT, Role.ADMINISTRATOR}))
    people_list.add_person(desk, nina, desk.new_key(), "a password of her own")
    ola = Person(login="ola", name="Ola", roles=frozenset({Role.ADMINISTRATOR}))
    people_list.add_person(desk, ola, desk.new_key(), "another of her own")
    people_list.save_person(desk, replace(nina, roles=frozenset({Role.MANAGER})), desk.new_key())
    assert server.lint(url) == []
    people_list.remove_person(desk, "nina", desk.new_key())
    desk.store.close()
    assert server.lint(url) == []
    assert [each.about for each in server.advice(url, 10) if each.about == "pg_hba.conf"]
    with office(sqlite_url) as here:
        here.number(here.account(balance=50))
    assert moving.move(sqlite_url, database_of_keeper(own, "second")).counts["entry"] == 2


def test_a_database_that_was_never_set_up_is_said_to_lack_it(own: postgres.OwnServer) -> None:
    with pytest.raises(Empty, match="runs support-console server init first"):
        server.lint(own.url("postgres"))
