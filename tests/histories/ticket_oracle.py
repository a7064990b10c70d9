"""The judge of tickets: each is lived through again, fact by fact, with the published prices and promises."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.histories.books import Books, Row
from tests.histories.published import LEASE, due, price

_CREDITS_ALL = frozenset({"free_issue", "cancelled", "merged"})
_TO_THE_PRICE = frozenset({"priority_raised", "priority_lowered", "demoted"})
_CHARGES_AGAIN = frozenset({"reversed", "overturned", "met_after_all"})


@dataclass
class Life:
    """A ticket as the facts so far tell it, and the tokens that the entries so far leave on it."""

    row: Row
    priority: str = ""
    opened_at: datetime | None = None
    held: int = 0
    misses: int = 0
    decided: list[bool] = field(default_factory=list)
    priorities: set[str] = field(default_factory=set)
    starts: list[datetime] = field(default_factory=list)
    closed: str = ""
    owner: str = ""
    claimed_at: datetime | None = None

    @property
    def name(self) -> str:
        return f"ticket {self.row['id']}"

    @property
    def price(self) -> int:
        return price(self.row["hosting"], self.row["option"], self.priority)

    @property
    def is_free(self) -> bool:
        return self.misses > 0 or (bool(self.decided) and self.decided[-1])


def judge_tickets(books: Books) -> Iterator[str]:
    """What is wrong with prices, credits, misses and claims."""
    facts: defaultdict[int, list[Row]] = defaultdict(list)
    entries: defaultdict[tuple[int, str, int], list[Row]] = defaultdict(list)
    for fact in books.facts:
        if fact["ticket_id"] in books.tickets:
            facts[fact["ticket_id"]].append(fact)
    for entry in books.entries:
        if entry["ticket_id"] is not None:
            entries[entry["ticket_id"], entry["cause"], entry["tokens"]].append(entry)
    for ticket_id, row in books.tickets.items():
        life = Life(row)
        yield from _live(life, facts[ticket_id], entries)
        yield from _end(life)
    for (ticket_id, cause, tokens), left in entries.items():
        if left:
            yield f"ticket {ticket_id}: an entry {cause} {tokens} that the journal does not tell of"


def _live(life: Life, facts: list[Row], entries: dict[tuple[int, str, int], list[Row]]) -> Iterator[str]:
    for at, fact in enumerate(facts):
        if fact["kind"] == "TokensMoved":
            moved = entries[life.row["id"], fact["data"]["cause"], fact["data"]["tokens"]]
            if not moved:
                yield f"{life.name}: the journal tells of {fact['data']}, the ledger does not"
                continue
            yield from _entry(life, moved.pop(0), _priority_after(life, facts[at + 1 :], fact))
        else:
            yield from _fact(life, fact)
        last_of_act = at + 1 == len(facts) or facts[at + 1]["recorded_at"] != fact["recorded_at"]
        if last_of_act:
            yield from _standing(life)


def _priority_after(life: Life, rest: list[Row], moved: Row) -> str:
    """The priority that the act of this movement leads to: its fact comes after the movement."""
    for fact in rest:
        if fact["recorded_at"] != moved["recorded_at"]:
            break
        if fact["kind"] == "PriorityChanged":
            return str(fact["data"]["after"])
        if fact["kind"] in ("EmergencyDemoted", "DemotionReversed"):
            return "urgent" if fact["kind"] == "EmergencyDemoted" else "emergency"
    return life.priority


def _entry(life: Life, entry: Row, priority: str) -> Iterator[str]:
    """Whether this movement is what the published figures and the history of the ticket allow."""
    before, life.held = life.held, life.held - entry["tokens"]
    cause, what = entry["cause"], f"{life.name}: {entry['cause']} {entry['tokens']} with {before} held"
    costs = price(life.row["hosting"], life.row["option"], priority)
    if life.held < 0:
        yield f"{what}: credited more than was charged"
    if (cause == "opened" and (before, life.held) != (0, costs)) or (
        cause in _TO_THE_PRICE and life.held != costs
    ):
        yield f"{what}: the published price is {costs}"
    elif cause in _CREDITS_ALL and life.held != 0:
        yield f"{what}: everything that is held goes back"
    elif cause in _CHARGES_AGAIN and not 0 < life.held <= costs:
        yield f"{what}: the published price is {costs}"
    elif cause.endswith("_missed"):
        yield from _credit_for_a_miss(life, entry, what, priority)


def _credit_for_a_miss(life: Life, entry: Row, what: str, priority: str) -> Iterator[str]:
    """``priority`` is that after the act, which may have changed it before anything was found to be missed."""
    if life.held != 0:
        yield f"{what}: everything that is held goes back"
    if entry["at"] >= entry["recorded_at"]:
        yield f"{what}: credited at {entry['recorded_at']}, before its deadline {entry['at']}"
    milestone = entry["cause"].removesuffix("_missed")
    known = {*life.priorities, priority}
    # A raise never promises later than what it replaces: a due first answer stands as the due begin (clause 2).
    replaced = ("respond",) if milestone == "begin" else ()
    promised = {
        due(each, clock, start) for each in known for start in life.starts for clock in (milestone, *replaced)
    }
    if entry["at"] not in promised:
        counted = ", ".join(str(start) for start in life.starts)
        yield f"{what}: no published promise of {sorted(known)} from {counted} was due at {entry['at']}"


def _fact(life: Life, fact: Row) -> Iterator[str]:  # noqa: C901
    kind, data = fact["kind"], fact["data"]
    if kind == "TicketReceived":
        life.priority = data["priority"]
        life.priorities.add(life.priority)
    elif kind == "TicketOpened":
        life.opened_at = fact["at"]
        life.starts.append(fact["at"])
        if data["price"] != life.price:
            yield f"{life.name}: opened for {data['price']}, the published price is {life.price}"
    elif kind in ("PriorityChanged", "EmergencyDemoted", "DemotionReversed"):
        life.priority = _priority_after(life, [fact], fact)
        life.priorities.add(life.priority)
        life.starts.append(fact["at"])
    elif kind in ("GuaranteeMissed", "MissWithdrawn"):
        life.misses += 1 if kind == "GuaranteeMissed" else -1
        if kind == "GuaranteeMissed" and fact["at"] >= fact["recorded_at"]:
            yield f"{life.name}: said to be missed at {fact['recorded_at']}, before its deadline {fact['at']}"
    elif kind == "IssueDetermined":
        life.decided.append(data["free"])
    elif kind == "DeterminationUndone":
        life.decided.pop()
    elif kind in ("TicketCancelled", "TicketMerged"):
        life.closed = "cancelled" if kind == "TicketCancelled" else "merged"
    elif kind in ("TicketClaimed", "TicketReleased"):
        yield from _claim(life, fact)


def _claim(life: Life, fact: Row) -> Iterator[str]:
    """Nobody is given a ticket while somebody else's lease runs."""
    if fact["kind"] == "TicketReleased":
        life.owner, life.claimed_at = "", None
        return
    if life.claimed_at is not None and life.owner != fact["actor"] and fact["at"] < life.claimed_at + LEASE:
        yield f"{life.name}: {fact['actor']} was given it while {life.owner} held it"
    life.owner, life.claimed_at = fact["actor"], fact["at"]


def _standing(life: Life) -> Iterator[str]:
    """What a ticket holds after each act."""
    if life.opened_at is None or life.closed == "merged" or life.is_free:
        if life.held:
            yield f"{life.name}: it holds {life.held} tokens and should hold none"
    elif not life.closed and not life.decided and life.held != life.price:
        yield f"{life.name}: it holds {life.held} tokens, the published price of {life.priority} is {life.price}"
    elif (
        not 0
        <= life.held
        <= max(price(life.row["hosting"], life.row["option"], each) for each in life.priorities)
    ):
        yield f"{life.name}: it holds {life.held} tokens"


def _end(life: Life) -> Iterator[str]:
    """The ticket's own row says what its life says."""
    row = life.row
    if row["held"] != life.held:
        yield f"{life.name}: its row holds {row['held']} tokens, its entries leave {life.held}"
    if row["priority"] != life.priority:
        yield f"{life.name}: its row is {row['priority']}, the journal leads to {life.priority}"
    if (row["status"] == "awaiting_tokens") != (life.opened_at is None and not life.closed):
        yield f"{life.name}: its row says {row['status']}"
