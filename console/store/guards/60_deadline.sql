-- Deadlines: due when the policy's figures say so, missed when the server's clock says so.

-- What was promised since the ticket was last reopened, by its order and not by its instants alone: a clock may have been
-- set back in between. All of it where the ticket was never reopened (clause 6.1).
CREATE OR REPLACE FUNCTION guard.promised_since(t public.ticket) RETURNS SETOF public.deadline
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT d.* FROM public.deadline d WHERE d.ticket_id = t.id AND (t.reopened_at IS NULL OR (
        d.start <> 'opened' AND d.position >= (
            SELECT coalesce(
                min(o.position) FILTER (WHERE o.start = 'reopened' AND o.counted_from = t.reopened_at),
                min(o.position) FILTER (WHERE o.start <> 'opened' AND o.counted_from >= t.reopened_at))
            FROM public.deadline o WHERE o.ticket_id = t.id)));
END $$;

CREATE OR REPLACE FUNCTION guard.deadline_begins() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t public.ticket;
    again boolean;
    due timestamptz;
BEGIN
    IF guard.trusted() THEN RETURN NEW; END IF;
    SELECT * INTO t FROM public.ticket WHERE id = NEW.ticket_id;
    PERFORM guard.require(
        guard.was_saved(NEW.ticket_id) AND guard.gives_promises(NEW.ticket_id),
        'A promise is given by an act that opens its ticket, opens it again or changes its priority.'
    );
    PERFORM guard.require(t.opened_at IS NOT NULL, 'Nothing is promised before the opening (clauses 2.4, 4.2).');
    PERFORM guard.require(
        NEW.position = (SELECT count(*) FROM public.deadline d WHERE d.ticket_id = NEW.ticket_id),
        'Promises are kept in the order in which they are given.'
    );
    PERFORM guard.require(
        EXISTS (
            SELECT 1 FROM guard.promise p
            WHERE (p.version, p.option, p.priority, p.milestone, p.amount, p.business)
                = (t.policy_version, t.option, t.priority, NEW.milestone, NEW.amount, NEW.business)
            AND CASE WHEN t.reopened_at IS NULL THEN (p.kind, p.clause) = (NEW.kind, NEW.clause)
                ELSE (NEW.kind, NEW.clause) = ('goal', '6.1') END
        ),
        'The policy promises something else for this priority (clause 2.2).'
    );
    -- What a demotion had replaced runs again when it is taken back (clause 3.5).
    again := EXISTS (
        SELECT 1 FROM guard.promised_since(t) d WHERE d.position < NEW.position
        AND (d.milestone, d.kind, d.amount, d.business, d.clause, d.start, d.counted_from, d.due_at)
            = (NEW.milestone, NEW.kind, NEW.amount, NEW.business, NEW.clause, NEW.start, NEW.counted_from, NEW.due_at)
        AND d.ended = 'replaced' AND NEW.due_at >= guard.now_of(t.account_id)
    );
    IF NOT again THEN
        PERFORM guard.require(
            CASE NEW.start
                WHEN 'opened' THEN NEW.counted_from = t.opened_at
                WHEN 'reopened' THEN NEW.counted_from = t.reopened_at
                ELSE guard.is_now(NEW.counted_from, t.account_id)
            END,
            'A promise counts from the opening, the reopening or the change, at the server''s time (clause 2.4).'
        );
        due := guard.due(t.policy_version, NEW.counted_from, NEW.amount, NEW.business);
        PERFORM guard.require(
            NEW.due_at = due OR (NEW.start = 'changed' AND NEW.due_at < due),
            'A promise is due when the stored opening hours say so (clauses 2.4 to 2.6).'
        );
    END IF;
    PERFORM guard.require(NEW.ended IS NULL, 'A new promise runs.');
    PERFORM guard.require(
        NEW.kind = 'goal' OR (NOT NEW.missed AND (NEW.due_at >= guard.now_of(t.account_id) OR NEW.met_at <= NEW.due_at)),
        'No guarantee is missed before it was given (clause 3.4).'
    );
    PERFORM guard.deadline_is_met(NEW, t);
    PERFORM guard.deadline_is_missed(NEW, t, false);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION guard.deadline_changes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t public.ticket;
