"""The interface for programs: who may, what is told, what happens twice, what goes wrong."""

import json
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from gongzhi.accounts import signin, tokens
from gongzhi.accounts.models import ApiToken, Duty
from gongzhi.base.tests.test_files import picture
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.tests.factories import Cast, brought_to, reported, triaged
from gongzhi.cases.tests.factories import cast as build
from gongzhi.kernel.models import Circle, Event, Look
from gongzhi.portal.tests.api_client import Caller, problem_of

pytestmark = pytest.mark.django_db
PHONE = "13890001234"


@pytest.fixture
def cast(db: None) -> Cast:
    """A community at work."""
    return build()


def body_of(answer: Any, status: int = 200) -> Any:
    """The JSON of an answer with this status."""
    assert answer.status_code == status, answer.content.decode()[:500]
    return json.loads(answer.content)


# --- Who ----------------------------------------------------------------------------------------------------------


def test_without_a_token_nothing_but_open_data_is_told(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    stranger = Client()
    problem = problem_of(stranger.get(f"/api/v1/matters/{matter.number}"), 401)
    assert "令牌" in problem["detail"]
    answer = stranger.get("/api/v1/matters", headers={"Authorization": "Bearer gz_wrong"})
    assert problem_of(answer, 401) and answer["WWW-Authenticate"].startswith("Bearer")
    for path in ("categories", "notices", "places/roots", f"open/{matter.community_id}/rates", "places?q=磨子井"):
        assert stranger.get(f"/api/v1/{path}").status_code == 200


def test_a_session_cookie_is_no_token(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.people["clerk"])
    problem_of(browser.get("/api/v1/matters"), 401)


def test_a_token_reaches_as_far_as_the_duties_of_its_account_and_no_further(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    inside, outside = Caller(cast.people["clerk"]), Caller(cast.people["neighbour_clerk"])
    assert [row["number"] for row in body_of(inside.get("matters"))["items"]] == [matter.number]
    assert body_of(outside.get("matters"))["items"] == []
    for path in ("", "/verbs", "/timeline", "/handlers"):
        assert inside.get(f"matters/{matter.number}{path}").status_code == 200
        problem_of(outside.get(f"matters/{matter.number}{path}"), 404)
    problem_of(outside.post(f"matters/{matter.number}/triage", triaged(cast)), 404)
    assert Matter.objects.get(pk=matter.pk).state == "sorting"


def test_when_the_duty_has_ended_so_has_the_token(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    clerk = Caller(cast.people["clerk"])
    Duty.objects.filter(account=cast.people["clerk"]).update(ended_at=timezone.now())
    assert body_of(clerk.get("me"))["duties"] == []
    problem_of(clerk.get(f"matters/{matter.number}"), 404)


def test_a_verb_that_is_not_the_readers_is_refused_in_words(cast: Cast) -> None:
    matter = brought_to(cast, "received")
    problem = problem_of(Caller(cast.people["grid"]).post(f"matters/{matter.number}/accept", {}), 403)
    assert "岗位" in problem["detail"]


@pytest.mark.parametrize(
    ("scope", "path"),
    [("matters:write", "matters"), ("reports:read", "work"), ("matters:read", "reports"), ("notices:read", "matters")],
)
def test_a_scope_narrows(cast: Cast, scope: str, path: str) -> None:
    answer = Caller(cast.people["clerk"], [scope]).get(path)
    problem_of(answer, 403)
    assert "insufficient_scope" in answer["WWW-Authenticate"]


def test_reading_does_not_write(cast: Cast) -> None:
    matter = brought_to(cast, "received")
    problem_of(Caller(cast.people["clerk"], ["matters:read"]).post(f"matters/{matter.number}/accept", {}), 403)


def test_a_token_ends_by_its_day_by_revoking_and_by_signing_out_everywhere(cast: Cast) -> None:
    account = cast.people["clerk"]
    old, revoked, third = Caller(account), Caller(account), Caller(account)
    ApiToken.objects.filter(pk=old.token.pk).update(
        created_at=timezone.now() - timedelta(days=9), expires_at=timezone.now() - timedelta(seconds=1)
    )
    tokens.revoke(revoked.token, by=account)
    assert third.get("me").status_code == 200
    signin.end_all_sessions(account)
    for one in (old, revoked, third):
        problem_of(one.get("me"), 401)


def test_a_locked_account_has_no_token(cast: Cast) -> None:
    clerk = Caller(cast.people["clerk"])
    type(cast.people["clerk"]).objects.filter(pk=cast.people["clerk"].pk).update(is_active=False)
    problem_of(clerk.get("me"), 401)


def test_too_many_requests_are_told_when_to_come_back(cast: Cast, settings: Any) -> None:
    settings.API_PER_MINUTE = 2
    clerk = Caller(cast.people["clerk"])
    for _each in range(2):
        assert clerk.get("me").status_code == 200
    answer = clerk.get("me")
    problem_of(answer, 429)
    assert int(answer["Retry-After"]) > 0


# --- Doing --------------------------------------------------------------------------------------------------------


def test_a_matter_goes_its_way_by_the_interface_alone(cast: Cast) -> None:
    matter = brought_to(cast, "received")
    clerk, officer, reporter = (Caller(cast.people[who]) for who in ("clerk", "officer", "resident"))
    at = f"matters/{matter.number}"
    steps: list[tuple[Caller, str, dict[str, Any], str]] = [
        (clerk, "accept", {}, "sorting"),
        (clerk, "triage", triaged(cast, f"o{cast.works.pk}"), "assigned"),
        (officer, "sign", {}, "handling"),
        (officer, "finish", {"result": "已换新灯泡。", "evidence": "下午现场试灯，居民在场。"}, "answering"),
        (clerk, "feedback", {"answer": "楼道灯换好了。", "method": "online"}, "judging"),
    ]
    for who, verb, body, state in steps:
        seq = body_of(who.get(at))["seq"]
        done = body_of(who.post(f"{at}/{verb}", {**body, "seq": seq}))
        assert (done["state"], done["seq"] > seq, done["verb"]) == (state, True, verb)
    number = matter.reports.get().number
    mine = body_of(reporter.get(f"reports/{number}"))
    assert mine["answer"] == "楼道灯换好了。" and [one["verb"] for one in mine["verbs"]] == ["rate"]
    body_of(reporter.post(f"reports/{number}/rate", {"is_resolved": "yes", "satisfaction": 5}))
    assert Matter.objects.get(pk=matter.pk).state == "closed"


def test_a_twin_gets_the_same_answer_even_after_the_matter_went_on(cast: Cast) -> None:
    matter, key = brought_to(cast, "received"), str(uuid.uuid4())
    clerk = Caller(cast.people["clerk"])
    first = clerk.post(f"matters/{matter.number}/accept", {"seq": 1}, key)
    body_of(clerk.post(f"matters/{matter.number}/triage", triaged(cast, f"o{cast.works.pk}")))
    second = clerk.post(f"matters/{matter.number}/accept", {"seq": 1}, key)
    assert body_of(first) == body_of(second)
    assert Event.objects.filter(record_id=matter.pk, kind="cases.matter", verb="accept").count() == 1


def test_a_key_used_for_something_else_is_a_conflict(cast: Cast) -> None:
    matter, key = brought_to(cast, "handling"), str(uuid.uuid4())
    officer = Caller(cast.people["officer"])
    body_of(officer.post(f"matters/{matter.number}/progress", {"text": "到现场看过"}, key))
    problem = problem_of(officer.post(f"matters/{matter.number}/progress", {"text": "别的内容"}, key), 409)
    assert "Idempotency-Key" in problem["detail"]
    problem_of(officer.post(f"matters/{matter.number}/return", {"reason": "不归我们"}, key), 409)


def test_a_refused_request_does_not_use_up_its_key(cast: Cast) -> None:
    matter, key = brought_to(cast, "handling"), str(uuid.uuid4())
    officer = Caller(cast.people["officer"])
    problem = problem_of(officer.post(f"matters/{matter.number}/finish", {"result": "好了"}, key), 422)
    assert "photos" in problem["errors"]
    body_of(officer.post(f"matters/{matter.number}/finish", {"result": "好了", "evidence": "电话确认过了"}, key))


def test_whoever_acts_on_an_older_picture_is_told_how_it_is_now(cast: Cast) -> None:
    matter = brought_to(cast, "received")
    clerk = Caller(cast.people["clerk"])
    body_of(clerk.post(f"matters/{matter.number}/accept", {"seq": 1}))
    problem = problem_of(clerk.post(f"matters/{matter.number}/ask", {"question": "几楼？", "seq": 1}), 409)
    assert problem["now"] == {"state": "sorting", "state_label": "待分流", "seq": 2}


def test_merging_and_taking_apart_again(cast: Cast) -> None:
    one, other = brought_to(cast, "sorting"), brought_to(cast, "sorting")
    clerk, key = Caller(cast.people["clerk"]), str(uuid.uuid4())
    merged = clerk.post(f"matters/{one.number}/merge", {"into": other.pk, "reason": "同一盏灯"}, key)
    assert body_of(merged)["state"] == "merged"
    assert body_of(clerk.post(f"matters/{one.number}/merge", {"into": other.pk, "reason": "同一盏灯"}, key)) == body_of(
        merged
    )
    assert "unmerge" in [row["verb"] for row in body_of(clerk.get(f"matters/{one.number}/verbs"))["items"]]
    assert body_of(clerk.post(f"matters/{one.number}/unmerge", {"reason": "其实不同"}))["state"] == "sorting"
    problem_of(clerk.post(f"matters/{one.number}/merge", {"into": 2**62, "reason": "x"}), 422)


def test_relocating_to_a_place_that_is_none_is_said_at_its_field(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    clerk = Caller(cast.people["clerk"])
    wrong = {"place": 2**63 - 1, "reason": "写错了"}
    assert "place" in problem_of(clerk.post(f"matters/{matter.number}/relocate", wrong), 422)["errors"]
    right = {"place": cast.city.second_building.pk, "reason": "写错了"}
    body_of(clerk.post(f"matters/{matter.number}/relocate", right))
    assert Matter.objects.get(pk=matter.pk).place_id == cast.city.second_building.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_key", [True, False])
def test_two_clients_at_once_do_it_once(same_key: bool) -> None:
    cast = build()
    matter = brought_to(cast, "received")
    clerk, keys = Caller(cast.people["clerk"]), [str(uuid.uuid4()), str(uuid.uuid4())]
    answers: list[Any] = []
    start = threading.Barrier(2)

    def send(key: str) -> None:
        start.wait()
        answers.append(clerk.post(f"matters/{matter.number}/accept", {}, key))
        connection.close()

    both = [threading.Thread(target=send, args=(keys[0] if same_key else key,)) for key in keys]
    for one in both:
        one.start()
    for one in both:
        one.join()
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == ([200, 200] if same_key else [200, 409])
    if same_key:
        assert answers[0].content == answers[1].content
    assert Event.objects.filter(record_id=matter.pk, verb="accept").count() == 1


# --- Lists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["new", "due", "many"])
def test_pages_hold_every_matter_once_whatever_is_added_meanwhile(cast: Cast, sort: str) -> None:
    wanted = {brought_to(cast, "sorting", text=f"第 {n} 盏灯不亮").number for n in range(7)}
    clerk, seen, after = Caller(cast.people["clerk"]), [], ""
    while True:
        page = body_of(clerk.get(f"matters?limit=3&sort={sort}&after={after}"))
        seen += [row["number"] for row in page["items"]]
        if page["next"] is None:
            break
        brought_to(cast, "sorting", text="又一盏")
        after = page["next"]
    assert wanted <= set(seen) and len(seen) == len(set(seen))


def test_the_list_is_narrowed_as_on_the_desk(cast: Cast) -> None:
    dark = brought_to(cast, "handling", text="楼道灯不亮")
    water = brought_to(cast, "sorting", text="井盖松动响", category=cast.drain)
    clerk = Caller(cast.people["clerk"])

    def found(query: str) -> set[str]:
        return {row["number"] for row in body_of(clerk.get(f"matters?{query}"))["items"]}

    assert found("") == {dark.number, water.number}
    assert found("q=井盖") == {water.number}
    assert found("state=handling") == {dark.number} == found(f"category={cast.light.pk}") == found("handler=市政")
    assert found(f"place={cast.city.second_grid.pk}") == set()
    assert found("f=closed") == set()
    assert "state" in problem_of(clerk.get("matters?state=nowhere"), 422)["errors"]
    assert "f" in problem_of(clerk.get("matters?f=nothing"), 422)["errors"]


def test_the_work_list_holds_what_is_owed(cast: Cast) -> None:
    matter = brought_to(cast, "assigned")
    owed = body_of(Caller(cast.people["officer"]).get("work"))["items"]
    assert [(row["matter"]["number"], row["obligation"]) for row in owed] == [(matter.number, "act")]
    assert body_of(Caller(cast.people["water_officer"]).get("work"))["items"] == []


def test_lists_and_steps_keep_to_their_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    matter = brought_to(cast, "received")
    clerk = Caller(cast.people["clerk"])
    clerk.get("matters")
    with django_assert_max_num_queries(10):
        clerk.get("matters")
    with django_assert_max_num_queries(10):
        clerk.get("work")
    with django_assert_max_num_queries(14):
        clerk.get(f"matters/{matter.number}")
    with django_assert_max_num_queries(18):  # four of them BEGIN, COMMIT and the like
        clerk.post(f"matters/{matter.number}/accept", {}, str(uuid.uuid4()))


# --- Reports ------------------------------------------------------------------------------------------------------


def test_an_own_report_is_sent_followed_and_sent_only_once(cast: Cast) -> None:
    reporter, key = Caller(cast.people["resident"]), str(uuid.uuid4())
    body = {"text": "3栋楼道灯不亮", "place": cast.city.building.pk}
    made = body_of(reporter.post("reports", body, key), 201)
    again = body_of(reporter.post("reports", body, key), 201)
    assert made["code"] and again == {**made, "code": None}
    report = Report.objects.get(number=made["number"])
    assert (report.owner_id, report.channel) == (cast.people["resident"].pk, "web")
    assert [row["number"] for row in body_of(reporter.get("reports"))["items"]] == [made["number"]]
    problem_of(reporter.post("reports", {**body, "text": "别的"}, key), 409)
    other = Caller(cast.people["other_resident"])
    assert body_of(other.get("reports"))["items"] == []
    problem_of(other.get(f"reports/{made['number']}"), 404)
    problem_of(other.post(f"reports/{made['number']}/withdraw", {}), 404)


def test_staff_register_for_others_where_their_duty_is(cast: Cast) -> None:
    body = {
        "text": "井盖响",
        "place": cast.city.building.pk,
        "channel": "hotline",
        "name": "何大爷",
        "phone": PHONE,
        "wish": "call",
    }
    made = body_of(Caller(cast.people["clerk"]).post("reports", body), 201)
    report = Report.objects.get(number=made["number"])
    assert (report.channel, report.taken_by, report.owner_id) == ("hotline", cast.people["clerk"].pk, None)
    assert "place" in problem_of(Caller(cast.people["neighbour_clerk"]).post("reports", body), 422)["errors"]
    problem_of(Caller(cast.people["resident"]).post("reports", body), 403)
    proxy = {**body, "channel": "proxy"}
    assert "consent_way" in problem_of(Caller(cast.people["clerk"]).post("reports", proxy), 422)["errors"]


def test_me_too_joins_an_open_matter_of_the_community_only(cast: Cast) -> None:
    matter, closed = brought_to(cast, "sorting"), brought_to(cast, "judging")
    reporter = Caller(cast.people["other_resident"])
    body = {"text": "我家也是", "place": cast.city.building.pk, "join": str(matter.uid)}
    assert body_of(reporter.post("reports", body), 201)["matter"] == matter.number
    problem_of(reporter.post("reports", {**body, "join": str(closed.uid)}), 409)
    problem_of(reporter.post("reports", {**body, "join": str(uuid.uuid4())}), 409)


def test_telephones_and_full_names_never_leak_and_a_look_leaves_a_trace(cast: Cast) -> None:
    matter = reported(cast, name="陈小英", phone=PHONE).matter
    assert matter is not None
    number = matter.reports.get().number
    clerk = Caller(cast.people["clerk"])
    for path in ("matters", "work", f"matters/{matter.number}", f"matters/{matter.number}/timeline", "matters?q=1234"):
        text = clerk.get(path).content.decode()
        assert PHONE not in text and "陈小英" not in text and "陈英" not in text
    problem_of(
        Caller(cast.people["clerk"], ["matters:read"]).post(f"reports/{number}/contact", {"reason": "核实"}), 403
    )
    problem_of(clerk.post(f"reports/{number}/contact", {"reason": ""}), 422)
    assert not Look.objects.exists()
    seen = body_of(clerk.post(f"reports/{number}/contact", {"reason": "核实地点"}))
    assert (seen["name"], seen["phone"]) == ("陈小英", PHONE)
    look = Look.objects.get()
    assert (look.account_id, look.reason, look.record_id) == (
        cast.people["clerk"].pk,
        "核实地点",
        matter.reports.get().pk,
    )
    problem_of(Caller(cast.people["neighbour_clerk"]).post(f"reports/{number}/contact", {"reason": "好奇"}), 404)
    problem_of(Caller(cast.people["supervisor"]).post(f"reports/{number}/contact", {"reason": "好奇"}), 404)


def test_a_confidential_matter_is_seen_by_its_circle_alone(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    circle = Circle.objects.create(reason="涉及本单位", members=[cast.people["clerk"].pk], about=[])
    Matter.objects.filter(pk=matter.pk).update(circle_id=circle.pk)
    assert body_of(Caller(cast.people["clerk"]).get(f"matters/{matter.number}"))["is_confidential"]
    for who in ("second_clerk", "secretary", "officer", "supervisor"):
        one = Caller(cast.people[who])
        problem_of(one.get(f"matters/{matter.number}"), 404)
        problem_of(one.post(f"matters/{matter.number}/progress", {"text": "x"}), 404)
        assert body_of(one.get("matters"))["items"] == []


# --- Files --------------------------------------------------------------------------------------------------------


def test_a_photo_is_sent_ahead_used_in_a_step_and_read_by_who_may(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    officer = Caller(cast.people["officer"])
    photo = SimpleUploadedFile("灯.jpg", picture(), "image/jpeg")
    sent = body_of(officer.client.post("/api/v1/files", {"file": photo, "stage": "after"}), 201)
    body_of(officer.post(f"matters/{matter.number}/finish", {"result": "换好了", "photos": [sent["uid"]]}))
    seen = Caller(cast.people["clerk"]).get(f"files/{sent['uid']}")
    assert seen.status_code == 200 and seen["Content-Type"] == "image/jpeg" and b"".join(seen.streaming_content)
    problem_of(Caller(cast.people["neighbour_clerk"]).get(f"files/{sent['uid']}"), 404)
    assert body_of(officer.get(f"matters/{matter.number}"))["files"][0]["stage"] == "after"


def test_what_is_no_file_is_refused_in_words(cast: Cast) -> None:
    officer = Caller(cast.people["officer"])
    wrong: Any = officer.client.post("/api/v1/files", {"file": SimpleUploadedFile("x.jpg", b"<html>", "image/jpeg")})
    assert problem_of(wrong, 422)["errors"]["file"]
    assert "file" in problem_of(officer.client.post("/api/v1/files", {}), 422)["errors"]
    progress = {"text": "看过", "photos": [str(uuid.uuid4())]}
    matter = brought_to(cast, "handling")
    assert "photos" in problem_of(officer.post(f"matters/{matter.number}/progress", progress), 422)["errors"]


# --- Wrong requests -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b'{"seq": NaN}', "application/json", 400),
        (b'{"seq": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"seq": 9223372036854775808}', "application/json", 422),
        (b'{"seq": "1"}', "application/json", 422),
        (b'{"question": "\\ud800"}', "application/json", 422),
        (b'{"question": "a\\u0000b"}', "application/json", 422),
        (b'{"question": "x", "more": 1}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b"", "application/json", 422),
        (b"{}", "text/plain", 415),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b'{"question": "' + b"x" * 1_100_000 + b'"}', "application/json", 413),
        (b'{"question": "' + b"x" * 3_000_000 + b'"}', "application/json", 413),
    ],
)  # fmt: skip
def test_a_broken_body_is_refused_before_any_work(cast: Cast, body: bytes, kind: str, status: int) -> None:
    matter = brought_to(cast, "sorting")
    problem_of(Caller(cast.people["clerk"]).raw(f"matters/{matter.number}/ask", body, kind), status)
    assert Matter.objects.get(pk=matter.pk).seq == matter.seq


def test_answers_are_kept_by_nobody_and_set_no_cookie(cast: Cast) -> None:
    answer = Caller(cast.people["clerk"]).get("matters")
    assert answer["Cache-Control"] == "private, no-store" and not answer.cookies


def test_a_supervisor_counts_what_is_late(cast: Cast) -> None:
    brought_to(cast, "handling")
    numbers = {
        row["code"]: row["count"]
        for row in body_of(Caller(cast.people["supervisor"]).get("statistics/supervision"))["items"]
    }
    assert (numbers["open"], numbers["late"]) == (1, 1)
    other = body_of(Caller(cast.people["officer"]).get("statistics/supervision"))
    assert not any(row["count"] for row in other["items"])


def test_other_methods_and_addresses_are_problems_too(cast: Cast) -> None:
    clerk = Caller(cast.people["clerk"])
    answer = clerk.delete("matters")
    assert problem_of(answer, 405) and answer["Allow"] == "GET"
    problem_of(clerk.get("nowhere"), 404)
    problem_of(clerk.post("nowhere", {}), 404)
    problem_of(clerk.get("matters/%00/verbs"), 422)
    problem_of(clerk.get("matters/2026-000001/verbs/"), 404)
    problem_of(clerk.get("places?q=%00%00"), 422)
    problem_of(clerk.get("places/99999999999999999999"), 422)


def test_the_description_and_its_page_are_open_and_name_no_other_host(cast: Cast) -> None:
    found = body_of(Client().get("/api/v1/openapi.json"))
    assert found["openapi"] == "3.1.0" and "/api/v1/matters/{number}/triage" in found["paths"]
    page = Client().get("/api/v1/docs").content.decode()
    assert "/api/v1/matters/{number}/triage" in page and "https://" not in page
    english = Client().get("/api/v1/openapi.json", headers={"Accept-Language": "en"})
    assert body_of(english)["paths"].keys() == found["paths"].keys()
