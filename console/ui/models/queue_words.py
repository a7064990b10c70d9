"""What a queue row says: its urgency and times, its chips, tokens and owner, and the sentence for a screen reader.

Pure: the instant, the zones and the policy's marks come in with ``Judge``. No widget and no query.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from console.policy.terms import Hosting, Milestone, Priority, PromiseKind, Status, SupportOption
from console.policy.ticket import LEASE
from console.ui import format as fmt
from console.ui.format import DOT, Times
from console.ui.models import presence_words
from console.ui.widgets.pills import Urgency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.policy.document import Policy
    from console.policy.hours import BusinessCalendar
    from console.services.feed import Presence
    from console.services.queue import QueueRow

PRIORITY_ICONS = {
    Priority.EMERGENCY: "siren",
    Priority.URGENT: "chevrons-up",
    Priority.STANDARD: "equal",
    Priority.INFORMATIONAL: "info",
    Priority.BILLING: "receipt",
}
PRIORITY_WORDS = {priority: priority.value.capitalize() for priority in Priority}
HOSTING_WORDS = {
    Hosting.SHARED: "Shared",
    Hosting.DEDICATED: "Dedicated",
    Hosting.PLATFORM: "Platform",
}
_BY = {Milestone.RESPOND: "respond by", Milestone.BEGIN: "begin by", Milestone.RESOLVE_OR_PLAN: "plan by"}
_WAS = {Milestone.RESPOND: "respond was", Milestone.BEGIN: "begin was", Milestone.RESOLVE_OR_PLAN: "plan was"}
MILESTONE_WORDS = {
    Milestone.RESPOND: "Respond",
    Milestone.BEGIN: "Begin",
    Milestone.RESOLVE_OR_PLAN: "Resolve or plan",
}


@dataclass(frozen=True, slots=True)
class Judge:
    """How time is judged and written: the policy's two marks, its calendar, and the viewer's zone."""

    times: Times = field(default_factory=Times)
    act_now: timedelta = timedelta(minutes=15)
    soon: timedelta = timedelta(minutes=60)
    calendar: BusinessCalendar | None = None
    login: str = ""

    @classmethod
    def of(cls, policy: Policy, times: Times, login: str) -> Judge:
        """The marks and hours of a policy, for one person."""
        return cls(times, policy.settings.act_now, policy.settings.soon, policy.calendar, login)

    def opens_at(self, now: datetime) -> datetime | None:
        """The next opening of the business hours, ``None`` while they run."""
        return _next_opening(self.calendar, now.replace(second=0, microsecond=0)) if self.calendar else None


@lru_cache(maxsize=8)
def _next_opening(calendar: BusinessCalendar, minute: datetime) -> datetime | None:
    opening = calendar.next_opening(minute)
    return None if opening <= minute else opening


@dataclass(frozen=True, slots=True)
class DueWords:
    """The Due cell: state, the pill's words, the line below, the same as part of a sentence, and what the pill says
    where those words do not fit."""

    urgency: Urgency
    pill: str
    below: str
    spoken: str
    short: str = ""


def due_words(row: QueueRow, now: datetime, judge: Judge) -> DueWords:
    """How the row's next unmet promise stands at ``now`` (aware UTC)."""
    if row.status is Status.AWAITING_TOKENS:
        return _awaiting(row)
    if row.due_at is None or row.milestone is None:
        return _nothing_due(row, now, judge)
    if row.kind is PromiseKind.GOAL:
        return _goal(row.due_at, now, judge)
    if now > row.due_at:
        return _missed(row, row.due_at, row.milestone, now, judge)
    return _running(row, row.due_at, row.milestone, now, judge)


def _awaiting(row: QueueRow) -> DueWords:
    short = f"needs {row.price}, has {row.balance}"
    spoken = f"Awaiting tokens: needs {row.price}, the account has {row.balance}, clock not started"
    return DueWords(Urgency.AWAITING, "Not started", short, spoken)


def _nothing_due(row: QueueRow, now: datetime, judge: Judge) -> DueWords:
    if row.planned_at is not None:
        when = judge.times.when(row.planned_at, now)
        return DueWords(Urgency.MET, "Plan sent", when, f"Plan sent at {when}")
    if row.priority is Priority.BILLING or not row.begun:
        return DueWords(Urgency.NO_CLOCK, "No set time", "", "No set time")
    when = judge.times.when(row.touched_at, now)
    return DueWords(Urgency.MET, "Answered", when, f"Answered, last change at {when}")


