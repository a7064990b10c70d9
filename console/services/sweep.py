"""The sweep: promises that passed unmet are settled, each ticket in one short transaction (clause 4.3)."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from console.policy.breaches import judge
from console.policy.errors import Problem, Unavailable
from console.policy.facts import GuaranteeMissed
from console.services.act import load, moved, save
from console.services.desk import Changed, Desk
from console.store.lost import Barred, Busy, Crowded, Lost, OnlyReads, PasswordNeeded, TooNew, Untrusted
from console.store.rows import QueueRow

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

    Where somebody holds an account, its tickets wait for the next sweep: one of them is waited for, not each.
    Raises ``Unavailable`` at a database that is only read, or does not answer (any more); what was settled by then
    stays so.
    """
    desk.store.require_writable()
    settled: list[Swept] = []
    failed: list[int] = []
    held: set[int] = set()
    seen: set[int] = set()
    while due := [each for each in _due(desk, BATCH + len(failed)) if each.id not in seen]:
        for each in due:
            seen.add(each.id)
            if each.account_id in held:
                failed.append(each.id)
                continue
            try:
                settled.append(_settle(desk, each.id))
            except Busy:
                held.add(each.account_id)
                failed.append(each.id)
            except Problem as problem:
                if _concerns_all(desk, problem):
                    raise
                failed.append(each.id)
            except Exception:
                # One that no console can read holds up nobody else's tokens.
                _log.exception("ticket %s could not be settled", each.id)
                failed.append(each.id)
    return _sum(settled, failed)


def _concerns_all(desk: Desk, problem: Problem) -> bool:
    """Whether the next ticket would meet the same problem, and a server that bars logins would count one more try."""
    of_the_server = Lost | PasswordNeeded | Barred | Crowded | Untrusted | OnlyReads | TooNew
    return isinstance(problem, of_the_server) or (isinstance(problem, Unavailable) and not desk.is_shared())


def _sum(settled: Iterable[Swept], failed: Iterable[int]) -> Swept:
    done = list(settled)
    changed = Changed(
        frozenset[int]().union(*(each.changed.tickets for each in done)),
        frozenset[int]().union(*(each.changed.accounts for each in done)),
        max((each.changed.journal for each in done), default=0),
    )
    return Swept(
        changed,
        sum(each.guarantees for each in done),
        sum(each.goals for each in done),
        sum(each.credited for each in done),
        tuple(failed),
    )


def _due(desk: Desk, limit: int) -> list[QueueRow]:
    with desk.store.read() as read:
        due = read.due(read.now, limit)
        return read.queue.rows(due) if due else []


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
