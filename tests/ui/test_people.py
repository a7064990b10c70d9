"""The People page by keyboard, at a local and at a shared database: who may do what, and what the database says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import cast

import psycopg
import pytest
from psycopg import sql
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from console.bootstrap import open_desk
from console.policy.actor import Actor
from console.policy.terms import Role
from console.services import people, people_list
from console.services.desk import Desk
from console.services.lost import Lost
from console.services.people import EVERY_ROLE, Person
from console.store.engine import open_store
from console.ui.context import DOUBLE_CLICK_S
from console.ui.line import State
from console.ui.views.dialogs.frame import Dialog
from console.ui.views.dialogs.person import AddPersonDialog, MadePasswordDialog
from console.ui.views.dialogs.person_change import ChangePersonDialog, RemovePersonDialog
from console.ui.views.people import PeoplePage
from tests.support.desks import ALEX, IRA, actor, office
from tests.support.guarded import GuardedOffice, as_login, guarded_office, libpq
from tests.support.live import desk_of, hold_acts
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown, window_at

CTRL = Qt.KeyboardModifier.ControlModifier
ALONE = Actor("morgan", "Morgan Hale", EVERY_ROLE)


@pytest.fixture
def at(guarded_url: str) -> Iterator[GuardedOffice]:
    with guarded_office(guarded_url) as opened:
        yield opened


@pytest.fixture
def ira(at: GuardedOffice) -> Desk:
    return at.at(IRA)


@contextmanager
def live_window(bot: QtBot, desk: Desk, folder: Path, size: tuple[int, int] = (1440, 900)) -> Iterator[Shown]:
    """A window at a shared database, its line up."""
    with window_at(bot, desk, folder, size, live=True) as shown:
        shown.until(lambda: shown.wiring.shared.line.state() is State.UP)
        yield shown


@pytest.fixture
def shared(qtbot: QtBot, ira: Desk, tmp_path: Path) -> Iterator[Shown]:
    """An administrator's window at a shared database, at the People page."""
    with live_window(qtbot, ira, tmp_path) as window:
        go_to_people(window)
        yield window


@pytest.fixture
def local(qtbot: QtBot, sqlite_url: str, tmp_path: Path) -> Iterator[Shown]:
    """The window of somebody who is alone at a local database."""
    with office(sqlite_url) as opened:
        desk = replace(opened.desk, actor=ALONE)
        with window_at(qtbot, desk, tmp_path) as window:
            go_to_people(window)
            yield window


@pytest.fixture
def newcomer(guarded_url: str) -> Iterator[str]:
    """A login that the server does not have, and that is gone again afterwards."""
    login = f"noor{token_hex(4)}"
    yield login
    with psycopg.connect(libpq(guarded_url), autocommit=True) as owner:
        owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))


def go_to_people(shown: Shown) -> None:
    shown.key(Qt.Key.Key_G)
    shown.key(Qt.Key.Key_P)
    shown.until(lambda: isinstance(shown.wiring._pages.get("people"), PeoplePage))
    shown.quiet()


def page(shown: Shown) -> PeoplePage:
    return cast("PeoplePage", shown.wiring._pages["people"])


def dialog(shown: Shown, kind: type[Dialog]) -> Dialog:
    """The dialog of that kind, read and in front."""
    shown.until(lambda: any(isinstance(each, kind) for each in open_dialogs(shown)))
    shown.quiet()
    shown.bot.wait(20)
    return next(each for each in open_dialogs(shown) if isinstance(each, kind))


def open_dialogs(shown: Shown) -> list[Dialog]:
    return [each for each in shown.window.findChildren(Dialog) if each.isVisible()]


def closed(shown: Shown) -> None:
    shown.until(lambda: not open_dialogs(shown))
    shown.quiet()
    shown.until(
        lambda: QApplication.activeWindow() is shown.window and shown.window.focusWidget() is not None
    )


