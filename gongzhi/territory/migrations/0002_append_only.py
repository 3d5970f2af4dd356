"""The history of places may be added to, never changed: the database itself refuses."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION territory_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'territory_placechange is append-only';
END $$;
CREATE TRIGGER placechange_append_only BEFORE UPDATE OR DELETE ON territory_placechange
    FOR EACH ROW EXECUTE FUNCTION territory_refuse_change();
"""
BACKWARD = """
DROP TRIGGER placechange_append_only ON territory_placechange;
DROP FUNCTION territory_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("territory", "0001_ground")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
