"""The templates that are used where nobody wrote another. Plex and Jellyfin read what they make.

Sources: the documentation of both on naming films, shows and music; of Audiobookshelf for books.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class TemplateKind(StrEnum):
    """What a template names."""

    MOVIE = "movie"
    # A film of which there is an edition, or another copy.
    MOVIE_VERSION = "movie_version"
    EPISODE = "episode"
    # An episode of season 0.
    SPECIAL = "special"
    ANIME = "anime"
    # An episode that is known by its day.
    DAILY = "daily"
    TRACK = "track"
    AUDIOBOOK = "audiobook"


_MOVIE = "{Movie Title} ({Release Year})"
_SERIES = "{Series Title} ({Release Year})"
_VERSION = "{ - Version Label}"
# Jellyfin takes a file for a version when its name begins as its folder's, with " - " behind.
_MOVIE_VERSION = "< - {edition-{Edition Tags}} {Version Label}>"
_NUMBER = "S{season:00}E{episode:00}"

DEFAULT_TEMPLATES: Mapping[TemplateKind, str] = MappingProxyType(
    {
        TemplateKind.MOVIE: f"{_MOVIE}/{_MOVIE}< - pt{{Part}}>",
        TemplateKind.MOVIE_VERSION: f"{_MOVIE}/{_MOVIE}{_MOVIE_VERSION}< - pt{{Part}}>",
        TemplateKind.EPISODE: f"{_SERIES}/Season {{season:00}}/{_SERIES} - {_NUMBER}"
        f"{{ - Episode Title}}{_VERSION}< - pt{{Part}}>",
        TemplateKind.SPECIAL: f"{_SERIES}/Season 00/{_SERIES} - {_NUMBER}"
        f"{{ - Episode Title}}{_VERSION}< - pt{{Part}}>",
        TemplateKind.ANIME: f"{_SERIES}/Season {{season:00}}/{_SERIES} - {_NUMBER}"
        f"{{ - absolute:000}}{{ - Episode Title}}{_VERSION}< - pt{{Part}}>",
        TemplateKind.DAILY: f"{_SERIES}/Season {{season:00}}/{_SERIES} - {{Air-Date}}"
        f"{{ - Episode Title}}{_VERSION}< - pt{{Part}}>",
        TemplateKind.TRACK: "{Artist Name}/{Album Title} ({Release Year})/"
        f"{{Medium-}}{{track:00}}{{ - Track Title}}{_VERSION}",
        TemplateKind.AUDIOBOOK: "{Author Name}/{Book Series}/"
        "<Vol {Book SeriesPosition} - >{Release Year - }{Book Title}< {{{Narrator}}}>/"
        f"{{Book Title}}< - Part {{Part:00}}>{_VERSION}",
    }
)
"""By kind."""
