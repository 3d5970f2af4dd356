"""What the practice does at night. The queue's cron speaks UTC: 18:40 there is 02:40 in Shanghai."""

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.cases import drafts, learned
from gongzhi.cases.actions import catch_up

log = logging.getLogger(__name__)
BACK = timedelta(days=3)
"""How far back closings are drawn again."""


@app.periodic(cron="10 18 * * *", periodic_id="cases-callbacks")
@app.task(name="cases.callbacks", queue="clock", queueing_lock="cases.callbacks")
def callbacks(timestamp: int) -> int:
    """Draw the lots again of whatever was closed lately, and list what a closing left out."""
    now = timezone.now()
    return catch_up(now - BACK, now)


@app.periodic(cron="30 18 * * *", periodic_id="cases-drafts")
@app.task(name="cases.sweep_drafts", queue="clock", queueing_lock="cases-drafts")
def sweep_drafts(timestamp: int) -> None:
    """Drafts of intake that nobody has touched for a week."""
    drafts.sweep(datetime.fromtimestamp(timestamp, UTC))


@app.periodic(cron="40 18 * * 0", periodic_id="cases-learn")
@app.task(name="cases.learn_weekly", queue="clock", queueing_lock="cases.learn")
def learn_weekly(timestamp: int) -> None:
    """Learn again when enough was sorted since the last time."""
    if learned.is_due(timezone.now()):
        with suppress(learned.TooLittle):
            learned.learn()


@app.task(name="cases.learn", queueing_lock="cases.learn")
def learn(made_by: int) -> None:
    """Learn now, because somebody asked."""
    try:
        learned.learn(made_by)
    except learned.TooLittle as few:
        log.warning("not enough to learn from: %d concerns", few.count)
