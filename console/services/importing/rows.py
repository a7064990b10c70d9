"""Rows of any format, one at a time, as fields by name; what cannot be read as a row comes out rejected."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass

from console.policy.errors import Invalid
from console.services.importing.decoding import RECORD_LIMIT, TextFile, lines
from console.services.importing.formats import SIDE_LISTS, Format, delimiter_of, heading
from console.services.importing.json_scan import scan, value_of
from console.services.importing.lookup import Fields, folded
from console.services.importing.records import RAW_LIMIT, Rejected

_MOST_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number, and its values by folded heading (a table) or by key (JSON)."""

    number: int
    fields: Fields

    @property
    def raw(self) -> str:
        """What the row holds, as one text cut at 2,000 characters."""
        return json.dumps(self.fields, ensure_ascii=False)[:RAW_LIMIT]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file; ``columns`` are a table's headings as written, empty for JSON."""

    columns: tuple[str, ...]
    each: Iterator[Row | Rejected]


def rows_of(file: TextFile, format_: Format) -> Rows:
    """The rows of the file, read as they are asked for.

    Raises Invalid when the file as a whole cannot be read.
    """
    if file.size == 0:
        raise Invalid(f"“{file.path.name}” is empty.")
    return _table(file, format_) if format_.tabular else Rows((), _json_rows(file, format_))


def _table(file: TextFile, format_: Format) -> Rows:
    text = _Counted(lines(iter(file)))
    first = next((line for line in text if line.strip()), "")
    if not first:
        raise Invalid(f"“{file.path.name}” is empty.")
    plain = format_ is Format.RT_TSV
    delimiter = "\t" if plain else delimiter_of(first)
    cells = first.rstrip("\r\n").split(delimiter) if plain else heading(first, delimiter)
    names = tuple(name.strip().lstrip("\ufeff") for name in cells)
    if len(names) > _MOST_COLUMNS:
        raise Invalid(f"The heading has {len(names):,} columns; at most {_MOST_COLUMNS:,} can be read.")
    rows = _plain_cells(text) if plain else _csv_cells(text, delimiter)
    return Rows(names, _table_rows(rows, _keys(names)))


class _Counted:
    """Lines that count the characters since the last row was taken, so that an unclosed quotation mark has
    an end.
    """

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self.since_row = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._source)
        self.since_row += len(line)
        if self.since_row > RECORD_LIMIT:
            raise Invalid(
                f"A row is longer than {RECORD_LIMIT:,} characters, or a quotation mark is never closed."
            )
        return line


def _keys(names: tuple[str, ...]) -> list[str]:
    keys: list[str] = []
    for name in names:
        key = folded(name) or f"column{len(keys) + 1}"
        keys.append(key if key not in keys else f"{key}{len(keys) + 1}")
    return keys


def _csv_cells(text: _Counted, delimiter: str) -> Iterator[list[str] | str]:
    # The module's own limit, 131,072 characters a cell, holds for the whole process and is less than one body.
    if csv.field_size_limit() < RECORD_LIMIT:
        csv.field_size_limit(RECORD_LIMIT)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        text.since_row = 0
        line = reader.line_num + 2
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end of data" in str(error):
                raise Invalid(
                    f"A quotation mark in the row that begins on line {line:,} is never closed, so the rest "
                    "of the file cannot be told apart.",
                    title="Not a valid table",
                ) from error
            yield f"The row is not valid CSV: {error}."


def _plain_cells(text: _Counted) -> Iterator[list[str] | str]:
    for line in text:
        text.since_row = 0
        yield line.rstrip("\r\n").split("\t")


def _table_rows(rows: Iterator[list[str] | str], keys: list[str]) -> Iterator[Row | Rejected]:
    for number, cells in enumerate(rows, 2):
        if isinstance(cells, str):
            yield Rejected(number, "", cells)
        elif not any(cell.strip() for cell in cells):
            continue
        elif len(cells) != len(keys):
            raw = " | ".join(cells)[:RAW_LIMIT]
            yield Rejected(
                number, raw, f"The row has {len(cells):,} cells where the heading has {len(keys):,}."
            )
        else:
            yield Row(number, dict(zip(keys, cells, strict=True)))


def _json_rows(file: TextFile, format_: Format) -> Iterator[Row | Rejected]:
    start = next(iter(TextFile(file.path, file.encoding)), "")
    if _one_a_line(start, format_):
        yield from _line_rows(file, format_)
        return
    known = _side_lists(file, format_) if _is_object(start) else {}
    number = 0
    for key, record in scan(file, format_.lists, SIDE_LISTS):
        if key not in SIDE_LISTS:
            for each in _records_in(record, format_):
                number += 1
                yield _row(number, each, known)


def _is_object(start: str) -> bool:
    return start.lstrip(" \t\r\n\ufeff").startswith("{")


def _one_a_line(start: str, format_: Format) -> bool:
    first, newline, _rest = start.lstrip(" \t\r\n\ufeff").partition("\n")
    if not (newline and first.startswith("{") and first.rstrip().endswith("}")):
        return False
    try:
        record = value_of(first)
    except ValueError:
        return True
    return isinstance(record, dict) and not any(isinstance(record.get(key), list) for key in format_.lists)


def _line_rows(file: TextFile, format_: Format) -> Iterator[Row | Rejected]:
    for number, line in enumerate(lines(iter(file)), 1):
        if not line.strip(" \t\r\n\ufeff"):
            continue
        try:
            record = value_of(line)
        except ValueError as error:
            yield Rejected(number, line.strip()[:RAW_LIMIT], f"The line is not valid JSON: {error}.")
            continue
        for each in _records_in(record, format_):
            yield _row(number, each, {})


def _records_in(record: object, format_: Format) -> Iterator[object]:
    """The tickets in one record: itself, the one it wraps, or the page of tickets that it is."""
    if isinstance(record, dict):
        for key in format_.lists - SIDE_LISTS:
            page = record.get(key)
            if isinstance(page, list) and not {"id", "external_id"} & record.keys():
                yield from page
                return
        for key in ("helpdesk_ticket", "ticket"):
            wrapped = record.get(key)
            if isinstance(wrapped, dict) and len(record) <= 3:
                yield wrapped
                return
    yield record


def _row(number: int, record: object, known: dict[str, dict[str, Fields]]) -> Row | Rejected:
    if not isinstance(record, dict):
        return Rejected(
            number, json.dumps(record, ensure_ascii=False)[:RAW_LIMIT], "The record is not a JSON object."
        )
    for key, id_key, name in (
        ("requester", "requester_id", "users"),
        ("organization", "organization_id", "organizations"),
    ):
        found = known.get(name, {}).get(str(record.get(id_key)))
        if found is not None and not record.get(key):
            record[key] = found
    return Row(number, record)


def _side_lists(file: TextFile, format_: Format) -> dict[str, dict[str, Fields]]:
    """People and organizations that stand beside the tickets, by id; read in a pass of its own, names and
    addresses only.
    """
    if not format_.lists & SIDE_LISTS:
        return {}
    known: dict[str, dict[str, Fields]] = {name: {} for name in SIDE_LISTS}
    for key, record in scan(file, format_.lists, SIDE_LISTS):
        if key in SIDE_LISTS and isinstance(record, dict):
            known[key][str(record.get("id"))] = {
                name: record.get(name) for name in ("id", "name", "email", "role")
            }
    return known
