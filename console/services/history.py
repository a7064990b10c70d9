"""A history as one line of ``simulate`` gives it: every value checked, every refusal naming its key."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from console.policy.actor import Actor
from console.policy.errors import Invalid
from console.policy.life import NewTicket
from console.policy.terms import Channel, Hosting, Priority, Requester, Role, SupportOption

MOST_WHOLE = 1_000_000_000
MOST_EVENTS = 100_000
LONGEST_SHOWN = 60

Word = TypeVar("Word", Hosting, SupportOption, Requester, Channel, Priority)

#: What a line may hold; ``comment`` and ``note`` are for whoever writes the line and mean nothing.
LINE_KEYS = frozenset(
    {
        "id", "hosting", "option", "requester", "restricted", "channel", "priority", "opened_at",
        "authorised", "balance", "users", "events", "now", "comment", "note",
    }
)  # fmt: skip
#: What an event may hold besides what its act needs: the record that the window demands, and nobody reads here.
EVENT_KEYS = frozenset(
    {
        "at", "do", "by", "reason", "criteria", "category", "text", "words", "plan", "what", "who", "by_when",
        "outcome", "cause", "evidence", "reference", "comment", "note",
    }
)  # fmt: skip
DOES = (
    "check",
    "respond",
    "begin",
    "plan",
    "resolve",
    "demote",
    "confirm",
    "propose_free",
    "determine_free",
    "determine_not_free",
    "change_priority",
    "buy_tokens",
    "reopen",
    "cancel",
)
_ROLES = {role.value: role for role in (Role.AGENT, Role.MANAGER, Role.CUSTOMER, Role.SYSTEM)}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did at ``at``; ``index`` is its place in the given list.

    ``priority``, ``authorised``, ``tokens`` and ``credit`` are what some acts need, and their defaults elsewhere.
    """

    index: int
    at: datetime
    do: str
    by: Actor
    priority: Priority = Priority.STANDARD
    authorised: bool = False
    tokens: int = 0
    credit: bool = False
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """One line understood: the request, the events in their given order, and the instant at which it is looked at.

    ``ignored`` names the keys that nothing reads: a mistyped key must not pass in silence.
    """

    id: object
    new: NewTicket
    opened_at: datetime
    balance: int
    users: int
    events: tuple[Event, ...]
    now: datetime
    ignored: tuple[str, ...] = ()


def history(line: Mapping[str, Any]) -> History:
    """The history of one line. Raises ``Invalid`` naming the key that is missing or wrong.

    ``now`` is the last instant named where none is given.
    """
    given = _Given(line)
    opened_at = given.instant("opened_at")
    events = tuple(_events(given))
    now = given.instant("now", max([opened_at, *(event.at for event in events)]))
    if now < opened_at:
        raise Invalid("now: lies before opened_at.")
    return History(
        identity(line),
        _new_ticket(given),
        opened_at,
        given.whole("balance", 0),
        given.whole("users", 0),
        events,
        now,
        (*given.beyond(LINE_KEYS), *(name for event in events for name in event.ignored)),
    )


def identity(line: Mapping[str, Any]) -> str | int | float | None:
    """The ``id`` of a line, given back as it is. Raises ``Invalid`` unless it is a text, a number or null."""
    id = line.get("id")
    if id is None or (isinstance(id, str | int | float) and not isinstance(id, bool)):
        return id
    raise Invalid(f"id: expected text or a number, not {_shown(id)}.")


def opened_at(line: Mapping[str, Any]) -> datetime:
    """When the ticket of a line came in. Raises ``Invalid`` when it does not say."""
    return _Given(line).instant("opened_at")


