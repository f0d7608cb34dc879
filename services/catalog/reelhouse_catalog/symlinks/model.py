"""What symbolic links are, and the rules that scans go by. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from reelhouse_catalog.libraries.model import root_problem
from reelhouse_catalog.scanning.model import extensions, shown_path
from reelhouse_catalog.symlinks.targets import Rewrite, place, rewrites_of
from reelhouse_kit.names import ResourceName
from reelhouse_naming import Facts, Kind, LibraryKind, normalize_title, parse

SYMLINK = ResourceName("catalog.reelhouse/Symlink", "libraries/{library}/symlinks/{symlink}")
SETTINGS = ResourceName("catalog.reelhouse/SymlinkSettings", "libraries/{library}/symlinkSettings")
MANY_BROKEN = 20
"""Links that were whole and lead nowhere at once: from so many on it may be a disk that is gone."""
_MAX_ID = 2**31 - 1


class LinkStatus(StrEnum):
    """How a link is."""

    OK = "ok"
    """It leads to something."""
    BROKEN = "broken"
    """What it leads to is not there, or it leads in a circle."""
    MISSING = "missing"
    """Nobody can tell: where it leads cannot be looked at, as when a disk fails."""
    VANISHED = "vanished"
    """The link itself is gone."""


class LinkKind(StrEnum):
    """What a link is a link to."""

    MOVIE = "movie"
    SHOW = "show"
    OTHER = "other"


class EventAction(StrEnum):
    """What happened to a link."""

    FOUND = "found"
    BROKE = "broke"
    HEALED = "healed"
    UNREACHABLE = "unreachable"
    RETARGETED = "retargeted"
    VANISHED = "vanished"
    RETURNED = "returned"
    PASSED_OVER = "passed_over"
    RELINKED = "relinked"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    VERIFIED = "verified"
    IGNORED = "ignored"
    RESET = "reset"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a link's path says of what it leads to."""

    kind: LinkKind
    name: str = ""
    title_norm: str = ""
    year: int | None = None
    tmdb_id: int | None = None
    season: int | None = None
    episode: int | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Symlink:
    """A link, as it is stored."""

    id: UUID
    library_id: UUID
    path: bytes
    directory: bytes
    last_target: bytes
    resolved_target: bytes
    status: LinkStatus
    last_status: LinkStatus
    kind: LinkKind
    name: str
    title_norm: str
    year: int | None
    tmdb_id: int | None
    season: int | None
    episode: int | None
    unit: str | None
    ignored: bool
    relink_attempts: int
    relink_tried_at: datetime | None
    search_attempts: int
    searched_at: datetime | None
    manual_reason: str
    manual_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime
    changed_at: datetime
    vanished_at: datetime | None
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return SYMLINK.format(self.library_id, self.id)


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """Something that happened to a link, as it is stored."""

    id: int
    created_at: datetime
    library_id: UUID
    symlink_id: UUID
    path: bytes
    target: bytes
    kind: str
    name: str
    action: str
    status: str
    detail: str


DEFAULT_COOL_DOWN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a library's links are looked after, as it is stored."""

    library_id: UUID
    scan_interval: timedelta = timedelta(0)
    target_mounts: list[str] = field(default_factory=list)
    rewrites: list[dict[str, str]] = field(default_factory=list)
    allowed_prefixes: list[str] = field(default_factory=list)
    candidate_roots: list[str] = field(default_factory=list)
    season_threshold: int = 2
    cool_down: timedelta = DEFAULT_COOL_DOWN
    max_attempts: int = 3
    scanned_at: datetime | None = None
    scan_begun_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int = 0

    @property
    def resource(self) -> str:
        """Its resource name."""
        return SETTINGS.format(self.library_id)

    @property
    def parsed_rewrites(self) -> tuple[Rewrite, ...]:
        """What targets are called otherwise here."""
        return rewrites_of(self.rewrites)


