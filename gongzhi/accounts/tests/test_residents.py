"""Residents: registering, what an unverified telephone means, being confirmed by staff."""

import threading

import pytest
from django.db import connection
from django.test import Client

from gongzhi.accounts import actions
from gongzhi.accounts.models import Account, AccountChange, OneTimeCode
from gongzhi.accounts.tests import factories as make
from gongzhi.kernel.errors import NotPossible, NotValid
from gongzhi.kernel.models import Notification
from gongzhi.territory.tests.factories import City

FORM = {"name": "陈小英", "phone": "138 9000 1234", "password": "井边三棵老榕树8", "consent": "on"}


@pytest.mark.django_db
def test_a_resident_registers_in_three_fields_and_is_signed_in_unconfirmed() -> None:
    browser = Client()
    response = browser.post("/register", {**FORM, "next": "/me"})
    assert response["Location"] == "/me"
    account = Account.objects.get()
    assert (account.kind, account.phone, account.is_confirmed) == ("resident", "13890001234", False)
    assert account.consent_version == actions.CONSENT_VERSION
    assert "电话待核实" in browser.get("/me").content.decode()
    assert make.actor(account).is_confirmed is False


@pytest.mark.django_db
def test_the_telephone_is_nowhere_readable_in_the_row() -> None:
    Client().post("/register", FORM)
    row = str(Account.objects.values().get())
    assert "13890001234" not in row
    assert "9000" not in row.replace("0900", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "请写您的姓名"),
        ("name", "12345", "请写真实姓名"),
        ("name", "<script>alert(1)</script>", "请写真实姓名"),
        ("name", "陈" * 41, "最多 40 个字"),
        ("name", "\u202e\u200b", "请写"),
        ("phone", "1389000", "电话号码不对"),
        ("phone", "12345", "电话号码不对"),
        ("phone", "9" * 200, "最多 40 个字"),
        ("phone", "138\x009001234", "看不见的字符"),
        ("password", "", "请输入密码"),
        ("password", "1234567", "太短"),
        ("password", "13890001234a", "手机号"),
        ("consent", "", "同意后才能注册"),
    ],
)
def test_a_wrong_field_is_answered_in_words_and_the_rest_stays_typed(field: str, value: str, words: str) -> None:
    response = Client().post("/register", FORM | {field: value})
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert not Account.objects.exists()
    assert "<script>alert" not in page
    if field != "name":
        assert "陈小英" in page


@pytest.mark.django_db
def test_direction_turning_signs_are_removed_from_a_name() -> None:
    Client().post("/register", FORM | {"name": "陈\u202e小\u200b英"})
    assert Account.objects.get().name == "陈小英"


@pytest.mark.django_db
def test_a_number_that_has_an_account_is_told_the_way_on() -> None:
    make.resident(phone="13890001234")
    response = Client().post("/register", FORM)
    assert response.status_code == 422
    assert "已经有账号了" in response.content.decode()


@pytest.mark.django_db
def test_the_number_of_an_ended_account_is_free_again() -> None:
    old = make.resident(phone="13890001234")
    actions.end(old, by=make.account("管理"), reason="搬走")
    assert Client().post("/register", FORM).status_code == 302
    assert Account.objects.with_phone("13890001234").get().pk != old.pk


@pytest.mark.django_db(transaction=True)
def test_of_two_registrations_with_one_phone_at_once_one_wins_and_the_other_hears_why() -> None:
    start, results = threading.Barrier(2), []

    def run(name: str) -> None:
        try:
            start.wait(timeout=10)
            results.append(actions.register(name=name, phone="13890001234", password="井边三棵老榕树8").name)
        except NotValid as error:
            results.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("陈小英", "陈大英")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert Account.objects.count() == 1
    assert sorted("已经有账号" in result for result in results) == [False, True]


@pytest.mark.django_db
def test_registering_twice_by_a_double_tap_makes_one_account() -> None:
    first, second = Client().post("/register", FORM), Client().post("/register", FORM)
    assert (first.status_code, second.status_code) == (302, 422)
    assert Account.objects.count() == 1


def test_staff_confirm_a_telephone_read_out_whole(city: City) -> None:
    clerk, neighbour = make.holder("clerk", city.community, "王芳"), make.resident(phone="13890001234")
    browser = make.client(clerk)
    page = browser.post("/residents/confirm", {"phone": "13890001234"}).content.decode()
    assert "陈*英" in page
    assert "陈小英" not in page
    assert Account.objects.get(pk=neighbour.pk).is_confirmed is False
    browser.post("/residents/confirm", {"phone": "13890001234", "step": "confirm"})
    confirmed = Account.objects.get(pk=neighbour.pk)
    assert (confirmed.is_confirmed, confirmed.confirmed_by, confirmed.managed_place) == (True, clerk, city.community)
    assert AccountChange.objects.get(account=neighbour).verb == "confirmed"


def test_a_number_nobody_registered_and_part_of_a_number_find_nobody(city: City) -> None:
    make.resident(phone="13890001234")
    browser = make.client(make.holder("clerk", city.community))
    for typed in ("13890001235", "1234", "", "138"):
        assert browser.post("/residents/confirm", {"phone": typed}).status_code == 422


def test_the_confirm_page_lists_only_unconfirmed_neighbours_under_the_own_duty(city: City) -> None:
    make.resident("陈小英", phone="13890001234", home_place=city.grid)
    make.resident("林大山", phone="13890001235", home_place=city.village)
    page = make.client(make.holder("clerk", city.community)).get("/residents/confirm").content.decode()
    assert "陈*英" in page
    assert "林*山" not in page


@pytest.mark.parametrize("post", ["grid_member", "captain"])
def test_who_may_not_confirm_does_not_see_the_page(city: City, post: str) -> None:
    place = city.grid if post == "grid_member" else city.building
    assert make.client(make.holder(post, place)).get("/residents/confirm").status_code == 404
    assert make.client(make.resident()).get("/residents/confirm").status_code == 404
    assert make.client().get("/residents/confirm").status_code == 302


def test_a_clerk_gives_a_code_to_a_confirmed_neighbour_and_to_nobody_else(city: City) -> None:
    browser = make.client(make.holder("clerk", city.community, "王芳"))
    known = make.resident("陈小英", phone="13890001234", is_confirmed=True)
    make.resident("林大山", phone="13890001235")
    captain = make.resident("何楼长", phone="13890001236", is_confirmed=True)
    make.duty(captain, "captain", city.building)
    page = browser.post("/residents/confirm", {"phone": "13890001234", "step": "code"})
    assert page.context["code"] in page.content.decode()
    for phone in ("13890001235", "13890001236"):
        assert "开重置码</button>" not in browser.post("/residents/confirm", {"phone": phone}).content.decode()
        assert browser.post("/residents/confirm", {"phone": phone, "step": "code"}).status_code == 404
    assert [code.account for code in OneTimeCode.objects.all()] == [known]
    assert "王芳给您开了一个密码重置码" in Notification.objects.get(account_id=known.pk).title


@pytest.mark.django_db
def test_confirming_twice_is_answered_and_changing_the_number_takes_the_confirmation_back() -> None:
    neighbour, clerk = make.resident(), make.account("王芳")
    actions.confirm(neighbour, by=clerk, place=None)
    with pytest.raises(NotPossible):
        actions.confirm(neighbour, by=clerk, place=None)
    held = Account.objects.get(pk=neighbour.pk)
    actions.edit(held, by=clerk, name=held.name, phone="13890005678")
    assert Account.objects.get(pk=neighbour.pk).is_confirmed is False
