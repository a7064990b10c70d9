-- Who may read and write what, on a closed database. Every write goes through a guard; a role that has no line here has
-- no way in.

DO $$
DECLARE
    mine regprocedure;
BEGIN
    FOR mine IN SELECT p.oid FROM pg_proc p WHERE p.proowner = to_regrole(current_user)
        AND p.pronamespace IN ('public'::regnamespace, 'guard'::regnamespace)
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', mine);
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public, guard TO console_agent, console_supervisor, console_administrator, console_auditor,
    console_system, console_keeper;
GRANT EXECUTE ON FUNCTION guard.clock(), guard.stamp(), guard.trusted(), guard.beat(bigint, boolean, interval), guard.leave()
    TO console_agent, console_supervisor, console_administrator, console_auditor, console_system;

-- Reading: everything about tickets and tokens (policy §7). The auditor reads the guards' own tables as well.
GRANT SELECT ON ALL TABLES IN SCHEMA public
    TO console_agent, console_supervisor, console_administrator, console_auditor, console_system;
GRANT SELECT ON ALL TABLES IN SCHEMA guard TO console_auditor;

-- The desk.
GRANT INSERT ON public.ticket, public.deadline, public.account, public.contact TO console_agent;
GRANT DELETE ON public.contact TO console_agent;
GRANT INSERT ON public.entry, public.fact TO console_agent;
GRANT INSERT, UPDATE (result) ON public.request TO console_agent;
GRANT UPDATE (last) ON public.counter TO console_agent;
GRANT USAGE ON SEQUENCE public.ticket_number, public.account_id_seq, public.contact_id_seq, public.entry_id_seq
    TO console_agent;

-- The sweep of a server without desks.
GRANT UPDATE (version) ON public.account TO console_system;
GRANT INSERT ON public.deadline, public.entry, public.fact TO console_system;
GRANT INSERT, UPDATE (result) ON public.request TO console_system;
GRANT UPDATE (last) ON public.counter TO console_system;
GRANT USAGE ON SEQUENCE public.entry_id_seq TO console_system;

-- Accounts, policy versions and people.
GRANT INSERT ON public.account, public.contact TO console_administrator;
GRANT DELETE ON public.contact TO console_administrator;
GRANT INSERT ON public.policy_version, public.fact TO console_administrator;
GRANT INSERT ON guard.policy, guard.price, guard.promise, guard.offer, guard.open_window TO console_administrator;
-- Whoever keeps the policy versions may compare them with their figures, as the lint does.
GRANT SELECT ON guard.policy, guard.price, guard.promise, guard.offer, guard.open_window TO console_administrator;
GRANT INSERT, UPDATE (result) ON public.request TO console_administrator;
GRANT UPDATE (last) ON public.counter TO console_administrator;
GRANT USAGE ON SEQUENCE public.account_id_seq, public.contact_id_seq TO console_administrator;

GRANT SELECT, INSERT, UPDATE ON public.person TO console_keeper;
GRANT SELECT, INSERT, DELETE ON public.person_role TO console_keeper;
GRANT EXECUTE ON FUNCTION guard.holds(text), guard.trusted(), guard.refuse(text), guard.require(boolean, text),
    guard.stamp() TO console_keeper;

-- UPDATE column by column: what never changes is closed, and whoever may update a whole table may lock it whole, so
-- that nobody could read.
GRANT UPDATE (met_at, missed, credited, ended, ended_at) ON public.deadline TO console_agent, console_system;
DO $$
DECLARE
    open record;
BEGIN
    FOR open IN SELECT * FROM (VALUES
        ('ticket', ARRAY['id', 'account_id', 'words', 'credited'], 'console_agent, console_system'),
        ('account', ARRAY['id', 'balance', 'last_seq', 'last_hash', 'last_at'], 'console_agent, console_administrator'),
        ('contact', ARRAY['id'], 'console_agent, console_administrator')
    ) AS each (name, closed, to_whom)
    LOOP
        EXECUTE (
            SELECT format('GRANT UPDATE (%s) ON public.%I TO %s',
                          string_agg(quote_ident(a.attname), ', '), open.name, open.to_whom)
            FROM pg_attribute a WHERE a.attrelid = ('public.' || open.name)::regclass
            AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (open.closed));
    END LOOP;
END $$;

-- What others sent is theirs: the answers of acts.
ALTER TABLE public.request ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own ON public.request;
CREATE POLICY own ON public.request USING (actor = session_user) WITH CHECK (actor = session_user);
DROP POLICY IF EXISTS audited ON public.request;
CREATE POLICY audited ON public.request FOR SELECT TO console_auditor USING (true);
