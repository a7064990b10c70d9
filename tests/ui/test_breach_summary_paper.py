"""The breach summary's words, charts and paper, without a window."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from console.services.summary import Reconciliation, Summary, period, summary
from console.ui import print_summary
from console.ui.models import breach_words as words
from console.ui.models.breach_sheets import missed_sheet, priority_sheet
from console.ui.theme import Appearance, theme
from console.ui.views import breach_summary_charts as charts
from console.ui.views.breach_summary_cards import MissedCard
from console.ui.views.charts.look import PaperLook
from console.ui.views.charts.per_day import Bar, draw_per_day, places
from tests.support.desks import MORGAN, NOON, HandClock, Office, office
from tests.support.month import TIMES, ZONE, figures_of, month_in


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A month with four misses on three tickets, two causes, a demotion, a goal missed, and October before it."""
    return month_in(tmp_path_factory.mktemp("month") / "console.sqlite3")


@pytest.fixture
def month(filled: bytes, tmp_path: Path) -> Iterator[Office]:
    """An office at a fresh copy of that month."""
    file = tmp_path / "console.sqlite3"
    file.write_bytes(filled)
    with office(f"sqlite:///{file}", HandClock(NOON)) as opened:
        yield opened


@pytest.fixture
def found(month: Office) -> Summary:
    """The month's figures, without a window."""
    return figures_of(month)


def test_the_strip_is_outlined_only_while_a_miss_is_open(found: Summary) -> None:
    near, soon = timedelta(minutes=15), timedelta(minutes=60)
    said = words.today_words(found, NOON, near, soon)
    assert (said.kind, said.icon) == ("panel_missed", "alarm-clock-off")
    closed = replace(found, today=replace(found.today, still_open=()))
    assert words.today_words(closed, NOON, near, soon).kind == "panel"
    assert "none still open" in words.today_words(closed, NOON, near, soon).head
    calm = replace(found, today=replace(found.today, missed=0, still_open=()))
    said = words.today_words(calm, NOON, near, soon)
    assert (said.kind, said.head, said.ink) == ("panel_met", "No guarantee missed today", "met_text")
    nothing = replace(found, today=replace(found.today, next_at_risk=None))
    assert words.today_words(nothing, NOON, near, soon).open_id == 0


def test_the_nearer_the_risk_the_warmer_its_words(found: Summary) -> None:
    ahead = found.today.next_at_risk
    assert ahead is not None
    inks = [
        words.today_words(found, ahead.due_at - left, timedelta(minutes=15), timedelta(minutes=60)).risk_ink
        for left in (timedelta(minutes=10), timedelta(minutes=40), timedelta(hours=3))
    ]
    assert inks == ["now_text", "soon_text", "text2"]


def test_what_is_owed_and_not_credited_can_be_shown(qtbot: QtBot, month: Office) -> None:
    month.clock.now = NOON + timedelta(minutes=30)  # one more guarantee has passed, and nobody has swept yet
    found = figures_of(month)
    card = MissedCard()
    qtbot.addWidget(card)
    card.show_summary(found, missed_sheet(found, found.at, TIMES), filtered=False)
    assert card.link.text() == "Show"
    assert "still open 10." in card.sums.text()
    picked: list[frozenset[int]] = []
    card.picked.connect(lambda ids, _title: picked.append(ids))
    card.link.clicked.emit()
    assert picked == [frozenset(found.reconciliation.unsettled)]
    assert isinstance(found.reconciliation, Reconciliation)


def test_very_long_periods_share_bars(month: Office) -> None:
    desk = month.at(MORGAN)
    of = period("custom", desk.now(), ZONE, date(2024, 1, 1), date(2026, 11, 24))
    found = summary(desk, of)
    bars = charts.per_day_bars(found, date(2026, 11, 24))
    assert len(bars) <= charts.MOST_BARS
    assert sum(bar.whole for bar in bars) == found.tiles.missed
    assert charts.per_day_title(found) == "Missed per 11 days"


