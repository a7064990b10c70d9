"""Connecting from the window by keyboard: first start, refusals, the choice of databases, passwords that change."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import psycopg
import pytest
from keyring.errors import KeyringLocked
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console import log, paths, settings
from console.bootstrap import open_desk
from console.services.target import Target
from console.ui.actions import Commands
from console.ui.app import Options, begin, report_of
from console.ui.desk import Wiring
from console.ui.line import State
from console.ui.main_window import MainWindow
from console.ui.recent import LOCAL, MOST, Recent
from console.ui.remember import Remember
from console.ui.views.connect_page import ConnectPage
from console.ui.views.dialogs.password import SignInDialog
from console.ui.views.first_run import FirstRunPage
from console.ui.views.stopped_page import StoppedPage
from console.ui.widgets.labels import PlainLabel
from tests.support.drawer import drawer_for_passwords
from tests.support.guarded import as_login, employ, libpq
from tests.support.postgres import PASSWORD
from tests.support.proxy import proxied
from tests.support.watchdog import Watchdog

CTRL = Qt.KeyboardModifier.ControlModifier
DISTINCT = "Xylophon-7-Regenbogen"


@pytest.fixture
def shared(postgres_url: str) -> str:
    """The owner's URL of a shared database with its policy and its people."""
    employ(postgres_url)
    open_desk(postgres_url).store.close()
    return postgres_url


def target(url: str, login: str = "alex") -> Target:
    """The parts of the address for that login."""
    return Target.read(as_login(url, login))


