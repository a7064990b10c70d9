"""What the determinations page asks of the services. Imported when first used, so that the window is on screen first;
all of it blocks and is called through ``Context`` only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.policy import facts
from console.policy.errors import Problem
from console.policy.terms import Role
from console.ui.models.decision_model import Item, critical_item, decided_item, waiting_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.services.desk import Changed, Desk, Preview
    from console.services.ticket_view import TicketView
    from console.services.triage import DecisionRow


@dataclass(frozen=True, slots=True)
class Inbox:
    """The three tabs as read, and what was decided today in one sentence."""

    waiting: tuple[Item, ...]
    critical: tuple[Item, ...]
    decided: tuple[Item, ...]
    today: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case as read. ``why_not`` says why it cannot be decided as free (already free, four eyes)."""

    view: TicketView
    alike: tuple[DecisionRow, ...]
    decided_this_year: int
    if_free: Preview | None
    why_not: str
    already_free: str

    @property
    def tokens(self) -> int:
        """What "free" would credit."""
        return self.if_free.credited if self.if_free is not None else 0

    def asked(self) -> tuple[facts.ProposalReturned, str, facts.ProposalAnswered | None, str] | None:
        """The last question about the proposal with who asked, and its answer with who answered, if any."""
        question, answer, by, answered_by = None, None, "", ""
        for item in self.view.timeline:
            if isinstance(item.fact, facts.ProposalReturned):
                question, by, answer = item.fact, item.actor_name, None
            elif isinstance(item.fact, facts.ProposalAnswered):
                answer, answered_by = item.fact, item.actor_name
            elif isinstance(item.fact, facts.FreeIssueProposed):
                question, answer = None, None
        return None if question is None else (question, by, answer, answered_by)


def read_inbox(desk: Desk) -> Inbox:
    """The proposals that wait for this person, the emergencies unclassified for long, and the determinations."""
    from console.services import triage

    now, policy = desk.now(), desk.policy()
    sees_all = desk.may(Role.MANAGER, Role.SUPERVISOR, Role.ADMINISTRATOR)
    mine = desk.actor.login
    waiting = [row for row in triage.proposals(desk) if row.by == mine or (sees_all and not row.question)]
    since = now - policy.settings.act_now
    critical = [row for row in triage.unclassified(desk) if (row.opened_at or row.received_at) <= since]
    decided = triage.decisions(desk)
    return Inbox(
        tuple(waiting_item(row, policy) for row in waiting),
        tuple(critical_item(row) for row in critical),
        tuple(decided_item(row, policy) for row in decided),
        _today(decided, now, policy.timezone),
    )


def _today(decided: Sequence[DecisionRow], now: datetime, zone: str) -> str:
    day = now.astimezone(ZoneInfo(zone)).date()
    today = [row for row in decided if row.at.astimezone(ZoneInfo(zone)).date() == day]
    if not today:
        return "Nothing was decided today."
    free = [row for row in today if row.free]
    return f"{len(today)} today, {len(free)} free, {sum(max(0, row.tokens) for row in free)} tokens credited."


def read_case(desk: Desk, ticket_id: int) -> Case:
    """One case with its precedents and what deciding it would change."""
    from console.services import ticket_view, triage

    view = ticket_view.ticket_view(desk, ticket_id)
    now, zone = desk.now(), ZoneInfo(view.policy.timezone)
    this_year = now.astimezone(zone).year
    decided = [row for row in triage.decisions(desk) if row.at.astimezone(zone).year == this_year]
    already = triage.why_not_free_issue(view.ticket)
    preview, why_not = _preview(desk, view, already)
    return Case(
        view,
        tuple(triage.alike(desk, ticket_id)),
        sum(row.ticket_id != ticket_id for row in decided),
        preview,
        why_not,
        already if view.ticket.proposal is not None else "",
    )


def _preview(desk: Desk, view: TicketView, already: str) -> tuple[Preview | None, str]:
    from console.services import triage

    if already:
        return None, already
    ticket = view.ticket
    try:
        if not desk.may(Role.MANAGER):
            return triage.preview_if_free(desk, ticket.id), ""
        category = ticket.proposal.category if ticket.proposal else ""
        return triage.preview_determination(desk, ticket.id, True, category), ""
    except Problem as problem:
        return None, problem.message


def decide(desk: Desk, key: str, *, case: Case, free: bool, category: str, reason: str) -> Changed:
    """The determination, on the ticket as it was shown."""
    from console.services import triage

    ticket = case.view.ticket
    return triage.determine(desk, ticket.id, free, category, reason, ticket.version, key)


def decide_free(desk: Desk, key: str, *, items: Sequence[Item], reason: str) -> Changed:
    """Several proposals of one category decided as free, each in its own transaction; all are reported.

    ``words`` of the answer says how many were done and names those that were not.
    """
    from console.services import triage

    done, problems = [], []
    for item in items:
        try:
            done.append(
                triage.determine(
                    desk, item.ticket_id, True, item.category, reason, item.version, f"{key}:{item.ticket_id}"
                )
            )
        except Problem as problem:
            problems.append(f"{item.ticket_id}: {problem.message}")
    return _together(done, problems)


def _together(done: Sequence[Changed], problems: Sequence[str]) -> Changed:
    from console.services.desk import Changed

    words = f"{len(done)} decided: free issues."
    if problems:
        words += f" {len(problems)} not: {' '.join(problems)}"
    whole = Changed(words=words)
    for changed in done:
        whole = replace(
            whole,
            tickets=whole.tickets | changed.tickets,
            accounts=whole.accounts | changed.accounts,
            journal=max(whole.journal, changed.journal),
        )
    return whole


def ask(desk: Desk, key: str, *, ticket_id: int, question: str, seen: int) -> Changed:
    """The proposal goes back to its proposer with a question."""
    from console.services import triage

    return triage.ask_proposer(desk, ticket_id, question, key, version=seen)


def answer(desk: Desk, key: str, *, ticket_id: int, words: str, seen: int) -> Changed:
    """The question is answered and the proposal waits again."""
    from console.services import triage

    return triage.answer_question(desk, ticket_id, words, key, version=seen)


def withdraw(desk: Desk, key: str, *, ticket_id: int, reason: str, seen: int) -> Changed:
    """The proposal is withdrawn, or closed."""
    from console.services import triage

    return triage.withdraw_proposal(desk, ticket_id, reason, key, version=seen)
