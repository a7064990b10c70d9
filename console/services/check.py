"""What a check of a shared database is: one of five steps, how it went, and what is said of it."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """What is looked at, in this order."""

    REACH = "Reach the server"
    SIGN_IN = "Sign in"
    TLS = "TLS"
    SCHEMA = "Schema"
    RIGHTS = "May read and write"


class Went(StrEnum):
    """How a check went; ``LOOK`` is fit, with something to know."""

    PASSED = "passed"
    LOOK = "look"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``details`` are libpq's own words, ``request`` is what to send to an administrator, if that helps.

    ``creates``: the database is empty, and this login may set it up. ``password``: another password would help.
    """

    step: Step
    went: Went
    words: str
    details: str = ""
    request: str = ""
    creates: bool = False
    password: bool = False
