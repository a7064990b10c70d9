"""A whole file as tickets and rejected rows, one at a time, with progress and cancel; nothing is written
here.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from console.services.importing.convert import Converter
from console.services.importing.decoding import TextFile
from console.services.importing.mapping import Mapping
from console.services.importing.records import Cancelled, ImportedTicket, Rejected
from console.services.importing.rows import rows_of

#: Hears (bytes read, bytes of the file) about four times a megabyte; a file may be gone through twice.
OnProgress = Callable[[int, int], None]
#: Answers whether the person wants to stop.
IsCancelled = Callable[[], bool]

_ROWS_BETWEEN_LOOKS = 200


def read(
    path: Path,
    mapping: Mapping,
    *,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
    now: datetime | None = None,
) -> Iterator[ImportedTicket | Rejected]:
    """Each row of the file, in order, as a ticket or rejected with the reason; memory stays bounded at any
    size.

    Blank rows are passed over. ``now`` (aware) rejects tickets opened after it. Raises, while it is read,
    Invalid when the file as a whole cannot be read from some place on, and Cancelled as soon as
    ``cancelled()`` is true; whoever saves must then save nothing of the file.
    """
    file = watched(path, mapping, on_progress, cancelled)
    converter = Converter(mapping, now)
    for count, row in enumerate(rows_of(file, mapping.format).each):
        if count % _ROWS_BETWEEN_LOOKS == 0:
            _look(cancelled)
        yield row if isinstance(row, Rejected) else converter.ticket(row)


def watched(
    path: Path, mapping: Mapping, on_progress: OnProgress | None, cancelled: IsCancelled | None
) -> TextFile:
    """The file, telling how far it is read and stopping when it is cancelled."""
    total = TextFile(path).size

    def on_bytes(done: int) -> None:
        _look(cancelled)
        if on_progress is not None:
            on_progress(min(done, total), total)

    return TextFile(path, mapping.encoding, on_bytes)


def _look(cancelled: IsCancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled("The import was cancelled; nothing of the file was saved.")
