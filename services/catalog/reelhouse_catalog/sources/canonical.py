"""What an item of a collection is known by, however its source writes it. No I/O."""

from __future__ import annotations

import hashlib
import re

_DRIVE = re.compile(r"([A-Za-z]):/")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://([^/]*)(.*)", re.DOTALL)


def canonical_key(provider: str, collection: str, provider_key: str, path: str = "") -> str | None:
    """Returns the SHA-256, in hexadecimal, of the canonical form of an item's identifier.

    The provider's key counts; an item without one is known by its path. None without either.
    """
    identifier = normalized(provider_key) or normalized(path)
    if not identifier:
        return None
    return hashlib.sha256(f"{provider}:{collection}:{identifier}".encode()).hexdigest()


def normalized(identifier: str) -> str:
    r"""Returns an identifier in its canonical form.

    Slashes are forward and single, letters lower-case, "C:\x" is "/c/x"; a share keeps its two
    slashes, an address its scheme, whose host is lower-case as all else.
    """
    text = identifier.strip().replace("\\", "/").lower()
    scheme = _SCHEME.fullmatch(text)
    if scheme:
        name, host, rest = scheme.groups()
        return f"{name}://{host}{_single(rest)}".rstrip("/")
    drive = _DRIVE.match(text)
    if drive:
        text = f"/{drive[1]}/{text[drive.end() :]}"
    share = text.startswith("//") and not text.startswith("///")
    single = _single(text)
    shortened = single.rstrip("/") or single
    return f"/{shortened}" if share and len(shortened) > 1 else shortened


def _single(text: str) -> str:
    return re.sub("/{2,}", "/", text)
