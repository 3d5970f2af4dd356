"""Writes that begin something: a draft, an objection, a reading."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPossible
from gongzhi.kernel.numbering import keys_and_numbers
from gongzhi.kernel.perform import Done, ReceiptKey, Work, lock_all, take
from gongzhi.notices.models import Notice, Objection

_READ = """
WITH fresh AS (
    INSERT INTO notices_reading (notice_id, reader, at) VALUES (%(notice)s, %(reader)s, %(at)s)
    ON CONFLICT (notice_id, reader) DO NOTHING RETURNING 1
)
UPDATE notices_notice SET readers = readers + 1 WHERE id = %(notice)s AND EXISTS (SELECT 1 FROM fresh)
"""


@dataclass(frozen=True)
class Said:
    """An objection as it was sent; `phone` in its stored form."""

    text: str
    name: str = ""
    phone: str = ""
    owner_id: int | None = None

    @property
    def content(self) -> str:
        """What makes one send differ from another."""
        return "\0".join((self.text, self.name, self.phone))


def draft(
    data: dict[str, Any], *, actor: Actor, now: datetime | None = None, receipt: ReceiptKey | None = None
) -> Done:
    """A new draft from the cleaned data of `DraftForm`. Errors: NotPermitted, FilesMissing, Twin."""
    with transaction.atomic():
        work = Work(actor, now or timezone.now())
        ((pk, number),) = keys_and_numbers({Notice: "notice"}, work.now)
        if receipt and (twin := take(receipt, Notice.kind(), pk, 1, work.now)):
            return twin
        notice = Notice(pk=pk, number=number)
        notice.put(data["place"])
        work.begin(notice, "notice", cleaned=data)
        work.flush()
    return Done(Notice.kind(), pk, notice.seq, record=notice)


def object_to(
    notice: Notice, said: Said, *, actor: Actor, now: datetime | None = None, receipt: ReceiptKey | None = None
) -> Done:
    """An objection while the period runs, judged under the notice's lock. Errors: NotPossible, Twin."""
    with transaction.atomic():
        work = Work(actor, now or timezone.now())
        ((pk, number),) = keys_and_numbers({Objection: "objection"}, work.now)
        if receipt and (twin := take(receipt, Objection.kind(), pk, 1, work.now)):
            return twin
        locked = lock_all(Notice, [notice.pk], work)[notice.pk]
        if not locked.takes_objections or not locked.is_running(work.now):
            raise NotPossible(_("公示期已经过了，这里不再收异议。您写的还在，可以按上面的联系方式找发布单位。"))
        made = Objection(pk=pk, number=number, text=said.text, name=said.name, owner_id=said.owner_id)
        made.follow(locked)
        made.set_phone(said.phone)
        work.begin(made, "objection")
        work.flush()
    return Done(Objection.kind(), pk, made.seq, record=made)


def read(notice: Notice, reader: str, now: datetime) -> bool:
    """Count a reader (`a:12`, `d:…`) once; one statement. Returns whether it was the first time."""
    digest = salted_hmac("gongzhi.notices.reading", f"{notice.pk}\0{reader}", algorithm="sha256").digest()
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"notice": notice.pk, "reader": uuid.UUID(bytes=digest[:16]), "at": now})
        return bool(cursor.rowcount)
