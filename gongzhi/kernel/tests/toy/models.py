from django.db import models

from gongzhi.kernel.models import Record


class Errand(Record):
    """Something to fetch."""

    title = models.CharField(max_length=100, default="")
    account_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    sent_by = models.BigIntegerField(null=True)
    calls = models.PositiveIntegerField(default=0)
    path = models.TextField(default="/1/2/")

    def place_path(self) -> str:
        return self.path


class Leg(Record):
    """A part of an errand, done by somebody else."""

    ROOT = "errand_id"

    errand = models.ForeignKey(Errand, models.PROTECT, related_name="legs")
    account_id = models.BigIntegerField(null=True)

    def root_key(self) -> int:
        return self.errand_id
