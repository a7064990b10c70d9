"""What can be refused, and how it is said to the person at the desk."""

from datetime import datetime


class Problem(Exception):
    """Something that a person can understand and act on; never a bug.

    ``title`` names what happened in a few words, ``message`` says what it means and what to do, ``clause``
    is the number of the policy's clause behind it (``None`` where no clause is meant). ``details`` are somebody
    else's own words, such as the driver's, for whoever asks.
    """

    title = "That did not work"

    def __init__(self, message: str, *, clause: str | None = None, title: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.clause = clause
        self.details = ""
        if title is not None:
            self.title = title


class Refused(Problem):
    """The policy does not allow it; nothing was changed. Cites the clause; an empty one where roles of the server or of
    its database alone are behind it."""

    title = "Refused by the policy"

    def __init__(self, message: str, *, clause: str, title: str | None = None) -> None:
        super().__init__(message, clause=clause, title=title)


class NotAllowed(Refused):
    """The actor's roles do not allow it (policy §7)."""

    title = "Not allowed"


class TooFewTokens(Refused):
    """The balance cannot pay what the act would charge; refused whole (policy §3, §4)."""

    title = "Too few tokens"

    def __init__(self, message: str, *, clause: str, needed: int, balance: int) -> None:
        super().__init__(message, clause=clause)
        self.needed = needed
        self.balance = balance


class Conflict(Problem):
    """Somebody was first: says who did what and when; build a fresh preview.

    ``what`` is who did what, ``at`` when; ``timed`` says it in the reader's own zone.
    """

    title = "Somebody was first"

    def __init__(
        self, message: str, *, what: str = "", at: datetime | None = None, title: str | None = None
    ) -> None:
        self._what, self._rest, self.at = what, message, at
        super().__init__(self.timed(f"{at:%H:%M} UTC") if at else message, title=title)

    def timed(self, when: str) -> str:
        """The message with the instant as ``when`` writes it."""
        return f"{self._what} at {when}. {self._rest}" if self.at else self._rest


class Unavailable(Problem):
    """The database cannot be used now; nothing was saved; offer to try again."""

    title = "The database is not available"


class Invalid(Problem):
    """What was given cannot be used as it is: a file, a field, a policy document."""

    title = "That cannot be used"
