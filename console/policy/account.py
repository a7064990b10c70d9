"""An account: a customer of the firm, with one hosting and one support option (policy §1)."""

from dataclasses import dataclass

from console.policy.terms import Hosting, Requester, SupportOption


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody at the customer; administrators are entitled to ask under every option. ``id`` 0 before
    stored."""

    id: int
    name: str
    email: str = ""
    telephone: str = ""
    is_administrator: bool = False

    @property
    def kind(self) -> Requester:
        return Requester.ADMINISTRATOR if self.is_administrator else Requester.USER


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """``balance`` is the sum of the account's entries; ``restricted`` when its administrators keep support to
    themselves (clause 1.2); ``timezone`` is where the customer sits, for callbacks. ``id`` 0 before
    stored."""

    id: int
    name: str
    hosting: Hosting
    option: SupportOption
    users: int = 0
    restricted: bool = False
    timezone: str = "America/New_York"
    contacts: tuple[Contact, ...] = ()
    balance: int = 0
    version: int = 0

    @property
    def pays_tokens(self) -> bool:
        return self.option is SupportOption.TOKENS
