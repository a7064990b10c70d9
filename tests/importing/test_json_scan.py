"""The JSON scanner: the same records wherever the text is cut into pieces, and a clear place when it is not JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.policy.errors import Invalid
from console.services.importing.json_scan import scan, value_of

TICKETS = frozenset({"tickets", "users"})
DOCUMENT = (
    '\ufeff {"count": 3, "meta": {"tickets": [0]}, "tickets": [{"id": 12, "t": "a\\"]}\\u00e9"}, -1.5e3, null, [1, [2]]'
    ' , "x"], "users":[{"n":"é😀"}], "next_page": null}\n[true,false]  7 8'
)
EXPECTED = [
    ("tickets", {"id": "12", "t": 'a"]}é'}),
    ("tickets", "-1.5e3"),
    ("tickets", None),
    ("tickets", ["1", ["2"]]),
    ("tickets", "x"),
    ("users", {"n": "é😀"}),
    (None, True),
    (None, False),
    (None, "7"),
    (None, "8"),
]


@pytest.mark.parametrize("cut", range(len(DOCUMENT) + 1))
def test_the_same_records_wherever_the_text_is_cut(cut: int) -> None:
    assert list(scan([DOCUMENT[:cut], DOCUMENT[cut:]], TICKETS)) == EXPECTED


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_the_same_records_from_pieces_of_any_size(size: int) -> None:
    pieces = [DOCUMENT[at : at + size] for at in range(0, len(DOCUMENT), size)]
    assert list(scan(pieces, TICKETS)) == EXPECTED


json_values = st.recursive(
    st.none() | st.booleans() | st.integers().map(str) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=6), st.integers(1, 40), st.booleans())
def test_any_list_comes_back_member_by_member(members: list[object], size: int, wrapped: bool) -> None:
    text = json.dumps({"a": 1, "tickets": members} if wrapped else members, ensure_ascii=wrapped)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert [record for _key, record in scan(pieces, TICKETS)] == members


@given(st.text(alphabet='{}[]",:0123456789.eE+- \n\\tfnul', max_size=60), st.integers(1, 9))
def test_no_text_does_anything_but_records_or_a_clear_refusal(text: str, size: int) -> None:
    refusal = ""
    try:
        list(scan([text[at : at + size] for at in range(0, len(text), size)], TICKETS))
    except Invalid as problem:
        refusal = problem.message
    assert not refusal or "is not valid JSON (line" in refusal


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"a":1}\n,\n{"a":}]', "Record 2 is not valid JSON (line 3)"),
        ('{"tickets": [{"a":1}', "expected , or ], but the file ends early"),
        ('[{"a":1} {"a":2}]', "expected , or ], but found “{”"),
        ("[1,2", "the file ends early"),
        ("{1: 2}", "a name in quotation marks is missing"),
        ('{"a":1},{"a":2}', "there is a comma between two values that are in no list"),
        ('["never closed', "Unterminated string"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        list(scan([text], TICKETS))
    assert words in refused.value.message


def test_a_record_beyond_the_limit_is_refused_and_not_read_to_its_end() -> None:
    read = 0

    def endless() -> object:
        nonlocal read
        yield '["'
        while True:
            read += 1
            yield "x" * 1000

    with pytest.raises(Invalid, match="longer than 20,000 characters"):
        list(scan(endless(), TICKETS, limit=20_000))
    assert read < 100


def test_numbers_of_any_length_stay_as_they_were_written() -> None:
    assert value_of("9" * 6000) == "9" * 6000
    assert value_of("[1e999, NaN, 1.10]") == ["1e999", "NaN", "1.10"]
