-- Accounts: name and option by the staff; balance and head of the chain by the ledger alone.

CREATE OR REPLACE FUNCTION guard.account_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() OR guard.only_moved(OLD, NEW) THEN RETURN NEW; END IF;
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
        PERFORM guard.require(
            NEW.id BETWEEN 1 AND (SELECT s.last_value FROM public.account_id_seq s), 'An account has the next number.'
        );
        RETURN NEW;
    END IF;
    PERFORM guard.require(
        (NEW.id, NEW.balance, NEW.last_seq, NEW.last_hash, NEW.last_at)
            IS NOT DISTINCT FROM (OLD.id, OLD.balance, OLD.last_seq, OLD.last_hash, OLD.last_at),
        'A balance changes by entries in the ledger alone (clause 4.4).'
    );
    PERFORM guard.require(NEW.version = OLD.version + 1, 'An account is saved as its next version.');
    IF OLD.option = 'tokens' AND NEW.option <> 'tokens' THEN
        PERFORM guard.require(OLD.balance = 0, 'An account that holds tokens keeps paying with them (clause 4.4).');
    END IF;
    RETURN NEW;
END $$;

-- The last entry moves balance, head and time, and nothing else of the account (see ``entry_moves``).
CREATE OR REPLACE FUNCTION guard.only_moved(before public.account, after public.account) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN after.last_seq = before.last_seq + 1
        AND to_jsonb(after) - ARRAY['balance', 'last_seq', 'last_hash', 'last_at']
            = to_jsonb(before) - ARRAY['balance', 'last_seq', 'last_hash', 'last_at']
        AND EXISTS (SELECT 1 FROM public.entry e
                    WHERE (e.account_id, e.seq, e.hash, e.balance_after, e.recorded_at)
                        = (after.id, after.last_seq, after.last_hash, after.balance, after.last_at));
END $$;

DROP TRIGGER IF EXISTS guarded ON public.account;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE ON public.account
    FOR EACH ROW EXECUTE FUNCTION guard.account_changes();

CREATE OR REPLACE FUNCTION guard.account_is_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() OR (TG_OP = 'UPDATE' AND NEW.version = OLD.version) THEN RETURN NULL; END IF;
    PERFORM guard.account_tells(NEW.id);
    -- Between two versions a ticket could be opened at the price of a hosting that nothing tells of.
    PERFORM guard.require(
        NEW.version = (SELECT a.version FROM public.account a WHERE a.id = NEW.id),
        'An account is saved once in an act.'
    );
    PERFORM guard.require(
        NEW.option = 'tokens' OR NOT EXISTS (
            SELECT 1 FROM public.ticket t WHERE t.account_id = NEW.id AND t.status = 'awaiting_tokens'),
        'An account with tickets that wait for tokens keeps paying with them (clause 4.2).'
    );
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION guard.account_tells(account_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require_ending();
    PERFORM guard.require(
        EXISTS (SELECT 1 FROM public.fact f JOIN guard.act a ON a.xid = pg_current_xact_id_if_assigned()
                WHERE f.number > guard.told_before() AND f.kind = 'AccountSaved'
                AND f.account_id IS NOT DISTINCT FROM account_tells.account_id
                AND f.xmin = a.xid::xid AND f.recorded_at >= a.at),
        'A change of an account is told to the journal in the same transaction.'
    );
END $$;

-- Who may ask for an account is part of it (clause 1.2): its people change by saving it.
CREATE OR REPLACE FUNCTION guard.contact_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept CONSTANT public.contact := coalesce(NEW, OLD);
BEGIN
    IF guard.trusted() THEN RETURN kept; END IF;
    PERFORM guard.fresh_stamp();
    PERFORM guard.require(
        guard.holds('agent') OR guard.holds('administrator'), 'Your roles do not keep accounts.');
    PERFORM guard.require(
        TG_OP = 'DELETE' OR (
            NEW.id BETWEEN 1 AND (SELECT s.last_value FROM public.contact_id_seq s)
            AND (TG_OP = 'INSERT' OR (NEW.id, NEW.account_id) = (OLD.id, OLD.account_id))),
        'A contact keeps its number and its account.'
    );
    RETURN kept;
END $$;

DROP TRIGGER IF EXISTS guarded ON public.contact;
CREATE TRIGGER guarded BEFORE INSERT OR UPDATE OR DELETE ON public.contact
    FOR EACH ROW EXECUTE FUNCTION guard.contact_changes();

CREATE OR REPLACE FUNCTION guard.contact_is_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    PERFORM guard.account_tells(coalesce(NEW.account_id, OLD.account_id));
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS told ON public.contact;
CREATE CONSTRAINT TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON public.contact
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.contact_is_told();

DROP TRIGGER IF EXISTS told ON public.account;
CREATE CONSTRAINT TRIGGER told AFTER INSERT OR UPDATE ON public.account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.account_is_told();
