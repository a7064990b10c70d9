"""The desk for a command: opened from ``--database`` and ``--data-dir``, and closed again."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from console.bootstrap import open_desk
from console.services.desk import Desk


@contextmanager
def desk_for(arguments: Namespace, *, create: bool = True) -> Iterator[Desk]:
    """The desk of the person at this computer; closed at the end of the block."""
    desk = open_desk(arguments.database, arguments.data_dir, create=create)
    try:
        yield desk
    finally:
        desk.store.close()
