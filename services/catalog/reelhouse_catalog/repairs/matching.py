"""Which series or film of a Sonarr or Radarr a broken link is. No I/O.

Where the link lies says it for sure; an id nearly so; a title only when there is one of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reelhouse_catalog.sources import paths
from reelhouse_catalog.symlinks.model import Symlink
from reelhouse_naming import normalize_title

Entry = Mapping[str, Any]


def find(entries: Sequence[Entry], link: Symlink, server_paths: Iterable[str]) -> Entry | None:
    """Returns the series or film that a link is; None where that is not clear.

    Args:
        entries: All that the server has, as its API tells of it.
        link: The link.
        server_paths: What the link's path may be on the server.
    """
    for text in server_paths:
        own = paths.parse(text)
        here = [entry for entry in entries if own is not None and _holds(entry, own)]
        if here:
            return max(here, key=lambda entry: len(str(entry.get("path", ""))))
    if link.tmdb_id is not None:
        same = [entry for entry in entries if entry.get("tmdbId") == link.tmdb_id]
        if same:
            return same[0] if len(same) == 1 else None
    return _by_title(entries, link)


def _holds(entry: Entry, path: paths.Path) -> bool:
    folder = paths.parse(str(entry.get("path", "")))
    return folder is not None and bool(folder.parts) and bool(path.below(folder))


def _by_title(entries: Sequence[Entry], link: Symlink) -> Entry | None:
    if not link.title_norm:
        return None
    named = [
        entry
        for entry in entries
        if normalize_title(str(entry.get("title", ""))) == link.title_norm
        # What has another id is another title of that name.
        and (link.tmdb_id is None or not entry.get("tmdbId"))
    ]
    if link.year is not None:
        dated = [entry for entry in named if entry.get("year") == link.year]
        near = [entry for entry in named if _near(entry.get("year"), link.year)]
        named = dated or near
    return named[0] if len(named) == 1 else None


def _near(year: object, wanted: int) -> bool:
    return not isinstance(year, int) or year == 0 or abs(year - wanted) <= 1


def episodes(entries: Sequence[Entry], unit: str) -> list[int]:
    """Returns the ids of the episodes that a unit is made of; none when one of them is unknown."""
    if unit.startswith("d"):
        return _ids([one for one in entries if one.get("airDate") == unit[1:]], 1)
    if unit.startswith("a"):
        numbers = {int(number) for number in unit[1:].split("a")}
        found = [one for one in entries if one.get("absoluteEpisodeNumber") in numbers]
        return _ids(found, len(numbers))
    season, *parts = unit[1:].split("e")
    numbers = {int(number) for number in parts}
    found = [
        one
        for one in entries
        if one.get("seasonNumber") == int(season) and one.get("episodeNumber") in numbers
    ]
    return _ids(found, len(numbers))


def _ids(found: Sequence[Entry], least: int) -> list[int]:
    ids = sorted({one["id"] for one in found if isinstance(one.get("id"), int)})
    return ids if len(ids) >= least else []
