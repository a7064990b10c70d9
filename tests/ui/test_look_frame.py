"""The frame: pages, keys, palette, menus, work in the background, the heartbeat, and what is remembered."""

import threading
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from console.ui import app
from console.ui.actions import Commands
from console.ui.background import Background, Latest, UnderWay
from console.ui.command_palette import CommandPalette, PaletteRow, fuzzy
from console.ui.heartbeat import Heartbeat
from console.ui.keys import KeysDialog
from console.ui.main_window import MainWindow
from console.ui.page import Hints, Page
from console.ui.rail import NARROW, WIDE
from console.ui.remember import Remember
from console.ui.theme import Appearance, theme
from console.ui.widgets.messages import ErrorDialog


class _Queue(Page):
    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.words = QLineEdit(self)
        QVBoxLayout(self).addWidget(self.words)
        self.items: list[str] = []
        self.searched: list[str] = []

    def title(self) -> str:
        return "Queue"

    def count_text(self) -> str:
        return "38 open"

    def hints(self) -> Hints:
        return (("N", "take next"),)

    def activated(self, item: str) -> None:
        self.items.append(item)

    def search(self, text: str) -> None:
        self.searched.append(text)


class _Done(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.results: list[object] = []
        self.errors: list[Exception] = []
        self.threads: list[bool] = []

    def on_done(self, result: object) -> None:
        self.results.append(result)
        self.threads.append(QThread.currentThread() is QCoreApplication.instance().thread())

    def on_failed(self, error: Exception) -> None:
        self.errors.append(error)
        self.threads.append(QThread.currentThread() is QCoreApplication.instance().thread())


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = MainWindow(Commands())
    qtbot.addWidget(made)
    made.add_page("queue", _Queue(), ("queue", "mine"))
    made.add_page("breach", _Queue())
    made.show_item("queue")
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    made = Background()
    yield made
    assert made.close()


def queue_of(window: MainWindow) -> _Queue:
    page = window.page("queue")
    assert isinstance(page, _Queue)
    return page


def test_a_page_is_shown_by_its_items_and_told_which(window: MainWindow) -> None:
    window.show_item("mine")
    window.show_item("breach")
    window.show_item("accounts")
    assert queue_of(window).items == ["queue", "mine"]
    assert window.current_page() is window.page("breach")
    assert not window.has_item("accounts")


def test_a_letter_acts_on_the_page_and_is_text_in_a_field(qtbot: QtBot, window: MainWindow) -> None:
    done: list[str] = []
    window.commands.handle("begin", lambda: done.append("begin"))
    page = queue_of(window)
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_B)
    assert done == ["begin"]
    page.words.setFocus()
    qtbot.keyClick(page.words, Qt.Key.Key_B)
    assert done == ["begin"]
    assert page.words.text() == "b"


def test_a_chord_goes_to_a_place_and_letters_can_be_switched_off(qtbot: QtBot, window: MainWindow) -> None:
    page = queue_of(window)
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_G)
    qtbot.keyClick(page, Qt.Key.Key_B)
    assert window.current_page() is window.page("breach")
    window.commands.use_letters(on=False)
    window.show_item("queue")
    qtbot.keyClick(page, Qt.Key.Key_G)
    qtbot.keyClick(page, Qt.Key.Key_B)
    assert window.current_page() is page
    assert window.commands.key("begin") == ""
    assert window.commands.key("palette") == "Ctrl K"


def test_slash_leads_to_the_search_and_escape_back(qtbot: QtBot, window: MainWindow) -> None:
    page = queue_of(window)
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_Slash)
    assert window.top.search.hasFocus()
    qtbot.keyClicks(window.top.search, "mail")
    assert page.searched[-1] == "mail"
    qtbot.keyClick(window.top.search, Qt.Key.Key_Escape)
    qtbot.keyClick(window.top.search, Qt.Key.Key_Escape)
    assert page.searched[-1] == ""
    assert page.hasFocus()


def test_a_command_that_cannot_be_done_says_why(window: MainWindow) -> None:
    window.commands.handle("demote", lambda: None, lambda: "Only an emergency can be demoted")
    assert not window.commands.run("demote")
    assert window.toast.text() == "Only an emergency can be demoted"
    assert window.commands.reason("refund") == "Not available on this screen"
    with pytest.raises(KeyError):
        window.commands.handle("unknown", lambda: None)


def test_every_command_stands_in_a_menu_with_its_key(window: MainWindow) -> None:
    menus = [action.menu() for action in window.menuBar().actions()]
    listed = {action.text(): action.shortcut().toString() for menu in menus for action in menu.actions()}
    for command in window.commands.all():
        assert listed[command.title] == command.key.replace("Ctrl++", "Ctrl++")
    keys = [command.key for command in window.commands.all() if command.key]
    assert len(keys) == len(set(keys))


