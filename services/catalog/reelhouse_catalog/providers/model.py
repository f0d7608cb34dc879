"""How well something that a provider found fits a title."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from reelhouse_catalog.enrichment.model import Subject
from reelhouse_naming import normalize_title, title_similarity

T = TypeVar("T")

VIDEO_THRESHOLD = 0.85
MUSIC_THRESHOLD = 0.80
BOOK_THRESHOLD = 0.80
_YEARS = {0: 0.2, 1: 0.15, 2: 0.1}
"""What a year adds by how far it is off. Festivals and countries differ by up to two years."""
_WRONG = 0.1
_TIE = 0.1
_FAR_OFF_MS = 900_000
_FAR_OFF = 0.25
_TRACK_MS = 10_000
_BOOK_MS = 600_000
_BOOK_PART = 0.05
MOST_NAME = 300
"""Characters of a name that are compared."""


@dataclass(frozen=True, slots=True)
class Candidate(Generic[T]):
    """Something found, and how well it fits. `score` may be over 1, which tells good from best."""

    item: T
    score: float

    @property
    def confidence(self) -> float:
        """How sure it is, from 0 to 1."""
        return min(1.0, max(0.0, self.score))


def similarity(left: str, right: str) -> float:
    """Returns how alike two names are: 1 for the same, else the share of common words."""
    left, right = left[:MOST_NAME], right[:MOST_NAME]
    if not normalize_title(left):  # of punctuation alone, as "!!!" is
        return float(left.strip() == right.strip())
    return title_similarity(left, right)


def _most_like(name: str, names: Iterable[str]) -> float:
    return max((similarity(name, other) for other in names if other), default=0.0)


def video_score(
    subject: Subject,
    names: Iterable[str],
    year: int | None,
    duration_ms: int | None = None,
) -> float:
    """Returns how well a film or series fits: 0.8 for the name, 0.2 for the year, 0.1 if exact.

    A year that is off by more than two, and a length that is off by far, speak against it.
    """
    like = _most_like(subject.display_name, names)
    score = 0.8 * like + (0.1 if like == 1.0 else 0.0)
    if subject.year is not None and year is not None:
        score += _YEARS.get(abs(subject.year - year), -_WRONG)
    if subject.duration_ms and duration_ms:
        off = abs(subject.duration_ms - duration_ms)
        if off > _FAR_OFF_MS and off > _FAR_OFF * duration_ms:
            score -= _WRONG
    return score


def album_score(
    subject: Subject, name: str, artists: Iterable[str], lengths: Sequence[int | None] = ()
) -> float:
    """Returns how well an album fits: 0.5 for the name, 0.3 for the artist, 0.2 for the tracks.

    Args:
        subject: The album asked about.
        name: The found album's name.
        artists: Who made it.
        lengths: The lengths of its tracks in milliseconds; None for those not known.
    """
    parts = [(0.5, similarity(subject.display_name, name))]
    if subject.creators:
        credited = list(artists)
        like = max((_most_like(creator, credited) for creator in subject.creators), default=0.0)
        parts.append((0.3, like))
    if subject.tracks and lengths:
        parts.append((0.2, _same_tracks(subject, lengths)))
    return _weighed(parts)


def _same_tracks(subject: Subject, lengths: Sequence[int | None]) -> float:
    """Returns the share of tracks that are as long as ours, within ten seconds."""
    ours = sorted((disc, number, length) for disc, number, _, length in subject.tracks)
    pairs = zip((length for *_, length in ours), lengths, strict=False)
    same = sum(not (mine and theirs) or abs(mine - theirs) <= _TRACK_MS for mine, theirs in pairs)
    return same / max(len(ours), len(lengths))


def book_score(
    subject: Subject, names: Iterable[str], authors: Iterable[str], duration_ms: int | None
) -> float:
    """Returns how well an audiobook fits: 0.5 name, 0.3 author, 0.2 length within 5 % or 10 min."""
    parts = [(0.5, _most_like(subject.display_name, names))]
    if subject.creators:
        writers = list(authors)
        like = max((_most_like(creator, writers) for creator in subject.creators), default=0.0)
        parts.append((0.3, like))
    if subject.duration_ms and duration_ms:
        allowed = max(_BOOK_MS, _BOOK_PART * duration_ms)
        parts.append((0.2, float(abs(subject.duration_ms - duration_ms) <= allowed)))
    return _weighed(parts)


def _weighed(parts: Sequence[tuple[float, float]]) -> float:
    # What is not known of a title counts neither for nor against.
    return sum(weight * like for weight, like in parts) / sum(weight for weight, _ in parts)


def best(candidates: Iterable[Candidate[T]], threshold: float) -> Candidate[T] | None:
    """Returns the best candidate if it is sure enough; of equals the first.

    Several that fit equally well make each of them less sure.
    """
    ranked = sorted(candidates, key=lambda candidate: -candidate.score)
    if not ranked:
        return None
    first = ranked[0]
    if len(ranked) > 1 and ranked[1].score == first.score:
        first = Candidate(first.item, first.score - _TIE)
    return first if first.score >= threshold else None
