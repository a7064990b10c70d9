-- The ledger: who may move tokens, how many, and why.

CREATE OR REPLACE FUNCTION guard.entry_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    head public.account;
BEGIN
    IF guard.trusted() THEN RETURN NEW; END IF;
    PERFORM guard.require(
        guard.holds('agent') OR (guard.holds('system') AND NEW.cause IN (
            'respond_missed', 'begin_missed', 'resolve_or_plan_missed', 'opened')),
        'Your roles move no tokens.'
    );
    SELECT * INTO head FROM public.account a WHERE a.id = NEW.account_id FOR NO KEY UPDATE;
    PERFORM guard.require(NEW.actor = session_user, 'An entry is made by whoever is signed in.');
    PERFORM guard.require_own_name(NEW.actor_name);
    PERFORM guard.require(
        NEW.id BETWEEN 1 AND (SELECT s.last_value FROM public.entry_id_seq s)
        AND NEW.clause ~ '^[1-9][.][1-9][0-9]?$',
        'An entry has the next number and names its clause.'
    );
    PERFORM guard.require(NEW.recorded_at = guard.now_of(NEW.account_id), 'An entry is recorded at the server''s time.');
    PERFORM guard.require(
        (NEW.seq, NEW.balance_after, NEW.prev_hash) = (head.last_seq + 1, head.balance + NEW.tokens, head.last_hash),
        'An entry follows the last one of its account.'
    );
    PERFORM guard.require(NEW.hash = guard.entry_hash(NEW), 'The hash of an entry covers what it says.');
    IF NEW.ticket_id IS NULL THEN
        PERFORM guard.require(head.option = 'tokens', 'This account does not pay with tokens (clause 4.1).');
        PERFORM guard.entry_of_account(NEW);
    ELSE
        PERFORM guard.entry_of_ticket(NEW);
    END IF;
    RETURN NEW;
END $$;

-- SHA-256 as console.store.chain makes it; a test compares the two.
CREATE OR REPLACE FUNCTION guard.entry_hash(e public.entry) RETURNS bytea
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    covered CONSTANT text[] := ARRAY[
        to_json(e.account_id)::text, to_json(e.seq)::text, to_json(e.kind::text)::text, to_json(e.cause::text)::text,
        to_json(e.clause::text)::text, to_json(e.tokens)::text, to_json(e.contra::text)::text,
        to_json(e.balance_after)::text, coalesce(to_json(e.ticket_id)::text, 'null'), to_json(e.turn)::text,
        (extract(epoch FROM e.at) * 1000000)::bigint::text, (extract(epoch FROM e.recorded_at) * 1000000)::bigint::text,
        to_json(e.actor)::text, to_json(e.actor_name)::text, to_json(e.reference)::text, to_json(e.reason)::text,
        coalesce(to_json(e.reverses)::text, 'null'), to_json(e.key)::text];
BEGIN
    RETURN sha256(e.prev_hash || convert_to('[' || array_to_string(covered, ',') || ']', 'UTF8'));
END $$;

-- Purchases, adjustments, refunds, and what takes one of them back.
CREATE OR REPLACE FUNCTION guard.entry_of_account(e public.entry) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    back public.entry;
    span interval;
