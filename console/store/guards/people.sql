-- People: a login for each, in the groups of their roles. Owned by the keeper, called by administrators.

CREATE OR REPLACE FUNCTION guard.require_administration() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        guard.trusted() OR guard.holds('administrator'), 'Only an administrator can change the People list (clause 7.1).'
    );
END $$;

CREATE OR REPLACE FUNCTION guard.require_plain_login(login text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require(
        octet_length(login) BETWEEN 1 AND 63 AND login = normalize(login, NFC) AND login !~ '[[:cntrl:]]',
        'A login is 1 to 63 bytes of plain text.'
    );
    PERFORM guard.require(
        login !~ '^(pg_|console_)' AND login NOT IN ('public', 'none'), 'This login is kept for the server itself.');
END $$;

CREATE OR REPLACE FUNCTION guard.add_person(login text, name text, roles text[], verifier text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM guard.require_administration();
    PERFORM guard.require_plain_login(login);
    PERFORM guard.require(
        to_regrole(quote_ident(login)) IS NULL,
        'There is such a login on this server already. Choose "Login exists" (--existing-login), or another login.');
    PERFORM guard.require(verifier LIKE 'SCRAM-SHA-256$%', 'A password is sent as its SCRAM verifier, never as it is.');
    EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L', login, verifier);
    PERFORM guard.save_person(login, name, true, roles);
END $$;

CREATE OR REPLACE FUNCTION guard.save_person(login text, name text, on_shift boolean, roles text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known CONSTANT text[] := ARRAY['agent', 'manager', 'supervisor', 'administrator', 'auditor', 'system'];
    role text;
    held boolean;
    changed boolean := false;
BEGIN
    PERFORM guard.require_administration();
    PERFORM guard.require_plain_login(login);
    PERFORM guard.stamp();
    -- One change of the list after the other, or two administrators could take each other off it.
    LOCK TABLE public.person_role IN SHARE ROW EXCLUSIVE MODE;
    PERFORM guard.require(
        length(name) BETWEEN 1 AND 200 AND name !~ '[[:cntrl:]]', 'A name is 1 to 200 characters of plain text.'
    );
    PERFORM guard.require(roles <@ known, 'A person is an agent, manager, supervisor, administrator or auditor.');
    PERFORM guard.require(
        to_regrole(quote_ident(login)) IS NOT NULL,
        'There is no such login on this server yet. Add the person with a new login.');
    PERFORM guard.require(
        guard.trusted() OR NOT EXISTS (
            SELECT 1 FROM pg_roles r WHERE r.rolname = login
            AND (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication
                OR EXISTS (SELECT 1 FROM pg_database d WHERE d.datdba = r.oid)
                OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid
                           AND m.roleid NOT IN (SELECT to_regrole('console_' || each) FROM unnest(known) each)))),
        'This login has powers on the server itself; only the owner decides on it.'
    );
    -- A group may be held for another database of the server; here it gives nothing that the list does not.
    PERFORM guard.require(
        login <> session_user OR guard.trusted() OR roles <@ ARRAY(
            SELECT r.role::text FROM public.person_role r WHERE r.login = session_user
            UNION SELECT unnest(ARRAY['auditor', 'system'])),
        'Nobody changes their own roles.'
    );
    FOREACH role IN ARRAY known LOOP
        held := EXISTS (
            SELECT 1 FROM pg_auth_members m WHERE m.roleid = to_regrole('console_' || role)
            AND m.member = to_regrole(quote_ident(login)));
        CONTINUE WHEN held = (role = ANY (roles));
        PERFORM guard.require(login <> session_user OR guard.trusted(), 'Nobody changes their own roles.');
        IF held THEN
            EXECUTE format('REVOKE %I FROM %I', 'console_' || role, login);
        ELSE
            EXECUTE format('GRANT %I TO %I', 'console_' || role, login);
        END IF;
        changed := true;
    END LOOP;
    INSERT INTO public.person AS p (login, name, on_shift) VALUES (login, name, on_shift)
        ON CONFLICT ON CONSTRAINT person_pk DO UPDATE SET name = excluded.name, on_shift = excluded.on_shift;
    DELETE FROM public.person_role r WHERE r.login = save_person.login;
    INSERT INTO public.person_role (login, role)
        SELECT save_person.login, each FROM unnest(roles) AS each WHERE each NOT IN ('auditor', 'system');
    PERFORM guard.require(
        guard.trusted() OR EXISTS (SELECT 1 FROM public.person_role r WHERE r.role = 'administrator'),
        'At least one person must be an administrator, or nobody could change the list again.'
    );
END $$;

-- Offboarding: no group, no login, no open session. The name stays for what the person did.
CREATE OR REPLACE FUNCTION guard.remove_person(login text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    person_name text;
BEGIN
    PERFORM guard.require_administration();
    SELECT p.name INTO person_name FROM public.person p WHERE p.login = remove_person.login;
    PERFORM guard.require(person_name IS NOT NULL, 'This login is not on the People list.');
    PERFORM guard.require(login <> session_user, 'Nobody removes themselves.');
    PERFORM guard.save_person(login, person_name, false, ARRAY[]::text[]);
    BEGIN
        EXECUTE format('ALTER ROLE %I NOLOGIN', login);
    EXCEPTION WHEN insufficient_privilege THEN
        -- A login that the server's owner made stays theirs to bar; without a group it cannot enter this database.
        NULL;
    END;
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE a.usename = remove_person.login;
END $$;

REVOKE ALL ON FUNCTION guard.require_administration(), guard.require_plain_login(text),
    guard.add_person(text, text, text[], text), guard.save_person(text, text, boolean, text[]),
    guard.remove_person(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION guard.add_person(text, text, text[], text),
    guard.save_person(text, text, boolean, text[]), guard.remove_person(text) TO console_administrator;
