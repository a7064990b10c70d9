"""The bands of the queue: missed, next 15 minutes, next hour, later today, tomorrow and after, no clock, awaiting."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from console.ui.models.queue_words import Judge, midnight_after

if TYPE_CHECKING:
    from console.services.queue import QueueKey, QueueRow

#: More missed rows than this fold into one line, so that preventable deadlines stay on screen.
MISSED_SHOWN = 3


class Band(StrEnum):
    """The bands in the order of the queue; the value is the tab's id."""

    MISSED = "missed"
    NOW = "now"
    HOUR = "hour"
    TODAY = "today"
    LATER = "later"
    NO_CLOCK = "no_clock"
    AWAITING = "awaiting"


TITLES = {
    Band.MISSED: "Missed",
    Band.NOW: "Next 15 minutes",
    Band.HOUR: "Next hour",
    Band.TODAY: "Later today",
    Band.LATER: "Tomorrow and after",
    Band.NO_CLOCK: "No clock",
    Band.AWAITING: "Awaiting tokens",
}


@dataclass(frozen=True, slots=True)
class BandSpan:
    """Where a band stands in the list: its first row, how many tickets it has, and how many of them are folded."""

    band: Band
    first: int
    count: int
    folded: int = 0

    @property
    def shown(self) -> int:
        return self.count - self.folded


class Bands:
    """The keys of a queue in order (due first, then without a clock, then awaiting), cut into bands by an instant."""

    def __init__(self, keys: Sequence[QueueKey]) -> None:
        self.keys = tuple(keys)
        self._due = [key.due_at for key in self.keys if key.due_at is not None and not key.awaiting]
        self._awaiting = sum(1 for key in self.keys if key.awaiting)

    def cut(self, now: datetime, judge: Judge) -> dict[Band, int]:
        """How many tickets each band has at ``now``; every band is there, empty ones with 0."""
        missed = bisect_left(self._due, now)
        edges = [
            missed,
            bisect_right(self._due, now + judge.act_now),
            bisect_right(self._due, now + judge.soon),
            bisect_left(self._due, midnight_after(now, judge.times)),
            len(self._due),
        ]
        for place in range(1, len(edges)):
            edges[place] = max(edges[place], edges[place - 1])
        counts = [edges[0], *(after - before for before, after in pairwise(edges))]
        no_clock = len(self.keys) - len(self._due) - self._awaiting
        return dict(zip(Band, [*counts, no_clock, self._awaiting], strict=True))


def spans(counts: dict[Band, int], only: Band | None, *, fold: bool) -> tuple[BandSpan, ...]:
    """The bands with tickets as they are shown: all or ``only`` one of them, the missed folded or not."""
    found, first = [], 0
    for band, count in counts.items():
        if not count or (only is not None and band is not only and not _same_tab(band, only)):
            continue
        folds = fold and only is None and band is Band.MISSED and count > MISSED_SHOWN
        span = BandSpan(band, first, count, count - MISSED_SHOWN if folds else 0)
        found.append(span)
        first += span.shown
    return tuple(found)


def _same_tab(band: Band, only: Band) -> bool:
    return only is Band.LATER and band is Band.NO_CLOCK


def moves(before: QueueRow | None, after: QueueRow | None) -> bool:
    """Whether a ticket may stand elsewhere in the queue, or not at all: anything but its claim and notes changed."""
    if before is None or after is None:
        return True
    still = {name: getattr(after, name) for name in ("owner", "owner_name", "lease_until", "touched_at")}
    return replace(before, **still) != after


def shown_ids(keys: Sequence[QueueKey], counts: dict[Band, int], shown: Sequence[BandSpan]) -> list[int]:
    """The numbers of the tickets that stand in the list."""
    starts, at = {}, 0
    for band, count in counts.items():
        starts[band] = at
        at += count
    ids: list[int] = []
    for span in shown:
        start = starts[span.band]
        ids.extend(key.id for key in keys[start : start + span.shown])
    return ids


def utc_now() -> datetime:
    """This computer's clock, until a database gives its own."""
    return datetime.now(UTC)
