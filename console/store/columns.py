"""Column types: UTC instants, durations, enums by value, JSON. What is not exactly that is refused at the border."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970 in UTC: the same number on every database and in every session.

    Raises ``ValueError`` for a naive datetime, which names no instant.
    """
    if at.tzinfo is None or at.utcoffset() is None:
        raise ValueError(f"{at!r} has no time zone; an instant is needed")
    return (at - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """The aware UTC instant that lies ``value`` microseconds after the beginning of 1970."""
    try:
        return _EPOCH + timedelta(microseconds=value)
    except OverflowError:
        raise ValueError(f"{value} microseconds lie outside the calendar") from None


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: microseconds since 1970 on SQLite, ``timestamptz`` on PostgreSQL. Naive is refused."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        whole = microseconds(value)
        return instant(whole) if dialect.name == "postgresql" else whole

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else instant(value)


class Duration(TypeDecorator[timedelta]):
    """A span of time as whole microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        return None if value is None else timedelta(microseconds=value)


class Word(TypeDecorator[StrEnum]):
    """A member of an enum by its value; the table's CHECK holds the same list."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__(max(len(word.value) for word in words))
        self.words = words

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        return None if value is None else self.words(value)


#: Small nested records; ``None`` is NULL, never the JSON word null.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
