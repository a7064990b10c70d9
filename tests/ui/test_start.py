"""The window's start: settings and log are begun after it is on screen, and what is wrong is told in its bar."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from console import log, paths
from console.ui.actions import Commands
from console.ui.app import Options, begin, main
from console.ui.desk import Wiring
from console.ui.main_window import MainWindow
from console.ui.remember import Remember

ROOT = Path(__file__).resolve().parents[2]


def configured(data: Path, text: str) -> paths.Folders:
    folders = paths.folders(data)
    folders.ensure()
    folders.settings_file.write_text(text, encoding="utf-8")
    return folders


def test_the_settings_name_the_database_and_the_command_line_beats_them(tmp_path: Path) -> None:
    folders = configured(tmp_path, "database = 'sqlite:///by-settings.db'\n[backup]\nkept_days = 3")
    try:
        begun, problems = begin(Options(), folders)
        assert (begun.database, begun.backups_kept, problems) == ("sqlite:///by-settings.db", 3, ())
        begun, _ = begin(Options(database="by-hand.db"), folders)
        assert begun.database == "by-hand.db"
        assert (folders.log / log.FILE_NAME).exists()
    finally:
        log.stop()


def test_no_window_opens_the_local_database_in_place_of_an_address_that_is_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--data-dir", str(tmp_path), "--database", ""])
    assert "--database is empty" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_wrong_is_a_sentence_for_the_bar(tmp_path: Path) -> None:
    folders = configured(tmp_path, "[log]\nlevel = 'loud'")
    folders.log.write_text("no folder")
    try:
        _, problems = begin(Options(), folders)
    finally:
        log.stop()
    assert [each.split()[0:2] for each in problems] == [["The", "setting"], ["No", "log"]]


def opened(bot: QtBot, folders: paths.Folders) -> str:
    """What the bar says once the desk is open and nothing is under way."""
    window = MainWindow(Commands(), Remember(folders.window_file))
    wiring = Wiring(window, Options(data_dir=str(folders.data), backups_kept=2))
    wiring.open_desk()
    bot.waitUntil(lambda: wiring.context.desk is not None and not wiring.background.busy(), timeout=10_000)
    said = window.notice.text()
    window.close()
    window.deleteLater()
    return said


def test_the_open_desk_is_backed_up_in_the_background(qtbot: QtBot, tmp_path: Path) -> None:
    assert opened(qtbot, configured(tmp_path, "")) == ""
    assert len(list((tmp_path / "backups").glob("*-daily.sqlite3"))) == 1


def test_a_backup_that_fails_is_told_and_the_desk_stays_open(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("no folder")
    assert "could not be written" in opened(qtbot, configured(tmp_path, ""))


def test_a_folder_that_cannot_be_made_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    run = subprocess.run(
        [sys.executable, "-m", "console", "--data-dir", str(tmp_path / "file" / "data"), "--smoke"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        timeout=60,
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr


def test_unattended_a_fault_ends_the_program_with_its_report(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom console.ui import app\nfrom console.ui.remember import Remember\nfrom pathlib import Path\n"
        "def broken(window):\n    raise RuntimeError('on purpose')\n"
        "sys.exit(app.run(Remember(Path(sys.argv[1]) / 'window.ini'), broken, unattended=True))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        timeout=60,
    )
    assert run.returncode == 1
    assert "RuntimeError" in run.stderr


def test_the_window_is_put_together_without_the_database_library() -> None:
    """It comes with the first question, in the background; before, it would hold up the window that is painted."""
    program = "import sys, console.ui.desk; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
