"""A statement on paper: light always, paged, with its opening and closing balance and the sum that proves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QLocale, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
)

from console.ui import format as fmt
from console.ui.format import Times
from console.ui.models.account_words import check_sum, entry_words
from console.ui.theme import Appearance, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.policy.document import Policy
    from console.services.queue import QueueRow
    from console.services.tokens import Statement

_DPI = 96
_MARGIN_MM, _FOOT = 16, 34
_HEADS = ("When", "Entry", "Ticket", "Change", "Balance")
_WIDTHS = (25, 39, 12, 12, 12)
_RIGHT_FROM = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: the statement, what its lines name, and whose clock it is told by."""

    statement: Statement
    tickets: Mapping[int, QueueRow]
    policy: Policy
    period: str
    times: Times
    printed_at: datetime
    family: str = "Inter"


def save_pdf(sheet: Sheet, file: Path) -> int:
    """Writes the PDF and returns its number of pages. Raises ``OSError`` when the file cannot be written."""
    with file.open("wb"):
        pass
    writer = QPdfWriter(str(file))
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(_page_size()))
    writer.setPageMargins(QMarginsF(*(_MARGIN_MM,) * 4), QPageLayout.Unit.Millimeter)
    writer.setTitle(f"Statement, {sheet.statement.account_name}, {sheet.period}")
    page = QSizeF(writer.width(), writer.height() - _FOOT)
    document = made_document(sheet, page)
    painter = QPainter()
    if not painter.begin(writer):
        raise OSError(f"{file.name} cannot be written")
    pages = document.pageCount()
    for number in range(pages):
        if number:
            writer.newPage()
        _draw_page(painter, document, page, number)
        _draw_foot(painter, sheet, page, f"Page {number + 1} of {pages}")
    painter.end()
    return pages


def _page_size() -> QPageSize.PageSizeId:
    american = QLocale().measurementSystem() == QLocale.MeasurementSystem.ImperialUSSystem
    return QPageSize.PageSizeId.Letter if american else QPageSize.PageSizeId.A4


def _draw_page(painter: QPainter, document: QTextDocument, page: QSizeF, number: int) -> None:
    painter.save()
    painter.translate(0, -number * page.height())
    document.drawContents(painter, QRectF(0, number * page.height(), page.width(), page.height()))
    painter.restore()


def _draw_foot(painter: QPainter, sheet: Sheet, page: QSizeF, pages: str) -> None:
    painter.save()
    painter.setFont(_font(sheet, 10))
    painter.setPen(_ink("text3"))
    foot = QRectF(0, page.height() + 12, page.width(), _FOOT - 12)
    when = _when(sheet, sheet.printed_at)
    left = f"{sheet.statement.account_name}  ·  {sheet.period}  ·  policy version {sheet.policy.version}"
    metrics = painter.fontMetrics()
    right = f"printed {when}  ·  {pages}"
    room = int(page.width() - metrics.horizontalAdvance(right) - 12)
    painter.drawText(
        foot, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(left, Qt.TextElideMode.ElideRight, room)
    )
    painter.drawText(foot, Qt.AlignmentFlag.AlignRight, right)
    painter.restore()


# the document


