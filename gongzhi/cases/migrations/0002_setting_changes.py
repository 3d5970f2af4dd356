"""The history of the settings may be added to, never changed: the database itself refuses."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION cases_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'cases_settingchange is append-only';
END $$;
CREATE TRIGGER settingchange_append_only BEFORE UPDATE OR DELETE ON cases_settingchange
    FOR EACH ROW EXECUTE FUNCTION cases_refuse_change();
"""
BACKWARD = """
DROP TRIGGER settingchange_append_only ON cases_settingchange;
DROP FUNCTION cases_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_cases"),
        ("territory", "0003_uploads"),
    ]

    operations = [
        migrations.CreateModel(
            name="SettingChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("category", "诉求类别"),
                            ("rule", "派单规则"),
                            ("limit", "办理时限"),
                            ("day", "工作日历"),
                        ],
                        max_length=10,
                        verbose_name="哪一类",
                    ),
                ),
                ("subject", models.CharField(max_length=120, verbose_name="改的是")),
                ("key", models.CharField(db_collation="C", max_length=40)),
                ("before", models.JSONField(default=dict, verbose_name="改之前")),
                ("after", models.JSONField(default=dict, verbose_name="改之后")),
                ("by_id", models.BigIntegerField(verbose_name="办理人")),
                ("by_name", models.CharField(max_length=60, verbose_name="办理人姓名")),
                ("duty_id", models.BigIntegerField(verbose_name="依据的岗位")),
                ("on_behalf_of", models.BigIntegerField(null=True, verbose_name="代谁办")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "place",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.place",
                        verbose_name="地点",
                    ),
                ),
            ],
            options={
                "verbose_name": "设置变更记录",
                "verbose_name_plural": "设置变更记录",
                "indexes": [models.Index(fields=["kind", "-id"], name="settingchange_kind")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
