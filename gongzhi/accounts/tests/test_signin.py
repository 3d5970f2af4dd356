"""Ways in and out: right and wrong passwords, throttles, the second factor, codes, sessions."""

import base64
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp.oath import totp

from gongzhi.accounts import actions, factor, guard, passwords, signin
from gongzhi.accounts.models import Account, AccountChange, OneTimeCode, SignIn
from gongzhi.accounts.tests import factories as make
from gongzhi.base.models import Throttle
from gongzhi.kernel.errors import NotValid
from gongzhi.territory.tests.factories import City

pytestmark = pytest.mark.django_db
NEW = "井边三棵老榕树8"


def sign_in(browser: Client, identifier: str, password: str = make.PASSWORD, **more: str) -> HttpResponse:
    return browser.post("/sign-in", {"identifier": identifier, "password": password, **more})  # type: ignore[return-value]


def text(response: HttpResponse) -> str:
    return response.content.decode()


def key_of(secret: str) -> bytes:
    return base64.b32decode(secret)


@pytest.mark.parametrize(
    "typed", ["13890001234", " 138 9000 1234 ", "+86 138-9000-1234", "１３８９０００１２３４", "zhoumin", "ZhouMin"]
)
def test_phone_and_user_name_sign_in_however_they_are_typed(typed: str) -> None:
    account = make.account("周敏", phone="13890001234", username="zhoumin")
    browser = Client()
    response = sign_in(browser, typed)
    assert response.status_code == 302
    assert browser.session["_auth_user_id"] == str(account.pk)
    assert SignIn.objects.get().account == account


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer_and_cost_the_same_statements() -> None:
    make.account(username="zhoumin")
    wrong, unknown = sign_in(Client(), "zhoumin", "不是这个密码哦"), sign_in(Client(), "nobody1", "不是这个密码哦")
    assert wrong.status_code == unknown.status_code == 422
    shape = re.compile(r'<input[^>]*csrf[^>]*>|value="[^"]*"|value="nobody1"')
    assert shape.sub("", text(wrong)) == shape.sub("", text(unknown))


def test_an_unknown_name_costs_one_password_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    encode = passwords.Argon2.encode

    def counted(self: passwords.Argon2, password: str, salt: str) -> str:
        made.append("hash")
        return encode(self, password, salt)

    monkeypatch.setattr(passwords.Argon2, "encode", counted)
    sign_in(Client(), "nobody1", "不是这个密码哦")
    assert made == ["hash"]


def test_five_wrong_passwords_make_the_right_one_wait_and_say_how_long_and_whom_to_call(
    settings: object,
) -> None:
    settings.SITE = {**settings.SITE, "phone": "0813-8212345"}  # type: ignore[attr-defined]
    make.account(username="zhoumin")
    answers = [text(sign_in(Client(), "zhoumin", "不是这个密码哦")) for _try in range(5)]
    assert "再错 1 次" in answers[3]
    refused = sign_in(Client(), "zhoumin")
    assert refused.status_code == 429
    assert re.search(r"请等 1[56] 分 再试；着急就打电话 0813-8212345", text(refused))


def test_after_the_wait_the_right_password_works_and_starts_anew() -> None:
    make.account(username="zhoumin")
    for _try in range(6):
        sign_in(Client(), "zhoumin", "不是这个密码哦")
    Throttle.objects.update(resets_at=timezone.now() - timedelta(seconds=1))
    assert sign_in(Client(), "zhoumin").status_code == 302
    assert sign_in(Client(), "zhoumin", "不是这个密码哦").status_code == 422


def test_an_unknown_name_is_made_to_wait_as_well() -> None:
    for _try in range(5):
        sign_in(Client(), "nobody1", "不是这个密码哦")
    assert sign_in(Client(), "nobody1", "不是这个密码哦").status_code == 429


