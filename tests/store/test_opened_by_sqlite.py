"""Nobody but SQLite opens the file of a database that is in use: closing it would drop SQLite's locks on it."""

import re
import sys
from pathlib import Path

from console.services import keeping
from console.store import backup
from console.store.engine import open_store
from tests.store import acts

STORE = Path(backup.__file__).parent
_OPENS = re.compile(r"(?:\bos\.open|(?<![\w.])open|\.open|\.read_bytes|\.write_text|\.write_bytes)\(|shutil")

#: Files that were opened past SQLite, while a list stands here. A hook stays for the life of the process.
_watched: list[list[str]] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _watched:
        _watched[-1].append(str(arguments[0]))


def test_the_store_opens_files_by_itself_only_to_make_them() -> None:
    """With O_EXCL nobody can have it open already."""
    found = [
        line.strip()
        for file in sorted(STORE.rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if _OPENS.search(line)
    ]
    assert len(found) == 2
    assert all("os.O_CREAT | os.O_EXCL" in line for line in found)


def test_work_backups_and_checks_open_the_file_through_sqlite_alone(local: Path) -> None:
    sys.addaudithook(_hook)
    store = open_store(f"sqlite:///{local}")
    opened: list[str] = []
    _watched.append(opened)
    try:
        ticket = acts.opened(store, acts.account(store))
        second = open_store(f"sqlite:///{local}")
        assert acts.opened(second, ticket.account_id).id != ticket.id
        kept = backup.back_up(local, "by-hand")
        keeping.back_up_daily(f"sqlite:///{local}", keep=1)
        with store.read() as read:
            assert read.check() == []
        second.close()
        Path(f"{local}.other").write_text("seen by the hook")
    finally:
        _watched.pop()
    store.close()
    files = {Path(each).name for each in opened}
    assert f"{local.name}.other" in files
    assert f"{kept.name}.part" in files
    assert not files & {local.name, f"{local.name}-wal", f"{local.name}-shm"}
