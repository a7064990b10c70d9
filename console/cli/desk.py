"""``queue``, ``sweep``, ``report`` and ``statement``."""

import argparse
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from console.cli.opened import desk_for
from console.cli.printing import as_json, left, local, say, table, to_standard_output
from console.policy.errors import Invalid
from console.policy.terms import EntryKind
from console.services import export, queue, summary, tokens
from console.services.desk import Desk
from console.services.filtering import parse
from console.services.keeping import back_up_today
from console.services.queue import QueueRow
from console.services.spreadsheet import write_csv
from console.services.summary import Period, Summary
from console.services.sweep import sweep
from console.services.telling import CAUSES, MILESTONES

#: Days that can be asked for; what compares a period with the one before it stays within the calendar.
FIRST_YEAR, LAST_YEAR = 1970, 2999


def add_arguments(name: str, command: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``name`` and what runs it."""
    {
        "queue": _queue_arguments,
        "sweep": _sweep_arguments,
        "report": _report_arguments,
        "statement": _statement_arguments,
    }[name](command)


# --- queue -------------------------------------------------------------------------------------------------------


def _queue_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("filter", nargs="*", help='for example: priority:emergency "is:unclaimed due:<1h"')
    command.add_argument("--limit", type=int, default=50, help="how many tickets at most (default 50)")
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    command.set_defaults(run=run_queue)


def run_queue(arguments: argparse.Namespace) -> int:
    """Prints the queue."""
    with desk_for(arguments, create=not arguments.database) as desk:
        zone = desk.policy().timezone
        query, problems = parse(" ".join(arguments.filter), desk.now(), zone, desk.actor.login)
        if problems:
            raise Invalid(f"The filter: {problems[0].says}")
        keys = queue.keys(desk, query)
        rows = queue.rows(desk, [key.id for key in keys[: max(0, arguments.limit)]])
        if arguments.json:
            for row in rows:
                as_json(row)
            return 0
        now = desk.now()
        head = ("Ticket", "Due", "By (Eastern)" if zone == "America/New_York" else f"By ({zone})")
        table(
            (*head, "Priority", "Subject", "Account", "Tokens", "Owner"),
            [_queue_line(row, now, zone) for row in rows],
            right=(0, 6),
        )
        more = len(keys) - len(rows)
        say(f"{len(keys)} open" + (f", {more} not shown" if more else ""))
    return 0


def _queue_line(row: QueueRow, now: datetime, zone: str) -> tuple[object, ...]:
    milestone = f"{MILESTONES[row.milestone]} " if row.milestone else ""
    tokens_now = row.held if row.option == "tokens" else "–"
    due = (
        f"needs {row.price}, has {row.balance}" if row.status == "awaiting_tokens" else left(row.due_at, now)
    )
    by = f"{milestone}{local(row.due_at, zone)}" if row.due_at else row.status.replace("_", " ")
    return (row.id, due, by, row.priority, row.subject, row.account_name, tokens_now, row.owner_name or "–")


# --- sweep -------------------------------------------------------------------------------------------------------


def _sweep_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    command.set_defaults(run=run_sweep)


def run_sweep(arguments: argparse.Namespace) -> int:
    """Settles what passed unmet; a local database gets its backup of the day."""
    with desk_for(arguments, create=not arguments.database) as desk:
        swept = sweep(desk)
        trouble = back_up_today(desk, arguments.settings.backup.kept_days)
    if trouble:
        print(f"support-console: {trouble}", file=sys.stderr)
    if arguments.json:
        as_json(
            {
                "guarantees": swept.guarantees,
                "goals": swept.goals,
                "credited": swept.credited,
                "tickets": swept.changed.tickets,
                "failed": swept.failed,
            }
        )
        return 3 if swept.failed else 0
    say(f"{swept.guarantees} guarantees and {swept.goals} goals missed, {swept.credited} tokens credited.")
    for ticket_id in swept.failed:
        say(f"{ticket_id} could not be settled now; the next sweep tries again.")
    return 3 if swept.failed else 0


# --- report ------------------------------------------------------------------------------------------------------


def _report_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--period", choices=[name for name in summary.PERIODS if name != "custom"], default="this_month"
    )
    command.add_argument(
        "--from", dest="first", type=_day, metavar="DAY", help="first day of a period of your own"
    )
    command.add_argument("--to", dest="last", type=_day, metavar="DAY", help="its last day")
    command.add_argument(
        "--csv", type=Path, metavar="FILE", help="write one row per promise ('-': standard output)"
    )
    command.add_argument("--json", action="store_true", help="print the figures as JSON")
    command.set_defaults(run=run_report)


def run_report(arguments: argparse.Namespace) -> int:
    """Prints the breach summary."""
    with desk_for(arguments, create=not arguments.database) as desk:
        found = summary.summary(desk, _period(desk, arguments))
    if arguments.csv is not None:
        _write_report(found, arguments.csv)
    elif arguments.json:
        as_json(found)
    else:
        _print_report(found)
    return 0


def _period(desk: Desk, arguments: argparse.Namespace) -> Period:
    zone = desk.policy().timezone
    if arguments.first or arguments.last:
        first, last = _days(desk.now(), zone, arguments.first, arguments.last)
        return summary.period("custom", desk.now(), zone, first, last)
    return summary.period(arguments.period, desk.now(), zone)


def _write_report(found: Summary, file: Path) -> None:
    if str(file) == "-":
        to_standard_output(export.breach_rows(found))
        return
    with file.open("w", encoding="utf-8", newline="") as stream:
        write_csv(stream, export.breach_rows(found), bom=True)
    say(f"Wrote {file}")


def _print_report(found: Summary) -> None:
    tiles, of = found.tiles, found.period
    say(f"{of.first} to {of.last}, {of.zone}; compared with {found.compared.first} to {found.compared.last}")
    say(
        f"Guarantees met       {_share(tiles.met, tiles.due)} (was {_share(found.before.met, found.before.due)})"
    )
    say(
        f"Missed               {tiles.missed}: {tiles.missed_begin} begin or respond, {tiles.missed_plan} plan"
    )
    say(f"Tokens credited back {tiles.credited}, worth ${tiles.worth / 100:,.2f}")
    say(f"Emergencies demoted  {tiles.demoted} of {tiles.emergencies}")
    say(
        f"Best effort          {_share(tiles.goals_met, tiles.goals_due)} goals met (not in the figures above)"
    )
    for cause, count in found.causes:
        say(f"  {cause}: {count}")
    if found.missed:
        table(
            ("Ticket", "Account", "Missed", "Was due", "Late by", "Cause", "Credited"),
            [
                (
                    row.ticket_id,
                    row.account_name,
                    MILESTONES[row.milestone],
                    local(row.due_at, of.zone),
                    _late(row.late or timedelta()) + (", open" if row.still_open else ""),
                    found.cause_of(row),
                    row.credited,
                )
                for row in found.missed
            ],
            right=(0, 6),
        )
    sums = found.reconciliation
    say(f"{sums.missed} missed on {sums.tickets} tickets. Owed {sums.owed} tokens, credited {sums.credited}.")


def _late(by: timedelta) -> str:
    return f"{by // timedelta(minutes=1)} min" if by >= timedelta(minutes=1) else "under 1 min"


def _share(part: int, whole: int) -> str:
    if whole < 20:
        return f"{part} of {whole}"
    return f"{100 * part / whole:.1f}% ({part} of {whole})"


# --- statement ---------------------------------------------------------------------------------------------------


def _statement_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("account", help="the account's name, or enough of it")
    command.add_argument(
        "--from", dest="first", type=_day, metavar="DAY", help="first day (default: this month)"
    )
    command.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day (default: today)")
    command.add_argument(
        "--csv", type=Path, metavar="FILE", help="write it for a spreadsheet ('-': standard output)"
    )
    command.add_argument("--json", action="store_true", help="print it as JSON")
    command.set_defaults(run=run_statement)


def run_statement(arguments: argparse.Namespace) -> int:
    """Prints an account's statement."""
    with desk_for(arguments, create=not arguments.database) as desk:
        zone = desk.policy().timezone
        account_id = _account(desk, arguments.account)
        start, end = _span(desk.now(), zone, arguments.first, arguments.last)
        found = tokens.statement(desk, account_id, start, end)
    rows = list(export.statement_rows(found, zone))
    if arguments.json:
        as_json(found)
    elif arguments.csv is None:
        say(f"{found.account_name}: opening balance {found.opening}")
        table(
            ("When", "Entry", "Ticket", "Change", "Balance"),
            [
                (
                    local(line.at, zone),
                    f"{line.kind}, {CAUSES[line.cause]}",
                    line.ticket_id,
                    f"{line.tokens:+}",
                    line.balance_after,
                )
                for line in found.lines
            ],
            right=(2, 3, 4),
        )
        sums = ", ".join(f"{found.moved(kind):+} {kind}" for kind in EntryKind if found.moved(kind))
        say(f"{found.opening} opening {sums} = {found.closing} closing balance")
    elif str(arguments.csv) == "-":
        to_standard_output(rows)
    else:
        with arguments.csv.open("w", encoding="utf-8", newline="") as stream:
            write_csv(stream, rows, bom=True)
        say(f"Wrote {arguments.csv}")
    return 1 if found.adds_up_by else 0


def _account(desk: Desk, text: str) -> int:
    found = tokens.accounts(desk, text)
    exact = [row for row in found if row.name.casefold() == text.casefold()] or found
    if len(exact) == 1:
        return exact[0].id
    if not exact:
        raise Invalid(f"There is no account named {text}.")
    raise Invalid(
        f"{text} fits {len(exact)} accounts: {', '.join(row.name for row in exact[:5])}. Give more of the name."
    )


def _span(now: datetime, zone: str, first: date | None, last: date | None) -> tuple[datetime, datetime]:
    first, last = _days(now, zone, first, last)
    there = ZoneInfo(zone)
    return datetime.combine(first, time(), there), datetime.combine(last + timedelta(days=1), time(), there)


def _days(now: datetime, zone: str, first: date | None, last: date | None) -> tuple[date, date]:
    """Both ends of a period: the last day is today, the first the first of the last day's month, unless given."""
    today = now.astimezone(ZoneInfo(zone)).date()
    last = last or max(today, first or today)
    first = first or last.replace(day=1)
    if first > last:
        raise Invalid("The first day lies after the last.")
    return first, last


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a day such as 2026-11-24") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{text} does not lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return day
