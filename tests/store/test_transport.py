"""The way to a shared database: verified unless the server is here or less was accepted; never plain in silence."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, make_url

from console.policy.errors import Invalid, Problem
from console.services import connecting
from console.services.check import Step, Went
from console.services.target import Target
from console.store import about, transport
from console.store.address import Server, read
from console.store.engine import open_store
from console.store.lost import Lost, Unconfirmed, Unknown, Untrusted
from console.store.sslmodes import WEAKER
from console.store.wires import shut
from tests.store import acts
from tests.support.guarded import libpq
from tests.support.postgres import PASSWORD
from tests.support.proxy import proxied
from tests.support.tls import NAME, TlsServer, tls_server


@pytest.fixture(scope="module")
def safe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    with tls_server(tmp_path_factory.mktemp("tls")) as running:
        yield running


@pytest.fixture
def trusted(safe: TlsServer, monkeypatch: pytest.MonkeyPatch) -> TlsServer:
    """The server, signed by an authority that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(safe.authority))
    safe.show("right")
    return safe


def refused(url: str) -> Problem:
    with pytest.raises(Problem) as caught:
        open_store(url)
    assert PASSWORD not in f"{caught.value.message}{caught.value.details}"
    return caught.value


def test_an_address_that_says_nothing_gets_a_verified_server(trusted: TlsServer) -> None:
    store = open_store(trusted.url())
    with store.read() as read_:
        connection = read_.connection.connection.driver_connection
        assert connection.pgconn.ssl_in_use
    listening = store.listen()
    assert listening._connection.pgconn.ssl_in_use
    listening.close()
    store.close()


def test_a_connection_over_tls_that_breaks_is_lost_and_what_it_was_saving_not_known_yet(
    trusted: TlsServer,
) -> None:
    """OpenSSL calls that an error of TLS, too; how a connection that stood broke says nothing against the server."""
    store = open_store(trusted.url())
    event.listen(store._engine, "commit", cut, once=True)
    with pytest.raises(Unknown):
        acts.account(store)
    listening = store.listen()
    shut(listening.fileno())
    with pytest.raises(Lost, match="stopped answering"):
        listening.read()
    store.close()


def cut(connection: Connection) -> None:
    """Ends the way to the server, as a network does."""
    shut(connection.connection.driver_connection.fileno())


def test_the_checks_say_which_tls_it_is(trusted: TlsServer) -> None:
    looked = {check.step: check for check in connecting.checks(read(trusted.url()))}
    assert looked[Step.TLS].went is Went.PASSED
    assert looked[Step.TLS].words == "TLS 1.3, the server's certificate is trusted"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("other_name", "certificate is for another name"),
        ("expired", "certificate has expired"),
        ("self_signed", "vouches for itself"),
        ("foreign", "no authority that this computer trusts"),
    ],
)
def test_each_wrong_certificate_has_its_own_sentence(trusted: TlsServer, kind: str, sentence: str) -> None:
    trusted.show(kind)
    problem = refused(trusted.url())
    assert isinstance(problem, Untrusted)
    assert sentence in problem.message
    assert "certificate" in problem.details
    found = list(connecting.checks(read(trusted.url())))
    assert [(check.step, check.went) for check in found[:2]] == [
        (Step.REACH, Went.PASSED),
        (Step.TLS, Went.FAILED),
    ]
    assert {check.went for check in found[2:]} == {Went.NOT_TRIED}


def test_a_server_without_tls_is_refused(postgres_url: str) -> None:
    url = postgres_url.replace("@127.0.0.1:", f"@{NAME}:") + "?hostaddr=127.0.0.1"
    problem = refused(url)
    assert isinstance(problem, Untrusted)
    assert "The server offers no TLS" in problem.message


