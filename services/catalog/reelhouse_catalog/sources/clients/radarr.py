"""Radarr, by its API v3."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from reelhouse_catalog.enrichment.model import ImageKind
from reelhouse_catalog.sources.clients import arr, fields
from reelhouse_catalog.sources.clients.http import Http
from reelhouse_catalog.sources.model import Collection, Content
from reelhouse_catalog.sources.remote import (
    Batch,
    FileFacts,
    Item,
    ItemKind,
    MovieRow,
    RemoteCollection,
    Selection,
    ServerInfo,
)


class RadarrClient:
    """Asks a Radarr instance."""

    headers = staticmethod(arr.headers)

    def __init__(self, http: Http, page: int) -> None:
        self._http = http
        self._page = page

    async def check(self) -> ServerInfo:
        """Asks the instance for its name and version."""
        return await arr.check(self._http, "radarr")

    async def collections(self) -> list[RemoteCollection]:
        """Returns the instance's root folders."""
        return await arr.root_folders(self._http, Content.MOVIES)

    async def batches(
        self, collection: Collection, cursor: dict[str, Any] | None, selection: Selection
    ) -> AsyncIterator[Batch]:
        """Yields the films below a root folder by their ids. Radarr tells of all at once."""
        answer = fields.required_list(await self._http.get("/api/v3/movie"), "films")
        movies = [m for m in answer if arr.within(m, collection.locations)]
        # Without an id a film cannot be taken; it comes first, to be told of once.
        movies.sort(key=_id)
        after = int(cursor["after"]) if cursor else -1
        left = [movie for movie in movies if _id(movie) > after]
        for start in range(0, len(left), self._page):
            some = left[start : start + self._page]
            more = start + self._page < len(left)
            following = {"after": _id(some[-1])} if more else None
            items = [self._item(movie) for movie in some]
            yield Batch(selection.of(items), following, len(movies))

    def _item(self, movie: dict[str, Any]) -> Item:
        file = fields.child(movie, "movieFile")
        monitored = fields.flag(movie, "monitored")
        row = MovieRow(
            radarr_id=_id(movie),
            title=fields.text(movie, "title", most=1000),
            year=fields.year(movie, "year"),
            imdb_id=fields.text(movie, "imdbId", most=50),
            tmdb_id=fields.number(movie, "tmdbId") or None,
            monitored=monitored,
            added_at=fields.moment(movie, "added"),
            poster_url=arr.image_url(self._http, movie, ImageKind.POSTER),
            fanart_url=arr.image_url(self._http, movie, ImageKind.BACKDROP),
        )
        return Item(
            ItemKind.MOVIE,
            provider_key=str(row.radarr_id) if row.radarr_id else "",
            display_name=row.title,
            year=row.year,
            server_path=fields.path(file, "path"),
            file=arr.file_facts(file, monitored=monitored) if file else FileFacts(),
            metadata=arr.metadata(
                self._http, movie, day=("inCinemas", "digitalRelease", "physicalRelease")
            ),
            raw=fields.kept(movie),
            row=row,
            remark="" if file else "has no file",
        )


def _id(entry: dict[str, Any]) -> int:
    return fields.number(entry, "id") or 0
