"""``simulate`` as a program: lines of any kind in, one answer a line out, and another policy document."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console import paths
from console.cli.main import main

GOOD = {
    "id": "good",
    "hosting": "dedicated",
    "option": "tokens",
    "priority": "standard",
    "opened_at": "2026-11-24T17:00:00Z",
    "balance": 20,
}
DOCUMENT = (paths.resources() / "policy" / "1.toml").read_text(encoding="utf-8")


def run(
    given: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, list[Any]]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    code = main(["simulate", *more])
    out, err = capsys.readouterr()
    assert err == ""
    return code, [json.loads(line, parse_constant=pytest.fail) for line in out.splitlines()]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"{", "This line is not JSON"),
        (b"begin", "This line is not JSON"),
        (b"[]", "A line is one JSON object."),
        (b"null", "A line is one JSON object."),
        (b'"text"', "A line is one JSON object."),
        (b"{}", "opened_at: expected an instant such as 2026-11-24T17:00:00Z, and it is missing."),
        (b'{"id": NaN}', "NaN is not a number"),
        (b'{"balance": -Infinity}', "-Infinity is not a number"),
        (b'{"balance": 1e999}', "1e999 is too large a number."),
        (b'{"balance": ' + b"9" * 5000 + b"}", "This line is not JSON"),
        (b'{"id": 1, "id": 2}', "id: this key stands twice"),
        (b'{"events": [{"at": 1, "at": 2}]}', "at: this key stands twice"),
        (b"[" * 100_000, "This line is nested too deeply."),
        (b'{"id": ' + b"[" * 300 + b"]" * 300 + b"}", "id: expected text or a number"),
        (b'{"id": "\xff"}', "This line is not UTF-8 text: byte 8 cannot be read."),
        (b"\xff\xfe{\x00}\x00", "This line is not UTF-8 text: byte 0 cannot be read."),
        (b'{"id": "\x00"}', "This line is not JSON"),
        (json.dumps(GOOD | {"opened_at": "9999-12-31T23:00:00Z"}).encode(), "outside the calendar"),
        (b'{"opened_at": "2026-11-24T17:00:00Z", "hosting": "dedicated"}', "option: expected one of"),
        (b'{"id": "\\ud800", "opened_at": "\\ud800"}', "is not an ISO 8601 instant"),
    ],
)  # fmt: skip
def test_a_bad_line_answers_with_an_error_and_the_rest_is_done(
    bad: bytes, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps(GOOD).encode()
    code, answers = run(good + b"\n" + bad + b"\n" + good, monkeypatch, capsys)
    assert code == 2
    assert [answer.get("charged") for answer in answers] == [1, None, 1]
    assert says in answers[1]["error"]
    assert answers[1]["line"] == 2
    assert set(answers[1]) == {"id", "error", "line"}
    assert len(answers[1]["error"]) < 400


def test_an_error_names_the_line_by_its_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answers = run(json.dumps(GOOD | {"hosting": "cloud"}).encode(), monkeypatch, capsys)
    assert (code, answers[0]["id"]) == (2, "good")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n \t\r\n"])
def test_line_ends_blank_lines_and_a_mark_at_the_start(
    end: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps(GOOD).encode()
    code, answers = run(b"\xef\xbb\xbf" + end.join([good, good, good]) + end, monkeypatch, capsys)
    assert (code, [answer["charged"] for answer in answers]) == (0, [1, 1, 1])


def test_nothing_in_nothing_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(b"", monkeypatch, capsys) == (0, [])


def test_an_endless_line_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("console.cli.simulate.LONGEST_LINE", 1000)
    good = json.dumps(GOOD).encode()
    endless = b'{"id": "' + b"x" * 5000
    code, answers = run(good + b"\n" + endless + b"\n" + good + b"\n" + endless, monkeypatch, capsys)
    assert code == 2
    assert [answer.get("error") for answer in answers] == [None, "This line is longer than 1,000 bytes."] * 2


def test_a_long_line_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    events = [{"at": "2026-11-24T18:00:00Z", "do": "check"}] * 20_000
    code, answers = run(json.dumps(GOOD | {"events": events}).encode(), monkeypatch, capsys)
    assert (code, answers[0]["state"]) == (0, "open")


def test_a_file_or_a_dash_instead_of_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "histories.jsonl"
    file.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    assert run(b"", monkeypatch, capsys, str(file))[1][0]["charged"] == 1
    assert run(json.dumps(GOOD).encode(), monkeypatch, capsys, "-")[1][0]["charged"] == 1


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(tmp_path / name)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert str(tmp_path / name) in err
    assert len(err.splitlines()) == 1


# --- Another policy ----------------------------------------------------------------------------------------------


def under(
    old: str,
    new: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    **more: Any,
) -> dict[str, Any]:
    assert DOCUMENT.count(old) == 1
    file = tmp_path / "policy.toml"
    file.write_text(DOCUMENT.replace(old, new), encoding="utf-8")
    given = json.dumps(GOOD | {"priority": "urgent", "users": 10} | more).encode()
    code, (answer,) = run(given, monkeypatch, capsys, "--policy", str(file))
    assert code == 0
    assert isinstance(answer, dict)
    return answer


def test_another_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = "informational = 0\nbilling = 0\nstandard = 1\nurgent = 3"
    answer = under(old, old.replace("urgent = 3", "urgent = 4"), tmp_path, monkeypatch, capsys)
    assert (answer["charged"], answer["balance"]) == (4, 16)


def test_another_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = "urgent = { begin = { business_hours = 4 }, resolve_or_plan = { hours = 24 } }"
    new = "urgent = { begin = { minutes = 30 }, resolve_or_plan = { days = 2 } }"
    answer = under(old, new, tmp_path, monkeypatch, capsys)
    assert [each["due"] for each in answer["milestones"]] == ["2026-11-24T17:30:00Z", "2026-11-26T17:00:00Z"]


def test_another_calendar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = under('tue = [["09:00", "23:00"]]', "tue = []", tmp_path, monkeypatch, capsys)
    assert answer["milestones"][0]["due"] == "2026-11-25T18:00:00Z"
    answer = under('timezone = "America/New_York"', 'timezone = "Asia/Tokyo"', tmp_path, monkeypatch, capsys)
    assert answer["milestones"][0]["due"] == "2026-11-25T04:00:00Z"
    answer = under("holidays = [] ", "holidays = [2026-11-24] ", tmp_path, monkeypatch, capsys)
    assert answer["milestones"][0]["due"] == "2026-11-25T18:00:00Z"


def test_another_fee(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = "cents_per_user_and_month = 30", "cents_per_user_and_month = 45"
    answer = under(old, new, tmp_path, monkeypatch, capsys, option="flat_rate_users")
    assert answer["monthly_fee_cents"] == 450


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("format = 1", "format = ", "line 4"),
        ("price_cents = 2500", "price_cents = 25.0", "tokens.price_cents"),
        ("price_cents = 2500", "price_cent = 2500", "tokens.price_cent"),
        ('timezone = "America/New_York"', 'timezone = "Mars/Olympus"', "hours.timezone"),
        ('platform = ["tokens"]', 'platform = ["gold"]', "hosting.platform"),
        ("billing = {}", "billing = { begin = { hours = -1 } }", "promises.tokens.billing"),
        ('mon = [["09:00", "23:00"]]', 'mon = [["25:00", "23:00"]]', "hours.weekly.mon"),
    ],
)
def test_a_broken_document_is_named_with_its_key(
    old: str, new: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert DOCUMENT.count(old) == 1
    file = tmp_path / "policy.toml"
    file.write_text(DOCUMENT.replace(old, new), encoding="utf-8")
    assert main(["simulate", "--policy", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert str(file) in err
    assert says in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"\x00\x01", b"a = " + b"[" * 5000, b"x" * 600_000]
)
def test_a_document_of_another_kind(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(content)
    assert main(["simulate", "--policy", str(file)]) == 2
    err = capsys.readouterr().err
    assert str(file) in err
    assert len(err.splitlines()) == 1
    assert main(["simulate", "--policy", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err


# --- Start -------------------------------------------------------------------------------------------------------


def test_it_starts_without_a_database_or_a_window() -> None:
    code = (
        "import sys; from console.__main__ import main; code = main(['simulate', '-']);"
        "heavy = ('sqlalchemy', 'alembic', 'psycopg', 'PySide6');"
        "print([name for name in heavy if name in sys.modules]); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(GOOD), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    lines = (json.dumps(GOOD) + "\n") * 2000
    script = f'"{sys.executable}" -m console simulate | head -n 1; exit 0'
    done = subprocess.run(["/bin/sh", "-c", script], input=lines, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["charged"] == 1
    assert done.stderr == ""
