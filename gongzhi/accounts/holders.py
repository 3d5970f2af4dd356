"""Who is reminded of an obligation."""

from collections.abc import Iterable

from django.utils import timezone

from gongzhi.accounts.models import Duty
from gongzhi.kernel import notices
from gongzhi.kernel.models import Circle, Todo


def holders_of(todo: Todo) -> Iterable[int]:
    """Accounts with the obligation's post over its place, or with any duty in its organisation.

    Of a confidential one only members of its circle hear.
    """
    duties = Duty.objects.in_force(timezone.localdate()).filter(account__is_active=True)
    if todo.organisation_id is not None:
        duties = duties.filter(organisation=todo.organisation_id)
    elif todo.post:
        near = [int(part) for part in todo.place_path.split("/") if part]
        duties = duties.filter(post=todo.post, place__in=near)
    else:
        return ()
    found = set(duties.values_list("account", flat=True))
    if todo.circle_id is not None:
        found &= set(Circle.objects.get(pk=todo.circle_id).members)
    return found


def register() -> None:
    """Tell the kernel; once, when the app starts."""
    notices.register_holders(holders_of)
