"""The labelled sample database: the shipped stories played through the real use cases, dated back from now."""

import random
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from console.policy.account import Account, Contact
from console.policy.actor import Actor
from console.policy.document import Policies
from console.policy.errors import Invalid, Problem
from console.policy.terms import Hosting, Priority, Role, SupportOption
from console.services import claims, intake, people, progress, tokens, triage
from console.services.desk import SAMPLE_SETTING, Desk
from console.services.intake import NewRequest
from console.services.sweep import sweep
from console.store.engine import Store

SEED = 48_000
HISTORY_DAYS = 85
HISTORY_TICKETS = 92
RECENT_DAYS = 24


#: What the label says until the last story is told, and from then on.
FILLING, FILLED = "filling", "filled"

ANEW = (
    "A shared database is taken away by the means of its server, and made anew: dropdb, createdb, server init. "
    "Then demo fills it."
)

Act = Callable[[Desk, int, str, datetime], object]


class SampleClock:
    """A clock that stands where the stories put it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens at one instant of the sample's history."""

    at: datetime
    do: Callable[[], object]


def stands(desk: Desk) -> bool:
    """Whether the database is sample data. Raises ``Invalid`` for one that holds a part of it only."""
    with desk.store.read() as read:
        label = read.setting(SAMPLE_SETTING)
    if label == FILLING:
        where = desk.store.address
        anew = (
            f"support-console --database sqlite:///{where.path} demo --fresh begins it again."
            if where.path
            else ANEW
        )
        raise Invalid(
            f"{where.words} is filled only in part: a demo fills it just now, or one was interrupted. {anew}"
        )
    return label is not None


def fill(store: Store, clock: SampleClock, policies: Policies, me: Actor, stories: str) -> None:
    """Fills an empty database with the stories (TOML text), so that the last of them happens at the clock's instant.

    Raises ``Invalid`` when the database already has accounts or people: sample data never mixes with real data.
    """
    desk = Desk(store, policies, me)
    _require_unused(desk)
    _label(desk, FILLING)
    now = clock.now
    player = _Player(desk, now, tomllib.loads(stories))
    for step in sorted(player.steps(), key=lambda step: step.at):
        clock.now = step.at
        step.do()
    clock.now = now
    sweep(desk)
    for login in ("alex", "priya", "sam"):
        claims.renew(player.people[login])
    _label(desk, FILLED)


def _require_unused(desk: Desk) -> None:
    with desk.store.read() as read:
        people_listed = bool(read.people())
    held = "accounts" if tokens.accounts(desk) else "people on its list" if people_listed else ""
    if held:
        raise Invalid(
            f"{desk.store.address.words} has {held} already; sample data goes into an empty one. Nothing was changed."
        )


def _label(desk: Desk, label: str) -> None:
    with desk.store.work(desk.actor) as work:
        work.settings.set(SAMPLE_SETTING, label)


