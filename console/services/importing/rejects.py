"""The rejected rows of an import, saved beside the imported file for whoever mends them."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from console.policy.errors import Unavailable
from console.services.importing.records import Rejected
from console.services.spreadsheet import write_csv

#: How many rejected rows are kept at hand to be shown.
MOST_SHOWN = 1_000

HEADING = ("row", "external_id", "reason", "raw")


class Rejects:
    """The rejected rows of one import, kept on disk until they are saved beside the file; the first are at hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.first: list[Rejected] = []

    def __enter__(self) -> "Rejects":
        self._spool = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")
        return self

    def __exit__(self, *_error: object) -> None:
        self._spool.close()

    def extend(self, rejected: Iterable[Rejected]) -> None:
        """Takes more of them."""
        for each in rejected:
            self.count += 1
            if len(self.first) < MOST_SHOWN:
                self.first.append(each)
            self._spool.write(json.dumps([each.row, each.raw, each.reason, each.external_id]) + "\n")

    def save(self) -> Path | None:
        """All of them saved beside the imported file; see ``write_rejects``."""
        self._spool.seek(0)
        return write_rejects(self.path, (Rejected(*json.loads(line)) for line in self._spool))


def rejects_path(path: Path) -> Path:
    """Where the rejected rows of a file go: ``tickets.csv`` → ``tickets.rejected.csv`` in the same folder."""
    return path.with_name(f"{path.stem}.rejected.csv")


def write_rejects(path: Path, rejected: Iterable[Rejected]) -> Path | None:
    """The file of rejected rows written beside ``path``, or None when there was no row to write.

    Replaces an earlier one in one step, readable by its owner only; UTF-8 with a mark, no cell starts a
    formula. Raises Unavailable when the folder cannot be written.
    """
    rows = iter(rejected)
    first = next(rows, None)
    if first is None:
        return None
    target = rejects_path(path)
    try:
        _replace(target, _cells(first, rows))
    except OSError as error:
        raise Unavailable(
            f"The rejected rows cannot be saved as “{target.name}”: {error.strerror or error}.",
            title="The rejected rows cannot be saved",
        ) from error
    return target


def _cells(first: Rejected, others: Iterator[Rejected]) -> Iterator[Sequence[object]]:
    yield HEADING
    yield _row(first)
    for each in others:
        yield _row(each)


def _row(each: Rejected) -> Sequence[object]:
    return each.row, each.external_id, each.reason, each.raw


def _replace(target: Path, rows: Iterator[Sequence[object]]) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            write_csv(stream, rows, bom=True)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
