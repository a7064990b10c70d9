"""The breach summary in words: one place for the screen, the table twins and the paper, so that all say the same.

Days and times are those of the policy's zone; ``Times`` must be the policy's (``policy_times``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from console.policy.terms import Milestone, Priority, PromiseKind
from console.ui import format as fmt
from console.ui.format import Times

if TYPE_CHECKING:
    from console.services.summary import Period, PromiseRow, Summary, Tiles

FEW = 20
MILESTONES = {Milestone.RESPOND: "respond", Milestone.BEGIN: "begin", Milestone.RESOLVE_OR_PLAN: "plan"}
PRIORITY_ICONS = {
    Priority.EMERGENCY: "siren",
    Priority.URGENT: "chevrons-up",
    Priority.STANDARD: "equal",
    Priority.INFORMATIONAL: "info",
    Priority.BILLING: "receipt",
}
PERIODS = {
    "today": "Today",
    "7_days": "7 days",
    "this_month": "This month",
    "last_month": "Last month",
    "quarter": "Quarter",
    "custom": "Custom",
}
_LOCALE_SHORT = QLocale.FormatType.ShortFormat


def policy_times(times: Times) -> Times:
    """The same, with the policy's zone first: the summary is always in it."""
    return replace(times, policy_first=True)


# days and periods


def weekday(day: date) -> str:
    """``"Tue"``."""
    return QLocale().dayName(day.isoweekday(), _LOCALE_SHORT)


def month(day: date) -> str:
    """``"Nov"``."""
    return QLocale().monthName(day.month, _LOCALE_SHORT)


def short_day(day: date) -> str:
    """``"17 Nov"``."""
    return f"{day.day} {month(day)}"


def full_day(day: date) -> str:
    """``"Tue 17 Nov"``."""
    return f"{weekday(day)} {short_day(day)}"


def short_span(first: date, last: date, year: int) -> str:
    """``"1–24 Oct"``, ``"28 Oct – 3 Nov"``, ``"24 Oct"``; with the year when it is not ``year``."""
    tail = "" if last.year == first.year == year else f" {last.year}"
    if first == last:
        return f"{short_day(first)}{tail}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {month(last)}{tail}"
    head = "" if first.year == last.year else f" {first.year}"
    return f"{short_day(first)}{head} – {short_day(last)}{tail}"


def long_span(of: Period) -> str:
    """``"1–24 November 2026"``, ``"Tue 24 November 2026"``, ``"28 October – 3 November 2026"``."""
    first, last = of.first, of.last
    if first == last:
        return f"{weekday(last)} {last.day} {_long_month(last)} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {_long_month(last)} {last.year}"
    head = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {_long_month(first)}{head} – {last.day} {_long_month(last)} {last.year}"


def _long_month(day: date) -> str:
    return QLocale().monthName(day.month, QLocale.FormatType.LongFormat)


def compared_with(summary: Summary) -> str:
    """``"compared with 1–24 Oct"``."""
    return (
        f"compared with {short_span(summary.compared.first, summary.compared.last, summary.period.last.year)}"
    )


def same_day_before(summary: Summary) -> str:
    """What the short lines of the chart mean: ``"same day in Oct"``."""
    before, of = summary.compared, summary.period
    if of.first.year != before.first.year and (of.first.month, of.first.day) == (
        before.first.month,
        before.first.day,
    ):
        return f"same day in {before.first.year}"
    if of.name in ("this_month", "last_month"):
        return f"same day in {month(before.first)}"
    if of.days == 1:
        return "the day before"
    return "same day a quarter ago" if of.name == "quarter" else f"{fmt.number(of.days)} days before"


def file_name(of: Period, ending: str) -> str:
    """``"breach-summary-2026-11-01-to-2026-11-24.csv"``."""
    return f"breach-summary-{of.first.isoformat()}-to-{of.last.isoformat()}.{ending}"


# the strip of today


@dataclass(frozen=True, slots=True)
class TodayWords:
    """The strip: its kind of outline, the head with its icon and ink, a detail, and the guarantee at risk next."""

    kind: str
    icon: str
    ink: str
    head: str
    detail: str
    risk_icon: str
    risk_ink: str
    risk: str
    open_id: int


