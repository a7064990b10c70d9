"""What an import would do, before anything is written: columns, sample tickets, words with their counts,
problems.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from console.services.importing.convert import Converter
from console.services.importing.lookup import Columns
from console.services.importing.mapping import WORDS, Mapping
from console.services.importing.plan import IsCancelled, OnProgress, watched
from console.services.importing.records import ImportedTicket, Rejected
from console.services.importing.rows import Row, rows_of

_MOST_WORDS = 200
_MOST_ACCOUNTS = 100_000


@dataclass(frozen=True, slots=True)
class Word:
    """One word that the source uses in a field: what it means under the mapping (None: unknown), and in how
    many rows.
    """

    said: str
    meaning: str | None
    rows: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What ``read`` would hand on. ``columns`` are a table's headings or the paths seen in JSON;
    ``samples`` the first tickets; ``rejected`` the first rejected rows; ``words`` the source's words for
    each translated field, most used first (``""`` stands for rows that say nothing); ``defaulted`` counts
    the tickets that took each default; ``accounts`` counts the distinct account names; ``first_at`` and
    ``last_at`` are the openings' range (aware UTC).
    """

    mapping: Mapping
    columns: tuple[str, ...]
    tickets: int
    rejections: int
    samples: tuple[ImportedTicket, ...]
    rejected: tuple[Rejected, ...]
    words: dict[str, tuple[Word, ...]]
    defaulted: dict[str, int]
    accounts: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on what the person should look at before importing; none when all is well."""
        return tuple(_problems(self))


def preview(
    path: Path,
    mapping: Mapping,
    *,
    limit: int = 20,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
    now: datetime | None = None,
) -> Preview:
    """What importing the file under the mapping would do, by reading all of it once and keeping ``limit``
    samples.

    Raises Invalid and Cancelled as ``read`` does.
    """
    rows = rows_of(watched(path, mapping, on_progress, cancelled), mapping.format)
    tally = _Tally(Converter(mapping, now), limit)
    for row in rows.each:
        tally.take(row)
    return tally.preview(rows.columns)


class _Tally:
    def __init__(self, converter: Converter, limit: int) -> None:
        self._converter = converter
        self._limit = limit
        self._columns = Columns()
        self._tickets = 0
        self._rejections = 0
        self._samples: list[ImportedTicket] = []
        self._rejected: list[Rejected] = []
        self._words: dict[str, Counter[str]] = {
            field: Counter() for field in WORDS if field in converter.mapping.fields
        }
        self._defaulted: Counter[str] = Counter()
        self._accounts: set[str] = set()
        self._first_at: datetime | None = None
        self._last_at: datetime | None = None

    def take(self, row: Row | Rejected) -> None:
        if isinstance(row, Row):
            self._count_words(row)
            if self._tickets < self._limit:
                self._columns.see(row.fields)
        found = row if isinstance(row, Rejected) else self._converter.ticket(row)
        if isinstance(found, Rejected):
            self._reject(found)
        else:
            self._accept(found)

    def _count_words(self, row: Row) -> None:
        for field, words in self._words.items():
            said = " ".join(self._converter.text(row, field)[:80].split())
            if said in words or len(words) < _MOST_WORDS:
                words[said] += 1

    def _reject(self, found: Rejected) -> None:
        self._rejections += 1
        if len(self._rejected) < self._limit:
            self._rejected.append(found)

    def _accept(self, found: ImportedTicket) -> None:
        self._tickets += 1
        self._defaulted.update(found.defaulted)
        if len(self._accounts) < _MOST_ACCOUNTS:
            self._accounts.add(found.account_name)
        self._first_at = min(self._first_at or found.opened_at, found.opened_at)
        self._last_at = max(self._last_at or found.opened_at, found.opened_at)
        if len(self._samples) < self._limit:
            self._samples.append(found)

    def preview(self, headings: tuple[str, ...]) -> Preview:
        return Preview(
            mapping=self._converter.mapping,
            columns=headings or self._columns.names,
            tickets=self._tickets,
            rejections=self._rejections,
            samples=tuple(self._samples),
            rejected=tuple(self._rejected),
            words={field: tuple(self._spoken(field, words)) for field, words in self._words.items()},
            defaulted=dict(self._defaulted),
            accounts=len(self._accounts),
            first_at=self._first_at,
            last_at=self._last_at,
        )

    def _spoken(self, field: str, words: Counter[str]) -> Iterator[Word]:
        mapping = self._converter.mapping
        for said, count in words.most_common():
            yield Word(said, mapping.meaning(field, said) if said else mapping.defaults.get(field), count)


def _problems(found: Preview) -> Iterator[str]:
    if not found.tickets:
        yield "No row of the file can be imported as things stand."
    if found.rejections:
        yield f"Rows that would be rejected: {found.rejections:,} of {found.tickets + found.rejections:,}."
    for field, words in found.words.items():
        unknown = [f"“{word.said}” ({word.rows:,})" for word in words if word.meaning is None and word.said]
        if unknown:
            yield f"The mapping has no meaning for the {field} {', '.join(unknown[:10])}."
    for field in ("account", "hosting", "option", "priority"):
        count = found.defaulted.get(field, 0)
        if count:
            yield f"Tickets that name no {field} and take “{found.mapping.defaults[field]}”: {count:,}."
