"""Writing the breach summary to files: CSV for spreadsheets, PDF for people; both say what the screen says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, QPoint, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu

from console.policy.errors import Problem
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.models import breach_words as words
from console.ui.views import breach_summary_deeds as deeds

if TYPE_CHECKING:
    from console.ui.views.breach_summary import BreachSummaryPage
    from console.ui.views.breach_summary_deeds import Loaded

CSV, CSV_BOM = "CSV (*.csv)", "CSV with a byte order mark, for spreadsheet programs (*.csv)"
A4, LETTER = "PDF, A4 (*.pdf)", "PDF, Letter (*.pdf)"
_LETTER_LANDS = (
    QLocale.Country.UnitedStates,
    QLocale.Country.Canada,
    QLocale.Country.Mexico,
    QLocale.Country.Philippines,
)


class Exports(QObject):
    """Asks for a file, writes it in the background, and says where it is."""

    def __init__(self, context: Context, page: BreachSummaryPage) -> None:
        super().__init__(page)
        self._context, self._page = context, page

    def ask_which(self) -> None:
        """A menu: CSV or PDF (Ctrl E)."""
        button = self._page.bar.csv_button
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("CSV, one row per promise…").triggered.connect(self.ask_csv)
        menu.addAction("PDF, for printing…").triggered.connect(self.ask_pdf)
        menu.setActiveAction(menu.actions()[0])
        menu.popup(button.mapToGlobal(QPoint(0, button.height() + 2)))

    def ask_csv(self) -> None:
        """Where the CSV goes, with or without a byte order mark."""
        self._ask("csv", (CSV, CSV_BOM))

    def ask_pdf(self) -> None:
        """Where the PDF goes, and on which paper."""
        american = QLocale().territory() in _LETTER_LANDS
        self._ask("pdf", (LETTER, A4) if american else (A4, LETTER))

    def write_csv(self, file: Path, *, bom: bool = False) -> None:
        """Writes one row per promise of the figures on screen."""
        if (loaded := self._page.loaded()) is not None:
            self._write(lambda: deeds.write_csv(loaded.summary, file, bom=bom), file, "promises")

    def write_pdf(self, file: Path, *, letter: bool = False) -> None:
        """Writes the figures on screen as pages, A4 or Letter."""
        if (loaded := self._page.loaded()) is not None:
            times, at = words.policy_times(self._context.times), self._page.at()
            self._write(lambda: _printed(loaded, file, times, at, letter=letter), file, "pages")

    def _ask(self, ending: str, filters: tuple[str, ...]) -> None:
        loaded = self._page.loaded()
        if loaded is None:
            return
        dialog = QFileDialog(self._page, "Export the breach summary", _folder())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(filters))
        dialog.setDefaultSuffix(ending)
        dialog.selectFile(words.file_name(loaded.summary.period, ending))
        dialog.fileSelected.connect(partial(self._on_file, dialog))
        dialog.open()

    def _on_file(self, dialog: QFileDialog, name: str) -> None:
        chosen = dialog.selectedNameFilter()
        if chosen in (A4, LETTER):
            self.write_pdf(Path(name), letter=chosen == LETTER)
        else:
            self.write_csv(Path(name), bom=chosen == CSV_BOM)

    def _write(self, work: Callable[[], int], file: Path, what: str) -> None:
        self._context.read(
            lambda _desk: work(), partial(self._on_written, file, what), self._on_failed, owner=self
        )

    def _on_written(self, file: Path, what: str, count: int) -> None:
        if self._context.toasts is not None:
            self._context.toasts.show_toast(
                f"Wrote {file.name}: {fmt.count(count, what.removesuffix('s'), what)}",
                action=partial(_show_folder, file),
                label="Show in folder",
                key="",
            )

    def _on_failed(self, problem: Problem) -> None:
        self._page.message.show_message(problem.message)


def _printed(loaded: Loaded, file: Path, times: fmt.Times, at: datetime, *, letter: bool) -> int:
    from console.ui import print_summary

    try:
        filters = words.filter_words(
            loaded.summary,
            loaded.choices.account(loaded.summary.filters.account_id),
            loaded.choices.option_words(),
        )
        return print_summary.write_pdf(loaded.summary, file, times, filters, letter=letter, at=at)
    except OSError as error:
        raise deeds.cannot_write(file, error) from error


def _folder() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


def _show_folder(file: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))
