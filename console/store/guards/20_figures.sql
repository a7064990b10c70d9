-- What the policy document says, as the guards need it. Written once per version, beside the document, never changed.

CREATE OR REPLACE FUNCTION guard.keep_figure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM guard.refuse('The figures of a policy version are never changed.');
    END IF;
    PERFORM guard.require(
        guard.trusted() OR (guard.holds('administrator') AND EXISTS (
            SELECT 1 FROM public.policy_version v
            WHERE v.version = NEW.version AND v.xmin = pg_current_xact_id()::xid
        )),
        'Figures are stored together with their policy document, by an administrator.'
    );
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION guard.keep_document() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NEW; END IF;
    PERFORM guard.require(guard.holds('administrator'), 'Only an administrator can add a policy version.');
    PERFORM guard.require(NEW.added_by = session_user, 'A policy version is added by whoever is signed in.');
    PERFORM guard.require(NEW.added_at = guard.fresh_stamp(), 'A policy version is added at the server''s time.');
    RETURN NEW;
END $$;

-- A version never comes into force in the past.
CREATE OR REPLACE FUNCTION guard.version_begins_later() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    begins timestamptz;
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    PERFORM guard.require_ending();
    SELECT p.in_force_from INTO begins FROM guard.policy p WHERE p.version = NEW.version;
    PERFORM guard.require(begins IS NOT NULL, 'A policy document comes with its figures.');
    PERFORM guard.require(begins > guard.stamp(), 'A new policy version comes into force in the future.');
    PERFORM guard.require(
        EXISTS (
            SELECT 1 FROM public.fact f JOIN guard.act a ON a.xid = pg_current_xact_id_if_assigned()
            WHERE f.number > guard.told_before()
            AND f.kind = 'PolicyAdded' AND (f.data ->> 'version')::integer = NEW.version
            AND f.xmin = a.xid::xid AND f.recorded_at >= a.at
        ),
        'A new policy version is told to the journal in the same transaction.'
    );
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION guard.version_in_force(at timestamptz) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT p.version FROM guard.policy p
        ORDER BY (p.in_force_from <= at) DESC,
                 CASE WHEN p.in_force_from <= at THEN p.in_force_from END DESC,
                 CASE WHEN p.in_force_from <= at THEN -p.version END,
                 p.in_force_from, p.version
        LIMIT 1
    );
END $$;

CREATE OR REPLACE FUNCTION guard.price(version integer, hosting text, option text, priority text) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN option <> 'tokens' THEN 0 ELSE (
        SELECT p.tokens FROM guard.price p
        WHERE p.version = price.version AND p.hosting = price.hosting AND p.priority = price.priority
    ) END;
END $$;

-- Clauses 2.4 to 2.6: elapsed time, or open time counted through the stored windows; an amount that ends exactly at a
-- closing time is due at that closing time.
CREATE OR REPLACE FUNCTION guard.due(version integer, start timestamptz, amount bigint, business boolean)
RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target bigint;
    found timestamptz;
BEGIN
    IF NOT business THEN
        RETURN start + amount * interval '1 microsecond';
    END IF;
    SELECT w.open_before + greatest(0, guard.ran(start - w.opens)) + amount INTO target
    FROM guard.open_window w WHERE w.version = due.version AND w.closes > start ORDER BY w.opens LIMIT 1;
    SELECT w.opens + (target - w.open_before) * interval '1 microsecond' INTO found
    FROM guard.open_window w WHERE w.version = due.version AND w.open_before < target
    ORDER BY w.open_before DESC LIMIT 1;
    RETURN found;
END $$;

DO $$
DECLARE
    figures text;
BEGIN
    FOREACH figures IN ARRAY ARRAY['policy', 'price', 'promise', 'offer', 'open_window'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS keeps ON guard.%I', figures);
        EXECUTE format('CREATE TRIGGER keeps BEFORE INSERT OR UPDATE OR DELETE ON guard.%I
                        FOR EACH ROW EXECUTE FUNCTION guard.keep_figure()', figures);
    END LOOP;
END $$;

DROP TRIGGER IF EXISTS guarded ON public.policy_version;
CREATE TRIGGER guarded BEFORE INSERT ON public.policy_version
    FOR EACH ROW EXECUTE FUNCTION guard.keep_document();
DROP TRIGGER IF EXISTS begins_later ON public.policy_version;
CREATE CONSTRAINT TRIGGER begins_later AFTER INSERT ON public.policy_version
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.version_begins_later();
