"""A command at a shared database, typed at a terminal: it asks for the password that nothing else supplies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.guarded import bare


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which libpq and the keyring know no password."""
    return {
        **os.environ,
        "HOME": str(tmp_path),
        "PGPASSFILE": str(tmp_path / "none"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def at_a_terminal(words: list[str], typed: list[str], home: dict[str, str]) -> tuple[int, str]:
    """The exit code and what the terminal showed of a command at which these lines were typed."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "console", *words]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=home, start_new_session=True
    ) as process:
        os.close(theirs)
        shown = ""
        for line in typed:
            while shown.count("Password of") <= typed.index(line):
                shown += os.read(ours, 4096).decode()
            os.write(ours, f"{line}\n".encode())
        while True:
            try:
                shown += os.read(ours, 4096).decode()
            except OSError:  # the other end is closed
                break
        code = process.wait(20)
    os.close(ours)
    return code, shown.replace("\r\n", "\n")


def test_the_password_is_asked_for_until_it_is_right_and_never_shown(
    postgres_url: str, home: dict[str, str]
) -> None:
    words = ["--database", bare(postgres_url, "postgres"), "check"]
    code, shown = at_a_terminal(words, ["not this", postgres.PASSWORD], home)
    assert (code, "Everything adds up." in shown) == (0, True)
    assert "asks for the password of postgres" in shown
    assert "The server refused this password for postgres." in shown
    assert "not this" not in shown
    assert f"{postgres.PASSWORD}\n" not in shown


def test_the_owner_sets_up_with_a_typed_password_asked_for_once(
    empty_postgres_url: str, home: dict[str, str]
) -> None:
    words = ["--database", bare(empty_postgres_url, "postgres"), "server", "init"]
    code, shown = at_a_terminal(words, [postgres.PASSWORD], home)
    assert (code, shown.count("Password of"), "to schema" in shown) == (0, 1, True)


def test_nothing_typed_gives_up_with_the_sentence(postgres_url: str, home: dict[str, str]) -> None:
    code, shown = at_a_terminal(["--database", bare(postgres_url, "postgres"), "queue"], [""], home)
    assert (code, "support-console: No password was typed." in shown, "Traceback" in shown) == (
        3,
        True,
        False,
    )
    assert shown.count("asks for the password of postgres") == 1


def test_nobody_is_asked_where_nobody_can_type(postgres_url: str, home: dict[str, str]) -> None:
    command = [sys.executable, "-m", "console", "--database", bare(postgres_url, "postgres"), "queue"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=home, check=False
    )
    assert (done.returncode, "Password of" in done.stdout + done.stderr) == (3, False)
    assert "asks for the password of postgres" in done.stderr