def today_words(summary: Summary, now: datetime, act_now: timedelta, soon: timedelta) -> TodayWords:
    """What the strip says at ``now``; the spans are the policy's."""
    today = summary.today
    open_ids = {row.ticket_id for row in today.still_open}
    if today.still_open:
        kind, icon, ink = "panel_missed", "alarm-clock-off", "missed_text"
        head = f"Today: {fmt.number(today.missed)} missed, {fmt.number(len(open_ids))} still open"
        detail = _open_miss(today.still_open, now)
    elif today.missed:
        kind, icon, ink = "panel", "alarm-clock-off", "missed_text"
        head, detail = f"Today: {fmt.number(today.missed)} missed, none still open", ""
    else:
        kind, icon, ink, head, detail = "panel_met", "check", "met_text", "No guarantee missed today", ""
    risk_icon, risk_ink, risk = "clock", "text2", "No guarantee is due in the next 7 days"
    ahead = today.next_at_risk
    if ahead is not None:
        left = ahead.due_at - now
        who = f"with {ahead.row.owner_name}" if ahead.row.owner_name else "unclaimed"
        risk = f"Next at risk: {ahead.row.id} in {fmt.time_left(left)}, {who}"
        if left <= act_now:
            risk_icon, risk_ink = "alarm-clock", "now_text"
        elif left <= soon:
            risk_ink = "soon_text"
    return TodayWords(
        kind, icon, ink, head, detail, risk_icon, risk_ink, risk, 0 if ahead is None else ahead.row.id
    )


def _open_miss(rows: Sequence[PromiseRow], now: datetime) -> str:
    worst = min(rows, key=lambda row: (row.due_at, row.ticket_id))
    who = f"now with {worst.owner_name}" if worst.owner_name else "unclaimed"
    return f"{worst.ticket_id} is {fmt.time_late(now - worst.due_at)} late, {who}"


# the tiles


@dataclass(frozen=True, slots=True)
class TileWords:
    """One tile: figure and the words beside it, the change since the period before, and the words after it."""

    id: str
    title: str
    figure: str
    beside: str
    below: str
    ink: str = "text"
    delta: str = ""
    delta_icon: str = ""
    delta_ink: str = "text2"
    verdict: str = ""
    icon: str = ""

    @property
    def change(self) -> str:
        """The line below in words: ``"−6 better, was 22"``, ``"+2, was 7"``."""
        comma = "," if self.delta and not self.delta.endswith(",") else ""
        delta = f"{self.delta} {self.verdict}" if self.verdict else f"{self.delta}{comma}"
        return f"{delta} {self.below}".strip()

    @property
    def says(self) -> str:
        """The tile as a sentence."""
        return " ".join(part for part in (f"{self.title}: {self.figure}", self.beside, self.change) if part)


def tile_words(summary: Summary) -> tuple[TileWords, ...]:
    """The five tiles from left to right."""
    now, before = summary.tiles, summary.before
    return (
        _met(now, before),
        TileWords(
            "missed",
            "Missed",
            fmt.number(now.missed),
            f"{fmt.number(now.missed_begin)} begin, {fmt.number(now.missed_plan)} plan",
            f"was {fmt.number(before.missed)}",
            ink="missed_text" if now.missed else "text",
            **_change(now.missed - before.missed, less_is_better=True),
        ),
        TileWords(
            "credited",
            "Tokens credited back",
            fmt.number(now.credited),
            f"worth {fmt.money_short(now.worth)}",
            f"was {fmt.number(before.credited)}",
            ink="credit_text" if now.credited else "text",
            **_change(now.credited - before.credited, less_is_better=True),
        ),
        TileWords(
            "demoted",
            "Emergencies demoted",
            fmt.number(now.demoted),
            f"of {fmt.number(now.emergencies)}",
            f"was {fmt.number(before.demoted)}",
            **_change(now.demoted - before.demoted, less_is_better=None),
        ),
        _goals(now),
    )


def share(met: int, due: int) -> str:
    """``"96.8%"``, or ``"17 of 18"`` when there are fewer than twenty, or a dash of nothing.

    Rounded down at the tenth, so that 100.0 % means all.
    """
    if due == 0:
        return fmt.NOTHING
    tenths = met * 1000 // due
    return f"{tenths // 10}.{tenths % 10}%" if due >= FEW else f"{met} of {due}"


def _met(now: Tiles, before: Tiles) -> TileWords:
    if now.due == 0:
        return TileWords("met", "Guarantees met", fmt.NOTHING, "none were due", _was_met(before))
    beside = f"{fmt.number(now.met)} of {fmt.number(now.due)}" if now.due >= FEW else "guarantees"
    figure, below = share(now.met, now.due), _was_met(before)
    if min(now.due, before.due) < FEW:
        return TileWords("met", "Guarantees met", figure, beside, below)
    tenths = now.met * 1000 // now.due - before.met * 1000 // before.due
    changed = _change(tenths, less_is_better=False)
    if tenths:
        shown = f"{abs(tenths) // 10}.{abs(tenths) % 10}".removesuffix(".0")
        changed["delta"] = f"{'+' if tenths > 0 else fmt.MINUS}{shown} pts"
    return TileWords("met", "Guarantees met", figure, beside, below, **changed)


