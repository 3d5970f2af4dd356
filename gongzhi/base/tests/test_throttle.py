"""Counting tries: one statement, several processes, human answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gongzhi.base import throttle
from gongzhi.base.models import Throttle


@pytest.mark.django_db
def test_the_fourth_of_three_tries_has_to_wait() -> None:
    verdicts = [throttle.allow("sign-in:a", 3, 60) for _ in range(4)]
    assert [v.allowed for v in verdicts] == [True, True, True, False]
    assert [v.left for v in verdicts] == [2, 1, 0, 0]
    assert 55 <= verdicts[-1].retry_after <= 60
    assert throttle.allow("sign-in:b", 3, 60).allowed
    assert throttle.allow("sign-in:a", 3, 3600).allowed


@pytest.mark.django_db
def test_a_question_costs_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        throttle.allow("report:1", 5, 60)


@pytest.mark.django_db
def test_when_the_window_is_over_counting_starts_anew() -> None:
    for _ in range(3):
        throttle.allow("k", 2, 60)
    Throttle.objects.update(resets_at=timezone.now() - timedelta(seconds=1))
    verdict = throttle.allow("k", 2, 60)
    assert (verdict.allowed, verdict.left) == (True, 1)
    assert Throttle.objects.get().resets_at > timezone.now()


@pytest.mark.django_db
def test_a_success_forgets_the_failures() -> None:
    throttle.allow("k", 1, 60)
    throttle.forget("k", 60)
    assert throttle.allow("k", 1, 60).allowed


@pytest.mark.django_db
def test_keys_are_not_readable_in_the_table() -> None:
    throttle.allow("sign-in:13812345678\0🚀" + "长" * 5000, 1, 60)
    assert "13812345678" not in Throttle.objects.get().key


@pytest.mark.django_db
def test_old_counters_are_swept() -> None:
    throttle.allow("old", 1, 60)
    Throttle.objects.update(resets_at=timezone.now() - timedelta(hours=1))
    throttle.allow("new", 1, 60)
    assert throttle.sweep_throttle() == 1
    assert Throttle.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_connections_never_let_one_too_many_through() -> None:
    def tries(_worker: int) -> int:
        try:
            return sum(throttle.allow("race", 20, 600).allowed for _ in range(10))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(tries, range(8))) == 20


@pytest.mark.django_db
def test_the_table_writes_no_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'base_throttle'::regclass")
        assert cursor.fetchone() == ("u",)


@pytest.mark.parametrize(
    ("seconds", "words"), [(30, "等 30 秒"), (90, "90 秒"), (300, "过 5 分钟"), (5401, "过 2 小时")]
)
def test_the_answer_is_in_plain_words(seconds: int, words: str) -> None:
    assert words in throttle.Verdict(False, 0, seconds).message
