"""Keeping the People list, at a local database and with an administrator's own login at a shared one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from secrets import token_hex

import psycopg
import pytest
from psycopg import sql

from console.bootstrap import open_desk
from console.policy.errors import Conflict, Invalid, NotAllowed, Problem
from console.policy.facts import PersonSaved
from console.policy.terms import Role
from console.services import claims, people, people_list
from console.services.desk import Desk
from console.services.people import Person
from console.store.engine import open_store
from tests.support.desks import IRA, MAX, MORGAN, Office, actor
from tests.support.guarded import GuardedOffice, as_login, libpq

PASSWORD = "a password of their own"
MAX_TOO = actor("max", Role.MANAGER, Role.ADMINISTRATOR)


@pytest.fixture
def local(local_office: Office) -> Desk:
    """An administrator's desk at a local database that has two people on its list."""
    ira = local_office.at(IRA)
    for who in (IRA, MORGAN):
        people_list.add_person(ira, entry(who.login, *who.roles), ira.new_key())
    return ira


@pytest.fixture
def shared(guarded_office: GuardedOffice) -> Desk:
    """An administrator's desk at a shared database, with her own login."""
    return guarded_office.at(IRA)


@pytest.fixture(params=["local", "shared"])
def ira(request: pytest.FixtureRequest) -> Desk:
    desk: Desk = request.getfixturevalue(request.param)
    return desk


@pytest.fixture
def newcomer(guarded_office: GuardedOffice) -> Iterator[str]:
    """A login that the server does not have, and that is gone again afterwards."""
    login = f"noor{token_hex(4)}"
    yield login
    with psycopg.connect(libpq(guarded_office.url), autocommit=True) as owner:
        owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))


def entry(login: str, *roles: Role) -> Person:
    return Person(login=login, name=login.capitalize(), roles=frozenset(roles))


def on_list(desk: Desk, login: str) -> Person:
    return people_list.person_of(desk, login)


def test_a_change_is_told_and_happens_once(ira: Desk) -> None:
    seen = on_list(ira, "morgan")
    changed = replace(seen, roles=frozenset({Role.AGENT, Role.SUPERVISOR}))
    done = people_list.save_person(ira, changed, "once", seen=seen)
    assert done.words == "Morgan: agent, supervisor."
    assert people_list.save_person(ira, changed, "once", seen=seen) == done
    assert on_list(ira, "morgan") == changed
    with ira.store.work(ira.actor) as work:
        told = work.journal.last_of_person("morgan")
    assert told is not None
    assert (told.actor, told.number, told.fact) == (
        "ira",
        done.journal,
        PersonSaved(at=told.fact.at, login="morgan", name="Morgan", roles=("agent", "supervisor")),
    )


def test_on_and_off_shift(ira: Desk) -> None:
    seen = on_list(ira, "morgan")
    assert (
        people_list.save_person(ira, replace(seen, on_shift=False), ira.new_key()).words
        == "Morgan is off shift."
    )
    assert people_list.save_person(ira, seen, ira.new_key()).words == "Morgan is on shift."


def test_the_second_of_two_is_told_who_was_first(ira: Desk) -> None:
    seen = on_list(ira, "morgan")
    people_list.save_person(ira, replace(seen, roles=frozenset({Role.AGENT})), ira.new_key(), seen=seen)
    for late in (
        lambda: people_list.save_person(ira, replace(seen, name="Morgan Hale"), ira.new_key(), seen=seen),
        lambda: people_list.remove_person(ira, "morgan", ira.new_key(), seen=seen),
    ):
        with pytest.raises(Conflict) as caught:
            late()
        assert "Ira saved Morgan" in caught.value.message
        assert "s ago: agent. Look at what changes now" in caught.value.message
    assert on_list(ira, "morgan").roles == {Role.AGENT}


def test_who_is_removed_keeps_the_name_and_nothing_else(ira: Desk) -> None:
    people_list.remove_person(ira, "morgan", ira.new_key())
    gone = on_list(ira, "morgan")
    assert (gone.name, gone.roles, gone.on_shift) == ("Morgan", frozenset(), False)
    with pytest.raises(Invalid, match="not on the People list"):
        people_list.remove_person(ira, "nobody", ira.new_key())


