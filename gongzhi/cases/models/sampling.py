"""How many closed matters are asked about again. Editable data, never changed afterwards: a newer row supersedes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.cases.models.settings import Category
from gongzhi.cases.models.words import Urgency
from gongzhi.territory.models import Place


class SampleShare(models.Model):
    """A share of closed reports that are called back, from a day on, for a place, a category, an urgency or all.

    The nearest place wins, then the closer category, then the urgency. Whoever was not content is always called.
    """

    class Group(models.TextChoices):
        RATED = "rated", _("评价满意的")
        UNRATED = "unrated", _("没有评价的")

    group = models.CharField(_("抽哪一类"), max_length=8, choices=Group)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地点"))
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, verbose_name=_("类别"))
    urgency = models.CharField(_("缓急"), max_length=10, choices=Urgency, blank=True, default="")
    percent = models.PositiveSmallIntegerField(_("抽百分之几"))
    from_date = models.DateField(_("从哪天起"))
    made_by = models.BigIntegerField(_("办理人"), null=True)
    made_at = models.DateTimeField(_("办理时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("回访抽查比例")
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="sampleshare_percent"),
            models.UniqueConstraint(
                fields=("group", "place", "category", "urgency", "from_date"), name="sampleshare_once",
                nulls_distinct=False,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_group_display()} {self.percent}%"
