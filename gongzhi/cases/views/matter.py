"""A matter's page: everything about one matter in one place, the reporter's telephone by reason, papers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account
from gongzhi.accounts.request import Request
from gongzhi.base.printing import Form, word_form
from gongzhi.cases import listing
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.settings_words import rules_as_of
from gongzhi.cases.steps import state_of
from gongzhi.cases.views import detail
from gongzhi.kernel.access import look
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPermitted, NotValid
from gongzhi.kernel.models import Located, Look
from gongzhi.kernel.who import Ground, Who, get_or_404
from gongzhi.knowledge.questions import lines
from gongzhi.territory.models import PlaceBoundary

REASONS = ("了解详细情况", "反馈办理结果", "约定上门时间", "核实地点")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class OnMatter:
    """A rule about the matter, asked of one of its reports."""

    rule: Who

    @property
    def words(self) -> str:
        return self.rule.words

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        return self.rule.allows(record.matter, actor) if isinstance(record, Report) else None

    def q(self, actor: Actor) -> Q:
        return Q(matter__in=Matter.objects.filter(self.rule.q(actor)))


CONTACT = OnMatter(detail.SEES_CONTACT)


@duty_required()
@require_safe
def matter(request: Request, number: str) -> HttpResponse:
    """The page; beside a list only its detail."""
    context = detail.context(request, number)
    beside = bool(request.htmx) and request.htmx.target == "detail"
    return render(request, "cases/matter/only.html" if beside else "cases/matter/page.html", context)


@duty_required()
@require_http_methods(["GET", "POST"])
def contact(request: Request, number: str, pk: int) -> HttpResponse:
    """The reporter's name and telephone in full, after a reason is given; the reporter can read who looked."""
    found = detail.load(request.actor, number)
    rows = Report.objects.filter(matter=found).select_related("contact")
    report = get_or_404(rows, CONTACT, request.actor, pk=pk)
    report.matter = found
    context: dict[str, Any] = {"matter": found, "base": f"/matters/{number}/", "report": report, "reasons": REASONS,
                               "who": detail.reporter_name(report), "crumbs": detail.trail(found)}  # fmt: skip
    status = 200
    if request.method == "POST":
        reason = request.POST.get("reason_other", "").strip() or request.POST.get("reason", "")
        try:
            look(CONTACT, report, request.actor, _("反映人姓名和电话"), reason, subject_id=report.owner_id)
            context |= {"phone": report.contact.phone, "full_name": report.contact.name or _owner(report)}
        except NotValid as error:
            context, status = context | {"refusal": str(error)}, 422
        except NotPermitted as error:
            raise Http404 from error
    template = "cases/matter/contact_only.html" if request.htmx else "cases/matter/contact.html"
    return render(request, template, context, status=status)


def _owner(report: Report) -> str:
    return Account.objects.filter(pk=report.owner_id).values_list("name", flat=True).first() or _("没有留姓名")


@duty_required()
@require_safe
def looks(request: Request, number: str) -> HttpResponse:
    """Who has seen the reporters' telephones, when and why."""
    found = detail.load(request.actor, number)
    if detail.SEES_CONTACT.allows(found, request.actor) is None:
        raise Http404
    ids = found.reports.values("pk")
    rows = list(Look.objects.filter(kind=Report.kind(), record_id__in=ids).order_by("-at", "-id")[:200])
    names = dict(Account.objects.filter(pk__in={row.account_id for row in rows}).values_list("pk", "name"))
    context = {"matter": found, "base": f"/matters/{number}/", "heading": _("谁看过反映人的信息"),
               "looks": [{"row": row, "who": names.get(row.account_id, "")} for row in rows]}  # fmt: skip
    return render(request, "cases/matter/looks.html", context)


@duty_required()
@require_safe
def where(request: Request, number: str) -> JsonResponse:
    """The matter's point and its grid's outline as GeoJSON."""
    found = detail.load(request.actor, number)
    shapes = PlaceBoundary.objects.filter(place=found.grid_id, valid_to=None) if found.grid_id else []
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "geometry": row.geometry,
            "properties": {"name": listing.name(found, "grid"), "tone": "here"},
        }
        for row in shapes
    ]
    if found.lon is not None and found.lat is not None:
        point = {"type": "Point", "coordinates": [found.lon, found.lat]}
        features.append({"type": "Feature", "geometry": point, "properties": {}})
    return JsonResponse({"type": "FeatureCollection", "features": features})