def made_document(sheet: Sheet, page: QSizeF) -> QTextDocument:
    """The statement as a document of that page size; every word goes in as plain text."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setDefaultFont(_font(sheet, 12))
    document.setPageSize(page)
    cursor = QTextCursor(document)
    say = _sayer(cursor, sheet)
    say("Statement of tokens", 11, "text2", QFont.Weight.Medium)
    cursor.insertBlock()
    say(sheet.statement.account_name, 22, "text", QFont.Weight.DemiBold)
    cursor.insertBlock()
    zone = f"days and times are {sheet.times.policy_name}"
    say(f"{sheet.period}  ·  1 token = {fmt.money_short(sheet.policy.tokens.price)}  ·  {zone}", 11, "text2")
    _insert_table(cursor, sheet)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.insertBlock()
    total = check_sum(sheet.statement)
    say(total.words, 12, "missed_text" if total.fault else "text", QFont.Weight.Medium)
    if total.fault:
        say(f"  {total.fault}", 12, "missed_text", QFont.Weight.Bold)
    return document


def _sayer(cursor: QTextCursor, sheet: Sheet) -> Callable[..., None]:
    def say(text: str, size: int, ink: str, weight: QFont.Weight = QFont.Weight.Normal) -> None:
        cursor.insertText(_plain(text), _format(sheet, size, ink, weight))

    return say


def _insert_table(cursor: QTextCursor, sheet: Sheet) -> None:
    rows = list(_rows(sheet))
    look = QTextTableFormat()
    look.setHeaderRowCount(1)
    look.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    look.setColumnWidthConstraints([QTextLength(QTextLength.Type.PercentageLength, wide) for wide in _WIDTHS])
    look.setBorder(0)
    look.setCellSpacing(0)
    look.setCellPadding(4)
    look.setTopMargin(14)
    look.setBottomMargin(4)
    look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
    table = cursor.insertTable(len(rows) + 1, len(_HEADS), look)
    for column, title in enumerate(_HEADS):
        _fill(table, sheet, 0, column, title, strong=True, ink="text2")
    for place, cells in enumerate(rows, 1):
        for column, text in enumerate(cells):
            _fill(table, sheet, place, column, text, strong=column >= _RIGHT_FROM, ink="text")


def _fill(
    table: QTextTable, sheet: Sheet, place: int, column: int, text: str, *, strong: bool, ink: str
) -> None:
    cell = table.cellAt(place, column)
    ground = cell.format().toTableCellFormat()
    ground.setBottomBorder(1)
    ground.setBottomBorderBrush(QBrush(_ink("line")))
    ground.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    cell.setFormat(ground)
    cursor = cell.firstCursorPosition()
    way = QTextBlockFormat()
    way.setAlignment(Qt.AlignmentFlag.AlignRight if column >= _RIGHT_FROM else Qt.AlignmentFlag.AlignLeft)
    cursor.setBlockFormat(way)
    weight = QFont.Weight.DemiBold if strong else QFont.Weight.Normal
    cursor.insertText(_plain(text), _format(sheet, 11, ink, weight))


def _rows(sheet: Sheet) -> list[tuple[str, ...]]:
    """Oldest first, as on paper, between the opening and the closing balance."""
    statement = sheet.statement
    made: list[tuple[str, ...]] = [
        (_when(sheet, statement.start), "Opening balance", "", "", fmt.number(statement.opening))
    ]
    for line in statement.lines:
        ticket = sheet.tickets.get(line.ticket_id) if line.ticket_id is not None else None
        words = entry_words(line, ticket, sheet.policy).words
        number = "" if line.ticket_id is None else str(line.ticket_id)
        made.append(
            (_when(sheet, line.at), words, number, fmt.signed(line.tokens), fmt.number(line.balance_after))
        )
    end = min(statement.end, sheet.printed_at)
    made.append((_when(sheet, end), "Closing balance", "", "", fmt.number(statement.closing)))
    return made


def _when(sheet: Sheet, instant: datetime) -> str:
    local = instant.astimezone(ZoneInfo(sheet.policy.timezone))
    day = f"{local.day} {QLocale().monthName(local.month, QLocale.FormatType.ShortFormat)} {local.year}"
    return f"{day}, {sheet.times.policy_clock(instant).removesuffix(f' {sheet.times.policy_name}')}"


def _format(sheet: Sheet, size: int, ink: str, weight: QFont.Weight) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setFont(_font(sheet, size, weight))
    made.setForeground(_ink(ink))
    return made


def _font(sheet: Sheet, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont(sheet.family)
    font.setPixelSize(size)
    font.setWeight(weight)
    return font


def _ink(token: str) -> QColor:
    return QColor(tokens()[Appearance.LIGHT.value][token])


def _plain(text: str) -> str:
    """One line without control characters."""
    return "".join(c if c.isprintable() else " " for c in text)
