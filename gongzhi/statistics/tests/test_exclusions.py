"""Taking a matter out of an assessment: asked with a reason, decided one level higher by somebody else, always shown."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from gongzhi.accounts.tests.factories import client
from gongzhi.cases import rules
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import Cast, brought_to
from gongzhi.cases.tests.factories import cast as build
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid, Refused
from gongzhi.kernel.models import Notification, Todo
from gongzhi.kernel.perform import perform
from gongzhi.statistics import actions, figures, months, rollup
from gongzhi.statistics.models import Exclusion
from gongzhi.statistics.tests.histories import FIRST

pytestmark = pytest.mark.django_db
NOW = FIRST + timedelta(days=60)
MARCH = date(2026, 3, 1)
ASKED = {"month": "2026-03-01", "reason": "policy", "words": "这条路要等明年改造才能一起修，已经向反映人说明。"}


def asked(cast: Cast, who: str = "clerk", matter: Matter | None = None, now: Any = NOW) -> Exclusion:
    matter = matter or brought_to(cast, "handling", now=FIRST)
    done = actions.exclude(matter, ASKED, actor=cast.actor(who), now=now)
    return Exclusion.objects.get(pk=done.record_id)


def test_a_request_waits_for_the_level_above_and_is_told_the_answer(cast: Cast) -> None:
    one = asked(cast)
    assert (one.level, one.state, one.asked_by) == ("community", "asked", cast.people["clerk"].pk)
    assert Todo.objects.get(kind="statistics.exclusion").post == "street_clerk"
    for who in ("second_clerk", "secretary", "neighbour_clerk", "officer"):
        with pytest.raises(NotPermitted):
            perform(one, "approve", actor=cast.actor(who), data={}, now=NOW)
    perform(one, "approve", actor=cast.actor("street_clerk"), data={"answer": "情况属实"}, now=NOW)
    one.refresh_from_db()
    assert (one.state, one.decided_by) == ("approved", cast.people["street_clerk"].pk)
    assert not Todo.objects.filter(kind="statistics.exclusion").exists()
    told = Notification.objects.get(account_id=cast.people["clerk"].pk, title__startswith="剔除申请")
    assert told.body == "情况属实"


def test_what_a_street_asks_is_decided_by_the_district(cast: Cast) -> None:
    one = asked(cast, "street_clerk")
    with pytest.raises(NotPermitted):
        perform(one, "approve", actor=cast.actor("street_secretary"), data={}, now=NOW)
    with pytest.raises(NotValid):
        perform(one, "refuse", actor=cast.actor("district_secretary"), data={"answer": ""}, now=NOW)
    perform(one, "refuse", actor=cast.actor("district_secretary"), data={"answer": "资金已经到位，请照常办理"}, now=NOW)
    with pytest.raises(NotPossible):
        perform(one, "approve", actor=cast.actor("supervisor"), data={}, now=NOW)


def test_one_matter_is_asked_for_once_a_month_and_a_reason_is_needed(cast: Cast) -> None:
    one = asked(cast)
    with pytest.raises(NotPossible, match="已经有剔除申请"):
        asked(cast, matter=one.matter)
    with pytest.raises(NotValid) as refusal:
        actions.exclude(one.matter, {**ASKED, "words": "难"}, actor=cast.actor("clerk"), now=NOW)
    assert "至少 10 个字" in str(refusal.value)
    perform(one, "withdraw", actor=cast.actor("clerk"), data={}, now=NOW)
    assert asked(cast, matter=one.matter).state == "asked"


def test_rates_are_shown_with_and_without_what_was_taken_out(cast: Cast) -> None:
    """One content of one rated; one open past its limit counts as not resolved until it is taken out."""
    brought_to(cast, "closed", now=FIRST)
    one = asked(cast)
    rollup.refresh(NOW)
    question = months.of_place(cast.city.community, MARCH, MARCH)
    before = figures.assessed(question)
    assert before.whole == before.without and before.exclusions == ()
    assert (before.whole.resolution, before.whole.contact) == (rules.Rate(1, 2), rules.Rate(2, 2))
    perform(one, "approve", actor=cast.actor("street_clerk"), data={}, now=NOW)
    after = figures.assessed(question)
    assert after.whole == before.whole and [row.pk for row in after.exclusions] == [one.pk]
    assert (after.without.resolution, after.without.contact) == (rules.Rate(1, 1), rules.Rate(1, 1))
    april = months.of_place(cast.city.community, date(2026, 4, 1), date(2026, 4, 1))
    assert figures.assessed(april).exclusions == ()
    elsewhere = months.of_place(cast.city.neighbour, MARCH, MARCH)
    assert figures.assessed(elsewhere).exclusions == ()


def test_the_page_asks_decides_and_keeps_what_was_typed(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=FIRST)
    clerk, street, neighbour = (client(cast.people[who]) for who in ("clerk", "street_clerk", "neighbour_clerk"))
    assert "没有这个号" in neighbour.get(f"/statistics/exclusions/new/?matter={matter.number}").content.decode()
    wrong = clerk.post("/statistics/exclusions/new/", {"matter": matter.number, **ASKED, "words": "太难"})
    assert wrong.status_code == 422 and "太难" in wrong.content.decode() and "至少 10 个字" in wrong.content.decode()
    assert clerk.post("/statistics/exclusions/new/", {"matter": matter.number, **ASKED}).status_code == 302
    one = Exclusion.objects.get()
    page = street.get("/statistics/exclusions/?from=2026-03&to=2026-03").content.decode()
    assert "同意剔除" in page and "这条路要等明年改造" in page
    assert "同意剔除" not in clerk.get("/statistics/exclusions/").content.decode()
    empty = street.post(f"/statistics/exclusions/{one.pk}/refuse/", {"answer": ""})
    assert empty.status_code == 422
    assert street.post(f"/statistics/exclusions/{one.pk}/approve/", {"answer": "同意", "seq": "1"}).status_code == 302
    again = street.post(f"/statistics/exclusions/{one.pk}/refuse/", {"answer": "再想想", "seq": "1"})
    assert again.status_code == 409
    assert neighbour.post(f"/statistics/exclusions/{one.pk}/approve/").status_code == 404
    assert street.post(f"/statistics/exclusions/{one.pk}/ask/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_is_refused(transactional_db: None) -> None:
    cast = build()
    outcomes: list[str] = []
    one, start = asked(cast), threading.Barrier(2)

    def decide(who: str, verb: str) -> None:
        try:
            start.wait()
            perform(one, verb, actor=actors[who], data={"answer": "核实过了"}, now=NOW, seq=1)
            outcomes.append(verb)
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    actors = {who: cast.actor(who) for who in ("street_clerk", "street_secretary")}
    threads = [
        threading.Thread(target=decide, args=pair)
        for pair in (("street_clerk", "approve"), ("street_secretary", "refuse"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes).count("refused") == 1 and len(outcomes) == 2