def test_a_proxy_that_says_the_server_has_no_tls_learns_nothing(trusted: TlsServer) -> None:
    with proxied(libpq(trusted.owner)) as (proxy, _):
        proxy.denies_tls = True
        url = trusted.url().replace(f":{trusted._port}/", f":{proxy.port}/")
        problem = refused(url)
        assert isinstance(problem, Untrusted)
        assert "The server offers no TLS" in problem.message
        assert proxy.learned == b""
        accepted = f"{url}&sslmode=prefer&accept_sslmode=prefer"
        open_store(accepted).close()
        assert b"postgres" in proxy.learned  # the proxy would have been believed: the test can fail


def test_an_authority_can_be_named(safe: TlsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    safe.show("right")
    open_store(safe.url(sslrootcert=str(safe.authority))).close()
    home = tmp_path / "home"
    (home / ".postgresql").mkdir(parents=True)
    (home / ".postgresql" / "root.crt").write_bytes(safe.authority.read_bytes())
    monkeypatch.setenv("HOME", str(home))
    open_store(safe.url()).close()


def test_the_systems_own_file_of_authorities_is_taken(
    safe: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(transport, "_SYSTEMS_FILES", (str(safe.authority),))
    safe.show("right")
    found = read(safe.url()).url.query["sslrootcert"]
    if found == str(safe.authority):  # where Python knows no file itself
        open_store(safe.url()).close()
    assert Path(str(found)).is_file()


@pytest.mark.parametrize("mode", list(WEAKER))
def test_less_is_refused_in_words_until_it_is_accepted(safe: TlsServer, mode: str) -> None:
    with pytest.raises(Unconfirmed) as caught:
        read(safe.url(sslmode=mode))
    for words in (f"sslmode={mode}", WEAKER[mode], f"accept_sslmode={mode}", "verify-full"):
        assert words in caught.value.message
    safe.show("right")
    accepted = safe.url(sslmode=mode, accept_sslmode=mode, sslrootcert=str(safe.authority))
    open_store(accepted).close()
    looked = {check.step: check for check in connecting.checks(read(accepted))}
    assert looked[Step.TLS].went is Went.LOOK
    assert "not verified, as was accepted" in looked[Step.TLS].words
    other = next(each for each in WEAKER if each != mode)
    with pytest.raises(Unconfirmed):
        read(safe.url(sslmode=mode, accept_sslmode=other))


def service(folder: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    file = folder / "pg_service.conf"
    file.write_text(f"[desk]\n{words}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))


@pytest.mark.parametrize("address", ["service=desk", "postgresql:///?service=desk"])
def test_a_service_and_the_password_file_work_through_libpq(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    where = read(postgres_url)
    assert where.server is not None
    server = where.server
    service(
        tmp_path,
        monkeypatch,
        f"host={server.host}\nport={server.port}\ndbname={server.database}\nuser={server.login}",
    )
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"{server.host}:{server.port}:*:{server.login}:{PASSWORD}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    found = read(address)
    assert found.server == server
    assert found.words == where.words
    store = open_store(address)
    assert store.login() == server.login
    store.listen().close()
    store.close()


def test_a_service_on_another_computer_is_verified_or_its_weakness_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service(tmp_path, monkeypatch, "host=db.example.com\ndbname=support")
    assert "sslmode=verify-full" in str(read("service=desk").url)
    service(tmp_path, monkeypatch, "host=db.example.com\ndbname=support\nsslmode=require")
    with pytest.raises(Unconfirmed, match="sslmode=require would mean"):
        read("service=desk")
    read("postgresql:///?service=desk&accept_sslmode=require")
    with pytest.raises(Invalid, match="no such service"):
        read("service=other")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///x",
        "postgresql://localhost/x",
        "postgresql://[::1]/x",
        "postgresql:///x?host=%2Frun%2Fpg",
    ],
)
def test_on_this_computer_there_is_no_network_to_fear(url: str) -> None:
    assert "sslmode" not in str(read(url).url)


@pytest.mark.parametrize(
    "url", ["postgresql://db/x", "postgresql://127.0.0.1,db/x", "postgresql://10.0.0.1/x"]
)
def test_everything_else_is_a_network(url: str) -> None:
    assert "sslmode=verify-full" in str(read(url).url)


def test_what_the_environment_says_counts_as_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "disable")
    with pytest.raises(Unconfirmed):
        read("postgresql://db.example.com/x")


def test_two_servers_of_one_computer_are_told_apart_in_words_and_by_name() -> None:
    usual, second = (read(f"postgresql://ann@localhost:{port}/x") for port in (5432, 5433))
    assert usual.words == "The shared database x on localhost"
    assert second.words == "The shared database x on localhost (port 5433)"
    assert (usual.name, second.name) == ("ann@localhost:5432/x", "ann@localhost:5433/x")


def test_a_password_is_shown_by_nothing() -> None:
    where = read("postgresql://ann:correct-horse@db.example.com/x")
    assert where.secret.reveal() == "correct-horse"
    assert "correct-horse" not in f"{where!r} {where.url} {where.words} {where.secret!r} {where.secret}"
    asked = read("postgresql://ann@db.example.com/x?password=correct-horse")
    assert asked.secret.reveal() == "correct-horse"
    assert "correct-horse" not in f"{asked!r} {asked.url}"


@pytest.mark.parametrize(
    "written",
    [
        "postgresql://ann:correct@horse@db.example.com/x",
        "postgresql://ann:correct@horse/staple@db.example.com/x",
        "postgresql://ann@correct-horse@db.example.com/x",
    ],
)
def test_a_password_with_an_at_sign_is_refused_before_half_of_it_is_taken_for_the_server(
    written: str,
) -> None:
    for reads in (read, Target.read):
        with pytest.raises(Invalid, match="%40") as refused:
            reads(written)
        assert "horse" not in str(refused.value)
    assert read("postgresql://ann:correct%40horse@db.example.com/x").secret.reveal() == "correct@horse"


@pytest.mark.parametrize(
    ("server", "written"),
    [
        (
            Server("db.example.com", "5433", "sup port", "ann"),
            "postgresql://OWNER@db.example.com:5433/sup%20port",
        ),
        (Server("::1", "5432", "x", "ann"), "postgresql://OWNER@[::1]:5432/x"),
        (Server("/run/postgresql", "5433", "x", "ann"), "postgresql://OWNER@:5433/x?host=/run/postgresql"),
        (Server("", "5433", "x", "ann"), "postgresql://OWNER@:5433/x"),
    ],
)
def test_the_address_in_the_owners_command_leads_to_the_same_server(server: Server, written: str) -> None:
    assert about.owners_address(server) == written
    found = transport.effective(transport.arguments(make_url(written)))
    assert (found.get("host", ""), found["port"], found["dbname"]) == (
        server.host,
        server.port,
        server.database,
    )


def test_the_owners_command_says_of_tls_what_this_address_had_to_say(
    safe: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe.show("right")
    root = str(safe.authority)
    service(tmp_path, monkeypatch, "host=db.example.com\ndbname=support\nsslmode=require")
    for given, said in (
        (safe.url(sslrootcert=root), {"sslrootcert": root}),
        (safe.url(sslmode="require", accept_sslmode="require"), {"sslmode": "require", "accept_sslmode": "require"}),
        (safe.url(), {}),
        ("postgresql:///?service=desk&accept_sslmode=require", {"sslmode": "require", "accept_sslmode": "require"}),
    ):  # fmt: skip
        where = read(given)
        assert where.server is not None
        written = about.owners_address(where.server)
        assert dict(make_url(written).query) == said
        again = read(written).server
        assert again is not None
        assert replace(again, login="") == replace(where.server, login="")
    accepted = safe.url(sslrootcert=root)
    with closing(open_store(accepted)) as store, store.read() as opened:
        command = opened.about().upgrade_command
    assert f"?sslrootcert={root}" in command
