from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from gongzhi.operations import environment


@pytest.mark.parametrize("value", ["0", "65536", "80a", "-1", "８０", " 80", "9" * 30])
def test_a_port_that_cannot_be_right_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(ImproperlyConfigured, match="环境变量 PORT：要填 1 到 65535 之间的整数"):
        environment.number("PORT", 8000, 1, 65535)


@pytest.mark.parametrize("value", ["yes", "true", "2"])
def test_a_switch_is_one_or_nought(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SWITCH", value)
    with pytest.raises(ImproperlyConfigured, match="SWITCH"):
        environment.flag("SWITCH", False)


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH", "")
    assert environment.flag("SWITCH", True) is True
    assert environment.choice("SWITCH", "INFO", ("INFO",)) == "INFO"


@pytest.mark.parametrize("value", ["https://gongzhi.example.cn", "gongzhi.example.cn:8000", "共治", "a/b"])
def test_a_host_is_a_name_only(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GONGZHI_HOSTS", value)
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_HOSTS"):
        environment.hosts("GONGZHI_HOSTS", "")


def test_a_database_address_is_taken_apart() -> None:
    found = environment.database("postgresql://a%40b:p%2Fw@db.example:6432/gong?sslmode=require&pgbouncer=1")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("a@b", "p/w", "db.example", "6432")
    assert found["NAME"] == "gong"
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_a_socket_folder_may_stand_for_the_host() -> None:
    assert environment.database("postgresql://me@/gong?host=/run/pg")["HOST"] == "/run/pg"


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://host", "postgresql://host:port/x", "gongzhi"])
def test_a_database_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database(url)


def test_a_real_installation_does_not_start_without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment.KEY_NAMES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_SECRET_KEY"):
        environment.secret_key(is_real=True)
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_FIELD_KEYS"):
        environment.field_keys(is_real=True)


@pytest.mark.parametrize("value", ["k1", "k1:", "k1:AAAA", "k1:***", "K 1:" + "A" * 43 + "="])
def test_a_field_key_that_is_not_32_bytes_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GONGZHI_FIELD_KEYS", value)
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_FIELD_KEYS"):
        environment.field_keys(is_real=True)


def test_the_same_key_name_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    key = environment.new_keys()["GONGZHI_FIELD_KEYS"]
    monkeypatch.setenv("GONGZHI_FIELD_KEYS", f"{key},{key}")
    with pytest.raises(ImproperlyConfigured, match="GONGZHI_FIELD_KEYS"):
        environment.field_keys(is_real=True)


def test_the_first_field_key_is_the_current_one(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (environment.new_keys()["GONGZHI_FIELD_KEYS"] for _ in range(2))
    monkeypatch.setenv("GONGZHI_FIELD_KEYS", f"{new.replace('k1:', 'k2:')}, {old}")
    assert list(environment.field_keys(is_real=True)) == ["k2", "k1"]


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = environment.load_keys(home, {})
    assert environment.load_keys(home, {}) == first
    assert (home / "keys.env").stat().st_mode & 0o777 == 0o600


def test_a_key_in_the_environment_wins_and_a_missing_one_is_added_without_touching_the_other(tmp_path: Path) -> None:
    (tmp_path / "keys.env").write_text("GONGZHI_FIELD_KEYS=k1:kept\nGONGZHI_SECRET_KEY=\n")
    found = environment.load_keys(tmp_path, {"GONGZHI_SECRET_KEY": "mine"})
    assert found == {"GONGZHI_FIELD_KEYS": "k1:kept"}
    assert len(environment.load_keys(tmp_path, {})["GONGZHI_SECRET_KEY"]) >= 32
