-- The journal: told by whoever is signed in, at the server's time, in the order of commits, and true of the ticket.

CREATE OR REPLACE FUNCTION guard.fact_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NEW; END IF;
    PERFORM guard.require(NEW.actor = session_user, 'A fact is told by whoever is signed in.');
    PERFORM guard.require_own_name(NEW.actor_name);
    PERFORM guard.require(guard.is_now(NEW.recorded_at, NEW.account_id), 'A fact is recorded at the server''s time.');
    PERFORM guard.require(
        NEW.role IN ('agent', 'manager', 'supervisor', 'administrator', 'system') AND guard.holds(NEW.role),
        'A fact names a role that its author holds.'
    );
    PERFORM guard.require(
        EXISTS (SELECT 1 FROM public.counter c WHERE c.name = 'journal' AND c.last >= NEW.number
                AND c.xmin = pg_current_xact_id()::xid)
        AND NEW.number > guard.told_before(),
        'The journal is numbered in the order of commits.'
    );
    PERFORM guard.require(
        NEW.ticket_id IS NULL
        OR NEW.account_id = (SELECT t.account_id FROM public.ticket t WHERE t.id = NEW.ticket_id),
        'A fact about a ticket names its account.'
    );
    PERFORM guard.require(guard.may_tell(NEW), 'Your roles do not decide this (clause 7.1).');
    PERFORM guard.require(guard.fits(NEW.kind, NEW.data), 'No console could read this fact.');
    PERFORM guard.require(guard.happened_then(NEW), 'A fact counts at the server''s time.');
    PERFORM guard.require(guard.is_true(NEW), 'The journal tells only what stands on the ticket.');
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION guard.may_tell(f public.fact) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN f.kind IN ('GuaranteeMissed', 'GoalMissed', 'TokensMoved', 'TicketOpened')
            THEN guard.holds('agent') OR guard.holds('system')
        WHEN f.kind IN ('IssueDetermined', 'DeterminationUndone', 'ProposalReturned', 'EnteredLate', 'MissWithdrawn')
            THEN guard.holds('manager')
        WHEN f.kind = 'TicketCancelled'
            THEN guard.holds('manager') OR (guard.holds('agent') AND (f.data ->> 'by_customer')::boolean)
        WHEN f.kind = 'AccountSaved' THEN guard.holds('agent') OR guard.holds('administrator')
        WHEN f.kind IN ('PolicyAdded', 'PersonSaved') THEN guard.holds('administrator')
        WHEN f.kind = 'TicketImported' THEN false
        WHEN f.kind = 'BalanceMoved' THEN guard.holds('agent')
        WHEN f.kind IN (
            'TicketReceived', 'TicketAuthorised', 'TicketAwaitsTokens', 'WorkBegun', 'ReplySent', 'PlanSent',
            'TicketResolved', 'TicketReopened', 'TicketMerged', 'PriorityChanged', 'EmergencyConfirmed',
            'EmergencyDemoted', 'DemotionReversed', 'ConfirmationReversed', 'FreeIssueProposed', 'ProposalWithdrawn',
            'ProposalAnswered', 'ActUndone', 'CauseOfMissSet', 'NoteWritten', 'TicketClaimed', 'TicketReleased',
            'CustomerWrote', 'CallbackBooked', 'RequestRefused'
        ) THEN guard.holds('agent')
        ELSE false
    END;
END $$;

CREATE OR REPLACE FUNCTION guard.happened_then(f public.fact) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN f.kind IN ('GuaranteeMissed', 'GoalMissed') THEN EXISTS (
            SELECT 1 FROM public.deadline d WHERE d.ticket_id = f.ticket_id AND d.milestone = f.data ->> 'milestone'
            AND d.missed AND d.due_at = f.at AND d.xmin = pg_current_xact_id()::xid
            AND d.kind = CASE f.kind WHEN 'GoalMissed' THEN 'goal' ELSE 'guarantee' END)
            AND (SELECT count(*) FROM public.fact o
                 WHERE (o.ticket_id, o.kind, o.at) = (f.ticket_id, f.kind, f.at) AND o.data = f.data)
                <= (SELECT count(*) FROM public.fact o
                    WHERE (o.ticket_id, o.kind) = (f.ticket_id, 'MissWithdrawn') AND o.data = f.data)
        WHEN f.kind = 'TokensMoved' THEN EXISTS (
            SELECT 1 FROM public.entry e
            WHERE e.ticket_id = f.ticket_id AND e.at = f.at AND e.cause = f.data ->> 'cause'
            AND f.data @> guard.movement(e) AND e.xmin = pg_current_xact_id()::xid)
        WHEN f.kind IN ('WorkBegun', 'ReplySent', 'PlanSent', 'TicketResolved', 'EnteredLate') THEN
            guard.may_have_happened(
                f.at, (SELECT t.opened_at FROM public.ticket t WHERE t.id = f.ticket_id), f.account_id)
        ELSE guard.is_now(f.at, f.account_id)
    END;
END $$;