@duty_required()
@require_safe
def sent(request: Request, number: str) -> HttpResponse:
    """Why it was sent where it was sent: as frozen then, with the rules that came before in vain and each version."""
    found = detail.load(request.actor, number)
    route = found.route
    pairs = [(route["rule"], route["version"])] if route.get("rule") else []
    pairs += [(skip["rule"], skip["version"]) for skip in route.get("skipped", ())]
    rules = rules_as_of(pairs)
    context = {
        "matter": found, "base": f"/matters/{number}/", "heading": _("为什么派到这里"), "route": route,
        "rule": rules.get(route.get("rule") or 0), "moves": _dated(route.get("moves", ())),
        "skipped": [{"skip": skip, "rule": rules.get(skip["rule"])} for skip in route.get("skipped", ())],
        "sent_at": datetime.fromisoformat(route["at"]) if route.get("at") else None,
    }  # fmt: skip
    return render(request, "cases/matter/sent.html", context)


def _dated(moves: Any) -> list[dict[str, Any]]:
    return [{**move, "at": datetime.fromisoformat(move["at"])} for move in moves]


# --- Papers -------------------------------------------------------------------------------------------------------


@duty_required()
@require_safe
def paper(request: Request, number: str) -> HttpResponse:
    """The work order on A4."""
    found = detail.load(request.actor, number)
    reports = detail.reports_of(found)
    context = {
        "heading": _("诉求办理工单"),
        "office": listing.name(found, "community"),
        "number": found.number,
        "matter": found,
        "issued_at": timezone.now(),
        "fields": fields(found, reports),
        "reports": detail.said(found, reports, request.actor, timezone.now()),
        "photos": detail.photos_of(found, reports),
        "events": detail.events(found),
        "back": f"/matters/{number}/",
        "signers": [_("派单人"), _("承办人"), _("核查人")],
        "seal": listing.handler_words(found),
    }
    return render(request, "cases/print/order.html", context)


@duty_required()
@require_safe
def word(request: Request, number: str) -> HttpResponse:
    """The work order as a Word file."""
    found = detail.load(request.actor, number)
    reports = detail.reports_of(found)
    passed = [
        f"{listing.shown_at(e['at'])}　{e['who']} {e['text']}" + (f"：{e['note']}" if e["note"] else "")
        for e in reversed(detail.events(found))
    ]
    form = Form(
        title=_("诉求办理工单"),
        number=found.number,
        date=f"{timezone.localtime():%Y年%m月%d日}",
        fields=fields(found, reports),
        paragraphs=[
            (_("反映的事"), "\n".join(_said(report) for report in reports)),
            (_("经过"), "\n".join(passed)),
            (_("办理结果"), ""),
        ],
        signatures=[_("派单人"), _("承办人"), _("核查人")],
        note=_("%s 打印") % request.me.name,
    )
    response = HttpResponse(word_form(form), content_type=WORD)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.docx"'
    return response


def _said(report: Report) -> str:
    """The report with what was answered to extra questions."""
    return "\n".join([report.text, *(f"{label}：{shown}" for label, shown in lines(report.extra))])


def fields(found: Matter, reports: list[Report]) -> list[tuple[str, str]]:
    """What stands in the head of the work order; reporters masked."""
    first = reports[0] if reports else None
    pairs = [
        (_("事项"), found.title),
        (_("地点"), " ".join(crumb["name"] for crumb in detail.trail(found))),
        (_("具体位置"), found.place_note),
        (_("来源"), str(found.get_channel_display())),
        (_("类别"), f"{found.category or ''} {found.get_triage_class_display()}".strip()),
        (_("缓急"), str(found.get_urgency_display())),
        (_("反映人"), f"{detail.reporter_name(first)} {first.contact.masked_phone}" if first else ""),
        (_("反映人数"), str(found.report_count)),
        (_("承办"), listing.handler_words(found)),
        (_("为什么派到这里"), str(found.route.get("words", ""))),
        (_("登记时间"), listing.shown_at(found.created_at)),
        (_("办理期限"), listing.shown_at(found.total_due_at)),
        (_("环节"), str(state_of(found).label)),
    ]
    return [(label, value) for label, value in pairs if value]
