"""``server``: what the owner of a shared database does, with the owner's login in ``--database URL``."""

import argparse
import getpass
import sys

from console.cli.printing import as_json, say
from console.policy.errors import Invalid
from console.services import server


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """Adds the arguments of ``server`` and what runs each part."""
    parts = command.add_subparsers(title="what to do", metavar="PART", required=True)
    init = parts.add_parser("init", help="make schema, group roles, grants and guards in an empty database")
    init.set_defaults(run=run_set_up)
    upgrade = parts.add_parser("upgrade", help="bring schema, grants and guards to those of this program")
    upgrade.set_defaults(run=run_set_up)
    lint = parts.add_parser(
        "lint", help="look whether roles, grants and guards are as they should be; exit code 1 when not"
    )
    lint.add_argument("--json", action="store_true", help="print the findings as JSON")
    lint.set_defaults(run=run_lint)
    _session_arguments(parts)
    _person_arguments(parts.add_parser("person", help="add, change or remove a person's login"))


def _session_arguments(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sessions = parts.add_parser("sessions", help="who keeps others waiting just now, and since when")
    sessions.add_argument("--json", action="store_true", help="print them as JSON")
    sessions.set_defaults(run=run_sessions)
    end = parts.add_parser(
        "end", help="end one of these sessions; for supervisors, administrators and the owner"
    )
    end.add_argument("session", type=int, help="its number, as sessions prints it")
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
        choices=server.GROUPS,
        help="every role they shall have; without it those on the People list",
    )
    how = add.add_mutually_exclusive_group()
    how.add_argument(
        "--ask", action="store_true", help="ask for the password; without this one is made and printed"
    )
    how.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    add.set_defaults(run=run_add)
    role = parts.add_parser("role", help="the roles of somebody who has a login")
    role.add_argument("login")
    role.add_argument(
        "--roles",
        nargs="*",
        required=True,
        choices=server.GROUPS,
        help="every role they shall have; none: no rights",
    )
    role.set_defaults(run=run_role)
    remove = parts.add_parser(
        "remove", help="bar a login and end its sessions; the name stays on what they did"
    )
    remove.add_argument("login")
    remove.set_defaults(run=run_remove)


def run_set_up(arguments: argparse.Namespace) -> int:
    """Makes or upgrades the shared database and prints exactly what was done."""
    for line in server.set_up(_url(arguments), say):
        say(line)
    return 0


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
    """Prints what is not as it should be; 1 when anything is."""
    found = server.lint(_url(arguments))
    if arguments.json:
        as_json({"findings": found})
        return 1 if found else 0
    for finding in found:
        say(f"{finding.about}: {finding.words}")
    say("Roles, grants and guards are as they should be." if not found else f"{len(found)} findings.")
    return 1 if found else 0


def run_add(arguments: argparse.Namespace) -> int:
    """Adds a person and prints a password that was made for them, once."""
    password = _password(arguments)
    added = server.add_person(
        _url(arguments), arguments.login, arguments.name or "", arguments.roles, password
    )
    say(added.words)
    if added.password:
        say(f"Password, shown this once: {added.password}")
    return 0


def run_role(arguments: argparse.Namespace) -> int:
    """Changes a person's roles."""
    say(server.change_roles(_url(arguments), arguments.login, arguments.roles))
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """Bars a person's login."""
    say(server.remove_person(_url(arguments), arguments.login))
    return 0


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise Invalid("There is no password on standard input.")
        return password
    if not arguments.ask:
        return ""
    password = getpass.getpass(f"Password for {arguments.login}: ")
    if password != getpass.getpass("Again: "):
        raise Invalid("The two passwords differ. Nothing was done.")
    return password


def _url(arguments: argparse.Namespace) -> str:
    if not arguments.database:
        raise Invalid(
            "Say which shared database: --database postgresql://OWNER@SERVER/NAME before the command."
        )
    return str(arguments.database)
