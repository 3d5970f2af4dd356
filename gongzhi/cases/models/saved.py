"""What staff keep for themselves on the desk."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedFilter(models.Model):
    """A list somebody comes back to: the address's query under a name of one's own. Shows only what its owner may see."""

    account_id = models.BigIntegerField(_("账号"))
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(_("筛选"), max_length=500)
    made_at = models.DateTimeField(_("存的时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("存下的筛选")
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=("account_id", "name"), name="savedfilter_name_once")]

    def __str__(self) -> str:
        return self.name
