"""What a filter asks for, as a small frozen tree; ``console.services.filtering`` reads it from text.

Amounts of time stay amounts (``due:<1h`` is asked against the clock each time); days are instants already.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Word:
    """Subject, account, requester, number, the customer's words or a note contain ``text``, whatever its case."""

    text: str


@dataclass(frozen=True, slots=True)
class Is:
    """A value of a key by its name; ``exact`` where a part of a name must not be enough."""

    text: str
    exact: bool = False


Bound = int | timedelta | datetime


@dataclass(frozen=True, slots=True)
class Range:
    """``low`` <= value < ``high``; ``None`` is open. ``low_open`` and ``high_closed`` turn the ends round."""

    low: Bound | None = None
    high: Bound | None = None
    low_open: bool = False
    high_closed: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """One key with values of which any is enough."""

    name: str
    values: tuple[Is | Range, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Query"


@dataclass(frozen=True, slots=True)
class And:
    """All parts; none at all: everything."""

    parts: tuple["Query", ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Query", ...]


Query = And | Or | Not | Word | Key

#: Every open ticket.
EVERYTHING = And()

KEYS = (
    "priority",
    "hosting",
    "option",
    "account",
    "owner",
    "status",
    "due",
    "missed",
    "age",
    "tokens",
    "channel",
    "category",
    "classification",
    "determination",
    "cause",
    "opened",
    "is",
    "has",
)

#: With one of these keys closed tickets are shown too; otherwise the queue is what is open.
_ABOUT_THE_PAST = frozenset({"status", "missed", "opened", "determination", "cause"})


class Order(StrEnum):
    """What the queue is sorted by; the queue's own order breaks ties."""

    DUE = "due"
    PRIORITY = "priority"
    SUBJECT = "subject"
    TOKENS = "tokens"
    OWNER = "owner"


def reaches_closed(query: Query) -> bool:
    """Whether ``query`` is about closed tickets too."""
    match query:
        case And(parts) | Or(parts):
            return any(reaches_closed(part) for part in parts)
        case Not(part):
            return reaches_closed(part)
        case Key(name):
            return name in _ABOUT_THE_PAST
        case Word():
            return False


def number_asked(query: Query) -> int | None:
    """The ticket number that the whole query is, if it is one: such a ticket is found even when it is closed."""
    match query:
        case And((part,)):
            return number_asked(part)
        case Word(text) if text.isdecimal() and len(text) < 18:
            return int(text)
        case _:
            return None


def is_(word: str) -> Key:
    """The key ``is`` with one value."""
    return Key("is", (Is(word),))


def start_of_day(now: datetime, zone: str) -> datetime:
    """The instant at which the day of ``now`` began in ``zone``."""
    local = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return local.astimezone(now.tzinfo)


def ready_made(view: str, now: datetime, login: str, zone: str) -> Query:
    """What a view of the rail shows; an unknown name shows the queue. ``zone`` says when today began."""
    match view:
        case "mine":
            return Key("owner", (Is(login, exact=True),))
        case "unclaimed":
            return is_("unclaimed")
        case "plan_sent":
            return is_("planned")
        case "emergencies":
            return is_("emergency")
        case "due_hour":
            return Key("due", (Range(high=timedelta(hours=1), high_closed=True),))
        case "missed_today":
            return Key("missed", (Range(low=start_of_day(now, zone), high=now),))
        case "best_effort":
            return Key("option", (Is("flat_rate"),))
        case _:
            return EVERYTHING
