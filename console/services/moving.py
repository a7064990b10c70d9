"""Moving a local database to a shared one: what ``support-console move`` does."""

from dataclasses import dataclass

from console.policy.actor import SYSTEM
from console.policy.errors import Invalid
from console.services import passwords
from console.services.people import Person
from console.store import address, logins, moving, server
from console.store.address import Address, Given
from console.store.engine import open_store
from console.store.people import people
from console.store.rows import LoginState
from console.store.schema import MOVED_TO
from console.store.work import Work


@dataclass(frozen=True, slots=True)
class Carried:
    """What was done, in sentences; how many rows of each table were carried; who on the People list cannot sign in
    there yet: ``without_login`` have no login on that server, ``without_groups`` have one, for another database."""

    done: tuple[str, ...]
    counts: dict[str, int]
    without_login: tuple[Person, ...]
    without_groups: tuple[Person, ...]


def move(source: str, target: Given, *, rehearse: bool = False) -> Carried:
    """Carries the local database at ``source`` to the shared one at ``target``, which nobody has used yet.

    The local one is held against writing meanwhile; afterwards it says where its tickets are, and is only read. With
    ``rehearse`` it stays as it was, and work goes on there.
    Raises ``Invalid`` or ``Unavailable`` with the reason; then nothing was moved, and the target is as it was, or
    set up and empty. A move that was killed after the target had everything is finished by running it again.
    """
    moving.require_local(source)
    found = _found(address.read(target))
    done: list[str] = []
    counts: dict[str, int] = {}
    store = open_store(source, create=False)
    try:
        with store.work(SYSTEM) as work:
            moving.require_sound(work.connection, store.address)
            if found.is_used:
                _require_finished(work, found.where)
                done.append(f"{found.where.words} holds every row of it already; nothing was written there.")
            else:
                done += server.set_up(found.where)
                counts = moving.carry(work.connection, found.where)
                done.append("Both were added up and compared row for row: they are the same.")
            if not rehearse:
                work.settings.set(MOVED_TO, _in_a_sentence(found.where.words))
    finally:
        store.close()
    done.append(_ending(store.address, found.where, rehearse=rehearse))
    return Carried(tuple(done), counts, *_who_cannot_sign_in(found.where))


def _ending(source: Address, target: Address, *, rehearse: bool) -> str:
    if not rehearse:
        return f"{source.words} is only read from now on; it says where its tickets are."
    return (
        f"This was a rehearsal: {_in_a_sentence(source.words)} is as it was, and work goes on there. "
        f"{target.words} is for looking around; the move itself takes an empty one."
    )


def _found(target: Address) -> moving.Destination:
    return passwords.with_kept(target, lambda: moving.target_of(target))


def _require_finished(work: Work, target: Address) -> None:
    try:
        moving.require_carried(work.connection, target)
    except Invalid as problem:
        raise Invalid(
            f"{target.words} was used already, and what it holds is not this ({problem.message.split('. ')[0]}). "
            "Tickets move into a database as server init leaves it; nothing was moved."
        ) from None


def _who_cannot_sign_in(target: Address) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """The people without a login on the server, and those whose login is in no group of this database."""
    with server.acting(target) as connection:
        lacking = [
            each for each in people(connection) if each.roles - logins.roles_of(connection, each.login)
        ]
        states = logins.states(connection, [each.login for each in lacking])
    unknown = [each for each in lacking if states[each.login] is LoginState.NONE]
    return tuple(unknown), tuple(each for each in lacking if each not in unknown)


def _in_a_sentence(words: str) -> str:
    return words[:1].lower() + words[1:]
