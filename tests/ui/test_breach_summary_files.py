"""The breach summary in every look, and its files: CSV and PDF say what the screen says."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from console.policy.errors import Invalid
from console.policy.terms import PromiseKind
from console.services.summary import Summary
from console.ui.theme import Appearance, theme
from console.ui.views import breach_summary_deeds as deeds
from console.ui.views.breach_summary import BreachSummaryPage
from console.ui.views.breach_summary_export import A4, CSV, CSV_BOM, LETTER
from console.ui.widgets.labels import ElidedLabel
from tests.support.desks import MORGAN, NOON, HandClock, Office, office
from tests.support.month import EVIL, month_in
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown, window_at


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A month with four misses on three tickets, two causes, a demotion, a goal missed, and October before it."""
    return month_in(tmp_path_factory.mktemp("month") / "console.sqlite3")


@pytest.fixture
def month(filled: bytes, tmp_path: Path) -> Iterator[Office]:
    """An office at a shown copy of that month."""
    file = tmp_path / "console.sqlite3"
    file.write_bytes(filled)
    with office(f"sqlite:///{file}", HandClock(NOON)) as opened:
        yield opened


@pytest.fixture
def shown(qtbot: QtBot, month: Office, tmp_path: Path) -> Iterator[Shown]:
    """A window of one's own at that month, for tests that change it."""
    with window_at(qtbot, month.at(MORGAN), tmp_path) as opened:
        opened.window.show_item("breach")
        opened.until(lambda: page_of(opened).summary() is not None)
        opened.quiet()
        yield opened


def page_of(shown: Shown) -> BreachSummaryPage:
    found = shown.window.findChild(BreachSummaryPage)
    assert isinstance(found, BreachSummaryPage)
    return found


def figures(shown: Shown) -> Summary:
    found = page_of(shown).summary()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("look", "scale"),
    [(Appearance.LIGHT, 1.0), (Appearance.DARK, 1.0), (Appearance.LIGHT, 2.0), (Appearance.DARK, 2.0)],
)
def test_nothing_is_cut_in_any_look(
    qtbot: QtBot, month: Office, tmp_path: Path, look: Appearance, scale: float
) -> None:
    theme().choose(look)
    theme().set_scale(scale)
    with window_at(qtbot, month.at(MORGAN), tmp_path, (1440, 900) if scale == 1 else (1280, 720)) as opened:
        opened.window.show_item("breach")
        opened.until(lambda: page_of(opened).summary() is not None)
        opened.quiet()
        page = page_of(opened)
        inside = page.area.widget()
        assert inside.width() <= page.area.viewport().width()
        if scale == 1:
            assert page.area.verticalScrollBar().maximum() == 0, "the first screen shows it all"
        opened.until(lambda: not _cut(inside))
        page.show_tables(on=True)
        assert not opened.window.grab().isNull()
        page.show_tables(on=False)
        assert not opened.window.grab().isNull()


def _cut(inside: QWidget) -> list[str]:
    """Words that have less room than they need and are not marked with an ellipsis."""
    labels = [label for label in inside.findChildren(QLabel) if label.isVisible() and label.text()]
    return [
        label.text()
        for label in labels
        if not isinstance(label, ElidedLabel) and label.width() < label.minimumSizeHint().width()
    ]


def test_ctrl_e_offers_both_files(shown: Shown) -> None:
    page = page_of(shown)
    shown.key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text().split(",")[0] for action in menu.actions()] == ["CSV", "PDF"]
    QTest.keyClick(menu, Qt.Key.Key_Return)
    shown.until(lambda: page.findChild(QFileDialog) is not None)
    dialog = page.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.nameFilters() == [CSV, CSV_BOM]
    assert "breach-summary-2026-11-01-to-2026-11-24.csv" in dialog.selectedFiles()[0]
    dialog.close()


def test_the_csv_says_what_the_screen_says(shown: Shown, tmp_path: Path) -> None:
    page, file = page_of(shown), tmp_path / "out.csv"
    page.exports.write_csv(file, bom=True)
    shown.until(lambda: "Wrote out.csv" in shown.window.toast.text())
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    guarantees = [row for row in rows if row["kind"] == PromiseKind.GUARANTEE]
    missed = [row for row in guarantees if row["missed"] == "yes"]
    tiles = figures(shown).tiles
    assert (len(guarantees), len(missed)) == (tiles.due, tiles.missed)
    assert sum(int(row["credited"]) for row in missed) == tiles.credited
    assert {row["account"] for row in rows} >= {EVIL}


def test_a_toast_offers_the_folder(shown: Shown, tmp_path: Path) -> None:
    page_of(shown).exports.write_csv(tmp_path / "out.csv")
    shown.until(lambda: bool(shown.window.toast.text()))
    assert shown.window.toast.focus_toast()
    assert shown.focus().accessibleName() == "Show in folder"


@pytest.mark.parametrize(("chosen", "size"), [(A4, (595, 842)), (LETTER, (612, 792))])
def test_the_pdf_says_what_the_screen_says(
    shown: Shown, tmp_path: Path, chosen: str, size: tuple[int, int]
) -> None:
    theme().choose(Appearance.DARK)  # paper stays light
    page, file = page_of(shown), tmp_path / "out.pdf"
    page.exports.write_pdf(file, letter=chosen == LETTER)
    shown.until(lambda: "Wrote out.pdf" in shown.window.toast.text())
    reader = PdfReader(file)
    box = reader.pages[0].mediabox
    assert (round(box.width), round(box.height)) == size
    first, rest = _text(reader, 0), "".join(_text(reader, at) for at in range(1, len(reader.pages)))
    for tile in page.tiles.values():
        for part in (tile.words().title, tile.words().figure, tile.words().beside, tile.words().change):
            assert _bare(part) in first, part
    for bar in page.priority.causes.bars():
        assert _bare(f"{bar.words}{bar.count}") in first
    for sheet in (page.priority.table.sheet(), page.missed.table.sheet()):
        for line in sheet.lines:
            assert "".join(_bare(cell.text) for cell in line.cells) in rest
    assert _bare(page.missed.sums.text()) in rest
    made = "generated Tue 24 Nov 2026, 2:28 PM Eastern · policy version 1"
    for number in range(len(reader.pages)):
        foot = f"1–24 November 2026, Eastern · All accounts · {made}"
        assert _bare(foot) in _text(reader, number)
        assert _bare(f"page {number + 1} of {len(reader.pages)}") in _text(reader, number)


def _text(reader: PdfReader, page: int) -> str:
    return _bare(reader.pages[page].extract_text())


def _bare(text: str) -> str:
    return "".join(text.split())


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(shown: Shown, tmp_path: Path) -> None:
    page = page_of(shown)
    for write in (page.exports.write_csv, page.exports.write_pdf):
        with Watchdog():
            page.message.hide()
            write(tmp_path / "nowhere" / "out")
            shown.until(page.message.isVisible)
        assert "could not be written" in page.message.text()
    with pytest.raises(Invalid):
        deeds.write_csv(figures(shown), tmp_path, bom=False)
