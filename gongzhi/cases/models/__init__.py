"""Concerns: what a person said (`Report` 诉求) and what is handled (`Matter` 事项), co-handling and supervision.

A matter has one or more reports; each keeps its own number, tracking code, feedback and rating, whichever matter
it belongs to. Rows here are never deleted. Source: REQUIREMENTS.md rows F2 (six steps), C3 (three-way triage).
"""

from gongzhi.cases.models.intake import Agreement, CounterVisit, IntakeDraft, Representative
from gongzhi.cases.models.learned import LearnedModel
from gongzhi.cases.models.matter import Matter, Placed
from gongzhi.cases.models.pairs import DuplicateDismissal
from gongzhi.cases.models.parts import Callback, ClosingFault, Order, Part, Task, Visit
from gongzhi.cases.models.report import Contact, Report, ReportMove
from gongzhi.cases.models.room import AssessmentFigure
from gongzhi.cases.models.sampling import SampleShare
from gongzhi.cases.models.saved import SavedFilter
from gongzhi.cases.models.settings import Category, ProcedureChoice, RoutingCase, RoutingRule, SettingChange
from gongzhi.cases.models.words import Channel, Level, PauseKind, ServiceMode, SpecialRoute, TriageClass, Urgency

__all__ = [
    "Agreement",
    "AssessmentFigure",
    "Callback",
    "Category",
    "Channel",
    "ClosingFault",
    "Contact",
    "CounterVisit",
    "DuplicateDismissal",
    "IntakeDraft",
    "LearnedModel",
    "Level",
    "Matter",
    "Order",
    "Part",
    "PauseKind",
    "Placed",
    "ProcedureChoice",
    "Report",
    "ReportMove",
    "Representative",
    "RoutingCase",
    "RoutingRule",
    "SampleShare",
    "SavedFilter",
    "ServiceMode",
    "SettingChange",
    "SpecialRoute",
    "Task",
    "TriageClass",
    "Urgency",
    "Visit",
]
