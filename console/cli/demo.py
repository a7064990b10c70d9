"""``demo``: the labelled sample database."""

import argparse
from datetime import UTC, datetime

from console import paths
from console.bootstrap import local_database, sample_desk
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
    folders = paths.folders(arguments.data_dir)
    folders.ensure()
    url = arguments.database or local_database(arguments.data_dir)
    desk = sample_desk(url, datetime.now(UTC), fresh=arguments.fresh)
    try:
        say(
            f"The sample database stands at {url}: {len(tokens.accounts(desk))} invented accounts, labelled as sample."
        )
    finally:
        desk.store.close()
    return 0
