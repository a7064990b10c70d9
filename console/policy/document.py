"""The policy document as typed, frozen data: prices, promises, hours, lists, settings and clauses.

One document is one version. ``parse`` reads TOML text and refuses anything that it does not fully understand,
naming the key; ``Policies`` holds several versions side by side. The format is described in
``docs/policy-document.md``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from console.policy.amounts import Cents, Tokens
from console.policy.clauses import Clause
from console.policy.hours import BusinessCalendar
from console.policy.terms import Channel, Hosting, Milestone, Priority, PromiseKind, Requester, SupportOption


@dataclass(frozen=True, slots=True)
class Promise:
    """An amount of time for one milestone; ``business`` amounts count open hours only (clauses 2.2, 2.6)."""

    milestone: Milestone
    kind: PromiseKind
    amount: timedelta
    business: bool
    clause: Clause


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """What one support option allows and costs (policy §1)."""

    title: str
    cents_per_user_and_month: Cents
    requesters: frozenset[Requester]
    emergency_requesters: frozenset[Requester]
    channels: frozenset[Channel]
    authorised_emergency_channels: frozenset[Channel]
    promise_kind: PromiseKind
    promises: Mapping[Priority, tuple[Promise, ...]]


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """Price and packs of tokens, and the mark at which a balance counts as low."""

    price: Cents
    packs: tuple[Tokens, ...]
    low_balance_mark: Tokens


@dataclass(frozen=True, slots=True)
class Settings:
    """The policy's own switches and spans."""

    reopen_within: timedelta
    undo_within: timedelta
    act_now: timedelta
    soon: timedelta
    four_eyes: bool


@dataclass(frozen=True, slots=True)
class ListItem:
    """One line of a house list; ``note`` is its tooltip or canned text."""

    id: str
    words: str
    note: str


@dataclass(frozen=True, slots=True)
class HouseList:
    """A list that the published text leaves to the firm (clause 8.1); shown with "review" until
    ``reviewed``."""

    title: str
    reviewed: bool
    items: tuple[ListItem, ...]

    def words(self, item_id: str) -> str:
        """The words for ``item_id``, or ``item_id`` itself when this version's list does not have it."""
        return next((item.words for item in self.items if item.id == item_id), item_id)


@dataclass(frozen=True, slots=True)
class Lists:
    """The house lists of policy §8 and the outcomes of a ticket."""

    mission_critical: HouseList
    not_mission_critical: HouseList
    free: HouseList
    token_required: HouseList
    causes_of_a_miss: HouseList
    outcomes: HouseList


@dataclass(frozen=True, slots=True)
class ClauseText:
    """One numbered sentence and where it comes from: ``stated``, ``reading`` or ``house``."""

    number: Clause
    source: str
    says: str


@dataclass(frozen=True)
class Policy:
    """One version of the policy, complete and checked."""

    version: int
    name: str
    in_force_from: datetime
    tokens: TokenTerms
    calendar: BusinessCalendar
    hosting: Mapping[Hosting, tuple[SupportOption, ...]]
    options: Mapping[SupportOption, OptionTerms]
    prices: Mapping[Hosting, Mapping[Priority, Tokens]]
    settings: Settings
    lists: Lists
    clauses: Mapping[Clause, ClauseText]
    source: str

    def price(self, hosting: Hosting, option: SupportOption, priority: Priority) -> Tokens:
        """Tokens that a ticket costs: 0 on flat-rate options (clause 2.1)."""
        if option is not SupportOption.TOKENS:
            return Tokens(0)
        return self.prices[hosting][priority]

    def promises(self, option: SupportOption, priority: Priority) -> tuple[Promise, ...]:
        """The promises in the order of the published table: first milestone, second milestone."""
        return self.options[option].promises[priority]

    def monthly_fee(self, option: SupportOption, users: int) -> Cents:
        """Cents per month for ``users`` on this option (clause 1.7); 0 with tokens."""
        return Cents(self.options[option].cents_per_user_and_month * users)

    def says(self, clause: Clause | str) -> str:
        """The sentence of ``clause``."""
        return self.clauses[Clause(clause)].says

    @property
    def timezone(self) -> str:
        """The zone in which business hours are kept, e.g. ``America/New_York``."""
        return self.calendar.timezone


@dataclass(frozen=True)
class Policies:
    """Several versions side by side; a ticket keeps the version it was opened under."""

    versions: Mapping[int, Policy]

    @classmethod
    def of(cls, policies: Iterable[Policy]) -> "Policies":
        """The given versions; raises ``ValueError`` when two share a number or none is given."""
        versions: dict[int, Policy] = {}
        for policy in policies:
            if policy.version in versions:
                raise ValueError(f"two policy documents are version {policy.version}")
            versions[policy.version] = policy
        if not versions:
            raise ValueError("no policy document")
        return cls(versions)

    @cached_property
    def _by_start(self) -> tuple[Policy, ...]:
        return tuple(
            sorted(self.versions.values(), key=lambda policy: (policy.in_force_from, policy.version))
        )

    def __getitem__(self, version: int) -> Policy:
        return self.versions[version]

    def in_force(self, at: datetime) -> Policy:
        """The version in force at ``at``: the latest that began by then; before all, the first."""
        begun = [policy for policy in self._by_start if policy.in_force_from <= at]
        return begun[-1] if begun else self._by_start[0]
