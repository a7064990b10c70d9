"""The figures that the firm has published, restated for the judges: prices, promises, business hours (policy §2)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

PRICES = {
    "dedicated": {"informational": 0, "billing": 0, "standard": 1, "urgent": 3, "emergency": 10},
    "platform": {"informational": 0, "billing": 0, "standard": 2, "urgent": 5, "emergency": 15},
}

#: Hours by milestone; ``True`` stands for business hours.
PROMISES: dict[str, dict[str, tuple[int, bool]]] = {
    "informational": {"respond": (72, False)},
    "billing": {},
    "standard": {"begin": (24, False), "resolve_or_plan": (48, False)},
    "urgent": {"begin": (4, True), "resolve_or_plan": (24, False)},
    "emergency": {"begin": (1, False), "resolve_or_plan": (4, False)},
}

LEASE = timedelta(minutes=10)


def price(hosting: str, option: str, priority: str) -> int:
    """Tokens for one ticket; a flat rate pays none."""
    return PRICES[hosting][priority] if option == "tokens" else 0


def due(priority: str, milestone: str, start: datetime) -> datetime | None:
    """When the guarantee is due that counts from ``start``; ``None`` when there is no such promise."""
    promise = PROMISES[priority].get(milestone)
    if promise is None:
        return None
    hours, business = promise
    amount = timedelta(hours=hours)
    return _after_open_time(start, amount) if business else start + amount


def _after_open_time(start: datetime, amount: timedelta) -> datetime:
    """``start`` and so much open time: day by day from 9 to 23 Eastern, every day of the week."""
    day = start.astimezone(EASTERN).date()
    while True:
        opens = datetime(day.year, day.month, day.day, 9, tzinfo=EASTERN).astimezone(UTC)
        closes = datetime(day.year, day.month, day.day, 23, tzinfo=EASTERN).astimezone(UTC)
        begin = max(start, opens)
        if begin < closes:
            if begin + amount <= closes:
                return begin + amount
            amount -= closes - begin
        day += timedelta(days=1)
