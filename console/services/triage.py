"""Classification at the desk: confirm, demote, propose and decide free issues, change priority, reverse, overturn.

Every act has its twin ``preview_…``: the same decision by the same function, and nothing saved.
"""

from collections.abc import Sequence

from console.policy import classification, repricing
from console.policy.classification import why_not_free_issue as why_not_free_issue
from console.policy.clauses import Clause
from console.policy.errors import Invalid, NotAllowed
from console.policy.facts import ConfirmationReversed, DemotionReversed
from console.policy.life import Entered, begin
from console.policy.outcome import Outcome
from console.policy.terms import Priority
from console.services import record
from console.services.act import Case, Decide, act, claim_within, preview, tokens_told
from console.services.desk import Changed, Desk, Preview
from console.services.queue import open_rows
from console.store.rows import DecisionRow as DecisionRow
from console.store.rows import QueueRow

# --- Confirm and demote ------------------------------------------------------------------------------------------


def _demote(desk: Desk, criteria: Sequence[str], reason: str) -> Decide:
    return lambda case: classification.demote(
        case.ticket,
        desk.actor,
        case.policy,
        case.now,
        case.balance,
        record.chosen(criteria, case.policy.lists.mission_critical, case.policy.lists.not_mission_critical),
        reason,
    )


def preview_demotion(desk: Desk, ticket_id: int, criteria: Sequence[str] = (), reason: str = "") -> Preview:
    """What demoting would do to price, balance and deadlines."""
    return preview(desk, ticket_id, _demote(desk, criteria, reason))


def demote(
    desk: Desk, ticket_id: int, criteria: Sequence[str], reason: str, version: int | None, key: str
) -> Changed:
    """The emergency demoted to urgent, the difference credited at once (clause 3.2)."""
    kept = record.reason(reason)
    arguments = {"criteria": tuple(criteria), "reason": kept}

    def tell(case: Case, outcome: Outcome) -> str:
        return f"Demoted {ticket_id}.{tokens_told(case, outcome)}"

    decide = _demote(desk, criteria, kept)
    return act(desk, ticket_id, key, "demote", arguments, decide, tell, version=version, undo="demotion")


def _confirm(desk: Desk, criteria: Sequence[str], reason: str) -> Decide:
    def decide(case: Case) -> Outcome:
        lists = case.policy.lists
        kept = record.chosen(criteria, lists.mission_critical, lists.not_mission_critical)
        return classification.confirm(case.ticket, desk.actor, case.now, case.balance, kept, reason)

    return decide


def preview_confirmation(
    desk: Desk, ticket_id: int, criteria: Sequence[str] = (), reason: str = ""
) -> Preview:
    """What confirming would do: nothing moves."""
    return preview(desk, ticket_id, _confirm(desk, criteria, reason))


def _require_criterion(case: Case, criteria: Sequence[str]) -> None:
    if not any(item.id in criteria for item in case.policy.lists.mission_critical.items):
        raise Invalid("Tick at least one mission-critical criterion that the emergency meets.")


def confirm(
    desk: Desk, ticket_id: int, criteria: Sequence[str], reason: str, version: int | None, key: str
) -> Changed:
    """The emergency confirmed as mission-critical, with the criterion that it meets (clause 3.1)."""
    kept = record.clean(reason, record.LONGEST_REASON)

    def decide(case: Case) -> Outcome:
        _require_criterion(case, criteria)
        return _confirm(desk, criteria, kept)(case)

    arguments = {"criteria": tuple(criteria), "reason": kept}
    return act(
        desk,
        ticket_id,
        key,
        "confirm",
        arguments,
        decide,
        lambda case, done: f"Confirmed {ticket_id} as mission critical.",
        version=version,
        undo="confirmation",
    )


def confirm_and_begin(
    desk: Desk, ticket_id: int, criteria: Sequence[str], reason: str, version: int | None, key: str
) -> Changed:
    """Confirmed and begun in one transaction."""
    kept = record.clean(reason, record.LONGEST_REASON)

    def decide(case: Case) -> Outcome:
        _require_criterion(case, criteria)
        confirmed = _confirm(desk, criteria, kept)(case)
        begun = begin(confirmed.ticket, desk.actor, Entered.at_once(case.now), confirmed.balance)
        return Outcome(
            begun.ticket, confirmed.entries + begun.entries, confirmed.facts + begun.facts, begun.balance
        )

    arguments = {"criteria": tuple(criteria), "reason": kept}
    return act(
        desk,
        ticket_id,
        key,
        "confirm_and_begin",
        arguments,
        decide,
        lambda case, done: f"Confirmed and began {ticket_id}.",
        version=version,
        undo="confirmation",
        also=lambda work, case: claim_within(desk, work, ticket_id),
    )


def _with_reason(decide: Decide, reason: str) -> Decide:
    """The same; a classification that is reversed and not just undone needs a reason (clause 3.5)."""

    def decide_with_reason(case: Case) -> Outcome:
        outcome = decide(case)
        for fact in outcome.facts:
            if isinstance(fact, DemotionReversed | ConfirmationReversed) and not fact.undone:
                if not reason:
                    raise NotAllowed("Too late to undo; reverse it with a reason.", clause=Clause.REVERSE)
                record.reason(reason)
        return outcome

    return decide_with_reason


