"""Words that stand on concerns: class, urgency, channel."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TriageClass(models.TextChoices):
    """Three-way triage 三事分流 (row C3)."""

    BIG = "big", _("大事")
    SMALL = "small", _("小事")
    PRIVATE = "private", _("私事")


class Urgency(models.TextChoices):
    """How fast; the default time limits hang on it (PEERS, DB11/T draft: 2 h, 24 h, 7 d, 15 d)."""

    EMERGENCY = "emergency", _("紧急")
    URGENT = "urgent", _("较急")
    NORMAL = "normal", _("一般")
    COMPLEX = "complex", _("复杂")


class Channel(models.TextChoices):
    """How a report came in."""

    WEB = "web", _("网上")
    PHONE_APP = "phone", _("手机")
    HOTLINE = "hotline", _("电话")
    COUNTER = "counter", _("来访")
    PATROL = "patrol", _("巡查")
    PROXY = "proxy", _("代办")
    IMPORT = "import", _("导入")
    CHAT = "chat", _("群聊转来")


class ServiceMode(models.TextChoices):
    """The five service modes of the 365 room (row F1)."""

    ONE_STOP = "one-stop", _("一站式")
    DOORSTEP = "doorstep", _("上门")
    BOOKED = "booked", _("预约")
    AGENCY = "agency", _("代办")
    TAILORED = "tailored", _("定制")


class SpecialRoute(models.TextChoices):
    """Why a concern was answered or explained at once instead of handled.

    Source: Beijing regulation on handling concerns, Art. 10 (consultation) and Art. 11 (six special routes).
    """

    EMERGENCY = "emergency", _("紧急情况")
    LAWFUL = "lawful", _("法定途径、信访")
    REPEATED = "repeated", _("重复、没有新理由")
    SECRET = "secret", _("涉密、隐私")
    OUTSIDE = "outside", _("不属于政府和社区职责")
    UNLAWFUL = "unlawful", _("违反法律或公序良俗")
    CONSULT = "consult", _("咨询，当场答复")


class PauseKind(models.TextChoices):
    """Why the handling clock stands; each has its own longest time."""

    REPORTER = "reporter", _("等反映人补充或确认")
    MATERIAL = "material", _("等材料、配件到货")
    WEATHER = "weather", _("等天气或季节条件")
    PROCEDURE = "procedure", _("等法定程序、审批、鉴定")
    FUNDS = "funds", _("等资金或项目安排")
    OTHER = "other", _("其他原因")


class Level(models.TextChoices):
    """The level that supervises or decides."""

    COMMUNITY = "community", _("社区")
    STREET = "street", _("街道")
    DISTRICT = "district", _("区级")
