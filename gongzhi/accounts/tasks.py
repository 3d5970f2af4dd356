"""Housekeeping of accounts: dead sessions, old sign-ins, old codes."""

from datetime import UTC, datetime, timedelta

from django.contrib.sessions.models import Session
from procrastinate.contrib.django import app

from gongzhi.accounts.models import OneTimeCode, SignIn

KEPT = timedelta(days=400)
"""Who signed in when is kept longer than the six months of the Cybersecurity Law of 2016, article 21."""


@app.periodic(cron="20 18 * * *", periodic_id="accounts-tidy")  # 02:20 in Shanghai; the queue's clock is UTC
@app.task(queueing_lock="accounts-tidy")
def tidy(timestamp: int) -> None:
    """Remove sessions that died, sign-ins and codes older than KEPT."""
    clean(datetime.fromtimestamp(timestamp, UTC))


def clean(now: datetime) -> None:
    """The same for a given moment."""
    Session.objects.filter(expire_date__lt=now).delete()
    SignIn.objects.filter(seen_at__lt=now - KEPT).delete()
    OneTimeCode.objects.filter(created_at__lt=now - KEPT).delete()
