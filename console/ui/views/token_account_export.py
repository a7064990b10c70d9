"""Where a statement is saved: asks for the file, writes it in the background, and offers to show it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from console.policy.errors import Problem
from console.ui import print_statement
from console.ui.context import Context
from console.ui.views import token_account_deeds as deeds

if TYPE_CHECKING:
    from console.ui.print_statement import Sheet

_LONGEST_NAME = 60


class StatementExport(QObject):
    """``failed(str)`` a sentence when the file could not be written."""

    failed = Signal(object)

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._parent = context, parent
        self._folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)

    def ask_csv(self, sheet: Sheet) -> QFileDialog:
        """Asks where to save the spreadsheet."""
        return self._ask(sheet, "csv", "Spreadsheet (*.csv)", partial(self.save_csv, sheet))

    def ask_pdf(self, sheet: Sheet) -> QFileDialog:
        """Asks where to save the paged statement."""
        return self._ask(sheet, "pdf", "PDF (*.pdf)", partial(self.save_pdf, sheet))

    def save_csv(self, sheet: Sheet, file: str) -> None:
        """Writes the spreadsheet."""
        self._write(Path(file), partial(deeds.write_statement, sheet.statement, sheet.policy.timezone))

    def save_pdf(self, sheet: Sheet, file: str) -> None:
        """Writes the paged statement."""
        self._write(Path(file), partial(print_statement.save_pdf, sheet))

    # inside

    def _ask(self, sheet: Sheet, ending: str, kind: str, save: Callable[[str], None]) -> QFileDialog:
        dialog = QFileDialog(self._parent, "Save the statement", self._folder, kind)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending)
        dialog.selectFile(file_name(sheet, ending))
        dialog.fileSelected.connect(save)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _write(self, file: Path, work: Callable[[Path], object]) -> None:
        self._folder = str(file.parent)
        self._context.background.run(
            lambda: work(file), partial(self._on_written, file), partial(self._on_failed, file), owner=self
        )

    def _on_written(self, file: Path, _result: object) -> None:
        if self._context.toasts is not None:
            show = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(file.parent)))
            self._context.toasts.show_toast(
                f"Saved {file.name}.", action=show, label="Show in folder", key=""
            )

    def _on_failed(self, file: Path, error: Exception) -> None:
        if isinstance(error, OSError):
            self.failed.emit(
                f"{file.name} could not be written: {error.strerror or error}. Nothing was lost."
            )
        elif isinstance(error, Problem):
            self.failed.emit(error.message)
        else:
            self._context.background.faulted.emit(error)


def file_name(sheet: Sheet, ending: str) -> str:
    """``"meridian-health-nov-2026.csv"``: plain letters, so that it can be sent anywhere."""
    text = unicodedata.normalize("NFKD", f"{sheet.statement.account_name} {sheet.period}").casefold()
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in text if not unicodedata.combining(c))
    parts = [part for part in plain.split("-") if part]
    return f"{'-'.join(parts)[:_LONGEST_NAME] or 'statement'}.{ending}"
