"""Reporting a concern: photo first, a few words, a place; suggestions while typing; “me too”; what happens now."""

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import segno
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.accounts.request import Request
from gongzhi.base.files import store_upload
from gongzhi.base.models import StoredFile
from gongzhi.base.sniff import UploadRefused
from gongzhi.cases import actions, special, suggest, topics
from gongzhi.cases.models import Contact, Matter, Report
from gongzhi.cases.report_form import MOST_PHOTOS, ReportForm
from gongzhi.cases.views import extra, near, visitor, where
from gongzhi.cases.workflow import MINE
from gongzhi.kernel.clock import explain
from gongzhi.kernel.errors import NotPossible, NotValid, Twin
from gongzhi.kernel.who import get_or_404
from gongzhi.knowledge import store
from gongzhi.knowledge.questions import ExtraForm, one_line
from gongzhi.territory.geo import grid_at
from gongzhi.territory.models import Place

MY_PLACE, LAST_PLACE = "place", "at"
"""Cookies: the community a visitor chose as own; the place named in the last report."""
WEEK = 7 * 24 * 3600


@never_cache
@require_http_methods(["GET", "POST"])
@visitor.known_device
def report(request: Request) -> HttpResponse:
    """The form, and sending it. Nothing typed is lost, whatever is wrong."""
    if request.method == "POST":
        return _posted(request)
    visitor.upload_session(request)
    place = _offered_place(request)
    lon, lat = request.GET.get("lon", ""), request.GET.get("lat", "")
    route = request.GET.get("route", "")[:20]
    form = ReportForm(initial={"wish": Contact.Wish.ONLINE, "lon": lon[:30], "lat": lat[:30], "route": route})
    return _page(request, form, where.chosen(place) if place else where.browse(home_id(request)))


@never_cache
@require_POST
@visitor.known_device
def choose(request: Request) -> HttpResponse:
    """One step of choosing a place: `where` is at:<id>, pick:<id> or find. A part for htmx, else the whole page."""
    place, shown = _step(request)
    if not request.htmx:
        uids, _wrong = photos_of(request)
        return _page(request, ReportForm(initial=_typed(request, uids)), shown)
    context = {"where": shown, "is_part": True, "note_value": request.POST.get("place_note", "")[:100]}
    if place:
        context |= _offers(request, request.POST.get("text", ""), place, request.POST.get("category"))
    response = render(request, "cases/resident/parts/where.html", context)
    response["HX-Replace-Url"] = reverse("cases:report") + (f"?place={place.pk}" if place else "")
    return _remembering(response, request, place)


@require_POST
@visitor.known_device
def offers(request: Request) -> HttpResponse:
    """While somebody types: categories, emergency numbers, similar open matters. Never an error."""
    if not visitor.count(request, "suggest").allowed:
        return HttpResponse()
    text = request.POST.get("text", "")[:2000]
    place = where.reportable(where.number(request.POST.get("place", "")))
    return render(
        request, "cases/resident/parts/offers.html", _offers(request, text, place, request.POST.get("category"))
    )


@require_POST
@visitor.known_device
def photo(request: Request) -> JsonResponse:
    """One photo, sent ahead under its own uuid: {"thumb": address}, or 4xx with {"words": why not}."""
    verdict = visitor.count(request, "photo")
    if not verdict.allowed:
        return _no(verdict.message, 429)
    upload, uid = request.FILES.get("file"), visitor.as_uuid(request.POST.get("uid", ""))
    if not isinstance(upload, UploadedFile) or uid is None:
        return _no(_("没有收到照片，请重新选择。"), 400)
    try:
        stored = _store(request, upload, uid)
    except UploadRefused as error:
        return _no(" ".join(error.messages), 422)
    return JsonResponse({"thumb": reverse("cases:thumb", args=[stored.uid])})


@never_cache
@require_safe
@visitor.known_device
def by_map(request: Request) -> HttpResponse:
    """A map on which a press names the grid; its form leads back to the report. The list is one step away."""
    near_id = where.number(request.GET.get("near", "")) or home_id(request)
    here = where.browse(near_id).at if near_id else where.browse(0).at
    context = {"here": here, "heading": _("在地图上点一下"), "back": reverse("cases:report"), "tabs": ()}
    return render(request, "cases/resident/map.html", context)


