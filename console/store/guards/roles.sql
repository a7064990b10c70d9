-- The group roles of a shared database. Run by `support-console server init` and `upgrade`, with a login that may.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['owner', 'keeper', 'agent', 'manager', 'supervisor', 'administrator', 'auditor', 'system']
    LOOP
        IF to_regrole('console_' || name) IS NULL THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', 'console_' || name);
        END IF;
    END LOOP;
END $$;

-- A manager may do all that an agent may (clause 7.1).
GRANT console_agent TO console_manager;

-- The keeper is nobody's login: it owns the functions that add and remove people and that look at and end
-- sessions, and may do nothing else.
ALTER ROLE console_keeper CREATEROLE;
GRANT console_agent, console_manager, console_supervisor, console_administrator, console_auditor, console_system
    TO console_keeper WITH ADMIN OPTION;
GRANT pg_signal_backend, pg_read_all_stats TO console_keeper;

-- Whoever sets up the database may act as its owner, for upgrades.
DO $$
BEGIN
    -- Since PostgreSQL 16 whoever made a role is a member of it, but may not act as it.
    IF NOT pg_has_role(session_user, 'console_owner', CASE
        WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
        EXECUTE format('GRANT console_owner, console_keeper TO %I', session_user);
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO console_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO console_agent, console_manager, console_supervisor,'
                   ' console_administrator, console_auditor, console_system', current_database());
END $$;

-- No large objects: anybody could fill the disk with them. Only a superuser can close them; the lint says when not.
DO $$
DECLARE
    made regprocedure;
BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        FOR made IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace
            AND p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'lo_import', 'lo_put', 'lowrite',
                              'pg_logical_emit_message')
        LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', made);
        END LOOP;
    END IF;
END $$;

ALTER SCHEMA public OWNER TO console_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- What is made later is closed until it is granted.
ALTER DEFAULT PRIVILEGES FOR ROLE console_owner REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE console_owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE console_keeper REVOKE ALL ON FUNCTIONS FROM PUBLIC;
