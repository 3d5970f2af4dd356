"""What administrators do with routing rules: dry runs, examples, versions, gaps and overlaps, how often they are followed."""

import threading
from copy import copy
from datetime import date, time
from io import StringIO
from time import process_time
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.factories import actor, client, duty, holder
from gongzhi.cases import settings_actions
from gongzhi.cases.models import Category, Matter, RoutingCase, RoutingRule, SettingChange
from gongzhi.cases.routing import active, examples, trial
from gongzhi.cases.routing.accuracy import accuracy
from gongzhi.cases.routing.matching import Terms, with_changed
from gongzhi.cases.routing.pictures import picture_of_rule
from gongzhi.cases.routing.review import review
from gongzhi.cases.routing.versions import versions
from gongzhi.cases.tests.factories import Cast, brought_to, reported, triaged
from gongzhi.cases.tests.test_routing import rule
from gongzhi.cases.tests.test_settings import rule_form
from gongzhi.kernel.errors import NotPermitted, NotValid, Stale
from gongzhi.kernel.perform import perform

ROOT = "/settings/cases/rules/"


@pytest.fixture
def chief(cast: Cast) -> Account:
    """An administrator of the whole city."""
    return holder("administrator", cast.city.city, "总管理员")


def example(cast: Cast, of: RoutingRule, name: str = "楼道灯", **fields: Any) -> RoutingCase:
    """A light in the community that this rule must take."""
    defaults = {"text": "楼道灯不亮", "category": cast.light, "place": cast.city.community, "at": timezone.now()}
    return RoutingCase.objects.create(rule=of, name=name, **{**defaults, **fields})


