"""Events keep the ids and numbers that figures count by; they are under the hash and outlive an erased body."""

from django.db import migrations

FORWARD = "ALTER TABLE kernel_event ADD COLUMN facts text"
BACKWARD = "ALTER TABLE kernel_event DROP COLUMN facts"


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_events")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
