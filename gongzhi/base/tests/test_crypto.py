"""Fields at rest: what opens, what does not, how keys are changed, how codes are read out."""

import hashlib
import hmac
import uuid

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from gongzhi.base import crypto

AAD = uuid.UUID(int=1).bytes
OLD, NEW = bytes(32), bytes([7]) * 32


@given(st.text(), st.binary(max_size=16))
def test_a_sealed_text_opens_again(text: str, aad: bytes) -> None:
    plain = text.encode("utf-8", "replace").decode()
    assert crypto.decrypt(memoryview(crypto.encrypt(plain, aad)), aad) == plain


def test_the_same_text_is_never_sealed_twice_alike() -> None:
    assert crypto.encrypt("510303199001011234", AAD) != crypto.encrypt("510303199001011234", AAD)


def test_a_value_copied_into_another_record_does_not_open() -> None:
    with pytest.raises(crypto.Tampered):
        crypto.decrypt(crypto.encrypt("13812345678", AAD), uuid.UUID(int=2).bytes)


@given(st.data())
def test_any_changed_bit_is_noticed(data: st.DataObject) -> None:
    blob = bytearray(crypto.encrypt("张三", AAD))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(crypto.CryptoError):
        crypto.decrypt(bytes(blob), AAD)


@given(st.binary(max_size=80))
def test_garbage_is_refused_by_name(blob: bytes) -> None:
    with pytest.raises(crypto.CryptoError):
        crypto.decrypt(blob, AAD)


def test_a_key_change_reads_the_old_and_writes_the_new(settings: Settings) -> None:
    settings.FIELD_KEYS = {"k1": OLD}
    before = crypto.encrypt("13812345678", AAD)
    settings.FIELD_KEYS = {"k2": NEW, "k1": OLD}
    after = crypto.reencrypt(before, AAD)
    assert (crypto.key_id_of(before), crypto.key_id_of(after)) == ("k1", "k2")
    assert crypto.reencrypt(after, AAD) == after
    settings.FIELD_KEYS = {"k2": NEW}
    assert crypto.decrypt(after, AAD) == "13812345678"
    with pytest.raises(crypto.UnknownKey, match="k1"):
        crypto.decrypt(before, AAD)


def test_an_index_finds_a_number_while_keys_change(settings: Settings) -> None:
    settings.FIELD_KEYS = {"k1": OLD}
    stored = crypto.blind_index("phone", "13812345678")
    settings.FIELD_KEYS = {"k2": NEW, "k1": OLD}
    assert stored in crypto.blind_indexes("phone", "13812345678")
    assert stored not in crypto.blind_indexes("phone", "13812345679")
    assert stored not in crypto.blind_indexes("identity", "13812345678")
    assert crypto.blind_index("phone", "13812345678").startswith("k2:")


def test_the_last_four_digits_find_a_number() -> None:
    assert crypto.tail_index("identity", "51030319900101123x") in crypto.tail_indexes("identity", "123X")
    assert crypto.tail_index("phone", "13812345678") not in crypto.tail_indexes("identity", "5678")


def test_an_index_does_not_use_the_encryption_key_itself(settings: Settings) -> None:
    settings.FIELD_KEYS = {"k1": OLD}
    naive = hmac.new(OLD, b"phone\x0013812345678", hashlib.sha256).hexdigest()
    assert naive[:32] not in crypto.blind_index("phone", "13812345678")


def test_tracking_codes_are_long_readable_and_different() -> None:
    codes = {crypto.tracking_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == 19 and not set(code) & set("0O1ILSZB58GV") for code in codes)
    assert len(crypto.CODE_ALPHABET) ** crypto.CODE_LENGTH > 2**60


@pytest.mark.parametrize(
    "typed", ["7k3m 9qwx p2hd 4tra", "7K3M9QWXP2HD4TRA", "７Ｋ３Ｍ－９ＱＷＸ—P2HD—4TRA", " 7K3M-90WX-PZHD-4TRA\n"]
)
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert crypto.normalise_code(typed) == "7K3M-9QWX-P2HD-4TRA"
    assert crypto.hash_code(typed) == crypto.hash_code("7K3M-9QWX-P2HD-4TRA")


@pytest.mark.parametrize("typed", ["", "7K3M", "7K3M-9QWX-P2HD-4TR1", "七K3M-9QWX-P2HD-4TRA", "7" * 100_000, "\0" * 16])
def test_what_cannot_be_a_code_is_said_so(typed: str) -> None:
    with pytest.raises(ValidationError, match="16 位"):
        crypto.normalise_code(typed)
