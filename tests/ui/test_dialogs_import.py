"""The import dialog at a real desk: look, adjust, import all or nothing, and say what was left out."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from console.services import queue, tokens
from console.services.importing import preset, preview
from console.services.importing.formats import Format
from console.ui.format import Times
from console.ui.theme import Appearance, theme
from console.ui.views.dialogs.import_file import ImportDialog
from console.ui.views.dialogs.import_model import RejectedModel, SampleModel
from tests.support.desks import MORGAN, ROSA, Office, office
from tests.support.dialogs import Booth, booth_at
from tests.support.guarded import guarded_office
from tests.support.live import hold_acts

HEADING = ("external_id", "account", "hosting", "option", "requester_name", "requester_is_administrator",
           "priority", "subject", "body", "opened_at", "status")  # fmt: skip


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def booth(qtbot: QtBot, at: Office) -> Iterator[Booth]:
    with booth_at(qtbot, at, MORGAN) as opened:
        yield opened


def row(number: int, priority: str = "standard", opened: str = "2026-11-20T10:00:00Z") -> tuple[str, ...]:
    return (str(number), "Acme", "shared", "flat_rate_users", "Ann", "yes", priority, f"<b>Issue {number}</b>",
            "It is broken.", opened, "open")  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADING)
        writer.writerows([row(1), row(2, "weird"), row(3, opened="some day"), row(4, "urgent")])
    return path


def chosen(booth: Booth, path: Path) -> ImportDialog:
    dialog = booth.open(ImportDialog, "import_file", path=path)
    booth.settle()
    return dialog


def stored(booth: Booth) -> int:
    desk = booth.office.desk
    return len(queue.keys(desk, queue.view_query(desk, "queue")))


def test_at_a_shared_database_it_says_whose_login_imports(qtbot: QtBot, guarded_url: str, file: Path) -> None:
    with guarded_office(guarded_url) as shared, booth_at(qtbot, shared, MORGAN) as opened:
        dialog = chosen(opened, file)
        assert "needs the login of its owner" in dialog.said()
        assert (dialog.primary.isEnabled(), dialog._stack.isVisible()) == (False, False)


def test_a_file_is_looked_through_before_anything_is_written(booth: Booth, file: Path) -> None:
    dialog = chosen(booth, file)
    assert dialog._format.currentText() == "Support Console, CSV"
    assert dialog._counts.text().startswith("2 tickets · 1 account · 2 rejected")
    assert dialog.primary.text() == "Import 2 tickets"
    assert dialog._samples.rowCount() == 2
    assert dialog._samples.data(dialog._samples.index(0, 7)) == "<b>Issue 1</b>"
    assert stored(booth) == 0
    assert not tokens.accounts(booth.office.desk)


def test_a_word_is_given_a_meaning_and_its_rows_come_in(booth: Booth, file: Path) -> None:
    dialog = chosen(booth, file)
    combo = dialog.words.combo("priority", "weird")
    assert combo.currentData() == ""
    combo.setCurrentIndex(combo.findData("standard"))
    combo.activated.emit(combo.currentIndex())
    booth.settle()
    assert dialog.primary.text() == "Import 3 tickets"


def test_another_database_ends_an_import_and_its_dialog(booth: Booth, file: Path, tmp_path: Path) -> None:
    dialog = chosen(booth, file)
    assert booth.context.desk is not None
    may_go_on = hold_acts(booth.context.desk)
    dialog.commit()
    with office(f"sqlite:///{tmp_path / 'other.sqlite3'}") as other:
        booth.context.enter(other.at(MORGAN))
        booth.context.signals.desk_opened.emit(booth.context.desk)
        booth.until(lambda: booth.is_closed(dialog))
        may_go_on.set()
        booth.settle()
        assert not tokens.accounts(booth.context.desk)
    assert stored(booth) == 0


def test_a_field_takes_another_column(booth: Booth, file: Path) -> None:
    dialog = chosen(booth, file)
    combo = dialog.fields.combo("subject")
    combo.setCurrentIndex(combo.findText("body"))
    combo.activated.emit(combo.currentIndex())
    booth.settle()
    assert dialog._samples.data(dialog._samples.index(0, 7)) == "It is broken."


def test_ctrl_enter_imports_and_says_where_the_rest_went(booth: Booth, file: Path) -> None:
    dialog = chosen(booth, file)
    booth.commit()
    assert dialog.said() == "2 tickets added, 1 new account, 2 rejected."
    assert stored(booth) == 2
    assert (file.parent / "tickets.rejected.csv").exists()
    assert dialog._rejected.rowCount() == 2
    assert booth.told[-1].words == dialog.said()
    booth.commit()
    assert booth.is_closed(dialog)


def test_a_second_import_adds_nothing(booth: Booth, file: Path) -> None:
    for expected in (
        "2 tickets added, 1 new account, 2 rejected.",
        "0 tickets added, 2 known already, 2 rejected.",
    ):
        dialog = chosen(booth, file)
        booth.commit()
        assert dialog.said() == expected
        booth.commit()
    assert stored(booth) == 2


def test_stopping_saves_nothing(booth: Booth, file: Path) -> None:
    with file.open("a", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(row(number) for number in range(100, 4_000))
    dialog = chosen(booth, file)
    dialog.commit()
    dialog.reject()
    assert dialog.isVisible()
    booth.settle()
    assert dialog.said() == "The import was cancelled; nothing of the file was saved."
    assert stored(booth) == 0
    assert dialog.primary.isEnabled()
    dialog.reject()
    booth.settle()
    assert booth.is_closed(dialog)


def test_what_cannot_be_read_is_said(booth: Booth, tmp_path: Path) -> None:
    bad = tmp_path / "holiday.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    dialog = chosen(booth, bad)
    assert dialog.said()
    assert not dialog.primary.isEnabled()
    gone = chosen(booth, tmp_path / "gone.csv")
    assert gone.said()


def test_another_systems_export_is_detected(booth: Booth, tmp_path: Path) -> None:
    ticket = {
        "id": 7, "subject": "Slow", "description": "Very slow", "status": "open", "priority": "high",
        "created_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T10:00:00Z", "requester_id": 9,
        "organization_id": None, "via": {"channel": "email"}, "url": "https://example.invalid/7.json",
    }  # fmt: skip
    path = tmp_path / "zendesk.json"
    path.write_text(json.dumps({"tickets": [ticket]}), encoding="utf-8")
    dialog = chosen(booth, path)
    assert dialog._format.currentText().startswith("Zendesk")
    assert dialog.primary.text() == "Import 1 ticket"


def test_a_supervisor_may_look_and_is_refused(booth: Booth, file: Path) -> None:
    booth.sit(ROSA)
    dialog = chosen(booth, file)
    booth.commit()
    assert "Only an agent or a manager can import tickets." in dialog.said()
    assert stored(booth) == 0


def test_both_models_keep_qts_rules(qtbot: QtBot, file: Path) -> None:
    samples, rejected = SampleModel(), RejectedModel()
    for model in (samples, rejected):
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    found = preview(file, preset(Format.CONSOLE_CSV))
    samples.show_tickets(found.samples, Times())
    rejected.show_rows(found.rejected)
    assert (samples.rowCount(), rejected.rowCount()) == (2, 2)
    samples.show_tickets((), Times())


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_it_fits_its_window(booth: Booth, file: Path, scale: float) -> None:
    booth.window.resize(1280, 720)
    theme().choose(Appearance.DARK)
    theme().set_scale(scale)
    dialog = chosen(booth, file)
    assert dialog.width() <= 1280
    assert dialog.height() <= 720
    assert dialog.primary.geometry().right() < dialog.width()
    for name in ("fields", "words", "rejected", "sample"):
        dialog._tabs.choose(name)
        dialog._on_tab(name)
        assert not dialog.grab().isNull()
