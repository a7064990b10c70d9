"""Claims by a client of one's own: whoever takes one over, or lets go of somebody else's, says whose it was; and the
begin of a ticket with history from elsewhere."""

from pathlib import Path

import psycopg
import pytest

from console.services import claims, progress
from console.services.ticket_view import ticket_view
from tests.support.attacks import Scene, fact, refused
from tests.support.desks import ALEX, MORGAN, PRIYA
from tests.support.guarded import libpq
from tests.support.stories import ago, imported, ticket

_LET_GO = """SELECT guard.stamp();
    UPDATE ticket SET owner = NULL, owner_name = '', lease_until = NULL WHERE id = {story};"""
_TAKEN = """SELECT guard.stamp();
    UPDATE ticket SET owner = 'alex', owner_name = 'Alex', lease_until = guard.stamp() + interval '10 min'
    WHERE id = {story};"""


@pytest.mark.parametrize(
    ("who", "script"),
    [
        ("morgan", _LET_GO),
        ("morgan", _LET_GO + fact("TicketReleased", '{"owner": "alex"}', "{story}")),
        ("alex", _TAKEN),
        ("alex", _TAKEN + fact("TicketClaimed", '{"owner": "alex", "taken_over_from": "Morgan"}', "{story}")),
    ],
)
def test_whose_claim_it_was_is_told(place: Scene, who: str, script: str) -> None:
    number, priya = ticket(place), place.office.at(PRIYA)
    claims.claim(priya, number, priya.new_key())
    place.office.clock.advance(hours=1)
    refused(place, who, script, "in the words of the journal")
    alex, morgan = place.office.at(ALEX), place.office.at(MORGAN)
    claims.claim(alex, number, alex.new_key())
    claims.release(morgan, number, morgan.new_key())


def test_no_claim_is_told_that_did_not_change(place: Scene) -> None:
    """Neither as taken over from somebody, nor as let go of, beside nothing or beside a claim that is renewed."""
    number, alex = ticket(place), place.office.at(ALEX)
    refused(place, "alex", fact("TicketReleased", '{"owner": "morgan"}', "{story}"), "only what stands")
    claims.claim(alex, number, alex.new_key())
    place.office.clock.advance(minutes=1)
    taken = fact("TicketClaimed", '{"owner": "alex", "taken_over_from": "Morgan"}', "{story}")
    refused(place, "alex", taken, "only what stands")
    refused(place, "alex", _TAKEN + taken, "only what stands")
    claims.claim(alex, number, alex.new_key())
    claims.release(alex, number, alex.new_key())


def test_a_begin_on_history_is_taken_back_by_its_agent(place: Scene, tmp_path: Path) -> None:
    alex = place.office.at(ALEX)
    then = {"opened_at": ago(place, 60), "first_replied_at": ago(place, 50), "resolved_at": ago(place, 40)}
    (number,) = imported(
        place, tmp_path, {"account": f"History {alex.new_key()}", "status": "resolved", **then}
    )
    with psycopg.connect(
        libpq(place.office.url)
    ) as owner:  # as an import of before it knew that a reply begins it
        owner.execute("UPDATE ticket SET begun_at = NULL WHERE id = %s", (number,))
    progress.reopen(alex, number, "", alex.new_key())
    progress.begin(alex, number, alex.new_key())
    progress.undo_work(alex, "begin", number, alex.new_key())
    assert ticket_view(alex, number).ticket.begun_at is None
