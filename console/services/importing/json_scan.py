"""JSON records out of text in pieces: one list of any length, a list inside an object, or values one after
the other.

Only one record is in memory at a time. Numbers come out as the text they were written in.
"""

import json
import re
from collections.abc import Iterable, Iterator

from console.policy.errors import Invalid
from console.services.importing.decoding import RECORD_LIMIT

_SPACE = re.compile(r"[ \t\r\n\ufeff]*")


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


def value_of(text: str) -> object:
    """The one JSON value that the text holds. Raises ValueError with the reason."""
    try:
        return _decoder().decode(text.strip(" \t\r\n\ufeff"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def scan(
    pieces: Iterable[str],
    keys: frozenset[str],
    beside: frozenset[str] = frozenset(),
    limit: int = RECORD_LIMIT,
) -> Iterator[tuple[str | None, object]]:
    """(key, record) for each record of the text, in order.

    The key is None for the members of a top-level list and for a top-level value; for an object that holds
    lists under some of ``keys`` it is that key, once for each member of those lists, and the rest of the
    object is dropped, unless all of those lists are ``beside``: then the rest is a record of its own.
    Raises Invalid, naming record and line, where the text is not JSON or a record exceeds ``limit``
    characters.
    """
    return _Scanner(pieces, keys, beside, limit).records()


class _Scanner:
    """A window of text that slides over the pieces; ``_at`` is where reading stands in it."""

    def __init__(
        self, pieces: Iterable[str], keys: frozenset[str], beside: frozenset[str], limit: int
    ) -> None:
        self._pieces = iter(pieces)
        self._keys = keys
        self._beside = beside
        self._limit = limit
        self._decoder = _decoder()
        self._text = ""
        self._at = 0
        self._lines_before = 0
        self._record = 1

    def records(self) -> Iterator[tuple[str | None, object]]:
        while opening := self._peek():
            if opening == "[":
                for member in self._members():
                    yield None, member
            elif opening == "{":
                yield from self._object()
            else:
                self._record += 1
                yield None, self._value()
            if self._peek() == ",":
                raise self._wrong("there is a comma between two values that are in no list")

    def _members(self) -> Iterator[object]:
        self._at += 1
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            self._record += 1
            if self._next_of(",", "]") == "]":
                return

    def _object(self) -> Iterator[tuple[str | None, object]]:
        self._at += 1
        whole: dict[str, object] = {}
        streamed = False
        closing = self._peek() == "}"
        if closing:
            self._at += 1
        while not closing:
            key = self._key()
            if key in self._keys and self._peek() == "[":
                streamed = streamed or key not in self._beside
                for member in self._members():
                    yield key, member
            else:
                whole[key] = self._value()
            closing = self._next_of(",", "}") == "}"
        if not streamed:
            self._record += 1
            yield None, whole

    def _key(self) -> str:
        if self._peek() != '"':
            raise self._wrong("a name in quotation marks is missing")
        key = self._value()
        self._next_of(":")
        return str(key)

    def _next_of(self, *expected: str) -> str:
        found = self._peek()
        if found not in expected:
            what = "the file ends early" if not found else f"found “{found}”"
            raise self._wrong(f"expected {' or '.join(expected)}, but {what}")
        self._at += 1
        return found

    def _peek(self) -> str:
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space is not None else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def _value(self) -> object:
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._fill():
                    raise self._wrong(error.msg, error.pos) from error
                continue
            except RecursionError as error:
                raise self._wrong("it is nested too deeply") from error
            # A number at the window's end may go on in the next piece: "1" as "12", "1." or "1e+5".
            if end + 2 < len(self._text) or self._text[end - 1] in '"]}' or not self._fill():
                self._at = end
                return value

    def _fill(self) -> bool:
        """Whether there was more text; the window drops what was read, and at least doubles what is left."""
        left = len(self._text) - self._at
        if left > self._limit:
            raise self._wrong(
                f"it is longer than {self._limit:,} characters, or a quotation mark is never closed"
            )
        fresh: list[str] = []
        length = 0
        for piece in self._pieces:
            fresh.append(piece)
            length += len(piece)
            if length and length >= left:
                break
        if not length:
            return False
        self._lines_before += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + "".join(fresh)
        self._at = 0
        return True

    def _wrong(self, why: str, place: int | None = None) -> Invalid:
        end = self._at if place is None else place
        line = self._lines_before + self._text.count("\n", 0, end) + 1
        return Invalid(
            f"Record {self._record:,} is not valid JSON (line {line:,}): {why}.", title="Not valid JSON"
        )
