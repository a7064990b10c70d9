"""Every command: what it prints, its exit code, and one sentence instead of a traceback."""

import csv
import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from console import paths
from console.cli.main import COMMANDS
from tests.cli.conftest import Run

# --- Everywhere --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_everywhere(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0
    assert done.out.startswith(f"usage: support-console {command}")
    assert done.err == ""


def test_help_of_the_program_lists_every_command_and_the_exit_codes(run: Run) -> None:
    done = run("--help")
    assert done.code == 0
    assert all(f"    {name} " in done.out for name in COMMANDS)
    assert "Exit codes: 0 done" in done.out
    assert run("--version").out.startswith("Support Console ")


@pytest.mark.parametrize(
    "words",
    [
        ["dance"],
        ["queue", "--fast"],
        ["queue", "--limit", "many"],
        ["statement"],
        ["report", "--period", "eternity"],
        ["report", "--from", "yesterday"],
        ["report", "--from", "9999-12-31", "--to", "9999-12-31"],
        ["statement", "Juniper", "--from", "0001-01-01"],
        ["import"],
        ["restore"],
        ["screenshots"],
        ["simulate", "--policy"],
        [],
    ],
)
def test_misuse_is_said_in_a_line_or_two(run: Run, words: list[str]) -> None:
    done = run(*words)
    assert done.code == 2
    assert "usage: support-console" in done.err + done.out


NEEDS_A_DATABASE: Sequence[list[str]] = (
    ["queue"],
    ["sweep"],
    ["report"],
    ["statement", "Juniper"],
    ["import", "examples.csv"],
    ["check"],
    ["migrate"],
    ["people"],
    ["policy"],
)


@pytest.mark.parametrize("words", NEEDS_A_DATABASE, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mysql://localhost/x", 2),
        ("postgresql://h:port/x", 2),
        ("postgresql://127.0.0.1:1/x?bogus=1", 2),
        ("postgresql://nobody@127.0.0.1:1/x", 3),
        ("sqlite:///{folder}", 2),
        ("sqlite:///{folder}/none/x.sqlite3", 2),
        ("sqlite:///{folder}/text.txt", 2),
        ("sqlite:///{folder}/foreign.sqlite3", 2),
        ("sqlite:///a%00b", 2),
        ("://", 2),
    ],
)
def test_a_database_that_cannot_be_used_is_one_sentence(
    run: Run, folder: Path, words: list[str], url: str, code: int
) -> None:
    (folder / "text.txt").write_text("This is no database.\n" * 200)
    with closing(sqlite3.connect(folder / "foreign.sqlite3")) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    (folder / "examples.csv").write_bytes((paths.resources() / "import" / "example.csv").read_bytes())
    words = [str(folder / word) if word.endswith(".csv") else word for word in words]
    done = run("--database", url.format(folder=folder), *words)
    if words == ["migrate"]:
        code = 2  # a shared database is upgraded by its owner's command
    assert done.code == code
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("support-console: ")


@pytest.mark.parametrize("words", [*NEEDS_A_DATABASE[:4], ["check"], ["people"]], ids=lambda words: words[0])
def test_a_newer_schema_is_refused_by_name(run: Run, sample: Path, words: list[str]) -> None:
    with closing(sqlite3.connect(sample)) as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        assert "alembic_version" in tables
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE least_console SET schema_number = 9999")
        connection.commit()
    done = run(*words)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert "newer" in done.err.lower() or "9999" in done.err


def test_a_data_folder_that_cannot_be_made(run: Run, folder: Path) -> None:
    (folder / "file").write_text("x")
    done = run("--data-dir", str(folder / "file" / "below"), "queue")
    assert done.code == 3
    assert str(folder / "file") in done.err
    assert "Traceback" not in done.err


def test_who_is_not_on_the_people_list_is_told_so(run: Run, sample: Path) -> None:
    assert run("people", "ira", "--name", "Ira", "--roles", "administrator").code == 0
    done = run("queue")
    assert done.code == 2
    assert "People list" in done.err


