"""Planting a bug for as long as a test lasts: in the database by its owner, in the program by exchanged functions.

No file of the product is touched. What a bug needs to get through at all is taken away with it: a bug that a guard or
a constraint stops has been stopped, but the judges are to find it by themselves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
import pytest

from tests.histories.history import Verdict, run
from tests.histories.stage import Stage, stage
from tests.support import postgres
from tests.support.guarded import libpq

#: Within so many histories every planted bug must be found.
HISTORIES = 20

Plant = Callable[[pytest.MonkeyPatch], None]

#: Every guard that looks at what a client writes, switched off by the owner; what moves balances goes on.
UNGUARDED = (
    """
    DO $$
    DECLARE it record;
    BEGIN
        FOR it IN
            SELECT t.tgrelid::regclass AS of, t.tgname AS name FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE NOT t.tgisinternal AND p.proname <> 'entry_moves'
            AND (p.pronamespace = 'guard'::regnamespace OR p.proname = 'entry_guard')
        LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', it.of, it.name);
        END LOOP;
    END $$
    """,
)
#: The constraints below the rules of the ledger, dropped.
NO_NETS = (
    "ALTER TABLE account DROP CONSTRAINT account_balance_not_negative",
    "ALTER TABLE entry DROP CONSTRAINT entry_balance_not_negative",
    "ALTER TABLE entry DROP CONSTRAINT entry_account_id_seq_key",
    "ALTER TABLE ticket DROP CONSTRAINT ticket_held_not_negative",
    "DROP INDEX entry_miss_once_key",
)


@dataclass(frozen=True)
class Bug:
    """A believable mistake: what it is, how it is planted, and words of the findings that show it."""

    what: str
    found_by: str
    plant: Plant = lambda patch: None
    sql: tuple[str, ...] = ()


@contextmanager
def planted(server: postgres.Server, bug: Bug) -> Iterator[Stage]:
    """A stage whose database and program have the bug."""
    with stage(server) as opened:
        with psycopg.connect(libpq(opened.url), autocommit=True) as owner:
            owner.execute("SET ROLE console_owner")
            for statement in bug.sql:
                owner.execute(statement)
        with pytest.MonkeyPatch.context() as patch:
            bug.plant(patch)
            yield opened


def hunt(server: postgres.Server, bug: Bug, seed: int) -> Verdict:
    """The first of 20 histories from ``seed`` on whose findings show the bug, or the last one with all findings."""
    met: list[str] = []
    with planted(server, bug) as opened:
        for at in range(HISTORIES):
            verdict = run(opened, seed + at)
            met += verdict.findings
            misfits = [finding for finding in verdict.findings if "TypeError" in finding]
            assert not misfits, f"{bug.what}: what is planted no longer fits the program: {misfits[0]}"
            if any(bug.found_by in finding for finding in verdict.findings):
                return verdict
    return replace(verdict, findings=tuple(met))