def _reverse_demotion(desk: Desk, reason: str) -> Decide:
    return lambda case: classification.reverse_demotion(
        case.ticket, desk.actor, case.policy, case.now, case.balance, reason
    )


def preview_reverse_demotion(desk: Desk, ticket_id: int) -> Preview:
    """What taking the demotion back would charge, and which deadlines it would bring back."""
    return preview(desk, ticket_id, _reverse_demotion(desk, ""))


def reverse_demotion(desk: Desk, ticket_id: int, reason: str, version: int | None, key: str) -> Changed:
    """The demotion taken back: undone by its author in time, later reversed by a manager with a reason (clause 3.5)."""
    kept = record.clean(reason, record.LONGEST_REASON)

    def tell(case: Case, outcome: Outcome) -> str:
        return f"{ticket_id} is an emergency again.{tokens_told(case, outcome)}"

    decide = _with_reason(_reverse_demotion(desk, kept), kept)
    return act(desk, ticket_id, key, "reverse_demotion", {"reason": kept}, decide, tell, version=version)


def _reverse_confirmation(desk: Desk, reason: str) -> Decide:
    return lambda case: classification.reverse_confirmation(
        case.ticket, desk.actor, case.policy, case.now, case.balance, reason
    )


def preview_reverse_confirmation(desk: Desk, ticket_id: int) -> Preview:
    """What taking the confirmation back would do."""
    return preview(desk, ticket_id, _reverse_confirmation(desk, ""))


def reverse_confirmation(desk: Desk, ticket_id: int, reason: str, version: int | None, key: str) -> Changed:
    """The confirmation taken back: undone by its author in time, later reversed by a manager with a reason (clause
    3.5)."""
    kept = record.clean(reason, record.LONGEST_REASON)
    decide = _with_reason(_reverse_confirmation(desk, kept), kept)
    return act(
        desk,
        ticket_id,
        key,
        "reverse_confirmation",
        {"reason": kept},
        decide,
        lambda case, done: f"{ticket_id} is no longer confirmed.",
        version=version,
    )


# --- Free issues -------------------------------------------------------------------------------------------------


def _propose(desk: Desk, category: str, reason: str) -> Decide:
    def decide(case: Case) -> Outcome:
        record.chosen([category] if category else [], case.policy.lists.free)
        return classification.propose_free(case.ticket, desk.actor, case.now, case.balance, category, reason)

    return decide


def preview_proposal(desk: Desk, ticket_id: int, category: str = "", reason: str = "") -> Preview:
    """What proposing would do now: no token moves. See ``preview_if_free`` for what a manager's yes would do."""
    return preview(desk, ticket_id, _propose(desk, category, reason))


def preview_if_free(desk: Desk, ticket_id: int) -> Preview:
    """What a manager's "free" would do, for anybody to read."""

    def decide(case: Case) -> Outcome:
        return classification.if_free(case.ticket, case.now, case.balance)

    return preview(desk, ticket_id, decide)


def propose_free(
    desk: Desk, ticket_id: int, category: str, reason: str, version: int | None, key: str
) -> Changed:
    """The issue proposed as free, with category and reason (clause 3.3)."""
    kept = record.reason(reason)
    if not category:
        raise Invalid("Choose the category of the free issue.")
    return act(
        desk,
        ticket_id,
        key,
        "propose_free",
        {"category": category, "reason": kept},
        _propose(desk, category, kept),
        lambda case, done: (
            f"Proposed {ticket_id} as a free issue. Its tokens stay charged until a manager decides."
        ),
        version=version,
        undo="proposal",
    )


def withdraw_proposal(
    desk: Desk, ticket_id: int, reason: str, key: str, *, version: int | None = None
) -> Changed:
    """The proposal withdrawn by its author, or closed by a manager."""
    kept = record.clean(reason, record.LONGEST_REASON)

    def decide(case: Case) -> Outcome:
        return classification.withdraw_proposal(case.ticket, desk.actor, case.now, case.balance, kept)

    return act(
        desk,
        ticket_id,
        key,
        "withdraw",
        {"reason": kept},
        decide,
        lambda case, done: f"Proposal on {ticket_id} gone.",
        version=version,
    )


def ask_proposer(
    desk: Desk, ticket_id: int, question: str, key: str, *, version: int | None = None
) -> Changed:
    """The proposal sent back with a question; it leaves the inbox until it is answered."""
    kept = record.required(question, "The question", record.LONGEST_REASON)

    def decide(case: Case) -> Outcome:
        return classification.ask_proposer(case.ticket, desk.actor, case.now, case.balance, kept)

    return act(
        desk,
        ticket_id,
        key,
        "ask",
        {"question": kept},
        decide,
        lambda case, done: f"Asked about {ticket_id}.",
        version=version,
    )


