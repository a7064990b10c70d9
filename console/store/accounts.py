"""Accounts and their contacts: written under the account's lock, found by name."""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from console.policy.account import Account, Contact
from console.policy.errors import Invalid
from console.store.errors import Stale
from console.store.mapping import Row, account_of
from console.store.tables import account, contact, ticket
from console.store.tickets import missing

if TYPE_CHECKING:
    from console.store.work import Work

#: The hash before the first entry of an account.
NO_HASH = bytes(32)

# Statements of every act are built once: building one takes as long as sending it.
LOCKED = select(account).where(account.c.id == bindparam("account")).with_for_update(key_share=True)
_LOCKED_OF_TICKET = (
    select(account.c.id, account.c.balance, account.c.last_at)
    .where(
        account.c.id
        == select(ticket.c.account_id).where(ticket.c.id == bindparam("ticket")).scalar_subquery()
    )
    .with_for_update(key_share=True)
)
_CONTACTS = (
    select(contact)
    .where(contact.c.account_id == bindparam("account"))
    .order_by(contact.c.position, contact.c.id)
)


class Accounts:
    """The accounts of one unit of work."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._locked: set[int] = set()

    def get(self, account_id: int) -> Account:
        """The account, locked until the end of the unit of work: lock it before any of its tickets.

        Raises ``Invalid`` when there is none, ``Unavailable`` when somebody else keeps it locked.
        """
        row = self._work.connection.execute(LOCKED, {"account": account_id}).mappings().first()
        if row is None:
            raise _missing(account_id)
        self._locked.add(account_id)
        self._work.not_before(row["last_at"])
        return account_of(row, contacts_of(self._work.connection, account_id))

    def balance_of_ticket(self, ticket_id: int) -> int:
        """The balance of the ticket's account, which is locked as by ``get``.

        Raises ``Invalid`` when there is no such ticket, ``Unavailable`` when somebody else keeps the account locked.
        """
        row = self._work.connection.execute(_LOCKED_OF_TICKET, {"ticket": ticket_id}).first()
        if row is None:
            raise missing(ticket_id)
        self._locked.add(row.id)
        self._work.not_before(row.last_at)
        return int(row.balance)

    def hold(self, account_ids: Iterable[int]) -> None:
        """Whoever renames one of these accounts is waited for now, and waits for this unit of work from now on.

        A fact refers to its account, and PostgreSQL looks at that at the COMMIT, when the journal is locked already: to
        wait there for somebody who waits for the journal would end one of the two.
        """
        unlocked = set(account_ids) - self._locked
        if unlocked:
            mine = select(account.c.id).where(account.c.id.in_(sorted(unlocked))).order_by(account.c.id)
            self._work.connection.execute(mine.with_for_update(read=True, key_share=True)).all()

    def named(self, name: str) -> Account | None:
        """The account of that name, whatever its case and Unicode form, not locked; ``None`` when there is none."""
        found = self._work.connection.execute(
            select(account).where(account.c.name_key == name_key(name))
        ).mappings().first()  # fmt: skip
        return account_of(found, contacts_of(self._work.connection, found["id"])) if found else None

    def name_taken(self, name: str) -> bool:
        """Whether an account of that name exists, whatever its case and Unicode form."""
        return self.named(name) is not None

    def add(self, new: Account) -> Account:
        """The account as stored, with its number and those of its contacts; its balance is 0 until tokens are bought.

        Raises ``Conflict`` when the name is taken.
        """
        values = _values(new) | {"last_hash": NO_HASH, "version": 1}
        account_id = self._work.connection.execute(
            insert(account).values(values).returning(account.c.id)
        ).scalar_one()
        self._locked.add(account_id)
        self._save_contacts(account_id, new.contacts)
        return self._stored(account_id)

    def save(self, changed: Account) -> Account:
        """The account as stored: name, option, users, restriction, time zone and contacts. The balance is the ledger's.

        Raises ``Stale`` when it was changed since ``changed`` was read, ``Conflict`` when the name is taken.
        """
        done = self._work.connection.execute(
            update(account)
            .where(account.c.id == changed.id, account.c.version == changed.version)
            .values(_values(changed) | {"version": changed.version + 1})
        )
        if done.rowcount == 0:
            raise Stale(
                f"{changed.name} was changed since you opened it. Nothing was saved; look at it again."
            )
        self._save_contacts(changed.id, changed.contacts)
        return self._stored(changed.id)

    def _stored(self, account_id: int) -> Account:
        found = account_by_id(self._work.connection, account_id)
        assert found is not None
        return found

    def _save_contacts(self, account_id: int, contacts: tuple[Contact, ...]) -> None:
        connection = self._work.connection
        kept = [each.id for each in contacts if each.id]
        connection.execute(
            delete(contact).where(contact.c.account_id == account_id, contact.c.id.not_in(kept))
        )
        for position, each in enumerate(contacts):
            values = {
                "account_id": account_id,
                "position": position,
                "name": each.name,
                "email": each.email,
                "telephone": each.telephone,
                "is_administrator": each.is_administrator,
            }
            if each.id:
                connection.execute(
                    update(contact)
                    .where(contact.c.id == each.id, contact.c.account_id == account_id)
                    .values(values)
                )
            else:
                connection.execute(insert(contact).values(values))


def name_key(name: str) -> str:
    """``name`` without differences of case, blanks and Unicode form: two that match are one account."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def account_by_id(connection: Connection, account_id: int) -> Account | None:
    """The account, not locked; ``None`` when there is none."""
    row = connection.execute(select(account).where(account.c.id == account_id)).mappings().first()
    return account_of(row, contacts_of(connection, account_id)) if row else None


def contacts_of(connection: Connection, account_id: int) -> Iterable[Row]:
    """The rows of an account's contacts in order."""
    found = connection.execute(_CONTACTS, {"account": account_id})
    return [dict(row) for row in found.mappings()]


def matching(text: str) -> Any:
    """The condition that an account's name contains ``text``."""
    return account.c.name_key.contains(name_key(text), autoescape=True)


def require_account(connection: Connection, account_id: int) -> Account:
    """The account, not locked. Raises ``Invalid`` when there is none."""
    found = account_by_id(connection, account_id)
    if found is None:
        raise _missing(account_id)
    return found


def _missing(account_id: int) -> Invalid:
    return Invalid(f"There is no account number {account_id}.")


def _values(of: Account) -> dict[str, Any]:
    return {
        "name": of.name,
        "name_key": name_key(of.name),
        "hosting": of.hosting,
        "option": of.option,
        "users": of.users,
        "restricted": of.restricted,
        "timezone": of.timezone,
    }
