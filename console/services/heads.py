"""Heads of the token accounts in a file that is kept outside: written, and compared later (``check --heads``)."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from console.policy.errors import Invalid
from console.services.desk import Desk
from console.store.heads import Head, Heads
from console.store.rows import Difference

_TITLE = "Support Console, heads of the token accounts"
#: The last line says how many there are: a file that was cut would pass for all of them.
_END = "end"
_COLUMNS = ("account", "entries", "recorded", "hash", "name")


def write_heads(desk: Desk, file: Path) -> Path:
    """The file written: ``file``, which must not exist, or a dated one in it when it is a folder."""
    with desk.store.read() as read:
        heads = read.heads()
    target = file / f"heads-{heads.taken:%Y%m%dT%H%M%SZ}.txt" if file.is_dir() else file
    if target.exists():
        raise Invalid(f"{target} exists already; choose another name.")
    _write(target, "".join(f"{line}\n" for line in _lines(heads)))
    return target


def _write(target: Path, text: str) -> None:
    """Whole or not at all, also on a disk that is full; for its owner's eyes, for it names customers."""
    part = target.with_name(f"{target.name}.part")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def differs_from(desk: Desk, file: Path) -> list[Difference]:
    """What was there when the heads in ``file`` were taken and is missing now, or reads otherwise.

    Raises ``Invalid`` when the file is not one that ``write_heads`` wrote.
    """
    before = _read(file)
    with desk.store.read() as read:
        return read.differs_from(before)


def _lines(heads: Heads) -> Iterator[str]:
    yield _TITLE
    yield f"taken\t{_instant(heads.taken)}"
    yield f"journal\t{heads.journal}"
    yield "\t".join(_COLUMNS)
    for head in heads.heads:
        name = "".join(each if each.isprintable() else " " for each in head.name)
        yield f"{head.account_id}\t{head.seq}\t{_instant(head.at)}\t{head.hash.hex()}\t{name}"
    yield f"{_END}\t{len(heads.heads)}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _read(file: Path) -> Heads:
    if file.is_dir():
        raise Invalid(f"{file} is a folder; name the file of heads in it that is to be compared with.")
    try:
        return _heads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise Invalid(
            f"{file} is not a whole file of heads that support-console check --heads wrote."
        ) from error


def _heads(text: str) -> Heads:
    """Raises ``ValueError`` or ``TypeError`` for anything but what ``_lines`` makes."""
    title, taken, journal, columns, *rows, end = [line.split("\t") for line in text.splitlines()]
    if (title, tuple(columns), end) != ([_TITLE], _COLUMNS, [_END, str(len(rows))]):
        raise ValueError(title)
    return Heads(_moment(*taken[1:]), int(*journal[1:]), tuple(_head(*row) for row in rows))


def _head(account: str, seq: str, at: str, digest: str, name: str) -> Head:
    return Head(int(account), name, int(seq), bytes.fromhex(digest), _moment(at))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
