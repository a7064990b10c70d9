"""The whole window at a real desk: places, keys that open dialogs, zones, preferences, first run, faults."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPlainTextEdit
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.errors import Refused
from console.policy.terms import Priority
from console.services import claims, progress
from console.services.desk import Changed, Desk
from console.store.engine import open_store
from console.ui.actions import Commands
from console.ui.app import Options
from console.ui.desk import PAGES, Wiring
from console.ui.main_window import MainWindow
from console.ui.program_commands import PolicyText
from console.ui.remember import Remember
from console.ui.theme import Appearance, theme
from console.ui.views.preferences import PreferencesDialog
from console.ui.views.stopped_page import StoppedPage
from tests.support.desks import ALEX, IRA, MORGAN, PRIYA, ROSA, Office, office
from tests.support.live import hold_acts, notes
from tests.support.windows import Shown, window_at

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def emergency(at: Office, juniper: Account) -> int:
    return at.number(juniper, Priority.EMERGENCY, subject="Outbound mail is queued")


@pytest.fixture
def shown(qtbot: QtBot, at: Office, emergency: int, tmp_path: Path) -> Iterator[Shown]:
    with window_at(qtbot, at.at(MORGAN), tmp_path) as window:
        window.select(emergency)
        yield window


def _dialogs(shown: Shown) -> list[QDialog]:
    return [dialog for dialog in shown.window.findChildren(QDialog) if dialog.isVisible()]


@pytest.mark.parametrize("item", [item for item in PAGES if item != "people"])
def test_every_place_of_the_rail_shows_its_page(shown: Shown, item: str) -> None:
    shown.window.show_item(item)
    shown.quiet()
    page = shown.window.current_page()
    assert page is not None
    assert page.title()
    assert not page.grab().isNull()
    shown.window.show_item("queue")
    assert shown.window.current_page() is shown.queue


def test_chords_go_to_places(shown: Shown) -> None:
    for letter, title in ((Qt.Key.Key_U, "Unclaimed"), (Qt.Key.Key_M, "Mine"), (Qt.Key.Key_Q, "Queue")):
        shown.key(Qt.Key.Key_G)
        shown.key(letter)
        shown.until(lambda title=title: shown.queue.title() == title)  # type: ignore[misc]
        shown.quiet()


@pytest.mark.parametrize(
    ("key", "modifier", "words"),
    [
        (Qt.Key.Key_D, Qt.KeyboardModifier.NoModifier, "Classify"),
        (Qt.Key.Key_M, Qt.KeyboardModifier.NoModifier, "Classify"),
        (Qt.Key.Key_F, Qt.KeyboardModifier.NoModifier, "Classify"),
        (Qt.Key.Key_Y, Qt.KeyboardModifier.NoModifier, "Reply"),
        (Qt.Key.Key_P, Qt.KeyboardModifier.NoModifier, "Plan"),
        (Qt.Key.Key_R, Qt.KeyboardModifier.NoModifier, "Resolve"),
        (Qt.Key.Key_P, CTRL | SHIFT, "Change priority"),
        (Qt.Key.Key_N, CTRL, "New ticket"),
    ],
)
def test_keys_open_their_dialogs(
    shown: Shown, key: Qt.Key, modifier: Qt.KeyboardModifier, words: str
) -> None:
    shown.key(key, modifier)
    shown.until(lambda: len(_dialogs(shown)) == 1)
    dialog = _dialogs(shown)[0]
    assert words in dialog.windowTitle()
    shown.quiet()
    dialog.reject()
    shown.until(lambda: not _dialogs(shown))


def test_why_opens_beside_the_times(shown: Shown) -> None:
    shown.key(Qt.Key.Key_W)
    shown.until(
        lambda: any("Why" in type(each).__name__ and each.isVisible() for each in QApplication.allWidgets())
    )
    for each in QApplication.topLevelWidgets():
        if "Why" in type(each).__name__:
            each.close()
    shown.quiet()


def test_what_cannot_be_done_says_why(shown: Shown, at: Office, emergency: int) -> None:
    progress.begin(at.at(MORGAN), emergency, "b")
    shown.wiring.poll()
    shown.until(lambda: shown.window.commands.reason("begin") == "Work has begun already")
    shown.key(Qt.Key.Key_B)
    assert shown.window.toast.text() == "Work has begun already"


def test_letters_of_tickets_do_nothing_while_another_page_is_in_front(shown: Shown, emergency: int) -> None:
    shown.window.show_item("breach")
    shown.quiet()
    shown.window.commands.run("begin")
    shown.quiet()
    row = shown.queue.model.held(emergency)
    assert row is not None
    assert not row.begun


def test_take_next_works_from_anywhere(shown: Shown, emergency: int) -> None:
    shown.window.show_item("breach")
    shown.quiet()
    assert shown.window.commands.run("take_next")
    shown.until(lambda: shown.window.current_page() is shown.queue)
    shown.until(lambda: (row := shown.queue.model.held(emergency)) is not None and row.owner == "morgan")


def test_z_writes_every_time_in_eastern(shown: Shown) -> None:
    before = shown.queue.model.judge.times.policy_first
    shown.key(Qt.Key.Key_Z)
    assert shown.queue.model.judge.times.policy_first is not before
    assert shown.wiring.context.times.policy_first is not before
    shown.key(Qt.Key.Key_Z)


def test_the_eastern_clock_and_the_database_are_named(shown: Shown) -> None:
    assert shown.window.top.clock.accessibleName() == "2:28 PM Eastern, business hours until 11 PM"
    assert shown.window.status.accessibleName().startswith("On this computer")


def test_f5_reads_everything_again(shown: Shown, at: Office, emergency: int) -> None:
    progress.begin(at.at(PRIYA), emergency, "b")
    shown.key(Qt.Key.Key_F5)
    shown.until(lambda: (row := shown.queue.model.held(emergency)) is not None and row.begun)


def test_f6_goes_round_the_panes(shown: Shown) -> None:
    seen = set()
    for _ in range(4):
        shown.key(Qt.Key.Key_F6)
        focus = QApplication.focusWidget()
        parts = (shown.window.rail, shown.window.top, *shown.queue.panes())
        seen.add(
            next((part for part in parts if focus and (part is focus or part.isAncestorOf(focus))), None)
        )
    assert seen == {shown.window.rail, shown.window.top, *shown.queue.panes()}


def test_in_a_small_window_the_ticket_is_a_page_of_its_own(shown: Shown) -> None:
    shown.window.resize(900, 700)
    shown.until(lambda: not shown.pane.isVisible())
    shown.queue.table.setFocus()
    shown.key(Qt.Key.Key_Return)
    assert shown.pane.isVisible()
    assert not shown.queue.table.isVisible()
    shown.key(Qt.Key.Key_Escape)
    assert shown.queue.table.isVisible()
    assert not shown.pane.isVisible()


def test_the_pane_can_be_hidden_and_is_remembered(shown: Shown, tmp_path: Path) -> None:
    shown.key(Qt.Key.Key_Backslash, CTRL)
    assert not shown.pane.isVisible()
    assert not Remember(tmp_path / "window.ini").flag("ticket_pane", usual=True)


def test_exactly_the_tickets_of_a_figure_and_back(shown: Shown, at: Office, juniper: Account) -> None:
    other = at.number(juniper, Priority.STANDARD)
    shown.window.show_item("breach")
    shown.quiet()
    shown.wiring.show_tickets(frozenset({other}), "1 ticket from the summary")
    shown.until(lambda: shown.queue.model.ids() == [other])
    assert shown.queue.title() == "1 ticket from the summary"
    shown.queue.table.setFocus()
    shown.key(Qt.Key.Key_Escape)
    page = shown.window.current_page()
    assert page is not None
    assert page is not shown.queue


def test_a_supervisor_reads_and_changes_nothing(
    qtbot: QtBot, at: Office, emergency: int, tmp_path: Path
) -> None:
    with window_at(qtbot, at.at(ROSA), tmp_path) as shown:
        shown.select(emergency)
        for name in ("begin", "claim", "demote", "note", "take_next", "new_ticket"):
            assert shown.window.commands.reason(name) == "Only an agent or a manager can do this"
        button = shown.pane.head.first_button()
        assert button is not None
        assert not button.isEnabled()


def test_an_administrator_as_such_does_no_ticket_acts(
    qtbot: QtBot, at: Office, emergency: int, tmp_path: Path
) -> None:
    with window_at(qtbot, at.at(IRA), tmp_path) as shown:
        shown.select(emergency)
        assert shown.window.commands.reason("begin")


def test_only_a_manager_can_cancel(qtbot: QtBot, at: Office, emergency: int, tmp_path: Path) -> None:
    with window_at(qtbot, at.at(ALEX), tmp_path) as shown:
        shown.select(emergency)
        assert shown.window.commands.reason("cancel_ticket") == "Only a manager can do this"


def test_a_refusal_nobody_showed_stands_in_the_bar(shown: Shown) -> None:
    shown.wiring.context.signals.failed.emit(Refused("The policy says no.", clause="1.3"))
    assert shown.window.notice.isVisible()
    assert shown.window.notice.text() == "The policy says no."


def test_a_fault_is_handed_to_the_report(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    caught: list[BaseException] = []
    monkeypatch.setattr("sys.excepthook", lambda _kind, error, _trace: caught.append(error))

    def broken(_desk: object) -> None:
        raise RuntimeError("a bug")

    shown.wiring.context.read(broken, print)
    shown.until(lambda: bool(caught))
    assert isinstance(caught[0], RuntimeError)


def test_preferences_apply_at_once_and_are_kept(shown: Shown, tmp_path: Path) -> None:
    shown.key(Qt.Key.Key_Comma, CTRL)
    shown.until(lambda: bool(shown.window.findChildren(PreferencesDialog)))
    (dialog,) = shown.window.findChildren(PreferencesDialog)
    dialog.choose("Appearance", "dark")
    assert theme().shown is Appearance.DARK
    dialog.choose("Text size", "125")
    assert theme().scale == 1.25
    dialog.choose("Row density", "compact")
    assert shown.queue.table.density() == "compact"
    dialog.choose("Hours", "24")
    assert not shown.wiring.context.times.twelve_hours
    kept = Remember(tmp_path / "window.ini")
    shown.until(lambda: kept.text("appearance") == "dark")
    dialog.close()
    theme().set_scale(1.0)


def test_the_list_is_written_as_a_spreadsheet(shown: Shown, emergency: int, tmp_path: Path) -> None:
    file = tmp_path / "queue.csv"
    shown.wiring.program.export(str(file))
    shown.until(lambda: "1 ticket written" in shown.window.toast.text())
    written = file.read_text(encoding="utf-8-sig").splitlines()
    assert len(written) == 2
    assert written[1].startswith(str(emergency))


def test_a_backup_is_made_on_the_spot(shown: Shown) -> None:
    shown.window.commands.run("backup")
    shown.until(lambda: "Backed up to" in shown.window.toast.text())


def test_the_bell_lists_what_was_missed(shown: Shown, at: Office, emergency: int) -> None:
    at.clock.advance(minutes=61)
    shown.wiring.heartbeat.set_clock(at.clock())
    shown.wiring.sweep()
    shown.until(lambda: bool(shown.wiring.notices.lines()))
    assert shown.wiring.notices.lines()[0].endswith(f"1 guarantee missed, 10 tokens credited: {emergency}")
    shown.wiring.notices.show_menu(shown.window.top).close()


def test_the_palette_finds_tickets_by_number_and_words(shown: Shown, emergency: int) -> None:
    for words in (f"#{emergency}", "outbound mail", "juniper"):
        (row,) = shown.wiring.acts.palette_rows(words)
        assert row.title.startswith(str(emergency))
    assert not list(shown.wiring.acts.palette_rows("nothing like it"))


def test_a_ticket_somebody_holds_can_be_taken_over_once_they_are_away(
    shown: Shown, at: Office, emergency: int
) -> None:
    claims.claim(at.at(PRIYA), emergency, "hers")
    shown.wiring.poll()
    shown.until(lambda: shown.window.commands.reason("claim").startswith("Priya has claimed it"))
    at.clock.advance(minutes=11)
    shown.wiring.heartbeat.set_clock(at.clock())
    assert not shown.window.commands.reason("claim")
    shown.key(Qt.Key.Key_C)
    shown.until(lambda: (row := shown.queue.model.held(emergency)) is not None and row.owner == "morgan")


def test_f1_shows_the_policy_in_force(shown: Shown) -> None:
    shown.key(Qt.Key.Key_F1)
    shown.until(lambda: any(isinstance(dialog, PolicyText) for dialog in _dialogs(shown)))
    (dialog,) = (dialog for dialog in _dialogs(shown) if isinstance(dialog, PolicyText))
    text = dialog.findChild(QPlainTextEdit)
    assert text is not None
    assert "3.3" in text.toPlainText()
    dialog.reject()


def test_letters_can_be_switched_off(shown: Shown, emergency: int) -> None:
    shown.wiring.set_letters(on=False)
    shown.key(Qt.Key.Key_B)
    shown.quiet()
    row = shown.queue.model.held(emergency)
    assert row is not None
    assert not row.begun
    shown.wiring.set_letters(on=True)


def test_the_first_run_asks_where_and_opens_the_sample(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(Commands())
    window.show()
    wiring = Wiring(window, Options(data_dir=str(tmp_path)))
    wiring.start()
    page = window.current_page()
    assert page is not None
    assert page.title() == "Welcome"
    wiring.open_sample()
    qtbot.waitUntil(
        lambda: wiring.context.desk is not None and bool(wiring.queue.model.ids()), timeout=60_000
    )
    assert window.top.sample.isVisible()
    assert wiring.queue.count_text().endswith("open")
    qtbot.waitUntil(lambda: not wiring.background.busy(), timeout=8_000)
    window.close()
    assert wiring.context.desk is None


def test_another_database_leaves_nothing_of_the_one_before(
    shown: Shown, emergency: int, tmp_path: Path
) -> None:
    with office(f"sqlite:///{tmp_path / 'other.sqlite3'}") as other:
        number = other.number(
            other.account("Elsewhere", balance=9), Priority.STANDARD, subject="Another desk"
        )
        shown.wiring.show_desk(other.at(ALEX))
        shown.wiring.rest()
        shown.until(lambda: shown.queue.model.ids() == [number])
        shown.until(lambda: (view := shown.pane.view) is not None and view.row.subject == "Another desk")
        assert shown.queue.model.held(emergency) is None or emergency == number
        shown.quiet()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Office]:
    """Another database, whose first ticket has the number of the emergency here."""
    with office(f"sqlite:///{tmp_path / 'other.sqlite3'}") as other:
        other.number(other.account("Elsewhere", balance=9), Priority.STANDARD, subject="Another desk")
        yield other


def _sit_at(shown: Shown, desk: Desk, number: int) -> None:
    """The window at another database, its first ticket read."""
    shown.wiring.show_desk(desk)
    shown.wiring.rest()
    shown.quiet()
    shown.select(number)


def test_undo_marks_notices_and_notes_belong_to_their_database(
    shown: Shown, at: Office, emergency: int, elsewhere: Office
) -> None:
    shown.key(Qt.Key.Key_C)
    shown.until(lambda: shown.wiring.acts.last_act() is not None)
    shown.quiet()
    shown.key(Qt.Key.Key_X)
    shown.window.commands.run("note")
    shown.bot.keyClicks(shown.window.focusWidget(), "For all of them")
    shown.pane.note.setPlainText("Half a thought")
    _sit_at(shown, elsewhere.at(ALEX), emergency)
    assert shown.wiring.acts.last_act() is None
    assert "no act of yours" in shown.window.commands.reason("undo")
    assert not shown.window.toast.text()
    assert not shown.queue.model.marked
    assert not shown.queue.bulk.isVisible()
    assert shown.wiring.notices.lines() == ()
    assert shown.pane.note.toPlainText() == ""
    assert shown.queue.bulk._field.text() == ""
    shown.pane.note.setPlainText("Another thought")
    _sit_at(shown, replace(at.at(MORGAN), store=open_store(at.desk.store.address)), emergency)
    assert shown.pane.note.toPlainText() == "Half a thought"
    assert shown.queue.bulk._field.text() == "For all of them"


def test_an_answer_of_the_database_before_tells_nothing_at_the_next_one(
    shown: Shown, emergency: int, elsewhere: Office
) -> None:
    waits, told, context = Event(), [], shown.wiring.context
    context.read(lambda _desk: waits.wait(20), told.append, told.append)

    def late(desk: Desk, key: str) -> Changed:
        waits.wait(20)
        return claims.claim(desk, emergency, key)

    context.act(late, once="claim", done=told.append, failed=told.append)
    context.signals.changed.connect(told.append)
    shown.wiring.show_desk(elsewhere.at(ALEX))
    shown.wiring.rest()
    assert not context.is_under_way("claim")
    assert shown.queue.table.current_id() == 0
    waits.set()
    shown.quiet()
    assert told == []
    assert shown.wiring.acts.last_act() is None


def _note(shown: Shown, words: str) -> None:
    """Writes a note and sends it."""
    shown.pane.note.setPlainText(words)
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)


def _anew(at: Office) -> Desk:
    """Morgan's desk, opened once more."""
    return replace(at.at(MORGAN), store=open_store(at.desk.store.address))