@require_safe
def by_code(request: Request, token: str) -> HttpResponse:
    """The QR code on a building: the report with its place filled in."""
    place = Place.objects.by_token(token)
    if place is not None:
        return redirect(f"{reverse('cases:report')}?place={place.pk}")
    context = {
        "heading": _("这张楼栋码认不出来"), "tone": "warn", "icon_name": "qr",
        "happened": _("码可能贴旧了，或者没扫完整。您要说的事照样能反映，自己选一下地点就行。"),
        "action_url": reverse("cases:report"), "action_label": _("去反映"),
    }  # fmt: skip
    return render(request, "ui/message.html", context, status=404)


@never_cache
@require_safe
@visitor.known_device
def done(request: Request, uid: uuid.UUID) -> HttpResponse:
    """It arrived: the tracking code, shown here only, what happens now and by when."""
    made = get_or_404(Report.objects.select_related("matter__category"), MINE, visitor.neighbour(request), uid=uid)
    code = visitor.code_of(request, made)
    address = request.build_absolute_uri(f"{reverse('cases:track')}#{code}")
    context = {
        "report": made, "matter": made.matter, "code": code, "heading": _("收到了"), "tabs": (),
        "qr": segno.make(address, error="m").png_data_uri(scale=6, border=2) if code else "",
        "emergencies": suggest.emergencies(made.text), "is_joined": made.matter.report_count > 1,
        "why": "".join(explain(made.matter.due_rule, made.matter.due_at)) if made.matter.due_at else "",
        "trail": where.path_of(made.community_id or 0), "community": where.last(where.path_of(made.community_id or 0)),
    }  # fmt: skip
    return render(request, "cases/resident/done.html", context)


# --- sending ---------------------------------------------------------------------------------------------------------


def _posted(request: Request) -> HttpResponse:
    visitor.upload_session(request)
    uids, wrong = photos_of(request)
    if "drop" in request.POST:
        return _page(request, ReportForm(initial=_typed(request, uids)), _where_of(request))
    form = _bound(request, uids)
    for sentence in wrong:
        form.add_error("photos", sentence)
    if not form.is_valid():
        return _page(request, form, _where_of(request), 422)
    more = extra.asked(request, form.cleaned_data["category"], form.cleaned_data["place"])
    if not more.is_valid() and "join" not in request.POST:
        return _page(request, form, _where_of(request), 422, more)
    verdict = visitor.count(request, "report")
    if not verdict.allowed:
        form.add_error(None, verdict.message)
        return _page(request, form, _where_of(request), 429)
    return _checked(request, form, more)


def _bound(request: Request, uids: list[str]) -> ReportForm:
    data = request.POST.copy()
    data.setlist("photos", uids)
    account = request.account
    return ReportForm(data, has_phone=bool(account and account.phone_index))


def _checked(request: Request, form: ReportForm, more: ExtraForm) -> HttpResponse:
    """Show similar matters once before sending, then send or join."""
    joined = visitor.as_uuid(request.POST.get("join", ""))
    place: Place = form.cleaned_data["place"]
    is_secret = bool(form.cleaned_data["secret"])
    joined = None if is_secret else joined
    if joined is None and not is_secret and "checked" not in request.POST:
        category = form.cleaned_data["category"]
        is_guided = bool(form.cleaned_data["route"])
        found = (
            []
            if is_guided
            else suggest.similar(form.cleaned_data["text"], place, category.pk if category else None, timezone.now())
        )
        if found:
            return _similar_first(request, form, near.described(found), more)
    try:
        made = _send(request, form, _to_join(joined, place), more)
    except (NotPossible, Twin) as error:
        form.add_error(None, str(error))
        return _page(request, form, where.chosen(place), 409)
    except (NotValid, ValidationError) as error:
        return _refused(request, form, error)
    response = redirect("cases:reported", uid=made.uid)
    return _remembering(response, request, place)


def _to_join(uid: uuid.UUID | None, place: Place) -> Matter | None:
    """The matter somebody says “me too” to: only one that could have been offered here."""
    if uid is None:
        return None
    found = Matter.objects.filter(uid=uid, community_id=place.community_id, circle_id__isnull=True).first()
    if found is None or found.state not in suggest.JOINABLE:
        raise NotPossible(_("那件事刚刚已经办到后面了。您的情况请单独反映，填写的内容还在。"))
    return found


