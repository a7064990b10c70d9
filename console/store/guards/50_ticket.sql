-- Tickets: what an act may change, by whom, and at which instant. The rules of the policy are the console's; here
-- stands only what nobody may get round with a login of their own.

-- An instant of work: the present, or an earlier one that a manager enters late (clause 2.7).
CREATE OR REPLACE FUNCTION guard.may_have_happened(at timestamptz, opened_at timestamptz, account_id bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    latest CONSTANT timestamptz := guard.now_of(account_id);
BEGIN
    RETURN at = latest OR (guard.holds('manager') AND at BETWEEN opened_at AND latest);
END $$;

-- An instant that was recorded once moves to an earlier one alone: whoever met a promise has met it.
CREATE OR REPLACE FUNCTION guard.is_earlier(after timestamptz, before timestamptz) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN after IS NOT NULL AND (before IS NULL OR after < before); END $$;

CREATE OR REPLACE FUNCTION guard.is_mine_now(record jsonb, account_id bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN record ->> 'by' = session_user AND record ->> 'by_name' = guard.own_name()
        AND guard.is_now((record ->> 'at')::timestamptz, account_id);
END $$;

-- The act that a milestone is met by, as the ticket records it.
CREATE OR REPLACE FUNCTION guard.met_by(t public.ticket, milestone text) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN least(t.resolved_at, CASE milestone
        WHEN 'respond' THEN t.replied_at WHEN 'begin' THEN t.begun_at ELSE t.planned_at END);
END $$;

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
        NEW.id BETWEEN 1 AND (SELECT s.last_value FROM public.ticket_number s), 'A ticket has the next number.'
    );
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
                         NEW.outcome, NEW.cause_of_miss, NEW.merged_into, NEW.owner, NEW.lease_until) = 0
        AND NEW.owner_name = '',
        'A ticket begins open or awaiting tokens, with nothing done on it.'
    );
    PERFORM guard.require(guard.is_now(NEW.touched_at, NEW.account_id), 'A ticket is touched at the server''s time.');
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION guard.ticket_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() OR guard.only_credited(OLD, NEW) THEN RETURN NEW; END IF;
    PERFORM guard.fresh_stamp();
    PERFORM guard.require(guard.holds('agent') OR guard.holds('system'), 'Your roles change no tickets.');
    PERFORM guard.ticket_keeps(OLD, NEW);
    PERFORM guard.ticket_owner(OLD, NEW);
    PERFORM guard.require(
        NEW.touched_at = OLD.touched_at OR guard.is_now(NEW.touched_at, NEW.account_id),
        'A ticket is touched at the server''s time.'
    );
    IF NEW.version = OLD.version THEN
        PERFORM guard.ticket_rests(OLD, NEW);
        RETURN NEW;
    END IF;
    PERFORM guard.require(
        NEW.version = OLD.version + 1 AND NOT guard.was_saved(OLD.id),
        'A ticket is saved as its next version, once in an act.'
    );
    PERFORM guard.ticket_instants(OLD, NEW);
    PERFORM guard.ticket_classification(OLD, NEW);
    PERFORM guard.ticket_determination(OLD, NEW);
    PERFORM guard.ticket_records(OLD, NEW);
    RETURN NEW;
END $$;

-- An entry moves what its ticket was credited, and nothing else of it (see ``entry_moves``).
CREATE OR REPLACE FUNCTION guard.only_credited(before public.ticket, after public.ticket) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN after.credited <> before.credited
        AND to_jsonb(after) - 'credited' = to_jsonb(before) - 'credited'
        AND after.credited = (SELECT sum(e.tokens) FROM public.entry e
                              WHERE e.ticket_id = after.id AND e.kind IN ('credit', 'reversal'));
END $$;

-- Only a row that was truly written counts as saved: INSERT … ON CONFLICT asks the guards before it writes nothing. A
-- ticket that got another owner, or none, is noted by its number with a minus.
CREATE OR REPLACE FUNCTION guard.ticket_is_saved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    IF TG_OP = 'INSERT' THEN
        PERFORM guard.note_saved(NEW.id, true);
        RETURN NULL;
    END IF;
    IF NEW.owner IS DISTINCT FROM OLD.owner THEN PERFORM guard.note_saved(-NEW.id, false); END IF;
    IF NEW.version > OLD.version THEN
        PERFORM guard.note_saved(
            NEW.id, (NEW.priority, NEW.opened_at, NEW.reopened_at)
                IS DISTINCT FROM (OLD.priority, OLD.opened_at, OLD.reopened_at));
    END IF;
    RETURN NULL;
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
        after.authorised >= before.authorised AND after.callback >= before.callback AND after.noted >= before.noted,
        'A mark is set by the journal and stays.'
    );
    PERFORM guard.require(
        before.opened_at IS NULL OR after.opened_at = before.opened_at, 'The opening instant stands (clause 2.4).'
    );
END $$;

