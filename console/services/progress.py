"""Work on tickets: begin, reply, plan, resolve, reopen, cancel, merge, and take back one's own act."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from console.policy import facts as f
from console.policy import life
from console.policy.actor import STAFF, Actor, require
from console.policy.breaches import judge
from console.policy.clauses import Clause
from console.policy.errors import Invalid, NotAllowed, Refused
from console.policy.life import Entered
from console.policy.outcome import Outcome
from console.policy.terms import Role
from console.policy.ticket import PlanOfResolution
from console.services import record
from console.services.act import Case, Decide, Tell, act, claim_within, load, once, preview, save, tokens_told
from console.services.desk import Changed, Desk, Preview
from console.services.standing import READ, done_at, standing
from console.store.work import Work


@dataclass(frozen=True, slots=True)
class Happened:
    """The true, earlier time of an act that a manager enters late, and why (clause 2.7)."""

    at: datetime
    reason: str


def _entered(case: Case, happened: Happened | None) -> Entered:
    if happened is None:
        return Entered.at_once(case.now)
    at = record.instant(happened.at, "The time at which it happened")
    return Entered(at, case.now, record.required(happened.reason, "The reason for entering it late"))


# --- Work --------------------------------------------------------------------------------------------------------


def _act_of_work(
    desk: Desk,
    ticket_id: int,
    key: str,
    name: str,
    arguments: Mapping[str, object],
    decide: Decide,
    tell: Tell,
    version: int | None,
    also: Callable[[Work, Case], Sequence[f.Fact]] | None = None,
) -> Changed:
    """An act that its author can take back; not where it is told again, as the first one would go with it, nor where it
    is entered late and stays done: see ``standing``."""

    def can_undo(work: Work, case: Case) -> bool:
        if done_at(case.ticket, name) is not None:
            return False
        return arguments["happened"] is None or name in standing(work.read.timeline(ticket_id, *READ)).acts

    return act(
        desk,
        ticket_id,
        key,
        name,
        arguments,
        decide,
        tell,
        version=version,
        undo=name,
        can_undo=can_undo,
        also=also,
    )


def begin(
    desk: Desk, ticket_id: int, key: str, happened: Happened | None = None, *, version: int | None = None
) -> Changed:
    """Work begun and the ticket claimed: meets *begin*."""

    def decide(case: Case) -> Outcome:
        if case.ticket.begun_at is not None and happened is None:
            raise Refused(
                f"Work on {ticket_id} has begun already.", clause=Clause.GUARANTEES, title="Begun already"
            )
        return life.begin(case.ticket, desk.actor, _entered(case, happened), case.balance, policy=case.policy)

    def tell(case: Case, outcome: Outcome) -> str:
        return f"Began {ticket_id}.{tokens_told(case, outcome)}"

    def own(work: Work, _case: Case) -> Sequence[f.Fact]:
        return claim_within(desk, work, ticket_id)

    arguments = {"happened": happened}
    return _act_of_work(desk, ticket_id, key, "begin", arguments, decide, tell, version, also=own)


def reply(
    desk: Desk,
    ticket_id: int,
    words: str,
    key: str,
    happened: Happened | None = None,
    *,
    version: int | None = None,
) -> Changed:
    """The customer answered: meets *respond*, and begins the work too."""
    kept = record.required(words, "The reply")

    def decide(case: Case) -> Outcome:
        return life.reply(
            case.ticket, desk.actor, _entered(case, happened), case.balance, kept, policy=case.policy
        )

    def tell(case: Case, outcome: Outcome) -> str:
        return f"Replied on {ticket_id}.{tokens_told(case, outcome)}"

    arguments = {"words": kept, "happened": happened}
    return act(desk, ticket_id, key, "reply", arguments, decide, tell, version=version)


def send_plan(
    desk: Desk,
    ticket_id: int,
    what: str,
    who: str,
    by_when: datetime | None,
    key: str,
    happened: Happened | None = None,
    *,
    version: int | None = None,
) -> Changed:
    """A plan of resolution recorded and shown to the customer: meets *resolve or plan*."""
    if by_when is None:
        raise Invalid("By when is missing: the customer reads it.")
    plan = PlanOfResolution(
        record.required(what, "What will be done"),
        record.line(record.required(who, "Who does it")),
        record.instant(by_when, "By when"),
    )

    def decide(case: Case) -> Outcome:
        return life.send_plan(
            case.ticket, desk.actor, _entered(case, happened), case.balance, plan, policy=case.policy
        )

    def tell(case: Case, outcome: Outcome) -> str:
        return f"Plan sent for {ticket_id}.{tokens_told(case, outcome)}"

    arguments = {"plan": plan, "happened": happened}
    return _act_of_work(desk, ticket_id, key, "plan", arguments, decide, tell, version)


def resolve(
    desk: Desk,
    ticket_id: int,
    outcome: str,
    words: str,
    key: str,
    happened: Happened | None = None,
    cause: str | None = None,
    *,
    version: int | None = None,
) -> Changed:
    """The ticket resolved: meets every open milestone. Needs the cause of a missed guarantee that stands then
    (clause 5.2)."""
    kept = record.clean(words)

    def decide(case: Case) -> Outcome:
        record.chosen([outcome], case.policy.lists.outcomes)
        done = life.resolve(
            case.ticket, desk.actor, _entered(case, happened), case.balance, outcome, kept, policy=case.policy
        )
        return _with_cause(done, case, cause)

    def tell(case: Case, done: Outcome) -> str:
        return f"Resolved {ticket_id}.{tokens_told(case, done)}"

    arguments = {"outcome": outcome, "words": kept, "happened": happened, "cause": cause}
    return _act_of_work(desk, ticket_id, key, "resolve", arguments, decide, tell, version)


def _with_cause(done: Outcome, case: Case, cause: str | None) -> Outcome:
    """The same with the cause of the miss that stands; where none does, there is nothing to name a cause of."""
    causes = case.policy.lists.causes_of_a_miss
    if cause is not None:
        record.chosen([cause], causes)
    if done.ticket.missed_guarantee is None:
        return done
    if cause is None:
        record.require_cause(done.ticket)
        return done
    told = f.CauseOfMissSet(at=case.now, cause=cause)
    return replace(done, ticket=replace(done.ticket, cause_of_miss=cause), facts=(told, *done.facts))


def set_cause(desk: Desk, ticket_id: int, cause: str, key: str, *, version: int | None = None) -> Changed:
    """The cause of a missed guarantee set, from the policy's list (clause 5.2)."""
    require(desk.actor, STAFF, "set the cause of a miss")

    def decide(case: Case) -> Outcome:
        judged = judge(case.ticket, case.now, case.balance)
        if judged.ticket.missed_guarantee is None:
            raise Refused(f"No guarantee of {ticket_id} was missed.", clause=Clause.CAUSE_OF_MISS)
        return _with_cause(judged, case, cause)

    return act(
        desk,
        ticket_id,
        key,
        "set_cause",
        {"cause": cause},
        decide,
        lambda case, done: "Cause set.",
        version=version,
    )


