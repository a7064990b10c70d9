"""What the stories of attacks that take several transactions begin with."""

import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from console.policy.terms import Hosting, Priority
from console.services import tokens
from console.services.importing import Format, preset
from console.services.importing.load import load
from console.store.engine import open_store
from tests.support.attacks import Scene
from tests.support.desks import ALEX, NOON


def ticket(place: Scene, priority: Priority = Priority.URGENT, hosting: Hosting = Hosting.DEDICATED) -> int:
    """A new ticket of an account of its own, under the names ``story`` and ``juniper``."""
    office = place.office
    account = office.account(f"Story {office.desk.new_key()}", hosting, balance=40)
    place.places |= {"juniper": account.id, "story": office.number(account, priority)}
    return int(place.places["story"])


def ago(place: Scene, minutes: int) -> str:
    """So many minutes ago, as a file from elsewhere says it."""
    return (place.office.clock.now - timedelta(minutes=minutes)).isoformat()


def imported(place: Scene, folder: Path, *rows: dict[str, str]) -> list[int]:
    """The numbers of the tickets that the owner brings in, one for each row, which says what is not as usual."""
    owner = replace(place.office.desk, store=open_store(place.office.url))
    usual = {
        "hosting": "dedicated", "option": "tokens", "requester_name": "Leah", "requester_is_administrator": "yes",
        "priority": "standard", "subject": "S", "body": "B", "opened_at": ago(place, 60), "status": "open",
    }  # fmt: skip
    told = [{"external_id": owner.new_key(), **usual, **row} for row in rows]
    file = folder / "tickets.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(name for row in told for name in row)))
        writer.writeheader()
        writer.writerows(told)
    load(owner, file, preset(Format.CONSOLE_CSV))
    numbers = f"SELECT id FROM ticket ORDER BY id DESC LIMIT {len(rows)}"
    with owner.store.read() as read:
        made = [int(number) for number in read.connection.exec_driver_sql(numbers).scalars()]
    owner.store.close()
    return made[::-1]


def due(milestone: str) -> str:
    return f"(SELECT max(due_at) FROM deadline WHERE ticket_id = {{story}} AND milestone = '{milestone}')"


NEXT_WEEK = NOON + timedelta(days=7)


def set_back(place: Scene, *, hours: float) -> None:
    """The server's clock lies before the last entry of the account from now on."""
    alex = place.office.at(ALEX)
    tokens.record_purchase(alex, place.places["juniper"], 1, "R-1", None, alex.new_key())
    place.office.clock.advance(hours=-hours)


def not_critical(place: Scene) -> str:
    return place.office.desk.policy().lists.not_mission_critical.items[0].id
