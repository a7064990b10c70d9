"""Importing into the database: all of a file or nothing, nothing twice, and what the policy makes of open tickets."""

import csv
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.policy.errors import Invalid, NotAllowed, Refused
from console.policy.terms import Hosting, Status, SupportOption
from console.services import keeping, progress, tokens
from console.services.desk import Undo
from console.services.importing import Cancelled, Format, preset
from console.services.importing.load import Loaded, load
from console.services.progress import Happened
from console.services.queue import keys, view_query
from console.services.ticket_view import ticket_view
from console.services.undo import undo as take_back
from tests.support.desks import ALEX, MORGAN, ROSA, Office

OWN = preset(Format.CONSOLE_CSV)
HEADING = (
    "external_id", "account", "hosting", "option", "requester_name", "requester_is_administrator", "priority",
    "subject", "body", "opened_at", "status", "begun_at", "first_replied_at", "resolved_at",
)  # fmt: skip


@pytest.fixture
def office(owners_office: Office) -> Office:
    """Bringing in what happened elsewhere is for the owner of a shared database (decision 0060)."""
    return owners_office


def row(id: str, **more: str) -> dict[str, str]:
    plain = {
        "external_id": id,
        "account": "Brightwater Clinic",
        "hosting": "dedicated",
        "option": "flat_rate_users",
        "requester_name": "Ines",
        "requester_is_administrator": "yes",
        "priority": "standard",
        "subject": f"Subject of {id}",
        "body": "Please look.",
        "opened_at": "2026-11-24T19:00:00Z",
        "status": "open",
    }
    return plain | more


