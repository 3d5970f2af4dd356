"""The first page, the own community, notices, the way from a record to its page, the weight of the first page."""

import gzip
import re
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.factories import client
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.kernel import anchors
from gongzhi.kernel.models import Notification
from gongzhi.kernel.perform import perform
from gongzhi.portal import navigation

MOST_BYTES = 150 * 1024


def weight(browser: Client, address: str) -> int:
    """Compressed bytes of a page with its styles, scripts and icons."""
    page = browser.get(address).content
    parts = set(re.findall(rb'(?:href|src)="/static/([^"#]+)', page))
    files = [finders.find(name.decode()) for name in parts]
    assert all(files)
    return len(gzip.compress(page)) + sum(len(gzip.compress(open(str(path), "rb").read())) for path in files)  # noqa: PTH123


def test_the_first_pages_on_a_phone_are_light(cast: Cast) -> None:
    browser = Client()
    for address in ("/", "/report/", "/track/"):
        assert weight(browser, address) <= MOST_BYTES, address


def test_a_stranger_is_invited_to_say_something_and_to_choose_a_community(cast: Cast) -> None:
    page = Client().get("/").content.decode()
    assert "有事说一声" in page and "选我的社区" in page and "凭查询码看进度" in page


def test_a_stranger_without_cookies_costs_next_to_nothing(cast: Cast, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):
        Client().get("/")


def test_the_chosen_community_is_remembered_in_the_browser_and_on_the_account(cast: Cast) -> None:
    for who in (None, cast.people["resident"]):
        browser = client(who)
        assert "磨子井社区" in browser.get("/my-place/", {"q": "磨子"}).content.decode()
        browser.post("/my-place/", {"place": cast.city.community.pk})
        page = browser.get("/")
        assert page.context["place"].name == "磨子井社区"
        assert "就说在磨子井社区" in browser.get("/report/").content.decode()
    cast.people["resident"].refresh_from_db()
    assert cast.people["resident"].home_place_id == cast.city.community.pk


def test_odd_choices_of_a_community_are_refused_in_words(cast: Cast) -> None:
    for odd in ("", "x", "\x00", "9" * 30, str(cast.city.district.pk)):
        assert "没有认出" in Client().post("/my-place/", {"place": odd}, follow=True).content.decode()


def test_the_first_page_shows_own_progress_and_what_the_community_does(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    matter = brought_to(cast, "judging", now=timezone.now())
    perform(matter, "publish", actor=cast.actor("clerk"), data={"is_public": "on", "public_title": "楼道照明维修"})
    reported(cast, "other_resident", owner_id=cast.people["other_resident"].pk, text="别人家漏水")
    browser = client(cast.people["resident"])
    browser.post("/my-place/", {"place": cast.city.community.pk})
    browser.get("/")
    with django_assert_max_num_queries(13):
        page = browser.get("/").content.decode()
    assert "解决了，去评价" in page and "楼道照明维修" in page and "别人家" not in page


def test_people_at_work_are_led_to_their_desk(cast: Cast) -> None:
    actor = cast.actor("administrator")
    assert navigation.first_desk(actor) == "/places/"
    assert client(cast.people["administrator"]).get("/")["Location"] == "/places/"
    assert client(cast.people["administrator"]).get("/?home=1").status_code == 200
    assert navigation.first_desk(cast.actor("resident")) == ""


def test_the_rail_shows_only_what_a_duty_opens_and_only_pages_that_exist(cast: Cast) -> None:
    for who in ("clerk", "officer", "administrator", "captain"):
        shown = [item["url"] for section in navigation.rail(cast.actor(who), "/me", 3) for item in section["items"]]
        assert all(navigation.is_served(url) for url in shown)
        assert ("/places/" in shown) == (who == "administrator")


def test_the_bar_of_a_phone_has_at_most_five_and_marks_where_we_are(cast: Cast) -> None:
    bar = navigation.tabs("/concerns/", cast.city.community.pk)
    assert len(bar) <= 5 and navigation.active_label(bar) == "进度"


def test_owed_work_is_counted(cast: Cast) -> None:
    reported(cast, now=timezone.now())
    assert navigation.numbers(cast.actor("clerk")) == (1, 0)
    assert navigation.numbers(cast.actor("neighbour_clerk")) == (0, 0)


def test_notices_are_ones_own_and_opening_reads_them(cast: Cast) -> None:
    matter = brought_to(cast, "judging", now=timezone.now())
    browser = client(cast.people["resident"])
    page = browser.get("/notifications/").content.decode()
    assert "您反映的事有结果了" in page and "标为已读" in page
    notice = Notification.objects.filter(account_id=cast.people["resident"].pk).latest("pk")
    assert client(cast.people["other_resident"]).get(f"/notifications/{notice.pk}/").status_code == 404
    assert browser.get(f"/notifications/{notice.pk}/")["Location"] == f"/concerns/{matter.reports.get().number}/"
    browser.post("/notifications/")
    assert not Notification.objects.filter(account_id=cast.people["resident"].pk, read_at=None).exists()
    assert "/sign-in" in Client().get("/notifications/")["Location"]


def test_the_way_from_a_record_depends_on_who_goes(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    number = matter.reports.get().number
    for address in (f"/go/matter/{matter.pk}/", f"/go/report/{matter.reports.get().pk}/"):
        assert client(cast.people["clerk"]).get(address)["Location"] == f"/matters/{matter.number}/"
        assert client(cast.people["resident"]).get(address)["Location"] == f"/concerns/{number}/"
        assert client(cast.people["other_resident"]).get(address).status_code == 404
    Matter.objects.filter(pk=matter.pk).update(is_public=True, public_title="楼道灯")
    assert Client().get(f"/go/matter/{matter.pk}/")["Location"].startswith(f"/at/{cast.city.community.pk}/")
    for odd in ("/go/nonsense/1/", f"/go/matter/{'9' * 40}/"):
        assert Client().get(odd).status_code == 404


def test_a_resident_at_home_in_a_building_sees_the_own_community(cast: Cast) -> None:
    Account.objects.filter(pk=cast.people["resident"].pk).update(home_place=cast.city.building)
    page = client(cast.people["resident"]).get("/").content.decode()
    assert "磨子井社区" in page and "选我的社区" not in page


def test_the_check_values_of_the_days_are_public(cast: Cast, settings: Settings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    assert "还没有校验值" in Client().get("/anchors/").content.decode()
    reported(cast, now=timezone.now())
    made = anchors.make(timezone.localdate(), timezone.now())
    assert made is not None and bytes(made.digest).hex() in Client().get("/anchors/").content.decode()
