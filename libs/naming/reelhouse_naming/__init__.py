"""Reads facts from the names of media files and releases.

`parse` reads a path or a release name; the other functions are the single rules it is made of,
for callers that have only a folder, a subtitle or a title.

Where to look for a change:

- `tables`: a new word: of a tag, a season, a language, an extra.
- `release`: one name. `situation` cleans it, `tags` and `settle` find its tags, `numbers` its
  season and episodes, `groups` who released it; `series` and `films` put the facts together.
- `library`: paths. What folders say about the files in them, one module for each kind.
- `titles`, `episodes`, `quality`, `subtitles`, `ids`: rules that stand alone.
- `rendering`: the way back: names made of what is known, by templates.
"""

from __future__ import annotations

from reelhouse_naming.episodes import MAX_RANGE, expand_range, format_episodes, is_sequential
from reelhouse_naming.facts import Facts, Kind, LibraryKind, MediaType, media_type
from reelhouse_naming.library.books import BookName, read_book_name
from reelhouse_naming.library.extras import extra_type
from reelhouse_naming.library.folders import (
    CleanName,
    SeasonFolder,
    clean_name,
    disc_number,
    is_disc_folder,
    read_season_folder,
    series_name,
)
from reelhouse_naming.paths import parse
from reelhouse_naming.quality import RESOLUTION_RANKS, quality, resolution_rank
from reelhouse_naming.subtitles import Subtitle, read_subtitle
from reelhouse_naming.titles import normalize_title, sort_title, split_titles, title_similarity

__all__ = [
    "MAX_RANGE",
    "RESOLUTION_RANKS",
    "BookName",
    "CleanName",
    "Facts",
    "Kind",
    "LibraryKind",
    "MediaType",
    "SeasonFolder",
    "Subtitle",
    "clean_name",
    "disc_number",
    "expand_range",
    "extra_type",
    "format_episodes",
    "is_disc_folder",
    "is_sequential",
    "media_type",
    "normalize_title",
    "parse",
    "quality",
    "read_book_name",
    "read_season_folder",
    "read_subtitle",
    "resolution_rank",
    "series_name",
    "sort_title",
    "split_titles",
    "title_similarity",
]
