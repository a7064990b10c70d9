"""``import``: tickets from a file, after a look at what it holds."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from console.cli.opened import desk_for
from console.cli.printing import as_json, say, table
from console.policy.errors import Invalid
from console.services import server
from console.services.importing import (
    Format,
    Mapping,
    Preview,
    adjusted,
    detect,
    load_mapping,
    preset,
    preview,
)
from console.services.importing.load import Loaded, OnProgress, load, require_may_import

MOST_LINES = 20


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """The arguments of ``import``."""
    command.add_argument("file", type=Path, help="the file to bring in")
    command.add_argument(
        "--format", choices=[each.value for each in Format], help="instead of recognising it"
    )
    command.add_argument("--mapping", type=Path, metavar="FILE", help="a mapping saved before (TOML)")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="adjust the mapping, e.g. zone=Europe/Berlin",
    )
    command.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Imports the file; 2 when rows were rejected (the others are in)."""
    if not arguments.file.is_file():
        raise Invalid(f"{arguments.file} is not a file.")
    mapping = _mapping(arguments)
    if arguments.dry_run:
        if server.is_shared(arguments.database):
            with desk_for(arguments) as desk:
                require_may_import(desk)
        _show(preview(arguments.file, mapping), arguments.json)
        return 0
    with desk_for(arguments) as desk:
        done = load(desk, arguments.file, mapping, on_progress=_progress(arguments))
    _tell(done, arguments.json)
    return 2 if done.rejected else 0


def _mapping(arguments: argparse.Namespace) -> Mapping:
    if arguments.mapping:
        mapping = load_mapping(arguments.mapping)
    else:
        mapping = preset(Format(arguments.format) if arguments.format else detect(arguments.file))
    if arguments.format:
        mapping = replace(mapping, format=Format(arguments.format))
    return adjusted(mapping, arguments.set)


def _progress(arguments: argparse.Namespace) -> OnProgress | None:
    if arguments.json or not sys.stderr.isatty():
        return None

    def tell(done: int, total: int) -> None:
        sys.stderr.write(f"\r{100 * done // max(total, 1)} % read")
        sys.stderr.flush()

    return tell


def _show(found: Preview, json: bool) -> None:
    if json:
        as_json(found)
        return
    say(f"{found.tickets} tickets, {found.rejections} rows would be rejected, {found.accounts} accounts.")
    table(
        ("Row", "Id", "Account", "Priority", "Status", "Subject"),
        [(t.row, t.external_id, t.account_name, t.priority, t.status, t.subject) for t in found.samples],
    )
    for field, words in found.words.items():
        for word in words[:MOST_LINES]:
            say(f"  {field}: {word.said or '(nothing)'} → {word.meaning or 'unknown'} ({word.rows})")
    for problem in found.problems:
        say(problem)


def _tell(done: Loaded, json: bool) -> None:
    if json:
        as_json(done)
        return
    say(f"{done.added} tickets added, {done.known} known already, {done.rejected} rejected.")
    for row in done.first_rejected[:MOST_LINES]:
        say(f"  row {row.row}: {row.reason}")
    if done.saved_to:
        say(f"The rejected rows are saved in {done.saved_to}")
