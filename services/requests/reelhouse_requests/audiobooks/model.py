"""What an audiobook is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from reelhouse_kit.names import ResourceName
from reelhouse_naming import normalize_title

AUDIOBOOK = ResourceName("requests.reelhouse/Audiobook", "audiobooks/{audiobook}")

_ASIN = re.compile(r"[A-Z0-9]{10}")
_SEPARATORS = re.compile(r"\s*[;/]\s*|\s*,\s+|\s+&\s+")


class Availability(StrEnum):
    """Whether an audiobook can be listened to."""

    UNKNOWN = "unknown"
    REQUESTED = "requested"
    DOWNLOADING = "downloading"
    PROCESSING = "processing"
    AVAILABLE = "available"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Audiobook:
    """An audiobook, as stored."""

    id: UUID
    audible_id: str | None
    title: str
    author: str
    narrator: str
    description: str
    cover_art_url: str
    duration_minutes: int | None
    release_date: date | None
    rating: Decimal | None
    genres: list[str]
    availability_status: Availability
    match_key: str
    catalog_title: str
    created_at: datetime
    updated_at: datetime
    available_at: datetime | None
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return AUDIOBOOK.format(self.id)


def people(text: str) -> tuple[str, ...]:
    """Returns the people that an author or narrator field names."""
    return tuple(part for part in _SEPARATORS.split(text.strip()) if part)


def match_key(title: str, authors: Iterable[str]) -> str:
    """Returns what audiobooks and the catalog's titles are matched by: title and authors, plain."""
    return f"{normalize_title(title)}|{normalize_title(' '.join(authors))}"


def asin_problem(asin: str) -> str | None:
    """Returns what is wrong with an ASIN."""
    return None if _ASIN.fullmatch(asin) else "is not ten capital letters and digits"