def _goal(due: datetime, now: datetime, judge: Judge) -> DueWords:
    below = f"goal {judge.times.when(due, now)}"
    if now > due:
        pill = fmt.goal_countdown(due, now)
        said = f"{pill.capitalize()}, not a guarantee"
        return DueWords(Urgency.GOAL_PASSED, pill, below, said, pill.removesuffix(" goal"))
    left = fmt.time_left(due - now)
    return DueWords(Urgency.GOAL, left, below, f"Goal in {spoken(left)}, not a guarantee")


def _missed(row: QueueRow, due: datetime, milestone: Milestone, now: datetime, judge: Judge) -> DueWords:
    late = fmt.time_late(now - due)
    below = f"{_WAS[milestone]} {judge.times.when(due, now)}"
    free = ", now free" if row.is_free else ""
    said = f"{MILESTONE_WORDS[milestone]} guarantee missed {spoken(late)} ago{free}"
    return DueWords(Urgency.MISSED, f"{late} late", below, said)


def _running(row: QueueRow, due: datetime, milestone: Milestone, now: datetime, judge: Judge) -> DueWords:
    left = due - now
    opens = judge.opens_at(now) if row.business and left > judge.soon else None
    if opens is not None and opens < due:
        return _waiting(opens, due, milestone, now, judge)
    shown = fmt.time_left(left)
    when = judge.times.when(due, now)
    said = f"{MILESTONE_WORDS[milestone]} within {spoken(shown)}, by {when}"
    return DueWords(_urgency(left, due, now, judge), shown, f"{_BY[milestone]} {when}", said)


def _waiting(opens: datetime, due: datetime, milestone: Milestone, now: datetime, judge: Judge) -> DueWords:
    zone = judge.times.policy_name
    opening = judge.times.policy_when(opens, now).removesuffix(f" {zone}")
    by = judge.times.policy_when(due, now).removesuffix(f" {zone}")
    said = f"Clock resumes at {opening} {zone}, {_BY[milestone]} {by}"
    tag = _TAGS.get(zone, zone)
    below = f"{_BY[milestone]} {by} {tag}"
    return DueWords(Urgency.WAITING, f"opens {opening} {tag}", below, said, f"{opening} {tag}")


#: Zones as cells have room for them.
_TAGS = {"Eastern": "ET"}


def _urgency(left: timedelta, due: datetime, now: datetime, judge: Judge) -> Urgency:
    if left <= judge.act_now:
        return Urgency.NOW
    if left <= judge.soon:
        return Urgency.SOON
    return Urgency.TODAY if due < midnight_after(now, judge.times) else Urgency.LATER


def midnight_after(now: datetime, times: Times) -> datetime:
    """The instant (UTC) at which the day that ``now`` belongs to ends in the zone shown first."""
    local = now.astimezone(times.zone)
    ended = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return ended.astimezone(UTC)


def spoken(duration: str) -> str:
    """``"3 hours 31 minutes"`` of ``"3 h 31 m"``: units as words for screen readers."""
    words = duration.split(" ")
    units = {"min": "minute", "m": "minute", "h": "hour", "d": "day", "s": "second"}
    said = []
    for amount, unit in zip(words[::2], words[1::2], strict=False):
        name = units.get(unit, unit)
        said.append(f"{amount.lstrip('0') or '0'} {name}{'' if amount.lstrip('0') == '1' else 's'}")
    return " ".join(said)


# the other columns


@dataclass(frozen=True, slots=True)
class ChipWords:
    """One state chip: its words, its kind and icon as the chip painter takes them."""

    text: str
    kind: str
    icon: str | None = None


def chips(row: QueueRow) -> tuple[ChipWords, ...]:
    """At most two state chips, the most telling first."""
    found = [chip for chip in _all_chips(row) if chip is not None]
    return tuple(found[:2])


