"""``simulate``: JSON lines in, JSON lines out; a bad line answers with an error and the rest is done."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from console.bootstrap import shipped_policies
from console.cli.printing import plain
from console.policy.document import Policies, Policy
from console.policy.errors import Invalid
from console.policy.reading import parse
from console.services.simulate import opened_at, simulate

LONGEST_LINE = 16 * 1024 * 1024


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """The arguments of ``simulate``."""
    command.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="histories (default: standard input)"
    )
    command.add_argument(
        "--policy", type=Path, metavar="FILE", help="another policy document than the shipped one"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers every line; 2 at the end when one could not be understood."""
    policies = _policies(arguments.policy)
    failed = False
    with _lines(arguments.file) as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            answer = _answer(number, line, policies)
            failed = failed or "error" in answer
            sys.stdout.write(json.dumps(plain(answer)) + "\n")
            sys.stdout.flush()
    return 2 if failed else 0


def _policies(file: Path | None) -> Policies:
    if file is None:
        return Policies.of(parse(text) for text in shipped_policies())
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not UTF-8 text: byte {error.start} cannot be read.") from None
    try:
        return Policies.of([parse(text)])
    except Invalid as problem:
        raise Invalid(f"{file}: {problem.message}") from None


@contextmanager
def _lines(file: Path | None) -> Iterator[Iterator[str]]:
    if file is None:
        yield _decoded(sys.stdin)
        return
    with file.open(encoding="utf-8-sig", errors="surrogateescape") as stream:
        yield _decoded(stream)


def _decoded(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(LONGEST_LINE):
        yield line


def _answer(number: int, line: str, policies: Policies) -> dict[str, Any]:
    id = None
    try:
        given = _object(line)
        id = given.get("id")
        return simulate(given, _policy(policies, given))
    except Invalid as problem:
        return {"id": id, "error": problem.message, "line": number}
    except (ValueError, RecursionError) as error:
        return {"id": id, "error": f"This line is not JSON: {error}", "line": number}
    except OverflowError:
        return {"id": id, "error": "An instant lies outside the calendar.", "line": number}


def _object(line: str) -> dict[str, Any]:
    given = json.loads(line)
    if not isinstance(given, dict):
        raise Invalid("A line is one JSON object.")
    return given


def _policy(policies: Policies, given: dict[str, Any]) -> Policy:
    """The only document given, or the version in force when the ticket was opened."""
    if len(policies.versions) == 1:
        return next(iter(policies.versions.values()))
    return policies.in_force(opened_at(given))
