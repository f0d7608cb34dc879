"""An example of a plugin: takes what films and series are from a CSV file, a TV listing.

Run it with `python tv_listing.py 127.0.0.1:7001`, and tell Reelhouse of it with
`reelhouse plugins register 127.0.0.1:7001 --config '{"path": "/srv/listing.csv"}' --enable`.

The file has a heading line; its columns are title, year, kind ("movie" or "show"), overview,
genres (separated by "/"), rating, and season, episode and episode_title for a line that is about
an episode. Columns that are missing are left out.
"""

from __future__ import annotations

import asyncio
import csv
import itertools
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from reelhouse_plugin_sdk import Config, EnrichmentPlugin, Finding, Metadata, Subject, run

MOST_LINES = 100_000
SURE = 0.95
WITHOUT_YEAR = 0.8


class TvListing(EnrichmentPlugin):
    """Reads a TV listing."""

    name = "tv-listing"
    version = "1.0.0"
    display_name = "TV listing"
    capabilities = ("movies", "series", "episodes")
    title_kinds = ("movie", "show")
    config_schema = {  # noqa: RUF012 # nobody changes it
        "type": "object",
        "properties": {
            "path": {
                "type": "string",
                "minLength": 1,
                "description": "The CSV file, as this plugin sees it.",
            },
            "delimiter": {"type": "string", "minLength": 1, "maxLength": 1, "default": ","},
        },
        "required": ["path"],
        "additionalProperties": False,
    }

    async def enrich(self, subject: Subject, config: Config) -> Finding | None:
        """Returns what the lines of a title say."""
        rows = await asyncio.to_thread(
            read, Path(str(config["path"])), str(config.get("delimiter", ",")), subject
        )
        if not rows:
            return None
        certain = bool(subject.year) and any(row.get("year") == str(subject.year) for row in rows)
        titles = [row for row in rows if not row.get("episode")] or rows
        finding = Finding(
            key=f"{titles[0]['title']} ({titles[0].get('year') or subject.year})",
            confidence=SURE if certain else WITHOUT_YEAR,
            title=metadata(titles[0]),
        )
        for row in rows:
            season, episode = row.get("season", ""), row.get("episode", "")
            if season.isdigit() and episode.isdigit():
                finding.episodes.add(
                    season=int(season),
                    number=int(episode),
                    metadata=Metadata(
                        display_name=row.get("episode_title", ""), overview=row.get("overview", "")
                    ),
                )
        return finding


def read(path: Path, delimiter: str, subject: Subject) -> list[dict[str, str]]:
    """Returns the lines of a file that are about a title."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = itertools.islice(csv.DictReader(file, delimiter=delimiter), MOST_LINES)
        return [
            {name: value for name, value in row.items() if name and isinstance(value, str)}
            for row in lines
            if is_about(row, subject)
        ]


def is_about(row: Mapping[str, str | None], subject: Subject) -> bool:
    """Tells whether a line is about a title."""
    year = row.get("year") or ""
    same_year = not subject.year or not year or year == str(subject.year)
    same_kind = (row.get("kind") or subject.kind) == subject.kind
    name = (row.get("title") or "").strip().casefold()
    return same_year and same_kind and name == subject.display_name.strip().casefold()


def metadata(row: Mapping[str, str]) -> Metadata:
    """Returns what a line says of its title."""
    found = Metadata(
        display_name=row["title"].strip(),
        overview=row.get("overview", "") if not row.get("episode") else "",
        genres=words(row.get("genres", "").split("/")),
    )
    if row.get("year", "").isdigit():
        found.year = int(row["year"])
    try:
        found.rating = float(row.get("rating", ""))
    except ValueError:
        found.ClearField("rating")
    return found


def words(parts: Iterable[str]) -> list[str]:
    """Returns the words that are not empty."""
    return [part.strip() for part in parts if part.strip()]


if __name__ == "__main__":
    run(TvListing(), sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7001")
