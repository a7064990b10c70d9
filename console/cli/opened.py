"""The desk for a command: opened from ``--database`` and ``--data-dir``, and closed again."""

import getpass
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from console.bootstrap import open_desk
from console.cli.printing import printable
from console.services.desk import Desk

if TYPE_CHECKING:
    from console.services.server import Given


@contextmanager
def desk_for(arguments: Namespace, *, create: bool = True) -> Iterator[Desk]:
    """The desk of the person at this computer; closed at the end of the block. What was read of a database that is
    only read comes with the reason, on standard error."""
    ask_for_password(arguments)
    desk = open_desk(arguments.database, arguments.data_dir, create=create)
    try:
        yield desk
        if desk.why_only_reading():
            print(f"support-console: {printable(desk.why_only_reading())}", file=sys.stderr)
    finally:
        desk.store.close()


def ask_for_password(arguments: Namespace) -> None:
    """Puts a password typed at the terminal into ``database``, where its server asks for one that nothing else has."""
    if arguments.database:
        arguments.database = with_password(arguments.database)


def with_password(url: "Given") -> "Given":
    """``url``, or the address with such a password; asks nothing of a local database, nor where nobody can type."""
    if not isinstance(url, str) or url.startswith("sqlite:") or not _can_type():
        return url
    from console.services import connecting

    return connecting.asked_for(url, _ask)


def _ask(why: str, login: str) -> str:
    print(printable(why), file=sys.stderr)
    try:
        return getpass.getpass(f"Password of {printable(login)}: ")
    except EOFError:
        return ""


def _can_type() -> bool:
    """Whether somebody sits at a terminal; a standard input that was closed is none at all."""
    return sys.stdin is not None and sys.stdin.isatty()
