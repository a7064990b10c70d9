"""A busy desk: random people do random things in random order, and after every step the books must be right.

The machine runs at least 5,000 steps; ``CONSOLE_STEPS`` asks for more. A failure prints the steps that lead to it.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from console.policy import facts as f
from console.policy.actor import Actor
from console.policy.errors import Problem
from console.policy.terms import Cause, Channel, EntryKind, Hosting, Priority, Status, SupportOption
from console.policy.ticket import Ticket
from console.services import claims, intake, progress, tokens, triage
from console.services.desk import Changed, Desk, Preview, Undo
from console.services.intake import NewRequest
from console.services.sweep import sweep
from console.services.undo import undo
from console.store.journal import item_of
from console.store.reading import Read
from console.store.rows import StatementLine
from console.store.tables import fact
from console.store.tickets import tickets_of, with_account
from tests.support import postgres
from tests.support.desks import ALEX, IRA, MORGAN, PRIYA, ROSA, HandClock, Office, office
from tests.support.guarded import guarded_office

STEPS = int(os.environ.get("CONSOLE_STEPS", "5000"))
STEPS_OF_A_RUN = 50
STEPS_BETWEEN_CHECKS = 10
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
REASON = "A reason that is long enough to be kept for good."

PEOPLE = st.sampled_from([MORGAN, ALEX, MORGAN, PRIYA, ALEX, MORGAN, ALEX, PRIYA, ROSA, IRA])
NUMBERS = st.integers(0, 30)
PRIORITIES = st.sampled_from([*Priority, Priority.EMERGENCY, Priority.EMERGENCY])
#: Small steps, business hours, nights, and backwards: a clock that was set back must not hurt.
MINUTES = st.sampled_from([0, 1, 7, 20, 61, 239, 240, 241, 600, 1440, 2880, 4400, -30])


@cache
def _empty_database() -> bytes:
    """An empty, migrated database: a copy for every run saves migrating again."""
    with tempfile.TemporaryDirectory(prefix="console-empty-") as folder:
        file = Path(folder) / "console.sqlite3"
        with office(f"sqlite:///{file}"):
            pass
        return file.read_bytes()


def _fresh_database(folder: Path) -> str:
    target = folder / "console.sqlite3"
    target.touch(mode=0o600)
    target.write_bytes(_empty_database())
    return f"sqlite:///{target}"


def _tokens_moved(read: Read) -> dict[int, list[int]]:
    """What the timeline of each ticket says was moved, in the order of recording."""
    moved: dict[int, list[int]] = {}
    told = select(fact).where(fact.c.kind == f.TokensMoved.__name__).order_by(fact.c.number)
    for row in read.connection.execute(told).mappings():
        item = item_of(row)
        assert isinstance(item.fact, f.TokensMoved)
        moved.setdefault(item.ticket_id or 0, []).append(item.fact.tokens)
    return moved


class BusyDesk(RuleBasedStateMachine):
    """Everything that can be done at the desk, in any order, by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.office: Office = self.stack.enter_context(self.opened())
        self.tickets: list[int] = []
        self.undos: list[tuple[Actor, Undo]] = []
        self.invoices = 0
        self.free_since: dict[int, int] = {}
        self.counted = count(1)

    def opened(self) -> AbstractContextManager[Office]:
        """An office at a fresh database."""
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="console-desk-"))
        return office(_fresh_database(Path(folder)), HandClock())

    def teardown(self) -> None:
        try:
            with self.office.desk.store.read() as read:
                assert read.check() == []
        finally:
            self.stack.close()

    @initialize(
        balances=st.tuples(st.integers(0, 30), st.integers(0, 40)),
        asked=st.lists(st.tuples(NUMBERS, PRIORITIES), min_size=5, max_size=8),
    )
    def a_morning(self, balances: tuple[int, int], asked: list[tuple[int, Priority]]) -> None:
        """The desk opens with a few tickets in the queue."""
        first, second = balances
        self.known = [
            self.office.account("Dedicated", Hosting.DEDICATED, SupportOption.TOKENS, first),
            self.office.account("Platform", Hosting.PLATFORM, SupportOption.TOKENS, second),
            self.office.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS),
        ]
        self.tickets = [
            self.office.number(self.known[number % len(self.known)], priority) for number, priority in asked
        ]

    # --- helpers -------------------------------------------------------------------------------------------------

    def ticket(self, number: int) -> int:
        return self.tickets[number % len(self.tickets)]

    def stored(self, ticket_id: int) -> Ticket:
        with self.office.desk.store.read() as read:
            return read.ticket(ticket_id)

    def attempt(self, who: Actor, act: Callable[[Desk], Changed]) -> Changed | None:
        """Does it, or is told why not in a sentence; anything else is a bug. What is refused changes nothing."""
        before = self._everything()
        try:
            changed = act(self.office.at(who))
        except Problem as problem:
            refused = problem
        else:
            if changed.undo is not None:
                self.undos.append((who, changed.undo))
            assert changed.journal > before[0], "every act is in the journal"
            return changed
        self.refused(refused)
        assert refused.message
        assert refused.title
        assert self._everything() == before
        return None

    def refused(self, problem: Problem) -> None:
        """Hears every refusal."""

    def _everything(self) -> tuple[int, list[int]]:
        with self.office.desk.store.read() as read:
            return read.journal_last(), [row.balance for row in read.account_rows()]

    def deed_equals(
        self, ticket_id: int, shown: Callable[[], Preview], do: Callable[[], Changed | None]
    ) -> None:
        """What the preview showed is what happens: the ticket to the last field, and the tokens."""
        try:
            preview: Preview | None = shown()
        except Problem:
            preview = None
        done = do()
        assert (preview is None) == (done is None), "what can be previewed can be done"
        if preview is None:
            return
        after = self.stored(ticket_id)
        expected = preview.after
        for field in Ticket.__dataclass_fields__:
            if field not in ("version", "confirmation", "demotion", "proposal", "determination"):
                assert getattr(after, field) == getattr(expected, field), field
        with self.office.desk.store.read() as read:
            timeline = read.timeline(ticket_id)
        moved = [item.fact.after for item in timeline if isinstance(item.fact, f.TokensMoved)]
        if preview.entries:
            assert moved[-1] == preview.balance_after

    # --- what happens at a desk ----------------------------------------------------------------------------------

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.office.clock.advance(minutes=minutes)

    @rule(
        who=PEOPLE,
        number=NUMBERS,
        priority=PRIORITIES,
        channel=st.sampled_from(Channel),
        administrator=st.sampled_from([True, True, True, False]),
        authorised=st.booleans(),
    )
    def opens(
        self,
        who: Actor,
        number: int,
        priority: Priority,
        channel: Channel,
        administrator: bool,
        authorised: bool,
    ) -> None:
        account = self.known[number % len(self.known)]
        contact = next(each for each in account.contacts if each.is_administrator is administrator)
        request = NewRequest(
            account_id=account.id,
            contact_id=contact.id,
            priority=priority,
            channel=channel,
            authorised=authorised,
            subject="Something is wrong",
        )
        check = intake.check_request(self.office.at(who), request)
        done = self.attempt(who, lambda desk: intake.open_ticket(desk, request, desk.new_key()))
        if done is not None:
            assert check.entitled
            assert done.ticket_id is not None
            self.tickets.append(done.ticket_id)
            assert self.stored(done.ticket_id).is_awaiting == check.awaiting

    @rule(who=PEOPLE, number=NUMBERS)
    def begins(self, who: Actor, number: int) -> None:
        self.attempt(who, lambda desk: progress.begin(desk, self.ticket(number), desk.new_key()))

    @rule(who=PEOPLE, number=NUMBERS)
    def replies(self, who: Actor, number: int) -> None:
        self.attempt(who, lambda desk: progress.reply(desk, self.ticket(number), "We look.", desk.new_key()))

    @rule(who=PEOPLE, number=NUMBERS)
    def plans(self, who: Actor, number: int) -> None:
        when = self.office.clock.now
        self.attempt(
            who,
            lambda desk: progress.send_plan(desk, self.ticket(number), "Fix", "Sam", when, desk.new_key()),
        )

    @rule(who=PEOPLE, number=NUMBERS, cause=st.sampled_from([None, "overload"]))
    def resolves(self, who: Actor, number: int, cause: str | None) -> None:
        self.attempt(
            who,
            lambda desk: progress.resolve(
                desk, self.ticket(number), "solved", "Done", desk.new_key(), None, cause
            ),
        )

    @rule(who=PEOPLE, number=NUMBERS)
    def demotes(self, who: Actor, number: int) -> None:
        id, desk = self.ticket(number), self.office.at(who)
        self.deed_equals(
            id,
            lambda: triage.preview_demotion(desk, id, ["partial"], REASON),
            lambda: self.attempt(who, lambda d: triage.demote(d, id, ["partial"], REASON, None, d.new_key())),
        )

    @rule(who=PEOPLE, number=NUMBERS)
    def confirms(self, who: Actor, number: int) -> None:
        id, desk = self.ticket(number), self.office.at(who)
        self.deed_equals(
            id,
            lambda: triage.preview_confirmation(desk, id, ["down"]),
            lambda: self.attempt(who, lambda d: triage.confirm(d, id, ["down"], "", None, d.new_key())),
        )

    @rule(who=PEOPLE, number=NUMBERS)
    def reverses(self, who: Actor, number: int) -> None:
        id, desk = self.ticket(number), self.office.at(who)
        self.deed_equals(
            id,
            lambda: triage.preview_reverse_demotion(desk, id),
            lambda: self.attempt(who, lambda d: triage.reverse_demotion(d, id, REASON, None, d.new_key())),
        )

    @rule(who=PEOPLE, number=NUMBERS)
    def proposes(self, who: Actor, number: int) -> None:
        id, desk = self.ticket(number), self.office.at(who)
        self.deed_equals(
            id,
            lambda: triage.preview_proposal(desk, id, "own_fault", REASON),
            lambda: self.attempt(
                who, lambda d: triage.propose_free(d, id, "own_fault", REASON, None, d.new_key())
            ),
        )

    @rule(who=PEOPLE, number=NUMBERS, free=st.booleans())
    def decides(self, who: Actor, number: int, free: bool) -> None:
        id, desk = self.ticket(number), self.office.at(who)
        self.deed_equals(
            id,
            lambda: triage.preview_determination(desk, id, free, "own_fault", REASON),
            lambda: self.attempt(
                who, lambda d: triage.determine(d, id, free, "own_fault", REASON, None, d.new_key())
            ),
        )

    @rule(who=PEOPLE, number=NUMBERS, to=PRIORITIES, authorised=st.sampled_from(["Leah", "Leah", ""]))
    def changes_priority(self, who: Actor, number: int, to: Priority, authorised: str) -> None:
        id, desk = self.ticket(number), self.office.at(who)
        change = lambda d: triage.change_priority(d, id, to, authorised, None, d.new_key())  # noqa: E731
        if authorised:
            self.deed_equals(
                id,
                lambda: triage.preview_change_priority(desk, id, to, authorised),
                lambda: self.attempt(who, change),
            )
        else:
            self.attempt(who, change)

    @rule(who=PEOPLE, number=NUMBERS, amount=st.integers(1, 20))
    def buys(self, who: Actor, number: int, amount: int) -> None:
        account = self.known[number % len(self.known)]
        self.invoices += 1
        shown = tokens.preview_purchase(self.office.at(who), account.id, amount)
        done = self.attempt(
            who,
            lambda desk: tokens.record_purchase(
                desk, account.id, amount, f"R-{self.invoices}", None, desk.new_key()
            ),
        )
        if done is not None:
            assert self.office.balance(account) == shown.balance_after
            assert done.tickets == {preview.after.id for preview in shown.released}

    @rule(who=PEOPLE, number=NUMBERS, change=st.integers(-10, 10), refund=st.booleans())
    def corrects(self, who: Actor, number: int, change: int, refund: bool) -> None:
        id = self.known[number % len(self.known)].id
        if refund:
            self.attempt(who, lambda desk: tokens.refund(desk, id, change, "W-1", REASON, desk.new_key()))
        else:
            self.attempt(who, lambda desk: tokens.adjust(desk, id, change, REASON, desk.new_key()))

    @rule(who=st.sampled_from([ALEX, PRIYA, MORGAN]))
    def sweeps(self, who: Actor) -> None:
        swept = sweep(self.office.at(who))
        assert not swept.failed
        again = sweep(self.office.at(who))
        assert (again.guarantees, again.goals, again.credited) == (0, 0, 0), "a sweep is done once"

    @rule(who=PEOPLE, number=NUMBERS)
    def reopens(self, who: Actor, number: int) -> None:
        self.attempt(who, lambda desk: progress.reopen(desk, self.ticket(number), "Again", desk.new_key()))

    @rule(who=PEOPLE, number=NUMBERS, anyway=st.booleans(), by_customer=st.booleans())
    def cancels(self, who: Actor, number: int, anyway: bool, by_customer: bool) -> None:
        id = self.ticket(number)
        self.attempt(
            who,
            lambda desk: progress.cancel(
                desk, id, "Not needed", anyway, desk.new_key(), by_customer=by_customer
            ),
        )

    @rule(who=PEOPLE, number=NUMBERS, other=NUMBERS)
    def merges(self, who: Actor, number: int, other: int) -> None:
        one, into = self.ticket(number), self.ticket(other)
        self.attempt(who, lambda desk: progress.merge(desk, one, into, desk.new_key()))

    @precondition(lambda self: self.undos)
    @rule(number=NUMBERS)
    def undoes(self, number: int) -> None:
        who, act = self.undos[-1 - number % min(3, len(self.undos))]
        self.attempt(who, lambda desk: undo(desk, act, desk.new_key()))

    @rule(who=PEOPLE)
    def takes_next(self, who: Actor) -> None:
        done = self.attempt(who, lambda desk: claims.take_next(desk, desk.new_key()))
        if done is not None:
            assert done.ticket_id is not None
            ticket = self.stored(done.ticket_id)
            assert not ticket.is_closed
            assert not ticket.is_awaiting

    @rule(who=PEOPLE, number=NUMBERS)
    def sends_twice(self, who: Actor, number: int) -> None:
        """A double click or a lost answer: the same key happens once and answers the same."""
        id, key = self.ticket(number), self.office.desk.new_key()
        first = self.attempt(who, lambda desk: progress.write_note(desk, id, "Looked at it.", key))
        if first is not None:
            before = self._everything()
            assert progress.write_note(self.office.at(who), id, "Looked at it.", key) == first
            assert self._everything() == before

    # --- what must always be true --------------------------------------------------------------------------------

    @invariant()
    def the_books_are_right(self) -> None:
        with self.office.desk.store.read() as read:
            if next(self.counted) % STEPS_BETWEEN_CHECKS == 0:
                assert read.check() == []
            by_ticket: dict[int, list[StatementLine]] = {}
            for account in read.account_rows():
                entries = read.entries(account.id, LONG_AGO)
                assert account.balance == sum(line.tokens for line in entries)
                assert all(line.balance_after >= 0 for line in entries)
                for line in entries:
                    by_ticket.setdefault(line.ticket_id or 0, []).append(line)
            everything = tickets_of(read.connection, with_account())
            moved = _tokens_moved(read)
        assert sorted(ticket.id for ticket in everything) == sorted(self.tickets)
        for ticket in everything:
            self._ticket_is_right(ticket, by_ticket.get(ticket.id, []), moved.get(ticket.id, []))

    def _ticket_is_right(self, ticket: Ticket, lines: list[StatementLine], moved: list[int]) -> None:
        ticket_id = ticket.id
        assert ticket.held == -sum(line.tokens for line in lines) >= 0, "credit ≤ charge"
        assert moved == [line.tokens for line in lines], "the timeline is complete"
        if ticket.is_free:
            assert ticket.held == 0, "a free ticket costs nothing"
        if ticket.missed_guarantee is not None:
            charged = sum(1 for line in lines if line.kind in (EntryKind.CHARGE, EntryKind.REVERSAL))
            since = self.free_since.setdefault(ticket_id, charged)
            assert charged == since, "no ticket is charged once it is free by a missed guarantee"
        for cause in (Cause.BEGIN_MISSED, Cause.RESPOND_MISSED, Cause.RESOLVE_OR_PLAN_MISSED):
            assert sum(line.cause is cause for line in lines) <= 1, "a miss credits once"
        if ticket.status is Status.AWAITING_TOKENS:
            assert ticket.held == 0
            assert not ticket.deadlines


@pytest.mark.timeout(900)
@pytest.mark.parametrize("shift", ["early", "late"])
def test_a_busy_desk_keeps_its_books(shift: str) -> None:
    """Half the steps each, so that two processes can share them."""
    _run(BusyDesk, STEPS // 2)


@pytest.mark.timeout(900)
def test_the_guards_of_a_shared_database_let_every_honest_act_through(
    postgres_server: postgres.Server,
) -> None:
    """The same desk where everybody has a login of their own: a guard that refuses is heard as a refusal of the
    database and fails the run, because the policy had allowed the act."""

    class GuardedDesk(BusyDesk):
        def opened(self) -> AbstractContextManager[Office]:
            url = postgres_server.console()
            self.stack.callback(postgres_server.drop, url.rsplit("/", 1)[1])
            return guarded_office(url)

        def refused(self, problem: Problem) -> None:
            assert problem.title != "The database refuses", problem.message

    _run(GuardedDesk, STEPS // 10)


def _run(machine: type[BusyDesk], steps: int) -> None:
    runs = max(1, steps // STEPS_OF_A_RUN)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS_OF_A_RUN,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            # Shrinking real transactions takes minutes; the steps that lead to a failure are printed anyway.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )
