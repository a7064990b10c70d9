"""Keeping the People list: who may do what here, and at a shared database with which login (policy §7).

Used by the People screen, ``support-console people`` and ``support-console server person`` alike. A shared database
decides once more by its guards; the owner's login may do there what an administrator's may.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from console.policy import facts as f
from console.policy.actor import require
from console.policy.errors import Conflict, Invalid
from console.policy.terms import Role
from console.services import record
from console.services.act import once
from console.services.desk import Changed, Desk
from console.services.people import ADMINISTRATION, EVERY_ROLE, Person
from console.store.logins import FURTHER as FURTHER
from console.store.logins import GROUPS as GROUPS
from console.store.logins import off_the_list
from console.store.rows import ListedPerson as ListedPerson
from console.store.rows import LoginState as LoginState
from console.store.work import Work

LEAST_PASSWORD = 12
LONGEST_LOGIN, LONGEST_NAME = 63, 200
#: So many ticket numbers are named in a sentence.
_FEW = 3


def listed(desk: Desk) -> list[ListedPerson]:
    """The People list by name, and who of them is signed in at a shared database."""
    with desk.store.read() as read:
        return read.listed()


def made_password() -> str:
    """A password that nobody chose."""
    return secrets.token_urlsafe(15)


def add_person(desk: Desk, person: Person, key: str, password: str = "") -> Changed:
    """A login that was not on the People list yet, with its name and roles.

    At a shared database the login is made with ``password``, of which the server gets its SCRAM verifier only; without
    one the server has the login already. Raises ``Invalid`` when the login is on the list, unless the server has none
    of that name, as after a move; and when the login is barred.
    """
    added = _checked(desk, person)
    if password and len(password) < LEAST_PASSWORD:
        raise Invalid(f"A password has at least {LEAST_PASSWORD} characters.")

    def carry_out(work: Work, known: Person | None) -> str:
        state = work.people.login_state(added.login)
        if state is LoginState.BARRED:
            raise Invalid(f"{_barred(added)} Change their roles afterwards.")
        if known is not None and not (password and state is LoginState.NONE):
            raise Invalid(
                f"{added.login} is on the People list already, as {known.name}. Change their roles instead."
            )
        _require_an_administrator(work, added)
        if password:
            work.people.add_login(added, password)
        else:
            work.people.save(added)
        signs_in = f" signs in as {added.login}" if desk.is_shared() else ""
        return f"{added.name}{signs_in}: {roles_in_words(added)}.{_unguarded(work, added)}"

    return _change(desk, key, "add_person", added, carry_out)


def save_person(desk: Desk, person: Person, key: str, *, seen: Person | None = None) -> Changed:
    """Name, roles and shift of somebody; what they may do follows with their next act.

    Adds whoever is not on the list, with a login that the server has. Raises ``Conflict`` when the entry is not the one
    ``seen`` any more.
    """
    saved = _checked(desk, person)

    def carry_out(work: Work, known: Person | None) -> str:
        _require_as_seen(work, known, seen)
        _require_an_administrator(work, saved)
        work.people.save(saved)
        barred = work.people.login_state(saved.login) is LoginState.BARRED
        return _told(known, saved) + (f" {_barred(saved)}" if barred else _unguarded(work, saved))

    return _change(desk, key, "save_person", saved, carry_out)


def remove_person(desk: Desk, login: str, key: str, *, seen: Person | None = None) -> Changed:
    """Every role taken from the person, and at a shared database the login barred and its sessions ended.

    The name stays for what they did. A login that the server's owner made is not always an administrator's to bar: then
    it is said how the owner does. Tickets that they hold are named. Raises ``Conflict`` when the entry is not the one
    ``seen`` any more.
    """
    gone = Person(login=_login(login), name=login, roles=frozenset(), on_shift=False)
    is_owners = desk.is_shared() and login == desk.actor.login and desk.store.is_owner()

    def carry_out(work: Work, known: Person | None) -> str:
        if known is None:
            raise Invalid(f"{gone.login} is not on the People list.")
        _require_as_seen(work, known, seen)
        _require_an_administrator(work, gone)
        if is_owners:
            raise Invalid(
                f"Nobody removes themselves, and {gone.login} is the owner's login. In psql it comes off the list: "
                f"{off_the_list(gone.login, known.name)}. The login itself stays."
            )
        held = _held(work, gone.login)
        work.people.remove(known)
        return f"{_gone(desk, work, known)}{held}"

    return _change(desk, key, "remove_person", gone, carry_out)


def _gone(desk: Desk, work: Work, known: Person) -> str:
    if not desk.is_shared():
        return f"{known.name} holds no role here any more."
    if work.people.login_state(known.login) is LoginState.OPEN:
        return (
            f"{known.name} can no longer open this database, and open sessions were ended. The login "
            f"{known.login} stays on the server: it was not made here, and only the server's owner can bar it: "
            f"ALTER ROLE {_quoted(known)} NOLOGIN."
        )
    barred = "the login is barred, and open sessions were ended"
    return f"{known.name} can no longer sign in at this server: {barred}."


def _held(work: Work, login: str) -> str:
    """Which tickets somebody holds who works no longer, and from when on others may take them over."""
    held = work.tickets.held_by(login)
    if not held:
        return ""
    few = ", ".join(map(str, list(held)[:_FEW]))
    more = f" and {len(held) - _FEW} more" if len(held) > _FEW else ""
    what, them = ("1 ticket", "it") if len(held) == 1 else (f"{len(held)} tickets", "them")
    left = max((until for until in held.values() if until), default=work.stamp) - work.stamp
    minutes = -(-left // timedelta(minutes=1))
    when = f"in {minutes} min at the latest, and a manager may release {them} now" if minutes > 0 else "now"
    return f" They hold {what}: {few}{more}. Others may take {them} over {when}."


def person_of(desk: Desk, login: str) -> Person:
    """The entry of that login. Raises ``Invalid`` when there is none."""
    with desk.store.read() as read:
        for person in read.people():
            if person.login == login:
                return person
    raise Invalid(f"{record.line(login[:100])} is not on the People list; add them first.")


def with_roles(person: Person, names: Iterable[str]) -> Person:
    """The person with exactly these roles and groups, as people name them. Raises ``Invalid`` for an unknown one."""
    given = set(names)
    for name in sorted(given - {role.value for role in EVERY_ROLE} - set(FURTHER)):
        raise Invalid(f"{record.line(name[:100])} is no role here; there are {', '.join(GROUPS)}.")
    roles = frozenset(role for role in EVERY_ROLE if role.value in given)
    return replace(person, roles=roles, further=frozenset(FURTHER) & given)


def role_words(person: Person) -> list[str]:
    """``["agent", "manager"]``: what most people are comes first."""
    held = {role.value for role in person.roles} | person.further
    return [name for name in GROUPS if name in held]


def roles_in_words(person: Person) -> str:
    """``"administrator, agent"``."""
    return ", ".join(sorted(role_words(person))) or "no roles"


def _change(
    desk: Desk, key: str, what: str, person: Person, carry_out: Callable[[Work, Person | None], str]
) -> Changed:
    """One change of an entry, by an administrator; one after the other, and told to the journal."""
    require(desk.actor, ADMINISTRATION, "change the People list")

    def within(work: Work) -> Changed:
        work.people.hold()
        words = carry_out(work, work.people.get(person.login))
        saved = work.people.get(person.login)
        assert saved is not None
        journal = work.journal.record([_fact(work, saved)])
        return Changed(journal=journal, words=words, people=True)

    arguments = {
        "login": person.login,
        "name": person.name,
        "on_shift": person.on_shift,
        "roles": roles_in_words(person),
    }
    return once(desk, key, what, arguments, within)


def _fact(work: Work, saved: Person) -> f.PersonSaved:
    roles = tuple(sorted({role.value for role in saved.roles} | saved.further))
    return f.PersonSaved(at=work.now, login=saved.login, name=saved.name, roles=roles)


def _require_as_seen(work: Work, known: Person | None, seen: Person | None) -> None:
    if seen is None or known == seen:
        return
    last = work.journal.last_of_person(seen.login)
    if last is None:
        raise Conflict(f"{seen.name} was changed meanwhile. Look at what changes now, then decide again.")
    now = f": {roles_in_words(known)}{'' if known.on_shift else ', off shift'}" if known else ""
    raise Conflict(
        f"{last.actor_name} saved {seen.name} {_ago(work.now - last.recorded_at)}{now}. "
        "Look at what changes now, then decide again."
    )


def _ago(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s ago"
    return f"{seconds // 60} min ago" if seconds < 7200 else f"{seconds // 3600} h ago"


def _require_an_administrator(work: Work, changed: Person) -> None:
    others = [each for each in work.people.all() if each.login != changed.login]
    if not any(Role.ADMINISTRATOR in each.roles for each in [*others, changed]):
        raise Invalid(
            "At least one person must be an administrator, or nobody could change the list again. Make somebody an "
            "administrator first."
        )


def _checked(desk: Desk, person: Person) -> Person:
    login = _login(person.login)
    if desk.is_shared() and (login.startswith(("pg_", "console_")) or login in ("public", "none")):
        raise Invalid(f"The login {login} is kept for the server itself; choose another.")
    name = _name(person.name)
    if not person.roles <= EVERY_ROLE:
        raise Invalid("A person is an agent, manager, supervisor or administrator, or several of them.")
    if person.further and not desk.is_shared():
        raise Invalid(f"There is no {min(person.further)} at a local database, only at a shared one.")
    return replace(person, login=login, name=name)


def _login(login: str) -> str:
    kept = record.required(login, "The login")
    if kept != login.strip() or not kept.isprintable():
        raise Invalid("A login is one line of letters, digits and signs that can be seen.")
    length = len(kept.encode())
    if length > LONGEST_LOGIN:
        raise Invalid(f"A login has at most {LONGEST_LOGIN} bytes; this one has {length}.")
    return kept


def _name(name: str) -> str:
    kept = record.line(record.required(name, "The name"))
    if len(kept) > LONGEST_NAME:
        raise Invalid(f"A name has at most {LONGEST_NAME} characters; this one has {len(kept)}.")
    return kept


def _barred(person: Person) -> str:
    return (
        f"The login {person.login} is barred, so nobody signs in with it until the server's owner lets them in: "
        f"ALTER ROLE {_quoted(person)} LOGIN PASSWORD '…'."
    )


def _unguarded(work: Work, person: Person) -> str:
    """The warning that belongs to somebody whose login is above the guards."""
    if not role_words(person) or not work.people.is_superuser(person.login):
        return ""
    return (
        f" {person.login} is a superuser of the server, so no guard holds for it, and server lint names it: give "
        f"{person.name} another login, and take this one off the list in psql: "
        f"{off_the_list(person.login, person.name)}."
    )


def _quoted(person: Person) -> str:
    escaped = person.login.replace('"', '""')
    return f'"{escaped}"'


def _told(before: Person | None, after: Person) -> str:
    if before is not None and replace(before, on_shift=after.on_shift) == after != before:
        return f"{after.name} is {'on' if after.on_shift else 'off'} shift."
    if before is not None and replace(before, name=after.name) == after:
        return f"Saved {after.name}."
    return f"{after.name}: {roles_in_words(after)}."