def example_form(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {
        "expects": "yes", "text": "路灯灭了", "category": cast.light.pk, "place": cast.city.community.pk,
        "channel": "web", "urgency": "normal", "at": "2026-03-04T20:00", "name": "街上的灯", **fields,
    }  # fmt: skip


def own(cast: Cast) -> Any:
    """The administrator of the district."""
    return actor(cast.people["administrator"])


# --- dry run ---------------------------------------------------------------------------------------------------------


def test_a_dry_run_says_from_whom_to_whom_and_whether_people_decided_so(cast: Cast) -> None:
    rule(cast)
    for _one in range(2):
        matter = reported(cast).matter
        assert matter is not None
        perform(matter, "accept", actor=cast.actor("clerk"))
        perform(matter, "triage", actor=cast.actor("clerk"), data=triaged(cast, f"o{cast.water.pk}"))
    reported(cast, text="路灯一闪一闪")
    reported(cast, text="垃圾没人收", category=cast.drain)
    page = client(cast.people["administrator"]).post(f"{ROOT}new/", rule_form(cast, look="1"))
    found = page.context["preview"]
    assert (found.looked, found.changed, found.taken) == (4, 3, 3)
    assert found.moves == (("市政公用中心", "水务集团", 3),)
    assert (found.decided, found.agreed_before, found.agreed_after) == (2, 0, 2)
    assert [change.agrees for change in found.changes] == [None, True, True]
    text = page.content.decode()
    assert "市政公用中心 →" in text and "更准了" in text and "一闪一闪" not in text
    assert found.changes[0].number in text and f'href="/matters/{found.changes[0].number}/"' not in text


def test_who_may_read_matters_besides_finds_the_numbers_as_links(cast: Cast) -> None:
    rule(cast)
    reported(cast)
    both = holder("administrator", cast.city.district, "兼职")
    duty(both, "clerk", cast.city.community)
    page = client(both).post(f"{ROOT}new/", rule_form(cast, look="1"))
    assert page.context["preview"].changes[0].is_readable
    assert f'href="/matters/{page.context["preview"].changes[0].number}/"' in page.content.decode()


def test_a_dry_run_looks_only_at_places_of_the_duty(cast: Cast) -> None:
    reported(cast)
    assert len(trial.latest(own(cast))) == 1
    assert trial.latest(actor(holder("administrator", cast.city.other_district, "邻区"))) == []
    assert trial.latest(cast.actor("clerk")) == []


def test_a_thousand_matters_are_tried_with_few_statements_and_at_once(
    cast: Cast, chief: Account, django_assert_max_num_queries: Any
) -> None:
    """The thousand exist for the length of this test: without events nothing proves them."""
    made, who = reported(cast).matter, actor(chief)
    assert made is not None
    with transaction.atomic():
        Matter.objects.bulk_create([_twin(made, number) for number in range(1, 1100)], batch_size=400)
        for number in range(300):
            rule(cast, f"规则{number}", words=["井盖", "化粪池"], position=number)
        rule(cast, "兜底", category=None, place=None, position=9999)
        with django_assert_max_num_queries(12):
            began = process_time()
            past, rules = trial.latest(who), active()
            front = Terms(organisation_id=cast.water.pk)
            found = trial.compare(rules, with_changed(rules, front), past, who, 0)
        assert (found.looked, found.changed, len(found.changes)) == (trial.LATEST, trial.LATEST, trial.SHOWN)
        assert process_time() - began < 2
        transaction.set_rollback(True)


def _twin(made: Matter, number: int) -> Matter:
    twin = copy(made)
    twin.pk, twin.number, twin.uid = made.pk + 1000 + number, f"2020-{number:06d}", uuid4()
    return twin


def test_five_thousand_rules_of_many_places_are_no_burden(cast: Cast) -> None:
    matter = reported(cast).matter
    assert matter is not None
    past = trial.latest(own(cast)) * 1000
    rules = [Terms(pk=n, category=n % 90 + 10_000, place=n % 60 + 10_000, post="clerk") for n in range(1, 4001)]
    rules += [Terms(pk=n, category=cast.light.pk, place=n + 10_000, post="clerk") for n in range(4001, 5000)]
    rules.append(Terms(pk=5000, post="clerk", name="兜底"))
    began = process_time()
    found = trial.compare(rules, [*rules[1:], rules[0]], past, own(cast))
    assert found.looked == 1000 and found.changed == 0 and process_time() - began < 2


def test_moving_and_switching_off_can_be_tried_without_doing_it(cast: Cast) -> None:
    first = rule(cast, position=1)
    rule(cast, "归水务", organisation_id=cast.water.pk, position=2)
    reported(cast)
    browser = client(cast.people["administrator"])
    for change in ("off", "down"):
        page = browser.get(f"{ROOT}{first.pk}/trial/?change={change}")
        assert page.context["preview"].moves == (("市政公用中心", "水务集团", 1),), change
    assert browser.get(f"{ROOT}{first.pk}/trial/?change=up").context["preview"].changed == 0
    assert browser.get(f"{ROOT}{first.pk}/trial/?change=\0").status_code == 200
    assert RoutingRule.objects.filter(is_active=True).count() == 2 and not SettingChange.objects.exists()


# --- form ------------------------------------------------------------------------------------------------------------


def test_a_rule_with_everything_is_said_in_one_sentence_and_kept(cast: Cast) -> None:
    whole = rule_form(
        cast, words_none="打架", channels=["web", "hotline"], urgency="urgent", from_time="22:00", to_time="06:00",
        hours="off", weekdays=["5", "6"], from_date="2026-05-01", to_date="2026-09-30", why="区里的分工清单",
    )  # fmt: skip
    browser = client(cast.people["administrator"])
    assert browser.post(f"{ROOT}new/", whole).status_code == 302
    made = RoutingRule.objects.get(name="楼道灯归水务")
    assert (made.weekdays, made.from_time, made.hours, made.version) == ([5, 6], time(22), "off", 1)
    page = browser.get(ROOT).content.decode()
    for part in ("来源是网上、电话", "缓急是较急", "日子在 2026-05-01 到 2026-09-30", "反映那天是星期五、六",
                 "反映的时间在 22:00 到次日 06:00", "是下班时间反映的", "没有写到“打架”", "缘由：区里的分工清单"):  # fmt: skip
        assert part in page, part
    form = browser.get(f"{ROOT}{made.pk}/").context["form"]
    assert form["weekdays"].value() == [5, 6] and form["channels"].value() == ["web", "hotline"]


@pytest.mark.parametrize(
    "wrong",
    [{"from_time": "22:00", "to_time": "22:00"}, {"from_date": "2026-05-02", "to_date": "2026-05-01"},
     {"words_none": "路灯"}, {"weekdays": ["8"]}, {"channels": ["fax"]}, {"hours": "x"}, {"from_time": "25:00"},
     {"urgency": "x"}, {"from_date": "昨天"}, {"why": "长" * 201}],
)  # fmt: skip
def test_a_wrong_rule_is_shown_again_with_what_was_typed(cast: Cast, wrong: dict[str, Any]) -> None:
    page = client(cast.people["administrator"]).post(f"{ROOT}new/", rule_form(cast, **{"why": "清单", **wrong}))
    assert page.status_code == 422 and "楼道灯归水务" in page.content.decode()
    assert not RoutingRule.objects.exists()


def test_a_gap_is_mended_from_its_line(cast: Cast) -> None:
    page = client(cast.people["administrator"]).get(
        f"{ROOT}new/?category={cast.drain.pk}&place={cast.city.community.pk}&target=o:{cast.water.pk}"
    )
    form = page.context["form"]
    assert (form["category"].value(), form["target"].value()) == (str(cast.drain.pk), f"o:{cast.water.pk}")
    assert client(cast.people["administrator"]).get(f"{ROOT}new/?category=x&place=\0").status_code == 200


# --- examples --------------------------------------------------------------------------------------------------------


def test_an_example_is_added_run_and_taken_away(cast: Cast) -> None:
    made, browser = rule(cast), client(cast.people["administrator"])
    assert browser.post(f"{ROOT}{made.pk}/examples/", example_form(cast)).status_code == 302
    case = RoutingCase.objects.get()
    page = browser.get(f"{ROOT}{made.pk}/examples/")
    assert [outcome.is_right for outcome in page.context["outcomes"]] == [True]
    assert browser.post(f"{ROOT}{made.pk}/examples/", example_form(cast)).status_code == 422
    browser.post(f"{ROOT}{made.pk}/examples/{case.pk}/drop/")
    browser.post(f"{ROOT}{made.pk}/examples/{2**63}/drop/")
    assert not RoutingCase.objects.exists()
    history = browser.get(ROOT).content.decode()
    assert "加了例子：街上的灯" in history and "去掉例子：街上的灯" in history


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"at": ""}, {"at": "0001-01-01T00:00"}, {"place": 999_999}, {"expects": "x"}]
)
def test_a_wrong_example_is_shown_again(cast: Cast, wrong: dict[str, Any]) -> None:
    made = rule(cast)
    page = client(cast.people["administrator"]).post(
        f"{ROOT}{made.pk}/examples/", example_form(cast, **{"text": "灯灭了好几天", **wrong})
    )
    assert page.status_code == 422 and "灯灭了好几天" in page.content.decode() and not RoutingCase.objects.exists()


