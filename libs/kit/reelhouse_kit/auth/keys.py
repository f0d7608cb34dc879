"""Ed25519 keys in files, as JSON Web Keys (RFC 7517, RFC 8037).

One file holds the public keys of all issuers. A key's `iss` says whose tokens it verifies:
"requests" for those of users, "services/NAME" for those of a service. So a service's key cannot
make a user.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

USERS = "requests"
"""The issuer of users' tokens."""


class KeyFileError(Exception):
    """A key file cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its id and issuer."""

    kid: str
    issuer: str
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key with the issuer whose tokens it verifies."""

    issuer: str
    key: Ed25519PublicKey


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def generate(issuer: str) -> dict[str, Any]:
    """Returns a new private key as a JSON Web Key."""
    key = Ed25519PrivateKey.generate()
    public = _encode(key.public_key().public_bytes_raw())
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "kid": public[:16],
        "iss": issuer,
        "x": public,
        "d": _encode(key.private_bytes_raw()),
    }


def public_part(jwk: dict[str, Any]) -> dict[str, Any]:
    """Returns a key without its private half."""
    return {name: value for name, value in jwk.items() if name != "d"}


def write(path: Path, document: dict[str, Any]) -> None:
    """Writes a key file that only its owner can read."""
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise KeyFileError(f"{path}: {error}") from error


def read_signing_key(path: Path) -> SigningKey:
    """Reads a private key.

    Raises:
        KeyFileError: The file is missing or is no private key.
    """
    jwk = _load(path)
    try:
        private = Ed25519PrivateKey.from_private_bytes(_decode(jwk["d"]))
        return SigningKey(jwk["kid"], jwk["iss"], private)
    except (KeyError, TypeError, ValueError) as error:
        raise KeyFileError(f"{path} is no private key: {error!r}") from error


def read_verifying_keys(path: Path) -> dict[str, VerifyingKey]:
    """Reads the public keys of all issuers, by key id.

    Raises:
        KeyFileError: The file is missing or is no key set.
    """
    document = _load(path)
    try:
        return {
            jwk["kid"]: VerifyingKey(
                jwk["iss"], Ed25519PublicKey.from_public_bytes(_decode(jwk["x"]))
            )
            for jwk in document["keys"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise KeyFileError(f"{path} is no key set: {error!r}") from error
