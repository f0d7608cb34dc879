"""Which file of a second library a broken link is to lead to. No I/O.

A link and a file belong together when they are the same part of the same title. The id at TMDB
decides; where the link has none, or the second library has not heard of it, the title does, but
only when it can mean one thing. What can mean two is left for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from reelhouse_catalog.scanning.model import extensions, shown_path
from reelhouse_catalog.symlinks.model import LinkKind, kind_of, tmdb_of, unit_of
from reelhouse_naming import LibraryKind, normalize_title, parse, resolution_rank

YEARS_APART = 1
"""A title may carry the year of its first showing, or that of its release elsewhere."""
DEFAULT_MOST, MOST = 200, 10_000
"""How many links a run replaces."""
TEMPORARY = b".reelhouse-"
_UHD = re.compile(r"(?<![^\W_])(?:4k|uhd|2160p?)(?![a-z])|^4k", re.IGNORECASE)
_LINES_OF_UHD = 2160


class Outcome(StrEnum):
    """What became of a link in a run."""

    PLANNED = "planned"
    """It would be replaced, if this were no dry run."""
    INTENDED = "intended"
    """It is being replaced, or its worker was lost meanwhile."""
    REPLACED = "replaced"
    SKIPPED = "skipped"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a link was not replaced."""

    NO_CANDIDATE = "NO_CANDIDATE"
    """The second library has nothing of this part of the title."""
    AMBIGUOUS = "AMBIGUOUS"
    """Its title may mean more than one thing."""
    DEAD_CANDIDATES = "DEAD_CANDIDATES"
    """All that would do is gone itself, or lies outside of the allowed folders."""
    HEALED = "HEALED"
    """It is whole again."""
    LINK_CHANGED = "LINK_CHANGED"
    """It is no longer the link that it was."""
    REFUSED = "REFUSED"
    """The disk does not allow it."""
    INTERRUPTED = "INTERRUPTED"
    """The worker was lost before it was done; it is tried again."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a file of the second library is."""

    kind: LinkKind
    tmdb_id: int | None
    show_title: str
    show_norm: str
    year: int | None
    season: int | None
    episode: int | None
    unit: str | None
    resolution_rank: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file of the second library, as it is stored."""

    id: UUID
    path: bytes
    tmdb_id: int | None
    show_norm: str
    year: int | None
    unit: str
    real_path: bytes
    resolution_rank: int


@dataclass(frozen=True, slots=True)
class Identity:
    """A title that the second library has something of."""

    show_norm: str
    tmdb_id: int | None
    year: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a broken link is to lead to."""

    tmdb_id: int | None
    title_norm: str
    year: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a run did with a link, as it is stored."""

    run_id: UUID
    number: int
    symlink_id: UUID
    path: bytes
    old_target: bytes
    new_target: bytes
    candidate_path: bytes
    resolution_rank: int
    temporary: bytes
    outcome: Outcome
    reason: str
    created_at: datetime
    ended_at: datetime | None


def is_candidate(name: bytes, library: LibraryKind) -> bool:
    """Tells by its name whether a file may be one that links lead to."""
    return name.rpartition(b".")[2].lower() in extensions(library)


def read_item(base: bytes, path: bytes, library: LibraryKind) -> Item:
    """Reads what a file of the second library is, by its path below one of its folders.

    Where the name tells no resolution, folders called "4K" do.
    """
    facts = parse(shown_path(path), library=library)
    kind = kind_of(library)
    lines = facts.resolution
    if lines is None:
        above = [*base.rsplit(b"/", 1)[-1:], *path.split(b"/")[:-1]]
        uhd = any(_UHD.search(part.decode("utf-8", "replace")) for part in above)
        lines = _LINES_OF_UHD if uhd else None
    return Item(
        kind,
        tmdb_of(facts),
        facts.title,
        normalize_title(facts.title),
        facts.year,
        facts.season,
        facts.episodes[0] if facts.episodes else None,
        unit_of(facts, kind) if facts.title else None,
        resolution_rank(lines),
    )


def choose(
    wanted: Wanted, candidates: Sequence[Candidate], identities: Iterable[Identity]
) -> list[Candidate] | Reason:
    """Returns what a link may lead to, the best first, or why there is nothing.

    Args:
        wanted: What the link leads to.
        candidates: Files of this part of titles with this id or this name.
        identities: All titles with this id or this name, whatever parts of them there are.
    """
    fitting = [one for one in candidates if one.unit == wanted.unit]
    known = list(identities)
    if wanted.tmdb_id is not None and any(one.tmdb_id == wanted.tmdb_id for one in known):
        # The second library knows the title by its id: nothing else can be it.
        same = [one for one in fitting if one.tmdb_id == wanted.tmdb_id]
        return _ranked(wanted, same) or Reason.NO_CANDIDATE
    titles = {one for one in known if wanted.title_norm and one.show_norm == wanted.title_norm}
    meant = _meant(wanted.year, titles)
    ids = {one.tmdb_id for one in meant}
    if not meant or (wanted.tmdb_id is not None and ids != {None}):
        return Reason.NO_CANDIDATE  # nothing of this name, or another title of this name
    if len(ids - {None}) > 1 or (None in ids and len({one.year for one in meant}) > 1):
        return Reason.AMBIGUOUS
    same = [one for one in fitting if Identity(one.show_norm, one.tmdb_id, one.year) in meant]
    return _ranked(wanted, same) or Reason.NO_CANDIDATE


def _meant(year: int | None, titles: set[Identity]) -> set[Identity]:
    """Returns which titles of a name are meant by a year: those of that year, else those near."""
    if year is None:
        return titles
    exact = {one for one in titles if one.year == year}
    if exact:
        return exact
    return {one for one in titles if one.year is None or abs(one.year - year) <= YEARS_APART}


def _ranked(wanted: Wanted, candidates: Iterable[Candidate]) -> list[Candidate]:
    # Of equal ones always the same, whatever order they come in.
    return sorted(
        candidates,
        key=lambda one: (-one.resolution_rank, one.year != wanted.year, one.path),
    )
