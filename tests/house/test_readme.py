"""The commands that README.md and docs/ show are run, one block after another, in a home of their own.

A fenced block of language `sh` is run unless its line says `sh not-run`: for what installs, opens a window, or is
itself what runs the tests. The blocks of a page share one folder, so that a tour can build on what it made.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?ms)^```(sh[^\n]*)\n(.*?)^```$")
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if page.exists()]


def blocks(page: Path) -> list[str]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [text for language, text in found if "not-run" not in language.split()]


def test_every_fenced_block_says_its_language() -> None:
    for page in PAGES:
        fences = re.findall(r"(?m)^```(.*)$", page.read_text(encoding="utf-8"))
        assert all(fences[::2]), f"{page.name} has a block without a language"
        assert not any(fences[1::2]), f"{page.name} has a fence that is not closed"


@pytest.fixture
def owner() -> Iterator[str]:
    """An empty database on a server that knows nobody yet: the group roles of a server are shared by its databases."""
    with postgres.server() as own:
        own.dismiss()
        name = own.create()
        yield own.url(name)
        own.drop(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_shown_work(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    scripts = Path(sys.executable).parent
    environment = {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "USER": "alex",
    }
    if page.name == "admin.md":
        environment["OWNER"] = request.getfixturevalue("owner")
    for name in ("resources", "docs", "README.md"):
        (tmp_path / name).symlink_to(ROOT / name)
    for text in blocks(page):
        run = subprocess.run(
            ["/bin/sh", "-e", "-c", text],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
        )
        assert run.returncode == 0, f"{text}\n{run.stdout}\n{run.stderr}"
