"""The administrator's pages: inside and outside the own place, what may be granted, what is written down."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gongzhi.accounts import actions, duties, factor, posts, scope
from gongzhi.accounts.models import Account, AccountChange, Delegation, Duty
from gongzhi.accounts.tests import factories as make
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid
from gongzhi.kernel.models import Notification
from gongzhi.organisations.models import Organisation
from gongzhi.territory.tests.factories import City

TODAY = timezone.localdate()


@pytest.fixture
def admin(city: City) -> Account:
    """The administrator of the district in which most of the cast lives."""
    return make.holder("administrator", city.district, "管理员小周")


def names(page: Any) -> str:
    return str(page.content.decode())


def test_the_list_holds_the_own_place_and_nothing_beside_it(city: City, admin: Account) -> None:
    make.holder("clerk", city.community, "王芳")
    make.holder("clerk", city.village, "外区干事")
    body = Organisation.objects.create(name="住建局", kind="department", place=city.district)
    make.holder("officer", body, "部门老李")
    page = names(make.client(admin).get("/people"))
    assert "王芳" in page
    assert "部门老李" in page
    assert "外区干事" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [("欧阳", True), ("阳娜", True), ("ouyang", True), ("oyn", True), ("13890001234", True), ("1234", True),
     ("欧娜", False), ("9000", False), ("138900", False), ("%", False), ("<b>", False),
     ("\x00", False), ("娜" * 90, False)],
)  # fmt: skip
def test_people_are_found_by_two_characters_pinyin_initials_and_whole_number(
    city: City, admin: Account, query: str, found: bool
) -> None:
    somebody = make.holder("clerk", city.community, "欧阳娜娜", phone="13890001234")
    page = make.client(admin).get("/people", {"q": query})
    assert page.status_code == 200
    assert (f"/people/{somebody.pk}" in names(page)) is found


def test_residents_are_masked_in_the_list_and_on_their_page(city: City, admin: Account) -> None:
    neighbour = make.resident("陈小英", phone="13890001234", home_place=city.building)
    browser = make.client(admin)
    for page in (names(browser.get("/people?kind=resident")), names(browser.get(f"/people/{neighbour.pk}"))):
        assert "陈*英" in page
        assert "陈小英" not in page
        assert "13890001234" not in page


def test_pages_of_the_list_follow_each_other_without_gap_or_twin(city: City, admin: Account) -> None:
    for number in range(120):
        make.account(f"张{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{number}", managed_place=city.district)
    browser, address, seen = make.client(admin), "/people", []
    for _page in range(5):
        page = browser.get(address)
        seen += [row.pk for row in page.context["rows"]]
        if not page.context["cursor"]:
            break
        address = f"/people?after={page.context['cursor']}"
    assert len(seen) == len(set(seen)) == 121


@pytest.mark.parametrize("path", ["people", "person"])
def test_pages_stay_within_twenty_statements(city: City, admin: Account, path: str) -> None:
    for number in range(30):
        make.holder("clerk", city.community, f"王芳{number}")
    address = "/people" if path == "people" else f"/people/{Account.objects.get(name='王芳3').pk}"
    browser = make.client(admin)
    browser.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(address).status_code == 200
    sent = [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]]
    assert len(sent) <= 20, "\n".join(sent)


def everything(pk: int, duty: int, delegation: int) -> list[tuple[str, str]]:
    """Every address that names an account, a duty or a delegation."""
    return [
        ("get", f"/people/{pk}"),
        *((verb, f"/people/{pk}/{page}") for page in ("edit", "lock", "end", "duties/new", "delegations/new")
          for verb in ("get", "post")),
        *(("post", f"/people/{pk}/{page}") for page in ("code", "unlock", "factor-off")),
        ("post", f"/people/duties/{duty}/end"),
        ("get", f"/people/duties/{duty}/end"),
        ("post", f"/people/delegations/{delegation}/end"),
    ]  # fmt: skip


def test_an_account_outside_does_not_exist_for_the_administrator(city: City, admin: Account) -> None:
    other, deputy = make.holder("clerk", city.village), make.holder("clerk", city.village)
    lent = make.delegation(other, deputy, TODAY, TODAY)
    browser = make.client(admin)
    for verb, address in everything(other.pk, other.duties.get().pk, lent.pk):
        assert getattr(browser, verb)(address, {"reason": "x"}).status_code == 404, address
    assert Delegation.objects.get().ended_at is None
    assert Account.objects.get(pk=other.pk).is_active


@pytest.mark.parametrize("post", ["clerk", "community_secretary", "district_secretary", None])
def test_only_administrators_see_the_pages_at_all(city: City, admin: Account, post: str | None) -> None:
    place = {"district_secretary": city.district}.get(post or "", city.community)
    somebody = make.holder(post, place) if post else make.resident()
    browser = make.client(somebody)
    lent = make.delegation(admin, make.account("代"), TODAY, TODAY)
    for verb, address in everything(admin.pk, admin.duties.get().pk, lent.pk):
        assert getattr(browser, verb)(address).status_code == 404, address
    for address in ("/people", "/people/new", "/people/posts"):
        assert browser.get(address).status_code == 404
        assert make.client().get(address)["Location"].startswith("/sign-in?next=")


def test_an_ended_term_closes_the_pages_the_next_day(city: City) -> None:
    admin = make.account()
    duty = make.duty(admin, "administrator", city.district, ends=TODAY)
    browser = make.client(admin)
    assert browser.get("/people").status_code == 200
    Duty.objects.filter(pk=duty.pk).update(ends=TODAY - timedelta(days=1))
    assert browser.get("/people").status_code == 404


def test_who_also_holds_a_duty_outside_can_be_seen_but_not_changed(city: City, admin: Account) -> None:
    both = make.holder("clerk", city.community, "王芳")
    make.duty(both, "district_secretary", city.other_district)
    browser = make.client(admin)
    assert "辖区以外的岗位" in names(browser.get(f"/people/{both.pk}"))
    for page in ("code", "unlock", "factor-off", "lock", "end", "edit"):
        assert browser.post(f"/people/{both.pk}/{page}", {"reason": "x"}).status_code == 404
    assert not both.one_time_codes.exists()


def test_a_new_account_shows_its_one_time_password_once_and_belongs_to_the_place(city: City, admin: Account) -> None:
    browser = make.client(admin)
    page = browser.post("/people/new", {"name": "单小红", "phone": "13890001234", "username": ""})
    made = Account.objects.get(name="单小红")
    assert made.username == "shanxiaohong"
    assert page.context["password"] in names(page)
    assert made.check_password(page.context["password"])
    assert page.context["password"] not in str(list(AccountChange.objects.values()))
    assert (made.managed_place, made.created_by, made.is_confirmed) == (city.district, admin, True)
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("username", "13890001234"), ("username", "ab"), ("username", "a b"), ("username", "zhoumin"), ("name", ""),
     ("phone", "1"), ("name", "<img src=x>"), ("username", "x" * 31), ("phone", "13890009999")],
)  # fmt: skip
def test_a_new_account_with_a_wrong_field_is_not_made(city: City, admin: Account, field: str, value: str) -> None:
    make.account("周敏", username="zhoumin", phone="13890009999")
    form = {"name": "李明", "phone": "", "username": "liming"} | {field: value}
    response = make.client(admin).post("/people/new", form)
    assert response.status_code == 422
    assert not Account.objects.filter(username="liming").exists()
    assert response.context["form"].errors


def test_two_people_of_one_name_get_two_user_names(city: City) -> None:
    first, second = (actions.create_staff(by=None, name="王芳").account.username for _each in range(2))
    assert (first, second) == ("wangfang", "wangfang2")


def grant(browser: Any, account: Account, post: str, where: int, **form: str) -> Any:
    address = f"/people/{account.pk}/duties/new?post={post}"
    return browser.post(address, {"where": str(where), "starts": str(TODAY), **form})


def test_a_duty_is_given_by_post_place_and_term_and_written_down(city: City, admin: Account) -> None:
    clerk = make.account("王芳", managed_place=city.district)
    browser = make.client(admin)
    assert "社区干事" in names(browser.get(f"/people/{clerk.pk}/duties/new"))
    assert "磨子井社区" in names(browser.get(f"/people/{clerk.pk}/duties/new?post=clerk&q=磨子"))
    assert grant(browser, clerk, "clerk", city.community.pk, ends=str(TODAY)).status_code == 302
    duty = Duty.objects.get(account=clerk)
    assert (duty.place, duty.starts, duty.ends, duty.created_by) == (city.community, TODAY, TODAY, admin)
    assert AccountChange.objects.get(account=clerk).duty == duty
    assert make.actor(clerk).grants[0].post == "clerk"


@pytest.mark.parametrize(
    "case", ["outside", "above", "wrong level", "unknown post", "no place", "twice", "dates", "huge id"]
)
def test_a_duty_that_may_not_be_is_refused_in_words(city: City, admin: Account, case: str) -> None:
    clerk = make.account("王芳", managed_place=city.district)
    make.duty(clerk, "clerk", city.neighbour)
    arguments: tuple[str, int, dict[str, str]] = {
        "outside": ("clerk", city.village.pk, {}),
        "above": ("administrator", city.city.pk, {}),
        "wrong level": ("clerk", city.street.pk, {}),
        "unknown post": ("emperor", city.community.pk, {}),
        "no place": ("clerk", 0, {}),
        "twice": ("clerk", city.neighbour.pk, {}),
        "dates": ("clerk", city.community.pk, {"ends": "2020-01-01"}),
        "huge id": ("clerk", 10**30, {}),
    }[case]
    response = grant(make.client(admin), clerk, arguments[0], arguments[1], **arguments[2])
    assert response.status_code == 422
    assert response.context["form"].errors
    assert Duty.objects.filter(account=clerk).count() == 1


def test_nobody_gives_a_duty_to_the_own_account(city: City, admin: Account) -> None:
    response = grant(make.client(admin), admin, "district_secretary", city.district.pk)
    assert response.status_code == 422
    assert "不能给自己" in names(response)


def test_the_rules_hold_without_the_pages_too(city: City, admin: Account) -> None:
    acting, clerk = make.actor(admin), make.account("王芳")
    term = duties.Term(TODAY)
    with pytest.raises(NotPermitted):
        duties.add_duty(clerk, "clerk", city.village, term, by=admin, actor=acting)
    with pytest.raises(NotPermitted):
        duties.end_duty(make.duty(clerk, "clerk", city.village), None, by=admin, actor=acting)
    body = Organisation.objects.create(name="荣县住建局", kind="department", place=city.other_district)
    with pytest.raises(NotPermitted):
        duties.add_duty(clerk, "officer", body, term, by=admin, actor=acting)
    with pytest.raises(posts.UnknownPost):
        duties.add_duty(clerk, "emperor", city.community, term, by=admin, actor=acting)
    with pytest.raises(NotValid, match="还没有核实"):
        duties.add_duty(make.resident(), "captain", city.building, term, by=admin, actor=acting)


def test_a_city_administrator_reaches_both_districts_and_the_city_itself(city: City) -> None:
    root = make.holder("administrator", city.city)
    clerk = make.account("王芳")
    for post, place in (("clerk", city.village), ("clerk", city.community), ("administrator", city.city)):
        duties.add_duty(clerk, post, place, duties.Term(TODAY), by=root, actor=make.actor(root))
    assert scope.may_manage(make.actor(root), clerk)


def test_accounts_that_name_no_place_are_kept_by_the_administrator_at_the_root(city: City, admin: Account) -> None:
    lost = make.resident()
    root = make.holder("administrator", city.city)
    assert make.client(root).get(f"/people/{lost.pk}").status_code == 200
    assert make.client(admin).get(f"/people/{lost.pk}").status_code == 404


@pytest.mark.parametrize(
    ("form", "standing"), [({"when": "now"}, "over"), ({"when": "day", "ends": str(TODAY)}, "running")]
)
def test_a_duty_ends_at_once_or_after_its_last_day(
    city: City, admin: Account, form: dict[str, str], standing: str
) -> None:
    clerk = make.holder("clerk", city.community)
    duty = clerk.duties.get()
    assert make.client(admin).post(f"/people/duties/{duty.pk}/end", form).status_code == 302
    duty.refresh_from_db()
    assert duty.standing() == standing
    assert bool(make.actor(clerk).grants) is (standing == "running")
    assert (
        make.client(admin).post(f"/people/duties/{duty.pk}/end", {"when": "day", "ends": "2001-01-01"}).status_code
        == 422
    )


def test_a_grid_is_named_with_its_community_wherever_it_is_shown(city: City, admin: Account) -> None:
    member, browser = make.holder("grid_member", city.neighbour_grid, "李明"), make.client(admin)
    addresses = ("/people", "/people/posts", f"/people/{member.pk}", f"/people/{member.pk}/duties/new?post=grid_member",
                 f"/people/{member.pk}/duties/new?post=grid_member&where={city.neighbour_grid.pk}",
                 f"/people/duties/{member.duties.get().pk}/end")  # fmt: skip
    for address in addresses:
        assert "新民街社区 第一网格" in names(browser.get(address)), address
    assert "新民街社区 第一网格 网格员" in names(make.client(member).get("/me"))


def test_an_ended_duty_cannot_be_ended_again(city: City, admin: Account) -> None:
    duty = make.holder("clerk", city.community).duties.get()
    duties.end_duty(duty, None, by=admin)
    with pytest.raises(NotPossible):
        duties.end_duty(duty, None, by=admin)


def test_acting_for_another_is_written_down_by_the_administrator_and_taken_back(city: City, admin: Account) -> None:
    secretary, deputy = (
        make.holder("community_secretary", city.community, "书记"),
        make.holder("clerk", city.community, "王芳"),
    )
    browser, address = make.client(admin), f"/people/{secretary.pk}/delegations/new"
    assert "王芳" in names(browser.get(f"{address}?q=王芳"))
    form = {"to": str(deputy.pk), "duty": "", "starts": str(TODAY), "ends": str(TODAY), "reason": "培训"}
    assert browser.post(address, form).status_code == 302
    assert secretary.pk in {grant.on_behalf_of for grant in make.actor(deputy).grants}
    lent = Delegation.objects.get()
    assert {change.account for change in AccountChange.objects.filter(delegation=lent)} == {secretary, deputy}
    assert browser.post(f"/people/delegations/{lent.pk}/end").status_code == 302
    assert {grant.on_behalf_of for grant in make.actor(deputy).grants} == {None}


def test_an_administrator_cannot_lend_the_power_of_others_to_the_own_account_or_outside(
    city: City, admin: Account
) -> None:
    secretary, outsider = make.holder("district_secretary", city.district), make.holder("clerk", city.village)
    term = duties.Term(TODAY, TODAY)
    for to in (admin, outsider):
        with pytest.raises(NotPermitted):
            duties.delegate(secretary, to, None, term, "x", by=admin, actor=make.actor(admin))
    with pytest.raises(NotPermitted):
        duties.delegate(secretary, outsider, None, term, "x", by=outsider)


def test_people_lend_their_own_duties_to_colleagues_of_the_district(city: City) -> None:
    clerk, colleague = make.holder("clerk", city.community, "王芳"), make.holder("clerk", city.neighbour, "李明")
    make.holder("clerk", city.village, "李远")
    browser = make.client(clerk)
    page = names(browser.get("/me/delegations/new?q=li"))
    assert "李明" in page
    assert "李远" not in page
    duty = clerk.duties.get()
    form = {"to": str(colleague.pk), "duty": str(duty.pk), "starts": str(TODAY), "ends": str(TODAY), "reason": "请假"}
    assert browser.post("/me/delegations/new", form).status_code == 302
    assert "请 李明 代办" in names(browser.get("/me/delegations"))
    assert "代 王芳 办" in names(make.client(colleague).get("/me/delegations"))
    lent = Delegation.objects.get()
    assert make.client(make.account("外人")).post(f"/me/delegations/{lent.pk}/end").status_code == 404
    assert make.client(colleague).post(f"/me/delegations/{lent.pk}/end").status_code == 302


@pytest.mark.parametrize("change", [{"ends": "2001-01-01"}, {"ends": ""}, {"reason": " \u202e"}, {"duty": "999999"},
                                    {"to": "999999"}, {"starts": "昨天"}, {"ends": "2099-01-01"}])  # fmt: skip
def test_a_delegation_with_a_wrong_field_is_not_made(city: City, change: dict[str, str]) -> None:
    clerk, colleague = make.holder("clerk", city.community), make.holder("clerk", city.neighbour)
    form = {"to": str(colleague.pk), "duty": "", "starts": str(TODAY), "ends": str(TODAY), "reason": "请假"} | change
    assert make.client(clerk).post("/me/delegations/new", form).status_code == 422
    assert not Delegation.objects.exists()


def test_an_administrator_gives_a_code_locks_and_unlocks_with_a_history(city: City, admin: Account) -> None:
    clerk, browser = make.holder("clerk", city.community), make.client(admin)
    page = browser.post(f"/people/{clerk.pk}/code")
    assert page.context["code"] in names(page)
    browser.post(f"/people/{clerk.pk}/lock", {"reason": "手机被偷"})
    assert not Account.objects.get(pk=clerk.pk).is_active
    assert browser.post(f"/people/{clerk.pk}/lock", {"reason": " "}).status_code == 422
    browser.post(f"/people/{clerk.pk}/unlock")
    assert Account.objects.get(pk=clerk.pk).is_active
    verbs = list(AccountChange.objects.filter(account=clerk).order_by("pk").values_list("verb", "by"))
    assert verbs == [("code_made", admin.pk), ("locked", admin.pk), ("unlocked", admin.pk)]
    assert "手机被偷" in names(browser.get(f"/people/{clerk.pk}"))


def test_correcting_a_name_does_not_undo_a_lock_set_in_the_same_moment(city: City, admin: Account) -> None:
    clerk = make.holder("clerk", city.community, phone="13890001234")
    opened_before = Account.objects.get(pk=clerk.pk)
    actions.lock(clerk, by=admin, reason="手机被偷")
    actions.edit(opened_before, by=admin, name="王小芳", phone="13890005678")
    now = Account.objects.get(pk=clerk.pk)
    assert (now.name, now.phone, now.is_active, now.is_confirmed) == ("王小芳", "13890005678", False, True)


def test_what_an_administrator_does_is_told_to_the_owner(city: City, admin: Account) -> None:
    clerk = make.account("王芳", managed_place=city.district)
    browser = make.client(admin)
    grant(browser, clerk, "clerk", city.community.pk)
    browser.post(f"/people/{clerk.pk}/code")
    titles = list(Notification.objects.filter(account_id=clerk.pk).order_by("pk").values_list("title", flat=True))
    assert titles[0] == "管理员小周给您登记了岗位。（磨子井社区 社区干事）"
    assert "重置码" in titles[1]


def test_the_people_responsible_for_a_place_are_found_from_the_district_down(city: City) -> None:
    clerk, secretary = make.holder("clerk", city.community), make.holder("district_secretary", city.district)
    make.holder("clerk", city.neighbour)
    over = Duty.objects.in_force(TODAY).over(city.grid)
    assert [duty.account for duty in over] == [secretary, clerk]
    assert not over.public().exists()
    Duty.objects.filter(account=clerk).update(is_public=True)
    assert [duty.account for duty in Duty.objects.in_force(TODAY).over(city.grid).public()] == [clerk]


def test_an_administrator_cannot_lock_end_or_recode_the_own_account(city: City, admin: Account) -> None:
    browser = make.client(admin)
    for page in ("lock", "end"):
        assert browser.post(f"/people/{admin.pk}/{page}", {"reason": "x"}).status_code == 404
    browser.post(f"/people/{admin.pk}/code")
    assert not admin.one_time_codes.exists()


def test_ending_an_account_ends_its_duties_and_delegations_and_frees_its_number(city: City, admin: Account) -> None:
    clerk, deputy = make.holder("clerk", city.community, phone="13890001234"), make.account("乙")
    make.delegation(clerk, deputy, TODAY, TODAY + timedelta(days=5))
    make.client(admin).post(f"/people/{clerk.pk}/end", {"reason": "调走"})
    ended = Account.objects.get(pk=clerk.pk)
    assert ended.ended_at
    assert not ended.duties.in_force(TODAY).exists()
    assert make.actor(deputy).grants == ()
    assert make.account("丙", phone="13890001234").pk
    with pytest.raises(NotPossible):
        actions.end(ended, by=admin, reason="x")


def test_a_lost_telephone_is_helped_by_switching_the_second_factor_off(city: City, admin: Account) -> None:
    clerk = make.holder("clerk", city.community)
    secret_before = factor.begin(clerk)
    type(clerk.second_factor).objects.update(confirmed_at=timezone.now())
    make.client(admin).post(f"/people/{clerk.pk}/factor-off")
    assert not factor.is_on(clerk)
    assert factor.begin(clerk) != secret_before


def test_an_administrator_by_delegation_is_written_down_with_whom_it_was_for(city: City, admin: Account) -> None:
    deputy, clerk = make.account("代班"), make.holder("clerk", city.community)
    make.delegation(admin, deputy, TODAY, TODAY)
    make.client(deputy).post(f"/people/{clerk.pk}/lock", {"reason": "丢手机"})
    change = AccountChange.objects.get(account=clerk)
    assert (change.by, change.on_behalf_of) == (deputy, admin.pk)


def test_who_is_in_post_is_listed_by_post_with_what_it_may_see(city: City, admin: Account) -> None:
    make.holder("clerk", city.community, "王芳")
    make.holder("grid_member", city.grid, "李明")
    make.holder("clerk", city.village, "外区干事")
    page = names(make.client(admin).get("/people/posts?post=clerk"))
    assert "王芳" in page
    assert "李明" not in page
    assert "外区干事" not in page
    assert str(posts.post("clerk").sees) in page


def test_the_history_cannot_be_changed_or_removed(city: City, admin: Account) -> None:
    actions.lock(make.account("王芳"), by=admin, reason="x")
    for act in (AccountChange.objects.all().delete, lambda: AccountChange.objects.update(verb="edited")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


def test_createadmin_prints_a_one_time_password_and_gives_the_top_place(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("createadmin", username="boss", name="周敏", phone="13890001234")
    made = Account.objects.get(username="boss")
    password = capsys.readouterr().out.split("one-time password: ")[1].strip()
    assert made.check_password(password)
    assert made.must_change_password
    assert made.duties.get().place == city.city
    with pytest.raises(CommandError, match="已经有人用了"):
        call_command("createadmin", username="boss", name="周敏")


@pytest.mark.django_db
def test_createadmin_without_places_says_what_to_do_and_makes_nothing() -> None:
    with pytest.raises(CommandError, match="import-places"):
        call_command("createadmin", username="boss", name="周敏")
    assert not Account.objects.exists()