def test_the_menu_bar_takes_no_room_until_it_is_asked_for(window: MainWindow) -> None:
    assert window.menuBar().height() == 0
    window.commands.run("menu_bar")
    QCoreApplication.sendPostedEvents()
    assert window.menuBar().minimumHeight() > 0


def test_a_menu_disables_what_cannot_be_done_only_while_it_is_open(window: MainWindow) -> None:
    ticket = next(a.menu() for a in window.menuBar().actions() if a.text() == "&Ticket")
    begin = next(action for action in ticket.actions() if action.text() == "Begin work")
    ticket.aboutToShow.emit()
    assert not begin.isEnabled()
    assert "Not available" in begin.toolTip()
    ticket.aboutToHide.emit()
    assert begin.isEnabled()


def test_the_palette_finds_by_letters_prints_keys_and_runs(qtbot: QtBot, window: MainWindow) -> None:
    begun: list[str] = []
    window.commands.handle("begin", lambda: begun.append("begin"))
    palette = CommandPalette(
        window.commands, window, (lambda text: [PaletteRow(f"Ticket {text}", "Tickets", list)],)
    )
    qtbot.addWidget(palette)
    palette.show()
    field = palette.findChildren(QLineEdit)[0]
    qtbot.keyClicks(field, "bgwk")
    assert palette.titles()[0] == "Begin work"
    assert len(palette.titles()) <= 9
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert begun == ["begin"]
    field.setText("#48219")
    assert palette.titles() == ("Ticket #48219",)
    field.setText(">quit")
    assert palette.titles() == ("Quit",)


def test_fuzzy_prefers_the_starts_of_words() -> None:
    better, worse = fuzzy("sp", "Send plan…"), fuzzy("sp", "Next pane, last copy")
    assert better is not None
    assert worse is not None
    assert better < worse
    assert fuzzy("xyz", "Begin work") is None


def test_the_list_of_keys_can_be_searched(qtbot: QtBot, window: MainWindow) -> None:
    keys = KeysDialog(window.commands, window)
    qtbot.addWidget(keys)
    assert "Take next" in keys.listed()
    keys.findChildren(QLineEdit)[0].setText("demote")
    assert "Demote emergency…" in keys.listed()
    assert "Take next" not in keys.listed()


def test_a_key_can_be_changed_unless_another_has_it(window: MainWindow) -> None:
    assert window.commands.set_key("begin", "N") == "Take next"
    assert window.commands.set_key("begin", "Ctrl+B") == ""
    assert window.commands.key("begin") == "Ctrl B"


def test_the_rail_is_icons_below_1280_of_effective_width(window: MainWindow) -> None:
    window.resize(1440, 900)
    assert window.rail.width() == WIDE
    window.resize(1100, 800)
    assert window.rail.width() == NARROW
    window.resize(1440, 900)
    theme().set_scale(1.5)
    assert window.rail.width() == round(NARROW * 1.5)


def test_f6_goes_round_the_panes(qtbot: QtBot, window: MainWindow) -> None:
    queue_of(window).setFocus()
    window.commands.run("next_pane")
    first = window.focusWidget()
    assert window.rail.isAncestorOf(first)
    window.commands.run("next_pane")
    assert window.top.isAncestorOf(window.focusWidget())
    window.commands.run("previous_pane")
    assert window.rail.isAncestorOf(window.focusWidget())


