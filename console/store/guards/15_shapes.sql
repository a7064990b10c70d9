-- What a record that is kept as JSON may look like, written by ``install`` from the program's own classes: a record
-- that no console could read would stop every desk, and the journal keeps it for good.

CREATE OR REPLACE FUNCTION guard.fits(record text, data jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce(jsonb_typeof(data) = 'object', false) AND NOT EXISTS (
        SELECT 1 FROM (SELECT * FROM guard.field f WHERE f.record = fits.record) f
        FULL JOIN jsonb_each(CASE jsonb_typeof(data) WHEN 'object' THEN data ELSE '{}' END) d ON d.key = f.name
        WHERE CASE
            WHEN f.name IS NULL THEN true
            WHEN d.key IS NULL THEN NOT f.may_miss
            WHEN d.value = 'null' THEN NOT f.may_be_null
            ELSE NOT guard.is_a(d.value, f.type, f.words) END
    );
END $$;

-- ``words``: what is allowed, for a type with few values; the name of the record, for a nested one.
CREATE OR REPLACE FUNCTION guard.is_a(value jsonb, type text, words text[]) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE type
        WHEN 'bool' THEN jsonb_typeof(value) = 'boolean'
        WHEN 'int' THEN jsonb_typeof(value) = 'number' AND value::text ~ '^-?[0-9]{1,15}$'
        WHEN 'str' THEN jsonb_typeof(value) = 'string' AND length(value #>> '{}') <= guard.longest()
        WHEN 'word' THEN jsonb_typeof(value) = 'string' AND value #>> '{}' = ANY (words)
        WHEN 'datetime' THEN jsonb_typeof(value) = 'string'
            AND value #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.](?!000000)[0-9]{6})?[+]00:00$'
            AND (value #>> '{}')::timestamptz BETWEEN '1970-01-01Z' AND '9999-01-01Z'
        WHEN 'strs' THEN jsonb_typeof(value) = 'array' AND length(value::text) <= guard.longest() AND NOT EXISTS (
            SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END) e
            WHERE jsonb_typeof(e) <> 'string')
        WHEN 'record' THEN guard.fits(words[1], value)
        ELSE false END;
END $$;

-- A text that is longer than the console keeps would fill the disk and hold up every window that shows it. A record is
-- measured by its fields, not by the JSON around them: see ``fits``.
CREATE OR REPLACE FUNCTION guard.is_short() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Hardly any row is as long as one text may be.
    IF length(NEW::text) <= guard.longest() THEN RETURN NEW; END IF;
    PERFORM guard.require(
        guard.trusted() OR NOT EXISTS (
            SELECT 1 FROM jsonb_each_text(to_jsonb(NEW)) each WHERE length(each.value) > guard.longest()
            AND each.key NOT IN (SELECT f.record FROM guard.field f)),
        'This text is longer than what is kept.'
    );
    RETURN NEW;
END $$;

DO $$
DECLARE
    written text;
BEGIN
    FOREACH written IN ARRAY ARRAY['account', 'contact', 'ticket', 'entry', 'request', 'policy_version'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS is_short ON public.%I', written);
        EXECUTE format('CREATE TRIGGER is_short BEFORE INSERT OR UPDATE ON public.%I
                        FOR EACH ROW EXECUTE FUNCTION guard.is_short()', written);
    END LOOP;
END $$;
