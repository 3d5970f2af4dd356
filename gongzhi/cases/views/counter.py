"""来访: the registration form of visitors 群众来访接待登记表 as a report, on A4 paper and in Word, with lines to sign."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.base.printing import Form, word_form
from gongzhi.base.text import mask_name
from gongzhi.cases import listing, places, special, suggest, taking
from gongzhi.cases.actions import Also, Reported, Words, report
from gongzhi.cases.intake_forms import CounterForm
from gongzhi.cases.models import Channel, Contact, CounterVisit, Matter, Report, Representative
from gongzhi.cases.views import acts
from gongzhi.cases.views.intake import INTAKERS
from gongzhi.cases.views.matter import WORD
from gongzhi.cases.workflow import REPORT, STAFF
from gongzhi.kernel.access import look
from gongzhi.kernel.errors import NotValid, Refused
from gongzhi.kernel.perform import Work
from gongzhi.kernel.who import get_or_404
from gongzhi.territory.tree import trail_text, trails

SIGNERS = (gettext_lazy("来访人"), gettext_lazy("接待人"), gettext_lazy("负责人"))


@duty_required(*INTAKERS)
@require_http_methods(["GET", "POST"])
def counter(request: Request) -> HttpResponse:
    """The form; sending it registers the visit and gives the receipt."""
    if request.method == "GET":
        post = next((grant.post for grant in request.actor.grants), "")
        initial = {"met_at": timezone.localtime(), "people": 1, "receiver_post": listing.post_words(post)}
        return _show(request, CounterForm(initial=initial), 200)
    form = CounterForm(request.POST, within=lambda pk: places.within(pk, request.actor))
    if not form.is_valid():
        return _show(request, form, 422)
    data = form.cleaned_data
    also = taking.all_of(_visited(data), taking.ended(data["ending"], data["answer"]))
    try:
        made = report(_words(data), actor=request.actor, receipt=acts.receipt_of(request), also=also)
    except (NotValid, ValidationError) as error:
        form.add_error(None, ValidationError(getattr(error, "messages", None) or [str(error)]))
        return _show(request, form, 422)
    except Refused as error:
        form.add_error(None, str(error))
        return _show(request, form, 409)
    return _receipt(request, made)


@duty_required(*INTAKERS)
@require_safe
def paper(request: Request, number: str) -> HttpResponse:
    """The registration form on A4; the look at the visitor's particulars is recorded."""
    found = _opened(request, number)
    context = {
        "heading": _("群众来访接待登记表"), "number": found.number, "issued_at": found.created_at, "report": found,
        "fields": fields(found), "parts": parts(found), "signers": SIGNERS, "back": f"/matters/{found.matter.number}/",
        "word": f"/counter/{found.number}/word/",
    }  # fmt: skip
    return render(request, "cases/print/visit.html", context)


@duty_required(*INTAKERS)
@require_safe
def word(request: Request, number: str) -> HttpResponse:
    """The same as a Word file."""
    found = _opened(request, number)
    form = Form(
        title=_("群众来访接待登记表"), number=found.number, date=f"{timezone.localtime(found.created_at):%Y年%m月%d日}",
        fields=fields(found), paragraphs=parts(found), signatures=[str(one) for one in SIGNERS], note=_("%s 打印") % request.me.name,
    )  # fmt: skip
    response = HttpResponse(word_form(form), content_type=WORD)
    response.headers["Content-Disposition"] = f'attachment; filename="visit-{found.number}.docx"'
    return response


def fields(found: Report) -> list[tuple[str, str]]:
    """The head of the form: who, when, where, received by whom."""
    visit, contact = found.counter_visit, found.contact
    facts = visit.facts()
    others = [one.contact for one in found.representatives.select_related("contact")]
    spoken = "、".join(f"{one.name} {one.phone}".strip() for one in others)
    way = trails([found.place_id]).get(found.place_id, ()) if found.place_id else ()
    pairs = [
        (_("来访人"), contact.name), (_("性别、年龄"), " ".join(filter(None, (facts.get("gender"), facts.get("age"))))),
        (_("电话"), contact.phone), (_("住址或单位"), facts.get("address", "")),
        (_("来访人数"), str(visit.people) if visit.people > 1 else ""), (_("其他代表"), spoken),
        (_("来访时间"), listing.shown_at(visit.met_at)), (_("接待地点"), visit.met_where),
        (_("接待人"), f"{_taker(found)} {visit.receiver_post}".strip()),
        (_("事发地点"), f"{trail_text(way)} {found.place_note}".strip()), (_("事项"), found.matter.number),
    ]  # fmt: skip
    return [(label, value) for label, value in pairs if value]


