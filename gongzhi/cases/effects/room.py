"""What the 365 room does of its own: the service mode, and the figures of the last step. Declared in `workflow`."""

from gongzhi.cases.effects import callbacks, sorting
from gongzhi.cases.effects.common import Data
from gongzhi.cases.models import AssessmentFigure, Matter, Report
from gongzhi.cases.rules import CONTENT
from gongzhi.kernel.perform import Work


def analyse(work: Work, matter: Matter, data: Data) -> None:
    """梳理分析: what it is, who handles it, and in which of five ways it is served."""
    matter.service_mode = data["service_mode"]
    sorting.triage(work, matter, data)


def assess(work: Work, matter: Matter, data: Data) -> None:
    """动态考核: the figures of this closing are kept as they are now, whatever happens to the matter later."""
    reports = work.family(Report, matter)
    callbacks.at_close(work, matter, reports)
    rated = [report for report in reports if report.state == Report.State.RATED]
    spent = matter.handled_at - matter.accepted_at if matter.handled_at and matter.accepted_at else None
    work.add(
        AssessmentFigure(
            matter_id=matter.pk, closing=matter.reopened, organisation_id=matter.organisation_id,
            account_id=matter.account_id, grid_id=matter.grid_id, community_id=matter.community_id,
            street_id=matter.street_id, district_id=matter.district_id,
            category=matter.category.code if matter.category else "", service_mode=matter.service_mode,
            triage_class=matter.triage_class, urgency=matter.urgency, is_contact_in_time=not matter.is_contact_late,
            is_handled_in_time=not matter.is_handled_late,
            handling_minutes=int(spent.total_seconds() // 60) if spent else 0, reports=len(reports), rated=len(rated),
            resolved=sum(bool(report.is_resolved) for report in rated),
            content=sum((report.satisfaction or 0) >= CONTENT for report in rated), remark=data.get("remark", ""),
            assessed_by=work.actor.account_id, at=work.now,
        )
    )  # fmt: skip
