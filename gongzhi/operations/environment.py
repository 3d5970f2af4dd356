"""Values from the environment, each checked: a value that cannot be right stops the start with a sentence.

Keys are made once for an installation without its own and kept in `keys.env` in the home folder, readable only by
its owner.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

KEY_NAMES = ("GONGZHI_SECRET_KEY", "GONGZHI_FIELD_KEYS")
KEY_BYTES = 32
PREPARED: dict[str, Any] = {"server_side_binding": True, "prepare_threshold": 5}
"""A statement that a connection sends for the sixth time is planned once and kept; a pooler would lose it."""


def _refuse(name: str, chinese: str, english: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"环境变量 {name}：{chinese}\nEnvironment variable {name}: {english}")


def flag(name: str, default: bool) -> bool:
    """1 or 0. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name) or ("1" if default else "0")
    if value not in ("0", "1"):
        raise _refuse(name, f"只能是 1（开）或 0（关），现在是“{value}”。", f"must be 1 or 0, not {value!r}.")
    return value == "1"


def number(name: str, default: int, least: int, most: int) -> int:
    """A whole number from `least` to `most`. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name) or str(default)
    if not re.fullmatch(r"\d{1,12}", value, re.ASCII) or not least <= int(value) <= most:
        raise _refuse(
            name,
            f"要填 {least} 到 {most} 之间的整数，现在是“{value}”。",
            f"must be a whole number from {least} to {most}, not {value!r}.",
        )
    return int(value)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of `allowed`. Raises ImproperlyConfigured for anything else."""
    value = os.environ.get(name) or default
    if value not in allowed:
        options = ", ".join(allowed)
        raise _refuse(name, f"只能是 {options} 之一，现在是“{value}”。", f"must be one of {options}, not {value!r}.")
    return value


def words(name: str, default: str) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in (os.environ.get(name) or default).split(",") if word.strip()]


def hosts(name: str, default: str) -> list[str]:
    """Host names the site answers to. Raises ImproperlyConfigured for an address with scheme, path or blanks."""
    found = words(name, default)
    for host in found:
        if not re.fullmatch(r"\*|\.?[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]", host):
            raise _refuse(
                name,
                f"“{host}”不是域名。只写域名或 IP，用逗号隔开，不带协议、端口和斜杠。",
                f"{host!r} is not a host name. Give names or addresses only, separated by commas.",
            )
    return found


def database(url: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Django's connection settings for postgresql://user:password@host:port/name.

    `?host=/folder` names a socket folder; `?pgbouncer=1` says that a pooler in transaction mode stands between;
    other parameters (sslmode, …) go to libpq. Raises ImproperlyConfigured.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise _refuse(
            name,
            "要写成 postgresql://用户:密码@主机:端口/库名。",
            "must look like postgresql://user:password@host:port/name.",
        )
    try:
        port = parts.port
    except ValueError as error:
        raise _refuse(name, "端口不对。", "the port is wrong.") from error
    options = dict(parse_qsl(parts.query))
    pooled = options.pop("pgbouncer", "0") == "1"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "OPTIONS": {"application_name": "gongzhi", **({} if pooled else PREPARED), **options},
    }


def secret_key(is_real: bool) -> str:
    """The key that signs sessions and forms; a fixed one when there is no database (checks, tests).

    Raises ImproperlyConfigured when a real installation has none or a short one.
    """
    value = os.environ.get("GONGZHI_SECRET_KEY", "")
    if not value and not is_real:
        return "only-for-tests-and-checks-0123456789abcdefghijklmnop"
    if len(value) < 32:
        raise _refuse(
            "GONGZHI_SECRET_KEY",
            "缺少或太短，至少 32 个字符。可以运行 gongzhi keys 生成一份。",
            "is missing or shorter than 32 characters. Run gongzhi keys to make one.",
        )
    return value


def field_keys(is_real: bool) -> dict[str, bytes]:
    """Keys for personal data, 32 bytes each by their name; the first is current, the others still open old data.

    Written as `k1:<base64>,k0:<base64>`. Raises ImproperlyConfigured.
    """
    value = os.environ.get("GONGZHI_FIELD_KEYS", "")
    if not value and not is_real:
        value = "test:" + base64.b64encode(b"only-for-tests-and-checks".ljust(KEY_BYTES, b"."))[:44].decode()
    keys: dict[str, bytes] = {}
    for part in value.split(","):
        key_id, _, encoded = part.strip().partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not re.fullmatch(r"[a-z0-9]{1,16}", key_id) or len(key) != KEY_BYTES or key_id in keys:
            raise _refuse(
                "GONGZHI_FIELD_KEYS",
                "要写成 k1:<32 字节的 base64>，多把钥匙用逗号隔开，当前的放最前。可以运行 gongzhi keys 生成一份。",
                "must be k1:<base64 of 32 bytes>, several separated by commas, the current one first. "
                "Run gongzhi keys to make one.",
            )
        keys[key_id] = key
    return keys


def new_keys() -> dict[str, str]:
    """Freshly drawn keys by their environment names."""
    field = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return dict(zip(KEY_NAMES, (secrets.token_urlsafe(48), f"k1:{field}"), strict=True))


def load_keys(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Keys missing from `environment`, from `home`/keys.env, made there first when it is absent or half written.

    A key once written is never replaced: without it the stored personal data cannot be read.
    """
    path = home / "keys.env"
    lines = path.read_text().splitlines() if path.exists() else []
    known = {name: value for name, _, value in (line.partition("=") for line in lines) if name in KEY_NAMES and value}
    complete = {**new_keys(), **known}
    if complete != known:
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        half = path.with_name(f"keys.env.new-{os.getpid()}")
        half.touch(mode=0o600)
        half.write_text("".join(f"{name}={value}\n" for name, value in complete.items()))
        half.replace(path)
    return {name: value for name, value in complete.items() if not environment.get(name)}


def mail(name: str) -> tuple[str, str, int, str, str, bool, bool]:
    """Django's settings for mail: backend, host, port, user, password, STARTTLS, TLS.

    From `smtp://user:password@host:25`, `smtp+tls://…:587` or `smtps://…:465`; empty: off, nothing is ever sent.
    Raises ImproperlyConfigured for anything else.
    """
    value = os.environ.get(name) or ""
    if not value:
        return "django.core.mail.backends.dummy.EmailBackend", "localhost", 25, "", "", False, False
    parts, ports = urlsplit(value), {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise _refuse(
            name, "要写成 smtps://用户:密码@主机:465 这样。", "must look like smtps://user:password@host:465."
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return (
        "django.core.mail.backends.smtp.EmailBackend", parts.hostname, parts.port or ports[parts.scheme],
        user, password, parts.scheme == "smtp+tls", parts.scheme == "smtps",
    )  # fmt: skip
