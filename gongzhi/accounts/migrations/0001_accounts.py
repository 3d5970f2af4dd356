"""Accounts, duties with terms that may not overlap (btree_gist), acting for another, sign-ins and codes."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisations", "0002_append_only"),
        ("territory", "0002_append_only"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="编号")),
                ("username", models.CharField(db_collation="C", max_length=40, unique=True, verbose_name="用户名")),
                (
                    "kind",
                    models.CharField(
                        choices=[("staff", "工作人员"), ("resident", "居民")], max_length=10, verbose_name="类别"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="姓名")),
                (
                    "name_pinyin",
                    models.CharField(blank=True, db_collation="C", default="", max_length=200, verbose_name="拼音"),
                ),
                (
                    "name_initials",
                    models.CharField(
                        blank=True, db_collation="C", default="", max_length=40, verbose_name="拼音首字母"
                    ),
                ),
                (
                    "name_bigrams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="姓名检索",
                    ),
                ),
                ("phone_cipher", models.BinaryField(blank=True, default=b"", verbose_name="电话（加密）")),
                (
                    "phone_index",
                    models.CharField(blank=True, db_collation="C", default="", max_length=120, verbose_name="电话索引"),
                ),
                (
                    "phone_last4_index",
                    models.CharField(
                        blank=True, db_collation="C", default="", max_length=120, verbose_name="电话末四位索引"
                    ),
                ),
                ("is_confirmed", models.BooleanField(default=False, verbose_name="电话已核实")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="核实时间")),
                (
                    "language",
                    models.CharField(
                        choices=[("zh-hans", "中文"), ("en", "English")],
                        default="zh-hans",
                        max_length=10,
                        verbose_name="语言",
                    ),
                ),
                ("large_type", models.BooleanField(default=False, verbose_name="大字")),
                (
                    "theme",
                    models.CharField(
                        choices=[("auto", "跟随手机"), ("light", "浅色"), ("dark", "深色")],
                        default="auto",
                        max_length=10,
                        verbose_name="配色",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="可登录")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="停用时间")),
                ("must_change_password", models.BooleanField(default=False, verbose_name="须改密码")),
                ("password_changed_at", models.DateTimeField(blank=True, null=True, verbose_name="密码修改时间")),
                ("session_epoch", models.PositiveIntegerField(default=0, verbose_name="登录批次")),
                ("consent_version", models.CharField(blank=True, default="", max_length=20, verbose_name="同意书版本")),
                ("consented_at", models.DateTimeField(blank=True, null=True, verbose_name="同意时间")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间")),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="核实人",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "home_place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.place",
                        verbose_name="住处",
                    ),
                ),
                (
                    "managed_place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="territory.place",
                        verbose_name="管理辖区",
                    ),
                ),
            ],
            options={
                "verbose_name": "账号",
                "verbose_name_plural": "账号",
            },
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("post", models.CharField(db_collation="C", max_length=30, verbose_name="岗位")),
                ("starts", models.DateField(verbose_name="开始日")),
                ("ends", models.DateField(blank=True, null=True, verbose_name="最后一日")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="立即终止于")),
                ("title", models.CharField(blank=True, default="", max_length=40, verbose_name="职务名称")),
                ("is_public", models.BooleanField(default=False, verbose_name="对外公示")),
                ("public_phone", models.CharField(blank=True, default="", max_length=30, verbose_name="办公电话")),
                ("office_hours", models.CharField(blank=True, default="", max_length=100, verbose_name="办公时间")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                        verbose_name="单位",
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
                        verbose_name="辖区",
                    ),
                ),
            ],
            options={
                "verbose_name": "岗位",
                "verbose_name_plural": "岗位",
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts", models.DateField(verbose_name="开始日")),
                ("ends", models.DateField(verbose_name="最后一日")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="提前结束于")),
                ("reason", models.CharField(max_length=100, verbose_name="事由")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="登记时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
                (
                    "from_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegations_given",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="委托人",
                    ),
                ),
                (
                    "to_account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delegations_held",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="代办人",
                    ),
                ),
                (
                    "duty",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.duty",
                        verbose_name="岗位",
                    ),
                ),
            ],
            options={
                "verbose_name": "代办",
                "verbose_name_plural": "代办",
            },
        ),
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="时间")),
                (
                    "verb",
                    models.CharField(
                        choices=[
                            ("created", "登记账号"),
                            ("registered", "自行注册"),
                            ("edited", "修改资料"),
                            ("confirmed", "核实电话"),
                            ("locked", "锁定账号"),
                            ("unlocked", "解除锁定"),
                            ("ended", "停用账号"),
                            ("code_made", "开出一次性重置码"),
                            ("password_reset", "用重置码改了密码"),
                            ("password_changed", "修改密码"),
                            ("factor_on", "开启动态口令"),
                            ("factor_off", "关闭动态口令"),
                            ("signed_out_everywhere", "退出全部设备"),
                            ("duty_added", "增加岗位"),
                            ("duty_ended", "结束岗位"),
                            ("delegated", "委托代办"),
                            ("delegation_ended", "结束代办"),
                        ],
                        max_length=30,
                        verbose_name="事项",
                    ),
                ),
                ("on_behalf_of", models.BigIntegerField(null=True, verbose_name="代谁办理")),
                ("data", models.JSONField(default=dict, verbose_name="内容")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="操作人",
                    ),
                ),
                (
                    "delegation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.delegation",
                        verbose_name="代办",
                    ),
                ),
                (
                    "duty",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.duty",
                        verbose_name="岗位",
                    ),
                ),
            ],
            options={
                "verbose_name": "账号变更",
                "verbose_name_plural": "账号变更",
            },
        ),
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(db_collation="C", max_length=64, verbose_name="摘要")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="开出时间")),
                ("expires_at", models.DateTimeField(verbose_name="失效时间")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="one_time_codes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="开出人",
                    ),
                ),
            ],
            options={
                "verbose_name": "一次性重置码",
                "verbose_name_plural": "一次性重置码",
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(db_collation="C", max_length=64, verbose_name="摘要")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "备用码",
                "verbose_name_plural": "备用码",
            },
        ),
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("secret_cipher", models.BinaryField(verbose_name="密钥（加密）")),
                ("last_step", models.BigIntegerField(default=0, verbose_name="最近一步")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="建立时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="启用时间")),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="second_factor",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "动态口令",
                "verbose_name_plural": "动态口令",
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_key", models.CharField(db_collation="C", max_length=40, unique=True, verbose_name="会话")),
                ("device", models.CharField(default="", max_length=80, verbose_name="设备")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="网络地址")),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="登录时间")),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="最近使用")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="退出时间")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "登录",
                "verbose_name_plural": "登录",
            },
        ),
        migrations.AddIndex(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(fields=["name_bigrams"], name="account_name_bigrams"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["name_pinyin", "id"], name="account_name_pinyin"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["name_initials"], name="account_name_initials"),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["phone_last4_index"], name="account_phone_last4"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True), models.Q(("phone_index", ""), _negated=True)),
                fields=("phone_index",),
                name="account_phone_once_among_living",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("username", django.db.models.functions.text.Lower("username"))),
                name="account_username_lower_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["staff", "resident"])), name="account_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_confirmed", False), ("confirmed_at__isnull", False), _connector="OR"),
                name="account_confirmed_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at__isnull", True), ("is_active", False), _connector="OR"),
                name="account_ended_cannot_sign_in",
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(fields=["place", "post"], name="duty_place_post"),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(fields=["organisation", "post"], name="duty_organisation_post"),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("organisation__isnull", False),
                        ("place__isnull", True),
                        ("post__in", ["officer", "organisation_head"]),
                    ),
                    models.Q(
                        ("organisation__isnull", True),
                        ("place__isnull", False),
                        (
                            "post__in",
                            [
                                "grid_member",
                                "captain",
                                "grid_leader",
                                "clerk",
                                "community_secretary",
                                "street_clerk",
                                "street_secretary",
                                "district_clerk",
                                "district_secretary",
                                "supervisor",
                                "administrator",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="duty_place_or_organisation_by_post",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__isnull", True), ("ends__gte", models.F("starts")), _connector="OR"),
                name="duty_dates_ordered",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("ended_at__isnull", True), ("place__isnull", False)),
                expressions=[
                    ("account", "="),
                    ("post", "="),
                    ("place", "="),
                    (
                        models.Func(
                            "starts",
                            "ends",
                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                inclusive_lower=True, inclusive_upper=True
                            ),
                            function="DATERANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="duty_at_place_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("ended_at__isnull", True), ("organisation__isnull", False)),
                expressions=[
                    ("account", "="),
                    ("post", "="),
                    ("organisation", "="),
                    (
                        models.Func(
                            "starts",
                            "ends",
                            django.contrib.postgres.fields.ranges.RangeBoundary(
                                inclusive_lower=True, inclusive_upper=True
                            ),
                            function="DATERANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="duty_in_organisation_once_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="delegation",
            index=models.Index(fields=["to_account", "ends"], name="delegation_to_ends"),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gte", models.F("starts"))), name="delegation_dates_ordered"
            ),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_account", models.F("to_account")), _negated=True),
                name="delegation_is_to_somebody_else",
            ),
        ),
        migrations.AddIndex(
            model_name="accountchange",
            index=models.Index(fields=["account", "-id"], name="change_account_newest"),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("used_at__isnull", True), ("withdrawn_at__isnull", True)),
                fields=("account",),
                name="one_time_code_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycode",
            constraint=models.UniqueConstraint(fields=("account", "digest"), name="recovery_code_once"),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(fields=["account", "-seen_at"], name="signin_account_newest"),
        ),
    ]
