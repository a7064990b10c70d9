"""What an attacker needs: a shared database with a story on it, every login's psql, and SQL that is almost right."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from console.policy.terms import Hosting, Priority
from console.services import claims, progress, triage
from console.services import server as setting_up
from console.services.sweep import sweep
from tests.support import postgres
from tests.support.desks import ALEX, MORGAN
from tests.support.guarded import GuardedOffice, as_login, guarded_office, libpq

#: What the server itself says to somebody who may not.
NO_WAY = "permission denied|must be owner|must be (a )?superuser|must have admin option|not permitted"
#: The name on the People list of whoever attacks.
OWN_NAME = "(SELECT name FROM person WHERE login = session_user)"
LONG = "A reason that is long enough to be kept for good."


@dataclass
class Scene:
    """A shared database with a story on it, and a plain connection for everybody."""

    office: GuardedOffice
    places: dict[str, Any]

    def try_as(self, who: str, script: str) -> psycopg.Error | None:
        """Runs ``script`` as that login, up to its COMMIT; the refusal, or ``None`` when it went through."""
        with psycopg.connect(libpq(as_login(self.office.url, who))) as connection:
            try:
                with connection.transaction():
                    connection.execute(script.format(**self.places))
                return None
            except psycopg.Error as refusal:
                return refusal

    def everything(self) -> list[dict[str, Any]]:
        """Every row that an attack could want to change."""
        tables = (
            *("account", "contact", "ticket", "deadline", "entry", "fact", "counter", "request"),
            *("person", "person_role", "policy_version", "setting"),
        )
        with psycopg.connect(libpq(self.office.url), row_factory=dict_row) as owner:
            return [row for table in tables for row in owner.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]


@contextmanager
def scene(running: postgres.Server) -> Iterator[Scene]:
    """A new shared database with its story, removed at the end."""
    url = running.console()
    setting_up.set_up(url)
    with guarded_office(url) as office:
        with psycopg.connect(libpq(url)) as owner:
            owner.execute(_TRUE_HASH)
            _hire(owner)
        yield Scene(office, _story(office))
    running.dismiss()
    running.drop(url.rsplit("/", 1)[1])


def _hire(owner: psycopg.Connection) -> None:
    """A timer, an auditor, and a login that owns a database of its own."""
    for login in ("sweeper", "auditor", "landlord"):
        with suppress(psycopg.errors.DuplicateObject), owner.transaction():
            owner.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{postgres.PASSWORD}'")
    for login, role in (("sweeper", "system"), ("auditor", "auditor")):
        owner.execute("SELECT guard.save_person(%s, %s, true, %s)", (login, login.capitalize(), [role]))
    owner.execute("ALTER ROLE landlord CREATEDB")


def refused(scene: Scene, who: str, script: str, why: str) -> None:
    """Fails unless ``script`` by that login is refused for that reason, and nothing was changed by it."""
    before = scene.everything()
    refusal = scene.try_as(who, script)
    assert refusal is not None, "it went through"
    assert re.search(why, str(refusal)), str(refusal)
    assert scene.everything() == before


def _story(office: GuardedOffice) -> dict[str, Any]:
    """Juniper has 60 tokens and tickets in every state that an attacker could want."""
    juniper = office.account(balance=200)
    other = office.account("Other", Hosting.PLATFORM, balance=20)
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    fresh = office.number(juniper, Priority.URGENT)
    emergency = office.number(juniper, Priority.EMERGENCY)
    confirmed = office.number(juniper, Priority.EMERGENCY)
    triage.confirm(morgan, confirmed, [_critical(office)], "", None, morgan.new_key())
    proposed = office.number(juniper, Priority.URGENT)
    triage.propose_free(alex, proposed, _category(office), LONG, None, alex.new_key())
    declined = office.number(juniper, Priority.URGENT)
    triage.determine(morgan, declined, False, "", LONG, None, morgan.new_key())
    begun = office.number(juniper, Priority.STANDARD)
    progress.begin(morgan, begun, morgan.new_key())
    missed = office.number(juniper, Priority.EMERGENCY)
    office.clock.advance(minutes=61)
    sweep(alex)
    late = office.number(juniper, Priority.EMERGENCY)
    elsewhere = office.number(other, Priority.URGENT)
    office.clock.advance(minutes=70)
    crisis = office.number(juniper, Priority.EMERGENCY)
    claims.claim(morgan, begun, morgan.new_key())
    with psycopg.connect(libpq(office.url)) as owner:
        (morgans_key,) = owner.execute("SELECT max(key) FROM request WHERE actor = 'morgan'").fetchone()
    with morgan.store.read() as read:
        bought = read.entries(juniper.id, office.clock.now - timedelta(days=9))[0].entry_id
    return {
        "juniper": juniper.id, "other": other.id, "fresh": fresh, "emergency": emergency, "confirmed": confirmed,
        "proposed": proposed, "declined": declined, "begun": begun, "missed": missed, "late": late, "crisis": crisis,
        "elsewhere": elsewhere, "purchase": bought, "morgans_key": morgans_key,
        "now": f"'{office.clock.now.isoformat()}'", "past": f"'{(office.clock.now - timedelta(hours=1)).isoformat()}'",
        "future": f"'{(office.clock.now + timedelta(hours=9)).isoformat()}'",
    }  # fmt: skip


def _critical(office: GuardedOffice) -> str:
    return office.desk.policy().lists.mission_critical.items[0].id


def _category(office: GuardedOffice) -> str:
    return office.desk.policy().lists.free.items[0].id


#: Attackers can compute a hash like everybody else; here the owner does it for them.
_TRUE_HASH = """
    CREATE FUNCTION public.true_hash(e public.entry) RETURNS bytea LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS 'SELECT guard.entry_hash(e)';
    GRANT EXECUTE ON FUNCTION public.true_hash(public.entry) TO PUBLIC;
