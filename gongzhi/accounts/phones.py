"""A telephone number at rest: sealed for showing, digests for finding it (ARCHITECTURE.md 4, personal data)."""

import unicodedata
import uuid

from gongzhi.base import crypto

_KIND = "phone"
MAX_TYPED = 40


def normalise(typed: str) -> str:
    """A typed number in its one form: half-width digits without spaces, dashes and +86; "" when it cannot be one."""
    plain = unicodedata.normalize("NFKC", typed[:MAX_TYPED])
    digits = "".join(sign for sign in plain if sign not in " -()+\u00a0\u2010\u2011\u2013")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


def is_mobile(number: str) -> bool:
    """True for a mainland mobile number: eleven digits beginning 13 to 19."""
    return len(number) == 11 and number[0] == "1" and number[1] in "3456789" and number.isdigit()


def seal(number: str, uid: uuid.UUID) -> bytes:
    """The number as stored, bound to the account; b"" for no number."""
    return crypto.encrypt(number, uid.bytes) if number else b""


def unseal(stored: bytes | memoryview, uid: uuid.UUID) -> str:
    """The number behind what is stored; raises crypto.CryptoError when it was changed or its key is gone."""
    return crypto.decrypt(stored, uid.bytes) if stored else ""


def index(number: str) -> str:
    """The digest under the current key, for storing."""
    return crypto.blind_index(_KIND, number) if number else ""


def indexes(number: str) -> list[str]:
    """The digests under every key, for looking up; empty for no number."""
    return crypto.blind_indexes(_KIND, number) if number else []


def last4_index(number: str) -> str:
    """The digest of the last four digits, for storing."""
    return crypto.tail_index(_KIND, number) if number else ""


def last4_indexes(last4: str) -> list[str]:
    """The digests of four digits under every key, for looking up."""
    return crypto.tail_indexes(_KIND, last4)


def mask(number: str) -> str:
    """138****5678; short numbers show their last two digits only."""
    if not number:
        return ""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else f"****{number[-2:]}"
