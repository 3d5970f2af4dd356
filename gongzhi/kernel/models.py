"""Tables of the kernel. None has a foreign key upward: accounts, places and organisations are plain ids."""

import uuid
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

FAR = datetime(9999, 12, 31, tzinfo=UTC)
"""Due time of an obligation without a deadline, so that every list sorts by one plain column."""


class Phase(models.TextChoices):
    """What a state means in every procedure; statistics compare phases."""

    RECEIVED = "received", _("收集")
    SORTING = "sorting", _("分流")
    HANDLING = "handling", _("办理")
    ANSWERING = "answering", _("反馈")
    JUDGING = "judging", _("评议")
    CLOSED = "closed", _("办结")


class Located(models.Model):
    """Where something is: a place and the four ids by which lists of every level are read."""

    place_id = models.BigIntegerField(_("地点"), null=True)
    grid_id = models.BigIntegerField(_("网格"), null=True)
    community_id = models.BigIntegerField(_("社区"), null=True)
    street_id = models.BigIntegerField(_("街道"), null=True)
    district_id = models.BigIntegerField(_("区县"), null=True)
    circle_id = models.BigIntegerField(_("保密圈"), null=True)

    class Meta:
        abstract = True


class Record(Located):
    """Anything that moves through a declared procedure. Only `perform` writes `state`, `seq` and `head`."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    procedure = models.CharField(_("程序"), max_length=40)
    version = models.PositiveSmallIntegerField(_("程序版本"), default=1)
    state = models.CharField(_("状态"), max_length=24)
    seq = models.PositiveIntegerField(default=0)
    head = models.BinaryField(max_length=32, default=bytes)
    created_at = models.DateTimeField(_("登记时间"))
    entered_at = models.DateTimeField(_("进入本环节时间"))
    due_at = models.DateTimeField(_("期限"), null=True)
    due_rule = models.JSONField(_("期限依据"), default=dict)
    closed_at = models.DateTimeField(_("结束时间"), null=True)

    class Meta:
        abstract = True

    @classmethod
    def kind(cls) -> str:
        """The record's kind in events and on the work list: `app.model`."""
        return cls._meta.label_lower

    def root_key(self) -> int:
        """Primary key of the record whose row is locked for the whole family; itself unless a child."""
        return int(self.pk)

    def place_path(self) -> str:
        """Path of the place as of now ("/1/5/"); the practice overrides it with the cached tree."""
        return "/"

    def recall(self, earlier: Any) -> None:
        """Take over from an earlier instance of this record what was looked up beside it and still holds."""

    def limit_scope(self) -> tuple[str, str, tuple[int, ...]]:
        """(urgency, category code, place ids from near to far) by which a time limit is looked up."""
        return "", "", ()

    def facts(self) -> dict[str, Any]:
        """Ids, codes and numbers that figures count by, as of now; hashed with the event. Never a word or a name."""
        return {}


