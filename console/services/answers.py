"""Acts whose answer was lost: whether they were saved is asked by their key, never guessed.

Before an act is sent, its key is kept in a small file of its own; when the answer is there, the file goes. So a key
outlives even a console that is killed, and is asked for at the next start.
"""

import json
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from console.policy.errors import Unavailable
from console.services.desk import Changed, Desk
from console.services.lost import Unknown

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """An act that was sent: its key, what it was in the words of its dialog, and when, by this computer's clock."""

    key: str
    what: str
    at: datetime


def answer_of(desk: Desk, key: str) -> Changed | None:
    """What the act with this key answered when it was carried out; ``None`` when it was not and will not be.

    Waits for a sending of it that has not ended on the server.
    """
    with desk.store.work(desk.actor) as work:
        found = work.requests.answer(key)
    return None if found is None else Changed.from_result(found)


def carried_out(desk: Desk, act: Callable[[str], Changed]) -> Changed:
    """What ``act(key)`` answered; where the answer is lost, what the database says of the key when it is asked once.

    For commands, which end with their answer. Raises ``Unavailable`` when it was not saved, ``Unknown`` when the
    database does not say.
    """
    key = desk.new_key()
    try:
        return act(key)
    except Unknown as unknown:
        answer = _asked_once(desk, key, unknown)
    if answer is None:
        raise Unavailable(
            "This was not saved: the connection was lost before. Nothing was changed; give the command again."
        )
    return answer


def _asked_once(desk: Desk, key: str, unknown: Unknown) -> Changed | None:
    try:
        return answer_of(desk, key)
    except Unavailable:
        raise Unknown(
            f"{unknown.message} Look what stands there before you give the command again."
        ) from unknown


class SentActs:
    """The keys of acts at one database whose answer is not there yet, one file each in ``folder``.

    ``console`` tells this console from others at the same folder: a key is asked for by whoever sent it, and by others
    only when that console is gone.
    """

    def __init__(self, folder: Path, database: str, console: str) -> None:
        self._folder, self._console = folder, console
        self.database = database

    def keep(self, sent: Sent) -> None:
        """Keeps the key until its answer is there. A folder that cannot be written keeps nobody from working."""
        words = {
            "key": sent.key,
            "what": sent.what,
            "at": sent.at.isoformat(),
            "database": self.database,
            "console": self._console,
        }
        file = self._file(sent.key)
        part = file.with_suffix(f".{self._console}.part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as out:
                json.dump(words, out)
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
        except OSError as error:
            _log.warning("the key of an act could not be kept: %s", error.strerror)

    def forget(self, key: str) -> None:
        """The answer is there."""
        with suppress(OSError):
            self._file(key).unlink(missing_ok=True)

    def left(self, is_open: Callable[[str], bool]) -> tuple[list[Sent], int]:
        """The acts that consoles which are gone sent to this database and whose answer never came, oldest first, and
        how many files were cut.

        What a console that ``is_open`` sends is its own. A cut file is set aside with the ending ``.unreadable``.
        """
        found, cut = [], 0
        with suppress(OSError):
            for part in self._folder.glob("*.part"):
                if not is_open(Path(part.stem).suffix.removeprefix(".")):
                    part.unlink()
        for file in sorted(self._folder.glob("*.json")):
            try:
                kept = _read(file)
            except FileNotFoundError:  # its answer came just now
                continue
            except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
                cut += _set_aside(file)
                continue
            if kept.database == self.database and not is_open(kept.console):
                found.append(kept.sent)
        return sorted(found, key=lambda each: each.at), cut

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file says: the act, the database that it was sent to, and the console that sent it."""

    sent: Sent
    database: str
    console: str


def _read(file: Path) -> _Kept:
    """What ``file`` says. Raises what a file that was cut or bent makes Python raise."""
    words = json.loads(file.read_text("utf-8"))
    at = datetime.fromisoformat(words["at"]).astimezone(UTC)
    return _Kept(Sent(str(words["key"]), str(words["what"]), at), words["database"], str(words["console"]))


def _set_aside(file: Path) -> int:
    """1 when the file is out of the way now, 0 when it cannot be moved either."""
    with suppress(OSError):
        file.replace(file.with_suffix(".unreadable"))
        return 1
    return 0


def sent_acts(desk: Desk, folder: Path, console: str) -> SentActs:
    """Those of the desk's person at its database, kept in ``folder``; ``console`` sends them."""
    return SentActs(folder, desk.store.address.name, console)
