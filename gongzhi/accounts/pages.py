"""What every page of accounts hands to its template."""

from typing import Any

from gongzhi.accounts.gates import safe_next
from gongzhi.accounts.guard import TooOften
from gongzhi.accounts.request import Request
from gongzhi.kernel.errors import NotPermitted, NotPossible, Refused

DESK, PHONE = "ui/desk.html", "ui/phone.html"


def page(request: Request, **context: Any) -> dict[str, Any]:
    """The context with the address to return to and the frame: desk for people with a duty, phone for residents."""
    account = request.account
    shell = DESK if account is not None and account.is_staff_kind else PHONE
    shell = context.pop("shell", shell)
    return {"next": safe_next(request, ""), "shell": shell, "is_desk": shell == DESK, **context}


def refused_status(error: Refused) -> int:
    """429 for too many tries, 409 for what is not possible now, 422 otherwise."""
    pairs: tuple[tuple[type[Refused], int], ...] = ((TooOften, 429), (NotPermitted, 422), (NotPossible, 409))
    return next((status for kind, status in pairs if isinstance(error, kind)), 422)
