"""Which period a statement shows: a month of the policy's zone, or any range of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QLocale
from PySide6.QtWidgets import QDateEdit, QDialog, QVBoxLayout, QWidget

from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.fields import Labelled
from console.ui.widgets.labels import CaptionLabel, PlainLabel

LATEST_MONTHS = 6
_FIRST_YEAR, _LAST_YEAR = 1990, 2200


@dataclass(frozen=True, slots=True)
class Span:
    """The days [``first``, ``end``) in ``zone``; ``whole_month`` when they are exactly one month."""

    first: date
    end: date
    zone: str

    @property
    def start_at(self) -> datetime:
        """The instant at which the first day begins, UTC."""
        return _midnight(self.first, self.zone)

    @property
    def end_at(self) -> datetime:
        """The instant at which the last day is over, UTC."""
        return _midnight(self.end, self.zone)

    @property
    def whole_month(self) -> bool:
        """Whether it is one month from its first day to its last."""
        return self.first.day == 1 and self.end == _next_month(self.first)

    def covers(self, instant: datetime) -> bool:
        """Whether the instant lies inside."""
        return self.start_at <= instant < self.end_at

    def stepped(self, by: int) -> Span:
        """The next or previous one of the same length; months step by months."""
        if self.whole_month:
            first = self.first
            for _ in range(abs(by)):
                first = _next_month(first) if by > 0 else (first - timedelta(days=1)).replace(day=1)
            return Span(first, _next_month(first), self.zone)
        length = (self.end - self.first) * by
        return Span(self.first + length, self.end + length, self.zone)

    def words(self) -> str:
        """``"Nov 2026"``, ``"3 Nov – 24 Nov 2026"``."""
        if self.whole_month:
            return f"{_month(self.first)} {self.first.year}"
        last = self.end - timedelta(days=1)
        start = f"{self.first.day} {_month(self.first)}"
        if self.first.year != last.year:
            start += f" {self.first.year}"
        return f"{start} – {last.day} {_month(last)} {last.year}"


def month_of(instant: datetime, zone: str) -> Span:
    """The month in which ``instant`` lies, in ``zone``."""
    first = instant.astimezone(ZoneInfo(zone)).date().replace(day=1)
    return Span(first, _next_month(first), zone)


def month_name(span: Span) -> str:
    """``"November"``."""
    return QLocale().monthName(span.first.month)


def choices(now: datetime, zone: str) -> list[Span]:
    """The last months, this one first, then the last 90 days and this year so far."""
    this = month_of(now, zone)
    months = [this]
    for _ in range(LATEST_MONTHS - 1):
        months.append(months[-1].stepped(-1))
    return months


def last_days(days: int, now: datetime, zone: str) -> Span:
    """The last ``days`` days, today among them."""
    end = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return Span(end - timedelta(days=days), end, zone)


def this_year(now: datetime, zone: str) -> Span:
    """The year so far, to its end."""
    first = now.astimezone(ZoneInfo(zone)).date().replace(month=1, day=1)
    return Span(first, first.replace(year=first.year + 1), zone)


def _next_month(first: date) -> date:
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def _month(day: date) -> str:
    return QLocale().monthName(day.month, QLocale.FormatType.ShortFormat)


class RangeDialog(QDialog):
    """Any range of days; ``span()`` is what was chosen once it is accepted."""

    def __init__(self, span: Span, zone_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Period of the statement")
        self._zone = span.zone
        self._from, self._to = _day_field(span.first), _day_field(span.end - timedelta(days=1))
        self._fault = CaptionLabel("", "missed_text", wrap=True)
        self._fault.hide()
        show = Button("Show this period", Kind.PRIMARY, key="Ctrl+Return")
        show.clicked.connect(self.accept)
        cancel = Button("Cancel", key="Esc")
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        pad = theme().px(20)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(theme().px(12))
        column.addWidget(PlainLabel(self.windowTitle(), "card_title"))
        fields = row(Labelled("First day", self._from), Labelled("Last day", self._to), spacing=12)
        column.addLayout(fields)
        column.addWidget(CaptionLabel(f"Days begin at midnight {zone_name}.", "text3"))
        column.addWidget(self._fault)
        column.addLayout(row(None, cancel, show))
        self.setMinimumWidth(theme().px(400))
        self._from.setFocus()

    def span(self) -> Span:
        """The days chosen."""
        first, last = _python_date(self._from), _python_date(self._to)
        return Span(first, last + timedelta(days=1), self._zone)

    def accept(self) -> None:
        """Closes with the range, unless its last day lies before its first."""
        if _python_date(self._to) < _python_date(self._from):
            self._fault.setText("The last day lies before the first.")
            self._fault.show()
            self._to.setFocus()
            return
        super().accept()


def _python_date(field: QDateEdit) -> date:
    shown = field.date()
    return date(shown.year(), shown.month(), shown.day())


def _day_field(day: date) -> QDateEdit:
    field = QDateEdit(QDate(day.year, day.month, day.day))
    field.setDisplayFormat("d MMM yyyy")
    field.setButtonSymbols(QDateEdit.ButtonSymbols.NoButtons)
    field.setDateRange(QDate(_FIRST_YEAR, 1, 1), QDate(_LAST_YEAR, 1, 1))
    return field
