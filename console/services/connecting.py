"""The five checks of a shared database, each with a sentence; and what somebody asks an administrator for."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing

from console.policy.errors import Problem
from console.services import passwords
from console.services.check import Check, Step, Went
from console.services.lost import Barred, Empty, NotListed, OnlyReads, PasswordNeeded, Untrusted
from console.store import first_look, schema
from console.store.address import Address, read


def at(address: str, password: str = "") -> Address:
    """The address with its password in memory; an empty one leaves it to libpq's own means. Reads libpq's files."""
    where = read(address)
    if password:
        where.secret.replace(password)
    return where


def asked_for(url: str, ask: Callable[[str, str], str]) -> Address:
    """The address with a password that its server takes. Where neither libpq's own means nor the keyring have one,
    ``ask`` is called with what the server said and the login: three times at most, and nothing typed gives up.

    Signs in once for it. A local database is asked nothing. Raises what signing in raises.
    """
    where = read(url)
    for tries_left in reversed(range(_TRIES + 1)) if where.server else ():
        try:
            passwords.with_kept(where, lambda: _sign_in(where))
            break
        except PasswordNeeded as needed:
            if not tries_left:
                raise
            typed = ask(needed.message, _login(where))
            if not typed:
                raise PasswordNeeded("No password was typed. Nothing was done.") from None
            where.secret.replace(typed)
    return where


_TRIES = 3


def _sign_in(where: Address) -> None:
    with first_look.signed_in(where):
        pass


def checks(where: Address) -> Iterator[Check]:
    """The checks as they pass, of an address that was read (``at``). Blocks.

    One that fails ends the looking: those after it are not tried.
    """
    done: set[Step] = set()
    try:
        with closing(_tried(where)) as tried:
            for check in tried:
                done.add(check.step)
                yield check
                if check.went is Went.FAILED or check.creates:
                    break
    except Problem as problem:
        step = Step.TLS if isinstance(problem, Untrusted) else next(each for each in Step if each not in done)
        done.add(step)
        yield failed(step, problem, _login(where))
    for step in Step:
        if step not in done:
            yield Check(step, Went.NOT_TRIED, "not tried")


def failed(step: Step, problem: Problem, login: str) -> Check:
    """The check that found ``problem``."""
    asks = isinstance(problem, PasswordNeeded)
    return Check(
        step, Went.FAILED, problem.message, problem.details, request_of(problem, login), password=asks
    )


#: What an administrator can do about a problem.
_WISHES: dict[type[Problem], str] = {
    Barred: "allow {login} to sign in from this computer",
    NotListed: "add {login} to its People list (support-console server person add {login} …)",
    Empty: "set it up (support-console server init)",
    OnlyReads: "tell me the address of the server that takes changes",
}


def request_of(problem: Problem, login: str) -> str:
    """What to send to an administrator about ``problem``; empty when no administrator could help."""
    for kind, wish in _WISHES.items():
        if isinstance(problem, kind):
            return f"Support Console: {problem.message}\nMy request: {wish.format(login=login)}."
    return ""


def _login(where: Address) -> str:
    return where.server.login if where.server else ""


def _tried(where: Address) -> Generator[Check, None, None]:
    took = first_look.reach(where).total_seconds() * 1000
    yield Check(Step.REACH, Went.PASSED, f"Reached the server in {max(1, round(took))} ms")
    with ExitStack() as stack:
        look = passwords.with_kept(where, lambda: stack.enter_context(first_look.signed_in(where)))
        yield Check(Step.SIGN_IN, Went.PASSED, f"Signed in as {_login(where)}")
        yield _tls(look.safety())
        number = look.version()
        yield _empty(where, look) if number is None else _schema(look, number)
        look.require_changes()
        yield _rights(look.rights(), _login(where))


def _tls(found: first_look.Safety) -> Check:
    version = found.version.replace("TLSv", "TLS ")
    if found.verified:
        return Check(Step.TLS, Went.PASSED, f"{version}, the server's certificate is trusted")
    if found.here:
        words = f"{version}, on this computer" if version else "Not needed: the server is on this computer"
        return Check(Step.TLS, Went.PASSED, words)
    words = "the server was not verified, as was accepted for this address"
    return Check(
        Step.TLS, Went.LOOK, f"{version}, but {words}" if version else f"None: nothing is encrypted, {words}"
    )


def _empty(where: Address, look: first_look.Look) -> Check:
    look.require_empty()
    if look.may_create():
        return Check(
            Step.SCHEMA,
            Went.LOOK,
            "Empty. Opening it makes schema, group roles, guards and grants, as support-console server init does",
            creates=True,
        )
    return failed(
        Step.SCHEMA,
        Empty(
            f"{where.words} is empty, and {_login(where)} may not set it up. Ask whoever owns it to run "
            "support-console server init."
        ),
        _login(where),
    )


def _schema(look: first_look.Look, number: int) -> Check:
    if number == schema.KNOWN:
        return Check(Step.SCHEMA, Went.PASSED, f"Schema {number}, matches")
    if number < schema.KNOWN:
        words = (
            f"Schema {number} is older than this program, which needs {schema.KNOWN}. Ask whoever owns the database to "
            "run support-console server upgrade."
        )
        request = f"Support Console: {words}"
        return Check(Step.SCHEMA, Went.FAILED, words, request=request)
    reading = look.why_only_reading(number)
    went = Went.LOOK if reading else Went.PASSED
    return Check(
        Step.SCHEMA, went, reading or f"Schema {number} is newer, this console may still write to it"
    )


_WRITERS = frozenset({"agent", "manager", "administrator"})


def _rights(found: first_look.Rights, login: str) -> Check:
    if not found.owner and not found.listed:
        from console.services.people import not_listed

        return failed(Step.RIGHTS, not_listed(login, found.administrators), login)
    if not found.owner and not found.roles:
        words = f"{login} can reach the database but has no role there. Ask {_whom(found)} for one."
        request = f"Support Console: {words}\nMy request: give {login} the role agent."
        return Check(Step.RIGHTS, Went.FAILED, words, request=request)
    if found.owner:
        return Check(
            Step.RIGHTS, Went.LOOK, f"May read and write. {login} owns the database: guards do not bind it"
        )
    held = ", ".join(sorted(found.roles))
    if found.roles & _WRITERS:
        return Check(Step.RIGHTS, Went.PASSED, f"May read and write: {held}")
    words = f"May read, not write: {held}. Whoever shall work on tickets needs the role agent"
    request = (
        f"Support Console: {login} may read but not write ({held}).\nMy request: give {login} the role agent."
    )
    return Check(Step.RIGHTS, Went.LOOK, words, request=request)


def _whom(found: first_look.Rights) -> str:
    return ", ".join(found.administrators) or "whoever set it up"
