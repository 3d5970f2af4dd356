"""`gongzhi demo`: starts everything on one machine, keeps it running, and stops it all on Ctrl-C or SIGTERM.

A start that was killed leaves no trace that hinders the next one: children die with the launcher, locks are the
kernel's, the database repairs itself.
"""

import ctypes
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import django
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from rich.console import Console

from gongzhi.operations import environment
from gongzhi.operations.cluster import OWNER, Cluster, ClusterError, check_server
from gongzhi.operations.environment import load_keys

TICK = 0.2
DATABASE_LOOK_EVERY = 2.0
PORT_PATIENCE = 6.0
"""Seconds a port may stay taken: a killed web server's workers need a moment to notice."""
STOP_PATIENCE = 12.0
LOG_LIMIT = 5_000_000
BACK_OFF = (0.5, 1, 2, 5, 10, 30)
"""Seconds before the next start of a child that keeps dying; forgotten once it lived a minute."""
PR_SET_PDEATHSIG = 1

console = Console()


class CannotStart(RuntimeError):
    """The demo cannot start; the message says why and what to do."""


class Stopped(Exception):
    """Somebody asked us to stop."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Stopped


def _die_with_parent() -> None:
    """In the child: be told to stop when the launcher dies, even by kill -9 (Linux)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """A process that is started again, later and later, when it dies."""

    name: str
    command: list[str]
    log: Path
    sessions: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    next_start: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own, noted in `sessions`; its output is appended to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        with self.sessions.open("a") as noted:
            noted.write(f"{self.process.pid}\n")
        self.started = time.monotonic()

    def look(self) -> None:
        """Start it again when it died and its time has come; say so."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.next_start:
                self.start()
        elif self.process.poll() is not None:
            self._kill_group(signal.SIGKILL)
            self.deaths = 0 if now - self.started > 60 else self.deaths
            wait = BACK_OFF[min(self.deaths, len(BACK_OFF) - 1)]
            self.deaths += 1
            self.process, self.next_start = None, now + wait
            console.print(f"[yellow]{self.name} 停了，{wait} 秒后重启。日志：{self.log}[/]", highlight=False)
            console.print(f"[dim]{self.name} died and starts again in {wait} s.[/]", highlight=False)

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def finish(self, until: float) -> None:
        """Wait for the end, at most until `until`, then leave nothing of its session alive."""
        if self.process:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(max(0.1, until - time.monotonic()))
            self._kill_group(signal.SIGKILL)
            self.process.wait()

    def _kill_group(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if self.process:
                os.killpg(self.process.pid, number)


def lock(home: Path) -> int:
    """Hold `home` for this demo. Raises CannotStart when another one runs there."""
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    handle = os.open(home / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise CannotStart(
            f"{home} 里的演示已经在运行。先停下它，或用 GONGZHI_HOME 另选一个文件夹。\n"
            f"A demo already runs in {home}. Stop it first, or choose another folder with GONGZHI_HOME."
        ) from None
    return handle


def end_orphans(home: Path) -> None:
    """Kill what is left of the children of a launcher that was killed together with them: web workers hold the port."""
    noted = home / "demo.sessions"
    sessions = set(noted.read_text().split()) if noted.exists() else set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_child = str(os.getsid(int(folder.name))) in sessions
            # A number may belong to somebody else by now.
            if is_child and b"gongzhi" in (folder / "cmdline").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)
    noted.unlink(missing_ok=True)


def wait_for_port(host: str, port: int) -> None:
    """Raises CannotStart when `port` stays taken or may not be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    until = time.monotonic() + PORT_PATIENCE
    while True:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return probe.bind((host, port))
            except OSError as error:
                if time.monotonic() > until or isinstance(error, PermissionError):
                    raise CannotStart(
                        f"端口 {port} 用不了（{error.strerror}）。换一个：PORT={port % 60000 + 1000} make demo\n"
                        f"Port {port} cannot be used. Choose another with PORT=…"
                    ) from error
        time.sleep(TICK)


