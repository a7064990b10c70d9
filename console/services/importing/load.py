"""Stores what a file says, all of it or nothing; a second import of the same file adds nothing.

Closed tickets come in as history: they cost nothing here and promise nothing. Open ones are opened under the policy in
force: entitled or rejected, charged now or kept awaiting tokens; on a flat rate their goals count from when they came
in, with tokens the clock starts with the charge (docs/decisions/0050-imported-tickets.md).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from console.policy import facts as f
from console.policy.account import Account, Contact
from console.policy.actor import STAFF, require
from console.policy.breaches import settle
from console.policy.document import Policy
from console.policy.entitlement import require_offered
from console.policy.errors import Invalid, Refused, Unavailable
from console.policy.life import NewTicket, open_ticket
from console.policy.outcome import Draft, Outcome
from console.policy.terms import CLOSED, Hosting, Milestone, Requester, Status, SupportOption
from console.policy.ticket import PlanOfResolution, Ticket
from console.services.desk import Changed, Desk
from console.services.importing.mapping import Mapping
from console.services.importing.plan import read
from console.services.importing.records import ImportedTicket, Rejected, Side
from console.services.importing.rejects import Rejects
from console.services.versions import policies_in
from console.store.journal import Told
from console.store.work import Work

#: A batch is stored when it has so many rows or so many characters of text.
BATCH = 500
BATCH_CHARACTERS = 8_000_000

OnProgress = Callable[[int, int], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import did: tickets added, rows known already, rows rejected (the first of them), and where those were
    saved beside the file; new accounts count too."""

    added: int
    known: int
    rejected: int
    first_rejected: tuple[Rejected, ...]
    accounts: int
    saved_to: Path | None
    changed: Changed = field(default_factory=Changed)


def require_may_import(desk: Desk) -> None:
    """Raises ``NotAllowed`` for whoever is no staff, ``Invalid`` at a shared database for any login but its owner's.

    Imported tickets carry the times of the file, and the guards hold everybody else to the server's clock.
    """
    require(desk.actor, STAFF, "import tickets")
    if not desk.store.is_owner():
        raise Invalid(
            "Importing into a shared database needs the login of its owner: imported tickets keep the times of the "
            "file, and nobody else may date anything back. Nothing was imported. Ask whoever set the database up to "
            "import the file.",
            title="Importing needs the owner's login",
        )


