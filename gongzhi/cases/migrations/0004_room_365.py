"""Figures that the last step of the 365 room keeps."""

import django.db.models.deletion
from django.db import migrations, models


FORWARD = """
CREATE TRIGGER assessmentfigure_append_only BEFORE UPDATE OR DELETE ON cases_assessmentfigure
    FOR EACH ROW EXECUTE FUNCTION cases_append_only();
"""
BACKWARD = "DROP TRIGGER assessmentfigure_append_only ON cases_assessmentfigure;"


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_full_depth"),
    ]

    operations = [
        migrations.CreateModel(
            name="AssessmentFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("closing", models.PositiveSmallIntegerField(verbose_name="第几次办结")),
                ("organisation_id", models.BigIntegerField(null=True, verbose_name="承办单位")),
                ("account_id", models.BigIntegerField(null=True, verbose_name="承办人")),
                ("grid_id", models.BigIntegerField(null=True)),
                ("community_id", models.BigIntegerField(null=True)),
                ("street_id", models.BigIntegerField(null=True)),
                ("district_id", models.BigIntegerField(null=True)),
                (
                    "category",
                    models.CharField(blank=True, db_collation="C", default="", max_length=40, verbose_name="类别"),
                ),
                (
                    "service_mode",
                    models.CharField(
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
                (
                    "triage_class",
                    models.CharField(
                        blank=True,
                        choices=[("big", "大事"), ("small", "小事"), ("private", "私事")],
                        default="",
                        max_length=10,
                        verbose_name="大事小事私事",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[("emergency", "紧急"), ("urgent", "较急"), ("normal", "一般"), ("complex", "复杂")],
                        max_length=10,
                        verbose_name="缓急",
                    ),
                ),
                ("is_contact_in_time", models.BooleanField(verbose_name="按时联系")),
                ("is_handled_in_time", models.BooleanField(verbose_name="按时办理")),
                ("handling_minutes", models.PositiveIntegerField(default=0, verbose_name="办理用时（分钟）")),
                ("reports", models.PositiveIntegerField(verbose_name="反映人数")),
                ("rated", models.PositiveIntegerField(verbose_name="评价人数")),
                ("resolved", models.PositiveIntegerField(verbose_name="说解决了")),
                ("content", models.PositiveIntegerField(verbose_name="满意")),
                ("remark", models.CharField(blank=True, default="", max_length=500, verbose_name="考核意见")),
                ("assessed_by", models.BigIntegerField(null=True, verbose_name="考核人")),
                ("at", models.DateTimeField(verbose_name="考核时间")),
                (
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="figures",
                        to="cases.matter",
                        verbose_name="事项",
                    ),
                ),
            ],
            options={
                "verbose_name": "考核数字",
                "verbose_name_plural": "考核数字",
                "indexes": [
                    models.Index(fields=["community_id", "-at"], name="figure_community"),
                    models.Index(fields=["organisation_id", "-at"], name="figure_organisation"),
                ],
                "constraints": [models.UniqueConstraint(fields=("matter", "closing"), name="figure_once_a_closing")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
