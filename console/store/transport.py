"""Whether the way to a shared database is safe: verified TLS, unless the server is on this computer or a person
accepted less in words (decision 0061). What libpq's own files and variables say is asked of libpq itself."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL

from console.policy.errors import Invalid
from console.store.lost import Unconfirmed, connect_problem
from console.store.sslmodes import ACCEPTED, SAFE, WEAKER, is_loopback

#: Where systems keep the certificates of the authorities they trust, in one file.
_SYSTEMS_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


#: What libpq knows and nobody else needs to: passwords from its files, and our own word that stops it.
_NOT_TOLD = frozenset({"password", "sslpassword", "target_session_attrs"})


def arguments(url: URL) -> dict[str, str]:
    """The parts of ``url`` by libpq's names, without a password."""
    parts = {
        "user": url.username,
        "host": url.host,
        "port": str(url.port) if url.port else None,
        "dbname": url.database,
    }
    asked = {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in url.query.items()
        if name != ACCEPTED
    }
    return {name: value for name, value in parts.items() if value} | asked


def effective(given: Mapping[str, str]) -> dict[str, str]:
    """What libpq would connect with: ``given``, the service file, the environment and its defaults together.

    Nothing is sent: libpq is stopped before it opens a connection. Raises ``Invalid`` for what it does not accept.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import PGconn

    try:
        asked = make_conninfo("", **{**given, "target_session_attrs": "nowhere"})
    except ProgrammingError as error:
        raise Invalid(f"That address cannot be used: {str(error).strip()}.") from error
    connection = PGconn.connect_start(asked.encode())
    words = connection.error_message.decode(errors="replace").strip()
    if "target_session_attrs" not in words:
        raise connect_problem("The shared database", words) or Invalid(
            f"That address cannot be used: {words}."
        )
    found = {option.keyword.decode(): option.val.decode() for option in connection.info if option.val}
    return {name: value for name, value in found.items() if name not in _NOT_TOLD}


def is_here(found: Mapping[str, str]) -> bool:
    """Whether there is no network on the way: the server is reached by a Unix socket or a loopback address."""
    return all(
        is_loopback(each) for name in ("host", "hostaddr") for each in found.get(name, "").split(",") if each
    )


def secured(url: URL, found: Mapping[str, str]) -> URL:
    """``url`` with the TLS that it must have; ``found`` is what libpq would make of it.

    Raises ``Unconfirmed`` when less than a verified server is asked for and was not accepted.
    """
    plain = url.difference_update_query([ACCEPTED])
    if is_here(found):
        return plain
    mode = _mode(plain, found)
    if mode in WEAKER and url.query.get(ACCEPTED) != mode:
        raise Unconfirmed(mode, WEAKER[mode], f"{ACCEPTED}={mode}")
    if mode != SAFE:
        return plain
    return plain.update_query_dict({"sslmode": SAFE, "sslrootcert": _authorities(found)})


def said(url: URL, found: Mapping[str, str]) -> dict[str, str]:
    """What another address of the same server has to say about TLS to be taken as ``url`` is; empty for nothing."""
    if is_here(found):
        return {}
    mode, named = _mode(url, found), found.get("sslrootcert")
    accepted = {"sslmode": mode, ACCEPTED: mode} if mode in WEAKER else {}
    return {**accepted, **({"sslrootcert": named} if named else {})}


def _mode(url: URL, found: Mapping[str, str]) -> str:
    asked = url.query.get("sslmode") or found.get("sslmode", "prefer")
    silent = "sslmode" not in url.query and asked == "prefer"
    return SAFE if silent else str(asked)


def _authorities(found: Mapping[str, str]) -> str:
    """The file of the authorities that may vouch for the server; the system's own unless libpq knows another.

    libpq's ``system`` means what its OpenSSL was built with, which for the wheel's is a folder that no system has; it
    goes by OpenSSL's variables where they are set.
    """
    named = found.get("sslrootcert")
    if named:
        return named
    home = (
        Path(os.environ.get("APPDATA", "")) / "postgresql" if os.name == "nt" else Path.home() / ".postgresql"
    )
    own = home / "root.crt"
    if own.exists():
        return str(own)
    if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return "system"
    trusted = [ssl.get_default_verify_paths().cafile or "", *_SYSTEMS_FILES]
    return next((file for file in trusted if file and Path(file).is_file()), "system")
