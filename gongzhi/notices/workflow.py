"""Notices and objections, declared once: draft, published for its period, ended by itself or withdrawn."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from gongzhi.kernel.clock import Clock, Deadline, Span
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Obligation, Procedure, State, Transition, register
from gongzhi.kernel.who import AnyOf, Holds, Own, Public, System, Token
from gongzhi.notices import effects, forms
from gongzhi.notices.models import Notice, Objection
from gongzhi.notices.reach import READERS, WRITER

T = Transition
STAFF = Holds(READERS, _("这个地方的工作人员"))
PUBLISHED = Public(column="is_open")
SYSTEM = System()
MINE = AnyOf((Own(label=_("提异议的人")), Token()))
OFFICES = {"community": "clerk", "street": "street_clerk", "district": "district_clerk"}


def period(notice: Notice, clock: Clock, now: datetime) -> Deadline | None:
    """The end of the last day; None for what has no end."""
    if notice.ends_at is None:
        return None
    return Deadline(notice.ends_at, {"key": "period", "amount": notice.days, "unit": "days", "from": now.isoformat()})


def owed_on_notice(notice: Notice) -> Iterator[Obligation]:
    """The period ends by itself."""
    if notice.state == "published" and notice.due_at is not None:
        yield Obligation("end", due_at=notice.due_at, on_due="end", reminds=False)


NOTICE = register(
    Procedure(
        name="notice",
        label=_("公示公告"),
        model=Notice,
        obligations=owed_on_notice,
        read=AnyOf((STAFF, PUBLISHED)),
        states=(
            State("draft", _("草稿"), Phase.RECEIVED, _("起草人")),
            State("published", _("公示中"), Phase.ANSWERING, _("发布单位"), period, _("公示中")),
            State("ended", _("已结束"), Phase.CLOSED, public=_("已结束")),
            State("withdrawn", _("已撤回"), Phase.CLOSED, public=_("已撤回")),
        ),
        transitions=(
            T("draft", _("起草"), (), "draft", WRITER, forms.DraftForm, effects.write, keeps=("sort",)),
            T("edit", _("修改"), ("draft",), None, WRITER, forms.DraftForm, effects.write, keeps=("changed",)),
            T("publish", _("发布"), ("draft",), "published", WRITER, forms.PublishForm, effects.publish, keeps=("confirmed",),
              told=_("发布"), is_main=True),
            T("drop", _("不发了"), ("draft",), "withdrawn", WRITER, forms.ReasonForm, effects.withdraw, keeps=("reason",)),
            T("finish", _("提前结束"), ("published",), "ended", WRITER, forms.ReasonForm, effects.unpin, keeps=("reason",), told=_("结束"),
              when=lambda n, now: not n.takes_objections, when_words=_("公示期满后自动结束。要停下来请撤回，写明原因。")),
            T("withdraw", _("撤回"), ("published", "ended"), "withdrawn", WRITER, forms.ReasonForm, effects.withdraw, keeps=("reason",),
              told=_("撤回")),
            T("end", _("公示期满"), ("published",), "ended", SYSTEM, effect=effects.unpin, told=_("公示期满"), hidden=True),
        ),
    )
)  # fmt: skip


def time_to_answer(objection: Objection, clock: Clock, now: datetime) -> Deadline:
    """The limit for answering, from its arrival."""
    return OBJECTION.limit(clock, objection, "answer", now)


def owed_on_objection(objection: Objection) -> Iterator[Obligation]:
    """The office that speaks at this level owes an answer."""
    if objection.state == "received":
        yield Obligation("answer", post=OFFICES[objection.notice.level], due_at=objection.due_at)


OBJECTION = register(
    Procedure(
        name="objection",
        label=_("公示异议"),
        model=Objection,
        obligations=owed_on_objection,
        limits={"answer": Span(5, "workdays")},
        limit_labels={"answer": _("答复公示异议")},
        read=AnyOf((STAFF, MINE)),
        states=(
            State("received", _("待答复"), Phase.RECEIVED, _("发布单位"), time_to_answer, _("已收到，等待答复")),
            State("answered", _("已答复"), Phase.CLOSED, public=_("已答复")),
        ),
        transitions=(
            T("object", _("提出异议"), (), "received", Public(), effect=effects.receive, told=_("收到异议")),
            T("answer", _("答复"), ("received",), "answered", WRITER, forms.AnswerForm, effects.answer, keeps=("answer",),
              told=_("已答复"), is_main=True),
        ),
    )
)  # fmt: skip
