r"""The one path mapper: what a path of a server is here, and the other way round. No I/O.

Paths are of three styles, told apart by how they begin: of a share (two slashes of either kind), of
Windows ("C:\"), else POSIX. The first two are compared without regard to case and take either
slash; in a POSIX path a backslash is a character like any other. Mapped paths are written in the
style of the folder they are mapped to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_PATH = 4096
"""Characters; longer paths are mapped to nothing."""
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|[A-Za-z]:$")
_SHARE = re.compile(r"[\\/]{2}[^\\/]")
_LEAST_SHARE_PARTS = 2


class Style(StrEnum):
    """How a path is written."""

    POSIX = "posix"
    WINDOWS = "windows"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Path:
    """An absolute path, taken apart. `root` is "/", "C:" or "//"."""

    style: Style
    root: str
    parts: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What the path is compared by, part by part."""
        if self.style is Style.POSIX:
            return (self.root, *self.parts)
        return (self.root.casefold(), *(part.casefold() for part in self.parts))

    def __str__(self) -> str:
        if self.style is Style.POSIX:
            return "/" + "/".join(self.parts)
        if self.style is Style.SHARE:
            return "\\\\" + "\\".join(self.parts)
        return self.root + "\\" + "\\".join(self.parts)

    def below(self, root: Path) -> tuple[str, ...] | None:
        """Returns the parts below a folder; None for a path that is not in it."""
        size = len(root.parts)
        if self.style is not root.style or self.key[: size + 1] != root.key:
            return None
        return self.parts[size:]

    def joined(self, parts: Sequence[str]) -> Path | None:
        """Returns the path of something below; None where this style cannot say it."""
        if self.style is not Style.POSIX and any("\\" in part for part in parts):
            return None
        return Path(self.style, self.root, (*self.parts, *parts))


def parse(text: str) -> Path | None:
    """Takes a path apart; None for one that is not absolute, or goes up or in place.

    A path with ".." is refused rather than worked out: behind a symbolic link it means another
    folder, and it may leave the folder that is mapped.
    """
    if not text or len(text) > MAX_PATH or "\x00" in text:
        return None
    if _SHARE.match(text):
        style, root, rest = Style.SHARE, "//", re.split(r"[\\/]+", text)
    elif _WINDOWS.match(text):
        style, root, rest = Style.WINDOWS, text[:2], re.split(r"[\\/]+", text[2:])
    elif text.startswith("/"):
        style, root, rest = Style.POSIX, "/", text.split("/")
    else:
        return None
    parts = tuple(part for part in rest if part)
    if any(part in (".", "..") for part in parts):
        return None
    if style is Style.SHARE and len(parts) < _LEAST_SHARE_PARTS:
        return None
    return Path(style, root, parts)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A folder as a server sees it, and as it is here."""

    server_path: str
    local_path: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A path on the other side, and the mapping that led there."""

    path: str
    mapping: Mapping


class Mapper:
    """Maps paths by the longest folder that holds them, whole names only.

    A path of here is only ever mapped to one that leads back to it.
    """

    def __init__(self, mappings: Iterable[Mapping]) -> None:
        parsed = [(m, parse(m.server_path), parse(m.local_path)) for m in mappings]
        self._pairs = [
            (mapping, server, local)
            for mapping, server, local in parsed
            if server is not None and local is not None
        ]

    def to_local(self, text: str) -> Mapped | None:
        """Returns what a server's path is here; None where no mapping is for it."""
        path = parse(text)
        found: Mapped | None = None
        longest = -1
        for mapping, server, local in self._pairs:
            rest = path.below(server) if path else None
            if rest is None or len(server.parts) <= longest:
                continue
            longest = len(server.parts)
            joined = local.joined(rest)
            found = Mapped(str(joined), mapping) if joined else None
        return found

    def to_server(self, text: str) -> Mapped | None:
        """Returns how the server sees a path of here; None where no mapping is for it."""
        path = parse(text)
        if path is None:
            return None
        candidates = []
        for mapping, server, local in self._pairs:
            rest = path.below(local)
            joined = server.joined(rest) if rest is not None else None
            if joined is not None:
                candidates.append((len(local.parts), Mapped(str(joined), mapping)))
        candidates.sort(key=lambda candidate: -candidate[0])
        for _, candidate in candidates:
            back = self.to_local(candidate.path)
            again = parse(back.path) if back else None
            if again is not None and again.key == path.key:
                return candidate
        return None


def problem(text: str) -> str | None:
    """Returns what is wrong with a folder of a mapping."""
    return None if parse(text) else "is not an absolute path without . and .."


def duplicates(mappings: Sequence[Mapping]) -> list[int]:
    """Returns which mappings have the server's folder of an earlier one, by their places."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for index, mapping in enumerate(mappings):
        path = parse(mapping.server_path)
        if path is not None and path.key in seen:
            found.append(index)
        elif path is not None:
            seen.add(path.key)
    return found