class _Player:
    """Turns the stories into steps; what a later step needs to know of an earlier one is kept here."""

    def __init__(self, desk: Desk, now: datetime, stories: Mapping[str, Any]) -> None:
        self.desk = desk
        self.now = now
        self.stories = stories
        self.accounts: dict[str, Account] = {}
        self.random = random.Random(SEED)  # noqa: S311 - it picks invented tickets, no secrets
        self.people = {
            login: replace(
                desk, actor=Actor(login, who["name"], frozenset(Role(role) for role in who["roles"]))
            )
            for login, who in stories["people"].items()
        }
        self.people["me"] = desk

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)

    def steps(self) -> Iterator[Step]:
        for story in self.stories["accounts"]:
            yield from self._account(story)
        yield from self._history()
        for story in self.stories["tickets"]:
            yield from self._ticket(story)
        for hours in range(0, 48, 6):
            yield Step(self.ago(hours=hours, minutes=1), lambda: sweep(self.desk))

    def _account(self, story: Mapping[str, Any]) -> Iterator[Step]:
        yield Step(self.ago(days=90), lambda: self._add_account(story))
        for purchase in story["bought"]:
            days, amount, invoice = purchase.split()
            yield Step(self.ago(days=int(days)), partial(self._buy, story["name"], int(amount), invoice))
        if "balance" in story:
            minutes, balance = story["balance"].split()
            yield Step(self.ago(minutes=int(minutes)), partial(self._correct, story["name"], int(balance)))

    def _add_account(self, story: Mapping[str, Any]) -> None:
        contacts = tuple(
            Contact(id=0, name=name.rstrip("*"), is_administrator=name.endswith("*"))
            for name in story["contacts"]
        )
        account = Account(
            id=0,
            name=story["name"],
            hosting=Hosting(story["hosting"]),
            option=SupportOption(story["option"]),
            users=story["users"],
            contacts=contacts,
        )
        saved = people.save_account(self.desk, account, self.desk.new_key())
        (account_id,) = saved.accounts
        self.accounts[account.name] = people.account(self.desk, account_id)

    def _buy(self, name: str, amount: int, invoice: str) -> None:
        seller = self.people["morgan"]
        tokens.record_purchase(
            seller, self.accounts[name].id, amount, invoice, self.now.date(), seller.new_key()
        )

    def _correct(self, name: str, balance: int) -> None:
        account = people.account(self.desk, self.accounts[name].id)
        if account.balance != balance:
            boss = self.people["morgan"]
            change = balance - account.balance
            tokens.adjust(boss, account.id, change, "The invoice was paid in part only.", boss.new_key())

    # --- tickets -------------------------------------------------------------------------------------------------

    def _ticket(self, story: Mapping[str, Any]) -> Iterator[Step]:
        opened: list[int] = []
        yield Step(self.ago(minutes=story["opened"]), lambda: opened.append(self._open(story)))
        for act in story["acts"]:
            minutes, who, do, *words = act.split(" ", 3)
            rest = words[0] if words else ""
            yield Step(
                self.ago(minutes=int(minutes)), partial(self._act, opened, ACTS[do], self.people[who], rest)
            )

    def _act(self, opened: list[int], act: Act, desk: Desk, words: str) -> None:
        act(desk, opened[0], words, self.now)

    def _open(self, story: Mapping[str, Any]) -> int:
        account = self.accounts[story["account"]]
        contact = next(each for each in account.contacts if each.name == story["by"])
        request = NewRequest(
            account_id=account.id,
            contact_id=contact.id,
            priority=Priority(story["priority"]),
            subject=story["subject"],
            words=story["words"],
        )
        changed = intake.open_ticket(self.people["alex"], request, self.desk.new_key())
        assert changed.ticket_id is not None
        return changed.ticket_id

    # --- history -------------------------------------------------------------------------------------------------

    def _history(self) -> Iterator[Step]:
        """Closed tickets of the past weeks: most met, a few missed, some decided free."""
        names = [story["name"] for story in self.stories["accounts"]]
        for index in range(HISTORY_TICKETS):
            day = self._day(index)
            opened_at = self._working_instant(day)
            yield from self._closed_ticket(
                names[index % len(names)], SUBJECTS[index % len(SUBJECTS)], opened_at, index
            )

    def _day(self, index: int) -> int:
        """How many days ago: the first half of the tickets long ago, the second half within the last weeks."""
        half = HISTORY_TICKETS // 2
        if index < half:
            return HISTORY_DAYS - index * (HISTORY_DAYS - RECENT_DAYS) // half
        return RECENT_DAYS - (index - half) * (RECENT_DAYS - 2) // half

    def _working_instant(self, days_ago: int) -> datetime:
        day = self.ago(days=days_ago).replace(hour=0, minute=0, second=0, microsecond=0)
        return day + timedelta(hours=self.random.randint(14, 23), minutes=self.random.randint(0, 59))

    def _closed_ticket(self, account: str, subject: str, opened_at: datetime, index: int) -> Iterator[Step]:
        story = _Closed(self, account, subject, self._priority(), self._worker(), index)
        begun_at = opened_at + (LATE_BEGIN[story.priority] if story.late else self._minutes(3, 45))
        worked = LATE_PLAN[story.priority] if story.late_plan else self._minutes(30, 200)
        yield Step(opened_at, story.open)
        yield Step(begun_at, story.begin)
        if index % 4 == 1:
            yield Step(begun_at + timedelta(minutes=5), story.reply)
        if index % 9 == 5:
            yield Step(begun_at + timedelta(minutes=20), story.determine)
        yield Step(begun_at + worked, story.resolve)

    def _priority(self) -> Priority:
        return self.random.choice(
            [
                Priority.STANDARD,
                Priority.STANDARD,
                Priority.URGENT,
                Priority.EMERGENCY,
                Priority.INFORMATIONAL,
            ]
        )

    def _worker(self) -> Desk:
        return self.people[self.random.choice(["alex", "priya", "sam"])]

    def _minutes(self, least: int, most: int) -> timedelta:
        return timedelta(minutes=self.random.randint(least, most))


