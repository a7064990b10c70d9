-- Takes guards and grants away, of whichever program they were. Nobody but the owner may do anything then. What
-- belongs to somebody else is left for the lint to name.

DO $$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT p.oid::regprocedure AS made FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'guard'
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', each.made);
    END LOOP;
    FOR each IN SELECT c.oid::regclass AS made, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('public', 'guard') AND c.relkind IN ('r', 'S') AND c.relowner = to_regrole(current_user)
    LOOP
        EXECUTE format(
            'REVOKE ALL ON %s %s FROM PUBLIC, console_agent, console_manager, console_supervisor, console_administrator,'
            ' console_auditor, console_system, console_keeper',
            CASE each.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, each.made);
    END LOOP;
    FOR each IN SELECT n.nspname AS made FROM pg_namespace n WHERE n.nspname IN ('public', 'guard')
        AND n.nspowner = to_regrole(current_user)
    LOOP
        EXECUTE format(
            'REVOKE ALL ON SCHEMA %I FROM PUBLIC, console_agent, console_manager, console_supervisor,'
            ' console_administrator, console_auditor, console_system, console_keeper', each.made);
    END LOOP;
    FOR each IN SELECT p.polname AS made, p.polrelid::regclass AS on_table FROM pg_policy p
        JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP POLICY %I ON %s', each.made, each.on_table);
    END LOOP;
END $$;
