"""The numbered places of the policy that refusals, prices, deadlines and credits cite.

The sentences stand in the policy document under ``[clauses]``; the numbers are the same in every version.
"""

from enum import StrEnum


class Clause(StrEnum):
    """The number of one rule; the first figure is the section of the policy."""

    HOSTING_OPTIONS = "1.1"
    ANY_USER = "1.2"
    ADMINISTRATORS_ONLY = "1.3"
    CHANNELS = "1.4"
    NO_INBOUND_TELEPHONE = "1.5"
    FLAT_RATE_EMERGENCY = "1.6"
    FLAT_RATE_FEE = "1.7"
    PRICE = "2.1"
    GUARANTEES = "2.2"
    BUSINESS_HOURS = "2.3"
    OPENING = "2.4"
    MET_AND_MISSED = "2.5"
    GOALS = "2.6"
    ENTERED_LATE = "2.7"
    CONFIRM = "3.1"
    DEMOTE = "3.2"
    FREE_ISSUE = "3.3"
    CHANGE_PRIORITY = "3.4"
    REVERSE = "3.5"
    CHARGE = "4.1"
    AWAITING_TOKENS = "4.2"
    MISSED_GUARANTEE = "4.3"
    NEVER_NEGATIVE = "4.4"
    LEDGER = "4.5"
    BREACHES = "5.1"
    CAUSE_OF_MISS = "5.2"
    REOPEN = "6.1"
    MERGE = "6.2"
    CANCEL = "6.3"
    CLOSED = "6.4"
    ROLES = "7.1"
    FOUR_EYES = "7.2"
    HOUSE_LISTS = "8.1"
