"""What browser tests share besides the fixture `chromium`: a server in this process, the accessibility engine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe" / "axe.min.js"


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """The address of the product's own pages, served from this process."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Silent)
    server.daemon_threads = True
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def violations(page: Page) -> list[str]:
    """What the accessibility engine finds on the page: rule, and the first place of each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found["violations"]]


def is_too_wide(page: Page) -> bool:
    """Whether the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def small_targets(page: Page, least: int) -> list[str]:
    """Buttons, fields and links outside of sentences lower than `least` pixels, as they can be pressed."""
    wanted = "button, .btn, .pill, input:not([type=hidden]), select, textarea, summary, nav a"
    inside = ".only-read, .skip, .option, .trail, .switch, .photo"
    script = """([wanted, inside, least]) => [...document.querySelectorAll(wanted)]
      .filter(e => e.checkVisibility() && !e.closest(inside))
      .filter(e => Math.round(e.getBoundingClientRect().height) < least).map(e => e.outerHTML.slice(0, 120))"""
    return list(page.evaluate(script, [wanted, inside, least]))
