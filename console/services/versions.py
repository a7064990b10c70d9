"""The policy versions as the database has them at this moment: an act never goes by those of this morning."""

from collections.abc import Sequence
from functools import lru_cache

from console.policy.document import Policies, Policy
from console.policy.reading import parse
from console.policy.ticket import Ticket
from console.store.reading import Read
from console.store.work import Work


@lru_cache(maxsize=64)
def _parsed(text: str) -> Policy:
    return parse(text)


def policies_of(texts: Sequence[str]) -> Policies:
    """The versions that these documents are; each text is read once in the life of the program."""
    return Policies.of(map(_parsed, texts))


def policies_in(session: Work | Read) -> Policies:
    """The versions that stand in the database, seen from inside a transaction."""
    return policies_of(session.policies() if isinstance(session, Read) else session.policies.all())


def policy_of(ticket: Ticket, session: Work | Read) -> Policy:
    """The version that ``ticket`` was opened under, which it keeps and which never changes."""
    known = session.store.known_policies
    if ticket.policy_version not in known:
        known.update(policies_in(session).versions)
    return known[ticket.policy_version]
