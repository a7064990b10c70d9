"""The hash chain of an account's entries: each hash covers the entry and the hash before it.

A row changed behind the program's back no longer matches its hash. Only values that no session's settings can change
go in: instants as microseconds, enums by value.
"""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Any

from console.store.columns import microseconds
from console.store.mapping import Row

_COVERED = (
    "account_id",
    "seq",
    "kind",
    "cause",
    "clause",
    "tokens",
    "contra",
    "balance_after",
    "ticket_id",
    "turn",
    "at",
    "recorded_at",
    "actor",
    "actor_name",
    "reference",
    "reason",
    "reverses",
    "key",
)


def entry_hash(values: Row, prev_hash: bytes) -> bytes:
    """SHA-256 over the columns of an entry (but its id) and ``prev_hash``."""
    covered = json.dumps(
        [_plain(values[name]) for name in _COVERED], separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(prev_hash + covered.encode("utf-8")).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return microseconds(value)
    return value.value if isinstance(value, StrEnum) else value