def _was_met(before: Tiles) -> str:
    return f"was {share(before.met, before.due)}" if before.due else "none were due before"


def _goals(now: Tiles) -> TileWords:
    figure = share(now.goals_met, now.goals_due)
    beside = "of goals met" if now.goals_due >= FEW else "goals met" if now.goals_due else "no goals were due"
    below = "Goals, not guarantees. Not in the figures."
    return TileWords("goals", "Best effort, flat-rate", figure, beside, below, icon="leaf")


def _change(by: int, *, less_is_better: bool | None) -> dict[str, str]:
    if by == 0:
        return {"delta": "no change,"}
    icon = "trending-up" if by > 0 else "trending-down"
    if less_is_better is None:
        return {"delta": fmt.signed(by), "delta_icon": icon}
    good = (by < 0) == less_is_better
    return {
        "delta": fmt.signed(by),
        "delta_icon": icon,
        "delta_ink": "met_text" if good else "missed_text",
        "verdict": "better," if good else "worse,",
    }


# one missed guarantee


def was_due(row: PromiseRow, now: datetime, times: Times) -> str:
    """``"Today 2:16 PM"``, ``"Mon 23, 4:05 PM"`` this month, ``"Tue 17 Nov, 1:15 PM"`` before."""
    local, today = row.due_at.astimezone(times.policy), now.astimezone(times.policy)
    if (local.year, local.month) == (today.year, today.month) and local.date() != today.date():
        return f"{weekday(local)} {local.day}, {times.clock(row.due_at)}"
    return times.dated(row.due_at, now)


def late_by(row: PromiseRow, now: datetime) -> str:
    """``"12 min, open"``, ``"48 min"``; a dash when it was replaced before it was met."""
    if row.still_open:
        return f"{fmt.time_late(now - row.due_at)}, open"
    return fmt.time_late(row.late) if row.late is not None else fmt.NOTHING


def cause_words(summary: Summary, row: PromiseRow) -> str:
    """The cause, or ``"not set yet"``."""
    return summary.cause_of(row) if row.cause else "not set yet"


# sentences


def reconciliation(summary: Summary) -> str:
    """``"16 missed on 15 tickets. Owed for them 71 tokens, credited 71, still open 0."``"""
    sums = summary.reconciliation
    missed = f"{fmt.number(sums.missed)} missed on {fmt.count(sums.tickets, 'ticket', 'tickets')}."
    settled = f"credited {fmt.number(sums.credited)}, still open {fmt.number(sums.owed - sums.credited)}."
    return f"{missed} Owed for them {fmt.tokens(sums.owed)}, {settled}"


def nothing_due(summary: Summary) -> str:
    """``"No token tickets were due 1–3 Nov."``"""
    of = summary.period
    return f"No token tickets were due {short_span(of.first, of.last, summary.at.year)}."


def filter_words(summary: Summary, account: str, options: dict[str, str]) -> str:
    """``"All accounts"``, or what is filtered: ``"Juniper Dental, urgent, Sam Okafor"``."""
    filters = summary.filters
    parts = [
        account if filters.account_id is not None else "",
        options.get(filters.option.value, filters.option.value) if filters.option else "",
        filters.priority.value if filters.priority else "",
        (filters.owner or "unclaimed") if filters.owner is not None else "",
    ]
    return ", ".join(part for part in parts if part) or "All accounts"


# which tickets are behind a figure


def ids(rows: Iterable[PromiseRow]) -> frozenset[int]:
    """The tickets of ``rows``."""
    return frozenset(row.ticket_id for row in rows)


def behind_tile(summary: Summary, tile: str) -> tuple[frozenset[int], str]:
    """The tickets behind a tile, and the title under which the queue shows them."""
    guarantees = [row for row in summary.rows if row.kind is PromiseKind.GUARANTEE]
    if tile == "met":
        return ids(row for row in guarantees if not row.missed), "Guarantees met"
    if tile == "missed":
        return ids(summary.missed), "Missed guarantees"
    if tile == "credited":
        return ids(row for row in summary.missed if row.credited), "Credited for a miss"
    if tile == "demoted":
        return frozenset(row.ticket_id for row in summary.emergencies if row.demoted), "Emergencies demoted"
    return ids(row for row in summary.rows if row.kind is PromiseKind.GOAL), "Goals of flat-rate tickets"
