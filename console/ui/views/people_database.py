"""The card "Database": where it is and what it is, and what can be looked over; results can be copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QWidget

from console import __version__
from console.policy.errors import Problem
from console.ui.background import UnderWay
from console.ui.theme import theme
from console.ui.toast import announce
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card, row
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel

if TYPE_CHECKING:
    from console.services.desk import Desk
    from console.services.keeping import DatabaseFacts
    from console.ui.context import Context

Begins = Callable[[str], object]

#: Longer results are cut: what is wrong a thousand times has one cause.
_MOST_LINES = 500


class DatabaseCard(Card):
    """Facts, three deeds, and what came of the last one: ``resulted`` when it stands there.

    ``_begins`` carries the words of the worker, and which deed they are of.
    """

    resulted = Signal()
    _begins = Signal(object, object)

    def __init__(self, context: Context, back_up: Callable[[], object]) -> None:
        super().__init__("panel", padding=16, spacing=10)
        self._context = context
        self._facts: DatabaseFacts | None = None
        self._running = ""
        self._deed = 0
        self._under_way = UnderWay()
        self._titles: dict[str, CaptionLabel] = {}
        self._rows: dict[str, PlainLabel] = {}
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self.check = Button("Check the books", icon="list-checks", compact=True)
        self.look_over = Button("Look over roles and guards", icon="shield-check", compact=True)
        self.upgrade = Button("Upgrade guards", icon="refresh-cw", compact=True)
        self.command = Button("Copy the command", icon="copy", compact=True)
        self.back_up = Button("Back up now…", icon="save", compact=True)
        self._reason = CaptionLabel("", "text2", wrap=True)
        self._outcome = PlainLabel("", "strong", wrap=True)
        self._result = QPlainTextEdit()
        self._copy = Button("Copy the result", icon="copy", compact=True)
        self._build()
        self.check.clicked.connect(self.run_check)
        self.look_over.clicked.connect(self.run_look_over)
        self.upgrade.clicked.connect(self.run_upgrade)
        self.command.clicked.connect(self._on_copy_command)
        self.back_up.clicked.connect(back_up)
        self._copy.clicked.connect(self._on_copy)
        self._begins.connect(self._on_begins)
        context.signals.desk_opened.connect(self._forget)

    def _build(self) -> None:
        self.body.addLayout(
            row(IconLabel("database", "link", 18), PlainLabel("Database", "card_title"), None)
        )
        self.body.addLayout(self._grid)
        self.body.addWidget(self.check, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.look_over, 0, Qt.AlignmentFlag.AlignLeft)
        for button in (self.upgrade, self.command, self.back_up):
            self.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._reason)
        self.body.addWidget(self._outcome)
        self._result.setReadOnly(True)
        self._result.setTabChangesFocus(True)
        self._result.setAccessibleName("Result")
        self._result.setMinimumHeight(theme().px(96))
        self.body.addWidget(self._result, 1)
        self.body.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addStretch(0)
        for part in (self._outcome, self._result, self._copy, self._reason, self.command, self.look_over,
                     self.upgrade, self.back_up):  # fmt: skip
            part.hide()

    # what it shows

    def show_facts(self, facts: DatabaseFacts, *, shared: bool) -> None:
        """What the database says about itself."""
        self._facts = facts
        known = ", as this console needs it"
        if facts.schema != facts.known_schema:
            known = f"; this console knows {facts.known_schema}"
        self._say("Where", facts.where)
        self._say("Schema", f"{facts.schema}{known}")
        self._say("Console", __version__)
        self._say("Engine", facts.engine)
        owners = f"{', '.join(facts.owners)}{' (you)' if facts.is_owner else ''}"
        self._say("Encryption", (facts.encrypted or "none") if shared else "")
        self._say("Owned by", owners if shared else "")
        for part in (self.look_over, self.upgrade):
            part.setVisible(shared)
        self.back_up.setVisible(not shared)
        self.command.setVisible(shared and not facts.is_owner)
        self._reason.setVisible(shared)
        self._reason.setText(
            "Backups are made by the server's own means, such as pg_dump."
            if facts.is_owner
            else "Guards and schema are upgraded with the owner's login, by the command. Backups are made by the "
            "server's own means, such as pg_dump."
        )
        self.show_state()

    def show_state(self) -> None:
        """Live, or why not."""
        problem = self._context.lost()
        self._say("State", "Live" if problem is None else problem.title)
        self.allow()

    def allow(self) -> None:
        """One deed at a time, and none while the database cannot be asked."""
        lost = "The database does not answer" if self._context.lost() is not None else ""
        busy = f"{self._running} is under way" if self._running else lost
        owner = self._facts is not None and self._facts.is_owner
        self.check.allow(busy)
        self.look_over.allow(busy)
        self.upgrade.allow(busy or ("" if owner else "Only with the login of the database's owner"))

    def result(self) -> str:
        """The outcome and its lines, as Copy takes them."""
        return "\n".join(part for part in (self._outcome.text(), self._result.toPlainText()) if part)

    def _forget(self) -> None:
        """Another database is there: what is under way at the one before, and what came of it, mean nothing here."""
        self._under_way.drop()
        self._facts = None
        self._end("", ())

    def _say(self, title: str, words: str) -> None:
        """One of the facts; without ``words`` it has no line."""
        if title not in self._rows:
            value = PlainLabel("", wrap=True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            place = len(self._rows)
            self._titles[title], self._rows[title] = CaptionLabel(title, "text2"), value
            self._grid.addWidget(self._titles[title], place, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, place, 1)
        for part in (self._titles[title], self._rows[title]):
            part.setVisible(bool(words))
        self._rows[title].setText(words)
        self._rows[title].setAccessibleName(f"{title}: {words}")

    # deeds

    def run_check(self) -> None:
        """Adds everything up again."""
        from console.services import keeping

        def work(desk: Desk, begins: Begins) -> list[str]:
            return [f"{found.where}: {found.words}" for found in keeping.check(desk, begins)]

        self._run("Checking the books", work, "Everything adds up.", "Differences")

    def run_look_over(self) -> None:
        """Compares roles, grants and guards with what they should be."""
        from console.services import server

        def work(desk: Desk, _begins: Begins) -> list[str]:
            return [f"{found.about}: {found.words}" for found in server.look_over(desk)]

        right = "Roles, grants and guards are as they should be."
        self._run("Looking over roles and guards", work, right, "Findings")

    def run_upgrade(self) -> None:
        """Brings guards and grants to those of this program, with the owner's login."""
        from console.services import server

        def work(desk: Desk, begins: Begins) -> list[str]:
            done: list[str] = []

            def say(sentence: str) -> None:
                done.append(sentence)
                begins(sentence.removesuffix("."))

            try:
                return server.upgrade(desk, say)
            except Problem as problem:  # what stands already is told with it
                problem.message = "\n".join((*done, problem.message))
                raise

        self._run("Upgrading the guards", work, "", "Done")

    def _run(self, what: str, work: Callable[[Desk, Begins], list[str]], nothing: str, heading: str) -> None:
        if self._running:
            return
        self._deed += 1
        begins = partial(self._begins.emit, self._deed)
        task = self._context.read(
            lambda desk: work(desk, begins),
            partial(self._on_done, nothing, heading),
            self._on_problem,
            owner=self,
        )
        if task is not None:
            self._under_way.add(what, task)
            task.finished.connect(partial(self._on_finished, self._deed))
            self._running = what
            self._show_result(f"{what}…", ())
            self.allow()

    def _on_begins(self, deed: int, part: str) -> None:
        if self._running and deed == self._deed:
            self._outcome.setText(f"{self._running}: {part}…")

    def _on_done(self, nothing: str, heading: str, lines: Sequence[str]) -> None:
        count = f"{heading}: {len(lines)}" if nothing else heading
        self._end(count if lines else nothing, lines)

    def _on_problem(self, problem: Problem) -> None:
        self._end(problem.title, (problem.message,))

    def _on_finished(self, deed: int) -> None:
        """After a fault of ours, which is reported elsewhere, nothing was said of the deed yet."""
        if self._running and deed == self._deed:
            self._end(f"{self._running} did not come to its end", ())

    def _end(self, outcome: str, lines: Sequence[str]) -> None:
        self._running = ""
        self._show_result(outcome, lines)
        self.allow()

    def _show_result(self, outcome: str, lines: Sequence[str]) -> None:
        self._outcome.setText(outcome)
        self._outcome.setVisible(bool(outcome))
        self._result.setPlainText("\n".join(lines[:_MOST_LINES]))
        self._result.setVisible(bool(lines))
        self._copy.setVisible(bool(lines))
        if outcome:
            announce(self, outcome)
            QTimer.singleShot(0, self, self.resulted.emit)

    def last_part(self) -> QWidget:
        """What stands lowest."""
        return self._copy if self._copy.isVisible() else self._outcome

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.result())

    def _on_copy_command(self) -> None:
        if self._facts is not None:
            QGuiApplication.clipboard().setText(self._facts.upgrade_command)
