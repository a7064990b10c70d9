"""The People list, the policy documents, and what a database says about itself."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, select, update

from console.policy.document import Policy
from console.policy.errors import Invalid
from console.policy.reading import parse
from console.policy.terms import Role
from console.store import guards, logins
from console.store.rows import Person
from console.store.tables import person, person_role, policy_version, setting

if TYPE_CHECKING:
    from console.store.work import Work


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

    def save(self, changed: Person) -> Person:
        """Adds the person, or changes name, shift and roles; on a shared database the groups of their login, too."""
        connection = self._work.connection
        if self._work.store.kind == "postgresql":
            roles = (role.value for role in changed.roles)
            logins.save_person(connection, changed.login, changed.name, changed.on_shift, roles)
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
    found = connection.execute(select(person).order_by(person.c.name, person.c.login))
    return [Person(login=row.login, name=row.name, roles=frozenset(roles.get(row.login, ())), on_shift=row.on_shift)
            for row in found]  # fmt: skip


class PolicyDocuments:
    """The policy documents of one unit of work."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._read: dict[int, Policy | None] = {}

    def all(self) -> list[str]:
        """Every document as it was added, by version."""
        return policy_documents(self._work.connection)

    def add(self, document: str, version: int) -> None:
        """Adds a document under its version.

        Raises ``Invalid`` when that version exists with other content; the same content again changes nothing.
        """
        stored = self._document(version)
        if stored == document:
            return
        if stored is not None:
            raise Invalid(
                f"Policy version {version} exists already and reads otherwise. Give it a new number."
            )
        self._read.pop(version, None)
        values = {"version": version, "document": document}
        self._work.connection.execute(
            insert(policy_version).values(**values, added_at=self._work.now, added_by=self._work.actor.login)
        )
        if self._work.store.kind == "postgresql":
            guards.publish(self._work.connection, parse(document))

    def version(self, version: int) -> Policy | None:
        """The policy of that version, its document read once per store; ``None`` when it is not stored."""
        if version not in self._read:
            document = self._document(version)
            known = self._work.store.known_policies
            if document is not None and document not in known:
                known[document] = parse(document)
            self._read[version] = None if document is None else known[document]
        return self._read[version]

    def _document(self, version: int) -> str | None:
        query = select(policy_version.c.document).where(policy_version.c.version == version)
        return self._work.connection.execute(query).scalar()


def policy_documents(connection: Connection) -> list[str]:
    """Every policy document, by version."""
    found = connection.execute(select(policy_version.c.document).order_by(policy_version.c.version))
    return list(found.scalars())


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
