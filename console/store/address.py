"""Where a database is: its URL, read and checked before anything is opened."""

import os
import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from console.bare import Bare, bare, why_not_read
from console.policy.errors import Invalid, Unavailable
from console.store.schema import APPLICATION_ID
from console.store.secret import Secret
from console.store.sslmodes import place

#: File systems over a network, on which SQLite's locks cannot be trusted.
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "fuse.sshfs", "fuse.davfs", "ceph"}
)

#: libpq's other way to write an address: it may hold a password, and would be taken for a file's name.
_CONNINFO = re.compile(r"\s*(host|hostaddr|port|dbname|user|password|passfile|sslmode|options)\s*=")


@dataclass(frozen=True, slots=True)
class Server:
    """Where libpq goes for an address, by all that it knows; ``host`` is empty for a Unix socket's usual place.

    ``tls`` is what another login's address has to say as well.
    """

    host: str
    port: str
    database: str
    login: str
    tls: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """A checked database URL; ``path`` is the file of a local database, ``server`` where a shared one is.

    The URL holds no password: ``secret`` does, for every connection that is made with this address, and ``key`` that
    of a client certificate's key.
    """

    url: URL
    path: Path | None
    server: Server | None = None
    secret: Secret = field(default_factory=Secret, compare=False)
    key: Secret = field(default_factory=Secret, compare=False)

    @property
    def kind(self) -> str:
        """``"sqlite"`` or ``"postgresql"``."""
        return "sqlite" if self.path else "postgresql"

    @property
    def name(self) -> str:
        """What tells it from every other, for whatever is kept for it: a file, ``"alex@db.example.com:5432/support"``.

        It is never shown; ``words`` is, and leaves out who signs in.
        """
        if self.server is None:
            return str(self.path)
        return f"{self.server.login}@{self.server.host}:{self.server.port}/{self.server.database}"

    @property
    def words(self) -> str:
        """How messages name it; never with a password. Nothing is looked up by it: that is ``name``."""
        if self.server is None:
            return f"The database {self.path}"
        return f"The shared database {self.server.database} on {place(self.server.host, self.server.port)}"


#: An address as a person writes it, or read already.
Given = str | Address


def read(given: Given) -> Address:
    """The address that ``given`` names: ``sqlite:///file``, ``postgresql://…``, ``service=NAME``, or a file's path.

    Raises ``Invalid`` for anything else, ``Unconfirmed`` for a shared one that asks for less than verified TLS.
    """
    if isinstance(given, Address):
        return given
    if not given.strip() or not given.isprintable():
        raise Invalid("That is no database address; give sqlite:///file or postgresql://server/name.")
    if given.startswith("service="):
        given = f"postgresql:///?service={quote(given.removeprefix('service='), safe='')}"
    if "://" not in given:
        if _CONNINFO.match(given):
            raise Invalid(
                "A shared database is given as postgresql://login@server/name or service=NAME, not in key=value words."
            )
        return _local(Path(given))
    if not given.startswith("sqlite") and (why := why_not_read(given)):
        raise Invalid(why)
    plain = bare(given)
    try:
        parsed = make_url(plain.address)
    except (ArgumentError, ValueError) as error:
        raise Invalid(
            "That is not a database address; give sqlite:///file or postgresql://server/name."
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return _local(Path(parsed.database))
    if backend == "postgresql":
        return _shared(parsed, plain)
    raise Invalid(
        "Only SQLite files and PostgreSQL databases can be used; give sqlite:///file or postgresql://…."
    )


def _shared(parsed: URL, given: Bare) -> Address:
    from console.store import transport

    found = transport.effective(transport.arguments(parsed))
    host, login = found.get("host", found.get("hostaddr", "")), found.get("user", "")
    url = transport.secured(parsed.set(drivername="postgresql+psycopg"), found)
    tls = tuple(transport.said(parsed, found).items())
    server = Server(host, found.get("port", ""), found.get("dbname", login), login, tls)
    return Address(url, None, server, Secret(given.password), Secret(given.key_password))


def _local(path: Path) -> Address:
    if not path.name or "\0" in str(path):
        raise Invalid("That is not the name of a database file; give sqlite:///file.")
    path = path.expanduser().absolute()
    return Address(URL.create("sqlite+pysqlite", database=str(path)), path)


def require_usable(path: Path, *, create: bool) -> None:
    """Raises ``Invalid`` or ``Unavailable`` with the reason when ``path`` cannot be our local database.

    Nothing is created or changed. The file is looked at through SQLite only: opening and closing it any other way
    would drop the locks that this process holds on it.
    """
    try:
        if path.is_dir():
            raise Invalid(f"{path} is a folder, not a database file.")
        if not path.parent.is_dir():
            raise Invalid(f"The folder {path.parent} does not exist, so there can be no database in it.")
        if not path.exists():
            _require_may_create(path, create=create)
        elif not path.is_file():
            raise Invalid(f"{path} is not a file.")
    except PermissionError as error:
        raise Unavailable(f"{path} cannot be reached: the folder is not open to you.") from error
    _require_local_disk(path)


def _require_may_create(path: Path, *, create: bool) -> None:
    if not create:
        raise Invalid(f"There is no database at {path}.")
    if not os.access(path.parent, os.W_OK):
        raise Unavailable(f"No database can be made at {path}: the folder is write-protected.")


def _require_local_disk(path: Path) -> None:
    system = _file_system(path.parent.resolve())
    if system in _NETWORK:
        raise Invalid(
            f"{path} lies on a network share ({system}), where SQLite's locks cannot be trusted and tokens could be "
            "lost. Keep the local database on this computer's own disk, or use a shared PostgreSQL database."
        )


def _file_system(folder: Path) -> str:
    """The type of the file system that holds ``folder``; empty where the system does not tell."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    best, found = -1, ""
    for mount in (line.split(" ") for line in mounts):
        if len(mount) > 2:
            point = mount[1].replace("\\040", " ")
            if folder.is_relative_to(point) and len(point) >= best:
                best, found = len(point), mount[2]
    return found


def require_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the opened file holds a console's database already; an empty one does not.

    Raises ``Invalid`` when it belongs to another program.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application == APPLICATION_ID:
        return True
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application or tables:
        raise Invalid(f"{path} is a database of another program. Nothing was changed in it.")
    return False
