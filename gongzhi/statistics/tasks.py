"""Jobs of the figures. The queue's cron speaks UTC: midnight there is 08:00 in Shanghai."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.statistics import monthly, rollup


@app.periodic(cron="*/5 * * * *")
@app.task(name="statistics.refresh", queue="clock", queueing_lock="statistics.refresh")
def refresh(timestamp: int) -> int:
    """Days whose events have grown, and what is open now."""
    return rollup.refresh()


@app.periodic(cron="0 0 1-12 * *")
@app.task(name="statistics.month", queue="clock", queueing_lock="statistics.month")
def month(timestamp: int) -> int:
    """On the first working day at 08:00: the month before is closed and reported."""
    now = timezone.now()
    if not monthly.is_first_workday(now):
        return 0
    before = rollup.month_of(rollup.month_of(rollup.today(now)) - timedelta(days=1))
    return len(monthly.publish(before, now))