BEGIN
    IF guard.trusted() THEN RETURN NEW; END IF;
    SELECT * INTO t FROM public.ticket WHERE id = OLD.ticket_id;
    PERFORM guard.require(guard.was_saved(OLD.ticket_id), 'A promise changes by an act on its ticket.');
    PERFORM guard.require(OLD.ended IS NULL, 'A promise that has ended stays as it is.');
    PERFORM guard.require(
        (NEW.ticket_id, NEW.position, NEW.milestone, NEW.kind, NEW.amount, NEW.business, NEW.clause, NEW.start,
         NEW.counted_from, NEW.due_at)
        = (OLD.ticket_id, OLD.position, OLD.milestone, OLD.kind, OLD.amount, OLD.business, OLD.clause, OLD.start,
           OLD.counted_from, OLD.due_at),
        'What was promised stands; another promise may replace it.'
    );
    IF NEW.met_at IS DISTINCT FROM OLD.met_at THEN
        PERFORM guard.deadline_is_met(NEW, t);
    END IF;
    PERFORM guard.require(
        NEW.missed OR NEW.ended IS NOT NULL OR NEW.met_at IS NULL OR NEW.met_at <= NEW.due_at,
        'A promise that is met late is missed (clause 4.3).'
    );
    IF (NEW.missed, NEW.credited) IS DISTINCT FROM (OLD.missed, OLD.credited) THEN
        IF OLD.missed AND NOT NEW.missed THEN
            PERFORM guard.require(
                guard.holds('manager') AND NEW.met_at <= NEW.due_at,
                'A miss is withdrawn by a manager who enters an act in time (clause 2.7).'
            );
        END IF;
        PERFORM guard.deadline_is_missed(NEW, t, OLD.missed);
    END IF;
    IF (NEW.ended, NEW.ended_at) IS DISTINCT FROM (OLD.ended, OLD.ended_at) THEN
        PERFORM guard.require(
            guard.is_now(NEW.ended_at, t.account_id)
            AND CASE NEW.ended WHEN 'void' THEN t.status IN ('cancelled', 'merged')
                ELSE t.is_open AND guard.gives_promises(t.id) END
            AND NOT OLD.missed AND OLD.met_at IS NULL AND OLD.due_at >= NEW.ended_at,
            'A promise ends with its ticket or when another replaces it, and not after it was missed.'
        );
    END IF;
    RETURN NEW;
END $$;

-- Met by the act that the ticket records, or no longer met when that act was taken back.
CREATE OR REPLACE FUNCTION guard.deadline_is_met(d public.deadline, t public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        d.met_at IS NOT DISTINCT FROM guard.met_by(t, d.milestone),
        'A promise is met by the act that is recorded on its ticket (clause 2.2).'
    );
END $$;

