"""A shared database that cannot be reached: what libpq's words mean to a person, and what can be done about it."""

import re
from collections.abc import Callable
from datetime import datetime

from console.policy.errors import Invalid, Problem, Unavailable
from console.store.sessions import Holder, utc_clock


class Lost(Unavailable):
    """The connection to the shared database is gone; whatever was being done was not saved."""

    title = "The shared database stopped answering"


class Unknown(Lost):
    """The connection broke while an act was being saved: only the server knows whether it was. Ask it by the key."""

    title = "Not known yet"


class Collided(Unavailable):
    """Two transactions waited for each other and the server ended this one: send the same act again."""


class Busy(Unavailable):
    """Somebody else held what this act wanted to change for longer than it is waited for; nothing was saved.

    ``holder`` is who has held an unfinished change for longest, where the server lets us see it.
    """

    title = "The shared database is busy"

    def __init__(self, where: str, holder: Holder | None = None) -> None:
        self._where, self.holder = where, holder
        super().__init__(self.worded(utc_clock))

    def held_by(self, holder: Holder | None) -> "Busy":
        """The same, naming who holds."""
        return Busy(self._where, holder)

    def worded(self, clock: Callable[[datetime], str]) -> str:
        """The message, with times as ``clock`` writes them."""
        if self.holder is None:
            return f"{self._where} is busy: somebody else is changing the same thing. Nothing was saved; try again."
        return (
            f"{self._where} is busy: {self.holder.in_words(clock)}. Nothing was saved; try again, or ask a "
            "supervisor to end that session."
        )


class TooNew(Invalid):
    """The database was upgraded by a newer console and asks for that one, also for reading."""

    title = "The database is newer than this program"


class PasswordNeeded(Unavailable):
    """The server asks for a password, and libpq's own means (password file, service) have none that it takes."""

    title = "A password is needed"


class Barred(Unavailable):
    """The server does not let this login or this computer in; trying again changes nothing."""

    title = "The server does not let you in"


class Crowded(Unavailable):
    """The server has no connection left; try again later, not at once."""

    title = "The server is full"


class Untrusted(Unavailable):
    """The connection would not be safe: no TLS, or a certificate that cannot be trusted."""

    title = "The connection is not safe"


class Unconfirmed(Invalid):
    """The address asks for less than verified TLS (``mode``), and nobody has accepted in words what that means."""

    title = "The connection would not be safe"

    def __init__(self, mode: str, meaning: str, accepts: str) -> None:
        super().__init__(
            f"sslmode={mode} would mean that {meaning}. Nothing was sent. Use sslmode=verify-full, or accept this for "
            f"this address by adding {accepts} to it."
        )
        self.mode = mode
        self.meaning = meaning


class OnlyReads(Unavailable):
    """The server takes no changes: a copy of another one, or told so. No desk works there, not even to read: it could
    not say that it is there."""

    title = "The server takes no changes"

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} can only be read just now: its server is a copy of another one, or was told to take no changes. "
            "Nothing was saved, and no console can work there. Use the address of the server that takes changes, or "
            "ask its administrator for it."
        )


class Empty(Invalid):
    """There is nothing of ours in the shared database: whoever owns it can set it up."""

    title = "The database is empty"


