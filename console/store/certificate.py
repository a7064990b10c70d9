"""Why a server's certificate does not verify: libpq says only that it does not, OpenSSL knows the reason."""

import socket
import ssl
import struct

from console.store import transport
from console.store.address import Address

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_SECONDS = 3


def refused(words: str) -> bool:
    """Whether libpq's ``words`` say that a certificate did not verify."""
    return "certificate verify failed" in words


def why(where: Address) -> str:
    """OpenSSL's words, such as ``certificate has expired``; empty when they cannot be had. Nothing but TLS's greeting
    is sent."""
    found = transport.effective(transport.arguments(where.url))
    host, there = found.get("host", ""), found.get("hostaddr") or found.get("host", "")
    trusted = found.get("sslrootcert", "system")
    try:
        context = ssl.create_default_context(cafile=None if trusted == "system" else trusted)
        with socket.create_connection((there, int(found["port"])), _SECONDS) as plain:
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) == b"S":
                context.wrap_socket(plain, server_hostname=host or there).close()
    except ssl.SSLCertVerificationError as error:
        return str(error.verify_message)
    except (OSError, ValueError):
        return ""
    return ""
