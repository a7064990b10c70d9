"""``simulate``: JSON lines in, JSON lines out; a bad line answers with an error and the rest is done."""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from console.cli.printing import plain
from console.policy.document import Policies, Policy
from console.policy.errors import Invalid
from console.policy.reading import parse
from console.services.documents import shipped_policies
from console.services.history import identity, opened_at
from console.services.simulate import simulate

LONGEST_LINE = 16 * 1024 * 1024


def add_arguments(_name: str, command: argparse.ArgumentParser) -> None:
    """The arguments of ``simulate``."""
    command.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="histories (default, or '-': standard input)"
    )
    command.add_argument(
        "--policy", type=Path, metavar="FILE", help="another policy document than the shipped one"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers every line; 2 at the end when one could not be understood."""
    policies = _policies(arguments.policy)
    failed = False
    with _opened(arguments.file) as stream:
        for number, line in enumerate(_lines(stream), 1):
            if line is not None and not line.strip():
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


# --- Lines -------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(file: Path | None) -> Iterator[BinaryIO]:
    if file is None or str(file) == "-":
        yield sys.stdin.buffer
        return
    with file.open("rb") as stream:
        yield stream


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines as bytes; ``None`` in the place of one that is too long, which is passed over."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE)
        yield None


def _answer(number: int, line: bytes | None, policies: Policies) -> dict[str, Any]:
    id = None
    try:
        given = _object(line)
        id = identity(given)
        return simulate(given, _policy(policies, given))
    except Invalid as problem:
        return _error(id, number, problem.message)
    except (OverflowError, ValueError):
        return _error(id, number, "An instant lies outside the calendar, or a promise would end outside it.")


def _error(id: object, number: int, message: str) -> dict[str, Any]:
    return {"id": id, "error": message, "line": number}


def _object(line: bytes | None) -> dict[str, Any]:
    """The JSON object that a line holds. Raises ``Invalid`` with what is wrong with it."""
    if line is None:
        raise Invalid(f"This line is longer than {LONGEST_LINE:,} bytes.")
    try:
        given = json.loads(
            line.decode("utf-8-sig"),
            object_pairs_hook=_once_each,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise Invalid(f"This line is not UTF-8 text: byte {error.start} cannot be read.") from None
    except RecursionError:
        raise Invalid("This line is nested too deeply.") from None
    except ValueError as error:
        raise Invalid(f"This line is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise Invalid("A line is one JSON object.")
    return given


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(f"{twice[:60]}: this key stands twice in one object.")
    return found


def _no_number(word: str) -> float:
    raise Invalid(f"{word} is not a number that JSON knows.")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Invalid(f"{digits[:60]} is too large a number.")
    return value


def _policy(policies: Policies, given: dict[str, Any]) -> Policy:
    """The only document given, or the version in force when the ticket was opened."""
    if len(policies.versions) == 1:
        return next(iter(policies.versions.values()))
    return policies.in_force(opened_at(given))
