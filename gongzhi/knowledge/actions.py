"""Every change of what is known: written by an administrator, or proposed by one person and decided by another.

Each change is one transaction with a row of `KnowledgeChange`. What has no place is in force everywhere, so only whose
duty covers every district may settle it.
"""

import hashlib
import json
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.accounts.posts import posts
from gongzhi.kernel.actor import Actor, Grant
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid, Stale
from gongzhi.kernel.models import Notification
from gongzhi.knowledge import store
from gongzhi.knowledge.kinds import Kind, kind_of
from gongzhi.knowledge.models import AnswerTemplate, Entry, Faq, KnowledgeChange, Status
from gongzhi.territory.history import ADMINISTRATOR
from gongzhi.territory.models import Place
from gongzhi.territory.who import administered, covers, covers_all, settling_grant

What = KnowledgeChange.What
E = TypeVar("E", bound=Entry)
PROPOSERS = posts("clerk", "community_secretary", "street_clerk", "district_clerk")
"""Who may propose templates and answers for the place of the duty."""
COUNTERS = {"yes": "helped", "no": "not_helped", "enough": "enough", "shown": "shown"}


def seen(picture: dict[str, Any]) -> str:
    """A short sign of how an entry looked, to notice that somebody else changed it meanwhile."""
    return hashlib.sha256(json.dumps(picture, sort_keys=True, default=str).encode()).hexdigest()[:16]


def entries_of(actor: Actor, kind: Kind) -> QuerySet[Any]:
    """What touches the places of the administrator's duty: below them, above them, and what counts everywhere."""
    tops = Place.objects.filter(pk__in=[grant.place_id for grant in actor.holding(ADMINISTRATOR) if grant.place_id])
    above = {pk for top in tops for pk in top.path_ids}
    below = Place.objects.filter(administered(actor)).values("pk")
    where = Q(place=None) | Q(place__in=above) | Q(place__in=below)
    return kind.model._default_manager.filter(where).select_related("place")


def may_settle(actor: Actor, row: Entry, *, everywhere: bool | None = None) -> bool:
    """Whether this administrator may change the entry; `everywhere` is `covers_all`, when it was asked already."""
    if row.place is None:
        return covers_all(actor) if everywhere is None else everywhere
    return any(covers(grant, row.place) for grant in actor.holding(ADMINISTRATOR))