def parts(found: Report) -> list[tuple[str, str]]:
    """事由, 处理意见, 结果, 备注; empty ones leave room for the pen."""
    visit = found.counter_visit
    return [
        (_("事由"), found.text), (_("处理意见"), visit.opinion or found.answer), (_("结果"), visit.result),
        (_("备注"), visit.note),
    ]  # fmt: skip


# --- parts -----------------------------------------------------------------------------------------------------------


def _taker(found: Report) -> str:
    names = listing.account_names([found.taken_by])
    return names.get(found.taken_by or 0, "")


def _opened(request: Request, number: str) -> Report:
    """The visit of an own place, with a look recorded: the paper shows everything."""
    rows = Report.objects.filter(counter_visit__isnull=False).select_related("matter", "contact", "counter_visit")
    found = get_or_404(rows, REPORT.read, request.actor, number=number[:12])
    look(STAFF, found, request.actor, _("来访登记表"), _("打印来访登记表"), subject_id=found.owner_id)
    return found


def _visited(data: dict[str, Any]) -> Also:
    """The visit and its other representatives, stored with the report."""

    def run(work: Work, matter: Matter, made: Report) -> None:
        visit = CounterVisit(
            report=made, met_at=data["met_at"], met_where=data["met_where"], people=data["people"],
            receiver_post=data["receiver_post"], opinion=data["opinion"], result=data["result"], note=data["note"],
        )  # fmt: skip
        visit.seal({"gender": data["gender"], "age": str(data["age"] or ""), "address": data["address"]})
        work.add(visit)
        for name, number in data["representatives"]:
            contact = Contact(name=name)
            contact.set_phone(number)
            contact.save()
            work.add(Representative(report=made, contact=contact))

    return run


def _words(data: dict[str, Any]) -> Words:
    found = suggest.suggest(data["text"], most=1)
    return Words(
        text=data["text"], place=data["place"], place_note=data["place_note"],
        category=data["category"] or (found[0].category if found else None), name=data["name"], phone=data["phone"],
        wish=Contact.Wish.CALL if data["phone"] else Contact.Wish.ONLINE, channel=Channel.COUNTER,
    )  # fmt: skip


def _show(request: Request, form: CounterForm, status: int) -> HttpResponse:
    where = request.POST.get("where", "") or request.GET.get("where", "")
    offers, chosen = places.offers(request.actor, where), str(form["place"].value() or "")
    is_new = chosen.isdigit() and chosen not in {str(one.id) for one in offers}
    if is_new and (one := places.within(int(chosen[:18]), request.actor)):
        offers.insert(0, places.Offer(one.pk, one.name, ""))
    text = str(form["text"].value() or "")
    context = {
        "heading": _("来访登记"), "form": form, "places": offers, "where": where, "chosen": chosen,
        "emergencies": suggest.emergencies(text), "routes": special.hinted(text),
        "hints": suggest.suggest(text) if text else [],
        "key": request.POST.get("key", "") if status == 422 else str(uuid.uuid4()),
    }  # fmt: skip
    return render(request, "cases/desk/counter.html", context, status=status)


def _receipt(request: Request, made: Reported) -> HttpResponse:
    """The slip for the visitor. The code stands on it this once."""
    done = made.report or Report.objects.select_related("matter", "contact").get(pk=made.report_id)
    way = trails([done.place_id]).get(done.place_id, ()) if done.place_id else ()
    context = {
        "heading": _("来访登记回执"), "number": done.number, "issued_at": done.created_at, "report": done,
        "matter": done.matter, "code": made.code, "where": trail_text(way), "signers": [_("接待人"), _("来访人")],
        "back": "/counter/", "staff": request.me.name, "visit": f"/counter/{done.number}/", "who": mask_name(done.contact.name),
    }  # fmt: skip
    return render(request, "cases/print/receipt.html", context)
