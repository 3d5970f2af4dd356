import pytest
from django.test import Client, RequestFactory

from gongzhi.base import health
from gongzhi.base.proxy import visitor_address


@pytest.mark.django_db
def test_a_well_installation_answers_200(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["database"] == answer.json()["migrations"] == "ok"


@pytest.mark.django_db
def test_a_bad_finding_answers_503_and_tells_the_outside_no_details(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(health.CHECKS, "partitions", lambda: "有 3 条记录在默认分区。")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["partitions"] == "bad"
    assert "默认分区" not in answer.content.decode()


def test_two_checks_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match="database"):
        health.register("database", lambda: "")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(
    settings: pytest.FixtureRequest, proxies: int, forwarded: str, seen: str
) -> None:
    settings.PROXIES = proxies  # type: ignore[attr-defined]
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)
    visitor_address(lambda _: None)(request)  # type: ignore[arg-type,return-value]
    assert request.META["REMOTE_ADDR"] == seen