def test_phone_and_user_name_are_counted_together_and_other_accounts_are_not() -> None:
    make.account("周敏", phone="13890001234", username="zhoumin")
    make.account("李明", username="liming")
    for typed in ("zhoumin", "13890001234", "zhoumin", "13890001234", "zhoumin"):
        sign_in(Client(), typed, "不是这个密码哦")
    assert sign_in(Client(), "13890001234").status_code == 429
    assert sign_in(Client(), "liming").status_code == 302


def test_one_address_that_tries_many_names_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ADDRESS", 3)
    for name in ("aaa", "bbb", "ccc"):
        sign_in(Client(REMOTE_ADDR="10.1.1.1"), name, "不是这个密码哦")
    assert sign_in(Client(REMOTE_ADDR="10.1.1.1"), "ddd", "不是这个密码哦").status_code == 429
    assert sign_in(Client(REMOTE_ADDR="10.1.1.2"), "ddd", "不是这个密码哦").status_code == 422


def test_one_name_from_many_addresses_is_stopped() -> None:
    make.account(username="zhoumin")
    for number in range(20):
        sign_in(Client(REMOTE_ADDR=f"10.1.2.{number}"), "zhoumin", "不是这个密码哦")
    assert sign_in(Client(REMOTE_ADDR="10.9.9.9"), "zhoumin").status_code == 429


def test_a_locked_account_hears_so_only_with_the_right_password() -> None:
    make.account(username="zhoumin", is_active=False)
    assert "锁定" not in text(sign_in(Client(), "zhoumin", "不是这个密码哦"))
    assert "已被锁定" in text(sign_in(Client(), "zhoumin"))


def test_an_ended_account_is_unknown() -> None:
    make.account(username="zhoumin", is_active=False, ended_at=timezone.now())
    response = sign_in(Client(), "zhoumin")
    assert response.status_code == 422
    assert "密码不对" in text(response)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/people?q=1", "/people?q=1"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_back_only_to_this_site(wanted: str, given: str) -> None:
    make.account(username="zhoumin")
    response = sign_in(Client(), "zhoumin", next=wanted)
    assert response["Location"] == given


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\0", "a" * 5000, "<script>alert(1)</script>", "\u202e4321", "😀😀😀", "' OR 1=1 --", "%", "١٢٣٤"],
)
def test_wrong_input_is_answered_kept_and_never_run(typed: str) -> None:
    for response in (sign_in(Client(), typed, "x"), sign_in(Client(), "zhoumin", typed or " ")):
        assert response.status_code == 422
        assert "<script>alert" not in text(response)
        assert "null characters" not in text(response).lower()


def test_signing_in_changes_the_session_key_and_keeps_the_tracking_codes() -> None:
    make.account(username="zhoumin")
    browser = Client()
    session = browser.session
    session["tokens"] = ["uid-1"]
    session.save()
    browser.cookies["gongzhi_session"] = session.session_key or ""
    before = session.session_key
    sign_in(browser, "zhoumin")
    assert browser.session.session_key != before
    assert browser.session["tokens"] == ["uid-1"]
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_needs_a_post_and_ends_the_session() -> None:
    make.account(username="zhoumin")
    browser = Client()
    sign_in(browser, "zhoumin")
    assert browser.get("/sign-out").status_code == 405
    browser.post("/sign-out")
    assert browser.get("/me").status_code == 302
    assert SignIn.objects.get().ended_at is not None


def test_preferences_of_the_account_reach_the_browser() -> None:
    make.account(username="zhoumin", large_type=True, theme="dark", language="en")
    browser = Client()
    sign_in(browser, "zhoumin")
    assert {name: browser.cookies[name].value for name in ("type", "theme", "gongzhi_language")} == {
        "type": "large",
        "theme": "dark",
        "gongzhi_language": "en",
    }


def test_signing_in_stays_within_the_budget_of_statements() -> None:
    make.account(username="zhoumin")
    with CaptureQueriesContext(connection) as seen:
        assert sign_in(Client(), "zhoumin").status_code == 302
    sent = [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]]
    assert len(sent) <= 14, "\n".join(sent)


