"""Which episode is watched after which. No I/O."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

MOST = 20
"""The most episodes that are told to come after another one."""
_SPECIALS = 0
"""The number of the season that specials are in."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An episode, as far as its place goes. `media_file_id` None: it has no file that is there."""

    id: UUID
    title_id: UUID
    season_number: int | None
    number: int | None
    release_date: date | None
    name: str
    media_file_id: UUID | None


def watching_order(episodes: Iterable[Placed]) -> list[Placed]:
    """Returns the episodes of a series in the order of watching.

    By season and number. A special stands after the regular episode that was shown last before it,
    or on the same day; specials without a date are left out.
    """
    regular: list[Placed] = []
    specials: list[Placed] = []
    for episode in episodes:
        if episode.season_number == _SPECIALS:
            specials.append(episode)
        elif episode.season_number is not None:
            regular.append(episode)
    regular.sort(key=_number)
    places = {episode.id: place for place, episode in enumerate(regular)}
    shown = sorted(
        (episode.release_date, places[episode.id])
        for episode in regular
        if episode.release_date is not None
    )
    placed = [((place, 0, date.min, _number(e)), e) for place, e in enumerate(regular)]
    for special in specials:
        if special.release_date is not None:
            before = bisect_right(shown, (special.release_date, len(regular)))
            place = shown[before - 1][1] if before else -1
            placed.append(((place, 1, special.release_date, _number(special)), special))
    return [episode for _, episode in sorted(placed, key=lambda pair: pair[0])]


def following(episode: Placed, order: list[Placed]) -> list[Placed]:
    """Returns what comes after an episode and can be played, the next one first.

    After a special that has no place comes everything.
    """
    if episode.season_number is None:
        return []
    place = next((i for i, other in enumerate(order) if other.id == episode.id), -1)
    return [other for other in order[place + 1 :] if other.media_file_id is not None][:MOST]


def _number(episode: Placed) -> tuple[int, int, UUID]:
    number = -1 if episode.number is None else episode.number
    return (episode.season_number or 0, number, episode.id)