def test_the_same_database_opened_anew_still_knows_what_was_sent_and_tells_its_answer(
    shown: Shown, at: Office, emergency: int
) -> None:
    may_go_on = hold_acts(at.desk)
    _note(shown, "Only once.")
    shown.wiring.show_desk(_anew(at))
    shown.wiring.rest()
    shown.select(emergency)
    assert shown.pane.note.toPlainText() == "Only once."
    assert "was sent, and its answer is not there yet" in shown.pane._foot.button.toolTip()
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    may_go_on.set()
    shown.quiet()
    assert notes(at, emergency) == ["Only once."]
    assert shown.pane.note.toPlainText() == ""
    assert shown.pane._foot.button.toolTip() == ""


def test_what_a_fault_of_ours_ended_after_it_was_saved_is_not_done_again_by_pressing_again(
    shown: Shown, at: Office, emergency: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, faults, done = shown.wiring.context, [], []
    monkeypatch.setattr(sys, "excepthook", lambda *fault: faults.append(fault))

    def write(desk: Desk, key: str) -> Changed:
        changed = progress.write_note(desk, emergency, "Only once.", key)
        if not faults:
            raise ZeroDivisionError
        return changed

    for _ in range(2):
        context.act(write, once="write", done=done.append)
        shown.quiet()
    assert (len(faults), len(done)) == (1, 1)
    assert notes(at, emergency) == ["Only once."]


def test_a_draft_that_was_saved_is_gone_although_another_database_was_open_when_the_answer_came(
    shown: Shown, at: Office, emergency: int, elsewhere: Office
) -> None:
    may_go_on = hold_acts(at.desk)
    _note(shown, "Saved meanwhile.")
    shown.wiring.show_desk(elsewhere.at(ALEX))
    shown.wiring.rest()
    may_go_on.set()
    shown.quiet()
    assert notes(at, emergency) == ["Saved meanwhile."]
    _sit_at(shown, _anew(at), emergency)
    assert shown.pane.note.toPlainText() == ""
    assert shown.pane._foot.button.toolTip() == ""


def test_an_act_refused_while_another_database_is_open_is_told(
    shown: Shown, at: Office, emergency: int, elsewhere: Office
) -> None:
    claims.claim(at.at(ALEX), emergency, "first")
    may_go_on = hold_acts(at.desk)
    shown.key(Qt.Key.Key_C)
    shown.wiring.show_desk(elsewhere.at(PRIYA))
    shown.wiring.rest()
    may_go_on.set()
    shown.until(lambda: "was not saved at the database that was open before" in shown.window.notice.text())


def test_a_dialog_closes_when_another_database_opens_and_its_words_wait_for_its_own(
    shown: Shown, at: Office, emergency: int, elsewhere: Office
) -> None:
    def typed() -> list[str]:
        shown.key(Qt.Key.Key_Y)
        shown.until(lambda: bool(_dialogs(shown)) and not shown.wiring.background.busy())
        return [field.toPlainText() for field in _dialogs(shown)[0].findChildren(QPlainTextEdit)]

    assert typed() == [""]
    shown.until(lambda: isinstance(QApplication.focusWidget(), QPlainTextEdit))
    shown.bot.keyClicks(QApplication.focusWidget(), "Dear Leah")
    _sit_at(shown, elsewhere.at(MORGAN), emergency)
    assert _dialogs(shown) == []
    assert typed() == [""]
    _sit_at(shown, replace(at.at(MORGAN), store=open_store(at.desk.store.address)), emergency)
    assert typed() == ["Dear Leah"]
    _dialogs(shown)[0].reject()


def test_a_new_database_is_made_here(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(Commands())
    window.show()
    wiring = Wiring(window, Options(data_dir=str(tmp_path)))
    wiring.start()
    wiring.open_desk()
    qtbot.waitUntil(lambda: wiring.context.desk is not None, timeout=15_000)
    qtbot.waitUntil(lambda: not wiring.background.busy(), timeout=8_000)
    assert (tmp_path / "console.sqlite3").exists()
    assert wiring.queue.empty.words().startswith("Nothing is waiting.")
    window.close()


def test_a_database_that_cannot_be_opened_is_said_and_the_window_lives(qtbot: QtBot, tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"this is no database at all" * 100)
    window = MainWindow(Commands())
    window.show()
    wiring = Wiring(window, Options(data_dir=str(tmp_path), database=f"sqlite:///{broken}"))
    wiring.start()
    qtbot.waitUntil(lambda: isinstance(window.current_page(), StoppedPage), timeout=15_000)
    page = window.current_page()
    assert isinstance(page, StoppedPage)
    assert "is not a database of this console" in page.words.text()
    assert wiring.context.desk is None
    window.close()
