"""The privilege lint: roles, grants and guards of a shared database as they are, beside what they should be.

A migration leaves the database closed: nobody but its owner has a right on it. The guards and grants of this program
open it (see ``console.store.opening``). The lint knows both, and which schema it looks at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from console.policy.errors import Invalid, Problem
from console.policy.reading import parse
from console.store import guards, lint_objects, lint_people, schema
from console.store.people import documents_by_version


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: what it is about, and the sentence.

    Advice is about the server's own settings: the desks work without it being taken.
    """

    about: str
    words: str
    is_advice: bool = False


def lint(connection: Connection) -> list[Finding]:
    """Every finding; empty when roles, grants, guards and people are as this program sets them up."""
    missing = [Finding(*each) for each in lint_people.missing_roles(connection)]
    if missing:  # nothing can be asked about a role that there is not
        return missing
    version = schema.version_of(connection)
    if version != schema.KNOWN:
        newer = (version or 0) > schema.KNOWN
        what = "look with a console that knows it." if newer else "run support-console server upgrade first."
        return [Finding("schema", f"is {version}, this program knows {schema.KNOWN}: {what}")]
    return [*structure(connection, version, opened=True), *people(connection), *_figures(connection)]


def require_clean(connection: Connection, version: int, *, opened: bool) -> None:
    """Raises ``Invalid`` with the findings when a step that led to schema ``version`` left something as it should not
    be; whoever called rolls the step back."""
    found = structure(connection, version, opened=opened)
    if found:
        listed = " ".join(f"{each.about} {each.words}" for each in found[:5])
        raise Invalid(
            f"The step to schema {version} was taken back, because the lint found something after it: {listed}",
            title="Nothing was changed",
        )


def structure(connection: Connection, version: int, *, opened: bool) -> list[Finding]:
    """Findings about tables, functions, triggers and grants; see ``lint_objects``."""
    return [Finding(*each) for each in lint_objects.findings(connection, version, opened=opened)]


def people(connection: Connection) -> list[Finding]:
    """Findings about people, their logins and their groups, which an administrator of the server may have changed."""
    return [Finding(*each) for each in lint_people.findings(connection)]


def _figures(connection: Connection) -> Iterator[Finding]:
    """The figures that the guards go by are those of each policy document."""
    stored = set(connection.execute(text("SELECT version FROM guard.policy")).scalars())
    for version, document in documents_by_version(connection).items():
        try:
            policy = parse(document)
        except Problem:
            yield Finding(f"policy version {version}", "cannot be read by any console.")
            continue
        stored.discard(version)
        for table in guards.unlike(connection, policy):
            yield Finding(
                f"policy version {version}", f"says something else than the guards' figures ({table})."
            )
    for version in sorted(stored):
        yield Finding(f"policy version {version}", "has figures for the guards, but no document.")