def press(shown: Shown, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key at whatever has the focus, in a dialog as well."""
    shown.bot.keyClick(QApplication.focusWidget() or shown.window, key, modifier)


def type_into(shown: Shown, words: str) -> None:
    shown.bot.keyClicks(QApplication.focusWidget(), words)


def spoken(shown: Shown) -> list[str]:
    model = page(shown).list.model
    return [
        model.data(model.index(place), Qt.ItemDataRole.AccessibleTextRole)
        for place in range(model.rowCount())
    ]


def chosen(shown: Shown, login: str) -> None:
    page(shown).list.choose(login)
    page(shown).list.focus_list()


def entry(desk: Desk, login: str) -> Person:
    return people_list.person_of(desk, login)


# at a shared database, with an administrator's own login


def test_the_page_is_for_administrators_alone(qtbot: QtBot, at: GuardedOffice, tmp_path: Path) -> None:
    with live_window(qtbot, at.at(ALEX), tmp_path) as shown:
        assert not shown.window.has_item("people")
        shown.key(Qt.Key.Key_G)
        shown.key(Qt.Key.Key_P)
        assert shown.window.current_page() is shown.queue
        assert "go_people" not in {command.id for command in shown.window.commands.all()}
        assert not shown.window._menus.action("person_add").isVisible()


def test_everybody_in_a_sentence(shared: Shown) -> None:
    assert spoken(shared)[:2] == [
        "Alex, login alex. agent. On shift. Signed in.",
        "Ira, you, login ira. administrator. On shift. Signed in.",
    ]
    assert "Max, login max. manager. On shift. Not signed in." in spoken(shared)
    assert page(shared).list.view().hasFocus()


def test_somebody_is_added_with_a_password_shown_once(shared: Shown, guarded_url: str, newcomer: str) -> None:
    press(shared, Qt.Key.Key_Insert)
    add = dialog(shared, AddPersonDialog)
    type_into(shared, newcomer)
    press(shared, Qt.Key.Key_Tab)
    type_into(shared, "Noor Haddad")
    assert add.primary.text() == "Add Noor Haddad"
    press(shared, Qt.Key.Key_Return, CTRL)
    assert add.said() == "Choose at least one role."
    press(shared, Qt.Key.Key_Tab)
    press(shared, Qt.Key.Key_Space)
    press(shared, Qt.Key.Key_Return, CTRL)
    told = dialog(shared, MadePasswordDialog)
    assert isinstance(told, MadePasswordDialog)
    press(shared, Qt.Key.Key_Escape)
    assert told.isVisible()
    told._copy.setFocus()
    press(shared, Qt.Key.Key_Space)
    password = QGuiApplication.clipboard().text()
    press(shared, Qt.Key.Key_Return, CTRL)
    closed(shared)
    assert f"Noor Haddad, login {newcomer}. agent. On shift. Not signed in." in spoken(shared)
    desk = open_desk(as_login(guarded_url, newcomer).replace("only-for-tests", password))
    assert desk.actor.roles == {Role.AGENT}
    desk.store.close()


def test_a_password_of_ones_own_is_typed_twice_and_is_in_no_draft(shared: Shown, newcomer: str) -> None:
    press(shared, Qt.Key.Key_Insert)
    add = dialog(shared, AddPersonDialog)
    assert isinstance(add, AddPersonDialog)
    add._login.setText(newcomer)
    add._name.setText("Noor")
    add.roles.choose(["agent"])
    add._sign_in.choose("typed")
    add._on_sign_in("typed")
    add._typed[0].setText("short")
    add._typed[1].setText("other")
    press(shared, Qt.Key.Key_Return, CTRL)
    assert add.asked("password").field.accessibleDescription() == (
        "A password has at least 12 characters; 5 so far."
    )
    assert add.asked("again").field.accessibleDescription() == "The two passwords differ."
    assert "password" not in add.values()
    for field in add._typed:
        field.setText("long enough to be kept")
    press(shared, Qt.Key.Key_Return, CTRL)
    closed(shared)
    assert any(newcomer in words for words in spoken(shared))


def test_roles_are_changed_and_shown_before_and_after(shared: Shown, ira: Desk) -> None:
    chosen(shared, "max")
    press(shared, Qt.Key.Key_Return)
    change = dialog(shared, ChangePersonDialog)
    assert isinstance(change, ChangePersonDialog)
    assert not change.primary.isEnabled()
    press(shared, Qt.Key.Key_Space)
    assert (change._now.text(), change._after.text()) == ("manager", "agent, manager")
    press(shared, Qt.Key.Key_Return, CTRL)
    closed(shared)
    assert entry(ira, "max").roles == {Role.AGENT, Role.MANAGER}
    assert "Max, login max. agent, manager. On shift. Not signed in." in spoken(shared)
    assert page(shared).list.view().hasFocus()


def test_nobody_changes_their_own_roles_or_removes_themselves(shared: Shown) -> None:
    chosen(shared, "ira")
    press(shared, Qt.Key.Key_Return)
    change = dialog(shared, ChangePersonDialog)
    assert isinstance(change, ChangePersonDialog)
    assert not any(box.isEnabled() for box in change.roles.boxes.values())
    assert "Nobody changes their own roles" in change._note.words()
    press(shared, Qt.Key.Key_Escape)
    closed(shared)
    press(shared, Qt.Key.Key_Delete)
    remove = dialog(shared, RemovePersonDialog)
    assert "Nobody removes themselves" in remove.primary.toolTip()
    press(shared, Qt.Key.Key_Escape)
    closed(shared)


def test_the_second_of_two_administrators_is_told_who_was_first(shared: Shown, ira: Desk) -> None:
    shared.wiring.rest()
    chosen(shared, "max")
    press(shared, Qt.Key.Key_Return)
    change = dialog(shared, ChangePersonDialog)
    assert isinstance(change, ChangePersonDialog)
    press(shared, Qt.Key.Key_Space)
    people_list.save_person(ira, people_list.with_roles(entry(ira, "max"), ["supervisor"]), ira.new_key())
    press(shared, Qt.Key.Key_Return, CTRL)
    shared.until(lambda: "Ira saved Max" in change.said())
    shared.quiet()
    assert "s ago: supervisor." in change.said()
    assert (change._now.text(), change._after.text()) == ("supervisor", "agent, manager")
    assert entry(ira, "max").roles == {Role.SUPERVISOR}
    press(shared, Qt.Key.Key_Return, CTRL)
    closed(shared)
    assert entry(ira, "max").roles == {Role.AGENT, Role.MANAGER}


def test_on_and_off_shift_with_space(shared: Shown, ira: Desk) -> None:
    shared.wiring.rest()
    chosen(shared, "max")
    press(shared, Qt.Key.Key_Space)
    shared.until(lambda: "Max, login max. manager. Off shift. Not signed in." in spoken(shared))
    assert not entry(ira, "max").on_shift
    assert page(shared).bar.shift.text() == "On shift"
    people_list.save_person(ira, replace(entry(ira, "max"), name="Max Weber"), ira.new_key())
    press(shared, Qt.Key.Key_Space)
    shared.until(lambda: "Ira saved Max" in page(shared).message.text())
    shared.until(lambda: any("Max Weber" in words for words in spoken(shared)))


def test_space_pressed_again_turns_a_shift_once_and_says_that_it_is_under_way(
    shared: Shown, ira: Desk
) -> None:
    shared.wiring.rest()
    chosen(shared, "max")
    may_go_on = hold_acts(desk_of(shared))
    for _ in range(2):
        press(shared, Qt.Key.Key_Space)
    assert page(shared).message.text() == ""
    shared.bot.wait(int(DOUBLE_CLICK_S * 1_500))
    press(shared, Qt.Key.Key_Space)
    assert "“Max: shift” was sent, and its answer is not there yet" in page(shared).message.text()
    may_go_on.set()
    shared.until(lambda: "Max, login max. manager. Off shift. Not signed in." in spoken(shared))
    shared.quiet()
    assert not entry(ira, "max").on_shift
    assert page(shared).message.text() == ""


def test_who_is_removed_is_thrown_out(shared: Shown, ira: Desk, newcomer: str, guarded_url: str) -> None:
    person = Person(login=newcomer, name="Noor", roles=frozenset({Role.AGENT}))
    people_list.add_person(ira, person, ira.new_key(), "long enough to be kept")
    page(shared).refresh()
    shared.until(lambda: page(shared).list.model.place(newcomer) >= 0)
    chosen(shared, newcomer)
    press(shared, Qt.Key.Key_Delete)
    remove = dialog(shared, RemovePersonDialog)
    assert remove.cancel_button.hasFocus()
    assert remove.primary.text() == "Remove Noor"
    press(shared, Qt.Key.Key_Return, CTRL)
    closed(shared)
    shared.until(lambda: f"Noor, login {newcomer}. no roles. Off shift. Cannot enter." in spoken(shared))


def test_who_was_moved_here_without_a_login_is_given_one(
    shared: Shown, newcomer: str, guarded_url: str
) -> None:
    with psycopg.connect(libpq(guarded_url)) as owner:
        owner.execute("INSERT INTO person (login, name, on_shift) VALUES (%s, 'Noor', true)", [newcomer])
        owner.execute("INSERT INTO person_role (login, role) VALUES (%s, 'agent')", [newcomer])
    press(shared, Qt.Key.Key_F5)
    shared.until(lambda: f"Noor, login {newcomer}. agent. On shift. No login yet." in spoken(shared))
    chosen(shared, newcomer)
    assert page(shared).bar.change.text() == "Give a login…"
    for name in ("person_shift", "person_remove"):
        assert shared.window.commands.reason(name) == "They have no login yet"
    press(shared, Qt.Key.Key_Return)
    add = dialog(shared, AddPersonDialog)
    assert add.windowTitle() == "A login for Noor"
    press(shared, Qt.Key.Key_Return, CTRL)
    dialog(shared, MadePasswordDialog)
    press(shared, Qt.Key.Key_Return, CTRL)
    closed(shared)
    shared.until(lambda: f"Noor, login {newcomer}. agent. On shift. Not signed in." in spoken(shared))


def test_a_barred_login_is_shown_with_what_lets_it_in(shared: Shown, guarded_url: str) -> None:
    with psycopg.connect(libpq(guarded_url), autocommit=True) as owner:
        owner.execute("ALTER ROLE max NOLOGIN")
        try:
            press(shared, Qt.Key.Key_F5)
            shared.until(lambda: any("Barred: the owner lets them in." in each for each in spoken(shared)))
        finally:
            owner.execute("ALTER ROLE max LOGIN")


def test_an_administrator_whose_role_is_taken_leaves_the_page(shared: Shown, at: GuardedOffice) -> None:
    own = replace(at.desk, store=open_store(at.url), actor=Actor("postgres", "postgres", EVERY_ROLE))
    people_list.save_person(own, people_list.with_roles(entry(own, "max"), ["administrator"]), own.new_key())
    people_list.save_person(own, people_list.with_roles(entry(own, "ira"), ["supervisor"]), own.new_key())
    own.store.close()
    shared.until(lambda: shared.window.current_page() is shared.queue)
    assert not shared.window.has_item("people")


def test_what_another_administrator_does_shows_at_once(
    qtbot: QtBot, at: GuardedOffice, ira: Desk, tmp_path: Path
) -> None:
    people_list.save_person(
        ira, people_list.with_roles(entry(ira, "max"), ["manager", "administrator"]), ira.new_key()
    )
    max_too = actor("max", Role.MANAGER, Role.ADMINISTRATOR)
    with live_window(qtbot, at.at(max_too), tmp_path) as shown:
        go_to_people(shown)
        chosen(shown, "rosa")
        press(shown, Qt.Key.Key_Return)
        change = dialog(shown, ChangePersonDialog)
        people_list.save_person(ira, replace(entry(ira, "rosa"), name="Rosa Vega"), ira.new_key())
        shown.until(lambda: any("Rosa Vega" in words for words in spoken(shown)))
        shown.until(lambda: "Rosa was changed meanwhile" in change.said())
        press(shown, Qt.Key.Key_Escape)
        closed(shown)


# what the database says


def test_the_window_never_stands_still_for_the_database(shared: Shown) -> None:
    card = page(shared).database
    with Watchdog():
        for name in ("check", "look_over", "check"):
            shared.window.commands.run(name)
            shared.until(lambda: not card.check.reason())
        page(shared).refresh()
        chosen(shared, "max")
        press(shared, Qt.Key.Key_Space)
        shared.until(lambda: page(shared).bar.shift.text() == "On shift")
    assert card.result() == "Everything adds up."


def test_an_administrator_looks_the_database_over(shared: Shown, guarded_url: str) -> None:
    card = page(shared).database
    assert card._rows["Owned by"].text() == "postgres"
    assert "Only with the login of the database's owner" in card.upgrade.toolTip()
    card.command.setFocus()
    press(shared, Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text().startswith('support-console --database "postgresql://OWNER@')
    with psycopg.connect(libpq(guarded_url)) as owner:
        owner.execute("ALTER TABLE entry DISABLE TRIGGER guarded")
    shared.window.commands.run("look_over")
    shared.until(lambda: "This guard is switched off" in card.result())
    assert card.result().startswith("Findings: ")
    shared.until(lambda: not card._copy.visibleRegion().isEmpty())
    shared.window.commands.run("check")
    shared.until(lambda: card.result() == "Everything adds up.")


def test_nothing_is_looked_over_while_the_database_does_not_answer(shared: Shown) -> None:
    card = page(shared).database
    shared.wiring.shared.line._lose(Lost("The shared database does not answer any more."))
    assert card._rows["State"].text() == "The shared database stopped answering"
    assert (card.check.isEnabled(), card.look_over.isEnabled()) == (False, False)
    assert "does not answer" in card.check.toolTip()
    shared.until(lambda: card._rows["State"].text() == "Live")
    assert card.check.isEnabled()


def test_a_check_that_ends_by_a_fault_of_ours_can_be_begun_again(
    local: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_asked: object) -> None:
        raise RuntimeError("a bug")

    card, caught = page(local).database, []
    monkeypatch.setattr("sys.excepthook", lambda _kind, error, _trace: caught.append(error))
    event.listen(desk_of(local).store._engine, "before_cursor_execute", broken, once=True)
    local.window.commands.run("check")
    local.until(lambda: bool(caught) and not card.check.reason())
    assert card.result() == "Checking the books did not come to its end"
    local.window.commands.run("check")
    local.until(lambda: card.result() == "Everything adds up.")


def test_the_owner_upgrades_the_guards(qtbot: QtBot, at: GuardedOffice, tmp_path: Path) -> None:
    desk = replace(at.desk, store=open_store(at.url), actor=Actor("postgres", "postgres", EVERY_ROLE))
    with psycopg.connect(libpq(at.url)) as owner:
        owner.execute("ALTER TABLE entry DISABLE TRIGGER guarded")
        owner.execute("CREATE TABLE guard.extra (x int)")
    with live_window(qtbot, desk, tmp_path) as shown:
        go_to_people(shown)
        card = page(shown).database
        assert card._rows["Owned by"].text() == "postgres (you)"
        card.upgrade.setFocus()
        press(shown, Qt.Key.Key_Space)
        shown.until(lambda: "guard.extra belongs to postgres" in card.result())
        assert "Found, made before: the roles console_administrator" in card.result()
        with psycopg.connect(libpq(at.url)) as owner:
            owner.execute("DROP TABLE guard.extra")
        card.upgrade.setFocus()
        press(shown, Qt.Key.Key_Space)
        shown.until(lambda: "Guards and grants are those of this program" in card.result())
        assert "\nChanged: " in card.result()
    with psycopg.connect(libpq(at.url)) as owner:
        guard = owner.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'entry'::regclass AND tgname = 'guarded'"
        )
        assert guard.fetchone() == ("O",)
    desk.store.close()


# alone at a local database


def test_alone_one_adds_oneself_first(local: Shown) -> None:
    assert page(local).empty.isVisible()
    assert page(local).bar.add.hasFocus()
    press(local, Qt.Key.Key_Return)
    add = dialog(local, AddPersonDialog)
    assert isinstance(add, AddPersonDialog)
    assert "You come first" in add.said()
    press(local, Qt.Key.Key_Return, CTRL)
    closed(local)
    assert spoken(local) == [
        "Morgan Hale, you, login morgan. agent, manager, supervisor, administrator. On shift."
    ]
    press(local, Qt.Key.Key_Insert)
    dialog(local, AddPersonDialog)
    type_into(local, "morgan")
    press(local, Qt.Key.Key_Tab)
    type_into(local, "Somebody else")
    press(local, Qt.Key.Key_Tab)
    press(local, Qt.Key.Key_Space)
    press(local, Qt.Key.Key_Return, CTRL)
    again = dialog(local, AddPersonDialog)
    local.until(lambda: "morgan is on the People list already, as Morgan Hale" in again.said())
    press(local, Qt.Key.Key_Escape)
    closed(local)


def test_the_last_administrator_of_a_local_database_stays(local: Shown) -> None:
    desk = local.wiring.context.desk
    assert desk is not None
    people_list.add_person(desk, Person(login="morgan", name="Morgan Hale", roles=EVERY_ROLE), desk.new_key())
    page(local).refresh()
    local.until(lambda: page(local).list.model.rowCount() == 1)
    page(local).list.focus_list()
    press(local, Qt.Key.Key_Delete)
    remove = dialog(local, RemovePersonDialog)
    press(local, Qt.Key.Key_Return, CTRL)
    local.until(lambda: "At least one person must be an administrator" in remove.said())
    press(local, Qt.Key.Key_Escape)
    closed(local)
    assert people.people(desk)[0].roles == EVERY_ROLE


@pytest.mark.parametrize("size", [(1280, 720), (800, 600)])
def test_where_there_is_little_room_the_database_is_a_tab(
    qtbot: QtBot, at: GuardedOffice, tmp_path: Path, size: tuple[int, int]
) -> None:
    with live_window(qtbot, at.at(IRA), tmp_path, size) as shown:
        go_to_people(shown)
        both = size[0] == 1280
        assert page(shown).database.isVisible() is both
        page(shown).bar.tabs.choose("database")
        page(shown).bar.turned.emit()
        assert page(shown).database.isVisible()
        assert page(shown).list.isVisible() is both
        assert page(shown).bar.change.accessibleName() == "Change roles"
