"""What the desk demands for the record beyond the policy: reasons, criteria, categories, plans, causes.

History that is simulated needs none of it; whoever decides at a desk does.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from console.policy.clauses import Clause
from console.policy.document import HouseList
from console.policy.errors import Invalid, Refused
from console.policy.terms import LONGEST_TEXT
from console.policy.ticket import Ticket

#: Control characters but line breaks and tabs, and lone surrogates.
_NEVER_KEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

LEAST_REASON = 20
LONGEST_REASON = 1_000
LONGEST_SUBJECT = 300

_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """``text`` as it may be kept: no control characters but line breaks and tabs, no lone surrogates, trimmed.

    Raises ``Invalid`` when it is longer than ``longest`` characters.
    """
    kept = _NEVER_KEPT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(kept) > longest:
        raise Invalid(f"This text has {len(kept):,} characters; {longest:,} is the most that is kept.")
    return kept


def sought(text: str) -> str:
    """``text`` as it can be looked for, of the same length: what is never kept is sought in vain, not refused."""
    return _NEVER_KEPT.sub("\ufffd", text)


def line(text: str, longest: int = LONGEST_SUBJECT) -> str:
    """``text`` cleaned and on one line."""
    return clean(" ".join(text.split()), longest)


def required(text: str, what: str, longest: int = LONGEST_TEXT) -> str:
    """``text`` cleaned; raises ``Invalid`` naming ``what`` when nothing is left."""
    kept = clean(text, longest)
    if not kept:
        raise Invalid(f"{what} is missing.")
    return kept


def instant(at: datetime, what: str) -> datetime:
    """``at`` in UTC; raises ``Invalid`` naming ``what`` when it has no zone, or no date that anybody means."""
    if at.tzinfo is None:
        raise Invalid(f"{what} has no time zone.")
    if not _EARLIEST <= at < _LATEST:
        raise Invalid(f"{what} lies outside the years 1971 to 9998.")
    return at.astimezone(UTC)


def reason(text: str) -> str:
    """A reason of 20 to 1,000 characters."""
    kept = clean(text, LONGEST_REASON)
    if len(kept) < LEAST_REASON:
        raise Invalid(f"Say why in at least {LEAST_REASON} characters: the reason is kept for good.")
    return kept


def chosen(ids: Sequence[str], *lists: HouseList) -> tuple[str, ...]:
    """``ids`` when each is an item of one of ``lists``; raises ``Invalid`` otherwise."""
    known = {item.id for each in lists for item in each.items}
    for id in ids:
        if id not in known:
            raise Invalid(f"“{id}” is not on the policy's list.")
    return tuple(ids)


def require_cause(ticket: Ticket) -> None:
    """Raises ``Refused`` when a guarantee was missed and its cause is not set (clause 5.2)."""
    if ticket.missed_guarantee is not None and not ticket.cause_of_miss:
        raise Refused(
            "Set the cause of the missed guarantee before resolving the ticket.",
            clause=Clause.CAUSE_OF_MISS,
            title="The cause is not set",
        )
