"""`gongzhi seed-calendar`: working days and holidays of the years that matter."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from gongzhi.base.calendar import known_days
from gongzhi.kernel import clock
from gongzhi.kernel.models import Day


def seed(year: int) -> int:
    """Add the days of a year that are missing and replace guessed ones; returns how many were written.

    A day an administrator has entered or confirmed stays as it is.
    """
    days, span = known_days(year), Day.objects.filter(date__year=year)
    if any(not day.is_provisional for day in days):
        # What was guessed and is no holiday after all is an ordinary day again.
        span.filter(is_provisional=True).delete()
    there = set(span.values_list("date", flat=True))
    new = Day.objects.bulk_create(Day(**day._asdict()) for day in days if day.date not in there)
    clock.forget()
    return len(new)


class Command(BaseCommand):
    """Add holidays and make-up working days; years not yet published stay provisional."""

    help = (
        "写入工作日历：法定节假日和调休上班日；国务院办公厅还没公布的年份标为待定。可以反复运行。"
        " / Seed the working calendar; years not yet published are marked provisional."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        this_year = timezone.localdate().year
        parser.add_argument("--from", dest="first", type=int, default=this_year - 2, help="从哪一年 / first year")
        parser.add_argument("--to", dest="last", type=int, default=this_year + 1, help="到哪一年 / last year")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many days were written and which years are provisional."""
        years = range(options["first"], options["last"] + 1)
        written = sum(seed(year) for year in years)
        unsure = Day.objects.filter(is_provisional=True, date__year__in=years).values_list("date__year", flat=True)
        words = "、".join(str(year) for year in sorted(set(unsure)))
        self.stdout.write(f"写入 {written} 天 / {written} days written")
        if words:
            self.stdout.write(
                f"{words} 年的放假安排还没公布，先按法定节日推算，公布后再运行一次。 / {words}: provisional."
            )