class _Given:
    """Checked values of one JSON object; every refusal names the key. Null counts as not given."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path

    def beyond(self, known: frozenset[str]) -> Iterator[str]:
        """The keys that nothing reads, each with what may have been meant."""
        for name in self.values:
            if name not in known:
                near = get_close_matches(name[:LONGEST_SHOWN], sorted(known), 1)
                yield f"{self.path}{_cut(name)}" + (f" (did you mean {near[0]}?)" if near else "")

    def word(self, name: str, kind: type[Word], default: Word | None = None) -> Word:
        value = self._value(name, default)
        try:
            return kind(value)
        except ValueError:
            raise Invalid(
                f"{self.path}{name}: expected one of {', '.join(kind)}, {self._not(name, value)}."
            ) from None

    def whole(self, name: str, default: int | None, least: int = 0) -> int:
        value = self._value(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST_WHOLE:
            raise Invalid(
                f"{self.path}{name}: expected a whole number from {least} to {MOST_WHOLE:,}, {self._not(name, value)}."
            )
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise Invalid(f"{self.path}{name}: expected true or false, {self._not(name, value)}.")
        return value

    def instant(self, name: str, default: datetime | None = None) -> datetime:
        value = self._value(name, default)
        if isinstance(value, datetime):
            return value
        if not isinstance(value, str):
            raise Invalid(
                f"{self.path}{name}: expected an instant such as 2026-11-24T17:00:00Z, {self._not(name, value)}."
            )
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise Invalid(f"{self.path}{name}: {_shown(value)} is not an ISO 8601 instant.") from None
        if parsed.tzinfo is None:
            raise Invalid(f"{self.path}{name}: {_shown(value)} has no zone; add Z or an offset.")
        try:
            return parsed.astimezone(UTC)
        except OverflowError:
            raise Invalid(f"{self.path}{name}: {_shown(value)} lies outside the calendar.") from None

    def _value(self, name: str, default: object) -> Any:
        value = self.values.get(name)
        return default if value is None else value

    def _not(self, name: str, value: object) -> str:
        return "and it is missing" if self.values.get(name) is None else f"not {_shown(value)}"


def _shown(value: object) -> str:
    try:
        return _cut(repr(value) if isinstance(value, str) else json.dumps(value))
    except RecursionError:
        return "something nested too deeply"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def _new_ticket(given: _Given) -> NewTicket:
    return NewTicket(
        account_id=1,
        account_name="The account",
        hosting=given.word("hosting", Hosting),
        option=given.word("option", SupportOption),
        restricted_to_administrators=given.flag("restricted"),
        requester="The requester",
        requester_kind=given.word("requester", Requester, Requester.ADMINISTRATOR),
        channel=given.word("channel", Channel, Channel.TICKET),
        priority=given.word("priority", Priority),
        subject="simulated",
        words="",
        authorised_by="The requester" if given.flag("authorised") else "",
    )


def _events(given: _Given) -> list[Event]:
    raw = given.values.get("events")
    if raw is None:
        return []
    if not isinstance(raw, list) or len(raw) > MOST_EVENTS:
        raise Invalid(f"events: expected a list of up to {MOST_EVENTS:,} events.")
    return [_event(index, item) for index, item in enumerate(raw)]


def _event(index: int, item: object) -> Event:
    path = f"events[{index}]"
    if not isinstance(item, dict):
        raise Invalid(f"{path}: expected an object, not {_shown(item)}.")
    given = _Given(item, f"{path}.")
    do = _one_of(given, "do", DOES, None)
    by = _one_of(given, "by", tuple(_ROLES), "system" if do == "check" else "agent")
    read, keys = _ARGUMENTS.get(do, (lambda given, by: {}, frozenset()))
    actor = Actor(by, f"The {by}", frozenset({_ROLES[by]}))
    ignored = tuple(given.beyond(EVENT_KEYS | keys))
    return Event(index, given.instant("at"), do, actor, ignored=ignored, **read(given, by))


def _one_of(given: _Given, name: str, known: tuple[str, ...], default: str | None) -> str:
    value = given.values.get(name)
    value = default if value is None else value
    if not isinstance(value, str) or value not in known:
        missing = "and it is missing" if value is None else f"not {_shown(value)}"
        raise Invalid(f"{given.path}{name}: expected one of {', '.join(known)}, {missing}.")
    return value


def _change_priority(given: _Given, by: str) -> dict[str, Any]:
    return {
        "priority": given.word(_spelt(given, "priority", "to"), Priority),
        "authorised": given.flag("authorised", by == Role.CUSTOMER.value),
    }


def _spelt(given: _Given, name: str, otherwise: str) -> str:
    """Which of two names for the same argument is given; the first when it is neither."""
    return otherwise if given.values.get(name) is None and given.values.get(otherwise) is not None else name


#: Acts that take arguments, which must be sound for the line to be understood at all; the keys they add.
_ARGUMENTS: dict[str, tuple[Callable[[_Given, str], dict[str, Any]], frozenset[str]]] = {
    "change_priority": (_change_priority, frozenset({"priority", "to", "authorised"})),
    "buy_tokens": (
        lambda given, by: {"tokens": given.whole(_spelt(given, "tokens", "amount"), None, 1)},
        frozenset({"tokens", "amount"}),
    ),
    "cancel": (lambda given, by: {"credit": given.flag("credit")}, frozenset({"credit"})),
}
