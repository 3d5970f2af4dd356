"""Public pages of a place: what everybody reads, and what nobody but staff may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.models import Duty
from gongzhi.accounts.tests.factories import duty
from gongzhi.base.models import StoredFile
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.kernel.perform import perform
from gongzhi.territory.tests.factories import square

pytestmark = pytest.mark.django_db
SHOWN = "三栋楼道灯不亮"


def publish(cast: Cast, matter: Matter, title: str = SHOWN) -> Matter:
    """The desk publishes a matter."""
    perform(matter, "publish", actor=cast.actor("clerk"), data={"is_public": "on", "public_title": title})
    return Matter.objects.get(pk=matter.pk)


def read(address: str, **query: str) -> str:
    """The page as anybody reads it."""
    answer = Client().get(address, query)
    assert answer.status_code == 200, address
    return answer.content.decode()


def at(cast: Cast) -> str:
    """The address of the community's page."""
    return f"/at/{cast.city.community.pk}/"


def test_anybody_reads_published_matters_under_their_public_title(cast: Cast) -> None:
    matter = publish(cast, brought_to(cast, "handling", now=timezone.now()))
    page = read(at(cast))
    assert SHOWN in page and "市政公用中心" in page and "磨子井社区" in page
    assert matter.title not in page
    assert SHOWN in read(f"/at/{cast.city.street.pk}/") and SHOWN in read(f"/at/{cast.city.grid.pk}/")
    assert SHOWN not in read(f"/at/{cast.city.neighbour.pk}/")


def test_what_was_not_published_stands_nowhere(cast: Cast) -> None:
    matter = brought_to(cast, "closed")
    assert matter.title not in read(at(cast)) + read(at(cast), v="closed")
    assert Client().get(f"{at(cast)}m/{matter.number}/").status_code == 404


def test_a_confidential_matter_is_never_public(cast: Cast) -> None:
    matter = publish(cast, brought_to(cast, "handling"))
    Matter.objects.filter(pk=matter.pk).update(circle_id=1)
    assert SHOWN not in read(at(cast))
    assert Client().get(f"{at(cast)}m/{matter.number}/").status_code == 404
    Matter.objects.filter(pk=matter.pk).update(circle_id=None)  # as the cast's verifier wants it


def test_a_matter_is_shown_only_on_pages_of_places_it_lies_in(cast: Cast) -> None:
    matter = publish(cast, brought_to(cast, "handling"))
    assert Client().get(f"{at(cast)}m/{matter.number}/").status_code == 200
    assert Client().get(f"/at/{cast.city.neighbour.pk}/m/{matter.number}/").status_code == 404


def test_public_pages_name_no_resident_no_room_no_telephone(cast: Cast) -> None:
    now = timezone.now()
    matter = reported(
        cast, now=now, name="陈英", phone="13890001234", place=cast.city.household, place_note="1单元301"
    ).matter
    assert matter is not None
    publish(cast, matter)
    pages = read(at(cast)) + read(f"{at(cast)}m/{matter.number}/")
    pages = re.sub(r'datetime="[^"]*"', "", pages)
    for secret in ("陈英", "13890001234", "301", "看不见"):
        assert secret not in pages
    assert Client().get(f"/at/{cast.city.household.pk}/").status_code == 404


def test_private_progress_and_telephones_in_answers_stay_inside(cast: Cast) -> None:
    matter = publish(cast, brought_to(cast, "handling"))
    officer = cast.actor("officer")
    perform(matter, "progress", actor=officer, data={"text": "内部：等供货商报价"})
    matter = Matter.objects.get(pk=matter.pk)
    perform(matter, "progress", actor=officer, data={"text": "已经买好新灯", "is_public": "on"})
    page = read(f"{at(cast)}m/{matter.number}/")
    assert "已经买好新灯" in page and "供货商" not in page and "曾伟" not in page


def test_only_public_photos_of_a_matter_are_shown(cast: Cast) -> None:
    matter = publish(cast, brought_to(cast, "handling"))
    shared: dict[str, Any] = {"owner_kind": Matter.kind(), "owner_id": matter.pk, "media_type": "image/jpeg", "kind": "photo", "size": 1, "width": 4,
                              "height": 3, "thumbnail_path": "t.jpg"}  # fmt: skip
    seen = StoredFile.objects.create(
        name="a.jpg", path="a.jpg", sha256="a" * 64, is_public=True, clearing="passed", cleared_by=1, **shared
    )
    hidden = StoredFile.objects.create(name="b.jpg", path="b.jpg", sha256="b" * 64, is_public=False, **shared)
    page = read(f"{at(cast)}m/{matter.number}/")
    assert str(seen.uid) in page and str(hidden.uid) not in page


