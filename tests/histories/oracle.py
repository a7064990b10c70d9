"""The judge of a history: what the clients were told against what plain SQL finds, without the code under test.

Each act is a run of facts of the journal with one author and one instant. An acknowledged act has exactly one, a
refused one none, an unknown one has one or none; a run that belongs to no act must be a sweep's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from tests.histories.books import Books, Row
from tests.histories.clients import TOO_LATE, Client
from tests.histories.ledger_oracle import judge_accounts
from tests.histories.operations import MANAGERS, OPERATIONS, because
from tests.histories.ticket_oracle import judge_tickets
from tests.histories.told import Act, Told, Word
from tests.histories.witness import Seen

#: What no act may be refused with, whatever the others do: only the console's own fault or the network's leads there.
_NEVER_TITLES = ("The database refuses",)
_REFUSALS = frozenset({"Refused", "NotAllowed", "NoPrivilege", "TooFewTokens", "Conflict", "Stale"})
_TRANSPORT = frozenset({"Lost", "Unknown"})
#: Locks and keys keep these from ever being needed; whoever reads one has met a race.
_NETS = (
    "at the same moment",
    "was recorded already",
    "was credited already",
    "was sent already",
    "with other content",
)
_MONEY_OUT = frozenset({"adjust", "refund", "undo", "reprioritise", "determine"})
_SWEPT = frozenset({"GuaranteeMissed", "GoalMissed", "TokensMoved", "TicketOpened"})
_CLOCK_SLACK = timedelta(milliseconds=50)


@dataclass
class Evidence:
    """Everything about one history that the judge looks at."""

    books: Books
    clients: list[Client]
    since: int
    seen: Seen | None = None
    findings: list[str] = field(default_factory=list)

    @property
    def acts(self) -> list[Act]:
        return [act for client in self.clients for act in client.acts]


@dataclass(frozen=True)
class Run:
    """The facts that one transaction told."""

    facts: tuple[Row, ...]

    @property
    def last(self) -> int:
        return int(self.facts[-1]["number"])

    @property
    def kinds(self) -> Counter[str]:
        return Counter(fact["kind"] for fact in self.facts)


def judge(evidence: Evidence) -> list[str]:
    """Everything that is wrong with the history; empty when nothing is."""
    runs = [Run(tuple(facts)) for _, facts in groupby(evidence.books.facts, _transaction)]
    found = [
        *_numbers(evidence),
        *_answers(evidence),
        *_traces(evidence, runs),
        *_doubled(evidence),
        *_versions(evidence),
        *judge_accounts(evidence.books, evidence.acts),
        *judge_tickets(evidence.books),
    ]
    if evidence.seen is not None:
        found += _seen(evidence, evidence.seen)
    return found


def _transaction(fact: Row) -> tuple[object, ...]:
    return fact["recorded_at"], fact["actor"]


# --- The journal -------------------------------------------------------------------------------------------------


def _numbers(evidence: Evidence) -> Iterator[str]:
    numbers = [fact["number"] for fact in evidence.books.facts]
    if numbers != list(range(evidence.since + 1, evidence.since + 1 + len(numbers))):
        yield "the journal has gaps"
    if evidence.books.journal != evidence.since + len(numbers):
        yield f"the journal counts {evidence.books.journal}, its last fact is {evidence.since + len(numbers)}"


def _seen(evidence: Evidence, seen: Seen) -> Iterator[str]:
    yield from dict.fromkeys(seen.torn)
    facts = [fact for fact in evidence.books.facts if fact["number"] > seen.since]
    numbers = [fact["number"] for fact in facts]
    if seen.numbers != numbers:
        missed = len(set(numbers) - set(seen.numbers))
        yield f"a listening desk missed {missed} facts, or did not see them in order"
    touched = {fact["ticket_id"] for fact in facts if fact["ticket_id"] is not None}
    if missed_tickets := touched - seen.tickets:
        yield f"a listening desk never heard of tickets {sorted(missed_tickets)}"


# --- What was answered -------------------------------------------------------------------------------------------


def _answers(evidence: Evidence) -> Iterator[str]:
    jumps = [jump for client in evidence.clients for jump in client.jumps]
    for act in evidence.acts:
        for told in act.told:
            if why := _unexplained(act, told, jumps):
                yield f"{_name(act)}: {why}"
        yield from _one_answer(act)
    for client in evidence.clients:
        for told in client.sweeps:
            if told.word is not Word.DONE and not (told.kind in _TRANSPORT and told.cut):
                yield f"a sweep of {client.who.login} was told {told.kind} {told.title}: {told.words}"


def _unexplained(act: Act, told: Told, jumps: list[Told]) -> str:
    """Why this answer does not fit what happened; empty when it does."""
    if told.word in (Word.DONE, Word.NOT_SAVED):
        allowed = act.login in OPERATIONS[act.operation].may
        return "" if allowed or told.asked else f"{act.login} may not do that, and did"
    text = f"{told.kind} “{told.title}”: {told.words}"
    if told.kind in _TRANSPORT:
        return "" if told.cut else f"nobody cut its connection, yet: {text}"
    if told.words.startswith(TOO_LATE):
        ahead = any(jump.began <= told.ended and told.began <= jump.ended for jump in jumps)
        return "" if ahead else f"no clock was set ahead under it, yet: {text}"
    if told.word is Word.BROKEN or told.kind not in _REFUSALS or told.title in _NEVER_TITLES:
        return text
    if any(words in told.words for words in _NETS):
        return f"only the last net held it: {text}"
    return _misfit(act, told, text)


def _misfit(act: Act, told: Told, text: str) -> str:
    """Refusals that do not fit who asked for what."""
    if told.kind == "TooFewTokens" and (act.operation not in _MONEY_OUT or (told.short or 0) <= 0):
        return f"it needed no tokens, yet: {text}"
    late = "Too late" in told.words or "Only the same person" in told.words
    if told.kind in ("NotAllowed", "NoPrivilege") and act.login in MANAGERS and not late:
        return f"a manager may do that, yet: {text}"
    return ""


def _one_answer(act: Act) -> Iterator[str]:
    """Once acknowledged, always acknowledged, and with the same answer."""
    done = act.done
    if len({repr(told.answer.as_result()) for told in done if told.answer}) > 1:
        yield f"{_name(act)}: one key got two answers"
    for told in act.told:
        first = min((each.ended for each in done), default=None)
        later = first is not None and told.began > first + _CLOCK_SLACK
        if later and told.word in (Word.REFUSED, Word.NOT_SAVED) and told.kind not in _TRANSPORT:
            yield f"{_name(act)}: acknowledged first, then told {told.word} {told.kind}: {told.words}"


# --- What is there of it -----------------------------------------------------------------------------------------


def _traces(evidence: Evidence, runs: list[Run]) -> Iterator[str]:
    books = evidence.books
    by_last = {run.last: run for run in runs}
    acts = {act.key: act for act in evidence.acts}
    claimed: set[int] = set()
    for key, request in books.requests.items():
        act = acts.get(key)
        if act is None:
            yield f"a request {key} that nobody sent"
            continue
        if request["result"] is None:
            yield f"{_name(act)}: its key is kept without an answer"
            continue
        claimed.add(request["result"]["journal"])
        yield from _saved(act, request, by_last.get(request["result"]["journal"]), books)
    for act in evidence.acts:
        if act.key not in books.requests:
            yield from _absent(act, books)
    for run in runs:
        if run.last not in claimed:
            yield from _of_a_sweep(evidence, run)


def _saved(act: Act, request: Row, run: Run | None, books: Books) -> Iterator[str]:
    """What is wrong with an act whose key is there."""
    if not act.done and not act.is_open and not _left_in_doubt(act):
        yield f"{_name(act)}: the client was told that it was not saved, and it was: {_last_words(act)}"
    if run is None:
        yield f"{_name(act)}: the journal tells nothing of it"
        return
    operation = OPERATIONS[act.operation]
    own = [fact for fact in run.facts if fact["kind"] in operation.tells]
    if len(own) != 1:
        yield f"{_name(act)}: told {len(own)} times by {dict(run.kinds)}"
    for fact in own:
        if fact["actor"] != act.login or request["actor"] != act.login:
            yield f"{_name(act)}: kept as an act of {fact['actor']}"
        if act.choice.ticket and fact["ticket_id"] != act.choice.ticket:
            yield f"{_name(act)}: kept for ticket {fact['ticket_id']}, it was for {act.choice.ticket}"
        yield from _when(act, fact)
    for told in act.done:
        if told.answer is not None and told.answer.as_result() != request["result"]:
            yield f"{_name(act)}: the answer that is kept is another one"
    yield from _entries_of(act, run, books)


def _when(act: Act, fact: Row) -> Iterator[str]:
    """The server's time lies between sending and answer of one of its sendings."""
    at = fact["recorded_at"]
    within = any(
        told.began - _CLOCK_SLACK <= at <= told.ended + _CLOCK_SLACK or told.word is Word.UNKNOWN or told.cut
        for told in act.told
    )
    if not within:
        yield f"{_name(act)}: recorded at {at}, it was sent at {act.told[0].began}"


