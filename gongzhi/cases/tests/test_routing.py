"""Routing rules as a pure function, the answer for one matter, and what is frozen when it is dispatched."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.accounts.tests.factories import client
from gongzhi.cases import routing
from gongzhi.cases.actions import relocate
from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Category, Matter, RoutingRule
from gongzhi.cases.routing import route
from gongzhi.cases.routing.deciding import decide, first
from gongzhi.cases.routing.matching import Book, Facts, Terms, covers, facts_of, in_hours, swapped, terms_of
from gongzhi.cases.tests.factories import MORNING, Cast, brought_to, reported, triaged
from gongzhi.kernel.clock import SHANGHAI, Clock
from gongzhi.kernel.perform import perform

CLOCK = Clock(days={date(2026, 10, 10): True}, hours=((time(9), time(12)), (time(13, 30), time(17, 30))))
ANY = {"place_path": "/"}


class Everybody:
    """A roster on which every handler is there."""

    def find(self, terms: Terms, path: str) -> Handler | None:
        return Handler(organisation_id=terms.organisation_id or 1, name="谁")

    def why_not(self, terms: Terms, path: str) -> str:
        raise AssertionError("everybody is there")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def seen(**fields: Any) -> Facts:
    """A concern about lights (category 5 below 2) in grid 4 of community 3."""
    defaults = {
        "categories": (5, 2),
        "path": "/1/3/4/",
        "at": at("2026-03-04 09:30"),
        "text": "楼道灯不亮",
        "clock": CLOCK,
    }
    return Facts(**{**defaults, **fields})


moments = st.builds(datetime.combine, st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.times(), st.just(SHANGHAI))
hours = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
words = st.lists(st.sampled_from(["楼道", "路灯", "爆管", "打架"]), max_size=2, unique=True).map(tuple)
rules = st.builds(
    Terms, pk=st.integers(1, 9), category=st.sampled_from([None, 5, 2, 7]), category_parent=st.just(None),
    place=st.sampled_from([None, 3, 4, 8]), words=words, words_none=words, weekdays=st.sets(st.integers(1, 7)).map(tuple),
    from_time=st.none() | hours, to_time=st.none() | hours, hours=st.sampled_from(["", "work", "off"]),
    channels=st.sampled_from([(), ("web",), ("web", "hotline")]), urgency=st.sampled_from(["", "normal", "urgent"]),
    organisation_id=st.integers(1, 3),
)  # fmt: skip
concerns = st.builds(
    seen, at=moments, categories=st.sampled_from([(5, 2), (2,), (7,), ()]), path=st.sampled_from(["/1/3/4/", "/1/8/"]),
    text=st.sampled_from(["楼道的灯", "路灯灭了", "水管爆管", ""]), channel=st.sampled_from(["web", "hotline"]),
    urgency=st.sampled_from(["normal", "urgent"]),
)  # fmt: skip


@given(st.lists(rules, max_size=8), concerns)
def test_the_first_rule_that_fits_wins_whatever_the_index_does(drawn: list[Terms], about: Facts) -> None:
    drawn = [replace(terms, pk=number) for number, terms in enumerate(drawn, 1)]
    found = first(Book(drawn), about, Everybody())
    assert (found[0] if found else None) == next((terms for terms in drawn if terms.fits(about)), None)


@given(st.lists(rules, min_size=2, max_size=6), concerns)
def test_two_rules_in_each_others_place_change_nothing_for_what_neither_takes(drawn: list[Terms], about: Facts) -> None:
    drawn = [replace(terms, pk=number) for number, terms in enumerate(drawn, 1)]
    after = swapped(drawn, 1, len(drawn))
    before, now = first(Book(drawn), about, Everybody()), first(Book(after), about, Everybody())
    assert sorted(t.pk for t in after) == sorted(t.pk for t in drawn)
    if not drawn[0].fits(about) and not drawn[-1].fits(about):
        assert before == now
    if drawn[0].fits(about) and drawn[-1].fits(about):
        assert before and now and (before[0].pk, now[0].pk) == (1, len(drawn))


@given(rules, concerns)
def test_a_rule_says_why_exactly_when_it_fits(terms: Terms, about: Facts) -> None:
    assert bool(terms.miss(about)) != terms.fits(about)
    if terms.fits(about):
        assert all(terms.reasons(about))


@given(rules, rules, concerns)
def test_a_rule_that_covers_another_fits_whatever_the_other_fits(wide: Terms, narrow: Terms, about: Facts) -> None:
    narrow = replace(
        narrow, category_parent=2 if narrow.category == 5 else None,
        place_path={None: "/", 3: "/1/3/", 4: "/1/3/4/", 8: "/1/8/"}[narrow.place],
    )  # fmt: skip
    if covers(wide, narrow) and narrow.fits(about):
        assert wide.fits(about)


@given(hours, hours, st.times())
def test_hours_over_midnight_are_those_the_day_span_leaves_out(start: time, end: time, moment: time) -> None:
    if start != end:
        assert in_hours(start, end, moment) != in_hours(end, start, moment)
    assert in_hours(start, None, moment) != in_hours(None, start, moment)


@pytest.mark.parametrize(
    ("moment", "is_in"),
    [("2026-07-10 21:59", False), ("2026-07-10 22:00", True), ("2026-07-11 05:59", True), ("2026-07-11 06:00", False),
     ("2026-07-12 01:00", False), ("2026-07-10 02:00", False)],
)  # fmt: skip
def test_the_small_hours_belong_to_the_evening_before(moment: str, is_in: bool) -> None:
    friday = Terms(weekdays=(5,), from_time=time(22), to_time=time(6))
    assert friday.fits(seen(at=at(moment))) is is_in


@pytest.mark.parametrize(
    ("moment", "is_work"),
    [("2026-03-04 09:30", True), ("2026-03-04 12:30", False), ("2026-03-07 10:00", False), ("2026-10-10 10:00", True)],
)
def test_working_time_follows_the_calendar(moment: str, is_work: bool) -> None:
    assert Terms(hours="work").fits(seen(at=at(moment))) is is_work
    assert Terms(hours="off").fits(seen(at=at(moment))) is not is_work


def test_words_that_must_not_be_written_keep_a_rule_away() -> None:
    terms = Terms(words=("灯",), words_none=("路灯",))
    assert terms.fits(seen()) and not terms.fits(seen(text="路灯不亮"))
    assert "路灯" in terms.miss(seen(text="路灯不亮"))


def test_a_season_ends_with_its_last_day() -> None:
    terms = Terms(from_date=date(2026, 5, 1), to_date=date(2026, 9, 30))
    assert terms.fits(seen(at=at("2026-09-30 23:59"))) and not terms.fits(seen(at=at("2026-10-01 00:00")))


# --- with a database -------------------------------------------------------------------------------------------------


def rule(cast: Cast, name: str = "路灯归市政", **fields: Any) -> RoutingRule:
    """A rule for lights in the district, to the department works."""
    defaults = {
        "position": 10, "category": cast.light, "place": cast.city.district, "triage_class": "small",
        "organisation_id": cast.works.pk,
    }  # fmt: skip
    routing.forget()
    return RoutingRule.objects.create(name=name, **{**defaults, **fields})


def matter_of(cast: Cast, **fields: Any) -> Matter:
    made = reported(cast, **fields).matter
    assert made is not None
    return made


def test_the_database_hands_over_exactly_what_can_fit(cast: Cast) -> None:
    above = Category.objects.create(code="utility", name="公用设施")
    Category.objects.filter(pk=cast.light.pk).update(parent=above)
    rule(cast, "别的类别", category=cast.drain, position=1)
    rule(cast, "别的地方", place=cast.city.other_district, position=2)
    rule(cast, "停用的", is_active=False, position=3)
    rule(cast, "上一级类别", category=above, position=4)
    found = route(Matter.objects.select_related("category").get(pk=matter_of(cast).pk), "")
    assert found is not None and found.rule.name == "上一级类别"


def test_who_does_not_serve_the_place_is_passed_over_and_named(cast: Cast) -> None:
    rule(cast, "荣县的单位", organisation_id=cast.water.pk, position=1)
    cast.water.areas.update(place=cast.city.other_district)
    rule(cast, "没人的岗位", organisation_id=None, post="district_clerk", position=2)
    rule(cast, position=3)
    found = route(matter_of(cast), "灯不亮")
    assert found is not None and found.handler.organisation_id == cast.works.pk
    said = [(skip.rule.name, skip.why) for skip in found.skipped]
    assert said[0] == ("荣县的单位", "水务集团不负责这个地方")
    assert said[1][0] == "没人的岗位" and "没有人任" in said[1][1]


def test_one_answer_takes_three_statements_however_many_rules_there_are(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    matter = matter_of(cast)
    RoutingRule.objects.bulk_create([
        RoutingRule(position=n, name=f"规则{n}", category=cast.drain, place=cast.city.other_district, post="clerk",
                    triage_class="small")
        for n in range(500)
    ])  # fmt: skip
    rule(cast, "岗位", organisation_id=None, post="district_clerk", position=900)
    rule(cast, position=901)
    with django_assert_max_num_queries(3):
        found = route(matter, "灯不亮")
    assert found is not None and found.rule.name == "路灯归市政"


def test_following_the_suggestion_is_frozen_with_the_rule_and_its_version(cast: Cast) -> None:
    made = rule(cast, words=["楼道"], version=3, why="分工清单")
    matter = brought_to(cast, "assigned")
    kept = matter.route
    assert (kept["rule"], kept["version"], kept["is_followed"]) == (made.pk, 3, True)
    assert kept["words"] == (
        "按规则“路灯归市政”：地点在自流井区，类别是“路灯楼道灯”，写到“楼道”，建议派给市政公用中心，照此派出。"
    )
    browser = client(cast.people["clerk"])
    for address in ("", "sent/", "print/"):
        assert kept["words"] in browser.get(f"/matters/{matter.number}/{address}").content.decode(), address


def test_deciding_otherwise_is_frozen_too(cast: Cast) -> None:
    rule(cast)
    matter = matter_of(cast)
    perform(matter, "accept", actor=cast.actor("clerk"), now=MORNING)
    perform(matter, "triage", actor=cast.actor("clerk"), data=triaged(cast, f"o{cast.water.pk}"), now=MORNING)
    kept = Matter.objects.get(pk=matter.pk).route
    assert kept["is_followed"] is False and kept["words"].endswith("建议派给市政公用中心；经办人改派水务集团。")
    assert (kept["suggested"], kept["chosen"]) == (f"o{cast.works.pk}", f"o{cast.water.pk}")


def test_without_a_rule_it_says_that_a_person_chose(cast: Cast) -> None:
    kept = brought_to(cast, "assigned").route
    assert kept["rule"] is None and kept["is_followed"] is None and "没有派单规则对得上" in kept["words"]


def test_handing_on_keeps_what_was_frozen_and_adds_the_move(cast: Cast) -> None:
    made = rule(cast)
    matter = brought_to(cast, "handling")
    moved = {"handler": f"o{cast.water.pk}", "reason": "那一段归水务"}
    perform(matter, "transfer", actor=cast.actor("clerk"), data=moved)
    kept = Matter.objects.get(pk=matter.pk).route
    assert kept["rule"] == made.pk and kept["chosen"] == f"o{cast.works.pk}"
    assert [(move["name"], move["why"]) for move in kept["moves"]] == [("水务集团", "那一段归水务")]
    assert "那一段归水务" in client(cast.people["clerk"]).get(f"/matters/{matter.number}/sent/").content.decode()


def test_correcting_the_place_sends_nothing_elsewhere_but_offers_it(cast: Cast) -> None:
    rule(cast, "新民街的灯归水务", place=cast.city.neighbour, organisation_id=cast.water.pk, position=1)
    rule(cast)
    matter = brought_to(cast, "handling")
    before = matter.route
    browser = client(cast.people["street_clerk"])
    assert "没有自动改派" not in browser.get(f"/matters/{matter.number}/").content.decode()
    relocate(matter, cast.city.neighbour_grid, "报错了社区", actor=cast.actor("street_clerk"))
    now = Matter.objects.get(pk=matter.pk)
    assert now.organisation_id == cast.works.pk and now.route == before
    page = browser.get(f"/matters/{matter.number}/").content.decode()
    assert "没有自动改派" in page and "新民街的灯归水务" in page
    form = browser.get(f"/matters/{matter.number}/transfer/?handler=o{cast.water.pk}").content.decode()
    assert f'value="o{cast.water.pk}" selected' in form


def test_a_matter_sent_back_is_frozen_anew_when_it_goes_out_again(cast: Cast) -> None:
    rule(cast)
    matter = brought_to(cast, "assigned")
    perform(matter, "return", actor=cast.actor("officer"), data={"reason": "不归我们"})
    matter = Matter.objects.get(pk=matter.pk)
    perform(matter, "triage", actor=cast.actor("clerk"), data=triaged(cast, f"o{cast.water.pk}"))
    kept = Matter.objects.get(pk=matter.pk).route
    assert kept["again"] == 1 and kept["is_followed"] is False


def test_the_timeline_says_why(cast: Cast) -> None:
    rule(cast)
    matter = brought_to(cast, "assigned")
    page = client(cast.people["clerk"]).get(f"/matters/{matter.number}/")
    notes = [event["note"] for event in page.context["events"]]
    assert any("照此派出" in note for note in notes)
    resident = client(cast.people["resident"]).get(f"/concerns/{matter.reports.get().number}/").content.decode()
    assert "照此派出" not in resident


def test_why_it_was_sent_is_read_by_who_may_read_the_matter(cast: Cast) -> None:
    rule(cast)
    address = f"/matters/{brought_to(cast, 'assigned').number}/sent/"
    assert client(cast.people["officer"]).get(address).status_code == 200
    for stranger in ("neighbour_clerk", "water_officer", "administrator", "resident"):
        assert client(cast.people[stranger]).get(address).status_code == 404, stranger


def test_rules_without_conditions_and_texts_read_nothing_but_what_they_need(cast: Cast) -> None:
    terms = terms_of(rule(cast, "兜底", category=None, place=None))
    assert terms.is_catch_all and not terms.needs_text
    found, _skipped = decide(Book([terms]), facts_of(matter_of(cast)), Everybody())
    assert found is not None and "没有更具体的规则" in found.why


def test_facts_are_those_of_the_report_in_shanghai(cast: Cast) -> None:
    about = facts_of(matter_of(cast, now=MORNING + timedelta(hours=14, minutes=15)))
    assert f"{about.at:%Y-%m-%d %H:%M}" == "2026-03-04 23:45" and about.over(cast.city.community.pk)
