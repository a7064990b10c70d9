"""Attacks that take more than one transaction, or more than one login: what was honest yesterday used today."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import psycopg
import pytest

from console.policy import classification, closing, life, repricing
from console.policy.clauses import Clause
from console.policy.deadlines import Deadline, StartEvent, derive
from console.policy.document import Policy, Promise
from console.policy.errors import Problem
from console.policy.facts import DemotionReversed, Fact, PriorityChanged
from console.policy.outcome import Draft
from console.policy.terms import Cause, Milestone, Priority, Status, SupportOption
from console.policy.ticket import Ticket
from console.services import keeping, people, progress, tokens, triage
from console.services.sweep import sweep
from console.store import server
from console.store.address import read as address_of
from console.store.tickets import Tickets
from tests.support.attacks import LONG, Scene, change, entry, fact, miss, refused, touch
from tests.support.desks import ALEX, MORGAN, PRIYA
from tests.support.guarded import as_login, libpq
from tests.support.stories import NEXT_WEEK, due, not_critical, ticket

CREDIT = entry("credit", "begin_missed", 3, "{story}", at=due("begin"))


def test_a_kept_promise_cannot_be_given_again_to_be_missed(place: Scene) -> None:
    """Begun in time, the due instant long past: a second copy of the promise would be missed, and credited."""
    number, alex = ticket(place), place.office.at(ALEX)
    progress.begin(alex, number, alex.new_key())
    place.office.clock.advance(hours=5)
    copied = """
        INSERT INTO deadline SELECT ticket_id, 2, milestone, kind, amount, business, clause, start, counted_from,
            due_at, NULL, true, 3, NULL, NULL FROM deadline WHERE ticket_id = {story} AND milestone = 'begin';"""
    refused(place, "alex", touch("story") + copied + CREDIT, "act that opens its ticket")
    repriced = change("story", "priority = 'standard', price = 1") + copied
    refused(place, "alex", repriced, "promises something else")


def test_what_a_demotion_replaced_is_never_missed(place: Scene) -> None:
    """The emergency's hour ran out after the demotion: it was no promise any more."""
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    place.office.clock.advance(minutes=61)
    late = "UPDATE deadline SET missed = true WHERE ticket_id = {story} AND position = 0;"
    refused(place, "alex", touch("story") + late, "has ended stays as it is")
    again = """
        INSERT INTO deadline SELECT ticket_id, (SELECT count(*) FROM deadline WHERE ticket_id = {story}), milestone,
            kind, amount, business, clause, start, counted_from, due_at, NULL, true, 0, NULL, NULL
        FROM deadline WHERE ticket_id = {story} AND position = 0;"""
    refused(place, "alex", touch("story") + again, "act that opens its ticket")


def _afresh(ticket: Ticket, promise: Promise, _old: object, policy: Policy, at: datetime) -> Deadline:
    """What a client of one's own gives that forgets "never later": the promise runs from now."""
    return repricing._met_already(ticket, derive(promise, StartEvent.CHANGED, at, policy.calendar))


@pytest.mark.parametrize(
    ("before", "hours", "after"),
    [
        (Priority.STANDARD, 23.8, Priority.EMERGENCY),
        (Priority.INFORMATIONAL, 71.8, Priority.STANDARD),  # a respond gives way to a begin
    ],
)
def test_a_raised_priority_puts_off_no_promise(
    place: Scene, monkeypatch: pytest.MonkeyPatch, before: Priority, hours: float, after: Priority
) -> None:
    number, alex = ticket(place, before), place.office.at(ALEX)
    place.office.clock.advance(hours=hours)
    with monkeypatch.context() as patched:
        patched.setattr(repricing, "_raised", _afresh)
        with pytest.raises(Problem, match=r"never ends later"):
            triage.change_priority(alex, number, after, "Leah", None, alex.new_key())
    triage.change_priority(alex, number, after, "Leah", None, alex.new_key())


def _of_another(ticket: Ticket, promise: Promise, old: object, policy: Policy, at: datetime) -> Deadline:
    """Every promise is due with the first of those that it replaces, to be missed."""
    made = _afresh(ticket, promise, old, policy, at)
    return replace(made, due_at=min(each.due_at for each in ticket.open_deadlines()))


