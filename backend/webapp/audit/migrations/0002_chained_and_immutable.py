from django.db import migrations

CREATE = """
CREATE FUNCTION audit_append(
    at timestamptz, at_text text, actor text, action text, target text, address text, outcome text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last_number bigint := 0;
    last_hash text := repeat('0', 64);
BEGIN
    -- One after the other, until each has committed: the next statement sees the entry before.
    PERFORM pg_advisory_xact_lock(hashtext('webapp.audit'));
    SELECT number, entry_hash INTO last_number, last_hash FROM audit_auditentry ORDER BY number DESC LIMIT 1;
    last_number := coalesce(last_number, 0) + 1;
    last_hash := coalesce(last_hash, repeat('0', 64));
    INSERT INTO audit_auditentry
        (number, at, actor, action, target, address, outcome, previous_hash, entry_hash)
    VALUES (last_number, at, actor, action, target, address, outcome, last_hash, encode(sha256(convert_to(
        concat_ws(chr(31), last_number, last_hash, at_text, actor, action, target, address, outcome), 'UTF8'
    )), 'hex'));
END
$$;
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was done is never changed or deleted.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_entry_is_immutable BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
"""
DROP = """
DROP TRIGGER audit_entry_is_immutable ON audit_auditentry;
DROP FUNCTION audit_refuse_change();
DROP FUNCTION audit_append(timestamptz, text, text, text, text, text, text);
"""


class Migration(migrations.Migration):
    """Entries are chained by the database, one at a time, and it refuses to change them."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
