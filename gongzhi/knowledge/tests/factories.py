"""Entries in use, written by hand; every field can be given."""

from datetime import datetime
from typing import Any, TypeVar

from django.utils import timezone

from gongzhi.knowledge import store
from gongzhi.knowledge.models import AnswerTemplate, Entry, ExtraQuestion, Faq, Guide

E = TypeVar("E", bound=Entry)


def _now() -> dict[str, datetime]:
    now = timezone.now()
    return {"created_at": now, "changed_at": now}


def _stored(row: E) -> E:
    row.save()
    store.forget()
    return row


def template(text: str = "{称呼}：您好！“{标题}”办好了。", **fields: Any) -> AnswerTemplate:
    """A template for feedback."""
    return _stored(AnswerTemplate(**{"title": "办好了", "use": "feedback", "text": text, **_now(), **fields}))


def faq(question: str = "楼道灯坏了找谁修？", **fields: Any) -> Faq:
    """An answer about lamps."""
    words = {"answer": "街上的路灯归市政，楼里的灯归物业。", "topic": "light", "words": ["楼道灯", "灯不亮"]}
    row = Faq(**{"question": question, **words, **_now(), **fields})
    row.index()
    return _stored(row)


def guide(topic: str = "light", **fields: Any) -> Guide:
    """A guide of two steps."""
    return _stored(Guide(**{"topic": topic, "title": "路灯", "steps": "先看归谁\n再派单", **_now(), **fields}))


def extra(label: str = "坏了几层的灯？", **fields: Any) -> ExtraQuestion:
    """A yes-or-no question about lamps."""
    return _stored(ExtraQuestion(**{"label": label, "topic": "light", "kind": "yes-no", **_now(), **fields}))
