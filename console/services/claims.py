"""Who looks after a ticket: take the next one, claim, release, and keep a claim alive."""

from datetime import datetime, timedelta

from console.policy import facts as f
from console.policy import life
from console.policy.actor import STAFF, require
from console.policy.amounts import tokens_in_words
from console.policy.clauses import Clause
from console.policy.document import Policy
from console.policy.errors import Conflict, NotAllowed, Refused
from console.services import record
from console.services.act import load, once
from console.services.desk import LEASE, Changed, Desk, Undo
from console.services.queue import next_for
from console.services.versions import policies_in
from console.store.rows import Owner, QueueRow
from console.store.work import Work


def take_next(desk: Desk, key: str) -> Changed:
    """The most pressing unclaimed ticket claimed; the words say why this one. Raises ``Refused`` when none is left."""
    require(desk.actor, STAFF, "take a ticket")

    def carry_out(work: Work) -> Changed:
        policy = policies_in(work).in_force(work.now)
        for row in next_for(work.read, work.now, policy):
            if work.tickets.take(row.id, desk.actor.login, desk.actor.name, work.stamp + LEASE):
                return _claimed(desk, work, row, policy)
        raise Refused("Nothing waits to be taken.", clause=Clause.ROLES, title="Nothing to take")

    return once(desk, key, "take_next", {}, carry_out)


def _claimed(desk: Desk, work: Work, row: QueueRow, policy: Policy) -> Changed:
    journal = work.journal.record(
        [f.TicketClaimed(at=work.now, owner=desk.actor.login, taken_over_from="")],
        ticket_id=row.id,
        account_id=row.account_id,
    )
    until = work.now + policy.settings.undo_within
    return Changed(
        frozenset({row.id}),
        frozenset(),
        journal,
        _why_this_one(row, work.now),
        Undo("claim", row.id, until),
        row.id,
    )


def _why_this_one(row: QueueRow, now: datetime) -> str:
    stake = f", {tokens_in_words(row.held)} at stake" if row.held else ""
    if row.due_at is None:
        return f"{row.id}: nothing is more pressing."
    minutes = int(abs((row.due_at - now).total_seconds()) // 60)
    span = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} m"
    if row.due_at < now:
        return f"{row.id}: {span} late{stake}."
    return f"{row.id}: due in {span}{stake}."


def claim(desk: Desk, ticket_id: int, key: str, note: str = "") -> Changed:
    """The ticket owned by the actor for a while; taken over, with a note to its owner, when their lease has run out."""
    require(desk.actor, STAFF, "claim a ticket")

    def carry_out(work: Work) -> Changed:
        case = load(work, ticket_id)
        life.require_not_closed(case.ticket)
        owner = work.tickets.owner(ticket_id)
        if not work.tickets.claim(ticket_id, desk.actor.login, desk.actor.name, work.stamp + LEASE):
            raise _claimed_by(work, ticket_id, owner)
        taken = bool(owner.login) and owner.login != desk.actor.login
        facts: list[f.Fact] = [
            f.TicketClaimed(at=work.now, owner=desk.actor.login, taken_over_from=owner.name if taken else "")
        ]
        words = record.clean(note) or (_note_to(owner, work.stamp) if taken else "")
        if words:
            facts.append(f.NoteWritten(at=work.now, words=words))
        journal = work.journal.record(facts, ticket_id=ticket_id, account_id=case.ticket.account_id)
        undo = Undo("claim", ticket_id, work.now + case.policy.settings.undo_within)
        told = f"Took {ticket_id} over from {owner.name}." if taken else f"Claimed {ticket_id}."
        return Changed(frozenset({ticket_id}), frozenset(), journal, told, undo, ticket_id)

    return once(desk, key, "claim", {"ticket": ticket_id}, carry_out)


def _claimed_by(work: Work, ticket_id: int, owner: Owner) -> Conflict:
    """Who holds the ticket since when, and from when on others may take it over."""
    minutes = LEASE // timedelta(minutes=1)
    rest = f"It can be taken over once their console has been silent for {minutes} minutes."
    return _held_by(work, ticket_id, owner, rest, "Claimed already")


def _held_by(work: Work, ticket_id: int, owner: Owner, rest: str, title: str) -> Conflict:
    last = work.read.last_act(ticket_id, f.TicketClaimed, f.WorkBegun)
    what = f"{owner.name} claimed {ticket_id}"
    if last is None or last.actor != owner.login:
        return Conflict(f"{what}. {rest}", title=title)
    return Conflict(rest, what=what, at=last.recorded_at, title=title)


def _note_to(owner: Owner, now: datetime) -> str:
    """What the owner finds when they come back."""
    assert owner.lease_until is not None
    minutes = (now - owner.lease_until + LEASE) // timedelta(minutes=1)
    away = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} m"
    return f"{owner.name}: your console was away for {away}, so I have taken this over."


def release(desk: Desk, ticket_id: int, key: str, *, seen_owner: str | None = None) -> Changed:
    """The ticket let go by its owner; a manager may release anybody's.

    Raises ``Conflict`` with who claimed it and when, if ``seen_owner`` is given and somebody else holds it by now.
    """
    require(desk.actor, STAFF, "release a ticket")

    def carry_out(work: Work) -> Changed:
        account_id = load(work, ticket_id).ticket.account_id
        owner = work.tickets.owner(ticket_id)
        if not owner.login:
            raise Refused(f"Nobody holds {ticket_id}.", clause=Clause.ROLES, title="Not claimed")
        if seen_owner is not None and owner.login != seen_owner:
            raise _held_by(
                work, ticket_id, owner, "Nothing was released; look at it again.", "Claimed meanwhile"
            )
        if owner.login != desk.actor.login and not desk.actor.is_manager:
            raise NotAllowed(
                f"{owner.name} holds {ticket_id}; only they or a manager can release it.", clause="7.1"
            )
        work.tickets.release(ticket_id)
        journal = work.journal.record(
            [f.TicketReleased(at=work.now, owner=owner.login)], ticket_id=ticket_id, account_id=account_id
        )
        return Changed(
            frozenset({ticket_id}), frozenset(), journal, f"Released {ticket_id}.", None, ticket_id
        )

    return once(desk, key, "release", {"ticket": ticket_id}, carry_out)


def renew(desk: Desk) -> int:
    """The actor's claims renewed by the heartbeat of a running console; says how many."""
    with desk.store.work(desk.actor) as work:
        return work.tickets.renew(desk.actor.login, work.stamp + LEASE)
