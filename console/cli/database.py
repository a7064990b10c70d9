"""``check``, ``backup``, ``restore`` and ``migrate``."""

import argparse
from pathlib import Path

from console.bootstrap import local_database
from console.cli.opened import desk_for
from console.cli.printing import as_json, counted, say
from console.services import heads, keeping


def add_arguments(name: str, command: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``name`` and what runs it."""
    if name == "check":
        command.add_argument("--json", action="store_true", help="print the differences as JSON")
        command.add_argument(
            "--against", type=Path, metavar="FILE", help="compare with heads that were written before"
        )
        command.add_argument(
            "--heads",
            type=Path,
            metavar="FILE",
            help="write the heads of the token accounts, to be kept outside: a file, or a folder for a dated one",
        )
        command.set_defaults(run=run_check)
    elif name == "backup":
        command.add_argument(
            "file", nargs="?", type=Path, help="where to (default: a dated file in the data folder)"
        )
        command.set_defaults(run=run_backup)
    elif name == "restore":
        command.add_argument(
            "file", type=Path, help="the backup to put in place; what it replaces is backed up first"
        )
        command.set_defaults(run=run_restore)
    else:
        command.set_defaults(run=run_migrate)


def run_check(arguments: argparse.Namespace) -> int:
    """Re-adds everything; 1 when anything differs. Heads are written only of a database that adds up."""
    with desk_for(arguments, create=False) as desk:
        differences = keeping.check(desk)
        if arguments.against:
            differences += heads.differs_from(desk, arguments.against)
        written = heads.write_heads(desk, arguments.heads) if arguments.heads and not differences else None
    if arguments.json:
        as_json({"differences": differences, "heads": written and str(written)})
        return 1 if differences else 0
    for difference in differences:
        say(f"{difference.where}: {difference.words}")
    how_many = counted(len(differences), "difference", "differences")
    say(f"{how_many}." if differences else "Everything adds up.")
    if arguments.heads:
        say(
            f"Heads written to {written}"
            if written
            else "No heads were written: they would hide what differs."
        )
    return 1 if differences else 0


def run_backup(arguments: argparse.Namespace) -> int:
    """Backs the local database up."""
    say(f"Backed up to {keeping.back_up(_url(arguments), arguments.file)}")
    return 0


def run_restore(arguments: argparse.Namespace) -> int:
    """Puts a backup in place."""
    url = _url(arguments)
    moved = keeping.why_moved(url)
    kept = keeping.restore(url, arguments.file)
    say(f"Restored {arguments.file}." + (f" What was there before is kept in {kept}." if kept else ""))
    if still := keeping.why_moved(url):
        say(f"What was put in place says: {still} {_way_out(kept, moved)}")
    elif moved:
        say(
            f"What was there before said: {moved} The backup does not know that: work in one of the two alone."
        )
    return 0


def _way_out(kept: Path | None, moved: str) -> str:
    """How somebody who restored a database whose tickets were moved gets one to work in."""
    if kept and not moved:
        return f"To work here, support-console restore {kept} puts back what was there before."
    return "To work here, restore a backup that was made before that move."


def run_migrate(arguments: argparse.Namespace) -> int:
    """Brings the schema up to date."""
    for line in keeping.migrate(_url(arguments)):
        say(line)
    return 0


def _url(arguments: argparse.Namespace) -> str:
    return arguments.database or local_database(arguments.data_dir)
