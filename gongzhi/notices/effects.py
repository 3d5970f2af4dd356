"""What the verbs of a notice do beyond moving it."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.base.files import attach, files_of, remove
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.perform import Work
from gongzhi.notices.models import Notice, Objection

FIELDS = ("sort", "title", "body", "issuer", "days", "objection_channel", "is_pinned")


def write(work: Work, notice: Notice, data: dict[str, Any]) -> None:
    """Put what was typed into the draft; `changed` (names of fields) goes into the log, their contents do not."""
    changed = [name for name in FIELDS if getattr(notice, name) != data[name]]
    for name in FIELDS:
        setattr(notice, name, data[name])
    if notice.place_id != data["place"].pk:
        changed.append("place")
        notice.put(data["place"])
    if notice.author_id is None:
        notice.author_id = work.actor.account_id
    data["changed"] = changed + _files(work, notice, data)


def _files(work: Work, notice: Notice, data: dict[str, Any]) -> list[str]:
    gone, new = data.get("gone") or [], data.get("attached") or []
    if gone:
        held = files_of(Notice.kind(), [notice.pk])[notice.pk]
        remove(row for row in held if row.uid in set(gone))
    if new:
        attach(new, Notice.kind(), notice.pk, by=work.actor.account_id)
    return ["files"] if gone or new else []


def publish(work: Work, notice: Notice, data: dict[str, Any]) -> None:
    """The period begins. The day of publishing does not count (Civil Code Art. 201)."""
    notice.published_at, notice.published_by, notice.is_open = work.now, work.actor.account_id, True
    notice.starts = work.now.astimezone(SHANGHAI).date()
    notice.ends = notice.starts + timedelta(days=notice.days) if notice.days else None


def withdraw(work: Work, notice: Notice, data: dict[str, Any]) -> None:
    """Residents who open it read why."""
    notice.withdrawn_for, notice.is_pinned = data["reason"], False


def unpin(work: Work, notice: Notice, data: dict[str, Any]) -> None:
    """What is over stands in its place in the list."""
    notice.is_pinned = False


def receive(work: Work, objection: Objection, data: dict[str, Any]) -> None:
    """Whoever published hears of it."""
    notice = objection.notice
    title = _("有人对公示提出异议：%(title)s") % {"title": notice.title}
    work.notify(notice.published_by, title, url=f"/notices/desk/{notice.number}/")


def answer(work: Work, objection: Objection, data: dict[str, Any]) -> None:
    """The answer reaches whoever signed in to object."""
    objection.answer, objection.answered_by = data["answer"], work.actor.account_id
    notice = objection.notice
    title = _("您的异议有答复了：%(title)s") % {"title": notice.title}
    work.notify(objection.owner_id, title, url=f"/notices/{notice.number}/#objections")
