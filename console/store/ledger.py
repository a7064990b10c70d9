"""The token ledger: appends entries under the account's lock, and nothing else.

The balance of the account and what its ticket was credited follow by triggers, on both databases.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import RowMapping, bindparam, func, insert, select

from console.policy.errors import Invalid, TooFewTokens
from console.policy.ledger import Entry
from console.policy.terms import Cause, EntryKind
from console.store.accounts import LOCKED
from console.store.chain import entry_hash
from console.store.mapping import line_of
from console.store.rows import StatementLine
from console.store.tables import entry

if TYPE_CHECKING:
    from console.store.work import Work

_APPEND = insert(entry).returning(entry.c.id)
_WITHDRAWN = select(func.count()).where(
    entry.c.ticket_id == bindparam("ticket"), entry.c.cause == Cause.MET_AFTER_ALL
)
_BACK = entry.alias("back")
_TAKEN_BACK = (
    select(func.count())
    .select_from(entry.join(_BACK, _BACK.c.reverses == entry.c.id))
    .where(
        entry.c.account_id == bindparam("account"),
        entry.c.kind == EntryKind.PURCHASE,
        entry.c.reference == bindparam("reference"),
    )
)


class Ledger:
    """The ledger of one unit of work."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._used: Counter[str] = Counter()

    def record(
        self,
        account_id: int,
        entries: Iterable[Entry],
        *,
        key: str,
        reference: str = "",
        reason: str = "",
        reverses: int | None = None,
    ) -> tuple[StatementLine, ...]:
        """The entries as written, in order, with the balance after each; the account is locked by then.

        ``key`` makes a repetition in another unit of work a ``Conflict``; within one it may be used again.
        Raises ``TooFewTokens`` when the balance would become negative: nothing is recorded then.
        """
        asked = tuple(entries)
        if not asked:
            return ()
        head = self._head(account_id)
        lines = []
        for each in asked:
            values = self._values(each, head, key, reference, reason, reverses)
            entry_id = self._work.connection.execute(_APPEND, values).scalar_one()
            lines.append(line_of({**values, "id": entry_id}))
            head |= {
                "balance": values["balance_after"],
                "last_seq": values["seq"],
                "last_hash": values["hash"],
                "last_at": values["recorded_at"],
            }
        return tuple(lines)

    def reversal_of(self, entry_id: int) -> int | None:
        """The number of the entry that takes entry ``id`` back; ``None`` while it stands."""
        return self._work.connection.execute(select(entry.c.id).where(entry.c.reverses == entry_id)).scalar()

    def _head(self, account_id: int) -> dict[str, Any]:
        found = self._work.connection.execute(LOCKED, {"account": account_id})
        row: RowMapping | None = found.mappings().first()
        if row is None:
            raise Invalid(f"There is no account number {account_id}.")
        return dict(row)

    def _values(
        self,
        of: Entry,
        head: Mapping[str, Any],
        key: str,
        reference: str,
        reason: str,
        reverses: int | None,
    ) -> dict[str, Any]:
        balance = head["balance"] + of.tokens
        if balance < 0:
            raise TooFewTokens(
                f"{head['name']} has {head['balance']} tokens; {-of.tokens} are needed. Nothing was changed.",
                clause=of.clause,
                needed=-of.tokens,
                balance=head["balance"],
            )
        values = {
            "account_id": head["id"],
            "seq": head["last_seq"] + 1,
            "kind": of.kind,
            "cause": of.cause,
            "clause": of.clause.value,
            "tokens": of.tokens,
            "contra": of.contra,
            "balance_after": balance,
            "ticket_id": of.ticket_id,
            "turn": self._turn(of, head["id"], reference),
            "at": of.at,
            "recorded_at": max(self._work.now, head["last_at"] or self._work.now),
            "actor": self._work.actor.login,
            "actor_name": self._work.actor.name,
            "reference": reference,
            "reason": reason,
            "reverses": reverses,
            "key": f"{key}/{self._used[key]}",
            "prev_hash": head["last_hash"],
        }
        self._used[key] += 1
        return values | {"hash": entry_hash(values, head["last_hash"])}

    def _turn(self, of: Entry, account_id: int, reference: str) -> int:
        """How many misses of the ticket were withdrawn so far, or purchases under the invoice taken back: after that it
        may be missed, or the invoice recorded, once more."""
        if of.kind is EntryKind.PURCHASE:
            given = {"account": account_id, "reference": reference}
            return int(self._work.connection.execute(_TAKEN_BACK, given).scalar_one())
        if of.ticket_id is None:
            return 0
        return int(self._work.connection.execute(_WITHDRAWN, {"ticket": of.ticket_id}).scalar_one())
