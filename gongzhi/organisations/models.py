"""The register of bodies: Party organisations, departments, communities, social organisations, enterprises."""

import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.base.text import clean_text, fold, search_terms
from gongzhi.territory.models import Place


class Kind(models.TextChoices):
    """Kinds of bodies named in REQUIREMENTS.md R0."""

    PARTY_COMMITTEE = "party_committee", _("党委（党工委）")
    PARTY_BRANCH = "party_branch", _("党支部（党总支）")
    GRID_GROUP = "grid_group", _("网格党小组")
    DEPARTMENT = "department", _("政府部门")
    STREET_OFFICE = "street_office", _("街道办事处（乡镇政府）")
    COMMUNITY_COMMITTEE = "community_committee", _("居（村）委会")
    SOCIAL = "social", _("社会组织")
    HUB = "hub", _("枢纽型社会组织")
    TWO_NEW = "two_new", _("两新组织")
    SCHOOL = "school", _("学校")
    HOSPITAL = "hospital", _("医院")
    ENTERPRISE = "enterprise", _("企业")
    PROPERTY = "property", _("物业公司")
    OWNERS = "owners", _("业主委员会")
    TEAM = "team", _("自组织队伍")
    OTHER = "other", _("其他单位")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Questions about organisations."""

    def living(self, at: datetime.date | None = None) -> "OrganisationQuerySet":
        """Organisations in force on the day `at` (today in Shanghai when not given)."""
        day = at or timezone.localdate()
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)

    def named(self, query: str) -> "OrganisationQuerySet":
        """Organisations by any two neighbouring characters of names and address, by pinyin or its first letters, or
        by the beginning of the credit code; nothing for fewer than two signs."""
        text = fold(clean_text(query[:80], lines=False))
        terms = search_terms(text)
        if not terms:
            return self.none()
        found = Q(search__contains=terms)
        if text.isascii():
            latin = text.replace(" ", "")
            found |= Q(pinyin__startswith=latin) | Q(initials__startswith=latin)
            found |= Q(credit_code__startswith=latin.upper())
        return self.filter(found)

    def seated_below(self, place: Place) -> "OrganisationQuerySet":
        """Organisations whose seat is the place or lies below it."""
        return self.filter(place__path__startswith=place.path)

    def serving(self, place: Place, at: datetime.date | None = None) -> "OrganisationQuerySet":
        """Living organisations that serve the place, directly or by serving a place above it."""
        day = at or timezone.localdate()
        serves = Serves.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day, place__in=place.path_ids
        )
        return self.living(day).filter(pk__in=serves.values("organisation"))


class Organisation(models.Model):
    """A body, in force from `valid_from` until the day before `valid_to`; ended, never deleted.

    `credit_code` is the unified social credit code (GB 32100), optional: owners' committees and teams have none.
    `place` is the seat; the places it works for are `Serves`.
    """

    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=40, blank=True, default="")
    kind = models.CharField(_("类别"), max_length=20, choices=Kind)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, default="", db_collation="C")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级组织")
    )
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在地点")
    )
    address = models.CharField(_("地址"), max_length=120, blank=True, default="")
    phone = models.CharField(_("电话"), max_length=30, blank=True, default="")
    pinyin = models.CharField(_("拼音"), max_length=400, db_collation="C", default="", blank=True)
    initials = models.CharField(_("拼音首字母"), max_length=100, db_collation="C", default="", blank=True)
    search = ArrayField(models.CharField(max_length=8), verbose_name=_("检索字"), default=list, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=_("继任组织")
    )
    valid_from = models.DateField(_("成立日期"), default=timezone.localdate)
    valid_to = models.DateField(_("终止日期"), null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("组织")
        verbose_name_plural = _("组织")
        ordering = ("pinyin", "id")
        indexes = [
            models.Index(fields=["pinyin", "id"], name="organisation_pinyin"),
            models.Index(fields=["initials"], name="organisation_initials"),
            models.Index(fields=["kind", "pinyin", "id"], name="organisation_kind"),
            GinIndex(fields=["search"], name="organisation_search"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="organisation_kind_known"),
            models.CheckConstraint(condition=~Q(name=""), name="organisation_has_a_name"),
            models.CheckConstraint(
                condition=Q(credit_code="") | Q(credit_code__regex=r"^[0-9A-HJ-NP-RTUWXY]{18}$"),
                name="organisation_credit_code_shape",
            ),
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=Q(valid_to=None) & ~Q(credit_code=""),
                name="organisation_credit_code_once_among_the_living",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="organisation_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | ~Q(successor=F("id")) & Q(valid_to__isnull=False),
                name="organisation_successor_of_an_ended_one",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="organisation_validity_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name

    def is_living(self, at: datetime.date | None = None) -> bool:
        """Whether the organisation is in force on the day `at` (today when not given)."""
        day = at or timezone.localdate()
        return self.valid_from <= day and (self.valid_to is None or self.valid_to > day)


class Serves(models.Model):
    """An organisation works for a place and everything below it; dispatch and routing read it."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="areas", verbose_name=_("组织"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("服务地点"))
    valid_from = models.DateField(_("开始日期"), default=timezone.localdate)
    valid_to = models.DateField(_("结束日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("服务范围")
        verbose_name_plural = _("服务范围")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "place"], condition=Q(valid_to=None), name="serves_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="serves_validity_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} → {self.place_id}"


class OrganisationChange(models.Model):
    """What was done to an organisation, by whom, why. Append-only: the database refuses to change or delete a row."""

    class What(models.TextChoices):
        ADD = "add", _("登记")
        EDIT = "edit", _("修改")
        SERVES = "serves", _("调整服务范围")
        END = "end", _("终止")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="changes", verbose_name=_("组织"))
    what = models.CharField(_("事项"), max_length=10, choices=What)
    before = models.JSONField(_("变更前"), default=dict)
    after = models.JSONField(_("变更后"), default=dict)
    by_id = models.BigIntegerField(_("办理人"), null=True)
    duty_id = models.BigIntegerField(_("依据的岗位"), null=True)
    by_name = models.CharField(_("办理人姓名"), max_length=60, blank=True, default="")
    at = models.DateTimeField(_("时间"), default=timezone.now)
    reason = models.CharField(_("原因"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("组织变更记录")
        verbose_name_plural = _("组织变更记录")
        indexes = [models.Index(fields=["organisation", "id"], name="organisationchange_of")]
        constraints = [
            models.CheckConstraint(
                condition=Q(what__in=["add", "edit", "serves", "end"]), name="organisationchange_what_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.get_what_display()}"