def _of_the_opening(
    ticket: Ticket, promise: Promise, old: Deadline | None, policy: Policy, _at: datetime
) -> Deadline:
    """Every promise counts from the opening, to be missed in two minutes."""
    return repricing._from_opening(ticket, promise, old, policy)


@pytest.mark.parametrize(
    ("rule", "false", "before", "hours", "after"),
    [
        ("_raised", _of_another, Priority.STANDARD, 23.5, Priority.EMERGENCY),
        ("_raised", _of_the_opening, Priority.STANDARD, 0.97, Priority.EMERGENCY),
        ("_lowered", _of_another, Priority.URGENT, 1, Priority.STANDARD),
        ("_lowered", _afresh, Priority.URGENT, 1, Priority.STANDARD),
    ],
)
def test_no_promise_is_given_at_a_false_time_to_be_missed(
    place: Scene,
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    false: object,
    before: Priority,
    hours: float,
    after: Priority,
) -> None:
    number, alex = ticket(place, before), place.office.at(ALEX)
    place.office.clock.advance(hours=hours)
    with monkeypatch.context() as patched:
        patched.setattr(repricing, rule, false)
        with pytest.raises(Problem, match=r"\(clause[s]? [23]\.4"):
            triage.change_priority(alex, number, after, "Leah", None, alex.new_key())
    triage.change_priority(alex, number, after, "Leah", None, alex.new_key())


