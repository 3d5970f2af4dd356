"""What is known beforehand: answer templates, questions and answers, guides for staff, questions asked per topic.

A subject is named by `topic`, a code that the practices give (the category of a concern; "" is every subject), and
perhaps a place: of two rows that say the same, the one of the nearer place counts. Rows are never deleted; what was
changed stands in `KnowledgeChange`, which the database lets nobody alter.
"""

from datetime import date, timedelta
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from gongzhi.base.text import bigrams, search_terms
from gongzhi.territory.models import Place

REVIEW_DAYS = 180
"""After so many days somebody has to look whether an answer is still right."""
PUBLIC_LOOK = 60
"""Characters of an answer in a list."""


class Status(models.TextChoices):
    """An entry is written by an administrator, or proposed by a clerk and decided by somebody else."""

    PROPOSED = "proposed", _("待审")
    USE = "use", _("使用")
    REFUSED = "refused", _("没有采用")


class Entry(models.Model):
    """Common to all kinds: the subject, the place, who proposed and who decided."""

    topic = models.CharField(_("关于"), max_length=40, blank=True, default="", db_collation="C")
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("在哪里有效")
    )
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.USE)
    is_active = models.BooleanField(_("使用中"), default=True)
    version = models.PositiveIntegerField(_("版本"), default=1)
    proposed_by = models.BigIntegerField(_("提出的人"), null=True)
    proposer = models.CharField(_("提出人姓名"), max_length=60, blank=True, default="")
    decided_by = models.BigIntegerField(_("审定的人"), null=True)
    decision = models.CharField(_("审定意见"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("建立时间"))
    changed_at = models.DateTimeField(_("修改时间"))

    HEADING: ClassVar[str] = "title"
    """The field by which two rows are known to say the same."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(getattr(self, self.HEADING))

    @property
    def is_proposal(self) -> bool:
        """Whether it waits for a decision."""
        return self.status == Status.PROPOSED


def _common(name: str, heading: str) -> list[models.BaseConstraint]:
    """Nobody decides about an own proposal; a heading stands once for a topic and place."""
    return [
        models.CheckConstraint(
            condition=Q(proposed_by__isnull=True) | Q(decided_by__isnull=True) | ~Q(proposed_by=F("decided_by")),
            name=f"{name}_decided_by_another",
        ),
        models.CheckConstraint(
            condition=~Q(status="use") | Q(proposed_by__isnull=True) | Q(decided_by__isnull=False),
            name=f"{name}_proposal_was_decided",
        ),
        models.UniqueConstraint(
            fields=["topic", "place", heading], condition=Q(status="use", is_active=True), nulls_distinct=False,
            name=f"{name}_once",
        ),
    ]  # fmt: skip


class AnswerTemplate(Entry):
    """Words for a verb that tells a reporter something, with places to fill in such as {诉求号}."""

    class Use(models.TextChoices):
        """Where it is offered; the six ways of declining follow the Beijing regulation on concerns, Art. 11."""

        FEEDBACK = "feedback", _("答复反映人")
        EMERGENCY = "decline-emergency", _("不予受理：紧急情况")
        LAWFUL = "decline-lawful", _("不予受理：法定途径")
        REPEATED = "decline-repeated", _("不予受理：已有结论")
        SECRET = "decline-secret", _("不予受理：涉密涉隐私")
        OUTSIDE = "decline-outside", _("不予受理：职责之外")
        UNLAWFUL = "decline-unlawful", _("不予受理：要求不合法")
        ASK = "ask", _("请反映人补充")
        PROGRESS = "progress", _("记录进展")
        SUSPEND = "suspend", _("挂起说明")
        CALLBACK = "callback", _("回访话术")
        NOTICE = "notice", _("通知公告用语")

    title = models.CharField(_("名称"), max_length=60)
    use = models.CharField(_("用在哪里"), max_length=20, choices=Use)
    text = models.TextField(_("正文"))
    used = models.PositiveIntegerField(_("用过次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("答复模板")
        ordering = ("use", "title", "id")
        constraints = _common("template", "title")


class FaqQuerySet(models.QuerySet["Faq"]):
    """Questions about questions."""

    def valid(self, today: date) -> Self:
        """In use, and today within the days for which the answer holds."""
        begun = Q(valid_from__isnull=True) | Q(valid_from__lte=today)
        in_use = self.filter(status=Status.USE, is_active=True)
        return in_use.filter(begun, Q(valid_to__isnull=True) | Q(valid_to__gte=today))

    def matching(self, query: str) -> Self:
        """Found by any two neighbouring characters; every word is looked for again, letter by letter."""
        found = self.filter(search__contains=search_terms(query)) if search_terms(query) else self
        for word in query.split():
            found = found.filter(Q(question__icontains=word) | Q(answer__icontains=word) | Q(words__icontains=word))
        return found


class Faq(Entry):
    """A question that people ask, and its answer; public. Counters hold no personal data."""

    HEADING: ClassVar[str] = "question"

    question = models.CharField(_("问"), max_length=120)
    answer = models.TextField(_("答"))
    words = ArrayField(models.CharField(max_length=20), verbose_name=_("提示词"), default=list, blank=True)
    source = models.CharField(_("依据"), max_length=200, blank=True, default="")
    valid_from = models.DateField(_("从哪天起"), null=True, blank=True)
    valid_to = models.DateField(_("到哪天止"), null=True, blank=True)
    reviewed_on = models.DateField(_("最近核对"), null=True, blank=True)
    owner_id = models.BigIntegerField(_("负责单位"), null=True, blank=True)
    helped = models.PositiveIntegerField(_("说有用"), default=0)
    not_helped = models.PositiveIntegerField(_("说没用"), default=0)
    enough = models.PositiveIntegerField(_("看了就不用反映了"), default=0)
    shown = models.PositiveIntegerField(_("打开次数"), default=0)
    search = ArrayField(models.CharField(max_length=8), verbose_name=_("检索字"), default=list, blank=True)

    objects = FaqQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("常见问题")
        ordering = ("topic", "question", "id")
        indexes = [GinIndex(fields=["search"], name="faq_search")]
        constraints = [
            *_common("faq", "question"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="faq_days_in_order",
            ),
        ]

    def index(self) -> None:
        """Fill the search column; does not save."""
        self.search = bigrams(self.question, self.answer, " ".join(self.words))

    @cached_property
    def pairs(self) -> list[str]:
        """Neighbouring characters of the question, for comparing it with what somebody writes."""
        return [pair for pair in bigrams(self.question) if len(pair) == 2]

    @property
    def is_due_for_review(self) -> bool:
        """Nobody has looked for `REVIEW_DAYS` whether it is still right."""
        last = self.reviewed_on or timezone.localdate(self.created_at)
        return timezone.localdate() - last > timedelta(days=REVIEW_DAYS)


class Guide(Entry):
    """How staff handle a subject: what to do step by step, who is responsible by which rule, where to look."""

    title = models.CharField(_("名称"), max_length=60)
    steps = models.TextField(_("办理步骤"), help_text=_("一行一步。"))
    responsible = models.CharField(_("谁负责，依据什么"), max_length=300, blank=True, default="")
    links = models.TextField(_("相关链接"), blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = _("办理指引")
        ordering = ("topic", "title", "id")
        constraints = _common("guide", "title")

    @property
    def lines(self) -> list[str]:
        """The steps, one a line."""
        return [line.strip() for line in self.steps.splitlines() if line.strip()]

    @property
    def link_lines(self) -> list[tuple[str, str]]:
        """(words, address) of each link."""
        pairs = [line.strip().rpartition(" ") for line in self.links.splitlines() if line.strip()]
        return [(words.strip() or address, address) for words, _gap, address in pairs]


class ExtraQuestion(Entry):
    """One more question asked about a subject, of reporters or only by staff."""

    HEADING: ClassVar[str] = "label"

    class Kind(models.TextChoices):
        TEXT = "text", _("一句话")
        NUMBER = "number", _("数字")
        ONE = "one", _("选一个")
        SEVERAL = "several", _("可选几个")
        DATE = "date", _("日期")
        YES_NO = "yes-no", _("是或否")
        NOTICE = "notice", _("只是提醒")

    label = models.CharField(_("问题"), max_length=120)
    kind = models.CharField(_("怎样回答"), max_length=10, choices=Kind, default=Kind.YES_NO)
    choices = ArrayField(models.CharField(max_length=60), verbose_name=_("选项"), default=list, blank=True)
    is_required = models.BooleanField(_("一定要回答"), default=False)
    help = models.CharField(_("说明"), max_length=300, blank=True, default="")
    stop_answer = models.CharField(_("回答什么时先停下"), max_length=60, blank=True, default="")
    stop_message = models.CharField(_("停下时告诉反映人"), max_length=300, blank=True, default="")
    stop_phone = models.CharField(_("该打的电话"), max_length=20, blank=True, default="", db_collation="C")
    is_final = models.BooleanField(_("停下后不能从这里提交"), default=False)
    is_public = models.BooleanField(_("反映人自己填的表上也问"), default=True)
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("补充问题")
        ordering = ("topic", "position", "id")
        constraints = [
            *_common("question", "label"),
            models.CheckConstraint(
                condition=Q(stop_answer="") | ~Q(stop_message=""), name="question_stop_says_why"
            ),
        ]  # fmt: skip

    @property
    def options(self) -> list[str]:
        """What can be chosen."""
        return [YES, NO] if self.kind == self.Kind.YES_NO else list(self.choices)


YES, NO = "是", "否"
"""Answers to a yes-or-no question as they are kept."""


class KnowledgeChange(models.Model):
    """What somebody changed here: append-only, the database refuses the rest."""

    class Kind(models.TextChoices):
        TEMPLATE = "templates", _("答复模板")
        FAQ = "answers", _("常见问题")
        GUIDE = "guides", _("办理指引")
        QUESTION = "extra", _("补充问题")

    class What(models.TextChoices):
        ADDED = "added", _("新增")
        CHANGED = "changed", _("修改")
        PROPOSED = "proposed", _("提出")
        APPROVED = "approved", _("采用")
        REFUSED = "refused", _("没有采用")
        REVIEWED = "reviewed", _("核对过")

    kind = models.CharField(_("哪一类"), max_length=10, choices=Kind)
    what = models.CharField(_("做了什么"), max_length=10, choices=What)
    row_id = models.BigIntegerField()
    version = models.PositiveIntegerField(_("版本"))
    subject = models.CharField(_("改的是"), max_length=120)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("地点"))
    before = models.JSONField(_("改之前"), default=dict)
    after = models.JSONField(_("改之后"), default=dict)
    by_id = models.BigIntegerField(_("办理人"), null=True)
    by_name = models.CharField(_("办理人姓名"), max_length=60)
    duty_id = models.BigIntegerField(_("依据的岗位"), null=True)
    on_behalf_of = models.BigIntegerField(_("代谁办"), null=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("知识变更记录")
        indexes = [models.Index(fields=["kind", "row_id", "-id"], name="knowledgechange_row")]

    def __str__(self) -> str:
        return self.subject
