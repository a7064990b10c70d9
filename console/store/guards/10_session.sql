-- Who acts and when: the session's own login and the server's clock, never what a client says.

CREATE OR REPLACE FUNCTION guard.clock() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS 'SELECT clock_timestamp()';

-- The owner of the tables (migrations, restoring, imports) is not guarded: nobody could guard against it.
CREATE OR REPLACE FUNCTION guard.trusted() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_has_role(session_user, c.relowner, 'MEMBER') FROM pg_class c WHERE c.oid = 'public.entry'::regclass $$;

-- A role is held by whoever is in its group, which counts for the whole server, and on the People list of this
-- database as well. A manager may do all that an agent may (clause 7.1).
CREATE OR REPLACE FUNCTION guard.holds(role text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(pg_has_role(session_user, to_regrole('console_' || holds.role)::oid, 'MEMBER'), false)
    AND (holds.role IN ('auditor', 'system') OR EXISTS (
        SELECT 1 FROM public.person_role r WHERE r.login = session_user
        AND (r.role = holds.role OR (holds.role = 'agent' AND r.role = 'manager'))))
$$;

CREATE OR REPLACE FUNCTION guard.refuse(why text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RAISE EXCEPTION '%', why USING ERRCODE = 'P0T01'; END $$;

CREATE OR REPLACE FUNCTION guard.require(allowed boolean, why text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$ BEGIN IF allowed IS NOT TRUE THEN PERFORM guard.refuse(why); END IF; END $$;

-- The instant of this transaction's act: taken once, after what it waited for, and kept where no client can write.
CREATE OR REPLACE FUNCTION guard.stamp() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    taken timestamptz;
BEGIN
    SELECT a.at INTO taken FROM guard.act a WHERE a.xid = pg_current_xact_id();
    IF taken IS NULL THEN
        taken := guard.clock();
        INSERT INTO guard.act (xid, actor, at) VALUES (pg_current_xact_id(), session_user, taken);
    END IF;
    RETURN taken;
END $$;

-- The same, refused when the act was begun long ago: nobody keeps a time in store.
CREATE OR REPLACE FUNCTION guard.fresh_stamp() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    taken CONSTANT timestamptz := guard.stamp();
BEGIN
    PERFORM guard.require(
        guard.clock() - taken <= interval '10 seconds',
        'This took too long between its beginning and its saving. Nothing was saved; try again.'
    );
    RETURN taken;
END $$;

-- Times of an account never run backwards, even when the server's clock does.
CREATE OR REPLACE FUNCTION guard.is_now(at timestamptz, account_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    taken CONSTANT timestamptz := guard.fresh_stamp();
BEGIN
    RETURN at = taken OR (
        at > taken AND at = (SELECT a.last_at FROM public.account a WHERE a.id = account_id)
    );
END $$;

CREATE OR REPLACE FUNCTION guard.ran(amount interval) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT (extract(epoch FROM amount) * 1000000)::bigint $$;

-- A ticket that this transaction saved, for the facts that tell of it.
CREATE OR REPLACE FUNCTION guard.note_saved(ticket_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE guard.act a SET saved = a.saved || ticket_id
    WHERE a.xid = pg_current_xact_id() AND NOT (ticket_id = ANY (a.saved));
END $$;

CREATE OR REPLACE FUNCTION guard.was_saved(ticket_id bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT EXISTS (
    SELECT 1 FROM guard.act a WHERE a.xid = pg_current_xact_id_if_assigned() AND ticket_id = ANY (a.saved)
) $$;

-- Whether a fact of one of these kinds about the ticket is recorded by this very transaction.
CREATE OR REPLACE FUNCTION guard.tells(ticket_id bigint, VARIADIC kinds text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT EXISTS (
    SELECT 1 FROM public.fact f
    WHERE f.ticket_id = tells.ticket_id AND f.kind = ANY (kinds) AND f.xmin = pg_current_xact_id()::xid
) $$;
