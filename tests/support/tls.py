"""A PostgreSQL server that shows one certificate after another: the right one, and each kind of wrong one."""

import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import trustme
from psycopg.conninfo import conninfo_to_dict

from tests.support import postgres
from tests.support.guarded import libpq

#: The name by which desks know the server; it resolves to nothing, `hostaddr` says where it is.
NAME = "db.test"


class TlsServer:
    """A shared database behind TLS. `authority` is the file of the authority that signed its right certificate."""

    def __init__(self, server: postgres.Server, data: Path, certificates: "Certificates") -> None:
        self._data, self._certificates = data, certificates
        self.authority = certificates.authority
        self.owner = server.console()
        self._port = conninfo_to_dict(libpq(self.owner))["port"]
        self._database = self.owner.rsplit("/", 1)[1]

    def url(self, login: str = "postgres", *, server: str = NAME, **asked: str) -> str:
        """The address as somebody at another computer writes it; `asked` are further parameters."""
        words = "&".join(f"{name}={value}" for name, value in {"hostaddr": "127.0.0.1", **asked}.items())
        return f"postgresql://{login}:{postgres.PASSWORD}@{server}:{self._port}/{self._database}?{words}"

    def show(self, kind: str) -> None:
        """From now on the server shows this certificate: right, other_name, expired, self_signed or foreign."""
        self._certificates.write(kind, self._data)
        postgres.take_certificate(self._data)
        with psycopg.connect(libpq(self.owner), sslmode="require", autocommit=True) as owner:
            owner.execute("select pg_reload_conf()")
        until = time.monotonic() + 10
        while self._shown() != self._certificates.shown(kind):
            assert time.monotonic() < until, "the server did not take its new certificate"
            time.sleep(0.02)

    def _shown(self) -> bytes:
        """The certificate that the server shows, by PostgreSQL's greeting for TLS."""
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", int(str(self._port))), 3) as plain:
            plain.sendall(struct.pack("!ii", 8, 80877103))
            assert plain.recv(1) == b"S"
            with careless.wrap_socket(plain) as safe:
                return safe.getpeercert(binary_form=True) or b""


class Certificates:
    """The certificates that the server can show, made afresh for each run of the tests."""

    def __init__(self, folder: Path) -> None:
        own, other = trustme.CA(), trustme.CA()
        now = datetime.now(UTC)
        self._leaves = {
            "right": own.issue_cert(NAME),
            "other_name": own.issue_cert("elsewhere.test"),
            "expired": own.issue_cert(
                NAME, not_before=now - timedelta(days=30), not_after=now - timedelta(days=1)
            ),
            "foreign": other.issue_cert(NAME),
            "self_signed": _self_signed(),
        }
        self.authority = folder / "authority.pem"
        own.cert_pem.write_to_path(str(self.authority))

    def write(self, kind: str, folder: Path) -> None:
        """Writes a certificate and its key where the server reads them."""
        certificate, key = self._pem(kind)
        (folder / "server.crt").write_bytes(certificate)
        (folder / "server.key").write_bytes(key)

    def shown(self, kind: str) -> bytes:
        """The certificate as a client gets it."""
        first = self._pem(kind)[0].decode().partition("-----END CERTIFICATE-----")
        return ssl.PEM_cert_to_DER_cert(first[0] + first[1])

    def _pem(self, kind: str) -> tuple[bytes, bytes]:
        leaf = self._leaves[kind]
        if isinstance(leaf, tuple):
            return leaf
        return b"".join(part.bytes() for part in leaf.cert_chain_pems), leaf.private_key_pem.bytes()


def _self_signed() -> tuple[bytes, bytes]:
    """A certificate that nobody but its own key has signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private


@contextmanager
def tls_server(folder: Path) -> Iterator[TlsServer]:
    """A shared database behind TLS, set up; it shows its right certificate."""
    certificates = Certificates(folder)
    with postgres.tls_server(partial(certificates.write, "right")) as (server, data):
        yield TlsServer(server, data, certificates)