def test_the_narrow_rail_has_preferences_in_the_middle(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(900, 700)
    gear, rail = window.rail._gear, window.rail
    qtbot.waitUntil(lambda: abs(gear.mapTo(rail, gear.rect().center()).x() - rail.rect().center().x()) <= 1)


def test_commands_change_the_look_and_it_is_remembered(tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "window.ini"
    window = MainWindow(Commands(), Remember(file))
    qtbot.addWidget(window)
    window.commands.run("look_dark")
    window.commands.run("larger")
    window.resize(800, 650)
    window.close()
    again = Remember(file)
    assert again.text("appearance") == "dark"
    assert again.number("text_scale", 1.0) == pytest.approx(1.1)
    assert theme().shown is Appearance.DARK
    other = MainWindow(Commands(), again)
    qtbot.addWidget(other)
    assert other.size() == window.size()


def test_a_damaged_memory_means_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    file.write_bytes(b"\x00\xff[General\ntext_scale=much\n[geometry]\nmain=@ByteArray(nonsense)\n")
    remembered = Remember(file)
    assert remembered.number("text_scale", 1.0) == 1.0
    assert remembered.flag("menu_bar", usual=True) in (True, False)
    remembered.keep("strip", False)
    assert not remembered.flag("strip", usual=True)


# work in the background


def test_a_result_and_an_error_come_back_on_the_ui_thread(qtbot: QtBot, background: Background) -> None:
    heard = _Done()
    background.run(
        lambda: threading.current_thread() is threading.main_thread(), heard.on_done, heard.on_failed
    )
    background.run(lambda: 1 // 0, heard.on_done, heard.on_failed)
    qtbot.waitUntil(lambda: not background.busy())
    assert heard.results == [False]
    assert [type(error) for error in heard.errors] == [ZeroDivisionError]
    assert heard.threads == [True, True]


def test_an_error_nobody_asked_for_is_told_as_a_fault(qtbot: QtBot, background: Background) -> None:
    faults: list[object] = []
    background.faulted.connect(faults.append)
    background.run([].pop, lambda _result: None)
    qtbot.waitUntil(lambda: not background.busy())
    assert [type(fault) for fault in faults] == [IndexError]


def test_nothing_is_delivered_to_what_is_gone(qtbot: QtBot, background: Background) -> None:
    heard, owner = _Done(), QWidget()
    gate = threading.Event()
    background.run(lambda: gate.wait(5), heard.on_done, heard.on_failed, owner=owner)
    dropped = background.run(lambda: 2, heard.on_done, heard.on_failed)
    dropped.drop()
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gate.set()
    qtbot.waitUntil(lambda: not background.busy())
    assert (heard.results, heard.errors) == ([], [])


def test_what_is_under_way_is_begun_anew_once_nobody_wants_it_and_leaves_nothing_behind(
    qtbot: QtBot, background: Background
) -> None:
    heard, gate, under_way = _Done(), threading.Event(), UnderWay()
    under_way.add("counts", background.run(lambda: gate.wait(5) and 1, heard.on_done))
    assert "counts" in under_way
    under_way.drop()
    assert "counts" not in under_way
    second = background.run(lambda: gate.wait(5) and 2, heard.on_done)
    under_way.add("counts", second)
    gone = weakref.ref(second)
    del second
    gate.set()
    qtbot.waitUntil(lambda: not background.busy())
    assert heard.results == [2]
    assert "counts" not in under_way
    assert gone() is None


def test_only_the_newest_question_is_answered(qtbot: QtBot, background: Background) -> None:
    heard = _Done()
    latest = Latest(background.run, heard.on_done, heard.on_failed, delay_ms=0)
    gate = threading.Event()

    def first() -> int:
        gate.wait(5)
        return 1

    latest.ask(first)
    qtbot.waitUntil(background.busy)
    for number in (2, 3, 4):
        latest.ask(_returns(number))
    gate.set()
    qtbot.waitUntil(lambda: heard.results == [4])
    latest.ask(_returns(5))
    latest.forget()
    qtbot.waitUntil(lambda: not background.busy())
    assert heard.results == [4]


def _returns(number: int) -> Callable[[], int]:
    return lambda: number


def test_the_heartbeat_carries_the_databases_clock_on(qtbot: QtBot) -> None:
    beat = Heartbeat()
    ahead = datetime.now(UTC) + timedelta(hours=3)
    beat.set_clock(ahead)
    assert timedelta(0) <= beat.now() - ahead < timedelta(seconds=5)
    assert beat.skew() < timedelta(hours=-2)
    with pytest.raises(ValueError, match="zone"):
        beat.set_clock(datetime(2026, 11, 24))  # noqa: DTZ001 - naive on purpose


def test_a_late_answer_moves_no_clock_that_is_right_enough(qtbot: QtBot) -> None:
    """Nobody knows which part of its way took so long: half of it would put a right clock wrong by seconds."""
    beat = Heartbeat()
    was = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    late = timedelta(seconds=4)
    for said in (was - late, was + timedelta(seconds=0.2)):
        beat.set_clock(was)
        beat.set_clock(said, late - timedelta(seconds=0.1))
        assert abs(beat.now() - was) < timedelta(seconds=1)
    beat.set_clock(was - timedelta(minutes=1), late)
    assert abs(beat.now() - (was - timedelta(seconds=58))) < timedelta(seconds=1)


# faults


def test_a_fault_is_reported_once_and_without_a_customers_words(
    qtbot: QtBot, window: MainWindow, caplog: pytest.LogCaptureFixture
) -> None:
    faults = app.Faults(window)
    try:
        raise RuntimeError("the words of Leah Moreno")
    except RuntimeError as error:
        caught = error
    faults.show_fault(caught)
    faults.show_fault(caught)
    dialogs = list(window.findChildren(ErrorDialog)) or [
        d for d in QCoreApplication.instance().topLevelWidgets() if isinstance(d, ErrorDialog)
    ]
    assert len(dialogs) == 1
    assert "RuntimeError" in dialogs[0].report()
    assert "Moreno" not in dialogs[0].report()
    assert "Moreno" not in caplog.text
    dialogs[0].reject()
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 2
