"""Folders and resources."""

import stat
from pathlib import Path

import pytest

from console import paths


def test_the_platforms_folders_are_this_programs_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folders = paths.folders()
    assert folders.database == tmp_path / "data" / "support-console" / "console.sqlite3"
    assert folders.log == tmp_path / "state" / "support-console" / "log"


def test_one_folder_holds_everything_when_it_is_named(tmp_path: Path) -> None:
    folders = paths.folders(tmp_path / "stick")
    for path in (folders.database, folders.backups, folders.settings_file, folders.window_file, folders.log):
        assert path.is_relative_to(tmp_path / "stick")


def test_a_relative_folder_becomes_absolute_so_a_change_of_folder_cannot_split_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.folders("here").data == tmp_path / "here"


def test_ensure_makes_private_folders_and_may_be_repeated(tmp_path: Path) -> None:
    folders = paths.folders(tmp_path / "a" / "b")
    folders.ensure()
    folders.ensure()
    assert stat.S_IMODE(folders.data.stat().st_mode) == 0o700
    assert folders.config.is_dir()
    assert folders.cache.is_dir()


def test_ensure_names_the_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError, match="file") as caught:
        paths.folders(tmp_path / "file" / "data").ensure()
    assert str(caught.value.filename).startswith(str(tmp_path / "file"))


def test_resources_hold_the_policy_in_a_checkout() -> None:
    assert list((paths.resources() / "policy").glob("*.toml"))
