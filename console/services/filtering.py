"""The filter field's text as a query. What cannot be read is reported with its place; the rest still applies.

::

    query   = term { [ "OR" ] term }          terms are ANDed
    term    = [ "-" ] ( word | "quoted words" | key ":" value { "," value } )
    value   = word | "quoted" | range         range = [<|<=|>|>=] amount | amount ".." amount
    amount  = 30m 4h 2d | 2026-11-24 | today | yesterday | mon..sun
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from zoneinfo import ZoneInfo

from console.policy.terms import Channel, Hosting, Milestone, Priority, Status, SupportOption
from console.services.record import sought
from console.store.query import KEYS, And, Is, Key, Not, Or, Query, Range, Word, is_

#: A longer text is not a filter but something pasted by mistake.
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class FilterProblem:
    """A part [``start``, ``end``) of the text that was left out, and a one-line fix."""

    start: int
    end: int
    says: str


@dataclass(frozen=True, slots=True)
class _Term:
    """One term of the text: where it stands, whether it is turned round, and the key it names, if any."""

    start: int
    end: int
    negated: bool
    key: str
    values: tuple[str, ...]
    quoted: bool


@dataclass(frozen=True, slots=True)
class _Day:
    """What a value is read against."""

    now: datetime
    zone: ZoneInfo
    login: str

    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def span(self, day: date) -> Range:
        """The whole of ``day`` in the viewer's zone."""
        return Range(self._start(day), self._start(day + timedelta(days=1)))

    def _start(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(self.now.tzinfo)


class _Unreadable(ValueError):
    """A value that means nothing under its key; the message is the fix."""


def parse(text: str, now: datetime, zone: str, login: str = "") -> tuple[Query, tuple[FilterProblem, ...]]:
    """The query that ``text`` asks for, and what of it could not be read.

    Days are days of ``zone``; ``login`` is who ``is:mine`` means. Nothing is raised, whatever is typed.
    """
    text = sought(text)
    if len(text) > LONGEST:
        problem = FilterProblem(LONGEST, len(text), f"A filter has at most {LONGEST} characters.")
        return _read(text[:LONGEST], _Day(now, ZoneInfo(zone), login), (problem,))
    return _read(text, _Day(now, ZoneInfo(zone), login), ())


def both(first: Query, second: Query) -> Query:
    """What both ask for: a view, narrowed by what was typed."""
    return And((first, second))


def _read(
    text: str, day: _Day, problems: tuple[FilterProblem, ...]
) -> tuple[Query, tuple[FilterProblem, ...]]:
    groups: list[list[Query]] = []
    found: list[FilterProblem] = []
    joined = False
    for term in _terms(text):
        if _is_or(term):
            joined = bool(groups)
            continue
        try:
            query = _query(term, day)
        except _Unreadable as fault:
            found.append(FilterProblem(term.start, term.end, str(fault)))
            continue
        if joined:
            groups[-1].append(query)
        else:
            groups.append([query])
        joined = False
    parts = tuple(group[0] if len(group) == 1 else Or(tuple(group)) for group in groups)
    return And(parts), (*found, *problems)


def _is_or(term: _Term) -> bool:
    return not term.key and not term.quoted and not term.negated and term.values == ("OR",)


# --- Cutting the text into terms ---------------------------------------------------------------------------------

_VALUE = r'(?:"[^"]*"?|[^\s",]+)*'
_TERM = re.compile(
    rf'(?P<minus>-?)(?:(?P<key>[A-Za-z-]+):(?P<values>{_VALUE}(?:,{_VALUE})*)|(?P<word>"[^"]*"?|\S+))'
)
_SINGLE = re.compile(r'"([^"]*)"?|([^,"]+)')


def _terms(text: str) -> list[_Term]:
    terms, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TERM.match(text, at)
        if match is None:  # cannot happen: \S+ takes whatever is left
            break
        terms.append(_term(match))
        at = max(match.end(), at + 1)
    return terms


def _term(match: re.Match[str]) -> _Term:
    key = (match["key"] or "").lower()
    raw = match["values"] if key else match["word"]
    values = (
        tuple((quoted or plain).strip() for quoted, plain in _SINGLE.findall(raw))
        if key
        else (raw.strip('"'),)
    )
    return _Term(match.start(), match.end(), bool(match["minus"]), key, values, raw.startswith('"'))


# --- Reading one term --------------------------------------------------------------------------------------------


def _query(term: _Term, day: _Day) -> Query:
    query = _key(term, day) if term.key else _word(term)
    return Not(query) if term.negated else query


def _word(term: _Term) -> Query:
    word = term.values[0].strip()
    if not word:
        raise _Unreadable("Write a word to look for.")
    return Word(word)


def _key(term: _Term, day: _Day) -> Query:
    if term.key not in KEYS:
        near = get_close_matches(term.key, KEYS, 1)
        hint = f"Did you mean {near[0]}:?" if near else f"Keys are {', '.join(KEYS)}."
        raise _Unreadable(f"There is no key {term.key}:. {hint}")
    if not any(term.values):
        raise _Unreadable(f"Write a value after {term.key}:, for instance {_EXAMPLES[term.key]}.")
    values = [value for value in term.values if value]
    if term.key == "is":
        parts = tuple(_is(value, day) for value in values)
        return parts[0] if len(parts) == 1 else Or(parts)
    read = _VALUES[term.key]
    return Key(term.key, tuple(read(value, day) for value in values))


_STATES = (
    "mine", "unclaimed", "missed", "free", "emergency", "goal", "guarantee", "mission-critical", "proposed",
    "awaiting", "reopened", "planned", "begun",
)  # fmt: skip


def _is(value: str, day: _Day) -> Query:
    state = _chosen(value, _STATES, "is")
    return Key("owner", (Is(day.login, exact=True),)) if state == "mine" else is_(state)


def _chosen(value: str, words: tuple[str, ...], key: str) -> str:
    """The one of ``words`` that ``value`` begins; raises with the list of them otherwise."""
    wanted = value.lower().replace(" ", "_")
    if wanted in words:
        return wanted
    near = [word for word in words if word.startswith(wanted) or word.replace("_", "-").startswith(wanted)]
    shortest = min(near, key=len, default="")
    if not near or not all(word.startswith(shortest) for word in near):
        raise _Unreadable(f"{key}: knows {', '.join(words)}.")
    return shortest


def _words(words: type[StrEnum], key: str, *more: str) -> Callable[[str, _Day], Is | Range]:
    listed = (*(word.value for word in words), *more)

    def read(value: str, _day: _Day) -> Is:
        return Is(_chosen(value, listed, key))

    return read


def _listed(key: str, *words: str) -> Callable[[str, _Day], Is | Range]:
    def read(value: str, _day: _Day) -> Is:
        return Is(_chosen(value, words, key))

    return read


def _text(value: str, _day: _Day) -> Is:
    return Is(value)


def _dated(words: tuple[str, ...], key: str) -> Callable[[str, _Day], Is | Range]:
    """A word of the list, or a range of days."""

    def read(value: str, day: _Day) -> Is | Range:
        try:
            return _days(value, day)
        except _Unreadable:
            return Is(_chosen(value, words, f"{key}: knows days such as today and 2026-11-24, and {key}"))

    return read


# --- Ranges ------------------------------------------------------------------------------------------------------

_COMPARED = re.compile(r"(<=|>=|<|>)?(.+)", re.DOTALL)
_SPAN = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _due(value: str, day: _Day) -> Is | Range:
    if value.lower() in ("none", "never"):
        return Is("none")
    try:
        return _amounts(value, _from_span)
    except _Unreadable:
        return _days(value, day, "due: knows amounts such as <1h and 30m..4h, days such as today, and none.")


def _age(value: str, _day: _Day) -> Range:
    return _amounts(value, _from_span, "age: knows amounts such as >2d or 30m..4h.")


def _tokens(value: str, _day: _Day) -> Range:
    asked = _amounts(value, _from_number, "tokens: knows numbers such as >=5 or 2..10.")
    exact = re.fullmatch(r"\d+", value)
    return Range(int(value), int(value), high_closed=True) if exact else asked


def _opened(value: str, day: _Day) -> Range:
    try:
        return _days(value, day)
    except _Unreadable:
        span = _amounts(value, _from_span, "opened: knows days such as today or 2026-11-01..2026-11-24.")
        low = -span.high if isinstance(span.high, timedelta) else None
        high = -span.low if isinstance(span.low, timedelta) else None
        return Range(low, high)


def _amounts(
    value: str, read: Callable[[str], int | timedelta | None], fix: str = "Write an amount such as <1h."
) -> Range:
    """A range of amounts: ``<1h``, ``>=5``, ``30m..4h``; a plain amount means up to and including it."""
    if ".." in value:
        first, last = (read(part) for part in value.split("..", 1))
        if first is None or last is None:
            raise _Unreadable(fix)
        return Range(first, last, high_closed=True)
    match = _COMPARED.fullmatch(value)
    amount = read(match[2]) if match else None
    if match is None or amount is None:
        raise _Unreadable(fix)
    if match[1] in (">", ">="):
        return Range(low=amount, low_open=match[1] == ">")
    return Range(high=amount, high_closed=match[1] != "<")


def _from_span(value: str) -> timedelta | None:
    match = _SPAN.fullmatch(value.strip().lower())
    return int(match[1]) * _UNITS[match[2]] if match else None


def _from_number(value: str) -> int | None:
    value = value.strip()
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None


def _days(value: str, day: _Day, fix: str = "Write a day such as today or 2026-11-24.") -> Range:
    """A range of whole days of the viewer's zone."""
    if ".." in value:
        first, last = (_day_named(part, day, fix) for part in value.split("..", 1))
        if last < first and value.split("..", 1)[1].strip().lower() in _WEEKDAYS:
            last += timedelta(days=7)
        return Range(day.span(first).low, day.span(last).high)
    match = _COMPARED.fullmatch(value)
    if match is None:
        raise _Unreadable(fix)
    whole = day.span(_day_named(match[2], day, fix))
    return {
        "<": Range(high=whole.low),
        "<=": Range(high=whole.high),
        ">": Range(low=whole.high),
        ">=": Range(low=whole.low),
    }.get(match[1] or "", whole)


def _day_named(word: str, day: _Day, fix: str) -> date:
    """``today``, ``yesterday``, ``mon`` (of this week) or ``2026-11-24``."""
    word = word.strip().lower()
    today = day.today()
    if word in ("today", "yesterday", "tomorrow"):
        return today + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[word])
    if word in _WEEKDAYS:
        return today - timedelta(days=today.weekday() - _WEEKDAYS.index(word))
    try:
        found = date.fromisoformat(word)
    except ValueError:
        raise _Unreadable(fix) from None
    if not 1971 <= found.year <= 9000:
        raise _Unreadable(fix)
    return found


