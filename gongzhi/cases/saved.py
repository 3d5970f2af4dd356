"""Lists that staff keep for themselves: the query of an address under a name, at most `MOST` for each account."""

from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.base.text import find_personal_data
from gongzhi.cases.models import SavedFilter
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotValid

MOST = 12
KEPT = ("q", "f", "state", "triage_class", "category", "urgency", "procedure", "service_mode", "place", "handler", "since", "until", "sort")  # fmt: skip
"""What of an address is kept; days stay as they were typed."""


def saved_of(actor: Actor) -> QuerySet[SavedFilter]:
    """The actor's own."""
    return SavedFilter.objects.filter(account_id=actor.account_id or 0)


def canonical(query: str) -> str:
    """The part of an address's query that says which list it is."""
    given = QueryDict(query[:2000])
    return urlencode([(name, given[name]) for name in KEPT if given.get(name)])


def keep(actor: Actor, name: str, query: str) -> SavedFilter:
    """Keep a list under a name. Error: NotValid (no or a used name, nothing narrowed, a telephone in it, too many)."""
    name, wanted = " ".join(name.split()), canonical(query)
    if not 1 <= len(name) <= 30:
        raise NotValid({"name": [_("请起个名字，30 个字以内。")]})
    if not wanted or len(wanted) > 500:
        raise NotValid({"name": [_("先筛选出想常看的清单，再存。")]})
    if find_personal_data(QueryDict(wanted).get("q", "")):
        raise NotValid({"name": [_("按电话、证件号找的不能存下来，用的时候再找。")]})
    with transaction.atomic():
        mine = list(saved_of(actor).select_for_update())
        if len(mine) >= MOST:
            raise NotValid({"name": [_("最多存 %d 个，请先删掉不用的。") % MOST]})
        try:
            with transaction.atomic():
                return SavedFilter.objects.create(
                    account_id=actor.account_id or 0, name=name, query=wanted, made_at=timezone.now()
                )
        except IntegrityError:
            raise NotValid({"name": [_("已经存过一个叫“%s”的，换个名字。") % name]}) from None


def drop(actor: Actor, pk: int) -> None:
    """Keep it no longer."""
    saved_of(actor).filter(pk=pk).delete()
