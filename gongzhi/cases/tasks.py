"""Nightly cleaning of cases. The queue's cron speaks UTC: 18:30 there is 02:30 in Shanghai."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from gongzhi.cases import drafts


@app.periodic(cron="30 18 * * *", periodic_id="cases-drafts")
@app.task(name="cases.sweep_drafts", queueing_lock="cases-drafts")
def sweep_drafts(timestamp: int) -> None:
    """Drafts of intake that nobody has touched for a week."""
    drafts.sweep(datetime.fromtimestamp(timestamp, UTC))
