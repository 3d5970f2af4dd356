"""A forwarded chat pasted in, cut into concerns, corrected by a person, looked at once more, registered in one go."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages as notes
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.base.text import find_personal_data
from gongzhi.cases import chat, drafts, listing, places, suggest
from gongzhi.cases.actions import Words, join, report, title_of
from gongzhi.cases.chat import Message
from gongzhi.cases.models import Channel, IntakeDraft, Matter, Report
from gongzhi.cases.views.intake import INTAKERS
from gongzhi.cases.views.where import number as whole
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.errors import Refused
from gongzhi.kernel.perform import ReceiptKey
from gongzhi.territory.models import Place

KIND = IntakeDraft.Kind.CHAT
MOST_WORDS = 2000


@dataclass
class Piece:
    """One concern on the table: its lines, and what the clerk made of it."""

    number: int
    lines: list[int]
    text: str
    where: str = ""
    place: Place | None = None
    offers: list[places.Offer] = field(default_factory=list)
    category: int = 0
    join: int = 0
    is_own_text: bool = False
    alike: list[suggest.Similar] = field(default_factory=list)
    wrong: str = ""

    @property
    def private(self) -> str:
        """Personal data in the words, pointed out: they go to the desk, not to the public."""
        found = find_personal_data(self.text)
        return "、".join(dict.fromkeys(self.text[item.start : item.end] for item in found))


@duty_required(*INTAKERS)
@require_http_methods(["GET", "POST"])
def chats(request: Request) -> HttpResponse:
    """Paste; earlier ones that were not registered yet."""
    text = request.POST.get("text", "")[: chat.MOST_SIGNS]
    wrong = ""
    if request.method == "POST":
        found = chat.parse(text, timezone.localdate())
        concerns = chat.cut(found, places.tops(request.actor)) if found else []
        if found:
            return _kept(request, uuid.uuid4(), _first(found, concerns))
        wrong = _("没有认出聊天的内容，请从群里复制几条，连同名字和时间一起贴进来。")
    context = {
        "heading": _("群聊转来"), "text": text, "wrong": wrong, "most": chat.MOST_SIGNS,
        "waiting": [(row.uid, row.saved_at, len(row.data["messages"])) for row in drafts.mine(KIND, request.me.pk)],
    }  # fmt: skip
    return render(request, "cases/chat/paste.html", context, status=422 if wrong else 200)


@duty_required(*INTAKERS)
@require_http_methods(["GET", "POST"])
def cut(request: Request, uid: uuid.UUID) -> HttpResponse:
    """The table: lines are moved, dropped, split off; then a dry run; then all are registered."""
    kept = drafts.load(uid, KIND, request.me.pk)
    if kept is None:
        return _gone(request, uid)
    data, does = kept.data, request.POST.get("do", "")
    if request.method == "POST":
        if does == "drop":
            drafts.forget(uid, request.me.pk)
            return redirect("cases:chats")
        _change(data, request)
        drafts.save(uid, KIND, request.me.pk, data, timezone.now())
    said = _messages(data)
    pieces = [_piece(request, number, row, said) for number, row in enumerate(data["pieces"], 1)]
    is_right = _judge(pieces, does)
    if does == "register" and is_right:
        return _register(request, uid, pieces, said)
    return _table(request, uid, said, pieces, is_dry=does == "try" and is_right, status=200 if is_right else 422)


# --- the draft -------------------------------------------------------------------------------------------------------


def _first(found: list[Message], concerns: list[chat.Concern]) -> dict[str, Any]:
    rows = [
        {
            "lines": one.lines, "where": "", "place": one.place.place_id if one.place else 0,
            "category": one.category.pk if one.category else 0, "join": 0, "text": "",
        }
        for one in concerns
    ]  # fmt: skip
    said = [[m.who, m.at.isoformat() if m.at else "", m.text, m.quoted, m.pictures] for m in found]
    return {"messages": said, "pieces": rows}


def _kept(request: Request, uid: uuid.UUID, data: dict[str, Any]) -> HttpResponse:
    drafts.save(uid, KIND, request.me.pk, data, timezone.now())
    return redirect("cases:chat", uid=uid)


def _messages(data: dict[str, Any]) -> list[Message]:
    return [
        Message(who, datetime.fromisoformat(at) if at else None, text, quoted, pictures)
        for who, at, text, quoted, pictures in data["messages"]
    ]


def _change(data: dict[str, Any], request: Request) -> None:
    """Move lines to where the clerk says: a number, a new one, or nowhere; keep what was edited."""
    post, rows = request.POST, data["pieces"]
    for number, row in enumerate(rows, 1):
        row["where"] = post.get(f"where-{number}", row["where"])[:60]
        for name in ("place", "category", "join"):
            row[name] = whole(post.get(f"{name}-{number}", str(row[name])))
        row["typed"] = post.get(f"text-{number}", "")[: MOST_WORDS + 1]
    before = {index: number for number, row in enumerate(rows, 1) for index in row["lines"]}
    lines: dict[int, list[int]] = {}
    for index in range(len(data["messages"])):
        wanted = post.get(f"line-{index}", str(before.get(index, "")))
        if wanted == "new" and len(rows) < chat.MOST_CONCERNS:
            rows.append({"lines": [], "where": "", "place": 0, "category": 0, "join": 0, "text": "", "typed": ""})
            wanted = str(len(rows))
        if 1 <= whole(wanted) <= len(rows):
            lines.setdefault(whole(wanted), []).append(index)
    for number, row in enumerate(rows, 1):
        was, row["lines"] = row["lines"], lines.get(number, [])
        typed, said = row.pop("typed"), chat.words_of(_messages(data), was)
        # Words that were edited by hand stay; else they follow the lines.
        row["text"] = typed if typed.strip() and _plain(typed) != _plain(said) else ""
    data["pieces"] = [row for row in rows if row["lines"]]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _piece(request: Request, number: int, row: dict[str, Any], said: list[Message]) -> Piece:
    text = row["text"] or chat.words_of(said, row["lines"])
    piece = Piece(number, row["lines"], text, row["where"], category=row["category"], join=row["join"])
    piece.is_own_text = bool(row["text"])
    if len(piece.where.strip()) >= 2:
        piece.offers = places.offers(request.actor, piece.where, places.MOST)
    chosen = row["place"] or next((offer.id for offer in piece.offers if offer.is_sure), 0)
    piece.place = places.within(chosen, request.actor) if chosen else None
    if piece.place and piece.place.pk not in {offer.id for offer in piece.offers}:
        piece.offers.insert(0, places.Offer(piece.place.pk, piece.place.name, ""))
    if piece.place:
        piece.alike = suggest.similar(text, piece.place, piece.category or None, timezone.now())
    return piece


def _judge(pieces: list[Piece], does: str) -> bool:
    if does not in ("try", "register"):
        return True
    for piece in pieces:
        if not piece.text.strip():
            piece.wrong = _("请写一句话，说说怎么回事。")
        elif len(piece.text) > MOST_WORDS:
            piece.wrong = _("最多写 %d 个字，请删去一些。") % MOST_WORDS
        elif piece.place is None:
            piece.wrong = _("请写在哪里，再从下面选。")
    return bool(pieces) and not any(piece.wrong for piece in pieces)


# --- registering -----------------------------------------------------------------------------------------------------


def _register(request: Request, uid: uuid.UUID, pieces: list[Piece], said: list[Message]) -> HttpResponse:
    """All or nothing; each under a receipt of its own, so a second press makes nothing twice."""
    me, made = request.me.pk, []
    try:
        with transaction.atomic():
            for piece in pieces:
                receipt = ReceiptKey(f"a:{me}", uuid.uuid5(uid, str(piece.lines)), piece.text)
                words = _words(piece, said)
                into = _joined(request, piece)
                done = (
                    join(words, into, actor=request.actor, receipt=receipt)
                    if into
                    else report(words, actor=request.actor, receipt=receipt)
                )
                made.append(done.report_id)
            drafts.forget(uid, me)
    except Refused as error:
        notes.error(request, str(error))
        return _table(request, uid, said, pieces, is_dry=False, status=409)
    rows = Report.objects.filter(pk__in=made).select_related("matter").order_by("pk")
    return render(request, "cases/chat/done.html", {"heading": _("登记好了"), "rows": rows})


def _joined(request: Request, piece: Piece) -> Matter | None:
    return listing.covered(request.actor).filter(pk=piece.join).first() if piece.join else None


def _words(piece: Piece, said: list[Message]) -> Words:
    assert piece.place is not None
    first = said[piece.lines[0]]
    hints = suggest.suggest(piece.text, most=1)
    category = next((row for row in suggest.categories() if row.pk == piece.category), None)
    at = first.at if first.at and first.at <= timezone.now() else None
    return Words(
        text=piece.text, place=piece.place, category=category or (hints[0].category if hints else None),
        name=_("群里的%(who)s") % {"who": first.masked} if first.who else "", channel=Channel.CHAT,
        happened_at=at.astimezone(SHANGHAI) if at else None,
    )  # fmt: skip


def _gone(request: Request, uid: uuid.UUID) -> HttpResponse:
    """Registered by a first press, or never this person's."""
    if request.method != "POST":
        raise Http404
    notes.info(request, _("这段聊天已经登记过，或者已经删掉。"))
    return redirect("cases:chats")


def _table(
    request: Request, uid: uuid.UUID, said: list[Message], pieces: list[Piece], *, is_dry: bool, status: int
) -> HttpResponse:
    at = {index: piece.number for piece in pieces for index in piece.lines}
    context = {
        "heading": _("核对分好的事"), "uid": uid, "pieces": pieces, "is_dry": is_dry,
        "lines": [
            {"index": i, "m": m, "at": at.get(i, 0), "text": chat.hide_names(m.text, said)} for i, m in enumerate(said)
        ],
        "categories": suggest.categories(), "titles": {piece.number: title_of(piece.text) for piece in pieces},
    }  # fmt: skip
    return render(request, "cases/chat/table.html", context, status=status)
