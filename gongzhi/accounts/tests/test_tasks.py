"""Housekeeping."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from gongzhi.accounts import actions, tasks
from gongzhi.accounts.models import OneTimeCode, SignIn
from gongzhi.accounts.tests import factories as make

pytestmark = pytest.mark.django_db


def test_dead_sessions_and_old_traces_go_and_young_ones_stay() -> None:
    account, now = make.resident(), timezone.now()
    for number, age in enumerate((timedelta(days=399), timedelta(days=401))):
        SignIn.objects.create(account=account, session_key=f"key{number}", seen_at=now - age)
        Session.objects.create(session_key=f"key{number}", expire_date=now + timedelta(days=1 - 2 * number))
    actions.make_code(account, by=account)
    tasks.clean(now)
    assert list(SignIn.objects.values_list("session_key", flat=True)) == ["key0"]
    assert list(Session.objects.values_list("session_key", flat=True)) == ["key0"]
    assert OneTimeCode.objects.exists()
    tasks.clean(now + timedelta(days=401))
    assert not OneTimeCode.objects.exists()
