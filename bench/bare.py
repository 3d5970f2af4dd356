"""The least a WSGI server can serve: what the machine and the client give at most."""

from collections.abc import Callable, Iterable
from typing import Any

BODY = b"ok\n"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with three bytes."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]
