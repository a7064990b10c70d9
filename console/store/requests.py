"""Acts carried out once: by the key made before sending, and by where an imported ticket came from."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from console.policy.errors import Conflict
from console.store.tables import import_source, request

if TYPE_CHECKING:
    from console.store.work import Work

_OF_KEY = select(request).where(request.c.key == bindparam("of"))
_REMEMBER = update(request).where(request.c.key == bindparam("of"))
_NOW = bindparam("now", type_=request.c.at.type)
_RESERVE = {
    kind: insertion(request)
    .values({name: bindparam(name) for name in ("key", "what", "digest", "actor")} | {"at": at})
    .on_conflict_do_nothing()
    .returning(request.c.key)
    for kind, insertion, at in (
        ("sqlite", sqlite.insert, _NOW),
        ("postgresql", postgresql.insert, func.coalesce(_NOW, func.guard.clock())),
    )
}


class Requests:
    """The keys of one unit of work. Ask ``result`` first; then act; then ``remember``."""

    def __init__(self, work: "Work") -> None:
        self._work = work

    def result(self, key: str, what: str, digest: str) -> dict[str, Any] | None:
        """What the act with this key returned, ``None`` when it was not carried out yet.

        A second sender of the same key waits here until the first has ended.
        Raises ``Conflict`` when the key was used for something else.
        """
        if self._reserve(key, what, digest):
            return None
        row = self._work.connection.execute(_OF_KEY, {"of": key}).mappings().first()
        if row is None or (row["what"], row["digest"], row["actor"]) != (
            what,
            digest,
            self._work.actor.login,
        ):
            raise Conflict(
                "This was sent before with other content. Nothing was done; open the dialog again."
            )
        found: dict[str, Any] | None = row["result"]
        return found

    def answer(self, key: str) -> dict[str, Any] | None:
        """What the act with this key returned; ``None`` when it was never carried out. Waits for one under way."""
        trial = self._work.connection.begin_nested()
        self._reserve(key, "ask", "")
        trial.rollback()
        query = select(request.c.result).where(
            request.c.key == key, request.c.actor == self._work.actor.login
        )
        found: dict[str, Any] | None = self._work.connection.execute(query).scalar()
        return found

    def remember(self, key: str, result: dict[str, Any]) -> None:
        """Keeps what the act returned, for whoever sends the same key again; ``result`` was asked before."""
        self._work.connection.execute(_REMEMBER, {"of": key, "result": result})

    def _reserve(self, key: str, what: str, digest: str) -> bool:
        """Whether nobody has sent this key before. Waits for whoever is sending it now."""
        store = self._work.store
        values = {
            "key": key,
            "what": what,
            "digest": digest,
            "actor": self._work.actor.login,
            "now": store.time_unless_asked(self._work.connection),
        }
        return self._work.connection.execute(_RESERVE[store.kind], values).first() is not None


class Imports:
    """Where imported tickets came from."""

    def __init__(self, work: "Work") -> None:
        self._work = work

    def known(self, source: str, external_ids: Iterable[str]) -> dict[str, int]:
        """The tickets that were made of these before, by their external id."""
        found = self._work.connection.execute(
            select(import_source.c.external_id, import_source.c.ticket_id).where(
                import_source.c.source == source, import_source.c.external_id.in_(list(external_ids))
            )
        )
        return {row.external_id: row.ticket_id for row in found}

    def remember(self, source: str, external_id: str, ticket_id: int) -> None:
        """Keeps that ``ticket_id`` was made of it. Raises ``Conflict`` when another was."""
        self.remember_all([(source, external_id, ticket_id)])

    def remember_all(self, made: Iterable[tuple[str, str, int]]) -> None:
        """Keeps the source, external id and ticket of many, in one go; see ``remember``."""
        rows = [dict(zip(("source", "external_id", "ticket_id"), each, strict=True)) for each in made]
        if rows:
            self._work.connection.execute(insert(import_source), rows)
