"""Witnesses of a history while it happens: a desk that listens and a reader that adds up, again and again.

Both read as every console does. What they saw is compared with the books afterwards.
"""

import select
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread

from console.policy.errors import Problem
from console.services import feed
from console.services.desk import Desk
from tests.histories.books import Row

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
PATIENCE = 0.05
PAUSE = 0.06


@dataclass
class Seen:
    """What the witnesses saw: the numbers of the journal in the order of sight, what changed, and what was torn."""

    since: int
    numbers: list[int] = field(default_factory=list)
    tickets: set[int] = field(default_factory=set)
    torn: list[str] = field(default_factory=list)
    readings: int = 0


class Witnesses:
    """Watch from when they are made until ``stop``; then ``seen`` holds everything."""

    def __init__(self, listening: Desk, reading: Desk, accounts: list[int]) -> None:
        self.seen = Seen(feed.last_number(listening))
        self._done = Event()
        self._failures: list[Exception] = []
        works = (lambda: self._listen(listening), lambda: self._add_up(reading, accounts))
        self._threads = [Thread(target=self._guarded, args=(work,)) for work in works]
        for thread in self._threads:
            thread.start()

    def stop(self) -> Seen:
        """What was seen, after a last look. Raises what ended a witness."""
        self._done.set()
        for thread in self._threads:
            thread.join()
        for failure in self._failures:
            raise failure
        return self.seen

    def _guarded(self, work) -> None:
        try:
            work()
        except Exception as failure:  # noqa: BLE001  (raised by `stop`)
            self._failures.append(failure)

    # --- The desk that listens -----------------------------------------------------------------------------------

    def _listen(self, desk: Desk) -> None:
        """Wakes at an announcement, as a window does, and looks by itself now and then."""
        line = feed.listen(desk)
        last = self.seen.since
        try:
            while not self._done.is_set():
                if select.select([line], [], [], PATIENCE)[0]:
                    line.read()
                last = self._read_on(desk, last)
            self._read_on(desk, last)
        finally:
            line.close()

    def _read_on(self, desk: Desk, last: int) -> int:
        """The last number seen, after reading on from ``last`` as a window does."""
        with desk.store.read() as read:
            items = read.journal_touched(last, feed.BATCH)
        self.seen.numbers += [item.number for item in items]
        self.seen.tickets |= {item.ticket_id for item in items if item.ticket_id is not None}
        return items[-1].number if items else last

    # --- The reader that adds up ---------------------------------------------------------------------------------

    def _add_up(self, desk: Desk, accounts: list[int]) -> None:
        while not self._done.wait(PAUSE):
            try:
                self._one_reading(desk, accounts)
            except Problem as problem:
                self.seen.torn.append(f"a reading failed: {problem.message}")
            self.seen.readings += 1

    def _one_reading(self, desk: Desk, accounts: list[int]) -> None:
        """One account in one snapshot: balance, entries and the head of its chain say the same."""
        account_id = accounts[self.seen.readings % len(accounts)]
        with desk.store.read() as read:
            balance = read.account(account_id).balance
            lines = read.entries(account_id, LONG_AGO)
            head = read.connection.exec_driver_sql(
                f"SELECT balance, last_seq, last_hash FROM account WHERE id = {account_id}"
            ).mappings()
            self._compare(account_id, balance, [line.tokens for line in lines], dict(head.one()))

    def _compare(self, account_id: int, balance: int, tokens: list[int], head: Row) -> None:
        if (balance, balance, len(tokens)) != (sum(tokens), head["balance"], head["last_seq"]):
            self.seen.torn.append(
                f"account {account_id} was read as {balance} tokens, {len(tokens)} entries of {sum(tokens)} together, "
                f"and a head at entry {head['last_seq']} with {head['balance']}"
            )
        if balance < 0 or any(sum(tokens[: at + 1]) < 0 for at in range(len(tokens))):
            self.seen.torn.append(f"account {account_id} was read with a negative balance")
