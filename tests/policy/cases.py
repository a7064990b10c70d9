"""A desk in miniature for the policy's tests: the shipped policy, people, and tickets of any kind in one call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.policy import life
from console.policy.actor import SYSTEM, Actor
from console.policy.deadlines import Deadline
from console.policy.life import Entered, NewTicket
from console.policy.outcome import Outcome
from console.policy.reading import parse
from console.policy.terms import Channel, Hosting, Milestone, Priority, Requester, Role, SupportOption
from console.policy.ticket import PlanOfResolution, Ticket

DOCUMENT = Path(__file__).parents[2] / "resources" / "policy" / "1.toml"
TEXT = DOCUMENT.read_text("utf-8")
POLICY = parse(TEXT)
FOUR_EYES = replace(POLICY, settings=replace(POLICY.settings, four_eyes=True))

SAM = Actor("sam", "Sam Okafor", frozenset({Role.AGENT}))
ALEX = Actor("alex", "Alex Rivera", frozenset({Role.AGENT}))
PRIYA = Actor("priya", "Priya Nair", frozenset({Role.MANAGER}))
MAX = Actor("max", "Max Weber", frozenset({Role.MANAGER}))
SUPERVISOR = Actor("sue", "Sue Marsh", frozenset({Role.SUPERVISOR}))
ADMINISTRATOR = Actor("ada", "Ada Stone", frozenset({Role.ADMINISTRATOR}))
CUSTOMER = Actor("leah", "Leah Moreno", frozenset({Role.CUSTOMER}))
EVERYBODY = (SAM, PRIYA, SUPERVISOR, ADMINISTRATOR, CUSTOMER, SYSTEM)

NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # Tuesday, 12:00 US Eastern
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

BEGIN, RESPOND, RESOLVE = Milestone.BEGIN, Milestone.RESPOND, Milestone.RESOLVE_OR_PLAN
A_PLAN = PlanOfResolution("Replace the disk", "Sam Okafor", NOON + 2 * DAY)


def request(
    priority: Priority = Priority.EMERGENCY,
    hosting: Hosting = Hosting.DEDICATED,
    option: SupportOption = SupportOption.TOKENS,
    requester: Requester = Requester.ADMINISTRATOR,
    channel: Channel = Channel.TICKET,
) -> NewTicket:
    """A request that the shipped policy entitles, unless told otherwise."""
    return NewTicket(
        account_id=7,
        account_name="Juniper Dental",
        hosting=hosting,
        option=option,
        restricted_to_administrators=False,
        requester="Leah Moreno",
        requester_kind=requester,
        channel=channel,
        priority=priority,
        subject="Newsletter footer",
        words="It looks wrong.",
    )


def opened(
    priority: Priority = Priority.EMERGENCY,
    hosting: Hosting = Hosting.DEDICATED,
    option: SupportOption = SupportOption.TOKENS,
    at: datetime = NOON,
    balance: int = 100,
    requester: Requester = Requester.ADMINISTRATOR,
) -> Outcome:
    """Ticket 1 just received: opened when ``balance`` can pay it."""
    return life.open_ticket(request(priority, hosting, option, requester), 1, POLICY, balance, at)


def flat(priority: Priority = Priority.STANDARD, at: datetime = NOON) -> Ticket:
    """A flat-rate ticket, asked for by an administrator."""
    return opened(priority, Hosting.SHARED, SupportOption.FLAT_RATE_USERS, at, 0).ticket


def now(at: datetime) -> Entered:
    """Entered when it happened."""
    return Entered.at_once(at)


def late(at: datetime, entered_at: datetime, reason: str = "The console was down") -> Entered:
    """Happened at ``at``, entered later."""
    return Entered(at, entered_at, reason)


def promise(ticket: Ticket, milestone: Milestone) -> Deadline:
    """The one deadline of ``milestone`` that counts."""
    (found,) = [each for each in ticket.counting if each.milestone is milestone]
    return found


def moves(outcome: Outcome) -> list[tuple[str, str, int, datetime]]:
    """Kind, cause, tokens and instant of each entry."""
    return [(each.kind.value, each.cause.value, each.tokens, each.at) for each in outcome.entries]
