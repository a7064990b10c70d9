"""A request comes in: the live check is the deed, too few tokens wait, refusals can be logged."""

import pytest

from console.policy import facts as f
from console.policy.errors import Invalid, NotAllowed, Refused
from console.policy.terms import Channel, Hosting, Priority, Status, SupportOption
from console.services import intake, tokens
from console.services.intake import NewRequest
from console.services.ticket_view import ticket_view
from tests.support.desks import ALEX, IRA, ROSA, Office


def request(office: Office, **more: object) -> NewRequest:
    account = office.account(balance=12)
    leah = account.contacts[0]
    return NewRequest(**{"account_id": account.id, "contact_id": leah.id, "subject": "Mail is slow"} | more)  # type: ignore[arg-type]


@pytest.mark.parametrize("priority", Priority)
def test_the_check_is_the_deed(office: Office, priority: Priority) -> None:
    asked = request(office, priority=priority, words="Please look.")
    check = intake.check_request(office.desk, asked)
    assert check.entitled
    assert check.preview is not None
    done = intake.open_ticket(office.desk, asked, office.desk.new_key())
    assert done.ticket_id is not None
    stored = ticket_view(office.desk, done.ticket_id).ticket
    shown = check.preview.after
    assert (stored.held, stored.status, stored.opened_at) == (shown.held, shown.status, shown.opened_at)
    assert [(each.milestone, each.due_at) for each in stored.deadlines] == [
        (each.milestone, each.due_at) for each in shown.deadlines
    ]
    (row,) = tokens.accounts(office.desk)
    assert row.balance == check.preview.balance_after == check.balance - check.price


def test_too_few_tokens_wait_and_say_so(office: Office) -> None:
    account = office.account(balance=2)
    asked = NewRequest(
        account_id=account.id, contact_id=account.contacts[0].id, priority=Priority.URGENT, subject="S"
    )
    check = intake.check_request(office.desk, asked)
    assert (check.entitled, check.awaiting, check.price, check.balance) == (True, True, 3, 2)
    done = intake.open_ticket(office.desk, asked, office.desk.new_key())
    assert "awaiting tokens" in done.words
    assert done.ticket_id is not None
    ticket = ticket_view(office.desk, done.ticket_id).ticket
    assert (ticket.status, ticket.opened_at, ticket.deadlines) == (Status.AWAITING_TOKENS, None, ())
    assert office.balance(account) == 2


def test_a_refusal_names_its_clause_and_stores_nothing(office: Office) -> None:
    asked = request(office, contact_id=None, requester="Kim")
    check = intake.check_request(office.desk, asked)
    assert (check.entitled, check.preview) == (False, None)
    assert [each.clause for each in check.checks if not each.passed] == ["1.3"]
    with pytest.raises(Refused) as caught:
        intake.open_ticket(office.desk, asked, office.desk.new_key())
    assert caught.value.clause == "1.3"
    logged = intake.log_refusal(office.desk, asked, office.desk.new_key())
    assert logged.ticket_id is None
    with office.desk.store.read() as read:
        item = read.last_told(asked.account_id)
    assert item is not None
    assert isinstance(item.fact, f.RequestRefused)
    assert (item.fact.who, item.fact.clause, item.actor) == ("Kim", "1.3", "alex")
    assert "Mail is slow" in item.fact.words


def test_an_entitled_request_is_not_logged_as_refused(office: Office) -> None:
    with pytest.raises(Refused, match="open the ticket"):
        intake.log_refusal(office.desk, request(office), office.desk.new_key())


def test_the_authorisation_of_an_emergency_by_telephone_is_kept_with_its_words(office: Office) -> None:
    asked = request(office, channel=Channel.TELEPHONE, priority=Priority.EMERGENCY)
    assert not intake.check_request(office.desk, asked).entitled
    authorised = NewRequest(**{name: getattr(asked, name) for name in asked.__slots__} | {"authorised": True})  # type: ignore[attr-defined]
    check = intake.check_request(office.desk, authorised)
    assert "10 tokens" in check.script
    done = intake.open_ticket(office.desk, authorised, office.desk.new_key())
    assert done.ticket_id is not None
    view = ticket_view(office.desk, done.ticket_id)
    (kept,) = [item.fact for item in view.timeline if isinstance(item.fact, f.TicketAuthorised)]
    assert (kept.by, kept.script, kept.price, kept.at) == ("Leah", check.script, 10, office.clock.now)


def test_a_callback_is_booked_with_number_and_window(office: Office) -> None:
    asked = request(
        office, channel=Channel.CALLBACK, callback_number="+1 555\n0100", callback_window="3 to 5 PM"
    )
    done = intake.open_ticket(office.desk, asked, office.desk.new_key())
    assert done.ticket_id is not None
    view = ticket_view(office.desk, done.ticket_id)
    (booked,) = [item.fact for item in view.timeline if isinstance(item.fact, f.CallbackBooked)]
    assert (booked.number, booked.window) == ("+1 555 0100", "3 to 5 PM")


def test_any_user_of_a_flat_rate_account_may_ask_for_nothing(office: Office) -> None:
    account = office.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    asked = NewRequest(
        account_id=account.id, requester="  Somebody\tnew ", channel=Channel.TELEPHONE, subject="S"
    )
    done = intake.open_ticket(office.desk, asked, office.desk.new_key())
    assert done.ticket_id is not None
    ticket = ticket_view(office.desk, done.ticket_id).ticket
    assert (ticket.requester, ticket.held) == ("Somebody new", 0)
    assert [str(each.promise.kind) for each in ticket.deadlines] == ["goal"]


@pytest.mark.parametrize("subject", ["", "  \n", "\x00\x1b"])
def test_a_subject_is_needed(office: Office, subject: str) -> None:
    with pytest.raises(Invalid, match="The subject is missing"):
        intake.open_ticket(office.desk, request(office, subject=subject), office.desk.new_key())


def test_a_contact_who_is_gone_and_an_account_that_never_was(office: Office) -> None:
    with pytest.raises(Invalid, match="no such contact"):
        intake.check_request(office.desk, request(office, contact_id=99_999))
    with pytest.raises(Invalid, match="There is no account"):
        intake.check_request(office.desk, NewRequest(account_id=99_999, subject="S"))


@pytest.mark.parametrize("who", [ROSA, IRA])
def test_only_staff_open_tickets_and_log_refusals(office: Office, who: object) -> None:
    desk = office.at(who)  # type: ignore[arg-type]
    asked = request(office)
    with pytest.raises(NotAllowed):
        intake.open_ticket(desk, asked, desk.new_key())
    with pytest.raises(NotAllowed):
        intake.log_refusal(desk, asked, desk.new_key())
    assert office.at(ALEX).may(*ALEX.roles)
