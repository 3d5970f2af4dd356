"""All matters my duties cover: narrowed in every way an office asks for, the same list as my work."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account
from gongzhi.accounts.request import Request
from gongzhi.cases import listing, steps, suggest
from gongzhi.cases.listing import SORTS, Filter, Sort
from gongzhi.cases.models import Matter, ServiceMode, TriageClass, Urgency
from gongzhi.cases.saved import canonical, saved_of
from gongzhi.cases.views import detail
from gongzhi.cases.views.work import bulk_actions
from gongzhi.cases.workflow import ROOM_365, SIX_STEPS
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import Phase
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Kind, Place
from gongzhi.territory.tree import tree

OPEN = Q(closed_at__isnull=True)
STANDINGS = (
    Filter("open", gettext_lazy("未办结"), lambda now: OPEN, always=True),
    Filter("late", gettext_lazy("超期"), lambda now: OPEN & Q(due_at__lt=now), "bad", True),
    Filter(
        "today",
        gettext_lazy("今天到期"),
        lambda now: OPEN & Q(due_at__gte=now, due_at__lt=listing.day_ends(now)),
        "warn",
    ),
    Filter("charge", gettext_lazy("书记包案"), lambda now: OPEN & Q(charge_id__isnull=False)),
    Filter("order", gettext_lazy("督办中"), lambda now: OPEN & Q(order_open__gt=0)),
    Filter("shared", gettext_lazy("共同反映"), lambda now: OPEN & Q(report_count__gte=listing.SEVERAL)),
)
WHOLE = (
    Filter("closed", gettext_lazy("已办结"), lambda now: Q(closed_at__isnull=False)),
    Filter("all", gettext_lazy("全部"), lambda now: Q()),
)
"""Without a count: they grow with the years."""
MOST_PLACES = 300


class NarrowForm(forms.Form):
    """How to narrow the list; whatever cannot be right narrows nothing."""

    state = forms.ChoiceField(label=gettext_lazy("环节"), required=False)
    triage_class = forms.ChoiceField(
        label=gettext_lazy("大小私"), required=False, choices=[("", "—"), *TriageClass.choices]
    )
    category = forms.TypedChoiceField(label=gettext_lazy("类别"), required=False, coerce=int, empty_value=None)
    urgency = forms.ChoiceField(label=gettext_lazy("缓急"), required=False, choices=[("", "—"), *Urgency.choices])
    procedure = forms.ChoiceField(
        label=gettext_lazy("程序"), required=False,
        choices=[("", "—"), *((one.name, one.label) for one in (SIX_STEPS, ROOM_365))],
    )  # fmt: skip
    service_mode = forms.ChoiceField(
        label=gettext_lazy("服务方式"), required=False, choices=[("", "—"), *ServiceMode.choices]
    )
    place = forms.TypedChoiceField(label=gettext_lazy("地点"), required=False, coerce=int, empty_value=None)
    handler = forms.CharField(label=gettext_lazy("承办（名称里的字）"), required=False, max_length=40)
    since = forms.DateField(
        label=gettext_lazy("登记从"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(label=gettext_lazy("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    sort = forms.ChoiceField(label=gettext_lazy("排列"), required=False, choices=[(s.code, s.label) for s in SORTS])

    def __init__(self, data: Any, actor: Actor) -> None:
        super().__init__(data, auto_id="narrow_%s")
        phases = [(f"phase:{phase.value}", _("整个%s") % phase.label) for phase in Phase]
        states = [(state.value, state.label) for state in steps.states().values()]
        kinds = [(row.pk, row.name) for row in suggest.categories()]
        self.fields["state"].choices = [("", "—"), *states, (_("按阶段"), phases)]  # type: ignore[attr-defined]
        self.fields["category"].choices = [("", "—"), *kinds]  # type: ignore[attr-defined]
        self.fields["place"].choices = [("", "—"), *places_of(actor, str(data.get("place", "")))]  # type: ignore[attr-defined]

    def test(self) -> Q:
        """What the valid fields ask for."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        found = Q()
        for name, value in given.items():
            found &= TESTS[name](value) if name in TESTS else Q()
        return found

    def words(self) -> list[str]:
        """The same in words."""
        shown = [
            bound for bound in self if bound.name != "sort" and self.cleaned_data.get(bound.name) not in (None, "")
        ]
        return [f"{bound.label} {_chosen(bound)}" for bound in shown]


def _chosen(bound: forms.BoundField) -> str:
    value = str(bound.value())
    choices = getattr(bound.field, "choices", ())
    flat = [pair for key, label in choices for pair in (label if isinstance(label, list) else [(key, label)])]
    return next((str(label) for key, label in flat if str(key) == value), value)


def _state(value: str) -> Q:
    if not value.startswith("phase:"):
        return Q(state=value)
    return Q(
        state__in=[state.value for state in steps.states().values() if state.phase == value.removeprefix("phase:")]
    )


def _handler(value: str) -> Q:
    bodies = Organisation.objects.filter(Q(name__icontains=value) | Q(short_name__icontains=value))
    people = Account.objects.filter(name__icontains=value, kind=Account.Kind.STAFF)
    return Q(organisation_id__in=bodies.values("pk")) | Q(account_id__in=people.values("pk"))