def test_bars_stay_in_their_place_however_many_were_missed() -> None:
    look = PaperLook()
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for most in (0, 1, 4, 5, 37, 1200):
        bars = [Bar(most, most // 2, most, "x") for _ in range(31)]
        rect = image.rect().toRectF()
        found = places(rect, bars, look)
        assert found.top >= most + most // 2
        assert rect.contains(QPointF(found.bar(30, 0, most + most // 2).topRight()))
        draw_per_day(painter, rect, bars, look)
    painter.end()


def test_long_tables_go_on_on_further_pages_with_their_heads(found: Summary) -> None:
    many = replace(found, missed=tuple(replace(found.missed[0], ticket_id=20_000 + at) for at in range(120)))
    made, pages = print_summary.rendered(many, TIMES, "All accounts", letter=False, at=found.at)
    assert pages >= 4
    reader = PdfReader(io.BytesIO(made))
    assert len(reader.pages) == pages
    told = "".join(_text(reader, at) for at in range(pages))
    assert all(str(20_000 + at) in told for at in range(120))
    for page in range(2, pages):
        assert "Missedguarantees(120),continued" in _text(reader, page)


def test_paper_is_white_in_every_look(found: Summary) -> None:
    theme().choose(Appearance.DARK)
    look = PaperLook()
    image = QImage(800, 1150, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    for part in print_summary.laid_out(found, TIMES, look, 1150, at=found.at, filters="All accounts")[0]:
        part.draw(painter, look, part.rect)
    painter.end()
    dark = sum(image.pixelColor(x, y).lightness() < 60 for x in range(0, 780, 7) for y in range(0, 1120, 7))
    assert dark < 0.04 * (780 / 7) * (1120 / 7)


@pytest.mark.parametrize(
    ("met", "due", "says"),
    [
        (0, 0, "–"),
        (17, 18, "17 of 18"),
        (19, 19, "19 of 19"),
        (20, 20, "100.0%"),
        (482, 498, "96.7%"),
        (1999, 2000, "99.9%"),
    ],
)
def test_shares(met: int, due: int, says: str) -> None:
    assert words.share(met, due) == says


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2026, 11, 1), date(2026, 11, 24), "1–24 Nov"),
        (date(2026, 11, 24), date(2026, 11, 24), "24 Nov"),
        (date(2026, 10, 28), date(2026, 11, 3), "28 Oct – 3 Nov"),
        (date(2025, 11, 1), date(2025, 11, 24), "1–24 Nov 2025"),
        (date(2025, 12, 28), date(2026, 1, 3), "28 Dec 2025 – 3 Jan 2026"),
    ],
)
def test_spans_of_days(first: date, last: date, says: str) -> None:
    assert words.short_span(first, last, 2026) == says


def test_change_is_said_with_sign_and_verdict(found: Summary) -> None:
    now = replace(found.tiles, due=498, met=482, missed_begin=11, missed_plan=5, credited=71)
    before = replace(found.before, due=500, met=478, missed_begin=15, missed_plan=7, credited=60)
    met, missed, credited, *_ = words.tile_words(replace(found, tiles=now, before=before))
    assert (met.figure, met.beside, met.change) == ("96.7%", "482 of 498", "+1.1 pts better, was 95.6%")
    assert (missed.delta, missed.delta_ink, missed.delta_icon) == ("−6", "met_text", "trending-down")
    assert (credited.delta, credited.delta_ink, credited.verdict) == ("+11", "missed_text", "worse,")


def test_the_priority_table_ends_with_all(found: Summary) -> None:
    *_, whole = priority_sheet(found).lines
    assert whole.total
    assert whole.cells[1].text == str(found.tiles.due)
    assert whole.cells[6].text == str(found.tiles.credited)


def _text(reader: PdfReader, page: int) -> str:
    return "".join(reader.pages[page].extract_text().split())
