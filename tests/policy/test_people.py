"""Who acts and who asks: roles, refusals by role, contacts, and amounts in words (policy §1, §7)."""

import pytest

from console.policy.account import Account, Contact
from console.policy.actor import MANAGEMENT, STAFF, SYSTEM, Actor, require
from console.policy.amounts import Cents, tokens_in_words, worth
from console.policy.clauses import Clause
from console.policy.errors import Conflict, Invalid, NotAllowed, Problem, Refused, Unavailable
from console.policy.terms import Cause, Hosting, Milestone, Priority, Requester, Role, SupportOption
from tests.policy.cases import CUSTOMER, PRIYA, SAM, SUPERVISOR


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        (STAFF, "Only an agent or a manager can do this."),
        (MANAGEMENT, "Only a manager can do this."),
        (frozenset({Role.ADMINISTRATOR}), "Only an administrator can do this."),
        (frozenset({Role.CUSTOMER, Role.MANAGER}), "Only a customer or a manager can do this."),
    ],
)
def test_a_refusal_by_role_says_who_may(roles: frozenset[Role], sentence: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        require(SUPERVISOR, roles, "do this")
    assert (refused.value.message, refused.value.clause) == (sentence, Clause.ROLES)


def test_one_person_may_hold_several_roles_and_acts_in_the_weightiest() -> None:
    both = Actor("kim", "Kim", frozenset({Role.SUPERVISOR, Role.AGENT, Role.MANAGER}))
    require(both, MANAGEMENT, "do this")
    assert (both.is_manager, both.acting_role()) == (True, Role.MANAGER)
    assert [each.acting_role() for each in (SAM, CUSTOMER, SYSTEM)] == [
        Role.AGENT,
        Role.CUSTOMER,
        Role.SYSTEM,
    ]
    assert (PRIYA.has(STAFF), SYSTEM.has(STAFF)) == (True, False)


def test_contacts_and_accounts_say_what_entitlement_asks() -> None:
    tom = Contact(id=1, name="Tom Brandt")
    leah = Contact(id=2, name="Leah Moreno", is_administrator=True)
    assert (tom.kind, leah.kind) == (Requester.USER, Requester.ADMINISTRATOR)
    account = Account(id=1, name="Juniper Dental", hosting=Hosting.DEDICATED, option=SupportOption.TOKENS)
    assert account.pays_tokens


def test_tokens_in_words_and_their_worth() -> None:
    assert [tokens_in_words(each) for each in (0, 1, 7)] == ["0 tokens", "1 token", "7 tokens"]
    assert worth(40, Cents(2_500)) == 100_000


def test_priorities_rank_from_informational_to_emergency() -> None:
    assert sorted(Priority, key=lambda each: each.rank) == list(Priority)
    assert Priority.EMERGENCY.rank > Priority.URGENT.rank > Priority.STANDARD.rank


def test_every_milestone_has_its_cause_of_a_credit() -> None:
    assert [Cause.of_miss(each) for each in Milestone] == [
        Cause.RESPOND_MISSED,
        Cause.BEGIN_MISSED,
        Cause.RESOLVE_OR_PLAN_MISSED,
    ]


def test_every_problem_has_a_title_and_a_message_for_a_person() -> None:
    for problem in (Conflict("Priya was first."), Unavailable("No connection."), Invalid("No file.")):
        assert isinstance(problem, Problem)
        assert problem.title
        assert (str(problem), problem.clause) == (problem.message, None)
    refused = Refused("Not with tokens.", clause="1.5", title="Not entitled")
    assert (refused.title, refused.clause, Refused.title) == ("Not entitled", "1.5", "Refused by the policy")