class Demo:
    """Everything that runs: the database if it is ours, web, worker."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.host = os.environ.get("GONGZHI_LISTEN") or "127.0.0.1"
        self.port = environment.number("PORT", 8000, 1, 65535)
        self.cluster = None if os.environ.get("DATABASE_URL") else Cluster(home)
        self.children: list[Child] = []
        self.next_look = 0.0

    def prepare(self) -> None:
        """Keys, database, tables, static files, demo data: each only as far as it is missing."""
        steps: list[tuple[str, str, Callable[[], None]]] = [
            ("密钥", "keys", self._keys),
            ("数据库", "database", self._database),
            ("数据表", "tables", self._tables),
            ("网页素材", "static files", self._static),
            ("演示数据", "demo data", self._data),
        ]
        for at, (chinese, english, step) in enumerate(steps, 1):
            bar = "■" * at + "□" * (len(steps) - at)
            console.print(f"[cyan]{bar}[/] {chinese} [dim]{english}[/]", highlight=False)
            step()

    def _keys(self) -> None:
        os.environ.setdefault("GONGZHI_HTTPS", "0")
        if self.host not in ("127.0.0.1", "localhost", "::1"):
            os.environ.setdefault("GONGZHI_HOSTS", "*")
        os.environ.update(load_keys(self.home, os.environ))

    def _database(self) -> None:
        if self.cluster:
            self.cluster.start()
            os.environ["DATABASE_URL"] = self.cluster.url()
            os.environ["GONGZHI_OWNER_URL"] = self.cluster.url(OWNER)

    def _tables(self) -> None:
        """In a process of its own, because it works as the owner of the tables."""
        command = [sys.executable, "-m", "gongzhi", "migrate", "--verbosity", "0"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotStart(f"数据表没能升级。 The tables could not be upgraded.\n{done.stdout}{done.stderr}")
        check_server(os.environ["DATABASE_URL"])
        django.setup()

    def _static(self) -> None:
        """Collected again only when a source file changed since the last complete run."""
        files = [Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])]
        facts = "\n".join(sorted(f"{file} {file.stat().st_mtime_ns} {file.stat().st_size}" for file in files))
        digest = hashlib.sha256(facts.encode()).hexdigest()
        stamp = self.home / "static.stamp"
        if not stamp.exists() or stamp.read_text() != digest:
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            stamp.write_text(digest)

    def _data(self) -> None:
        """GONGZHI_DEMO_DATA=0 starts with empty tables, for a trial with one's own data."""
        if environment.flag("GONGZHI_DEMO_DATA", True) and "demo_data" in get_commands():
            call_command("demo_data")

    def start(self) -> None:
        """Start web and worker."""
        logs = self.home / "log"
        logs.mkdir(mode=0o700, exist_ok=True)
        program = [sys.executable, "-m", "gongzhi"]
        serve = ["serve", "--host", self.host, "--port", str(self.port)]
        for name, words in (("web", serve), ("worker", ["worker"])):
            log = logs / f"{name}.log"
            if log.exists() and log.stat().st_size > LOG_LIMIT:
                log.replace(log.with_suffix(".log.1"))
            self.children.append(Child(name, [*program, *words], log, self.home / "demo.sessions"))
            self.children[-1].start()

    def wait_until_up(self) -> None:
        """Keep watching until the site answers. Raises CannotStart when it keeps failing."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        until = time.monotonic() + 60
        while True:
            with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"http://{host}:{self.port}/healthz", timeout=5).close()
                return
            if time.monotonic() > until or self.children[0].deaths > 2:
                tail = "\n".join(self.children[0].log.read_text(errors="replace").splitlines()[-15:])
                raise CannotStart(f"网站没有起来。 The site did not come up.\n{tail}")
            self.watch()

    def watch(self) -> None:
        """One look at everything, then a short rest."""
        if self.cluster and time.monotonic() > self.next_look:
            if not self.cluster.is_running():
                console.print("[yellow]数据库停了，正在重启。[/] [dim]The database died and starts again.[/]")
                with suppress(ClusterError):
                    self.cluster.start()
            self.next_look = time.monotonic() + DATABASE_LOOK_EVERY
        for child in self.children:
            child.look()
        time.sleep(TICK)

    def greet(self) -> None:
        """Say where it is and who may sign in."""
        console.print(f"\n[bold green]共治已就绪 Gongzhi is up:[/] [bold]http://{self.host}:{self.port}/[/]")
        console.print(f"[dim]数据 data: {self.home}　日志 logs: {self.home / 'log'}[/]", soft_wrap=True)
        if self.cluster and not self.cluster.folder.is_relative_to(self.home):
            console.print(f"[dim]数据库 database: {self.cluster.folder}[/]", soft_wrap=True)
        console.print("[dim]停止：Ctrl-C　Stop: Ctrl-C[/]")
        if "demo_logins" in get_commands():
            call_command("demo_logins")

    def stop(self) -> None:
        """Stop web and worker, then the database. Further signals are ignored meanwhile."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in self.children:
            child.ask_to_stop()
        until = time.monotonic() + STOP_PATIENCE
        for child in self.children:
            child.finish(until)
        (self.home / "demo.sessions").unlink(missing_ok=True)
        if self.cluster:
            self.cluster.stop()


def demo(home: Path) -> int:
    """Run everything until Ctrl-C, SIGTERM or a closed terminal. Raises CannotStart and ClusterError."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    handle = lock(home)
    running = None
    try:
        running = Demo(home)
        end_orphans(home)
        wait_for_port(running.host, running.port)
        running.prepare()
        running.start()
        running.wait_until_up()
        running.greet()
        while True:
            running.watch()
    except Stopped:
        console.print("\n正在停止…… [dim]Stopping…[/]")
    finally:
        if running:
            running.stop()
        os.close(handle)
    console.print("[green]已全部停止。[/] [dim]All stopped; the data stays.[/]")
    return 0
