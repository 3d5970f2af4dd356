"""A private installation for measuring: own PostgreSQL with fsync on, migrated by the owner, served as in real use."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gongzhi.operations.cluster import OWNER, Cluster
from gongzhi.operations.environment import load_keys

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """Everything that runs; `stop` ends and removes it all."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="gongzhi-bench-"))
        self.cluster = Cluster(self.home)
        self.port, self.bare_port = free_port(), free_port()
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.environment: dict[str, str] = {}

    def start(self) -> dict[str, Any]:
        """Everything with data; returns what the seed says (cookies, addresses, statement counts)."""
        self.prepare()
        return dict(json.loads(self.run("-m", "bench.seed").splitlines()[-1]))

    def prepare(self) -> None:
        """Database, tables, static files."""
        self.cluster.start()
        self.environment = {
            **os.environ,
            "GONGZHI_HOME": str(self.home),
            "GONGZHI_HTTPS": "0",
            "DATABASE_URL": self.cluster.url(),
            "GONGZHI_OWNER_URL": self.cluster.url(OWNER),
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PYTHONPATH": str(ROOT),
            "PORT": str(self.port),
            **load_keys(self.home, {}),
        }
        self.run("-m", "gongzhi", "migrate", "--verbosity", "0")
        self.run("-m", "gongzhi", "collectstatic", "--noinput", "--verbosity", "0")

    def run(self, *words: str) -> str:
        """Run Python to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def launch(self, name: str) -> None:
        """Start (again) web, worker or bare."""
        words = {
            "web": ["-m", "gongzhi", "serve"],
            "worker": ["-m", "gongzhi", "worker"],
            "bare": ["-m", "granian", "--interface", "wsgi", "--port", str(self.bare_port), "--workers", "2",
                     "--blocking-threads", "4", "--no-ws", "bench.bare:application"],
        }[name]  # fmt: skip
        log = (self.home / f"{name}.log").open("ab")
        self.children[name] = subprocess.Popen(
            [sys.executable, *words], env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )

    def wait(self, port: int, seconds: float = 30.0) -> None:
        """Until the port answers."""
        until = time.monotonic() + seconds
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            if time.monotonic() > until:
                raise SystemExit(f"nothing answers on port {port}; see {self.home}")
            time.sleep(0.1)

    def kill(self, name: str, number: int) -> None:
        """Signal a child with everything it started."""
        child = self.children.get(name)
        if child is not None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            child.wait()

    def stop(self) -> None:
        """End everything and remove the folder."""
        for name in list(self.children):
            self.kill(name, 15)
        self.cluster.destroy()
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def house() -> Iterator[tuple[House, dict[str, Any]]]:
    """A started house, stopped whatever happens."""
    built = House()
    try:
        yield built, built.start()
    finally:
        built.stop()