CREATE OR REPLACE FUNCTION guard.deadline_is_missed(
    d public.deadline, t public.ticket, was_missed boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT d.missed THEN
        PERFORM guard.require(d.credited = 0, 'Only a miss is credited (clause 4.3).');
        RETURN;
    END IF;
    PERFORM guard.require(
        was_missed OR (d.due_at < coalesce(d.met_at, guard.now_of(t.account_id)) AND d.ended IS NULL),
        'A promise is missed when its time has passed on the server''s clock (clause 4.3).'
    );
    PERFORM guard.require(
        d.credited <= (SELECT -coalesce(sum(e.tokens), 0) FROM public.entry e
                       WHERE e.ticket_id = t.id AND e.tokens < 0),
        'A miss credits at most what was charged (clause 4.4).'
    );
END $$;

DROP TRIGGER IF EXISTS guarded_begin ON public.deadline;
CREATE TRIGGER guarded_begin BEFORE INSERT ON public.deadline
    FOR EACH ROW EXECUTE FUNCTION guard.deadline_begins();
DROP TRIGGER IF EXISTS guarded ON public.deadline;
CREATE TRIGGER guarded BEFORE UPDATE ON public.deadline
    FOR EACH ROW EXECUTE FUNCTION guard.deadline_changes();

-- At the end of an act: what a promise was met by, what its miss had credited, and what the journal tells of both.
CREATE OR REPLACE FUNCTION guard.promise_keeps() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    was_missed CONSTANT boolean := coalesce(OLD.missed, false);
    told CONSTANT text := CASE WHEN NOT NEW.missed THEN 'MissWithdrawn'
        WHEN NEW.kind = 'guarantee' THEN 'GuaranteeMissed' ELSE 'GoalMissed' END;
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    PERFORM guard.require_ending();
    PERFORM guard.require(
        OLD.met_at IS NULL OR coalesce(NEW.met_at <= OLD.met_at, false) OR guard.is_unmet(NEW, OLD.met_at),
        'What a promise was met by counts until that very act is taken back (clause 3.5).'
    );
    PERFORM guard.require(
        CASE WHEN NOT NEW.missed THEN true
            WHEN NEW.kind = 'goal' THEN NEW.credited = 0
            WHEN was_missed THEN NEW.credited = OLD.credited
                OR (NEW.credited > OLD.credited AND guard.tells(NEW.ticket_id, 'MissWithdrawn'))
            ELSE NEW.credited = guard.credited_by(NEW)
                OR (NEW.credited > guard.credited_by(NEW) AND guard.tells(NEW.ticket_id, 'MissWithdrawn')) END,
        'A miss names what it credited, and keeps it (clause 4.3).'
    );
    IF NEW.missed = was_missed THEN RETURN NULL; END IF;
    PERFORM guard.require(
        NEW.missed OR guard.passes_on(NEW.ticket_id, OLD.credited),
        'What a miss had credited is charged again when it is withdrawn, or passes to the next (clause 2.7).'
    );
    PERFORM guard.require(
        guard.tells_that(NEW.ticket_id, told, jsonb_build_object('milestone', NEW.milestone)),
        'A miss is told to the journal in the same transaction.'
    );
    RETURN NULL;
END $$;

-- Taken back by the act that met it; one since a reopening had met nothing that was promised before.
CREATE OR REPLACE FUNCTION guard.is_unmet(d public.deadline, met_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (guard.takes_back(d.ticket_id, 'begin', 'WorkBegun', met_at)
            OR guard.takes_back(d.ticket_id, 'plan', 'PlanSent', met_at)
            OR guard.takes_back(d.ticket_id, 'resolve', 'TicketResolved', met_at))
        AND EXISTS (
            SELECT 1 FROM public.ticket t WHERE t.id = d.ticket_id
            AND (coalesce(t.reopened_at > is_unmet.met_at, true)
                OR d.position IN (SELECT s.position FROM guard.promised_since(t) s)));
END $$;

-- What this act credits for the miss.
CREATE OR REPLACE FUNCTION guard.credited_by(d public.deadline) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT coalesce(sum(e.tokens), 0) FROM public.entry e
        WHERE e.ticket_id = d.ticket_id AND e.cause = d.milestone || '_missed' AND e.at = d.due_at
        AND e.xmin = pg_current_xact_id()::xid AND d.kind = 'guarantee');
END $$;

CREATE OR REPLACE FUNCTION guard.passes_on(id bigint, tokens integer) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT CASE WHEN t.missed <> '' THEN passes_on.tokens <= (
                SELECT sum(d.credited) FROM public.deadline d
                WHERE d.ticket_id = t.id AND d.missed AND d.kind = 'guarantee')
            ELSE t.is_free OR t.held >= least(passes_on.tokens, t.price) END
        FROM public.ticket t WHERE t.id = passes_on.id);
END $$;

DROP TRIGGER IF EXISTS told ON public.deadline;
CREATE CONSTRAINT TRIGGER told AFTER INSERT OR UPDATE ON public.deadline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.promise_keeps();

-- What this act put another promise in the place of is known by the number of its transaction, like its facts.
CREATE OR REPLACE FUNCTION guard.end_is_heard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        guard.trusted() OR NEW.ended IS NOT DISTINCT FROM OLD.ended OR (
            SELECT d.xmin = pg_current_xact_id()::xid FROM public.deadline d
            WHERE (d.ticket_id, d.position) = (NEW.ticket_id, NEW.position)),
        'A promise ends outside every savepoint.'
    );
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS heard ON public.deadline;
CREATE TRIGGER heard AFTER UPDATE OF ended ON public.deadline
    FOR EACH ROW EXECUTE FUNCTION guard.end_is_heard();