def test_examples_of_a_rule_for_everywhere_are_left_to_whose_duty_reaches_everywhere(cast: Cast) -> None:
    made = rule(cast, place=None)
    page = client(cast.people["administrator"]).post(f"{ROOT}{made.pk}/examples/", example_form(cast))
    assert page.status_code == 422 and not RoutingCase.objects.exists()
    far = rule(cast, "远处", place=cast.city.other_district)
    assert client(cast.people["administrator"]).get(f"{ROOT}{far.pk}/examples/").status_code == 404
    with pytest.raises(NotPermitted):
        settings_actions.drop_example(example(cast, far), actor=own(cast))


def test_an_example_from_a_matter_is_masked_and_only_for_who_may_read_it(cast: Cast) -> None:
    made = rule(cast)
    matter = reported(cast, text="楼道灯不亮，打我电话13890001234").matter
    assert matter is not None
    address = f"{ROOT}{made.pk}/examples/?matter={matter.number}"
    assert "楼道灯不亮" not in client(cast.people["administrator"]).get(address).content.decode()
    both = holder("administrator", cast.city.district, "兼职")
    duty(both, "clerk", cast.city.community)
    page = client(both).get(address).content.decode()
    assert "楼道灯不亮" in page and "13890001234" not in page


def test_a_change_that_spoils_examples_needs_a_reason(cast: Cast) -> None:
    made = rule(cast)
    example(cast, made)
    browser = client(cast.people["administrator"])
    spoiling = rule_form(cast, name="路灯归市政", words="路灯", target=f"o:{cast.works.pk}")
    looked = browser.post(f"{ROOT}{made.pk}/", spoiling | {"look": "1"}).content.decode()
    assert "这条改动会让 1 个例子走错" in looked
    page = browser.post(f"{ROOT}{made.pk}/", spoiling)
    assert page.status_code == 422 and "这条改动会让 1 个例子走错" in page.content.decode()
    assert "对不上：没写到“路灯”" in page.content.decode() and RoutingRule.objects.get().version == 1
    assert browser.post(f"{ROOT}{made.pk}/", spoiling | {"reason": "楼道灯改由物业管"}).status_code == 302
    assert SettingChange.objects.get().after["reason"] == "楼道灯改由物业管"
    assert "理由：楼道灯改由物业管" in browser.get(ROOT).content.decode()
    assert examples.broken(active(), active()) == []


