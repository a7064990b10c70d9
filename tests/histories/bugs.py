"""The catalogue of planted bugs: mistakes that somebody could make in this program, each with what shows it."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from console.policy import classification
from console.policy.account import Account
from console.policy.deadlines import Deadline
from console.policy.document import Policy
from console.policy.ledger import Entry
from console.policy.life import release, release_order
from console.policy.outcome import Draft
from console.policy.terms import EntryKind
from console.services import act as acts
from console.services import intake, people, progress, sweep, tokens, triage
from console.services.act import Case, Released
from console.services.desk import Changed, Desk
from console.services.versions import policy_of
from console.store import engine
from console.store.accounts import Accounts, account_by_id
from console.store.chain import entry_hash
from console.store.engine import Store
from console.store.journal import Journal, Told
from console.store.ledger import Ledger
from console.store.lost import Lost
from console.store.requests import Requests
from console.store.tables import account, counter, request, ticket
from console.store.tickets import Tickets
from console.store.work import Work
from tests.histories.planted import NO_NETS, UNGUARDED, Bug
from tests.histories.published import PRICES

_ONCE = (acts, intake, people, progress, tokens)


# --- Keys --------------------------------------------------------------------------------------------------------


def _key_not_looked_up(patch: pytest.MonkeyPatch) -> None:
    def result(self: Requests, key: str, what: str, digest: str) -> None:
        self._reserve(key, what, digest)

    patch.setattr(Requests, "result", result)


def _new_key_for_every_sending(patch: pytest.MonkeyPatch) -> None:
    once = acts.once

    def forgetful(desk: Desk, key: str, *rest: Any) -> Changed:
        return once(desk, f"{key}-{uuid.uuid4().hex}", *rest)

    for module in _ONCE:
        patch.setattr(module, "once", forgetful)


def _key_kept_afterwards(patch: pytest.MonkeyPatch) -> None:
    def once(desk: Desk, key: str, what: str, digest: str, carry_out: Any) -> Changed:
        with desk.store.work(desk.actor) as work:
            earlier = work.connection.execute(select(request.c.result).where(request.c.key == key)).scalar()
            if earlier is not None:
                return Changed.from_result(earlier)
            changed = carry_out(work)
        with desk.store.work(desk.actor) as work:
            work.requests.result(key, what, digest)
            work.requests.remember(key, changed.as_result())
        return changed

    patch.setattr(acts, "_once", once)


def _said_to_have_failed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(engine, "Unknown", Lost)


# --- Locks and snapshots -----------------------------------------------------------------------------------------


def _account_not_locked(patch: pytest.MonkeyPatch) -> None:
    def get(self: Accounts, account_id: int) -> Account:
        found = account_by_id(self._work.connection, account_id)
        assert found is not None
        return found

    def head(self: Ledger, account_id: int) -> dict[str, Any]:
        query = select(account).where(account.c.id == account_id)
        return dict(self._work.connection.execute(query).mappings().one())

    patch.setattr(Accounts, "get", get)
    patch.setattr(Ledger, "_head", head)


def _ticket_locked_before_account(patch: pytest.MonkeyPatch) -> None:
    def load(work: Work, ticket_id: int, version: int | None = None) -> Case:
        found = work.tickets.get(ticket_id)
        if version is not None and found.version != version:
            raise acts.conflict(work, ticket_id)
        of = work.accounts.get(found.account_id)
        return Case(found, policy_of(found, work), of.balance, work.now)

    for module in (acts, progress, sweep):
        patch.setattr(module, "load", load)


def _torn_reads(patch: pytest.MonkeyPatch) -> None:
    begun = Store._begun

    @contextmanager
    def careless(self: Store, *, writing: bool, after: Any = None) -> Iterator[Connection]:
        if writing:
            with begun(self, writing=True, after=after) as connection:
                yield connection
            return
        with self._engine.connect() as plain, plain.begin():
            yield plain

    patch.setattr(Store, "_begun", careless)


def _version_not_compared(patch: pytest.MonkeyPatch) -> None:
    act = acts.act

    def blind(*given: Any, version: int | None = None, **more: Any) -> Changed:
        return act(*given, **more)

    for module in (triage, progress):
        patch.setattr(module, "act", blind)


def _claim_without_looking(patch: pytest.MonkeyPatch) -> None:
    def claim(self: Tickets, ticket_id: int, login: str, name: str, until: datetime) -> bool:
        values = {"owner": login, "owner_name": name, "lease_until": until}
        self._work.connection.execute(update(ticket).where(ticket.c.id == ticket_id).values(values))
        return True

    patch.setattr(Tickets, "claim", claim)
    patch.setattr(Tickets, "take", claim)


# --- Tokens ------------------------------------------------------------------------------------------------------


def _credit_by_cause(patch: pytest.MonkeyPatch) -> None:
    def credit_all(self: Draft, cause: Any, at: datetime, clause: Any) -> int:
        price = PRICES[self.ticket.hosting][self.ticket.priority] if self.ticket.pays_tokens else 0
        if price and not self.ticket.is_awaiting:
            self._move(EntryKind.CREDIT, cause, price, at, clause)
        return price

    patch.setattr(Draft, "credit_all", credit_all)


def _swept_as_listed(patch: pytest.MonkeyPatch) -> None:
    settle, here = sweep._settle, threading.local()

    def stale(desk: Desk, ticket_id: int) -> sweep.Swept:
        with desk.store.read() as read:
            here.listed = read.ticket(ticket_id)
        return settle(desk, ticket_id)

    def load(work: Work, ticket_id: int) -> Case:
        case = acts.load(work, ticket_id)
        return replace(case, ticket=replace(here.listed, version=case.ticket.version))

    patch.setattr(sweep, "_settle", stale)
    patch.setattr(sweep, "load", load)


def _released_with_the_same_tokens(patch: pytest.MonkeyPatch) -> None:
    def release_awaiting(work: Work, account_id: int, balance: int, key: str) -> Released:
        opened, told = [], []
        for each in release_order(work.tickets.awaiting(account_id)):
            outcome = release(each, policy_of(each, work), balance, work.now)
            if outcome.facts:
                work.tickets.save(outcome.ticket)
                work.ledger.record(account_id, outcome.entries, key=f"{key}:release:{each.id}")
                told.append(Told(outcome.facts, each.id, account_id))
                opened.append(outcome.ticket)
        return Released(tuple(opened), tuple(told))

    patch.setattr(acts, "release_awaiting", release_awaiting)
    patch.setattr(tokens, "release_awaiting", release_awaiting)


def _refund_ignores_the_balance(patch: pytest.MonkeyPatch) -> None:
    values = Ledger._values
    more = 1_000_000

    def careless(self: Ledger, of: Entry, head: dict[str, Any], *rest: Any) -> dict[str, Any]:
        made = values(self, of, {**head, "balance": head["balance"] + more}, *rest)
        made["balance_after"] -= more
        return made | {"hash": entry_hash(made, head["last_hash"])}

    patch.setattr(Ledger, "_values", careless)
    patch.setattr(tokens, "require_balance", lambda *_: None)


def _cheaper_emergencies(patch: pytest.MonkeyPatch) -> None:
    price = Policy.price

    def lying(self: Policy, hosting: Any, option: Any, priority: Any) -> Any:
        return min(price(self, hosting, option, priority), 9)

    patch.setattr(Policy, "price", lying)


# --- Who and when ------------------------------------------------------------------------------------------------


def _actor_from_a_setting(patch: pytest.MonkeyPatch) -> None:
    rows = Journal._rows
    setting: list[str] = []

    def told_by(self: Journal, told: Told, numbers: Iterator[int]) -> Iterator[dict[str, Any]]:
        setting.append(self._work.actor.login)
        for row in rows(self, told, numbers):
            yield row | {"actor": setting[0]}

    patch.setattr(Journal, "_rows", told_by)


def _clock_of_the_desktop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Store, "stamp", lambda self, connection: self.time_of(connection) - timedelta(minutes=7))


def _missed_before_it_is_due(patch: pytest.MonkeyPatch) -> None:
    def passed_unmet(self: Deadline, now: datetime) -> bool:
        soon = now + timedelta(hours=1)
        return self.counts and not self.missed and self.due_at < (self.met_at or soon)

    patch.setattr(Deadline, "passed_unmet", passed_unmet)


def _anybody_decides(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(classification, "require", lambda *_: None)


# --- The journal -------------------------------------------------------------------------------------------------


def _numbers_from_a_sequence(patch: pytest.MonkeyPatch) -> None:
    def reserve(self: Journal, count: int) -> int:
        connection = self._work.connection
        last = connection.execute(_NEXT, {"count": max(count, 0)}).scalar()
        if not count:
            return int(connection.execute(select(counter.c.last)).scalar_one())
        return int(last or 0)

    patch.setattr(Journal, "_reserve", reserve)


_NEXT = text("SELECT max(nextval('journal_number')) FROM generate_series(1, :count)")
_SEQUENCE = (
    "CREATE SEQUENCE journal_number",
    "SELECT setval('journal_number', (SELECT greatest(last, 1) FROM counter WHERE name = 'journal'))",
    "GRANT USAGE ON journal_number TO console_agent, console_administrator",
    """CREATE FUNCTION guard.count_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        UPDATE public.counter SET last = (SELECT count(*) FROM public.fact) WHERE name = 'journal'; RETURN NULL;
    END $$""",
    """CREATE CONSTRAINT TRIGGER counts AFTER INSERT ON fact DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION guard.count_on()""",
)

_HEAD_STAYS = """
    CREATE OR REPLACE FUNCTION guard.entry_moves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    BEGIN
        UPDATE public.account SET balance = NEW.balance_after, last_seq = NEW.seq, last_at = NEW.recorded_at
            WHERE id = NEW.account_id;
        IF NEW.ticket_id IS NOT NULL AND NEW.kind IN ('credit', 'reversal') THEN
            UPDATE public.ticket SET credited = credited + NEW.tokens WHERE id = NEW.ticket_id;
        END IF;
        RETURN NULL;
    END $$