def _send(request: Request, form: ReportForm, matter: Matter | None, more: ExtraForm) -> Report:
    """The report and what this browser needs to see it, in one transaction."""
    actor, account = visitor.neighbour(request), request.account
    words = form.words(
        owner_id=account.pk if account else None, name=account.name if account else "",
        phone=account.phone if account else "", is_phone=visitor.is_phone(request), extra=more.answers,
    )  # fmt: skip
    content = f"{form.content()}\0{matter.uid if matter else ''}\0{one_line(more.answers)}"
    key = visitor.receipt(request, request.POST.get("key", ""), content)
    # Without an account the session, which alone can see the report, is stored in the same transaction.
    with transaction.atomic() if account is None else nullcontext():
        if matter is None:
            came = actions.report(words, actor=actor, receipt=key, also=form.also())
        else:
            came = actions.join(words, matter, actor=actor, receipt=key)
        if came.report is None:
            return Report.objects.get(pk=came.report_id)
        if account is None:
            visitor.open_token(request, came.report)
            visitor.keep_code(request, came.report, came.code)
            visitor.save_with_record(request)
    return came.report


def _refused(request: Request, form: ReportForm, error: NotValid | ValidationError) -> HttpResponse:
    """Photos that never arrived are left out of the form, everything else stays."""
    if isinstance(error, NotValid):
        for name, sentences in error.errors.items():
            for sentence in sentences:
                form.add_error(name if name in form.fields else None, sentence)
        return _page(request, form, _where_of(request), 422)
    sent = [str(uid) for uid in form.cleaned_data["photos"]]
    there = {str(uid) for uid in StoredFile.objects.filter(uid__in=sent, owner_id=None).values_list("uid", flat=True)}
    form = _bound(request, [uid for uid in sent if uid in there])
    form.add_error("photos", " ".join(error.messages))
    return _page(request, form, _where_of(request), 422)


def _similar_first(request: Request, form: ReportForm, found: list[near.Near], more: ExtraForm) -> HttpResponse:
    kept = [(name, value) for name in request.POST for value in request.POST.getlist(name) if name in form.fields]
    photos = [("photos_uid", str(uid)) for uid in form.cleaned_data["photos"]]
    kept = [pair for pair in kept if pair[0] != "photos"] + photos + more.sent
    context = {
        "kept": kept, "found": found, "heading": _("附近有相近的事"), "tabs": (), "text": form.cleaned_data["text"],
        "key": request.POST.get("key") or uuid.uuid4(), "emergencies": suggest.emergencies(form.cleaned_data["text"]),
    }  # fmt: skip
    return render(request, "cases/resident/similar.html", context)


# --- the page --------------------------------------------------------------------------------------------------------


def _page(
    request: Request, form: ReportForm, shown: where.Where, status: int = 200, more: ExtraForm | None = None
) -> HttpResponse:
    text = str(form["text"].value() or "")[:2000]
    account = request.account
    context = {
        "form": form,
        "where": shown,
        "heading": _("我要反映"),
        "back": "/",
        "tabs": (),
        "key": uuid.uuid4(),
        "shots": [(uid, reverse("cases:thumb", args=[uid])) for uid in _shots(form)],
        "most_photos": MOST_PHOTOS,
        "is_contact_open": any(form[name].value() for name in ("name", "phone", "for_other"))
        or (any(name in form.errors for name in ("name", "phone", "wish", "consent")) and form.is_bound),
        "own_phone": account.masked_phone if account else "", "note_value": form["place_note"].value() or "",
        **_offers(request, text, shown.chosen, form["category"].value(), with_similar=False),
        **({"extra": more} if more else {}),
    }  # fmt: skip
    context |= _routes(text, str(form["route"].value() or ""))
    response = render(request, "cases/resident/report.html", context, status=status)
    return _remembering(response, request, shown.chosen)


def _offers(
    request: Request, text: str, place: Place | None, category: str | None, *, with_similar: bool = True
) -> dict[str, Any]:
    """What can be said about the words so far; `category` is the one already chosen, None when none was offered."""
    found = suggest.suggest(text) if text.strip() else []
    known = {str(offer.category.pk): offer for offer in found}
    picked = known.get(category or "") or (found[0] if found and category is None else None)
    best = picked.category if picked else next((row for row in suggest.categories() if str(row.pk) == category), None)
    is_asked = with_similar and place and text.strip()
    alike = suggest.similar(text, place, best.pk if best else None, timezone.now()) if is_asked and place else []
    return {
        "extra": extra.asked(request, best, place, is_sent=False), "extra_url": reverse("cases:extra"),
        "answers": store.answers(text, topics.of(best), topics.of_place(place)) if text.strip() else [],
        "emergencies": suggest.emergencies(text), "offers": found, "picked": picked,
        "found": near.described(alike), "with_similar": with_similar and place is not None and bool(text.strip()),
        **_routes(text, ""),
    }  # fmt: skip