def load(
    desk: Desk,
    path: Path,
    mapping: Mapping,
    *,
    on_progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Loaded:
    """Every sound row of the file stored in one transaction; the rejected ones saved beside it with their reasons.

    Raises ``Invalid`` when the file cannot be read to its end, ``Cancelled`` when it is stopped, and what
    ``require_may_import`` raises; nothing of the file is stored then.
    """
    require_may_import(desk)
    with Rejects(path) as rejects, desk.store.work(desk.actor) as work:
        loading = _Loading(desk, work, policies_in(work).in_force(work.now))
        rows = read(path, mapping, on_progress=on_progress, cancelled=cancelled, now=work.now)
        for batch in _batches(rows):
            rejects.extend(row for row in batch if isinstance(row, Rejected))
            rejects.extend(loading.store([row for row in batch if isinstance(row, ImportedTicket)]))
        saved_to = _saved(rejects)
    changed = Changed(
        accounts=frozenset(loading.touched), journal=loading.journal, words=f"{loading.added} imported."
    )
    return Loaded(
        loading.added,
        loading.known,
        rejects.count,
        tuple(rejects.first),
        loading.new_accounts,
        saved_to,
        changed,
    )


def _batches(rows: Iterable[ImportedTicket | Rejected]) -> Iterator[list[ImportedTicket | Rejected]]:
    batch: list[ImportedTicket | Rejected] = []
    characters = 0
    for row in rows:
        batch.append(row)
        if isinstance(row, ImportedTicket):
            characters += len(row.body) + sum(len(comment.body) for comment in row.comments)
        if len(batch) >= BATCH or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    yield batch


def _saved(rejects: Rejects) -> Path | None:
    """Where the rejected rows are; written before anything is committed, so that none is lost."""
    try:
        return rejects.save()
    except Unavailable as problem:
        raise Invalid(
            f"{problem.message} Nothing was imported; put the file into a folder that can be written.",
            title=problem.title,
        ) from problem


@dataclass(frozen=True, slots=True)
class _New:
    """A ticket decided on and not stored yet; what it says of itself has no number."""

    row: ImportedTicket
    outcome: Outcome


class _Loading:
    """One import under way inside its transaction."""

    def __init__(self, desk: Desk, work: Work, policy: Policy) -> None:
        self.desk = desk
        self.work = work
        self.policy = policy
        self.accounts: dict[int, Account] = {}
        self.names: dict[str, int] = {}
        self.touched: set[int] = set()
        self.added = self.known = self.new_accounts = self.journal = 0

    def store(self, tickets: list[ImportedTicket]) -> Iterator[Rejected]:
        """Stores those that are new; yields the ones that the policy refuses."""
        known = self._known(tickets)
        new: list[_New] = []
        for ticket in tickets:
            if ticket.key in known:
                self.known += 1
                continue
            try:
                new.append(_New(ticket, self._decide(ticket)))
            except Refused as refused:
                yield ticket.rejected(f"{refused.message} (clause {refused.clause})")
            else:
                known.add(ticket.key)
        self._store(new)

    def _known(self, tickets: Iterable[ImportedTicket]) -> set[tuple[str, str]]:
        by_source: dict[str, list[str]] = {}
        for ticket in tickets:
            by_source.setdefault(ticket.source, []).append(ticket.external_id)
        return {
            (source, external_id)
            for source, ids in by_source.items()
            for external_id in self.work.imports.known(source, ids)
        }

    def _decide(self, row: ImportedTicket) -> Outcome:
        account = self._account(row)
        if row.status in CLOSED:
            return _as_history(row, account, self.policy)
        outcome = self._opened(row, account)
        self.accounts[account.id] = replace(account, balance=outcome.balance)
        return outcome

    def _store(self, new: list[_New]) -> None:
        if not new:
            return
        tickets: list[tuple[Ticket, str]] = []
        told: list[Told] = []
        made: list[tuple[str, str, int]] = []
        for each, number in zip(new, self.work.tickets.next_numbers(len(new)), strict=True):
            row, account_id = each.row, each.outcome.ticket.account_id
            imported = f.TicketImported(at=row.opened_at, source=row.source, external_id=row.external_id)
            tickets.append((replace(each.outcome.ticket, id=number, version=1), row.body))
            told.append(Told((imported, *each.outcome.facts, *_comments(row)), number, account_id))
            made.append((row.source, row.external_id, number))
        self.work.tickets.add_all(tickets)
        for each, (ticket, _words) in zip(new, tickets, strict=True):
            entries = [replace(entry, ticket_id=ticket.id) for entry in each.outcome.entries]
            self.work.ledger.record(ticket.account_id, entries, key=self.desk.new_key())
        self.work.imports.remember_all(made)
        self.journal = self.work.journal.record_all(told)
        self.touched.update(ticket.account_id for ticket, _words in tickets)
        self.added += len(new)

    def _account(self, row: ImportedTicket) -> Account:
        name = row.account_name.casefold()
        if name not in self.names:
            found = self._stored(row)
            self.names[name] = found.id
            self.accounts.setdefault(found.id, found)
        account = self._with_requester(self.accounts[self.names[name]], row)
        self.accounts[account.id] = account
        return account

    def _stored(self, row: ImportedTicket) -> Account:
        found = self.work.accounts.named(row.account_name)
        if found is not None:
            return self.work.accounts.get(found.id)
        require_offered(row.hosting, row.option, self.policy)
        self.new_accounts += 1
        return self.work.accounts.add(
            Account(id=0, name=row.account_name, hosting=row.hosting, option=row.option)
        )

    def _with_requester(self, account: Account, row: ImportedTicket) -> Account:
        """The account with the requester among its contacts when the file says that they are an administrator."""
        if not row.requester_is_administrator:
            return account
        name = row.requester_name.casefold()
        if any(contact.name.casefold() == name and contact.is_administrator for contact in account.contacts):
            return account
        others = tuple(contact for contact in account.contacts if contact.name.casefold() != name)
        added = Contact(id=0, name=row.requester_name, email=row.requester_email, is_administrator=True)
        return self.work.accounts.save(replace(account, contacts=(*others, added)))

    def _opened(self, row: ImportedTicket, account: Account) -> Outcome:
        _require_same_terms(row, account)
        opened_at = self.work.now if account.pays_tokens else row.opened_at
        outcome = open_ticket(_new(row, account), 0, self.policy, account.balance, opened_at)
        draft = Draft(outcome.ticket, outcome.balance, list(outcome.entries), list(outcome.facts))
        draft.ticket = replace(draft.ticket, received_at=row.opened_at)
        if not draft.ticket.is_awaiting:
            _take_over_progress(draft, row, opened_at)
            settle(draft, self.work.now)
        return draft.outcome()


def _require_same_terms(row: ImportedTicket, account: Account) -> None:
    said: tuple[Hosting, SupportOption] = (row.hosting, row.option)
    if {"hosting", "option"} <= row.defaulted or said == (account.hosting, account.option):
        return
    differs = ("hosting" not in row.defaulted and row.hosting is not account.hosting) or (
        "option" not in row.defaulted and row.option is not account.option
    )
    if differs:
        raise Refused(
            f"{account.name} has {account.hosting} hosting and {account.option.replace('_', ' ')} here, "
            f"the file says {row.hosting} and {row.option.replace('_', ' ')}.",
            clause="1.1",
        )


def _new(row: ImportedTicket, account: Account) -> NewTicket:
    known = any(
        contact.is_administrator and contact.name.casefold() == row.requester_name.casefold()
        for contact in account.contacts
    )
    administrator = row.requester_is_administrator or known
    return NewTicket(
        account_id=account.id,
        account_name=account.name,
        hosting=account.hosting,
        option=account.option,
        restricted_to_administrators=account.restricted,
        requester=row.requester_name,
        requester_kind=Requester.ADMINISTRATOR if administrator else Requester.USER,
        channel=row.channel,
        priority=row.priority,
        subject=row.subject,
        words=row.body,
    )


def _take_over_progress(draft: Draft, row: ImportedTicket, opened_at: datetime) -> None:
    """What was done elsewhere meets the promises that it would meet here."""
    replied, begun, planned = (
        max(at, opened_at) if at else None for at in (row.first_replied_at, _begun_at(row), row.planned_at)
    )
    if begun is None and row.status is Status.BEGUN:
        begun = opened_at
    if planned is None and row.status is Status.PLANNED:
        planned = opened_at
    met = {Milestone.RESPOND: replied, Milestone.BEGIN: begun, Milestone.RESOLVE_OR_PLAN: planned}
    ticket = replace(draft.ticket, replied_at=replied, begun_at=begun, planned_at=planned)
    if planned is not None:
        ticket = replace(ticket, plan=PlanOfResolution(row.plan_text, row.assignee, None))
    ticket = ticket.with_deadlines(lambda deadline: replace(deadline, met_at=met[deadline.milestone]))
    draft.ticket = replace(ticket, status=ticket.working_status())


def _begun_at(row: ImportedTicket) -> datetime | None:
    """A reply begins the work (clause 2.2)."""
    return min((at for at in (row.begun_at, row.first_replied_at) if at is not None), default=None)


def _as_history(row: ImportedTicket, account: Account, policy: Policy) -> Outcome:
    closed_at = row.resolved_at or row.cancelled_at or row.opened_at
    new = _new(row, account)
    ticket = Ticket(
        id=0,
        account_id=account.id,
        account_name=account.name,
        policy_version=policy.version,
        hosting=account.hosting,
        option=account.option,
        priority=row.priority,
        asked_priority=row.priority,
        channel=row.channel,
        requester=new.requester,
        requester_kind=new.requester_kind,
        subject=row.subject,
        status=row.status,
        received_at=row.opened_at,
        opened_at=row.opened_at,
        replied_at=row.first_replied_at,
        begun_at=_begun_at(row),
        planned_at=row.planned_at,
        resolved_at=row.resolved_at if row.status is Status.RESOLVED else None,
        closed_at=closed_at,
    )
    if row.status is Status.RESOLVED:
        ticket = replace(ticket, resolved_at=closed_at, outcome="solved")
    return Outcome(ticket, (), (), account.balance)


def _comments(row: ImportedTicket) -> Iterator[f.Fact]:
    for comment in row.comments:
        words = f"{comment.author}: {comment.body}" if comment.author else comment.body
        if comment.public and comment.side is Side.AGENT:
            yield f.ReplySent(at=comment.at, words=words)
        elif comment.public:
            yield f.CustomerWrote(at=comment.at, words=words)
        else:
            yield f.NoteWritten(at=comment.at, words=words)
