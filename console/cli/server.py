"""``server``: setting up and looking over a shared database with its owner's login, and its people.

People are kept with an administrator's own login as well: the same acts as on the People screen.
"""

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from console.cli.opened import ask_for_password, desk_for
from console.cli.printing import as_json, counted, say
from console.policy.errors import Invalid
from console.services import people, people_list, server
from console.services.answers import carried_out
from console.services.desk import Desk
from console.services.lost import Unknown
from console.services.people import Person
from console.services.server import Given


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``server`` and what runs each part."""
    parts = command.add_subparsers(title="what to do", metavar="PART", required=True)
    init = parts.add_parser("init", help="make schema, group roles, grants and guards in an empty database")
    init.set_defaults(run=run_set_up)
    upgrade = parts.add_parser("upgrade", help="bring schema, grants and guards to those of this program")
    upgrade.set_defaults(run=run_upgrade)
    for part in (init, upgrade):
        _desks_argument(part)
    lint = parts.add_parser(
        "lint", help="look whether roles, grants and guards are as they should be; exit code 1 when not"
    )
    lint.add_argument("--json", action="store_true", help="print the findings as JSON")
    _desks_argument(lint)
    lint.set_defaults(run=run_lint)
    _session_arguments(parts)
    _person_arguments(parts.add_parser("person", help="add, change or remove a person's login"))


def _desks_argument(part: argparse.ArgumentParser) -> None:
    part.add_argument(
        "--desks",
        type=_number,
        metavar="N",
        default=server.DESKS,
        help="how many consoles will be open at once (default: %(default)s): advice is for so many",
    )


def _number(words: str) -> int:
    """A count of consoles, or of a server's process. Raises ``ValueError`` for what can be neither."""
    number = int(words)
    if not 0 < number < 2**31:
        raise ValueError(words)
    return number


