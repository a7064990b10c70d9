"""The judge of the token ledger: a small ledger of its own follows every account from its first entry on."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby

from tests.histories.books import Books, Row
from tests.histories.told import Act

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HASHED = (
    "account_id", "seq", "kind", "cause", "clause", "tokens", "contra", "balance_after", "ticket_id", "turn", "at",
    "recorded_at", "actor", "actor_name", "reference", "reason", "reverses", "key",
)  # fmt: skip
_ASKED = {"purchase": ("bought", 1), "refund": ("paid_back", -1), "adjust": ("corrected", 1)}


def judge_accounts(books: Books, acts: Iterable[Act]) -> Iterator[str]:
    """What is wrong with balances, chains and what was bought, corrected and paid back."""
    by_account = {id: list(rows) for id, rows in groupby(books.entries, lambda row: row["account_id"])}
    for account_id, account in books.accounts.items():
        yield from _chain(account, by_account.get(account_id, []))
    yield from _asked_for(books, {act.key: act for act in acts})


def _chain(account: Row, entries: list[Row]) -> Iterator[str]:
    where, balance, head, last_at = f"account {account['id']}", 0, bytes(32), None
    for seq, entry in enumerate(entries, 1):
        balance += entry["tokens"]
        this = f"{where}, entry {entry['seq']}"
        if entry["seq"] != seq:
            yield f"{this}: it should be the {seq}th"
        if balance < 0:
            yield f"{this}: the balance is {balance}"
        if entry["balance_after"] != balance:
            yield f"{this}: it says a balance of {entry['balance_after']}, the sum is {balance}"
        if bytes(entry["prev_hash"]) != head or bytes(entry["hash"]) != _hash(entry, head):
            yield f"{this}: the chain is broken"
        if last_at is not None and entry["recorded_at"] < last_at:
            yield f"{this}: recorded before the entry before it"
        head, last_at = bytes(entry["hash"]), entry["recorded_at"]
    if account["balance"] != balance:
        yield f"{where}: its balance is {account['balance']}, its entries add up to {balance}"
    if (account["last_seq"], bytes(account["last_hash"])) != (len(entries), head):
        yield f"{where}: its head is not its last entry"


def _hash(entry: Row, before: bytes) -> bytes:
    values = [entry[name] for name in _HASHED]
    plain = [_microseconds(value) if isinstance(value, datetime) else value for value in values]
    text = json.dumps(plain, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(before + text.encode()).digest()


def _microseconds(at: datetime) -> int:
    span = at - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _asked_for(books: Books, acts: dict[str, Act]) -> Iterator[str]:
    """Purchases, corrections and refunds are those that somebody asked for, to the token."""
    for entry in books.entries:
        act = acts.get(entry["key"].split("/")[0])
        if entry["ticket_id"] is not None or act is None or act.operation not in _ASKED:
            continue
        cause, sign = _ASKED[act.operation]
        if act.operation == "adjust" and not act.choice.flag:
            sign = -1
        wanted = (cause, sign * act.choice.tokens, act.choice.account)
        if (entry["cause"], entry["tokens"], entry["account_id"]) != wanted:
            yield f"{act.key} {act.operation}: {wanted} was asked for, {entry['cause']} {entry['tokens']} was recorded"
