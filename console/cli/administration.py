"""``people`` and ``policy``: who may do what, and which policy versions there are."""

import argparse
from dataclasses import replace
from pathlib import Path

from console.cli.opened import desk_for
from console.cli.printing import as_json, say, table
from console.policy.document import Policy
from console.policy.errors import Invalid
from console.policy.reading import parse
from console.services import people, people_list
from console.services.answers import carried_out
from console.services.people import Person
from console.services.people_list import ListedPerson, LoginState


def add_arguments(name: str, command: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``name`` and what runs it."""
    if name == "people":
        _people_arguments(command)
    else:
        _policy_arguments(command)


def _people_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("login", nargs="?", help="whose entry to write; without one the list is printed")
    command.add_argument("--name", help="the person's name")
    command.add_argument(
        "--roles",
        nargs="*",
        choices=people_list.GROUPS,
        help="every role the person shall have; none: no rights; auditor and system at a shared database only",
    )
    command.add_argument("--json", action="store_true", help="print the list as JSON")
    command.set_defaults(run=run_people)


def run_people(arguments: argparse.Namespace) -> int:
    """Prints the People list, or writes one entry of it."""
    with desk_for(arguments, create=not arguments.database) as desk:
        listed = people.people(desk)
        if arguments.login is not None:
            person = _person(arguments, {each.login: each for each in listed})
            say(carried_out(desk, lambda key: people_list.save_person(desk, person, key)).words)
            listed = people.people(desk)
        if arguments.json:
            as_json(listed)
        elif listed:
            rows = [_row(each) for each in people_list.listed(desk)]
            table(("Login", "Name", "Roles"), rows)
        else:
            say(f"Nobody is on the list, so {desk.actor.login} holds every role here.")
    return 0


def _row(listed: ListedPerson) -> tuple[str, str, str]:
    person = listed.person
    return person.login, person.name, people_list.roles_in_words(person) + _STATES[listed.login]


_STATES = {LoginState.OPEN: "", LoginState.BARRED: ", login barred", LoginState.NONE: ", no login yet"}


def _person(arguments: argparse.Namespace, known: dict[str, Person]) -> Person:
    before = known.get(arguments.login)
    name = arguments.name or (before.name if before else "")
    if arguments.roles is None and before is None:
        raise Invalid(f"Say which roles {arguments.login} shall have: --roles {' '.join(people_list.GROUPS)}")
    entry = before or Person(login=arguments.login, name=name, roles=frozenset())
    if arguments.roles is not None:
        entry = people_list.with_roles(entry, arguments.roles)
    return replace(entry, name=name)


def _policy_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--check", type=Path, metavar="FILE", help="read a policy document and say whether it is sound"
    )
    command.add_argument("--add", type=Path, metavar="FILE", help="add a document as a further version")
    command.add_argument("--show", type=int, metavar="VERSION", help="print a version's document")
    command.set_defaults(run=run_policy)


def run_policy(arguments: argparse.Namespace) -> int:
    """Checks a document, or lists, shows and adds the versions in the database."""
    if arguments.check is not None:
        say(_in_words(_read(arguments.check)))
        return 0
    with desk_for(arguments, create=not arguments.database) as desk:
        if arguments.add is not None:
            document = _read(arguments.add)
            say(carried_out(desk, lambda key: people.add_policy(desk, document.source, key)).words)
        elif arguments.show is not None:
            if arguments.show not in desk.policies.versions:
                raise Invalid(f"There is no policy version {arguments.show}.")
            print(desk.policies[arguments.show].source, end="")
        else:
            now = desk.policy().version
            for version, policy in sorted(desk.policies.versions.items()):
                say(_in_words(policy) + (", in force now" if version == now else ""))
    return 0


def _read(file: Path) -> Policy:
    try:
        return parse(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not UTF-8 text: byte {error.start} cannot be read.") from None
    except Invalid as problem:
        raise Invalid(f"{file}: {problem.message}") from None


def _in_words(policy: Policy) -> str:
    return f"Version {policy.version}, {policy.name}, from {policy.in_force_from:%Y-%m-%d %H:%M} UTC"
