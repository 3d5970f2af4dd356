"""What stands on a matter's page, gathered in few statements: the words, the people, the clock, what can be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.accounts.models import Account, Duty
from gongzhi.accounts.posts import POSTS
from gongzhi.accounts.request import Request
from gongzhi.base.kept import Kept, Slot
from gongzhi.base.models import StoredFile
from gongzhi.base.text import mask_name
from gongzhi.cases import circles, listing, proof, routing, suggest, timeline, topics
from gongzhi.cases.handlers import Handler
from gongzhi.cases.listing import name
from gongzhi.cases.models import Category, Level, Matter, Order, Part, Report, Task, Visit
from gongzhi.cases.routing.deciding import changed_since
from gongzhi.cases.steps import state_of, step_bar
from gongzhi.cases.views.family import family, visitors, waiting_words
from gongzhi.cases.workflow import BEFORE_HANDLING, CLERK, HANDLER, READ
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import explain
from gongzhi.kernel.procedure import Transition, available, permitted, possible, procedure_of
from gongzhi.kernel.who import AnyOf, admit_or_404, get_or_404
from gongzhi.knowledge import questions, store
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

NEIGHBOURS = ("captain", "grid_member", "grid_leader", "clerk", "community_secretary")
"""Posts named as responsible for the place, from near to far."""
CLERKS = ("clerk", "street_clerk", "district_clerk")
MOST_REPORTS = 40
BOUNCED = 2
"""After so many returns and changed dispatches the page suggests to ask the level above."""
ECHOES = {("cases.report", verb) for verb in ("send", "ask", "answer", "guide", "lapse", "move")}
ECHOES |= {("cases.matter", "part"), ("cases.order", "issue"), ("cases.matter", "whistle"), ("cases.visit", "plan")}
ECHOES |= {("cases.matter", "part_over"), ("cases.report", "wake"), ("cases.callback", "give")}
"""Steps that only repeat on one record what another's sentence already says."""
BY_HAND = {(Task.kind(), "give")}
"""Steps the system took because somebody asked for them: told as that person's."""
SEES_CONTACT = AnyOf((CLERK, HANDLER))
"""Who may see a reporter's telephone, with a reason."""


# --- Loading ------------------------------------------------------------------------------------------------------


def load(actor: Actor, number: str) -> Matter:
    """The matter with the names its page needs, in one statement; 404 for strangers."""
    matter = get_or_404(_with_names(Matter.objects.all()), READ, actor, number=number)
    matter._path = str(getattr(matter, "at_path", None) or "/")
    return matter


GLANCE = Kept(
    lambda: (
        Matter.objects.filter(number=Slot("number"))
        .select_related("category")
        .annotate(at_path=Subquery(Place.objects.filter(pk=OuterRef("place_id")).values("path")[:1]))
    )
)


def glance(actor: Actor, number: str) -> Matter:
    """The matter as an action needs it, without the names a page shows; 404 for strangers."""
    matter = admit_or_404(GLANCE.first(number=number), READ, actor)
    matter._path = str(getattr(matter, "at_path", None) or "/")
    return matter


def _with_names(matters: QuerySet[Matter]) -> QuerySet[Matter]:
    def place(column: str, what: str = "name") -> Subquery:
        return Subquery(Place.objects.filter(pk=OuterRef(column)).values(what)[:1])

    charge = Account.objects.filter(pk=OuterRef("charge_id")).values("name")[:1]
    phone = Organisation.objects.filter(pk=OuterRef("organisation_id")).values("phone")[:1]
    return listing.names(matters).select_related("category", "merged_into", "parent").annotate(
        at_path=place("place_id", "path"), at_estate=place("place_id", "estate_id"), street_name=place("street_id"),
        district_name=place("district_id"), charge_name=Subquery(charge), organisation_phone=Subquery(phone),
    )  # fmt: skip


def reports_of(matter: Matter) -> list[Report]:
    """What was said, oldest first, with contacts and `owner_name`."""
    owners = Account.objects.filter(pk=OuterRef("owner_id")).values("name")[:1]
    # A part has no reporters of its own: what was said stands with the whole.
    rows = Report.objects.filter(matter_id=matter.parent_id or matter.pk).select_related(
        "contact", "agreement", "counter_visit"
    )
    rows = rows.annotate(owner_name=Subquery(owners))
    return list(rows.order_by("created_at", "id")[:MOST_REPORTS])