_MILESTONES = tuple(milestone.value for milestone in Milestone)

_VALUES: Mapping[str, Callable[[str, _Day], Is | Range]] = {
    "priority": _words(Priority, "priority"),
    "hosting": _words(Hosting, "hosting"),
    "option": _words(SupportOption, "option", "flat_rate"),
    "account": _text,
    "owner": _text,
    "status": _words(Status, "status", "closed", "any"),
    "due": _due,
    "missed": _dated(_MILESTONES, "missed"),
    "age": _age,
    "tokens": _tokens,
    "channel": _words(Channel, "channel"),
    "category": _text,
    "classification": _listed("classification", "none", "confirmed", "demoted", "proposed"),
    "determination": _dated(("none", "any", "free", "charged", "proposed"), "determination"),
    "cause": _text,
    "opened": _opened,
    "has": _listed("has", "note", "callback", "authorisation"),
}

_EXAMPLES: Mapping[str, str] = {
    "priority": "priority:urgent",
    "hosting": "hosting:platform",
    "option": "option:tokens",
    "account": 'account:"Harbor Freightways"',
    "owner": "owner:sam",
    "status": "status:resolved",
    "due": "due:<1h",
    "missed": "missed:begin",
    "age": "age:>2d",
    "tokens": "tokens:>=5",
    "channel": "channel:telephone",
    "category": "category:own_fault",
    "classification": "classification:none",
    "determination": "determination:free",
    "cause": "cause:none",
    "opened": "opened:2026-11-01..2026-11-24",
    "is": "is:unclaimed",
    "has": "has:note",
}
