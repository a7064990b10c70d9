"""Every employee has a login and psql: what must be impossible with it, by plain SQL (decision 0060).

Each attempt runs as a real login against a real server, in one transaction up to its COMMIT, and must be refused there
for the reason that is named, with nothing changed.
"""

import pytest

from console.services import keeping, tokens
from tests.support.attacks import NO_WAY, Scene, change, entry, fact, miss, refused, touch
from tests.support.desks import MORGAN

DETERMINED = '{"free": true, "category": "own_fault", "reason": "x", "overturns": false}'
MOVED = '{"cause": "bought", "tokens": 5, "before": 0, "after": 5, "reference": "", "reason": ""}'
DENIED: list[tuple[str, str, str, str]] = [
    # --- history is append-only ---------------------------------------------------------------------------------
    *((f"{who} rewrites an entry", who, "UPDATE entry SET tokens = 1000", NO_WAY) for who in ("alex", "morgan", "ira")),
    ("alex deletes an entry", "alex", "DELETE FROM entry", NO_WAY),
    ("morgan empties the ledger", "morgan", "TRUNCATE entry CASCADE", NO_WAY),
    *((f"{who} rewrites a fact", who, "UPDATE fact SET actor = 'x'", NO_WAY) for who in ("alex", "morgan", "rosa")),
    ("ira deletes a fact", "ira", "DELETE FROM fact", NO_WAY),
    ("morgan takes a promise away", "morgan", "DELETE FROM deadline", NO_WAY),
    ("morgan deletes a ticket", "morgan", "DELETE FROM ticket WHERE id = {fresh}", NO_WAY),
    ("alex switches the guards off", "alex", "ALTER TABLE entry DISABLE TRIGGER ALL", NO_WAY),
    ("morgan drops a guard", "morgan", "DROP TRIGGER guarded ON entry", NO_WAY),
    ("alex replaces a guard", "alex", ("CREATE OR REPLACE FUNCTION guard.trusted() RETURNS boolean LANGUAGE sql "
     "AS 'SELECT true'"), NO_WAY),
    ("morgan turns triggers off", "morgan", "SET session_replication_role = replica", NO_WAY),
    # --- somebody else, another time, another role --------------------------------------------------------------
    ("alex acts as the owner", "alex", "SET ROLE console_owner", NO_WAY),
    ("alex acts as the keeper", "alex", "SET ROLE console_keeper", NO_WAY),
    ("alex becomes morgan", "alex", "SET SESSION AUTHORIZATION morgan", NO_WAY),
    ("alex joins the managers", "alex", "GRANT console_manager TO alex", NO_WAY),
    ("ira joins the managers", "ira", "GRANT console_manager TO ira", NO_WAY),
    ("ira makes herself a manager", "ira", ("SELECT guard.save_person('ira', 'Ira', true, "
     "'{{administrator,manager}}')"), "Nobody changes their own roles"),
    ("alex makes himself a manager", "alex", "SELECT guard.save_person('alex', 'Alex', true, '{{manager}}')", NO_WAY),
    ("morgan writes the People list", "morgan", "INSERT INTO person_role VALUES ('alex', 'manager')", NO_WAY),
    ("ira writes the People list", "ira", "INSERT INTO person_role VALUES ('ira', 'manager')", NO_WAY),
    ("ira takes over the server", "ira", "SELECT guard.add_person('root2', 'X', '{{agent}}', 'plain')", "SCRAM"),
    ("ira takes a login of the server", "ira", "SELECT guard.save_person('postgres', 'X', true, '{{agent}}')",
     "powers on the server"),
    ("ira takes a group for a login", "ira", "SELECT guard.save_person('console_owner', 'X', true, '{{agent}}')",
     "kept for the server"),
    ("ira makes a superuser", "ira", "CREATE ROLE evil SUPERUSER", NO_WAY),
    ("alex sets morgan's password", "alex", "ALTER ROLE morgan PASSWORD 'x'", NO_WAY),
    ("ira sets morgan's password", "ira", "ALTER ROLE morgan PASSWORD 'x'", NO_WAY),
    ("alex writes the instant of an act", "alex", "INSERT INTO guard.act VALUES (pg_current_xact_id(), 'alex', now())",
     NO_WAY),
    ("a fact as somebody else", "alex", fact("NoteWritten", '{"words": "x"}', "{fresh}", actor="'morgan'"),
     "whoever is signed in"),
    ("a fact with a role that one has not", "alex", fact("NoteWritten", '{"words": "x"}', "{fresh}", role="'manager'"),
     "role that its author holds"),
    ("a fact an hour ago", "alex", fact("NoteWritten", '{"words": "x"}', "{fresh}", recorded="{past}"),
     "server's time"),
    ("a fact that counts an hour ago", "alex", fact("NoteWritten", '{"words": "x"}', "{fresh}", at="{past}"),
     "counts at the server's time"),
    ("a fact of an earlier act by an agent", "alex", fact("WorkBegun", "{}", "{fresh}", at="{past}"), "server's time"),
    ("a fact of an act that never was", "alex", fact("WorkBegun", "{}", "{fresh}"), "only what stands"),
    ("a reply that nobody sent", "alex", fact("ReplySent", '{"words": "x"}', "{fresh}"), "only what stands"),
    ("a determination told by an agent", "alex", fact("IssueDetermined", '{"free": true}', "{fresh}"), "do not decide"),
    ("a determination that nobody made", "morgan", fact("IssueDetermined", DETERMINED, "{fresh}"),
     "only what stands"),
    ("a miss that did not happen", "alex", fact("GuaranteeMissed", '{"milestone": "begin"}', "{fresh}"),
     "counts at the server's time"),
    ("a kind of fact that nobody knows", "alex", fact("Whatever", "{}", "{fresh}"), "do not decide"),
    ("a fact by a supervisor", "rosa", fact("NoteWritten", '{"words": "x"}', "{fresh}", role="'supervisor'"), NO_WAY),
    ("a note by an administrator", "ira", fact("NoteWritten", '{"words": "x"}', "{fresh}", role="'administrator'"),
     "do not decide"),
    ("tokens told that never moved", "alex", fact("BalanceMoved", MOVED),
     "only what stands"),
    ("the journal's counter put back", "alex", "UPDATE counter SET last = 0", "one after the other"),
    ("the journal's counter run away", "alex", "UPDATE counter SET last = last + 100000", "one after the other"),
    ("a request in another's name", "alex", "INSERT INTO request VALUES ('k1', 'morgan', 'x', 'd', NULL, now())",
     "whoever is signed in|row-level security"),
    # --- money --------------------------------------------------------------------------------------------------
    ("alex raises a balance", "alex", "UPDATE account SET balance = 1000, version = version + 1 WHERE id = {juniper}",
     NO_WAY),
    ("ira raises a balance", "ira", "UPDATE account SET balance = 1000, version = version + 1 WHERE id = {juniper}",
     NO_WAY),
    ("morgan forges the head of the chain", "morgan",
     "UPDATE account SET last_hash = sha256('x'), version = version + 1 WHERE id = {juniper}",
     NO_WAY),
    ("an account that begins with tokens", "alex",
     ("INSERT INTO account (name, name_key, hosting, option, users, restricted, timezone, balance, last_hash, "
     "version) VALUES ('E', 'e', 'dedicated', 'tokens', 1, false, 'UTC', 99, decode(repeat('00', 32), 'hex'), 1)"),
     "begins without tokens"),
    ("an option that the hosting may not have", "alex",
     "UPDATE account SET hosting = 'shared', version = version + 1 WHERE id = {juniper}", "may not have"),
    ("an account changed in silence", "alex",
     "UPDATE account SET users = 1, version = version + 1 WHERE id = {juniper}", "told to the journal"),
    ("an entry with a forged hash", "alex", entry("purchase", "bought", 5, hash="sha256('x')"), "hash"),
    ("an entry an hour ago", "alex", entry("purchase", "bought", 5, recorded="{past}", at="{past}"), "server's time"),
    ("an entry that no fact tells", "alex", entry("purchase", "bought", 5), "told to the journal"),
    ("an entry with another balance", "alex", entry("purchase", "bought", 5, balance="a.balance + 500"), "follows"),
    ("a purchase without an invoice", "alex", entry("purchase", "bought", 5, reference="''"), "names its invoice"),
    ("an adjustment by an agent", "alex", entry("adjustment", "corrected", 50), "Only a manager"),
    ("an adjustment dressed as a purchase", "alex", entry("purchase", "corrected", 50), "names its invoice"),
    ("a refund by an agent", "alex", entry("refund", "paid_back", -5), "Only a manager"),
    ("a refund of more than there is", "morgan", entry("refund", "paid_back", -5000), "negative"),
    ("a reversal by an agent", "alex", entry("reversal", "reversed", -200, reverses="{purchase}"),
     "reversed by a manager"),
    ("somebody else's purchase undone", "alex", entry("reversal", "undone", -200, reverses="{purchase}"),
     "reversed by a manager"),
    ("a reversal of another amount", "morgan", entry("reversal", "reversed", -1, reverses="{purchase}"), "exactly one"),
    ("a charge out of the blue", "alex", entry("charge", "opened", -3, "{fresh}"), "act on their ticket"),
    ("a charge above the price", "alex", touch("fresh") + entry("charge", "priority_raised", -7, "{fresh}"),
     "at most its price"),
    ("a credit without a cause", "alex", touch("fresh") + entry("credit", "priority_lowered", 1, "{fresh}"),
     "do not allow"),
    ("a credit as a demotion", "alex", touch("crisis") + entry("credit", "demoted", 7, "{crisis}"),
     "do not allow"),
    ("a credit above the charge", "alex", touch("fresh") + entry("credit", "begin_missed", 30, "{fresh}"),
     "than it was charged"),
    ("a breach credit before its time", "alex", touch("fresh") + entry("credit", "begin_missed", 3, "{fresh}"),
     "do not allow"),
    ("a second breach credit", "alex", touch("missed") + entry("credit", "begin_missed", 10, "{missed}"),
     "than it was charged"),
    ("a breach credit in part", "alex", touch("late") + miss("late") + entry("credit", "begin_missed", 9, "{late}",
     at="(SELECT due_at FROM deadline WHERE ticket_id = {late} AND milestone = 'begin')"), "do not allow"),
    ("a free issue by an agent", "alex", touch("fresh") + entry("credit", "free_issue", 3, "{fresh}"), "do not allow"),
    ("a free issue without a determination", "morgan", touch("fresh") + entry("credit", "free_issue", 3, "{fresh}"),
     "do not allow"),
    ("a cancellation that never was", "morgan", touch("fresh") + entry("credit", "cancelled", 3, "{fresh}"),
     "do not allow"),
    ("a merger that never was", "alex", touch("fresh") + entry("credit", "merged", 3, "{fresh}"), "do not allow"),
    ("a credit on another account", "alex", touch("elsewhere") + entry("credit", "begin_missed", 5, "{elsewhere}"),
     "its own account"),
    ("a charge taken back from a free ticket", "alex", touch("missed") + entry("reversal", "undone", -10, "{missed}"),
     "what the ledger says"),
    ("a free ticket charged again", "alex",
     change("missed", "held = 10") + entry("reversal", "undone", -10, "{missed}"), "costs nothing"),
    ("a miss settled without its credit", "alex", touch("late") + miss("late"), "costs nothing|what the ledger says"),
    ("an entry by a supervisor", "rosa", entry("purchase", "bought", 5), NO_WAY),
    ("an entry by an administrator", "ira", entry("purchase", "bought", 5), NO_WAY),
    ("an entry as somebody else", "alex", entry("purchase", "bought", 5, actor="'morgan'"), "whoever is signed in"),
    # --- tickets ------------------------------------------------------------------------------------------------
    ("alex sets what a ticket holds", "alex", change("fresh", "held = 0"), "what the ledger says|free ticket"),
    ("alex makes a ticket free", "alex", change("fresh", "is_free = true"), "costs nothing|ledger"),
    ("alex decides on a free issue", "alex",
     change("proposed", "determination = jsonb_build_object('free', true, 'by', 'alex', 'at', guard.stamp(), "
            "'price', 3, 'overturned', null)"), "Only a manager decides"),
    ("morgan decides as somebody else", "morgan",
     change("proposed", "determination = jsonb_build_object('free', true, 'by', 'max', 'at', guard.stamp(), "
            "'price', 3, 'overturned', null)"), "whoever is signed in"),
    ("morgan decides at another time", "morgan",
     change("proposed", "determination = jsonb_build_object('free', true, 'by', 'morgan', 'at', {past}::timestamptz, "
            "'price', 3, 'overturned', null)"), "server's time"),
    ("alex takes a decision away", "alex", change("declined", "determination = NULL"), "Only a manager decides"),
    ("morgan takes a decision away in silence", "morgan", change("declined", "determination = NULL"),
     "in time|told to the journal"),
    ("alex rewrites a proposal", "morgan",
     change("proposed", "proposal = jsonb_set(proposal, '{{category}}', '\"other\"')"), "proposed by whoever"),
    ("alex demotes in silence", "alex",
     change("emergency", "priority = 'urgent', price = 3, demotion = jsonb_build_object('by', 'alex', 'by_name', "
            "'Alex', 'at', guard.stamp(), 'credited', 0, 'confirmation', null)"),
     "journal|ledger|charged its price|promise"),
    ("alex demotes as morgan", "alex",
     change("emergency", "priority = 'urgent', price = 3, demotion = jsonb_build_object('by', 'morgan', 'at', "
            "guard.stamp(), 'confirmation', null)"), "whoever is signed in"),
    ("alex demotes what was confirmed", "alex",
     change("confirmed", "priority = 'urgent', price = 3, confirmation = NULL, demotion = jsonb_build_object('by', "
            "'alex', 'by_name', 'Alex', 'at', guard.stamp(), 'credited', 0, 'confirmation', confirmation)"),
     "Only a manager can demote"),
    ("an emergency lowered without a demotion", "alex", change("emergency", "priority = 'standard', price = 1"),
     "demotion alone"),
    ("alex confirms as morgan", "alex",
     change("emergency", "confirmation = jsonb_build_object('by', 'morgan', 'at', guard.stamp())"),
     "whoever is signed in"),
    ("alex begins an hour ago", "alex", change("fresh", "begun_at = {past}, status = 'begun'"), "server is told"),
    ("alex begins in silence", "alex", change("fresh", "begun_at = guard.stamp(), status = 'begun'"),
     "What was done meets its promise"),
    ("alex takes morgan's begin back", "alex",
     change("begun", "begun_at = NULL, status = 'open'") + fact("ActUndone", '{"act": "begin"}', "{begun}"),
     "only what stands"),
    ("alex resolves an hour ago", "alex",
     change("fresh", "resolved_at = {past}, closed_at = {past}, status = 'resolved', is_open = false"),
     "server is told"),
    ("a ticket moved to another account", "alex", change("fresh", "account_id = {other}"), NO_WAY),
    ("the customer's words rewritten", "alex", change("fresh", "words = 'x'"), NO_WAY),
    ("the opening instant moved", "alex", change("fresh", "opened_at = {past}"), "opening instant stands"),
    ("the policy version changed", "alex", change("fresh", "policy_version = 9"), "never changes"),
    ("a ticket changed without a version", "alex", "UPDATE ticket SET status = 'resolved' WHERE id = {fresh}",
     "next version"),
    ("a ticket hidden from the queue", "alex", change("fresh", "is_open = false"), "open or closed"),
    ("a colleague's claim taken", "alex",
     "SELECT guard.stamp(); UPDATE ticket SET owner = 'alex', owner_name = 'Alex' WHERE id = {begun}",
     "holds this ticket"),
    ("a claim for somebody else", "alex",
     "SELECT guard.stamp(); UPDATE ticket SET owner = 'max', owner_name = 'Max' WHERE id = {fresh}", "for oneself"),
    ("a ticket changed by a supervisor", "rosa", change("fresh", "held = 0"), NO_WAY),
    ("a ticket changed by an administrator", "ira", change("fresh", "held = 0"), NO_WAY),
    # --- promises -----------------------------------------------------------------------------------------------
    ("a promise made due earlier", "alex",
     change("fresh", "touched_at = touched_at") + "UPDATE deadline SET due_at = {past} WHERE ticket_id = {fresh}",
     NO_WAY),
    ("a promise put off", "alex",
     change("fresh", "touched_at = touched_at") + "UPDATE deadline SET due_at = {future} WHERE ticket_id = {fresh}",
     NO_WAY),
    ("a miss before its time", "alex",
     change("fresh", "touched_at = touched_at") + "UPDATE deadline SET missed = true WHERE ticket_id = {fresh}",
     "server's clock"),
    ("a miss withdrawn by an agent", "alex",
     change("missed", "touched_at = touched_at")
     + "UPDATE deadline SET missed = false, credited = 0 WHERE ticket_id = {missed} AND missed",
     "withdrawn by a manager"),
    ("a promise met that nobody kept", "alex",
     change("late", "touched_at = touched_at")
     + "UPDATE deadline SET met_at = counted_from WHERE ticket_id = {late}", "recorded on its ticket"),
    ("a promise ended before it was missed", "alex",
     change("late", "touched_at = touched_at")
     + "UPDATE deadline SET ended = 'void', ended_at = guard.stamp() WHERE ticket_id = {late}",
     "not after it was missed"),
    ("a promise that the policy does not give", "alex",
     change("fresh", "touched_at = touched_at") + """
     INSERT INTO deadline SELECT ticket_id, 9, milestone, kind, 60000000, business, clause, start, counted_from,
        counted_from + interval '1 minute', NULL, false, 0, NULL, NULL FROM deadline
        WHERE ticket_id = {fresh} AND position = 0""", "act that opens its ticket"),
    ("a promise touched without an act", "alex", "UPDATE deadline SET missed = missed WHERE ticket_id = {fresh}",
     "by an act on its ticket"),
    # --- policy, figures, reading -------------------------------------------------------------------------------
    ("alex adds a policy", "alex", "INSERT INTO policy_version VALUES (9, 'x', now(), 'alex')", NO_WAY),
    ("ira changes a price", "ira", "UPDATE guard.price SET tokens = 0", NO_WAY),
    ("ira adds a price to a version in force", "ira", "INSERT INTO guard.price VALUES (1, 'shared', 'urgent', 0)",
     "together with their policy document"),
    ("ira adds a policy in the past", "ira", """
     INSERT INTO policy_version SELECT 9, 'x', guard.stamp(), 'ira';
     INSERT INTO guard.policy VALUES (9, {past}, false, '1 min', '1 day')""", "in the future"),
    ("ira adds a document without figures", "ira", "INSERT INTO policy_version SELECT 9, 'x', guard.stamp(), 'ira'",
     "with its figures"),
    ("morgan changes business hours", "morgan", "DELETE FROM guard.open_window", NO_WAY),
    ("alex reads the acts of others", "alex", "SELECT * FROM guard.act", NO_WAY),
    ("alex reads passwords", "alex", "SELECT * FROM pg_authid", NO_WAY),
    ("alex reads files of the server", "alex", "SELECT pg_read_file('/etc/passwd')", NO_WAY),
    ("alex runs programs on the server", "alex", "COPY fact TO PROGRAM 'cat'", NO_WAY),
    ("alex calls the guards' own functions", "alex", "SELECT guard.note_saved({fresh}, true)", NO_WAY),
    ("alex makes a table", "alex", "CREATE TABLE public.entry2 (x int)", NO_WAY),
    ("alex shadows a table", "alex", "CREATE TEMP TABLE account (x int)", NO_WAY),
    ("alex ends a session", "alex",
     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'", NO_WAY),
    ("alex labels the database", "alex", "INSERT INTO setting VALUES ('sample', 'x')", NO_WAY),
    ("alex changes the schema's number", "alex", "UPDATE alembic_version SET version_num = '0'", NO_WAY),
]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "script", "why"), [each[1:] for each in DENIED], ids=[each[0] for each in DENIED]
)
def test_it_is_refused(scene: Scene, who: str, script: str, why: str) -> None:
    refused(scene, who, script, why)


def test_the_guard_makes_the_same_hash_as_the_console(scene: Scene) -> None:
    """Whatever is written: a hash that differed would be refused by the guard of entries."""
    morgan = scene.office.at(MORGAN)
    odd = 'Zoë "日本" \\ \U0001f680 </x> %s \u2028 \x7f'
    other = scene.places["other"]
    tokens.record_purchase(morgan, other, 3, odd, None, morgan.new_key())
    tokens.adjust(morgan, other, -2, f"line one\n\tline two {odd}", morgan.new_key())
    assert keeping.check(morgan) == []


def test_there_are_attempts_enough() -> None:
    assert len({name for name, *_ in DENIED}) == len(DENIED) >= 60
