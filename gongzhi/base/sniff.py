"""What a file really is, from its bytes alone: the name and the type a client sends are never believed."""

import zipfile
from io import BytesIO

import filetype
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PHOTOS = frozenset(("image/jpeg", "image/png", "image/webp", "image/gif"))
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
DOCUMENTS = {PDF: ".pdf", DOCX: ".docx", XLSX: ".xlsx"}
MAX_UNPACKED = 300 * 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class UploadRefused(ValidationError):
    """The file cannot be taken; the message says why and what to do."""


def media_type_of(data: bytes) -> str:
    """One of PHOTOS or DOCUMENTS. Raises UploadRefused."""
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _checked_pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _office_type(data)
    kind = filetype.guess_mime(data[:8192]) or ""
    if kind in PHOTOS:
        return str(kind)
    raise _refused(data, kind)


def unpacked_size(data: bytes) -> int:
    """Bytes a ZIP says it unpacks to; 0 when it cannot be read."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return 0


def _checked_pdf(data: bytes) -> str:
    if any(mark in data for mark in (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch")):
        raise UploadRefused(_("这个 PDF 里带有会自动运行的内容，请打印成普通 PDF 再传。"), code="active")
    return PDF


def _office_type(data: bytes) -> str:
    size = unpacked_size(data)
    if not size:
        raise UploadRefused(_("这个文件不完整，打不开。请重新传一次。"), code="damaged")
    if size > MAX_UNPACKED:
        raise UploadRefused(_("这个文件展开后太大，不能收。"), code="bomb")
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = set(archive.namelist())
    if any(name.endswith(("vbaProject.bin", ".exe", ".js")) for name in names):
        raise UploadRefused(_("这个文件里带有宏，请另存为不带宏的 docx 或 xlsx 再传。"), code="active")
    if "[Content_Types].xml" in names and "word/document.xml" in names:
        return DOCX
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return XLSX
    raise UploadRefused(_("压缩包不能收，请把里面的照片或文件一个一个传。"), code="archive")


def _refused(data: bytes, kind: str) -> UploadRefused:
    """The sentence for a file of a kind that is not taken."""
    head = data[:1024].lstrip().lower()
    if data[4:8] == b"ftyp" and (b"hei" in data[8:40] or b"mif1" in data[8:40] or b"avif" in data[8:40]):
        return UploadRefused(
            _("这是苹果手机的 HEIC 照片。请在“设置—相机—格式”里选“兼容性最佳”再拍，或者截个图再传。"),
            code="unknown_type",
        )
    if head.startswith((b"<", b"\xef\xbb\xbf<")) or b"<svg" in head or b"<script" in head:
        return UploadRefused(_("网页和 SVG 图不能收，里面可能带有程序。请截图后再传。"), code="unknown_type")
    if data.startswith(_OLE):
        return UploadRefused(_("这是旧版 Office 文件，请另存为 docx 或 xlsx 再传。"), code="unknown_type")
    if kind.startswith(("video/", "audio/")):
        return UploadRefused(_("这里不收视频和录音，请拍成照片，或把情况写下来。"), code="unknown_type")
    return UploadRefused(
        _("这种文件不能收。可以传照片（JPG、PNG、WebP、GIF）和 PDF、Word（docx）、Excel（xlsx）文件。"),
        code="unknown_type",
    )
