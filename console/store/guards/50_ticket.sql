-- Tickets: what an act may change, by whom, and at which instant. The rules of the policy are the console's; here
-- stands only what nobody may get round with a login of their own.

-- An instant of work: the present, or an earlier one that a manager enters late (clause 2.7).
CREATE OR REPLACE FUNCTION guard.may_have_happened(at timestamptz, opened_at timestamptz, account_id bigint)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT guard.is_now(at, account_id)
        OR (guard.holds('manager') AND at BETWEEN opened_at AND guard.stamp())
$$;

CREATE OR REPLACE FUNCTION guard.is_mine_now(record jsonb, account_id bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT record ->> 'by' = session_user AND guard.is_now((record ->> 'at')::timestamptz, account_id) $$;

CREATE OR REPLACE FUNCTION guard.ticket_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    customer public.account;
BEGIN
    IF guard.trusted() THEN RETURN NEW; END IF;
    PERFORM guard.require(guard.holds('agent'), 'Only an agent or a manager can open a ticket.');
    SELECT * INTO customer FROM public.account a WHERE a.id = NEW.account_id;
    PERFORM guard.require(
        (NEW.hosting, NEW.option) = (customer.hosting, customer.option),
        'A ticket has the hosting and the support option of its account.'
    );
    PERFORM guard.require(guard.is_now(NEW.received_at, NEW.account_id), 'A ticket is received at the server''s time.');
    PERFORM guard.require(
        NEW.policy_version = guard.version_in_force(NEW.received_at), 'A ticket is opened under the policy in force.'
    );
    PERFORM guard.require(
        NEW.version = 1 AND NEW.asked_priority = NEW.priority AND NEW.credited = 0
        AND NEW.status IN ('open', 'awaiting_tokens')
        AND (NEW.status = 'open') = (NEW.opened_at IS NOT NULL)
        AND (NEW.opened_at IS NULL OR NEW.opened_at = NEW.received_at)
        AND num_nonnulls(NEW.replied_at, NEW.begun_at, NEW.planned_at, NEW.resolved_at, NEW.reopened_at,
                         NEW.closed_at, NEW.confirmation, NEW.demotion, NEW.proposal, NEW.determination, NEW.plan,
                         NEW.outcome, NEW.merged_into, NEW.owner, NEW.lease_until) = 0,
        'A ticket begins open or awaiting tokens, with nothing done on it.'
    );
    PERFORM guard.note_saved(NEW.id);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION guard.ticket_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_trigger_depth() > 1 OR guard.trusted() THEN RETURN NEW; END IF;
    PERFORM guard.require(guard.holds('agent') OR guard.holds('system'), 'Your roles change no tickets.');
    PERFORM guard.ticket_keeps(OLD, NEW);
    PERFORM guard.ticket_owner(OLD, NEW);
    IF NEW.version = OLD.version THEN
        PERFORM guard.ticket_rests(OLD, NEW);
        RETURN NEW;
    END IF;
    PERFORM guard.require(NEW.version = OLD.version + 1, 'A ticket is saved as its next version.');
    PERFORM guard.ticket_instants(OLD, NEW);
    PERFORM guard.ticket_classification(OLD, NEW);
    PERFORM guard.ticket_determination(OLD, NEW);
    PERFORM guard.note_saved(NEW.id);
    RETURN NEW;
END $$;

-- What a ticket keeps for good.
CREATE OR REPLACE FUNCTION guard.ticket_keeps(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        (after.id, after.account_id, after.policy_version, after.hosting, after.option, after.asked_priority,
         after.channel, after.requester, after.requester_kind, after.subject, after.words, after.received_at,
         after.credited)
        IS NOT DISTINCT FROM
        (before.id, before.account_id, before.policy_version, before.hosting, before.option, before.asked_priority,
         before.channel, before.requester, before.requester_kind, before.subject, before.words, before.received_at,
         before.credited),
        'What a ticket was opened with never changes.'
    );
    PERFORM guard.require(
        before.opened_at IS NULL OR after.opened_at = before.opened_at, 'The opening instant stands (clause 2.4).'
    );
END $$;

-- A claim is one's own; somebody else's is taken over when its lease has run out, or let go by a manager.
CREATE OR REPLACE FUNCTION guard.ticket_owner(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (after.owner, after.owner_name, after.lease_until)
        IS NOT DISTINCT FROM (before.owner, before.owner_name, before.lease_until) THEN
        RETURN;
    END IF;
    PERFORM guard.require(
        after.owner IS NULL OR after.owner = session_user, 'A ticket is claimed for oneself, for nobody else.'
    );
    PERFORM guard.require(
        before.owner IS NULL OR before.owner = session_user OR before.lease_until <= guard.stamp()
        OR (after.owner IS NULL AND guard.holds('manager')),
        format('%s holds this ticket.', before.owner_name)
    );
    PERFORM guard.require(
        after.lease_until IS NULL OR after.lease_until <= guard.stamp() + interval '1 hour', 'A claim is not for ever.'
    );
END $$;

-- Between two versions only the claim and the marks of the journal change.
CREATE OR REPLACE FUNCTION guard.ticket_rests(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    free text[] := ARRAY['owner', 'owner_name', 'lease_until', 'touched_at', 'authorised', 'callback', 'noted'];
BEGIN
    PERFORM guard.require(
        to_jsonb(after) - free = to_jsonb(before) - free, 'A change of a ticket makes its next version.'
    );
    PERFORM guard.require(
        after.authorised >= before.authorised AND after.callback >= before.callback AND after.noted >= before.noted,
        'A mark is set by the journal and stays.'
    );
END $$;

CREATE OR REPLACE FUNCTION guard.ticket_instants(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account CONSTANT bigint := after.account_id;
BEGIN
    PERFORM guard.require(
        after.opened_at IS NOT DISTINCT FROM before.opened_at OR guard.is_now(after.opened_at, account),
        'A ticket opens at the server''s time.'
    );
    PERFORM guard.require(
        after.replied_at IS NOT DISTINCT FROM before.replied_at
        OR (after.replied_at IS NOT NULL AND guard.may_have_happened(after.replied_at, after.opened_at, account)),
        'A reply counts when the server received it, or at the earlier time that a manager enters (clause 2.7).'
    );
    PERFORM guard.require(
        after.begun_at IS NOT DISTINCT FROM before.begun_at OR after.begun_at IS NULL
        OR (after.begun_at = after.replied_at AND after.begun_at > before.begun_at)
        OR guard.may_have_happened(after.begun_at, after.opened_at, account),
        'Work begins when the server is told, or at the earlier time that a manager enters (clause 2.7).'
    );
    PERFORM guard.require(
        after.planned_at IS NOT DISTINCT FROM before.planned_at OR after.planned_at IS NULL
        OR guard.may_have_happened(after.planned_at, after.opened_at, account),
        'A plan counts when the server received it, or at the earlier time that a manager enters (clause 2.7).'
    );
    PERFORM guard.require(
        after.resolved_at IS NOT DISTINCT FROM before.resolved_at OR after.resolved_at IS NULL
        OR guard.may_have_happened(after.resolved_at, after.opened_at, account),
        'A ticket is resolved when the server is told, or at the earlier time that a manager enters (clause 2.7).'
    );
    PERFORM guard.require(
        after.reopened_at IS NOT DISTINCT FROM before.reopened_at
        OR (guard.is_now(after.reopened_at, account) AND before.status = 'resolved'
            AND after.reopened_at <= before.resolved_at + (
                SELECT p.reopen_within FROM guard.policy p WHERE p.version = after.policy_version)),
        'A resolved ticket is reopened at the server''s time and in time (clause 6.1).'
    );
    PERFORM guard.require(
        after.closed_at IS NOT DISTINCT FROM before.closed_at OR after.closed_at IS NULL
        OR after.closed_at = after.resolved_at OR guard.is_now(after.closed_at, account),
        'A ticket closes at the server''s time.'
    );
    PERFORM guard.require(
        after.is_open = (after.status NOT IN ('resolved', 'cancelled', 'merged')), 'A ticket is open or closed.'
    );
END $$;

CREATE OR REPLACE FUNCTION guard.may_take_back(made jsonb, version integer) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT guard.holds('manager') OR (
        made ->> 'by' = session_user AND guard.stamp() <= (made ->> 'at')::timestamptz + (
            SELECT p.undo_within FROM guard.policy p WHERE p.version = may_take_back.version)
    )
$$;

-- Confirmations, demotions and every change of priority (clauses 3.1, 3.2, 3.4, 3.5).
CREATE OR REPLACE FUNCTION guard.ticket_classification(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account CONSTANT bigint := after.account_id;
    demoted CONSTANT boolean := after.demotion IS NOT NULL AND after.demotion IS DISTINCT FROM before.demotion;
    restored CONSTANT boolean := before.demotion IS NOT NULL AND after.demotion IS NULL;
BEGIN
    IF demoted THEN
        PERFORM guard.require(
            guard.is_mine_now(after.demotion, account) AND (before.priority, after.priority) = ('emergency', 'urgent'),
            'An emergency is demoted to urgent by whoever is signed in, at the server''s time (clause 3.2).'
        );
        PERFORM guard.require(
            before.confirmation IS NULL OR guard.holds('manager'),
            'Only a manager can demote a confirmed emergency (clause 3.1).'
        );
        PERFORM guard.require(
            after.demotion -> 'confirmation' IS NOT DISTINCT FROM coalesce(before.confirmation, 'null'::jsonb),
            'A demotion keeps the confirmation that it overturns.'
        );
    END IF;
    IF restored THEN
        PERFORM guard.require(
            guard.may_take_back(before.demotion, after.policy_version)
            AND (before.priority, after.priority) = ('urgent', 'emergency'),
            'A demotion is taken back by its author in time, or by a manager (clause 3.5).'
        );
    END IF;
    PERFORM guard.require(
        before.priority <> 'emergency' OR after.priority = 'emergency' OR demoted,
        'An emergency leaves its priority by a demotion alone (clause 3.2).'
    );
    IF after.confirmation IS DISTINCT FROM before.confirmation THEN
        IF after.confirmation IS NOT NULL THEN
            PERFORM guard.require(
                (before.confirmation IS NULL AND after.priority = 'emergency' AND NOT restored
                    AND guard.is_mine_now(after.confirmation, account))
                OR (restored AND after.confirmation = before.demotion -> 'confirmation'),
                'An emergency is confirmed by whoever is signed in, at the server''s time (clause 3.1).'
            );
        ELSIF NOT demoted AND after.priority = before.priority THEN
            PERFORM guard.require(
                guard.may_take_back(before.confirmation, after.policy_version),
                'A confirmation is taken back by its author in time, or by a manager (clause 3.5).'
            );
        END IF;
    END IF;
END $$;

-- Proposals and determinations (clause 3.3): management decides.
CREATE OR REPLACE FUNCTION guard.ticket_determination(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account CONSTANT bigint := after.account_id;
    stands CONSTANT jsonb := coalesce(before.proposal, before.determination);
BEGIN
    IF after.determination IS DISTINCT FROM before.determination THEN
        IF guard.holds('manager') AND after.determination IS NOT NULL
            AND after.determination IS DISTINCT FROM nullif(before.determination -> 'overturned', 'null')
            AND after.determination - 'price' IS DISTINCT FROM before.determination - 'price' THEN
            PERFORM guard.require(
                guard.is_mine_now(after.determination, account),
                'A determination is made by whoever is signed in, at the server''s time (clause 3.3).'
            );
            PERFORM guard.require(
                stands ->> 'by' IS DISTINCT FROM session_user AND stands IS NOT NULL OR NOT (
                    SELECT p.four_eyes FROM guard.policy p WHERE p.version = after.policy_version),
                'Another manager has to decide your own proposal (clause 3.6).'
            );
        ELSIF after.determination - 'price' IS NOT DISTINCT FROM before.determination - 'price' THEN
            PERFORM guard.require(
                (after.determination ->> 'price')::integer = greatest(
                    (before.determination ->> 'price')::integer,
                    guard.price(after.policy_version, after.hosting, after.option, after.priority))
                AND after.priority <> before.priority,
                'What a customer authorised is the price of the new priority.'
            );
        ELSE
            PERFORM guard.require(
                guard.holds('manager') AND before.determination ->> 'by' = session_user
                AND guard.may_take_back(before.determination, after.policy_version)
                AND guard.stamp() <= (before.determination ->> 'at')::timestamptz + (
                    SELECT p.undo_within FROM guard.policy p WHERE p.version = after.policy_version),
                'Only a manager decides on a free issue; only its author takes a decision back, in time (clause 3.3).'
            );
        END IF;
    END IF;
    IF after.proposal IS DISTINCT FROM before.proposal AND after.proposal IS NOT NULL THEN
        PERFORM guard.require(
            (before.proposal IS NULL AND guard.is_mine_now(after.proposal, account))
            OR after.proposal - 'question' = before.proposal - 'question'
            OR after.proposal = before.determination -> 'proposal',
            'An issue is proposed by whoever is signed in, at the server''s time (clause 3.3).'
        );
    END IF;
    IF after.proposal IS NULL AND before.proposal IS NOT NULL AND after.is_open
        AND after.determination IS NOT DISTINCT FROM before.determination THEN
        PERFORM guard.require(
            before.proposal ->> 'by' = session_user OR guard.holds('manager'),
            'A proposal is withdrawn by its author or closed by a manager (clause 3.3).'
        );
    END IF;
END $$;

-- At the end of the transaction: tokens, promises and journal fit the ticket.
CREATE OR REPLACE FUNCTION guard.ticket_stands() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t public.ticket;
    holds integer;
    price integer;
    free boolean;
BEGIN
    IF guard.trusted() OR (TG_OP = 'UPDATE' AND NEW.version = OLD.version) THEN RETURN NULL; END IF;
    PERFORM guard.fresh_stamp();
    SELECT * INTO t FROM public.ticket WHERE id = NEW.id;
    SELECT -coalesce(sum(e.tokens), 0) INTO holds FROM public.entry e WHERE e.ticket_id = t.id;
    price := guard.price(t.policy_version, t.hosting, t.option, t.priority);
    free := coalesce((t.determination ->> 'free')::boolean, false) OR EXISTS (
        SELECT 1 FROM public.deadline d WHERE d.ticket_id = t.id AND d.missed AND d.kind = 'guarantee');
    PERFORM guard.require(t.held = holds, 'A ticket holds what the ledger says (clause 4.4).');
    PERFORM guard.require(t.price = price, 'A ticket names the price of its priority.');
    PERFORM guard.require(t.is_free = free AND (NOT free OR holds = 0), 'A free ticket costs nothing (clause 4.3).');
    PERFORM guard.require(holds <= price OR NOT t.is_open, 'A ticket holds at most its price (clause 2.1).');
    PERFORM guard.require(
        (t.status <> 'awaiting_tokens' OR holds = 0) AND (t.status <> 'merged' OR holds = 0),
        'A ticket that waits for tokens or was merged holds none (clauses 4.2, 6.2).'
    );
    IF NEW.opened_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.opened_at IS NULL) THEN
        PERFORM guard.ticket_opens(NEW);
    END IF;
    IF t.is_open AND NOT free AND t.status <> 'awaiting_tokens' THEN
        PERFORM guard.require(
            holds = price OR (TG_OP = 'UPDATE' AND NEW.priority = OLD.priority AND OLD.opened_at IS NOT NULL),
            'A ticket is charged its price, no more and no less (clause 4.1).'
        );
    END IF;
    IF TG_OP = 'UPDATE' THEN
        PERFORM guard.ticket_is_told(OLD, NEW);
    ELSE
        PERFORM guard.require(guard.tells(NEW.id, 'TicketReceived'), 'A new ticket is told to the journal.');
    END IF;
    RETURN NULL;
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
        ),
        'A ticket opens with every promise of its policy (clause 2.4).'
    );
    PERFORM guard.require(guard.tells(t.id, 'TicketOpened'), 'An opening is told to the journal.');
END $$;

-- What changed is told to the journal by the same transaction.
CREATE OR REPLACE FUNCTION guard.ticket_is_told(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    why CONSTANT text := 'A change of a ticket is told to the journal in the same transaction.';
    id CONSTANT bigint := after.id;
BEGIN
    PERFORM guard.require(after.replied_at IS NOT DISTINCT FROM before.replied_at
        OR guard.tells(id, 'ReplySent'), why);
    PERFORM guard.require(after.begun_at IS NOT DISTINCT FROM before.begun_at
        OR guard.tells(id, VARIADIC CASE WHEN after.begun_at IS NULL OR after.begun_at > before.begun_at
            THEN ARRAY['ActUndone'] ELSE ARRAY['WorkBegun', 'ReplySent'] END), why);
    PERFORM guard.require(after.planned_at IS NOT DISTINCT FROM before.planned_at
        OR guard.tells(id, VARIADIC CASE WHEN after.planned_at IS NULL
            THEN ARRAY['ActUndone', 'TicketReopened'] ELSE ARRAY['PlanSent'] END), why);
    PERFORM guard.require(after.plan IS NOT DISTINCT FROM before.plan
        OR guard.tells(id, 'PlanSent', 'ActUndone', 'TicketReopened'), why);
    PERFORM guard.require(after.resolved_at IS NOT DISTINCT FROM before.resolved_at
        OR guard.tells(id, VARIADIC CASE WHEN after.resolved_at IS NULL
            THEN ARRAY['ActUndone', 'TicketReopened'] ELSE ARRAY['TicketResolved'] END), why);
    PERFORM guard.require(after.reopened_at IS NOT DISTINCT FROM before.reopened_at
        OR guard.tells(id, 'TicketReopened'), why);
    PERFORM guard.require(after.status = before.status OR CASE after.status
        WHEN 'cancelled' THEN guard.tells(id, 'TicketCancelled')
        WHEN 'merged' THEN guard.tells(id, 'TicketMerged')
        WHEN 'resolved' THEN guard.tells(id, 'TicketResolved')
        WHEN 'awaiting_tokens' THEN false
        ELSE before.status NOT IN ('cancelled', 'merged') END, why);
    PERFORM guard.require(after.priority = before.priority
        OR guard.tells(id, 'PriorityChanged', 'EmergencyDemoted', 'DemotionReversed'), why);
    PERFORM guard.require(after.confirmation IS NOT DISTINCT FROM before.confirmation
        OR guard.tells(id, 'EmergencyConfirmed', 'ConfirmationReversed', 'EmergencyDemoted', 'DemotionReversed',
                       'PriorityChanged'), why);
    PERFORM guard.require(after.demotion IS NOT DISTINCT FROM before.demotion
        OR guard.tells(id, 'EmergencyDemoted', 'DemotionReversed'), why);
    PERFORM guard.require(after.proposal IS NOT DISTINCT FROM before.proposal
        OR guard.tells(id, 'FreeIssueProposed', 'ProposalWithdrawn', 'ProposalReturned', 'ProposalAnswered',
                       'IssueDetermined', 'DeterminationUndone', 'TicketCancelled', 'TicketMerged'), why);
    PERFORM guard.require(after.determination IS NOT DISTINCT FROM before.determination
        OR guard.tells(id, 'IssueDetermined', 'DeterminationUndone', 'PriorityChanged'), why);
    PERFORM guard.require(after.cause_of_miss IS NOT DISTINCT FROM before.cause_of_miss
        OR guard.tells(id, 'CauseOfMissSet'), why);
END $$;

DROP TRIGGER IF EXISTS guarded_begin ON public.ticket;
CREATE TRIGGER guarded_begin BEFORE INSERT ON public.ticket
    FOR EACH ROW EXECUTE FUNCTION guard.ticket_begins();
DROP TRIGGER IF EXISTS guarded ON public.ticket;
CREATE TRIGGER guarded BEFORE UPDATE ON public.ticket
    FOR EACH ROW EXECUTE FUNCTION guard.ticket_changes();
DROP TRIGGER IF EXISTS stands ON public.ticket;
CREATE CONSTRAINT TRIGGER stands AFTER INSERT OR UPDATE ON public.ticket
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.ticket_stands();