def _entries_of(act: Act, run: Run, books: Books) -> Iterator[str]:
    """The tokens that its facts tell of are those of the entries under its key."""
    told = Counter(
        (fact["ticket_id"], fact["data"]["cause"], fact["data"]["tokens"])
        for fact in run.facts
        if fact["kind"] in ("TokensMoved", "BalanceMoved")
    )
    kept = Counter(
        (entry["ticket_id"], entry["cause"], entry["tokens"])
        for entry in books.entries
        if entry["key"].startswith((f"{act.key}/", f"{act.key}:release:"))
    )
    if told != kept:
        yield f"{_name(act)}: the journal tells of {dict(told)}, the ledger has {dict(kept)}"


def _absent(act: Act, books: Books) -> Iterator[str]:
    """What is wrong with an act whose key is not there."""
    if act.done:
        yield f"{_name(act)}: acknowledged, and lost"
    if any(entry["key"].startswith((f"{act.key}/", f"{act.key}:release:")) for entry in books.entries):
        yield f"{_name(act)}: not saved, but it moved tokens"
    if any(because(act.key) in str(fact["data"]) for fact in books.facts):
        yield f"{_name(act)}: not saved, but the journal tells of it"


def _of_a_sweep(evidence: Evidence, run: Run) -> Iterator[str]:
    """A run without a key is a sweep's: of somebody who swept at that time, and about nothing but misses."""
    first = run.facts[0]
    sweeps = [
        told for client in evidence.clients if client.who.login == first["actor"] for told in client.sweeps
    ]
    at = first["recorded_at"]
    inside = any(told.began - _CLOCK_SLACK <= at <= told.ended + _CLOCK_SLACK or told.cut for told in sweeps)
    if not run.kinds.keys() <= _SWEPT or not inside:
        yield f"facts {first['number']} to {run.last} ({dict(run.kinds)}) by {first['actor']} belong to no act"


