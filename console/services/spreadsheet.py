"""CSV that a spreadsheet program cannot be tricked with: no cell of ours starts a formula."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before it when a spreadsheet program might read it as a formula.

    That is a text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break. NUL characters are
    left out.
    """
    shown = text.replace("\0", "")
    return f"'{shown}" if shown.startswith(_STARTS_A_FORMULA) else shown


def write_csv(stream: TextIO, rows: Iterable[Sequence[object]], *, bom: bool = False) -> int:
    """How many rows were written. Texts go through ``safe_cell``; numbers and None (an empty cell) stay as
    they are.

    ``stream`` is a text stream opened with ``newline=""`` and an encoding of UTF-8; ``bom`` writes the mark
    by which some spreadsheet programs know it. Lone surrogates become question marks.
    """
    if bom:
        stream.write("\ufeff")
    writer = csv.writer(stream)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the answer
        writer.writerow([_cell(value) for value in row])
    return count


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return value
    return safe_cell(str(value).encode("utf-8", "replace").decode("utf-8"))
