"""Painting for a whole shift: no reference to None is lost, and a fault in a cell never ends the process."""

import logging
import sys

import pytest
from PySide6.QtCore import QModelIndex, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QStandardItemModel
from PySide6.QtWidgets import QApplication, QStyledItemDelegate, QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot

from console.ui.models.breach_model import Cell, Column, Line, Sheet
from console.ui.views.breach_summary_table import SummaryTable
from console.ui.widgets.paint import (
    draw_avatar,
    draw_chip,
    draw_keycap,
    draw_text,
    guarded,
    hatch,
    restored,
    rounded,
)
from console.ui.widgets.pills import Urgency, draw_pill

CALLS = 100_000


class _Cells(QStyledItemDelegate):
    """Draws a pill, as the queue's first column does; row 1 is broken on purpose."""

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        if index.row() == 1:
            with restored(painter):
                raise RuntimeError("broken on purpose")
        draw_text(painter, QRectF(option.rect), "12 min", role="strong")


@pytest.fixture
def canvas() -> QImage:
    return QImage(200, 60, QImage.Format.Format_ARGB32_Premultiplied)


def test_a_void_call_keeps_its_reference_to_none(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(100):
        widget.update()
        QApplication.processEvents()
    assert abs(sys.getrefcount(None) - before) < 50


def test_a_hundred_thousand_paint_calls_of_a_real_delegate(
    qtbot: QtBot, canvas: QImage, caplog: pytest.LogCaptureFixture
) -> None:
    """The breach summary's own delegate, called as the table calls it: a shift's worth of cells."""
    cells = (Cell("Emergency", icon="siren"), Cell("12", "text2"), Cell("3", "missed_text", role="strong"))
    columns = (Column("Priority", stretch=True), Column("Due", right=True), Column("Missed", right=True))
    table = SummaryTable(
        "By priority", Sheet(columns, (Line(cells, "Emergency"), Line(cells, "All", total=True)))
    )
    qtbot.addWidget(table)
    delegate, option = table.itemDelegate(), QStyleOptionViewItem()
    option.rect = QRect(0, 0, 120, 32)
    indexes = [table.breach_model().index(row, column) for row in range(2) for column in range(3)]
    painter = QPainter(canvas)
    before = sys.getrefcount(None)
    for turn in range(CALLS):
        delegate.paint(painter, option, indexes[turn % 6])
    after = sys.getrefcount(None)
    painter.end()
    assert abs(after - before) < 1_000
    assert caplog.records == []


def test_every_drawing_of_the_look_keeps_its_references_to_none(qtbot: QtBot, canvas: QImage) -> None:
    painter = QPainter(canvas)
    states = list(Urgency)
    before = sys.getrefcount(None)
    for turn in range(1_000):
        draw_pill(painter, 0, 0, states[turn % len(states)], "12 min")
        draw_chip(painter, QRectF(0, 0, 80, 18), "Now free", "credit", "gift")
        draw_keycap(painter, QRectF(0, 0, 20, 20), "B")
        draw_avatar(painter, QRectF(0, 0, 22, 22), "AR", ring="met")
        rounded(painter, QRectF(0, 0, 60, 20), 6, fill="raised", line="line", dashed=True)
        hatch(painter, QRectF(0, 0, 60, 20))
    after = sys.getrefcount(None)
    painter.end()
    assert abs(after - before) < 200


def test_a_broken_cell_is_a_dash_and_one_line_in_the_log(
    canvas: QImage, caplog: pytest.LogCaptureFixture
) -> None:
    model = QStandardItemModel(2, 1)
    cells, option = _Cells(), QStyleOptionViewItem()
    painter = QPainter(canvas)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            cells.paint(painter, option, model.index(1, 0))
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    painter.save()
    painter.restore()
    painter.end()