def photos_of(matter: Matter, reports: Iterable[Report]) -> dict[str, list[dict[str, Any]]]:
    """Photos by stage: scene, before, after; and documents. One statement."""
    mine = Q(owner_kind=Matter.kind(), owner_id__in=[pk for pk in (matter.pk, matter.parent_id) if pk])
    theirs = Q(owner_kind=Report.kind(), owner_id__in=[report.pk for report in reports])
    found: dict[str, list[dict[str, Any]]] = {"scene": [], "before": [], "after": [], "papers": []}
    for row in StoredFile.objects.filter(mine | theirs, original=None).order_by("id"):
        stage = row.label if row.label in ("before", "after") else "scene"
        found[stage if row.is_photo else "papers"].append(_photo(row, stage, matter))
    return found


def _photo(row: StoredFile, stage: str, matter: Matter) -> dict[str, Any]:
    url = f"/files/{row.uid}/"
    return {
        "url": url, "thumb": f"{url}thumb/", "at": row.taken_at or row.created_at, "caption": proof.where(row, matter),
        "stage": "" if stage == "scene" else stage, "name": row.name,
    }  # fmt: skip


# --- People -------------------------------------------------------------------------------------------------------


def duties_over(matter: Matter) -> list[Duty]:
    """Who holds a post over the place, from near to far; of a matter handed up only the desk that has it."""
    ids = [int(part) for part in matter.place_path().split("/") if part]
    wanted = [*ids, *filter(None, [getattr(matter, "at_estate", None)])]
    posts = circles.DESK[Level(matter.desk_level)] if matter.desk_level else NEIGHBOURS
    rows = Duty.objects.in_force(timezone.localdate()).filter(post__in=posts, place__in=wanted)
    return sorted(rows.select_related("account", "place"), key=lambda duty: (posts.index(duty.post), duty.pk))


def person(duty: Duty) -> dict[str, str]:
    """A person chip; the office telephone only where the duty is public."""
    return {
        "name": duty.account.name, "duty": duty.label, "note": duty.where,
        "phone": duty.public_phone if duty.is_public else "",
    }  # fmt: skip


def reporter_name(report: Report) -> str:
    """The reporter's name, masked; in words when there is none."""
    known = report.contact.name or str(getattr(report, "owner_name", None) or "")
    return mask_name(known) if known else _("没有留姓名")


@dataclass(frozen=True)
class Said:
    """One report on the page."""

    report: Report
    who: str
    phone: str
    verbs: list[Transition]
    extra: list[tuple[str, str]]
    """Extra questions with what was answered."""

    @property
    def acts(self) -> "list[Act]":
        """Buttons of what staff may do on this report in the reporter's place."""
        base = f"/matters/{self.report.matter.number}/reports/{self.report.pk}/"
        return [Act(t.verb, str(t.label), f"{base}{t.verb}/", bool(t.form.base_fields)) for t in self.verbs]


def said(matter: Matter, reports: Iterable[Report], actor: Actor, now: datetime) -> list[Said]:
    """The reports as staff see them: names and telephones masked; on a part only the words."""
    if matter.parent_id is not None:
        return [Said(report, reporter_name(report), "", [], questions.lines(report.extra)) for report in reports]
    return [
        Said(
            report,
            reporter_name(report),
            report.contact.masked_phone,
            available(report, actor, now),
            questions.lines(report.extra),
        )
        for report in reports
    ]


# --- Clock and steps ----------------------------------------------------------------------------------------------


def holder_words(matter: Matter, clerks: str) -> str:
    """Who has the matter now, by name where there is one."""
    if matter.state in ("assigned", "handling"):
        return listing.handler_words(matter)
    if matter.state == "checking" and name(matter, "charge"):
        return name(matter, "charge")
    responsible = str(state_of(matter).responsible)
    if matter.desk_level and responsible == "社区干事":
        return f"{POSTS[circles.DESK[Level(matter.desk_level)][0]].label} {clerks}".strip()
    return f"{responsible} {clerks}".strip() if responsible == "社区干事" else responsible


