"""动态口令: time-based codes of RFC 6238 (30 seconds, six digits) and ten recovery codes for a lost telephone."""

import base64
import secrets
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django_otp.oath import TOTP

from gongzhi.accounts.models import Account, RecoveryCode, SecondFactor
from gongzhi.base import crypto

RECOVERY_CODES = 10
STEP = 30
TOLERANCE = 1
"""A telephone's clock may be one step off."""


def is_on(account: Account) -> bool:
    """True when signing in asks for a code."""
    return SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).exists()


def begin(account: Account) -> str:
    """The secret (base32) to be scanned; the same until its first right code switches it on."""
    fresh = base64.b32encode(secrets.token_bytes(20)).decode("ascii")
    sealed = crypto.encrypt(fresh, account.uid.bytes)
    factor, _made = SecondFactor.objects.get_or_create(account=account, defaults={"secret_cipher": sealed})
    return _secret(factor, account)


def address(account: Account, secret: str) -> str:
    """The otpauth address an authenticator reads from the QR code."""
    issuer = settings.SITE["name"]
    return f"otpauth://totp/{quote(issuer)}:{quote(account.username)}?secret={secret}&issuer={quote(issuer)}"


@transaction.atomic
def confirm(account: Account, typed: str, now: datetime) -> list[str]:
    """Switch on with a first right code; returns the recovery codes, shown once. Empty when the code is wrong."""
    factor = SecondFactor.objects.select_for_update().filter(account=account, confirmed_at__isnull=True).first()
    if factor is None or not _takes(factor, account, typed, now):
        return []
    factor.confirmed_at = now
    factor.save(update_fields=["confirmed_at", "last_step"])
    return renew_recovery_codes(account)


@transaction.atomic
def verify(account: Account, typed: str, now: datetime) -> bool:
    """Whether the code is right and new; a recovery code is used up."""
    factor = SecondFactor.objects.select_for_update().filter(account=account, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    if _takes(factor, account, typed, now):
        factor.save(update_fields=["last_step"])
        return True
    return _uses_recovery_code(account, typed, now)


def renew_recovery_codes(account: Account) -> list[str]:
    """Ten new codes in clear, for showing once; the old ones stop working."""
    codes = [crypto.tracking_code() for _each in range(RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(account=account).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(account=account, digest=crypto.hash_code(code)) for code in codes)
    return codes


@transaction.atomic
def switch_off(account: Account) -> bool:
    """Signing in asks for no code any more; returns whether it did before."""
    RecoveryCode.objects.filter(account=account).delete()
    return SecondFactor.objects.filter(account=account).delete()[0] > 0


def recovery_codes_left(account: Account) -> int:
    """How many recovery codes are unused."""
    return RecoveryCode.objects.filter(account=account, used_at__isnull=True).count()


def _secret(factor: SecondFactor, account: Account) -> str:
    return crypto.decrypt(factor.secret_cipher, account.uid.bytes)


def _takes(factor: SecondFactor, account: Account, typed: str, now: datetime) -> bool:
    """Checks a six-digit code and remembers its step on the row, so the same code is never taken twice."""
    digits = "".join(sign for sign in typed if sign.isdigit() and sign.isascii())
    if len(digits) != 6:
        return False
    clock = TOTP(base64.b32decode(_secret(factor, account)), step=STEP)
    clock.time = now.timestamp()
    if not clock.verify(int(digits), tolerance=TOLERANCE, min_t=factor.last_step + 1):
        return False
    factor.last_step = clock.t()
    return True


def _uses_recovery_code(account: Account, typed: str, now: datetime) -> bool:
    try:
        digest = crypto.hash_code(typed)
    except ValidationError:
        return False
    return RecoveryCode.objects.filter(account=account, digest=digest, used_at__isnull=True).update(used_at=now) == 1
