"""Where a shared database is, in the parts that a person types, and the address that they make together.

Plain words only, no password among them: nothing here asks a file or a server, so a form can use it at every key.
"""

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from console.bare import bare, why_not_read
from console.policy.errors import Invalid
from console.store.sslmodes import ACCEPTED, SAFE, is_loopback, place
from console.store.sslmodes import WEAKER as WEAKER

VERIFIED = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A server, port, database and login, or the name of a libpq service instead; what TLS is asked for.

    ``less`` is the weaker sslmode that was accepted in words, empty for a verified server; ``authority`` is the file
    of the certificate authority that vouches for it; ``rest`` are further parameters that were written by hand.
    """

    server: str = ""
    port: str = ""
    database: str = ""
    login: str = ""
    service: str = ""
    less: str = VERIFIED
    authority: str = ""
    rest: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, address: str) -> Self:
        """The parts of ``address``, without a password. Raises ``Invalid`` for what is no shared database."""
        if address.startswith("service="):
            return cls(service=address.removeprefix("service="))
        if why := why_not_read(address):
            raise Invalid(why)
        try:
            parts = urlsplit(bare(address).address)
            port = str(parts.port or "")
        except ValueError:
            raise Invalid("That is not an address of a shared database.") from None
        if not parts.scheme.startswith("postgres"):
            raise Invalid("That is not an address of a shared database.")
        asked = dict(parse_qsl(parts.query))
        mode = asked.pop("sslmode", "")
        asked.pop(ACCEPTED, None)
        return cls(
            server=unquote(asked.pop("host", parts.hostname or "")),
            port=asked.pop("port", port),
            database=asked.pop("dbname", unquote(parts.path.lstrip("/"))),
            login=asked.pop("user", unquote(parts.username or "")),
            service=asked.pop("service", ""),
            less="" if mode == SAFE else mode,
            authority=asked.pop("sslrootcert", ""),
            rest=tuple(asked.items()),
        )

    @property
    def address(self) -> str:
        """``postgresql://login@server:port/database?…``; what was accepted is part of it."""
        login = f"{quote(self.login, safe='')}@" if self.login else ""
        host = f"[{self.server}]" if ":" in self.server else quote(self.server, safe="")
        by_socket = host.startswith("%2F")
        place = f"{login}{'' if by_socket else host}{f':{self.port}' if self.port else ''}"
        return f"postgresql://{place}/{quote(self.database, safe='')}{self._query(by_socket=by_socket)}"

    def _query(self, *, by_socket: bool) -> str:
        asked = [("service", self.service)] if self.service else []
        if by_socket:
            asked.append(("host", self.server))
        if self.less:
            asked += [("sslmode", self.less), (ACCEPTED, self.less)]
        if self.authority:
            asked.append(("sslrootcert", self.authority))
        words = "&".join(f"{name}={quote(value, safe='')}" for name, value in (*asked, *self.rest))
        return f"?{words}" if words else ""

    @property
    def is_here(self) -> bool:
        """Whether the server is on this computer, as far as the words tell."""
        return not self.service and (not self.server or is_loopback(self.server))

    @property
    def words(self) -> str:
        """How a list names it: ``"support on db.example.com, as alex"``."""
        if self.service:
            return f"service {self.service}"
        as_whom = f", as {self.login}" if self.login else ""
        return f"{self.database or 'its usual database'} on {place(self.server, self.port)}{as_whom}"
