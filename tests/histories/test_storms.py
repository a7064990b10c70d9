"""Many desks at the same thing at the same moment; `make soak` does the same with more of them, for longer."""

from collections.abc import Iterator

import pytest

from tests.histories import storms
from tests.histories.stage import Stage, stage
from tests.support import postgres


@pytest.fixture
def opened(postgres_server: postgres.Server) -> Iterator[Stage]:
    with stage(postgres_server) as fresh:
        yield fresh


@pytest.mark.timeout(300)
def test_the_last_token_is_spent_once(opened: Stage) -> None:
    storm = storms.last_token(opened, clients=20, rounds=50)
    assert not storm.findings


def test_sweepers_and_managers_at_once_leave_every_ticket_at_nothing(opened: Stage) -> None:
    storm = storms.sweepers(opened, sweeping=20, deciding=5, tickets=60)
    assert not storm.findings


def test_take_next_never_gives_the_same_ticket_twice(opened: Stage) -> None:
    storm = storms.take_next(opened, desks=4, tries=50)
    assert not storm.findings
