"""What sources and their collections are. No I/O."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from reelhouse_catalog.sources.paths import Mapper, Mapping
from reelhouse_kit.names import ResourceName

SOURCE = ResourceName("catalog.reelhouse/Source", "sources/{source}")
COLLECTION = ResourceName(
    "catalog.reelhouse/SourceCollection", "sources/{source}/collections/{collection}"
)
DEFAULT_PAGE = 200


class SourceKind(StrEnum):
    """What kind of source it is."""

    FILESYSTEM = "filesystem"
    PLEX = "plex"
    JELLYFIN = "jellyfin"
    SONARR = "sonarr"
    RADARR = "radarr"


class Content(StrEnum):
    """What a collection holds."""

    MOVIES = "movies"
    SHOWS = "shows"
    MUSIC = "music"
    MIXED = "mixed"
    OTHER = "other"
    """What the catalog does not keep."""


@dataclass(frozen=True, slots=True)
class Config:
    """How to talk to a server."""

    skip_certificate_check: bool = False
    page_size: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Returns it for the database."""
        return asdict(self)

    @property
    def page(self) -> int:
        """How many items to ask for at once."""
        return self.page_size or DEFAULT_PAGE


@dataclass(frozen=True, slots=True)
class Source:
    """A source, as it is stored. The credential is sealed."""

    id: UUID
    external_id: str
    name: str
    kind: SourceKind
    base_url: str
    root_path: str
    credential: bytes | None = field(repr=False)
    enabled: bool
    config: Config
    server_name: str
    server_version: str
    check_error: str
    checked_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name; what its credential is sealed for."""
        return SOURCE.format(self.id)


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of a source, as it is stored."""

    id: UUID
    source_id: UUID
    external_id: str
    name: str
    content: Content
    locations: list[str]
    enabled: bool
    config: dict[str, str]
    gone_at: datetime | None
    ingested_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revision: int
    mappings: tuple[Mapping, ...] = ()

    @property
    def resource(self) -> str:
        """Its resource name."""
        return COLLECTION.format(self.source_id, self.id)

    @property
    def mapper(self) -> Mapper:
        """What maps its paths."""
        return Mapper(self.mappings)


class Rule(StrEnum):
    """What a path was resolved by."""

    NONE = "none"
    MAPPING = "mapping"
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a path is on the other side."""

    path: str
    rule: Rule
    mapping: Mapping | None = None
    exists: bool = False
    media_file_id: UUID | None = None


def plain_url(text: str) -> str | None:
    """Returns a server's address in its plain form, without a slash at the end; None for others.

    An address with a user, a query or a fragment is refused: secrets belong into the credential.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return None
    if parts.username is not None or parts.query or parts.fragment or not text.isprintable():
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = f"{host}:{port}" if port else host
    return urlunsplit((parts.scheme.lower(), place, parts.path.rstrip("/"), "", ""))


def address_problems(kind: SourceKind, base_url: str, root_path: str) -> list[tuple[str, str]]:
    """Returns what is wrong with where a source is, as (field, problem)."""
    found = []
    if kind is SourceKind.FILESYSTEM:
        if base_url:
            found.append(("base_url", "is not for folders"))
        if not root_path:
            found.append(("root_path", "is required for folders"))
        elif not root_path.startswith("/") or root_path != os.path.normpath(root_path):
            found.append(("root_path", "is not an absolute path in its plain form"))
    else:
        if root_path:
            found.append(("root_path", "is for folders only"))
        if not base_url:
            found.append(("base_url", "is required for servers"))
        elif plain_url(base_url) is None:
            found.append(("base_url", "is not an address of the form http://host:port"))
    return found


def default_external_id(kind: SourceKind, base_url: str, root_path: str) -> str:
    """Returns what a source is known by when nobody says: its kind and address."""
    return f"{kind}:{base_url or root_path}"[:255]