def public_words(matter: Matter) -> str:
    """What the public page shows of it now."""
    state = state_of(matter)
    return _("公众看到：%s") % state.public if matter.is_public else _("不公开，只有反映人看到：%s") % state.public


def due_why(matter: Matter) -> str:
    """How the deadline was computed, in one paragraph."""
    return "".join(explain(matter.due_rule, matter.due_at))


def trail(matter: Matter) -> list[dict[str, str]]:
    """From the district to the place; each leads to the matters there."""
    found = []
    for level in ("district", "street", "community", "grid"):
        if pk := getattr(matter, f"{level}_id"):
            found.append({"name": name(matter, level), "url": f"/matters/?place={pk}"})
    ids = (matter.district_id, matter.street_id, matter.community_id, matter.grid_id)
    if matter.place_id not in ids:
        where = listing.place_words(matter).removeprefix(name(matter, "grid")).strip()
        found.append({"name": where, "url": f"/matters/?place={matter.place_id}"})
    return found


# --- What happened ------------------------------------------------------------------------------------------------


def events(matter: Matter) -> list[dict[str, Any]]:
    """The timeline for staff: residents masked, what the public sees marked, echoes between records left out."""
    return [event(entry, matter) for entry in timeline.of_matter(matter) if (entry.kind, entry.verb) not in ECHOES]


def event(entry: timeline.Entry, matter: Matter) -> dict[str, Any]:
    """One sentence of it."""
    is_staff = bool(entry.post) or entry.who == "系统"
    who = entry.who if is_staff else mask_name(entry.who) if entry.who else _("居民")
    behalf = _("（代%s办）") % entry.on_behalf_of if entry.on_behalf_of and entry.who != "系统" else ""
    if (entry.kind, entry.verb) in BY_HAND and entry.on_behalf_of:
        who = entry.on_behalf_of
    handler = entry.data.get("handler_name")
    label = entry.told if entry.verb == "absorb" else entry.label
    return {
        "at": entry.at, "who": f"{who} {entry.post}".strip() + behalf,
        "text": f"{label}：{handler}" if handler else label, "note": "\n".join(entry.words),
        "public": bool(entry.told) and entry.kind == Matter.kind() and matter.is_public,
        "mine": entry.kind == Matter.kind() and entry.verb == "report",
    }  # fmt: skip


# --- What can be done ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """A button: where it leads, and whether it asks something first."""

    verb: str
    label: str
    url: str
    asks: bool
    main: bool = False
    tone: str = ""


JOINING = ("merge", "unmerge", "relocate", "gather")
"""Verbs that touch two families; their pages go through `cases.actions`."""
TONES = {"decline": "danger", "return": "", "merge": ""}


ASKING = ("whistle", "split")
"""Verbs whose forms make their fields when they know the matter."""


def asks(transition: Transition) -> bool:
    """Whether the verb has a form to be filled in."""
    return bool(transition.form.base_fields) or transition.verb in ASKING


def acts(record: Matter | Part | Report, actor: Actor, now: datetime, base: str) -> list[Act]:
    """What this actor is offered on a record, main verbs first."""
    found = available(record, actor, now)
    if isinstance(record, Matter):
        declared = procedure_of(record)
        found += [
            t for t in map(declared.transition, JOINING) if possible(t, record, now) and permitted(t, record, actor)
        ]
    made = [Act(t.verb, str(t.label), f"{base}{t.verb}/", asks(t), t.is_main, TONES.get(t.verb, "")) for t in found]
    return sorted(made, key=lambda act: not act.main)


def suggestion(matter: Matter, text: str) -> dict[str, Any]:
    """Class, handler and why; the category that was written about. Two statements."""
    hints = suggest.suggest(text)
    category = matter.category or (hints[0].category if hints else None)
    route = routing.route(matter, text, category)
    if route is not None and circles.is_barred(matter, route.handler):
        route = None
    return {"category": category, "hint": hints[0] if hints and not matter.category else None, "route": route,
            "triage_class": triage_class(route, category)}  # fmt: skip


