"""Setting up a shared database and looking it over: ``support-console server``, and the card on the People screen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from console.policy.actor import Actor
from console.policy.clauses import Clause
from console.policy.errors import NotAllowed
from console.policy.reading import parse
from console.policy.terms import Role
from console.services.desk import Desk
from console.services.documents import shipped_policies
from console.store import advice as store_advice
from console.store import lint as store_lint
from console.store import schema, server
from console.store.address import Given
from console.store.advice import DESKS as DESKS
from console.store.engine import Store, open_store
from console.store.lint import Finding as Finding
from console.store.sessions import Holder as Holder
from console.store.sessions import utc_clock as utc_clock


def set_up(url: Given, say: Callable[[str], object] = str) -> list[str]:
    """What was done, in sentences, to make the shared database at ``url`` or bring it to this program's schema.

    ``say`` is told while others are waited for.
    """
    try:
        done = server.set_up(url, say)
    except NotAllowed as refusal:
        raise NotAllowed(
            "Setting up and upgrading need the login of whoever owns the server or the database; this login may not "
            "do it. What was not finished can be done by running it again with that login.",
            clause=Clause.ROLES,
        ) from refusal
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
    """What is not as it should be about roles, grants and guards, worst first; empty when all is well.

    Raises ``Invalid`` for a database that is not set up, or not for this program.
    """
    where = server.require_shared(url)
    with (
        _refused_with(
            "Looking over roles and guards needs the login of an administrator, an auditor or the owner."
        ),
        server.acting(where) as connection,
    ):
        version = schema.version_of(connection)
        schema.require_set_up(version, where.words)
        return store_lint.lint(connection)


@contextmanager
def _refused_with(words: str) -> Iterator[None]:
    """``NotAllowed`` with a sentence that names who may, where the database only says that this login may not."""
    try:
        yield
    except NotAllowed as refusal:
        raise NotAllowed(words, clause=Clause.ROLES) from refusal


def advice(url: str, desks: int = DESKS) -> list[Finding]:
    """What whoever runs the server should know before ``desks`` consoles are open; empty when nothing is to be said."""
    with server.acting(server.require_shared(url)) as connection:
        return store_advice.advice(connection, desks)


def look_over(desk: Desk) -> list[Finding]:
    """The same, as far as the login of an open desk sees it: an administrator's own is enough."""
    with desk.store.read() as read:
        return store_lint.lint(read.connection)


def upgrade(desk: Desk, say: Callable[[str], object] = str) -> list[str]:
    """What was done to bring guards and grants of the open database to those of this program; the owner's login only.

    ``say`` is told while others are waited for. Raises ``NotAllowed`` for any other login.
    """
    return set_up(desk.store.address, say)


def require_shared(url: str) -> None:
    """Raises ``Invalid`` for a local database, which belongs to its user and needs no server."""
    server.require_shared(url)


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
