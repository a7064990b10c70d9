"""The fields of every record that is kept as JSON, for the guards of a shared database: facts and a ticket's parts."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, get_args, get_type_hints

from console.policy.ticket import Confirmation, Demotion, Determination, PlanOfResolution, Proposal
from console.store.fact_json import kinds

_PARTS: dict[str, type] = {
    "confirmation": Confirmation,
    "demotion": Demotion,
    "proposal": Proposal,
    "determination": Determination,
    "plan": PlanOfResolution,
}
_PLAIN = {bool: "bool", int: "int", str: "str", datetime: "datetime"}


def fields_of_records() -> Iterator[dict[str, Any]]:
    """Record, name, type and allowed words of each field, and whether it may be missing or null; see ``guard.fits``."""
    for record, made in {**_PARTS, **kinds()}.items():
        hints = get_type_hints(made)
        for field in fields(made):
            if field.name == "at" and record not in _PARTS:
                continue
            yield {
                "record": record,
                "name": field.name,
                **_kind(hints[field.name]),
                "may_miss": _defaults(field),
            }


def _defaults(field: "Field[Any]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _kind(hint: Any) -> dict[str, Any]:
    """How ``guard.is_a`` knows a value of this type. Raises ``LookupError`` for a type that it does not know."""
    options = [each for each in get_args(hint) if each is not type(None)]
    nullable = type(None) in get_args(hint)
    kept = options[0] if nullable else hint
    if kept in _PLAIN:
        return {"type": _PLAIN[kept], "words": [], "may_be_null": nullable}
    if isinstance(kept, type) and issubclass(kept, StrEnum):
        return {"type": "word", "words": [word.value for word in kept], "may_be_null": nullable}
    if get_args(kept) == (str, ...):
        return {"type": "strs", "words": [], "may_be_null": nullable}
    record = next(name for name, made in _PARTS.items() if made is kept)
    return {"type": "record", "words": [record], "may_be_null": nullable}