def _session_arguments(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sessions = parts.add_parser("sessions", help="who keeps others waiting just now, and since when")
    sessions.add_argument("--json", action="store_true", help="print them as JSON")
    sessions.set_defaults(run=run_sessions)
    end = parts.add_parser(
        "end", help="end one of these sessions; for supervisors, administrators and the owner"
    )
    end.add_argument("session", type=_number, help="its number, as sessions prints it")
    end.set_defaults(run=run_end)


def _person_arguments(command: argparse.ArgumentParser) -> None:
    parts = command.add_subparsers(title="what to do", metavar="PART", required=True)
    add = parts.add_parser("add", help="a login for somebody, with their roles")
    add.add_argument("login")
    add.add_argument("--name", help="the person's name; not needed for somebody on the People list")
    add.add_argument(
        "--roles",
        nargs="+",
        default=(),
        choices=people_list.GROUPS,
        help="every role they shall have; without it those on the People list",
    )
    how = add.add_mutually_exclusive_group()
    how.add_argument(
        "--ask", action="store_true", help="ask for the password; without this one is made and printed"
    )
    how.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    how.add_argument(
        "--existing-login",
        action="store_true",
        help="the server has this login already, whatever it signs in by: only give it roles",
    )
    add.set_defaults(run=run_add)
    role = parts.add_parser("role", help="the roles of somebody who has a login")
    role.add_argument("login")
    role.add_argument(
        "--roles",
        nargs="*",
        required=True,
        choices=people_list.GROUPS,
        help="every role they shall have; none: no rights",
    )
    role.set_defaults(run=run_role)
    remove = parts.add_parser(
        "remove", help="bar a login and end its sessions; the name stays on what they did"
    )
    remove.add_argument("login")
    remove.set_defaults(run=run_remove)


def run_set_up(arguments: argparse.Namespace) -> int:
    """Makes a console's database, prints what was done as soon as it stands, and what to set at the server."""
    server.set_up(_url(arguments), _say_now)
    _say_advice(server.advice(_url(arguments), arguments.desks))
    return 0


def run_upgrade(arguments: argparse.Namespace) -> int:
    """Upgrades a console's database, prints the same."""
    server.upgrade_at(_url(arguments), _say_now)
    _say_advice(server.advice(_url(arguments), arguments.desks))
    return 0


def _say_now(line: str) -> None:
    """Prints what stands already: it is read also when the next step never ends."""
    say(line)
    sys.stdout.flush()


def _say_advice(found: list[server.Finding]) -> None:
    for finding in found:
        say(f"Advice: {finding.about} {finding.words}")


def run_sessions(arguments: argparse.Namespace) -> int:
    """Prints who keeps others waiting."""
    found = server.sessions(_url(arguments))
    if arguments.json:
        as_json({"sessions": found})
        return 0
    for holder in found:
        say(f"{holder.pid}  {holder.in_words(server.utc_clock)} (login {holder.login})")
    if not found:
        say("Nobody keeps others waiting.")
    return 0


def run_end(arguments: argparse.Namespace) -> int:
    """Ends one session."""
    say(server.end_session(_url(arguments), arguments.session))
    return 0


def run_lint(arguments: argparse.Namespace) -> int:
    """Prints what is not as it should be, and advice about the server; 1 when anything but advice is to be said."""
    found, advice = server.lint(_url(arguments)), server.advice(_url(arguments), arguments.desks)
    if arguments.json:
        as_json({"findings": [*found, *advice]})
        return 1 if found else 0
    for finding in found:
        say(f"{finding.about}: {finding.words}")
    how_many = counted(len(found), "finding", "findings")
    say(f"{how_many}." if found else "Roles, grants and guards are as they should be.")
    _say_advice(advice)
    return 1 if found else 0


def run_add(arguments: argparse.Namespace) -> int:
    """Adds a person and prints a password that was made for them, once; also where nobody knows whether it holds."""
    typed = "" if arguments.existing_login else _password(arguments)
    made = "" if typed or arguments.existing_login else people_list.made_password()
    with _shared_desk(arguments) as desk:
        entry = _entry(desk, arguments)
        try:
            added = carried_out(desk, lambda key: people_list.add_person(desk, entry, key, typed or made))
        except Unknown:
            if made:
                say(f"Password, shown this once, if {entry.login} was added: {made}")
            raise
    say(added.words)
    if made:
        say(f"Password, shown this once: {made}")
    return 0


def _entry(desk: Desk, arguments: argparse.Namespace) -> Person:
    """Who is to be added, as typed; what was not typed is what the People list says, as after a move."""
    listed = {each.login: each for each in people.people(desk)}
    known = listed.get(arguments.login, Person(login=arguments.login, name="", roles=frozenset()))
    lacking = []
    if not (arguments.roles or known.roles):
        groups = ", ".join(people_list.GROUPS)
        lacking.append(f"which roles {arguments.login} shall have: --roles and one or more of {groups}")
    if not (arguments.name or known.name):
        lacking.append(f"the name of {arguments.login} as colleagues read it: --name")
    if lacking:
        raise Invalid(f"Say {'; and '.join(lacking)}.")
    entry = people_list.with_roles(known, arguments.roles) if arguments.roles else known
    return replace(entry, name=arguments.name or known.name)


def run_role(arguments: argparse.Namespace) -> int:
    """Changes a person's roles."""
    with _shared_desk(arguments) as desk:
        seen = people_list.person_of(desk, arguments.login)
        changed = people_list.with_roles(seen, arguments.roles)
        say(carried_out(desk, lambda key: people_list.save_person(desk, changed, key, seen=seen)).words)
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """Bars a person's login."""
    with _shared_desk(arguments) as desk:
        say(carried_out(desk, lambda key: people_list.remove_person(desk, arguments.login, key)).words)
    return 0


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise Invalid("There is no password on standard input.")
        return password
    if not arguments.ask:
        return ""
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask at; give the password with --password-stdin.")
    password = getpass.getpass(f"Password for {arguments.login}: ")
    if password != getpass.getpass("Again: "):
        raise Invalid("The two passwords differ. Nothing was done.")
    return password


@contextmanager
def _shared_desk(arguments: argparse.Namespace) -> Iterator[Desk]:
    server.require_shared(_url(arguments))
    with desk_for(arguments, create=False) as desk:
        yield desk


def _url(arguments: argparse.Namespace) -> Given:
    if not arguments.database:
        raise Invalid(
            "Say which shared database: --database postgresql://OWNER@SERVER/NAME before the command."
        )
    ask_for_password(arguments)
    given: Given = arguments.database
    return given
