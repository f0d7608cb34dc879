"""Which image is sent, and in which form. No I/O."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

WIDTHS = (92, 185, 342, 500, 780, 1280, 1920)
"""The widths that are made: few enough to keep all of them."""
DEFAULT_WIDTH = 500
UNREADABLE = 3
"""The exit status of the resizer for what is no image, or too large a one."""
_ELEMENT = re.compile(r"\s*([!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+)\s*((?:;[^,]*)?)")
_LONGEST = 2048
_REFUSED = re.compile(r";\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)")


class Kind(StrEnum):
    """What an image shows."""

    POSTER = "poster"
    BACKDROP = "backdrop"
    BANNER = "banner"
    LOGO = "logo"
    STILL = "still"


class Form(StrEnum):
    """How an image is written."""

    WEBP = "webp"
    JPEG = "jpeg"

    @property
    def mime_type(self) -> str:
        """Its MIME type."""
        return f"image/{self}"


@dataclass(frozen=True, slots=True)
class Rendition:
    """An image in one width and form."""

    path: bytes
    size: int
    mtime_ns: int
    inode: int
    width: int
    form: Form

    @property
    def key(self) -> str:
        """The name of its file in the cache: another one once the original is changed."""
        facts = f"1 {self.size} {self.mtime_ns} {self.inode} {self.width} {self.form} ".encode()
        return f"{hashlib.sha256(facts + self.path).hexdigest()}.{self.form}"


def width_of(text: str | None) -> int | None:
    """Returns the width to make for what is asked for; None when that is no number of pixels."""
    if text is None:
        return DEFAULT_WIDTH
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text, re.ASCII):
        return None
    return next((width for width in WIDTHS if width >= int(text)), WIDTHS[-1])


def form_of(accept: str) -> Form:
    """Returns the form to send: WebP to those who name it, as browsers do that know it."""
    for element in accept[:_LONGEST].lower().split(","):
        found = _ELEMENT.fullmatch(element)
        if found and found[1] == "image/webp":
            return Form.JPEG if _REFUSED.search(found[2]) else Form.WEBP
    return Form.JPEG
