"""How good a file is to have, and what becomes of it by that. Pure: BEHAVIOUR 4.3 and 4.4.

Scores are sums of parts, the same for the same facts; thresholds are given, and what was decided
with others stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

LONGEST_MS = 3 * 3600 * 1000
"""A video longer than this is a mistake, or needs a look."""
TOO_SMALL_BYTES = 1_000_000
_SIZE, _DURATION, _VIDEO, _AUDIO, _CONTAINER = 0.2, 0.3, 0.2, 0.1, 0.1
_KNOWN = 0.2
"""What it counts to know what a file holds."""


class Holds(StrEnum):
    """What a file is known to hold."""

    NOTHING = "nothing"
    """Not known."""
    MOVIE = "movie"
    EPISODE = "episode"
    """Series, season and episode are known."""
    TRACK = "track"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file's score goes by."""

    size_bytes: int
    duration_ms: int | None
    video_codec: str
    audio_codec: str
    container: str
    video: bool
    """Whether it is in a library of videos; else sound is all that is wanted."""
    holds: Holds = Holds.NOTHING
    broken: bool = False
    hashed: bool = True
    """Whether it could be read for a fingerprint."""
    extra: bool = False
    """Whether it is a trailer or the like, which belongs to no title of its own."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score on files are used, and below which people look at them."""

    auto_ready: float = 0.80
    review: float = 0.50


class Verdict(StrEnum):
    """What a score says."""

    READY = "ready"
    ENRICHMENT = "enrichment"
    """More is to be known before the file is used."""
    REVIEW = "review"
    """A person is to look at it."""


class Readiness(StrEnum):
    """How far a file is on its way to being used."""

    NEW = "new"
    ENRICHING = "enriching"
    READY = "ready"
    RETIRED = "retired"


TRANSITIONS: Mapping[Readiness, frozenset[Readiness]] = MappingProxyType(
    {
        Readiness.NEW: frozenset({Readiness.ENRICHING, Readiness.READY, Readiness.RETIRED}),
        Readiness.ENRICHING: frozenset({Readiness.NEW, Readiness.READY, Readiness.RETIRED}),
        Readiness.READY: frozenset({Readiness.ENRICHING, Readiness.RETIRED}),
        Readiness.RETIRED: frozenset(),
    }
)
"""What may follow what; staying is always allowed."""


def label_score(facts: Facts) -> float:
    """Returns the score of a file by what it says of itself.

    A video whose length is not known, or over 3 hours, scores nothing at all.
    """
    if facts.broken or not _has_duration(facts):
        return 0.0
    if facts.video and (facts.duration_ms or 0) > LONGEST_MS:
        return 0.0
    return _parts(facts)


def ingest_score(facts: Facts) -> float:
    """Returns the score of a file by what it says of itself and what it is known to hold."""
    if facts.broken:
        return 0.0
    known = 0.0
    if facts.holds in (Holds.EPISODE, Holds.TRACK):
        known = _KNOWN
    elif facts.holds is Holds.MOVIE:
        known = _KNOWN if (facts.duration_ms or 0) <= LONGEST_MS else -_KNOWN
    return round(min(1.0, max(0.0, _parts(facts) + known)), 4)


def score(facts: Facts) -> float:
    """Returns a file's score, from 0 to 1: by its label as long as no title is known."""
    return label_score(facts) if facts.holds is Holds.NOTHING else ingest_score(facts)


def verdict(found: float, thresholds: Thresholds) -> Verdict:
    """Returns what a score says."""
    if found >= thresholds.auto_ready:
        return Verdict.READY
    return Verdict.ENRICHMENT if found >= thresholds.review else Verdict.REVIEW


def readiness_after(
    before: Readiness | None, *, changed: bool, said: Verdict
) -> tuple[Readiness, bool]:
    """Returns where a file is after it was opened, and whether it may be used.

    Args:
        before: Where it was; None for a new file.
        changed: Whether its content is another than before.
        said: What its score says.
    """
    ready = (Readiness.READY, True)
    if before is Readiness.RETIRED:
        return before, False
    if before is Readiness.READY:
        # What was decided stays, unless it was decided of another content. Then it is not decided
        # anew in the same run.
        return (Readiness.ENRICHING, False) if changed else ready
    if before is Readiness.ENRICHING:
        return ready if said is Verdict.READY and not changed else (before, False)
    return ready if said is Verdict.READY else (Readiness.NEW, False)


def _has_duration(facts: Facts) -> bool:
    return facts.duration_ms is not None and facts.duration_ms > 0


def _parts(facts: Facts) -> float:
    # Of sound alone no picture is wanted: its part goes to the sound.
    video = _VIDEO if facts.video and facts.video_codec else 0.0
    audio = (_AUDIO if facts.video else _AUDIO + _VIDEO) if facts.audio_codec else 0.0
    return round(
        (_SIZE if facts.size_bytes > 0 else 0.0)
        + (_DURATION if _has_duration(facts) else 0.0)
        + video
        + audio
        + (_CONTAINER if facts.container else 0.0),
        4,
    )
