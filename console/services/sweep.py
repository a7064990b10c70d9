"""The sweep: promises that passed unmet are settled, each ticket in one short transaction (clause 4.3)."""

import logging
from dataclasses import dataclass

from console.policy.breaches import judge
from console.policy.errors import Problem
from console.policy.facts import GuaranteeMissed
from console.services.act import load, moved, save
from console.services.desk import Changed, Desk

_log = logging.getLogger(__name__)

BATCH = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep settled: the tickets, how many guarantees and goals were missed, and the tokens credited.

    ``failed`` names tickets that could not be settled now; the next sweep tries them again.
    """

    changed: Changed
    guarantees: int
    goals: int
    credited: int
    failed: tuple[int, ...]


def sweep(desk: Desk) -> Swept:
    """Every promise that has passed unmet settled and credited; running it again, or elsewhere too, adds nothing.

    Raises ``Unavailable`` at a database that is only read.
    """
    desk.store.require_writable()
    tickets: set[int] = set()
    accounts: set[int] = set()
    journal = guarantees = goals = credited = 0
    failed: list[int] = []
    seen: set[int] = set()
    while due := [id for id in _due(desk) if id not in seen]:
        for ticket_id in due:
            seen.add(ticket_id)
            try:
                settled = _settle(desk, ticket_id)
            except Problem:
                failed.append(ticket_id)
                continue
            except Exception:
                # One that no console can read holds up nobody else's tokens.
                _log.exception("ticket %s could not be settled", ticket_id)
                failed.append(ticket_id)
                continue
            tickets |= settled.changed.tickets
            accounts |= settled.changed.accounts
            journal = max(journal, settled.changed.journal)
            guarantees += settled.guarantees
            goals += settled.goals
            credited += settled.credited
    changed = Changed(frozenset(tickets), frozenset(accounts), journal)
    return Swept(changed, guarantees, goals, credited, tuple(failed))


def _due(desk: Desk) -> list[int]:
    with desk.store.read() as read:
        return read.due(read.now, BATCH)


def _settle(desk: Desk, ticket_id: int) -> Swept:
    with desk.store.work(desk.actor) as work:
        case = load(work, ticket_id)
        outcome = judge(case.ticket, case.now, case.balance)
        if not outcome.facts:
            return Swept(Changed(), 0, 0, 0, ())
        missed = [deadline for deadline in outcome.ticket.deadlines if deadline.missed]
        before = [deadline for deadline in case.ticket.deadlines if deadline.missed]
        guarantees = sum(isinstance(fact, GuaranteeMissed) for fact in outcome.facts)
        changed = save(work, case, outcome, desk.new_key())
        return Swept(changed, guarantees, len(missed) - len(before) - guarantees, moved(outcome), ())