def write_note(desk: Desk, ticket_id: int, words: str, key: str) -> Changed:
    """An internal note on the timeline; it meets nothing and moves nothing."""
    require(desk.actor, STAFF, "write a note")
    kept = record.required(words, "The note")

    def carry_out(work: Work) -> Changed:
        account_id = work.tickets.account_of(ticket_id)
        journal = work.journal.record(
            [f.NoteWritten(at=work.now, words=kept)], ticket_id=ticket_id, account_id=account_id
        )
        return Changed(frozenset({ticket_id}), frozenset(), journal, "Note added.", None, ticket_id)

    return once(desk, key, "note", {"ticket": ticket_id, "words": kept}, carry_out)


# --- Reopening, cancelling, merging ------------------------------------------------------------------------------


def reopen(desk: Desk, ticket_id: int, reason: str, key: str, *, version: int | None = None) -> Changed:
    """A resolved ticket open again without charge, with a goal to resolve or plan (clause 6.1)."""
    kept = record.clean(reason, record.LONGEST_REASON)

    def decide(case: Case) -> Outcome:
        return life.reopen(case.ticket, desk.actor, case.policy, case.now, case.balance, kept)

    return act(
        desk,
        ticket_id,
        key,
        "reopen",
        {"reason": kept},
        decide,
        lambda case, done: f"Reopened {ticket_id}.",
        version=version,
    )


