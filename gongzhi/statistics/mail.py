"""The monthly report by mail. Off unless the installation names a mail server; every message keeps how it went.

`sending` is stored before the call (kernel.notices), so that a crash leaves `unknown` and nothing goes out twice.
"""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from gongzhi.base.crypto import decrypt, encrypt
from gongzhi.kernel import notices
from gongzhi.kernel.models import Delivery
from gongzhi.statistics.models import Paper, Reader

CHANNEL = "mail"
KIND = Paper._meta.label_lower
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class MailIsOff(Exception):
    """The installation sends no mail."""


def register() -> None:
    """Let the kernel deliver by mail."""
    notices.register_channel(CHANNEL, send)


def is_on() -> bool:
    """Whether a mail server is named."""
    return bool(settings.MAIL)


def send(delivery: Delivery) -> None:
    """One message with its paper; raises when it certainly did not go out."""
    if not is_on():
        raise MailIsOff(_("没有设置发信服务器。"))
    address = decrypt(delivery.target, delivery.target_uid.bytes)
    message = EmailMessage(delivery.title, delivery.body, to=[address])
    paper = Paper.objects.select_related("place").get(pk=delivery.record_id)
    message.attach(file_name(paper), bytes(paper.content), DOCX)
    message.send()


def file_name(paper: Paper) -> str:
    """磨子井社区-2026年10月-诉求办理月报.docx."""
    return _("%(place)s-%(year)d年%(month)d月-诉求办理月报.docx") % {
        "place": paper.place.name, "year": paper.month.year, "month": paper.month.month,
    }  # fmt: skip


def post(paper: Paper, accounts: set[int], now: datetime) -> int:
    """A message to each of the accounts that asked for mail; how many. None while mail is off."""
    if not is_on():
        return 0
    title = file_name(paper).removesuffix(".docx")
    body = _("附件是%s。系统自动发送，不用回复。") % title
    sent = 0
    for reader in Reader.objects.filter(account_id__in=accounts):
        row = Delivery(channel=CHANNEL, title=title, body=body, kind=KIND, record_id=paper.pk, at=now)
        row.target = encrypt(decrypt(reader.address, reader.uid.bytes), row.target_uid.bytes)
        row.save()
        app.configure_task("kernel.deliver", queue="deliveries").defer(delivery_id=row.pk)
        sent += 1
    return sent


def address_of(reader: Reader | None) -> str:
    """Where the report goes; "" for nowhere."""
    return decrypt(reader.address, reader.uid.bytes) if reader else ""


def outcome(papers: list[int]) -> list[Delivery]:
    """How the messages of these papers went, newest first, without addresses."""
    rows = Delivery.objects.filter(channel=CHANNEL, kind=KIND, record_id__in=papers)
    return list(rows.defer("target").order_by("-pk")[:50])
