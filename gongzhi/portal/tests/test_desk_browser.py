"""The desk in a real browser: by keyboard, with forms inline, at the widths people have."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.cases.actions import join
from gongzhi.cases.models import Matter
from gongzhi.cases.tests import factories as make
from gongzhi.cases.tests.factories import Cast, reported, triaged
from gongzhi.cases.tests.test_matter_page import photo
from gongzhi.kernel.perform import perform

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXTS = (
    ("芭茅塘小区大门口下水道堵塞，污水流到人行道上。老人走路容易滑倒，已经两天了。", 5, "drain"),
    ("解放路口井盖松动，晚上有响声。车一过就咣当一下，睡不着觉。", 2, "drain"),
    ("三号院晾衣架装在哪里，几户意见不一样，想请社区来商量。", 3, ""),
    ("老人独居，想请人每周上门量一次血压。", 1, ""),
    ("3栋2单元楼道灯不亮，晚上下楼看不见。", 1, "light"),
    ("门口早餐摊占道，上学的孩子要绕到马路上。", 1, ""),
    ("院坝健身器材螺丝松了，小孩子荡起来一晃一晃的。", 1, ""),
    ("四楼水管漏水，滴到楼下客厅，物业说不归他们管。", 1, "drain"),
)  # fmt: skip


@pytest.fixture
def scene(transactional_db: None) -> Cast:
    """A morning at the community: matters in every stage, some late, one reported by several."""
    cast = make.cast()
    now = timezone.now()
    for index, (text, several, category) in enumerate(TEXTS):
        at = now - timedelta(hours=3 + index * 5)
        made = reported(
            cast,
            now=at,
            text=text,
            category=getattr(cast, category) if category else None,
            name="陈小英",
            lon=104.771,
            lat=29.341,
            phone="13890001234",
        )
        assert made.matter is not None
        for _more in range(several - 1):
            join(make.said(cast, text=text, name="王军"), made.matter, actor=cast.actor("other_resident"), now=at)
        _move_on(cast, made.matter, index, now)
    return cast


def _move_on(cast: Cast, matter: Matter, index: int, now: datetime) -> None:
    done = {1: ("accept",), 4: ("triage",), 5: ("triage", "sign"), 6: ("triage", "sign", "finish")}.get(index, ())
    data = {"triage": triaged(cast, f"o{cast.works.pk}"), "finish": make.FINISHED}
    for verb in done:
        who = "clerk" if verb in ("accept", "triage") else "officer"
        perform(
            Matter.objects.get(pk=matter.pk),
            verb,
            actor=cast.actor(who),
            data=data.get(verb),
            now=now - timedelta(hours=2),
        )


PAGES = (
    ("clerk", "matters", "/matters/?f=all&sort=many"), ("clerk", "intake", "/intake/?text=楼道起火了，下水道也堵了"),
    ("clerk", "accept", "/work/bulk/accept/?id={number}"), ("clerk", "dispatch", "/work/bulk/dispatch/?id={number}"),
    ("clerk", "ledger", "/work/ledger/"), ("clerk", "triage", "/matters/{number}/triage/?class=big"),
    ("clerk", "merge", "/matters/{number}/merge/"), ("clerk", "relocate", "/matters/{number}/relocate/?where=芭茅塘"),
    ("clerk", "looks", "/matters/{number}/looks/"), ("clerk", "contact", "/matters/{number}/reports/{report}/contact/"),
    ("clerk", "order", "/matters/{number}/print/"), ("clerk", "list", "/work/print/"), ("grid", "today", "/today/"),
    ("grid", "patrol", "/patrol/"), ("clerk", "empty", "/work/?f=all&q=没有这样的事"),
)  # fmt: skip


@pytest.mark.parametrize("width", (390, 1280))
def test_every_other_page_has_no_faults(scene: Cast, desk: Page, width: int) -> None:
    matter = Matter.objects.get(title__startswith="四楼水管漏水")
    give(scene, Matter.objects.get(title__startswith="3栋2单元"))
    desk.set_viewport_size({"width": width, "height": 844 if width < 800 else 900})
    for who, label, address in PAGES:
        sign_in(desk, scene.people[who])
        answer = desk.goto(address.format(number=matter.number, report=matter.reports.get().pk))
        assert answer is not None
        assert answer.ok, address
        picture(desk, f"{label}-{width}", full=True)
        assert faults(desk) == [], address


def give(cast: Cast, matter: Matter) -> None:
    """The grid member gets a matter of the own grid."""
    data = {"reason": "就在网格里", "handler": f"a{cast.people['grid'].pk}"}
    perform(matter, "transfer", actor=cast.actor("clerk"), data=data)


@pytest.mark.parametrize("address", ("/work/?f=all", "/intake/", "/today/", "/patrol/"))
def test_large_type_and_darkness_keep_the_pages_whole(scene: Cast, desk: Page, address: str) -> None:
    sign_in(desk, scene.people["clerk"])
    desk.context.add_cookies(
        [
            {"name": n, "value": v, "url": desk.evaluate("location.origin")}
            for n, v in (("type", "large"), ("theme", "dark"))
        ]
    )
    for width in (390, 1280):
        desk.set_viewport_size({"width": width, "height": 900})
        desk.goto(address)
        picture(desk, f"large-{address.strip('/').split('/')[0]}-{width}")
        assert faults(desk) == []


def test_the_desk_works_by_keyboard_alone(scene: Cast, desk: Page) -> None:
    sign_in(desk, scene.people["clerk"])
    desk.goto("/work/?f=all")
    titles = desk.locator(".row-title").all_inner_texts()
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    desk.keyboard.press("j")
    assert desk.evaluate("document.activeElement.textContent") == titles[1]
    desk.keyboard.press("x")
    expect(desk.locator("[data-bulk-count]")).to_have_text("已选 1 件")
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    expect(desk.locator("[data-bulk-count]")).to_have_text("已选 2 件")
    picture(desk, "selected-1280")
    desk.keyboard.press("Enter")
    expect(desk.locator(".detail h1")).to_have_text(titles[2])
    assert "m=" in desk.url
    desk.reload()
    expect(desk.locator(".detail h1")).to_have_text(titles[2])
    expect(desk.locator(".row[aria-current]")).to_contain_text(titles[2])
    desk.keyboard.press("/")
    desk.keyboard.type("漏水")
    desk.keyboard.press("Enter")
    expect(desk.locator(".row-title")).to_have_count(1)


def test_several_are_accepted_from_the_list(scene: Cast, desk: Page) -> None:
    sign_in(desk, scene.people["clerk"])
    desk.goto("/work/?f=received")
    for box in desk.locator(".row input[type=checkbox]").all()[:2]:
        box.check()
    desk.get_by_role("button", name="批量接收").click()
    desk.get_by_role("button", name="批量接收").click()
    expect(desk.locator(".detail-head")).to_contain_text("2 件都办好了")


def test_a_department_signs_handles_and_the_community_answers(scene: Cast, desk: Page) -> None:
    matter = Matter.objects.get(title__startswith="3栋2单元")
    sign_in(desk, scene.people["officer"])
    desk.goto(f"/matters/{matter.number}/")
    desk.get_by_role("button", name="签收").click()
    expect(desk.locator(".message")).to_contain_text("签收，已记下")
    desk.get_by_role("link", name="办结回单").click()
    desk.get_by_label("办理结果").fill("已换新灯泡")
    desk.locator("#act").get_by_role("button", name="办结回单").click()
    expect(desk.locator("#act .errors")).to_contain_text("请附办理后的照片")
    expect(desk.get_by_label("办理结果")).to_have_value("已换新灯泡")
    desk.get_by_label("没有照片").fill("3月5日下午现场试灯，居民在场")
    with desk.expect_response(lambda answer: answer.status == 204):
        desk.locator("#act").get_by_role("button", name="办结回单").click()
    expect(desk.locator(".stepbar")).to_contain_text("社区干事")
    sign_in(desk, scene.people["clerk"])
    desk.goto(f"/matters/{matter.number}/")
    desk.get_by_role("link", name="反馈", exact=True).click()
    desk.get_by_label("给反映人的答复").fill("楼道灯换好了，谢谢您。")
    desk.locator("#act").get_by_role("button", name="预览").click()
    expect(desk.locator("#act .rehearsal")).to_contain_text("楼道灯换好了，谢谢您。")
    desk.locator("#act").get_by_role("button", name="发送").click()
    expect(desk.locator(".stepbar")).to_contain_text("反映人")
    picture(desk, "answered-1280")
    matter.refresh_from_db()
    assert matter.state == "judging"


def test_a_supervision_order_is_answered(scene: Cast, desk: Page) -> None:
    matter = Matter.objects.get(title__startswith="门口早餐摊")
    sign_in(desk, scene.people["supervisor"])
    desk.goto(f"/matters/{matter.number}/")
    desk.get_by_text("更多").click()
    desk.get_by_role("link", name="发督办单").click()
    desk.get_by_label("督办要求").fill("两天内到现场并回复")
    desk.locator("#act").get_by_role("button", name="发督办单").click()
    expect(desk.locator(".parts")).to_contain_text("两天内到现场并回复")
    sign_in(desk, scene.people["officer"])
    desk.goto("/work/?f=order")
    desk.locator(".row-title").first.click()
    desk.get_by_role("link", name="回复督办").click()
    desk.locator("#id_reply").fill("明早到场，已联系城管。")
    desk.locator("#act").get_by_role("button", name="回复督办").click()
    expect(desk.locator(".parts")).to_contain_text("待审核")
    picture(desk, "order-1280")


def test_the_reporters_telephone_is_shown_after_a_reason(scene: Cast, desk: Page) -> None:
    matter = Matter.objects.get(title__startswith="四楼水管漏水")
    sign_in(desk, scene.people["clerk"])
    desk.goto(f"/matters/{matter.number}/")
    desk.get_by_role("link", name="显示电话").click()
    desk.get_by_role("radio", name="约定上门时间").check()
    desk.locator("#act").get_by_role("button", name="显示电话").click()
    expect(desk.locator("#act")).to_contain_text("13890001234")


def test_the_clerk_registers_a_visitor_with_a_place_found_while_typing(scene: Cast, desk: Page) -> None:
    sign_in(desk, scene.people["clerk"])
    desk.goto("/intake/")
    desk.get_by_label("反映的事").fill("垃圾桶满了三天没人收，招苍蝇。")
    desk.get_by_label("写地名、小区或楼号").press_sequentially("芭茅塘12栋")
    desk.locator("#places").get_by_role("radio", name="12栋").first.check()
    desk.get_by_label("称呼").fill("李大爷")
    desk.locator("#id_phone").fill("13890009999")
    desk.get_by_role("button", name="登记诉求").click()
    expect(desk.locator(".sheet")).to_contain_text("查询码")
    picture(desk, "receipt-1280")


def test_a_patrol_report_from_the_phone(scene: Cast, phone: Page) -> None:
    sign_in(phone, scene.people["grid"])
    phone.goto("/patrol/")
    phone.locator("#id_photos").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo().read()})
    expect(phone.locator("[data-shots] li .state")).to_have_text("已传好")
    phone.get_by_role("radio", name="芭茅塘小区3栋").check()
    phone.get_by_label("看到什么？").fill("楼道堆了旧沙发，挡住消防门")
    phone.get_by_role("button", name="上报").click()
    expect(phone.locator(".detail h1")).to_contain_text("楼道堆了旧沙发")
    shown = phone.locator(".detail .photos img")
    expect(shown).to_have_count(1)
    shown.scroll_into_view_if_needed()
    shown.evaluate("image => image.decode()")


def test_without_scripts_the_desk_still_works(scene: Cast, desk: Page) -> None:
    sign_in(desk, scene.people["clerk"])
    base = desk.evaluate("location.origin")
    browser = desk.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, base_url=base, locale="zh-CN")
    plain.add_cookies(desk.context.cookies())  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto("/work/?f=received")
    page.locator(".row-title").first.click()
    page.get_by_role("button", name="接收").click()
    expect(page.locator(".messages")).to_contain_text("接收，已记下")
    page.get_by_role("link", name="私事").click()
    expect(page.get_by_role("heading", name="分流").first).to_be_visible()
    plain.close()


@pytest.mark.parametrize("width", (390, 768, 1280, 1920))
def test_the_desk_has_no_faults_at_any_width(scene: Cast, desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    sign_in(desk, scene.people["clerk"])
    desk.goto("/work/")
    picture(desk, f"work-{width}")
    assert faults(desk) == []
    desk.locator(".row-title").first.click()
    expect(desk.locator(".detail h1")).to_be_visible()
    desk.wait_for_timeout(300)
    picture(desk, f"matter-{width}")
    picture(desk, f"matter-{width}-full", full=True)
    assert faults(desk) == []


def test_a_clerk_triages_and_dispatches_with_the_form_beside_the_list(scene: Cast, desk: Page) -> None:
    sign_in(desk, scene.people["clerk"])
    desk.goto("/work/?f=sorting")
    desk.locator(".row-title").first.click()
    desk.get_by_role("link", name="大事").first.click()
    expect(desk.locator("#act form")).to_be_visible()
    picture(desk, "triage-1280")
    desk.locator("#act").get_by_label("分流理由").fill("公共设施")
    desk.locator("#id_category").select_option(label="下水道堵塞")
    desk.locator("#id_handler").select_option(f"o{scene.works.pk}")
    desk.locator("#act").get_by_role("button", name="分流").click()
    expect(desk.locator(".detail .stepbar")).to_contain_text("市政公用中心")
    matter = Matter.objects.get(title__contains="井盖")
    assert (matter.state, matter.organisation_id, matter.triage_class) == ("assigned", scene.works.pk, "big")
    expect(desk.locator(".list-head")).to_contain_text("待分流")
