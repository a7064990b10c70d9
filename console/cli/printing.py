"""Plain tables and JSON on standard output; control characters in a customer's words never reach a terminal."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from console.services.spreadsheet import write_csv

WIDEST = 48


def table(head: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[int] = ()) -> None:
    """Prints ``rows`` under ``head`` in columns; those in ``right`` are set right."""
    cells = [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(head), *cells]) for column in range(len(head))]
    to_right = frozenset(right)
    for line in [list(head), *cells]:
        padded = [
            cell.rjust(width) if column in to_right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        say("  ".join(padded).rstrip())


def say(line: str) -> None:
    """Prints one line; what the terminal cannot encode becomes a question mark, control characters become blanks."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(printable(line).encode(encoding, "replace").decode(encoding) + "\n")


def counted(amount: int, one: str, many: str) -> str:
    """``"1 finding"``, ``"3 findings"``."""
    return f"{amount} {one if amount == 1 else many}"


def printable(text: str) -> str:
    """``text`` with a blank in the place of everything that a terminal does not show or would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def shown(cell: object) -> str:
    """``cell`` as one printable line, cut at a sensible width."""
    text = "" if cell is None else printable(str(cell))
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def as_json(value: object) -> None:
    """Prints ``value`` as one line of JSON; what a terminal would obey or cannot encode is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    text = json.dumps(plain(value), ensure_ascii=False)
    safe = "".join(c if c.isprintable() and _encodes(c, encoding) else json.dumps(c)[1:-1] for c in text)
    sys.stdout.write(safe + "\n")


def _encodes(character: str, encoding: str) -> bool:
    if character.isascii():
        return True
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def to_standard_output(rows: Iterable[Sequence[object]]) -> None:
    """Prints ``rows`` as CSV; no cell holds what a terminal would obey, nor what it cannot encode."""
    encoding = sys.stdout.encoding or "utf-8"
    write_csv(sys.stdout, ([_cell(cell, encoding) for cell in row] for row in rows))


def _cell(cell: object, encoding: str) -> object:
    if isinstance(cell, bool | int | float) or cell is None:
        return cell
    return printable(str(cell)).encode(encoding, "replace").decode(encoding)


def plain(value: object) -> Any:
    """``value`` as JSON can hold it: instants as ISO 8601 UTC, spans in seconds, records as objects."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names(value)}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return value


def _names(record: Any) -> list[str]:
    """The fields of a record that are meant to be shown, and what it derives from them."""
    derived = (name for name, each in vars(type(record)).items() if isinstance(each, property))
    return [each.name for each in fields(record) if each.repr] + [name for name in derived if name[0] != "_"]


def local(at: datetime | None, zone: str) -> str:
    """``"Tue 24 Nov 2:52 PM"`` in ``zone``, or a dash."""
    if at is None:
        return "–"
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a} {there.day} {there:%b} {there:%I:%M %p}".replace(" 0", " ")


def left(due_at: datetime | None, now: datetime) -> str:
    """How long until ``due_at`` (rounded down) or since (rounded up): ``"24 min"``, ``"12 min late"``."""
    if due_at is None:
        return "–"
    late = due_at < now
    seconds = (now - due_at if late else due_at - now).total_seconds()
    minutes = int(-(-seconds // 60)) if late else int(seconds // 60)
    if minutes < 60:
        span = f"{minutes} min"
    elif minutes < 1440:
        span = f"{minutes // 60} h {minutes % 60:02} m"
    else:
        span = f"{minutes // 1440} d {minutes % 1440 // 60} h"
    return f"{span} late" if late else span
