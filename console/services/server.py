"""Setting up a shared database and its people: what ``support-console server`` and the People screen do."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.policy import facts as f
from console.policy.actor import Actor
from console.policy.errors import Invalid
from console.policy.reading import parse
from console.policy.terms import Role
from console.services import record
from console.services.documents import shipped_policies
from console.store import lint as store_lint
from console.store import logins, server
from console.store.address import Given
from console.store.engine import Store, open_store
from console.store.lint import Finding as Finding
from console.store.logins import GROUPS as GROUPS
from console.store.sessions import Holder as Holder
from console.store.sessions import utc_clock as utc_clock
from console.store.work import Work

LEAST_PASSWORD = 12


@dataclass(frozen=True, slots=True)
class Added:
    """A person with a login; ``password`` is the one that was made for them, to be handed over once."""

    words: str
    password: str


def set_up(url: Given, say: Callable[[str], object] = str) -> list[str]:
    """What was done, in sentences, to make the shared database at ``url`` or bring it to this program's schema.

    ``say`` is told while others are waited for.
    """
    done = server.set_up(url, say)
    store = open_store(url)
    try:
        with store.read() as read:
            stored = len(read.policies())
        if not stored:
            with store.work(_owner(store)) as work:
                for text in shipped_policies():
                    work.policies.add(text, parse(text).version)
            done.append("The shipped policy is its first version.")
    finally:
        store.close()
    return done


def lint(url: str) -> list[Finding]:
    """What is not as it should be about roles, grants and guards, worst first; empty when all is well."""
    with server.acting(server.require_shared(url)) as connection:
        return store_lint.lint(connection)


def add_person(url: str, login: str, name: str = "", roles: Sequence[str] = (), password: str = "") -> Added:
    """A login with these roles; a password is made when none is given. It is told to the journal without it.

    Somebody who is on the People list without a login, as after a move, has name and roles there already.
    """
    login = _login(login)
    _require_roles(roles)
    if password and len(password) < LEAST_PASSWORD:
        raise Invalid(f"A password has at least {LEAST_PASSWORD} characters.")
    chosen = password or secrets.token_urlsafe(15)
    store = open_store(url)
    try:
        with store.work(_owner(store)) as work:
            known = work.people.get(login)
            name = record.line(record.required(name or (known.name if known else ""), "The name"), 200)
            roles = roles or sorted(known.roles if known else ())
            if not roles:
                raise Invalid(f"Say which roles {name} shall have: {', '.join(GROUPS)}.")
            logins.add_person(work.connection, login, name, roles, chosen)
            _tell(work, login, name, roles)
    finally:
        store.close()
    words = f"{name} signs in as {login}: {_in_words(roles)}."
    return Added(words, "" if password else chosen)


def change_roles(url: str, login: str, roles: Sequence[str]) -> str:
    """The person's roles from now on: whatever they had before is gone. Bites at their next act."""
    login = _login(login)
    _require_roles(roles)
    store = open_store(url)
    try:
        with store.work(_owner(store)) as work:
            known = work.people.get(login)
            if known is None:
                raise Invalid(f"{login} is not on the People list; add them first.")
            logins.save_person(work.connection, login, known.name, known.on_shift, roles)
            _tell(work, login, known.name, roles)
    finally:
        store.close()
    return f"{known.name}: {_in_words(roles)}."


def remove_person(url: str, login: str) -> str:
    """The login barred and its sessions ended; the name stays on what the person did."""
    login = _login(login)
    store = open_store(url)
    try:
        with store.work(_owner(store)) as work:
            known = work.people.get(login)
            logins.remove_person(work.connection, login)
            _tell(work, login, known.name if known else login, ())
    finally:
        store.close()
    return f"{known.name if known else login} can no longer sign in; open sessions were ended."


def sessions(url: str) -> list[Holder]:
    """Who keeps others waiting at the shared database just now, longest first."""
    server.require_shared(url)
    store = open_store(url)
    try:
        return store.holders()
    finally:
        store.close()


def end_session(url: str, pid: int) -> str:
    """That session ended, in a sentence. Raises ``NotAllowed`` unless a supervisor, administrator or owner asks."""
    server.require_shared(url)
    store = open_store(url)
    try:
        return f"The session of {store.end_session(pid)} was ended; what it had not saved is undone."
    finally:
        store.close()


def _owner(store: Store) -> Actor:
    login = store.login()
    return Actor(login, login, frozenset({Role.ADMINISTRATOR}))


def _login(login: str) -> str:
    return record.line(record.required(login, "The login"), 63)


def _require_roles(roles: Sequence[str]) -> None:
    unknown = [role for role in roles if role not in GROUPS]
    if unknown:
        raise Invalid(f"{record.line(unknown[0])} is no role here; there are {', '.join(GROUPS)}.")


def _in_words(roles: Sequence[str]) -> str:
    return ", ".join(sorted(roles)) or "no roles"


def _tell(work: Work, login: str, name: str, roles: Sequence[str]) -> None:
    fact = f.PersonSaved(at=work.now, login=login, name=name, roles=tuple(sorted(roles)))
    work.journal.record([fact], ticket_id=None, account_id=None)
