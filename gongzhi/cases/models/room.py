"""What the last step of the 365 room leaves behind."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from gongzhi.cases.models.matter import Matter
from gongzhi.cases.models.words import ServiceMode, TriageClass, Urgency


class AssessmentFigure(models.Model):
    """Figures of one closing of one matter, kept at 动态考核 (row F1). Append-only; about units, never about residents.

    `handling_minutes`: from acceptance to the handler's result, whole minutes, pauses included. `closing` counts from 0
    with each time the matter was opened again.
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="figures", verbose_name=_("事项"))
    closing = models.PositiveSmallIntegerField(_("第几次办结"))
    organisation_id = models.BigIntegerField(_("承办单位"), null=True)
    account_id = models.BigIntegerField(_("承办人"), null=True)
    grid_id = models.BigIntegerField(null=True)
    community_id = models.BigIntegerField(null=True)
    street_id = models.BigIntegerField(null=True)
    district_id = models.BigIntegerField(null=True)
    category = models.CharField(_("类别"), max_length=40, blank=True, default="", db_collation="C")
    service_mode = models.CharField(_("服务方式"), max_length=10, choices=ServiceMode, blank=True, default="")
    triage_class = models.CharField(_("大事小事私事"), max_length=10, choices=TriageClass, blank=True, default="")
    urgency = models.CharField(_("缓急"), max_length=10, choices=Urgency)
    is_contact_in_time = models.BooleanField(_("按时联系"))
    is_handled_in_time = models.BooleanField(_("按时办理"))
    handling_minutes = models.PositiveIntegerField(_("办理用时（分钟）"), default=0)
    reports = models.PositiveIntegerField(_("反映人数"))
    rated = models.PositiveIntegerField(_("评价人数"))
    resolved = models.PositiveIntegerField(_("说解决了"))
    content = models.PositiveIntegerField(_("满意"))
    remark = models.CharField(_("考核意见"), max_length=500, blank=True, default="")
    assessed_by = models.BigIntegerField(_("考核人"), null=True)
    at = models.DateTimeField(_("考核时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("考核数字")
        constraints = [models.UniqueConstraint(fields=("matter", "closing"), name="figure_once_a_closing")]
        indexes = [
            models.Index(fields=["community_id", "-at"], name="figure_community"),
            models.Index(fields=["organisation_id", "-at"], name="figure_organisation"),
        ]
