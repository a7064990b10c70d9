"""What still works with a login and psql, beside what a person may do at the desk: it hurts availability or tells
lies in one's own name, never the money. ``docs/admin.md`` lists it, each with what to do about it.
"""

from pathlib import Path

import pytest

from console.services import people
from tests.support.attacks import Scene, entry, fact

ADMIN = (Path(__file__).parents[2] / "docs" / "admin.md").read_text("utf-8")
BOUGHT = '{"cause": "bought", "tokens": 5, "before": 96, "after": 101, "reference": "X-1", "reason": "why"}'

#: An attempt, its login, and the words of the list that speak of it.
STILL: list[tuple[str, str, str, str]] = [
    ("a forged announcement", "alex", "NOTIFY console, 'journal'", "forge or flood announcements"),
    ("a lock on a number", "alex", "SELECT pg_advisory_xact_lock(1400204355)", "hold an advisory lock"),
    ("a customer kept locked", "alex", "SELECT 1 FROM account FOR UPDATE", "keep rows locked"),
    ("the journal kept locked", "alex", "SELECT 1 FROM counter FOR UPDATE", "keep rows locked"),
    ("contacts kept locked", "alex", "LOCK TABLE contact IN ACCESS EXCLUSIVE MODE", "lock the table of contacts"),
    ("an upgrade kept waiting", "rosa", "LOCK TABLE ticket IN ACCESS SHARE MODE", "keep an upgrade waiting"),
    ("no time limits for oneself", "rosa", "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0",
     "switch off time limits of their own session"),
    ("time burnt", "rosa", "SELECT count(*) FROM generate_series(1, 100000)", "burn time and temporary space"),
    ("numbers of tickets passed over", "alex", "SELECT nextval('ticket_number')", "pass over numbers of tickets"),
    ("everything copied", "rosa", "SELECT * FROM ticket, account LIMIT 9", "copy all that they may read"),
    ("the guards read", "rosa", "SELECT prosrc FROM pg_proc WHERE pronamespace = 'guard'::regnamespace",
     "read the source of the guards"),
    ("logins and roles seen", "rosa", "SELECT usename FROM pg_stat_activity; SELECT rolname FROM pg_roles",
     "see the names of logins and roles"),
    ("one's own password", "rosa", "ALTER ROLE rosa PASSWORD 'only-for-tests'", "change their own password"),
    ("a note that is a lie", "alex", fact("NoteWritten", '{"words": "x"}', "{fresh}"), "write what is not true"),
    ("an answer of an act of one's own", "alex", "INSERT INTO request VALUES ('k', 'alex', 'x', 'x', '{{}}', now())",
     "write what is not true"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "script", "words"), [each[1:] for each in STILL], ids=[each[0] for each in STILL]
)
def test_it_still_works_and_is_listed(scene: Scene, who: str, script: str, words: str) -> None:
    assert scene.try_as(who, script) is None
    assert words in " ".join(ADMIN.split())


def test_a_purchase_that_nobody_paid_is_a_right_of_the_desk(scene: Scene) -> None:
    """Whoever may record purchases may record a false one, under their own name, on the statement for good."""
    balance = scene.office.balance(people.account(scene.office.desk, scene.places["juniper"]))
    told = BOUGHT.replace("96", str(balance)).replace("101", str(balance + 5))
    assert scene.try_as("alex", entry("purchase", "bought", 5) + fact("BalanceMoved", told)) is None
    assert "record a purchase that nobody paid" in " ".join(ADMIN.split())
