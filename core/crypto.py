"""Encryption of single values, blind indexes, and keys derived for one purpose each.

A stored value is ``0x01 · len(key id) · key id · nonce (12 bytes) · AES-256-GCM ciphertext``. The
column's name is authenticated with it, so a value copied into another column does not decrypt. The
first key of the ring encrypts, every key of the ring decrypts: rotation adds a key in front, then
``cx keys rotate`` rewrites the rows, then the old key may go (GB/T 35273-2020, 6.3; PIPL art. 51).

A blind index is HMAC-SHA-256 over the normalised value under a key of its own: equal values can be
found, nothing can be read back. It hangs on the secret, not on the ring, so rotation leaves it alone.
"""

import hashlib
import hmac
import os
from base64 import b64decode
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_VERSION = 1


class DecryptionError(Exception):
    """The value was not written by this ring, was written for another column, or was tampered with."""


class Keyring:
    """Named 32-byte keys; the first one encrypts, all of them decrypt."""

    def __init__(self, keys: dict[str, bytes], secret: str) -> None:
        if not keys:
            raise ValueError("a keyring needs at least one key")
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self.active = next(iter(keys))
        self._secret = secret.encode()
        self._derived: dict[str, bytes] = {}

    @classmethod
    def parse(cls, text: str, secret: str) -> "Keyring":
        """Read ``ID=BASE64[,ID=BASE64…]`` as documented at HUISHENG_KEYS."""
        pairs = (part.partition("=") for part in text.split(",") if part)
        return cls({name: b64decode(key) for name, _, key in pairs}, secret)

    def encrypt(self, plain: str, column: str) -> bytes:
        """Encrypt ``plain`` for ``column`` under the active key."""
        nonce = os.urandom(12)
        name = self.active.encode()
        body = self._ciphers[self.active].encrypt(nonce, plain.encode(), column.encode())
        return bytes([_VERSION, len(name)]) + name + nonce + body

    def decrypt(self, stored: bytes, column: str) -> str:
        """Return the text that was encrypted for ``column``; raise DecryptionError if it was not."""
        name = key_id(stored)
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise DecryptionError(f"no key {name!r} in HUISHENG_KEYS")
        start = 2 + len(name)
        try:
            return cipher.decrypt(stored[start : start + 12], stored[start + 12 :], column.encode()).decode()
        except InvalidTag as error:
            raise DecryptionError(f"a value of {column} does not decrypt with key {name!r}") from error

    def blind_index(self, value: str, field: str) -> bytes:
        """Return the 32-byte index of an already normalised ``value`` of ``field``."""
        return hmac.digest(self.derive(f"blind-index:{field}"), value.encode(), "sha256")

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key that serves ``purpose`` and nothing else (HKDF, RFC 5869)."""
        if purpose not in self._derived:
            hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
            self._derived[purpose] = hkdf.derive(self._secret)
        return self._derived[purpose]


def key_id(stored: bytes) -> str:
    """Return the id of the key under which a stored value was encrypted."""
    if len(stored) < 2 or stored[0] != _VERSION:
        raise DecryptionError("not a value of this keyring's format")
    return stored[2 : 2 + stored[1]].decode()


def token_hash(token: str) -> bytes:
    """Return what is stored of a random token: SHA-256 suffices, for 128 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()


class _Current:
    ring: Keyring | None = None


def use(ring: Keyring) -> None:
    """Make ``ring`` the one that encrypted columns of this process use."""
    _Current.ring = ring


def ring() -> Keyring:
    """Return the keyring of this process; raise RuntimeError before :func:`use` was called."""
    if _Current.ring is None:
        raise RuntimeError("core.crypto.use() was not called at start")
    return _Current.ring


class Encrypted(TypeDecorator[str]):
    """A text column whose rows are ciphertext; ``column`` is ``table.column`` and is authenticated."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else ring().encrypt(value, self.column)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002, ANN401
        """Decrypt on the way out."""
        return None if value is None else ring().decrypt(bytes(value), self.column)
