-- Who keeps others waiting, and ending that. Owned by the keeper, who may look at sessions and end them.

-- Sessions at this database with a transaction open for longer than any act of the console takes, which wait for
-- nobody themselves. ``writing``: they hold rows against other acts; else they only keep an upgrade waiting.
CREATE OR REPLACE FUNCTION guard.holders(
    OUT pid integer, OUT login text, OUT name text, OUT since timestamptz, OUT writing boolean
) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.pid, a.usename, coalesce((SELECT p.name FROM public.person p WHERE p.login = a.usename), a.usename),
        a.xact_start, bool_or(l.mode <> 'AccessShareLock')
    FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'relation' AND l.granted
    JOIN pg_class c ON c.oid = l.relation AND c.relnamespace IN ('public'::regnamespace, 'guard'::regnamespace)
    WHERE a.datname = current_database() AND l.database = a.datid AND a.backend_type = 'client backend'
        AND a.pid <> pg_backend_pid() AND a.wait_event_type IS DISTINCT FROM 'Lock'
        AND a.xact_start < clock_timestamp() - interval '1 second'
    GROUP BY a.pid, a.usename, a.xact_start
    ORDER BY a.xact_start
$$;

-- Ends the session of one of this console's people who keeps others waiting; whose it was. It waits until the session
-- is gone, so that nobody finds it once more who looks again. The server's log tells it.
CREATE OR REPLACE FUNCTION guard.end_session(pid integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    holder record;
BEGIN
    PERFORM guard.require(
        guard.trusted() OR guard.holds('supervisor') OR guard.holds('administrator'),
        'Only a supervisor or an administrator can end somebody''s session.'
    );
    SELECT h.* INTO holder FROM guard.holders() h WHERE h.pid = end_session.pid;
    PERFORM guard.require(holder.pid IS NOT NULL, 'There is no such session that keeps others waiting (any more).');
    PERFORM guard.require(
        EXISTS (SELECT 1 FROM public.person p WHERE p.login = holder.login),
        'This session belongs to nobody on the People list; only the server''s administrator can end it.'
    );
    BEGIN
        PERFORM guard.require(pg_terminate_backend(holder.pid, 2000), 'The session has not ended yet; look again.');
    EXCEPTION WHEN insufficient_privilege THEN
        PERFORM guard.refuse('Only the server''s administrator can end this session.');
    END;
    RAISE LOG 'support console: % ended session % of %', session_user, holder.pid, holder.login;
    RETURN holder.name;
END $$;

REVOKE ALL ON FUNCTION guard.holders(), guard.end_session(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION guard.holders()
    TO console_agent, console_supervisor, console_administrator, console_auditor, console_system, console_owner;
GRANT EXECUTE ON FUNCTION guard.end_session(integer) TO console_supervisor, console_administrator;
