"""Who acts: terms, acting for another, cover, and what it costs."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from gongzhi.accounts import posts
from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Duty
from gongzhi.accounts.tests import factories as make
from gongzhi.kernel.actor import SYSTEM
from gongzhi.kernel.models import Circle
from gongzhi.organisations.models import Organisation
from gongzhi.territory.actions import merge
from gongzhi.territory.models import Kind
from gongzhi.territory.tests.factories import City

TODAY = date(2026, 11, 24)


def test_a_duty_that_ends_today_still_counts_today_and_no_longer_tomorrow(city: City) -> None:
    clerk = make.account()
    make.duty(clerk, "clerk", city.community, ends=TODAY)
    assert [grant.post for grant in actor_of(clerk, TODAY).grants] == ["clerk"]
    assert actor_of(clerk, TODAY + timedelta(days=1)).grants == ()


def test_a_duty_that_starts_tomorrow_gives_nothing_today(city: City) -> None:
    clerk = make.account()
    make.duty(clerk, "clerk", city.community, starts=TODAY + timedelta(days=1))
    assert actor_of(clerk, TODAY).grants == ()
    assert actor_of(clerk, TODAY + timedelta(days=1)).grants != ()


def test_each_level_of_place_gives_its_level_and_ids(city: City) -> None:
    member = make.account()
    for post, place in (("grid_member", city.grid), ("clerk", city.community), ("street_clerk", city.street)):
        make.duty(member, post, place)
    levels = {grant.post: (grant.level, grant.covered) for grant in actor_of(member, TODAY).grants}
    assert levels == {
        "grid_member": ("grid", frozenset({city.grid.pk})),
        "clerk": ("community", frozenset({city.community.pk})),
        "street_clerk": ("street", frozenset({city.street.pk})),
    }


def test_a_city_administrator_covers_the_districts_and_a_captain_the_households(city: City) -> None:
    both = make.account()
    make.duty(both, "administrator", city.city)
    make.duty(both, "captain", city.building)
    covered = {grant.post: grant.covered for grant in actor_of(both, TODAY).grants}
    assert covered["administrator"] == {city.district.pk, city.other_district.pk}
    assert {city.building.pk, city.household.pk} <= covered["captain"]


def test_a_duty_in_an_organisation_names_it_and_no_level(city: City) -> None:
    body = Organisation.objects.create(name="自流井区住建局", kind="department", place=city.district)
    officer = make.holder("officer", body)
    (grant,) = actor_of(officer, TODAY).grants
    assert (grant.organisation_id, grant.level, grant.covered) == (body.pk, "", frozenset())
    assert actor_of(officer, TODAY).organisations == {body.pk}


def test_a_duty_covers_the_predecessors_of_its_place(city: City) -> None:
    new = merge([city.community, city.neighbour], name="磨子井新社区", code="", actor=SYSTEM, reason="合并")
    clerk = make.holder("clerk", new)
    (grant,) = actor_of(clerk, TODAY).grants
    assert {city.community.pk, city.neighbour.pk, new.pk} <= grant.covered


@pytest.mark.parametrize(("offset", "acts"), [(-1, False), (0, True), (3, True), (4, False)])
def test_acting_for_another_works_from_its_first_to_its_last_day(city: City, offset: int, acts: bool) -> None:
    secretary, deputy = make.holder("community_secretary", city.community), make.account("李明")
    make.delegation(secretary, deputy, TODAY, TODAY + timedelta(days=3))
    grants = actor_of(deputy, TODAY + timedelta(days=offset)).grants
    assert [(grant.post, grant.on_behalf_of) for grant in grants] == (
        [("community_secretary", secretary.pk)] if acts else []
    )


def test_only_the_lent_duty_is_lent_and_never_lent_on(city: City) -> None:
    first, second, third = make.account("甲"), make.account("乙"), make.account("丙")
    lent = make.duty(first, "clerk", city.community)
    make.duty(first, "grid_member", city.grid)
    make.delegation(first, second, TODAY, TODAY, duty=lent)
    make.delegation(second, third, TODAY, TODAY)
    assert [grant.post for grant in actor_of(second, TODAY).grants] == ["clerk"]
    assert actor_of(third, TODAY).grants == ()


def test_a_lent_duty_ends_with_the_term_and_with_the_account_of_its_owner(city: City) -> None:
    owner, deputy = make.account("甲"), make.account("乙")
    make.duty(owner, "clerk", city.community, ends=TODAY)
    make.delegation(owner, deputy, TODAY, TODAY + timedelta(days=9))
    assert actor_of(deputy, TODAY + timedelta(days=1)).grants == ()
    owner.is_active = False
    owner.save()
    assert actor_of(deputy, TODAY).grants == ()


def test_own_duties_come_before_lent_ones(city: City) -> None:
    owner, deputy = make.holder("clerk", city.community), make.account("乙")
    make.delegation(owner, deputy, TODAY, TODAY)
    make.duty(deputy, "clerk", city.community)
    assert [grant.on_behalf_of for grant in actor_of(deputy, TODAY).grants] == [None, owner.pk]


def test_a_locked_account_and_one_with_a_one_time_password_hold_nothing(city: City) -> None:
    clerk = make.holder("clerk", city.community, must_change_password=True)
    assert actor_of(clerk, TODAY).grants == ()
    clerk.must_change_password, clerk.is_active = False, False
    assert actor_of(clerk, TODAY).account_id is None


def test_an_actor_costs_two_statements_however_many_duties(
    city: City, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    busy, owner = make.account(), make.account("乙")
    for place in (city.community, city.neighbour, city.village):
        make.duty(busy, "clerk", place)
        make.duty(owner, "clerk", place)
    make.delegation(owner, busy, TODAY, TODAY)
    mine = Circle.objects.create(reason="反映社区干部", members=[busy.pk])
    Circle.objects.create(reason="反映他本人", members=[busy.pk], about=[busy.pk])
    actor_of(busy, TODAY)
    with django_assert_max_num_queries(2):
        actor = actor_of(busy, TODAY)
    assert len(actor.grants) == 6
    assert actor.circles == {mine.pk}


def test_a_public_page_costs_no_statement_for_who_is_there(
    city: City, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = make.client()
    with django_assert_num_queries(0):
        assert browser.get("/register").status_code == 200


def test_tracking_codes_of_the_session_reach_the_actor() -> None:
    request = RequestFactory().get("/")
    request.session = {"tokens": ["a-uid"]}  # type: ignore[assignment]
    assert actor_of(None, TODAY, request.session).tokens == {"a-uid"}


def test_the_same_duty_twice_at_a_time_is_refused_by_the_database(city: City) -> None:
    clerk = make.account()
    make.duty(clerk, "clerk", city.community, ends=TODAY)
    with pytest.raises(IntegrityError, match="once_at_a_time"), transaction.atomic():
        make.duty(clerk, "clerk", city.community, starts=TODAY)
    make.duty(clerk, "clerk", city.community, starts=TODAY + timedelta(days=1))
    make.duty(clerk, "clerk", city.neighbour)


@pytest.mark.parametrize("wrong", ["no place", "both", "dates", "place for an officer"])
def test_the_database_refuses_a_duty_that_cannot_be(city: City, wrong: str) -> None:
    body = Organisation.objects.create(name="住建局", kind="department")
    cases: dict[str, dict[str, Any]] = {
        "no place": {"post": "clerk"},
        "both": {"post": "clerk", "place": city.community, "organisation": body},
        "dates": {"post": "clerk", "place": city.community, "ends": date(2019, 1, 1)},
        "place for an officer": {"post": "officer", "place": city.community},
    }
    with pytest.raises(IntegrityError):
        Duty.objects.create(account=make.account(), starts=make.LONG_AGO, **cases[wrong])


def test_an_unknown_post_fails_loudly() -> None:
    with pytest.raises(posts.UnknownPost, match="clark"):
        posts.post("clark")
    with pytest.raises(posts.UnknownPost):
        posts.posts("clerk", "clark")


def test_every_post_says_what_it_sees_and_stands_at_known_levels() -> None:
    for post in posts.POSTS.values():
        assert str(post.sees).endswith("。")
        assert set(post.levels) <= set(Kind.values)