def test_a_promise_ended_a_moment_before_the_other_begins_is_the_one_it_replaces(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the clock was set back an act may carry two instants: the server's, and the account's last."""
    number, alex, clock = ticket(place, Priority.STANDARD), place.office.at(ALEX), place.office.clock
    clock.advance(hours=23, minutes=50)
    tokens.record_purchase(alex, place.places["juniper"], 1, "R-1", None, alex.new_key())
    clock.advance(minutes=-5)
    rederive = repricing.rederive

    def at_two_instants(draft: Draft, to: Priority, policy: Policy, at: datetime, *, raised: bool) -> None:
        rederive(draft, to, policy, at, raised=raised)
        assert at > clock.now
        draft.ticket = draft.ticket.with_deadlines(
            lambda each: replace(each, ended_at=clock.now) if each.ended_at == at else each
        )

    with monkeypatch.context() as patched:
        patched.setattr(repricing, "_raised", _afresh)
        patched.setattr(repricing, "rederive", at_two_instants)
        with pytest.raises(Problem, match=r"never ends later"):
            triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())
    clock.advance(minutes=5)


def test_a_reversed_demotion_puts_off_no_promise_that_still_runs(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, alex, morgan = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.at(MORGAN)
    place.office.clock.advance(minutes=50)
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    place.office.clock.advance(minutes=5)

    def afresh(draft: Draft, policy: Policy, _demoted_at: datetime, at: datetime) -> None:
        repricing.rederive(draft, Priority.EMERGENCY, policy, at, raised=True)

    with monkeypatch.context() as patched:
        patched.setattr(repricing, "_raised", _afresh)
        patched.setattr(classification, "restore", afresh)
        with pytest.raises(Problem, match=r"runs again as it was"):
            triage.reverse_demotion(morgan, number, LONG, None, morgan.new_key())
    triage.reverse_demotion(morgan, number, LONG, None, morgan.new_key())
    triage.demote(morgan, number, [not_critical(place)], LONG, None, morgan.new_key())
    place.office.clock.advance(hours=1)
    triage.reverse_demotion(morgan, number, LONG, None, morgan.new_key())


def _kept(_ticket: Ticket, _promise: Promise, old: Deadline, *_rest: object) -> Deadline:
    """The promise of before runs on."""
    return old


@pytest.mark.parametrize(
    ("rule", "before", "hours", "after"),
    [
        ("_raised", Priority.STANDARD, 1, Priority.EMERGENCY),
        ("_lowered", Priority.URGENT, 1, Priority.STANDARD),
    ],
)
def test_no_promise_of_another_priority_runs_on(
    place: Scene, monkeypatch: pytest.MonkeyPatch, rule: str, before: Priority, hours: float, after: Priority
) -> None:
    number, alex = ticket(place, before), place.office.at(ALEX)
    place.office.clock.advance(hours=hours)
    monkeypatch.setattr(repricing, rule, _kept)
    with pytest.raises(Problem, match="Another priority has its own promises"):
        triage.change_priority(alex, number, after, "Leah", None, alex.new_key())


def test_no_milestone_is_promised_twice_at_a_time(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    place.office.clock.advance(hours=1)
    succession = repricing._succession
    monkeypatch.setattr(repricing, "_succession", lambda *asked: succession(*asked) * 2)
    with pytest.raises(Problem, match="A milestone is promised once at a time"):
        triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())


def test_a_reopened_ticket_is_promised_goals_alone(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    progress.resolve(alex, number, "answered", "So.", alex.new_key())
    with monkeypatch.context() as patched:
        patched.setattr(closing, "after_reopening", lambda promise: promise)
        with pytest.raises(Problem, match="The policy promises something else"):
            progress.reopen(alex, number, "", alex.new_key())
    progress.reopen(alex, number, "", alex.new_key())


def test_a_closed_ticket_is_not_priced_anew(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    progress.resolve(alex, number, "answered", "So.", alex.new_key())
    place.office.clock.advance(days=30)
    monkeypatch.setattr(classification, "require_not_closed", lambda _ticket: None)
    with pytest.raises(Problem, match="A closed ticket keeps its classification"):
        triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())


def test_a_cancelled_ticket_leaves_no_promise_to_be_missed(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, morgan = ticket(place), place.office.at(MORGAN)
    progress.begin(morgan, number, morgan.new_key())

    def close(draft: Draft, status: Status, at: datetime) -> None:
        draft.ticket = replace(draft.ticket, status=status, closed_at=at)

    monkeypatch.setattr(closing, "_close", close)
    with pytest.raises(Problem, match="leaves no promise running"):
        progress.cancel(morgan, number, "They gave up.", False, morgan.new_key())


def test_a_reply_begins_the_work_whatever_client_sends_it(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    monkeypatch.setattr(life, "_mark_begun", lambda _work: None)
    monkeypatch.setattr(life, "_REPLIED", frozenset({Milestone.RESPOND}))
    with pytest.raises(Problem, match="tells of what has changed"):
        progress.reply(alex, number, "On it.", alex.new_key())


@pytest.mark.parametrize("said", ["", " "])
def test_a_higher_price_needs_the_customers_authorisation(
    place: Scene, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    monkeypatch.setattr(repricing, "_require_authorised", lambda *_asked: None)
    with pytest.raises(Problem, match=r"customer's authorisation"):
        triage.change_priority(alex, number, Priority.URGENT, said, None, alex.new_key())


def test_what_was_never_demoted_is_not_told_as_a_demotion_reversed(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told so, a raise would need nobody's authorisation, and its promises could count from the opening."""

    def take_back(
        draft: Draft, to: Priority, policy: Policy, at: datetime, _cause: object, _clause: object
    ) -> None:
        needed = repricing.price_difference(draft.ticket, to, policy)
        draft.take_back(needed, Cause.UNDONE, at, Clause.REVERSE, "emergency support")

    def another_fact(at: datetime, **_told: object) -> DemotionReversed:
        return DemotionReversed(at=at, reason="", undone=True)

    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    place.office.clock.advance(minutes=58)
    monkeypatch.setattr(repricing, "reprice", take_back)
    monkeypatch.setattr(repricing, "PriorityChanged", another_fact)
    with pytest.raises(Problem, match="tells of what has changed"):
        triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())


