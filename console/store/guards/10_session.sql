-- Who acts and when: the session's own login and the server's clock, never what a client says.

CREATE OR REPLACE FUNCTION guard.clock() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN clock_timestamp(); END $$;

-- The owner of the tables (migrations, restoring, imports) is not guarded: nobody could guard against it.
CREATE OR REPLACE FUNCTION guard.trusted() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN pg_has_role(session_user, 'console_owner', 'MEMBER'); END $$;

-- A role is held by whoever is in its group, which counts for the whole server, and on the People list of this
-- database as well. A manager may do all that an agent may (clause 7.1).
CREATE OR REPLACE FUNCTION guard.holds(role text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(pg_has_role(session_user, to_regrole('console_' || holds.role)::oid, 'MEMBER'), false)
    AND (holds.role IN ('auditor', 'system') OR EXISTS (
        SELECT 1 FROM public.person_role r WHERE r.login = session_user
        AND (r.role = holds.role OR (holds.role = 'agent' AND r.role = 'manager'))));
END $$;

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
        PERFORM guard.require(
            current_setting('transaction_isolation') = 'read committed',
            'Acts are saved at READ COMMITTED: what others have committed since counts.'
        );
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

-- Times of an account never run backwards, even when the server's clock does: acts on it go by the later of the two.
CREATE OR REPLACE FUNCTION guard.now_of(account_id bigint) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN greatest(guard.fresh_stamp(), (SELECT a.last_at FROM public.account a WHERE a.id = account_id));
END $$;

-- What holds no account goes by the server's clock alone: a claim does, while others may move the account on.
CREATE OR REPLACE FUNCTION guard.is_now(at timestamptz, account_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN at = guard.fresh_stamp() OR at = guard.now_of(account_id); END $$;

CREATE OR REPLACE FUNCTION guard.ran(amount interval) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN (extract(epoch FROM amount) * 1000000)::bigint; END $$;

-- The end of an act, at its COMMIT: every other deferred guard is asked between the two steps here, the instant must
-- still be fresh, and nothing of the act is kept. SET CONSTRAINTS could ask the guards early, so that what is done
-- after them goes unheard: this guard would be asked within itself then, and refuses.
CREATE OR REPLACE FUNCTION guard.act_ends() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE guard.act SET ending = true WHERE xid = NEW.xid;
        RETURN NULL;
    END IF;
    PERFORM guard.require(pg_trigger_depth() = 1, 'The guards are asked at the COMMIT, not before.');
    IF NOT guard.trusted() THEN
        PERFORM guard.fresh_stamp();
        -- A holdable cursor runs at the COMMIT, after every guard was asked, for as long as it likes.
        PERFORM guard.require(
            NOT EXISTS (SELECT 1 FROM pg_cursors c WHERE c.is_holdable), 'An act leaves no cursor open after its COMMIT.'
        );
    END IF;
    DELETE FROM guard.act WHERE xid = NEW.xid;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS ends ON guard.act;
CREATE CONSTRAINT TRIGGER ends AFTER INSERT OR UPDATE OF ending ON guard.act
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.act_ends();

CREATE OR REPLACE FUNCTION guard.require_ending() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        (SELECT a.ending FROM guard.act a WHERE a.xid = pg_current_xact_id()),
        'The guards are asked at the COMMIT, not before.'
    );
END $$;

-- The journal's last number before this transaction told anything: what it tells stands above, so nothing else is read.
-- Beside it an account is compared by IS NOT DISTINCT FROM, which no index serves: no plan reads its whole journal.
CREATE OR REPLACE FUNCTION guard.told_before() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((
        SELECT f.number FROM public.fact f WHERE f.xmin <> pg_current_xact_id()::xid ORDER BY f.number DESC LIMIT 1
    ), 0);
END $$;

-- The name under which the login that is signed in acts: the one on the People list.
CREATE OR REPLACE FUNCTION guard.own_name() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN coalesce((SELECT p.name FROM public.person p WHERE p.login = session_user), session_user); END $$;

CREATE OR REPLACE FUNCTION guard.require_own_name(said text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        said = guard.own_name(),
        format('You are %s on the People list and act under no other name. Sign in again if it was changed.',
               guard.own_name())
    );
END $$;

-- A ticket that this transaction saved, for the facts, promises and tokens that go with it. An act that opens a ticket,
-- opens it again or changes its priority gives promises.
CREATE OR REPLACE FUNCTION guard.note_saved(ticket_id bigint, gives boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE guard.act a SET
        saved = CASE WHEN ticket_id = ANY (a.saved) THEN a.saved ELSE a.saved || ticket_id END,
        gives = CASE WHEN note_saved.gives THEN a.gives || ticket_id ELSE a.gives END
    WHERE a.xid = pg_current_xact_id()
        AND NOT (ticket_id = ANY (a.saved) AND (ticket_id = ANY (a.gives) OR NOT note_saved.gives));
END $$;

CREATE OR REPLACE FUNCTION guard.gives_promises(ticket_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM guard.act a WHERE a.xid = pg_current_xact_id_if_assigned() AND ticket_id = ANY (a.gives)
    );
END $$;

CREATE OR REPLACE FUNCTION guard.was_saved(ticket_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM guard.act a WHERE a.xid = pg_current_xact_id_if_assigned() AND ticket_id = ANY (a.saved)
    );
END $$;

-- What this very transaction has told of the ticket; an old fact whose transaction number came round again is no part
-- of it.
CREATE OR REPLACE FUNCTION guard.told(ticket_id bigint) RETURNS SETOF public.fact
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT f.* FROM public.fact f JOIN guard.act a ON a.xid = pg_current_xact_id_if_assigned()
        WHERE f.ticket_id = told.ticket_id AND f.xmin = a.xid::xid AND f.recorded_at >= a.at;
END $$;

-- Whether it tells a fact of one of these kinds.
CREATE OR REPLACE FUNCTION guard.tells(ticket_id bigint, VARIADIC kinds text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN EXISTS (SELECT 1 FROM guard.told(ticket_id) f WHERE f.kind = ANY (kinds)); END $$;

CREATE OR REPLACE FUNCTION guard.tells_that(ticket_id bigint, kind text, about jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM guard.told(ticket_id) f WHERE f.kind = tells_that.kind AND f.data @> about);
END $$;

CREATE OR REPLACE FUNCTION guard.tells_at(ticket_id bigint, kind text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM guard.told(ticket_id) f WHERE f.kind = tells_at.kind AND f.at = tells_at.at);
END $$;

-- The same kind of fact about anything else, or at all when ``about`` is NULL.
CREATE OR REPLACE FUNCTION guard.tells_otherwise(ticket_id bigint, kind text, about jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM guard.told(ticket_id) f
        WHERE f.kind = tells_otherwise.kind AND NOT coalesce(f.data @> about, false));
END $$;

-- Whether it tells of another priority that no customer authorised.
CREATE OR REPLACE FUNCTION guard.tells_unauthorised(ticket_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM guard.told(ticket_id) f
        WHERE f.kind = 'PriorityChanged' AND btrim(f.data ->> 'authorised_by') = '');
END $$;

-- Whether it tells that the priority was raised.
CREATE OR REPLACE FUNCTION guard.tells_raised(ticket_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM guard.told(ticket_id) f WHERE f.kind = 'PriorityChanged'
        AND guard.rank(f.data ->> 'after') > guard.rank(f.data ->> 'before'));
END $$;
