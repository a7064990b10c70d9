"""Mappings as TOML files, and single adjustments as ``setting=value`` texts."""

import json
import tomllib
from collections import abc
from pathlib import Path

from console.policy.errors import Invalid, Problem, Unavailable
from console.services.importing.formats import Format
from console.services.importing.mapping import Mapping

_LARGEST = 1_000_000
_TEXTS = ("source", "assume_zone", "date_order", "encoding")
_KEYS = {"format", "html", "fields", "values", "defaults", *_TEXTS}


def to_toml(mapping: Mapping) -> str:
    """The mapping as TOML, as ``from_toml`` reads it."""
    lines = ["# How a file's fields and words become the console's; see docs/import.md.", ""]
    lines.append(f"format = {_quoted(mapping.format)}")
    lines.extend(f"{key} = {_quoted(getattr(mapping, key))}" for key in _TEXTS)
    lines.append(f"html = {_list(sorted(mapping.html))}")
    lines.extend(
        ["", "[fields]", *(f"{_quoted(key)} = {_list(paths)}" for key, paths in mapping.fields.items())]
    )
    for field, words in mapping.values.items():
        lines.extend(
            ["", f"[values.{field}]", *(f"{_quoted(word)} = {_quoted(ours)}" for word, ours in words.items())]
        )
    lines.extend(
        ["", "[defaults]", *(f"{_quoted(key)} = {_quoted(word)}" for key, word in mapping.defaults.items())]
    )
    return "\n".join(lines) + "\n"


def from_toml(text: str) -> Mapping:
    """The mapping that the TOML text holds. Raises Invalid naming the line or the key at fault."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _wrong(f"is not valid TOML: {error}") from error
    unknown = sorted(found.keys() - _KEYS)
    if unknown:
        raise _wrong(f"has the unknown key “{unknown[0]}”; known are {', '.join(sorted(_KEYS))}")
    texts = {key: _text(found.get(key, ""), key) for key in _TEXTS}
    if found.get("format") not in set(Format):
        raise _wrong(f"needs the key “format”, one of {', '.join(Format)}")
    format_ = Format(found["format"])
    values = _table(found.get("values", {}), "values")
    return Mapping(
        format_,
        texts["source"] or format_.source,
        fields={
            key: _paths(paths, f"fields.{key}")
            for key, paths in _table(found.get("fields", {}), "fields").items()
        },
        values={key: _words(words, f"values.{key}") for key, words in values.items()},
        defaults=_words(found.get("defaults", {}), "defaults"),
        html=frozenset(_paths(found.get("html", []), "html")),
        assume_zone=texts["assume_zone"],
        date_order=texts["date_order"],
        encoding=texts["encoding"],
    )


def save_mapping(path: Path, mapping: Mapping) -> None:
    """Writes the mapping as a TOML file. Raises Unavailable when it cannot be written."""
    try:
        path.write_text(to_toml(mapping), encoding="utf-8")
    except OSError as error:
        raise Unavailable(
            f"The mapping cannot be saved as “{path.name}”: {error.strerror or error}."
        ) from error


def load_mapping(path: Path) -> Mapping:
    """The mapping of a TOML file. Raises Invalid when it cannot be read or is none."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Invalid(f"“{path.name}” is too large to be a mapping.", title="Mapping not valid")
        return from_toml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"The mapping “{path.name}” cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"The mapping “{path.name}” is not UTF-8 text.", title="Mapping not valid") from error
    except Problem as problem:
        raise Invalid(f"“{path.name}”: {problem.message}", title="Mapping not valid") from problem


def adjusted(mapping: Mapping, settings: abc.Iterable[str]) -> Mapping:
    """The mapping after adjustments such as ``fields.account=Company``, ``values.priority.P1=emergency``,
    ``defaults.hosting=dedicated``, ``assume_zone=Europe/Berlin``; several paths are separated by ``|``.

    Raises Invalid for one that is not understood.
    """
    for setting in settings:
        mapping = _adjusted(mapping, setting)
    return mapping


def _adjusted(mapping: Mapping, setting: str) -> Mapping:
    key, equals, value = setting.partition("=")
    parts = key.strip().split(".", 2)
    value = value.strip()
    if equals and parts[0] == "fields" and len(parts) == 2:
        return mapping.with_field(parts[1], *(path.strip() for path in value.split("|") if path.strip()))
    if equals and parts[0] == "values" and len(parts) == 3:
        return mapping.with_value(parts[1], parts[2], value)
    if equals and parts[0] == "defaults" and len(parts) == 2:
        return mapping.with_default(parts[1], value)
    if equals and len(parts) == 1 and parts[0] in _TEXTS:
        return mapping.with_reading(**{parts[0]: value})
    raise Invalid(
        f"“{setting}” is no adjustment; write fields.NAME=PATH, values.NAME.WORD=OURS, defaults.NAME=OURS "
        f"or one of {', '.join(_TEXTS)}=….",
        title="Mapping not valid",
    )


def _wrong(what: str) -> Invalid:
    return Invalid(f"The mapping {what}.", title="Mapping not valid")


def _quoted(text: str) -> str:
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007F")


def _list(texts: abc.Iterable[str]) -> str:
    return f"[{', '.join(_quoted(text) for text in texts)}]"


def _text(found: object, key: str) -> str:
    if not isinstance(found, str):
        raise _wrong(f"holds no text under “{key}”")
    return found


def _table(found: object, key: str) -> abc.Mapping[str, object]:
    if not isinstance(found, dict):
        raise _wrong(f"holds no table under “{key}”")
    return found


def _words(found: object, key: str) -> dict[str, str]:
    return {word: _text(ours, f"{key}.{word}") for word, ours in _table(found, key).items()}


def _paths(found: object, key: str) -> tuple[str, ...]:
    if isinstance(found, str):
        return (found,)
    if not isinstance(found, list):
        raise _wrong(f"holds no list of paths under “{key}”")
    return tuple(_text(path, key) for path in found)
