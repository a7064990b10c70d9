"""Mappings: frozen, adjusted by making new ones, checked at the border, the same after a round through TOML."""

from pathlib import Path

import pytest

from console.policy.errors import Invalid
from console.services.importing import (
    FIELDS,
    LEAVE_OUT,
    Format,
    ImportedTicket,
    Mapping,
    adjusted,
    from_toml,
    load_mapping,
    preset,
    preview,
    read,
    save_mapping,
    to_toml,
)

SAMPLES = Path(__file__).parent / "samples"


@pytest.mark.parametrize("format_", Format)
def test_a_preset_survives_toml(format_: Format, tmp_path: Path) -> None:
    mapping = preset(format_).with_reading(
        assume_zone="Europe/Berlin", date_order="dmy", source='zen: "a\\b" é\x7f'
    )
    assert from_toml(to_toml(mapping)) == mapping
    save_mapping(tmp_path / "m.toml", mapping)
    assert load_mapping(tmp_path / "m.toml") == mapping


@pytest.mark.parametrize("format_", Format)
def test_a_preset_feeds_what_an_import_needs(format_: Format) -> None:
    mapping = preset(format_)
    assert mapping.fields["external_id"]
    assert mapping.fields["opened_at"]
    assert mapping.fields.keys() <= FIELDS.keys()


def test_a_mapping_is_frozen_and_adjusting_leaves_it_as_it_was() -> None:
    mapping = preset(Format.ZENDESK_JSON)
    other = mapping.with_value("priority", " HIGH ", "emergency").with_field("account", "a", "b")
    assert (mapping.meaning("priority", "high"), other.meaning("priority", "High")) == ("urgent", "emergency")
    assert other.fields["account"] == ("a", "b")
    assert other.with_value("priority", "high", "").meaning("priority", "high") is None
    assert "hosting" not in mapping.with_default("hosting", "").defaults
    with pytest.raises(TypeError):
        mapping.fields["account"] = ()  # type: ignore[index]


def test_words_are_found_by_case_range_own_name_and_the_rest() -> None:
    mapping = Mapping(
        Format.RT_TSV,
        "rt",
        values={"priority": {"0..9": "standard", "10..": "urgent", "*": "billing", "X": LEAVE_OUT}},
    )
    said = {
        "5": "standard",
        "9": "standard",
        "10": "urgent",
        "x": "leave_out",
        "Emergency": "emergency",
        "?": "billing",
    }
    assert {word: mapping.meaning("priority", word) for word in said} == said


@pytest.mark.parametrize(
    "settings",
    [
        "fields.nonsense=a",
        "values.priority.P1=very",
        "values.subject.a=b",
        "defaults.hosting=cloud",
        "defaults.subject=x",
        "assume_zone=Mars/Olympus",
        "assume_zone=../../etc/passwd",
        "date_order=ymd",
        "encoding=rot13",
        "source=",
        "priority=high",
        "fields.account",
    ],
)
def test_an_adjustment_that_cannot_be_is_refused(settings: str) -> None:
    with pytest.raises(Invalid):
        adjusted(preset(Format.RT_TSV), [settings])


def test_adjustments_as_texts() -> None:
    mapping = adjusted(
        preset(Format.FRESHDESK_CSV),
        ["fields.account = Group | Company Name", "values.priority.P1.a=emergency", "defaults.hosting=dedicated",
         "defaults.option=tokens", "assume_zone=Europe/Berlin"],
    )  # fmt: skip
    assert mapping.fields["account"] == ("Group", "Company Name")
    assert mapping.meaning("priority", "p1.A") == "emergency"
    first = next(read(SAMPLES / "freshdesk.csv", mapping))
    assert isinstance(first, ImportedTicket)
    assert (first.account_name, first.hosting.value, first.option.value) == ("Support", "dedicated", "tokens")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("format = ", "is not valid TOML"),
        ('format = "excel"', "needs the key “format”"),
        ('format = "rt-tsv"\nfoo = 1', "unknown key “foo”"),
        ('format = "rt-tsv"\nsource = 3', "no text under “source”"),
        ('format = "rt-tsv"\nfields = 3', "no table under “fields”"),
        ('format = "rt-tsv"\n[fields]\naccount = 3', "no list of paths under “fields.account”"),
        ('format = "rt-tsv"\n[values.priority]\nhigh = 3', "no text under “values.priority.high”"),
        ('format = "rt-tsv"\n[values.priority]\nhigh = "x"', "“x” cannot stand under values.priority"),
    ],
)
def test_a_mapping_file_that_is_wrong_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(Invalid) as refused:
        load_mapping(path)
    assert words in refused.value.message
    assert "mine.toml" in refused.value.message


def test_a_mapping_file_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(Invalid, match="not UTF-8"):
        load_mapping(tmp_path / "bad.toml")


def test_a_preview_shows_columns_words_and_problems_and_reads_it_all() -> None:
    heard: list[tuple[int, int]] = []
    found = preview(
        SAMPLES / "own.csv", preset(Format.CONSOLE_CSV), limit=2, on_progress=lambda *each: heard.append(each)
    )
    assert found.columns[:3] == ("external_id", "account", "hosting")
    assert (found.tickets, found.rejections, len(found.samples), len(found.rejected)) == (3, 3, 2, 2)
    words = {word.said: (word.meaning, word.rows) for word in found.words["priority"]}
    assert words["emergency"] == ("emergency", 2)
    assert words["P1"] == (None, 1)
    assert any("3 of 6" in problem for problem in found.problems)
    assert any("“P1” (1)" in problem for problem in found.problems)
    assert found.accounts == 2
    size = (SAMPLES / "own.csv").stat().st_size
    assert heard[-1] == (size, size)


def test_a_preview_of_json_shows_the_paths_it_saw() -> None:
    found = preview(SAMPLES / "zendesk-api.json", preset(Format.ZENDESK_JSON))
    assert {"via.channel", "custom_fields.27642", "organization.name", "created_at"} <= set(found.columns)
    said = {word.said: word.meaning for word in found.words["status"]}
    assert said == {"solved": "resolved", "new": "open", "deleted": "leave_out"}
    assert {word.said: word.meaning for word in found.words["priority"]}[""] == "standard"
    assert any("name no account" in problem for problem in found.problems)


def test_what_a_preview_promises_is_what_reading_gives() -> None:
    for path in SAMPLES.iterdir():
        from console.services.importing import detect

        mapping = preset(detect(path))
        found = preview(path, mapping, limit=100)
        rows = list(read(path, mapping))
        assert [each for each in rows if isinstance(each, ImportedTicket)] == list(found.samples)
        assert [each for each in rows if not isinstance(each, ImportedTicket)] == list(found.rejected)
