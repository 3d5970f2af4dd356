"""Templates, answers, guides, questions; their history may be added to, never changed: the database itself refuses."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION knowledge_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'knowledge_knowledgechange is append-only';
END $$;
CREATE TRIGGER knowledgechange_append_only BEFORE UPDATE OR DELETE ON knowledge_knowledgechange
    FOR EACH ROW EXECUTE FUNCTION knowledge_refuse_change();
"""
BACKWARD = """
DROP TRIGGER knowledgechange_append_only ON knowledge_knowledgechange;
DROP FUNCTION knowledge_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("territory", "0003_uploads"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnswerTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "topic",
                    models.CharField(blank=True, db_collation="C", default="", max_length=40, verbose_name="关于"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "待审"), ("use", "使用"), ("refused", "没有采用")],
                        default="use",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="使用中")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("proposed_by", models.BigIntegerField(null=True, verbose_name="提出的人")),
                ("proposer", models.CharField(blank=True, default="", max_length=60, verbose_name="提出人姓名")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="审定的人")),
                ("decision", models.CharField(blank=True, default="", max_length=300, verbose_name="审定意见")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
                ("title", models.CharField(max_length=60, verbose_name="名称")),
                (
                    "use",
                    models.CharField(
                        choices=[
                            ("feedback", "答复反映人"),
                            ("decline-emergency", "不予受理：紧急情况"),
                            ("decline-lawful", "不予受理：法定途径"),
                            ("decline-repeated", "不予受理：已有结论"),
                            ("decline-secret", "不予受理：涉密涉隐私"),
                            ("decline-outside", "不予受理：职责之外"),
                            ("decline-unlawful", "不予受理：要求不合法"),
                            ("ask", "请反映人补充"),
                            ("progress", "记录进展"),
                            ("suspend", "挂起说明"),
                            ("callback", "回访话术"),
                            ("notice", "通知公告用语"),
                        ],
                        max_length=20,
                        verbose_name="用在哪里",
                    ),
                ),
                ("text", models.TextField(verbose_name="正文")),
                ("used", models.PositiveIntegerField(default=0, verbose_name="用过次数")),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.place",
                        verbose_name="在哪里有效",
                    ),
                ),
            ],
            options={
                "verbose_name": "答复模板",
                "verbose_name_plural": "答复模板",
                "ordering": ("use", "title", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("proposed_by__isnull", True),
                            ("decided_by__isnull", True),
                            models.Q(("proposed_by", models.F("decided_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="template_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "use"), _negated=True),
                            ("proposed_by__isnull", True),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="template_proposal_was_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True), ("status", "use")),
                        fields=("topic", "place", "title"),
                        name="template_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExtraQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "topic",
                    models.CharField(blank=True, db_collation="C", default="", max_length=40, verbose_name="关于"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "待审"), ("use", "使用"), ("refused", "没有采用")],
                        default="use",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="使用中")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("proposed_by", models.BigIntegerField(null=True, verbose_name="提出的人")),
                ("proposer", models.CharField(blank=True, default="", max_length=60, verbose_name="提出人姓名")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="审定的人")),
                ("decision", models.CharField(blank=True, default="", max_length=300, verbose_name="审定意见")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
                ("label", models.CharField(max_length=120, verbose_name="问题")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "一句话"),
                            ("number", "数字"),
                            ("one", "选一个"),
                            ("several", "可选几个"),
                            ("date", "日期"),
                            ("yes-no", "是或否"),
                            ("notice", "只是提醒"),
                        ],
                        default="yes-no",
                        max_length=10,
                        verbose_name="怎样回答",
                    ),
                ),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="选项",
                    ),
                ),
                ("is_required", models.BooleanField(default=False, verbose_name="一定要回答")),
                ("help", models.CharField(blank=True, default="", max_length=300, verbose_name="说明")),
                (
                    "stop_answer",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="回答什么时先停下"),
                ),
                (
                    "stop_message",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="停下时告诉反映人"),
                ),
                (
                    "stop_phone",
                    models.CharField(
                        blank=True, db_collation="C", default="", max_length=20, verbose_name="该打的电话"
                    ),
                ),
                ("is_final", models.BooleanField(default=False, verbose_name="停下后不能从这里提交")),
                ("is_public", models.BooleanField(default=True, verbose_name="反映人自己填的表上也问")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="顺序")),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.place",
                        verbose_name="在哪里有效",
                    ),
                ),
            ],
            options={
                "verbose_name": "补充问题",
                "verbose_name_plural": "补充问题",
                "ordering": ("topic", "position", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("proposed_by__isnull", True),
                            ("decided_by__isnull", True),
                            models.Q(("proposed_by", models.F("decided_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="question_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "use"), _negated=True),
                            ("proposed_by__isnull", True),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="question_proposal_was_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True), ("status", "use")),
                        fields=("topic", "place", "label"),
                        name="question_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stop_answer", ""), models.Q(("stop_message", ""), _negated=True), _connector="OR"
                        ),
                        name="question_stop_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Faq",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "topic",
                    models.CharField(blank=True, db_collation="C", default="", max_length=40, verbose_name="关于"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "待审"), ("use", "使用"), ("refused", "没有采用")],
                        default="use",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="使用中")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("proposed_by", models.BigIntegerField(null=True, verbose_name="提出的人")),
                ("proposer", models.CharField(blank=True, default="", max_length=60, verbose_name="提出人姓名")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="审定的人")),
                ("decision", models.CharField(blank=True, default="", max_length=300, verbose_name="审定意见")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
                ("question", models.CharField(max_length=120, verbose_name="问")),
                ("answer", models.TextField(verbose_name="答")),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="提示词",
                    ),
                ),
                ("source", models.CharField(blank=True, default="", max_length=200, verbose_name="依据")),
                ("valid_from", models.DateField(blank=True, null=True, verbose_name="从哪天起")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="到哪天止")),
                ("reviewed_on", models.DateField(blank=True, null=True, verbose_name="最近核对")),
                ("owner_id", models.BigIntegerField(blank=True, null=True, verbose_name="负责单位")),
                ("helped", models.PositiveIntegerField(default=0, verbose_name="说有用")),
                ("not_helped", models.PositiveIntegerField(default=0, verbose_name="说没用")),
                ("enough", models.PositiveIntegerField(default=0, verbose_name="看了就不用反映了")),
                ("shown", models.PositiveIntegerField(default=0, verbose_name="打开次数")),
                (
                    "search",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="检索字",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.place",
                        verbose_name="在哪里有效",
                    ),
                ),
            ],
            options={
                "verbose_name": "常见问题",
                "verbose_name_plural": "常见问题",
                "ordering": ("topic", "question", "id"),
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["search"], name="faq_search")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("proposed_by__isnull", True),
                            ("decided_by__isnull", True),
                            models.Q(("proposed_by", models.F("decided_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="faq_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "use"), _negated=True),
                            ("proposed_by__isnull", True),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="faq_proposal_was_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True), ("status", "use")),
                        fields=("topic", "place", "question"),
                        name="faq_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="faq_days_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guide",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "topic",
                    models.CharField(blank=True, db_collation="C", default="", max_length=40, verbose_name="关于"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "待审"), ("use", "使用"), ("refused", "没有采用")],
                        default="use",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="使用中")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("proposed_by", models.BigIntegerField(null=True, verbose_name="提出的人")),
                ("proposer", models.CharField(blank=True, default="", max_length=60, verbose_name="提出人姓名")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="审定的人")),
                ("decision", models.CharField(blank=True, default="", max_length=300, verbose_name="审定意见")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("changed_at", models.DateTimeField(verbose_name="修改时间")),
                ("title", models.CharField(max_length=60, verbose_name="名称")),
                ("steps", models.TextField(help_text="一行一步。", verbose_name="办理步骤")),
                (
                    "responsible",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="谁负责，依据什么"),
                ),
                ("links", models.TextField(blank=True, default="", verbose_name="相关链接")),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.place",
                        verbose_name="在哪里有效",
                    ),
                ),
            ],
            options={
                "verbose_name": "办理指引",
                "verbose_name_plural": "办理指引",
                "ordering": ("topic", "title", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("proposed_by__isnull", True),
                            ("decided_by__isnull", True),
                            models.Q(("proposed_by", models.F("decided_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="guide_decided_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "use"), _negated=True),
                            ("proposed_by__isnull", True),
                            ("decided_by__isnull", False),
                            _connector="OR",
                        ),
                        name="guide_proposal_was_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True), ("status", "use")),
                        fields=("topic", "place", "title"),
                        name="guide_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KnowledgeChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("templates", "答复模板"),
                            ("answers", "常见问题"),
                            ("guides", "办理指引"),
                            ("extra", "补充问题"),
                        ],
                        max_length=10,
                        verbose_name="哪一类",
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("added", "新增"),
                            ("changed", "修改"),
                            ("proposed", "提出"),
                            ("approved", "采用"),
                            ("refused", "没有采用"),
                            ("reviewed", "核对过"),
                        ],
                        max_length=10,
                        verbose_name="做了什么",
                    ),
                ),
                ("row_id", models.BigIntegerField()),
                ("version", models.PositiveIntegerField(verbose_name="版本")),
                ("subject", models.CharField(max_length=120, verbose_name="改的是")),
                ("before", models.JSONField(default=dict, verbose_name="改之前")),
                ("after", models.JSONField(default=dict, verbose_name="改之后")),
                ("by_id", models.BigIntegerField(null=True, verbose_name="办理人")),
                ("by_name", models.CharField(max_length=60, verbose_name="办理人姓名")),
                ("duty_id", models.BigIntegerField(null=True, verbose_name="依据的岗位")),
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
                "verbose_name": "知识变更记录",
                "verbose_name_plural": "知识变更记录",
                "indexes": [models.Index(fields=["kind", "row_id", "-id"], name="knowledgechange_row")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
