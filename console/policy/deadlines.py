"""Promise + start instant → deadline, and why it lies where it lies (policy §2)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from console.policy.clauses import Clause
from console.policy.document import Policy, Promise
from console.policy.hours import BusinessCalendar, Span
from console.policy.terms import Milestone, PromiseKind


class StartEvent(StrEnum):
    """What a clock is counted from."""

    OPENED = "opened"
    CHANGED = "changed"
    REOPENED = "reopened"


class End(StrEnum):
    """Why a deadline no longer counts: replaced by another, or void because the ticket closed before it was
    due."""

    REPLACED = "replaced"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One promise of a ticket with its due instant and what became of it; instants are aware UTC.

    ``missed`` is set once the miss is settled and stays; ``credited`` is what that miss credited. ``due_at``
    may lie before ``counted_from`` + promise when it kept the earlier instant of the deadline that it
    replaced (clause 3.4).
    """

    promise: Promise
    start: StartEvent
    counted_from: datetime
    due_at: datetime
    met_at: datetime | None = None
    missed: bool = False
    credited: int = 0
    ended: End | None = None
    ended_at: datetime | None = None

    @property
    def milestone(self) -> Milestone:
        return self.promise.milestone

    @property
    def is_guarantee(self) -> bool:
        return self.promise.kind is PromiseKind.GUARANTEE

    @property
    def counts(self) -> bool:
        """Whether it is still a promise to the customer: neither replaced nor void."""
        return self.ended is None

    @property
    def is_open(self) -> bool:
        """Whether it still runs: neither met, nor settled as missed, nor ended."""
        return self.ended is None and self.met_at is None and not self.missed

    @property
    def is_unmet(self) -> bool:
        """Whether its act is still owed to the customer, late or not."""
        return self.ended is None and self.met_at is None

    def passed_unmet(self, now: datetime) -> bool:
        """Whether its due instant passed before its act, or before ``now`` while the act is owed, and nobody has
        settled that yet: one tick is enough (clause 2.5)."""
        return self.counts and not self.missed and self.due_at < (self.met_at or now)

    def ended_as(self, end: End, at: datetime) -> "Deadline":
        """The same deadline, ended."""
        return replace(self, ended=end, ended_at=at)


def due_at(promise: Promise, counted_from: datetime, calendar: BusinessCalendar) -> datetime:
    """The instant by which ``promise`` is due: open hours for business amounts, elapsed time otherwise."""
    if promise.business:
        return calendar.add(counted_from, promise.amount)
    return counted_from + promise.amount


def derive(
    promise: Promise, start: StartEvent, counted_from: datetime, calendar: BusinessCalendar
) -> Deadline:
    """The deadline of ``promise`` counted from ``counted_from``."""
    return Deadline(promise, start, counted_from, due_at(promise, counted_from, calendar))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A stretch that was not counted, and why."""

    start: datetime
    end: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that a person needs to check a deadline by hand.

    ``spans`` are the counted stretches (UTC) and add up to ``counted``; ``kept_earlier`` says that the
    deadline which this one replaced ended sooner and was kept.
    """

    rule: str
    start: StartEvent
    counted_from: datetime
    due_at: datetime
    spans: tuple[Span, ...]
    skipped: tuple[Skipped, ...]
    counted: timedelta
    promised: timedelta
    business: bool
    kept_earlier: bool
    clause: Clause
    says: str
    policy_version: int


def explain(deadline: Deadline, policy: Policy) -> Explanation:
    """Why ``deadline`` is due when it is, under ``policy``."""
    spans = _counted(deadline, policy.calendar)
    return Explanation(
        rule=rule_in_words(deadline.promise),
        start=deadline.start,
        counted_from=deadline.counted_from,
        due_at=deadline.due_at,
        spans=spans,
        skipped=_skipped(deadline.counted_from, spans, policy.calendar),
        counted=sum((span.end - span.start for span in spans), timedelta()),
        promised=deadline.promise.amount,
        business=deadline.promise.business,
        kept_earlier=deadline.due_at < due_at(deadline.promise, deadline.counted_from, policy.calendar),
        clause=deadline.promise.clause,
        says=policy.says(deadline.promise.clause),
        policy_version=policy.version,
    )


def _counted(deadline: Deadline, calendar: BusinessCalendar) -> tuple[Span, ...]:
    if deadline.promise.business:
        spans = calendar.spans(deadline.counted_from, deadline.promise.amount)
    else:
        spans = (Span(deadline.counted_from, deadline.counted_from + deadline.promise.amount),)
    kept = (Span(span.start, min(span.end, deadline.due_at)) for span in spans)
    return tuple(span for span in kept if span.start < span.end)


def _skipped(
    counted_from: datetime, spans: tuple[Span, ...], calendar: BusinessCalendar
) -> tuple[Skipped, ...]:
    why = f"closed: outside business hours ({calendar.timezone})"
    skipped, at = [], counted_from
    for span in spans:
        if at < span.start:
            skipped.append(Skipped(at, span.start, why))
        at = span.end
    return tuple(skipped)


_MILESTONE_WORDS = {
    Milestone.RESPOND: "respond",
    Milestone.BEGIN: "begin work",
    Milestone.RESOLVE_OR_PLAN: "resolve, or have a plan,",
}


def rule_in_words(promise: Promise) -> str:
    """``"begin work within 4 business hours"``."""
    return f"{_MILESTONE_WORDS[promise.milestone]} within {amount_in_words(promise)}"


def amount_in_words(promise: Promise) -> str:
    """``"4 business hours"``, ``"24 hours"``, ``"3 days"``, ``"90 minutes"``."""
    minutes = int(promise.amount / timedelta(minutes=1))
    if minutes % 60:
        count, unit = minutes, "minute"
    elif promise.business or minutes % 1440 or minutes <= 2880:
        count, unit = minutes // 60, "hour"
    else:
        count, unit = minutes // 1440, "day"
    return f"{count} {'business ' if promise.business else ''}{unit}{'' if count == 1 else 's'}"
