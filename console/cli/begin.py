"""What comes before a command: this person's settings and the log, with what is wrong in either said once."""

import argparse
import sys

from console import log, paths
from console.bare import NO_ADDRESS
from console.policy.errors import Invalid
from console.settings import Settings, load

#: Commands that touch nobody's data: they read no settings and write no log.
BARE = frozenset({"simulate", "screenshots"})


def begin(arguments: argparse.Namespace) -> None:
    """Adds ``settings`` to the arguments and starts the log; ``--database`` beats the settings' database.

    Raises ``Invalid`` for a ``--database`` that is empty. What is wrong in the settings or with the log's folder is
    said on standard error, and the command goes on.
    """
    arguments.settings = Settings()
    if arguments.database is not None and not arguments.database.strip():
        raise Invalid(NO_ADDRESS)
    if arguments.command in BARE:
        return
    folders = paths.folders(arguments.data_dir)
    found = load(folders.settings_file)
    kept = found.settings.log
    trouble = log.start(folders.log, level=kept.level, kept_files=kept.kept_files, part_kib=kept.part_kib)
    for sentence in (*found.problems, trouble):
        if sentence:
            print(f"support-console: {sentence}", file=sys.stderr)
    arguments.settings = found.settings
    arguments.database = arguments.database or found.settings.database or None
