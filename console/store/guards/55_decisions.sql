-- Classifications and determinations (policy §3): by whom, and what may be taken back.

CREATE OR REPLACE FUNCTION guard.may_take_back(made jsonb, version integer) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN guard.holds('manager') OR (
        made ->> 'by' = session_user AND guard.stamp() <= (made ->> 'at')::timestamptz + (
            SELECT p.undo_within FROM guard.policy p WHERE p.version = may_take_back.version)
    );
END $$;

-- One that was kept before it had a ``lacked`` lacks nothing, and is the same when a console writes that down.
CREATE OR REPLACE FUNCTION guard.is_demotion_kept(before public.ticket, after public.ticket) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN '{"lacked": 0}'::jsonb || after.demotion IS NOT DISTINCT FROM '{"lacked": 0}'::jsonb || before.demotion;
END $$;

-- Confirmations, demotions and every change of priority (clauses 3.1, 3.2, 3.4, 3.5).
CREATE OR REPLACE FUNCTION guard.ticket_classification(before public.ticket, after public.ticket) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    account CONSTANT bigint := after.account_id;
    demoted CONSTANT boolean := after.demotion IS NOT NULL AND NOT guard.is_demotion_kept(before, after);
    restored CONSTANT boolean := before.demotion IS NOT NULL AND after.demotion IS NULL;
BEGIN
    PERFORM guard.require(
        before.is_open OR (after.demotion, after.confirmation) IS NOT DISTINCT FROM (before.demotion, before.confirmation),
        'A closed ticket keeps its classification (clauses 3.1, 3.2).'
    );
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
            AND (before.priority, after.priority) = ('urgent', 'emergency')
            AND after.confirmation IS NOT DISTINCT FROM nullif(before.demotion -> 'confirmation', 'null'),
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
    overturned CONSTANT jsonb := nullif(before.determination -> 'overturned', 'null');
BEGIN
    IF after.determination IS DISTINCT FROM before.determination THEN
        IF guard.holds('manager') AND after.determination IS NOT NULL
            AND after.determination - 'price' IS DISTINCT FROM overturned - 'price'
            AND after.determination - 'price' IS DISTINCT FROM before.determination - 'price' THEN
            PERFORM guard.require(
                guard.is_mine_now(after.determination, account),
                'A determination is made by whoever is signed in, at the server''s time (clause 3.3).'
            );
            PERFORM guard.require(
                (after.determination ->> 'price')::integer
                    = CASE WHEN after.missed = before.missed THEN before.held ELSE 0 END,
                'A determination keeps what the ticket held until then.'
            );
            PERFORM guard.require(
                after.determination ->> 'free' IS DISTINCT FROM before.determination ->> 'free',
                'What is decided already is not decided again (clause 3.3).'
            );
            PERFORM guard.require(
                after.proposal IS NULL
                AND nullif(after.determination -> 'proposal', 'null') IS NOT DISTINCT FROM before.proposal
                AND nullif(after.determination -> 'overturned', 'null')
                    IS NOT DISTINCT FROM before.determination || '{"overturned": null}',
                'A determination keeps the proposal that it answers and the decision that it overturns.'
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
                    guard.price(after.policy_version, after.hosting, after.option, after.priority)
                        - CASE WHEN after.demotion IS NULL
                            THEN coalesce((before.demotion ->> 'lacked')::integer, 0) ELSE 0 END)
                AND after.priority <> before.priority,
                'What a customer authorised is the price of the new priority, but for what a reversed demotion lacked.'
            );
        ELSE
            PERFORM guard.require(
                guard.holds('manager') AND before.determination ->> 'by' = session_user
                AND after.determination - 'price' IS NOT DISTINCT FROM overturned - 'price'
                AND after.proposal IS NOT DISTINCT FROM nullif(before.determination -> 'proposal', 'null')
                AND guard.may_take_back(before.determination, after.policy_version)
                AND guard.stamp() <= (before.determination ->> 'at')::timestamptz + (
                    SELECT p.undo_within FROM guard.policy p WHERE p.version = after.policy_version),
                'Only a manager decides on a free issue; only its author takes a decision back, in time (clause 3.3).'
            );
        END IF;
    END IF;
    IF after.proposal IS DISTINCT FROM before.proposal AND after.proposal IS NOT NULL THEN
        PERFORM guard.require(
            (num_nonnulls(before.proposal, before.determination) = 0 AND guard.is_mine_now(after.proposal, account))
            OR after.proposal - 'question' = before.proposal - 'question'
            OR (after.proposal = before.determination -> 'proposal'
                AND after.determination IS DISTINCT FROM before.determination),
            'An issue is proposed by whoever is signed in, at the server''s time (clause 3.3).'
        );
    END IF;
    IF after.proposal IS NULL AND before.proposal IS NOT NULL
        AND NOT (before.is_open AND after.status IN ('cancelled', 'merged'))
        AND after.determination IS NOT DISTINCT FROM before.determination THEN
        PERFORM guard.require(
            before.proposal ->> 'by' = session_user OR guard.holds('manager'),
            'A proposal is withdrawn by its author or closed by a manager (clause 3.3).'
        );
    END IF;
END $$;
