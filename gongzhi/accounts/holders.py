"""Who is reminded of an obligation, and which confidential circles are open to an account."""

from collections.abc import Iterable

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q
from django.utils import timezone

from gongzhi.accounts.actor import CIRCLE_SOURCES
from gongzhi.accounts.models import Duty
from gongzhi.kernel import notices
from gongzhi.kernel.models import Circle, Todo


def holders_of(todo: Todo) -> Iterable[int]:
    """Accounts with the obligation's post over its place, or with any duty in its organisation."""
    duties = Duty.objects.in_force(timezone.localdate()).filter(account__is_active=True)
    if todo.organisation_id is not None:
        duties = duties.filter(organisation=todo.organisation_id)
    elif todo.post:
        near = [int(part) for part in todo.place_path.split("/") if part]
        duties = duties.filter(post=todo.post, place__in=near)
    else:
        return ()
    return set(duties.values_list("account", flat=True))


def circles_of(account_id: int) -> frozenset[int]:
    """Circles the account is a member of, less those that are about it or a body in which it holds a duty."""
    mine = Duty.objects.in_force(timezone.localdate()).filter(account=account_id, organisation__isnull=False)
    bodies = ArraySubquery(mine.values("organisation"))
    about = Q(about__contains=[account_id]) | Q(about_organisations__overlap=bodies)
    return frozenset(Circle.objects.filter(members__contains=[account_id]).exclude(about).values_list("pk", flat=True))


def register() -> None:
    """Tell the kernel and the actor's builder; once, when the app starts."""
    notices.register_holders(holders_of)
    CIRCLE_SOURCES.append(circles_of)