BEGIN
    PERFORM guard.require(e.at = e.recorded_at, 'Tokens are bought and corrected at the server''s time.');
    PERFORM guard.require(
        e.turn = CASE e.kind WHEN 'purchase' THEN guard.taken_back(e) ELSE 0 END,
        'An invoice is recorded once, and again when its purchase was taken back (clause 4.4).'
    );
    IF e.kind = 'purchase' THEN
        PERFORM guard.require(
            e.cause = 'bought' AND e.tokens <= 100000 AND e.reference <> '' AND e.reverses IS NULL,
            'A purchase names its invoice (clause 4.4).'
        );
    ELSIF e.kind IN ('adjustment', 'refund') THEN
        PERFORM guard.require(guard.holds('manager'), 'Only a manager can adjust or refund (clause 7.2).');
        PERFORM guard.require(
            e.cause = CASE e.kind WHEN 'refund' THEN 'paid_back' ELSE 'corrected' END
            AND abs(e.tokens) <= 100000 AND e.reason <> '' AND e.reverses IS NULL,
            'An adjustment or a refund says why.'
        );
    ELSE
        SELECT * INTO back FROM public.entry o WHERE o.id = e.reverses;
        SELECT p.undo_within INTO span FROM guard.policy p WHERE p.version = guard.version_in_force(e.recorded_at);
        PERFORM guard.require(
            e.kind = 'reversal' AND back.account_id = e.account_id AND back.tokens = -e.tokens
            AND back.kind IN ('purchase', 'adjustment', 'refund'),
            'A reversal takes back exactly one purchase, adjustment or refund of the account.'
        );
        PERFORM guard.require(
            (e.cause = 'reversed' AND guard.holds('manager'))
            OR (e.cause = 'undone' AND back.actor = session_user AND e.recorded_at <= back.recorded_at + span),
            'An entry is reversed by a manager, or undone by its author in time (clause 3.5).'
        );
    END IF;
END $$;

-- How often a purchase under the same invoice of the account was taken back.
CREATE OR REPLACE FUNCTION guard.taken_back(e public.entry) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT count(*) FROM public.entry o JOIN public.entry back ON back.reverses = o.id
        WHERE o.account_id = e.account_id AND o.kind = 'purchase' AND o.reference <> '' AND o.reference = e.reference);
END $$;

-- Charges and credits: what price, promise and ticket history allow, to the token.
CREATE OR REPLACE FUNCTION guard.entry_of_ticket(e public.entry) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t public.ticket;
    held integer;
    rest integer;
    price integer;
BEGIN
    SELECT * INTO t FROM public.ticket WHERE id = e.ticket_id;
    PERFORM guard.require(t.option = 'tokens', 'This ticket does not pay with tokens (clause 4.1).');
    PERFORM guard.require(t.account_id = e.account_id, 'A ticket moves tokens of its own account.');
    PERFORM guard.require(guard.was_saved(t.id), 'Tokens move by an act on their ticket.');
    PERFORM guard.require(
        e.turn = (SELECT count(*) FROM public.entry o WHERE o.ticket_id = t.id AND o.cause = 'met_after_all'),
        'An entry says how often a miss of its ticket was withdrawn.'
    );
    SELECT -coalesce(sum(o.tokens), 0) INTO held FROM public.entry o WHERE o.ticket_id = t.id;
    rest := held - e.tokens;
    price := guard.price(t.policy_version, t.hosting, t.option, t.priority);
    PERFORM guard.require(rest BETWEEN 0 AND greatest(price, held), 'A ticket is charged at most its price (clause 2.1).');
    PERFORM guard.require(
        e.at = e.recorded_at OR right(e.cause, 7) = '_missed', 'Tokens move at the server''s time.'
    );
    PERFORM guard.require(e.reverses IS NULL AND CASE e.cause
        WHEN 'opened' THEN e.kind = 'charge' AND held = 0 AND rest = price AND t.opened_at = e.at
        WHEN 'priority_raised' THEN e.kind IN ('charge', 'credit') AND rest = price AND guard.gives_promises(t.id)
        WHEN 'priority_lowered' THEN e.kind IN ('charge', 'credit') AND rest = price AND t.is_open
            AND guard.gives_promises(t.id)
        WHEN 'demoted' THEN e.kind = 'credit' AND rest = price AND (t.demotion ->> 'at')::timestamptz = e.at
        WHEN 'respond_missed' THEN guard.misses(e, rest, 'respond')
        WHEN 'begin_missed' THEN guard.misses(e, rest, 'begin')
        WHEN 'resolve_or_plan_missed' THEN guard.misses(e, rest, 'resolve_or_plan')
        WHEN 'free_issue' THEN e.kind = 'credit' AND rest = 0 AND guard.holds('manager')
            AND (t.determination ->> 'free')::boolean AND (t.determination ->> 'at')::timestamptz = e.at
        WHEN 'overturned' THEN e.kind = 'reversal' AND e.tokens < 0 AND guard.holds('manager')
            AND NOT (t.determination ->> 'free')::boolean AND (t.determination ->> 'at')::timestamptz = e.at
            AND rest <= (t.determination -> 'overturned' ->> 'price')::integer
        WHEN 'cancelled' THEN e.kind = 'credit' AND rest = 0 AND t.status = 'cancelled' AND t.closed_at = e.at
            AND (guard.holds('manager') OR num_nonnulls(t.begun_at, t.planned_at, t.resolved_at, t.reopened_at) = 0)
        WHEN 'merged' THEN e.kind = 'credit' AND rest = 0 AND t.status = 'merged' AND t.closed_at = e.at
            AND t.account_id = (SELECT o.account_id FROM public.ticket o WHERE o.id = t.merged_into)
        WHEN 'met_after_all' THEN e.kind = 'reversal' AND e.tokens < 0 AND guard.holds('manager')
            AND e.turn < (SELECT count(*) FROM public.entry o WHERE o.ticket_id = t.id AND right(o.cause, 7) = '_missed')
            AND -e.tokens <= (SELECT coalesce(sum(o.tokens), 0) FROM public.entry o WHERE o.ticket_id = t.id
                AND (right(o.cause, 7) = '_missed' OR o.cause = 'met_after_all'))
        WHEN 'reversed' THEN e.kind = 'reversal' AND e.tokens < 0 AND guard.holds('manager')
            AND t.priority = 'emergency' AND t.demotion IS NULL
        WHEN 'undone' THEN guard.undoes(e, t, rest, price)
        ELSE false END,
        'Price, promises and history of the ticket do not allow this (clauses 4.1 to 4.4).'
    );
