"""Classifications taken back by a client of one's own: told as what they are, with a reason where one is needed."""

from collections.abc import Callable
from typing import Any

import pytest

from console.policy import classification
from console.policy.errors import Problem
from console.policy.terms import Priority
from console.services import triage
from console.services.ticket_view import ticket_view
from tests.support.attacks import LONG, Scene
from tests.support.desks import ALEX, MORGAN
from tests.support.stories import not_critical, ticket


def _demoted(place: Scene) -> tuple[int, Callable[..., object]]:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    return number, triage.reverse_demotion


def _confirmed(place: Scene) -> tuple[int, Callable[..., object]]:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    critical = place.office.desk.policy().lists.mission_critical.items[0].id
    triage.confirm(alex, number, [critical], "", None, alex.new_key())
    return number, triage.reverse_confirmation


@pytest.mark.parametrize("made", [_demoted, _confirmed])
def test_what_a_manager_reverses_later_says_why(
    place: Scene, monkeypatch: pytest.MonkeyPatch, made: Callable[[Scene], tuple[int, Callable[..., object]]]
) -> None:
    """Neither without a reason, nor told as undone by somebody who had not done it."""
    number, reverse = made(place)
    morgan, told = place.office.at(MORGAN), "tells of what has changed"
    place.office.clock.advance(minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(triage, "_with_reason", lambda decide, _reason: decide)
        with pytest.raises(Problem, match=told):
            reverse(morgan, number, "", None, morgan.new_key())
    with monkeypatch.context() as patched:
        patched.setattr(classification, "_require_may_reverse", lambda *_: True)
        with pytest.raises(Problem, match=told):
            reverse(morgan, number, "", None, morgan.new_key())
    reverse(morgan, number, LONG, None, morgan.new_key())
    assert ticket_view(morgan, number).ticket.priority is Priority.EMERGENCY


@pytest.mark.parametrize("made", [_demoted, _confirmed])
def test_what_its_author_undoes_in_time_needs_no_reason(
    place: Scene, made: Callable[[Scene], tuple[int, Callable[..., Any]]]
) -> None:
    number, reverse = made(place)
    alex = place.office.at(ALEX)
    place.office.clock.advance(minutes=9)
    reverse(alex, number, "", None, alex.new_key())
    assert ticket_view(alex, number).ticket.confirmation is None
