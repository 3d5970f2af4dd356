"""Files in the interface for programs: sent ahead of the step they belong to, read by the rule of their record."""

from typing import Annotated
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile as Upload
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_noop
from ninja import File, Form, Query, Router, UploadedFile
from ninja.responses import Status
from pydantic import Field

from gongzhi.accounts.api.caller import needs
from gongzhi.accounts.request import Request
from gongzhi.base.api import Trouble, one_of
from gongzhi.base.files import serve_file, store_upload
from gongzhi.base.models import StoredFile
from gongzhi.base.sniff import UploadRefused
from gongzhi.cases.api.shapes import PhotoOut, file_out
from gongzhi.cases.views.files import may_read

router = Router(tags=[gettext_noop("照片和材料")])
STAGE = one_of(StoredFile.Label.values)
BYTES = {"image/jpeg", "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip
SERVED = {"responses": {200: {"description": "OK", "content": {kind: {"schema": {"type": "string", "format": "binary"}}
                                                                for kind in sorted(BYTES)}}}}  # fmt: skip


@router.post("/files", response={201: PhotoOut}, auth=needs("matters:write", "reports:write"), operation_id="file_send",
             summary=gettext_noop("上传照片或材料，之后在步骤里写上它的 uid"))  # fmt: skip
def send(
    request: Request, file: Annotated[UploadedFile, File()],
    uid: Annotated[UUID | None, Form(description=gettext_noop("自定的 uid，同一文件重传只算一份"))] = None,
    stage: Annotated[STAGE, Form(description=gettext_noop("什么时候拍的"))] = "",  # type: ignore[valid-type]
) -> Status[PhotoOut]:  # fmt: skip
    """Judged by its content; photos are drawn anew without metadata."""
    assert isinstance(file, Upload)
    try:
        stored = store_upload(file, by=request.me.pk, uid=uid, label=stage)
    except UploadRefused as refused:
        status = 413 if refused.code == "too_large" else 422
        raise Trouble(status, " ".join(refused.messages), errors={"file": list(refused.messages)}) from None
    return Status(201, file_out(stored))


@router.get("/files/{uid}", auth=needs("matters:read", "reports:read"), operation_id="file", summary=gettext_noop("照片或材料的内容"),
            openapi_extra=SERVED)  # fmt: skip
def read(
    request: Request,
    uid: UUID,
    small: Annotated[bool, Query(), Field(description=gettext_noop("照片的缩略图"))] = False,
) -> HttpResponseBase:
    """A stranger gets 404."""
    stored = StoredFile.objects.filter(uid=uid).first()
    if stored is None or not may_read(stored, request):
        raise Http404
    return serve_file(stored, thumbnail=small)