def test_a_new_rule_in_front_may_spoil_examples_of_others(cast: Cast) -> None:
    example(cast, rule(cast))
    browser = client(cast.people["administrator"])
    assert browser.post(f"{ROOT}new/", rule_form(cast, words="")).status_code == 422
    assert not RoutingRule.objects.filter(name="楼道灯归水务").exists()


def test_moving_or_switching_on_asks_before_an_example_goes_wrong(cast: Cast) -> None:
    first = rule(cast, position=1)
    second = rule(cast, "归水务", organisation_id=cast.water.pk, position=2)
    example(cast, first)
    browser = client(cast.people["administrator"])
    page = browser.post(f"{ROOT}{second.pk}/up/")
    assert page.status_code == 422 and "1 个例子走错" in page.content.decode()
    assert list(RoutingRule.objects.all()) == [first, second]
    assert browser.post(f"{ROOT}{second.pk}/up/", {"reason": "会上定的"}).status_code == 302
    assert list(RoutingRule.objects.all()) == [second, first]
    browser.post(f"{ROOT}{second.pk}/off/")
    assert browser.post(f"{ROOT}{second.pk}/on/").status_code == 422
    assert not RoutingRule.objects.get(pk=second.pk).is_active


def test_all_examples_are_run_by_a_command(cast: Cast) -> None:
    made = rule(cast)
    example(cast, made)
    example(cast, made, "不归它", category=cast.drain, expects=False)
    out = StringIO()
    call_command("check_routing", "--all", stdout=out)
    assert "2 个例子都走对了" in out.getvalue() and out.getvalue().count("✓") == 2
    cast.works.areas.update(place=cast.city.other_district)
    with pytest.raises(CommandError, match="2 个例子，1 个走错"):
        call_command("check_routing", stdout=out)
    assert "市政公用中心不负责这个地方" in out.getvalue()


# --- versions, two at once -------------------------------------------------------------------------------------------


def test_every_version_can_be_read_from_what_was_sent_by_it(cast: Cast) -> None:
    made, browser = rule(cast), client(cast.people["administrator"])
    matter = brought_to(cast, "assigned")
    browser.post(f"{ROOT}{made.pk}/", rule_form(cast, name="路灯归水务", words="路灯"))
    browser.post(f"{ROOT}{made.pk}/off/")
    found = versions(RoutingRule.objects.select_related("category", "place").get())
    assert [(one.number, one.picture["name"], one.picture["is_active"]) for one in found] == [
        (3, "路灯归水务", False), (2, "路灯归水务", True), (1, "路灯归市政", True),
    ]  # fmt: skip
    page = client(cast.people["clerk"]).get(f"/matters/{matter.number}/sent/").content.decode()
    assert "第 1 版" in page and "派给市政公用中心。" in page and "后来改过或停用" in page
    assert "第 3 版" in browser.get(f"{ROOT}{made.pk}/versions/").content.decode()


