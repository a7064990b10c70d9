"""The settings file: every key, its limits, and every way in which the file can be wrong."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import settings
from console.settings import Backup, Log, Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def put(file: Path, content: bytes) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file


def test_without_a_file_the_defaults_hold_and_nobody_is_told_of_a_fault(file: Path) -> None:
    assert settings.load(file) == settings.Loaded(Settings())


def test_what_is_saved_is_what_is_loaded(file: Path) -> None:
    chosen = replace(
        Settings(),
        database="postgresql+psycopg://alex@db.internal/support",
        backup=Backup(kept_days=90),
        log=Log(level="debug", kept_files=9, part_kib=64),
    )
    settings.save(chosen, file)
    assert settings.load(file) == settings.Loaded(chosen)


def test_each_key_is_written_with_its_meaning_and_limits() -> None:
    text = settings.written(Settings())
    assert "# daily backups kept, days (1 to 3650)\nkept_days = 14" in text
    assert "# least level written (debug, info, warning, error)" in text
    assert set(tomllib.loads(text)) == {"database", "backup", "log"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[log]\nlevel = 'loud'", "log.level must be one of debug, info, warning, error"),
        (b"[log]\nkept_files = 500", "log.kept_files must be between 1 and 100, not 500"),
        (b"[backup]\nkept_days = true", "backup.kept_days must be a whole number"),
        (b"backup = 3", "backup must be a section, [backup]"),
        (b"[log]\nlevel = 7", "log.level must be a text in quotes"),
        (b"colour = 'red'", "colour is not known"),
        (b"[log]\nfolder = 1", "log.folder is not known"),
    ],
)
def test_a_wrong_key_costs_only_itself_and_is_named(file: Path, content: bytes, words: str) -> None:
    put(file, b"database = 'sqlite:///kept.db'\n" + content)
    loaded = settings.load(file)
    assert len(loaded.problems) == 1
    assert words in loaded.problems[0]
    assert loaded.settings == replace(Settings(), database="sqlite:///kept.db")
    assert file.exists()


@pytest.mark.parametrize("content", [b"[backup", b"\xff\xfe\x00", b"a = 1\na = 2", b"\x00" * 64])
def test_a_damaged_file_is_kept_aside_and_the_defaults_hold(file: Path, content: bytes) -> None:
    put(file, content)
    loaded = settings.load(file)
    assert loaded.settings == Settings()
    assert "damaged" in loaded.problems[0]
    assert loaded.kept_aside is not None
    assert loaded.kept_aside.read_bytes() == content
    assert not file.exists()


def test_a_second_damaged_file_does_not_replace_the_first_one_kept(file: Path) -> None:
    first = settings.load(put(file, b"[one")).kept_aside
    second = settings.load(put(file, b"[two")).kept_aside
    assert first is not None
    assert second is not None
    assert (first.read_bytes(), second.read_bytes()) == (b"[one", b"[two")


def test_saving_over_a_faulty_file_keeps_it_aside(file: Path) -> None:
    put(file, b"colour = 'red'")
    settings.save(Settings(), file)
    assert [each.read_bytes() for each in file.parent.glob("*.broken-*")] == [b"colour = 'red'"]
    assert settings.load(file).problems == ()


def test_a_folder_in_place_of_the_file_is_told_and_survived(tmp_path: Path) -> None:
    loaded = settings.load(tmp_path)
    assert loaded.settings == Settings()
    assert "cannot be read" in loaded.problems[0]


@pytest.mark.parametrize("content", [b"a = " + b"[" * 5_000, b"# " + b"x" * 200_000])
def test_what_is_no_settings_file_is_told_and_kept_aside(file: Path, content: bytes) -> None:
    loaded = settings.load(put(file, content))
    assert loaded.settings == Settings()
    assert len(loaded.problems) == 1


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file without an end here")
def test_a_file_without_an_end_is_not_read(file: Path) -> None:
    put(file, b"").unlink()
    file.symlink_to("/dev/zero")
    assert "it is no file" in settings.load(file).problems[0]


def test_an_empty_file_and_a_byte_order_mark_are_fine(file: Path) -> None:
    assert settings.load(put(file, b"")) == settings.Loaded(Settings())
    assert settings.load(put(file, b"\xef\xbb\xbf[backup]\nkept_days = 3")).settings.backup.kept_days == 3


def test_a_password_is_neither_used_nor_repeated_nor_written(file: Path) -> None:
    put(file, b"database = 'postgresql://alex:s3cret@db/support'")
    loaded = settings.load(file)
    assert loaded.settings.database == "postgresql://alex@db/support"
    assert "pgpass" in loaded.problems[0]
    assert "s3cret" not in loaded.problems[0]
    assert "s3cret" not in settings.written(
        replace(Settings(), database="postgresql://alex:s3cret@db/support")
    )


def test_a_file_that_cannot_be_replaced_stays_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.save(Settings(), file)
    before = file.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(settings.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        settings.save(replace(Settings(), database="sqlite:///other.db"), file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_survives_the_file(text: str) -> None:
    if "@" not in text:
        assert tomllib.loads(settings.written(replace(Settings(), database=text)))["database"] == text


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("postgresql://ann:secret@db/x", "postgresql://ann@db/x"),
        ("postgresql://ann@db/x?password=secret", "postgresql://ann@db/x"),
        ("postgresql://db/x?password=secret&port=5433", "postgresql://db/x?port=5433"),
        ("postgresql://db/x?port=5433&password=secret", "postgresql://db/x?port=5433"),
    ],
)
def test_no_password_of_an_address_is_written_or_used(tmp_path: Path, address: str, kept: str) -> None:
    assert f'"{kept}"' in settings.written(replace(Settings(), database=address))
    file = tmp_path / "settings.toml"
    file.write_text(f"database = '{address}'", encoding="utf-8")
    loaded = settings.load(file)
    assert loaded.settings.database == kept
    assert "holds a password" in loaded.problems[0]
