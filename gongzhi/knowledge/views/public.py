"""Questions and answers for everybody: search, by subject, on paper; and whether an answer helped."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gongzhi.accounts.guard import address_of
from gongzhi.accounts.request import Request
from gongzhi.base import throttle
from gongzhi.base.text import clean_text
from gongzhi.knowledge import actions, topics
from gongzhi.knowledge.models import Faq
from gongzhi.organisations.models import Organisation
from gongzhi.territory.access import LARGEST
from gongzhi.territory.models import Place

MOST = 300
MY_PLACE = "place"
"""The cookie with the community a visitor chose as own."""
SAID = "questions-said"
"""Session key: which answers this browser has judged, so that nobody is counted twice."""
TRIES, SECONDS = 60, 600


def _home_path(request: Request) -> list[int]:
    """Ids from the district down to the visitor's own community; [] when none was chosen."""
    account = request.account
    chosen = account.home_place_id if account is not None else None
    kept = request.COOKIES.get(MY_PLACE, "")
    pk = chosen or (int(kept) if kept.isascii() and kept.isdigit() and len(kept) < 18 else 0)
    place = Place.objects.filter(pk=pk).only("path").first() if pk else None
    return place.path_ids if place else []


def listed(request: Request) -> tuple[list[Faq], dict[str, Any]]:
    """What the address asks for, of everywhere and of the visitor's own place; and what the page says of it."""
    query = clean_text(request.GET.get("q", "")[:40], lines=False)
    names, topic = topics.names(), request.GET.get("topic", "")
    here = _home_path(request)
    rows = [row for row in _valid(query) if row.place_id is None or row.place_id in here]
    counts = {code: sum(row.topic == code for row in rows) for code in {row.topic for row in rows}}
    groups = [
        {"label": label, "url": _with(request, code), "active": code == topic, "count": count}
        for label, code, count in _groups(counts)
    ]
    wanted = {code for _label, members in topics.groups() if members[0][0] == topic for code, _n in members} | {topic}
    order = {code: number for number, code in enumerate(["", *names])}
    rows = [row for row in rows if not topic or row.topic in wanted]
    rows.sort(key=lambda row: (order.get(row.topic, len(order)), row.question))
    context = {
        "heading": _("常见问题"), "query": query, "topics": groups, "topic": names.get(topic, ""),
        "rows": [{"row": row, "topic": names.get(row.topic, "")} for row in rows[:MOST]], "count": len(rows),
        "address": request.GET.urlencode(),
    }  # fmt: skip
    return rows[:MOST], context


def _valid(query: str) -> list[Faq]:
    return list(Faq.objects.valid(timezone.localdate()).matching(query).order_by("topic", "question")[:1000])


def _groups(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    found = [(_("全部"), "", sum(counts.values()))]
    for label, members in topics.groups():
        if total := sum(counts.get(code, 0) for code, _name in members):
            found.append((label, members[0][0], total))
    return found


def _with(request: HttpRequest, topic: str) -> str:
    query = request.GET.copy()
    query["topic"] = topic
    return f"?{query.urlencode()}"


@never_cache
@require_safe
def index(request: Request) -> HttpResponse:
    """The list, by two characters or by subject."""
    return render(request, "knowledge/public/list.html", listed(request)[1])


@never_cache
@require_safe
def paper(request: Request) -> HttpResponse:
    """The same list on paper, with the answers."""
    rows, context = listed(request)
    context |= {"answers": rows, "issued_at": timezone.now(), "back": f"/questions/?{context['address']}"}
    return render(request, "knowledge/public/paper.html", context)


def answer_of(pk: str) -> Faq:
    """An answer that holds today. Raises Http404."""
    rows = Faq.objects.valid(timezone.localdate()).select_related("place")
    row = rows.filter(pk=int(pk)).first() if int(pk) <= LARGEST else None
    if row is None:
        raise Http404
    return row


@never_cache
@require_safe
def question(request: Request, pk: str) -> HttpResponse:
    """One question with its answer, what it rests on, who keeps it right."""
    row = answer_of(pk)
    if request.method == "GET":
        actions.count(row.pk, "shown")
    return render(request, "knowledge/public/question.html", _about(request, row))


def _about(request: Request, row: Faq) -> dict[str, Any]:
    owner = Organisation.objects.filter(pk=row.owner_id).first() if row.owner_id else None
    return {
        "row": row, "heading": row.question, "owner": owner, "topic": topics.names().get(row.topic, ""),
        "is_judged": row.pk in request.session.get(SAID, ()), "back": "/questions/",
    }  # fmt: skip


@never_cache
@require_safe
def question_paper(request: Request, pk: str) -> HttpResponse:
    """One answer on paper."""
    row = answer_of(pk)
    context = _about(request, row) | {"answers": [row], "issued_at": timezone.now(), "back": f"/questions/{row.pk}/"}
    return render(request, "knowledge/public/paper.html", context)


@never_cache
@require_POST
def said(request: Request, pk: str, what: str) -> HttpResponse:
    """Did it help; was it enough: counted once for each browser, without knowing whose it is."""
    row = answer_of(pk)
    known = list(request.session.get(SAID, ()))
    if row.pk not in known and _may(request):
        actions.count(row.pk, what)
        request.session[SAID] = [*known[-99:], row.pk]
    thanks = {
        "yes": _("谢谢，记下了：这一条有用。"), "no": _("谢谢，记下了。没说清楚的，请直接反映，会有人答复您。"),
        "enough": _("好的。您写的内容还留在这台手机上，想反映时接着写就行。"),
    }  # fmt: skip
    messages.success(request, thanks[what])
    return redirect("knowledge:question", pk=row.pk)


def _may(request: Request) -> bool:
    return throttle.allow(f"questions:{address_of(request)}", TRIES, SECONDS).allowed