#: For a database that the server does not have.
ABSENT = (
    "{where} does not exist on that server. Look whether its name is spelled right; whoever runs the server makes it "
    "with createdb."
)
#: What libpq says when a connection cannot be made, in lower case, and what that means; the first that fits.
_CONNECTING: tuple[tuple[tuple[str, ...], type[Problem], str], ...] = (
    (
        ("no password supplied",),
        PasswordNeeded,
        (
            "{where} asks for the password of {login}, and neither the password file (~/.pgpass) nor the service file "
            "has one. A line of ~/.pgpass reads SERVER:PORT:NAME:LOGIN:PASSWORD."
        ),
    ),
    (
        ("password authentication failed", "sasl authentication failed"),
        PasswordNeeded,
        "The server refused this password for {login}.",
    ),
    (
        ("is not permitted to log in", "role .* does not exist"),
        Barred,
        "The server does not let {login} in (any more). Ask its administrator.",
    ),
    (
        ("no pg_hba.conf entry", "pg_hba.conf rejects"),
        Barred,
        "The server refused {login}. Ask its administrator to allow this computer.",
    ),
    (
        ("permission denied for database",),
        Barred,
        "{where} is not open to {login}. Ask its administrator.",
    ),
    (
        ("too many connections", "too many clients", "remaining connection slots"),
        Crowded,
        "{where} has no room for another connection just now. It is tried again by and by.",
    ),
    (
        ("does not support ssl", "server does not support encryption"),
        Untrusted,
        (
            "The server offers no TLS, so anybody on the way could read and change what is sent. Nothing was sent. "
            "Ask its administrator to switch TLS on."
        ),
    ),
    (
        ("does not match host name", "hostname mismatch"),
        Untrusted,
        (
            "The server's certificate is for another name, so this may not be the server that is meant. Nothing was "
            "sent. Use the name that stands in the certificate."
        ),
    ),
    (
        ("certificate has expired",),
        Untrusted,
        "The server's certificate has expired. Nothing was sent. Ask its administrator to renew it.",
    ),
    (
        ("certificate is not yet valid",),
        Untrusted,
        (
            "The server's certificate is not valid yet. Nothing was sent. Look whether this computer's clock is right, "
            "or ask its administrator."
        ),
    ),
    (
        ("self-signed certificate$", "self signed certificate$"),
        Untrusted,
        (
            "The server vouches for itself (its certificate is self-signed), so this may not be the server that is "
            "meant. Nothing was sent. Get that certificate from its administrator and give its file as sslrootcert."
        ),
    ),
    (
        ("root certificate file", "certificate verify failed", "self-signed", "self signed"),
        Untrusted,
        (
            "The server's certificate cannot be checked: no authority that this computer trusts has signed it. Nothing "
            "was sent. Give the file of your authority as sslrootcert."
        ),
    ),
    (
        ("ssl error: unexpected eof",),
        Lost,
        "{where} ended the connection before it was safe. Nothing was sent.",
    ),
    (("ssl error",), Untrusted, "The connection could not be made safe. Nothing was sent."),
    (
        ("invalid sslmode value",),
        Invalid,
        "The sslmode of this address is none that there is. Nothing was sent. Use sslmode=verify-full.",
    ),
    (
        ("definition of service", "service file"),
        Invalid,
        "There is no such service in libpq's service file (pg_service.conf).",
    ),
    (
        ("could not translate host name", "failed to resolve host", "name or service not known"),
        Lost,
        "There is no server of that name. Look whether it is spelled right and this computer is on the network.",
    ),
    (
        ("connection refused", "no such file or directory"),
        Lost,
        "{where} is not running, or not at that address and port.",
    ),
    (("timeout expired", "timed out"), Lost, "{where} does not answer in time."),
    (("no route to host", "network is unreachable"), Lost, "{where} cannot be reached over the network."),
    (("the database system is",), Lost, "{where} is starting or stopping just now."),
    (("invalid port number",), Invalid, "A port is a number from 1 to 65535; nothing was asked."),
    (("database .* does not exist",), Unavailable, ABSENT),
)


def connect_problem(where: str, words: str, login: str = "") -> Problem | None:
    """What libpq's ``words`` about a connection that is made mean to a person; they are kept as its ``details``."""
    first = words.lower()
    for signs, kind, message in _CONNECTING:
        if any(re.search(sign, first, re.MULTILINE) for sign in signs):
            problem = kind(message.format(where=where, login=login or "this login"))
            problem.details = words.strip()
            return problem
    return None


def broken(where: str, words: str) -> Lost:
    """A connection that stood is gone, in libpq's ``words``; they are kept as its ``details``.

    What they say of TLS is how it broke: whether it led to the right server was asked when it was made.
    """
    problem = Lost(f"{where} stopped answering. Nothing was saved; try again when the server can be reached.")
    problem.details = words.strip()
    return problem
