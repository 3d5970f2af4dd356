"""Nightly cleaning. The queue's cron speaks UTC: 18:10 there is 02:10 in Shanghai."""

from procrastinate.contrib.django import app

from gongzhi.base.files import sweep_orphans
from gongzhi.base.throttle import sweep_throttle


@app.periodic(cron="10 18 * * *")
@app.task(name="base.sweep", queue="clock", queueing_lock="base.sweep")
def sweep(timestamp: int) -> None:
    """Files that belong to no record and counters whose window is over."""
    sweep_orphans()
    sweep_throttle()