def test_who_opened_a_rule_before_another_changed_it_is_told(cast: Cast) -> None:
    made = rule(cast)
    form = client(cast.people["administrator"]).get(f"{ROOT}{made.pk}/").context["form"]
    settings_actions.save_rule(made, {"why": "别人写的"}, actor=own(cast))
    with pytest.raises(Stale):
        settings_actions.save_rule(made, {"why": "我写的"}, actor=own(cast), sign=form["sign"].value())
    page = client(cast.people["administrator"]).post(f"{ROOT}{made.pk}/", rule_form(cast, sign=form["sign"].value()))
    assert page.status_code == 409 and "别人改过" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_administrators_changing_a_rule_at_once_make_one_version(cast: Cast) -> None:
    made = rule(cast)
    sign = settings_actions.seen(picture_of_rule(made))
    who, results = own(cast), []

    def change(name: str) -> None:
        try:
            settings_actions.save_rule(RoutingRule(pk=made.pk), {"name": name}, actor=who, sign=sign)
            results.append("done")
        except Stale:
            results.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(name,)) for name in ("甲改的", "乙改的")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "stale"]
    assert RoutingRule.objects.get().version == 2 and SettingChange.objects.count() == 1


# --- gaps, overlaps, accuracy ----------------------------------------------------------------------------------------


def test_gaps_overlaps_shadows_and_absent_handlers_are_found(cast: Cast, django_assert_max_num_queries: Any) -> None:
    first = rule(cast, "写到路灯", category=None, words=["路灯"], position=1)
    second = rule(cast, "灯归水务", organisation_id=cast.water.pk, position=2)
    shadowed = rule(cast, "灯里的灯", words=["灯泡"], place=cast.city.community, position=3)
    ended = rule(cast, "派给没了的", organisation_id=999_999, category=cast.drain, words=["井"], position=4)
    last = rule(cast, "兜底", category=None, place=None, organisation_id=None, post="clerk", position=9)
    for _one in range(2):
        reported(cast, text="路灯和灯泡都坏了")
        reported(cast, text="下水道又堵了", category=cast.drain)
    who = own(cast)
    with django_assert_max_num_queries(12):
        found = review(who, {first.pk, second.pk, shadowed.pk, ended.pk, last.pk})
    assert [(gap.category, gap.place, gap.many, gap.catch_all) for gap in found.gaps] == [
        ("下水道堵塞", "磨子井社区", 2, "兜底")
    ]
    pairs = {(one.winner.name, one.loser.name): one.many for one in found.overlaps}
    assert pairs == {("写到路灯", "灯归水务"): 2}
    assert [(one.rule.name, one.by.name) for one in found.shadows] == [("灯里的灯", "灯归水务")]
    assert [(one.rule.name, one.why) for one in found.absent] == [("派给没了的", "它派给的单位已经不在名册里")]
    page = client(cast.people["administrator"]).get(f"{ROOT}review/").content.decode()
    assert "“灯里的灯”轮不到：排在前面的“灯归水务”把它管的都包了。" in page
    assert f"category={cast.drain.pk}&amp;place={cast.city.community.pk}" in page
    assert "灯泡都坏了" not in page


def test_an_ended_body_is_named_with_its_heir(cast: Cast) -> None:
    cast.works.valid_to, cast.works.successor = date(2026, 1, 1), cast.water
    cast.works.save()
    made = rule(cast)
    found = review(own(cast), {made.pk})
    assert found.absent[0].why == "市政公用中心已经在 2026-01-01 终止，继任的是水务集团"


def test_a_special_rule_before_a_general_one_is_no_overlap(cast: Cast) -> None:
    special, general = (
        rule(cast, position=1, words=["楼道"]),
        rule(cast, "所有的灯", organisation_id=cast.water.pk, position=2),
    )
    for _one in range(3):
        reported(cast)
    found = review(own(cast), {special.pk, general.pk})
    assert found.overlaps == [] and found.shadows == []


