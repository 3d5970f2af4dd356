"""`gongzhi rebuild-statistics`: derive every figure anew from the events."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from gongzhi.base.progress import track
from gongzhi.statistics import rollup


class Command(BaseCommand):
    help = "由事件重新推算全部统计 / derive every figure anew from the events"

    def handle(self, *args: Any, **options: Any) -> None:
        """One transaction; a month at a time with a bar."""
        span = rollup.span()
        total = len(list(rollup.months(*span))) if span else 0
        with transaction.atomic():
            done = sum(1 for _month in track(rollup.rebuild(), "统计 / figures", total))
        self.stdout.write(f"{done} 个月 / {done} months")
