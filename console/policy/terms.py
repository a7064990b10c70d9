"""The words of the policy as enums; their values are what databases, files and JSON hold."""

from enum import StrEnum

#: The most characters of one text that are kept.
LONGEST_TEXT = 100_000


class Hosting(StrEnum):
    """What an account rents (policy §1)."""

    SHARED = "shared"
    DEDICATED = "dedicated"
    PLATFORM = "platform"


class SupportOption(StrEnum):
    """How an account buys support (policy §1)."""

    FLAT_RATE_USERS = "flat_rate_users"
    FLAT_RATE_ADMINISTRATORS = "flat_rate_administrators"
    TOKENS = "tokens"


class Requester(StrEnum):
    """Who asks: any user of the account, or one of its administrators (policy §1)."""

    USER = "user"
    ADMINISTRATOR = "administrator"


class Channel(StrEnum):
    """How a request came in; ``telephone`` is inbound, ``callback`` is the firm calling."""

    TICKET = "ticket"
    EMAIL = "email"
    TELEPHONE = "telephone"
    CALLBACK = "callback"


class Priority(StrEnum):
    """A ticket's priority as now in force (policy §2)."""

    INFORMATIONAL = "informational"
    BILLING = "billing"
    STANDARD = "standard"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """0 for the least pressing; raising a priority raises its rank."""
        return _RANKS[self]


_RANKS = {priority: rank for rank, priority in enumerate(Priority)}


class Milestone(StrEnum):
    """What a promise is about (policy §2)."""

    RESPOND = "respond"
    BEGIN = "begin"
    RESOLVE_OR_PLAN = "resolve_or_plan"


class PromiseKind(StrEnum):
    """A guarantee's miss makes the ticket free; a goal's miss is counted, nothing else (policy §2, §5)."""

    GUARANTEE = "guarantee"
    GOAL = "goal"


class Status(StrEnum):
    """Where a ticket stands in its life."""

    AWAITING_TOKENS = "awaiting_tokens"
    OPEN = "open"
    BEGUN = "begun"
    PLANNED = "planned"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    MERGED = "merged"


#: A ticket in one of these takes no more work until it is reopened.
CLOSED = frozenset({Status.RESOLVED, Status.CANCELLED, Status.MERGED})


class Role(StrEnum):
    """What a person may do at the firm (policy §7); ``system`` is the console itself, ``customer`` the other
    side."""

    AGENT = "agent"
    MANAGER = "manager"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    CUSTOMER = "customer"


class EntryKind(StrEnum):
    """The kinds of ledger entries (policy §4)."""

    PURCHASE = "purchase"
    CHARGE = "charge"
    CREDIT = "credit"
    ADJUSTMENT = "adjustment"
    REFUND = "refund"
    REVERSAL = "reversal"


class Cause(StrEnum):
    """Why tokens moved; every entry has one (policy §4)."""

    BOUGHT = "bought"
    OPENED = "opened"
    PRIORITY_RAISED = "priority_raised"
    PRIORITY_LOWERED = "priority_lowered"
    DEMOTED = "demoted"
    RESPOND_MISSED = "respond_missed"
    BEGIN_MISSED = "begin_missed"
    RESOLVE_OR_PLAN_MISSED = "resolve_or_plan_missed"
    FREE_ISSUE = "free_issue"
    OVERTURNED = "overturned"
    CANCELLED = "cancelled"
    MERGED = "merged"
    REVERSED = "reversed"
    MET_AFTER_ALL = "met_after_all"
    UNDONE = "undone"
    CORRECTED = "corrected"
    PAID_BACK = "paid_back"

    @staticmethod
    def of_miss(milestone: Milestone) -> "Cause":
        """The cause of the credit for a missed guarantee."""
        return Cause(f"{milestone.value}_missed")
