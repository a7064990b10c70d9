"""docs/policy.md and docs/policy-document.md are held to the document, the code and the tests."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from console.policy.clauses import Clause
from tests.policy.cases import POLICY, TEXT

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "policy.md").read_text("utf-8")
FORMAT = (ROOT / "docs" / "policy-document.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### (\d\.\d) .*?\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_every_clause_stands_on_the_page_in_order() -> None:
    assert list(SECTIONS) == [clause.value for clause in Clause] == list(tomllib.loads(TEXT)["clauses"])


@pytest.mark.parametrize("clause", Clause)
def test_a_clause_says_what_the_document_says_and_names_its_code_and_tests(clause: Clause) -> None:
    section, text = SECTIONS[clause], POLICY.clauses[clause]
    assert f"> {text.says}\n" in section
    assert f"### {clause} ({text.source})" in PAGE
    assert named_code(section)
    assert named_tests(section)


def named_code(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.startswith("* Code: ")]
    return [name for line in lines for name in re.findall(r"`([a-z_]+\.\w+)`", line)]


def named_tests(text: str) -> list[tuple[str, str]]:
    return re.findall(r"`(test_\w+\.py)::(test_\w+)`", text)


def test_every_test_named_there_exists() -> None:
    for file, name in named_tests(PAGE):
        assert f"def {name}(" in (ROOT / "tests" / "policy" / file).read_text("utf-8"), f"{file}::{name}"


def test_every_code_place_named_there_exists() -> None:
    for place in named_code(PAGE):
        module, name = place.split(".")
        assert hasattr(import_module(f"console.policy.{module}"), name), place


def test_every_decision_named_there_exists() -> None:
    linked = re.findall(r"\((decisions/[\w.-]+\.md)\)", PAGE)
    assert linked
    assert all((ROOT / "docs" / each).is_file() for each in linked)


def test_every_key_of_the_document_is_described() -> None:
    raw = tomllib.loads(TEXT)
    for name, value in raw.items():
        if not isinstance(value, dict):
            assert f"`{name}`" in FORMAT, name
            continue
        assert f"[{name}" in FORMAT, name
        for key, inner in value.items():
            if name in ("clauses", "promises", "prices"):
                continue
            assert key in FORMAT, f"{name}.{key}"
            if isinstance(inner, dict) and name in ("options", "lists"):
                assert all(f"`{each}`" in FORMAT for each in inner), f"{name}.{key}"
