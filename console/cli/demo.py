"""``demo``: the labelled sample database."""

import argparse
from datetime import UTC, datetime

from console.bootstrap import local_database, sample_desk
from console.cli.opened import ask_for_password
from console.cli.printing import say
from console.services import tokens


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """The arguments of ``demo``."""
    command.add_argument(
        "--fresh", action="store_true", help="begin again when the sample database exists already"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fills the sample database and says where it is."""
    ask_for_password(arguments)
    url = arguments.database or local_database(arguments.data_dir)
    desk = sample_desk(url, datetime.now(UTC), fresh=arguments.fresh)
    try:
        accounts = len(tokens.accounts(desk))
        say(f"{desk.store.address.words} holds the sample: {accounts} invented accounts, labelled as sample.")
    finally:
        desk.store.close()
    return 0
