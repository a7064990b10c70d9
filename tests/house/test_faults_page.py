"""``docs/faults.md``: every fault has its row, and every test that a row names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| (\d|S)", line)]
NAMED = re.findall(r"`(\w+/test_\w+\.py)::(test_\w+)`", PAGE)


def test_every_test_that_is_named_exists() -> None:
    assert NAMED
    for file, test in NAMED:
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), f"{file}::{test}"


def test_every_window_of_such_a_test_is_watched() -> None:
    """Or comes from a fixture that watches it (``tests/ui/conftest.py``)."""
    for file, test in NAMED:
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        body = text.partition(f"def {test}(")[2].partition("\ndef ")[0]
        if "live_window(" in body or "window_at(" in body:
            assert "Watchdog()" in body, f"{file}::{test}"


def test_every_row_names_a_test() -> None:
    for row in ROWS:
        assert re.search(r"`\w+/test_\w+\.py::test_\w+`", row), row


def test_every_fault_of_the_list_has_its_row() -> None:
    numbers = {int(number) for row in ROWS for number in re.findall(r"^\| (\d+)", row)}
    assert numbers == {*range(1, 51)}