END $$;

-- A credit for a miss: a guarantee of the ticket that passed unmet, dated at the miss, everything that it still holds.
CREATE OR REPLACE FUNCTION guard.misses(e public.entry, rest integer, missed_milestone text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN e.kind = 'credit' AND rest = 0 AND EXISTS (
        SELECT 1 FROM public.deadline d
        WHERE d.ticket_id = e.ticket_id AND d.milestone = missed_milestone AND d.kind = 'guarantee' AND d.missed
        AND d.due_at = e.at AND d.due_at < e.recorded_at AND (d.met_at IS NULL OR d.met_at > d.due_at)
    );
END $$;

-- One's own demotion or determination taken back in time; what may be taken back is guarded on the ticket.
CREATE OR REPLACE FUNCTION guard.undoes(e public.entry, t public.ticket, rest integer, price integer) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN e.kind = 'credit' THEN rest = 0 AND guard.holds('manager') AND (t.determination ->> 'free')::boolean
        WHEN guard.holds('manager') THEN e.kind = 'reversal' AND e.tokens < 0 AND rest <= price
        ELSE e.kind = 'reversal' AND e.tokens < 0 AND t.priority = 'emergency' AND t.demotion IS NULL
    END;
END $$;

DROP TRIGGER IF EXISTS guarded ON public.entry;
CREATE TRIGGER guarded BEFORE INSERT ON public.entry
    FOR EACH ROW EXECUTE FUNCTION guard.entry_begins();

-- The entry moves the account and the mark on its ticket; nobody else does.
CREATE OR REPLACE FUNCTION guard.entry_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE public.account SET balance = NEW.balance_after, last_seq = NEW.seq, last_hash = NEW.hash,
        last_at = NEW.recorded_at WHERE id = NEW.account_id;
    IF NEW.ticket_id IS NOT NULL AND NEW.kind IN ('credit', 'reversal') THEN
        UPDATE public.ticket SET credited = credited + NEW.tokens WHERE id = NEW.ticket_id;
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS moves ON public.entry;
CREATE TRIGGER moves AFTER INSERT ON public.entry
    FOR EACH ROW EXECUTE FUNCTION guard.entry_moves();

-- Every entry is told, on its ticket's timeline or on its account's, and so is the decision that moves the tokens.
CREATE OR REPLACE FUNCTION guard.entry_is_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    PERFORM guard.require_ending();
    PERFORM guard.require(
        1 = (
            SELECT count(*) FROM public.fact f JOIN guard.act a ON a.xid = pg_current_xact_id_if_assigned()
            WHERE f.number > guard.told_before() AND f.xmin = a.xid::xid AND f.recorded_at >= a.at
            AND f.kind = CASE WHEN NEW.ticket_id IS NULL THEN 'BalanceMoved' ELSE 'TokensMoved' END
            AND f.account_id IS NOT DISTINCT FROM NEW.account_id AND f.ticket_id IS NOT DISTINCT FROM NEW.ticket_id
            AND f.data @> guard.movement(NEW)
        ),
        'A movement of tokens is told to the journal once, in the same transaction.'
    );
    PERFORM guard.require(
        NEW.ticket_id IS NULL OR guard.tells(NEW.ticket_id, VARIADIC guard.decided_by(NEW.cause)),
        'The decision that moves tokens is told to the journal in the same transaction.'
    );
    PERFORM guard.require(
        NEW.tokens < 0 OR NOT EXISTS (
            SELECT 1 FROM public.ticket t JOIN public.account a ON a.id = t.account_id
            WHERE t.account_id = NEW.account_id AND t.status = 'awaiting_tokens' AND t.price <= a.balance),
        'A balance that rises releases every ticket that it can pay (clause 4.2).'
    );
    PERFORM guard.require(
        NEW.tokens > 0 OR NEW.cause = 'opened' OR NOT EXISTS (
            SELECT 1 FROM public.ticket w
            WHERE w.account_id = NEW.account_id AND w.status = 'awaiting_tokens' AND w.id IS DISTINCT FROM NEW.ticket_id
            AND w.price <= NEW.balance_after - NEW.tokens),
        'Tokens open what waits for them before anything else takes them (clause 4.2).'
    );
    PERFORM guard.require(
        NEW.cause NOT IN ('priority_raised', 'priority_lowered')
        OR (NEW.cause = 'priority_raised') = guard.tells_raised(NEW.ticket_id),
        'A raised priority is charged as raised, a lowered one as lowered (clause 3.4).'
    );
    PERFORM guard.require(
        NEW.cause NOT IN ('priority_raised', 'priority_lowered') OR NEW.kind = 'credit'
        OR NOT guard.tells_unauthorised(NEW.ticket_id),
        'A higher price is charged with the customer''s authorisation alone (clause 3.4).'
    );
    RETURN NULL;
END $$;

-- What the fact about an entry says of it.
CREATE OR REPLACE FUNCTION guard.movement(e public.entry) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN jsonb_build_object(
        'cause', e.cause, 'tokens', e.tokens, 'before', e.balance_after - e.tokens, 'after', e.balance_after)
    || CASE WHEN e.ticket_id IS NULL THEN jsonb_build_object('reference', e.reference, 'reason', e.reason) ELSE '{}' END;
END $$;

-- The facts, one of which tells of the decision, by the cause of the entry.
CREATE OR REPLACE FUNCTION guard.decided_by(cause text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN cause = 'opened' THEN ARRAY['TicketOpened']
        WHEN cause IN ('priority_raised', 'priority_lowered') THEN ARRAY['PriorityChanged']
        WHEN cause = 'demoted' THEN ARRAY['EmergencyDemoted']
        WHEN right(cause, 7) = '_missed' THEN ARRAY['GuaranteeMissed']
        WHEN cause IN ('free_issue', 'overturned') THEN ARRAY['IssueDetermined']
        WHEN cause = 'cancelled' THEN ARRAY['TicketCancelled']
        WHEN cause = 'merged' THEN ARRAY['TicketMerged']
        WHEN cause = 'reversed' THEN ARRAY['DemotionReversed']
        WHEN cause = 'met_after_all' THEN ARRAY['MissWithdrawn']
        ELSE ARRAY['DemotionReversed', 'DeterminationUndone'] END;
END $$;

DROP TRIGGER IF EXISTS told ON public.entry;
CREATE CONSTRAINT TRIGGER told AFTER INSERT ON public.entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.entry_is_told();
