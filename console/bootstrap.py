"""The only place where the parts meet: folder → database → policies → person → desk."""

import getpass
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from console import paths
from console.policy.actor import Actor
from console.policy.document import Policies
from console.policy.errors import Invalid, Unavailable
from console.policy.reading import parse
from console.policy.terms import Role
from console.services import passwords
from console.services.desk import Desk
from console.services.documents import shipped_policies as shipped_policies
from console.services.people import EVERY_ROLE, Person, actor_for, not_listed
from console.services.versions import policies_of
from console.store import address
from console.store.address import Given
from console.store.engine import Store, open_store

Clock = Callable[[], datetime]


def local_database(data_dir: Path | None = None) -> str:
    """The URL of the local database in the data folder. Raises ``Unavailable`` when that folder cannot be made."""
    folders = paths.folders(data_dir)
    try:
        folders.ensure()
    except OSError as error:
        raise Unavailable(
            f"The folder {error.filename or folders.data} cannot be made: {error.strerror or error}."
        ) from error
    return f"sqlite:///{folders.database}"


def signed_in() -> tuple[str, str]:
    """Login and full name of the person at this computer, by the operating system."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise Invalid("The operating system does not say who is signed in; set the variable USER.") from None
    return login, _full_name(login)


def _full_name(login: str) -> str:
    try:
        import pwd
    except ImportError:
        return login
    try:
        gecos = pwd.getpwnam(login).pw_gecos.split(",")[0].strip()
    except KeyError:
        gecos = ""
    return gecos if gecos and gecos != login else login.capitalize()


def open_desk(
    database: Given | None = None,
    data_dir: Path | None = None,
    clock: Clock | None = None,
    actor: Actor | None = None,
    create: bool = True,
) -> Desk:
    """The desk of the person signed in, at ``database`` (a URL) or the local one; a new database is made if needed.

    Raises ``Invalid`` or ``Unavailable`` with a sentence.
    """
    where = address.read(database or local_database(data_dir))
    store = passwords.with_kept(where, lambda: open_store(where, create=create, clock=clock))
    try:
        return Desk(store, load_policies(store), actor or _actor(store))
    except BaseException:
        store.close()
        raise


def _actor(store: Store) -> Actor:
    """Who is signed in: at a shared database whoever its server let in, at a local one by the operating system."""
    login, name = (store.login(), "") if store.kind == "postgresql" else signed_in()
    with store.read() as read:
        listed = read.people()
    if store.kind == "postgresql" and store.is_owner():
        return _owner(login, listed)
    if store.kind == "postgresql" and not listed:
        raise not_listed(login, ())
    return actor_for(login, name, listed)


def _owner(login: str, listed: list[Person]) -> Actor:
    """The owner of a shared database may always keep its People list; with no entry there, everything else, too."""
    known = next((person for person in listed if person.login == login), None)
    if known is None:
        return Actor(login, login, EVERY_ROLE)
    return Actor(login, known.name, known.roles | {Role.ADMINISTRATOR})


def load_policies(store: Store) -> Policies:
    """The versions in the database; the shipped ones are added to a database that has none."""
    from console.policy.actor import SYSTEM

    with store.read() as read:
        texts = read.policies()
    if not texts:
        texts = shipped_policies()
        with store.work(SYSTEM) as work:
            if not work.policies.all():
                for text in texts:
                    work.policies.add(text, parse(text).version)
    return policies_of(texts)


def sample_desk(
    url: Given, now: datetime, *, fresh: bool = False, stand_still: bool = False, actor: Actor | None = None
) -> Desk:
    """A desk at the labelled sample database at ``url``, filled so that its last story happens at ``now``.

    One that is sample data already is taken as it is, or emptied first with ``fresh``. With ``stand_still`` its clock
    stays at ``now`` (for pictures). Raises ``Invalid`` when the database holds anything else, or a part of it only.
    """
    from console.services import sample

    clock = sample.SampleClock(now)
    if fresh:
        _remove_sample(url)
    store = open_store(url, clock=clock)
    try:
        policies = load_policies(store)
        desk = Desk(store, policies, actor or _actor(store))
        if not sample.stands(desk):
            stories = (paths.resources() / "sample" / "desk.toml").read_text(encoding="utf-8")
            sample.fill(store, clock, policies, desk.actor, stories)
    except BaseException:
        store.close()
        raise
    if stand_still:
        return desk
    store.close()
    return open_desk(url, actor=actor)


def _remove_sample(url: Given) -> None:
    """Takes a local sample database away; refuses one that is not labelled as sample."""
    from console.services.sample import ANEW

    file = address.read(url).path
    if file is None:
        raise Invalid(ANEW)
    if not file.exists():
        return
    desk = open_desk(url)
    try:
        if not desk.is_sample():
            raise Invalid(f"{file} is not a sample database; it is left alone.")
    finally:
        desk.store.close()
    for part in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        part.unlink(missing_ok=True)