def _all_chips(row: QueueRow) -> tuple[ChipWords | None, ...]:
    emergency = row.priority is Priority.EMERGENCY
    unclassified = emergency and not row.confirmed and not row.is_free
    return (
        ChipWords("Mission critical", "accent_outline", "shield-check") if row.confirmed else None,
        ChipWords("Now free", "credit") if row.is_free else None,
        ChipWords("Check mission critical", "accent") if unclassified else None,
        ChipWords("Free proposed", "credit") if row.proposed else None,
        ChipWords("Awaiting tokens", "outline", "coins") if row.status is Status.AWAITING_TOKENS else None,
        ChipWords("Reopened", "grey") if row.reopened else None,
        ChipWords("Callback booked", "grey") if row.callback else None,
        ChipWords("Phone authorised", "grey") if row.authorised else None,
    )


def support_words(row: QueueRow) -> str:
    """What stands under the priority: the hosting of a token account, or "Flat-rate"."""
    return HOSTING_WORDS[row.hosting] if row.option is SupportOption.TOKENS else "Flat-rate"


def tokens_words(row: QueueRow) -> tuple[str, str, str]:
    """The two lines of the Tokens cell and the token of the second line's colour."""
    if row.option is not SupportOption.TOKENS:
        return fmt.NOTHING, "flat-rate", "text2"
    if row.status is Status.AWAITING_TOKENS:
        return fmt.number(row.price), "awaiting", "text2"
    if row.credited:
        return fmt.number(row.held), f"{fmt.number(row.credited)} credited", "credit_text"
    if row.held:
        return fmt.number(row.held), "charged", "text2"
    return "0", "free", "text2"


@dataclass(frozen=True, slots=True)
class OwnerWords:
    """The Owner cell: the name as shown, the line below, initials for the disc, and whether work has begun."""

    name: str
    below: str
    initials: str
    begun: bool
    away: bool = False
    icon: str = ""


def owner_words(row: QueueRow, now: datetime, judge: Judge, present: Sequence[Presence] = ()) -> OwnerWords:
    """Who has the ticket: claimed, working, or away since the lease ran out; who looks at it while nobody has."""
    if row.owner is None:
        looking = presence_words.icon(present[0]) if present else ""
        return OwnerWords("Unclaimed", presence_words.viewers(present), "", begun=False, icon=looking)
    name = "You" if row.owner == judge.login else fmt.short_name(row.owner_name)
    mark = fmt.initials(row.owner_name)
    if away := away_words(row, judge.login, now):
        return OwnerWords(name, away, mark, begun=row.begun, away=True)
    return OwnerWords(name, "working" if row.begun else "claimed", mark, begun=row.begun)


def away_words(row: QueueRow, login: str, now: datetime) -> str:
    """``"away 14 min"``: since the last sign of life of somebody else's console; empty while their claim holds."""
    if not can_be_taken_over(row, login, now) or row.lease_until is None:
        return ""
    return f"away {' '.join(fmt.time_late(now - row.lease_until + LEASE).split()[:2])}"


def can_be_taken_over(row: QueueRow, login: str, now: datetime) -> bool:
    """Whether somebody else has claimed it and their console has given no sign of life for the time of a lease."""
    return row.owner not in (None, login) and row.lease_until is not None and row.lease_until < now


def sentence(row: QueueRow, now: datetime, judge: Judge, present: Sequence[Presence] = ()) -> str:
    """The whole row for a screen reader, the most urgent fact first."""
    first, second, _ = tokens_words(row)
    cost = {"flat-rate": "Flat-rate", "free": "Free", "charged": f"{fmt.tokens(row.held)} charged"}
    owner = owner_words(row, now, judge)
    whose = owner.name if row.owner is None else f"{owner.name}, {owner.below}"
    if present:
        whose += f", {presence_words.spoken(present)}"
    parts = [
        due_words(row, now, judge).spoken,
        PRIORITY_WORDS[row.priority],
        row.subject,
        f"{row.account_name}, {HOSTING_WORDS[row.hosting].lower()}",
        cost.get(second, f"{first} {second}"),
        *(chip.text for chip in chips(row)),
        whose,
        f"Ticket {row.id}",
    ]
    return " ".join(f"{part.rstrip('.')}." for part in parts)


def second_line(row: QueueRow) -> str:
    """``"Juniper Dental Group · Leah Moreno · 48219"``."""
    return DOT.join(part for part in (row.account_name, row.requester, str(row.id)) if part)