-- Whether the ticket's promise of ``made`` takes the place of one of ``before``: of the same milestone, or, where the
-- ticket's priority does not give that one, a first promise (respond, begin) in the place of a first one.
CREATE OR REPLACE FUNCTION guard.takes_over(t public.ticket, made text, before text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN made = before OR ('resolve_or_plan' NOT IN (made, before) AND NOT EXISTS (
        SELECT 1 FROM guard.promise p
        WHERE (p.version, p.option, p.priority, p.milestone) = (t.policy_version, t.option, t.priority, before)));
END $$;

-- When the running promise was due that this act put another one in the place of; NULL for none.
CREATE OR REPLACE FUNCTION guard.replaced_due(t public.ticket, made public.deadline) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT d.due_at FROM public.deadline d
        WHERE d.ticket_id = made.ticket_id AND d.position < made.position
        AND d.ended = 'replaced' AND d.ended_at >= guard.stamp() AND d.xmin = pg_current_xact_id()::xid
        AND d.met_at IS NULL AND NOT d.missed AND guard.takes_over(t, made.milestone, d.milestone)
        ORDER BY (d.milestone = made.milestone) DESC, d.position DESC LIMIT 1
    );
END $$;

-- When the same promise was due the last time that it was given since the reopening; NULL for never.
CREATE OR REPLACE FUNCTION guard.due_before(t public.ticket, made public.deadline) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT d.due_at FROM guard.promised_since(t) d WHERE d.position < made.position
        AND (d.milestone, d.kind, d.amount, d.business, d.clause)
            = (made.milestone, made.kind, made.amount, made.business, made.clause)
        ORDER BY d.position DESC LIMIT 1
    );
END $$;

-- Raised: the promise starts at the change and never ends later than the one it replaces; else it counts from the
-- opening or the reopening, and from the change only in the place of none (clause 3.4). When a demotion is taken back,
-- what it had replaced runs again, and begins afresh only where it lies in the past (clause 3.5).
CREATE OR REPLACE FUNCTION guard.promise_follows_its_act() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t public.ticket;
    due timestamptz;
    replaced timestamptz;
    earlier timestamptz;
    afresh boolean;
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    PERFORM guard.require_ending();
    SELECT * INTO t FROM public.ticket WHERE id = NEW.ticket_id;
    due := guard.due(t.policy_version, NEW.counted_from, NEW.amount, NEW.business);
    replaced := guard.replaced_due(t, NEW);
    earlier := guard.due_before(t, NEW);
    afresh := NEW.start = 'changed' AND guard.is_now(NEW.counted_from, t.account_id);
    IF guard.tells(t.id, 'DemotionReversed') THEN
        PERFORM guard.require(
            coalesce(NEW.due_at = earlier, NEW.start <> 'changed')
                OR (afresh AND NEW.due_at = due AND coalesce(earlier < NEW.counted_from, true)),
            'A promise that a demotion had replaced runs again as it was (clause 3.5).'
        );
    ELSIF guard.tells_raised(t.id) THEN
        PERFORM guard.require(
            (afresh AND NEW.due_at = least(due, replaced))
                OR (NEW.start = 'opened' AND guard.is_now(t.opened_at, t.account_id)),
            'A raised priority''s promise starts at the change and never ends later than the one it replaces (clause 3.4).'
        );
    ELSE
        PERFORM guard.require(
            CASE NEW.start WHEN 'changed' THEN afresh AND NEW.due_at = due AND replaced IS NULL
                WHEN 'opened' THEN t.reopened_at IS NULL OR replaced IS NOT NULL ELSE true END,
            'A promise counts from the opening, and from the change only in the place of none (clause 3.4).'
        );
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS follows ON public.deadline;
CREATE CONSTRAINT TRIGGER follows AFTER INSERT ON public.deadline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.promise_follows_its_act();