-- A fact about a ticket agrees with the ticket as this transaction saved it.
CREATE OR REPLACE FUNCTION guard.is_true(f public.fact) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t public.ticket;
BEGIN
    IF f.kind = 'BalanceMoved' THEN
        RETURN f.ticket_id IS NULL AND EXISTS (
            SELECT 1 FROM public.entry e JOIN guard.act a ON a.xid = pg_current_xact_id_if_assigned()
            WHERE e.account_id = f.account_id AND e.recorded_at >= a.at AND e.ticket_id IS NULL AND e.at = f.at
            AND f.data @> guard.movement(e)
            AND e.xmin = pg_current_xact_id()::xid);
    END IF;
    IF f.kind = 'PolicyAdded' THEN
        RETURN EXISTS (SELECT 1 FROM public.policy_version v WHERE v.version = (f.data ->> 'version')::integer
                       AND v.xmin = pg_current_xact_id()::xid);
    END IF;
    IF f.kind = 'AccountSaved' THEN
        RETURN f.ticket_id IS NULL AND EXISTS (
            SELECT 1 FROM public.account a WHERE a.id = f.account_id AND a.xmin = pg_current_xact_id()::xid);
    END IF;
    IF f.kind = 'PersonSaved' THEN
        RETURN f.ticket_id IS NULL AND guard.is_saved_person(f.data);
    END IF;
    IF f.kind = 'RequestRefused' THEN
        RETURN f.ticket_id IS NULL;
    END IF;
    SELECT * INTO t FROM public.ticket WHERE id = f.ticket_id;
    IF f.kind IN ('NoteWritten', 'CustomerWrote', 'CallbackBooked') THEN
        RETURN t.id IS NOT NULL;
    END IF;
    IF f.kind = 'TicketClaimed' THEN
        RETURN t.owner = session_user AND f.data ->> 'owner' = session_user
            AND (f.data ->> 'taken_over_from' = '' OR guard.was_saved(-t.id));
    END IF;
    IF f.kind = 'TicketReleased' THEN
        RETURN t.owner IS NULL AND guard.was_saved(-t.id);
    END IF;
    RETURN guard.was_saved(t.id) AND guard.says_when(f) AND CASE f.kind
        WHEN 'TicketReceived' THEN t.received_at = f.at AND f.data @> jsonb_build_object(
            'priority', t.asked_priority, 'channel', t.channel, 'requester', t.requester,
            'requester_kind', t.requester_kind, 'words', t.words)
        WHEN 'TicketAuthorised' THEN t.received_at = f.at AND (f.data ->> 'price')::integer = t.price
        WHEN 'TicketOpened' THEN t.opened_at = f.at AND (f.data ->> 'price')::integer
            = guard.price(t.policy_version, t.hosting, t.option, t.priority)
        WHEN 'TicketAwaitsTokens' THEN t.status = 'awaiting_tokens'
        WHEN 'WorkBegun' THEN t.begun_at = f.at
        WHEN 'ReplySent' THEN t.replied_at <= f.at AND guard.takes_work(t, f.at)
        WHEN 'PlanSent' THEN t.planned_at <= f.at AND guard.takes_work(t, f.at) AND (
            f.at < guard.now_of(f.account_id) OR (
                t.plan ->> 'what' = f.data ->> 'what' AND t.plan ->> 'who' = f.data ->> 'who'
                AND coalesce(t.plan ->> 'by_when', '') = f.data ->> 'by_when'))
        WHEN 'EnteredLate' THEN btrim(f.data ->> 'reason') <> ''
            AND (f.data ->> 'entered_at')::timestamptz = guard.now_of(f.account_id)
        WHEN 'MissWithdrawn' THEN guard.misses_told(t.id, f.data) > 0 AND EXISTS (
            SELECT 1 FROM public.deadline d WHERE d.ticket_id = t.id AND d.milestone = f.data ->> 'milestone'
            AND NOT d.missed AND d.xmin = pg_current_xact_id()::xid)
        WHEN 'CauseOfMissSet' THEN t.cause_of_miss = f.data ->> 'cause' AND t.missed <> ''
        WHEN 'TicketResolved' THEN t.status = 'resolved' AND t.resolved_at = f.at AND t.outcome = f.data ->> 'outcome'
        WHEN 'TicketReopened' THEN t.reopened_at = f.at
        WHEN 'TicketCancelled' THEN t.status = 'cancelled' AND t.closed_at = f.at
            AND (f.data ->> 'price_stands')::boolean = (t.held > 0)
        WHEN 'TicketMerged' THEN t.status = 'merged' AND t.merged_into = (f.data ->> 'into')::bigint
        WHEN 'PriorityChanged' THEN t.priority = f.data ->> 'after' AND f.data ->> 'before' <> f.data ->> 'after'
        WHEN 'EmergencyConfirmed' THEN (t.confirmation ->> 'at')::timestamptz = f.at
            AND t.confirmation -> 'criteria' = f.data -> 'criteria'
        WHEN 'EmergencyDemoted' THEN (t.demotion ->> 'at')::timestamptz = f.at
            AND (f.data ->> 'overturns')::boolean = (t.demotion -> 'confirmation' <> 'null')
            AND btrim(f.data ->> 'reason') <> ''
        WHEN 'DemotionReversed' THEN t.demotion IS NULL AND t.priority = 'emergency'
        WHEN 'ConfirmationReversed' THEN t.confirmation IS NULL
        WHEN 'FreeIssueProposed' THEN (t.proposal ->> 'at')::timestamptz = f.at AND t.proposal @> f.data
        WHEN 'ProposalWithdrawn' THEN t.proposal IS NULL
        WHEN 'ProposalReturned' THEN t.proposal ->> 'question' = f.data ->> 'question'
        WHEN 'ProposalAnswered' THEN t.proposal ->> 'question' = ''
        WHEN 'IssueDetermined' THEN (t.determination ->> 'at')::timestamptz = f.at
            AND t.determination @> (f.data - 'overturns')
            AND ((f.data ->> 'free')::boolean AND NOT (f.data ->> 'overturns')::boolean
                OR btrim(f.data ->> 'reason') <> '')
        WHEN 'ActUndone' THEN guard.may_undo(f, t)
        WHEN 'DeterminationUndone' THEN true  -- see ``changed_so``
        WHEN 'TokensMoved' THEN true  -- and of a miss see ``happened_then``
        WHEN 'GuaranteeMissed' THEN true
        WHEN 'GoalMissed' THEN true
        ELSE false
    END;
