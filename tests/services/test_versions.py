"""Several policy versions side by side: tickets keep theirs, new ones take the one in force, whoever added it."""

from datetime import timedelta

from console.bootstrap import shipped_policies
from console.policy.terms import Priority
from console.services import people, tokens, triage
from tests.support.desks import IRA, MORGAN, Office


def dearer(office: Office) -> str:
    """Version 2, in force in an hour: an emergency costs 12 instead of 10."""
    start = office.clock.now + timedelta(hours=1)
    text = shipped_policies()[0].replace("version = 1\n", "version = 2\n")
    text = text.replace("2020-01-01T00:00:00Z", start.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return text.replace("emergency = 10", "emergency = 12")


def test_a_ticket_keeps_the_version_it_was_opened_under(office: Office) -> None:
    account = office.account(balance=40)
    before = office.number(account, Priority.EMERGENCY)
    ira = office.at(IRA)
    people.add_policy(ira, dearer(office), ira.new_key())
    office.clock.advance(minutes=59)
    still = office.number(account, Priority.EMERGENCY)
    office.clock.advance(minutes=2)
    after = office.number(account, Priority.EMERGENCY)
    with office.desk.store.read() as read:
        assert [read.ticket(id).policy_version for id in (before, still, after)] == [1, 1, 2]
        assert [read.ticket(id).held for id in (before, still, after)] == [10, 10, 12]
    desk = office.at(MORGAN)
    shown = triage.preview_demotion(desk, after, ["partial"], "One office of six is affected.")
    assert shown.credited == 12 - 3


def test_a_desk_that_was_open_all_the_while_goes_by_the_new_version(office: Office) -> None:
    account = office.account(balance=0)
    ira = office.at(IRA)
    people.add_policy(ira, dearer(office), ira.new_key())
    office.clock.advance(hours=2)
    waiting = office.number(account, Priority.EMERGENCY)
    assert 2 not in office.desk.policies.versions, "the desk was opened before"
    desk = office.at(MORGAN)
    shown = tokens.preview_purchase(desk, account.id, 12)
    assert [each.after.id for each in shown.released] == [waiting]
    tokens.record_purchase(desk, account.id, 12, "INV-9", None, desk.new_key())
    assert office.balance(account) == 0
    assert desk.policy().version == 2