"""


def entry(kind: str, cause: str, tokens: int, ticket: str = "NULL", **more: str) -> str:
    """An entry as an attacker would write it: right in every way but the one that is tried."""
    values = {
        "at": "guard.stamp()", "contra": "sold" if ticket == "NULL" else "used", "actor": "session_user",
        "reference": "'X-1'", "reverses": "NULL", "hash": "public.true_hash(e)", "recorded": "guard.stamp()",
        "balance": f"a.balance + {tokens}", "name": OWN_NAME, "clause": "'4.4'",
    } | more  # fmt: skip
    return f"""
        DO $$ DECLARE a account; e entry; BEGIN
        SELECT * INTO a FROM account WHERE id = {{juniper}};
        e := ROW(nextval('entry_id_seq'), a.id, a.last_seq + 1, '{kind}', '{cause}', {values["clause"]}, {tokens},
            '{values["contra"]}', {values["balance"]}, {ticket}, 0, {values["at"]}, {values["recorded"]},
            {values["actor"]}, {values["name"]}, {values["reference"]}, 'why', {values["reverses"]}, 'attack',
            a.last_hash, '');
        e.hash := {values["hash"]};
        INSERT INTO entry SELECT (e).*;
        END $$;
    """


def fact(kind: str, data: str, ticket: str = "NULL", **more: str) -> str:
    values = {
        "at": "guard.stamp()",
        "actor": "session_user",
        "role": "'agent'",
        "recorded": "guard.stamp()",
        "name": OWN_NAME,
    } | more
    return f"""
        SELECT guard.stamp();
        UPDATE counter SET last = last + 1 WHERE name = 'journal';
        INSERT INTO fact (number, kind, at, recorded_at, actor, actor_name, role, ticket_id, account_id, data)
        SELECT last, '{kind}', {values["at"]}, {values["recorded"]}, {values["actor"]}, {values["name"]},
            {values["role"]}, {ticket}, {{juniper}}, '{_braced(data)}' FROM counter WHERE name = 'journal';
    """


def _braced(data: str) -> str:
    """``data`` so that its braces outlive ``str.format``."""
    return data.replace("{", "{{").replace("}", "}}")


def touch(ticket: str) -> str:
    """The ticket saved as it is, which opens the way for whatever is tried then."""
    return f"SELECT guard.stamp(); UPDATE ticket SET version = version + 1 WHERE id = {{{ticket}}};"


def miss(ticket: str) -> str:
    return f"UPDATE deadline SET missed = true WHERE ticket_id = {{{ticket}}} AND milestone = 'begin';"


def change(ticket: str, what: str) -> str:
    return f"SELECT guard.stamp(); UPDATE ticket SET version = version + 1, {what} WHERE id = {{{ticket}}};"