def _doubled(evidence: Evidence) -> Iterator[str]:
    """Words that one act alone says stand in the journal once."""
    said = Counter(
        fact["data"].get(name)
        for fact in evidence.books.facts
        for name in ("words", "what", "reason", "question", "answer", "reference")
        if fact["kind"] not in ("TokensMoved", "AccountSaved")
    )
    for act in evidence.acts:
        if said[because(act.key)] > 1:
            yield f"{_name(act)}: it happened {said[because(act.key)]} times"


def _versions(evidence: Evidence) -> Iterator[str]:
    """Of those who saw the same version of a ticket, one was acknowledged."""
    won = Counter(
        (act.choice.ticket, act.choice.version)
        for act in evidence.acts
        if act.done and act.choice.version is not None
    )
    for (ticket, version), times in won.items():
        if times > 1:
            yield f"ticket {ticket}: {times} acts that saw version {version} were acknowledged"


def _left_in_doubt(act: Act) -> bool:
    """Whether any sending ended without an answer that counts."""
    return any(told.word in (Word.UNKNOWN, Word.BROKEN) for told in act.told) and not any(
        told.word is Word.NOT_SAVED for told in act.told[-1:]
    )


def _last_words(act: Act) -> str:
    return "; ".join(f"{told.word} {told.kind}" for told in act.told)


def _name(act: Act) -> str:
    where = f" {act.choice.ticket}" if act.choice.ticket else ""
    if act.choice.undo is not None:
        where = f" {act.choice.undo.act} {act.choice.undo.id}"
    return f"{act.key} {act.operation}{where} by {act.login}"


def summary(acts: Iterable[Act]) -> Counter[str]:
    """How many acts ended how, how many sendings were cut and how many keys were sent more than once."""
    counted: Counter[str] = Counter()
    for act in acts:
        counted["acts"] += 1
        counted["done" if act.done else "unknown" if act.is_open else "refused"] += 1
        counted["cut"] += any(told.cut for told in act.told)
        counted["doubled"] += len([told for told in act.told if not told.asked]) > 1
    return counted