-- A claim is one's own; somebody else's is taken over when its lease has run out, or let go by a manager. Leases go by
-- the server's clock alone: they concern consoles, and no account's history.
CREATE OR REPLACE FUNCTION guard.ticket_owner(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (after.owner, after.owner_name, after.lease_until)
        IS NOT DISTINCT FROM (before.owner, before.owner_name, before.lease_until) THEN
        RETURN;
    END IF;
    PERFORM guard.require(guard.holds('agent'), 'Only an agent or a manager can claim a ticket.');
    PERFORM guard.require(
        after.owner IS NULL OR after.owner = session_user, 'A ticket is claimed for oneself, for nobody else.'
    );
    PERFORM guard.require(
        before.owner IS NULL OR before.owner = session_user OR before.lease_until <= guard.stamp()
        OR (after.owner IS NULL AND guard.holds('manager')),
        format('%s holds this ticket.', before.owner_name)
    );
    PERFORM guard.require(
        CASE WHEN after.owner IS NULL THEN after.owner_name = '' AND after.lease_until IS NULL
             ELSE coalesce(after.lease_until BETWEEN guard.stamp() AND guard.stamp() + interval '1 hour', false) END,
        'A claim lasts for an hour at most.'
    );
    IF after.owner IS NOT NULL THEN PERFORM guard.require_own_name(after.owner_name); END IF;
END $$;

-- What the ticket keeps as JSON can be read by every console; 3.0 equals 3 and is another text, which none reads.
CREATE OR REPLACE FUNCTION guard.ticket_records(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        NOT EXISTS (
            SELECT 1 FROM (VALUES
                ('confirmation', before.confirmation, after.confirmation), ('demotion', before.demotion, after.demotion),
                ('proposal', before.proposal, after.proposal), ('plan', before.plan, after.plan),
                ('determination', before.determination, after.determination)
            ) AS record (name, was, made)
            WHERE made IS NOT NULL AND made::text IS DISTINCT FROM was::text AND NOT guard.fits(name, made)),
        'No console could read this record.'
    );
END $$;

-- Between two versions only the claim and the marks of the journal change. The rest is compared as it is stored: as
-- JSON a missing record and the word null would be the same, and a record that is null keeps every act from its ticket.
CREATE OR REPLACE FUNCTION guard.ticket_rests(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rests public.ticket := after;
BEGIN
    SELECT before.owner, before.owner_name, before.lease_until, before.touched_at, before.authorised, before.callback,
        before.noted
    INTO rests.owner, rests.owner_name, rests.lease_until, rests.touched_at, rests.authorised, rests.callback,
        rests.noted;
    PERFORM guard.require(rests *= before, 'A change of a ticket makes its next version.');
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
        OR (guard.is_earlier(after.replied_at, before.replied_at)
            AND guard.may_have_happened(after.replied_at, after.opened_at, account)),
        'A reply counts when the server received it, or at the earlier time that a manager enters (clause 2.7).'
    );
    PERFORM guard.require(
        after.begun_at IS NOT DISTINCT FROM before.begun_at OR after.begun_at IS NULL
        OR (after.begun_at = after.replied_at AND after.begun_at > before.begun_at)
        OR (guard.is_earlier(after.begun_at, before.begun_at)
            AND guard.may_have_happened(after.begun_at, after.opened_at, account)),
        'Work begins when the server is told, or at the earlier time that a manager enters (clause 2.7).'
    );
    PERFORM guard.require(
        after.planned_at IS NOT DISTINCT FROM before.planned_at OR after.planned_at IS NULL
        OR (guard.is_earlier(after.planned_at, before.planned_at)
            AND guard.may_have_happened(after.planned_at, after.opened_at, account)),
        'A plan counts when the server received it, or at the earlier time that a manager enters (clause 2.7).'
    );
    PERFORM guard.require(
        after.resolved_at IS NOT DISTINCT FROM before.resolved_at OR after.resolved_at IS NULL
        OR (guard.is_earlier(after.resolved_at, before.resolved_at)
            AND guard.may_have_happened(after.resolved_at, after.opened_at, account)),
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
        before.status NOT IN ('cancelled', 'merged')
        OR (after.replied_at, after.begun_at, after.planned_at, after.resolved_at)
            IS NOT DISTINCT FROM (before.replied_at, before.begun_at, before.planned_at, before.resolved_at),
        'A ticket that was cancelled or merged takes no more work (clauses 6.2, 6.3).'
    );
    PERFORM guard.require(
        before.status <> 'resolved' OR after.status <> 'resolved' OR NOT EXISTS (
            SELECT 1 FROM (VALUES
                (before.replied_at, after.replied_at), (before.begun_at, after.begun_at),
                (before.planned_at, after.planned_at)) AS done (was, made)
            WHERE made IS DISTINCT FROM was AND made > before.resolved_at),
        'A resolved ticket takes no more work but what was done before (clause 6.4).'
    );
    PERFORM guard.require(
        (after.planned_at IS NOT DISTINCT FROM before.planned_at OR coalesce(after.planned_at >= after.reopened_at, true))
        AND (after.resolved_at IS NOT DISTINCT FROM before.resolved_at
            OR coalesce(after.resolved_at >= after.reopened_at, true)),
        'To plan and to resolve count from the reopening (clause 2.7).'
    );
    PERFORM guard.require(
        after.is_open = (after.status NOT IN ('resolved', 'cancelled', 'merged')), 'A ticket is open or closed.'
    );
END $$;

DROP TRIGGER IF EXISTS guarded_begin ON public.ticket;
CREATE TRIGGER guarded_begin BEFORE INSERT ON public.ticket
    FOR EACH ROW EXECUTE FUNCTION guard.ticket_begins();
DROP TRIGGER IF EXISTS guarded ON public.ticket;
CREATE TRIGGER guarded BEFORE UPDATE ON public.ticket
    FOR EACH ROW EXECUTE FUNCTION guard.ticket_changes();
DROP TRIGGER IF EXISTS saved ON public.ticket;
CREATE TRIGGER saved AFTER INSERT OR UPDATE ON public.ticket
    FOR EACH ROW EXECUTE FUNCTION guard.ticket_is_saved();
