"""``move``: a local database carried to a shared one."""

import argparse
from collections.abc import Iterable

from console.bootstrap import local_database
from console.cli.opened import with_password
from console.cli.printing import say, table
from console.services import moving
from console.services.people import Person


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``move`` and what runs it."""
    command.add_argument(
        "--from", dest="source", metavar="URL", help="sqlite:///FILE (default: --database, or the local one)"
    )
    command.add_argument(
        "--to",
        dest="target",
        metavar="URL",
        required=True,
        help="postgresql://OWNER@SERVER/NAME: an empty database, or one as server init leaves it",
    )
    command.add_argument(
        "--rehearse",
        action="store_true",
        help="carry and compare everything the same, and leave the local database as it is",
    )
    command.set_defaults(run=run_move)


def run_move(arguments: argparse.Namespace) -> int:
    """Moves everything, and prints what was carried and who needs a login."""
    source = arguments.source or arguments.database or local_database(arguments.data_dir)
    moved = moving.move(source, with_password(arguments.target), rehearse=arguments.rehearse)
    for line in moved.done:
        say(line)
    if moved.counts:
        table(
            ("Carried", "Rows"), [(words, moved.counts[name]) for name, words in _NAMES.items()], right=(1,)
        )
    _say_who(moved.without_login, "No login yet; give each one with support-console server person add LOGIN:")
    _say_who(
        moved.without_groups,
        "A login, but no roles here yet; give them with support-console server person role LOGIN --roles …:",
    )
    if not moved.counts.get("person", 1):
        say("Nobody is on the People list yet; begin with an administrator:")
        say("  support-console server person add LOGIN --name NAME --roles administrator")
    return 0


_NAMES = {
    "account": "accounts",
    "contact": "contacts",
    "ticket": "tickets",
    "deadline": "deadlines",
    "entry": "entries of the ledger",
    "fact": "facts of the journal",
    "request": "answers to acts",
    "import_source": "sources of imported tickets",
    "policy_version": "policy versions",
    "person": "people",
    "person_role": "roles of people",
    "setting": "settings",
}


def _say_who(people: Iterable[Person], what: str) -> None:
    listed = [f"  {each.login}: {each.name}, {', '.join(sorted(each.roles))}" for each in people]
    for line in [what, *listed] if listed else ():
        say(line)
