"""Reading a policy document: the shipped one, variants, and every kind of bad one named by line or key."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.policy import life
from console.policy.clauses import Clause
from console.policy.document import Policies
from console.policy.errors import Invalid
from console.policy.reading import LONGEST_DOCUMENT, parse
from console.policy.terms import Hosting, Milestone, Priority, PromiseKind, SupportOption
from tests.policy.cases import BEGIN, HOUR, NOON, POLICY, TEXT, promise, request


def edited(before: str, after: str) -> str:
    assert TEXT.count(before) == 1, before
    return TEXT.replace(before, after)


# --- What is read ------------------------------------------------------------------------------------------------


def test_the_shipped_document_is_read_whole() -> None:
    assert (POLICY.version, POLICY.in_force_from) == (1, datetime(2020, 1, 1, tzinfo=UTC))
    assert POLICY.timezone == "America/New_York"
    assert POLICY.settings.reopen_within == timedelta(days=7)
    assert POLICY.settings.undo_within == timedelta(minutes=10)
    assert not POLICY.settings.four_eyes
    assert POLICY.source == TEXT
    assert set(POLICY.clauses) == set(Clause)


def test_every_house_list_is_marked_for_review_and_never_stated() -> None:
    lists = POLICY.lists
    for each in (lists.mission_critical, lists.not_mission_critical, lists.free, lists.token_required):
        assert not each.reviewed
        assert each.items
    assert POLICY.clauses[Clause.HOUSE_LISTS].source == "house"
    assert lists.free.words("own_fault") == "Fault in our own service"
    assert lists.free.words("a list of another version") == "a list of another version"


def test_another_firms_figures_are_followed_without_a_change_of_code() -> None:
    text = edited("standard = 1\n", "standard = 4\n").replace(
        "begin = { hours = 24 }", "begin = { business_minutes = 90 }"
    )
    other = parse(text.replace('"America/New_York"', '"Europe/Berlin"').replace("version = 1", "version = 2"))
    outcome = life.open_ticket(
        request(Priority.STANDARD), 1, other, 10, datetime(2026, 11, 24, 7, tzinfo=UTC)
    )
    assert (outcome.balance, outcome.ticket.policy_version) == (6, 2)
    assert promise(outcome.ticket, BEGIN).due_at == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_promises_are_read_in_the_order_of_the_published_table() -> None:
    text = edited(
        "emergency = { begin = { hours = 1 }, resolve_or_plan = { hours = 4 } }\n\n[promises.flat_rate]",
        "emergency = { resolve_or_plan = { hours = 4 }, begin = { minutes = 60 } }\n\n[promises.flat_rate]",
    )
    read = parse(text).promises(SupportOption.TOKENS, Priority.EMERGENCY)
    assert [each.milestone for each in read] == [Milestone.BEGIN, Milestone.RESOLVE_OR_PLAN]
    assert [each.kind for each in read] == [PromiseKind.GUARANTEE, PromiseKind.GUARANTEE]


def test_hours_may_have_several_intervals_holidays_and_overrides() -> None:
    text = edited('mon = [["09:00", "23:00"]]', 'mon = [["09:00", "12:00"], ["22:00", "02:00"]]')
    text = text.replace("holidays = []", "holidays = [2026-12-25]")
    text = text.replace("[hours.overrides]", '[hours.overrides]\n2026-12-24 = [["09:00", "12:00"]]')
    calendar = parse(text).calendar
    assert calendar.intervals_on(datetime(2026, 11, 23, tzinfo=UTC).date()) == (
        ("09:00", "12:00"),
        ("22:00", "02:00"),
    )
    assert calendar.intervals_on(datetime(2026, 12, 25, tzinfo=UTC).date()) == ()
    assert calendar.intervals_on(datetime(2026, 12, 24, tzinfo=UTC).date()) == (("09:00", "12:00"),)


# --- Several versions --------------------------------------------------------------------------------------------


def test_a_ticket_keeps_the_version_it_was_opened_under() -> None:
    second = replace(POLICY, version=2, in_force_from=NOON)
    policies = Policies.of([second, POLICY])
    assert policies.in_force(NOON - timedelta(microseconds=1)).version == 1
    assert policies.in_force(NOON).version == 2
    assert policies.in_force(datetime(1999, 1, 1, tzinfo=UTC)).version == 1
    assert policies[1] is POLICY
    assert (
        life.open_ticket(request(), 1, policies.in_force(NOON - HOUR), 10, NOON - HOUR).ticket.policy_version
        == 1
    )


def test_two_documents_of_one_version_or_none_are_refused() -> None:
    with pytest.raises(ValueError, match="version 1"):
        Policies.of([POLICY, POLICY])
    with pytest.raises(ValueError, match="no policy document"):
        Policies.of([])


# --- What is refused ---------------------------------------------------------------------------------------------

BAD = [
    # missing keys
    ("four_eyes = false", "", "settings.four_eyes: missing"),
    ("price_cents = 2500", "", "tokens.price_cents: missing"),
    ('timezone = "America/New_York"', "", "hours.timezone: missing"),
    ("standard = 1\n", "", "prices.dedicated.standard: missing"),
    ('platform = ["tokens"]', "", "hosting.platform: missing"),
    # unknown keys
    ("four_eyes = false", "four_eyes = false\nsix_eyes = true", "settings.six_eyes: is not a key"),
    ("format = 1", "format = 1\ncolour = 1", "colour: is not a key"),
    ("[prices.platform]", "[prices.shared]\nstandard = 1\n[prices.platform]", "prices.shared: is not a key"),
    ("[promises.flat_rate]", "[promises.unused]\n[promises.flat_rate]", "promises.unused: is not a key"),
    ("standard = 1\n", "standard = 1\nstandrad = 1\n", "prices.dedicated.standrad: expected one of"),
    (
        "billing = {}\nstandard",
        "billing = {}\nspecial = {}\nstandard",
        "promises.tokens.special: expected one of",
    ),
    # wrong types and values
    ("price_cents = 2500", "price_cents = true", "tokens.price_cents: expected a whole number from 1"),
    ("price_cents = 2500", "price_cents = 25.0", "tokens.price_cents: expected a whole number"),
    ("price_cents = 2500", 'price_cents = "2500"', "tokens.price_cents: expected a whole number"),
    ("price_cents = 2500", "price_cents = -1", "tokens.price_cents: expected a whole number"),
    ("price_cents = 2500", "price_cents = 0", "tokens.price_cents: expected a whole number"),
    ("price_cents = 2500", "price_cents = 9999999", "tokens.price_cents: expected a whole number"),
    ("price_cents = 2500", "price_cents = " + "9" * 5000, "not valid TOML"),
    ("price_cents = 2500", "price_cents = inf", "tokens.price_cents: expected a whole number"),
    ("packs = [10, 20, 40, 100]", "packs = [10, -20]", "tokens.packs[1]: expected a whole number"),
    ("packs = [10, 20, 40, 100]", "packs = 10", "tokens.packs: expected a list"),
    (
        "expire_after_days = 0",
        "expire_after_days = 30",
        "tokens.expire_after_days: this console keeps tokens",
    ),
    (
        "pause_while_waiting = []",
        'pause_while_waiting = ["begin"]',
        "settings.pause_while_waiting: this console's",
    ),
    ("four_eyes = false", "four_eyes = 0", "settings.four_eyes: expected true or false"),
    (
        "reopen_within_days = 7",
        "reopen_within_days = 36500",
        "settings.reopen_within_days: expected a whole number",
    ),
    ("format = 1", "format = 2", "format: this console reads policy documents of format 1"),
    (
        "in_force_from = 2020-01-01T00:00:00Z",
        "in_force_from = 2020-01-01T00:00:00",
        "in_force_from: expected an inst",
    ),
    (
        "in_force_from = 2020-01-01T00:00:00Z",
        "in_force_from = 2020-01-01",
        "in_force_from: expected an instant",
    ),
    (
        "in_force_from = 2020-01-01T00:00:00Z",
        "in_force_from = 0001-01-01T00:00:00+14:00",
        "in_force_from: expected an instant within the years",
    ),
    ('name = "Support policy"', "name = 1", "name: expected text"),
    ('name = "Support policy"', 'name = " "', "name: expected text"),
    (
        'name = "Support policy"',
        'name = "bell \\u0007"',
        "name: expected text without line breaks or control",
    ),
    ('name = "Support policy"', 'name = """two\nlines"""', "name: expected text without line breaks"),
    (
        'name = "Support policy"',
        'name = "' + "x" * 400_000 + '"',
        "name: expected text of up to 2000 characters",
    ),
    ("[tokens]", "[[tokens]]", "tokens: expected a table"),
    # words that are not in the vocabulary
    ('platform = ["tokens"]', 'platform = ["coins"]', "hosting.platform[0]: expected one of flat_rate_users"),
    ('platform = ["tokens"]', 'platform = ["tokens", "tokens"]', "hosting.platform: names something twice"),
    ('platform = ["tokens"]', "platform = [[]]", "hosting.platform[0]: expected one of"),
    (
        'channels = ["ticket", "email", "callback"]',
        'channels = ["fax"]',
        "options.tokens.channels[0]: expected one of",
    ),
    (
        'promise_kind = "guarantee"',
        'promise_kind = "hope"',
        "options.tokens.promise_kind: expected one of guarantee",
    ),
    ('promises = "tokens"', 'promises = "nowhere"', "promises.nowhere: missing"),
    # promises
    (
        "respond = { days = 3 }",
        "respond = { weeks = 3 }",
        "informational.respond: expected exactly one of",
    ),
    (
        "respond = { days = 3 }",
        "respond = { days = 3, hours = 1 }",
        "informational.respond: expected exactly one of",
    ),
    (
        "respond = { days = 3 }",
        "respond = { days = 0 }",
        "promises.tokens.informational.respond.days: expected",
    ),
    (
        "respond = { days = 3 }",
        "respond = { days = 400 }",
        "informational.respond.days: a promise is at most 366",
    ),
    (
        "respond = { days = 3 }",
        "reply = { days = 3 }",
        "promises.tokens.informational.reply: expected one of respond",
    ),
    # hours
    ('"America/New_York"', '"Mars/Olympus"', "hours.timezone: 'Mars/Olympus'"),
    ('"America/New_York"', '"../../etc/passwd"', "hours.timezone: "),
    ('mon = [["09:00", "23:00"]]', 'mon = [["9:00", "23:00"]]', "hours.weekly.mon[0]: '9:00' is not a time"),
    ('mon = [["09:00", "23:00"]]', 'mon = [["09:00"]]', "hours.weekly.mon[0]: expected a pair"),
    ('mon = [["09:00", "23:00"]]', 'mon = ["09:00", "23:00"]', "hours.weekly.mon[0]: expected a pair"),
    ('mon = [["09:00", "23:00"]]', "mon = [[9, 23]]", "hours.weekly.mon[0]: expected a pair"),
    (
        'mon = [["09:00", "23:00"]]',
        'monday = [["09:00", "23:00"]]',
        "hours.weekly: 'monday' is not a weekday",
    ),
    ("holidays = []", 'holidays = ["2026-12-25"]', "hours.holidays[0]: expected a date"),
    ("holidays = []", "holidays = [2026-12-25T00:00:00Z]", "hours.holidays[0]: expected a date"),
    (
        "[hours.overrides]",
        '[hours.overrides]\n2026-12-32 = [["09:00", "12:00"]]',
        "hours.overrides: '2026-12-32'",
    ),
    (
        "[hours.overrides]",
        '[hours.overrides]\n20261224 = [["09:00", "12:00"]]',
        "hours.overrides: '20261224'",
    ),
    # lists and clauses
    ('id = "down"', 'id = "stopped"', "lists.mission_critical.items: two items have the same id"),
    (
        'id = "down", words',
        'id = "down", colour = "red", words',
        "mission_critical.items[0].colour: is not a key",
    ),
    (
        '{ id = "down", words = "A whole site or server is down", note',
        "{ id = 7, words = 'x', note",
        "[0].id: exp",
    ),
    (
        '"8.1" = { source = "house"',
        '"8.1" = { source = "rumour"',
        "clauses.8.1.source: expected one of stated",
    ),
    ('"8.1" = {', '"9.9" = {', "clauses.9.9: expected one of"),
    # syntax
    ("[tokens]", "[tokens", "line 9"),
    ("four_eyes = false", "four_eyes = false\nfour_eyes = false", "not valid TOML"),
    ("four_eyes = false", "four_eyes = fal", "at line "),
    ("holidays = []", "holidays = " + "[" * 5000, "not valid TOML"),
]


@pytest.mark.parametrize(
    ("before", "after", "said"), BAD, ids=[f"{n}: {each[2]}" for n, each in enumerate(BAD)]
)
def test_a_bad_document_is_refused_by_line_or_key(before: str, after: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(edited(before, after))
    assert said in refused.value.message
    assert len(refused.value.message) < 500


@pytest.mark.parametrize("text", ["", "x", "\x00", "[a]\n[a]", "format = 1", "=" * 1000, "\ud800"])
def test_what_is_no_policy_document_at_all(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)


def test_a_document_far_too_long_is_not_even_read() -> None:
    with pytest.raises(Invalid, match="longer than"):
        parse("#" * (LONGEST_DOCUMENT + 1))


def test_no_calendar_that_never_opens() -> None:
    text = TEXT
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        text = text.replace(f'{day} = [["09:00", "23:00"]]', f"{day} = []")
    with pytest.raises(Invalid, match=r"hours\.weekly"):
        parse(text)


def test_every_figure_of_the_document_is_asked_for() -> None:
    """Nothing in the shipped document is a comment in disguise: take any single key away and it is missed."""

    def paths(table: dict[str, object], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        found = []
        for name, value in table.items():
            found.append((*at, name))
            if isinstance(value, dict):
                found.extend(paths(value, (*at, name)))
        return found

    optional = {"weekly"}
    raw = tomllib.loads(TEXT)
    for path in paths(raw):
        if len(path) > 1 and (path[-2] in optional or path[0] == "promises" or path[0] == "clauses"):
            continue
        changed = tomllib.loads(TEXT)
        table = changed
        for name in path[:-1]:
            table = table[name]
        del table[path[-1]]
        with pytest.raises(Invalid) as refused:
            parse_raw(changed)
        assert ".".join(path) in refused.value.message


def parse_raw(raw: dict[str, object]) -> object:
    from console.policy import reading

    return reading._policy(reading._Table(raw, ""), "")


def test_hosting_without_tokens_needs_no_prices() -> None:
    text = edited('platform = ["tokens"]', 'platform = ["flat_rate_users"]')
    start = text.index("[prices.platform]")
    end = text.index("# Promises, clause 2.2")
    policy = parse(text[:start] + text[end:])
    assert set(policy.prices) == {Hosting.DEDICATED}
