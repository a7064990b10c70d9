"""Each format's sample: it is recognised, and its rows become the tickets that they say."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.policy.errors import Invalid
from console.policy.terms import Channel, Hosting, Priority, Status, SupportOption
from console.services.importing import Format, ImportedTicket, Rejected, Side, detect, preset, read

SAMPLES = Path(__file__).parent / "samples"
FORMATS = {
    "own.csv": Format.CONSOLE_CSV,
    "own.jsonl": Format.CONSOLE_JSONL,
    "zendesk-api.json": Format.ZENDESK_JSON,
    "zendesk-export.json": Format.ZENDESK_JSON,
    "freshdesk.csv": Format.FRESHDESK_CSV,
    "freshdesk-api.json": Format.FRESHDESK_JSON,
    "freshdesk-export.json": Format.FRESHDESK_JSON,
    "rt.tsv": Format.RT_TSV,
    "rt-rest2.json": Format.RT_JSON,
}


def outcome(name: str, zone: str = "") -> tuple[list[ImportedTicket], list[Rejected]]:
    path = SAMPLES / name
    found = list(read(path, preset(FORMATS[name]).with_reading(assume_zone=zone)))
    return [each for each in found if isinstance(each, ImportedTicket)], [
        each for each in found if isinstance(each, Rejected)
    ]


def test_every_sample_is_here() -> None:
    assert sorted(path.name for path in SAMPLES.iterdir()) == sorted(FORMATS)


@pytest.mark.parametrize(("name", "format_"), FORMATS.items())
def test_a_sample_is_recognised(name: str, format_: Format) -> None:
    assert detect(SAMPLES / name) is format_


def test_own_csv() -> None:
    tickets, rejected = outcome("own.csv")
    first, second, third = tickets
    assert first.key == ("console", "H-1001")
    assert (first.account_name, first.hosting, first.option) == (
        "Brightwater Clinic",
        Hosting.DEDICATED,
        SupportOption.TOKENS,
    )
    assert first.body == "All pages answer 503.\nSince 08:10."
    assert first.requester_is_administrator
    assert first.resolved_at == datetime(2026, 3, 2, 14, 2, 30, tzinfo=UTC)
    assert first.defaulted == frozenset()
    assert second.subject == '=HYPERLINK("http://x.example")'
    assert (second.status, second.channel, second.plan_text) == (
        Status.PLANNED,
        Channel.CALLBACK,
        "Move to the new cluster on Friday",
    )
    assert second.opened_at == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert third.account_name == "Café Ñandú"
    assert [(each.row, each.external_id) for each in rejected] == [
        (5, "H-1004"),
        (6, "H-1001"),
        (7, "H-1005"),
    ]
    assert "names no time zone" in rejected[0].reason
    assert "stood already in row 2" in rejected[1].reason
    assert "priority “P1” has no meaning" in rejected[2].reason


def test_own_json_lines() -> None:
    tickets, rejected = outcome("own.jsonl")
    first = tickets[0]
    assert [each.body for each in first.comments] == ["Disk is full?", "We look at it now."]
    assert [each.public for each in first.comments] == [False, True]
    assert first.begun_at == first.first_replied_at == datetime(2026, 4, 1, 16, 10, tzinfo=UTC)
    assert tickets[1].external_id == "7"
    assert tickets[1].priority is Priority.BILLING
    assert tickets[2].subject == "Bad \ufffd half"
    assert [each.row for each in rejected] == [3]
    assert "not valid JSON" in rejected[0].reason
    assert "oops" in rejected[0].raw


def test_zendesk_api_with_people_beside_the_tickets() -> None:
    tickets, rejected = outcome("zendesk-api.json")
    solved, new = tickets
    assert (solved.source, solved.external_id, solved.account_name) == ("zendesk", "501", "Nordic Outdoor")
    assert (solved.requester_name, solved.requester_email) == ("Ola Berg", "ola@nordic.example")
    assert (solved.priority, solved.channel, solved.status) == (
        Priority.EMERGENCY,
        Channel.EMAIL,
        Status.RESOLVED,
    )
    assert solved.body == "Customers see an <error> page."
    assert solved.resolved_at == datetime(2025, 11, 4, 16, tzinfo=UTC)
    assert solved.notes == ("resolved_at is not in the source; the ticket's last change stands in for it.",)
    assert new.account_name == "Zendesk, no organization"
    assert {"priority", "account", "hosting"} <= new.defaulted
    assert "Left out" in rejected[0].reason


def test_a_single_zendesk_ticket_with_its_people_and_pages_in_one_list(tmp_path: Path) -> None:
    whole = json.loads((SAMPLES / "zendesk-api.json").read_text())
    users = whole["users"]
    for content in (
        {"users": users, "ticket": whole["tickets"][0]},
        {"ticket": whole["tickets"][0], "users": users},
        {"users": users, "tickets": whole["tickets"][:1]},
        [{"tickets": whole["tickets"][:1], "next_page": None}, {"tickets": []}],
    ):
        path = tmp_path / "in.json"
        path.write_text(json.dumps(content))
        assert detect(path) is Format.ZENDESK_JSON
        (found,) = read(path, preset(Format.ZENDESK_JSON))
        assert isinstance(found, ImportedTicket)
        assert found.requester_name == ("Ola Berg" if isinstance(content, dict) else "ola@nordic.example")


def test_zendesk_custom_field_feeds_the_hosting() -> None:
    mapping = preset(Format.ZENDESK_JSON).with_field("hosting", "custom_fields.27642")
    mapping = mapping.with_default("option", "tokens")
    first = next(read(SAMPLES / "zendesk-api.json", mapping))
    assert isinstance(first, ImportedTicket)
    assert (first.hosting, first.option) == (Hosting.DEDICATED, SupportOption.TOKENS)
    assert "hosting" not in first.defaulted


def test_zendesk_account_export() -> None:
    tickets, rejected = outcome("zendesk-export.json")
    assert rejected == []
    first = tickets[0]
    assert first.assignee == "Dana Hill"
    assert first.first_replied_at == datetime(2025, 12, 1, 8, 12, tzinfo=UTC)
    assert [(each.side, each.public) for each in first.comments] == [
        (Side.CUSTOMER, True),
        (Side.AGENT, True),
        (Side.AGENT, False),
    ]
    assert first.comments[2].body == "Cookie domain wrong"
    assert tickets[1].status is Status.BEGUN


def test_freshdesk_csv() -> None:
    tickets, rejected = outcome("freshdesk.csv", "Europe/Berlin")
    first, second = tickets
    assert first.opened_at == datetime(2026, 1, 12, 8, 30, tzinfo=UTC)
    assert first.first_replied_at == datetime(2026, 1, 12, 8, 41, 12, tzinfo=UTC)
    assert (first.priority, first.channel, first.account_name) == (
        Priority.URGENT,
        Channel.TELEPHONE,
        "Tilework",
    )
    assert (second.status, second.subject) == (Status.BEGUN, "Quota, please")
    assert "does not exist in Europe/Berlin" in rejected[0].reason


def test_freshdesk_csv_without_a_zone_rejects_each_row_and_says_what_to_do() -> None:
    tickets, rejected = outcome("freshdesk.csv")
    assert tickets == []
    assert all("say in the mapping which zone to assume" in each.reason for each in rejected)


def test_freshdesk_api() -> None:
    tickets, _rejected = outcome("freshdesk-api.json")
    first, second = tickets
    assert first.body == "Mail stops\nsince noon & later status <https://status.example/x>"
    assert (first.priority, first.channel, first.account_name) == (
        Priority.EMERGENCY,
        Channel.TELEPHONE,
        "Mill Street",
    )
    assert first.comments[0].body == "On it"
    assert second.body == "Plain text wins"
    assert second.requester_name == "freshdesk user 6"
    assert second.opened_at == datetime(2026, 2, 19, 4, 30, tzinfo=UTC)


def test_freshdesk_export() -> None:
    (only,), rejected = outcome("freshdesk-export.json")
    assert rejected == []
    assert (only.external_id, only.requester_name, only.channel) == ("9", "Kim Roe", Channel.EMAIL)
    assert [each.side for each in only.comments] == [Side.CUSTOMER]


def test_request_tracker_tsv() -> None:
    tickets, rejected = outcome("rt.tsv", "UTC")
    first, second = tickets
    assert first.key == ("request-tracker", "17")
    assert first.subject == 'Backup "failed" again'
    assert first.begun_at == datetime(2024, 1, 8, 18, 10, 58, tzinfo=UTC)
    assert (second.priority, second.begun_at) == (Priority.URGENT, None)
    assert "cannot be read" not in first.notes
    assert "“3 days ago”" in rejected[0].reason


def test_request_tracker_rest2() -> None:
    tickets, rejected = outcome("rt-rest2.json")
    assert rejected == []
    first, second = tickets
    assert (first.account_name, first.requester_email) == ("Keel Yards", "max@keel.example")
    assert first.begun_at == datetime(2024, 5, 2, 19, tzinfo=UTC)
    assert second.status is Status.CANCELLED
    assert second.cancelled_at == datetime(2024, 5, 5, 8, tzinfo=UTC)
    assert second.begun_at is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04rest", "spreadsheet workbook"),
        (b"\x1f\x8brest", "gzip"),
        (b"a,b\n1,2\n", "none of the formats"),
        (b'{"hello": 1}', "none of the formats"),
        (b"a\0b\0,\0c\0", "UTF-16 without its mark"),
        (b"\xff\xfe\x00", "not valid UTF-16"),
    ],
)
def test_a_file_of_no_format_is_refused_with_the_reason(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "what.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        detect(path)
    assert words in refused.value.message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read: No such file"):
        detect(tmp_path / "none.csv")
