"""A month of tickets for the breach summary: four misses on three tickets, two causes, a demotion, a missed goal."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from console.policy.account import Account
from console.policy.terms import Priority, SupportOption
from console.services import progress, triage
from console.services.summary import Summary, period, summary
from console.services.sweep import sweep
from console.ui.format import Times
from console.ui.models import breach_words as words
from tests.support.desks import MORGAN, NOON, HandClock, Office, office

ZONE = "America/New_York"
EASTERN = ZoneInfo(ZONE)
TIMES = words.policy_times(Times(viewer=ZoneInfo("America/Denver")))
EVIL = '<b>Juniper</b> & "Sons"'


def month_in(file: Path) -> bytes:
    """The database file of that month."""
    with office(f"sqlite:///{file}", HandClock(at(1, 9, month=10))) as opened:
        _fill(opened)
    return file.read_bytes()


def figures_of(opened: Office) -> Summary:
    """The month's figures up to now."""
    desk = opened.at(MORGAN)
    return summary(desk, period("this_month", desk.now(), ZONE))


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


def _fill(opened: Office) -> None:
    clock, morgan = opened.clock, opened.at(MORGAN)
    juniper, umber = opened.account(EVIL, balance=100), opened.account("Umber Studio", balance=100)
    shared = opened.account("Shared Ltd", option=SupportOption.FLAT_RATE_USERS)

    def ticket(moment: datetime, account: Account, priority: Priority) -> int:
        clock.now = moment
        return opened.number(account, priority, subject="<i>Mail</i> is slow")

    for day in (5, 6):
        ticket(at(day, 10, month=10), umber, Priority.EMERGENCY)
    sweep(morgan)
    late = ticket(at(3, 10), juniper, Priority.EMERGENCY)
    clock.now = at(3, 11, 12)
    progress.begin(morgan, late, morgan.new_key())
    progress.resolve(morgan, late, "solved", "Done.", morgan.new_key(), None, "overload")
    ticket(at(9, 10), umber, Priority.URGENT)
    demoted = ticket(at(16, 10), umber, Priority.EMERGENCY)
    clock.now = at(16, 10, 5)
    triage.demote(morgan, demoted, ["partial"], "Mail is flowing and works.", None, morgan.new_key())
    progress.begin(morgan, demoted, morgan.new_key())
    progress.resolve(morgan, demoted, "solved", "Done.", morgan.new_key())
    ticket(at(17, 10), shared, Priority.EMERGENCY)
    ticket(at(24, 13, 16), juniper, Priority.EMERGENCY)
    ticket(at(24, 13, 40), umber, Priority.EMERGENCY)
    clock.now = NOON
    sweep(morgan)
