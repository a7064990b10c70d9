"""Commands of the program itself: export, back up, who keeps others waiting, the policy's text, the folder, about."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl, qVersion
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from console import __version__
from console.policy.errors import Problem
from console.ui import deeds
from console.ui.actions import Commands
from console.ui.context import Context
from console.ui.theme import theme
from console.ui.views.queue_page import QueuePage
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.labels import PlainLabel
from console.ui.widgets.messages import Action, message_box

if TYPE_CHECKING:
    from console.policy.document import Policy

NO_DESK = "The database is not open yet"
_SOURCES = {"stated": "stated", "reading": "our reading", "house": "house list: review"}


class ProgramCommands(QObject):
    """Gives these commands their hands. ``folder`` is where the data lies."""

    def __init__(self, context: Context, commands: Commands, page: QueuePage, folder: Path) -> None:
        super().__init__(page)
        self._context, self._commands, self._page, self._folder = context, commands, page, folder
        context.ways_out = self._ways_out
        commands.handle("export", self.ask_export, self._why_not_export)
        commands.handle("backup", self.back_up, self._needs_desk)
        commands.handle("holders", self.show_holders, self._needs_desk)
        commands.handle("policy", self.show_policy, self._needs_desk)
        commands.handle("folders", self._open_folder)
        commands.handle("about", self._show_about)

    # export

    def ask_export(self) -> None:
        """Asks where to save the list as a spreadsheet."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self._context.window, "Export the list", folder, "Spreadsheet (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("queue.csv")
        dialog.fileSelected.connect(self.export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export(self, file: str) -> None:
        """Writes every ticket of the list to ``file``, in the list's order."""
        ids = tuple(key.id for key in self._page.model.order())
        self._context.read(
            lambda desk: deeds.write_list(desk, ids, Path(file)), partial(self._on_written, file), owner=self
        )

    def _on_written(self, file: str, count: int) -> None:
        toasts = self._context.toasts
        if toasts is not None:
            words = f"{count} {'ticket' if count == 1 else 'tickets'} written to {Path(file).name}"
            toasts.show_toast(
                words, action=partial(_show_folder, Path(file).parent), label="Show in folder", key=""
            )

    def _why_not_export(self) -> str:
        if self._context.desk is None:
            return NO_DESK
        return "" if self._page.isVisible() else "Not available on this screen"

    # the database

    def back_up(self) -> None:
        """A verified copy of the local database, now."""
        self._context.read(deeds.back_up_now, self._on_backed_up, owner=self)

    def _on_backed_up(self, file: Path) -> None:
        toasts = self._context.toasts
        if toasts is not None:
            show = partial(_show_folder, file.parent)
            toasts.show_toast(f"Backed up to {file.name}", action=show, label="Show in folder", key="")

    def show_holders(self, over: QWidget | None = None) -> None:
        """Who keeps others waiting at a shared database, over the window or over the dialog that waited."""
        self._context.open_dialog("holders", parent=over)

    def _ways_out(self, problem: Problem, over: QWidget | None = None) -> tuple[Action, ...]:
        from console.services.lost import Busy

        if isinstance(problem, Busy) and problem.holder is not None and self._commands.has("holders"):
            return (("Who keeps others waiting…", partial(self.show_holders, over)),)
        return ()

    def _open_folder(self) -> None:
        _show_folder(self._folder)

    # words

    def show_policy(self) -> None:
        """The policy in force, clause by clause, with where each sentence comes from."""
        desk = self._context.desk
        if desk is not None:
            policy = desk.policies.in_force(self._context.heartbeat.now())
            PolicyText(policy, self._context.window).open()

    def _show_about(self) -> None:
        message_box(
            self._context.window,
            f"Support Console {__version__}",
            "Support tickets with promised times, and the token accounts behind them.\n\n"
            f"Qt {qVersion()} under the LGPL. Typeface Inter under the SIL Open Font License. "
            "Icons by Lucide under the ISC licence.",
        ).open()

    def _needs_desk(self) -> str:
        return "" if self._context.desk is not None else NO_DESK


class PolicyText(QDialog):
    """The clauses of one policy version as plain text to read and copy."""

    def __init__(self, policy: Policy, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"The policy, version {policy.version}")
        text = QPlainTextEdit(policy_words(policy), self)
        text.setReadOnly(True)
        text.setTabChangesFocus(True)
        text.setAccessibleName(self.windowTitle())
        close = Button("Close", Kind.OUTLINE, key="Esc")
        close.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        margin = theme().px(20)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(theme().px(12))
        column.addWidget(PlainLabel(f"{policy.name}, version {policy.version}", "title_small", wrap=True))
        column.addWidget(text, 1)
        column.addLayout(row(None, close))
        self.resize(theme().px(720), theme().px(600))


def policy_words(policy: Policy) -> str:
    """Every clause: its number, its sentence, and whether it is stated, a reading or a house list."""
    return "\n\n".join(
        f"{number.value}  {clause.says}  ({_SOURCES.get(clause.source, clause.source)})"
        for number, clause in policy.clauses.items()
    )


def _show_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
