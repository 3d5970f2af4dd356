"""Personal data at rest: AES-256-GCM for fields, keyed digests for finding them again, codes that open one record.

A stored field is `version | key id length | key id | nonce (12) | ciphertext and tag`. Version 1 is AES-256-GCM;
the next number is kept for SM4-GCM (GB/T 32907). The caller's AAD is the uid of the record, so a value copied
into another row does not open. Keys come from `settings.FIELD_KEYS`: {key id: 32 bytes}, the first one is used
for writing, all of them for reading.
"""

import hashlib
import hmac
import os
import secrets
import unicodedata
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

AES_256_GCM = 1
NONCE_BYTES = 12
CODE_ALPHABET = "234679ACDEFHJKMNPQRTUWXY"
CODE_LENGTH = 16
"""16 of 24 signs are 73 random bits. Of each family of look-alikes one is used at most: 2Z 5S 6G 8B 0OQ 1IL UV."""
_MISREAD = str.maketrans("ZGV0O", "26UQQ")


class CryptoError(Exception):
    """A stored value cannot be opened. The text is for the operator, never for residents."""


class UnknownKey(CryptoError):
    """The value was written under a key that is no longer configured."""


class Tampered(CryptoError):
    """The value, its key id or the record it belongs to was changed."""


def encrypt(text: str, aad: bytes) -> bytes:
    """`text` sealed under the current key and bound to `aad` (the record's `uid.bytes`)."""
    key_id = current_key_id()
    nonce = os.urandom(NONCE_BYTES)
    name = key_id.encode("ascii")
    sealed = AESGCM(_derived(key_id, b"field")).encrypt(nonce, text.encode("utf-8"), aad)
    return bytes([AES_256_GCM, len(name)]) + name + nonce + sealed


def decrypt(blob: bytes | memoryview, aad: bytes) -> str:
    """The text behind `blob`. Raises UnknownKey or Tampered."""
    key_id, nonce, sealed = _parts(bytes(blob))
    try:
        return AESGCM(_derived(key_id, b"field")).decrypt(nonce, sealed, aad).decode("utf-8")
    except InvalidTag as error:
        raise Tampered("A stored field does not match its record or was changed") from error


def reencrypt(blob: bytes | memoryview, aad: bytes) -> bytes:
    """The same text under the current key; the very same bytes when it already is (so rotation can be repeated)."""
    blob = bytes(blob)
    return blob if key_id_of(blob) == current_key_id() else encrypt(decrypt(blob, aad), aad)


def key_id_of(blob: bytes | memoryview) -> str:
    """Under which key a stored field was written."""
    return _parts(bytes(blob))[0]


def current_key_id() -> str:
    """The key used for writing: the first of settings.FIELD_KEYS."""
    return next(iter(settings.FIELD_KEYS))


def blind_index(kind: str, value: str, key_id: str | None = None) -> str:
    """A digest that finds `value` without telling it: "key id:32 hex signs". `value` must be normalised before.

    Its key is derived apart from the encryption key; `kind` keeps equal numbers of different fields apart.
    """
    key_id = key_id or current_key_id()
    digest = hmac.new(_derived(key_id, b"index"), f"{kind}\0{value}".encode(), hashlib.sha256)
    return f"{key_id}:{digest.hexdigest()[:32]}"


def blind_indexes(kind: str, value: str) -> list[str]:
    """The digest under every configured key, for looking up while a rotation is under way (`column__in=`)."""
    return [blind_index(kind, value, key_id) for key_id in settings.FIELD_KEYS]


def tail_index(kind: str, number: str) -> str:
    """The digest of the last four signs of a phone or identity number: staff search by them."""
    return blind_index(f"{kind}-tail", number[-4:].upper())


def tail_indexes(kind: str, tail: str) -> list[str]:
    """`tail_index` under every configured key, for looking up."""
    return blind_indexes(f"{kind}-tail", tail[-4:].upper())


def tracking_code() -> str:
    """A new code of 73 random bits that can be read out by telephone, like 7K3M-9QWX-P2HD-4TRA."""
    signs = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(signs[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def normalise_code(text: str) -> str:
    """A typed code in its one form: any case, width, spacing and the usual misreadings. Raises ValidationError."""
    plain = unicodedata.normalize("NFKC", text[:200]).upper().translate(_MISREAD)
    signs = "".join(sign for sign in plain if sign.isalnum())
    if len(signs) != CODE_LENGTH or not set(signs) <= set(CODE_ALPHABET):
        raise ValidationError(
            _("查询码是 16 位字母和数字，形如 7K3M-9QWX-P2HD-4TRA。请对照短信或回执再输一次。"), code="bad_code"
        )
    return "-".join(signs[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def hash_code(code: str) -> str:
    """What is stored of a tracking code (64 hex signs). Raises ValidationError when `code` cannot be one.

    A plain SHA-256 is enough: 73 random bits cannot be tried out, and no key has to live as long as the record.
    """
    return hashlib.sha256(normalise_code(code).encode("ascii")).hexdigest()


def _parts(blob: bytes) -> tuple[str, bytes, bytes]:
    if len(blob) < 2 or blob[0] != AES_256_GCM:
        raise Tampered("A stored field has an unknown version")
    start = 2 + blob[1]
    if len(blob) < start + NONCE_BYTES + 16 or not blob[2:start].isascii():
        raise Tampered("A stored field is cut short")
    return blob[2:start].decode("ascii"), blob[start : start + NONCE_BYTES], blob[start + NONCE_BYTES :]


def _derived(key_id: str, purpose: bytes) -> bytes:
    try:
        return _derive(settings.FIELD_KEYS[key_id], purpose)
    except KeyError as error:
        raise UnknownKey(f"GONGZHI_FIELD_KEYS has no key named {key_id!r}") from error


@lru_cache(maxsize=64)
def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"gongzhi " + purpose + b" 1").derive(key)
