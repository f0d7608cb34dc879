"""Signed addresses. What they open is in a token, bound to session and user; no path is in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

LIFETIME = 6 * 3600
"""Seconds that an address is good for: longer than almost any film, and clients can ask anew."""
PREFIX = "/v1/play"
_FORM = struct.Struct(">B16s16sI")
IMAGES_PREFIX = "/v1/images"
_VERSION = 1
_IMAGES = 2
_NO_SESSION = UUID(int=0)
_STEADY = 3600
"""Seconds for which the address of images stays the same, so that clients keep what they have."""
_SIGNATURE = 20


@dataclass(frozen=True, slots=True)
class Address:
    """Where a session is played from."""

    url: str
    expires_at: datetime


class Addresses:
    """Makes and reads addresses."""

    def __init__(self, base_url: str, key: bytes) -> None:
        self._base_url = base_url.rstrip("/")
        self._key = key

    def of(self, session_id: UUID, user_id: UUID, *, hls: bool) -> Address:
        """Returns a session's address: of a playlist, or of a file."""
        expires = int(time.time()) + LIFETIME
        token = self._token(_VERSION, session_id, user_id, expires)
        tail = "hls/main.m3u8" if hls else "file"
        url = f"{self._base_url}{PREFIX}/{token}/{tail}"
        return Address(url, datetime.fromtimestamp(expires, UTC))

    def of_images(self, user_id: UUID) -> Address:
        """Returns what the addresses of images begin with for a user."""
        expires = (int(time.time()) // _STEADY + 1) * _STEADY + LIFETIME
        token = self._token(_IMAGES, _NO_SESSION, user_id, expires)
        url = f"{self._base_url}{IMAGES_PREFIX}/{token}"
        return Address(url, datetime.fromtimestamp(expires, UTC))

    def read(self, token: str) -> tuple[UUID, UUID] | None:
        """Returns session and user of a token; None when it is forged, damaged or expired."""
        return self._read(_VERSION, token)

    def opens_images(self, token: str) -> bool:
        """Tells whether a token is one for images, and good."""
        return self._read(_IMAGES, token) is not None

    def _token(self, version: int, session_id: UUID, user_id: UUID, expires: int) -> str:
        body = _FORM.pack(version, session_id.bytes, user_id.bytes, expires)
        return base64.urlsafe_b64encode(body + self._sign(body)).rstrip(b"=").decode()

    def _read(self, wanted: int, token: str) -> tuple[UUID, UUID] | None:
        try:
            data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        body, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
        if len(body) != _FORM.size or not hmac.compare_digest(self._sign(body), signature):
            return None
        version, session, user, expires = _FORM.unpack(body)
        if version != wanted or expires < time.time():
            return None
        return UUID(bytes=session), UUID(bytes=user)

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)[:_SIGNATURE]