def test_no_command_loads_qt(sample: Path) -> None:
    code = (
        "import sys; from console.__main__ import main\n"
        f"data = ['--data-dir', {str(sample.parent)!r}]\n"
        "for words in (['queue'], ['sweep'], ['report'], ['check'], ['doctor'], ['policy'], ['backup']):\n"
        "    main([*data, *words])\n"
        "print([name for name in sys.modules if name.startswith(('PySide6', 'shiboken6', 'console.ui'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_leaves_early_and_a_full_disk(sample: Path) -> None:
    command = f'"{sys.executable}" -m console --data-dir "{sample.parent}" queue'
    done = subprocess.run(
        ["/bin/sh", "-c", f"{command} | head -n 1"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Ticket")
    assert done.stderr == ""
    if Path("/dev/full").exists():
        full = subprocess.run(
            ["/bin/sh", "-c", f"{command} > /dev/full"], capture_output=True, text=True, check=False
        )
        assert full.returncode == 2
        assert len(full.stderr.splitlines()) == 1


def test_a_terminal_of_another_encoding_gets_question_marks(sample: Path) -> None:
    environment = dict(os.environ, PYTHONIOENCODING="latin-1")
    for words in (["queue"], ["queue", "--json"], ["report", "--csv", "-"], ["statement", "Juniper"]):
        done = subprocess.run(
            [sys.executable, "-m", "console", "--data-dir", str(sample.parent), *words],
            capture_output=True,
            check=False,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == b""


# --- queue -------------------------------------------------------------------------------------------------------


def test_the_queue_is_printed_next_deadline_first(run: Run, sample: Path) -> None:
    done = run("queue")
    assert done.code == 0
    head, *rows, last = done.out.splitlines()
    assert head.split()[:2] == ["Ticket", "Due"]
    assert "late" in rows[0]
    assert last == f"{len(rows)} open"
    limited = run("queue", "--limit", "2").out.splitlines()
    assert limited[:-1] == [limited[0], *limited[1:3]]
    assert limited[-1] == f"{len(rows)} open, {len(rows) - 2} not shown"


def test_the_queue_is_filtered(run: Run, sample: Path) -> None:
    everything = run("queue", "--json").lines()
    emergencies = run("queue", "--json", "priority:emergency").lines()
    assert [row["id"] for row in emergencies] == [
        row["id"] for row in everything if row["priority"] == "emergency"
    ]
    both = run("queue", "--json", "priority:emergency", "is:unclaimed").lines()
    assert 0 < len(both) < len(emergencies)
    word = run("queue", "--json", "newsletter").lines()
    assert [row["subject"] for row in word] == ["Newsletter footer shows last year’s logo in Outlook"]
    assert all(row["due_at"] is None or row["due_at"].endswith("Z") for row in everything)


@pytest.mark.parametrize("filter", ["priority:huge", "due:<soon", "colour:red", "x" * 2000])
def test_a_filter_that_cannot_be_read_is_refused(run: Run, sample: Path, filter: str) -> None:
    done = run("queue", filter)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("support-console: The filter: ")


def test_an_empty_desk_is_no_fault(run: Run) -> None:
    assert run("queue").out.splitlines()[-1] == "0 open"
    assert run("queue", "--json").out == ""
    assert run("sweep").code == 0
    assert run("report").code == 0
    assert run("check").out == "Everything adds up.\n"


# --- sweep, report, statement ------------------------------------------------------------------------------------


def test_a_second_sweep_adds_nothing(run: Run, sample: Path) -> None:
    assert run("sweep").code == 0
    again = run("sweep", "--json")
    assert again.json() == {"guarantees": 0, "goals": 0, "credited": 0, "tickets": [], "failed": []}
    assert run("check").code == 0


def test_the_report_in_words_as_json_and_for_a_spreadsheet(run: Run, sample: Path, tmp_path: Path) -> None:
    words = run("report", "--period", "7_days")
    assert words.code == 0
    assert "Guarantees met" in words.out
    figures = run("report", "--period", "7_days", "--json").json()
    assert figures["tiles"]["missed"] == len(figures["missed"]) > 0
    printed = run("report", "--csv", "-")
    rows = list(csv.reader(io.StringIO(printed.out)))
    assert rows[0][:3] == ["ticket", "account", "support option"]
    target = tmp_path / "breaches.csv"
    assert run("report", "--csv", str(target)).code == 0
    written = list(csv.reader(io.StringIO(target.read_bytes().decode("utf-8-sig"), newline="")))
    late = rows[0].index("late by (seconds)")
    assert [row[:late] + row[late + 1 :] for row in written] == [row[:late] + row[late + 1 :] for row in rows]
    one_day = run("report", "--from", "2020-01-01", "--to", "2020-01-01", "--json").json()
    assert one_day["tiles"]["due"] == 0


@pytest.mark.parametrize(
    "words", [["--from", "2026-02-01", "--to", "2026-01-01"], ["--from", "1970-01-01", "--to", "2999-01-01"]]
)
def test_a_period_upside_down_or_endless(run: Run, sample: Path, words: list[str]) -> None:
    done = run("report", *words)
    assert (done.code, done.out) == (2, "")


def test_one_end_of_a_period_is_enough(run: Run, sample: Path) -> None:
    assert run("report", "--from", "2026-01-01").code == 0
    assert run("report", "--to", "2026-01-31").code == 0


def test_a_statement_in_words_as_json_and_for_a_spreadsheet(run: Run, sample: Path, tmp_path: Path) -> None:
    words = run("statement", "juniper dental group", "--from", "2020-01-01")
    assert words.code == 0
    assert "closing balance" in words.out.splitlines()[-1]
    found = run("statement", "Juniper", "--from", "2020-01-01", "--json").json()
    assert found["opening"] == 0
    assert found["closing"] == sum(line["tokens"] for line in found["lines"])
    printed = run("statement", "Juniper", "--from", "2020-01-01", "--csv", "-")
    rows = list(csv.reader(io.StringIO(printed.out)))
    assert rows[-1][3] == "closing balance"
    assert int(rows[-1][7]) == found["closing"]
    target = tmp_path / "statement.csv"
    assert run("statement", "Juniper", "--from", "2020-01-01", "--csv", str(target)).code == 0
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Nobody & Sons"], "There is no account named Nobody & Sons."),
        (["e"], "Give more of the name."),
        (["\x1b[31mred"], "There is no account named  [31mred."),
        (["Juniper", "--from", "2026-12-01", "--to", "2026-11-01"], "The first day lies after the last."),
        (["Juniper", "--csv", "/nowhere/statement.csv"], "/nowhere/statement.csv: No such file or directory"),
    ],
)
def test_a_statement_that_cannot_be_made(run: Run, sample: Path, words: list[str], says: str) -> None:
    done = run("statement", *words)
    assert done.code == 2
    assert says in done.err
    assert "\x1b" not in done.err


# --- import ------------------------------------------------------------------------------------------------------


def test_an_import_with_a_look_before_it(run: Run, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_bytes((paths.resources() / "import" / "example.csv").read_bytes())
    look = run("import", str(file), "--dry-run")
    assert look.code == 0
    assert "tickets" in look.out
    assert not (folder / "console.sqlite3").exists(), "a look writes nothing"
    assert run("import", str(file), "--dry-run", "--json").json()["tickets"] > 0
    done = run("import", str(file), "--json")
    assert done.json()["added"] > 0
    again = run("import", str(file), "--json").json()
    assert (again["added"], again["known"]) == (0, done.json()["added"])
    assert run("check").code == 0


def test_rejected_rows_make_exit_code_2_and_the_rest_is_in(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "tickets.csv"
    file.write_text(
        "external_id,account,hosting,option,requester_name,requester_is_administrator,priority,subject,opened_at,status\n"
        "A,Acme,dedicated,flat_rate_users,Jo,yes,standard,Good,2026-01-01T00:00:00Z,open\n"
        "B,Acme,dedicated,flat_rate_users,Jo,yes,huge,Bad \x1b[31m,2026-01-01T00:00:00Z,open\n"
    )
    done = run("import", str(file))
    assert done.code == 2
    assert "1 tickets added, 0 known already, 1 rejected." in done.out
    assert "tickets.rejected.csv" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"{", b"hello\n", b"\xff\xfe", b"PK\x03\x04rest"])
def test_files_of_another_kind(run: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "tickets.csv"
    file.write_bytes(content)
    done = run("import", str(file))
    assert done.code == 2
    assert done.err.startswith("support-console: ")
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ["none.csv"],
        ["."],
        ["x.csv", "--set", "nothing"],
        ["x.csv", "--mapping", "none.toml"],
        ["x.csv", "--format", "xml"],
    ],
)
def test_arguments_of_an_import_that_cannot_be_used(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("external_id,subject\nA,B\n")
    assert run("import", *words).code == 2


@pytest.mark.parametrize(
    "words", ["host=127.0.0.1 password=s3cr3t", " ", "a\tb", "sqlite:///missing/x.sqlite3"]
)
def test_what_names_no_database_makes_none(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    done = run("--database", words, "queue")
    assert (done.code, len(done.err.splitlines()), "s3cr3t" in done.err) == (2, 1, False)
    assert list(here.iterdir()) == []


def test_reading_makes_no_database_that_was_named(run: Run, tmp_path: Path) -> None:
    done = run("--database", f"sqlite:///{tmp_path}/other.sqlite3", "queue")
    assert (done.code, "There is no database at" in done.err) == (2, True)
    assert not (tmp_path / "other.sqlite3").exists()


# --- check, backup, restore, migrate, doctor, demo ---------------------------------------------------------------


def test_heads_are_written_and_compared(run: Run, sample: Path, tmp_path: Path) -> None:
    file = tmp_path / "heads.txt"
    written = run("check", "--heads", str(file))
    assert (written.code, written.out) == (0, f"Everything adds up.\nHeads written to {file}\n")
    assert run("check", "--against", str(file)).code == 0
    assert run("check", "--heads", str(file)).code == 2
    assert "is a folder; name the file" in run("check", "--against", str(tmp_path)).err
    lines = file.read_text(encoding="utf-8").splitlines()
    account, seq, *rest = lines[4].split("\t")
    lines[4] = "\t".join([account, str(int(seq) + 2), *rest])
    file.write_text("\n".join(lines), encoding="utf-8")
    missing = run("check", "--against", str(file), "--heads", str(tmp_path / "new.txt"))
    assert (missing.code, "missing since" in missing.out) == (1, True)
    assert "No heads were written" in missing.out
    assert not (tmp_path / "new.txt").exists()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entry SET tokens = tokens + 1 WHERE id = 3",
        "DELETE FROM entry WHERE id = 3",
        "UPDATE account SET balance = balance + 5 WHERE id = (SELECT min(account_id) FROM entry)",
        "DELETE FROM fact WHERE number = 7",
    ],
)
def test_planted_damage_is_found_and_named(run: Run, sample: Path, damage: str) -> None:
    with closing(sqlite3.connect(sample)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(damage)
        connection.commit()
    done = run("check")
    assert done.code == 1
    assert done.out.splitlines()[-1].endswith(("1 difference.", "differences."))
    assert len(run("check", "--json").json()["differences"]) >= 1


def test_backup_and_restore_bring_everything_back(run: Run, sample: Path, tmp_path: Path) -> None:
    before = run("queue", "--json").lines()
    target = tmp_path / "kept.sqlite3"
    assert run("backup", str(target)).code == 0
    assert target.stat().st_mode & 0o777 == 0o600
    assert run("backup", str(target)).code == 2, "an existing file is never overwritten"
    with closing(sqlite3.connect(sample)) as connection:
        connection.execute("DELETE FROM person_role")
        connection.execute("UPDATE ticket SET subject = 'gone'")
        connection.commit()
    done = run("restore", str(target))
    assert done.code == 0
    assert "kept in" in done.out
    ids = [(row["id"], row["subject"]) for row in run("queue", "--json").lines()]
    assert ids == [(row["id"], row["subject"]) for row in before]
    assert run("check").code == 0
    assert run("backup").code == 0


def test_a_backup_is_named_as_the_shell_names_it(
    run: Run, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("backup", "kept.sqlite3").code == 0
    assert run("restore", "kept.sqlite3").code == 0
    assert run("backup", "nowhere/kept.sqlite3").code == 2


@pytest.mark.parametrize("name", ["none.sqlite3", ".", "text.txt", "empty.sqlite3"])
def test_what_is_no_backup_replaces_nothing(run: Run, sample: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "text.txt").write_text("no database\n" * 500)
    (tmp_path / "empty.sqlite3").write_bytes(b"")
    before = run("queue", "--json").out
    done = run("restore", str(tmp_path / name))
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert len(run("queue", "--json").out.splitlines()) == len(before.splitlines())


def test_backing_up_nothing_or_a_shared_database(run: Run, tmp_path: Path) -> None:
    assert run("backup").code == 2
    shared = run("--database", "postgresql://127.0.0.1:1/x", "backup")
    assert shared.code == 2
    assert "pg_dump" in shared.err


def test_migrate_says_what_was_done(run: Run, sample: Path) -> None:
    done = run("migrate")
    assert done.code == 0
    assert "Nothing was done" in done.out


def test_doctor_looks_and_makes_no_database(run: Run, folder: Path) -> None:
    done = run("doctor", "--json")
    assert done.code in (0, 1)
    found = {each["what"] for each in done.json()}
    assert {"program", "policy", "zones", "data folder", "database"} <= found
    assert not (folder / "console.sqlite3").exists()


def test_doctor_on_a_damaged_database(run: Run, folder: Path) -> None:
    (folder / "console.sqlite3").write_text("this is no database " * 500)
    done = run("doctor")
    assert done.code == 1
    assert "FAIL  database:" in done.out


def test_demo_fills_and_never_removes_a_real_database(run: Run, folder: Path) -> None:
    file = folder / "console.sqlite3"
    assert run("sweep").code == 0
    assert file.exists()
    done = run("demo", "--fresh")
    assert done.code == 2
    assert "not a sample database" in done.err
    assert run("queue").out.splitlines()[-1] == "0 open"


def test_demo_again_keeps_what_is_there(run: Run, sample: Path) -> None:
    before = run("queue", "--json").lines()
    done = run("demo")
    assert done.code == 0
    assert "labelled as sample" in done.out
    assert [row["id"] for row in run("queue", "--json").lines()] == [row["id"] for row in before]


# --- Words that a terminal would obey ----------------------------------------------------------------------------


def test_a_customers_control_characters_never_reach_the_terminal(run: Run, sample: Path) -> None:
    wild = "\x1b[2Jcls\x07\x9b31m\u202egpj.exe\u2066\r\nnext"
    with closing(sqlite3.connect(sample)) as connection:
        connection.execute("UPDATE ticket SET subject = ?, owner_name = ?", (wild, wild))
        connection.execute("UPDATE account SET name = name || ?", (wild,))
        connection.commit()
    for words in (
        ["queue"],
        ["queue", "--json"],
        ["report", "--period", "quarter"],
        ["report", "--json"],
        ["report", "--csv", "-"],
        ["statement", "Juniper"],
        ["statement", "Juniper", "--json"],
        ["statement", "Juniper", "--csv", "-"],
        ["statement", "e"],
    ):
        done = run(*words)
        text = (done.out + done.err).replace("\r\n", "\n") if "--csv" in words else done.out + done.err
        assert not [c for c in text if not c.isprintable() and c != "\n"], words
        if "--json" in words:
            assert done.lines()


def test_less_than_a_verified_server_is_refused_in_one_sentence(run: Run) -> None:
    done = run("--database", "postgresql://alex@db.example.com/support?sslmode=require", "queue")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "nobody checks that the server is the right one" in done.err
    assert "accept_sslmode=require" in done.err
