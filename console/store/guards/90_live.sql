-- The beat of an open console: what time it is, how far the journal is, who else is here, which program is needed.

CREATE OR REPLACE FUNCTION guard.beat(
    looks_at bigint, writes boolean, idle interval,
    OUT at timestamptz, OUT journal bigint, OUT least_write integer, OUT queue_usage double precision, OUT others json
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    me CONSTANT integer := pg_backend_pid();
    moment CONSTANT timestamptz := clock_timestamp();
    before guard.presence;
BEGIN
    at := guard.clock();
    SELECT c.last INTO journal FROM public.counter c WHERE c.name = 'journal';
    SELECT l.schema_number INTO least_write FROM public.least_console l WHERE l.act = 'write';
    queue_usage := pg_notification_queue_usage();
    SELECT p.* INTO before FROM guard.presence p WHERE p.pid = me;
    INSERT INTO guard.presence AS p (pid, login, ticket_id, writing, seen_at, beat_at)
    VALUES (me, session_user, looks_at, coalesce(writes, false), moment - least(greatest(idle, interval '0'), interval '1 day'), moment)
    ON CONFLICT (pid) DO UPDATE SET login = session_user, ticket_id = looks_at, writing = coalesce(writes, false),
        seen_at = excluded.seen_at, beat_at = excluded.beat_at;
    IF before.ticket_id IS DISTINCT FROM looks_at OR before.writing IS DISTINCT FROM coalesce(writes, false) THEN
        -- Whoever keeps a row locked keeps nobody's beat waiting.
        DELETE FROM guard.presence p WHERE p.pid IN (
            SELECT o.pid FROM guard.presence o WHERE o.beat_at < moment - interval '1 minute' FOR UPDATE SKIP LOCKED);
        -- A queue that is full refuses the whole transaction; nobody's beat may depend on it.
        IF queue_usage < 0.5 THEN
            PERFORM pg_notify('console', 'presence');
        END IF;
    END IF;
    SELECT json_agg(json_build_object(
        'login', p.login, 'name', coalesce((SELECT n.name FROM public.person n WHERE n.login = p.login), p.login),
        'ticket', p.ticket_id, 'writing', p.writing, 'idle', extract(epoch FROM moment - p.seen_at)
    ) ORDER BY p.login, p.pid) INTO others
    FROM guard.presence p
    WHERE p.pid <> me AND p.ticket_id IS NOT NULL AND p.beat_at > moment - interval '15 seconds'
        AND EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.pid = p.pid);
END $$;

CREATE OR REPLACE FUNCTION guard.leave() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM guard.presence p WHERE p.pid = pg_backend_pid();
    SELECT pg_notify('console', 'presence') WHERE pg_notification_queue_usage() < 0.5;
$$;
