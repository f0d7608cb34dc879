"""Reads episodes in their folders: Show (2010)/Season 01/02 - Title.mkv."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from reelhouse_naming.facts import Facts, Kind, LibraryKind
from reelhouse_naming.ids import merge_ids
from reelhouse_naming.library.films import AGREEMENT, is_film_folder, read_film_file
from reelhouse_naming.library.folders import read_season_folder, same_title, series_name
from reelhouse_naming.release.numbers.lists import read_list
from reelhouse_naming.release.reader import read_folder, read_release
from reelhouse_naming.tables.words import EPISODE_WORDS, alternatives
from reelhouse_naming.text import plain, split_extension
from reelhouse_naming.titles import clean_title, split_titles

# Confidence where the file says only a number, nothing at all, or a number that a folder explains.
_NUMBER_ONLY, _NOTHING, _NUMBER_AND_SHOW = 0.75, 0.50, 0.85

# "02 - Title", "02-03 - Title", "Episode 16 - Title", "e05".
_LEADING_NUMBER = re.compile(
    rf"(?:(?:{alternatives(EPISODE_WORDS)}|e)[ ._#-]{{0,3}})?(?P<number>\d{{1,4}})(?=[ ._-]|$)",
    re.IGNORECASE,
)
# "1-12 - Title" outside a season folder.
_SEASON_AND_EPISODE = re.compile(r"(\d{1,2})-(\d{1,3})(?=[ ._]|$)")
# Numbers that stand as those of episodes do, so that no season folder is needed to believe them.
_PADDED = re.compile(r"\d{2,3}(?:[ ._]-[ ._]|$|-\d{2,3}(?:[ ._]|$))")
_MAX_DIGITS = 4


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file lies."""

    # The folder of the show; empty if there is none.
    show: str
    # The season that its folder holds.
    season: int | None
    library: LibraryKind | None
    # Whether the path begins at the library, so that the folders are surely those of a show.
    rooted: bool

    @property
    def in_season(self) -> bool:
        return self.season is not None

    @property
    def of_series(self) -> bool:
        return self.in_season or self.library is LibraryKind.TV


def read_episode_file(
    above: list[str], file: str, library: LibraryKind | None, *, rooted: bool
) -> Facts:
    """Reads a file of a library of series, or of one of unknown kind.

    Args:
        above: the folders, outermost first.
        file: the name of the file.
        library: what the library holds.
        rooted: whether the path begins at the folder of the library.
    """
    place = _find_place(above, library, rooted=rooted)
    facts = read_release(file, LibraryKind.TV if place.of_series else library)
    facts = _by_number(facts, split_extension(plain(file)).name, place) or facts
    if facts.kind in (Kind.UNKNOWN, Kind.MOVIE):
        release = read_folder(above[-1]) if above else facts
        if release.kind is Kind.EPISODE and (release.season is not None or release.air_date):
            # "Show.S01E02.1080p-GROUP/<hash>.mkv".
            return replace(release, container=facts.container)
        if not place.of_series:
            is_film = place.show and is_film_folder(place.show, facts)
            return read_film_file(above, file) if is_film else facts
        facts = replace(facts, kind=Kind.EPISODE, confidence=_NOTHING)
    return _with_show(_with_season(facts, place), place)


def _find_place(above: list[str], library: LibraryKind | None, *, rooted: bool) -> _Place:
    """Finds the season folder: the innermost one, or the one above a folder of an episode."""
    for depth in range(1, min(len(above), 2) + 1):
        folder, outer = above[-depth], above[:-depth]
        parent = outer[-1] if outer else ""
        # "Specials" and "02" are seasons only below a folder that can be a show.
        found = read_season_folder(folder, parent, allow_special_and_numeric_names=bool(outer))
        if found.is_season_folder:
            return _Place(parent, found.season, library, rooted)
        own = read_folder(folder)
        if own.kind is Kind.SEASON and own.title:
            # "Show.S04.PDTV.x264-GROUP", below "Show" or alone.
            below_show = same_title(series_name(parent), own.title)
            return _Place(parent if below_show else folder, own.season, library, rooted)
        if own.kind is not Kind.EPISODE:
            break
    return _Place(above[-1] if above else "", None, library, rooted)


