"""A request comes in: the live check, opening the ticket, logging whom the firm turned away (policy §1, §4)."""

from dataclasses import dataclass

from console.policy import facts as f
from console.policy.account import Account
from console.policy.actor import STAFF, require
from console.policy.amounts import tokens_in_words
from console.policy.document import Policy
from console.policy.entitlement import Check, checks
from console.policy.errors import Invalid, Refused
from console.policy.life import NewTicket
from console.policy.life import open_ticket as open_under_policy
from console.policy.outcome import Outcome
from console.policy.terms import Channel, Priority, Requester
from console.policy.ticket import Ticket
from console.services import record
from console.services.act import Case, once, preview_of
from console.services.desk import Changed, Desk, Preview
from console.services.versions import policies_in
from console.store.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What the new-ticket dialog holds. ``contact_id`` names a known contact; else ``requester`` is a user's name.

    ``authorised``: the caller authorised an emergency ticket and its price; the sentence read aloud is kept.
    """

    account_id: int
    contact_id: int | None = None
    requester: str = ""
    channel: Channel = Channel.TICKET
    priority: Priority = Priority.STANDARD
    subject: str = ""
    words: str = ""
    authorised: bool = False
    callback_number: str = ""
    callback_window: str = ""


@dataclass(frozen=True, slots=True)
class RequestCheck:
    """The answer while the caller still speaks: each check with its sentence, the price, and when it would be due.

    ``preview`` is ``None`` when the request is refused; ``awaiting`` when the balance cannot pay the price.
    """

    checks: tuple[Check, ...]
    entitled: bool
    price: int
    balance: int
    awaiting: bool
    script: str
    preview: Preview | None


def check_request(desk: Desk, request: NewRequest) -> RequestCheck:
    """Whether and how this request can be taken, as things stand now; nothing is saved."""
    with desk.store.read() as read:
        account = read.account(request.account_id)
        now = read.now_for(request.account_id)
        policy = policies_in(read).in_force(now)
    new = _new_ticket(account, request, policy, subject="preview")
    answers = checks(new.as_request(), policy)
    if not all(answer.passed for answer in answers):
        return RequestCheck(answers, False, 0, account.balance, False, _script(account, policy), None)
    price = policy.price(account.hosting, account.option, request.priority)
    outcome = open_under_policy(new, 0, policy, account.balance, now)
    case = Case(outcome.ticket, policy, account.balance, now)
    return RequestCheck(
        answers,
        True,
        price,
        account.balance,
        outcome.ticket.is_awaiting,
        _script(account, policy),
        preview_of(case, outcome),
    )


def open_ticket(desk: Desk, request: NewRequest, key: str) -> Changed:
    """The ticket opened and charged, or kept awaiting tokens. Raises ``Refused`` with the clause when not entitled."""
    require(desk.actor, STAFF, "open a ticket")
    subject = record.line(record.required(request.subject, "The subject"))

    def carry_out(work: Work) -> Changed:
        account = work.accounts.get(request.account_id)
        policy = policies_in(work).in_force(work.now)
        new = _new_ticket(account, request, policy, subject)
        outcome = open_under_policy(new, work.tickets.next_number(), policy, account.balance, work.now)
        return _save_new(work, request, outcome, key)

    return once(desk, key, "open_ticket", {"request": request}, carry_out)


def _save_new(work: Work, request: NewRequest, outcome: Outcome, key: str) -> Changed:
    ticket = outcome.ticket
    callback = bool(request.callback_number)
    work.tickets.add(ticket, record.clean(request.words), authorised=request.authorised, callback=callback)
    work.ledger.record(ticket.account_id, outcome.entries, key=key)
    facts: list[f.Fact] = list(outcome.facts)
    if callback:
        number, window = record.line(request.callback_number), record.line(request.callback_window)
        facts.append(f.CallbackBooked(at=work.now, number=number, window=window))
    journal = work.journal.record(facts, ticket_id=ticket.id, account_id=ticket.account_id)
    words = _opened_words(ticket)
    return Changed(frozenset({ticket.id}), frozenset({ticket.account_id}), journal, words, None, ticket.id)


def _opened_words(ticket: Ticket) -> str:
    if ticket.is_awaiting:
        return f"{ticket.id} is kept, awaiting tokens. Its clock starts when they are bought."
    charged = f": {tokens_in_words(ticket.held)} charged" if ticket.held else ""
    return f"{ticket.id} is open{charged}."


def _new_ticket(account: Account, request: NewRequest, policy: Policy, subject: str) -> NewTicket:
    name, kind = _requester(account, request)
    return NewTicket(
        account_id=account.id,
        account_name=account.name,
        hosting=account.hosting,
        option=account.option,
        restricted_to_administrators=account.restricted,
        requester=name,
        requester_kind=kind,
        channel=request.channel,
        priority=request.priority,
        subject=subject,
        words=record.clean(request.words),
        authorised_by=name if request.authorised else "",
        script=_script(account, policy) if request.authorised else "",
    )


def _requester(account: Account, request: NewRequest) -> tuple[str, Requester]:
    for contact in account.contacts:
        if contact.id == request.contact_id:
            return contact.name, contact.kind
    if request.contact_id is not None:
        raise Invalid(f"{account.name} has no such contact any more. Choose who asks again.")
    return record.line(request.requester) or "A user of the account", Requester.USER


def _script(account: Account, policy: Policy) -> str:
    """The sentence that is read to a caller before an emergency is taken by telephone (clause 1.5)."""
    price = policy.price(account.hosting, account.option, Priority.EMERGENCY)
    return (
        f"An emergency ticket costs {tokens_in_words(price)}. If it turns out not to be mission-critical, it is "
        "treated as urgent and the difference is credited. Do you authorise the ticket and its payment?"
    )


def log_refusal(desk: Desk, request: NewRequest, key: str) -> Changed:
    """The request logged without a ticket: who was turned away, when, by which clause (policy §7)."""
    require(desk.actor, STAFF, "log a refused request")

    def carry_out(work: Work) -> Changed:
        account = work.accounts.get(request.account_id)
        policy = policies_in(work).in_force(work.now)
        new = _new_ticket(account, request, policy, record.line(record.clean(request.subject)))
        refusing = next((answer for answer in checks(new.as_request(), policy) if not answer.passed), None)
        if refusing is None:
            raise Refused("This request is entitled; open the ticket.", clause="1.1")
        fact = f.RequestRefused(
            at=work.now,
            who=new.requester,
            words=f"{refusing.sentence} {new.subject}".strip(),
            clause=refusing.clause,
        )
        journal = work.journal.record([fact], ticket_id=None, account_id=account.id)
        return Changed(frozenset(), frozenset({account.id}), journal, f"Logged: {new.requester} was refused.")

    return once(desk, key, "log_refusal", {"request": request}, carry_out)