def test_the_most_corrected_rule_comes_first(cast: Cast, django_assert_max_num_queries: Any) -> None:
    rule(cast)
    good = Category.objects.create(code="good", name="好规则")
    rule(cast, "很准的", category=good, position=20)
    for handler in (cast.works, cast.water, cast.water):
        matter = reported(cast, now=timezone.now()).matter
        assert matter is not None
        perform(matter, "accept", actor=cast.actor("clerk"))
        perform(matter, "triage", actor=cast.actor("clerk"), data=triaged(cast, f"o{handler.pk}"))
    matter = reported(cast, now=timezone.now(), category=good).matter
    assert matter is not None
    perform(matter, "accept", actor=cast.actor("clerk"))
    perform(matter, "triage", actor=cast.actor("clerk"), data=triaged(cast, f"o{cast.works.pk}", category=good.pk))
    who = own(cast)
    with django_assert_max_num_queries(2):
        months, lines, whole = accuracy(who, timezone.now())
    assert [(line.name, line.whole.followed, line.whole.sent) for line in lines] == [
        ("路灯归市政", 1, 3),
        ("很准的", 1, 1),
    ]
    assert lines[0].usual == ("水务集团", 2) and (whole.followed, whole.sent) == (2, 4)
    assert lines[0].months[months[-1]].sent == 3
    first = Matter.objects.filter(route__is_followed=True, category=cast.light).get()
    perform(first, "sign", actor=cast.actor("officer"))
    moved = {"handler": f"o{cast.water.pk}", "reason": "归水务"}
    perform(Matter.objects.get(pk=first.pk), "transfer", actor=cast.actor("clerk"), data=moved)
    assert accuracy(own(cast), timezone.now())[1][0].whole.followed == 0
    page = client(cast.people["administrator"]).get(f"{ROOT}accuracy/").content.decode()
    assert "多改给水务集团（3 件）" in page


@pytest.mark.parametrize("page", ["review/", "accuracy/", "{pk}/trial/", "{pk}/versions/", "{pk}/examples/"])
def test_the_pages_are_for_administrators_of_the_place_and_keep_their_budget(
    cast: Cast, page: str, django_assert_max_num_queries: Any
) -> None:
    made = rule(cast)
    for number in range(5):
        example(cast, made, f"例子{number}")
        reported(cast)
    address = ROOT + page.format(pk=made.pk)
    for stranger in ("clerk", "supervisor", "resident"):
        assert client(cast.people[stranger]).get(address).status_code == 404
    browser = client(cast.people["administrator"])
    browser.get(address)
    with django_assert_max_num_queries(20):
        assert browser.get(address).status_code == 200
    if "{pk}" in page:
        elsewhere = client(holder("administrator", cast.city.other_district, "邻区"))
        assert elsewhere.get(address).status_code == 404


def test_looking_at_a_rule_and_saving_it_keep_their_budget(cast: Cast, django_assert_max_num_queries: Any) -> None:
    made = rule(cast)
    example(cast, made)
    reported(cast)
    browser = client(cast.people["administrator"])
    browser.get(ROOT)
    with django_assert_max_num_queries(24):
        assert browser.post(f"{ROOT}{made.pk}/", rule_form(cast, look="1")).status_code == 200
    with django_assert_max_num_queries(28):
        assert browser.post(f"{ROOT}{made.pk}/", rule_form(cast)).status_code == 302


def test_a_rule_is_found_by_words_of_its_sentence(cast: Cast) -> None:
    rule(cast)
    rule(cast, "水管", category=cast.drain, organisation_id=cast.water.pk)
    page = client(cast.people["administrator"]).get(f"{ROOT}?q=水务").content.decode()
    assert "水管" in page and "路灯归市政" not in page


def test_too_many_examples_are_refused(cast: Cast) -> None:
    made = rule(cast)
    for number in range(settings_actions.MOST_EXAMPLES):
        example(cast, made, f"例子{number}")
    with pytest.raises(NotValid):
        settings_actions.add_example(made, RoutingCase(name="又一个"), actor=own(cast))