class _Closed:
    """One ticket of the past. What the policy refuses (an account out of tokens, say) simply did not happen."""

    def __init__(
        self, player: _Player, account: str, subject: str, priority: Priority, worker: Desk, index: int
    ) -> None:
        self.player, self.account, self.subject = player, account, subject
        self.priority, self.worker, self.index = priority, worker, index
        self.late = index % 6 == 3
        self.late_plan = index % 7 == 4
        self.number = 0

    def open(self) -> None:
        known = self.player.accounts[self.account]
        contact = next(each for each in known.contacts if each.is_administrator)
        request = NewRequest(
            account_id=known.id,
            contact_id=contact.id,
            priority=self.priority,
            subject=self.subject,
            words=self.subject,
        )
        with suppress(Problem):
            self.number = intake.open_ticket(self.worker, request, self.worker.new_key()).ticket_id or 0

    def begin(self) -> None:
        with suppress(Problem):
            progress.begin(self.worker, self.number, self.worker.new_key())

    def reply(self) -> None:
        with suppress(Problem):
            progress.reply(self.worker, self.number, "We are looking into it.", self.worker.new_key())

    def determine(self) -> None:
        boss = self.player.people["morgan"]
        with suppress(Problem):
            triage.determine(boss, self.number, True, "own_fault", "Ours.", None, boss.new_key())

    def resolve(self) -> None:
        cause = CAUSES[self.index % len(CAUSES)] if self.late or self.late_plan else None
        with suppress(Problem):
            if cause:
                progress.set_cause(self.worker, self.number, cause, self.worker.new_key())
        with suppress(Problem):
            words = "Done; please tell us if it comes back."
            progress.resolve(self.worker, self.number, "solved", words, self.worker.new_key())


LATE_BEGIN = {
    Priority.INFORMATIONAL: timedelta(days=3, hours=2),
    Priority.BILLING: timedelta(hours=5),
    Priority.STANDARD: timedelta(hours=24, minutes=40),
    Priority.URGENT: timedelta(hours=15, minutes=10),
    Priority.EMERGENCY: timedelta(hours=1, minutes=9),
}

LATE_PLAN = {
    Priority.INFORMATIONAL: timedelta(hours=3),
    Priority.BILLING: timedelta(hours=3),
    Priority.STANDARD: timedelta(hours=48, minutes=20),
    Priority.URGENT: timedelta(hours=24, minutes=25),
    Priority.EMERGENCY: timedelta(hours=5, minutes=4),
}

CAUSES = ["nobody_on_shift", "overload", "vendor", "mistriaged", "begun_late"]

SUBJECTS = [
    "Mailing list bounces for one member",
    "Certificate for the new domain",
    "Webmail is slow in the mornings",
    "Add three users",
    "Restore a deleted folder",
    "Forwarding stops after a day",
    "Password reset mail does not arrive",
    "Move a site to PHP 8.3",
    "Spam score of our own newsletter",
    "Backup report is empty",
    "Shared drive is read-only",
    "Alias points to a former colleague",
    "Calendar shows the wrong zone",
]


def _demote(desk: Desk, id: int, words: str, _now: datetime) -> None:
    criterion, reason = words.split(" ", 1)
    triage.demote(desk, id, [criterion], reason, None, desk.new_key())


def _propose(desk: Desk, id: int, words: str, _now: datetime) -> None:
    category, reason = words.split(" ", 1)
    triage.propose_free(desk, id, category, reason, None, desk.new_key())


def _plan(desk: Desk, id: int, words: str, now: datetime) -> None:
    minutes, what = words.split(" ", 1)
    by_when = (now + timedelta(minutes=int(minutes))).astimezone(UTC).replace(second=0, microsecond=0)
    progress.send_plan(desk, id, what, desk.actor.name, by_when, desk.new_key())


ACTS: dict[str, Act] = {
    "claim": lambda desk, id, words, now: claims.claim(desk, id, desk.new_key()),
    "begin": lambda desk, id, words, now: progress.begin(desk, id, desk.new_key()),
    "reply": lambda desk, id, words, now: progress.reply(desk, id, words, desk.new_key()),
    "note": lambda desk, id, words, now: progress.write_note(desk, id, words, desk.new_key()),
    "confirm": lambda desk, id, words, now: triage.confirm(desk, id, words.split(), "", None, desk.new_key()),
    "demote": _demote,
    "propose": _propose,
    "plan": _plan,
}
