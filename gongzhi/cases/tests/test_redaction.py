"""Before something goes public: photos are looked at or covered, texts are masked where they stand."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from gongzhi.accounts.tests.factories import client
from gongzhi.base import redact
from gongzhi.base.files import attach, store_upload
from gongzhi.base.models import StoredFile
from gongzhi.cases import redaction
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import ANSWERED, Cast, brought_to
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid
from gongzhi.kernel.models import Event
from gongzhi.kernel.perform import perform


@pytest.fixture(autouse=True)
def _storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def picture(matter: Matter, label: str = "after", size: tuple[int, int] = (160, 120), seed: int = 0) -> StoredFile:
    """A red photo of the handling."""
    out = BytesIO()
    Image.new("RGB", size, (200, 30 + seed, 30)).save(out, "JPEG")
    stored = store_upload(SimpleUploadedFile("a.jpg", out.getvalue()), by=1, label=label)
    attach([stored.uid], "cases.matter", matter.pk, by=1)
    Matter.objects.filter(pk=matter.pk).update(photo_count=1)
    return stored


def shown(cast: Cast, matter: Matter) -> Matter:
    """The matter on the public page."""
    perform(matter, "publish", actor=cast.actor("clerk"), data={"is_public": "on", "public_title": "楼道灯维修"})
    return Matter.objects.get(pk=matter.pk)


def test_cells_become_boxes_and_finer_cells_cover_the_same() -> None:
    assert redact.boxes_of([0, 1, 8, 99, -1], 8, 6) == [(0, 0, 250, 166), (0, 166, 125, 167)]
    assert redact.boxes_of([7, 8], 8, 6) == [(875, 0, 125, 166), (0, 166, 125, 167)]
    assert redact.finer([0], 8) == [0, 1, 16, 17]
    assert sum(w * h for _x, _y, w, h in redact.boxes_of(range(192), 16, 12)) == 1000 * 1000


def test_a_covered_photo_is_a_new_picture_and_the_original_stays_private(cast: Cast) -> None:
    matter = shown(cast, brought_to(cast, "answering"))
    photo = picture(matter)
    browser = client(cast.people["clerk"])
    address = f"/matters/{matter.number}/photos/{photo.uid}/"
    assert "第 1 行第 1 格" in browser.get(address).content.decode()
    fine = browser.post(address, {"cell": ["0"], "grid": "coarse", "do": "fine"}).content.decode()
    assert fine.count("checked") == 4 and 'class="cells c16"' in fine
    unsure = browser.post(address, {"cell": ["0", "1"], "grid": "fine", "do": "save"})
    assert (
        unsure.status_code == 422
        and "确认" in unsure.content.decode()
        and unsure.content.decode().count("checked") == 2
    )
    assert browser.post(address, {"grid": "coarse", "do": "save", "looked": "on"}).status_code == 422
    done = browser.post(address, {"cell": ["0", "1", "8", "9"], "grid": "coarse", "do": "save", "looked": "on"})
    assert done.status_code == 302
    copy = StoredFile.objects.get(original=photo)
    with default_storage.open(copy.path) as drawn, Image.open(drawn) as opened:
        assert sum(opened.getpixel((10, 10))) < 30 and opened.getpixel((100, 100))[0] > 150  # type: ignore[arg-type,index]
    photo.refresh_from_db()
    assert (photo.clearing, photo.is_public, copy.clearing, copy.cleared_by) == (
        "private", False, "redacted", cast.people["clerk"].pk,
    )  # fmt: skip
    browser.post(f"/matters/{matter.number}/photos/", {"photo": str(photo.uid), "decision": "show"})
    page = Client().get(f"/at/{matter.community_id}/m/{matter.number}/").content.decode()
    assert str(copy.uid) in page and str(photo.uid) not in page
    assert Client().get(f"/files/{photo.uid}/").status_code == 404
    assert Client().get(f"/files/{copy.uid}/").status_code == 200
    assert "遮挡了一张照片" in browser.get(f"/matters/{matter.number}/").content.decode()


def test_the_answer_shows_photos_only_when_each_was_looked_at(cast: Cast) -> None:
    matter = brought_to(cast, "answering")
    photo, other = picture(matter), picture(matter, seed=9)
    clerk = cast.actor("clerk")
    with pytest.raises(NotValid) as refused:
        perform(matter, "feedback", actor=clerk, data={**ANSWERED, "shows_photos": "on"})
    assert "2 张照片没有看过" in str(refused.value.errors["shows_photos"])
    redaction.decide(matter, photo.uid, "pass", actor=clerk)
    redaction.decide(matter, other.uid, "private", actor=clerk)
    perform(matter, "feedback", actor=clerk, data={**ANSWERED, "shows_photos": "on"})
    assert list(StoredFile.objects.filter(is_public=True)) == [photo]


def test_a_photo_nobody_looked_at_cannot_go_public_whatever_the_code_does(cast: Cast) -> None:
    matter = brought_to(cast, "answering")
    photo = picture(matter)
    with pytest.raises(NotPossible):
        redaction.decide(matter, photo.uid, "show", actor=cast.actor("clerk"))
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.update(is_public=True)


def test_passing_needs_to_be_confirmed_and_is_kept_with_who(cast: Cast) -> None:
    matter = brought_to(cast, "answering")
    photo = picture(matter)
    browser, address = client(cast.people["clerk"]), f"/matters/{matter.number}/photos/"
    refused = browser.post(address, {"photo": str(photo.uid), "decision": "pass"})
    assert refused.status_code == 422 and "没有人脸" in refused.content.decode()
    browser.post(address, {"photo": str(photo.uid), "decision": "pass", "looked": "on"})
    photo.refresh_from_db()
    assert (photo.clearing, photo.cleared_by) == ("passed", cast.people["clerk"].pk)
    assert Event.objects.get(verb="clear").actor_id == cast.people["clerk"].pk
    assert "王敏" in browser.get(address).content.decode()


def test_covering_again_replaces_the_copy_and_two_at_once_leave_one(cast: Cast) -> None:
    matter = brought_to(cast, "answering")
    photo = picture(matter)
    redaction.decide(matter, photo.uid, "redact", actor=cast.actor("clerk"), boxes=[(0, 0, 500, 500)])
    redaction.decide(matter, photo.uid, "redact", actor=cast.actor("second_clerk"), boxes=[(0, 0, 100, 100)])
    assert StoredFile.objects.get(original=photo).boxes == [[0, 0, 100, 100]]
    redaction.decide(matter, photo.uid, "private", actor=cast.actor("clerk"))
    assert not StoredFile.objects.filter(original=photo).exists()


@pytest.mark.parametrize("who", ["neighbour_clerk", "officer", "grid", "resident", "supervisor"])
def test_others_cannot_clear_photos(cast: Cast, who: str) -> None:
    matter = brought_to(cast, "answering")
    photo = picture(matter)
    for address in (f"/matters/{matter.number}/photos/", f"/matters/{matter.number}/photos/{photo.uid}/"):
        assert client(cast.people[who]).get(address).status_code == 404
    with pytest.raises(NotPermitted):
        redaction.decide(matter, photo.uid, "pass", actor=cast.actor(who))


def test_the_reporter_sees_the_covered_photo_instead_of_the_original(cast: Cast) -> None:
    matter = brought_to(cast, "judging", now=timezone.now())
    photo = picture(matter)
    redaction.decide(matter, photo.uid, "redact", actor=cast.actor("clerk"), boxes=[(0, 0, 500, 500)])
    copy = StoredFile.objects.get(original=photo)
    page = client(cast.people["resident"]).get(f"/concerns/{matter.reports.get().number}/").content.decode()
    assert str(copy.uid) in page and str(photo.uid) not in page


@pytest.mark.parametrize("cell", ["-1", "9999", "x", "\x00", "\uff11"])
def test_nonsense_cells_are_left_out(cast: Cast, cell: str) -> None:
    matter = brought_to(cast, "answering")
    photo = picture(matter, size=(60, 90))
    address = f"/matters/{matter.number}/photos/{photo.uid}/"
    answer = client(cast.people["clerk"]).post(
        address, {"cell": [cell], "grid": "coarse", "do": "save", "looked": "on"}
    )
    assert answer.status_code == 422 and not StoredFile.objects.filter(original=photo).exists()
    assert 'class="cells c6"' in answer.content.decode()


@pytest.mark.parametrize(
    ("verb", "state", "field", "more"),
    [
        ("publish", "sorting", "public_title", {"is_public": "on"}),
        ("feedback", "answering", "public_answer", ANSWERED),
        ("progress", "handling", "text", {"is_public": "on"}),
    ],
)
def test_what_must_not_go_public_is_marked_in_its_place_and_masked_by_one_press(
    cast: Cast, verb: str, state: str, field: str, more: dict[str, str]
) -> None:
    matter = brought_to(cast, state)
    browser, address = client(cast.people["clerk"]), f"/matters/{matter.number}/{verb}/"
    data = {**more, field: "请联系 13890001234，川C12345 已挪走"}
    page = browser.post(address, data).content.decode()
    assert (
        "<mark>13890001234</mark>" in page
        and "<mark>川C12345</mark>" in page
        and f'name="mask" value="{field}"' in page
    )
    masked = browser.post(address, {**data, "mask": field}).content.decode()
    assert "138****1234" in masked and "13890001234" not in masked and "<mark>" not in masked
    assert Matter.objects.get().seq == matter.seq
