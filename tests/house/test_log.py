"""The log file: private, rotating, without secrets, and never in the way."""

import io
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import log


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    yield
    log.stop()


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:  # noqa: ARG002
        raise OSError(28, "No space left on device")


def entries(folder: Path) -> str:
    return (folder / log.FILE_NAME).read_text(encoding="utf-8")


def test_entries_are_in_utc_in_a_file_only_its_owner_reads(tmp_path: Path) -> None:
    assert log.start(tmp_path / "log") is None
    record = logging.makeLogRecord(
        {"name": "console.store", "levelno": 20, "levelname": "INFO", "msg": "opened"}
    )
    record.created, record.msecs = 0.0, 0.0
    logging.getLogger("console").handle(record)
    assert entries(tmp_path / "log") == "1970-01-01T00:00:00.000Z INFO    console.store: opened\n"
    assert stat.S_IMODE((tmp_path / "log" / log.FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "could not reach postgresql+psycopg://alex:hunter2@db/support",
        "postgresql://alex:p/hunter2@db",
        "host=db user=alex password=hunter2 dbname=support",
        "connect(user='alex', password='hunter2')",
        '{"password": "hunter2"}',
        "PGPASSWORD=hunter2 psql",
        "smtp_password: hunter2",
    ],
)
def test_no_password_reaches_the_file_in_any_dress(tmp_path: Path, text: str) -> None:
    log.start(tmp_path)
    logging.getLogger("console.store").warning("failed: %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("console.store").exception("with a traceback")
    assert "hunter2" not in entries(tmp_path)
    assert "***" in entries(tmp_path)


def test_nobody_can_forge_a_second_entry(tmp_path: Path) -> None:
    log.start(tmp_path)
    logging.getLogger("console").warning(
        "subject: %s", "x\n2026-01-01T00:00:00.000Z INFO all is well\r\x1b[2Jgone"
    )
    first, second = entries(tmp_path).splitlines()
    assert first.endswith("subject: x")
    assert second == "    | 2026-01-01T00:00:00.000Z INFO all is well\\u000d\\u001b[2Jgone"


def test_the_file_rotates_and_keeps_as_many_as_asked(tmp_path: Path) -> None:
    log.start(tmp_path, kept_files=2, part_kib=16)
    for number in range(1000):
        logging.getLogger("console").info("%s %s", number, "x" * 80)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "console.log",
        "console.log.1",
        "console.log.2",
    ]
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in tmp_path.iterdir())


def test_a_folder_that_cannot_be_used_is_said_and_survived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    sentence = log.start(tmp_path / "file" / "log")
    assert sentence is not None
    assert "No log is written" in sentence
    logging.getLogger("console").warning("still told")
    assert "still told" in capsys.readouterr().err


def test_a_disk_that_fills_up_later_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.start(tmp_path)
    handler = next(
        each for each in logging.getLogger("console").handlers if isinstance(each, log.PatientHandler)
    )
    handler.stream.close()
    handler.stream = FullDisk()  # type: ignore[assignment]
    logging.getLogger("console").warning("one")
    logging.getLogger("console").warning("two")
    assert capsys.readouterr().err.count("The log cannot be written") == 1


def test_starting_twice_writes_each_entry_once(tmp_path: Path) -> None:
    log.start(tmp_path)
    log.start(tmp_path)
    logging.getLogger("console").warning("once")
    assert entries(tmp_path).count("once") == 1


def test_levels_are_kept(tmp_path: Path) -> None:
    log.start(tmp_path, level="warning")
    logging.getLogger("console.policy").info("not this")
    assert entries(tmp_path) == ""
