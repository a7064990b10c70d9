"""The guards read again by somebody who did not write them: what a clever employee tries after the obvious.

Each attempt is one transaction of a real login up to its COMMIT, like those of ``test_guards``.
"""

import pytest

from tests.support.attacks import NO_WAY, Scene, change, entry, fact, refused, touch

NOTE = '{"words": "x"}'
SILENTLY = "SELECT guard.stamp();"


def note(ticket: str = "fresh", **more: str) -> str:
    """An honest note, told and marked."""
    return (
        fact("NoteWritten", NOTE, f"{{{ticket}}}", **more)
        + f"UPDATE ticket SET noted = true WHERE id = {{{ticket}}};"
    )


def mark(ticket: str, what: str) -> str:
    """A change that makes no version, as a claim is."""
    return f"{SILENTLY} UPDATE ticket SET {what} WHERE id = {{{ticket}}};"


def again(ticket: str, **differs: str) -> str:
    """A promise of the ticket written a second time, but for what differs."""
    columns = (
        "ticket_id", "position", "milestone", "kind", "amount", "business", "clause", "start", "counted_from", "due_at",
        "met_at", "missed", "credited", "ended", "ended_at",
    )  # fmt: skip
    chosen = {"position": "(SELECT count(*) FROM deadline WHERE ticket_id = d.ticket_id)"} | differs
    values = ", ".join(chosen.get(name, f"d.{name}") for name in columns)
    return (
        f"INSERT INTO deadline SELECT {values} FROM deadline d WHERE d.ticket_id = {{{ticket}}}"
        " AND d.milestone = 'begin' ORDER BY d.position LIMIT 1;"
    )


def record(**fields: str) -> str:
    """A jsonb record: the values are SQL."""
    return "jsonb_build_object(" + ", ".join(f"'{name}', {value}" for name, value in fields.items()) + ")"


CONFIRMATION = {"by": "'alex'", "by_name": "'Alex'", "at": "guard.stamp()", "criteria": "'[]'::jsonb"}
DETERMINATION = {
    "free": "true", "by": "'morgan'", "by_name": "'Morgan'", "at": "guard.stamp()", "category": "'x'", "reason": "'x'",
    "tokens": "3", "price": "3", "proposal": "proposal", "overturned": "NULL",
}  # fmt: skip
DECIDED = '{"free": true, "category": "x", "reason": "x", "overturns": false}'
TICKET_AGAIN = """
    INSERT INTO ticket SELECT (jsonb_populate_record(t, jsonb_build_object(
        'version', 1, 'credited', 0, 'received_at', guard.stamp(), 'opened_at', guard.stamp(),
        'touched_at', guard.stamp(),
        'status', 'open', 'id', {number}))).* FROM ticket t WHERE t.id = {{fresh}} {conflict};
"""
BOUGHT = """{"cause": "bought", "tokens": 5, "before": 0, "after": 5, "reference": "X-1", "reason": "why"}"""