@dataclass(frozen=True, slots=True)
class Seen:
    """A link as it lies in its folder."""

    path: bytes
    target: bytes
    resolved: bytes
    status: LinkStatus

    @property
    def directory(self) -> bytes:
        """The folder that it lies in, relative to the library's; empty for that itself."""
        return self.path.rpartition(b"/")[0]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a link before a scan."""

    id: UUID
    path: bytes
    target: bytes
    resolved: bytes
    status: LinkStatus


_CHANGES: Mapping[LinkStatus, EventAction] = MappingProxyType(
    {
        LinkStatus.OK: EventAction.HEALED,
        LinkStatus.BROKEN: EventAction.BROKE,
        LinkStatus.MISSING: EventAction.UNREACHABLE,
        LinkStatus.VANISHED: EventAction.VANISHED,
    }
)


def change_of(known: Known | None, seen: Seen) -> EventAction | None:
    """Returns what happened to a link since it was known; None for nothing."""
    if known is None:
        return EventAction.FOUND
    if known.status is LinkStatus.VANISHED:
        return EventAction.RETURNED
    if known.status is not seen.status:
        return _CHANGES[seen.status]
    if (known.target, known.resolved) != (seen.target, seen.resolved):
        return EventAction.RETARGETED
    return None


def is_doubtful(known: Known | None, seen: Seen) -> bool:
    """Tells whether a link broke since it was known: many of them at once are not believed."""
    before = known.status if known is not None else None
    return seen.status is LinkStatus.BROKEN and before in (LinkStatus.OK, LinkStatus.MISSING)


class Doubt:
    """Counts what broke, by the place where links lead: a disk that is gone breaks all of it."""

    def __init__(self) -> None:
        self._whole: Counter[bytes] = Counter()
        self._broke: Counter[bytes] = Counter()

    def note(self, known: Known | None, seen: Seen) -> None:
        """Counts a link."""
        if seen.status is LinkStatus.OK:
            self._whole[place(seen.resolved)] += 1
        elif is_doubtful(known, seen):
            self._broke[place(seen.resolved)] += 1

    def gone(self) -> tuple[bytes, int] | None:
        """Returns a place where most links broke at once, and how many; None if there is none."""
        for where, count in self._broke.most_common():
            if count >= MANY_BROKEN and count > self._whole[where]:
                return where, count
        return None


_KINDS = {LibraryKind.MOVIE: LinkKind.MOVIE, LibraryKind.TV: LinkKind.SHOW}


def kind_of(library: LibraryKind) -> LinkKind:
    """Returns what links of a library lead to."""
    return _KINDS.get(library, LinkKind.OTHER)


def identify(path: bytes, library: LibraryKind) -> Identity:
    """Reads what a link leads to from its path, relative to the library's folder.

    A link to a folder, or to what is no video, has a name but no unit: only whole works are
    repaired.
    """
    kind = kind_of(library)
    shown = shown_path(path)
    if kind is LinkKind.OTHER:
        return Identity(kind, name=_folder_name(shown))
    is_video = path.rpartition(b".")[2].lower() in extensions(library)
    facts = parse(shown, library=library)
    title = facts.title
    name = f"{title} ({facts.year})" if title and facts.year else title
    return Identity(
        kind,
        name=name or _folder_name(shown),
        title_norm=normalize_title(title),
        year=facts.year,
        tmdb_id=tmdb_of(facts),
        season=facts.season,
        episode=facts.episodes[0] if facts.episodes else None,
        unit=unit_of(facts, kind) if is_video and title else None,
    )


def tmdb_of(facts: Facts) -> int | None:
    """Returns the id at TMDB that a name holds."""
    text = facts.external_ids.get("tmdb", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0  # noqa: PLR2004 # of 32 bits
    return number if 0 < number <= _MAX_ID else None


def unit_of(facts: Facts, kind: LinkKind) -> str | None:
    """Returns which part of a title a file is; equal texts mean the same part. None: unknown.

    A film is "", a part of it "p2"; episodes "s01e02", several "s01e02e03", of a day
    "d2024-05-01", by absolute number "a012". What is an extra is no part.
    """
    if kind is LinkKind.MOVIE:
        part = f"p{facts.part}" if facts.part else ""
        return part if facts.kind is Kind.MOVIE else None
    if facts.kind is not Kind.EPISODE:
        return None
    if facts.season is not None and facts.episodes:
        return f"s{facts.season:02}" + "".join(f"e{n:02}" for n in sorted(set(facts.episodes)))
    if facts.air_date is not None:
        return f"d{facts.air_date.isoformat()}"
    return "".join(f"a{n:03}" for n in sorted(set(facts.absolute_episodes))) or None


def _folder_name(shown: str) -> str:
    parts = shown.rsplit("/", 2)
    return parts[-2] if len(parts) > 1 else parts[-1]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which links to list."""

    library_id: UUID | None = None
    status: LinkStatus | None = None
    manual: bool = False


@dataclass(frozen=True, slots=True)
class LinkStats:
    """How many links there are, and where the broken ones are."""

    counts: dict[tuple[LinkStatus, LinkKind], int]
    folders: list[tuple[UUID, bytes, int]]
    """The library, the folder and its broken links; those with the most first."""
    manual: int
    actions: dict[str, int]

    def with_status(self, status: LinkStatus) -> int:
        """Counts the links of all kinds with a status."""
        return sum(count for (own, _), count in self.counts.items() if own is status)


def event_values(link: Any, action: EventAction, detail: str = "") -> dict[str, Any]:
    """Returns an event about a stored link."""
    return {
        "library_id": link.library_id,
        "symlink_id": link.id,
        "path": link.path,
        "target": link.last_target,
        "kind": str(link.kind),
        "name": link.name,
        "action": str(action),
        "status": str(link.status),
        "detail": detail,
    }


def folder_problem(path: str) -> str | None:
    """Returns what is wrong with the text of a folder's path."""
    return "is all there is" if path == "/" else root_problem(path)
