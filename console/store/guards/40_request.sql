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
    PERFORM guard.fresh_stamp();
    PERFORM guard.require(
        NEW.name = OLD.name AND NEW.last BETWEEN OLD.last + 1 AND OLD.last + 1000,
        'Numbers of the journal are taken one after the other.'
    );
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS guarded ON public.counter;
CREATE TRIGGER guarded BEFORE UPDATE ON public.counter
    FOR EACH ROW EXECUTE FUNCTION guard.counter_changes();

-- Every number that was taken has its fact: a gap would look like a fact that somebody took away.
CREATE OR REPLACE FUNCTION guard.numbers_are_used() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    PERFORM guard.require_ending();
    PERFORM guard.require(
        NEW.last - OLD.last = (
            SELECT count(*) FROM public.fact f WHERE f.number > OLD.last AND f.number <= NEW.last),
        'Every number of the journal is used.'
    );
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS used ON public.counter;
CREATE CONSTRAINT TRIGGER used AFTER UPDATE ON public.counter
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.numbers_are_used();
