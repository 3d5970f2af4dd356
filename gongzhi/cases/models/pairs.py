"""Pairs of matters that look the same but are not: said once, remembered."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.cases.models.matter import Matter


class DuplicateDismissal(models.Model):
    """Somebody looked at two matters and found them to be two; the pair is not suggested again."""

    first = models.ForeignKey(Matter, models.PROTECT, related_name="+", verbose_name=_("一件"))
    second = models.ForeignKey(Matter, models.PROTECT, related_name="dismissals", verbose_name=_("另一件"))
    by_id = models.BigIntegerField(_("办理人"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("不是同一件事")
        constraints = [
            models.UniqueConstraint(fields=("first", "second"), name="dismissal_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="dismissal_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"
