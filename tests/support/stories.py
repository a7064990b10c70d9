"""What the stories of attacks that take several transactions begin with."""

from datetime import timedelta

from console.policy.terms import Hosting, Priority
from console.services import tokens
from tests.support.attacks import Scene
from tests.support.desks import ALEX, NOON


def ticket(place: Scene, priority: Priority = Priority.URGENT, hosting: Hosting = Hosting.DEDICATED) -> int:
    """A new ticket of an account of its own, under the names ``story`` and ``juniper``."""
    office = place.office
    account = office.account(f"Story {office.desk.new_key()}", hosting, balance=40)
    place.places |= {"juniper": account.id, "story": office.number(account, priority)}
    return int(place.places["story"])


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
