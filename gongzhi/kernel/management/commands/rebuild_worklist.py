"""`gongzhi rebuild-worklist`: derive every open obligation anew from the records."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from gongzhi.kernel import worklist
from gongzhi.kernel.procedure import all_procedures


class Command(BaseCommand):
    help = "从记录重新推算全部待办 / derive the whole work list anew from the records"

    def handle(self, *args: Any, **options: Any) -> None:
        """One transaction per procedure."""
        for procedure in all_procedures():
            with transaction.atomic():
                count = worklist.rebuild(procedure, timezone.now())
            self.stdout.write(f"{procedure.label}: {count}")
