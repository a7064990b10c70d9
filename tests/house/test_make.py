"""The Makefile and its scripts, as a newcomer meets them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PACKAGES = ROOT / "scripts" / "system-packages.sh"


def targets() -> set[str]:
    return {
        name for name in re.findall(r"(?m)^([a-z]+(?:-[a-z]+)*):", MAKEFILE) if not name.endswith("-packages")
    }


def test_help_says_one_line_for_each_target() -> None:
    shown = subprocess.run(
        ["make", "help"], check=True, capture_output=True, text=True, cwd=ROOT, env=plain()
    ).stdout
    assert {line.split()[1] for line in shown.splitlines() if line.startswith("  make ")} == targets()


def test_the_promised_targets_exist() -> None:
    assert {
        "run",
        "test",
        "soak",
        "lint",
        "bench",
        "bundle",
        "demo",
        "demo-shared",
        "screenshots",
        "clean",
        "help",
    } <= targets()


def plain(**more: str) -> dict[str, str]:
    """The environment without what an outer make left in it."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    } | more


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of commands that stands for a machine: Debian without any package, and a person who is not root."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name in ("sh", "mktemp", "rm", "tail", "cat", "uname", "dirname"):
        found = shutil.which(name)
        assert found
        (commands / name).symlink_to(found)
    command(commands / "id", "echo 1000")
    command(commands / "dpkg-query", "exit 1")
    return commands


def command(file: Path, text: str) -> None:
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)


def system_packages(machine: Path, purpose: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", PACKAGES, purpose],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(machine)},
    )


def test_a_person_without_the_right_gets_one_line_to_type_and_exit_3(machine: Path) -> None:
    run = system_packages(machine, "run")
    assert run.returncode == 3
    (line,) = run.stderr.splitlines()
    assert "sudo apt-get install --no-install-recommends python3-venv" in line
    assert "libxcb-cursor0" in line
    assert "xvfb" not in line


def test_only_what_is_missing_is_named(machine: Path) -> None:
    command(machine / "dpkg-query", 'case "$*" in *xauth) exit 1 ;; *) echo installed ;; esac')
    run = system_packages(machine, "test")
    assert run.stderr.strip().endswith("install --no-install-recommends xauth")


@pytest.mark.parametrize("purpose", ["run", "test", "bundle"])
def test_nothing_missing_is_silent(machine: Path, purpose: str) -> None:
    command(machine / "dpkg-query", "echo installed")
    run = system_packages(machine, purpose)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_package_that_was_removed_but_left_its_settings_counts_as_missing(machine: Path) -> None:
    command(machine / "dpkg-query", "echo config-files")
    assert system_packages(machine, "run").returncode == 3


def test_root_installs_and_is_told_what(machine: Path, tmp_path: Path) -> None:
    command(machine / "id", "echo 0")
    command(machine / "apt-get", f'echo "$@" >> "{tmp_path}/asked"')
    run = system_packages(machine, "bundle")
    assert run.returncode == 0
    update, install = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert update == "-qq update"
    assert install.startswith("-qq install -y --no-install-recommends python3-venv libglib2.0-0")
    assert run.stdout.startswith("Installing system packages: python3-venv")


def test_an_installation_that_fails_says_so_and_exits_3(machine: Path) -> None:
    command(machine / "id", "echo 0")
    command(machine / "apt-get", "echo no network; exit 100")
    run = system_packages(machine, "run")
    assert run.returncode == 3
    assert "no network" in run.stderr
    assert "could not be installed" in run.stderr


def test_another_system_is_told_and_goes_on(machine: Path) -> None:
    (machine / "dpkg-query").unlink()
    run = system_packages(machine, "run")
    assert run.returncode == 0
    assert run.stderr.startswith("Not a Debian system")


def test_no_python_is_one_clear_line(machine: Path) -> None:
    run = subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "venv.sh"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(machine)},
    )
    assert run.returncode == 3
    assert len(run.stderr.splitlines()) == 1
    assert "Python 3.11 or newer" in run.stderr
