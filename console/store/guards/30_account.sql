-- Accounts: name and option by the staff; balance and head of the chain by the ledger alone.

CREATE OR REPLACE FUNCTION guard.account_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_trigger_depth() > 1 OR guard.trusted() THEN RETURN NEW; END IF;
    PERFORM guard.require(guard.holds('agent') OR guard.holds('administrator'), 'Your roles do not keep accounts.');
    PERFORM guard.require(
        EXISTS (SELECT 1 FROM guard.offer o
                WHERE o.version = guard.version_in_force(guard.fresh_stamp())
                AND o.hosting = NEW.hosting AND o.option = NEW.option),
        format('%s hosting may not have the support option %s (clause 1.1).', NEW.hosting, NEW.option)
    );
    IF TG_OP = 'INSERT' THEN
        PERFORM guard.require(
            (NEW.balance, NEW.last_seq, NEW.version) = (0, 0, 1) AND NEW.last_at IS NULL
            AND NEW.last_hash = decode(repeat('00', 32), 'hex'),
            'A new account begins without tokens.'
        );
        RETURN NEW;
    END IF;
    PERFORM guard.require(
        (NEW.id, NEW.balance, NEW.last_seq, NEW.last_hash, NEW.last_at)
            IS NOT DISTINCT FROM (OLD.id, OLD.balance, OLD.last_seq, OLD.last_hash, OLD.last_at),
        'A balance changes by entries in the ledger alone (clause 4.4).'
    );
    PERFORM guard.require(NEW.version = OLD.version + 1, 'An account is saved as its next version.');
    PERFORM guard.require(
        NEW.option = OLD.option OR OLD.balance = 0, 'An account that holds tokens keeps paying with them (clause 4.4).'
    );
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS guarded ON public.account;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE ON public.account
    FOR EACH ROW EXECUTE FUNCTION guard.account_changes();

CREATE OR REPLACE FUNCTION guard.account_is_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() OR (TG_OP = 'UPDATE' AND NEW.version = OLD.version) THEN RETURN NULL; END IF;
    PERFORM guard.require(
        EXISTS (SELECT 1 FROM public.fact f WHERE f.account_id = NEW.id AND f.kind = 'AccountSaved'
                AND f.xmin = pg_current_xact_id()::xid),
        'A change of an account is told to the journal in the same transaction.'
    );
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS told ON public.account;
CREATE CONSTRAINT TRIGGER told AFTER INSERT OR UPDATE ON public.account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.account_is_told();
