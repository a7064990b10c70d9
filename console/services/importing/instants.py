"""Instants out of text: the spellings that ticket systems export, always as aware UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from console.policy.errors import Invalid
from console.services.importing.records import RowError

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_UNSET = frozenset({"", "-", "not set", "null", "none", "n/a", "never", "0000-00-00 00:00:00"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?\d*)?)\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_ASCTIME = re.compile(
    r"[A-Z][a-z]{2},? ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})(?: (Z|UTC|GMT|[+-]\d{4}))?",
    re.IGNORECASE,
)
_SLASHED = re.compile(
    r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}) (\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AP]M))?", re.IGNORECASE
)
_DATE_ONLY = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{4}")

#: How 03/04/2024 is to be read; without one of them such a date is refused.
DATE_ORDERS = ("dmy", "mdy")


@lru_cache(maxsize=64)
def zone(key: str) -> ZoneInfo:
    """The zone of an IANA name such as ``Europe/Berlin``. Raises Invalid for an unknown one."""
    try:
        return ZoneInfo(key)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(
            f"“{key}” is not a time zone; write it like Europe/Berlin or America/New_York."
        ) from error


def instant(text: str, what: str, assume: str = "", order: str = "") -> datetime | None:
    """The aware UTC instant that the text names, or None for an empty or unset one.

    ``assume`` is the zone of times that name none, ``order`` one of DATE_ORDERS. Raises RowError with the
    reason for a time without zone, one that no clock in that zone showed, an unknown spelling, or a year
    before 1980.
    """
    text = text.strip()
    if text.casefold() in _UNSET:
        return None
    found = _usual(text) or _moment(text, what, order)
    if found.tzinfo is UTC and found > _EARLIEST:
        return found
    aware = found if found.tzinfo is not None else _in_zone(found, text, what, assume)
    try:
        moment = aware.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise RowError(f"{what}, “{text[:60]}”, is out of range.") from error
    if moment == _EPOCH:
        return None
    if moment < _EARLIEST:
        raise RowError(f"{what}, “{text[:60]}”, is before 1980.")
    return moment


def _usual(text: str) -> datetime | None:
    """The instant of 2026-03-01T14:05:00Z, which nearly all of them are, without further ado."""
    if len(text) != 20 or text[19] != "Z" or text[10] not in "T ":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str, what: str, order: str) -> datetime:
    if len(text) <= 80:
        try:
            found = _iso(text) or _asctime(text) or _slashed(text, what, order) or _mail(text)
        except (ValueError, OverflowError) as error:
            raise RowError(f"{what}, “{text}”, is no date and time that exists.") from error
        if found is not None:
            return found
        if _DATE_ONLY.fullmatch(text):
            raise RowError(f"{what}, “{text}”, is a date without a time of day.")
    raise RowError(
        f"{what}, “{text[:60]}”, is not a date and time that can be read; use 2026-03-01T14:05:00Z."
    )


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day, time, offset = match.groups()
    return datetime.fromisoformat(f"{day}T{time.replace(',', '.')}").replace(tzinfo=_offset(offset))


def _asctime(text: str) -> datetime | None:
    match = _ASCTIME.fullmatch(text)
    if match is None:
        return None
    month, day, hour, minute, second, year, offset = match.groups()
    number = _MONTHS.get(month.casefold(), 0)
    return datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=_offset(offset))


def _slashed(text: str, what: str, order: str) -> datetime | None:
    match = _SLASHED.fullmatch(text)
    if match is None:
        return None
    first, second, year, hour, minute, seconds, half = match.groups()
    if order not in DATE_ORDERS:
        raise RowError(
            f"{what}, “{text}”, may be day first or month first; say which in the mapping (date order)."
        )
    day, month = (first, second) if order == "dmy" else (second, first)
    hours = int(hour) if half is None else int(hour) % 12 + (12 if half.casefold() == "pm" else 0)
    if half is not None and not 1 <= int(hour) <= 12:
        raise ValueError(text)
    # Naive on purpose: the zone is assumed later.
    return datetime(int(year), int(month), int(day), hours, int(minute), int(seconds or 0))  # noqa: DTZ001


def _mail(text: str) -> datetime | None:
    if "," not in text:
        return None
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    if int(digits[2:]) > 59:
        raise ValueError(text)
    length = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(length if text[0] == "+" else -length)


def _in_zone(local: datetime, text: str, what: str, assume: str) -> datetime:
    if not assume:
        raise RowError(f"{what}, “{text[:60]}”, names no time zone; say in the mapping which zone to assume.")
    aware = local.replace(tzinfo=zone(assume))
    if aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) != local:
        raise RowError(f"{what}, “{text[:60]}”, does not exist in {assume}: clocks were put forward over it.")
    return aware
