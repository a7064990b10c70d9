"""Import tickets: choose a file, look at its format, mapping and first rows, then bring it in, all of it or nothing."""

from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QHeaderView,
    QProgressBar,
    QScrollArea,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from console.policy.errors import Problem
from console.services.desk import Desk
from console.services.importing import Cancelled, Format, Mapping, Preview, detect, preset, preview
from console.services.importing.load import Loaded, load, require_may_import
from console.ui import format as fmt
from console.ui.background import Task
from console.ui.context import Context
from console.ui.drafts import Values
from console.ui.theme import theme
from console.ui.views.dialogs.form import FormDialog
from console.ui.views.dialogs.import_mapping import FieldsGrid, WordsGrid
from console.ui.views.dialogs.import_model import RejectedModel, SampleModel
from console.ui.views.dialogs.parts import IconLine
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card, row
from console.ui.widgets.fields import ComboBox, Labelled, LineField
from console.ui.widgets.labels import PlainLabel
from console.ui.widgets.tabs import FilterTabs, Tab

PATTERNS = "Tickets (*.csv *.tsv *.txt *.json *.jsonl *.ndjson);;All files (*)"
_FORMATS = (
    "CSV and JSON Lines in the console's own form, and the exports of Zendesk, Freshdesk and Request Tracker. "
    "You see what would be imported first; nothing is written before you say so."
)
_POLL_MS = 100
_MOST_PROBLEMS = 6


@dataclass(slots=True)
class _Progress:
    """Written by the worker, read by the window's timer; ``stop`` the other way round."""

    done: int = 0
    total: int = 0
    stop: bool = False

    def on_progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def cancelled(self) -> bool:
        return self.stop


