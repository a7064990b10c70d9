"""The oldest PostgreSQL on this computer: set up, linted, guarded and worked on; the other tests use the newest."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from console.policy.terms import Priority
from console.services import keeping, server, tokens, triage
from console.services.sweep import sweep
from tests.services.test_hostile import LONG
from tests.support import postgres
from tests.support.desks import ALEX, MORGAN
from tests.support.guarded import as_login, employ, guarded_office, libpq

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
OLDEST = next((folder for folder in FOLDERS if (folder / "initdb").exists()), None)


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> Iterator[postgres.OwnServer]:
    """A server of the oldest major that Debian put here."""
    monkeypatch.setenv("CONSOLE_TEST_PG_BIN", str(OLDEST))
    with postgres.own_server() as running:
        yield running


@pytest.mark.skipif(
    OLDEST is None, reason="no PostgreSQL but the wheel's; Debian's postgresql brings an older one"
)
def test_guards_and_honest_work_on_the_oldest_server_here(old: postgres.OwnServer) -> None:
    url = old.console()
    employ(url)
    assert server.lint(url) == []
    with (
        psycopg.connect(libpq(as_login(url, "alex"))) as plain,
        pytest.raises(psycopg.Error, match="permission"),
    ):
        plain.execute("UPDATE entry SET tokens = 99")
    with guarded_office(url) as office:
        account = office.account(balance=60)
        first, _second = (office.number(account, Priority.EMERGENCY) for _ in range(2))
        alex = office.at(ALEX)
        triage.demote(alex, first, ["partial"], LONG, None, alex.new_key())
        office.clock.advance(days=2)
        assert sweep(office.at(MORGAN)).credited > 0
        morgan = office.at(MORGAN)
        tokens.record_purchase(morgan, account.id, 5, "INV-OLD", None, morgan.new_key())
        assert keeping.check(alex) == []