def cancel(
    desk: Desk,
    ticket_id: int,
    reason: str,
    credit_anyway: bool,
    key: str,
    by_customer: bool = False,
    *,
    version: int | None = None,
) -> Changed:
    """The ticket cancelled by a manager, or by an agent at the customer's recorded wish (clause 6.3)."""
    kept = record.required(reason, "The reason", record.LONGEST_REASON)
    actor = _on_behalf_of_customer(desk.actor) if by_customer else desk.actor

    def decide(case: Case) -> Outcome:
        return life.cancel(
            case.ticket, actor, case.now, case.balance, credit_anyway=credit_anyway, reason=kept
        )

    def tell(case: Case, outcome: Outcome) -> str:
        return f"Cancelled {ticket_id}.{tokens_told(case, outcome)}"

    arguments = {"reason": kept, "credit_anyway": credit_anyway, "by_customer": by_customer}
    return act(desk, ticket_id, key, "cancel", arguments, decide, tell, version=version)


def _on_behalf_of_customer(actor: Actor) -> Actor:
    require(actor, STAFF, "record a customer's cancellation")
    return replace(actor, roles=frozenset({Role.CUSTOMER}))


def preview_cancel(desk: Desk, ticket_id: int, credit_anyway: bool, by_customer: bool = False) -> Preview:
    """What cancelling would credit."""
    actor = _on_behalf_of_customer(desk.actor) if by_customer else desk.actor
    return preview(
        desk,
        ticket_id,
        lambda case: life.cancel(case.ticket, actor, case.now, case.balance, credit_anyway=credit_anyway),
    )


def merge(desk: Desk, ticket_id: int, into: int, key: str, *, version: int | None = None) -> Changed:
    """The ticket closed as a duplicate of another of the same account, its tokens credited (clause 6.2)."""

    def carry_out(work: Work) -> Changed:
        case = load(work, ticket_id, version)
        if work.tickets.account_of(into) != case.ticket.account_id:
            raise Refused("Only tickets of the same account can be merged.", clause=Clause.MERGE)
        other = work.tickets.get(into)
        outcome = life.merge(case.ticket, other, desk.actor, case.now, case.balance)
        changed = save(work, case, outcome, key)
        words = f"{ticket_id} is closed as a duplicate of {into}.{tokens_told(case, outcome)}{changed.words}"
        return Changed(changed.tickets | {into}, changed.accounts, changed.journal, words, None, into)

    return once(desk, key, "merge", {"ticket": ticket_id, "into": into}, carry_out)


# --- Undo --------------------------------------------------------------------------------------------------------

_UNDO_OF_WORK: dict[str, Callable[..., Outcome]] = {
    "begin": life.undo_begin,
    "plan": life.undo_plan,
    "resolve": life.undo_resolve,
}


def undo_work(desk: Desk, act_name: str, ticket_id: int, key: str) -> Changed:
    """One's own begin, plan or resolve taken back within the time to undo; judged at once (clause 3.5)."""

    def decide(case: Case) -> Outcome:
        _require_done(case, act_name)
        return _UNDO_OF_WORK[act_name](case.ticket, case.now, case.balance)

    def tell(case: Case, outcome: Outcome) -> str:
        return f"Undone: {act_name} on {ticket_id}.{tokens_told(case, outcome)}"

    def own(work: Work, case: Case) -> Sequence[f.Fact]:
        _require_own_and_recent(work, case, act_name)
        return ()

    return act(desk, ticket_id, key, f"undo_{act_name}", {}, decide, tell, also=own)


def _require_done(case: Case, act_name: str) -> None:
    if done_at(case.ticket, act_name) is None:
        raise Refused(f"There is no {act_name} to undo on {case.ticket.id}.", clause=Clause.REVERSE)


def _require_own_and_recent(work: Work, case: Case, act_name: str) -> None:
    told = standing(work.read.timeline(case.ticket.id, *READ)).acts.get(act_name)
    if not told:
        raise Refused(
            f"There is no {act_name} to undo on {case.ticket.id} since it was opened, opened again, or given another "
            "priority.",
            clause=Clause.REVERSE,
        )
    span = case.policy.settings.undo_within
    own = [each.actor == work.actor.login and case.now <= each.recorded_at + span for each in told]
    if not own[-1]:
        minutes = int(span.total_seconds() // 60)
        raise NotAllowed(
            f"Only the same person can undo this, within {minutes} minutes.", clause=Clause.REVERSE
        )
    if not all(own) or told[-1].fact.at != done_at(case.ticket, act_name):
        raise Refused(
            f"An earlier {act_name} of {case.ticket.id} stands; taking this one back would take that one back too.",
            clause=Clause.REVERSE,
        )