def switched_on(account: Account) -> tuple[str, list[str]]:
    secret = factor.begin(account)
    then = timezone.now() - timedelta(minutes=5)
    code = f"{totp(key_of(secret), t0=int((timezone.now() - then).total_seconds())):06}"
    return secret, factor.confirm(account, code, then)


def code_now(secret: str) -> str:
    return f"{totp(key_of(secret)):06}"


def test_with_the_second_factor_the_password_alone_does_not_open_the_door() -> None:
    account = make.account(username="zhoumin")
    secret, codes = switched_on(account)
    assert len(codes) == 10
    browser = Client()
    response = sign_in(browser, "zhoumin", next="/people")
    assert response["Location"] == "/sign-in/code"
    assert browser.get("/me").status_code == 302
    assert browser.post("/sign-in/code", {"code": "000000"}).status_code == 422
    assert browser.post("/sign-in/code", {"code": code_now(secret)})["Location"] == "/people"
    assert browser.get("/me").status_code == 200


def test_a_code_is_good_once_and_a_recovery_code_as_well() -> None:
    account = make.account(username="zhoumin")
    secret, codes = switched_on(account)
    now = timezone.now()
    assert factor.verify(account, code_now(secret), now)
    assert not factor.verify(account, code_now(secret), now)
    assert factor.verify(account, codes[0].lower().replace("-", " "), now)
    assert not factor.verify(account, codes[0], now)
    assert factor.recovery_codes_left(account) == 9


def test_guessing_the_second_factor_is_slowed_down() -> None:
    account = make.account(username="zhoumin")
    secret, _codes = switched_on(account)
    browser = Client()
    sign_in(browser, "zhoumin")
    statuses = [browser.post("/sign-in/code", {"code": f"{n:06}"}).status_code for n in range(6)]
    assert statuses == [422] * 5 + [429]
    assert browser.post("/sign-in/code", {"code": code_now(secret)}).status_code == 429


def test_the_waiting_for_a_code_ends_when_the_password_changes() -> None:
    account = make.account(username="zhoumin")
    secret, _codes = switched_on(account)
    browser = Client()
    sign_in(browser, "zhoumin")
    actions.change_password(account, NEW + "9999")
    assert browser.post("/sign-in/code", {"code": code_now(secret)})["Location"] == "/sign-in"


def test_the_page_of_the_second_factor_without_a_password_before_leads_to_the_password() -> None:
    assert Client().get("/sign-in/code")["Location"] == "/sign-in"


def test_the_secret_is_not_readable_in_the_database() -> None:
    account = make.account()
    secret = factor.begin(account)
    assert secret.encode() not in bytes(account.second_factor.secret_cipher)
    assert factor.begin(account) == secret


def test_a_one_time_code_sets_a_new_password_once() -> None:
    account, staff = make.resident(phone="13890001234"), make.account("管理")
    code = actions.make_code(account, by=staff)
    data = {"identifier": "13890001234", "code": code.lower(), "password": NEW}
    assert Client().post("/forgotten", data).status_code == 302
    assert sign_in(Client(), "13890001234", NEW).status_code == 302
    assert Client().post("/forgotten", data | {"password": NEW + "2"}).status_code == 409
    assert AccountChange.objects.filter(account=account, verb="password_reset", data__code_by=staff.pk).exists()


def test_a_one_time_code_lasts_24_hours_and_is_replaced_by_the_next() -> None:
    account, staff = make.resident(), make.account("管理")
    first, second = actions.make_code(account, by=staff), actions.make_code(account, by=staff)
    data = {"identifier": "13890001234", "password": NEW}
    assert Client().post("/forgotten", data | {"code": first}).status_code == 409
    OneTimeCode.objects.update(expires_at=timezone.now())
    assert Client().post("/forgotten", data | {"code": second}).status_code == 409


