import os
import subprocess
import sys
from pathlib import Path

import pytest

from gongzhi import cli, launcher
from gongzhi.operations import environment
from gongzhi.operations.cluster import OWNER, SERVING, ClusterError

ROOT = Path(__file__).resolve().parent.parent.parent


def gongzhi(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gongzhi", *words]
    surroundings = os.environ | {"DJANGO_SETTINGS_MODULE": "gongzhi.settings"}
    return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60, check=False)


def test_the_overview_lists_own_commands_and_those_of_apps_with_dashes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 0
    shown = capsys.readouterr().out
    for name in ("demo", "serve", "worker", "migrate", "verify", "rebuild-worklist", "workflow-docs", "health"):
        assert f"  {name} " in shown


def test_every_own_command_explains_itself_in_both_languages() -> None:
    for _, text in cli.OWN.values():
        chinese, english = text.split(" | ")
        assert any("一" <= sign <= "鿿" for sign in chinese)
        assert english.isascii()


@pytest.mark.parametrize("name", ["demo", "serve", "worker"])
def test_help_of_a_command_needs_no_database(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.run([name, "--help"])
    assert end.value.code == 0
    assert f"gongzhi {name}" in capsys.readouterr().out


def test_printed_keys_are_keys_the_settings_accept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.run(["keys"])
    for line in capsys.readouterr().out.splitlines():
        monkeypatch.setenv(*line.split("=", 1))
    assert len(environment.secret_key(is_real=True)) >= 32
    assert list(environment.field_keys(is_real=True)) == ["k1"]


def test_an_unknown_command_ends_with_a_hint_and_no_traceback() -> None:
    done = gongzhi("frobnicate", "--help")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "frobnicate" in done.stderr


def test_a_bad_value_ends_with_a_sentence_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHI_HTTPS", "maybe")
    done = gongzhi("check")
    assert done.returncode == 1
    assert "环境变量 GONGZHI_HTTPS" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.new_keys().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/gongzhi?host=/nowhere")
    done = gongzhi("serve")
    assert done.returncode == 1
    assert "数据库没有回答" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_trouble_of_the_embedded_database_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_home: Path) -> None:
        raise ClusterError("数据是 13 版的")

    monkeypatch.setattr(launcher, "demo", refuse)
    monkeypatch.setattr(sys, "argv", ["gongzhi", "demo"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == "数据是 13 版的"


def test_migrating_as_a_role_that_may_not_make_tables_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.new_keys().items():
        monkeypatch.setenv(name, value)
    owner = os.environ["GONGZHI_TEST_URL"]
    monkeypatch.setenv("DATABASE_URL", owner.replace(OWNER, SERVING))
    done = gongzhi("migrate")
    assert done.returncode == 1
    assert "GONGZHI_OWNER_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_site_does_not_start_without_its_static_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", os.environ["GONGZHI_TEST_URL"])
    monkeypatch.setattr(cli, "HOME", tmp_path)
    with pytest.raises(launcher.CannotStart, match="collectstatic"):
        cli.run(["serve"])
