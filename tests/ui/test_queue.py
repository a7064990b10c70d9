"""The queue page at a real desk, by keyboard: order, selection, acts, marks, filters, in every look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import Connection, event

from console.policy.account import Account
from console.policy.terms import Hosting, Priority, PromiseKind, SupportOption
from console.services import claims, progress
from console.services.desk import Changed, Desk
from console.ui.actions import CHANGING
from console.ui.models.queue_bands import Band
from console.ui.theme import Appearance, theme
from tests.support.desks import ALEX, PRIYA, Office, office
from tests.support.live import desk_of, hold_acts, notes
from tests.support.windows import Shown, mark, note_on_all, window_at


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def juniper(at: Office) -> Account:
    return at.account("Juniper Dental", balance=60)


@pytest.fixture
def tickets(at: Office, juniper: Account) -> tuple[int, int, int, int]:
    """Standard, urgent, emergency, and one that waits for tokens."""
    standard = at.number(juniper, Priority.STANDARD, subject="Move four domains")
    urgent = at.number(juniper, Priority.URGENT, subject="Spam filter quarantines invoices")
    emergency = at.number(juniper, Priority.EMERGENCY, subject="Outbound mail is queued")
    poor = at.account("Northwind Legal", balance=0)
    waiting = at.number(poor, Priority.STANDARD, subject="DNS change")
    return standard, urgent, emergency, waiting


@pytest.fixture
def shown(qtbot: QtBot, at: Office, tickets: tuple[int, ...], tmp_path: Path) -> Iterator[Shown]:
    with window_at(qtbot, at.at(ALEX), tmp_path) as window:
        window.until(lambda: len(window.queue.model.ids()) == len(tickets))
        window.queue.table.setFocus()
        yield window


def test_the_nearest_deadline_stands_first_and_awaiting_tokens_last(
    shown: Shown, tickets: tuple[int, ...]
) -> None:
    standard, urgent, emergency, waiting = tickets
    QAbstractItemModelTester(
        shown.queue.model, QAbstractItemModelTester.FailureReportingMode.Fatal, shown.window
    )
    assert shown.queue.model.ids() == [emergency, urgent, standard, waiting]
    assert shown.queue.count_text() == "4 open"
    assert [span.band for span in shown.queue.model.spans()][-1] is Band.AWAITING


def test_take_next_and_begin_are_two_keys(shown: Shown, at: Office, tickets: tuple[int, ...]) -> None:
    emergency = tickets[2]
    shown.key(Qt.Key.Key_N)
    shown.until(lambda: shown.queue.table.current_id() == emergency and "due in" in shown.window.toast.text())
    shown.until(lambda: (row := shown.queue.model.held(emergency)) is not None and row.owner == "alex")
    shown.until(lambda: shown.pane.view is not None and not shown.window.commands.reason("begin"))
    shown.key(Qt.Key.Key_B)
    shown.until(lambda: (row := shown.queue.model.held(emergency)) is not None and row.begun)
    shown.until(lambda: shown.window.commands.reason("begin") == "Work has begun already")


def test_a_key_pressed_twice_or_held_down_acts_once(shown: Shown, tickets: tuple[int, ...]) -> None:
    for _ in range(2):
        shown.key(Qt.Key.Key_N)
    shown.quiet()
    mine = [each for each in tickets if (row := shown.queue.model.held(each)) and row.owner == "alex"]
    assert mine == [tickets[2]]
    menus = shown.window._menus
    assert not [name for name in CHANGING if menus.action(name).autoRepeat()]
    assert menus.action("next").autoRepeat()


def test_a_ticket_taken_late_does_not_take_the_person_from_what_they_write(
    shown: Shown, tickets: tuple[int, ...]
) -> None:
    standard, _, emergency, _ = tickets
    shown.select(standard)
    may_go_on = hold_acts(desk_of(shown))
    shown.key(Qt.Key.Key_N)
    shown.key(Qt.Key.Key_E)
    shown.until(shown.pane.note.hasFocus)
    shown.bot.keyClicks(shown.pane.note, "Customer says ")
    may_go_on.set()
    shown.until(lambda: str(emergency) in shown.window.toast.text())
    shown.quiet()
    assert shown.pane.ticket_id == standard
    assert shown.pane.note.hasFocus()
    assert shown.pane.note.toPlainText() == "Customer says "


def test_a_ticket_resolved_late_stays_in_front_while_the_person_writes_on_it(
    shown: Shown, tickets: tuple[int, ...]
) -> None:
    standard = tickets[0]
    shown.select(standard)
    may_go_on = hold_acts(desk_of(shown))
    shown.wiring.context.act(
        lambda desk, key: progress.resolve(desk, standard, "solved", "The relay is mended.", key),
        once="resolve",
    )
    shown.key(Qt.Key.Key_E)
    shown.bot.keyClicks(shown.pane.note, "Customer says ")
    may_go_on.set()
    shown.until(lambda: str(standard) in shown.window.toast.text())
    shown.quiet()
    shown.bot.keyClicks(shown.focus(), "thanks")
    assert shown.pane.ticket_id == standard
    assert shown.pane.note.toPlainText() == "Customer says thanks"


def test_undo_takes_the_last_act_back(shown: Shown, tickets: tuple[int, ...]) -> None:
    emergency = tickets[2]
    shown.select(emergency)
    shown.key(Qt.Key.Key_B)
    shown.until(lambda: (row := shown.queue.model.held(emergency)) is not None and row.begun)
    shown.quiet()
    shown.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    shown.until(lambda: (row := shown.queue.model.held(emergency)) is not None and not row.begun)


def test_what_is_undone_is_back_in_its_place_at_once_and_in_front(
    shown: Shown, tickets: tuple[int, ...]
) -> None:
    """Else the next key would meet another ticket, for as long as the order waits for a quiet moment."""
    emergency = tickets[2]
    shown.select(emergency)
    before = shown.queue.model.ids()
    seen = shown.pane.view.row.version if shown.pane.view is not None else 0

    def resolve(desk: Desk, key: str) -> Changed:
        return progress.resolve(desk, emergency, "answered", "", key, version=seen)

    shown.wiring.context.act(resolve, once="resolve")
    shown.until(lambda: emergency not in shown.queue.model.ids())
    assert shown.pane.ticket_id != emergency
    shown.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    shown.quiet()
    assert shown.queue.model.ids() == before
    assert (shown.pane.ticket_id, shown.queue.table.current_id()) == (emergency, emergency)


def test_j_and_k_walk_the_list_and_the_pane_follows(shown: Shown, tickets: tuple[int, ...]) -> None:
    standard, urgent, emergency, _ = tickets
    shown.select(emergency)
    shown.key(Qt.Key.Key_J)
    assert shown.queue.table.current_id() == urgent
    shown.key(Qt.Key.Key_Down)
    assert shown.queue.table.current_id() == standard
    shown.key(Qt.Key.Key_K)
    shown.until(lambda: (view := shown.pane.view) is not None and view.ticket.id == urgent)


def test_a_letter_in_the_search_field_is_a_letter(shown: Shown, at: Office, tickets: tuple[int, ...]) -> None:
    shown.key(Qt.Key.Key_Slash)
    field = shown.window.top.search
    shown.until(field.hasFocus)
    shown.bot.keyClicks(field, "domains")
    shown.until(lambda: shown.queue.model.ids() == [tickets[0]])
    assert field.text() == "domains"
    shown.bot.keyClick(field, Qt.Key.Key_Escape)
    shown.until(lambda: len(shown.queue.model.ids()) == 4)


def test_what_cannot_be_read_of_a_filter_is_said_and_the_rest_applies(
    shown: Shown, tickets: tuple[int, ...]
) -> None:
    shown.window.top.search.setText("priority:urgent colour:red")
    shown.until(lambda: shown.queue.model.ids() == [tickets[1]])
    assert "colour" in shown.queue.filters.fault()


def test_nothing_found_offers_to_clear_the_filter(shown: Shown) -> None:
    shown.window.top.search.setText("nosuchword")
    shown.until(shown.queue.empty.isVisible)
    assert "nosuchword" in shown.queue.empty.words()
    shown.key(Qt.Key.Key_Escape)
    shown.until(shown.queue.table.isVisible)


def test_a_tab_shows_one_band(shown: Shown, tickets: tuple[int, ...]) -> None:
    shown.queue.filters.tabs.chosen.emit("awaiting")
    assert shown.queue.model.ids() == [tickets[3]]
    shown.queue.table.setFocus()
    shown.key(Qt.Key.Key_Escape)
    assert len(shown.queue.model.ids()) == 4


def test_the_views_of_the_rail_are_filters_of_the_same_page(
    shown: Shown, at: Office, tickets: tuple[int, ...]
) -> None:
    claims.claim(at.at(ALEX), tickets[1], "claim-1")
    shown.window.show_item("mine")
    shown.until(lambda: shown.queue.model.ids() == [tickets[1]])
    assert shown.queue.title() == "Mine"
    shown.window.show_item("emergencies")
    shown.until(lambda: shown.queue.model.ids() == [tickets[2]])


def test_several_are_claimed_together_and_each_is_reported(
    shown: Shown, at: Office, tickets: tuple[int, ...]
) -> None:
    _, urgent, emergency, _ = tickets
    shown.select(emergency)
    shown.key(Qt.Key.Key_X)
    shown.key(Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert shown.queue.model.marked == {emergency, urgent}
    assert shown.queue.bulk.isVisible()
    claims.claim(at.at(PRIYA), urgent, "first")
    shown.key(Qt.Key.Key_C)
    shown.until(shown.queue.message.isVisible)
    assert shown.queue.message.text().startswith("1 claimed, 1 not")
    assert str(urgent) in shown.queue.message.text()
    assert shown.queue.model.marked == {urgent}


def test_one_note_stands_once_on_all_that_are_marked(
    shown: Shown, at: Office, tickets: tuple[int, ...]
) -> None:
    mark(shown, tickets[:2])
    field = note_on_all(shown, "The relay is mended.")
    assert field.text() == "The relay is mended."
    shown.until(lambda: shown.queue.message.text() == "2 noted")
    assert [notes(at, each) for each in tickets[:2]] == [["The relay is mended."]] * 2
    assert field.text() == ""
    assert not shown.queue.model.marked


def test_the_keys_go_on_in_the_list_after_a_note_on_several(shown: Shown, tickets: tuple[int, ...]) -> None:
    mark(shown, tickets[:2])
    note_on_all(shown, "The relay is mended.")
    shown.until(lambda: shown.queue.message.text() == "2 noted")
    assert shown.queue.table.hasFocus()
    mark(shown, tickets[:2])
    shown.key(Qt.Key.Key_E)
    shown.key(Qt.Key.Key_Escape)
    assert shown.queue.table.hasFocus()


def test_a_note_on_several_stays_in_its_field_where_one_met_a_fault_of_ours(
    shown: Shown, at: Office, tickets: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[Exception] = []
    monkeypatch.setattr(shown.wiring, "_on_fault", faults.append)

    def breaks(connection: Connection) -> None:
        if connection.get_execution_options().get("console_writing"):
            event.remove(engine, "begin", breaks)
            raise RuntimeError("a fault of ours")

    mark(shown, tickets[:2])
    engine = desk_of(shown).store._engine
    event.listen(engine, "begin", breaks)
    field = note_on_all(shown, "The relay is mended.")
    first, second = sorted(tickets[:2])
    said = f"1 noted, 1 not: {first}: The console met a fault of its own."
    shown.until(lambda: shown.queue.message.text() == said)
    assert field.text() == "The relay is mended."
    assert shown.queue.model.marked == {first}
    assert (notes(at, first), notes(at, second)) == ([], ["The relay is mended."])


def test_a_window_stays_until_a_note_on_several_stands_on_all_of_them(
    shown: Shown, at: Office, tickets: tuple[int, ...]
) -> None:
    mark(shown, tickets[:3])
    may_go_on = hold_acts(desk_of(shown))
    note_on_all(shown, "The relay is mended.")
    assert not shown.window.close()
    assert shown.window.toast.text() == (
        "3 tickets are still being noted. The window can be closed as soon as that is done."
    )
    may_go_on.set()
    shown.until(lambda: shown.queue.message.text() == "3 noted")
    assert [notes(at, each) for each in tickets[:3]] == [["The relay is mended."]] * 3
    assert not shown.queue.why_not_close()


def test_what_is_pressed_while_several_are_still_being_noted_is_answered_and_so_is_what_was_not_sent(
    shown: Shown, at: Office, tickets: tuple[int, ...], tmp_path: Path
) -> None:
    mark(shown, tickets[:3])
    may_go_on = hold_acts(desk_of(shown))
    note_on_all(shown, "The relay is mended.")
    shown.queue.message.show_message("")
    shown.queue.bulk.claim.emit()
    assert shown.queue.message.text() == (
        "3 tickets are still being noted. Nothing more is sent before that is done."
    )
    with office(f"sqlite:///{tmp_path / 'other.sqlite3'}") as other:
        shown.wiring.show_desk(other.at(ALEX))
        shown.wiring.rest()
        assert shown.window.notice.text() == "2 tickets were not noted: another database was opened before."
        may_go_on.set()
        shown.quiet()
    assert sum(notes(at, each) == ["The relay is mended."] for each in tickets[:3]) == 1


def test_selection_follows_its_ticket_when_the_order_changes(
    shown: Shown, at: Office, juniper: Account, tickets: tuple[int, ...]
) -> None:
    _, urgent, emergency, _ = tickets
    shown.select(urgent)
    assert shown.queue.table.currentIndex().row() == 1
    progress.resolve(at.at(PRIYA), emergency, "solved", "It is mended.", "done")
    later = at.number(juniper, Priority.EMERGENCY, subject="Another one")
    shown.wiring.poll()
    shown.quiet()
    shown.queue.settle()
    shown.until(lambda: shown.queue.model.ids()[:2] == [later, urgent])
    assert shown.queue.table.current_id() == urgent
    assert shown.queue.table.currentIndex().row() == 1
    assert shown.queue.model.place(emergency) == -1


def test_a_missed_guarantee_is_settled_while_one_watches(
    shown: Shown, at: Office, tickets: tuple[int, ...]
) -> None:
    emergency = tickets[2]
    shown.select(emergency)
    at.clock.advance(minutes=61)
    shown.wiring.heartbeat.set_clock(at.clock())
    shown.wiring.sweep()
    shown.until(lambda: (row := shown.queue.model.held(emergency)) is not None and row.is_free)
    shown.until(lambda: (view := shown.pane.view) is not None and view.ticket.is_free)
    shown.quiet()
    assert shown.queue.table.rows.credited_note == "10 tokens credited back automatically"


def test_another_desks_act_arrives_by_the_journal(shown: Shown, at: Office, tickets: tuple[int, ...]) -> None:
    shown.select(tickets[1])
    progress.begin(at.at(PRIYA), tickets[1], "elsewhere")
    shown.wiring.poll()
    shown.until(lambda: (row := shown.queue.model.held(tickets[1])) is not None and row.owner == "priya")
    shown.until(lambda: (view := shown.pane.view) is not None and view.ticket.begun_at is not None)


def test_only_the_first_row_of_a_band_is_taller_whatever_time_it_is(shown: Shown, at: Office) -> None:
    table = shown.queue.table
    for _ in range(4):
        firsts = {span.first for span in shown.queue.model.spans()}
        heights = {place: table.rowHeight(place) for place in range(shown.queue.model.rowCount())}
        assert {place for place, height in heights.items() if height == max(heights.values())} == firsts
        shown.wiring.heartbeat.set_clock(at.clock.advance(minutes=50))
        shown.queue.pass_time(at.clock.now)
        shown.queue.settle()


def test_end_goes_to_the_tickets_awaiting_tokens(shown: Shown, tickets: tuple[int, ...]) -> None:
    shown.key(Qt.Key.Key_End)
    assert shown.queue.table.current_id() == tickets[3]
    shown.until(lambda: shown.pane.view is not None and "awaiting" in shown.pane.prompts.open_prompts())
    assert "can pay 1 token" in shown.window.commands.reason("begin")


def test_a_letter_over_many_rows_does_not_walk_the_model(shown: Shown) -> None:
    before = QApplication.focusWidget()
    shown.queue.table.keyboardSearch("q")
    assert QApplication.focusWidget() is before


@pytest.mark.parametrize("look", [Appearance.LIGHT, Appearance.DARK])
@pytest.mark.parametrize(("scale", "size"), [(1.0, (1440, 900)), (2.0, (1280, 720))])
def test_every_row_is_drawn_in_every_look(
    shown: Shown, tickets: tuple[int, ...], look: Appearance, scale: float, size: tuple[int, int]
) -> None:
    theme().choose(look)
    theme().set_scale(scale)
    shown.window.resize(*size)
    shown.select(tickets[2])
    for density in ("compact", "cosy", "roomy"):
        shown.queue.set_density(density)
        assert not shown.queue.table.grab().isNull()
    first = shown.queue.table.rowHeight(0)
    assert first > theme().px(26) + theme().metrics("strong").height()
    assert not shown.queue.table.is_faulty()


def test_flat_rate_goals_never_look_like_guarantees(qtbot: QtBot, at: Office, tmp_path: Path) -> None:
    flat = at.account("Bluestem", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    number = at.number(flat, Priority.STANDARD)
    with window_at(qtbot, at.at(ALEX), tmp_path) as shown:
        shown.select(number)
        assert shown.pane.goals.isVisible()
        assert not shown.pane.guarantees.isVisible()
        row = shown.queue.model.held(number)
        assert row is not None
        assert row.kind is PromiseKind.GOAL
