"""Who may ask what, by which channel, under which support option (policy §1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from console.policy.clauses import Clause
from console.policy.document import Policy
from console.policy.errors import Refused
from console.policy.terms import Channel, Hosting, Priority, Requester, SupportOption

_HOSTING_WORDS = {
    Hosting.SHARED: "shared hosting",
    Hosting.DEDICATED: "a dedicated server",
    Hosting.PLATFORM: "the platform",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, as far as entitlement depends on it."""

    hosting: Hosting
    option: SupportOption
    requester: Requester
    channel: Channel
    priority: Priority
    authorised: bool = False
    restricted_to_administrators: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One question of entitlement with its answer, in a sentence that can be read to the customer."""

    passed: bool
    clause: Clause
    sentence: str


def checks(request: Request, policy: Policy) -> tuple[Check, ...]:
    """Every question of entitlement, in the order in which they decide; the first that fails refuses."""
    pair = _hosting_check(request, policy)
    if not pair.passed:
        return (pair,)
    return (pair, *_requester_checks(request, policy), *_channel_checks(request, policy))


def require_entitled(request: Request, policy: Policy) -> None:
    """Raises ``Refused`` with the clause and sentence of the first check that fails."""
    for check in checks(request, policy):
        if not check.passed:
            raise Refused(check.sentence, clause=check.clause, title="Not entitled")


def require_offered(hosting: Hosting, option: SupportOption, policy: Policy) -> None:
    """Raises ``Refused`` unless this hosting may have this support option (clause 1.1)."""
    if option not in policy.hosting[hosting]:
        if not policy.hosting[hosting]:
            raise Refused(
                f"No support option is available with {_HOSTING_WORDS[hosting]}.",
                clause=Clause.HOSTING_OPTIONS,
                title="Not available",
            )
        offered = " or ".join(policy.options[each].title.lower() for each in policy.hosting[hosting])
        raise Refused(
            f"{policy.options[option].title} is not available with {_HOSTING_WORDS[hosting]}, "
            f"only {offered}.",
            clause=Clause.HOSTING_OPTIONS,
            title="Not available",
        )


def _hosting_check(request: Request, policy: Policy) -> Check:
    try:
        require_offered(request.hosting, request.option, policy)
    except Refused as refused:
        return Check(False, Clause.HOSTING_OPTIONS, refused.message)
    title = policy.options[request.option].title
    return Check(True, Clause.HOSTING_OPTIONS, f"{title}, with {_HOSTING_WORDS[request.hosting]}.")


def _requester_checks(request: Request, policy: Policy) -> Iterator[Check]:
    option = policy.options[request.option]
    clause = Clause.ANY_USER if Requester.USER in option.requesters else Clause.ADMINISTRATORS_ONLY
    if request.requester not in option.requesters:
        yield Check(
            False, clause, f"With {_inline(option.title)}, only the account's administrators may ask."
        )
    elif request.requester is Requester.USER and request.restricted_to_administrators:
        yield Check(
            False, Clause.ANY_USER, "The account's administrators have restricted support to themselves."
        )
    else:
        who = "An account administrator" if request.requester is Requester.ADMINISTRATOR else "Any user"
        yield Check(True, clause, f"{who} may ask.")
    if request.priority is Priority.EMERGENCY and request.requester not in option.emergency_requesters:
        yield Check(
            False, Clause.FLAT_RATE_EMERGENCY, "Only an account administrator may raise an emergency."
        )


def _channel_checks(request: Request, policy: Policy) -> Iterator[Check]:
    option = policy.options[request.option]
    if request.channel in option.channels:
        yield Check(True, Clause.CHANNELS, f"{_CHANNEL_WORDS[request.channel]} is included.")
    elif request.channel not in option.authorised_emergency_channels:
        yield Check(
            False,
            Clause.CHANNELS,
            f"{_CHANNEL_WORDS[request.channel]} is not included with {_inline(option.title)}.",
        )
    elif request.priority is not Priority.EMERGENCY:
        yield Check(
            False,
            Clause.NO_INBOUND_TELEPHONE,
            f"There is no inbound telephone support with {_inline(option.title)}, except for an "
            "emergency that the caller authorises. Please open a ticket; we may call back.",
        )
    elif not request.authorised:
        yield Check(
            False,
            Clause.NO_INBOUND_TELEPHONE,
            "We can take this emergency by telephone once you authorise the emergency ticket and its price.",
        )
    else:
        yield Check(
            True, Clause.NO_INBOUND_TELEPHONE, "The caller authorises the emergency ticket and its price."
        )


_CHANNEL_WORDS = {
    Channel.TICKET: "Support by ticket",
    Channel.EMAIL: "Support by email",
    Channel.TELEPHONE: "Inbound telephone support",
    Channel.CALLBACK: "A call from us",
}


def _inline(title: str) -> str:
    return title[:1].lower() + title[1:]
