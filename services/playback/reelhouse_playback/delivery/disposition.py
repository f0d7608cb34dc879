"""Names for downloads (RFC 6266, RFC 8187). No I/O."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

_LONGEST = 200
_ATTR_CHAR = "!#$&+-.^_`|~"
"""What may stay as it is besides letters and digits (RFC 8187, 3.2.1)."""
# Quotes and backslashes are escaped by few clients in the same way; "%" some take for an escape.
_MISREAD = '"\\%/'
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def attachment(name: bytes) -> str:
    """Returns the Content-Disposition header for saving a file under a name."""
    text = name.decode("utf-8", "replace")
    # Characters that are not seen, or turn text around, make names that lie.
    text = "".join(c for c in text if unicodedata.category(c) not in _UNSEEN)
    text = text.replace("/", "_").strip(" .") or "download"
    if len(text) > _LONGEST:
        stem, dot, extension = text.rpartition(".")
        keep = _LONGEST - len(dot + extension)
        text = stem[:keep] + dot + extension if stem and keep > 0 else text[:_LONGEST]
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    plain = "".join(c if " " <= c <= "~" and c not in _MISREAD else "_" for c in plain)
    plain = plain.strip(" .") or "download"
    header = f'attachment; filename="{plain}"'
    return header if plain == text else f"{header}; filename*=UTF-8''{quote(text, safe=_ATTR_CHAR)}"
