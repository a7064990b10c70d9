"""Who acts, with which roles (policy §7)."""

from dataclasses import dataclass

from console.policy.clauses import Clause
from console.policy.errors import NotAllowed
from console.policy.terms import Role

#: Who may work on tickets: a manager may do all that an agent may.
STAFF = frozenset({Role.AGENT, Role.MANAGER})
MANAGEMENT = frozenset({Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at the firm, the console itself (``system``) or a customer, with the roles held together."""

    login: str
    name: str
    roles: frozenset[Role]

    def has(self, roles: frozenset[Role]) -> bool:
        """Whether any of ``roles`` is held."""
        return bool(self.roles & roles)

    @property
    def is_manager(self) -> bool:
        return Role.MANAGER in self.roles

    def acting_role(self) -> Role:
        """The weightiest role held, for the record of an act."""
        return next(role for role in _WEIGHT if role in self.roles)


_WEIGHT = (Role.MANAGER, Role.AGENT, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.CUSTOMER, Role.SYSTEM)

SYSTEM = Actor("system", "Support Console", frozenset({Role.SYSTEM}))


def require(actor: Actor, roles: frozenset[Role], act: str, clause: Clause = Clause.ROLES) -> None:
    """Raises ``NotAllowed`` with "Only … can …" unless ``actor`` holds one of ``roles``."""
    if not actor.has(roles):
        raise NotAllowed(f"Only {_names(roles)} can {act}.", clause=clause)


def _names(roles: frozenset[Role]) -> str:
    if roles == STAFF:
        return "an agent or a manager"
    if roles == MANAGEMENT:
        return "a manager"
    words = sorted(f"an {role}" if role.value[0] in "aeiou" else f"a {role}" for role in roles)
    return " or ".join(words)
