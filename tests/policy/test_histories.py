"""Random histories over one ticket: what must hold after every act, whoever acts and whenever somebody looks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st

from console.policy import classification, life, repricing
from console.policy.actor import Actor
from console.policy.breaches import judge
from console.policy.deadlines import End, StartEvent, derive, explain
from console.policy.errors import Refused
from console.policy.facts import EmergencyDemoted, PriorityChanged
from console.policy.ledger import Entry
from console.policy.life import Entered
from console.policy.outcome import Outcome
from console.policy.terms import EntryKind, Hosting, Priority, SupportOption
from console.policy.ticket import Ticket
from tests.policy.cases import A_PLAN, CUSTOMER, EVERYBODY, MAX, NOON, POLICY, PRIYA, SAM, opened

MINUTE = timedelta(minutes=1)
PLANS = [
    (Hosting.SHARED, SupportOption.FLAT_RATE_USERS),
    (Hosting.DEDICATED, SupportOption.FLAT_RATE_ADMINISTRATORS),
    (Hosting.DEDICATED, SupportOption.TOKENS),
    (Hosting.PLATFORM, SupportOption.TOKENS),
]


@dataclass(frozen=True)
class Step:
    """One act: what, by whom, at which instant, with a number for whatever else it has to choose."""

    do: str
    by: Actor
    at: datetime
    choice: int


Act = Callable[[Ticket, Step, int], Outcome]


def _entered(step: Step) -> Entered:
    """Mostly at once; now and then late by up to a day, with a reason."""
    if step.choice % 3:
        return Entered.at_once(step.at)
    return Entered(step.at - step.choice * MINUTE, step.at, "Found in the log")


def _priority(step: Step) -> Priority:
    return list(Priority)[step.choice % 5]


ACTS: dict[str, Act] = {
    "begin": lambda t, s, b: life.begin(t, s.by, _entered(s), b, policy=POLICY),
    "reply": lambda t, s, b: life.reply(t, s.by, _entered(s), b, "Hello", policy=POLICY),
    "plan": lambda t, s, b: life.send_plan(t, s.by, _entered(s), b, A_PLAN, policy=POLICY),
    "resolve": lambda t, s, b: life.resolve(t, s.by, _entered(s), b, policy=POLICY),
    "undo_begin": lambda t, s, b: life.undo_begin(t, s.at, b),
    "undo_plan": lambda t, s, b: life.undo_plan(t, s.at, b),
    "undo_resolve": lambda t, s, b: life.undo_resolve(t, s.at, b),
    "reopen": lambda t, s, b: life.reopen(t, s.by, POLICY, s.at, b),
    "cancel": lambda t, s, b: life.cancel(t, s.by, s.at, b, credit_anyway=s.choice % 2 == 0),
    "confirm": lambda t, s, b: classification.confirm(t, s.by, s.at, b),
    "demote": lambda t, s, b: classification.demote(t, s.by, POLICY, s.at, b),
    "reverse": lambda t, s, b: classification.reverse_demotion(t, s.by, POLICY, s.at, b),
    "unconfirm": lambda t, s, b: classification.reverse_confirmation(t, s.by, POLICY, s.at, b),
    "propose": lambda t, s, b: classification.propose_free(t, s.by, s.at, b),
    "withdraw": lambda t, s, b: classification.withdraw_proposal(t, s.by, s.at, b),
    "free": lambda t, s, b: classification.determine(t, s.by, POLICY, s.at, b, free=True),
    "not_free": lambda t, s, b: classification.determine(t, s.by, POLICY, s.at, b, free=False),
    "undo_decision": lambda t, s, b: classification.undo_determination(t, s.by, POLICY, s.at, b),
    "change": lambda t, s, b: repricing.change_priority(
        t, s.by, _priority(s), POLICY, s.at, b, authorised_by="Leah" if s.choice % 4 else ""
    ),
    "buy": lambda t, s, b: life.release(t, POLICY, b, s.at),
}
REPRICING = {"demote", "reverse", "change"}


@dataclass
class History:
    """A ticket being lived through, with everything that its acts moved."""

    ticket: Ticket
    start: int
    balance: int
    bought: int = 0
    entries: list[Entry] = field(default_factory=list)
    facts: list[object] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        self.ticket, self.balance = outcome.ticket, outcome.balance
        self.entries.extend(outcome.entries)
        self.facts.extend(outcome.facts)

    def look(self, at: datetime) -> None:
        self.take(judge(self.ticket, at, self.balance))

    def live(self, step: Step) -> bool:
        """Whether the policy allowed it; a refusal changes nothing."""
        if step.do == "buy":
            self.balance += step.choice
            self.bought += step.choice
        try:
            outcome = ACTS[step.do](self.ticket, step, self.balance)
        except Refused as refused:
            self.refused.append(refused)
            return False
        assert outcome == ACTS[step.do](self.ticket, step, self.balance)  # pure: a preview is the deed
        self.take(outcome)
        return True


actors = st.sampled_from([SAM, SAM, PRIYA, PRIYA, MAX, CUSTOMER, *EVERYBODY])
gaps = st.sampled_from([0, 1, 9, 30, 60, 61, 200, 240, 600, 1440, 2880, 6000])
acts = st.sampled_from([*ACTS, "begin", "plan", "resolve", "demote", "change", "change", "reverse"])


@st.composite
def histories(draw: st.DrawFn) -> tuple[Outcome, int, list[Step], list[datetime]]:
    """An opening, acts in the order of their instants, and instants at which somebody also looks."""
    hosting, option = draw(st.sampled_from(PLANS))
    balance = draw(st.sampled_from([0, 1, 3, 10, 15, 30, 100]))
    at = NOON + draw(st.integers(0, 60 * 24 * 7)) * MINUTE
    first = opened(draw(st.sampled_from(Priority)), hosting, option, at, balance)
    steps = []
    for _ in range(draw(st.integers(1, 10))):
        at += draw(gaps) * MINUTE
        steps.append(Step(draw(acts), draw(actors), at, draw(st.integers(0, 1440))))
    looks = draw(
        st.lists(
            st.integers(0, 60 * 24 * 12).map(lambda n: first.ticket.received_at + n * MINUTE), max_size=8
        )
    )
    return first, balance, steps, sorted(looks)


def lived(first: Outcome, balance: int, steps: list[Step], looks: list[datetime]) -> History:
    """The history with somebody looking at ``looks``, in the order of time; judged once more long after."""
    history = History(first.ticket, balance, balance)
    history.take(first)
    waiting = list(looks)
    for step in steps:
        while waiting and waiting[0] <= step.at:
            history.look(waiting.pop(0))
        history.live(step)
    history.look(steps[-1].at + timedelta(days=400))
    return history


@settings(max_examples=300, deadline=None)
@given(histories())
def test_the_result_does_not_depend_on_when_or_how_often_somebody_looked(
    case: tuple[Outcome, int, list[Step], list[datetime]],
) -> None:
    first, balance, steps, looks = case
    unseen, watched = lived(first, balance, steps, []), lived(first, balance, steps, looks)
    assert watched.ticket == unseen.ticket
    assert watched.balance == unseen.balance
    assert sorted(map(repr, watched.entries)) == sorted(map(repr, unseen.entries))


@settings(max_examples=400, deadline=None)
@given(histories())
def test_what_must_hold_after_every_act(case: tuple[Outcome, int, list[Step], list[datetime]]) -> None:
    first, balance, steps, _ = case
    history = History(first.ticket, balance, balance)
    history.take(first)
    for step in steps:
        before, moved = history.ticket, len(history.entries)
        if history.live(step):
            event(step.do)
            fresh = history.entries[moved:]
            assert_money_is_right(history)
            assert_never_charged_while_free(before, history.ticket, fresh)
            if step.do in REPRICING:
                assert_the_met_stays_met(judge(before, step.at, 0).ticket, history.ticket)
            assert_explained(history.ticket)
        else:
            assert (history.ticket, len(history.entries)) == (before, moved)
            assert history.refused[-1].clause in POLICY.clauses
            assert history.refused[-1].message.endswith(".")


def assert_money_is_right(history: History) -> None:
    running = 0
    for entry in history.entries:
        running += entry.tokens
        assert running <= 0, "credited more than charged"
        assert entry.tokens != 0
    assert history.ticket.held == -running
    assert history.balance == history.start + history.bought + running >= 0
    if history.ticket.is_free:
        assert history.ticket.held == 0
    ticket = history.ticket
    assert ticket.held <= POLICY.price(ticket.hosting, ticket.option, ticket.priority)
    if not ticket.pays_tokens:
        assert history.entries == []


def assert_never_charged_while_free(before: Ticket, after: Ticket, fresh: list[Entry]) -> None:
    if before.is_free:
        assert all(entry.kind is not EntryKind.CHARGE for entry in fresh)
        if after.is_free:
            assert sum(entry.tokens for entry in fresh) == 0


def assert_the_met_stays_met(before: Ticket, after: Ticket) -> None:
    for deadline in before.counting:
        if deadline.met_at is not None or deadline.missed:
            same = [each for each in after.counting if each.milestone is deadline.milestone]
            assert any((each.due_at, each.met_at) == (deadline.due_at, deadline.met_at) for each in same)


def assert_explained(ticket: Ticket) -> None:
    for deadline in ticket.deadlines:
        why = explain(deadline, POLICY)
        counted = sum((span.end - span.start for span in why.spans), timedelta())
        assert counted == why.counted
        assert (counted < why.promised) if why.kept_earlier else (counted == why.promised)
        assert all(span.start < span.end <= deadline.due_at for span in why.spans)
        assert (deadline.ended is None) or deadline.ended in (End.REPLACED, End.VOID)
    if not (ticket.is_closed or ticket.is_awaiting or ticket.reopened_at):
        promises = POLICY.promises(ticket.option, ticket.priority)
        kept = any(each.promise not in promises for each in ticket.counting if each.is_open)
        assert kept or {each.milestone for each in promises} <= {each.milestone for each in ticket.counting}
    milestones = [each.milestone for each in ticket.counting if each.is_open]
    assert len(milestones) == len(set(milestones)), "two clocks run for one milestone"


instants = st.integers(0, 20 * 365 * 86_400_000_000).map(
    lambda n: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=n)
)


@settings(max_examples=300, deadline=None)
@given(instants, instants, st.sampled_from(SupportOption), st.sampled_from(Priority))
def test_a_later_opening_never_gives_an_earlier_deadline(
    one: datetime, other: datetime, option: SupportOption, priority: Priority
) -> None:
    early, late = sorted([one, other])
    for promise in POLICY.promises(option, priority):
        first = derive(promise, StartEvent.OPENED, early, POLICY.calendar)
        second = derive(promise, StartEvent.OPENED, late, POLICY.calendar)
        assert early < first.due_at <= second.due_at
        assert explain(first, POLICY).counted == promise.amount


def test_histories_reach_the_acts_that_matter() -> None:
    """A fixed history through demotion and a change of priority, so that the properties above cannot go idle."""
    first = opened()
    history = History(first.ticket, 100, 100)
    history.take(first)
    at = NOON + 10 * MINUTE
    for step in (
        Step("demote", SAM, at, 1),
        Step("change", PRIYA, at + MINUTE, 2),
        Step("resolve", SAM, at, 1),
    ):
        assert history.live(step)
    kinds = {type(fact) for fact in history.facts}
    assert {EmergencyDemoted, PriorityChanged} <= kinds
