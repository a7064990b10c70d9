"""The People list, accounts and their contacts, policy versions."""

from dataclasses import replace

import pytest

from console.policy.account import Account, Contact
from console.policy.errors import Conflict, Invalid, NotAllowed, Refused
from console.policy.terms import Hosting, Role, SupportOption
from console.services import feed, intake, people, people_list
from console.services.documents import shipped_policies
from console.services.intake import NewRequest
from console.services.people import EVERY_ROLE, Person, actor_for
from console.services.ticket_view import ticket_view
from tests.support.desks import IRA, MORGAN, ROSA, Office
from tests.support.guarded import give_login


def person(login: str, *roles: Role, name: str = "") -> Person:
    return Person(login=login, name=name or login.capitalize(), roles=frozenset(roles))


def test_an_empty_list_gives_every_role_and_a_filled_one_its_own(owners_office: Office) -> None:
    ira = owners_office.at(IRA)
    assert actor_for("anybody", "Any Body", people.people(ira)).roles == EVERY_ROLE
    people_list.save_person(ira, person("ira", Role.ADMINISTRATOR), ira.new_key())
    people_list.save_person(ira, person("alex", Role.AGENT, name="Alex Reyes"), ira.new_key())
    give_login(ira.store, "gone")
    people_list.save_person(ira, person("gone"), ira.new_key())
    listed = people.people(ira)
    assert (actor_for("alex", "", listed).name, actor_for("alex", "", listed).roles) == (
        "Alex Reyes",
        {Role.AGENT},
    )
    assert actor_for("gone", "", listed).roles == frozenset()
    with pytest.raises(Invalid, match="Ask Ira to add nobody") as caught:
        actor_for("nobody", "", listed)
    assert caught.value.title == "Not on the People list"


def test_the_first_is_an_administrator_and_the_last_one_stays(owners_office: Office) -> None:
    ira = owners_office.at(IRA)
    with pytest.raises(Invalid, match="administrator"):
        people_list.save_person(ira, person("alex", Role.AGENT), ira.new_key())
    people_list.save_person(ira, person("ira", Role.ADMINISTRATOR, Role.MANAGER), ira.new_key())
    with pytest.raises(Invalid, match="administrator"):
        people_list.save_person(ira, person("ira", Role.MANAGER), ira.new_key())
    people_list.save_person(ira, person("rosa", Role.ADMINISTRATOR), ira.new_key())
    people_list.save_person(ira, person("ira", Role.MANAGER), ira.new_key())
    assert {each.login: each.roles for each in people.people(ira)}["ira"] == {Role.MANAGER}


def test_the_list_is_kept_by_administrators_with_roles_that_people_have(owners_office: Office) -> None:
    for who in (MORGAN, ROSA):
        desk = owners_office.at(who)
        with pytest.raises(NotAllowed):
            people_list.save_person(desk, person("x", Role.ADMINISTRATOR), desk.new_key())
    ira = owners_office.at(IRA)
    for bad in (
        person("x", Role.ADMINISTRATOR, Role.SYSTEM),
        person("x", Role.CUSTOMER),
        person(" ", Role.ADMINISTRATOR),
    ):
        with pytest.raises(Invalid):
            people_list.save_person(ira, bad, ira.new_key())
    assert people.people(ira) == []


def test_other_desks_hear_that_the_people_list_changed(owners_office: Office) -> None:
    ira = owners_office.at(IRA)
    start = feed.last_number(ira)
    owners_office.account()
    assert not feed.changes_since(ira, start).changed.people
    saved = people_list.save_person(ira, person("ira", Role.ADMINISTRATOR), "a key")
    assert saved.people
    assert people_list.save_person(ira, person("ira", Role.ADMINISTRATOR), "a key") == saved
    assert feed.changes_since(ira, start).changed.people