def written(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
    path = folder / "tickets.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADING)
        writer.writeheader()
        writer.writerows(rows)
    return path


def bring(office: Office, folder: Path, *rows: dict[str, str], **more: Any) -> Loaded:
    return load(office.at(ALEX), written(folder, rows), OWN, **more)


def queue(office: Office) -> list[int]:
    return [key.id for key in keys(office.desk, view_query(office.desk, "queue"))]


def nothing_was_stored(office: Office) -> bool:
    return queue(office) == [] and tokens.accounts(office.desk) == [] and keeping.check(office.desk) == []


def test_open_tickets_are_opened_under_the_policy_and_closed_ones_are_history(
    office: Office, tmp_path: Path
) -> None:
    done = bring(
        office, tmp_path, row("A"), row("B", status="resolved", resolved_at="2026-11-24T19:10:00Z"),
        row("C", status="begun", begun_at="2026-11-24T19:05:00Z", priority="emergency"),
    )  # fmt: skip
    assert (done.added, done.known, done.rejected, done.accounts, done.saved_to) == (3, 0, 0, 1, None)
    (account,) = tokens.accounts(office.desk)
    assert (account.name, account.option, account.hosting) == (
        "Brightwater Clinic",
        SupportOption.FLAT_RATE_USERS,
        Hosting.DEDICATED,
    )
    shown = {
        ticket_view(office.desk, id).ticket.subject: ticket_view(office.desk, id) for id in queue(office)
    }
    assert set(shown) == {"Subject of A", "Subject of C"}
    assert shown["Subject of C"].ticket.status is Status.BEGUN
    assert [deadline.met_at is not None for deadline in shown["Subject of C"].ticket.deadlines] == [
        True,
        False,
    ]
    assert shown["Subject of A"].words == "Please look."
    assert done.changed.journal > 0
    assert keeping.check(office.desk) == []


def test_a_second_import_adds_nothing(office: Office, tmp_path: Path) -> None:
    rows = [row("A"), row("B"), row("A", subject="Again in the same file")]
    first = bring(office, tmp_path, *rows)
    assert (first.added, first.known, first.rejected) == (2, 0, 1)
    again = bring(office, tmp_path, *rows, row("C"))
    assert (again.added, again.known, again.rejected) == (1, 2, 1)
    assert len(queue(office)) == 3


def test_tokens_are_charged_now_or_awaited(office: Office, tmp_path: Path) -> None:
    account = office.account("Brightwater Clinic", balance=4)
    paid = {"option": "tokens", "requester_name": "Leah"}
    done = bring(office, tmp_path, row("A", **paid, priority="urgent"), row("B", **paid, priority="urgent"))
    assert (done.added, done.rejected) == (2, 0)
    assert office.balance(account) == 1
    tickets = sorted((ticket_view(office.desk, id).ticket for id in queue(office)), key=lambda each: each.id)
    assert [each.status for each in tickets] == [Status.OPEN, Status.AWAITING_TOKENS]
    assert tickets[0].opened_at == office.clock.now
    assert keeping.check(office.desk) == []
    desk = office.at(ALEX)
    tokens.record_purchase(desk, account.id, 10, "INV-77", None, desk.new_key())
    assert office.balance(account) == 8


def test_accounts_whose_names_differ_in_form_only_are_one(office: Office, tmp_path: Path) -> None:
    office.account("Ärzte Süd", balance=1)
    paid = {"option": "tokens", "requester_name": "Leah"}
    names = ["Ärzte Süd", "A\u0308RZTE  SU\u0308D", "ärzte süd"]
    done = bring(office, tmp_path, *(row(f"N{n}", account=name, **paid) for n, name in enumerate(names)))
    assert (done.added, done.accounts, done.rejected) == (3, 0, 0)
    assert len(tokens.accounts(office.desk)) == 1
    assert keeping.check(office.desk) == []


def test_rejected_rows_are_listed_and_saved_beside_the_file(office: Office, tmp_path: Path) -> None:
    office.account("Brightwater Clinic", balance=4)
    done = bring(
        office, tmp_path, row("A", option="tokens", requester_name="Nobody", requester_is_administrator="no"),
        row("B", hosting="shared", account="Other", option="tokens"), row("C", priority="soon"),
        row("D", subject='=HYPERLINK("http://x")', opened_at="gestern"), row("E", hosting="platform"),
    )  # fmt: skip
    assert (done.added, done.rejected) == (0, 5)
    reasons = {each.external_id: each.reason for each in done.first_rejected}
    assert "(clause 1.3)" in reasons["A"]
    assert "(clause 1.1)" in reasons["B"]
    assert "(clause 1.1)" in reasons["E"]
    assert done.saved_to == tmp_path / "tickets.rejected.csv"
    with done.saved_to.open(encoding="utf-8-sig", newline="") as stream:
        saved = list(csv.reader(stream))
    assert [line[1] for line in saved[1:]] == ["C", "D", "A", "B", "E"]
    assert not any(cell.startswith(("=", "+", "@")) for line in saved for cell in line)


def test_rejects_that_cannot_be_saved_store_nothing(office: Office, tmp_path: Path) -> None:
    (tmp_path / "tickets.rejected.csv").mkdir()
    with pytest.raises(Invalid, match=r"cannot be saved .* Nothing was imported"):
        bring(office, tmp_path, row("A"), row("B", priority="soon"))
    assert nothing_was_stored(office)


def test_a_file_that_breaks_off_stores_nothing(office: Office, tmp_path: Path) -> None:
    path = written(tmp_path, [row(f"N{number}") for number in range(1200)])
    with path.open("ab") as stream:
        stream.write(b'"never closed' + b"x" * 17_000_000)
    with pytest.raises(Invalid):
        load(office.at(ALEX), path, OWN)
    assert nothing_was_stored(office)
    assert not (tmp_path / "tickets.rejected.csv").exists()


def test_cancelling_stores_nothing(office: Office, tmp_path: Path) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 6

    with pytest.raises(Cancelled):
        bring(office, tmp_path, *(row(f"N{number}") for number in range(2000)), cancelled=cancelled)
    assert nothing_was_stored(office)


def test_into_a_shared_database_only_its_owner_imports_and_is_told_so_before(
    guarded_office: Office, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match=r"needs the login of its owner.*Nothing was imported"):
        bring(guarded_office, tmp_path, row("A"))
    assert nothing_was_stored(guarded_office)


def test_only_staff_import(office: Office, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        load(office.at(ROSA), written(tmp_path, [row("A")]), OWN)


def test_hostile_text_comes_in_clean(office: Office, tmp_path: Path) -> None:
    done = bring(office, tmp_path, row("A", subject="\x1b[31m<b>red</b>\u202e", body="x\x07y\r\nz"))
    assert done.added == 1
    view = ticket_view(office.desk, queue(office)[0])
    assert "\x1b" not in view.ticket.subject
    assert "<b>red</b>" in view.ticket.subject
    assert view.words == "xy\nz"


def test_ten_thousand_rows(local_office: Office, tmp_path: Path) -> None:
    """In batches: the number of statements grows with the batches, not with the rows."""
    closed = {"status": "resolved", "resolved_at": "2026-11-24T19:10:00Z"}
    rows = (row(f"N{n}", account=f"Account {n % 40}", **(closed if n % 10 else {})) for n in range(10_000))
    heard: list[tuple[int, int]] = []
    done = bring(local_office, tmp_path, *rows, on_progress=lambda *each: heard.append(each))
    assert (done.added, done.accounts, done.rejected) == (10_000, 40, 0)
    assert heard[-1][0] == heard[-1][1]
    assert len(queue(local_office)) == 1000


def history(office: Office, folder: Path) -> int:
    """A ticket that was answered and resolved elsewhere, in the hour before."""
    ago = [(office.clock.now - timedelta(minutes=each)).isoformat() for each in (60, 50, 40)]
    answered = {"opened_at": ago[0], "first_replied_at": ago[1], "resolved_at": ago[2]}
    bring(office, folder, row("A", status="resolved", priority="emergency", **answered))
    with office.desk.store.read() as read:
        return int(read.connection.exec_driver_sql("SELECT max(id) FROM ticket").scalar_one())


def test_a_reply_of_elsewhere_began_the_work(office: Office, tmp_path: Path) -> None:
    number = history(office, tmp_path)
    ticket = ticket_view(office.desk, number).ticket
    assert ticket.begun_at == ticket.replied_at


def test_what_is_entered_late_on_history_is_not_taken_back(office: Office, tmp_path: Path) -> None:
    """The resolution of elsewhere would go with it, and the ticket be open without a promise and without a charge."""
    number, morgan = history(office, tmp_path), office.at(MORGAN)
    happened = Happened(office.clock.now - timedelta(minutes=45), "It was in the telephone log.")
    assert progress.resolve(morgan, number, "answered", "", morgan.new_key(), happened).undo is None
    with pytest.raises(Refused, match="There is no resolve to undo"):
        progress.undo_work(morgan, "resolve", number, morgan.new_key())


@pytest.mark.parametrize("act", ["begin", "plan", "resolve"])
def test_what_is_entered_late_on_an_open_import_offers_no_undo(
    office: Office, tmp_path: Path, act: str
) -> None:
    """What stood on it before was told by nobody; what is done at once is taken back as ever."""
    bring(office, tmp_path, row("A"), row("B"))
    late, now = queue(office)
    morgan, next_week = office.at(MORGAN), office.clock.now + timedelta(days=7)
    happened = Happened(office.clock.now - timedelta(minutes=10), "It was in the telephone log.")

    def offered(number: int, at: Happened | None) -> Undo | None:
        key = morgan.new_key()
        if act == "begin":
            return progress.begin(morgan, number, key, at).undo
        if act == "plan":
            return progress.send_plan(morgan, number, "Look", "Morgan", next_week, key, at).undo
        return progress.resolve(morgan, number, "answered", "", key, at).undo

    assert offered(late, happened) is None
    with pytest.raises(Refused, match=f"There is no {act} to undo"):
        progress.undo_work(morgan, act, late, morgan.new_key())
    undo = offered(now, None)
    assert undo is not None
    take_back(morgan, undo, morgan.new_key())
