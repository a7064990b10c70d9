"""``screenshots``: every screen as a picture, from the sample data; no display is needed.

The window belongs to another layer; the front door hands over what draws it.
"""

import argparse
from pathlib import Path

from console.policy.errors import Invalid


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """The arguments of ``screenshots``."""
    command.add_argument("folder", type=Path, metavar="OUT_DIR", help="where the PNG files go")
    command.add_argument(
        "--scale", type=int, default=100, choices=(100, 150, 200), help="text size in percent"
    )
    command.add_argument("--width", type=int, default=1440, help="width of the window (default 1440)")
    command.add_argument("--height", type=int, default=900, help="height of the window (default 900)")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draws the screens by what the front door handed over."""
    if arguments.pictures is None:
        raise Invalid(
            "Pictures are drawn by the whole program: run it as support-console or python -m console."
        )
    arguments.folder.mkdir(parents=True, exist_ok=True)
    drawn: int = arguments.pictures(arguments)
    return drawn
