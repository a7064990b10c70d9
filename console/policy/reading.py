"""Reads a policy document from TOML text; every refusal names the line or the key."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from console.policy.amounts import Cents, Tokens
from console.policy.clauses import Clause
from console.policy.document import (
    ClauseText,
    HouseList,
    ListItem,
    Lists,
    OptionTerms,
    Policy,
    Promise,
    Settings,
    TokenTerms,
)
from console.policy.errors import Invalid
from console.policy.hours import BusinessCalendar
from console.policy.terms import Channel, Hosting, Milestone, Priority, PromiseKind, Requester, SupportOption

FORMAT = 1

#: Bounds that keep a slip of the keyboard from becoming a price or a promise.
LARGEST_WHOLE = 1_000_000
LONGEST_PROMISE = timedelta(days=366)
LONGEST_TEXT = 2_000
LONGEST_DOCUMENT = 500_000

_UNITS: Mapping[str, tuple[timedelta, bool]] = {
    "minutes": (timedelta(minutes=1), False),
    "hours": (timedelta(hours=1), False),
    "days": (timedelta(days=1), False),
    "business_minutes": (timedelta(minutes=1), True),
    "business_hours": (timedelta(hours=1), True),
}
_CLAUSE_OF_KIND = {PromiseKind.GUARANTEE: Clause.GUARANTEES, PromiseKind.GOAL: Clause.GOALS}
_SOURCES = ("stated", "reading", "house")

Word = TypeVar("Word", bound=StrEnum)


def parse(text: str) -> Policy:
    """The policy that ``text`` (TOML) describes.

    Raises ``Invalid`` with the line (syntax) or the key (content) and what is expected there.
    """
    if len(text) > LONGEST_DOCUMENT:
        raise Invalid(f"The policy document is longer than {LONGEST_DOCUMENT} characters.")
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The policy document is not valid TOML: {error}.") from None
    return _policy(_Table(raw, ""), text)


class _Table:
    """A TOML table that knows its own path, hands out checked values and counts which keys were asked for."""

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        self._values = values
        self._path = path
        self._asked: set[str] = set()

    @property
    def path(self) -> str:
        return self._path

    def key(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def names(self) -> list[str]:
        return list(self._values)

    def value(self, name: str) -> Any:
        self._asked.add(name)
        if name not in self._values:
            raise Invalid(f"{self.key(name)}: missing from the policy document.")
        return self._values[name]

    def table(self, name: str) -> "_Table":
        value = self.value(name)
        if not isinstance(value, dict):
            raise _wrong(self.key(name), "a table", value)
        return _Table(value, self.key(name))

    def whole(self, name: str, least: int = 0, most: int = LARGEST_WHOLE) -> int:
        return _whole(self.key(name), self.value(name), least, most)

    def text(self, name: str, *, empty: bool = False) -> str:
        value = self.value(name)
        if not isinstance(value, str) or not (empty or value.strip()) or len(value) > LONGEST_TEXT:
            raise _wrong(self.key(name), f"text of up to {LONGEST_TEXT} characters", value)
        if not value.isprintable():
            raise _wrong(self.key(name), "text without line breaks or control characters", value)
        return value

    def flag(self, name: str) -> bool:
        value = self.value(name)
        if not isinstance(value, bool):
            raise _wrong(self.key(name), "true or false", value)
        return value

    def items(self, name: str) -> list[Any]:
        value = self.value(name)
        if not isinstance(value, list):
            raise _wrong(self.key(name), "a list", value)
        return value

    def words(self, name: str, kind: type[Word]) -> tuple[Word, ...]:
        found = tuple(
            _word(f"{self.key(name)}[{index}]", item, kind) for index, item in enumerate(self.items(name))
        )
        if len(set(found)) != len(found):
            raise Invalid(f"{self.key(name)}: names something twice.")
        return found

    def word(self, name: str, kind: type[Word]) -> Word:
        return _word(self.key(name), self.value(name), kind)

    def refuse_unknown(self) -> None:
        """Raises for the first key that nothing asked for: a mistyped key must not pass in silence."""
        for name in self._values:
            if name not in self._asked:
                raise Invalid(f"{self.key(name)}: is not a key of a policy document.")


def _wrong(key: str, expected: str, value: object) -> Invalid:
    shown = repr(value)
    return Invalid(f"{key}: expected {expected}, not {shown if len(shown) <= 60 else shown[:57] + '...'}.")


def _whole(key: str, value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _wrong(key, f"a whole number from {least} to {most}", value)
    return value


def _word(key: str, value: object, kind: type[Word]) -> Word:
    found = next((member for member in kind if member.value == value), None)
    if found is None:
        raise _wrong(key, "one of " + ", ".join(kind), value)
    return found


def _each(table: _Table, kind: type[Word], read: Callable[[str], Any]) -> dict[Word, Any]:
    """One value for every member of ``kind``, no more and no fewer."""
    for name in table.names():
        _word(table.key(name), name, kind)
    return {member: read(member.value) for member in kind}


def _policy(raw: _Table, text: str) -> Policy:
    if raw.whole("format", 1) != FORMAT:
        raise Invalid(f"format: this console reads policy documents of format {FORMAT}.")
    hosting_table, prices_table = raw.table("hosting"), raw.table("prices")
    hosting = _each(hosting_table, Hosting, lambda name: hosting_table.words(name, SupportOption))
    options = _options(raw.table("options"), raw.table("promises"))
    policy = Policy(
        version=raw.whole("version", 1),
        name=raw.text("name"),
        in_force_from=_instant(raw.key("in_force_from"), raw.value("in_force_from")),
        tokens=_tokens(raw.table("tokens")),
        calendar=_calendar(raw.table("hours")),
        hosting=hosting,
        options=options,
        prices=_prices(prices_table, hosting),
        settings=_settings(raw.table("settings")),
        lists=_lists(raw.table("lists")),
        clauses=_clauses(raw.table("clauses")),
        source=text,
    )
    raw.refuse_unknown()
    return policy


def _instant(key: str, value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _wrong(key, "an instant with its zone, such as 2026-11-01T00:00:00Z", value)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise _wrong(key, "an instant within the years 1 to 9999", value) from None


def _tokens(table: _Table) -> TokenTerms:
    packs = tuple(
        Tokens(_whole(f"{table.key('packs')}[{index}]", pack, 1, LARGEST_WHOLE))
        for index, pack in enumerate(table.items("packs"))
    )
    if table.whole("expire_after_days") != 0:
        raise Invalid("tokens.expire_after_days: this console keeps tokens for good; only 0 is possible.")
    terms = TokenTerms(Cents(table.whole("price_cents", 1)), packs, Tokens(table.whole("low_balance_mark")))
    table.refuse_unknown()
    return terms


def _calendar(table: _Table) -> BusinessCalendar:
    weekly, overrides = table.table("weekly"), table.table("overrides")
    holidays = table.items("holidays")
    for index, day in enumerate(holidays):
        if type(day) is not date:
            raise _wrong(f"{table.key('holidays')}[{index}]", "a date such as 2026-12-25", day)
    try:
        calendar = BusinessCalendar(
            table.text("timezone"),
            {day: [tuple(span) for span in _spans(weekly, day)] for day in weekly.names()},
            tuple(holidays),
            {day: [tuple(span) for span in _spans(overrides, day)] for day in overrides.names()},
        )
    except ValueError as error:
        raise Invalid(f"hours.{error}") from None
    table.refuse_unknown()
    return calendar


def _spans(table: _Table, day: str) -> list[Any]:
    spans = table.items(day)
    for index, span in enumerate(spans):
        if not (isinstance(span, list) and len(span) == 2 and all(isinstance(end, str) for end in span)):
            raise _wrong(f"{table.key(day)}[{index}]", 'a pair such as ["09:00", "23:00"]', span)
    return spans


def _options(table: _Table, promises: _Table) -> dict[SupportOption, OptionTerms]:
    options: dict[SupportOption, OptionTerms] = _each(
        table, SupportOption, lambda name: _option(table.table(name), promises)
    )
    promises.refuse_unknown()
    return options


def _option(table: _Table, promises: _Table) -> OptionTerms:
    kind = table.word("promise_kind", PromiseKind)
    plan = promises.table(table.text("promises"))
    terms = OptionTerms(
        title=table.text("title"),
        cents_per_user_and_month=Cents(table.whole("cents_per_user_and_month")),
        requesters=frozenset(table.words("requesters", Requester)),
        emergency_requesters=frozenset(table.words("emergency_requesters", Requester)),
        channels=frozenset(table.words("channels", Channel)),
        authorised_emergency_channels=frozenset(table.words("authorised_emergency_channels", Channel)),
        promise_kind=kind,
        promises=_each(plan, Priority, lambda name: _promises(plan.table(name), kind)),
    )
    table.refuse_unknown()
    return terms


def _promises(table: _Table, kind: PromiseKind) -> tuple[Promise, ...]:
    for name in table.names():
        _word(table.key(name), name, Milestone)
    return tuple(
        _promise(table.table(milestone), milestone, kind)
        for milestone in Milestone
        if milestone in table.names()
    )


def _promise(table: _Table, milestone: Milestone, kind: PromiseKind) -> Promise:
    names = table.names()
    if len(names) != 1 or names[0] not in _UNITS:
        raise Invalid(f"{table.path}: expected exactly one of {', '.join(_UNITS)}.")
    unit, business = _UNITS[names[0]]
    amount = unit * table.whole(names[0], 1)
    if amount > LONGEST_PROMISE:
        raise Invalid(f"{table.key(names[0])}: a promise is at most {LONGEST_PROMISE.days} days.")
    return Promise(milestone, kind, amount, business, _CLAUSE_OF_KIND[kind])


def _prices(
    table: _Table, hosting: Mapping[Hosting, tuple[SupportOption, ...]]
) -> dict[Hosting, dict[Priority, Tokens]]:
    priced = [name for name, options in hosting.items() if SupportOption.TOKENS in options]
    prices = {name: _price_list(table.table(name.value)) for name in priced}
    table.refuse_unknown()
    return prices


def _price_list(table: _Table) -> dict[Priority, Tokens]:
    return _each(table, Priority, lambda name: Tokens(table.whole(name)))


def _settings(table: _Table) -> Settings:
    if table.items("pause_while_waiting"):
        raise Invalid(
            "settings.pause_while_waiting: this console's clocks do not pause; only [] is possible."
        )
    settings = Settings(
        reopen_within=timedelta(days=table.whole("reopen_within_days", 0, 3_660)),
        undo_within=timedelta(minutes=table.whole("undo_within_minutes", 0, 1_440)),
        act_now=timedelta(minutes=table.whole("act_now_minutes", 1, 1_440)),
        soon=timedelta(minutes=table.whole("soon_minutes", 1, 1_440)),
        four_eyes=table.flag("four_eyes"),
    )
    table.refuse_unknown()
    return settings


def _lists(table: _Table) -> Lists:
    lists = Lists(
        mission_critical=_list(table.table("mission_critical")),
        not_mission_critical=_list(table.table("not_mission_critical")),
        free=_list(table.table("free")),
        token_required=_list(table.table("token_required")),
        causes_of_a_miss=_list(table.table("causes_of_a_miss")),
        outcomes=_list(table.table("outcomes")),
    )
    table.refuse_unknown()
    return lists


def _list(table: _Table) -> HouseList:
    items = []
    for index, item in enumerate(table.items("items")):
        key = f"{table.key('items')}[{index}]"
        if not isinstance(item, dict):
            raise _wrong(key, "a table with id, words and note", item)
        entry = _Table(item, key)
        items.append(ListItem(entry.text("id"), entry.text("words"), entry.text("note", empty=True)))
        entry.refuse_unknown()
    if len({item.id for item in items}) != len(items):
        raise Invalid(f"{table.key('items')}: two items have the same id.")
    house = HouseList(table.text("title"), table.flag("reviewed"), tuple(items))
    table.refuse_unknown()
    return house


def _clauses(table: _Table) -> dict[Clause, ClauseText]:
    return _each(table, Clause, lambda name: _clause(table.table(name), Clause(name)))


def _clause(table: _Table, number: Clause) -> ClauseText:
    source = table.text("source")
    if source not in _SOURCES:
        raise _wrong(table.key("source"), "one of " + ", ".join(_SOURCES), source)
    clause = ClauseText(number, source, table.text("says"))
    table.refuse_unknown()
    return clause