def triage_class(route: routing.Route | None, category: Category | None) -> str:
    """The class that is suggested: the rule's, else the category's."""
    return route.triage_class if route else str(category.triage_class) if category else ""


def alike(matter: Matter, text: str, now: datetime) -> list[suggest.Similar]:
    """Other open matters nearby that look the same; one statement."""
    place = Place(pk=matter.place_id, community_id=matter.community_id, grid_id=matter.grid_id)
    return suggest.similar(text, place, matter.category_id, now, leave_out=matter.pk)


def context(request: Request, number: str) -> dict[str, Any]:
    """Everything for `cases/matter/detail.html`."""
    return context_of(load(request.actor, number), request.actor, timezone.now())


def context_of(matter: Matter, actor: Actor, now: datetime) -> dict[str, Any]:
    """The same for a matter that is loaded."""
    base, reports = f"/matters/{matter.number}/", reports_of(matter)
    duties, below = duties_over(matter), family(matter)
    text = "\n".join(report.text for report in reports)
    done = acts(matter, actor, now, base)
    verbs = {act.verb for act in done}
    clerks = "、".join(duty.account.name for duty in duties if duty.post in CLERKS)
    return {
        "matter": matter,
        "base": base,
        "crumbs": trail(matter),
        "steps": step_bar(matter, holder_words(matter, clerks)),
        "now": now,
        "is_paused": matter.state == "suspended",
        "due_why": due_why(matter),
        "public_words": public_words(matter),
        "state": state_of(matter),
        "reports": said(matter, reports, actor, now),
        "more_reports": len(reports) >= MOST_REPORTS,
        "photos": photos_of(matter, reports),
        "people": [person(duty) for duty in duties],
        "handler": listing.handler_words(matter),
        "charge": name(matter, "charge"),
        "organisation_phone": getattr(matter, "organisation_phone", None) or "",
        "parts": [_part(part, actor, now, base) for part in below.parts],
        "children": below.children,
        "merged": below.merged,
        "may_unmerge": bool(below.merged) and CLERK.allows(matter, actor) is not None,
        "waiting": waiting_words(below.waited_for()) if matter.state == "handling" else "",
        "refers": matter.bounces >= BOUNCED and "refer" in verbs,
        "acts": done,
        "has_triage": "triage" in verbs,
        "sees_contact": matter.parent_id is None and SEES_CONTACT.allows(matter, actor) is not None,
        "suggestion": suggestion(matter, text) if verbs & {"triage", "dispatch"} else None,
        "similar": alike(matter, text, now) if "merge" in verbs and matter.state in BEFORE_HANDLING else [],
        "events": events(matter),
        "sent_words": matter.route.get("words", ""),
        "sent_url": f"{base}sent/",
        "sent_anew": sent_anew(matter, text) if "transfer" in verbs else None,
        "guide": store.guide(*topics.of_matter(matter)),
        "circle": circles.shown(matter),
        "clears_photos": bool(matter.photo_count) and CLERK.allows(matter, actor) is not None,
    }


def sent_anew(matter: Matter, text: str) -> routing.Route | None:
    """Where the rules would send it now that category or place were corrected; a person takes it or leaves it."""
    if not changed_since(matter):
        return None
    route = routing.route(matter, text)
    now = Handler(matter.organisation_id, matter.account_id).code
    return route if route is not None and route.handler.code != now else None


def _part(part: Task | Order | Visit, actor: Actor, now: datetime, base: str) -> dict[str, Any]:
    shown = {
        "part": part, "acts": acts(part, actor, now, part_base(base, part)), "kind": part._meta.model_name,
        "state": procedure_of(part).state(part.state), "due_why": "".join(explain(part.due_rule, part.due_at)),
    }  # fmt: skip
    if isinstance(part, Visit):
        shown |= {
            "invited": visitors(part, part.organisation_ids), "confirmed": visitors(part, part.confirmed_ids),
            "came": visitors(part, part.came_ids),
        }  # fmt: skip
    return shown


def part_base(base: str, part: Part) -> str:
    """Where the verbs of a task, an order or a visit are done."""
    return f"{base}{part._meta.model_name}s/{part.pk}/"