@dataclass
class Started:
    """A window as the program starts it, and what a person does to it."""

    bot: QtBot
    window: MainWindow
    wiring: Wiring
    folder: Path
    remember: Remember

    def until(self, true: Callable[[], bool]) -> None:
        self.bot.waitUntil(true, timeout=60_000)

    def quiet(self) -> None:
        self.until(lambda: not self.wiring.background.busy())

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.focus(), key, modifier)

    def type(self, words: str) -> None:
        QTest.keyClicks(self.focus(), words)

    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self.window.focusWidget() or self.window

    def tab_to(self, name: str) -> None:
        """Tab until the part of that name has the focus."""
        for _ in range(40):
            if self.focus().accessibleName() == name:
                return
            self.key(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not lead to {name}")

    def fill(self, given: Target, password: str = PASSWORD) -> None:
        """Types an address into the page, field after field."""
        for name, words in (
            ("Server", given.server),
            ("Port", given.port),
            ("Database", given.database),
            ("Login", given.login),
            ("Password", password),
        ):
            self.tab_to(name)
            self.key(Qt.Key.Key_A, CTRL)
            self.type(words)

    def connect_page(self) -> ConnectPage:
        page = self.window.current_page()
        assert isinstance(page, ConnectPage)
        return page

    def to_connect_page(self) -> ConnectPage:
        self.tab_to("Connect to a shared database")
        self.key(Qt.Key.Key_Space)
        self.quiet()
        return self.connect_page()

    def stopped(self) -> StoppedPage:
        self.until(lambda: isinstance(self.window.current_page(), StoppedPage))
        page = self.window.current_page()
        assert isinstance(page, StoppedPage)
        return page

    def question(self) -> SignInDialog:
        self.until(lambda: bool(self.asked()))
        self.quiet()
        return self.asked()[0]

    def answer(self, password: str) -> None:
        """Answers the question; what is no screen leaves the window inactive after it."""
        self.type(password)
        self.key(Qt.Key.Key_Return)
        self.window.activateWindow()

    def asked(self) -> list[SignInDialog]:
        return [each for each in self.window.findChildren(SignInDialog) if each.isVisible()]

    def is_open(self) -> bool:
        return self.wiring.context.desk is not None and self.window.current_page() is self.wiring.queue

    def login(self) -> str:
        desk = self.wiring.context.desk
        assert desk is not None
        return desk.actor.login


@contextmanager
def started(bot: QtBot, folder: Path, database: str = "") -> Iterator[Started]:
    """The program as it starts, with its own folder; closed at the end."""
    remember = Remember(folder / "state" / "window.ini")
    window = MainWindow(Commands(), remember)
    window.show()
    window.activateWindow()
    wiring = Wiring(window, Options(data_dir=str(folder), database=database or None), remember)
    wiring.start()
    begun = Started(bot, window, wiring, folder, remember)
    try:
        yield begun
    finally:
        for dialog in window.findChildren(SignInDialog):
            dialog.close()
        begun.quiet()
        window.close()
        window.deleteLater()


@pytest.fixture
def first(qtbot: QtBot, tmp_path: Path) -> Iterator[Started]:
    """The very first start: nothing is there."""
    with started(qtbot, tmp_path) as begun:
        assert isinstance(begun.window.current_page(), FirstRunPage)
        yield begun


def test_from_first_start_to_a_shared_queue_by_keyboard(first: Started, shared: str) -> None:
    began = time.monotonic()
    page = first.to_connect_page()
    with Watchdog():
        first.fill(target(shared))
        first.key(Qt.Key.Key_Return, CTRL)
        first.until(first.is_open)
    assert time.monotonic() - began < 90
    assert first.login() == "alex"
    assert [check.went for check in page.checks.found()] == ["passed"] * 5
    assert page.form.password.text() == ""
    assert first.wiring.opening.recent.all() == (target(shared).address,)
    first.until(lambda: first.wiring.shared.line.state() is State.UP)


def test_the_next_start_opens_it_and_asks_for_the_password_once(
    qtbot: QtBot, tmp_path: Path, shared: str
) -> None:
    Recent(Remember(tmp_path / "state" / "window.ini")).chose(target(shared).address)
    with started(qtbot, tmp_path) as begun:
        asked = begun.question()
        assert not asked.keep.box.isEnabled()
        assert "no keyring" in asked.keep.box.accessibleDescription()
        begun.answer("wrong")
        begun.until(lambda: not asked.isVisible())
        begun.question()
        begun.answer(PASSWORD)
        begun.until(begun.is_open)
        begun.quiet()
        assert not begun.asked()


def test_a_question_that_is_left_says_how_to_go_on(qtbot: QtBot, tmp_path: Path, shared: str) -> None:
    with started(qtbot, tmp_path, target(shared).address) as begun:
        begun.question()
        begun.key(Qt.Key.Key_Escape)
        page = begun.stopped()
        assert "asks for the password of alex" in page.words.text()
        begun.key(Qt.Key.Key_Space)  # Try again
        begun.question()
        begun.key(Qt.Key.Key_Escape)
        begun.stopped()
        begun.tab_to("Change the connection")
        begun.key(Qt.Key.Key_Space)
        assert begun.connect_page().form.target() == target(shared)
        assert begun.wiring.opening.recent.all() == ()  # it was asked for on the command line, not chosen


def test_a_refused_password_keeps_what_was_typed_and_has_its_sentence(first: Started, shared: str) -> None:
    page = first.to_connect_page()
    first.fill(target(shared), "wrong")
    first.key(Qt.Key.Key_Return, CTRL)
    first.until(lambda: len(page.checks.found()) == 5)
    first.quiet()
    assert page.checks.found()[1].words == "The server refused this password for alex."
    assert [check.went for check in page.checks.found()] == ["passed", "failed"] + ["not tried"] * 3
    assert page.form.target() == target(shared)
    assert QApplication.focusWidget() is page.form.password
    first.type(PASSWORD)
    first.key(Qt.Key.Key_Return, CTRL)
    first.until(first.is_open)


def test_check_looks_and_opens_nothing(first: Started, shared: str) -> None:
    page = first.to_connect_page()
    first.fill(target(shared))
    first.tab_to("Check")
    first.key(Qt.Key.Key_Space)
    first.until(lambda: len(page.checks.found()) == 5)
    first.quiet()
    assert first.wiring.context.desk is None
    assert page.open_button.isEnabled()
    assert QApplication.focusWidget() is page.check_button  # it rested meanwhile
    assert first.wiring.opening.recent.all() == ()


def test_an_address_changed_while_it_is_looked_at_is_neither_shown_nor_opened(
    first: Started, shared: str
) -> None:
    with proxied(as_login(shared, "alex")) as (proxy, url):
        page = first.to_connect_page()
        first.fill(Target.read(url))
        proxy.delay = 0.3
        first.key(Qt.Key.Key_Return, CTRL)
        first.until(lambda: len(page.checks.found()) == 1)
        assert not page.open_button.isEnabled()
        first.tab_to("Database")
        first.type("another")
        assert page.checks.found() == ()
        assert page.open_button.isEnabled()
        first.quiet()
        assert page.checks.found() == ()
        assert first.wiring.context.desk is None
        assert first.window.current_page() is page


def test_fields_say_what_is_wrong_before_anything_is_asked(first: Started) -> None:
    page = first.to_connect_page()
    first.key(Qt.Key.Key_Return, CTRL)
    assert "Which server?" in page.message.text()
    first.fill(Target("db.example.com", "many", "support"), "")
    first.key(Qt.Key.Key_Return, CTRL)
    assert page.message.text() == "A number from 1 to 65535"
    first.fill(Target("db.example.com", "65536", "support"), "")
    first.key(Qt.Key.Key_Return, CTRL)
    assert page.message.text() == "A number from 1 to 65535"
    assert page.checks.found() == ()


def test_less_than_a_verified_server_must_be_accepted_in_words(first: Started) -> None:
    page = first.to_connect_page()
    first.fill(Target("db.invalid", "5432", "support"), "")
    assert page.form.target().less == ""
    assert not page.form.accept.isVisible()
    first.tab_to("Safety")
    first.key(Qt.Key.Key_Down)
    assert page.form.accept.isVisible()
    assert "nobody checks that the server is the right one" in page.form._meaning.text()
    first.key(Qt.Key.Key_Return, CTRL)
    assert "Tick that you accept it" in page.message.text()
    assert QApplication.focusWidget() is page.form.accept
    first.key(Qt.Key.Key_Space)
    first.key(Qt.Key.Key_Return, CTRL)
    first.until(lambda: len(page.checks.found()) == 5)
    assert "There is no server of that name" in page.checks.found()[0].words
    assert "sslmode=require&accept_sslmode=require" in page.form.target().address
    first.tab_to("Server")
    first.type("localhost")
    first.key(Qt.Key.Key_A, CTRL)
    first.type("localhost")
    assert not page.form.accept.isVisible()  # no network on the way


def test_an_address_that_asks_for_less_leads_to_the_words_that_must_be_accepted(
    qtbot: QtBot, tmp_path: Path
) -> None:
    with started(qtbot, tmp_path, "postgresql://alex@db.invalid/support?sslmode=require") as begun:
        page = begun.stopped()
        assert "nobody checks that the server is the right one" in page.words.text()
        begun.tab_to("Change the connection")
        begun.key(Qt.Key.Key_Space)
        assert begun.connect_page().form.accept.isVisible()
        assert not begun.connect_page().form.accept.isChecked()


def test_an_empty_database_is_created_after_it_was_said(first: Started, empty_postgres_url: str) -> None:
    page = first.to_connect_page()
    first.fill(Target.read(empty_postgres_url))
    first.key(Qt.Key.Key_Return, CTRL)
    first.until(lambda: page.open_button.text() == "Create and open")
    first.quiet()
    assert first.wiring.context.desk is None
    assert "as support-console server init does" in page.checks.found()[3].words
    with Watchdog():
        first.key(Qt.Key.Key_Return, CTRL)
        first.until(first.is_open)
    assert first.login() == "postgres"


def test_a_newer_schema_fills_the_page_and_another_database_can_be_chosen(
    qtbot: QtBot, tmp_path: Path, shared: str
) -> None:
    with psycopg.connect(libpq(shared), autocommit=True) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '0014'")
        owner.execute("UPDATE least_console SET schema_number = 14, version = '9.1'")
    with started(qtbot, tmp_path, as_login(shared, "alex")) as begun:
        page = begun.stopped()
        assert "upgraded by a newer console (schema 14" in page.words.text()
        begun.tab_to("Copy details")
        begun.key(Qt.Key.Key_Space)
        assert "schema 14" in QGuiApplication.clipboard().text()
        assert PASSWORD not in QGuiApplication.clipboard().text()
        begun.tab_to("Choose another database")
        begun.key(Qt.Key.Key_Space)
        begun.tab_to("Keep tickets on this computer")
        begun.key(Qt.Key.Key_Space)
        begun.until(begun.is_open)
        assert begun.wiring.opening.recent.last() == LOCAL


def test_a_login_that_is_not_listed_gets_its_page_with_the_request(
    qtbot: QtBot, tmp_path: Path, shared: str
) -> None:
    with psycopg.connect(libpq(shared), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE newcomer LOGIN PASSWORD '{PASSWORD}' IN ROLE console_agent")  # type: ignore[arg-type]
    try:
        with started(qtbot, tmp_path, as_login(shared, "newcomer")) as begun:
            page = begun.stopped()
            assert (
                "newcomer can reach the database but is not on its People list. Ask Ira" in page.words.text()
            )
            begun.tab_to("Copy request")
            begun.key(Qt.Key.Key_Space)
            assert "add newcomer to its People list" in QGuiApplication.clipboard().text()
    finally:
        with psycopg.connect(libpq(shared), autocommit=True) as owner:
            owner.execute("DROP ROLE newcomer")


def test_the_status_bar_leads_to_the_databases_of_lately_and_back(
    qtbot: QtBot, tmp_path: Path, shared: str
) -> None:
    recent = Recent(Remember(tmp_path / "state" / "window.ini"))
    recent.chose(target(shared, "priya").address)
    recent.chose(LOCAL)
    open_desk(f"sqlite:///{tmp_path / 'console.sqlite3'}").store.close()
    with started(qtbot, tmp_path) as begun:
        begun.until(begun.is_open)
        qtbot.mouseClick(begun.window.status.database, Qt.MouseButton.LeftButton)
        assert isinstance(begun.window.current_page(), FirstRunPage)
        begun.key(Qt.Key.Key_Escape)
        assert begun.is_open()
        begun.window.commands.run("choose_database")
        begun.tab_to(target(shared, "priya").words)
        begun.key(Qt.Key.Key_Space)
        begun.question()
        begun.answer(PASSWORD)
        begun.until(lambda: begun.is_open() and begun.login() == "priya")
        begun.window.commands.run("choose_database")
        begun.tab_to(f"Forget {target(shared, 'priya').words}")
        begun.key(Qt.Key.Key_Space)
        begun.quiet()
        assert begun.wiring.opening.recent.all() == ()
        begun.tab_to("Keep tickets on this computer")
        begun.key(Qt.Key.Key_Space)
        begun.until(lambda: begun.is_open() and begun.login() != "priya")


def test_a_database_that_cannot_be_reached_leaves_the_open_one_as_it_is(
    first: Started, tmp_path: Path
) -> None:
    first.tab_to("Keep tickets on this computer")
    first.key(Qt.Key.Key_Space)
    first.until(first.is_open)
    first.window.commands.run("choose_database")
    page = first.to_connect_page()
    first.fill(Target("127.0.0.1", "1", "support", "alex"), "")
    first.key(Qt.Key.Key_Return, CTRL)
    first.until(lambda: len(page.checks.found()) == 5)
    first.quiet()
    assert "is not running, or not at that address" in page.checks.found()[0].words
    assert first.wiring.context.desk is not None


def test_of_two_databases_the_one_chosen_last_is_open_whichever_answers_last(
    first: Started, shared: str
) -> None:
    with proxied(as_login(shared, "alex")) as (proxy, url):
        proxy.stalled = True
        first.wiring.open_desk(url)
        first.wiring.open_desk()
        first.until(first.is_open)
        opened = first.wiring.context.desk
        proxy.stalled = False
        first.quiet()
        assert first.wiring.context.desk is opened
        first.wiring.open_desk(url)
        first.wiring.open_desk("postgresql://alex@127.0.0.1:1/support")
        first.quiet()
        assert first.wiring.context.desk is opened
        assert first.wiring.opening.recent.all() == ()


def test_only_the_last_few_are_remembered(tmp_path: Path) -> None:
    recent = Recent(Remember(tmp_path / "window.ini"))
    addresses = [Target(f"db{number}", database="x").address for number in range(MOST + 3)]
    for address in (*addresses, addresses[-2]):
        recent.chose(address)
    assert len(recent.all()) == MOST
    assert recent.all()[0] == recent.last() == addresses[-2]
    recent.remove(addresses[-2])
    assert recent.last() == ""
    spoilt = Remember(tmp_path / "window.ini")
    spoilt.keep("databases/recent", '["http://x", 7, "postgresql://[x"]')
    assert Recent(spoilt).all() == ()


# passwords


def change_password(url: str, login: str, password: str) -> None:
    """As its administrator does: another password, and every session of that login ended."""
    with psycopg.connect(libpq(url), autocommit=True) as owner:
        owner.execute(f"ALTER ROLE {login} PASSWORD '{password}'")  # type: ignore[arg-type]
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND pid <> pg_backend_pid()",
            (login,),
        )


def test_a_password_that_changes_is_asked_for_once_and_the_server_is_left_alone(
    qtbot: QtBot, tmp_path: Path, shared: str
) -> None:
    with (
        proxied(as_login(shared, "alex")) as (proxy, url),
        started(qtbot, tmp_path, url) as begun,
        Watchdog(),
    ):
        line = begun.wiring.shared.line
        begun.until(lambda: begun.is_open() and line.state() is State.UP)
        try:
            change_password(shared, "alex", DISTINCT)
            begun.until(lambda: "refused this password for alex" in begun.window.line_bar.text())
            assert "refused this password" in begun.window.commands.reason("new_ticket")
            tried = proxy.accepted
            qtbot.wait(3_000)
            assert proxy.accepted == tried
            assert not begun.asked()
            begun.wiring.opening.sign_in()
            says = [label.text() for label in begun.question().findChildren(PlainLabel)]
            assert "The server refused this password for alex." in says
            begun.answer(DISTINCT)
            begun.until(lambda: line.state() is State.UP)
            begun.until(lambda: begun.window.commands.reason("new_ticket") == "")
        finally:
            change_password(shared, "alex", PASSWORD)


def test_a_new_password_is_kept_once_the_server_took_it(qtbot: QtBot, tmp_path: Path, shared: str) -> None:
    with drawer_for_passwords() as drawer, started(qtbot, tmp_path, as_login(shared, "alex")) as begun:
        line = begun.wiring.shared.line
        begun.until(lambda: begun.is_open() and line.state() is State.UP)

        def answer_and_keep(typed: str) -> None:
            begun.wiring.opening.sign_in()
            begun.question().keep.box.setChecked(True)
            begun.answer(typed)

        try:
            change_password(shared, "alex", DISTINCT)
            begun.until(lambda: "refused this password for alex" in begun.window.line_bar.text())
            with qtbot.waitSignal(line.lost, timeout=60_000):
                answer_and_keep("not it")
            begun.quiet()
            assert drawer.kept == {}
            answer_and_keep(DISTINCT)
            begun.until(lambda: list(drawer.kept.values()) == [DISTINCT])
        finally:
            change_password(shared, "alex", PASSWORD)


def test_why_a_password_was_not_kept_is_told_at_its_database_alone(
    qtbot: QtBot, tmp_path: Path, shared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with drawer_for_passwords() as drawer, started(qtbot, tmp_path, as_login(shared, "alex")) as begun:
        begun.until(lambda: begun.is_open() and begun.wiring.shared.line.state() is State.UP)
        opened, asked = begun.wiring.context.desk, Event()
        assert opened is not None
        may_answer = Event()

        def locked(*_words: str) -> None:
            asked.set()
            may_answer.wait(20)
            raise KeyringLocked

        monkeypatch.setattr(drawer, "set_password", locked)
        begun.wiring.opening._on_new_password(opened, PASSWORD, keep=True)
        begun.wiring.opening.keep_password()
        begun.until(asked.is_set)
        begun.wiring.open_desk()
        begun.until(lambda: begun.is_open() and begun.wiring.context.desk is not opened)
        may_answer.set()
        begun.quiet()
        assert begun.window.notice.text() == ""


def test_a_login_that_is_barred_is_said_and_not_tried_again_by_itself(
    qtbot: QtBot, tmp_path: Path, shared: str
) -> None:
    with proxied(as_login(shared, "alex")) as (proxy, url), started(qtbot, tmp_path, url) as begun:
        line = begun.wiring.shared.line
        begun.until(lambda: begun.is_open() and line.state() is State.UP)
        with psycopg.connect(libpq(shared), autocommit=True) as owner:
            try:
                owner.execute("ALTER ROLE alex NOLOGIN")
                change_password(shared, "alex", PASSWORD)
                begun.until(lambda: "does not let alex in" in begun.window.line_bar.text())
                tried = proxy.accepted
                qtbot.wait(3_000)
                assert proxy.accepted == tried
            finally:
                owner.execute("ALTER ROLE alex LOGIN")
        line.try_now()
        begun.until(lambda: line.state() is State.UP)


def test_a_password_is_written_nowhere(qtbot: QtBot, tmp_path: Path, shared: str) -> None:
    folder = tmp_path / "desk"
    folders = paths.folders(folder)
    address = target(shared).address.replace("alex@", f"alex:{DISTINCT}@")
    settings.save(settings.Settings(database=f"{address}?password={DISTINCT}"), folders.settings_file)
    begin(Options(data_dir=str(folder)), folders)
    reports = []
    logging.getLogger("console").setLevel("DEBUG")
    change_password(shared, "alex", DISTINCT)
    try:
        with started(qtbot, folder, target(shared).address) as begun:
            begun.question()
            begun.answer(f"{DISTINCT}-not")
            begun.question()
            begun.answer(DISTINCT)
            begun.until(begun.is_open)
            begun.window.commands.run("choose_database")
            page = begun.to_connect_page()
            begun.fill(target(shared), DISTINCT)
            begun.key(Qt.Key.Key_Return, CTRL)
            begun.until(begun.is_open)
            begun.quiet()
            assert begun.wiring.opening.recent.all() == (target(shared).address,)
            desk = begun.wiring.context.desk
            assert desk is not None
            reports += [
                repr(desk.store.address),
                repr(begun.wiring.opening._wanted),
                repr(page.form.target()),
            ]
            change_password(shared, "alex", PASSWORD)
            begun.until(lambda: begun.wiring.shared.line.state() is State.LOST)
            reports.append(_crash(desk))
    finally:
        change_password(shared, "alex", PASSWORD)
        log.stop()
    written = [each.read_bytes() for each in folder.rglob("*") if each.is_file()]
    assert any(b"the line to the shared database" in each for each in written)
    assert not [each for each in written if DISTINCT.encode() in each]
    assert not [each for each in reports if DISTINCT in each]


def _crash(desk: object) -> str:
    """The report of a fault in the middle of a connection, and its entry in the log."""
    with suppress(Exception):
        desk.store.login()  # type: ignore[attr-defined]
    try:
        raise RuntimeError("a fault on purpose")
    except RuntimeError as error:
        logging.getLogger("console").error("a fault in the console", exc_info=error)
        return report_of(error)
