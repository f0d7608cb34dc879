"""Secrets at rest: AES-256-GCM, bound to the row they belong to, with keys that can be changed.

A key file is a JSON object of keys by id, 32 random bytes each in base64; the first one encrypts,
all of them decrypt. To change keys, put a new one first, restart, write every secret anew
(`Box.stale` tells which), then take the old one out.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MASK = "••••••••"
"""What readers see of a secret. Who writes it back changes nothing."""
KEY_BYTES = 32
_NONCE_BYTES = 12
_MOST_ID_BYTES = 255


class SecretError(Exception):
    """A secret or a key file cannot be read."""


def masked(secret: object) -> str:
    """Returns what to show of a secret: nothing where there is none."""
    return MASK if secret else ""


def new_key() -> str:
    """Returns a new random key as it stands in a key file."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


class Box:
    """Encrypts and decrypts secrets."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise SecretError("there is no key")
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES:
                raise SecretError(f"key {key_id!r} has {len(key)} bytes instead of {KEY_BYTES}")
            if not 0 < len(key_id.encode()) <= _MOST_ID_BYTES:
                raise SecretError("an id of a key is empty or too long")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(keys))

    @classmethod
    def read(cls, path: Path) -> Box:
        """Reads a key file.

        Raises:
            SecretError: It is not there, or not a key file.
        """
        try:
            document = json.loads(path.read_text())
            keys = {
                str(key_id): base64.b64decode(key, validate=True)
                for key_id, key in document["keys"].items()
            }
        except OSError as error:
            raise SecretError(f"{path}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            raise SecretError(f"{path} is not a file of secrets' keys") from None
        return cls(keys)

    def seal(self, secret: str, owner: str) -> bytes:
        """Encrypts a secret. It can be opened for the same owner only, a row's name."""
        key_id = self._current.encode()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, secret.encode(), owner.encode())
        return bytes([len(key_id)]) + key_id + nonce + sealed

    def open(self, sealed: bytes, owner: str) -> str:
        """Decrypts a secret.

        Raises:
            SecretError: It was changed, is another owner's, or its key is gone.
        """
        key_id, rest = _key_id(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SecretError(f"the key {key_id!r} of a secret of {owner} is gone")
        try:
            nonce, text = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
            return cipher.decrypt(nonce, text, owner.encode()).decode()
        except (InvalidTag, ValueError):
            raise SecretError(f"a secret of {owner} is damaged") from None

    def stale(self, sealed: bytes) -> bool:
        """Tells whether a secret was encrypted with an older key than new ones are."""
        return _key_id(sealed)[0] != self._current


def _key_id(sealed: bytes) -> tuple[str, bytes]:
    size = sealed[0] if sealed else 0
    return sealed[1 : 1 + size].decode("utf-8", "replace"), sealed[1 + size :]
