"""Uploads: photos without metadata, honest types, one row per uid, nothing that runs, orphans swept."""

import io
import uuid
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connections, transaction
from django.http import Http404
from django.utils import timezone
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from gongzhi.base import files
from gongzhi.base.files import FilesMissing, UidTaken, attach, serve_file, store_upload, sweep_orphans
from gongzhi.base.models import StoredFile
from gongzhi.base.pictures import draw_photo
from gongzhi.base.sheets import Column, write_workbook
from gongzhi.base.sniff import UploadRefused, media_type_of

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def own_storage(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Every test has an empty storage of its own."""
    settings.MEDIA_ROOT = tmp_path
    yield tmp_path


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, options.pop("color", None)).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def phone_photo(**gps: object) -> bytes:
    """A picture as a phone makes it: turned, with time, place and the owner's name."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "Secret Owner"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:03 14:30:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {1: "N", 2: (29.0, 21.0, 10.08), 3: "E", 4: (104.0, 46.0, 24.24)} | {int(k[1:]): v for k, v in gps.items()}
    )
    return picture(size=(1200, 600), exif=exif)


def upload(data: bytes, name: str = "照片.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def stored_bytes(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def read(row: StoredFile) -> bytes:
    response = serve_file(row)
    return b"".join(response.streaming_content)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_photo_is_drawn_anew_upright_and_without_metadata(own_storage: Path) -> None:
    row = store_upload(upload(phone_photo()), by=7, label="before")
    data = read(row)
    assert b"Secret" not in data and b"Exif" not in data and b"2026:11" not in data
    assert Image.open(io.BytesIO(data)).size == (row.width, row.height) == (600, 1200)
    assert row.taken_at == datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
    assert (row.taken_lon, row.taken_lat) == (104.7734, 29.3528)
    assert (row.kind, row.media_type, row.name, row.size) == ("photo", "image/jpeg", "照片.jpg", len(data))
    assert len(stored_bytes(own_storage)) == 2
    assert all(b"Secret" not in path.read_bytes() for path in stored_bytes(own_storage))


@pytest.mark.django_db
def test_a_large_photo_becomes_small_and_gets_a_thumbnail() -> None:
    row = store_upload(upload(picture(size=(5000, 3000))))
    assert (row.width, row.height) == (2048, 1229)
    small = b"".join(serve_file(row, thumbnail=True).streaming_content)  # type: ignore[arg-type]
    assert max(Image.open(io.BytesIO(small)).size) == 360


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGBA"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "L"),
        ("PNG", "1"),
        ("PNG", "I;16"),
        ("GIF", "P"),
        ("WEBP", "RGBA"),
        ("JPEG", "CMYK"),
    ],
)
def test_every_kind_of_picture_becomes_a_plain_jpeg(kind: str, mode: str) -> None:
    photo = draw_photo(picture(kind, mode=mode))
    assert Image.open(io.BytesIO(photo.content)).mode == "RGB"
    assert (photo.width, photo.height, photo.taken_at, photo.taken_lon) == (400, 300, None, None)


def test_transparency_lies_on_white_and_only_the_first_frame_counts() -> None:
    photo = draw_photo(picture("PNG", mode="RGBA", color=(0, 0, 0, 0)))
    assert Image.open(io.BytesIO(photo.content)).getpixel((5, 5)) == (255, 255, 255)
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    red, _green, blue = Image.open(io.BytesIO(draw_photo(out.getvalue()).content)).getpixel((20, 20))  # type: ignore[misc]
    assert red > 200 > 60 > blue


def test_a_sixteen_bit_scan_keeps_its_greys() -> None:
    grey = Image.open(io.BytesIO(draw_photo(picture("PNG", mode="I;16", color=32768)).content)).getpixel((5, 5))
    assert grey == pytest.approx((128, 128, 128), abs=3)


@pytest.mark.parametrize(
    "gps", [{"_2": (99.0, 0.0, 0.0)}, {"_2": (1.0,)}, {"_4": (0.0, 0.0, 0.0), "_2": (0.0, 0.0, 0.0)}]
)
def test_a_nonsense_place_is_no_place(gps: dict[str, object]) -> None:
    assert draw_photo(phone_photo(**gps)).taken_lon is None


def test_a_southern_western_place_has_its_signs() -> None:
    photo = draw_photo(phone_photo(_1="S", _3="W"))
    assert (photo.taken_lon, photo.taken_lat) == (-104.7734, -29.3528)


