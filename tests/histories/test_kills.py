"""kill -9 of clients and of the server: what was acknowledged is there, once; `make soak` kills many more."""

from pathlib import Path

import pytest

from tests.histories import kills, local
from tests.histories.stage import staffed
from tests.support import postgres


@pytest.mark.timeout(300)
def test_killed_clients_of_a_shared_database_lose_nothing(postgres_server: postgres.Server) -> None:
    storm = kills.of_clients(staffed(postgres_server), seed=1, kills=4)
    assert not storm.findings


@pytest.mark.timeout(300)
def test_killed_clients_of_a_local_database_lose_nothing(tmp_path: Path) -> None:
    storm = kills.of_clients(local.made(tmp_path / "console.sqlite3"), seed=1, kills=4)
    assert not storm.findings


@pytest.mark.timeout(300)
def test_a_killed_server_loses_nothing_that_it_acknowledged() -> None:
    storm = kills.of_the_server(seed=1, kills=1)
    assert not storm.findings
