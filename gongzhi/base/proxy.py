"""The visitor's address when the site stands behind a proxy."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def visitor_address(get_response: Handler) -> Handler:
    """Middleware: REMOTE_ADDR becomes the address our outermost own proxy saw.

    `settings.PROXIES` own proxies each append one entry to X-Forwarded-For; what stands left of theirs was written by
    the visitor and is never believed.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if settings.PROXIES and len(seen) >= settings.PROXIES:
            request.META["REMOTE_ADDR"] = seen[-settings.PROXIES]
        return get_response(request)

    return handle
