"""Values by path out of one row: ``Ticket ID`` in a table, ``requester.name`` or ``custom_fields.123`` in
JSON.
"""

from collections.abc import Iterator
from functools import lru_cache

Fields = dict[str, object]

_DEEPEST = 3
_MOST_COLUMNS = 300
_SPOKEN = ("Name", "name", "EmailAddress", "email", "value", "id")


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A heading without case, spaces and punctuation: ``Last Updated``, ``last_updated`` and
    ``LastUpdated`` are one.
    """
    return "".join(character for character in name.casefold() if character.isalnum())


@lru_cache(maxsize=4096)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def value_at(fields: Fields, path: str) -> object:
    """The value at a dotted path, or None. In a list a part picks an index, or the member with that id or
    name.
    """
    if path in fields:
        return fields[path]
    parts = _parts(path)
    if len(parts) == 1:
        return None
    node: object = fields
    for part in parts:
        node = _step(node, part)
        if node is None:
            return None
    return node


def _step(node: object, part: str) -> object:
    if isinstance(node, dict):
        return node.get(part)
    if not isinstance(node, list):
        return None
    for member in node:
        if (
            isinstance(member, dict)
            and part in (member.get("id"), member.get("name"))
            and _holds_value(member)
        ):
            return member.get("value", member.get("values"))
    if part.isdecimal() and len(part) < 7 and int(part) < len(node):
        member = node[int(part)]
        return member if member is not None else ""
    return None


def _holds_value(member: Fields) -> bool:
    return "value" in member or "values" in member


def text_of(value: object) -> str:
    """A value as text: lists joined by commas, an object by its name, e-mail address or id, nothing as
    ``""``.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(filter(None, (text_of(member) for member in value)))
    if isinstance(value, dict):
        return next((text for key in _SPOKEN if (text := text_of(value.get(key)))), "")
    return str(value)


def paths_of(fields: Fields) -> Iterator[str]:
    """The paths that a row offers, in its order, down to three names deep."""
    yield from _paths(fields, "", _DEEPEST)


def _paths(node: object, prefix: str, deep: int) -> Iterator[str]:
    if isinstance(node, dict) and deep and node:
        for key, value in node.items():
            yield from _paths(value, f"{prefix}.{key}" if prefix else str(key), deep - 1)
    elif isinstance(node, list) and any(isinstance(member, dict) and _holds_value(member) for member in node):
        for member in node[:_MOST_COLUMNS]:
            if isinstance(member, dict) and _holds_value(member):
                yield f"{prefix}.{text_of(member.get('name') or member.get('id'))}"
    elif prefix:
        yield prefix


class Columns:
    """The paths seen so far, in the order of their first sight, at most 300."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    def see(self, fields: Fields) -> None:
        """Adds what this row offers."""
        if len(self._seen) < _MOST_COLUMNS:
            for path in paths_of(fields):
                self._seen.setdefault(path)

    @property
    def names(self) -> tuple[str, ...]:
        """The paths in order."""
        return tuple(self._seen)[:_MOST_COLUMNS]