def test_who_is_removed_leaves_tickets_that_are_named(guarded_office: GuardedOffice, shared: Desk) -> None:
    account = guarded_office.account(balance=50)
    morgan = guarded_office.at(MORGAN)
    first, *others = (guarded_office.number(account) for _ in range(5))
    claims.claim(morgan, first, morgan.new_key())
    words = people_list.remove_person(shared, "morgan", shared.new_key()).words
    assert f"They hold 1 ticket: {first}. Others may take it over in 10 min at the latest, " in words
    max_ = guarded_office.at(MAX)
    for each in others:
        claims.claim(max_, each, max_.new_key())
    guarded_office.clock.advance(minutes=11)
    words = people_list.remove_person(shared, "max", shared.new_key()).words
    few = ", ".join(map(str, others[:3]))
    assert words.endswith(f"They hold 4 tickets: {few} and 1 more. Others may take them over now.")


def test_the_last_administrator_stays(local: Desk) -> None:
    with pytest.raises(Invalid, match="At least one person must be an administrator"):
        people_list.remove_person(local, "ira", local.new_key())
    with pytest.raises(Invalid, match="At least one"):
        people_list.save_person(local, entry("ira", Role.AGENT), local.new_key())


def test_nobody_is_added_twice_or_without_being_an_administrator(
    ira: Desk, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(Invalid, match="morgan is on the People list already, as Morgan"):
        people_list.add_person(ira, entry("morgan", Role.AGENT), ira.new_key())
    morgan = replace(ira, actor=MORGAN)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        people_list.add_person(morgan, entry("x", Role.AGENT), morgan.new_key())


def test_roles_by_their_names(local: Desk) -> None:
    both = people_list.with_roles(entry("x"), ["auditor", "agent"])
    assert (both.roles, both.further) == ({Role.AGENT}, {"auditor"})
    with pytest.raises(Invalid, match="customer is no role here"):
        people_list.with_roles(entry("x"), ["customer"])
    with pytest.raises(Invalid, match="no auditor at a local database"):
        people_list.add_person(local, both, local.new_key())


# at a shared database, with an administrator's own login


def test_an_administrator_adds_somebody_who_signs_in_and_is_thrown_out(
    guarded_office: GuardedOffice, shared: Desk, newcomer: str
) -> None:
    person = replace(entry(newcomer, Role.AGENT), name="Noor Haddad")
    with pytest.raises(Invalid, match="12 characters"):
        people_list.add_person(shared, person, shared.new_key(), "short")
    done = people_list.add_person(shared, person, "add", PASSWORD)
    assert done.words == f"Noor Haddad signs in as {newcomer}: agent."
    assert people_list.add_person(shared, person, "add", PASSWORD) == done
    url = as_login(guarded_office.url, newcomer).replace("only-for-tests", PASSWORD.replace(" ", "%20"))
    desk = open_desk(url)
    assert (desk.actor.name, desk.actor.roles) == ("Noor Haddad", {Role.AGENT})
    assert {each.person.login for each in people_list.listed(shared) if each.signed_in} >= {"ira", newcomer}
    words = people_list.remove_person(shared, newcomer, shared.new_key()).words
    barred = "the login is barred, and open sessions were ended."
    assert words == f"Noor Haddad can no longer sign in at this server: {barred}"
    with pytest.raises(Problem):
        desk.now()
    desk.store.close()
    with pytest.raises(Problem) as caught:
        open_store(url)
    assert f"does not let {newcomer} in" in caught.value.message
    assert newcomer not in {each.person.login for each in people_list.listed(shared) if each.signed_in}


def test_a_login_that_the_server_has_is_given_roles_and_taken_out_again(
    guarded_office: GuardedOffice, shared: Desk, newcomer: str
) -> None:
    with psycopg.connect(libpq(guarded_office.url), autocommit=True) as owner:
        owner.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'only-for-tests'").format(sql.Identifier(newcomer))
        )
    person = entry(newcomer, Role.AGENT)
    with pytest.raises(NotAllowed, match="such a login on this server already"):
        people_list.add_person(shared, person, shared.new_key(), PASSWORD)
    people_list.add_person(shared, person, shared.new_key())
    open_desk(as_login(guarded_office.url, newcomer)).store.close()
    words = people_list.remove_person(shared, newcomer, shared.new_key()).words
    with psycopg.connect(libpq(guarded_office.url)) as owner:
        (lets_in,) = (
            owner.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [newcomer]).fetchone() or ()
        )
        # From 16 on who may make logins may not bar every other one.
        assert lets_in is (owner.info.server_version >= 160000)
    assert ("can no longer sign in at this server" in words) is not lets_in
    assert (f'only the server\'s owner can bar it: ALTER ROLE "{newcomer}" NOLOGIN.' in words) is lets_in
    with pytest.raises(Problem):
        open_desk(as_login(guarded_office.url, newcomer))


