"""Language, type size and colours: kept on the account, told to the browser by cookies so that pages need no query."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from gongzhi.accounts.models import Account

_YEAR = 365 * 24 * 3600


def remember(response: HttpResponse, request: HttpRequest, account: Account) -> HttpResponse:
    """Set the three cookies the pages read (gongzhi.base.ui.preferences and Django's language cookie)."""
    cookies = {
        settings.LANGUAGE_COOKIE_NAME: account.language,
        "type": "large" if account.large_type else "normal",
        "theme": account.theme,
    }
    for name, value in cookies.items():
        response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    return response