class ImportDialog(FormDialog):
    """Nothing is written before "Import"; a second import of the same file adds nothing."""

    def __init__(self, context: Context, parent: QWidget | None, path: Path | str | None = None) -> None:
        super().__init__(
            context, parent, name="import_file", title="Import tickets", icon="upload", width=900, height=640
        )
        self._path: Path | None = None
        self._mapping: Mapping | None = None
        self._found: Preview | None = None
        self._loaded: Loaded | None = None
        self._progress = _Progress()
        self._task: Task | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._on_poll)
        self._build_file()
        self._build_tabs()
        self.primary.set_text("Import")
        self.primary.allow("Choose a file")
        self.ready()
        if path is not None:
            self.choose(Path(path))

    # building

    def _build_file(self) -> None:
        self._file = LineField("No file chosen", name="File")
        self._file.setReadOnly(True)
        self._browse = Button("Choose file…", icon="folder-open")
        self._browse.clicked.connect(self._on_browse)
        line = row(spacing=8)
        line.addWidget(self._file, 1)
        line.addWidget(self._browse)
        self.column.addLayout(line)
        self._format = ComboBox("Format")
        for each in Format:
            self._format.addItem(each.label, each.value)
        self._format.activated.connect(self._on_format)
        self._format.setEnabled(False)
        self.column.addWidget(Labelled("Format", self._format, hint=""))
        self._counts = PlainLabel("", "body", wrap=True)
        self._counts.hide()
        self.column.addWidget(self._counts)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the import")
        self._bar.setFixedHeight(theme().px(8))
        self._bar.hide()
        self.column.addWidget(self._bar)
        self._problems = QVBoxLayout()
        self._problems.setSpacing(theme().px(4))
        self.column.addLayout(self._problems)

    def _build_tabs(self) -> None:
        self._tabs = FilterTabs((Tab("sample", "First rows"), Tab("fields", "Fields"), Tab("words", "Words"),
                                 Tab("rejected", "Rejected", 0, "soon")), name="What the import would do")  # fmt: skip
        self._tabs.chosen.connect(self._on_tab)
        self._samples, self._rejected = SampleModel(self), RejectedModel(self)
        self.fields, self.words = FieldsGrid(), WordsGrid()
        self.fields.adjusted.connect(self._on_adjusted)
        self.words.adjusted.connect(self._on_adjusted)
        self._stack = QStackedWidget()
        for part in (_table(self._samples, "First rows"), _scrolled(self.fields), _scrolled(self.words),
                     _table(self._rejected, "Rejected rows")):  # fmt: skip
            self._stack.addWidget(part)
        self._stack.setMinimumHeight(theme().px(240))
        self.column.addWidget(self._tabs)
        self.column.addWidget(self._stack, 1)
        self._tabs.hide()
        self._stack.hide()
        self._empty = Card("goal", padding=24, spacing=8)
        self._empty.body.addStretch(1)
        for words, role, ink in (
            ("Choose a file to look at it", "card_title", "text"),
            (_FORMATS, "plain", "text2"),
        ):
            label = PlainLabel(words, role, ink, wrap=True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._empty.body.addWidget(label)
        self._empty.body.addStretch(1)
        self.column.addWidget(self._empty, 1)

    def values(self) -> Values:
        """A file is chosen again quickly; nothing is kept."""
        return {}

    def focus_first(self) -> None:
        """The way to the file."""
        self._browse.setFocus()

    # choosing and looking

    def _on_browse(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Import tickets", "", PATTERNS)
        if chosen:
            self.choose(Path(chosen))

    def choose(self, path: Path) -> None:
        """This file: its format is found out, then it is looked through."""
        self._path, self._mapping, self._found = path, None, None
        self._file.setText(str(path))
        self.say("")
        self._count("Reading the file…")
        self.primary.allow("Reading the file")
        self.context.read(
            lambda desk: _recognised(desk, path), self._on_detected, self._on_unreadable, owner=self
        )

    def _on_detected(self, mapping: Mapping) -> None:
        self._format.setEnabled(True)
        self._format.setCurrentIndex(self._format.findData(mapping.format.value))
        self._look(mapping)

    def _on_format(self) -> None:
        self._look(preset(Format(self._format.currentData())))

    def _on_adjusted(self, mapping: object) -> None:
        if isinstance(mapping, Mapping):
            self._look(mapping)

    def _look(self, mapping: Mapping) -> None:
        path = self._path
        if path is None:
            return
        self._mapping = mapping
        self.primary.allow("Looking through the file")
        self.preview(lambda desk: preview(path, mapping, now=desk.now()), self._on_found)

    def on_no_preview(self, problem: Problem) -> None:
        """The file cannot be read, or the mapping cannot be."""
        self._on_unreadable(problem)

    def _on_unreadable(self, problem: Problem) -> None:
        self._count("")
        self.show_problem(problem)
        self.primary.allow(problem.message)

    def _on_found(self, found: Preview) -> None:
        self._found = found
        self.say("")
        self._empty.hide()
        self._tabs.show()
        self._stack.show()
        self._count(_counted(found, self.context))
        self._samples.show_tickets(found.samples, self.context.times)
        self._rejected.show_rows(found.rejected)
        self._fit_columns()
        self.fields.show_mapping(found.mapping, found.columns)
        self.words.show_words(found.mapping, found)
        self._tabs.show_tabs(
            (Tab("sample", "First rows", len(found.samples)), Tab("fields", "Fields"), Tab("words", "Words"),
             Tab("rejected", "Rejected", found.rejections, "soon"))
        )  # fmt: skip
        self._show_problems(found.problems)
        self.primary.allow("" if found.tickets else "No row of the file can be imported as things stand")
        self.primary.set_text(
            f"Import {fmt.count(found.tickets, 'ticket', 'tickets')}" if found.tickets else "Import"
        )
        self.fit()

    def _fit_columns(self) -> None:
        for table in self._stack.findChildren(QTableView):
            table.resizeColumnsToContents()
            for column in range(table.model().columnCount() - 1):
                width = table.columnWidth(column) + theme().px(12)
                table.setColumnWidth(column, min(width, theme().px(190)))

    def _count(self, words: str) -> None:
        self._counts.setText(words)
        self._counts.setVisible(bool(words))

    def _show_problems(self, said: tuple[str, ...]) -> None:
        while (item := self._problems.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for sentence in said[:_MOST_PROBLEMS]:
            self._problems.addWidget(IconLine("triangle-alert", sentence, ink="soon_text"))

    def _on_tab(self, name: object) -> None:
        self._stack.setCurrentIndex(("sample", "fields", "words", "rejected").index(str(name)))

    # bringing in

    def commit(self) -> None:
        """Imports; afterwards closes."""
        if self._loaded is not None:
            self.accept()
            return
        path, mapping = self._path, self._mapping
        if path is None or mapping is None or not self.primary.isEnabled() or self._task is not None:
            return
        self._progress = progress = _Progress()
        self._show_running(running=True)
        self._task = self.context.read(
            lambda desk: _loaded(desk, path, mapping, progress),
            self._on_loaded,
            self._on_not_loaded,
            owner=self,
        )
        if self._task is not None:
            self._task.finished.connect(self._on_over)

    def reject(self) -> None:
        """While an import runs: stops it, and nothing of the file is saved. Else closes."""
        if self._task is not None:
            self._progress.stop = True
            self._count("Stopping…")
            return
        super().reject()

    def _on_desk(self, desk: object) -> None:
        """Another database: an import into the one before is stopped, and none is begun here with what was chosen."""
        self._progress.stop, self._task = True, None
        super()._on_desk(desk)

    def _show_running(self, *, running: bool) -> None:
        self._bar.setVisible(running)
        self._browse.setEnabled(not running)
        self._format.setEnabled(not running)
        self._stack.setEnabled(not running)
        self.primary.allow("The import is under way" if running else "")
        self.cancel_button.set_text("Stop" if running else "Cancel")
        if running:
            self._bar.setRange(0, 0)
            self._timer.start()
        else:
            self._timer.stop()

    def _on_poll(self) -> None:
        if self._progress.total:
            self._bar.setRange(0, 1000)
            self._bar.setValue(self._progress.done * 1000 // self._progress.total)
            percent = fmt.percent(self._progress.done, self._progress.total)
            self._count(f"Importing, {percent} of the file read. Esc stops it; nothing is saved then.")

    def _on_over(self) -> None:
        self._task = None
        self._show_running(running=False)
        if self._loaded is not None:
            self._format.setEnabled(False)
            self._browse.setEnabled(False)

    def _on_not_loaded(self, problem: Problem) -> None:
        if self._found is not None:
            self._count(_counted(self._found, self.context))
        if isinstance(problem, Cancelled):
            self.say(problem.message, tone="quiet", icon="ban")
        else:
            self.show_problem(problem)

    def _on_loaded(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._count("")
        saved = f"The rejected rows are saved in {loaded.saved_to}." if loaded.saved_to else ""
        self._show_problems((saved,) if saved else ())
        self._rejected.show_rows(loaded.first_rejected)
        self._fit_columns()
        self._tabs.show_tabs((Tab("rejected", "Rejected", loaded.rejected, "soon"),))
        self._stack.setCurrentIndex(3)
        self._tabs.setVisible(loaded.rejected > 0)
        self._stack.setVisible(loaded.rejected > 0)
        if not loaded.rejected:
            self.column.addStretch(1)
        self.say(_result(loaded), tone="met", icon="check")
        self.cancel_button.hide()
        self.primary.set_text("Close")
        self.primary.allow("")
        self.primary.setFocus()
        told = replace(loaded.changed, words=_result(loaded))
        self.context.signals.changed.emit(told)
        self.context.signals.acted.emit(told)


def _recognised(desk: Desk, path: Path) -> Mapping:
    require_may_import(desk)
    return preset(detect(path))


def _loaded(desk: Desk, path: Path, mapping: Mapping, progress: _Progress) -> Loaded:
    return load(desk, path, mapping, on_progress=progress.on_progress, cancelled=progress.cancelled)


def _result(loaded: Loaded) -> str:
    said = [fmt.count(loaded.added, "ticket added", "tickets added")]
    if loaded.accounts:
        said.append(fmt.count(loaded.accounts, "new account", "new accounts"))
    if loaded.known:
        said.append(f"{fmt.number(loaded.known)} known already")
    if loaded.rejected:
        said.append(f"{fmt.number(loaded.rejected)} rejected")
    return f"{', '.join(said)}."


def _counted(found: Preview, context: Context) -> str:
    said = [
        fmt.count(found.tickets, "ticket", "tickets"),
        fmt.count(found.accounts, "account", "accounts"),
        f"{fmt.number(found.rejections)} rejected",
    ]
    if found.first_at is not None and found.last_at is not None:
        now = context.heartbeat.now()
        said.append(
            f"opened {context.times.day(found.first_at, now)} to {context.times.day(found.last_at, now)}"
        )
    return f"{fmt.DOT.join(said)}. Nothing is written before you import."


def _table(model: SampleModel | RejectedModel, name: str) -> QTableView:
    table = QTableView()
    table.setAccessibleName(name)
    table.setModel(model)
    table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(theme().px(28))
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    return table


def _scrolled(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(content)
    content.setAutoFillBackground(False)
    area.viewport().setAutoFillBackground(False)
    return area
