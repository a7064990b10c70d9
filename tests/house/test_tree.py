"""What is committed: no address of a registry, no place on somebody's machine, no release that is known to crash."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
# Written in two halves so that this file does not find itself.
REGISTRIES = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry" + ".npmjs",
    "index" + "-url",
    "find" + "-links",
)
MACHINES = (r"(?<![\w/.])/(?:work|root|Users)" + r"/\w", r"(?<![\w/.])/home/" + r"(?!\$)\w")
PUBLISHED = ("LICENSE", "OFL", ".svg")


def committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout.split("\0")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for file in committed():
        if any(part in file.name for part in PUBLISHED):
            continue
        try:
            found.append((file, file.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def test_no_text_names_a_registry_or_a_place_on_a_machine() -> None:
    patterns = [re.compile(re.escape(each)) for each in REGISTRIES] + [re.compile(each) for each in MACHINES]
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file, text in texts()
        for pattern in patterns
        if (match := pattern.search(text))
    ]
    assert found == []


def test_the_qt_that_kills_python_3_11_is_not_here() -> None:
    """6.12 drops a reference to None at each call that returns nothing; painting then ends the process."""
    for package in ("PySide6-Essentials", "shiboken6"):
        assert tuple(map(int, version(package).split(".")[:2])) < (6, 12)
    for file in REQUIREMENTS:
        assert not re.search(
            r"(?m)^(pyside6-essentials|shiboken6)==6\.(1[2-9]|[2-9]\d)", file.read_text(encoding="utf-8")
        )


def test_only_the_essentials_of_qt_are_required() -> None:
    for file in REQUIREMENTS:
        assert not re.search(r"(?m)^pyside6(-addons)?==", file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_every_requirement_is_pinned_and_hashed(file: Path) -> None:
    text = file.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        assert re.match(r"[a-z0-9._-]+(\[[a-z]+\])?==\S+", line), line
        assert "--hash=sha256:" in line, line


def test_every_file_pins_the_same_releases() -> None:
    pins: dict[str, set[str]] = {}
    for file in REQUIREMENTS:
        for name, release in re.findall(r"(?m)^([a-z0-9._-]+)==(\S+)", file.read_text(encoding="utf-8")):
            pins.setdefault(name, set()).add(release)
    assert {name: releases for name, releases in pins.items() if len(releases) > 1} == {}


def test_each_declared_dependency_is_in_the_hashed_file_for_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {"run": project["project"]["dependencies"], **project["dependency-groups"]}
    for name, lines in wanted.items():
        pinned = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        for line in lines:
            package = re.split(r"[\[<>=!~ ]", line)[0].lower()
            assert re.search(rf"(?m)^{re.escape(package)}(\[\w+\])?==", pinned), (
                f"{package} is missing in {name}.txt"
            )


def test_the_tests_run_on_a_python_the_project_names() -> None:
    assert sys.version_info >= (3, 11)
