"""What the breach summary asks of the services; all of it blocks and is called through ``Context`` only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from console.policy.errors import Invalid
from console.ui.views.breach_summary_filters import Choices

if TYPE_CHECKING:
    from console.services.desk import Desk
    from console.services.summary import Filters, Summary


@dataclass(frozen=True, slots=True)
class Wish:
    """Which summary: a period and how many steps back, own days, beside what, and which filters (None: none)."""

    period: str = "this_month"
    back: int = 0
    first: date | None = None
    last: date | None = None
    compare: str = "before"
    filters: Filters | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A summary, what its filters offer, and when a deadline counts as near."""

    wish: Wish
    summary: Summary
    choices: Choices
    act_now: timedelta
    soon: timedelta


def load(desk: Desk, wish: Wish) -> Loaded:
    """Reads the summary of a wish. Raises ``Invalid`` for days that make no period."""
    from console.services import summary as summaries

    policy = desk.policy()
    of = summaries.period(wish.period, desk.now(), policy.timezone, wish.first, wish.last, wish.back)
    compared = summaries.year_before(of) if wish.compare == "year" else None
    found = summaries.summary(desk, of, wish.filters or summaries.Filters(), compared)
    settings = policy.settings
    return Loaded(wish, found, _choices(desk, found), settings.act_now, settings.soon)


def _choices(desk: Desk, found: Summary) -> Choices:
    from console.services import people, tokens

    owners = {person.name for person in people.people(desk)} | {row.owner_name for row in found.rows}
    owners |= {desk.actor.name, found.filters.owner or ""}
    return Choices(
        tuple((row.id, row.name) for row in tokens.accounts(desk)),
        tuple((option, terms.title) for option, terms in desk.policy().options.items()),
        tuple(sorted(owners - {""})),
    )


def write_csv(summary: Summary, file: Path, *, bom: bool) -> int:
    """How many promises were written. Raises ``Invalid`` when the file cannot be written."""
    from console.services import export, spreadsheet

    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            return spreadsheet.write_csv(stream, export.breach_rows(summary), bom=bom) - 1
    except OSError as error:
        raise cannot_write(file, error) from error


def cannot_write(file: Path, error: OSError) -> Invalid:
    """The sentence for a file that could not be written."""
    reason = error.strerror or str(error)
    return Invalid(
        f"{file} could not be written: {reason}. Choose another folder.", title="Nothing was written"
    )


def check(desk: Desk) -> list[str]:
    """Adds everything up again; each difference as a sentence, none when all is well."""
    from console.services import keeping

    return [f"{difference.where}: {difference.words}" for difference in keeping.check(desk)]
