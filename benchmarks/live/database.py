"""The shared database of the live benchmark: two people with logins, and a queue of the length of a busy day."""

from console.bootstrap import open_desk
from console.policy.account import Account, Contact
from console.policy.terms import Hosting, Priority, Role, SupportOption
from console.services import intake, people, people_list, server
from console.services.desk import Desk
from console.services.intake import NewRequest
from console.services.people import Person
from tests.support.postgres import PASSWORD

TICKETS = 60
ROLES = frozenset({Role.AGENT, Role.ADMINISTRATOR})


def make(base: str) -> tuple[str, str, str]:
    """The URLs of the owner, Alex and Priya at a new database of the server at ``base`` (libpq's URL)."""
    owner = base.replace("postgresql://", "postgresql+psycopg://")
    server.set_up(owner)
    desk = open_desk(owner)
    try:
        for login in ("alex", "priya"):
            person = Person(login=login, name=login.capitalize(), roles=ROLES)
            people_list.add_person(desk, person, desk.new_key(), PASSWORD)
        _fill(desk)
    finally:
        desk.store.close()
    return owner, *(owner.replace("://postgres:", f"://{login}:") for login in ("alex", "priya"))


def _fill(desk: Desk) -> None:
    contact = Contact(id=0, name="Leah Moreno", is_administrator=True)
    new = Account(
        id=0,
        name="Juniper Dental",
        hosting=Hosting.DEDICATED,
        option=SupportOption.FLAT_RATE_USERS,
        users=90,
        contacts=(contact,),
    )
    (account_id,) = people.save_account(desk, new, desk.new_key()).accounts
    contact_id = people.account(desk, account_id).contacts[0].id
    for number in range(TICKETS):
        request = NewRequest(
            account_id=account_id,
            contact_id=contact_id,
            priority=Priority.STANDARD,
            subject=f"Mail of department {number} is slow",
            words="Please look.",
        )
        intake.open_ticket(desk, request, desk.new_key())
