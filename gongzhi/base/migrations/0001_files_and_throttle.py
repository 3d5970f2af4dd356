import uuid

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Throttle",
            fields=[
                (
                    "key",
                    models.CharField(
                        db_collation="C", max_length=64, primary_key=True, serialize=False, verbose_name="键"
                    ),
                ),
                ("count", models.PositiveIntegerField(verbose_name="次数")),
                ("resets_at", models.DateTimeField(db_index=True, verbose_name="重新计数时间")),
            ],
            options={
                "verbose_name": "限次计数",
                "verbose_name_plural": "限次计数",
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="编号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("photo", "照片"), ("document", "文件")], max_length=10, verbose_name="种类"
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True,
                        choices=[("", "未注明"), ("scene", "现场"), ("before", "处理前"), ("after", "处理后")],
                        max_length=10,
                        verbose_name="说明",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="文件名")),
                ("media_type", models.CharField(max_length=100, verbose_name="类型")),
                ("sha256", models.CharField(db_collation="C", max_length=64, verbose_name="原件摘要")),
                ("size", models.PositiveIntegerField(verbose_name="字节数")),
                ("width", models.PositiveIntegerField(null=True, verbose_name="宽")),
                ("height", models.PositiveIntegerField(null=True, verbose_name="高")),
                ("path", models.CharField(db_collation="C", max_length=200, verbose_name="存放位置")),
                (
                    "thumbnail_path",
                    models.CharField(blank=True, db_collation="C", max_length=200, verbose_name="缩略图位置"),
                ),
                ("taken_at", models.DateTimeField(null=True, verbose_name="拍摄时间")),
                ("taken_lon", models.FloatField(null=True, verbose_name="拍摄经度")),
                ("taken_lat", models.FloatField(null=True, verbose_name="拍摄纬度")),
                ("uploaded_by", models.BigIntegerField(null=True, verbose_name="上传账号")),
                (
                    "upload_session",
                    models.CharField(blank=True, db_collation="C", max_length=64, verbose_name="上传会话"),
                ),
                ("owner_kind", models.CharField(blank=True, db_collation="C", max_length=40, verbose_name="所属种类")),
                ("owner_id", models.BigIntegerField(null=True, verbose_name="所属记录")),
                ("is_public", models.BooleanField(default=False, verbose_name="可公开")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="上传时间")),
            ],
            options={
                "verbose_name": "文件",
                "verbose_name_plural": "文件",
                "indexes": [
                    models.Index(fields=["owner_kind", "owner_id"], name="stored_file_owner"),
                    models.Index(
                        condition=models.Q(("owner_id", None)), fields=["created_at"], name="stored_file_orphan"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("photo", "document"))), name="stored_file_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("label__in", ("", "scene", "before", "after"))), name="stored_file_label"
                    ),
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="stored_file_not_empty"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("owner_id", None), ("owner_kind", "")),
                            models.Q(models.Q(("owner_kind", ""), _negated=True), ("owner_id__isnull", False)),
                            _connector="OR",
                        ),
                        name="stored_file_owner_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "document"),
                            models.Q(
                                ("height__isnull", False),
                                ("width__isnull", False),
                                models.Q(("thumbnail_path", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="stored_file_photo_has_measures",
                    ),
                ],
            },
        ),
        migrations.RunSQL("ALTER TABLE base_throttle SET UNLOGGED", "ALTER TABLE base_throttle SET LOGGED"),
    ]
