-- Keys of acts, and the counter that puts the journal in the order of commits.

CREATE OR REPLACE FUNCTION guard.request_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NEW; END IF;
    PERFORM guard.require(NEW.actor = session_user, 'An act is sent by whoever is signed in.');
    IF TG_OP = 'INSERT' THEN
        NEW.at := guard.clock();
        RETURN NEW;
    END IF;
    PERFORM guard.require(
        OLD.result IS NULL AND (NEW.key, NEW.actor, NEW.what, NEW.digest, NEW.at)
            IS NOT DISTINCT FROM (OLD.key, OLD.actor, OLD.what, OLD.digest, OLD.at),
        'The answer of an act is kept once and never changed.'
    );
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS guarded ON public.request;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE ON public.request
    FOR EACH ROW EXECUTE FUNCTION guard.request_changes();

CREATE OR REPLACE FUNCTION guard.counter_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NEW; END IF;
    PERFORM guard.require(
        NEW.name = OLD.name AND NEW.last BETWEEN OLD.last + 1 AND OLD.last + 1000,
        'Numbers of the journal are taken one after the other.'
    );
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS guarded ON public.counter;
CREATE TRIGGER guarded BEFORE UPDATE ON public.counter
    FOR EACH ROW EXECUTE FUNCTION guard.counter_changes();
