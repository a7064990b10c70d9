"""How much of the database a guard reads: what this transaction wrote, however long the account's history is."""

from datetime import timedelta

import psycopg

from console.services import tokens
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


def read_of_facts(url: str) -> int:
    with psycopg.connect(libpq(url)) as owner:
        row = owner.execute(_READ).fetchone()
        assert row is not None
        return int(row[0])


def test_a_movement_of_tokens_does_not_read_the_accounts_whole_journal(guarded_url: str) -> None:
    with guarded_office(guarded_url) as office:
        account_id = office.account().id
        with psycopg.connect(libpq(guarded_url), autocommit=True) as owner:
            last = owner.execute("SELECT last FROM counter WHERE name = 'journal'").fetchone()
            assert last is not None
            owner.execute(_HISTORY, {"long": LONG, "last": last[0]})
            owner.execute("UPDATE counter SET last = last + %s", (LONG,))
            owner.execute("VACUUM ANALYZE fact")
        desk = office.at(ALEX)
        before = read_of_facts(guarded_url)
        tokens.record_purchase(desk, account_id, 5, "INV-9", None, desk.new_key())
    assert 0 < read_of_facts(guarded_url) - before < LONG // 10


def test_an_interval_of_days_is_written_as_every_server_reads_it() -> None:
    """PostgreSQL 14 refuses more than 32 bits of microseconds."""
    assert guards._for_json(timedelta(days=7)) == "604800.000000 seconds"