def answer_question(
    desk: Desk, ticket_id: int, answer: str, key: str, *, version: int | None = None
) -> Changed:
    """The manager's question answered; the proposal waits again."""
    kept = record.required(answer, "The answer", record.LONGEST_REASON)

    def decide(case: Case) -> Outcome:
        return classification.answer_question(case.ticket, desk.actor, case.now, case.balance, kept)

    return act(
        desk,
        ticket_id,
        key,
        "answer",
        {"answer": kept},
        decide,
        lambda case, done: f"Answered about {ticket_id}.",
        version=version,
    )


def _determine(desk: Desk, free: bool, category: str, reason: str) -> Decide:
    def decide(case: Case) -> Outcome:
        record.chosen(
            [category] if category else [], case.policy.lists.free, case.policy.lists.token_required
        )
        return classification.determine(
            case.ticket,
            desk.actor,
            case.policy,
            case.now,
            case.balance,
            free=free,
            category=category,
            reason=reason,
        )

    return decide


def preview_determination(
    desk: Desk, ticket_id: int, free: bool, category: str = "", reason: str = ""
) -> Preview:
    """What the decision would credit, or charge again."""
    return preview(desk, ticket_id, _determine(desk, free, category, reason))


def determine(
    desk: Desk, ticket_id: int, free: bool, category: str, reason: str, version: int | None, key: str
) -> Changed:
    """A manager's final decision on a free issue; a "no" and an overturn need a reason (clause 3.3)."""
    kept = record.clean(reason, record.LONGEST_REASON)

    def decide(case: Case) -> Outcome:
        if not kept and (not free or case.ticket.determination is not None):
            raise Invalid(
                "Say why: a determination against the proposal or an earlier decision needs a reason."
            )
        return _determine(desk, free, category, kept)(case)

    def tell(case: Case, outcome: Outcome) -> str:
        words = "is a free issue" if free else "needs tokens"
        return f"Decided: {ticket_id} {words}.{tokens_told(case, outcome)}"

    arguments = {"free": free, "category": category, "reason": kept}
    return act(
        desk, ticket_id, key, "determine", arguments, decide, tell, version=version, undo="determination"
    )


def undo_determination(desk: Desk, ticket_id: int, key: str) -> Changed:
    """One's own determination taken back within the time to undo (clause 3.5)."""

    def decide(case: Case) -> Outcome:
        return classification.undo_determination(case.ticket, desk.actor, case.policy, case.now, case.balance)

    def tell(case: Case, outcome: Outcome) -> str:
        return f"The determination on {ticket_id} is undone.{tokens_told(case, outcome)}"

    return act(desk, ticket_id, key, "undo_determination", {}, decide, tell)


# --- Priority ----------------------------------------------------------------------------------------------------


def _change_priority(desk: Desk, to: Priority, authorised_by: str) -> Decide:
    return lambda case: repricing.change_priority(
        case.ticket, desk.actor, to, case.policy, case.now, case.balance, authorised_by=authorised_by
    )


def preview_change_priority(desk: Desk, ticket_id: int, to: Priority, authorised_by: str = "") -> Preview:
    """What the other priority would charge or credit, and when it would be due."""
    return preview(desk, ticket_id, _change_priority(desk, to, authorised_by or "the customer"))


def change_priority(
    desk: Desk, ticket_id: int, to: Priority, authorised_by: str, version: int | None, key: str
) -> Changed:
    """The ticket under another priority, re-priced (clause 3.4)."""
    kept = record.line(authorised_by)

    def tell(case: Case, outcome: Outcome) -> str:
        return f"{ticket_id} is {to} now.{tokens_told(case, outcome)}"

    arguments = {"to": to.value, "authorised_by": kept}
    return act(
        desk,
        ticket_id,
        key,
        "change_priority",
        arguments,
        _change_priority(desk, to, kept),
        tell,
        version=version,
    )


# --- Inbox -------------------------------------------------------------------------------------------------------


def proposals(desk: Desk) -> list[DecisionRow]:
    """Proposals that wait for a manager, next deadline first; those sent back with a question come last."""
    with desk.store.read() as read:
        return read.proposals()


def decisions(desk: Desk, limit: int = 500) -> list[DecisionRow]:
    """Determinations, newest first."""
    with desk.store.read() as read:
        return read.decisions(limit)


def unclassified(desk: Desk) -> list[QueueRow]:
    """Open emergencies that nobody has confirmed or demoted, next deadline first."""
    return [row for row in open_rows(desk, Priority.EMERGENCY) if not row.confirmed]


def alike(desk: Desk, ticket_id: int) -> list[DecisionRow]:
    """The three determinations nearest to a case: of the same category, then with the most words in common."""
    with desk.store.read() as read:
        ticket = read.ticket(ticket_id)
        known = [row for row in read.decisions(500) if row.ticket_id != ticket_id]
    category = ticket.proposal.category if ticket.proposal else ""
    words = _words(ticket.subject)
    return sorted(known, key=lambda row: (row.category != category, -len(words & _words(row.subject))))[:3]


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in text.casefold().split() if len(word) > 3)