@pytest.mark.django_db
def test_documents_are_kept_as_they_are_and_only_download() -> None:
    word = io.BytesIO()
    Document().save(word)
    for data, suffix in (
        (PDF, ".pdf"),
        (word.getvalue(), ".docx"),
        (write_workbook("表", [Column("甲")], []), ".xlsx"),
    ):
        row = store_upload(upload(data, "..\\..\\方案\u202e.exe"))
        assert (row.name, row.kind, read(row)) == (f"方案{suffix}", "document", data)
        assert serve_file(row)["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"  <?xml version='1.0'?><svg/>", "SVG"),
        (b"\xef\xbb\xbf<html><body onload=alert(1)>", "网页"),
        (b"<!DOCTYPE html>", "网页"),
        (b"GIF89a<script>alert(1)</script>", "不完整"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "不完整"),
        (picture()[:600], "不完整"),
        (picture("PNG")[:60], "不完整"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 64, "HEIC"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 64, "视频"),
        (b"ID3\x03" + b"\0" * 64, "录音"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版 Office"),
        (b"MZ\x90\0" + b"\0" * 300, "这种文件不能收"),
        ("你好，这是一段文字".encode(), "这种文件不能收"),
        (b"%PDF-1.7 /OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "自动运行"),
        (b"PK\x03\x04" + b"\0" * 40, "不完整"),
        (bytes(range(256)), "这种文件不能收"),
    ],
)
@pytest.mark.django_db
def test_what_is_refused_is_refused_in_words(data: bytes, words: str, own_storage: Path) -> None:
    with pytest.raises(UploadRefused, match=words):
        store_upload(upload(data))
    assert not stored_bytes(own_storage) and not StoredFile.objects.exists()


def zipped(**names: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"a.txt": b"x"}, "压缩包"),
        ({"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b"x"}, "宏"),
        ({"[Content_Types].xml": b"", "xl/workbook.xml": b"\0" * (files.DOCUMENT_BYTES * 16)}, "展开后太大"),
    ],
)
def test_archives_macros_and_zip_bombs_are_refused(names: dict[str, bytes], words: str) -> None:
    with pytest.raises(UploadRefused, match=words):
        media_type_of(zipped(**names))


@given(
    st.binary(max_size=400),
    st.sampled_from(
        [b"", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ", b"%PDF-", b"PK\x03\x04"]
    ),
)
def test_no_bytes_break_the_door(data: bytes, head: bytes) -> None:
    try:
        if media_type_of(head + data).startswith("image/"):
            draw_photo(head + data)
    except UploadRefused as error:
        assert error.messages[0]


@given(st.integers(0, 3000), st.integers(0, 255))
def test_a_damaged_photo_never_breaks_anything(at: int, value: int) -> None:
    data = bytearray(PHOTO)
    data[at % len(data)] = value
    try:
        assert b"Secret" not in draw_photo(bytes(data)).content
    except UploadRefused as error:
        assert error.messages[0]


PHOTO = phone_photo()


def test_a_picture_bomb_is_refused_before_it_is_unpacked(settings: Settings) -> None:
    settings.PHOTO_MAX_PIXELS = 1_000_000
    with pytest.raises(UploadRefused, match="像素太多"):
        draw_photo(picture("PNG", size=(1001, 1000)))
    with pytest.raises(UploadRefused, match="像素太多"):
        draw_photo(picture("PNG", size=(20_000, 20_000), mode="1"))


@pytest.mark.django_db
def test_size_limits_are_told_in_megabytes(settings: Settings) -> None:
    settings.PHOTO_MAX_BYTES, settings.DOCUMENT_MAX_BYTES = 1024 * 1024, 2 * 1024 * 1024
    with pytest.raises(UploadRefused, match="最多 1 MB"):
        store_upload(upload(picture() + b"\0" * 1024 * 1024))
    with pytest.raises(UploadRefused, match="最多 2 MB"):
        store_upload(upload(PDF + b"\0" * 2 * 1024 * 1024))


@pytest.mark.django_db
def test_where_only_photos_belong_a_document_is_refused() -> None:
    with pytest.raises(UploadRefused, match="只能放照片"):
        store_upload(upload(PDF), photos_only=True)


@pytest.mark.django_db
def test_sending_a_photo_twice_makes_one_row(own_storage: Path) -> None:
    uid, data = uuid.uuid4(), picture()
    first = store_upload(upload(data), uid=uid, session="s1")
    assert store_upload(upload(data, "改了名.jpg"), uid=uid, session="s1").pk == first.pk
    assert len(stored_bytes(own_storage)) == 2
    with pytest.raises(UidTaken):
        store_upload(upload(picture("PNG")), uid=uid, session="s1")
    with pytest.raises(UidTaken):
        store_upload(upload(data), uid=uid, session="s2")


@pytest.mark.django_db(transaction=True)
def test_a_race_for_one_uid_makes_one_row_and_leaves_no_bytes(own_storage: Path) -> None:
    uid, data = uuid.uuid4(), picture()

    def send(_n: int) -> int:
        try:
            return store_upload(upload(data), uid=uid, by=1).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1
    assert len(stored_bytes(own_storage)) == 2


@pytest.mark.django_db
def test_names_in_the_storage_cannot_be_guessed_and_hold_nothing_of_the_original() -> None:
    paths = {store_upload(upload(picture(), "../../etc/张三 13812345678.jpg")).path for _ in range(5)}
    assert len(paths) == 5
    assert all(len(Path(path).stem) == 32 and path.startswith("files/") for path in paths)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("照片.html", "照片.jpg"),
        ("C:\\x\\a.png", "a.jpg"),
        ("", "未命名.jpg"),
        ("..", "未命名.jpg"),
        ("a\r\nb\0.jpg", "a b.jpg"),
        ("\u202egpj.exe", "gpj.jpg"),
        ("长" * 500 + ".jpg", "长" * 100 + ".jpg"),
        ('a"b;c.jpg', "ab;c.jpg"),
        (".htaccess", "htaccess.jpg"),
    ],
)
def test_file_names_are_made_harmless(name: str, clean: str) -> None:
    assert files.clean_name(name, ".jpg") == clean


