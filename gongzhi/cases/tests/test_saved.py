"""Lists one keeps for oneself: a name, a count of now, and never more than one may see."""

import pytest
from django.test import Client

from gongzhi.accounts.tests.factories import client
from gongzhi.cases.models import SavedFilter
from gongzhi.cases.saved import MOST, canonical
from gongzhi.cases.tests.factories import Cast, brought_to, reported

ROOT = "/matters/saved/"


def keep(browser: Client, name: str = "楼道灯", query: str = "q=楼道灯&f=open&after=x&m=9", status: int = 302) -> str:
    page = browser.post(ROOT, {"name": name, "query": query})
    assert page.status_code == status
    return page.content.decode()


def test_a_list_is_kept_and_counted_as_it_is_now(cast: Cast) -> None:
    mine = client(cast.people["clerk"])
    reported(cast)
    keep(mine)
    assert SavedFilter.objects.get().query == "q=%E6%A5%BC%E9%81%93%E7%81%AF&f=open"
    assert "1 件" in mine.get(ROOT).content.decode()
    reported(cast)
    page = mine.get(ROOT).content.decode()
    assert "2 件" in page and "未办结" in page
    assert "楼道灯" in mine.get("/matters/").content.decode()


def test_it_is_ones_own_and_shows_only_what_one_may_see(cast: Cast) -> None:
    reported(cast)
    keep(client(cast.people["clerk"]))
    neighbour = client(cast.people["neighbour_clerk"])
    assert "楼道灯" not in neighbour.get(ROOT).content.decode()
    keep(neighbour)
    assert "0 件" in neighbour.get(ROOT).content.decode()
    neighbour.post(f"{ROOT}{SavedFilter.objects.earliest('id').pk}/drop/")
    assert SavedFilter.objects.count() == 2
    assert client(cast.people["resident"]).get(ROOT).status_code in (302, 404)


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("", "q=楼道灯", "起个名字"), ("长" * 31, "q=楼道灯", "起个名字"), ("全部", "", "先筛选"), ("全部", "after=1&zz=2", "先筛选"),
        ("他", "q=13890001234", "按电话"), ("灯", "q=" + "灯" * 600, "先筛选"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_said_and_the_name_stays(cast: Cast, name: str, query: str, words: str) -> None:
    page = keep(client(cast.people["clerk"]), name, query, 422)
    assert words in page and name[:30] in page and not SavedFilter.objects.exists()


def test_names_are_used_once_and_there_is_an_end(cast: Cast) -> None:
    mine = client(cast.people["clerk"])
    keep(mine)
    assert "换个名字" in keep(mine, status=422)
    for number in range(MOST - 1):
        keep(mine, f"清单{number}")
    assert "先删掉" in keep(mine, "再一个", status=422)
    mine.post(f"{ROOT}{SavedFilter.objects.earliest('id').pk}/drop/")
    keep(mine, "再一个")


def test_an_address_is_kept_in_one_form() -> None:
    assert canonical("sort=due&f=late&f=open&next=//evil&q=") == "f=open&sort=due"


def test_a_closed_matter_leaves_the_count(cast: Cast) -> None:
    mine = client(cast.people["clerk"])
    brought_to(cast, "closed")
    keep(mine)
    assert "0 件" in mine.get(ROOT).content.decode()
