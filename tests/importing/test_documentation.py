"""docs/import.md and the example file say what the program does."""

import re
from pathlib import Path

from console.services.importing import (
    FIELDS,
    Format,
    ImportedTicket,
    Rejected,
    detect,
    from_toml,
    preset,
    read,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_every_format_field_and_word_is_named() -> None:
    own = preset(Format.CONSOLE_CSV)
    assert [each for each in Format if f"`{each}`" not in PAGE] == []
    assert [field for field in FIELDS if f"`{field}`" not in PAGE] == []
    assert set(own.fields) <= set(FIELDS)


def test_the_json_line_is_a_ticket(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(block("json"), encoding="utf-8")
    assert detect(path) is Format.CONSOLE_JSONL
    (found,) = read(path, preset(Format.CONSOLE_JSONL))
    assert isinstance(found, ImportedTicket)
    assert found.comments[0].body == "We look at it now."


def test_the_mapping_is_one_that_works() -> None:
    mapping = from_toml(block("toml"))
    found = list(read(Path(__file__).parent / "samples" / "freshdesk.csv", mapping))
    assert isinstance(found[0], ImportedTicket)
    assert found[0].account_name == "Tilework"
    assert found[0].requester_is_administrator


def test_the_example_file_is_taken_whole() -> None:
    path = ROOT / "resources" / "import" / "example.csv"
    found = list(read(path, preset(detect(path))))
    assert len(found) == 2
    assert not any(isinstance(each, Rejected) for each in found)