END $$;

-- Work that happened before now is entered late, and says so first (clause 2.7).
CREATE OR REPLACE FUNCTION guard.says_when(f public.fact) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN f.kind NOT IN ('WorkBegun', 'ReplySent', 'PlanSent', 'TicketResolved')
        OR f.at = guard.now_of(f.account_id) OR guard.tells_at(f.ticket_id, 'EnteredLate', f.at);
END $$;

-- A resolved ticket takes what was done before, a cancelled or merged one nothing.
CREATE OR REPLACE FUNCTION guard.takes_work(t public.ticket, at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN t.is_open OR (t.status = 'resolved' AND takes_work.at <= t.resolved_at); END $$;

-- How many misses of a milestone the journal tells of that were not withdrawn.
CREATE OR REPLACE FUNCTION guard.misses_told(id bigint, milestone jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(CASE f.kind WHEN 'MissWithdrawn' THEN -1 ELSE 1 END), 0) FROM public.fact f
        WHERE f.ticket_id = id AND f.kind IN ('GuaranteeMissed', 'GoalMissed', 'MissWithdrawn') AND f.data = milestone);
END $$;

-- One's own begin, plan or resolve, within the time to undo (clause 3.5). An act that was told again since it was last
-- taken back, at whatever time, is its first author's as well; what was done before a reopening, or under another
-- priority, stays done: other promises were given since. So does what was entered late on an imported ticket: what
-- stood on it before was told by nobody.
CREATE OR REPLACE FUNCTION guard.may_undo(f public.fact, t public.ticket) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((
        SELECT bool_and(
            o.actor = session_user AND o.at >= coalesce(t.reopened_at, o.at)
            AND (o.at = o.recorded_at OR t.reopened_at IS NOT NULL OR NOT EXISTS (
                SELECT 1 FROM public.fact i WHERE i.ticket_id = f.ticket_id AND i.kind = 'TicketImported')))
            AND min(o.recorded_at) + (
                SELECT p.undo_within FROM guard.policy p WHERE p.version = t.policy_version) >= f.recorded_at
        FROM public.fact o
        WHERE o.ticket_id = f.ticket_id AND o.kind = CASE f.data ->> 'act'
            WHEN 'begin' THEN 'WorkBegun' WHEN 'plan' THEN 'PlanSent' WHEN 'resolve' THEN 'TicketResolved' END
        AND NOT EXISTS (
            SELECT 1 FROM public.fact u WHERE u.ticket_id = f.ticket_id AND u.number BETWEEN o.number AND f.number - 1
            AND ((u.kind = 'ActUndone' AND u.data = f.data)
                OR u.kind IN ('TicketReopened', 'PriorityChanged', 'EmergencyDemoted', 'DemotionReversed')))
    ), false);
END $$;

DROP TRIGGER IF EXISTS guarded ON public.fact;
CREATE TRIGGER guarded BEFORE INSERT ON public.fact
    FOR EACH ROW EXECUTE FUNCTION guard.fact_begins();

-- The guards know the facts of this act by the number of its transaction. A row that is written in a savepoint has
-- another one, and would be heard by none of them.
CREATE OR REPLACE FUNCTION guard.fact_is_heard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        guard.trusted() OR (SELECT f.xmin = pg_current_xact_id()::xid FROM public.fact f WHERE f.number = NEW.number),
        'A fact is told outside every savepoint.'
    );
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS heard ON public.fact;
CREATE TRIGGER heard AFTER INSERT ON public.fact
    FOR EACH ROW EXECUTE FUNCTION guard.fact_is_heard();