"""


BUGS: dict[str, Bug] = {
    "key-not-looked-up": Bug(
        "the key of an act is kept, and nobody looks it up", "two answers", _key_not_looked_up, UNGUARDED
    ),
    "key-forgotten-on-retry": Bug(
        "every sending makes a key of its own", "that nobody sent", _new_key_for_every_sending
    ),
    "key-kept-afterwards": Bug(
        "the key is kept by a second transaction, after the act", "it happened 2 times", _key_kept_afterwards
    ),
    "failed-after-commit": Bug(
        "a lost answer is reported as not saved", "told that it was not saved, and it was", _said_to_have_failed
    ),
    "account-not-locked": Bug(
        "the account is read without a lock; constraints and guards are all there",
        "The database refuses",
        _account_not_locked,
    ),
    "read-then-written": Bug(
        "the balance is read, then written, and no constraint holds it",
        "balance",
        _account_not_locked,
        UNGUARDED + NO_NETS,
    ),
    "locks-the-other-way-round": Bug(
        "the ticket is locked before its account", "that waited for another", _ticket_locked_before_account
    ),
    "torn-reads": Bug("a reading is no single snapshot", "was read as", _torn_reads),
    "version-not-compared": Bug(
        "who decides last wins, whatever they saw", "acts that saw version", _version_not_compared
    ),
    "claim-without-looking": Bug(
        "a ticket is claimed whoever holds it", "was given it while", _claim_without_looking, UNGUARDED
    ),
    "credit-by-cause": Bug(
        "a credit is the price of the priority, not what is still held",
        "credited more than was charged",
        _credit_by_cause,
        UNGUARDED + NO_NETS,
    ),
    "swept-as-listed": Bug(
        "the sweep judges a ticket as it was when it was listed",
        "credited more than was charged",
        _swept_as_listed,
        UNGUARDED + NO_NETS,
    ),
    "released-with-the-same-tokens": Bug(
        "each waiting ticket is paid with the whole balance", "it needed no tokens", _released_with_the_same_tokens
    ),
    "refund-ignores-the-balance": Bug(
        "a refund is not compared with the balance",
        "the balance is -",
        _refund_ignores_the_balance,
        UNGUARDED + NO_NETS,
    ),
    "lying-client": Bug(
        "a client charges less, and the guards are switched off", "the published price is", _cheaper_emergencies,
        UNGUARDED,
    ),
    "actor-from-a-setting": Bug(
        "who acts is read from a setting, not from the login", "kept as an act of", _actor_from_a_setting, UNGUARDED
    ),
    "clock-of-the-desktop": Bug(
        "an act is dated by a desktop that is seven minutes slow", "recorded at", _clock_of_the_desktop, UNGUARDED
    ),
    "missed-before-it-is-due": Bug(
        "a guarantee counts as missed an hour early", "before its deadline", _missed_before_it_is_due, UNGUARDED
    ),
    "anybody-decides": Bug(
        "an agent may decide on a free issue", "may not do that, and did", _anybody_decides, UNGUARDED
    ),
    "numbers-from-a-sequence": Bug(
        "the journal is numbered by a sequence", "a listening desk missed", _numbers_from_a_sequence,
        UNGUARDED + _SEQUENCE,
    ),
    "head-not-advanced": Bug(
        "the head of an account's chain stays where it was",
        "its head is not its last entry",
        sql=(*UNGUARDED, _HEAD_STAYS),
    ),
}  # fmt: skip