def _place(pk: int) -> Q:
    levels = ("district_id", "street_id", "community_id", "grid_id", "place_id")
    found = Q()
    for level in levels:
        found |= Q(**{level: pk})
    return found


def _begins(day: Any) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


TESTS: dict[str, Any] = {
    "state": _state,
    "triage_class": lambda v: Q(triage_class=v),
    "urgency": lambda v: Q(urgency=v),
    "procedure": lambda v: Q(procedure=v),
    "service_mode": lambda v: Q(service_mode=v),
    "place": _place,
    "category": lambda v: Q(category_id=v) | Q(category__parent_id=v),
    "handler": _handler,
    "since": lambda v: Q(created_at__gte=_begins(v)),
    "until": lambda v: Q(created_at__lt=_begins(v + timedelta(days=1))),
}


def places_of(actor: Actor, wanted: str) -> list[tuple[int, str]]:
    """The places under the actor's duties, as choices; the one asked for by its address always among them."""
    now, found = tree(), []
    for grant in actor.grants:
        node = now.get(grant.place_id) if grant.place_id else None
        found += [(one.id, one.name) for one in now.below(node.path) if one.kind != Kind.ESTATE] if node else []
    found = list(dict.fromkeys(found))[:MOST_PLACES]
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 18 and int(wanted) not in dict(found):
        found += [(pk, label) for pk, label in Place.objects.filter(pk=int(wanted)).values_list("pk", "name")]
    return found


@duty_required()
@require_safe
def matters(request: Request) -> HttpResponse:
    """The list, with the detail beside it when the address names one."""
    context = list_context(request)
    if not request.htmx and (number := request.GET.get("m", "")):
        context |= {"here": number, "showing": "detail", **detail.context(request, number)}
    return render(request, "cases/desk/work.html", context)


def asked(request: Request) -> tuple[QuerySet[Matter], NarrowForm, Filter, str, bool]:
    """The matters the address asks for, and how it asked: form, standing, query, whether the query was too short."""
    return asked_by(request.GET, request.actor)


def asked_by(wanted: QueryDict, actor: Actor) -> tuple[QuerySet[Matter], NarrowForm, Filter, str, bool]:
    """The same for the query of any address, such as one that was saved."""
    form, now = NarrowForm(wanted, actor), timezone.now()
    query = listing.typed(wanted.get("q", ""))
    standing = listing.filter_of(wanted.get("f", "all" if query else "open"), (*STANDINGS, *WHOLE))
    rows = listing.covered(actor).filter(standing.test(now)).filter(form.test())
    found = listing.found_by(query) if query else None
    if query:
        rows = rows.filter(pk__in=found) if found is not None else rows.none()
    return rows, form, standing, query, bool(query) and found is None


def sort_of(form: NarrowForm) -> Sort:
    """The order asked for; newest first for anything else."""
    code = form.cleaned_data.get("sort", "")
    return next((sort for sort in SORTS if sort.code == code), SORTS[0])


def list_context(request: Request) -> dict[str, Any]:
    """Rows, chips with counts of what is open, the sentence."""
    rows, form, standing, query, too_short = asked(request)
    sort = sort_of(form)
    page = listing.matter_rows(rows, sort, request.GET.get("after", ""))
    numbers = listing.counts(listing.covered(request.actor).filter(OPEN), STANDINGS, timezone.now())
    narrowed = form.words()
    return {
        "heading": _("全部事项"),
        "page": page,
        "q": query,
        "filters": _chips(request, standing, numbers),
        "form": form,
        "summary": _words(standing, query, narrowed, sort),
        "count_words": _("%d 件未办结") % numbers["open"],
        "action": request.path,
        "too_short": too_short,
        "chosen": standing.code,
        "bulk": bulk_actions(),
        "is_work": False,
        "is_narrowed": bool(narrowed),
        "kept": _kept(request),
        "saved": saved_of(request.actor),
        "wanted": canonical(request.GET.urlencode()),
    }


def _kept(request: Request) -> list[tuple[str, str]]:
    """What a search keeps of the address."""
    return [(name, str(value)) for name, value in request.GET.items() if name in NarrowForm.base_fields and value]


def _chips(request: Request, chosen: Filter, numbers: dict[str, int]) -> list[dict[str, Any]]:
    kept = dict(_kept(request)) | ({"q": request.GET["q"]} if request.GET.get("q") else {})
    shown = [one for one in STANDINGS if one.always or numbers[one.code] or one is chosen]
    return [
        {
            "label": one.label,
            "count": numbers.get(one.code),
            "active": one is chosen,
            "url": f"{request.path}?{urlencode({**kept, 'f': one.code})}",
            "tone": one.tone if numbers.get(one.code) else "",
        }
        for one in (*shown, *WHOLE)
    ]


def _words(standing: Filter, query: str, narrowed: list[str], sort: Sort) -> str:
    said = _("“%s”的") % query if query else ""
    parts = "；".join([_("正在看%(said)s%(what)s事项") % {"said": said, "what": standing.label}, *narrowed])
    return f"{parts}；{sort.label}。"