AT_COMMIT = "asked at the COMMIT"
AGAIN: list[tuple[str, str, str, str]] = [
    # --- the guards of the end, asked too early -----------------------------------------------------------------
    ("the end of the guards called early", "alex", note() + "SET CONSTRAINTS ALL IMMEDIATE", AT_COMMIT),
    ("the end asked before the beginning", "alex", "SET CONSTRAINTS ALL IMMEDIATE; SELECT guard.stamp()", AT_COMMIT),
    ("one guard of the end asked early", "alex",
     change("fresh", "status = 'begun'") + "SET CONSTRAINTS stands IMMEDIATE", AT_COMMIT),
    ("the last guard named", "alex", note() + "SET CONSTRAINTS guard.ends IMMEDIATE; SET CONSTRAINTS ALL DEFERRED",
     AT_COMMIT),
    ("the end asked early within a savepoint", "alex",
     note() + "SAVEPOINT s; SET CONSTRAINTS ALL IMMEDIATE; RELEASE SAVEPOINT s", AT_COMMIT),
    ("a fact in a savepoint for a change outside", "alex",
     change("fresh", "cause_of_miss = 'x'") + "SAVEPOINT s;" + fact("CauseOfMissSet", '{"cause": "x"}', "{fresh}")
     + "ROLLBACK TO s", "told to the journal|order of commits"),
    ("a prepared transaction", "alex", note() + "PREPARE TRANSACTION 'later'", "disabled|cannot PREPARE"),
    ("a view of yesterday", "alex", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;" + note(), "READ COMMITTED"),
    ("a serializable view of yesterday", "morgan",
     "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;" + entry("purchase", "bought", 5), "READ COMMITTED"),
    # --- somebody else's name ------------------------------------------------------------------------------------
    ("a note under morgan's name", "alex", note(name="'Morgan'"), "no other name"),
    ("an entry under morgan's name", "alex", entry("purchase", "bought", 5, name="'Morgan'"), "no other name"),
    ("a claim under morgan's name", "alex",
     mark("fresh", "owner = 'alex', owner_name = 'Morgan', lease_until = guard.stamp()"), "no other name"),
    ("a confirmation under morgan's name", "alex",
     change("emergency", f"confirmation = {record(**CONFIRMATION | {'by_name': chr(39) + 'Morgan' + chr(39)})}"),
     "whoever is signed in"),
    # --- what no console could read ------------------------------------------------------------------------------
    ("a note with a field too many", "alex", fact("NoteWritten", '{"words": "x", "more": 1}', "{fresh}"), "could read"),
    ("a note without words", "alex", fact("NoteWritten", "{}", "{fresh}"), "could read"),
    ("a note whose words are a number", "alex", fact("NoteWritten", '{"words": 1}', "{fresh}"), "could read"),
    ("a note that is a list", "alex", fact("NoteWritten", "[1]", "{fresh}"), "could read"),
    ("a note that is null", "alex", fact("NoteWritten", "null", "{fresh}"), "could read"),
    ("a priority that nobody knows", "alex",
     fact("PriorityChanged", '{"before": "urgent", "after": "now", "authorised_by": ""}', "{fresh}"), "could read"),
    ("a number beyond all numbers", "alex", fact("TicketMerged", '{"into": 1e400}', "{fresh}"), "could read|overflow"),
    ("an instant that only the server reads", "morgan",
     fact("EnteredLate", '{"act": "begin", "entered_at": "yesterday", "reason": "x"}', "{fresh}"), "could read"),
    ("an instant without end", "morgan",
     fact("EnteredLate", '{"act": "begin", "entered_at": "infinity", "reason": "x"}', "{fresh}"), "could read"),
    ("a confirmation with criteria that are no list", "alex",
     change("emergency", f"confirmation = {record(**CONFIRMATION | {'criteria': '1'})}"), "could read"),
    ("a confirmation in another calendar", "alex",
     change("emergency", "confirmation = "
            + record(**CONFIRMATION | {"at": "to_char(guard.stamp() AT TIME ZONE 'UTC', 'DD Mon YYYY HH24:MI:SS.US') "
                                             "|| ' UTC'"})),
     "could read"),
    ("a confirmation by another zone's clock", "alex",
     change("emergency", "confirmation = " + record(**CONFIRMATION | {
         "at": "to_char(guard.stamp() AT TIME ZONE 'UTC' + interval '2 hours', 'YYYY-MM-DD\"T\"HH24:MI:SS') || '+02:00'"
     })), "could read"),
    ("a confirmation with more digits than a console writes", "alex",
     change("emergency", "confirmation = " + record(**CONFIRMATION | {
         "at": "to_char(guard.stamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') || '.000000+00:00'"
     })), "could read"),
    ("a plan with half its fields", "alex", change("fresh", "plan = '{{\"what\": \"x\"}}'"), "could read"),
    ("a note of two million letters", "alex", fact("NoteWritten", '{"words": "x"}', "{fresh}").replace(
        '\'{{"words": "x"}}\'', "jsonb_build_object('words', repeat('x', 2000000))"), "could read"),
    ("a subject of two million letters", "alex",
     SILENTLY + "UPDATE account SET name = repeat('x', 2000000), version = version + 1 WHERE id = {juniper}",
     "longer than what is kept"),
    ("a claim that never ends", "alex", mark("fresh", "owner = 'alex', owner_name = 'Alex', lease_until = NULL"),
     "an hour at most"),
    ("a claim for a century", "alex",
     mark("fresh", "owner = 'alex', owner_name = 'Alex', lease_until = guard.stamp() + interval '100 years'"),
     "an hour at most"),
    ("a claim until infinity", "alex", mark("fresh", "owner = 'alex', owner_name = 'Alex', lease_until = 'infinity'"),
     "an hour at most"),
    ("a claim before all time", "alex", mark("fresh", "owner = 'alex', owner_name = 'Alex', lease_until = '-infinity'"),
     "an hour at most"),
    ("a claim of before the year 1", "alex",
     mark("fresh", "owner = 'alex', owner_name = 'Alex', lease_until = '4000-01-01 BC'"), "an hour at most"),
    ("a plan by the last second of a minute that has 61", "alex", change(
        "fresh", """plan = '{{"what": "x", "who": "y", "by_when": "2026-12-01T12:00:60+00:00"}}'"""), "could read"),
    ("an instant at the hour that no clock shows", "morgan", fact(
        "EnteredLate", '{"what": "begin", "entered_at": "2026-11-24T24:00:00+00:00", "reason": "x"}', "{fresh}"),
     "could read"),
    ("a fact in a savepoint, to be told twice", "alex",
     note().replace("INSERT INTO fact", "SAVEPOINT s; INSERT INTO fact"), "outside every savepoint"),
    ("a clause that another reading of the guards lets pass", "alex",
     "SET standard_conforming_strings = off;" + entry("purchase", "bought", 5, clause="'4x4'"), "names its clause"),
    # --- numbers taken in advance --------------------------------------------------------------------------------
    ("numbers of the journal without facts", "alex",
     "SELECT guard.stamp(); UPDATE counter SET last = last + 3 WHERE name = 'journal'", "Every number"),
    ("a fact that leaves a gap", "alex", note().replace("last + 1", "last + 2"), "Every number"),
    ("a ticket with a number of its own choice", "alex", TICKET_AGAIN.format(number="999999", conflict=""),
     "the next number"),
    ("an entry with a number to come", "alex",
     entry("purchase", "bought", 5).replace("nextval('entry_id_seq')", "nextval('entry_id_seq') + 9"),
     "the next number"),
    ("the numbers of tickets moved on", "alex", "SELECT setval('ticket_number', 999999)", NO_WAY),
    ("an entry under no clause", "alex", entry("purchase", "bought", 5, clause="'x'"), "names its clause"),
    # --- a ticket saved that was not -----------------------------------------------------------------------------
    ("a ticket asked for that is there, then its promise", "alex",
     SILENTLY + TICKET_AGAIN.format(number="t.id", conflict="ON CONFLICT DO NOTHING")
     + "UPDATE deadline SET ended = 'void', ended_at = guard.stamp() WHERE ticket_id = {fresh}", "act on its ticket"),
    ("a ticket asked for that is there, then its tokens", "alex",
     SILENTLY + TICKET_AGAIN.format(number="t.id", conflict="ON CONFLICT DO NOTHING")
     + entry("charge", "priority_raised", -1, "{fresh}"), "act on their ticket"),
    ("a ticket replaced by itself", "alex",
     SILENTLY + TICKET_AGAIN.format(number="t.id", conflict="ON CONFLICT (id) DO UPDATE SET status = 'resolved'"),
     "next version"),
    # --- promises ------------------------------------------------------------------------------------------------
    ("a kept promise given again, to be missed", "alex", touch("begun") + again("begun", met_at="NULL"),
     "act that opens its ticket"),
    ("a promise given out of its order", "alex",
     change("fresh", "priority = 'standard', price = 1") + again("fresh", position="-1"), "order in which"),
    ("a promise of another priority", "alex", change("fresh", "priority = 'standard', price = 1") + again("fresh"),
     "promises something else"),
    ("a promise ended before its time", "alex",
     touch("fresh") + "UPDATE deadline SET ended = 'void', ended_at = guard.stamp() WHERE ticket_id = {fresh}",
     "ends with its ticket"),
    ("a promise replaced by nothing", "alex",
     touch("fresh") + "UPDATE deadline SET ended = 'replaced', ended_at = guard.stamp() WHERE ticket_id = {fresh}",
     "ends with its ticket"),
    ("work begun that its promise does not hear of", "alex",
     change("fresh", "begun_at = guard.stamp(), status = 'begun'") + fact("WorkBegun", "{}", "{fresh}"),
     "What was done meets its promise"),
    ("a late begin that is no miss", "alex",
     change("late", "begun_at = guard.stamp(), status = 'begun'")
     + "UPDATE deadline SET met_at = guard.stamp() WHERE ticket_id = {late} AND milestone = 'begin';"
     + fact("WorkBegun", "{}", "{late}"), "met late is missed"),
    ("a kept promise taken back", "alex",
     touch("begun") + "UPDATE deadline SET met_at = NULL WHERE ticket_id = {begun} AND milestone = 'begin'",
     "recorded on its ticket"),
    ("a credit written on a promise alone", "alex",
     touch("missed") + "UPDATE deadline SET credited = credited + 10 WHERE ticket_id = {missed} AND missed",
     "at most what was charged|runs, is met"),
    # --- the ticket as lists show it -----------------------------------------------------------------------------
    ("a ticket at the head of the queue", "alex", change("fresh", "queue_stake = -1000"), "What lists show"),
    ("a ticket without its deadline", "alex",
     change("fresh", "next_due_at = NULL, next_milestone = NULL, next_kind = NULL, next_business = false"),
     "What lists show"),
    ("a ticket in another group", "alex", change("fresh", "queue_group = 1"), "What lists show"),
    ("a planned ticket without a plan", "alex", change("fresh", "status = 'planned'"), "What lists show"),
    ("a proposal that is none", "alex", change("fresh", "proposed = true"), "What lists show"),
    ("a decision dated otherwise", "alex", change("declined", "determined_at = NULL"), "What lists show"),
    ("a miss that lists do not show", "alex", change("missed", "missed = ''"), "What lists show"),
    ("a ticket touched tomorrow", "alex", mark("fresh", "touched_at = {future}"), "touched at the server"),
    ("a ticket touched in eternity", "alex", mark("fresh", "touched_at = 'infinity'"), "touched at the server"),
    ("an authorisation that nobody gave", "alex", mark("fresh", "authorised = true"), "set by the journal"),
    ("a call that nobody booked", "alex", mark("fresh", "callback = true"), "set by the journal"),
    ("an outcome written in silence", "alex", change("fresh", "outcome = 'x'"), "told to the journal"),
    ("a cause set in silence", "alex", change("missed", "cause_of_miss = 'x'"), "told to the journal"),
    # --- acts ----------------------------------------------------------------------------------------------------
    ("work begun again on begun work", "alex", touch("begun") + fact("WorkBegun", "{}", "{begun}"), "only what stands"),
    ("work begun later than it was", "alex",
     change("begun", "begun_at = guard.stamp()") + fact("WorkBegun", "{}", "{begun}"), "Work begins"),
    ("an act entered late that does not say so", "morgan",
     change("late", "begun_at = {past}, status = 'begun', (next_due_at, next_milestone) = (SELECT due_at, milestone "
            "FROM deadline WHERE ticket_id = {late} AND milestone = 'resolve_or_plan')")
     + "UPDATE deadline SET met_at = {past} WHERE ticket_id = {late} AND milestone = 'begin';"
     + fact("WorkBegun", "{}", "{late}", at="{past}"), "only what stands|entered late says so"),
    ("an act entered late without a reason", "morgan",
     touch("late") + fact("EnteredLate", '{"act": "begin", "entered_at": "2026-11-24T19:28:00+00:00", "reason": " "}',
                          "{late}"), "only what stands"),
    ("a colleague's proposal dropped by resolving", "priya",
     change("proposed", "proposal = NULL, proposed = false, status = 'resolved', is_open = false, "
            "resolved_at = guard.stamp(), closed_at = guard.stamp(), outcome = 'solved'"), "withdrawn by its author"),
    ("a decision that hides the proposal", "morgan",
     change("proposed", f"proposal = NULL, determination = {record(**DETERMINATION | {'proposal': 'NULL'})}"),
     "keeps the proposal"),
    ("a decision that overturns what never was", "morgan",
     change("fresh", "determination = " + record(**DETERMINATION | {
         "overturned": record(**DETERMINATION | {"by": "'max'", "by_name": "'Max'"})})), "keeps the proposal"),
    ("a decision told otherwise", "morgan",
     change("fresh", f"determination = {record(**DETERMINATION)}")
     + fact("IssueDetermined", DECIDED.replace('"category": "x"', '"category": "y"'), "{fresh}", role="'manager'"),
     "only what stands"),
    ("a ticket merged into another customer's", "alex",
     change("missed", "status = 'merged', is_open = false, closed_at = guard.stamp(), merged_into = {elsewhere}, "
            "next_due_at = NULL, next_milestone = NULL, next_kind = NULL, next_business = false, queue_group = 1, "
            "queue_rank = 1")
     + "UPDATE deadline SET ended = 'void', ended_at = guard.stamp() WHERE ticket_id = {missed} AND met_at IS NULL"
       " AND NOT missed;"
     + fact("TicketMerged", '{"into": 0}', "{missed}").replace(
         '\'{{"into": 0}}\'', "jsonb_build_object('into', {elsewhere})"), "tells of what has changed"),
    # --- tokens --------------------------------------------------------------------------------------------------
    ("a purchase told as another amount", "alex",
     entry("purchase", "bought", 5) + fact("BalanceMoved", BOUGHT.replace("5", "4")), "only what stands"),
    ("a price raised without another priority", "alex",
     touch("declined") + entry("charge", "priority_raised", -1, "{declined}"), "at most its price|do not allow"),
    ("a charge taken back by a manager out of the blue", "morgan",
     touch("missed") + entry("reversal", "undone", -1, "{missed}"), "what the ledger says"),
    ("a settled miss that nobody tells", "alex",
     change("late", "held = 0, is_free = true, missed = 'begin', queue_stake = 0")
     + "UPDATE deadline SET missed = true, credited = 10 WHERE ticket_id = {late} AND milestone = 'begin';"
     + entry("credit", "begin_missed", 10, "{late}",
             at="(SELECT due_at FROM deadline WHERE ticket_id = {late} AND milestone = 'begin')"),
     "told to the journal"),
    ("a ticket that waits though its account can pay", "alex",
     TICKET_AGAIN.format(number="nextval('ticket_number')", conflict="").replace(
         "'opened_at', guard.stamp()", "'opened_at', NULL").replace("'status', 'open'",
         "'status', 'awaiting_tokens', 'held', 0, 'queue_stake', 0"), "only while its account pays with them"),
    ("a policy added in silence", "ira", """
     INSERT INTO policy_version SELECT 9, 'x', guard.stamp(), 'ira';
     INSERT INTO guard.policy VALUES (9, {future}, false, '1 min', '1 day')""", "told to the journal"),
    # --- accounts and people -------------------------------------------------------------------------------------
    ("an administrator of the customer made in silence", "alex",
     "UPDATE contact SET is_administrator = true WHERE account_id = {juniper}", "told to the journal"),
    ("the customer's people deleted in silence", "alex", "DELETE FROM contact WHERE account_id = {juniper}",
     "told to the journal"),
    ("a contact moved to another customer", "alex",
     "UPDATE contact SET account_id = {other} WHERE account_id = {juniper}", "keeps its number and its account"),
    ("an account told as saved that was not", "alex", fact("AccountSaved", '{"words": "x"}'), "only what stands"),
    ("somebody hired in silence", "ira", "SELECT guard.save_person('alex', 'Alex', true, '{{agent, manager}}')",
     "told to the journal"),
    ("somebody hired as something else than is told", "ira",
     "SELECT guard.save_person('alex', 'Alex', true, '{{agent, manager}}');"
     + fact("PersonSaved", '{"login": "alex", "name": "Alex", "roles": ["agent"]}', role="'administrator'"),
     "only what stands"),
    ("somebody renamed to morgan in silence", "ira", "SELECT guard.save_person('alex', 'Morgan', true, '{{agent}}')",
     "told to the journal"),
    ("somebody removed in silence", "ira", "SELECT guard.remove_person('rosa')", "told to the journal|alter role"),
    ("a name with a line break", "ira", "SELECT guard.save_person('alex', E'Alex\\nX', true, '{{agent}}')",
     "plain text"),
    ("a login that is two statements", "ira",
     ("SELECT guard.add_person('x; ALTER ROLE ira SUPERUSER', 'X', '{{agent}}', "
     "'SCRAM-SHA-256$4096:AAAA$AAAA:AAAA')"), "told to the journal"),
    ("a role that is two statements", "ira",
     "SELECT guard.save_person('alex', 'A', true, '{{agent; DROP TABLE entry}}')", "agent, manager"),
    ("a login in another Unicode form", "ira",
     "SELECT guard.add_person(U&'zoe\\0308', 'Zoe', '{{agent}}', 'SCRAM-SHA-256$1')", "plain text"),
    ("a login of 64 bytes", "ira", "SELECT guard.add_person(repeat('x', 64), 'X', '{{agent}}', 'SCRAM-SHA-256$1')",
     "plain text"),
    ("nobody as a login", "ira", "SELECT guard.save_person(NULL, 'X', true, '{{agent}}')", "plain text"),
    ("no roles at all as roles", "ira", "SELECT guard.save_person('alex', 'Alex', true, NULL)", "agent, manager"),
    ("a login of the server with a database of its own", "ira",
     "SELECT guard.save_person('landlord', 'X', true, '{{agent}}')", "powers on the server"),
    # --- the server ----------------------------------------------------------------------------------------------
    ("the queue locked for everybody", "alex", "LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE", NO_WAY),
    ("the accounts locked for everybody", "ira", "LOCK TABLE account IN SHARE MODE", NO_WAY),
    ("the promises locked for everybody", "alex", "LOCK TABLE deadline IN EXCLUSIVE MODE", NO_WAY),
    ("a large object", "alex", "SELECT lo_from_bytea(0, 'x')", NO_WAY),
    ("an empty large object", "rosa", "SELECT lo_create(0)", NO_WAY),
    ("the server's log of changes filled", "alex", "SELECT pg_logical_emit_message(false, 'x', 'x')", NO_WAY),
    ("a folder of the server", "alex", "SELECT pg_ls_dir('.')", NO_WAY),
    ("the rules of signing in", "alex", "SELECT * FROM pg_hba_file_rules", NO_WAY),
    ("a file of the server copied", "alex", "COPY fact FROM '/etc/passwd'", NO_WAY),
    ("a program of the server", "ira", "COPY fact FROM PROGRAM 'id'", NO_WAY),
    ("a schema of one's own", "alex", "CREATE SCHEMA mine", NO_WAY),
    ("an extension", "ira", "CREATE EXTENSION pg_trgm", NO_WAY),
    ("a role of one's own", "ira", "CREATE ROLE mine", NO_WAY),
    ("defaults for what the owner makes", "ira", ("ALTER DEFAULT PRIVILEGES FOR ROLE console_owner GRANT ALL ON TABLES"
     " TO PUBLIC"), NO_WAY),
    ("row security switched off", "alex", "SET row_security = off; SELECT * FROM request",
     "row-level security"),
    ("a view over everything", "alex", "CREATE VIEW public.all_requests AS SELECT * FROM request", NO_WAY),
    ("an operator of one's own", "alex",
     "CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)", NO_WAY),
    ("the owner's things taken", "alex", "REASSIGN OWNED BY console_owner TO alex", NO_WAY),
    ("who looks at what", "alex", "SELECT * FROM guard.presence", NO_WAY),
    ("somebody else's presence", "alex", "UPDATE guard.presence SET login = 'morgan'", NO_WAY),
    ("the figures read by an agent", "alex", "SELECT * FROM guard.price", NO_WAY),
    ("the answer of an act rewritten", "alex",
     "UPDATE request SET result = '{{}}' WHERE actor = 'alex' AND result IS NOT NULL", "never changed"),
    ("the key of an act rewritten", "alex", "UPDATE request SET key = 'x'", NO_WAY),
    ("a colleague's key taken over", "alex",
     ("INSERT INTO request SELECT '{morgans_key}', 'alex', 'x', 'x', '{{}}', now() ON CONFLICT (key) DO UPDATE "
     "SET result = '{{}}'"), "row-level security|never changed"),
    # --- roles that never write ----------------------------------------------------------------------------------
    *((f"a note by {who}", who, note(role="'agent'"), NO_WAY) for who in ("rosa", "auditor")),
    ("a purchase by a timer", "sweeper", entry("purchase", "bought", 5), "move no tokens"),
    ("a charge by a timer", "sweeper", touch("fresh") + entry("charge", "priority_raised", -1, "{fresh}"),
     "move no tokens"),
    ("a ticket claimed by a timer", "sweeper",
     mark("fresh", "owner = 'sweeper', owner_name = 'Sweeper', lease_until = guard.stamp()"), "Only an agent"),
    ("a note by a timer", "sweeper", fact("NoteWritten", NOTE, "{fresh}", role="'system'"), "do not decide"),
    ("a ticket resolved by a timer", "sweeper",
     change("fresh", "status = 'resolved', is_open = false, resolved_at = guard.stamp(), closed_at = guard.stamp()"),
     "runs, is met|What lists show|told"),
    ("a ticket opened by a timer", "sweeper", TICKET_AGAIN.format(number="t.id + 1", conflict=""), NO_WAY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "script", "why"), [each[1:] for each in AGAIN], ids=[each[0] for each in AGAIN]
)
def test_it_is_refused(scene: Scene, who: str, script: str, why: str) -> None:
    refused(scene, who, script, why)


def test_each_attempt_has_its_name() -> None:
    assert len({name for name, *_ in AGAIN}) == len(AGAIN)
