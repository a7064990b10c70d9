-- At the end of an act: tokens, promises, lists and journal fit the ticket that it saved.

CREATE OR REPLACE FUNCTION guard.ticket_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t public.ticket;
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    PERFORM guard.require_ending();
    PERFORM guard.require(
        (NOT NEW.authorised OR coalesce(OLD.authorised, false) OR guard.tells(NEW.id, 'TicketAuthorised'))
        AND (NOT NEW.callback OR coalesce(OLD.callback, false) OR guard.tells(NEW.id, 'CallbackBooked'))
        AND (NOT NEW.noted OR coalesce(OLD.noted, false) OR guard.tells(NEW.id, 'NoteWritten')),
        'A mark is set by the journal and stays.'
    );
    IF TG_OP = 'UPDATE' THEN PERFORM guard.claim_is_told(OLD, NEW); END IF;
    IF TG_OP = 'UPDATE' AND NEW.version = OLD.version THEN RETURN NULL; END IF;
    SELECT * INTO t FROM public.ticket WHERE id = NEW.id;
    PERFORM guard.ticket_holds(t, TG_OP = 'UPDATE' AND OLD.opened_at IS NOT NULL AND (
        t.price <= OLD.price
        OR guard.tells(NEW.id, 'DemotionReversed')));
    PERFORM guard.require(
        t.opened_at IS NOT NULL OR (
            num_nonnulls(t.replied_at, t.begun_at, t.planned_at, t.resolved_at, t.reopened_at, t.proposal) = 0
            AND NOT coalesce((t.determination ->> 'free')::boolean, false)),
        'A ticket that waits for tokens takes no work and is not free (clause 4.2).'
    );
    PERFORM guard.require(guard.lists_fit(t), 'What lists show of a ticket is what stands on it.');
    PERFORM guard.promises_stand(t);
    IF NEW.opened_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.opened_at IS NULL) THEN
        PERFORM guard.ticket_opens(NEW);
    END IF;
    PERFORM guard.require(
        guard.tells(NEW.id, 'TicketReceived') = (TG_OP = 'INSERT'), 'A new ticket is told to the journal.');
    PERFORM guard.require(guard.is_one_act(NEW.id), 'One act at a time is done on a ticket.');
    IF TG_OP = 'UPDATE' THEN
        PERFORM guard.ticket_is_told(OLD, NEW);
        PERFORM guard.tokens_are_told(OLD, t);
        PERFORM guard.promises_follow(OLD, NEW);
    END IF;
    RETURN NULL;
END $$;

