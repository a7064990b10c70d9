"""An office at both kinds of database."""

from collections.abc import Iterator

import pytest

from tests.support.desks import Office
from tests.support.desks import office as office_at


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with office_at(database_url) as opened:
        yield opened


@pytest.fixture
def local_office(sqlite_url: str) -> Iterator[Office]:
    """An office at a local database only, where the kind of database makes no difference."""
    with office_at(sqlite_url) as opened:
        yield opened
