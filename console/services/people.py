"""Accounts and their contacts, who is on the People list, and policy versions (policy §1, §7)."""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from console.policy import facts as f
from console.policy.account import Account, Contact
from console.policy.actor import STAFF, Actor, require
from console.policy.amounts import tokens_in_words
from console.policy.clauses import Clause
from console.policy.document import Policy
from console.policy.entitlement import require_offered
from console.policy.errors import Invalid, Refused
from console.policy.reading import parse
from console.policy.terms import Role
from console.services import record
from console.services.act import account_conflict, once
from console.services.desk import Changed, Desk
from console.services.lost import NotListed
from console.services.versions import policies_in
from console.store.rows import Person as Person
from console.store.work import Work

ADMINISTRATION = frozenset({Role.ADMINISTRATOR})
#: Who may keep accounts: staff at the desk, and administrators.
KEEPERS = STAFF | ADMINISTRATION
MOST_USERS = 10_000_000

#: Everything a person may do who is alone with a local database.
EVERY_ROLE = frozenset({Role.AGENT, Role.MANAGER, Role.SUPERVISOR, Role.ADMINISTRATOR})


def actor_for(login: str, name: str, listed: list[Person]) -> Actor:
    """The person signed in: with the roles of the People list, or with every role while the list is empty.

    Raises ``NotListed`` when others are on the list and this login is not.
    """
    if not listed:
        return Actor(login, name or login, EVERY_ROLE)
    for person in listed:
        if person.login == login:
            return Actor(login, person.name, person.roles)
    raise not_listed(login, [person.name for person in listed if Role.ADMINISTRATOR in person.roles])


def not_listed(login: str, administrators: Sequence[str]) -> NotListed:
    """The problem of a login that the server lets in and the People list does not know."""
    whom = ", ".join(administrators) or "whoever set it up"
    return NotListed(
        f"{login} can reach the database but is not on its People list. Ask {whom} to add {login}."
    )


def actor_now(desk: Desk) -> Actor:
    """The person at the desk with the roles that they hold now: none, once they are off the People list."""
    with desk.store.read() as read:
        listed = read.people()
    found = next((person for person in listed if person.login == desk.actor.login), None)
    owner = desk.is_shared() and desk.store.is_owner()
    if found is not None:
        return Actor(found.login, found.name, found.roles | (ADMINISTRATION if owner else frozenset()))
    alone = not listed and not desk.is_shared()
    return desk.actor if owner or alone else replace(desk.actor, roles=frozenset())


def account(desk: Desk, account_id: int) -> Account:
    """One account with its contacts."""
    with desk.store.read() as read:
        return read.account(account_id)


def save_account(desk: Desk, given: Account, key: str) -> Changed:
    """A new account (``id`` 0) or a changed one. Raises ``Refused`` for a hosting that may not have the option."""
    require(desk.actor, KEEPERS, "keep accounts")
    kept = _checked(given)

    def carry_out(work: Work) -> Changed:
        policy = policies_in(work).in_force(work.now)
        require_offered(kept.hosting, kept.option, policy)
        saved = _save(work, kept)
        fact = f.AccountSaved(at=work.now, words=_in_words(saved, policy))
        journal = work.journal.record([fact], ticket_id=None, account_id=saved.id)
        return Changed(frozenset(), frozenset({saved.id}), journal, f"Saved {saved.name}.")

    return once(desk, key, "save_account", {"account": kept}, carry_out)


def _save(work: Work, kept: Account) -> Account:
    if kept.id == 0:
        if work.accounts.name_taken(kept.name):
            raise Invalid(f"There is an account named {kept.name} already.")
        return work.accounts.add(kept)
    before = work.accounts.get(kept.id)
    if before.version != kept.version:
        raise account_conflict(work, before, f.AccountSaved)
    if before.pays_tokens and not kept.pays_tokens:
        _require_done_with_tokens(work, before)
    return work.accounts.save(kept)


def _require_done_with_tokens(work: Work, account: Account) -> None:
    """Raises ``Refused`` while the account has tokens, or tickets that nothing but tokens can open (clause 4.2)."""
    if account.balance:
        raise Refused(
            f"{account.name} still has {tokens_in_words(account.balance)}. Refund them before changing to a flat rate.",
            clause=Clause.NEVER_NEGATIVE,
        )
    waiting = ", ".join(str(ticket.id) for ticket in work.read.awaiting(account.id))
    if waiting:
        raise Refused(
            f"Tickets of {account.name} wait for tokens: {waiting}. Record the purchase that opens them, or cancel "
            "them, before changing to a flat rate.",
            clause=Clause.AWAITING_TOKENS,
        )


def _checked(given: Account) -> Account:
    if not 0 <= given.users <= MOST_USERS:
        raise Invalid(f"The number of users is 0 to {MOST_USERS:,}.")
    name = record.line(record.required(given.name, "The account's name"), 200)
    _require_zone(given.timezone)
    contacts = tuple(_checked_contact(contact) for contact in given.contacts)
    if len({contact.name.casefold() for contact in contacts}) != len(contacts):
        raise Invalid("Two contacts have the same name.")
    return replace(given, name=name, contacts=contacts)


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Invalid(f"{record.line(name[:100])} is not a time zone such as America/New_York.") from None


def _checked_contact(contact: Contact) -> Contact:
    return replace(
        contact,
        name=record.line(record.required(contact.name, "A contact's name"), 200),
        email=record.line(contact.email, 320),
        telephone=record.line(contact.telephone, 60),
    )


def _in_words(account: Account, policy: Policy) -> str:
    administrators = ", ".join(contact.name for contact in account.contacts if contact.is_administrator)
    title = policy.options[account.option].title
    return f"{account.name}: {account.hosting}, {title}; administrators: {administrators or 'none'}"


def add_contact(desk: Desk, account_id: int, contact: Contact, key: str) -> Changed:
    """Somebody new at the customer, or the same name with other details, such as now being an administrator."""
    known = account(desk, account_id)
    others = tuple(each for each in known.contacts if each.name.casefold() != contact.name.casefold())
    return save_account(desk, replace(known, contacts=(*others, contact)), key)


def people(desk: Desk) -> list[Person]:
    """The People list by name; empty while everybody has every role."""
    with desk.store.read() as read:
        return read.people()


def add_policy(desk: Desk, text: str, key: str) -> Changed:
    """A policy document added as a further version, by an administrator; open tickets keep theirs."""
    require(desk.actor, ADMINISTRATION, "add a policy version")
    policy = parse(text)

    def carry_out(work: Work) -> Changed:
        if policy.version in policies_in(work).versions:
            raise Invalid(f"Policy version {policy.version} exists already; a version is never changed.")
        if policy.in_force_from < work.now:
            raise Invalid("A new policy version comes into force in the future, not in the past.")
        work.policies.add(text, policy.version)
        fact = f.PolicyAdded(at=work.now, version=policy.version, name=policy.name)
        journal = work.journal.record([fact], ticket_id=None, account_id=None)
        return Changed(journal=journal, words=f"Policy version {policy.version} added.")

    return once(desk, key, "add_policy", {"version": policy.version, "text": text}, carry_out)
