"""Where the window finds its style, icons and fonts."""

from functools import cache
from pathlib import Path

from console import paths


@cache
def _root() -> Path:
    return paths.resources()


def asset(*parts: str) -> Path:
    """The file of that name below the resource folder, in a checkout, a wheel or a bundle."""
    return _root().joinpath(*parts)
