"""What goes in comes out: facts through JSON, tickets and deadlines through their rows."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.policy.clauses import Clause
from console.policy.deadlines import Deadline, End
from console.policy.document import Promise
from console.policy.facts import Fact
from console.policy.ticket import Ticket
from console.store.engine import Store
from console.store.fact_json import data_of, fact_of, kinds
from console.store.mapping import deadline_of, deadline_values, ticket_of, ticket_values
from tests.store import acts
from tests.store.acts import ALEX

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
st.register_type_strategy(datetime, INSTANTS)
TOKENS = st.integers(0, 100)


def _facts(kind: type[Fact]) -> st.SearchStrategy[Fact]:
    return st.builds(kind, **{name: _value(hint) for name, hint in get_type_hints(kind).items()})


def _value(hint: Any) -> st.SearchStrategy[Any]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    return st.from_type(hint)


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.__name__)
def test_every_kind_of_fact_survives_json(kind: type[Fact]) -> None:
    @settings(max_examples=20)
    @given(_facts(kind))
    def survives(fact: Fact) -> None:
        through = json.loads(json.dumps(data_of(fact)))
        assert fact_of(kind.__name__, fact.at, through) == fact

    survives()


def test_no_kind_of_fact_is_forgotten() -> None:
    assert set(kinds()) == {kind.__name__ for kind in Fact.__subclasses__()}


PROMISES = st.builds(
    Promise,
    amount=st.timedeltas(timedelta(0), timedelta(days=30)),
    clause=st.sampled_from(Clause),
)


@st.composite
def deadlines(draw: st.DrawFn) -> Deadline:
    ended = draw(st.none() | st.sampled_from(End))
    return draw(
        st.builds(
            Deadline,
            promise=PROMISES,
            credited=TOKENS,
            ended=st.just(ended),
            ended_at=st.none() if ended is None else INSTANTS,
        )
    )


TICKETS = st.builds(
    Ticket,
    id=st.integers(1, 2**40),
    account_id=st.integers(1, 2**40),
    held=TOKENS,
    deadlines=st.lists(deadlines(), max_size=4).map(tuple),
)


@given(TICKETS)
def test_a_ticket_survives_its_row(ticket: Ticket) -> None:
    values = ticket_values(ticket) | {"account_name": ticket.account_name, "version": ticket.version}
    nested = ("confirmation", "demotion", "proposal", "determination", "plan")
    values |= {name: json.loads(json.dumps(values[name])) for name in nested}
    rows = [deadline_values(ticket.id, at, each) for at, each in enumerate(ticket.deadlines)]
    assert ticket_of(values, rows) == ticket
    assert [deadline_of(row) for row in rows] == list(ticket.deadlines)


@given(TICKETS)
def test_the_columns_for_lists_say_what_the_ticket_says(ticket: Ticket) -> None:
    values = ticket_values(ticket)
    due = ticket.next_due
    assert values["next_due_at"] == (due.due_at if due else None)
    assert values["is_open"] is not ticket.is_closed
    assert values["is_free"] == ticket.is_free
    assert (values["queue_group"] == 2) == ticket.is_awaiting


def test_a_full_life_comes_back_from_the_database_as_it_was(store: Store, clock: acts.Clock) -> None:
    account_id = acts.account(store)
    ticket = acts.opened(store, account_id)
    states = [
        ticket,
        acts.begin(store, ticket.id),
        acts.propose(store, ticket.id),
        acts.mark_free(store, ticket.id),
    ]
    clock.pass_by(timedelta(days=2))
    states += [acts.sweep(store, ticket.id), acts.resolve(store, ticket.id)]
    assert [state.version for state in states] == [1, 2, 3, 4, 5, 6]
    with store.read() as read:
        assert read.ticket(ticket.id) == states[-1]
        assert read.words(ticket.id) == "Help!"
        numbers = [item.number for item in read.timeline(ticket.id)]
        last = read.last_act(ticket.id)
        assert last is not None
        assert last.number == numbers[-1] == read.journal_last()
        assert numbers == sorted(numbers)
        assert read.check() == []


def test_an_account_keeps_its_contacts_in_order_and_its_balance_to_itself(store: Store) -> None:
    account_id = acts.account(store, tokens=5)
    with store.work(ALEX) as work:
        stored = work.accounts.get(account_id)
        assert [each.name for each in stored.contacts] == ["Leah Moreno", "Kim Roe"]
        changed = dataclasses.replace(
            stored, name="Juniper", contacts=(stored.contacts[1],), users=31, balance=999
        )
        assert work.accounts.save(changed).balance == 5
    with store.read() as read:
        again = read.account(account_id)
    assert (again.name, again.users, again.balance, again.version) == ("Juniper", 31, 5, 2)
    assert [each.name for each in again.contacts] == ["Kim Roe"]