-- Whoever takes a claim over, or lets go of somebody else's, says whose it was.
CREATE OR REPLACE FUNCTION guard.claim_is_told(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id CONSTANT bigint := after.id;
    released CONSTANT jsonb := jsonb_build_object('owner', before.owner);
    claimed CONSTANT jsonb := jsonb_build_object('taken_over_from', before.owner_name);
BEGIN
    PERFORM guard.require(
        after.owner IS NOT DISTINCT FROM before.owner OR CASE
            WHEN after.owner IS NULL THEN NOT guard.tells_otherwise(id, 'TicketReleased', released)
                AND (before.owner = session_user OR guard.tells(id, 'TicketReleased'))
            ELSE NOT guard.tells_otherwise(id, 'TicketClaimed', claimed)
                AND (before.owner IS NULL OR guard.tells(id, 'TicketClaimed')) END,
        'A claim is taken over, or let go of, in the words of the journal.'
    );
END $$;

-- ``may_hold_less``: not opened by this act, and no higher price was authorised by it, so what it holds may lie below
-- its price; what a demotion that is reversed charges again is asked by ``tokens_are_told``.
CREATE OR REPLACE FUNCTION guard.ticket_holds(t public.ticket, may_hold_less boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    price CONSTANT integer := guard.price(t.policy_version, t.hosting, t.option, t.priority);
    holds integer;
    free boolean;
BEGIN
    SELECT -coalesce(sum(e.tokens), 0) INTO holds FROM public.entry e WHERE e.ticket_id = t.id;
    free := coalesce((t.determination ->> 'free')::boolean, false) OR EXISTS (
        SELECT 1 FROM public.deadline d WHERE d.ticket_id = t.id AND d.missed AND d.kind = 'guarantee');
    PERFORM guard.require(t.held = holds, 'A ticket holds what the ledger says (clause 4.4).');
    PERFORM guard.require(t.price = price, 'A ticket names the price of its priority.');
    PERFORM guard.require(t.is_free = free AND (NOT free OR holds = 0), 'A free ticket costs nothing (clause 4.3).');
    PERFORM guard.require(holds <= price OR NOT t.is_open, 'A ticket holds at most its price (clause 2.1).');
    PERFORM guard.require(
        t.status NOT IN ('awaiting_tokens', 'merged') OR holds = 0,
        'A ticket that waits for tokens or was merged holds none (clauses 4.2, 6.2).'
    );
    PERFORM guard.require(
        t.status <> 'cancelled' OR holds = 0
        OR num_nonnulls(t.begun_at, t.planned_at, t.resolved_at, t.reopened_at) > 0,
        'A ticket that is cancelled before work has begun gives its tokens back (clause 6.3).'
    );
    PERFORM guard.require(
        t.status <> 'awaiting_tokens' OR EXISTS (
            SELECT 1 FROM public.account a WHERE a.id = t.account_id AND a.option = 'tokens' AND a.balance < price),
        'A ticket waits for tokens only while its account pays with them, and cannot (clause 4.2).'
    );
    PERFORM guard.require(
        NOT t.is_open OR free OR t.status = 'awaiting_tokens' OR holds = price OR may_hold_less,
        'A ticket is charged its price, no more and no less (clause 4.1).'
    );
END $$;

-- The columns that are written so that lists need no other table (``console.store.mapping`` makes them).
CREATE OR REPLACE FUNCTION guard.lists_fit(t public.ticket) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        WITH due AS (
            SELECT d.due_at, d.milestone, d.kind, d.business FROM public.deadline d
            WHERE d.ticket_id = t.id AND d.ended IS NULL AND d.met_at IS NULL AND t.is_open
        )
        SELECT t.status = CASE
                WHEN t.merged_into IS NOT NULL THEN 'merged' WHEN t.resolved_at IS NOT NULL THEN 'resolved'
                WHEN t.closed_at IS NOT NULL THEN 'cancelled' WHEN t.opened_at IS NULL THEN 'awaiting_tokens'
                WHEN t.planned_at IS NOT NULL THEN 'planned' WHEN t.begun_at IS NOT NULL THEN 'begun' ELSE 'open' END
            AND t.is_open = (t.status NOT IN ('resolved', 'cancelled', 'merged')) AND t.is_open = (t.closed_at IS NULL)
            AND t.next_due_at IS NOT DISTINCT FROM (SELECT min(due_at) FROM due)
            AND CASE WHEN t.next_due_at IS NULL THEN num_nonnulls(t.next_milestone, t.next_kind) = 0 AND NOT t.next_business
                ELSE EXISTS (SELECT 1 FROM due WHERE (due_at, milestone, kind, business)
                    = (t.next_due_at, t.next_milestone, t.next_kind, t.next_business)) END
            AND t.missed = coalesce((
                SELECT string_agg(m.milestone, ' ' ORDER BY m.first) FROM (
                    SELECT d.milestone, min(d.position) AS first FROM public.deadline d
                    WHERE d.ticket_id = t.id AND d.missed AND d.kind = 'guarantee' GROUP BY d.milestone) m), '')
            AND t.queue_group = CASE WHEN t.opened_at IS NULL AND t.is_open THEN 2 WHEN t.next_due_at IS NULL THEN 1 ELSE 0 END
            AND t.queue_rank = CASE
                WHEN t.opened_at IS NULL AND t.is_open THEN (t.priority <> 'emergency')::integer
                ELSE (t.next_kind IS DISTINCT FROM 'guarantee')::integer END
            AND t.queue_stake = -t.held
            AND t.proposed = (t.proposal IS NOT NULL)
            AND t.determined_at IS NOT DISTINCT FROM (t.determination ->> 'at')::timestamptz
    );
END $$;

-- What was done is heard by its promise, what was done late is missed, and none is lost on the way.
CREATE OR REPLACE FUNCTION guard.promises_stand(t public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        NOT EXISTS (
            SELECT 1 FROM public.deadline d WHERE d.ticket_id = t.id AND d.ended IS NULL
            AND ((d.met_at > d.due_at AND NOT d.missed)
                OR (d.met_at IS NULL AND guard.met_by(t, d.milestone) IS NOT NULL))),
        'What was done meets its promise, and what was done late has missed it (clauses 2.2, 4.3).'
    );
    PERFORM guard.require(
        NOT t.is_open OR t.opened_at IS NULL OR NOT EXISTS (
            SELECT 1 FROM guard.promise p
            WHERE (p.version, p.option, p.priority) = (t.policy_version, t.option, t.priority)
            AND (p.milestone = 'resolve_or_plan' OR t.reopened_at IS NULL OR EXISTS (  -- closed tickets come in without any
                SELECT 1 FROM public.deadline d WHERE d.ticket_id = t.id AND d.start <> 'reopened'))
            AND NOT EXISTS (SELECT 1 FROM public.deadline d
                            WHERE d.ticket_id = t.id AND d.milestone = p.milestone AND d.ended IS NULL)
            AND NOT EXISTS (  -- a first promise of before that stands where this one would lie in the past
                SELECT 1 FROM public.deadline d WHERE d.ticket_id = t.id AND d.ended IS NULL AND d.kind = 'guarantee'
                AND guard.takes_over(t, p.milestone, d.milestone))),
        'Every promise of the policy runs, is met or is missed (clause 2.2).'
    );
    PERFORM guard.require(
        NOT guard.gives_promises(t.id) OR NOT t.is_open OR t.reopened_at IS NULL OR NOT EXISTS (
            SELECT 1 FROM guard.promise p
            WHERE (p.version, p.option, p.priority) = (t.policy_version, t.option, t.priority)
            AND p.milestone = 'resolve_or_plan' AND NOT EXISTS (
                SELECT 1 FROM guard.promised_since(t) d WHERE d.milestone = p.milestone AND d.ended IS NULL)),
        'What a reopening promised anew runs, is met or is missed (clause 6.1).'
    );
    PERFORM guard.require(
        (SELECT coalesce(sum(d.credited), 0) FROM public.deadline d WHERE d.ticket_id = t.id)
            <= (SELECT coalesce(sum(e.tokens), 0) FROM public.entry e
                WHERE e.ticket_id = t.id AND e.kind = 'credit' AND right(e.cause, 7) = '_missed'),
        'The misses of a ticket name no more than was credited for them (clause 4.3).'
    );
END $$;

-- Every promise of the policy is given at the opening instant (clause 2.4).
CREATE OR REPLACE FUNCTION guard.ticket_opens(t public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        NOT EXISTS (
            SELECT 1 FROM guard.promise p
            WHERE (p.version, p.option, p.priority) = (t.policy_version, t.option, t.priority)
            AND NOT EXISTS (SELECT 1 FROM public.deadline d WHERE d.ticket_id = t.id AND d.milestone = p.milestone
                            AND d.kind = p.kind AND d.start = 'opened' AND d.counted_from = t.opened_at)
        ) AND (SELECT count(*) FROM public.deadline d WHERE d.ticket_id = t.id) = (
            SELECT count(*) FROM guard.promise p
            WHERE (p.version, p.option, p.priority) = (t.policy_version, t.option, t.priority)),
        'A ticket opens with every promise of its policy, each of them once (clause 2.4).'
    );
    PERFORM guard.require(
        NOT EXISTS (
            SELECT 1 FROM public.entry e JOIN public.ticket w ON w.account_id = e.account_id
            WHERE e.ticket_id = t.id AND e.cause = 'opened' AND w.status = 'awaiting_tokens'
            AND w.price <= e.balance_after - e.tokens
            AND (w.priority <> 'emergency', w.received_at, w.id)
                < (t.priority <> 'emergency', t.received_at, t.id)),
        'Tickets that wait for tokens are opened emergencies first, then the oldest first (clause 4.2).'
    );
    PERFORM guard.require(guard.tells(t.id, 'TicketOpened'), 'An opening is told to the journal.');
END $$;

-- One's own last begin, plan or resolve of that instant is told as taken back; whether in time, see ``may_undo``.
CREATE OR REPLACE FUNCTION guard.takes_back(id bigint, act text, fact_kind text, done_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN guard.tells_that(id, 'ActUndone', jsonb_build_object('act', act)) AND done_at = (
        SELECT f.at FROM public.fact f WHERE f.ticket_id = id AND f.kind = fact_kind ORDER BY f.number DESC LIMIT 1);
END $$;

-- What is told beside an act: how it came about, and what followed from it.
CREATE OR REPLACE FUNCTION guard.is_beside(kind text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN kind IN (
        'EnteredLate', 'TokensMoved', 'GuaranteeMissed', 'GoalMissed', 'MissWithdrawn', 'CauseOfMissSet',
        'TicketAuthorised', 'TicketAwaitsTokens', 'CallbackBooked', 'NoteWritten', 'CustomerWrote', 'TicketClaimed',
        'TicketReleased');
END $$;

-- Two acts at once are those alone that the console does at once; each alone is held to its rules, two together could
-- hide from those of both.
CREATE OR REPLACE FUNCTION guard.is_one_act(id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    acts CONSTANT text[] := ARRAY(
        SELECT f.kind FROM guard.told(id) f WHERE NOT guard.is_beside(f.kind) ORDER BY f.kind);
BEGIN
    RETURN cardinality(acts) <= 1 OR array_to_string(acts, ' ') IN (
        'TicketOpened TicketReceived', 'PriorityChanged TicketOpened', 'EmergencyDemoted TicketOpened',
        'EmergencyConfirmed WorkBegun');
END $$;

-- What the act or what is told beside it may change of its ticket; lists, claims, marks and what the ledger writes have
-- guards of their own.
CREATE OR REPLACE FUNCTION guard.changed_by(f public.fact) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE f.kind
        WHEN 'TicketOpened' THEN ARRAY['opened_at']
        WHEN 'WorkBegun' THEN ARRAY['begun_at']
        WHEN 'ReplySent' THEN ARRAY['replied_at', 'begun_at']
        WHEN 'PlanSent' THEN ARRAY['planned_at', 'plan']
        WHEN 'TicketResolved' THEN ARRAY['resolved_at', 'closed_at', 'outcome']
        WHEN 'CauseOfMissSet' THEN ARRAY['cause_of_miss']
        WHEN 'TicketReopened' THEN
            ARRAY['reopened_at', 'resolved_at', 'closed_at', 'outcome', 'planned_at', 'plan']
        WHEN 'TicketCancelled' THEN ARRAY['closed_at', 'outcome', 'proposal']
        WHEN 'TicketMerged' THEN ARRAY['closed_at', 'outcome', 'proposal', 'merged_into']
        WHEN 'PriorityChanged' THEN ARRAY['priority', 'determination']
        WHEN 'EmergencyConfirmed' THEN ARRAY['confirmation']
        WHEN 'ConfirmationReversed' THEN ARRAY['confirmation']
        WHEN 'EmergencyDemoted' THEN ARRAY['priority', 'confirmation', 'demotion']
        WHEN 'DemotionReversed' THEN ARRAY['priority', 'confirmation', 'demotion', 'determination']
        WHEN 'FreeIssueProposed' THEN ARRAY['proposal']
        WHEN 'ProposalWithdrawn' THEN ARRAY['proposal']
        WHEN 'ProposalReturned' THEN ARRAY['proposal']
        WHEN 'ProposalAnswered' THEN ARRAY['proposal']
        WHEN 'IssueDetermined' THEN ARRAY['proposal', 'determination']
        WHEN 'DeterminationUndone' THEN ARRAY['proposal', 'determination']
        WHEN 'ActUndone' THEN CASE f.data ->> 'act'
            WHEN 'begin' THEN ARRAY['begun_at'] WHEN 'plan' THEN ARRAY['planned_at', 'plan']
            WHEN 'resolve' THEN ARRAY['resolved_at', 'closed_at', 'outcome'] END
        ELSE ARRAY[]::text[]
    END;
END $$;

-- What the act tells is what it changed.
CREATE OR REPLACE FUNCTION guard.changed_so(f public.fact, before public.ticket, after public.ticket) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE f.kind
        WHEN 'TicketOpened' THEN before.opened_at IS NULL
        WHEN 'WorkBegun' THEN after.begun_at = f.at AND f.at = least(before.begun_at, f.at)
        WHEN 'ReplySent' THEN after.replied_at = least(before.replied_at, f.at)
            AND after.begun_at = least(before.begun_at, f.at)
        WHEN 'PlanSent' THEN after.planned_at = least(before.planned_at, f.at) AND CASE
            WHEN before.plan IS NOT NULL AND f.at < guard.now_of(f.account_id) THEN after.plan = before.plan
            ELSE (after.plan ->> 'what', after.plan ->> 'who', coalesce(after.plan ->> 'by_when', ''))
                = (f.data ->> 'what', f.data ->> 'who', f.data ->> 'by_when') END
        WHEN 'TicketResolved' THEN (after.resolved_at, after.closed_at) = (f.at, f.at)
            AND f.at = least(before.resolved_at, f.at)
        WHEN 'TicketReopened' THEN before.status = 'resolved' AND after.reopened_at = f.at
            AND num_nonnulls(after.resolved_at, after.planned_at, after.plan, after.outcome) = 0
        WHEN 'TicketCancelled' THEN before.is_open AND after.status = 'cancelled'
            AND num_nonnulls(after.proposal, after.outcome) = 0
        WHEN 'TicketMerged' THEN before.is_open AND num_nonnulls(after.proposal, after.outcome) = 0 AND EXISTS (
            SELECT 1 FROM public.ticket o WHERE o.id = after.merged_into AND o.id <> after.id
            AND o.account_id = after.account_id AND o.status NOT IN ('cancelled', 'merged'))
        WHEN 'PriorityChanged' THEN (before.priority, after.priority) = (f.data ->> 'before', f.data ->> 'after')
            AND after.determination - 'price' IS NOT DISTINCT FROM before.determination - 'price'
            AND (btrim(f.data ->> 'authorised_by') = ''
                OR NOT coalesce((after.determination ->> 'free')::boolean, false)
                OR (after.determination ->> 'price')::integer >= after.price)
        WHEN 'EmergencyConfirmed' THEN before.confirmation IS NULL AND after.confirmation IS NOT NULL
        WHEN 'ConfirmationReversed' THEN after.confirmation IS NULL
            AND (f.data ->> 'undone')::boolean = guard.is_undo(before.confirmation, before) AND guard.says_why(f)
        WHEN 'EmergencyDemoted' THEN after.demotion IS NOT NULL AND NOT guard.is_demotion_kept(before, after)
            AND after.confirmation IS NULL
        WHEN 'DemotionReversed' THEN after.demotion IS NULL
            AND (f.data ->> 'undone')::boolean = guard.is_undo(before.demotion, before) AND guard.says_why(f)
            AND after.determination - 'price' IS NOT DISTINCT FROM before.determination - 'price'
        WHEN 'FreeIssueProposed' THEN before.proposal IS NULL AND coalesce(after.proposal ->> 'question', '') = ''
        WHEN 'ProposalWithdrawn' THEN before.proposal IS NOT NULL AND after.proposal IS NULL
        WHEN 'ProposalReturned' THEN before.proposal - 'question' = after.proposal - 'question'
        WHEN 'ProposalAnswered' THEN before.proposal - 'question' = after.proposal - 'question'
        WHEN 'IssueDetermined' THEN after.determination - 'price' IS DISTINCT FROM before.determination - 'price'
            AND (f.data ->> 'overturns')::boolean = (before.determination IS NOT NULL)
        WHEN 'DeterminationUndone' THEN f.data ->> 'free' = before.determination ->> 'free'
            AND after.determination - 'price'
                IS NOT DISTINCT FROM nullif(before.determination -> 'overturned', 'null') - 'price'
        WHEN 'ActUndone' THEN CASE f.data ->> 'act'
            WHEN 'begin' THEN after.begun_at IS NOT DISTINCT FROM
                    CASE WHEN after.replied_at >= before.begun_at THEN after.replied_at END
                AND guard.takes_back(after.id, 'begin', 'WorkBegun', before.begun_at)
            WHEN 'plan' THEN num_nonnulls(after.planned_at, after.plan) = 0
                AND guard.takes_back(after.id, 'plan', 'PlanSent', before.planned_at)
            WHEN 'resolve' THEN after.is_open AND after.outcome IS NULL
                AND guard.takes_back(after.id, 'resolve', 'TicketResolved', before.resolved_at) END
        ELSE guard.is_beside(f.kind)
    END;
END $$;

-- Taken back by its own author in time, and so without a manager's reason (clause 3.5).
CREATE OR REPLACE FUNCTION guard.is_undo(made jsonb, t public.ticket) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN made ->> 'by' = session_user AND guard.now_of(t.account_id) <= (made ->> 'at')::timestamptz + (
        SELECT p.undo_within FROM guard.policy p WHERE p.version = t.policy_version);
END $$;

-- A classification that is reversed, and not just undone, is reversed for a reason (clause 3.5).
CREATE OR REPLACE FUNCTION guard.says_why(f public.fact) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN (f.data ->> 'undone')::boolean OR btrim(f.data ->> 'reason') <> ''; END $$;

-- The columns of a ticket in which an act shows.
CREATE OR REPLACE FUNCTION guard.changed(before public.ticket, after public.ticket) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    follow CONSTANT text[] := ARRAY[
        'version', 'touched_at', 'authorised', 'callback', 'noted', 'owner', 'owner_name', 'lease_until', 'held', 'credited',
        'price', 'status', 'is_open', 'is_free', 'next_due_at', 'next_milestone', 'next_kind', 'next_business', 'missed',
        'queue_group', 'queue_rank', 'queue_stake', 'proposed', 'determined_at'];
BEGIN
    RETURN ARRAY(
        SELECT was.key FROM jsonb_each(to_jsonb(before) - follow) was
        JOIN jsonb_each(to_jsonb(after) - follow) made ON made.key = was.key AND made.value <> was.value
        WHERE was.key <> 'demotion' OR NOT guard.is_demotion_kept(before, after));
END $$;

-- What this act changed is told to the journal by the same transaction, and the journal tells of nothing else.
CREATE OR REPLACE FUNCTION guard.ticket_is_told(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id CONSTANT bigint := after.id;
    told public.fact;
    accounted text[] := '{}';
BEGIN
    FOR told IN SELECT * FROM guard.told(id) LOOP
        PERFORM guard.require(guard.changed_so(told, before, after), 'The journal tells of what has changed.');
        accounted := accounted || guard.changed_by(told);
    END LOOP;
    PERFORM guard.require(
        guard.changed(before, after) <@ accounted, 'A change of a ticket is told to the journal in the same transaction.');
    PERFORM guard.require(
        NOT EXISTS (
            SELECT 1 FROM guard.told(id) f WHERE f.kind IN ('GuaranteeMissed', 'GoalMissed', 'MissWithdrawn')
            AND guard.misses_told(f.ticket_id, f.data) <> (
                SELECT count(*) FROM public.deadline d
                WHERE (d.ticket_id, d.milestone) = (f.ticket_id, f.data ->> 'milestone') AND d.missed)),
        'The journal tells of every miss, and of every one that is withdrawn (clause 2.7).'
    );
    PERFORM guard.require(
        NOT guard.tells(id, 'ActUndone') OR NOT EXISTS (
            SELECT 1 FROM guard.promised_since(after) d
            WHERE d.ended IS NULL AND d.met_at IS DISTINCT FROM guard.met_by(after, d.milestone)),
        'What an act had met is owed again when it is taken back (clause 3.5).'
    );
    PERFORM guard.require(
        NOT guard.tells_unauthorised(id) OR (
            (after.price <= before.price OR after.is_free)
            AND (after.determination -> 'price') IS NOT DISTINCT FROM (before.determination -> 'price')),
        'A higher price needs the customer''s authorisation (clause 3.4).'
    );
END $$;

-- What a decision says of tokens is what they did.
CREATE OR REPLACE FUNCTION guard.tokens_are_told(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id CONSTANT bigint := after.id;
    lacked CONSTANT integer := coalesce((before.demotion ->> 'lacked')::integer, 0);
BEGIN
    PERFORM guard.require(
        NOT coalesce((before.determination ->> 'free')::boolean, false)
        OR coalesce((after.determination ->> 'free')::boolean, false) OR guard.is_charged_again(after, before.determination),
        'Turned back into a charged ticket, it costs what was authorised, no more and no less (clause 3.3).'
    );
    PERFORM guard.require(
        NOT guard.tells(id, 'DemotionReversed') OR after.status = 'awaiting_tokens' OR CASE
            WHEN (after.determination ->> 'free')::boolean
                THEN (after.determination ->> 'price')::integer >= after.price - lacked
            ELSE after.is_free OR after.held = greatest(before.held, after.price - lacked) END,
        'A demotion that is reversed is charged again, no more and no less (clause 3.5).'
    );
    PERFORM guard.require(
        NOT guard.stands_again(before, after) OR (after.determination ->> 'price')::integer = greatest(
            coalesce((before.determination -> 'overturned' ->> 'price')::integer, 0),
            CASE WHEN (after.determination ->> 'free')::boolean THEN guard.authorised(before, after) ELSE 0 END),
        'A decision that stands again keeps what was authorised meanwhile (clause 3.5).'
    );
    PERFORM guard.require(
        NOT guard.tells(id, 'DeterminationUndone') OR coalesce((before.determination ->> 'free')::boolean, false)
        OR after.is_free OR after.held = before.held,
        'A decision that had moved nothing is taken back without moving anything (clause 3.5).'
    );
    PERFORM guard.require(
        NOT guard.tells(id, 'IssueDetermined') OR (after.determination ->> 'tokens')::integer = (
            SELECT coalesce(sum(e.tokens), 0) FROM public.entry e
            WHERE e.ticket_id = after.id AND e.cause IN ('free_issue', 'overturned') AND e.xmin = pg_current_xact_id()::xid),
        'A determination names what it moved (clause 3.3).'
    );
    PERFORM guard.require(
        NOT guard.tells(id, 'EmergencyDemoted') OR (after.demotion ->> 'credited')::integer = (
            SELECT coalesce(sum(e.tokens), 0) FROM public.entry e
            WHERE e.ticket_id = after.id AND e.cause = 'demoted' AND e.xmin = pg_current_xact_id()::xid),
        'A demotion names what it credited (clause 3.2).'
    );
    PERFORM guard.require(
        NOT guard.tells(id, 'EmergencyDemoted')
        OR coalesce((after.demotion ->> 'lacked')::integer, 0) = guard.lacked(before, after),
        'A demotion names what was not authorised of an emergency''s price (clause 3.5).'
    );
END $$;

-- What the customer had not authorised of the price of the emergency that was demoted.
CREATE OR REPLACE FUNCTION guard.lacked(before public.ticket, after public.ticket) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN before.opened_at IS NULL THEN 0
        ELSE greatest(0, before.price - guard.authorised(before, after)) END;
END $$;

-- What the customer had authorised: what the ticket held, or what a decision or a miss had credited of it.
CREATE OR REPLACE FUNCTION guard.authorised(before public.ticket, after public.ticket) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN (before.determination ->> 'free')::boolean
            THEN coalesce((before.determination ->> 'price')::integer, 0)
        WHEN after.missed <> '' THEN (
            SELECT sum(d.credited) FROM public.deadline d WHERE d.ticket_id = after.id AND d.missed)
        ELSE before.held END;
END $$;

-- A decision on a free issue is taken back, and the one that it had overturned stands again.
CREATE OR REPLACE FUNCTION guard.stands_again(before public.ticket, after public.ticket) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN after.determination IS NOT NULL AND after.determination - 'price'
        IS NOT DISTINCT FROM nullif(before.determination -> 'overturned', 'null') - 'price';
END $$;

-- Charged the price that now applies, at most what was authorised; nothing where the ticket is free for another reason,
-- where the decision had credited nothing, or where its tokens are given back in any case.
CREATE OR REPLACE FUNCTION guard.is_charged_again(t public.ticket, made jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    price CONSTANT integer := least((made ->> 'price')::integer, t.price);
BEGIN
    RETURN t.held = price OR (t.held < price AND (
        t.is_free OR (made ->> 'tokens')::integer = 0 OR t.status = 'merged' OR (
            t.status = 'cancelled' AND num_nonnulls(t.begun_at, t.planned_at, t.resolved_at, t.reopened_at) = 0)));
END $$;

-- What runs when the act is over is what the policy promises for the priority that the ticket has now.
CREATE OR REPLACE FUNCTION guard.promises_follow(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        before.is_open OR after.priority = before.priority, 'A closed ticket keeps its priority (clause 3.4).'
    );
    PERFORM guard.require(
        NOT EXISTS (
            SELECT 1 FROM public.deadline d WHERE d.ticket_id = after.id AND guard.runs(d)
            AND after.status IN ('cancelled', 'merged')),
        'A ticket that is cancelled or merged leaves no promise running (clauses 6.2, 6.3).'
    );
    PERFORM guard.require(
        NOT EXISTS (
            SELECT 1 FROM public.deadline d WHERE d.ticket_id = after.id AND guard.runs(d)
            GROUP BY d.milestone HAVING count(*) > 1),
        'A milestone is promised once at a time (clause 2.2).'
    );
    IF after.priority = before.priority THEN RETURN; END IF;
    PERFORM guard.require(
        NOT EXISTS (
            SELECT 1 FROM public.deadline d WHERE d.ticket_id = after.id AND guard.runs(d)
            AND NOT EXISTS (
                SELECT 1 FROM guard.promise p
                WHERE (p.version, p.option, p.priority) = (after.policy_version, after.option, after.priority)
                AND ((p.milestone, p.amount, p.business) = (d.milestone, d.amount, d.business)
                    OR guard.stands_instead(d, p, before, after)))),
        'Another priority has its own promises (clauses 3.2, 3.4).'
    );
END $$;

CREATE OR REPLACE FUNCTION guard.runs(d public.deadline) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN d.ended IS NULL AND d.met_at IS NULL AND NOT d.missed; END $$;

-- Lowered, a running guarantee stands where the new one would lie in the past: none is missed before it was given.
CREATE OR REPLACE FUNCTION guard.stands_instead(
    d public.deadline, p guard.promise, before public.ticket, after public.ticket
) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN guard.rank(after.priority) < guard.rank(before.priority) AND d.kind = 'guarantee'
        AND guard.takes_over(after, p.milestone, d.milestone)
        AND guard.due(after.policy_version, after.opened_at, p.amount, p.business)
            < guard.now_of(after.account_id);
END $$;

DROP TRIGGER IF EXISTS stands ON public.ticket;
CREATE CONSTRAINT TRIGGER stands AFTER INSERT OR UPDATE ON public.ticket
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.ticket_stands();
