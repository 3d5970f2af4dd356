"""Full depth of the main job: joint handling, parts of a matter, callbacks, closings that did not hold, choices."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import uuid
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION cases_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER closingfault_append_only BEFORE UPDATE OR DELETE ON cases_closingfault
    FOR EACH ROW EXECUTE FUNCTION cases_append_only();
"""
BACKWARD = """
DROP TRIGGER closingfault_append_only ON cases_closingfault;
DROP FUNCTION cases_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_setting_changes"),
        ("territory", "0003_uploads"),
    ]

    operations = [
        migrations.CreateModel(
            name="Callback",
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
                ("organisation_id", models.BigIntegerField(null=True, verbose_name="单位")),
                ("account_id", models.BigIntegerField(null=True, verbose_name="经办人")),
                ("asked", models.TextField(verbose_name="要求")),
                ("asked_by", models.BigIntegerField(null=True, verbose_name="提出人")),
                ("limit_at", models.DateTimeField(verbose_name="要求期限")),
                ("reply", models.TextField(blank=True, default="", verbose_name="回复")),
                ("replied_at", models.DateTimeField(null=True, verbose_name="回复时间")),
                (
                    "way",
                    models.CharField(
                        choices=[("call", "电话回访"), ("visit", "上门回访")],
                        default="call",
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("sample", "抽查"),
                            ("unrated", "没有评价"),
                            ("dissatisfied", "评价不满意"),
                            ("promised", "答应回电"),
                        ],
                        default="sample",
                        max_length=16,
                        verbose_name="为什么回访",
                    ),
                ),
                ("not_before", models.DateTimeField(null=True, verbose_name="不早于")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="联系次数")),
                ("is_resolved", models.BooleanField(null=True, verbose_name="解决了")),
                ("is_false", models.BooleanField(default=False, verbose_name="虚假办结")),
                (
                    "satisfaction",
                    models.PositiveSmallIntegerField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="满意度",
                    ),
                ),
                ("answered_by", models.BigIntegerField(null=True, verbose_name="当时的反馈人")),
                ("handled_by", models.BigIntegerField(null=True, verbose_name="当时的承办人")),
            ],
            options={
                "verbose_name": "回访",
                "verbose_name_plural": "回访",
            },
        ),
        migrations.CreateModel(
            name="ClosingFault",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("false", "虚假办结"), ("rejected", "反映人说没解决"), ("reopened", "办结后又打开")],
                        max_length=10,
                        verbose_name="哪一种",
                    ),
                ),
                ("organisation_id", models.BigIntegerField(null=True, verbose_name="当时的承办单位")),
                ("account_id", models.BigIntegerField(null=True, verbose_name="当时的承办人")),
                ("grid_id", models.BigIntegerField(null=True)),
                ("community_id", models.BigIntegerField(null=True)),
                ("street_id", models.BigIntegerField(null=True)),
                ("district_id", models.BigIntegerField(null=True)),
                ("handled_at", models.DateTimeField(null=True, verbose_name="办结回单时间")),
                ("at", models.DateTimeField(verbose_name="发现时间")),
            ],
            options={
                "verbose_name": "办结不实",
                "verbose_name_plural": "办结不实",
            },
        ),
        migrations.CreateModel(
            name="ProcedureChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "procedure",
                    models.CharField(
                        choices=[("six-steps", "六步"), ("room-365", "365民情室")], max_length=24, verbose_name="程序"
                    ),
                ),
                ("from_date", models.DateField(verbose_name="从哪天起")),
                ("made_by", models.BigIntegerField(null=True, verbose_name="办理人")),
                ("made_at", models.DateTimeField(verbose_name="办理时间")),
            ],
            options={
                "verbose_name": "办理程序的选择",
                "verbose_name_plural": "办理程序的选择",
            },
        ),
        migrations.CreateModel(
            name="RoutingCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="例子")),
                ("text", models.TextField(blank=True, default="", verbose_name="写到的话")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("web", "网上"),
                            ("phone", "手机"),
                            ("hotline", "电话"),
                            ("counter", "来访"),
                            ("patrol", "巡查"),
                            ("proxy", "代办"),
                            ("import", "导入"),
                            ("chat", "群聊转来"),
                        ],
                        default="web",
                        max_length=10,
                        verbose_name="来源",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[("emergency", "紧急"), ("urgent", "较急"), ("normal", "一般"), ("complex", "复杂")],
                        default="normal",
                        max_length=10,
                        verbose_name="缓急",
                    ),
                ),
                ("at", models.DateTimeField(blank=True, null=True, verbose_name="什么时候")),
                ("expects", models.BooleanField(default=True, verbose_name="应该按这条规则走")),
            ],
            options={
                "verbose_name": "派单规则的例子",
                "verbose_name_plural": "派单规则的例子",
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Visit",
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
                ("organisation_id", models.BigIntegerField(null=True, verbose_name="单位")),
                ("account_id", models.BigIntegerField(null=True, verbose_name="经办人")),
                ("asked", models.TextField(verbose_name="要求")),
                ("asked_by", models.BigIntegerField(null=True, verbose_name="提出人")),
                ("limit_at", models.DateTimeField(verbose_name="要求期限")),
                ("reply", models.TextField(blank=True, default="", verbose_name="回复")),
                ("replied_at", models.DateTimeField(null=True, verbose_name="回复时间")),
                ("meets_at", models.DateTimeField(verbose_name="约定时间")),
                ("where", models.CharField(blank=True, default="", max_length=100, verbose_name="在哪里碰头")),
                (
                    "organisation_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="参加单位",
                    ),
                ),
                (
                    "came_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="到场单位",
                    ),
                ),
            ],
            options={
                "verbose_name": "联合上门",
                "verbose_name_plural": "联合上门",
            },
        ),
        migrations.RemoveConstraint(
            model_name="matter",
            name="matter_state_of_procedure",
        ),
        migrations.RemoveConstraint(
            model_name="task",
            name="task_state_of_procedure",
        ),
        migrations.AddField(
            model_name="matter",
            name="children_open",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="未办完的分事项"),
        ),
        migrations.AddField(
            model_name="matter",
            name="decision_level",
            field=models.CharField(
                blank=True,
                choices=[("community", "社区"), ("street", "街道"), ("district", "区级")],
                default="",
                max_length=10,
                verbose_name="由哪一级确定承办",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="parent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="cases.matter",
                verbose_name="总事项",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="pause_kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("reporter", "等反映人补充或确认"),
                    ("material", "等材料、配件到货"),
                    ("weather", "等天气或季节条件"),
                    ("procedure", "等法定程序、审批、鉴定"),
                    ("funds", "等资金或项目安排"),
                    ("other", "其他原因"),
                ],
                default="",
                max_length=10,
                verbose_name="挂起原因",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="paused_seconds",
            field=models.PositiveIntegerField(default=0, verbose_name="累计挂起秒数"),
        ),
        migrations.AddField(
            model_name="matter",
            name="policy",
            field=models.JSONField(default=dict, verbose_name="受理时冻结的时限"),
        ),
        migrations.AddField(
            model_name="matter",
            name="reminders",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="催办次数"),
        ),
        migrations.AddField(
            model_name="matter",
            name="route",
            field=models.JSONField(default=dict, verbose_name="派单依据"),
        ),
        migrations.AddField(
            model_name="matter",
            name="service_mode",
            field=models.CharField(
                blank=True,
                choices=[
                    ("one-stop", "一站式"),
                    ("doorstep", "上门"),
                    ("booked", "预约"),
                    ("agency", "代办"),
                    ("tailored", "定制"),
                ],
                default="",
                max_length=10,
                verbose_name="服务方式",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="is_late",
            field=models.BooleanField(default=False, verbose_name="回复超期"),
        ),
        migrations.AddField(
            model_name="order",
            name="level",
            field=models.CharField(
                choices=[("community", "社区"), ("street", "街道"), ("district", "区级")],
                default="street",
                max_length=10,
                verbose_name="督办级别",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="rejections",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="回复不合要求次数"),
        ),
        migrations.AddField(
            model_name="order",
            name="reminders",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="催办次数"),
        ),
        migrations.AddField(
            model_name="report",
            name="extra",
            field=models.JSONField(default=list, verbose_name="补充问题的回答"),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="channels",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("web", "网上"),
                        ("phone", "手机"),
                        ("hotline", "电话"),
                        ("counter", "来访"),
                        ("patrol", "巡查"),
                        ("proxy", "代办"),
                        ("import", "导入"),
                        ("chat", "群聊转来"),
                    ],
                    max_length=10,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="来源",
            ),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="from_date",
            field=models.DateField(blank=True, null=True, verbose_name="从哪天起"),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="from_time",
            field=models.TimeField(blank=True, null=True, verbose_name="从几点起"),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="hours",
            field=models.CharField(
                blank=True,
                choices=[("work", "上班时间"), ("off", "下班时间")],
                default="",
                max_length=4,
                verbose_name="上班还是下班时间",
            ),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="to_date",
            field=models.DateField(blank=True, null=True, verbose_name="到哪天止"),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="to_time",
            field=models.TimeField(blank=True, null=True, verbose_name="到几点止"),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="urgency",
            field=models.CharField(
                blank=True,
                choices=[("emergency", "紧急"), ("urgent", "较急"), ("normal", "一般"), ("complex", "复杂")],
                default="",
                max_length=10,
                verbose_name="缓急",
            ),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="version",
            field=models.PositiveIntegerField(default=1, verbose_name="第几版"),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="weekdays",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(),
                blank=True,
                default=list,
                size=None,
                verbose_name="星期几",
            ),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="why",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="为什么有这条规则"),
        ),
        migrations.AddField(
            model_name="routingrule",
            name="words_none",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), blank=True, default=list, size=None, verbose_name="没写到"
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="is_late",
            field=models.BooleanField(default=False, verbose_name="回复超期"),
        ),
        migrations.AddField(
            model_name="task",
            name="objections",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="异议次数"),
        ),
        migrations.AddField(
            model_name="task",
            name="rating_note",
            field=models.CharField(blank=True, default="", max_length=300, verbose_name="评价说明"),
        ),
        migrations.AddField(
            model_name="task",
            name="satisfaction",
            field=models.PositiveSmallIntegerField(
                null=True,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)],
                verbose_name="主办评价",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="signed_at",
            field=models.DateTimeField(null=True, verbose_name="签收时间"),
        ),
        migrations.AlterField(
            model_name="matter",
            name="channel",
            field=models.CharField(
                choices=[
                    ("web", "网上"),
                    ("phone", "手机"),
                    ("hotline", "电话"),
                    ("counter", "来访"),
                    ("patrol", "巡查"),
                    ("proxy", "代办"),
                    ("import", "导入"),
                    ("chat", "群聊转来"),
                ],
                default="web",
                max_length=10,
                verbose_name="来源",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="channel",
            field=models.CharField(
                choices=[
                    ("web", "网上"),
                    ("phone", "手机"),
                    ("hotline", "电话"),
                    ("counter", "来访"),
                    ("patrol", "巡查"),
                    ("proxy", "代办"),
                    ("import", "导入"),
                    ("chat", "群聊转来"),
                ],
                default="web",
                max_length=10,
                verbose_name="来源",
            ),
        ),
        migrations.AlterField(
            model_name="settingchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("category", "诉求类别"),
                    ("rule", "派单规则"),
                    ("limit", "办理时限"),
                    ("day", "工作日历"),
                    ("procedure", "办理程序"),
                    ("sample", "回访抽查"),
                    ("pause", "挂起上限"),
                ],
                max_length=10,
                verbose_name="哪一类",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("procedure", "six-steps"),
                        (
                            "state__in",
                            (
                                "received",
                                "objected",
                                "undecided",
                                "assigned",
                                "handling",
                                "suspended",
                                "divided",
                                "answering",
                                "checking",
                                "judging",
                                "closed",
                                "merged",
                                "declined",
                                "sorting",
                                "routed",
                            ),
                        ),
                    ),
                    models.Q(
                        ("procedure", "room-365"),
                        (
                            "state__in",
                            (
                                "received",
                                "objected",
                                "undecided",
                                "assigned",
                                "handling",
                                "suspended",
                                "divided",
                                "answering",
                                "checking",
                                "judging",
                                "closed",
                                "merged",
                                "declined",
                                "analysing",
                                "listed",
                                "assessing",
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="matter_state_of_procedure",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("procedure", "task"), ("state__in", ["given", "signed", "objected", "done", "cancelled"])
                ),
                name="task_state_of_procedure",
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="callbacks",
                to="cases.matter",
                verbose_name="事项",
            ),
        ),
        migrations.AddField(
            model_name="callback",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="callbacks",
                to="cases.report",
                verbose_name="诉求",
            ),
        ),
        migrations.AddField(
            model_name="closingfault",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="faults",
                to="cases.matter",
                verbose_name="事项",
            ),
        ),
        migrations.AddField(
            model_name="closingfault",
            name="report",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.report",
                verbose_name="诉求",
            ),
        ),
        migrations.AddField(
            model_name="procedurechoice",
            name="place",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="territory.place",
                verbose_name="地点",
            ),
        ),
        migrations.AddField(
            model_name="routingcase",
            name="category",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="cases.category",
                verbose_name="类别",
            ),
        ),
        migrations.AddField(
            model_name="routingcase",
            name="place",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="territory.place",
                verbose_name="地点",
            ),
        ),
        migrations.AddField(
            model_name="routingcase",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="cases",
                to="cases.routingrule",
                verbose_name="派单规则",
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="matter",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="visits",
                to="cases.matter",
                verbose_name="事项",
            ),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(fields=["community_id", "-created_at", "-id"], name="callback_community"),
        ),
        migrations.AddConstraint(
            model_name="callback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("procedure", "callback"), ("state__in", ["waiting", "done", "missed", "cancelled"])
                ),
                name="callback_state_of_procedure",
            ),
        ),
        migrations.AddIndex(
            model_name="closingfault",
            index=models.Index(fields=["community_id", "-at"], name="fault_community"),
        ),
        migrations.AddIndex(
            model_name="closingfault",
            index=models.Index(fields=["organisation_id", "-at"], name="fault_organisation"),
        ),
        migrations.AddConstraint(
            model_name="procedurechoice",
            constraint=models.UniqueConstraint(
                fields=("place", "from_date"), name="procedurechoice_once", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=django.contrib.postgres.indexes.GinIndex(fields=["organisation_ids"], name="visit_together"),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(("procedure", "visit"), ("state__in", ["planned", "done", "cancelled"])),
                name="visit_state_of_procedure",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
