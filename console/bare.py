"""The address of a database without the passwords in it: for settings, lists, logs and whatever else people see."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

#: A variable of the shell that is not set looks like this, and must not mean the local database.
NO_ADDRESS = (
    "--database is empty. Give sqlite:///file or postgresql://server/name, or leave it out for the local one."
)

#: As SQLAlchemy takes an address apart: a password goes up to the first ``@``, whatever else is in it.
_LOGIN = re.compile(r"^([^:/]+://[^:/]*):([^@]*)@")


def why_not_read(address: str) -> str:
    """Why no login, password and server can be told apart in ``address``; empty when they can."""
    if address.partition("://")[2].partition("?")[0].count("@") < 2:
        return ""
    return (
        "This address has more than one @. Write one that belongs to the password, the login or the name as %40; "
        "better still, leave the password out: it is asked for."
    )


@dataclass(frozen=True, slots=True, repr=False)
class Bare:
    """An address, and what was taken out of it: the login's password, and that of its certificate's key."""

    address: str
    password: str = ""
    key_password: str = ""


def bare(address: str) -> Bare:
    """``address`` without passwords, otherwise as it was written: before the host, or as libpq's parameters."""
    login = _LOGIN.match(address)
    plain = f"{login[1]}@{address[login.end() :]}" if login else address
    before, question, query = plain.partition("?")
    kept, taken = [], {"password": unquote(login[2]) if login else "", "sslpassword": ""}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if unquote(name) in taken:
            taken[unquote(name)] = unquote(value)
        else:
            kept.append(part)
    words = f"{question}{'&'.join(kept)}" if any(kept) else ""
    return Bare(f"{before}{words}" if len(kept) < len(query.split("&")) else plain, *taken.values())
