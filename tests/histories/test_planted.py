"""The judges of the histories find every planted bug within twenty histories, and nothing where none is planted."""

import pytest

from tests.histories.bugs import BUGS
from tests.histories.history import run
from tests.histories.planted import HISTORIES, NO_NETS, UNGUARDED, Bug, hunt, planted
from tests.support import postgres

SEED = 1


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_found(postgres_server: postgres.Server, name: str) -> None:
    bug = BUGS[name]
    verdict = hunt(postgres_server, bug, SEED)
    shown = [finding for finding in verdict.findings if bug.found_by in finding]
    assert shown, f"{bug.what}: not found in {HISTORIES} histories from seed {SEED} on; found were: {verdict}"


def test_without_a_bug_nothing_is_found_even_where_nothing_guards(postgres_server: postgres.Server) -> None:
    """What shows a bug is the bug, and not that the guards and constraints were taken away to let it through."""
    nothing = Bug("nothing", "", sql=UNGUARDED + NO_NETS)
    with planted(postgres_server, nothing) as opened:
        verdicts = [run(opened, SEED + at) for at in range(2)]
    assert [str(verdict) for verdict in verdicts if verdict.findings] == []