def test_who_was_moved_here_without_a_login_is_given_one(
    guarded_office: GuardedOffice, shared: Desk, newcomer: str
) -> None:
    with psycopg.connect(libpq(guarded_office.url)) as owner:
        owner.execute("INSERT INTO person (login, name, on_shift) VALUES (%s, 'Noor', true)", [newcomer])
        owner.execute("INSERT INTO person_role (login, role) VALUES (%s, 'agent')", [newcomer])
    lacking = {
        each.person.login for each in people_list.listed(shared) if each.login is people_list.LoginState.NONE
    }
    assert lacking == {newcomer}
    with pytest.raises(Invalid, match="on the People list already"):
        people_list.add_person(shared, on_list(shared, newcomer), shared.new_key())
    people_list.add_person(shared, on_list(shared, newcomer), shared.new_key(), PASSWORD)
    assert not any(each.login is people_list.LoginState.NONE for each in people_list.listed(shared))


def test_who_was_removed_and_comes_back_is_let_in_by_the_servers_owner(
    guarded_office: GuardedOffice, shared: Desk, newcomer: str
) -> None:
    person = entry(newcomer, Role.AGENT)
    people_list.add_person(shared, person, shared.new_key(), PASSWORD)
    people_list.remove_person(shared, newcomer, shared.new_key())
    for password in (PASSWORD, ""):
        with pytest.raises(Invalid, match=rf'is barred.*ALTER ROLE "{newcomer}" LOGIN'):
            people_list.add_person(shared, person, shared.new_key(), password)
    saved = people_list.save_person(shared, person, shared.new_key())
    assert f'ALTER ROLE "{newcomer}" LOGIN' in saved.words
    states = {each.person.login: each.login for each in people_list.listed(shared)}
    assert (states[newcomer], states["ira"]) == (people_list.LoginState.BARRED, people_list.LoginState.OPEN)
    with psycopg.connect(libpq(guarded_office.url), autocommit=True) as owner:
        owner.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(newcomer)))
    psycopg.connect(libpq(guarded_office.url), user=newcomer, password=PASSWORD).close()


def test_groups_beyond_the_policy_are_kept(shared: Desk) -> None:
    auditor = people_list.with_roles(on_list(shared, "rosa"), ["supervisor", "auditor"])
    people_list.save_person(shared, auditor, shared.new_key())
    assert on_list(shared, "rosa").further == {"auditor"}
    people_list.save_person(shared, replace(on_list(shared, "rosa"), on_shift=False), shared.new_key())
    assert people_list.roles_in_words(on_list(shared, "rosa")) == "auditor, supervisor"
    people_list.save_person(shared, people_list.with_roles(auditor, ["supervisor"]), shared.new_key())
    assert on_list(shared, "rosa").further == frozenset()


def test_nobody_changes_their_own_roles(shared: Desk) -> None:
    mine = people_list.with_roles(on_list(shared, "ira"), ["administrator", "manager"])
    with pytest.raises(NotAllowed, match="Nobody changes their own roles"):
        people_list.save_person(shared, mine, shared.new_key())
    second = people_list.with_roles(on_list(shared, "max"), ["manager", "administrator"])
    people_list.save_person(shared, second, shared.new_key())
    with pytest.raises(NotAllowed, match="Nobody removes themselves"):
        people_list.remove_person(shared, "ira", shared.new_key())
    people_list.save_person(shared, replace(on_list(shared, "ira"), on_shift=False), shared.new_key())


@pytest.fixture
def two(guarded_office: GuardedOffice, shared: Desk) -> tuple[Desk, Desk]:
    """The desks of two administrators."""
    second = people_list.with_roles(on_list(shared, "max"), ["manager", "administrator"])
    people_list.save_person(shared, second, shared.new_key())
    return shared, replace(guarded_office.at(MAX), actor=MAX_TOO)


def test_two_administrators_do_not_dismiss_each_other(two: tuple[Desk, Desk]) -> None:
    def dismiss(desk: Desk, login: str) -> str:
        try:
            return people_list.save_person(desk, entry(login, Role.AGENT), desk.new_key()).words
        except Problem as problem:
            return problem.message

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(dismiss, two, ("max", "ira")))
    assert len(administrators(two[0])) == 1, said
    assert sum("administrator" in words for words in said) == 1, said


def administrators(desk: Desk) -> set[str]:
    return {each.login for each in people.people(desk) if Role.ADMINISTRATOR in each.roles}
