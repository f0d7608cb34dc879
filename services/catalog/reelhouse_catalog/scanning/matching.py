"""Which title, and what of it, a file is: from its name's facts and its tags. No I/O.

Films and series go by their names, which people and their tools keep in order. Music and audiobooks
go by their tags first, then by their names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from reelhouse_catalog.titles.model import EpisodePlace, Placement, TrackPlace
from reelhouse_catalog.titles.searching import match_key, of_found, plain
from reelhouse_naming import Facts, Kind, LibraryKind, sort_title

LEAST_CONFIDENCE = 0.5
"""A name read with less is not linked to a title (BEHAVIOUR 1.4)."""
_TAGGED = 0.95
"""How sure tags make us."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_SEPARATORS = re.compile(r"\s*[;/]\s*|\s*,\s+|\s+&\s+")


def place(library: LibraryKind, facts: Facts, tags: Mapping[str, str]) -> Placement | None:
    """Returns where a file belongs; None when that is too uncertain."""
    if facts.kind is Kind.EXTRA:
        return None
    placement = {
        LibraryKind.MOVIE: _movie,
        LibraryKind.TV: _episode,
        LibraryKind.MUSIC: _track,
        LibraryKind.AUDIOBOOK: _audiobook,
    }[library](facts, tags)
    if placement is None or placement.confidence < LEAST_CONFIDENCE or not placement.match_key:
        return None
    return placement


def _movie(facts: Facts, _: Mapping[str, str]) -> Placement | None:
    if facts.kind is not Kind.MOVIE or not facts.title:
        return None
    return _placement("movie", facts, facts.title, facts.year, episodes=(EpisodePlace(),))


def _episode(facts: Facts, _: Mapping[str, str]) -> Placement | None:
    if facts.kind is not Kind.EPISODE or not facts.title:
        return None
    numbers = facts.episodes or facts.absolute_episodes
    season = facts.season
    if season is None:
        # Anime without seasons is one long season; a special belongs to the season of specials.
        season = 0 if facts.special else 1
    if not numbers and facts.air_date is not None:
        # A daily show's season is its year, its number the day in it.
        season = facts.air_date.year
        numbers = (facts.air_date.timetuple().tm_yday,)
    if not numbers:
        return None
    names = facts.episode_titles
    if len(names) != len(numbers):
        names = (" - ".join(names),) * len(numbers)
    places = tuple(
        EpisodePlace(season, number, name) for number, name in zip(numbers, names, strict=True)
    )
    return _placement("show", facts, facts.title, facts.year, episodes=places)


def _track(facts: Facts, tags: Mapping[str, str]) -> Placement | None:
    album = tags.get("album") or facts.title
    artist = tags.get("album_artist") or tags.get("artist") or facts.creator
    if not album:
        return None
    number, disc = _number(tags.get("track")), _number(tags.get("disc"))
    name = tags.get("title") or " - ".join(facts.episode_titles)
    return _placement(
        "album",
        facts,
        album,
        _year(tags) or facts.year,
        # The artist alone keeps apart all the albums named "Greatest Hits".
        creators=_people(artist),
        tagged="album" in tags,
        track=_track_place(
            disc or facts.disc or 1, number if number is not None else facts.part or 0, name
        ),
    )


def _audiobook(facts: Facts, tags: Mapping[str, str]) -> Placement | None:
    title = tags.get("album") or facts.title
    author = tags.get("album_artist") or tags.get("artist") or facts.creator
    if not title:
        return None
    number = _number(tags.get("track"))
    if number is None:
        number = facts.part or 0
    asin = tags.get("asin") or tags.get("audible_asin")
    ids = {**facts.external_ids, **({"asin": asin.upper()} if asin else {})}
    return _placement(
        "audiobook",
        facts,
        title,
        _year(tags) or facts.year,
        creators=_people(author),
        narrators=_people(tags.get("narrator") or tags.get("composer") or facts.narrator),
        external_ids=ids,
        tagged="album" in tags,
        track=_track_place(
            _number(tags.get("disc")) or facts.disc or 1,
            number,
            tags.get("title") or " - ".join(facts.episode_titles) or title,
        ),
    )


def _placement(
    kind: str,
    facts: Facts,
    name: str,
    year: int | None,
    *,
    creators: tuple[str, ...] = (),
    narrators: tuple[str, ...] = (),
    external_ids: Mapping[str, str] | None = None,
    episodes: tuple[EpisodePlace, ...] = (),
    track: TrackPlace | None = None,
    tagged: bool = False,
) -> Placement:
    text, vector, facets = of_found(name, creators, narrators)
    ids = dict(external_ids if external_ids is not None else facts.external_ids)
    if "mbid" in ids:
        ids["musicbrainz"] = ids.pop("mbid")
    return Placement(
        kind=kind,
        name=name,
        sort_name=sort_title(name),
        match_key=match_key(kind, name, year, creators),
        search_text=text,
        search_vector=vector,
        confidence=max(facts.confidence, _TAGGED) if tagged else facts.confidence,
        year=year,
        creators=creators,
        narrators=narrators,
        external_ids=ids,
        episodes=episodes,
        track=track,
        facets=tuple(facets),
    )


def _track_place(disc: int, number: int, name: str) -> TrackPlace:
    # A numbered track is known by its number, whatever its name in this copy.
    return TrackPlace(disc, number, name, "" if number else plain(name))


def _number(text: str | None) -> int | None:
    """Reads "3" or "3/12"."""
    digits = (text or "").partition("/")[0].strip()
    return int(digits) if digits.isdecimal() and len(digits) < 6 else None  # noqa: PLR2004


def _year(tags: Mapping[str, str]) -> int | None:
    for key in ("originalyear", "originaldate", "date", "year"):
        match = _YEAR.match(tags.get(key, ""))
        if match:
            return int(match.group())
    return None


def _people(text: str) -> tuple[str, ...]:
    return tuple(part for part in _SEPARATORS.split(text) if part)[:20]