def test_a_lowered_priority_is_not_told_as_a_raised_one_too(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told so, its promises could keep the times of those that they replace, to be missed."""
    number, alex = ticket(place, Priority.URGENT), place.office.at(ALEX)
    place.office.clock.advance(hours=1)
    note = Draft.note

    def twice(draft: Draft, fact: Fact) -> None:
        note(draft, fact)
        if isinstance(fact, PriorityChanged):
            note(draft, replace(fact, before=Priority.BILLING))

    monkeypatch.setattr(Draft, "note", twice)
    monkeypatch.setattr(repricing, "_lowered", repricing._raised)
    with pytest.raises(Problem, match="One act at a time"):
        triage.change_priority(alex, number, Priority.STANDARD, "", None, alex.new_key())


def test_a_begin_that_stands_for_a_respond_of_the_past_is_no_attack(place: Scene) -> None:
    """Lowered to informational after its three days: the running begin stands, nothing is missed before it is given."""
    number, alex, clock = ticket(place, Priority.BILLING), place.office.at(ALEX), place.office.clock
    for to, hours in ((Priority.STANDARD, 73), (Priority.INFORMATIONAL, 1)):
        clock.advance(hours=hours)
        triage.change_priority(alex, number, to, "Leah", None, alex.new_key())
    progress.begin(alex, number, alex.new_key())
    progress.reply(alex, number, "So it is.", alex.new_key())


def test_lowered_and_raised_again_at_one_instant_is_no_attack(place: Scene) -> None:
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    for to, hours in ((Priority.URGENT, 1), (Priority.STANDARD, 1), (Priority.URGENT, 0)):
        place.office.clock.advance(hours=hours)
        triage.change_priority(alex, number, to, "Leah", None, alex.new_key())


def test_a_promise_that_has_ended_is_not_touched_again(place: Scene) -> None:
    """In a savepoint it would be hidden from what takes its place; in another act it would seem replaced by that."""
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())
    for column in ("credited", "ended"):
        again = f"UPDATE deadline SET {column} = {column} WHERE ticket_id = {{story}} AND ended = 'replaced';"
        refused(place, "alex", touch("story") + again, "has ended stays as it is")


def test_what_is_replaced_is_not_hidden_in_a_savepoint(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    place.office.clock.advance(hours=23.8)
    save = Tickets._save_deadlines

    def hidden(self: Tickets, changed: Ticket) -> None:
        with self._work.connection.begin_nested():
            save(self, changed)

    monkeypatch.setattr(repricing, "_raised", _afresh)
    monkeypatch.setattr(Tickets, "_save_deadlines", hidden)
    with pytest.raises(Problem, match="outside every savepoint"):
        triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())


def test_an_own_begin_takes_no_colleagues_plan_back(place: Scene) -> None:
    number, alex, priya = ticket(place), place.office.at(ALEX), place.office.at(PRIYA)
    progress.begin(alex, number, alex.new_key())
    progress.send_plan(priya, number, "Look", "Priya", NEXT_WEEK, priya.new_key())
    undone = (
        change("story", "planned_at = NULL, plan = NULL, status = 'begun', (next_due_at, next_milestone, next_kind, "
               "next_business, queue_group, queue_rank) = (SELECT due_at, milestone, kind, business, 0, 0 FROM "
               "deadline WHERE ticket_id = {story} AND milestone = 'resolve_or_plan')")
        + "UPDATE deadline SET met_at = NULL WHERE ticket_id = {story} AND milestone = 'resolve_or_plan';"
        + fact("ActUndone", '{"act": "begin"}', "{story}")
    )  # fmt: skip
    refused(place, "alex", undone, "tells of what has changed")


def test_a_later_plan_undone_leaves_the_first(place: Scene) -> None:
    """The first plan met the promise in time; undoing a second one after the due instant must not unmeet it."""
    number, alex, priya = ticket(place), place.office.at(ALEX), place.office.at(PRIYA)
    progress.send_plan(priya, number, "Look", "Priya", NEXT_WEEK, priya.new_key())
    place.office.clock.advance(hours=25)
    progress.send_plan(alex, number, "Look again", "Alex", NEXT_WEEK, alex.new_key())
    with pytest.raises(Exception, match="earlier plan"):
        progress.undo_work(alex, "plan", number, alex.new_key())
    assert keeping.check(alex) == []


def test_a_miss_is_credited_only_with_its_fact(place: Scene) -> None:
    ticket(place, Priority.EMERGENCY)
    place.office.clock.advance(minutes=61)
    held = change("story", "held = 0, is_free = true, missed = 'begin', queue_stake = 0")
    settled = held + miss("story").replace("missed = true", "missed = true, credited = 10")
    credited = entry("credit", "begin_missed", 10, "{story}", at=due("begin"))
    told = fact(
        "TokensMoved",
        '{"cause": "begin_missed", "tokens": 10, "before": 30, "after": 40}',
        "{story}",
        at=due("begin"),
    )
    refused(place, "alex", settled + credited + told, "told to the journal")


def test_tokens_move_once_however_often_they_are_told(place: Scene) -> None:
    ticket(place)
    moved = '{"cause": "bought", "tokens": 5, "before": 37, "after": 42, "reference": "X-9", "reason": "why"}'
    bought = entry("purchase", "bought", 5, reference="'X-9'")
    refused(place, "alex", bought + fact("BalanceMoved", moved) * 2, "once, in the same transaction")


@pytest.mark.parametrize("kept", ["note", "claim", "purchase"])
def test_nothing_is_kept_in_store_for_later(place: Scene, kept: str) -> None:
    """Everything is written, then the COMMIT waits: after ten seconds it is worth nothing."""
    ticket(place)
    scripts = {
        "note": fact("NoteWritten", '{"words": "x"}', "{story}"),
        "claim": "UPDATE ticket SET owner = 'alex', owner_name = 'Alex', lease_until = guard.stamp()"
        " WHERE id = {story};",
        "purchase": entry("purchase", "bought", 5),
    }
    with psycopg.connect(libpq(as_login(place.office.url, "alex"))) as connection:
        connection.execute(scripts[kept].format(**place.places))
        place.office.clock.advance(seconds=11)
        with pytest.raises(psycopg.Error, match=r"took too long|told to the journal"):
            connection.commit()


def test_an_account_that_pays_otherwise_now_still_gets_its_credit(place: Scene) -> None:
    """The guard of entries asks how the ticket pays, not how its account pays meanwhile."""
    office, alex = place.office, place.office.at(ALEX)
    account = office.account("Leaves tokens", balance=3)
    number = office.number(account, Priority.URGENT)
    known = people.account(alex, account.id)
    people.save_account(alex, replace(known, option=SupportOption.FLAT_RATE_USERS), alex.new_key())
    office.clock.advance(hours=30)
    assert number not in sweep(alex).failed
    assert office.balance(account) == 3


def test_a_group_held_for_another_database_gives_nothing_here(place: Scene) -> None:
    """Who manages another console of the server would make herself a manager of this one: her groups do not change."""
    with psycopg.connect(libpq(place.office.url)) as owner:
        owner.execute("GRANT console_manager TO ira")
    taken = "SELECT guard.save_person('ira', 'Ira', true, '{{administrator, manager}}');"
    told = '{"login": "ira", "name": "Ira", "roles": ["administrator", "manager"]}'
    refused(
        place, "ira", taken + fact("PersonSaved", told, role="'administrator'"), "Nobody changes their own"
    )
    with psycopg.connect(libpq(place.office.url)) as owner:
        owner.execute("REVOKE console_manager FROM ira")


def test_two_administrators_cannot_take_each_other_off_the_list(place: Scene) -> None:
    """One change of the People list waits for the other, so that the last administrator stays."""
    with server.acting(address_of(place.office.url)) as owner:
        owner.exec_driver_sql("SELECT guard.save_person('priya', 'Priya', true, '{administrator}')")

    def take_off(pair: tuple[str, str]) -> bool:
        who, other = pair
        removed = f"SELECT guard.save_person('{other}', '{other.capitalize()}', true, '{{{{agent}}}}');"
        told = f'{{"login": "{other}", "name": "{other.capitalize()}", "roles": ["agent"]}}'
        return place.try_as(who, removed + fact("PersonSaved", told, role="'administrator'")) is None

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(take_off, [("ira", "priya"), ("priya", "ira")]))
    with psycopg.connect(libpq(place.office.url)) as owner_again:
        query = "SELECT count(*) FROM person_role WHERE role = 'administrator'"
        assert owner_again.execute(query).fetchone() == (1,)
    assert sum(done) == 1
    with server.acting(address_of(place.office.url)) as owner:
        owner.exec_driver_sql("SELECT guard.save_person('priya', 'Priya', true, '{agent}')")
        owner.exec_driver_sql("SELECT guard.save_person('ira', 'Ira', true, '{administrator}')")


def test_a_desk_that_keeps_its_beat_open_stops_nobody_elses(place: Scene) -> None:
    url = place.office.url
    with (
        psycopg.connect(libpq(as_login(url, "alex")), autocommit=True) as alex,
        psycopg.connect(libpq(as_login(url, "priya")), autocommit=True) as priya,
        psycopg.connect(libpq(url), autocommit=True) as owner,
    ):
        alex.execute("SELECT guard.beat(1, false, '0')")
        owner.execute("UPDATE guard.presence SET beat_at = beat_at - interval '2 minutes'")
        alex.execute("BEGIN; SELECT guard.beat(2, false, '0')")
        priya.execute("SET lock_timeout = '2s'")
        priya.execute("SELECT guard.beat(3, true, '0')")


def test_with_temporary_tables_allowed_nothing_is_got_round(place: Scene) -> None:
    """A trigger of one's own runs one level deep: no guard may take that for the console's own trigger."""
    ticket(place)
    database = place.office.url.rsplit("/", 1)[1]
    with psycopg.connect(libpq(place.office.url)) as owner:
        owner.execute(f"GRANT TEMP ON DATABASE {database} TO alex")
    shadow = """
        CREATE TEMP TABLE shadow (x int);
        CREATE FUNCTION pg_temp.hit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE public.ticket SET held = 0, version = version + 1 WHERE id = {story}; RETURN NEW; END $$;
        CREATE TRIGGER hit AFTER INSERT ON shadow FOR EACH ROW EXECUTE FUNCTION pg_temp.hit();
        INSERT INTO shadow VALUES (1);"""
    refused(place, "alex", shadow, "What lists show|what the ledger says|charged its price")
    named = """
        CREATE TEMP TABLE entry (LIKE public.entry); CREATE TEMP TABLE account (LIKE public.account);
        CREATE DOMAIN pg_temp.boolean AS pg_catalog.bool;
        UPDATE public.account SET option = 'flat_rate_users', version = version + 1 WHERE id = {juniper};"""
    refused(place, "alex", named, "keeps paying with them")
    with psycopg.connect(libpq(place.office.url)) as owner:
        owner.execute(f"REVOKE TEMP ON DATABASE {database} FROM alex")


def test_a_role_taken_away_ends_an_open_transaction(place: Scene) -> None:
    ticket(place)
    with psycopg.connect(libpq(as_login(place.office.url, "priya"))) as priya:
        priya.execute("SELECT 1 FROM ticket LIMIT 1")
        with server.acting(address_of(place.office.url)) as owner:
            owner.exec_driver_sql("SELECT guard.save_person('priya', 'Priya', true, '{}')")
        with pytest.raises(psycopg.Error, match=r"permission denied|role that its author holds"):
            priya.execute(fact("NoteWritten", '{"words": "x"}', "{story}").format(**place.places))
    with server.acting(address_of(place.office.url)) as owner:
        owner.exec_driver_sql("SELECT guard.save_person('priya', 'Priya', true, '{agent}')")


def test_answers_of_others_are_not_read(place: Scene) -> None:
    """Neither rows nor messages tell of them."""
    with psycopg.connect(libpq(as_login(place.office.url, "rosa"))) as rosa:
        assert rosa.execute("SELECT count(*) FROM request").fetchone() == (0,)
        shown = rosa.execute("SELECT DISTINCT query FROM pg_stat_activity WHERE usename <> 'rosa'").fetchall()
        assert {query for (query,) in shown} <= {"<insufficient privilege>", None, ""}


def test_the_office_still_works_after_all_this(place: Scene) -> None:
    assert keeping.check(place.office.at(MORGAN)) == []
