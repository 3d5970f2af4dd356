"""Jobs of the practice. The queue's cron speaks UTC: 18:10 there is 02:10 in Shanghai."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.cases.actions import catch_up

BACK = timedelta(days=3)


@app.periodic(cron="10 18 * * *")
@app.task(name="cases.callbacks", queue="clock", queueing_lock="cases.callbacks")
def callbacks(timestamp: int) -> int:
    """Draw the lots again of whatever was closed lately, and list what a closing left out."""
    now = timezone.now()
    return catch_up(now - BACK, now)
