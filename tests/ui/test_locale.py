"""Commas for points, other digits, writing from right to left: what is stored and exported is the same everywhere."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from console.services import tokens
from console.services.desk import Desk
from console.ui import deeds
from console.ui.views import token_account_deeds
from console.ui.views.dialogs.purchase import PurchaseDialog
from tests.support.desks import MORGAN, NOON, office
from tests.support.dialogs import booth_at


@pytest.fixture(params=["de_DE", "ar_EG", "fa_IR"])
def foreign(request: pytest.FixtureRequest) -> Iterator[QLocale]:
    before, there = QLocale(), QLocale(request.param)
    assert there.name() == request.param
    QLocale.setDefault(there)
    yield there
    QLocale.setDefault(before)


def exported(desk: Desk, account_id: int, ticket_id: int, file: Path) -> bytes:
    """The statement and the list as spreadsheets."""
    statement = tokens.statement(desk, account_id, NOON - timedelta(days=9), NOON + timedelta(days=1))
    token_account_deeds.write_statement(statement, "America/New_York", file)
    written = file.read_bytes()
    deeds.write_list(desk, [ticket_id], file)
    return written + file.read_bytes()


def test_what_is_typed_is_stored_and_exported_as_anywhere_else(
    qtbot: QtBot, sqlite_url: str, tmp_path: Path, foreign: QLocale
) -> None:
    with office(sqlite_url) as at, booth_at(qtbot, at, MORGAN) as booth:
        account = at.account("Juniper Dental", users=3200)
        ticket_id = at.number(at.account("Cobalt Insurance", balance=60))
        dialog = booth.open(PurchaseDialog, "purchase", account_id=account.id)
        booth.type("1200")
        booth.settle()
        assert dialog._dollars.text() == "30,000.00"
        dialog._invoice.setFocus()
        booth.type("INV-2304")
        booth.settle()
        booth.commit()
        assert booth.is_closed(dialog)
        assert at.balance(account) == 1200
        there = exported(at.desk, account.id, ticket_id, tmp_path / "there.csv")
        assert b"1200" in there
        QLocale.setDefault(QLocale.c())
        assert exported(at.desk, account.id, ticket_id, tmp_path / "here.csv") == there
        QLocale.setDefault(foreign)
