"""What happened, as frozen records in the past tense: audit trail, timeline and feed at once.

``at`` is the instant at which the fact counts. The journal adds its number, the actor, the database's time of
recording, the ticket and the account. Fields are plain values, so that a fact survives a round trip through
JSON.
"""

from dataclasses import dataclass
from datetime import datetime

from console.policy.terms import Cause, Channel, Milestone, Priority, Requester


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The base of all facts."""

    at: datetime


# --- A ticket's life ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReceived(Fact):
    """A request came in and was entitled."""

    priority: Priority
    channel: Channel
    requester: str
    requester_kind: Requester
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAuthorised(Fact):
    """The caller authorised the emergency ticket and its price (clause 1.5)."""

    by: str
    script: str
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Fact):
    """The opening instant: received and paid for; ``released`` when it had been awaiting tokens."""

    price: int
    released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAwaitsTokens(Fact):
    """Kept, not charged, clock not started (clause 4.2)."""

    needed: int
    balance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBegun(Fact):
    """Somebody began work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySent(Fact):
    """The customer was answered."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSent(Fact):
    """A plan of resolution was recorded and shown to the customer."""

    what: str
    who: str
    by_when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResolved(Fact):
    outcome: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredLate(Fact):
    """An act was entered after its true instant ``at`` by a manager, who said why (clause 2.7)."""

    act: str
    entered_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened(Fact):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCancelled(Fact):
    """``price_stands`` when the tokens were not credited (clause 6.3)."""

    by_customer: bool
    price_stands: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMerged(Fact):
    into: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged(Fact):
    before: Priority
    after: Priority
    authorised_by: str


# --- Classification -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyConfirmed(Fact):
    criteria: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyDemoted(Fact):
    """``overturns`` when a manager demoted a confirmed emergency."""

    criteria: tuple[str, ...]
    reason: str
    overturns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DemotionReversed(Fact):
    """``undone`` when its own author took it back within the time to undo (clause 3.5)."""

    reason: str
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationReversed(Fact):
    reason: str
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeIssueProposed(Fact):
    category: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalWithdrawn(Fact):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalReturned(Fact):
    """A manager asked the proposer; the proposal waits for the answer."""

    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAnswered(Fact):
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDetermined(Fact):
    """A manager's final decision; ``overturns`` when an earlier one stood the other way (clause 3.3)."""

    free: bool
    category: str
    reason: str
    overturns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeterminationUndone(Fact):
    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActUndone(Fact):
    """``begin``, ``plan`` or ``resolve`` was taken back by its author."""

    act: str


# --- Promises and tokens ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeMissed(Fact):
    """Dated at the due instant that passed."""

    milestone: Milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalMissed(Fact):
    milestone: Milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class MissWithdrawn(Fact):
    """An act entered late showed that the milestone had been met in time after all."""

    milestone: Milestone


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensMoved(Fact):
    """A charge, credit or reversal on a ticket, with the balance around it."""

    cause: Cause
    tokens: int
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseOfMissSet(Fact):
    cause: str


# --- The desk -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWritten(Fact):
    """An internal note."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClaimed(Fact):
    owner: str
    taken_over_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReleased(Fact):
    """The owner let go of the ticket."""

    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote(Fact):
    """Words of the customer after the first."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackBooked(Fact):
    number: str
    window: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketImported(Fact):
    source: str
    external_id: str


# --- Accounts, people, policy -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSaved(Fact):
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceMoved(Fact):
    """A purchase, adjustment, refund, or the reversal of one."""

    cause: Cause
    tokens: int
    before: int
    after: int
    reference: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(Fact):
    """Somebody was turned away without a ticket (policy §7)."""

    who: str
    words: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSaved(Fact):
    login: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAdded(Fact):
    version: int
    name: str
