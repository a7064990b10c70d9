"""``support-console COMMAND``: arguments, exit codes, and no traceback for a user's mistake.

Exit codes: 0 done · 1 something does not add up or is not fit (check, doctor) · 2 what was given cannot be used, or
the policy refuses it · 3 the database is not available · 4 there is no display for the window · 130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from console import __version__, log
from console.cli.begin import begin
from console.cli.printing import printable
from console.policy.errors import Problem, Unavailable

DONE, DIFFERS, MISUSED, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 3, 130

#: Each command: its module, and what it does in one line.
COMMANDS: dict[str, tuple[str, str]] = {
    "queue": ("console.cli.desk", "print the open tickets, next deadline first"),
    "sweep": (
        "console.cli.desk",
        "settle and credit guarantees that passed unmet (safe to repeat; for a timer)",
    ),
    "report": ("console.cli.desk", "print the SLA breach summary of a period, or write it as CSV"),
    "statement": ("console.cli.desk", "print an account's statement"),
    "import": (
        "console.cli.intake",
        "bring in tickets from CSV, JSON Lines, Zendesk, Freshdesk or Request Tracker",
    ),
    "check": ("console.cli.database", "add everything up again; exit code 1 when anything differs"),
    "backup": ("console.cli.database", "back up the local database now"),
    "restore": ("console.cli.database", "put a backup in place of the local database"),
    "migrate": ("console.cli.database", "bring the database to this program's schema"),
    "server": ("console.cli.server", "set up a shared database, its people and their logins; for its owner"),
    "move": ("console.cli.moving", "carry the local database to a shared one, everything or nothing"),
    "people": ("console.cli.administration", "print the People list, or write an entry: who may do what"),
    "policy": ("console.cli.administration", "list, check, show or add policy versions"),
    "doctor": ("console.cli.doctor", "look whether this computer has what the console needs"),
    "demo": ("console.cli.demo", "fill a labelled sample database"),
    "simulate": (
        "console.cli.simulate",
        "what does the policy do with these histories? JSON lines in and out",
    ),
    "screenshots": ("console.cli.pictures", "render every screen, light and dark, from the sample data"),
}

Run = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None, pictures: Run | None = None) -> int:
    """The exit code of the command in ``argv``; ``pictures`` draws screens, which this layer cannot."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser(words)
    parser.set_defaults(pictures=pictures)
    arguments = parser.parse_args(words)
    if not getattr(arguments, "run", None):
        parser.print_help()
        return MISUSED
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output went away (a pager was left): that is no fault of the command.
        _drop_output()
        return DONE
    except OSError as error:
        _drop_output()
        print(f"support-console: the output cannot be written: {error.strerror or error}", file=sys.stderr)
        return MISUSED
    return code


def _drop_output() -> None:
    """What is left in the buffer goes nowhere, or Python would complain once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: argparse.Namespace) -> int:
    run: Run = arguments.run
    try:
        begin(arguments)
        return run(arguments)
    except Unavailable as problem:
        complain(problem)
        return UNAVAILABLE
    except Problem as problem:
        complain(problem)
        return MISUSED
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            raise
        print(f"support-console: {error.filename}: {error.strerror or error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        print("support-console: interrupted; what was committed stands", file=sys.stderr)
        return INTERRUPTED
    finally:
        log.stop()


def complain(problem: Problem) -> None:
    """One sentence to standard error, with the clause where there is one."""
    clause = f" (clause {problem.clause})" if problem.clause else ""
    print(f"support-console: {printable(problem.message)}{clause}", file=sys.stderr)


def build_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the module of the command that is asked for is imported."""
    parser = argparse.ArgumentParser(
        prog="support-console",
        description="The support console without its window. Without a command the window opens.",
        epilog="Exit codes: 0 done, 1 something differs or is not fit, 2 cannot be used or is refused, "
        "3 database not available, 4 no display for the window.",
    )
    parser.add_argument("--version", action="version", version=f"Support Console {__version__}")
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="keep database, settings and log below DIR"
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="sqlite:///FILE, postgresql://… or service=NAME; default: the local file",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, (module, words_of_help) in COMMANDS.items():
        command = commands.add_parser(
            name, help=words_of_help, description=words_of_help[:1].upper() + words_of_help[1:]
        )
        if name in words:
            import_module(module).add_arguments(name, command)
    return parser
