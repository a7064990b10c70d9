"""What can be typed into the filter field: what is understood, and what is said about the rest."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.services.filtering import parse
from console.store.query import And, Is, Key, Not, Or, Range, Word

NOW = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
ZONE = "America/New_York"


def test_terms_are_anded_or_joins_and_minus_turns_round() -> None:
    query, problems = parse('mail OR "web site" -owner:sam', NOW, ZONE)
    assert query == And((Or((Word("mail"), Word("web site"))), Not(Key("owner", (Is("sam"),)))))
    assert problems == ()


def test_days_are_days_of_the_zone_even_when_the_clock_changes() -> None:
    query, _ = parse("opened:2026-11-01", NOW, ZONE)
    start, end = datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)
    assert query == And((Key("opened", (Range(start, end),)),))


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("foo:bar", "no key foo:"),
        ("acount:x", "Did you mean account:?"),
        ("due:soonish", "amounts such as <1h"),
        ("priority:x", "knows informational, billing"),
        ("tokens:many", "numbers such as >=5"),
        ("opened:2026-13-01", "days such as today"),
        ("is:", "for instance is:unclaimed"),
        ("has:attachment", "knows note"),
        ("missed:never", "knows"),
        ('""', "Write a word"),
    ],
)
def test_what_cannot_be_read_is_pointed_at_and_the_rest_applies(text: str, fix: str) -> None:
    query, (problem,) = parse(f"mail {text} is:free", NOW, ZONE)
    assert query == And((Word("mail"), Key("is", (Is("free"),))))
    assert fix in problem.says
    assert (problem.start, problem.end) == (5, 5 + len(text))


@given(st.text(max_size=200) | st.text(alphabet='is:due-OR"<>=.,1hd ', max_size=60))
def test_nothing_that_can_be_typed_is_too_much(text: str) -> None:
    _, problems = parse(text, NOW, ZONE, "alex")
    assert all(0 <= problem.start <= problem.end <= len(text) for problem in problems)


def test_a_pasted_page_is_cut_and_said() -> None:
    _, problems = parse('"' * 1_000_000, NOW, ZONE)
    assert "at most" in problems[-1].says
