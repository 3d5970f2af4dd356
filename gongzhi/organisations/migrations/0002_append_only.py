"""The history of organisations may be added to, never changed: the database itself refuses."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION organisations_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'organisations_organisationchange is append-only';
END $$;
CREATE TRIGGER organisationchange_append_only BEFORE UPDATE OR DELETE ON organisations_organisationchange
    FOR EACH ROW EXECUTE FUNCTION organisations_refuse_change();
"""
BACKWARD = """
DROP TRIGGER organisationchange_append_only ON organisations_organisationchange;
DROP FUNCTION organisations_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_ground")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
