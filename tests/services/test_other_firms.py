"""Other firms' policies: prices and promises that differ from the published ones, at every kind of database."""

from datetime import timedelta

import pytest

from console.bootstrap import shipped_policies
from console.policy import repricing
from console.policy.errors import Problem, Refused
from console.policy.terms import Priority
from console.services import keeping, people, triage
from console.services.ticket_view import ticket_view
from tests.support.desks import ALEX, IRA, Office

#: Questions cost a token, and an urgent ticket less than a standard one.
UPSIDE_DOWN = (
    "informational = 0\nbilling = 0\nstandard = 1\nurgent = 3",
    "informational = 1\nbilling = 0\nstandard = 4\nurgent = 3",
)
NO_BEGIN = ("standard = { begin = { hours = 24 }, resolve_or_plan", "standard = { resolve_or_plan")


def in_force(office: Office, *changes: tuple[str, str]) -> None:
    """The shipped policy with these ``changes`` as a version that is in force from now on."""
    begins = office.clock.now + timedelta(hours=1)
    (text,) = shipped_policies()
    for written, instead in (
        ("version = 1\n", "version = 2\n"),
        ("2020-01-01T00:00:00Z", begins.strftime("%Y-%m-%dT%H:%M:%SZ")),
        *changes,
    ):
        assert written in text
        text = text.replace(written, instead)
    ira = office.at(IRA)
    people.add_policy(ira, text, ira.new_key())
    office.clock.advance(hours=2)


def _raised(office: Office) -> int:
    """A question of 60 hours ago that needs action."""
    number = office.number(office.account(balance=40), Priority.INFORMATIONAL)
    office.clock.advance(hours=60)
    return number


def test_to_resolve_or_plan_alone_begins_at_the_change(office: Office) -> None:
    in_force(office, NO_BEGIN)
    number, alex = _raised(office), office.at(ALEX)
    shown = triage.preview_change_priority(alex, number, Priority.STANDARD, "Leah")
    triage.change_priority(alex, number, Priority.STANDARD, "Leah", None, alex.new_key())
    made = ticket_view(alex, number).ticket.deadlines
    assert made == shown.after.deadlines
    assert made[-1].due_at == office.clock.now + timedelta(hours=48)


def test_no_client_lets_to_resolve_take_over_from_to_respond(
    guarded_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(guarded_office, NO_BEGIN)
    number, alex = _raised(guarded_office), guarded_office.at(ALEX)
    with monkeypatch.context() as patched:
        patched.setattr(repricing, "takes_over", lambda *_: True)
        with pytest.raises(Problem, match="starts at the change"):
            triage.change_priority(alex, number, Priority.STANDARD, "Leah", None, alex.new_key())


@pytest.mark.parametrize(
    ("before", "after", "held"),
    [(Priority.INFORMATIONAL, Priority.BILLING, 0), (Priority.URGENT, Priority.STANDARD, 4)],
)
def test_a_change_of_priority_charges_or_credits_by_its_price_alone(
    office: Office, before: Priority, after: Priority, held: int
) -> None:
    """Raised to what costs less it is credited, lowered to what costs more it is charged, with authorisation."""
    in_force(office, UPSIDE_DOWN)
    account = office.account(balance=40)
    number, alex = office.number(account, before), office.at(ALEX)
    if held:
        with pytest.raises(Refused, match=f"Making {number} standard charges 1 more"):
            triage.change_priority(alex, number, after, "", None, alex.new_key())
    triage.change_priority(alex, number, after, "Leah" if held else "", None, alex.new_key())
    assert (ticket_view(alex, number).ticket.held, office.balance(account)) == (held, 40 - held)
    assert keeping.check(alex) == []


def test_no_client_charges_a_lower_priority_without_the_customer(
    guarded_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(guarded_office, UPSIDE_DOWN)
    number, alex = (
        guarded_office.number(guarded_office.account(balance=40), Priority.URGENT),
        guarded_office.at(ALEX),
    )
    with monkeypatch.context() as patched:
        patched.setattr(repricing, "_require_authorised", lambda *_: None)
        with pytest.raises(Problem, match="authorisation"):
            triage.change_priority(alex, number, Priority.STANDARD, "", None, alex.new_key())
    assert ticket_view(alex, number).ticket.held == 3