def test_a_one_time_code_is_stored_only_as_a_digest_and_only_good_for_its_account() -> None:
    account, staff = make.resident(), make.account("管理")
    make.resident("别人", phone="13890009999")
    code = actions.make_code(account, by=staff)
    assert code not in str(OneTimeCode.objects.values())
    wrong = {"identifier": "13890009999", "password": NEW, "code": code}
    assert Client().post("/forgotten", wrong).status_code == 409


def test_a_weak_new_password_leaves_the_code_good() -> None:
    account, staff = make.resident(), make.account("管理")
    data = {"identifier": "13890001234", "code": actions.make_code(account, by=staff)}
    weak = Client().post("/forgotten", data | {"password": "12345678"})
    assert weak.status_code == 422
    assert "不能全是数字" in text(weak)  # type: ignore[arg-type]
    assert Client().post("/forgotten", data | {"password": NEW}).status_code == 302


def test_guessing_one_time_codes_is_slowed_down() -> None:
    make.resident()
    data = {"identifier": "13890001234", "code": "AAAA-AAAA-AAAA-AAAA", "password": NEW}
    statuses = [Client().post("/forgotten", data).status_code for _try in range(6)]
    assert statuses == [409] * 5 + [429]


@pytest.mark.parametrize(
    "weak",
    ["短", "12345678901", "password123", "aaaaaaaaaaaa", "zhoumin2026", "周敏2026周敏20", "ab\0cdefghijk", "x" * 200],
)
def test_weak_passwords_are_refused_in_words(weak: str) -> None:
    account = make.account("周敏", username="zhoumin")
    with pytest.raises(NotValid) as caught:
        actions.change_password(account, weak)
    assert str(caught.value).endswith("。")


def test_changing_the_password_signs_out_every_other_device_and_keeps_this_one() -> None:
    make.account(username="zhoumin")
    here, there = Client(), Client()
    sign_in(here, "zhoumin")
    sign_in(there, "zhoumin")
    data = {"current": make.PASSWORD, "password": NEW + "长一点"}
    assert here.post("/me/password", data).status_code == 302
    assert here.get("/me").status_code == 200
    assert there.get("/me").status_code == 302
    assert sign_in(Client(), "zhoumin").status_code == 422


def test_a_wrong_present_password_changes_nothing() -> None:
    account = make.account(username="zhoumin")
    browser = make.client(account)
    assert browser.post("/me/password", {"current": "不是这个", "password": NEW + "长一点"}).status_code == 422
    assert sign_in(Client(), "zhoumin").status_code == 302


def test_a_one_time_password_must_be_changed_before_anything_else(city: City) -> None:
    made = actions.create_staff(by=None, name="周敏")
    make.duty(made.account, "administrator", city.district)
    browser = Client()
    sign_in(browser, made.account.username, made.password)
    there = browser.get("/people?q=x")
    assert there["Location"] == "/me/password?" + urlencode({"next": "/people?q=x"})
    changed = browser.post(
        "/me/password", {"current": made.password, "password": NEW + "长一点", "next": "/people?q=x"}
    )
    assert changed["Location"] == "/people?q=x"
    assert browser.get("/people?q=x").status_code == 200


def test_one_device_or_all_others_can_be_signed_out() -> None:
    make.account(username="zhoumin")
    here, there, third = Client(), Client(HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) MicroMessenger/8"), Client()
    for browser in (here, there, third):
        sign_in(browser, "zhoumin")
    assert "微信 · 安卓手机" in text(here.get("/me/devices"))  # type: ignore[arg-type]
    row = SignIn.objects.get(session_key=there.session.session_key)
    here.post("/me/devices", {"device": str(row.pk)})
    assert there.get("/me").status_code == 302
    assert third.get("/me").status_code == 200
    here.post("/me/devices", {"device": "all"})
    assert third.get("/me").status_code == 302
    assert here.get("/me").status_code == 200