class Event(models.Model):
    """One thing that happened: append-only, chained by hash, without free text. Partitioned by month of `at`."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    happened_at = models.DateTimeField(null=True)
    kind = models.CharField(max_length=40)
    procedure = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()
    root_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=32)
    before = models.CharField(max_length=24, blank=True)
    after = models.CharField(max_length=24, blank=True)
    actor_id = models.BigIntegerField(null=True)
    duty_id = models.BigIntegerField(null=True)
    on_behalf_of = models.BigIntegerField(null=True)
    place_id = models.BigIntegerField(null=True)
    place_path = models.TextField(db_collation="C")
    origin_id = models.BigIntegerField(null=True)
    facts = models.TextField(null=True)  # noqa: DJ001 - NULL stands outside the hash
    body_digest = models.BinaryField(max_length=32, null=True)
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        managed = False
        db_table = "kernel_event"


class EventBody(models.Model):
    """What the form said, only the fields the declaration keeps; may be erased without breaking the chain."""

    event_id = models.BigIntegerField(primary_key=True)
    salt = models.BinaryField(max_length=16)
    data = models.TextField()

    class Meta:
        db_table = "kernel_event_body"


class Todo(Located):
    """One open obligation: who owes what on which record, and when something must happen next."""

    kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    root_id = models.BigIntegerField()
    obligation = models.CharField(max_length=40)
    procedure = models.CharField(max_length=40)
    state = models.CharField(max_length=24)
    post = models.CharField(max_length=32, blank=True)
    organisation_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(default=FAR)
    next_at = models.DateTimeField(null=True)
    mark = models.CharField(max_length=12, blank=True)
    on_due = models.CharField(max_length=32, blank=True)
    place_path = models.TextField(db_collation="C", default="/")
    refusal = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("kind", "record_id", "obligation"), name="todo_once")]
        indexes = [
            models.Index(fields=("grid_id", "due_at", "id"), name="todo_grid"),
            models.Index(fields=("community_id", "due_at", "id"), name="todo_community"),
            models.Index(fields=("street_id", "due_at", "id"), name="todo_street"),
            models.Index(fields=("district_id", "due_at", "id"), name="todo_district"),
            models.Index(fields=("organisation_id", "due_at", "id"), name="todo_organisation"),
            models.Index(fields=("account_id", "due_at", "id"), name="todo_account"),
            models.Index(
                fields=("next_at",),
                name="todo_next",
                condition=models.Q(next_at__isnull=False),
            ),
        ]


class Receipt(models.Model):
    """Proof that a request was taken: its twin gets the same answer. Kept 400 days."""

    holder = models.CharField(max_length=64)
    key = models.UUIDField()
    fingerprint = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=40, blank=True)
    record_id = models.BigIntegerField(null=True)
    seq = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("holder", "key"), name="receipt_once")]
        indexes = [models.Index(fields=("at",), name="receipt_at")]


class Notification(models.Model):
    """An in-app notice to one account. A row, not a job."""

    account_id = models.BigIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=("account_id", "-at", "-id"), name="notification_list")]


class Delivery(models.Model):
    """One outward message: `sending` is written before the call; after a crash `unknown`, never resent by itself."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等待发送")
        SENDING = "sending", _("正在发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("没有发出")
        UNKNOWN = "unknown", _("不能确定")

    channel = models.CharField(max_length=20)
    target = models.BinaryField()
    target_uid = models.UUIDField(default=uuid.uuid4)
    title = models.CharField(max_length=200)
    body = models.TextField()
    kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=("state", "id"), name="delivery_state")]


class BridgeRun(models.Model):
    """One event carried over one bridge, once."""

    event_id = models.BigIntegerField()
    bridge = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("event_id", "bridge"), name="bridge_once")]


class Anchor(models.Model):
    """One hash a day over the heads of the records changed since the anchor before."""

    day = models.DateField(unique=True)
    made_at = models.DateTimeField()
    last_event_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    prev = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)


class AnchorItem(models.Model):
    """One head under an anchor."""

    anchor = models.ForeignKey(Anchor, models.CASCADE, related_name="items")
    kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("kind", "record_id", "seq"), name="anchored_once")]


class Circle(models.Model):
    """Who alone may see a confidential record, and whom it is about (they never may)."""

    reason = models.CharField(_("保密原因"), max_length=200)
    members = ArrayField(models.BigIntegerField(), default=list)
    about = ArrayField(models.BigIntegerField(), default=list)
    about_organisations = ArrayField(models.BigIntegerField(), default=list)


class Look(models.Model):
    """Somebody looked at unmasked personal data; the person it is about can read this."""

    account_id = models.BigIntegerField()
    duty_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    subject_id = models.BigIntegerField(null=True)
    what = models.CharField(max_length=100)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=("kind", "record_id", "-at"), name="look_record"),
            models.Index(fields=("subject_id", "-at"), name="look_subject"),
        ]


class Day(models.Model):
    """One day of the working calendar that differs from the week, or was confirmed not to."""

    date = models.DateField(_("日期"), primary_key=True)
    is_workday = models.BooleanField(_("上班"))
    note = models.CharField(_("说明"), max_length=60, blank=True)
    is_provisional = models.BooleanField(_("尚待国务院办公厅公布"), default=False)


class Limit(models.Model):
    """A time limit that differs from the declared default, for a place, a category or everywhere."""

    class Unit(models.TextChoices):
        HOURS = "hours", _("小时")
        WORKHOURS = "workhours", _("工作小时")
        DAYS = "days", _("天")
        WORKDAYS = "workdays", _("个工作日")

    key = models.CharField(_("环节"), max_length=60)
    place_id = models.BigIntegerField(_("地点"), null=True)
    category = models.CharField(_("类别"), max_length=40, blank=True)
    amount = models.PositiveIntegerField(_("数量"))
    unit = models.CharField(_("单位"), max_length=10, choices=Unit.choices)
    from_date = models.DateField(_("生效日期"))
    made_by = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="limit_positive"),
            models.UniqueConstraint(
                fields=("key", "place_id", "category", "from_date"),
                name="limit_once",
                nulls_distinct=False,
            ),
        ]


LOCATED = ("place_id", "grid_id", "community_id", "street_id", "district_id", "circle_id")


def located(record: Located) -> dict[str, Any]:
    """The located columns of a record, for rows that follow it."""
    return {name: getattr(record, name) for name in LOCATED}
