"""How much of the database a guard reads: what this transaction wrote, however long the account's history is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from console.policy.account import Account
from console.services import people, tokens
from console.services.desk import Changed, Desk
from console.store import guards
from tests.support.desks import ALEX
from tests.support.guarded import guarded_office, libpq

LONG = 20_000

_HISTORY = """
    INSERT INTO fact SELECT f.number + g, f.kind, f.at, f.recorded_at, f.actor, f.actor_name, f.role, f.ticket_id,
        f.account_id, f.data FROM generate_series(1, %(long)s) g, fact f WHERE f.number = %(last)s
"""
_READ = """
    SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'fact'
"""


ACTS: dict[str, Callable[[Desk, Account], Changed]] = {
    "purchase": lambda desk, account: tokens.record_purchase(
        desk, account.id, 5, "INV-9", None, desk.new_key()
    ),
    "rename": lambda desk, account: people.save_account(
        desk, replace(account, name="Renamed"), desk.new_key()
    ),
}


def read_of_facts(url: str) -> int:
    with psycopg.connect(libpq(url)) as owner:
        row = owner.execute(_READ).fetchone()
        assert row is not None
        return int(row[0])


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("act", ACTS)
def test_an_act_on_an_account_does_not_read_its_whole_journal(guarded_url: str, act: str, plans: str) -> None:
    """Whichever plans a session has: after five questions of a kind it keeps one for all accounts and numbers."""
    with psycopg.connect(libpq(guarded_url), autocommit=True) as owner:
        name = guarded_url.rsplit("/", 1)[1]
        owner.execute(f'ALTER DATABASE "{name}" SET plan_cache_mode = {plans}'.encode())
        with guarded_office(guarded_url) as office:
            account = office.account()
            last = owner.execute("SELECT last FROM counter WHERE name = 'journal'").fetchone()
            assert last is not None
            owner.execute(_HISTORY, {"long": LONG, "last": last[0]})
            owner.execute("UPDATE counter SET last = last + %s", (LONG,))
            owner.execute("VACUUM ANALYZE fact")
            before = read_of_facts(guarded_url)
            ACTS[act](office.at(ALEX), account)
    assert 0 < read_of_facts(guarded_url) - before < LONG // 10


def test_an_interval_of_days_is_written_as_every_server_reads_it() -> None:
    """PostgreSQL 14 refuses more than 32 bits of microseconds."""
    assert guards._for_json(timedelta(days=7)) == "604800.000000 seconds"