def test_nobody_signs_out_the_device_of_another() -> None:
    make.account(username="zhoumin")
    victim = Client()
    sign_in(victim, "zhoumin")
    row = SignIn.objects.get()
    assert make.client(make.account("别人")).post("/me/devices", {"device": str(row.pk)}).status_code == 404
    assert victim.get("/me").status_code == 200


def test_locking_an_account_ends_its_sessions_at_once() -> None:
    account = make.account(username="zhoumin")
    browser = Client()
    sign_in(browser, "zhoumin")
    actions.lock(account, by=make.account("管理"), reason="手机被偷")
    assert browser.get("/me").status_code == 302
    actions.unlock(Account.objects.get(pk=account.pk), by=make.account("管理"))
    assert browser.get("/me").status_code == 302
    assert sign_in(browser, "zhoumin").status_code == 302


def test_unlocking_forgets_the_counted_failures() -> None:
    account = make.account(username="zhoumin")
    for _try in range(6):
        sign_in(Client(), "zhoumin", "不是这个密码哦")
    actions.lock(account, by=account, reason="x")
    actions.unlock(account, by=account)
    assert sign_in(Client(), "zhoumin").status_code == 302


def test_a_used_session_is_noted_at_most_every_half_hour() -> None:
    make.account(username="zhoumin")
    browser = Client()
    sign_in(browser, "zhoumin")
    SignIn.objects.update(seen_at=timezone.now() - timedelta(hours=2))
    browser.get("/me")
    assert SignIn.objects.get().seen_at < timezone.now() - timedelta(hours=1)
    session = browser.session
    session[signin.SEEN] = (timezone.now() - timedelta(minutes=31)).isoformat()
    session.save()
    browser.get("/me")
    assert SignIn.objects.get().seen_at > timezone.now() - timedelta(minutes=1)


def test_staff_sessions_live_half_a_day_unused() -> None:
    make.account(username="zhoumin")
    browser = Client()
    sign_in(browser, "zhoumin")
    assert browser.session.get_expiry_age() == 12 * 3600


def test_a_part_loaded_without_a_session_sends_the_whole_page_to_sign_in() -> None:
    response = Client().get("/me", HTTP_HX_REQUEST="true")
    assert response["HX-Redirect"].startswith("/sign-in?next=")


def test_preferences_are_kept_on_the_account_and_wrong_ones_change_nothing() -> None:
    account = make.account(username="zhoumin")
    browser = make.client(account)
    browser.post("/me/preferences", {"language": "en", "large_type": "on", "theme": "dark"})
    browser.post("/me/preferences", {"language": "klingon", "theme": "dark"})
    kept = Account.objects.get(pk=account.pk)
    assert (kept.language, kept.large_type, kept.theme) == ("en", True, "dark")
    assert browser.cookies["type"].value == "large"


def test_the_second_factor_is_switched_on_and_off_by_its_owner() -> None:
    account = make.account(username="zhoumin")
    browser = make.client(account)
    secret = browser.get("/me/second-factor").context["secret"]
    assert browser.post("/me/second-factor", {"code": "123"}).status_code == 422
    page = browser.post("/me/second-factor", {"code": code_now(secret)})
    codes = page.context["codes"]
    assert len(codes) == 10
    assert browser.post("/me/recovery-codes", {"current": "不是这个"}).status_code == 422
    fresh = browser.post("/me/recovery-codes", {"current": make.PASSWORD}).context["codes"]
    assert not factor.verify(account, codes[0], timezone.now())
    assert factor.verify(account, fresh[0], timezone.now())
    assert browser.post("/me/second-factor", {"current": "不是这个"}).status_code == 422
    browser.post("/me/second-factor", {"current": make.PASSWORD})
    assert not factor.is_on(account)
    assert list(AccountChange.objects.order_by("pk").values_list("verb", flat=True)) == ["factor_on", "factor_off"]