def test_public_duties_stand_with_telephone_and_hours_and_others_do_not(cast: Cast) -> None:
    Duty.objects.filter(account=cast.people["secretary"]).update(
        is_public=True, public_phone="0813 8101234", office_hours="每周三上午接待"
    )
    Duty.objects.filter(account=cast.people["captain"]).update(is_public=True)
    duty(cast.people["neighbour_clerk"], "clerk", cast.city.neighbour, starts=timezone.localdate().replace(year=2019),
         ends=timezone.localdate().replace(year=2019), is_public=True)  # fmt: skip
    page = read(at(cast))
    assert "刘雅琴" in page and 'href="tel:08138101234"' in page and "每周三上午接待" in page
    assert "周建国" in page and "王敏" not in page and "赵静" not in page


def test_closed_matters_carry_answer_and_satisfaction(cast: Cast) -> None:
    matter = publish(cast, brought_to(cast, "closed", now=timezone.now()))
    Matter.objects.filter(pk=matter.pk).update(
        public_answer="灯已经换好。", closed_at=timezone.now(), state="closed", due_at=None
    )
    page = read(at(cast), v="closed")
    assert "灯已经换好" in page and "很满意" in page


def test_without_ratings_the_page_says_so_instead_of_nought(cast: Cast) -> None:
    page = read(at(cast))
    assert "还没有人评价" in page and "0/0" not in page and "暂无" in page


def test_the_list_goes_on_by_keyset_and_filters_narrow_it(cast: Cast) -> None:
    for number in range(23):
        publish(cast, brought_to(cast, "sorting" if number % 2 else "received"), f"第{number}件")
    first = Client().get(at(cast))
    assert len(first.context["rows"]) == 20 and first.context["after"]
    second = Client().get(at(cast), {"after": first.context["after"]})
    assert len(second.context["rows"]) == 3
    assert len(Client().get(at(cast), {"s": "sorting"}).context["rows"]) == 11
    assert Client().get(at(cast), {"c": "999"}).context["rows"] == []


@pytest.mark.parametrize("query", ["p=x&v=y&c=abc&s=nope&after=zzz", "c=99999999999999999", "after=1-1", "p=%00"])
def test_odd_addresses_show_the_page_all_the_same(cast: Cast, query: str) -> None:
    assert Client().get(f"{at(cast)}?{query}").status_code == 200


def test_communities_are_found_by_two_characters(cast: Cast) -> None:
    assert at(cast) in read("/open/", q="磨子")
    assert "没有找到" in read("/open/", q="火星基地")
    assert read("/open/")


def test_public_pages_stay_within_their_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    matter = publish(cast, brought_to(cast, "handling"))
    for address in (at(cast), f"/at/{cast.city.district.pk}/", f"{at(cast)}m/{matter.number}/"):
        with django_assert_max_num_queries(20):
            Client().get(address)


def test_the_places_below_stand_with_what_is_open_and_late_and_nothing_confidential(cast: Cast) -> None:
    now = timezone.now()
    brought_to(cast, "handling", now=now - timedelta(days=30))
    brought_to(cast, "received", now=now, place=cast.city.second_grid)
    hidden = brought_to(cast, "received", now=now, place=cast.city.second_grid)
    Matter.objects.filter(pk=hidden.pk).update(circle_id=1)
    found = {one.place.name: (one.open, one.late) for one in Client().get(at(cast)).context["children"]}
    assert (found["第一网格"], found["第二网格"]) == ((1, 1), (1, 0))
    names = [one["properties"]["name"] for one in Client().get(f"{at(cast)}shapes.json").json()["features"]]
    assert names == [], "nothing is drawn here yet"
    street = Client().get(f"/at/{cast.city.street.pk}/").context["children"]
    assert [(one.place.name, one.open) for one in street if one.open] == [("磨子井社区", 2)]
    Matter.objects.filter(pk=hidden.pk).update(circle_id=None)  # as the cast's verifier wants it


def test_the_map_names_the_places_below_and_leads_to_their_pages(cast: Cast) -> None:
    for place in (cast.city.community, cast.city.grid):
        box = {"min_lon": 104.77, "max_lon": 104.78, "min_lat": 29.34, "max_lat": 29.35}
        type(place).objects.filter(pk=place.pk).update(boundary=square(104.77, 29.34), **box)
    brought_to(cast, "handling", now=timezone.now())
    found = Client().get(f"{at(cast)}shapes.json").json()["features"]
    facts = [(one["properties"]["name"], one["properties"]["url"]) for one in found]
    assert facts == [("", ""), ("第一网格 1 件", f"/at/{cast.city.grid.pk}/")]
    assert 'data-map="' in read(at(cast))
    assert Client().get(f"/at/{cast.city.household.pk}/shapes.json").status_code == 404


def test_while_the_reporter_judges_the_public_sees_no_deadline(cast: Cast) -> None:
    publish(cast, brought_to(cast, "judging", now=timezone.now()))
    page = read(at(cast))
    assert "等反映人评议" in page and "还剩" not in page
