"""How every act on a ticket goes: load, decide, save, release what the balance can now pay; all in one transaction."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from console.policy.account import Account
from console.policy.amounts import tokens_in_words
from console.policy.document import Policy
from console.policy.errors import Conflict
from console.policy.facts import Fact, TicketClaimed, TokensMoved
from console.policy.life import release, release_order
from console.policy.outcome import Outcome
from console.policy.ticket import Ticket
from console.services.desk import LEASE, Changed, Desk, Preview, Undo
from console.services.telling import TimelineItem, headline
from console.services.versions import policy_of
from console.store.journal import Told
from console.store.lost import Collided
from console.store.work import Work

#: So often an act is sent again that the server ended because of another one.
MOST_COLLISIONS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket as it stands inside the transaction, with its policy, the balance and the database's time."""

    ticket: Ticket
    policy: Policy
    balance: int
    now: datetime


Decide = Callable[[Case], Outcome]
Tell = Callable[[Case, Outcome], str]


def act(
    desk: Desk,
    ticket_id: int,
    key: str,
    what: str,
    arguments: Mapping[str, object],
    decide: Decide,
    tell: Tell,
    *,
    version: int | None = None,
    undo: str | None = None,
    can_undo: Callable[[Work, Case], bool] = lambda _work, _case: True,
    also: Callable[[Work, Case], Sequence[Fact]] | None = None,
) -> Changed:
    """Carries out ``decide`` on the ticket once per ``key`` and says what changed, with its ``undo`` where it
    ``can_undo``, which is asked when all is told. What ``also`` does in the same transaction is told before it.

    Raises ``Conflict`` with who did what and when if ``version`` is given and the ticket has moved since.
    """

    def carry_out(work: Work) -> Changed:
        case = load(work, ticket_id, version)
        outcome = decide(case)
        words = tell(case, outcome)
        if also is not None:
            outcome = replace(outcome, facts=(*also(work, case), *outcome.facts))
        changed = save(work, case, outcome, key)
        until = case.now + case.policy.settings.undo_within
        return Changed(
            changed.tickets,
            changed.accounts,
            changed.journal,
            f"{words}{changed.words}",
            Undo(undo, ticket_id, until) if undo and can_undo(work, case) else None,
            ticket_id,
        )

    return once(desk, key, what, {"ticket": ticket_id, **arguments}, carry_out)


def once(
    desk: Desk, key: str, what: str, arguments: Mapping[str, object], carry_out: Callable[[Work], Changed]
) -> Changed:
    """Carries out once per ``key``: a second sending gets the first answer, another act under that key is refused.

    Two transactions that waited for each other are no concern of a person: it is sent again, a few times.
    """
    digest = hashlib.sha256(repr(sorted(arguments.items())).encode("utf-8", "surrogatepass")).hexdigest()
    for _ in range(MOST_COLLISIONS):
        with suppress(Collided):
            return _once(desk, key, what, digest, carry_out)
    return _once(desk, key, what, digest, carry_out)


def _once(desk: Desk, key: str, what: str, digest: str, carry_out: Callable[[Work], Changed]) -> Changed:
    with desk.store.work(desk.actor) as work:
        earlier = work.requests.result(key, what, digest)
        if earlier is not None:
            return Changed.from_result(earlier)
        changed = carry_out(work)
        work.requests.remember(key, changed.as_result())
        return changed


def load(work: Work, ticket_id: int, version: int | None = None) -> Case:
    """The ticket with its account locked first, so that two acts never wait for each other.

    Raises ``Conflict`` with who did what and when if ``version`` is given and the ticket has moved since.
    """
    balance = work.accounts.balance_of_ticket(ticket_id)
    ticket = work.tickets.get(ticket_id)
    if version is not None and ticket.version != version:
        raise conflict(work, ticket_id)
    return Case(ticket, policy_of(ticket, work), balance, work.now)


def save(work: Work, case: Case, outcome: Outcome, key: str) -> Changed:
    """Saves ticket and entries, releases what a risen balance can pay (clause 4.2), and records all facts last."""
    account_id = case.ticket.account_id
    work.tickets.save(outcome.ticket)
    work.ledger.record(account_id, outcome.entries, key=key)
    released = Released()
    if outcome.balance > case.balance:
        released = release_awaiting(work, account_id, outcome.balance, key)
    own = Told(outcome.facts, case.ticket.id, account_id)
    journal = work.journal.record_all([own, *released.told])
    return Changed(released.tickets | {case.ticket.id}, frozenset({account_id}), journal, released.words)