def test_a_key_covers_the_whole_entry(owners_office: Office) -> None:
    ira = owners_office.at(IRA)
    key = ira.new_key()
    people_list.save_person(ira, person("ira", Role.ADMINISTRATOR), key)
    assert people_list.save_person(ira, person("ira", Role.ADMINISTRATOR), key).words == "Ira: administrator."
    with pytest.raises(Conflict):
        people_list.save_person(ira, person("ira", Role.ADMINISTRATOR, name="Somebody else"), key)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": " \x00"}, Invalid),
        ({"name": "x" * 201}, Invalid),
        ({"users": -1}, Invalid),
        ({"users": 10_000_001}, Invalid),
        ({"hosting": Hosting.SHARED, "option": SupportOption.TOKENS}, Refused),
        ({"hosting": Hosting.PLATFORM, "option": SupportOption.FLAT_RATE_USERS}, Refused),
        ({"timezone": "Mars/Olympus"}, Invalid),
        ({"timezone": "../../etc/passwd"}, Invalid),
        ({"timezone": ""}, Invalid),
        ({"contacts": (Contact(id=0, name="Leah"), Contact(id=0, name="LEAH"))}, Invalid),
        ({"contacts": (Contact(id=0, name=""),)}, Invalid),
        ({"contacts": (Contact(id=0, name="Leah", email="x" * 400),)}, Invalid),
    ],
)
def test_an_account_that_cannot_be_saved(
    office: Office, change: dict[str, object], error: type[Exception]
) -> None:
    desk = office.at(IRA)
    plain = Account(id=0, name="New", hosting=Hosting.DEDICATED, option=SupportOption.TOKENS, users=10)
    with pytest.raises(error) as caught:
        people.save_account(desk, replace(plain, **change), desk.new_key())  # type: ignore[arg-type]
    assert str(caught.value).endswith(".")
    people.save_account(desk, replace(plain, users=10_000_000), desk.new_key())
    with pytest.raises(Invalid, match="already"):
        people.save_account(desk, replace(plain, name=" NEW "), desk.new_key())


def test_two_who_change_an_account_at_once(office: Office) -> None:
    account = office.account()
    desk = office.at(MORGAN)
    people.save_account(desk, replace(account, users=7), desk.new_key())
    with pytest.raises(Conflict):
        people.save_account(desk, replace(account, users=8), desk.new_key())
    assert people.account(desk, account.id).users == 7


def test_a_contact_is_added_or_becomes_an_administrator(office: Office) -> None:
    account = office.account()
    desk = office.desk
    people.add_contact(desk, account.id, Contact(id=0, name="KIM", is_administrator=True), desk.new_key())
    people.add_contact(desk, account.id, Contact(id=0, name="Noor"), desk.new_key())
    contacts = people.account(desk, account.id).contacts
    assert sorted((each.name, each.is_administrator) for each in contacts) == [
        ("KIM", True),
        ("Leah", True),
        ("Noor", False),
    ]


def test_a_supervisor_keeps_no_accounts(office: Office) -> None:
    account = office.account()
    rosa = office.at(ROSA)
    with pytest.raises(NotAllowed):
        people.save_account(rosa, replace(account, users=1), rosa.new_key())


def test_a_policy_version_is_added_for_the_future_and_never_changed(office: Office) -> None:
    ira = office.at(IRA)
    text = shipped_policies()[0]
    second = text.replace("version = 1\n", "version = 2\n")
    with pytest.raises(Invalid, match="exists already"):
        people.add_policy(ira, text, ira.new_key())
    with pytest.raises(Invalid, match="future"):
        people.add_policy(ira, second, ira.new_key())
    later = second.replace("in_force_from = 2020-01-01T00:00:00Z", "in_force_from = 2027-01-01T00:00:00Z")
    with pytest.raises(NotAllowed):
        people.add_policy(office.at(MORGAN), later, ira.new_key())
    with pytest.raises(Invalid):
        people.add_policy(ira, "format = ", ira.new_key())
    assert people.add_policy(ira, later, ira.new_key()).words == "Policy version 2 added."


def test_the_restriction_to_administrators_is_kept(office: Office) -> None:
    flat = office.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    desk = office.desk
    people.save_account(desk, replace(flat, restricted=True), desk.new_key())
    asked = NewRequest(account_id=flat.id, requester="Kim", subject="S")
    with pytest.raises(Refused) as caught:
        intake.open_ticket(desk, asked, desk.new_key())
    assert caught.value.clause == "1.2"
    administrator = next(each for each in people.account(desk, flat.id).contacts if each.is_administrator)
    done = intake.open_ticket(
        desk, NewRequest(account_id=flat.id, contact_id=administrator.id, subject="S"), desk.new_key()
    )
    assert done.ticket_id is not None
    assert ticket_view(desk, done.ticket_id).ticket.requester == "Leah"
