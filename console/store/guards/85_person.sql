-- The People list changes through the keeper's functions (``people.sql``), and every change of it is told.

-- Whether the journal's words about a person are what the list and the groups of the server say now.
CREATE OR REPLACE FUNCTION guard.is_saved_person(said jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM public.person p WHERE p.login = said ->> 'login' AND p.name = said ->> 'name')
        AND ARRAY(SELECT jsonb_array_elements_text(said -> 'roles') ORDER BY 1) = ARRAY(
            SELECT r.role::text FROM public.person_role r WHERE r.login = said ->> 'login'
            UNION SELECT substr(g.rolname, 9) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                WHERE m.member = to_regrole(quote_ident(said ->> 'login'))
                AND g.rolname IN ('console_auditor', 'console_system')
            ORDER BY 1);
END $$;

CREATE OR REPLACE FUNCTION guard.person_is_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF guard.trusted() THEN RETURN NULL; END IF;
    PERFORM guard.require_ending();
    PERFORM guard.require(
        TG_TABLE_NAME <> 'person' OR EXISTS (
            SELECT 1 FROM public.person p WHERE p.login = NEW.login AND p.name = to_jsonb(NEW) ->> 'name'),
        'A person has one name in an act.'
    );
    PERFORM guard.require(
        EXISTS (
            SELECT 1 FROM public.fact f JOIN guard.act a ON a.xid = pg_current_xact_id_if_assigned()
            WHERE f.kind = 'PersonSaved' AND f.data ->> 'login' = coalesce(NEW.login, OLD.login)
            AND f.number > guard.told_before()
            AND f.xmin = a.xid::xid AND f.recorded_at >= a.at AND guard.is_saved_person(f.data)
        ),
        'A change of the People list is told to the journal in the same transaction.'
    );
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS told ON public.person;
CREATE CONSTRAINT TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON public.person
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.person_is_told();
DROP TRIGGER IF EXISTS told ON public.person_role;
CREATE CONSTRAINT TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON public.person_role
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard.person_is_told();
