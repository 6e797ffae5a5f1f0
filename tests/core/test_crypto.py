"""Encrypted values: only the right ring reads them, only in the right column."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import DecryptionError, Keyring, key_id

SECRET = "s" * 40
OLD, NEW = os.urandom(32), os.urandom(32)


@given(st.text())
def test_what_was_encrypted_is_read_back(plain: str) -> None:
    ring = Keyring({"k1": OLD}, SECRET)
    text = plain.encode("utf-8", "replace").decode()
    assert ring.decrypt(ring.encrypt(text, "t.c"), "t.c") == text


def test_the_same_text_never_looks_the_same_twice() -> None:
    ring = Keyring({"k1": OLD}, SECRET)
    assert ring.encrypt("13800138000", "t.c") != ring.encrypt("13800138000", "t.c")


def test_a_value_moved_to_another_column_does_not_decrypt() -> None:
    ring = Keyring({"k1": OLD}, SECRET)
    with pytest.raises(DecryptionError):
        ring.decrypt(ring.encrypt("secret", "customers.mobile"), "customers.email")


def test_a_changed_byte_is_noticed() -> None:
    ring = Keyring({"k1": OLD}, SECRET)
    stored = bytearray(ring.encrypt("secret", "t.c"))
    stored[-1] ^= 1
    with pytest.raises(DecryptionError):
        ring.decrypt(bytes(stored), "t.c")


def test_a_new_active_key_encrypts_while_the_old_one_still_decrypts() -> None:
    before = Keyring({"k1": OLD}, SECRET).encrypt("secret", "t.c")
    ring = Keyring({"k2": NEW, "k1": OLD}, SECRET)
    assert ring.decrypt(before, "t.c") == "secret"
    assert key_id(ring.encrypt("secret", "t.c")) == "k2"
    with pytest.raises(DecryptionError):
        Keyring({"k2": NEW}, SECRET).decrypt(before, "t.c")


def test_blind_indexes_find_equal_values_of_one_field_only() -> None:
    ring = Keyring({"k1": OLD}, SECRET)
    assert ring.blind_index("13800138000", "mobile") == Keyring({"k2": NEW}, SECRET).blind_index(
        "13800138000", "mobile"
    )
    assert ring.blind_index("13800138000", "mobile") != ring.blind_index("13800138000", "other")
    assert ring.blind_index("x", "mobile") != Keyring({"k1": OLD}, "t" * 40).blind_index("x", "mobile")
