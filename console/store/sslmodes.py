"""What libpq's sslmodes mean, which addresses have no network on the way, and how a server is named. Words only:
imports nothing heavy."""

from ipaddress import ip_address

#: In an address: the weaker ``sslmode`` that a person accepts for it. It is ours; libpq never sees it.
ACCEPTED = "accept_sslmode"
SAFE = "verify-full"
#: What each weaker mode would mean.
WEAKER = {
    "disable": "nothing is encrypted: whoever is on the way can read and change everything that is sent",
    "allow": "nothing is encrypted unless the server insists: whoever is on the way can read and change what is sent",
    "prefer": "encryption is left out as soon as somebody on the way says that there is none",
    "require": "nobody checks that the server is the right one: whoever is on the way can pose as it",
    "verify-ca": "the server's name is not checked: every server with a certificate of that authority can pose as it",
}


#: The port that needs no saying.
USUAL_PORT = "5432"


def place(host: str, port: str) -> str:
    """How people read where a server is: ``"db.example.com"``, ``"this computer (port 5433)"``."""
    return (host or "this computer") + (f" (port {port})" if port not in ("", USUAL_PORT) else "")


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this computer: a Unix socket's folder, a loopback address, or their name."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
