"""What every command begins with: the settings, the log, and which database is meant."""

from pathlib import Path

import pytest

from console.cli.main import main


def configured(data: Path, text: str) -> Path:
    file = data / "config" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_the_settings_name_the_database_and_the_command_line_beats_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path, f"database = 'sqlite:///{tmp_path}/by-settings.db'")
    assert main(["--data-dir", str(tmp_path), "migrate"]) == 0
    assert main(["--data-dir", str(tmp_path), "--database", f"{tmp_path}/by-hand.db", "migrate"]) == 0
    assert sorted(each.name for each in tmp_path.glob("*.db")) == ["by-hand.db", "by-settings.db"]
    assert not (tmp_path / "console.sqlite3").exists()
    assert capsys.readouterr().err == ""


def test_an_address_that_is_empty_is_not_the_local_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a variable of the shell that is not set: its heads would be kept as those of the shared one."""
    for words in (["people"], ["check", "--heads", str(tmp_path / "kept")]):
        assert main(["--data-dir", str(tmp_path), "--database", " ", *words]) == 2
        assert "--database is empty" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_looking_at_the_people_of_a_database_that_is_not_there_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data-dir", str(tmp_path), "--database", f"{tmp_path}/typed-wrong", "people"]) == 2
    assert "There is no database at" in capsys.readouterr().err
    assert not (tmp_path / "typed-wrong").exists()


def test_a_wrong_key_is_told_on_standard_error_and_the_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path, "[log]\nlevel = 'loud'")
    assert main(["--data-dir", str(tmp_path), "queue"]) == 0
    told = capsys.readouterr()
    assert told.err.startswith("support-console: The setting log.level must be one of")
    assert "open" in told.out


def test_the_log_stands_in_the_state_folder(tmp_path: Path) -> None:
    assert main(["--data-dir", str(tmp_path), "queue"]) == 0
    log = tmp_path / "state" / "log" / "console.log"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_is_told_and_the_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "log").write_text("no folder")
    assert main(["--data-dir", str(tmp_path), "queue"]) == 0
    assert "No log is written" in capsys.readouterr().err


def test_a_sweep_makes_the_backup_of_the_day_once(tmp_path: Path) -> None:
    for _ in range(2):
        assert main(["--data-dir", str(tmp_path), "sweep"]) == 0
    assert len(list((tmp_path / "backups").glob("*-daily.sqlite3"))) == 1


def test_a_backup_that_fails_is_told_and_the_sweep_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data-dir", str(tmp_path), "queue"]) == 0
    (tmp_path / "backups").write_text("no folder")
    assert main(["--data-dir", str(tmp_path), "sweep"]) == 0
    told = capsys.readouterr()
    assert "could not be written" in told.err
    assert "guarantees" in told.out


def test_simulate_reads_no_settings_and_writes_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configured(tmp_path, "[log]\nlevel = 'loud'")
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with empty.open(encoding="utf-8") as lines:
        monkeypatch.setattr("sys.stdin", lines)
        assert main(["--data-dir", str(tmp_path), "simulate"]) == 0
    assert not (tmp_path / "state").exists()
    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_made_costs_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "file"
    taken.write_text("no folder")
    assert main(["--data-dir", str(taken / "data"), "queue"]) == 3
    told = capsys.readouterr().err
    assert "cannot be made" in told
    assert "Traceback" not in told