def _routes(text: str, picked: str) -> dict[str, Any]:
    """Special routes that the words speak for, and the one that was chosen before."""
    hinted = special.hinted(text)
    chosen = special.route(picked)
    if chosen is not None and chosen not in [route for route, _words in hinted]:
        hinted = [(chosen, ()), *hinted]
    return {"routes": hinted, "picked_route": picked}


def _shots(form: ReportForm) -> list[str]:
    value = form["photos"].value() or []
    return [str(uid) for uid in value if visitor.as_uuid(str(uid)) is not None][: MOST_PHOTOS + 3]


def _typed(request: Request, uids: list[str]) -> dict[str, Any]:
    """What was typed, for showing again without judging it."""
    names = ("text", "place_note", "name", "phone", "wish", "lon", "lat", "route", "secret_about", "secret_note")
    typed: dict[str, Any] = {name: request.POST.get(name, "")[:3000] for name in names}
    ticked = {name: name in request.POST for name in ("for_other", "consent", "secret")}
    return typed | ticked | {"photos": uids, "category": request.POST.get("category")}


def _where_of(request: Request) -> where.Where:
    """The place part as it was sent: chosen, searched for, or the beginning."""
    place = where.reportable(where.number(request.POST.get("place", "")))
    query = request.POST.get("q", "").strip()
    if place:
        return where.chosen(place)
    return where.search(query, home_id(request)) if query else where.browse(home_id(request))


def _step(request: Request) -> tuple[Place | None, where.Where]:
    does, _colon, typed = request.POST.get("where", "").partition(":")
    steps: dict[str, Callable[[], where.Where]] = {
        "find": lambda: where.search(request.POST.get("q", ""), home_id(request)),
        "at": lambda: where.browse(where.number(typed)),
    }
    place = where.reportable(where.number(typed)) if does == "pick" else None
    if place:
        return place, where.chosen(place)
    return None, steps.get(does, lambda: where.browse(home_id(request)))()


def _offered_place(request: Request) -> Place | None:
    """The place in the address (QR code, map, list), or that of the last report from this browser."""
    typed = where.number(request.GET.get("place", "")) or _grid_of_point(request)
    return where.reportable(typed or where.number(request.COOKIES.get(LAST_PLACE, "")))


def _grid_of_point(request: Request) -> int:
    try:
        grid = grid_at(float(request.GET.get("lon", "")), float(request.GET.get("lat", "")))
    except (ValueError, ValidationError):
        return 0
    return grid.pk if grid else 0


def home_id(request: Request) -> int:
    """Id of the community this visitor chose as own; 0 for none."""
    account = request.account
    home = account.home_place if account else None
    own = (home.community_id or home.pk) if home else None
    return own or where.number(request.COOKIES.get(MY_PLACE, ""))


def _remembering(response: HttpResponse, request: Request, place: Place | None) -> HttpResponse:
    if place is not None:
        response.set_cookie(
            LAST_PLACE, str(place.pk), WEEK, path=reverse("cases:report"), samesite="Lax", httponly=True,
            secure=request.is_secure(),
        )  # fmt: skip
    return response


# --- photos ----------------------------------------------------------------------------------------------------------


def photos_of(request: Request) -> tuple[list[str], list[str]]:
    """Uids of the photos sent ahead, and of those that come with the form; sentences for those refused."""
    uids = [uid for uid in request.POST.getlist("photos_uid") if uid != request.POST.get("drop")]
    wrong: list[str] = []
    for number, upload in enumerate(request.FILES.getlist("photos")[: MOST_PHOTOS + 1]):
        try:
            uids.append(str(_store(request, upload, _uid_of(request, number)).uid))
        except UploadRefused as error:
            wrong.append(f"{upload.name}：{' '.join(error.messages)}")
    return uids, wrong


def _uid_of(request: Request, number: int) -> uuid.UUID | None:
    """The same uid when the same form is sent twice, so that twins carry the same photos."""
    key = visitor.as_uuid(request.POST.get("key", ""))
    return uuid.uuid5(key, f"{visitor.upload_session(request)}:{number}") if key else None


def _store(request: Request, upload: UploadedFile, uid: uuid.UUID | None = None) -> StoredFile:
    session, account = visitor.upload_session(request), request.account
    by = account.pk if account else None
    return store_upload(
        upload, by=by, session="" if by else session, uid=uid, label=StoredFile.Label.SCENE, photos_only=True
    )


def _no(words: str, status: int) -> JsonResponse:
    return JsonResponse({"words": words}, status=status, json_dumps_params={"ensure_ascii": False})
