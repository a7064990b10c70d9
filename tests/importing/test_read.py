"""Reading a whole file: progress, cancel, keys and digests, rejected rows on disk, and memory that stays bounded."""

import csv
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.policy.errors import Unavailable
from console.services.importing import (
    Cancelled,
    Format,
    ImportedTicket,
    Rejected,
    preset,
    preview,
    read,
    rejects_path,
    write_rejects,
)
from console.services.spreadsheet import safe_cell, write_csv

SAMPLES = Path(__file__).parent / "samples"
OWN = preset(Format.CONSOLE_CSV)


def many(path: Path, count: int, filler: str = "") -> Path:
    """A file of ``count`` tickets in the console's own CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["external_id", "account", "priority", "subject", "opened_at", "requester_name", "unused"]
        )
        for number in range(count):
            said = (
                f"N-{number}",
                f"Account {number % 50}",
                "standard",
                f"Subject {number}",
                "2026-01-01T00:00:00Z",
            )
            writer.writerow([*said, "Jo", filler])
    return path


class Patience:
    """Wants to stop after being asked so many times."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self) -> bool:
        self._left -= 1
        return self._left < 0


def test_progress_counts_the_bytes_to_the_end(tmp_path: Path) -> None:
    path = many(tmp_path / "in.csv", 12_000)
    heard: list[tuple[int, int]] = []
    assert sum(1 for _row in read(path, OWN, on_progress=lambda *each: heard.append(each))) == 12_000
    size = path.stat().st_size
    assert heard[-1] == (size, size)
    assert [done for done, _total in heard] == sorted(done for done, _total in heard)
    assert len(heard) > 2


@pytest.mark.parametrize("after", [0, 1, 20])
def test_cancel_stops_soon_and_says_that_nothing_was_saved(tmp_path: Path, after: int) -> None:
    path = many(tmp_path / "in.csv", 5_000)
    taken: list[object] = []
    with pytest.raises(Cancelled, match="nothing of the file was saved"):
        taken.extend(read(path, OWN, cancelled=Patience(after)))
    assert len(taken) < 5_000


def test_a_preview_can_be_cancelled(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        preview(many(tmp_path / "in.csv", 100), OWN, cancelled=lambda: True)


def test_a_ticket_of_the_future_is_rejected_when_now_is_known() -> None:
    now = datetime(2026, 3, 3, tzinfo=UTC)
    found = list(read(SAMPLES / "own.csv", OWN, now=now))
    assert isinstance(found[0], ImportedTicket)
    assert isinstance(found[1], Rejected)
    assert "opened in the future" in found[1].reason


def test_key_and_digest_are_the_same_at_every_reading_and_the_digest_sees_every_change() -> None:
    first, again = (next(read(SAMPLES / "own.jsonl", preset(Format.CONSOLE_JSONL))) for _time in range(2))
    assert isinstance(first, ImportedTicket)
    assert isinstance(again, ImportedTicket)
    assert (first.key, first.digest) == (again.key, again.digest)
    assert replace(first, row=99, notes=()).digest == first.digest
    changes = [
        {"subject": "x"}, {"body": "x"}, {"requester_is_administrator": False}, {"comments": first.comments[:1]},
        {"assignee": "x"}, {"resolved_at": first.opened_at}, {"subject": first.subject + first.body, "body": ""},
    ]  # fmt: skip
    digests = {replace(first, **change).digest for change in changes}
    assert len(digests | {first.digest}) == len(changes) + 1


def test_a_ticket_can_be_rejected_further_on() -> None:
    first = next(read(SAMPLES / "own.csv", OWN))
    assert isinstance(first, ImportedTicket)
    found = first.rejected("No such plan.")
    assert (found.row, found.external_id, found.reason) == (2, "H-1001", "No such plan.")
    assert "Site is down" in found.raw


def test_rejected_rows_are_saved_beside_the_file_and_start_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    rejected = [Rejected(2, "=cmd|' /C calc'!A0", "why", "@7"), Rejected(3, '{"a": "\ud800"}', "-x")]
    assert write_rejects(path, iter(rejected)) == tmp_path / "tickets.rejected.csv" == rejects_path(path)
    with rejects_path(path).open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.reader(stream))
    assert table == [
        ["row", "external_id", "reason", "raw"],
        ["2", "'@7", "why", "'=cmd|' /C calc'!A0"],
        ["3", "", "'-x", '{"a": "?"}'],
    ]
    assert rejects_path(path).stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["tickets.rejected.csv"]


def test_no_rejected_row_no_file(tmp_path: Path) -> None:
    assert write_rejects(tmp_path / "tickets.csv", []) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"cannot be saved as “in\.rejected\.csv”"):
        write_rejects(tmp_path / "gone" / "in.csv", [Rejected(1, "", "why")])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_cell_that_could_be_a_formula_gets_an_apostrophe(start: str) -> None:
    assert safe_cell(f"{start}1") == f"'{start}1"
    assert safe_cell(f"a{start}1") == f"a{start}1"


@given(st.text())
def test_no_cell_starts_a_formula(text: str) -> None:
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_numbers_stay_numbers_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        assert write_csv(stream, [("tokens", "text"), (-5, "-5"), (None, True)], bom=True) == 3
    assert path.read_bytes() == b"\xef\xbb\xbftokens,text\r\n-5,'-5\r\n,yes\r\n"


_MEASURE = """
import resource, sys
from pathlib import Path
from console.services.importing import Format, ImportedTicket, preset, read
path, format_ = Path(sys.argv[1]), Format(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count = sum(isinstance(row, ImportedTicket) for row in read(path, preset(format_)))
print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def grown(path: Path, format_: Format) -> tuple[int, int]:
    """(tickets, MiB by which the peak of a process of its own grew while it read them)."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path), format_], capture_output=True, text=True, check=True
    )
    count, mebibytes = done.stdout.split()
    return int(count), int(mebibytes)


def test_a_hundred_thousand_rows_are_read_in_bounded_memory(tmp_path: Path) -> None:
    path = many(tmp_path / "in.csv", 100_000, filler="x" * 900)
    assert path.stat().st_size > 90_000_000
    count, mebibytes = grown(path, Format.CONSOLE_CSV)
    assert count == 100_000
    assert mebibytes < 60


def test_one_long_list_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    ticket = json.loads((SAMPLES / "zendesk-api.json").read_text())["tickets"][0] | {"filler": "x" * 6_000}
    with path.open("w") as stream:
        stream.write('{"tickets": [')
        stream.write(",".join(json.dumps(ticket | {"id": number}) for number in range(10)))
        for number in range(10, 10_000):
            stream.write("," + json.dumps(ticket | {"id": number}))
        stream.write('], "count": 10000}')
    assert path.stat().st_size > 60_000_000
    count, mebibytes = grown(path, Format.ZENDESK_JSON)
    assert count == 10_000
    assert mebibytes < 40
