"""Rollups of the events; the database notes which days have grown, and keeps what was published as it was."""

import django.contrib.postgres.fields
import django.db.models.deletion
import gongzhi.statistics.models
import uuid
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION statistics_note_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO statistics_pending (day)
    SELECT DISTINCT (at AT TIME ZONE 'Asia/Shanghai')::date FROM fresh
    WHERE kind IN ('cases.matter', 'cases.report', 'cases.order');
    RETURN NULL;
END $$;
CREATE TRIGGER statistics_days AFTER INSERT ON kernel_event REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION statistics_note_days();
INSERT INTO statistics_pending (day)
SELECT DISTINCT (at AT TIME ZONE 'Asia/Shanghai')::date FROM kernel_event
WHERE kind IN ('cases.matter', 'cases.report', 'cases.order');

CREATE FUNCTION statistics_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was published is append-only';
END $$;
CREATE TRIGGER published_append_only BEFORE UPDATE OR DELETE ON statistics_published
    FOR EACH ROW EXECUTE FUNCTION statistics_refuse_change();
CREATE TRIGGER paper_append_only BEFORE UPDATE OR DELETE ON statistics_paper
    FOR EACH ROW EXECUTE FUNCTION statistics_refuse_change();
"""
BACKWARD = """
DROP TRIGGER statistics_days ON kernel_event;
DROP FUNCTION statistics_note_days();
DROP TRIGGER paper_append_only ON statistics_paper;
DROP TRIGGER published_append_only ON statistics_published;
DROP FUNCTION statistics_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cases", "0003_full_depth"),
        ("kernel", "0003_facts"),
        ("territory", "0003_uploads"),
    ]

    operations = [
        migrations.CreateModel(
            name="Census",
            fields=[
                ("month", models.DateField(primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Reader",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.BigIntegerField(unique=True)),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("address", models.BinaryField()),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Workday",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("before", models.BigIntegerField()),
                ("opens", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("closes", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name="Daily",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("district_id", models.BigIntegerField(null=True)),
                ("street_id", models.BigIntegerField(null=True)),
                ("community_id", models.BigIntegerField(null=True)),
                ("grid_id", models.BigIntegerField(null=True)),
                ("category_id", models.BigIntegerField(null=True)),
                ("channel", models.CharField(blank=True, max_length=10)),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("account_id", models.BigIntegerField(null=True)),
                ("procedure", models.CharField(blank=True, max_length=40)),
                ("triage_class", models.CharField(blank=True, max_length=10)),
                ("step", models.CharField(blank=True, max_length=24)),
                ("received", models.IntegerField(default=0)),
                ("reporters", models.IntegerField(default=0)),
                ("contacted", models.IntegerField(default=0)),
                ("contacted_late", models.IntegerField(default=0)),
                ("dispatched", models.IntegerField(default=0)),
                ("finished", models.IntegerField(default=0)),
                ("finished_late", models.IntegerField(default=0)),
                ("answered", models.IntegerField(default=0)),
                ("rated", models.IntegerField(default=0)),
                ("resolved", models.IntegerField(default=0)),
                ("content", models.IntegerField(default=0)),
                ("unresolved", models.IntegerField(default=0)),
                ("closed", models.IntegerField(default=0)),
                ("declined", models.IntegerField(default=0)),
                ("merged", models.IntegerField(default=0)),
                ("reopened", models.IntegerField(default=0)),
                ("reopened_closed", models.IntegerField(default=0)),
                ("escalated", models.IntegerField(default=0)),
                ("extended", models.IntegerField(default=0)),
                ("suspended", models.IntegerField(default=0)),
                ("objected", models.IntegerField(default=0)),
                ("returned", models.IntegerField(default=0)),
                ("ordered", models.IntegerField(default=0)),
                ("passed", models.IntegerField(default=0)),
                ("passed_late", models.IntegerField(default=0)),
                (
                    "hours",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=gongzhi.statistics.models.no_durations, size=21
                    ),
                ),
                (
                    "work",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=gongzhi.statistics.models.no_durations, size=21
                    ),
                ),
                ("day", models.DateField()),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="daily_day")],
            },
        ),
        migrations.CreateModel(
            name="Monthly",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("district_id", models.BigIntegerField(null=True)),
                ("street_id", models.BigIntegerField(null=True)),
                ("community_id", models.BigIntegerField(null=True)),
                ("grid_id", models.BigIntegerField(null=True)),
                ("category_id", models.BigIntegerField(null=True)),
                ("channel", models.CharField(blank=True, max_length=10)),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("account_id", models.BigIntegerField(null=True)),
                ("procedure", models.CharField(blank=True, max_length=40)),
                ("triage_class", models.CharField(blank=True, max_length=10)),
                ("step", models.CharField(blank=True, max_length=24)),
                ("received", models.IntegerField(default=0)),
                ("reporters", models.IntegerField(default=0)),
                ("contacted", models.IntegerField(default=0)),
                ("contacted_late", models.IntegerField(default=0)),
                ("dispatched", models.IntegerField(default=0)),
                ("finished", models.IntegerField(default=0)),
                ("finished_late", models.IntegerField(default=0)),
                ("answered", models.IntegerField(default=0)),
                ("rated", models.IntegerField(default=0)),
                ("resolved", models.IntegerField(default=0)),
                ("content", models.IntegerField(default=0)),
                ("unresolved", models.IntegerField(default=0)),
                ("closed", models.IntegerField(default=0)),
                ("declined", models.IntegerField(default=0)),
                ("merged", models.IntegerField(default=0)),
                ("reopened", models.IntegerField(default=0)),
                ("reopened_closed", models.IntegerField(default=0)),
                ("escalated", models.IntegerField(default=0)),
                ("extended", models.IntegerField(default=0)),
                ("suspended", models.IntegerField(default=0)),
                ("objected", models.IntegerField(default=0)),
                ("returned", models.IntegerField(default=0)),
                ("ordered", models.IntegerField(default=0)),
                ("passed", models.IntegerField(default=0)),
                ("passed_late", models.IntegerField(default=0)),
                (
                    "hours",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=gongzhi.statistics.models.no_durations, size=21
                    ),
                ),
                (
                    "work",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=gongzhi.statistics.models.no_durations, size=21
                    ),
                ),
                ("month", models.DateField()),
                ("cut", models.CharField(blank=True, max_length=10)),
            ],
            options={
                "indexes": [models.Index(fields=["cut", "month"], name="monthly_cut")],
            },
        ),
        migrations.CreateModel(
            name="Stock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("district_id", models.BigIntegerField(null=True)),
                ("street_id", models.BigIntegerField(null=True)),
                ("community_id", models.BigIntegerField(null=True)),
                ("grid_id", models.BigIntegerField(null=True)),
                ("category_id", models.BigIntegerField(null=True)),
                ("channel", models.CharField(blank=True, max_length=10)),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("account_id", models.BigIntegerField(null=True)),
                ("procedure", models.CharField(blank=True, max_length=40)),
                ("triage_class", models.CharField(blank=True, max_length=10)),
                ("step", models.CharField(blank=True, max_length=24)),
                ("month", models.DateField()),
                ("until", models.DateTimeField()),
                ("open", models.IntegerField(default=0)),
                ("late", models.IntegerField(default=0)),
                ("waiting_late", models.IntegerField(default=0)),
                ("paused", models.IntegerField(default=0)),
                (
                    "ages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=gongzhi.statistics.models.no_ages, size=7
                    ),
                ),
                (
                    "overdue",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=gongzhi.statistics.models.no_overdue, size=13
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["month"], name="stock_month")],
            },
        ),
        migrations.CreateModel(
            name="Exclusion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_id", models.BigIntegerField(null=True, verbose_name="地点")),
                ("grid_id", models.BigIntegerField(null=True, verbose_name="网格")),
                ("community_id", models.BigIntegerField(null=True, verbose_name="社区")),
                ("street_id", models.BigIntegerField(null=True, verbose_name="街道")),
                ("district_id", models.BigIntegerField(null=True, verbose_name="区县")),
                ("circle_id", models.BigIntegerField(null=True, verbose_name="保密圈")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("procedure", models.CharField(max_length=40, verbose_name="程序")),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="程序版本")),
                ("state", models.CharField(max_length=24, verbose_name="状态")),
                ("seq", models.PositiveIntegerField(default=0)),
                ("head", models.BinaryField(default=bytes, max_length=32)),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("entered_at", models.DateTimeField(verbose_name="进入本环节时间")),
                ("due_at", models.DateTimeField(null=True, verbose_name="期限")),
                ("due_rule", models.JSONField(default=dict, verbose_name="期限依据")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                ("month", models.DateField(verbose_name="考核月份")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("force", "不可抗力（灾害、突发公共事件）"),
                            ("double", "同一件事重复登记"),
                            ("outside", "经裁定不属于本地职责"),
                            ("absent", "经核实反映的情况不存在"),
                            ("policy", "受政策、规划限制，须上级统一解决"),
                            ("other", "其他（在说明里写清）"),
                        ],
                        max_length=10,
                        verbose_name="原因",
                    ),
                ),
                ("words", models.TextField(verbose_name="说明")),
                ("level", models.CharField(max_length=10, verbose_name="申请的层级")),
                ("asked_by", models.BigIntegerField(null=True, verbose_name="申请人")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="审批人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                ("answer", models.TextField(blank=True, default="", verbose_name="审批意见")),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exclusions",
                        to="cases.matter",
                        verbose_name="事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "剔除",
                "verbose_name_plural": "剔除",
                "indexes": [models.Index(fields=["month", "state"], name="exclusion_month")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("procedure", "exclusion"), ("state__in", ["asked", "approved", "refused", "withdrawn"])
                        ),
                        name="exclusion_state_of_procedure",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", models.F("asked_by")), _negated=True), name="exclusion_by_two"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "approved"])),
                        fields=("matter", "month"),
                        name="exclusion_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("content", models.BinaryField()),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.place"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("place", "month"), name="paper_once")],
            },
        ),
        migrations.CreateModel(
            name="Published",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("figures", models.JSONField()),
                ("digest", models.CharField(db_collation="C", max_length=64)),
                ("closed_at", models.DateTimeField()),
                ("closed_by", models.BigIntegerField(null=True)),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="territory.place"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("place", "month"), name="published_once")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
