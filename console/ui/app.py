"""Starts the window: application, theme, faults and the frame; the desk follows after the first paint."""

import gc
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType

from PySide6.QtCore import QObject, QTimer, Signal, qVersion
from PySide6.QtWidgets import QApplication

from console import __version__, paths
from console.ui import icons
from console.ui.actions import Commands
from console.ui.main_window import MainWindow
from console.ui.remember import Remember
from console.ui.theme import Appearance, theme
from console.ui.widgets.messages import ErrorDialog

NAME, DESKTOP_FILE = "Support Console", "support-console"
Wiring = Callable[[MainWindow], object]

_log = logging.getLogger(__name__)


class Faults(QObject):
    """Catches what nobody caught: logs it, shows one report at a time, and the window lives on."""

    _caught = Signal(object)

    def __init__(self, parent: QObject, *, unattended: bool = False) -> None:
        super().__init__(parent)
        self._showing = False
        self._unattended = unattended
        self._caught.connect(self.show_fault)

    def install(self) -> None:
        """Takes over uncaught errors of all threads."""
        sys.excepthook = self._on_uncaught
        threading.excepthook = self._on_uncaught_in_thread

    def show_fault(self, error: BaseException) -> None:
        """Logs the report and opens it; on the UI thread. The error's own message may be a customer's words."""
        _log.error("a fault in the console: %s", report_of(error))
        if self._unattended:
            print(report_of(error), file=sys.stderr)
            QApplication.exit(1)
            return
        if self._showing:
            return
        self._showing = True
        dialog = ErrorDialog(
            "What you were doing may not have been saved; look at the ticket's timeline before trying again. "
            "The report names no customer.",
            report_of(error),
            QApplication.activeWindow(),
        )
        dialog.finished.connect(self._on_closed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_closed(self) -> None:
        self._showing = False

    def _on_uncaught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
        else:
            self._caught.emit(error.with_traceback(trace))

    def _on_uncaught_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._caught.emit(arguments.exc_value)


def report_of(error: BaseException) -> str:
    """What a person can send on: versions and the places in the program, never the words of a ticket."""
    import traceback

    places = traceback.extract_tb(error.__traceback__)
    lines = [f"  {place.filename.rsplit('/', 3)[-1]}:{place.lineno} in {place.name}" for place in places]
    head = f"{NAME} {__version__}, Python {sys.version.split()[0]}, Qt {qVersion()}, {sys.platform}"
    return "\n".join([head, type(error).__name__, *lines])


def make_application(remember: Remember | None = None) -> QApplication:
    """The application with its names, typeface and theme as remembered."""
    app = QApplication([DESKTOP_FILE])
    app.setApplicationName(DESKTOP_FILE)
    app.setApplicationDisplayName(NAME)
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(DESKTOP_FILE)
    if remember is not None:
        theme().recall(
            Appearance(_known(remember.text("appearance", "system"))), remember.number("text_scale", 1.0)
        )
    theme().install(app)
    return app


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line and the settings say: another folder or database, or leave after the first paint.

    ``backups_kept``: a local database is backed up once a day, and so many of these stay; ``None``: none is made.
    """

    data_dir: str | None = None
    database: str | None = field(default=None, repr=False)  # it may hold a password
    smoke: bool = False
    backups_kept: int | None = None


def run(remember: Remember, wire: Wiring, *, unattended: bool = False) -> int:
    """Shows the window, then calls ``wire(window)`` once it is on screen; returns the exit code.

    ``unattended``: a fault ends the program with exit code 1, for nobody is there to read its report.
    """
    app = make_application(remember)
    faults = Faults(app, unattended=unattended)
    faults.install()
    window = MainWindow(Commands(), remember)
    window.show()

    def after_first_paint() -> None:
        gc.enable()
        app.setWindowIcon(icons.icon("life-buoy", "accent", 64))
        wire(window)

    QTimer.singleShot(0, window, after_first_paint)
    return app.exec()


def main(words: Sequence[str] = (), wire: Wiring | None = None) -> int:
    """The window with this person's remembered look; then the desk is opened and the pages are added.

    ``wire`` does so, or ``console.ui.desk`` when none is given; it is imported after the first paint.
    """
    options = _options(words)
    folders = paths.folders(options.data_dir)
    with suppress(OSError):  # said in a sentence by whatever first needs the folder
        folders.ensure()
    remember = Remember(folders.window_file)

    def usual(window: MainWindow) -> None:
        from console.ui.desk import Wiring as DeskWiring

        begun, problems = begin(options, folders)
        DeskWiring(window, begun, remember).start()
        if problems:
            window.notice.show_message(" ".join(problems), tone="soon")

    return run(remember, wire or usual, unattended=options.smoke)


def begin(options: Options, folders: paths.Folders) -> tuple[Options, tuple[str, ...]]:
    """The options with what the settings add, and a sentence for each thing wrong; the log is started.

    ``--database`` beats the settings, which beat the local file.
    """
    from console import log, settings

    found = settings.load(folders.settings_file)
    kept = found.settings.log
    trouble = log.start(folders.log, level=kept.level, kept_files=kept.kept_files, part_kib=kept.part_kib)
    begun = replace(
        options,
        database=options.database or found.settings.database or None,
        backups_kept=None if options.smoke else found.settings.backup.kept_days,
    )
    return begun, (*found.problems, trouble) if trouble else found.problems


def _options(words: Sequence[str]) -> Options:
    if not words:
        return Options()
    import argparse

    from console.bare import NO_ADDRESS

    parser = argparse.ArgumentParser(prog="support-console", add_help=False)
    parser.add_argument("--data-dir")
    parser.add_argument("--database")
    parser.add_argument("--smoke", action="store_true")
    found = parser.parse_args(list(words))
    if found.database is not None and not found.database.strip():
        parser.error(NO_ADDRESS)
    return Options(found.data_dir, found.database, found.smoke)


def _known(appearance: str) -> str:
    return appearance if appearance in list(Appearance) else Appearance.SYSTEM.value
