"""Where the window finds its style, icons and fonts."""

from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def _root() -> Path:
    package = Path(str(files("console")))
    shipped = package / "_resources"
    return shipped if shipped.is_dir() else package.parent / "resources"


def asset(*parts: str) -> Path:
    """The file of that name below the resource folder, in a checkout, a wheel or a bundle."""
    return _root().joinpath(*parts)
