import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gongzhi import launcher
from gongzhi.launcher import CannotStart, Child

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def home() -> Iterator[Path]:
    """A home the database's user can reach, also under root."""
    with tempfile.TemporaryDirectory(prefix="gongzhi-demo-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int) -> subprocess.Popen[str]:
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GONGZHI_") and name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    }
    own = {"GONGZHI_HOME": str(home), "PORT": str(port), "GONGZHI_DEMO_DATA": "0"}
    return subprocess.Popen(
        [sys.executable, "-m", "gongzhi", "demo"],
        cwd=ROOT,
        env={**surroundings, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until_up(demo: subprocess.Popen[str]) -> str:
    """What it said until it was up; fails with all of it when it ended instead."""
    said = ""
    assert demo.stdout
    for line in demo.stdout:
        said += line
        if "Gongzhi is up" in line:
            return said
    pytest.fail(f"the demo ended:\n{said}")


def ask(port: int) -> dict[str, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        found: dict[str, str] = json.load(answer)
    return found


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] not in "ZX"


def test_the_demo_starts_survives_kill_9_and_leaves_nothing_behind_after_ctrl_c(home: Path) -> None:
    port = free_port()
    first = start(home, port)
    read_until_up(first)
    assert set(ask(port).values()) == {"ok"}
    first.kill()
    os.kill(int((home / "demo.sessions").read_text().split()[0]), signal.SIGKILL)
    first.wait()

    began = time.monotonic()
    second = start(home, port)
    read_until_up(second)
    assert time.monotonic() - began < 30
    assert set(ask(port).values()) == {"ok"}

    third = start(home, free_port())
    said, _ = third.communicate(timeout=60)
    assert third.returncode == 1
    assert "已经在运行" in said

    second.send_signal(signal.SIGINT)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert "All stopped" in said
    assert not is_taken(port)
    assert not (home / "postgresql" / "data" / "postmaster.pid").exists()
    assert (home / "keys.env").stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_named_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "PORT_PATIENCE", 0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=rf"端口 {port} 用不了.*PORT="):
            launcher.wait_for_port("127.0.0.1", port)


def test_one_home_holds_one_demo(tmp_path: Path) -> None:
    handle = launcher.lock(tmp_path)
    with pytest.raises(CannotStart, match="already runs"):
        launcher.lock(tmp_path)
    os.close(handle)
    os.close(launcher.lock(tmp_path))


def dead(tmp_path: Path) -> Child:
    child = Child("web", [sys.executable, "-c", ""], tmp_path / "web.log", tmp_path / "sessions")
    child.start()
    assert child.process
    child.process.wait()
    return child


def test_a_dead_child_starts_again_when_its_time_has_come(tmp_path: Path) -> None:
    child = dead(tmp_path)
    child.look()
    assert child.process is None
    child.look()
    assert child.process is None, "too early"
    child.next_start = 0
    child.look()
    assert child.process is not None
    child.finish(until=time.monotonic() + 10)


def test_a_child_that_keeps_dying_waits_longer_each_time(tmp_path: Path) -> None:
    child = dead(tmp_path)
    waits = []
    for _ in range(8):
        child.look()
        waits.append(round(child.next_start - time.monotonic(), 0))
        child.next_start = 0
        child.look()
        assert child.process
        child.process.wait()
    assert waits == sorted(waits)
    assert waits[-1] == launcher.BACK_OFF[-1]


def test_stopping_leaves_no_grandchild_alive(tmp_path: Path) -> None:
    program = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    child = Child("web", [sys.executable, "-c", program], tmp_path / "web.log", tmp_path / "sessions")
    child.start()
    while not child.log.read_text().endswith("\n"):
        os.sched_yield()
    grandchild = int(child.log.read_text())
    child.ask_to_stop()
    child.finish(until=time.monotonic() + 10)
    deadline = time.monotonic() + 10
    while is_running(grandchild):
        assert time.monotonic() < deadline
        os.sched_yield()