@dataclass(frozen=True, slots=True)
class Released:
    """Tickets that waited for tokens and are open now, and what the journal is to say of them."""

    opened: tuple[Ticket, ...] = ()
    told: tuple[Told, ...] = ()

    @property
    def tickets(self) -> frozenset[int]:
        """Their numbers."""
        return frozenset(ticket.id for ticket in self.opened)

    @property
    def words(self) -> str:
        """``" 4213 is open: 2 tokens charged."``, or nothing."""
        return "".join(
            f" {ticket.id} is open: {tokens_in_words(ticket.held)} charged." for ticket in self.opened
        )


def release_awaiting(work: Work, account_id: int, balance: int, key: str) -> Released:
    """Opens every awaiting ticket that ``balance`` can pay, emergencies first, then oldest first (clause 4.2).

    The caller records what is told of them, after everything else: the journal is locked last.
    """
    opened: list[Ticket] = []
    told: list[Told] = []
    for ticket in release_order(work.tickets.awaiting(account_id)):
        outcome = release(ticket, policy_of(ticket, work), balance, work.now)
        if not outcome.facts:
            continue
        work.tickets.save(outcome.ticket)
        work.ledger.record(account_id, outcome.entries, key=f"{key}:release:{ticket.id}")
        told.append(Told(outcome.facts, ticket.id, account_id))
        balance = outcome.balance
        opened.append(outcome.ticket)
    return Released(tuple(opened), tuple(told))


def preview(desk: Desk, ticket_id: int, decide: Decide) -> Preview:
    """What ``decide`` would do to the ticket as it stands; nothing is saved. Raises what the act would raise."""
    with desk.store.read() as read:
        ticket = read.ticket(ticket_id)
        balance = read.account(ticket.account_id).balance
        case = Case(ticket, policy_of(ticket, read), balance, read.now_for(ticket.account_id))
    return preview_of(case, decide(case))


def preview_of(case: Case, outcome: Outcome) -> Preview:
    """An outcome as a preview."""
    return Preview(
        case.ticket,
        outcome.ticket,
        case.balance,
        outcome.balance,
        case.policy,
        case.now,
        outcome.facts,
        outcome.entries,
    )


def moved(outcome: Outcome) -> int:
    """The change of the balance by the decision itself; positive when tokens came back."""
    return sum(fact.tokens for fact in outcome.facts if isinstance(fact, TokensMoved))


def tokens_told(case: Case, outcome: Outcome) -> str:
    """``" 7 tokens went back to Juniper Dental."``, ``" 2 tokens charged to …"`` or nothing."""
    tokens, name = moved(outcome), case.ticket.account_name
    if tokens > 0:
        return f" {tokens_in_words(tokens)} went back to {name}."
    if tokens < 0:
        return f" {tokens_in_words(-tokens)} charged to {name}."
    return ""


def conflict(work: Work, ticket_id: int) -> Conflict:
    """Who did what to the ticket since it was seen."""
    return _first(work.read.last_act(ticket_id), str(ticket_id))


def account_conflict(work: Work, account: Account, *kinds: type[Fact]) -> Conflict:
    """Who did something of these ``kinds`` to the account since it was seen."""
    return _first(work.read.last_told(account.id, *kinds), account.name)


def _first(last: TimelineItem | None, what: str) -> Conflict:
    again = "Look at what changes now, then decide again."
    if last is None:
        return Conflict(f"{what} was changed meanwhile. {again}")
    return Conflict(again, what=headline(last), at=last.recorded_at)


def claim_within(desk: Desk, work: Work, ticket_id: int) -> tuple[TicketClaimed, ...]:
    """Claims the ticket for the actor inside another act; somebody else's live claim stands.

    What it tells: nothing, unless it took over from somebody whose lease had run out.
    """
    before = work.tickets.owner(ticket_id)
    claimed = work.tickets.claim(ticket_id, desk.actor.login, desk.actor.name, work.stamp + LEASE)
    if not claimed or before.login in ("", desk.actor.login):
        return ()
    return (TicketClaimed(at=work.now, owner=desk.actor.login, taken_over_from=before.name),)
