"""What libpq's sslmodes mean, and which addresses have no network on the way. Words only: imports nothing heavy."""

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


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this computer: a Unix socket's folder, a loopback address, or their name."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