def note(
    actor: Actor, grant: Grant | None, what: str, row: Entry, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """A row of history: of a change what differs, of something new everything."""
    differs = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    KnowledgeChange.objects.create(
        kind=kind_of(row).code, what=what, row_id=row.pk, version=row.version, subject=str(row)[:120], place=row.place,
        before={name: value for name, value in before.items() if name in differs},
        after={name: value for name, value in after.items() if name in differs}, at=timezone.now(),
        by_id=actor.account_id, by_name=actor.name[:60], duty_id=grant.duty_id if grant else None,
        on_behalf_of=grant.on_behalf_of if grant else None,
    )  # fmt: skip


@transaction.atomic
def save(kind: Kind, row: E, values: dict[str, Any], *, actor: Actor, sign: str = "") -> E:
    """Add (without a primary key) or change an entry in use. Errors: NotPermitted, NotValid, Stale."""
    is_new = row.pk is None
    if not is_new:
        row = locked(kind, row)
        settling_grant(actor, row.place)
    before = {} if is_new else kind.picture(row)
    if sign and sign != seen(before):
        raise Stale(_("您打开之后，别人改过这一条。请看过现在的内容再改，您填写的还在。"), row)
    for name, value in values.items():
        setattr(row, name, value)
    grant = settling_grant(actor, row.place)
    after = kind.picture(row)
    if before == after:
        return row
    row.version += 0 if is_new else 1
    _store(row)
    note(actor, grant, What.ADDED if is_new else What.CHANGED, row, before, after)
    return row


def locked(kind: Kind, row: E) -> E:
    """The entry as it is now, locked until the transaction ends."""
    rows: QuerySet[Any] = kind.model._default_manager.select_related("place").select_for_update(of=("self",))
    found: E = rows.get(pk=row.pk)
    return found


def _store(row: Entry) -> None:
    row.changed_at = timezone.now()
    row.created_at = row.created_at or row.changed_at
    if isinstance(row, Faq):
        row.index()
        row.reviewed_on = timezone.localdate()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NotValid({row.HEADING: [_("这个地方、这类事已经有一条“%(name)s”。") % {"name": row}]}) from None
    transaction.on_commit(store.forget)


# --- proposals ---------------------------------------------------------------------------------------------------------


def proposing_grant(actor: Actor, place: Place | None) -> Grant:
    """The duty by which the actor proposes something for the place. Raises NotPermitted."""
    for grant in actor.holding(PROPOSERS):
        if place is not None and covers(grant, place):
            return grant
    raise NotPermitted(_("您现在的岗位不能在这里提。"))


@transaction.atomic
def propose(kind: Kind, values: dict[str, Any], *, actor: Actor) -> Entry:
    """A clerk's proposal; it is used only after somebody else approved it. Errors: NotPermitted, NotPossible."""
    if not kind.may_propose:
        raise NotPossible(_("这一类由管理员来写。"))
    row = kind.model(**values)
    grant = proposing_grant(actor, row.place)
    row.status, row.proposed_by, row.proposer = Status.PROPOSED, actor.account_id, actor.name[:60]
    _store(row)
    note(actor, grant, What.PROPOSED, row, {}, kind.picture(row))
    return row


@transaction.atomic
def decide(kind: Kind, row: E, *, is_approved: bool, reason: str, actor: Actor) -> E:
    """Approve a proposal, or not, with a reason; never one's own. Errors: NotPermitted, NotPossible, NotValid."""
    row = locked(kind, row)
    grant = settling_grant(actor, row.place)
    if not row.is_proposal:
        raise NotPossible(_("这一条已经审过了：%(status)s。") % {"status": Status(row.status).label})
    if row.proposed_by == actor.account_id:
        raise NotPermitted(_("自己提的要由别人来审。"))
    if not is_approved and len(reason) < 2:
        raise NotValid({"reason": [_("没有采用的，请写一句原因。")]})
    row.status = Status.USE if is_approved else Status.REFUSED
    row.decided_by, row.decision = actor.account_id, reason[:300]
    _store(row)
    note(actor, grant, What.APPROVED if is_approved else What.REFUSED, row, {}, {"decision": reason} if reason else {})
    _tell_proposer(kind, row, reason)
    return row


def _tell_proposer(kind: Kind, row: Entry, reason: str) -> None:
    said = "采用了" if row.status == Status.USE else "没有采用"
    if row.proposed_by is not None:
        Notification.objects.create(
            account_id=row.proposed_by, title=f"您提的“{row}”{said}"[:120], body=reason, at=timezone.now(),
            url=f"/knowledge/?kind={kind.code}",
        )  # fmt: skip


@transaction.atomic
def review(row: Faq, *, actor: Actor) -> Faq:
    """Somebody looked: the answer is still right. Error: NotPermitted."""
    found = locked(kind_of(row), row)
    grant = settling_grant(actor, found.place)
    before = {"reviewed_on": found.reviewed_on.isoformat() if found.reviewed_on else ""}
    found.reviewed_on = timezone.localdate()
    found.save(update_fields=["reviewed_on"])
    note(actor, grant, What.REVIEWED, found, before, {"reviewed_on": found.reviewed_on.isoformat()})
    return found


# --- counters ----------------------------------------------------------------------------------------------------------


def count(faq_id: int, what: str) -> bool:
    """One more for an answer: yes, no, enough or shown. Whether there is such an answer."""
    name = COUNTERS[what]
    return bool(Faq.objects.filter(pk=faq_id).update(**{name: F(name) + 1}))


def count_use(template_id: int) -> None:
    """A message went out that began with this template."""
    AnswerTemplate.objects.filter(pk=template_id).update(used=F("used") + 1)
