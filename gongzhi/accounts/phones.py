"""A telephone number at rest: sealed for showing, digests for finding it (ARCHITECTURE.md 4, personal data)."""

import uuid

from django.core.exceptions import ValidationError

from gongzhi.base import crypto, text
from gongzhi.base.validators import parse_phone

_KIND = "phone"
_TYPED = 40


def normalise(typed: str) -> str:
    """A typed number in its stored form; "" when it cannot be a number that reaches a person."""
    try:
        phone = parse_phone(typed[:_TYPED])
    except ValidationError:
        return ""
    return "" if phone.kind == "service" else phone.number


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
    """138****5678; "" for no number."""
    return text.mask_phone(number) if number else ""
