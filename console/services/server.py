"""Setting up a shared database and looking it over: ``support-console server``, and the card on the People screen."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from console.policy.actor import Actor
from console.policy.errors import NotAllowed
from console.policy.reading import parse
from console.policy.terms import Role
from console.services import passwords
from console.services.desk import Desk
from console.services.documents import shipped_policies
from console.store import address, schema, server
from console.store import advice as store_advice
from console.store import lint as store_lint
from console.store import sessions as store_sessions
from console.store.address import Address
from console.store.address import Given as Given
from console.store.advice import DESKS as DESKS
from console.store.engine import Store, open_store
from console.store.errors import NoPrivilege
from console.store.lint import Finding as Finding
from console.store.sessions import Holder as Holder
from console.store.sessions import utc_clock as utc_clock

T = TypeVar("T")


Say = Callable[[str], object]


def set_up(url: Given, say: Say = str) -> list[str]:
    """What was done, in sentences, to make a console's database of the empty shared one at ``url``.

    ``say`` is told each sentence as soon as it is true for good, and of waiting for others. One that was interrupted is
    finished by running it again. Raises ``Invalid`` for an older schema, which is upgraded, and for a database of
    another program.
    """
    return _at(url, lambda where: _set_up(where, say))


def _set_up(where: Address, say: Say) -> list[str]:
    with _owners_alone(where):
        done = server.set_up(where, say)
    store = open_store(where)
    try:
        with store.read() as read:
            stored = len(read.policies())
        if not stored:
            with store.work(_owner(store)) as work:
                for text in shipped_policies():
                    work.policies.add(text, parse(text).version)
            done.append("The shipped policy is its first version.")
            say(done[-1])
    finally:
        store.close()
    return done


def upgrade_at(url: Given, say: Say = str) -> list[str]:
    """What was done, in sentences, to bring the shared database at ``url`` to this program's schema, guards and grants.

    ``say`` is told as by ``set_up``. Raises ``Empty`` where there is no console.
    """
    return _at(url, lambda where: _upgraded(where, say))


def _upgraded(where: Address, say: Say) -> list[str]:
    with _owners_alone(where):
        return server.upgrade(where, say)


@contextmanager
def _owners_alone(where: Address) -> Iterator[None]:
    """``NotAllowed`` that says who sets up and upgrades; to the owner of the database, what this login still lacks."""
    try:
        yield
    except NoPrivilege as refusal:
        login, lacking = server.lacking(where)
        if not lacking:
            raise NotAllowed(_OWNERS_ALONE, clause="") from refusal
        raise NotAllowed(
            f"{login} owns the database, but may not do yet what setting up needs. A superuser gives it once: "
            f"{' '.join(lacking)} Then run this again.",
            clause="",
        ) from refusal


_OWNERS_ALONE = (
    "Setting up and upgrading need the login of whoever owns the server or the database; this login may not do it. "
    "What was not finished can be done by running it again with that login."
)


def lint(url: Given) -> list[Finding]:
    """What is not as it should be about roles, grants and guards, worst first; empty when all is well.

    Raises ``Invalid`` for a database that is not set up, or not for this program.
    """
    with _refused_with(
        "Looking over roles and guards needs the login of an administrator, an auditor or the owner."
    ):
        return _at(url, _linted)


def _linted(where: Address) -> list[Finding]:
    with server.acting(where) as connection:
        schema.require_set_up(connection, where.words)
        return store_lint.lint(connection)


@contextmanager
def _refused_with(words: str) -> Iterator[None]:
    """``NotAllowed`` with a sentence that names who may, where the database only says that this login may not."""
    try:
        yield
    except NoPrivilege as refusal:
        raise NotAllowed(words, clause="") from refusal


def advice(url: Given, desks: int = DESKS) -> list[Finding]:
    """What whoever runs the server should know before ``desks`` consoles are open; empty when nothing is to be said."""

    def advised(where: Address) -> list[Finding]:
        with server.acting(where) as connection:
            return store_advice.advice(connection, desks)

    return _at(url, advised)


def look_over(desk: Desk) -> list[Finding]:
    """The same, as far as the login of an open desk sees it: an administrator's own is enough."""
    with desk.store.read() as read:
        return store_lint.lint(read.connection)


def upgrade(desk: Desk, say: Say = str) -> list[str]:
    """The same as ``upgrade_at``, with the login of an open desk."""
    return upgrade_at(desk.store.address, say)


def require_shared(url: Given) -> None:
    """Raises ``Invalid`` for a local database, which belongs to its user and needs no server."""
    server.require_shared(url)


def is_shared(url: Given | None) -> bool:
    """Whether ``url`` names a database on a server; ``None`` is the local one."""
    return url is not None and address.read(url).path is None


def sessions(url: Given) -> list[Holder]:
    """Who keeps others waiting at the shared database just now, longest first; also at one that waits for its upgrade.

    Raises ``Invalid`` for a database that does not know sessions.
    """

    def found(where: Address) -> list[Holder]:
        with server.acting(where) as connection:
            store_sessions.require_known(connection, where.words)
            return store_sessions.holders(connection)

    return _at(url, found)


def end_session(url: Given, pid: int) -> str:
    """That session ended, in a sentence. Raises ``NotAllowed`` unless a supervisor, administrator or owner asks."""

    def ended(where: Address) -> str:
        with server.acting(where) as connection:
            store_sessions.require_known(connection, where.words)
            return store_sessions.end_session(connection, pid)

    with _ending():
        return _ended(_at(url, ended))


def holders(desk: Desk) -> list[Holder]:
    """Who keeps others waiting at the database of an open desk, longest first; nobody at a local one."""
    return desk.store.holders()


def end(desk: Desk, pid: int) -> str:
    """The same as ``end_session``, with the login of an open desk."""
    with _ending():
        return _ended(desk.store.end_session(pid))


def _ending() -> AbstractContextManager[None]:
    return _refused_with("Ending a session needs the login of a supervisor, an administrator or the owner.")


def _ended(name: str) -> str:
    return f"The session of {name} was ended; what it had not saved is undone."


def _at(url: Given, work: Callable[[Address], T]) -> T:
    """``work`` at the shared database ``url``, whose password comes from the keyring where libpq itself has none."""
    where = server.require_shared(url)
    return passwords.with_kept(where, lambda: work(where))


def _owner(store: Store) -> Actor:
    login = store.login()
    return Actor(login, login, frozenset({Role.ADMINISTRATOR}))