@pytest.mark.django_db
def test_a_served_file_cannot_run_and_is_not_shared() -> None:
    response = serve_file(store_upload(upload(picture(), "现场.jpg")))
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Cache-Control"].startswith("private")
    assert response["Content-Disposition"].startswith("inline")
    assert serve_file(StoredFile.objects.get(), download=True)["Content-Disposition"].startswith("attachment")


@pytest.mark.django_db
def test_lost_bytes_are_a_plain_404(own_storage: Path) -> None:
    row = store_upload(upload(picture()))
    (own_storage / row.path).unlink()
    with pytest.raises(Http404):
        serve_file(row)


@pytest.mark.django_db
def test_files_are_attached_once_in_their_order_by_their_sender() -> None:
    rows = [store_upload(upload(picture(size=(n + 5, 5))), by=1) for n in range(3)]
    uids = [row.uid for row in reversed(rows)]
    assert [row.uid for row in attach(uids, "cases.report", 9, by=1)] == uids
    assert [row.uid for row in attach(uids, "cases.report", 9, by=1)] == uids
    assert files.files_of("cases.report", [9, 10]) == {9: rows, 10: []}
    for other in ({"owner_id": 10, "by": 1}, {"owner_id": 10}):
        with pytest.raises(FilesMissing, match="有 3 个文件没有传上来"):
            attach(uids, "cases.report", **other)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_nobody_attaches_what_somebody_else_sent() -> None:
    mine = store_upload(upload(picture()), by=1)
    guest = store_upload(upload(picture()), session="s1")
    nameless = store_upload(upload(picture()))
    for row, who in (
        (mine, {"by": 2}),
        (mine, {"session": ""}),
        (guest, {"session": "s2"}),
        (guest, {"by": 1}),
        (nameless, {}),
    ):
        with pytest.raises(FilesMissing):
            attach([row.uid], "x", 1, **who)
    with pytest.raises(FilesMissing):
        attach([mine.uid, uuid.uuid4()], "x", 1, by=1)
    assert not StoredFile.objects.exclude(owner_id=None).exists()
    assert attach([mine.uid, guest.uid], "x", 1, by=1, session="s1") != []
    assert attach([], "x", 1) == []


@pytest.mark.django_db
def test_orphans_are_swept_with_their_bytes(
    own_storage: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    kept, young, *_old = (store_upload(upload(picture()), by=1) for _ in range(5))
    attach([kept.uid], "x", 1, by=1)
    StoredFile.objects.exclude(pk=young.pk).update(created_at=timezone.now() - timedelta(days=3))
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_orphans(batch=2) == 3
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {kept.pk, young.pk}
    assert len(stored_bytes(own_storage)) == 4
    assert sweep_orphans() == 0


@pytest.mark.parametrize(
    "wrong", [{"kind": "video"}, {"label": "x"}, {"size": 0}, {"owner_kind": "x"}, {"owner_id": 1}, {"width": None}]
)
@pytest.mark.django_db
def test_the_database_refuses_half_rows(wrong: dict[str, object]) -> None:
    row = store_upload(upload(picture()))
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.filter(pk=row.pk).update(**wrong)