def _by_number(facts: Facts, stem: str, place: _Place) -> Facts | None:
    """Reads an episode that only its number tells: "02 - Title", "4-12 - Title", "Show 12"."""
    leading = _LEADING_NUMBER.match(stem)
    stated = facts.season is not None or facts.air_date
    if stated or not (leading or facts.kind in (Kind.UNKNOWN, Kind.MOVIE)):
        return None
    pair = _SEASON_AND_EPISODE.match(stem)
    if pair and not place.in_season and (place.show or place.of_series):
        return _numbered(facts, stem[pair.end() :], int(pair[1]), (int(pair[2]),))
    if leading:
        if not _is_episode_number(facts, stem, place):
            return None
        found = read_list(stem, leading.end(), int(leading["number"]), bare_only=True)
        return _numbered(facts, stem[found.end :], None, found.numbers)
    title = series_name(place.show) if place.show else ""
    number = _number_behind(title, stem)
    if number is None:
        return None
    return replace(_numbered(facts, "", None, (number,)), title=title)


def _is_episode_number(facts: Facts, stem: str, place: _Place) -> bool:
    """Tells whether the number that a file begins with is that of an episode."""
    if place.in_season:
        return True
    if facts.year:
        return False
    if stem[0].isalpha():
        return True
    title = read_folder(place.show).title if place.show else ""
    # "300/300.mkv" is the film.
    repeated = bool(title) and clean_title(stem).casefold().startswith(title.casefold())
    return bool(place.show) and not repeated and (place.of_series or bool(_PADDED.match(stem)))


def _number_behind(title: str, stem: str) -> int | None:
    """Returns the number that stands behind the title of the show: "Show/Show 12"."""
    name = clean_title(stem)
    if not title or not name.casefold().startswith(title.casefold()):
        return None
    rest = name[len(title) :].strip(" -")
    return int(rest) if rest.isdecimal() and len(rest) <= _MAX_DIGITS else None


def _numbered(facts: Facts, rest: str, season: int | None, episodes: tuple[int, ...]) -> Facts:
    """Makes an episode of what was read by its number; the title is left to the folders."""
    title = clean_title(rest.partition("[")[0])
    # Behind a number, a title ends where the tags begin.
    own = read_release(f"S01E01 {title}").episode_titles if title else ()
    titles = split_titles(own[0], len(episodes)) if own and episodes[1:] else own
    return replace(
        facts,
        kind=Kind.EPISODE,
        title="",
        year=None,
        season=season,
        seasons=(),
        episodes=episodes,
        absolute_episodes=episodes if season is None else (),
        episode_titles=titles,
        confidence=_NUMBER_ONLY,
    )


def _with_season(facts: Facts, place: _Place) -> Facts:
    """Adds the season of the folder where the file names none."""
    if place.season is None or facts.season is not None:
        return facts
    episodes = facts.episodes or facts.absolute_episodes[:1]
    if episodes[:1] and episodes[0] // 100 == place.season:
        # "Season 4/Show [401]".
        episodes = tuple(number % 100 for number in episodes)
    facts = replace(facts, season=place.season, episodes=episodes, absolute_episodes=())
    if place.season:
        return facts
    number = episodes[0] if episodes else facts.special_number
    return replace(facts, special=True, special_type="special", special_number=number)


def _with_show(facts: Facts, place: _Place) -> Facts:
    """Adds what the folder of the show says.

    Where the path does not begin at the library, it counts only if a season folder shows that it
    is one of a show, or if it agrees with the file.
    """
    title = series_name(place.show) if place.show else ""
    agrees = same_title(title, facts.title)
    if not title or not (place.in_season or agrees or (place.rooted and not facts.title)):
        return facts
    own = read_folder(place.show, LibraryKind.MOVIE)
    confidence = facts.confidence
    if agrees:
        confidence = min(confidence + AGREEMENT, 1.0)
    elif facts.episodes:
        confidence = max(confidence, _NUMBER_AND_SHOW)
    return replace(
        facts,
        title=title,
        year=own.year or facts.year,
        external_ids=merge_ids(own.external_ids, facts.external_ids),
        confidence=confidence,
    )
