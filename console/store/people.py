"""The People list, the policy documents, and what a database says about itself."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update

from console.policy.document import Policy
from console.policy.errors import Invalid
from console.policy.reading import parse
from console.policy.terms import Role
from console.store import guards, logins
from console.store.journal import LAST
from console.store.rows import ListedPerson, LoginState, Person
from console.store.tables import person, person_role, policy_version, setting

if TYPE_CHECKING:
    from console.store.work import Work

_DOCUMENTS = select(policy_version.c.version, policy_version.c.document).order_by(policy_version.c.version)


class People:
    """The People list of one unit of work."""

    def __init__(self, work: "Work") -> None:
        self._work = work

    def all(self) -> list[Person]:
        """Everybody on the list, by name."""
        return people(self._work.connection)

    def get(self, login: str) -> Person | None:
        """Who has that login; ``None`` when nobody on the list has."""
        return next((each for each in self.all() if each.login == login), None)

    def hold(self) -> None:
        """Nobody else changes the list until the end of this unit of work: two changes come one after the other."""
        self._work.connection.execute(LAST.with_for_update())

    def login_state(self, login: str) -> LoginState:
        """Whether the server of a shared database has that login, and lets it in; a local one asks for none."""
        if self._work.store.kind != "postgresql":
            return LoginState.OPEN
        return logins.states(self._work.connection, [login])[login]

    def is_superuser(self, login: str) -> bool:
        """Whether the login is above every guard of a shared database."""
        return self._work.store.kind == "postgresql" and logins.is_superuser(self._work.connection, login)

    def add_login(self, added: Person, password: str) -> None:
        """Adds the person to the list of a shared database, with a new login that has this password."""
        logins.add_person(self._work.connection, added.login, added.name, _groups(added), password)

    def remove(self, gone: Person) -> None:
        """Takes every role; on a shared database bars the login and ends its sessions. The name stays."""
        if self._work.store.kind == "postgresql":
            logins.remove_person(self._work.connection, gone.login)
        else:
            self.save(replace(gone, roles=frozenset(), on_shift=False))

    def save(self, changed: Person) -> Person:
        """Adds the person, or changes name, shift and roles; on a shared database the groups of their login, too."""
        connection = self._work.connection
        if self._work.store.kind == "postgresql":
            logins.save_person(connection, changed.login, changed.name, changed.on_shift, _groups(changed))
            return changed
        values = {"name": changed.name, "on_shift": changed.on_shift}
        done = connection.execute(update(person).where(person.c.login == changed.login).values(values))
        if done.rowcount == 0:
            connection.execute(insert(person).values(login=changed.login, **values))
        connection.execute(delete(person_role).where(person_role.c.login == changed.login))
        rows = [{"login": changed.login, "role": role} for role in sorted(changed.roles)]
        if rows:
            connection.execute(insert(person_role), rows)
        return changed


def people(connection: Connection) -> list[Person]:
    """Everybody on the People list, by name."""
    roles: dict[str, set[Role]] = {}
    for row in connection.execute(select(person_role)):
        roles.setdefault(row.login, set()).add(row.role)
    further = logins.further_groups(connection) if connection.dialect.name == "postgresql" else {}
    found = connection.execute(select(person).order_by(person.c.name, person.c.login))
    return [
        Person(
            login=row.login,
            name=row.name,
            roles=frozenset(roles.get(row.login, ())),
            on_shift=row.on_shift,
            further=further.get(row.login, frozenset()),
        )
        for row in found
    ]


def listed(connection: Connection) -> list[ListedPerson]:
    """Everybody on the People list, by name, and what the server says of their logins."""
    if connection.dialect.name != "postgresql":
        return [ListedPerson(each) for each in people(connection)]
    on_list, here = people(connection), logins.signed_in(connection)
    states = logins.states(connection, [each.login for each in on_list])
    return [ListedPerson(each, each.login in here, states[each.login]) for each in on_list]


def _groups(of: Person) -> list[str]:
    return sorted({role.value for role in of.roles} | of.further)


class PolicyDocuments:
    """The policy documents of one unit of work."""

    def __init__(self, work: "Work") -> None:
        self._work = work

    def all(self) -> list[str]:
        """Every document as it was added, by version."""
        return list(self._documents.values())

    def add(self, document: str, version: int) -> None:
        """Adds a document under its version.

        Raises ``Invalid`` when that version exists with other content; the same content again changes nothing.
        """
        stored = self._documents.get(version)
        if stored == document:
            return
        if stored is not None:
            raise Invalid(
                f"Policy version {version} exists already and reads otherwise. Give it a new number."
            )
        values = {"version": version, "document": document}
        self._work.connection.execute(
            insert(policy_version).values(**values, added_at=self._work.now, added_by=self._work.actor.login)
        )
        del self._documents
        if self._work.store.kind == "postgresql":
            guards.publish(self._work.connection, parse(document))

    def version(self, version: int) -> Policy | None:
        """The policy of that version, its document read once per store; ``None`` when it is not stored."""
        known = self._work.store.known_policies
        if version not in known:
            document = self._documents.get(version)
            if document is None:
                return None
            known[version] = parse(document)
        return known[version]

    @cached_property
    def _documents(self) -> dict[int, str]:
        """The documents by their versions, read once in a unit of work."""
        return documents_by_version(self._work.connection)


def documents_by_version(connection: Connection) -> dict[int, str]:
    """Every policy document under its version, in their order."""
    return {row.version: row.document for row in connection.execute(_DOCUMENTS)}


class Settings:
    """What this database says about itself, such as that it holds sample data."""

    def __init__(self, work: "Work") -> None:
        self._work = work

    def get(self, key: str) -> str | None:
        """The value under ``key``; ``None`` when there is none."""
        return setting_of(self._work.connection, key)

    def set(self, key: str, value: str) -> None:
        """Keeps ``value`` under ``key``."""
        done = self._work.connection.execute(update(setting).where(setting.c.key == key).values(value=value))
        if done.rowcount == 0:
            self._work.connection.execute(insert(setting).values(key=key, value=value))


def setting_of(connection: Connection, key: str) -> str | None:
    """The value under ``key``; ``None`` when there is none."""
    return connection.execute(select(setting.c.value).where(setting.c.key == key)).scalar()
