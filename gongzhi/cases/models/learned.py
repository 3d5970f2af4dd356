"""What was learned from how people sorted earlier concerns."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LearnedModel(models.Model):
    """A trained suggestion of categories with its measured quality. The newest one in use is asked.

    `quality`: for each category code how many texts there were, were guessed and were guessed right, on texts the model
    had not seen, at `threshold`; `is_told` says whether the category is suggested at all.
    """

    trained_at = models.DateTimeField(_("学习时间"))
    documents = models.PositiveIntegerField(_("学了多少件"))
    threshold = models.FloatField(_("把握到多少才建议"))
    quality = models.JSONField(_("各类别量得的质量"), default=list)
    data = models.BinaryField(_("模型"))
    is_active = models.BooleanField(_("使用中"), default=True)
    made_by = models.BigIntegerField(_("谁让学的"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("学到的类别建议")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.trained_at:%Y-%m-%d %H:%M}"
