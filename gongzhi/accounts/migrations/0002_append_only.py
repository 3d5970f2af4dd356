"""The history of accounts may be added to, never changed: the database itself refuses."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'accounts_accountchange is append-only';
END $$;
CREATE TRIGGER accountchange_append_only BEFORE UPDATE OR DELETE ON accounts_accountchange
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change();
"""
BACKWARD = """
DROP TRIGGER accountchange_append_only ON accounts_accountchange;
DROP FUNCTION accounts_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_accounts")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
