"""Joint handling, parts of a matter, decisions of the level above, pauses by two people, pairs that are two."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


SUPERVISED = """
UPDATE cases_matter m SET is_supervised = true
WHERE m.charge_id IS NOT NULL OR EXISTS (SELECT 1 FROM cases_order o WHERE o.matter_id = m.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_learned_suggestions"),
    ]

    operations = [
        migrations.AddField(
            model_name="matter",
            name="bounces",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="退回和改派次数"),
        ),
        migrations.AddField(
            model_name="matter",
            name="head_id",
            field=models.BigIntegerField(null=True, verbose_name="超期后升级到的部门负责人"),
        ),
        migrations.AddField(
            model_name="matter",
            name="is_supervised",
            field=models.BooleanField(default=False, verbose_name="包案或督办过"),
        ),
        migrations.AddField(
            model_name="matter",
            name="pause_asked_at",
            field=models.DateTimeField(null=True, verbose_name="申请挂起时间"),
        ),
        migrations.AddField(
            model_name="matter",
            name="pause_by",
            field=models.BigIntegerField(null=True, verbose_name="申请挂起的人"),
        ),
        migrations.AddField(
            model_name="matter",
            name="pause_until",
            field=models.DateTimeField(null=True, verbose_name="申请挂起到"),
        ),
        migrations.AddField(
            model_name="matter",
            name="referred_by",
            field=models.BigIntegerField(null=True, verbose_name="提请上级确定的人"),
        ),
        migrations.AddField(
            model_name="order",
            name="raised_level",
            field=models.CharField(
                blank=True,
                choices=[("community", "社区"), ("street", "街道"), ("district", "区级")],
                default="",
                max_length=10,
                verbose_name="超期后提到哪一级",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="raised_to",
            field=models.BigIntegerField(null=True, verbose_name="超期后提给谁"),
        ),
        migrations.AddField(
            model_name="task",
            name="head_id",
            field=models.BigIntegerField(null=True, verbose_name="超期后升级到的部门负责人"),
        ),
        migrations.AddField(
            model_name="task",
            name="waived_by",
            field=models.BigIntegerField(null=True, verbose_name="申请不再等的人"),
        ),
        migrations.AddField(
            model_name="visit",
            name="confirmed_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, default=list, size=None, verbose_name="已确认的单位"
            ),
        ),
        migrations.AlterField(
            model_name="matter",
            name="objections",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="对本次派单的异议次数"),
        ),
        migrations.CreateModel(
            name="DuplicateDismissal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by_id", models.BigIntegerField(verbose_name="办理人")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.matter",
                        verbose_name="一件",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dismissals",
                        to="cases.matter",
                        verbose_name="另一件",
                    ),
                ),
            ],
            options={
                "verbose_name": "不是同一件事",
                "verbose_name_plural": "不是同一件事",
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="dismissal_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))), name="dismissal_in_order"
                    ),
                ],
            },
        ),
        migrations.RunSQL(SUPERVISED, migrations.RunSQL.noop),
    ]
