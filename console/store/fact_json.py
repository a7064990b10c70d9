"""Facts ↔ JSON, generic over the dataclasses of ``console.policy.facts``."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import Any, get_type_hints

from console.policy import facts
from console.policy.facts import Fact


@cache
def kinds() -> Mapping[str, type[Fact]]:
    """Every kind of fact by the name under which it is stored."""
    return {name: each for name, each in _members(facts) if issubclass(each, Fact) and each is not Fact}


def _members(module: ModuleType) -> list[tuple[str, type]]:
    return [(name, each) for name, each in vars(module).items() if isinstance(each, type)]


def data_of(fact: Fact) -> dict[str, Any]:
    """The fields of ``fact`` but ``at``, as JSON can hold them; ``at`` has a column of its own."""
    return {field.name: _to_json(getattr(fact, field.name)) for field in fields(fact) if field.name != "at"}


def fact_of(kind: str, at: datetime, data: Mapping[str, Any]) -> Fact:
    """The fact of that kind; raises ``KeyError`` for a kind that this program does not know."""
    made = kinds()[kind]
    hints = _hints(made)
    return made(at=at, **{name: _from_json(hints[name], value) for name, value in data.items()})


_HINTS: dict[type[Fact], dict[str, Any]] = {}


def _hints(kind: type[Fact]) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = get_type_hints(kind)
    return _HINTS[kind]


def _to_json(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_to_json(each) for each in value]
    return value


def _from_json(hint: Any, value: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
