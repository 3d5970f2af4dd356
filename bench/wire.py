"""A client that costs little: one kept connection, requests as bytes, answers read by their length."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

TOKEN = "b" * 32
"""The CSRF token of every client, in cookie and form alike."""


def get(path: str, session: str) -> bytes:
    """A GET of a signed-in browser."""
    cookies = f"gongzhi_session={session}; csrftoken={TOKEN}; gongzhi_language=zh-hans"
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\nCookie: {cookies}\r\n\r\n".encode()


def post(path: str, session: str, fields: dict[str, str], device: str = "") -> bytes:
    """A POST of a signed-in browser."""
    body = urlencode({**fields, "csrfmiddlewaretoken": TOKEN}).encode()
    cookies = f"gongzhi_session={session}; csrftoken={TOKEN}; gongzhi_language=zh-hans" + (
        f"; device={device}" if device else ""
    )
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Wire:
    """One kept connection to a port of this machine."""

    def __init__(self, port: int, timeout: float = 20.0) -> None:
        self.port, self.timeout = port, timeout
        self.socket: socket.socket | None = None
        self.rest = b""

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and whole answer (head and body). OSError when the line is gone; the next call connects anew."""
        try:
            if self.socket is None:
                self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
                self.rest = b""
            self.socket.sendall(request)
            return self._answer()
        except OSError:
            self.close()
            raise

    def _answer(self) -> tuple[int, bytes]:
        data = self.rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or b"0")
        whole = end + 4 + length
        while len(data) < whole:
            data += self._more()
        self.rest = data[whole:]
        return int(data[9:12]), data[:whole]

    def _more(self) -> bytes:
        assert self.socket is not None
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionResetError("the server closed the line")
        return chunk

    def close(self) -> None:
        """Forget the connection."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None


@dataclass
class Run:
    """What one measured span gave."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0


def drive(
    port: int, clients: int, seconds: float, request: Callable[[int, int], bytes | None], good: int,
    drained: Callable[[], None] = lambda: None,
) -> Run:  # fmt: skip
    """`clients` ask `request(client, turn)` for so many seconds; None ends a client. Answers other than `good` are counted."""
    run, start = Run(), threading.Barrier(clients + 1)

    def one(client: int) -> None:
        wire, turn = Wire(port), 0
        start.wait()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until and (asked := request(client, turn)) is not None:
            began = time.perf_counter()
            status, _answer = wire.ask(asked)
            (run.times if status == good else run.wrong).append(  # type: ignore[attr-defined]
                time.perf_counter() - began if status == good else status
            )
            turn += 1
        wire.close()

    threads = [threading.Thread(target=one, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    drained()
    run.seconds = time.perf_counter() - began
    return run
