"""Files that mean harm, or are just broken: a clear sentence, nothing lost, nothing carried out."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.policy.errors import Invalid
from console.services.importing import Format, ImportedTicket, Mapping, Rejected, preset, read
from console.services.importing.cleaning import clean, plain_from_html
from console.services.importing.instants import instant
from console.services.importing.records import RowError

HEADING = "external_id,account,priority,subject,opened_at,requester_name,body,status,resolved_at\n"
GOOD = "1,Acme,standard,Hello,2026-01-01T00:00:00Z,Jo,,,\n"


def rows(tmp_path: Path, content: bytes, mapping: Mapping | None = None) -> list[ImportedTicket | Rejected]:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    return list(read(path, mapping or preset(Format.CONSOLE_CSV)))


def one(tmp_path: Path, **values: str) -> ImportedTicket | Rejected:
    record = {
        "external_id": "1", "account": "Acme", "priority": "standard", "subject": "Hello", "requester_name": "Jo",
        "opened_at": "2026-01-01T00:00:00Z",
    } | values  # fmt: skip
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(record) + "\n")
    (found,) = read(path, preset(Format.CONSOLE_JSONL))
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings_that_a_file_says_itself(tmp_path: Path, encoding: str) -> None:
    (found,) = rows(tmp_path, (HEADING + GOOD.replace("Hello", "Grüße 😀")).encode(encoding))
    assert isinstance(found, ImportedTicket)
    assert found.subject == "Grüße 😀"


def test_latin_1_is_refused_with_the_place_and_read_when_named(tmp_path: Path) -> None:
    content = (HEADING + GOOD + GOOD.replace("1,", "2,", 1).replace("Hello", "Grüße")).encode("latin-1")
    with pytest.raises(Invalid) as refused:
        rows(tmp_path, content)
    place = content.index("ü".encode("latin-1"))
    assert f"at byte {place:,} (line 3)" in refused.value.message
    named = preset(Format.CONSOLE_CSV).with_reading(encoding="windows-1252")
    found = rows(tmp_path, content, named)[1]
    assert isinstance(found, ImportedTicket)
    assert found.subject == "Grüße"


def test_the_place_is_right_far_into_a_file_and_across_pieces(tmp_path: Path) -> None:
    start = HEADING.encode() + b"x" * (256 * 1024 - len(HEADING) - 1)
    with pytest.raises(Invalid, match=rf"at byte {256 * 1024 - 1:,} \(line 2\)"):
        rows(tmp_path, start + b"\xc3" + b"x\n")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings(tmp_path: Path, ending: str) -> None:
    found = rows(
        tmp_path, (HEADING + GOOD + "\n" + GOOD.replace("1,", "2,", 1)).replace("\n", ending).encode()
    )
    assert [each.external_id for each in found] == ["1", "2"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    (found,) = rows(tmp_path, (HEADING + GOOD).replace(",", delimiter).encode())
    assert isinstance(found, ImportedTicket)


def test_rows_that_are_too_long_too_short_or_badly_quoted_are_rejected_and_the_rest_is_read(
    tmp_path: Path,
) -> None:
    found = rows(
        tmp_path, (HEADING + "7,Acme\n" + '8,"a"b,c\n' + GOOD.replace("\n", ",extra\n") + GOOD).encode()
    )
    assert [type(each) for each in found] == [Rejected, Rejected, Rejected, ImportedTicket]
    reasons = [each.reason for each in found if isinstance(each, Rejected)]
    assert "has 2 cells where the heading has 9" in reasons[0]
    assert "not valid CSV" in reasons[1]
    assert "has 10 cells" in reasons[2]


@pytest.mark.parametrize("heading", ['a,"b\n', '"a"b,c\n', "a\rb,c\n"])
def test_a_heading_that_is_no_csv_refuses_the_file(tmp_path: Path, heading: str) -> None:
    with pytest.raises(Invalid, match="heading, on the file's first line, is not valid CSV"):
        rows(tmp_path, (heading + GOOD).encode())


def test_a_quotation_mark_that_is_never_closed_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="begins on line 3 is never closed"):
        rows(tmp_path, (HEADING + GOOD + '2,"Acme\n' + GOOD * 3).encode())


def test_formulas_markup_and_paths_stay_text(tmp_path: Path) -> None:
    for text in (
        "=1+1",
        "@SUM(A1)",
        "<script>alert(1)</script>",
        "<b>hi</b>",
        "../../etc/passwd",
        "'; DROP TABLE x",
    ):
        found = one(tmp_path, subject=text, body=text)
        assert isinstance(found, ImportedTicket)
        assert (found.subject, found.body) == (text, text)


def test_a_subject_of_a_megabyte_is_cut_and_stands_whole_in_the_body(tmp_path: Path) -> None:
    found = one(tmp_path, subject="s" * 900_000, body="the question")
    assert isinstance(found, ImportedTicket)
    assert len(found.subject) == 300
    assert found.body == "s" * 900_000 + "\n\nthe question"
    assert "cut" in found.notes[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"subject": "s" * 1_000_001}, "subject is longer than 1,000,000"),
        ({"body": "s" * 1_000_001}, "body is longer than 1,000,000"),
        ({"account": "a" * 201}, "account's name is longer than 200"),
        ({"external_id": "9" * 201}, "external_id is longer than 200"),
        ({"external_id": " \x00 "}, "no number or key"),
        ({"account": " "}, "no account, and the mapping has no default"),
        ({"priority": ""}, "no priority"),
        ({"opened_at": ""}, "no time of opening"),
        ({"opened_at": "1970-01-01T00:00:00Z"}, "no time of opening"),
        ({"opened_at": "1950-01-01T00:00:00Z"}, "before 1980"),
        ({"opened_at": "2026-02-30T00:00:00Z"}, "no date and time that exists"),
        ({"opened_at": "2026-01-01T25:00:00Z"}, "no date and time that exists"),
        ({"opened_at": "9999-12-31T23:59:59-12:00"}, "out of range"),
        ({"opened_at": "2026-01-01"}, "date without a time of day"),
        ({"opened_at": "03/04/2026 10:00"}, "day first or month first"),
        ({"opened_at": "tomorrow"}, "not a date and time that can be read"),
        ({"opened_at": "2" * 100_000}, "not a date and time that can be read"),
        ({"status": "resolved"}, "nothing says when (resolved_at)"),
        ({"status": "merged"}, "The status “merged” has no meaning"),
        ({"status": "resolved", "resolved_at": "2025-01-01T00:00:00Z"}, "is before the opening"),
    ],
)
def test_a_row_that_cannot_be_taken_is_rejected_with_the_reason(
    tmp_path: Path, values: dict[str, str], words: str
) -> None:
    found = one(tmp_path, **values)
    assert isinstance(found, Rejected)
    assert words in found.reason
    assert len(found.raw) <= 2_000


@pytest.mark.parametrize(
    ("comments", "words"),
    [
        ([1], "Comment 1 is not a JSON object"),
        ([{"by": "agent"}], "time of comment 1 is missing"),
        ([{"at": "2026-01-01T01:00:00Z", "by": "ghost"}], "must be agent or customer"),
        ([{"at": "2026-01-01T01:00:00", "by": "agent"}], "names no time zone"),
        ([{"at": "2026-01-01T01:00:00Z", "by": "agent", "body": "x" * 1_000_001}], "Comment 1 is longer"),
        ([{}] * 5_001, "at most 5,000"),
    ],
)
def test_a_comment_that_cannot_be_taken_rejects_its_row(tmp_path: Path, comments: object, words: str) -> None:
    found = one(tmp_path, comments=comments)  # type: ignore[arg-type]
    assert isinstance(found, Rejected)
    assert words in found.reason


def test_json_lines_that_are_no_objects_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    good = json.dumps({"external_id": "1", "account": "A", "priority": "standard", "opened_at": "2026-01-01T00:00:00Z",
                       "requester_name": "Jo"})  # fmt: skip
    path.write_text("\n".join([good, "[]", "3", '"x"', "{" * 50_000, "[" * 50_000, "null", "nul", ""]))
    found = list(read(path, preset(Format.CONSOLE_JSONL)))
    assert [type(each) for each in found] == [ImportedTicket] + [Rejected] * 7
    assert [each.row for each in found] == list(range(1, 9))


def test_a_broken_list_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text('{"tickets": [{"id": 1}, {"id": 2')
    with pytest.raises(Invalid, match="Record 2 is not valid JSON"):
        list(read(path, preset(Format.ZENDESK_JSON)))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<script>alert(1)</script>Hi<style>p{}</style>", "Hi"),
        ('<img src="http://tracker.example/p.gif">Hi', "Hi"),
        ("a &lt;b&gt; &amp;amp; &#128512; &#0; &#xD800;", "a <b> &amp; 😀 \ufffd \ufffd"),
        ('<a href="javascript:alert(1)">x</a> <a href="https://e.example">e</a>', "x e <https://e.example>"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<div>" * 3000 + "deep", "deep"),
        ("plain", "plain"),
    ],
)
def test_html_becomes_its_words(html: str, text: str) -> None:
    assert plain_from_html(html) == text


def test_cleaning_takes_out_what_no_database_or_screen_can_hold() -> None:
    assert clean("a\0b\x07c\x1b[31m\x85d\r\ne\rf\u2028g\ud800h\ti") == "abc[31m\nd\ne\nf\ng\ufffdh\ti"


@given(st.text())
def test_cleaned_text_can_be_written_as_utf_8(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert "\0" not in cleaned
    assert clean(cleaned) == cleaned


@given(st.text(max_size=40), st.sampled_from(["", "Europe/Berlin"]), st.sampled_from(["", "dmy"]))
def test_any_text_is_an_instant_nothing_or_a_reason(text: str, zone: str, order: str) -> None:
    found: datetime | str | None
    try:
        found = instant(text, "opened_at", zone, order)
    except RowError as problem:
        found = problem.reason
    if isinstance(found, str):
        assert found.startswith("opened_at")
    else:
        assert found is None or found.utcoffset() is not None


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024-01-08T18:06:39Z", "2024-01-08T18:06:39+00:00"),
        ("2024-01-08 18:06:39 UTC", "2024-01-08T18:06:39+00:00"),
        ("2024-01-08 18:06:39 +0100", "2024-01-08T17:06:39+00:00"),
        ("2024-01-08T18:06:39.123456-05:00", "2024-01-08T23:06:39.123456+00:00"),
        ("2024-01-08T18:06", "2024-01-08T17:06:00+00:00"),
        ("Mon Jan 08 18:06:39 2024", "2024-01-08T17:06:39+00:00"),
        ("Mon Jan 8 18:06:39 2024 -0500", "2024-01-08T23:06:39+00:00"),
        ("Mon, 08 Jan 2024 18:06:39 -0500", "2024-01-08T23:06:39+00:00"),
        ("08/01/2024 6:06 PM", "2024-01-08T17:06:00+00:00"),
        ("2024-10-27 02:30:00", "2024-10-27T00:30:00+00:00"),
    ],
)
def test_spellings_of_instants(text: str, iso: str) -> None:
    found = instant(text, "opened_at", "Europe/Berlin", "dmy")
    assert found is not None
    assert found.isoformat() == iso


@pytest.mark.parametrize("text", ["", " ", "Not set", "-", "null", "1970-01-01T00:00:00Z"])
def test_spellings_of_no_instant(text: str) -> None:
    assert instant(text, "resolved_at") is None


cells = st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6))
def test_whatever_a_table_holds_each_row_comes_out_once(
    tmp_path_factory: pytest.TempPathFactory, table: list
) -> None:  # type: ignore[type-arg]
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["external_id", "subject", "opened_at"])
    writer.writerows(table)
    path = tmp_path_factory.mktemp("t") / "in.csv"
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")
    found = list(read(path, preset(Format.CONSOLE_CSV)))
    blank = sum(not any(cell.strip() for cell in row) for row in table)
    assert len(found) == len(table) - blank
