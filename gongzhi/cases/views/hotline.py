"""热线: one screen for a call, everything by keyboard; what is typed is kept on the server from the first sign on."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.accounts import phones
from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases import callers, drafts, listing, places, speaking, special, suggest, taking, topics
from gongzhi.cases.actions import Reported, Words, join, report, title_of
from gongzhi.cases.callers import Calling
from gongzhi.cases.intake_forms import HotlineForm
from gongzhi.cases.models import Channel, Contact, IntakeDraft, Matter, Report
from gongzhi.cases.nearby import nearby
from gongzhi.cases.places import Offer
from gongzhi.cases.steps import state_of
from gongzhi.cases.views.where import number as whole
from gongzhi.kernel import clock
from gongzhi.kernel.errors import NotValid, Refused
from gongzhi.kernel.models import Receipt
from gongzhi.kernel.perform import ReceiptKey
from gongzhi.knowledge import store
from gongzhi.knowledge.models import Faq
from gongzhi.territory.models import Place
from gongzhi.territory.tree import trail_text, trails

OPERATORS = ("operator", "clerk", "community_secretary", "street_clerk", "district_clerk")
FIELDS = (
    "phone", "caller", "name", "where", "place", "place_note", "text", "category", "urgency", "join", "ending", "answer",
    "callback", "began",
)  # fmt: skip
LONGEST = 3000
ORDER = ("phone", "where", "text", "ending")
"""Where the cursor goes next: the first of these still empty."""
KEYS = (
    ("1", gettext_lazy("来电号码")),
    ("2", gettext_lazy("在哪里")),
    ("3", gettext_lazy("反映的事")),
    ("4", gettext_lazy("类别")),
    ("5", gettext_lazy("去向")),
    ("6", gettext_lazy("答应回电")),
    ("j", gettext_lazy("并入第一件：又有人反映")),
    ("s", gettext_lazy("复述一遍，再登记")),
    ("g", gettext_lazy("先放着，接下一个")),
    ("h", gettext_lazy("看按键")),
)
"""With Alt (Firefox: Alt+Shift); the page shows them."""


@dataclass
class Call:
    """One call as it was sent: what was typed, and what can be said about it while talking."""

    request: Request
    uid: uuid.UUID
    typed: dict[str, str]
    now: datetime = field(default_factory=timezone.now)

    @cached_property
    def calling(self) -> Calling:
        """Who it is."""
        return callers.calling(self.typed["phone"], self.typed["caller"], self.request.actor, self.now)

    @cached_property
    def offers(self) -> list[Offer]:
        """Places that may be meant, the chosen one first; nothing before two signs are typed."""
        where = self.typed["where"]
        found = places.offers(self.request.actor, where, places.MOST) if len(where.strip()) >= 2 else []
        if self.chosen and self.chosen.pk not in {offer.id for offer in found}:
            found.insert(0, Offer(self.chosen.pk, self.chosen.name, ""))
        return found

    @cached_property
    def chosen(self) -> Place | None:
        """The place that was chosen."""
        return places.within(whole(self.typed["place"]), self.request.actor) if self.typed["place"] else None

    @cached_property
    def place(self) -> Place | None:
        """The place chosen, or the only one that fits beyond doubt."""
        if self.chosen is not None:
            return self.chosen
        sure = next((offer for offer in self.offers if offer.is_sure), None)
        return places.within(sure.id, self.request.actor) if sure else None

    @property
    def seconds(self) -> int:
        """Since when it goes on."""
        return max(0, int(self.now.timestamp()) - whole(self.typed["began"]))

    def form(self) -> HotlineForm:
        """The form, judged."""
        return HotlineForm(
            self.typed, number=self.calling.number, within=lambda pk: places.within(pk, self.request.actor),
            windows=speaking.windows(self.now, clock.current()),
        )  # fmt: skip

    def save(self) -> None:
        """Keep what was typed; an empty form is no call."""
        if any(self.typed[name].strip() for name in ("phone", "name", "where", "text")):
            index = phones.index(phones.normalise(self.typed["phone"]))
            kind, me = IntakeDraft.Kind.CALL, self.request.me.pk
            drafts.save(self.uid, kind, me, self.typed, self.now, phone_index=index)


@duty_required(*OPERATORS)
@require_http_methods(["GET", "POST"])
def hotline(request: Request) -> HttpResponse:
    """The screen of a call. Enter in a line looks up; nothing typed is lost, whatever is wrong."""
    if request.method == "GET":
        return _begin(request)
    call = _sent(request)
    call.save()
    does = request.POST.get("do", "look")
    if does == "park":
        return redirect("cases:hotline")
    if does != "read":
        return _screen(call, HotlineForm(initial=call.typed, windows=speaking.windows(call.now, clock.current())))
    form = call.form()
    return redirect("cases:hotline-read", uid=call.uid) if form.is_valid() else _screen(call, form, 422)


@duty_required(*OPERATORS)
@require_POST
def side(request: Request) -> HttpResponse:
    """While talking: who calls, what is open nearby, what it may be about; keeps the draft."""
    call = _sent(request)
    call.save()
    moved = call.typed["where"] != request.POST.get("where_shown", "")
    return render(
        request, "cases/hotline/side.html", _known(call, with_places=moved) | {"is_part": True, "moved": moved}
    )


@duty_required(*OPERATORS)
@require_http_methods(["GET", "POST"])
def read(request: Request, uid: uuid.UUID) -> HttpResponse:
    """What was understood, to be read out; yes registers it."""
    kept = drafts.load(uid, IntakeDraft.Kind.CALL, request.me.pk)
    if kept is None:
        return _twin(request, uid)
    call = Call(request, uid, {name: str(kept.data.get(name, "")) for name in FIELDS})
    does = request.POST.get("do", "")
    if does == "drop":
        drafts.forget(uid, request.me.pk)
        return redirect("cases:hotline")
    form = call.form()
    if does == "change" or not form.is_valid():
        return _screen(call, form, 422 if does != "change" else 200)
    return _register(call, form) if request.method == "POST" else _read_back(call, form)


# --- parts -----------------------------------------------------------------------------------------------------------


def _sent(request: Request) -> Call:
    typed = {name: request.POST.get(name, "")[:LONGEST].replace("\0", "") for name in FIELDS}
    return Call(request, _uid(request.POST.get("draft", "")) or uuid.uuid4(), typed)


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _begin(request: Request) -> HttpResponse:
    kept = drafts.load(_uid(request.GET.get("draft", "")), IntakeDraft.Kind.CALL, request.me.pk)
    typed = dict.fromkeys(FIELDS, "") | (kept.data if kept else {})
    call = Call(request, kept.uid if kept else uuid.uuid4(), typed)
    typed["began"] = typed["began"] or str(int(call.now.timestamp()))
    return _screen(call, HotlineForm(initial=typed, windows=speaking.windows(call.now, clock.current())))


def _known(call: Call, *, with_places: bool = True) -> dict[str, Any]:
    """Everything beside the form."""
    text, category = call.typed["text"], whole(call.typed["category"])
    hints = suggest.suggest(text) if text.strip() else []
    best = category or (hints[0].category.pk if hints else None)
    return {
        "call": call, "calling": call.calling, "place": call.place, "places": call.offers if with_places else [],
        "chosen": call.place.pk if call.place else 0, "emergencies": suggest.emergencies(text), "hints": hints,
        "routes": special.hinted(text), "text": text, "answers": _answers(text, call.place, best),
        "joined": whole(call.typed["join"]),
        "near": nearby(text, call.place, best, call.now) if call.place else [],
        "minutes": divmod(call.seconds, 60),
    }  # fmt: skip


def _answers(text: str, place: Place | None, category: int | None) -> list[Faq]:
    """Questions and answers that may already be what is asked; from what is kept in memory."""
    found = next((row for row in suggest.categories() if row.pk == category), None)
    return store.answers(text, topics.of(found), topics.of_place(place)) if text.strip() else []


def _screen(call: Call, form: HotlineForm, status: int = 200) -> HttpResponse:
    focus = next((name for name in ORDER if not call.typed[name]), "text")
    if focus in form.fields and status == 200:
        form.fields[focus].widget.attrs["autofocus"] = True
    me = call.request.me.pk
    context = _known(call) | {
        "heading": _("热线"), "form": form, "typed": call.typed, "draft": call.uid, "focus": focus, "keys": KEYS,
        "waiting": [_waiting(row) for row in drafts.mine(IntakeDraft.Kind.CALL, me) if row.uid != call.uid],
        "mine": Report.objects.filter(taken_by=me, created_at__gte=_midnight(call.now)).order_by("-id")[:8],
    }  # fmt: skip
    return render(call.request, "cases/hotline/screen.html", context, status=status)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(clock.SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def _waiting(row: IntakeDraft) -> dict[str, Any]:
    """A call that was cut off, in a line."""
    data = row.data
    number = phones.normalise(data.get("phone", ""))
    return {
        "uid": row.uid, "at": row.saved_at, "phone": phones.mask(number) or data.get("phone", "")[-4:],
        "words": title_of(data.get("text", "")) or data.get("where", ""),
    }  # fmt: skip


def _read_back(call: Call, form: HotlineForm) -> HttpResponse:
    data, place = form.cleaned_data, form.cleaned_data["place"]
    joined = _joined(call, data)
    window = _window(call, data)
    context = {
        "heading": _("复述给来电人听"), "data": data, "draft": call.uid, "minutes": divmod(call.seconds, 60),
        "where": trail_text(trails([place.pk]).get(place.pk, ())[-3:]), "phone": speaking.groups(data["phone"]),
        "joined": joined, "window": window, "route": special.label(data["ending"]),
        "category": data["category"] or next((hint.category for hint in suggest.suggest(data["text"], most=1)), None),
        "emergencies": suggest.emergencies(data["text"]),
    }  # fmt: skip
    return render(call.request, "cases/hotline/read.html", context)


def _joined(call: Call, data: dict[str, Any]) -> Matter | None:
    return listing.covered(call.request.actor).filter(pk=data["join"]).first() if data.get("join") else None


def _window(call: Call, data: dict[str, Any]) -> speaking.Window | None:
    found = speaking.windows(call.now, clock.current())
    return next((window for window in found if window.code == data.get("callback")), None)


def _register(call: Call, form: HotlineForm) -> HttpResponse:
    me, data = call.request.me.pk, form.cleaned_data
    receipt = ReceiptKey(f"a:{me}", call.uid, json.dumps(call.typed, sort_keys=True))
    also = taking.all_of(
        taking.ended(data["ending"], data["answer"]), taking.promised(_window(call, data)),
        taking.forgotten(call.uid, me),
    )  # fmt: skip
    try:
        joined = _joined(call, data)
        if data.get("join") and joined is None:
            raise NotValid({"join": [_("没有找到要并入的那一件，请另选或单独登记。")]})
        words, actor = _words(data), call.request.actor
        made = (
            join(words, joined, actor=actor, receipt=receipt, also=also)
            if joined
            else report(words, actor=actor, receipt=receipt, also=also)
        )
    except (Refused, NotValid, ValidationError) as error:
        form.add_error(None, str(error) if isinstance(error, Refused) else " ".join(_said(error)))
        return _screen(call, form, 409 if isinstance(error, Refused) else 422)
    return _done(call.request, made, call)


def _said(error: NotValid | ValidationError) -> list[str]:
    if isinstance(error, NotValid):
        return [sentence for sentences in error.errors.values() for sentence in sentences]
    return list(error.messages)


def _words(data: dict[str, Any]) -> Words:
    found = suggest.suggest(data["text"], most=1)
    category = data["category"] or (found[0].category if found else None)
    wish = Contact.Wish.CALL if data["phone"] else Contact.Wish.ONLINE
    return Words(
        text=data["text"], place=data["place"], place_note=data["place_note"], category=category, name=data["name"],
        phone=data["phone"], wish=wish, channel=Channel.HOTLINE, urgency=data["urgency"],
    )  # fmt: skip


def _twin(request: Request, uid: uuid.UUID) -> HttpResponse:
    """A draft that is gone: registered by the same press before, or never this person's."""
    done = Receipt.objects.filter(holder=f"a:{request.me.pk}", key=uid).first()
    if done is None:
        raise Http404
    return _done(request, Reported(int(done.record_id or 0)), None)


def _done(request: Request, made: Reported, call: Call | None) -> HttpResponse:
    """Number and code in groups that can be repeated, and by when somebody answers."""
    found = made.report or Report.objects.select_related("matter", "contact").get(pk=made.report_id)
    context = {
        "heading": _("登记好了，报给来电人听"), "report": found, "matter": found.matter, "code": made.code,
        "number": speaking.groups(found.number), "aloud": speaking.aloud(found.number), "state": state_of(found.matter),
        "minutes": divmod(call.seconds, 60) if call else None,
    }  # fmt: skip
    return render(request, "cases/hotline/done.html", context)
