"""The token account page at a real desk, by keyboard: list, statement, periods, exports, rights, in every look."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QDateEdit, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.terms import Cause, EntryKind, Hosting, Priority, SupportOption
from console.services import progress, tokens
from console.services.sweep import sweep
from console.services.tokens import Pace, Statement, StatementLine
from console.ui.models import account_words as words
from console.ui.theme import Appearance, theme
from console.ui.views.balance_chart import Curve, grid_values
from console.ui.views.dialogs.purchase import PurchaseDialog
from console.ui.views.token_account import TokenAccountPage
from console.ui.views.token_account_entry import EntryDetail
from console.ui.views.token_account_period import Span, last_days, month_of
from console.ui.views.token_account_rights import FLAT_RATE, MANAGERS_ONLY
from console.ui.views.token_account_statement import StatementTable
from tests.support.desks import ALEX, MORGAN, NOON, HandClock, Office, office
from tests.support.windows import Shown, window_at

TESTER = QAbstractItemModelTester.FailureReportingMode.Fatal
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url, HandClock(NOON - timedelta(days=60))) as opened:
        yield opened


@pytest.fixture
def meridian(at: Office) -> Account:
    """40 bought in September; in November 40 more, 10 and 1 charged, 10 back for a miss, 2 adjusted off."""
    meridian = at.account("Meridian Health", balance=40, users=3200)
    morgan = at.at(MORGAN)
    urgent = at.number(meridian, Priority.URGENT)
    progress.begin(morgan, urgent, morgan.new_key())
    progress.resolve(morgan, urgent, "solved", "Done.", morgan.new_key())
    at.clock.now = NOON - timedelta(days=18)
    tokens.record_purchase(morgan, meridian.id, 40, "INV-2291", None, morgan.new_key())
    tokens.adjust(morgan, meridian.id, -2, "Invoice was for 38", morgan.new_key())
    at.clock.now = NOON - timedelta(hours=3)
    at.number(meridian, Priority.STANDARD)
    at.number(meridian, Priority.EMERGENCY, subject="<b>Outbound</b> mail & more")
    at.clock.now = NOON
    sweep(morgan)
    return meridian


@pytest.fixture
def others(at: Office, meridian: Account) -> tuple[Account, Account, Account]:
    """A flat-rate account, one with a ticket that waits for tokens, one that never bought any."""
    flat = at.account("Bluestem Realty", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    poor = at.account("Northwind Legal", balance=2)
    at.number(poor, Priority.URGENT)
    return flat, poor, at.account("Umber Studio")


@pytest.fixture
def shown(qtbot: QtBot, at: Office, others: tuple[Account, ...], tmp_path: Path) -> Iterator[Shown]:
    with window_at(qtbot, at.at(MORGAN), tmp_path) as window:
        yield window


def page_of(shown: Shown, account: Account | None = None) -> TokenAccountPage:
    """The page in front, with an account if one is named."""
    shown.window.show_item("accounts")
    page = shown.window.findChild(TokenAccountPage)
    assert page is not None
    shown.quiet()
    if account is not None:
        shown.wiring.open_account(account.id)
        shown.until(lambda: page.head.isVisible() and page.account_id == account.id)
        shown.quiet()
    return page


def cells(page: TokenAccountPage) -> list[tuple[str, str, str]]:
    """Entry, change and balance of each line."""
    model = page.statement.model
    return [(model.text(r, 1), model.text(r, 3), model.text(r, 4)) for r in range(model.rowCount())]


def test_the_statement_opens_with_the_balance_before_and_adds_up(shown: Shown, meridian: Account) -> None:
    page = page_of(shown, meridian)
    assert cells(page) == [
        ("Credit, begin missed", "+10", "74"),
        ("Charge, emergency", "−10", "64"),
        ("Charge, standard", "−1", "74"),
        ("Adjustment: invoice was for 38", "−2", "75"),
        ("Purchase, INV-2291", "+40", "77"),
        ("Opening balance", "", "37"),
    ]
    assert page.statement.check.text() == (
        "37 opening  + 40 purchased  − 11 charged  + 10 credited  − 2 adjusted  = 74 balance"
    )
    assert page.figures.figure(0).startswith("Balance: 74 tokens ·  worth $1,850")
    assert "pays for 7 emergencies, 24 urgent or 74 standard" in page.figures.figure(0)
    assert page.figures.figure(1).startswith("Credited back in November: 10")
    assert "10 missed guarantees" in page.figures.figure(1)
    QAbstractItemModelTester(page.statement.model, TESTER, page)
    QAbstractItemModelTester(page.accounts.model, TESTER, page)
    QAbstractItemModelTester(page.chart.model, TESTER, page)
    page.statement.choose("charges")
    assert [change for _, change, _ in cells(page)] == ["−10", "−1"]
    page.statement.choose("credits")
    assert [change for _, change, _ in cells(page)] == ["+10"]
    page.statement.choose("all")
    assert len(cells(page)) == 6


def test_the_list_moves_by_key_says_whose_balance_is_low_and_is_narrowed_by_typing(
    shown: Shown, others: tuple[Account, ...], meridian: Account
) -> None:
    page = page_of(shown)
    model = page.accounts.model
    assert [row.name for row in model.rows()] == [
        "Bluestem Realty", "Meridian Health", "Northwind Legal", "Umber Studio",
    ]  # fmt: skip
    assert [model.chip(row) for row in model.rows()] == ["", "", "low", "none left"]
    assert model.data(model.index(2), Qt.ItemDataRole.AccessibleTextRole) == (
        "Northwind Legal, 2 tokens, low, 1 awaiting tokens. Dedicated."
    )
    page.accounts.view().setFocus()
    shown.key(Qt.Key.Key_J)
    shown.until(lambda: page.account_id == meridian.id and page.chart.isVisible())
    shown.key(Qt.Key.Key_K)
    shown.until(lambda: page.account_id == others[0].id)
    page.accounts.focus_field()
    shown.bot.keyClicks(shown.focus(), "north")
    shown.until(lambda: page.accounts.model.rowCount() == 1)
    assert page.status_text() == "1 of 4 accounts shown"
    shown.key(Qt.Key.Key_Escape)
    shown.until(lambda: page.accounts.model.rowCount() == 4)
    assert page.status_text() == "4 accounts"
    page.search("10003")
    shown.until(lambda: [row.id for row in page.accounts.model.rows()] == [meridian.id])


def test_months_step_by_bracket_and_any_range_can_be_chosen(shown: Shown, meridian: Account) -> None:
    page = page_of(shown, meridian)
    assert page.statement.period.text() == "Nov 2026"
    page.accounts.view().setFocus()
    shown.key(Qt.Key.Key_BracketLeft)
    shown.until(lambda: page.statement.period.text() == "Oct 2026")
    assert cells(page) == [("Opening balance", "", "37")]
    shown.key(Qt.Key.Key_BracketRight)
    shown.until(lambda: page.statement.period.text() == "Nov 2026")
    page.show_period(Span(date(2026, 9, 1), date(2026, 11, 25), "America/New_York"))
    shown.until(lambda: len(cells(page)) == 8)
    assert cells(page)[-1] == ("Opening balance", "", "0")
    assert page.statement.period.text() == "1 Sep – 24 Nov 2026"
    dialog = page.ask_range()
    first, last = dialog.findChildren(QDateEdit)
    first.setDate(QDate(2026, 11, 10))
    last.setDate(QDate(2026, 11, 3))
    dialog.accept()
    assert dialog.isVisible()
    last.setDate(QDate(2026, 11, 12))
    dialog.accept()
    shown.until(lambda: page.statement.period.text() == "10 Nov – 12 Nov 2026")


def test_a_line_shows_its_detail_and_its_number_opens_the_ticket(shown: Shown, meridian: Account) -> None:
    page = page_of(shown, meridian)
    page.statement.table.setFocus()
    shown.key(Qt.Key.Key_Return)
    shown.until(lambda: shown.window.findChild(EntryDetail) is not None)
    dialog = shown.window.findChild(EntryDetail)
    assert dialog is not None
    said = dialog.said()
    assert said["Change"] == "+10, balance 74 after it"
    assert said["Cause"] == "begin missed"
    assert said["Clause"].startswith("4.3: ")
    assert said["Counterpart"] == "tokens used on tickets, −10"
    shown.bot.keyClick(dialog, Qt.Key.Key_Escape)
    shown.until(lambda: shown.window.findChild(EntryDetail) is None)
    table: StatementTable = page.statement.table
    number = page.statement.model.line(0)
    assert number is not None
    assert number.ticket_id is not None
    cell = table.visualRect(page.statement.model.index(0, 2))
    shown.bot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=cell.center() - QPoint(20, 0))
    shown.until(lambda: shown.pane.ticket_id == number.ticket_id)
    assert shown.window.current_page() is shown.queue


def test_a_purchase_elsewhere_shows_at_once(shown: Shown, meridian: Account, at: Office) -> None:
    page = page_of(shown, meridian)
    morgan = at.at(MORGAN)
    shown.wiring.context.act(
        lambda desk, key: tokens.record_purchase(morgan, meridian.id, 5, "INV-9", None, key), once="purchase"
    )
    shown.until(lambda: page.figures.figure(0).startswith("Balance: 79"))
    assert cells(page)[0] == ("Purchase, INV-9", "+5", "79")


def test_flat_rate_has_no_balance_and_awaiting_tickets_stand_above(
    shown: Shown, others: tuple[Account, ...]
) -> None:
    page = page_of(shown, others[0])
    assert page.figures.figure(0) == "Balance: –  , flat-rate support has no tokens"
    assert not page.chart.isVisible()
    assert not page.statement.isVisible()
    assert page.head.reason("purchase") == FLAT_RATE
    assert "Any user of the account" in page.askers.said()
    page = page_of(shown, others[1])
    (said,) = page.awaiting.sentences()
    assert said.endswith("urgent, waits for 1 more token. Its clock has not started.")


def test_an_account_without_entries_offers_the_first_purchase(
    shown: Shown, others: tuple[Account, ...]
) -> None:
    page = page_of(shown, others[2])
    assert page.empty.isVisible()
    assert page.empty.words() == "No tokens bought yet."
    page.head.button("purchase").click()
    shown.until(lambda: shown.window.findChild(PurchaseDialog) is not None)
    dialog = shown.window.findChild(PurchaseDialog)
    assert dialog is not None
    shown.quiet()
    dialog.reject()


def test_options_are_compared_and_the_curve_turns_to_a_table(shown: Shown, meridian: Account) -> None:
    page = page_of(shown, meridian)
    first, second, third = page.options.lines()
    assert first.startswith("Tokens, this pace, as now: $")
    assert second == "Flat-rate, administrators: $320"
    assert third == "Flat-rate, all users: $960"
    assert page.options.words().startswith(
        "Tokens stay cheaper than flat-rate, administrators below 12.8 tokens a month."
    )
    assert "1 credit" in page.chart.accessibleName()
    page.accounts.view().setFocus()
    shown.key(Qt.Key.Key_T)
    assert page.chart.shows_table()
    assert page.chart.model.data(page.chart.model.index(0, 2)) == "74"
    page.accounts.view().setFocus()
    shown.key(Qt.Key.Key_T)
    assert not page.chart.shows_table()


def test_csv_and_pdf_are_written_or_it_is_said_why_not(
    shown: Shown, meridian: Account, tmp_path: Path
) -> None:
    page = page_of(shown, meridian)
    page.accounts.view().setFocus()
    shown.key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = shown.window.findChild(QFileDialog)
    assert dialog is not None
    assert dialog.selectedFiles()[0].endswith("meridian-health-nov-2026.csv")
    dialog.reject()
    sheet = page._sheet()
    assert sheet is not None
    file = tmp_path / "statement.csv"
    page.export.save_csv(sheet, str(file))
    shown.quiet()
    lines = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert [line[7] for line in lines[1:]] == ["37", "77", "75", "74", "64", "74", "74"]
    paper = tmp_path / "statement.pdf"
    page.export.save_pdf(sheet, str(paper))
    shown.quiet()
    assert paper.read_bytes().startswith(b"%PDF")
    assert shown.window.toast.text() == "Saved statement.pdf."
    page.export.save_pdf(sheet, str(tmp_path / "no folder" / "statement.pdf"))
    shown.until(page.message.isVisible)
    assert page.message.text().startswith("statement.pdf could not be written: No such file")


def test_an_agent_sees_what_only_a_manager_does_with_the_reason(
    qtbot: QtBot, at: Office, others: tuple[Account, ...], meridian: Account, tmp_path: Path
) -> None:
    with window_at(qtbot, at.at(ALEX), tmp_path) as shown:
        page = page_of(shown, meridian)
        adjust = page.head.button("adjust")
        assert adjust.isVisible()
        assert not adjust.isEnabled()
        assert adjust.reason() == MANAGERS_ONLY
        assert page.head.button("purchase").isEnabled()
        offered = {action.data(): action.isEnabled() for action in page.head.more_menu().actions()}
        assert offered == {"refund": False, "reverse_entry": False, "account_edit": True, "account_new": True}


def test_every_act_opens_its_dialog(shown: Shown, meridian: Account) -> None:
    page = page_of(shown, meridian)
    purchase = page.statement.model.line(4)
    assert purchase is not None
    page.statement.table.select_entry(purchase.entry_id)
    for act in ("new_ticket", "adjust", "purchase", "refund", "reverse_entry", "account_edit", "account_new"):
        assert page.head.reason(act) == ""
        page.head.asked.emit(act)
        (dialog,) = [each for each in shown.window.findChildren(QDialog) if each.isVisible()]
        shown.quiet()
        dialog.reject()
        assert not dialog.isVisible()


def test_a_database_without_accounts_offers_the_first(qtbot: QtBot, at: Office, tmp_path: Path) -> None:
    with window_at(qtbot, at.at(MORGAN), tmp_path) as shown:
        page = page_of(shown)
        assert page.empty.words() == "No accounts yet."
        assert not page.head.isVisible()
        assert not shown.window.commands.run("export")
        account = at.account("Juniper Dental", balance=3)
        page.refresh()
        shown.until(lambda: page.account_id == account.id and page.head.isVisible())
        assert not page.empty.isVisible()


@pytest.mark.parametrize("first", [1.0, 2.0])
def test_it_is_drawn_in_every_look(shown: Shown, meridian: Account, look: QApplication, first: float) -> None:
    theme().set_scale(first)
    page = page_of(shown, meridian)
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme().choose(appearance)
        for scale in (first, 3.0 - first):
            theme().set_scale(scale)
            look.processEvents()
            assert not shown.window.grab().isNull()
            assert page.both.narrow == (scale == 2.0)
    theme().set_scale(2.0)
    look.processEvents()
    assert page.both.inside
    shown.key(Qt.Key.Key_Escape)
    assert not page.both.inside
    shown.key(Qt.Key.Key_Return)
    assert page.both.inside
    assert not shown.window.grab().isNull()


# words


def line(kind: EntryKind, cause: Cause, change: int, **more: object) -> StatementLine:
    """An entry with what does not matter filled in."""
    usual: dict[str, object] = {
        "entry_id": 1, "account_id": 1, "seq": 1, "at": NOON, "recorded_at": NOON, "kind": kind, "cause": cause,
        "clause": "4.5", "tokens": change, "balance_after": 50, "ticket_id": None, "actor": "morgan",
        "actor_name": "Morgan Hale", "reference": "", "reason": "", "reverses": None,
    }  # fmt: skip
    return StatementLine(**{**usual, **more})  # type: ignore[arg-type]


def test_each_kind_of_entry_has_its_words_and_icon() -> None:
    said = [
        words.entry_words(each)
        for each in (
            line(EntryKind.PURCHASE, Cause.BOUGHT, 40, reference="INV-1"),
            line(EntryKind.CHARGE, Cause.PRIORITY_RAISED, -2),
            line(EntryKind.CREDIT, Cause.FREE_ISSUE, 1),
            line(EntryKind.CREDIT, Cause.DEMOTED, 7),
            line(EntryKind.REFUND, Cause.PAID_BACK, -5, reason="Left us"),
            line(EntryKind.REVERSAL, Cause.UNDONE, -40),
        )
    ]
    assert [each.words for each in said] == [
        "Purchase, INV-1", "Charge, priority raised", "Credit, free issue, Morgan H.", "Credit, demotion",
        "Refund: left us", "Reversal, undone",
    ]  # fmt: skip
    assert [each.icon for each in said] == [
        "shopping-cart", "receipt", "gift", "arrow-down-narrow-wide", "banknote-arrow-down", "rotate-ccw",
    ]  # fmt: skip


def test_a_statement_that_does_not_add_up_says_by_how_much() -> None:
    bought = line(EntryKind.PURCHASE, Cause.BOUGHT, 40)
    off = Statement(1, "Juniper", NOON, NOON + timedelta(days=1), 18, (bought,), 59)
    assert words.check_sum(off).fault == "does not add up by 1: tell an administrator"
    right = Statement(1, "Juniper", NOON, NOON + timedelta(days=1), 18, (bought,), 58)
    assert words.check_sum(right).fault == ""
    assert words.check_sum(right, 57).fault == "does not add up by 1: tell an administrator"


@pytest.mark.parametrize(
    ("balance", "pace", "said"),
    [
        (48, 7.3, "48 lasts about 6 ½ months"),
        (7, 7.3, "7 lasts about 1 month"),
        (4, 7.3, "4 lasts about ½ month"),
        (1, 9.0, "1 lasts a few days"),
        (500, 1.0, "500 lasts more than two years"),
        (0, 2.0, "nothing left"),
        (9, 0.0, "nothing used in 90 days"),
    ],
)
def test_how_long_the_balance_lasts_is_never_said_too_precisely(balance: int, pace: float, said: str) -> None:
    assert words.lasts(balance, Pace(pace, 0, 9)) == said
    assert words.lasts(balance, None) == "not enough history"


def test_periods_are_months_of_the_policys_zone() -> None:
    november = month_of(datetime(2026, 11, 1, 3, 59, tzinfo=UTC), "America/New_York").stepped(1)
    assert november.words() == "Nov 2026"
    assert november.start_at == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert november.end_at == datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert november.stepped(-11).words() == "Dec 2025"
    ninety = last_days(90, NOON, "America/New_York")
    assert (ninety.end - ninety.first).days == 90
    assert ninety.covers(NOON)
    assert not ninety.stepped(-1).covers(NOON)


@pytest.mark.parametrize(
    ("top", "lines"),
    [(1, [1]), (3, [1, 2, 3]), (58, [20, 40, 60]), (66, [20, 40, 60, 80]), (4_100, [2_000, 4_000, 6_000])],
)
def test_the_grid_has_round_figures(top: int, lines: list[int]) -> None:
    assert grid_values(top) == lines


def test_the_curve_says_itself_in_one_sentence() -> None:
    steps = ((NOON - timedelta(days=90), 18, None), (NOON - timedelta(days=18), 58, EntryKind.PURCHASE))
    curve = Curve(steps, NOON)
    assert curve.balance_at(NOON - timedelta(days=30)) == 18
    assert curve.balance_at(NOON) == 58
