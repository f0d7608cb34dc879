"""Sonarr, by its API v3."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from reelhouse_catalog.enrichment.model import ImageKind, Metadata
from reelhouse_catalog.sources.clients import arr, fields
from reelhouse_catalog.sources.clients.http import Http
from reelhouse_catalog.sources.model import Collection, Content
from reelhouse_catalog.sources.remote import (
    Batch,
    Item,
    ItemKind,
    RemoteCollection,
    Selection,
    SeriesRow,
    ServerInfo,
)

_MINUTE_MS = 60_000


class SonarrClient:
    """Asks a Sonarr instance."""

    headers = staticmethod(arr.headers)

    def __init__(self, http: Http) -> None:
        self._http = http

    async def check(self) -> ServerInfo:
        """Asks the instance for its name and version."""
        return await arr.check(self._http, "sonarr")

    async def collections(self) -> list[RemoteCollection]:
        """Returns the instance's root folders."""
        return await arr.root_folders(self._http, Content.SHOWS)

    async def batches(
        self, collection: Collection, cursor: dict[str, Any] | None, selection: Selection
    ) -> AsyncIterator[Batch]:
        """Yields the series below a root folder by their ids, each with its episodes."""
        answer = fields.required_list(await self._http.get("/api/v3/series"), "series")
        series = sorted((s for s in answer if arr.within(s, collection.locations)), key=_id)
        after = int(cursor["after"]) if cursor else -1
        left = [one for one in series if _id(one) > after]
        for index, one in enumerate(left):
            following = {"after": _id(one)} if index + 1 < len(left) else None
            show = self._show(one)
            items = [show]
            # Another series than the one asked for needs no more requests.
            if _id(one) and selection.takes(show):
                items += await self._episodes(one)
            yield Batch(selection.of(items), following)

    async def _episodes(self, series: dict[str, Any]) -> list[Item]:
        params = {"seriesId": str(_id(series))}
        told = fields.required_list(await self._http.get("/api/v3/episode", params), "episodes")
        files = fields.required_list(await self._http.get("/api/v3/episodefile", params), "files")
        by_id = {_id(file): file for file in files}
        items = []
        for episode in told:
            file = by_id.get(fields.number(episode, "episodeFileId") or 0)
            if file is not None and _id(file):  # what is not there is nothing to link
                items.append(self._episode(series, episode, file))
        return items

    def _show(self, series: dict[str, Any]) -> Item:
        row = SeriesRow(
            sonarr_id=_id(series),
            title=fields.text(series, "title", most=1000),
            imdb_id=fields.text(series, "imdbId", most=50),
            tvdb_id=fields.number(series, "tvdbId") or None,
            tmdb_id=fields.number(series, "tmdbId") or None,
            monitored=fields.flag(series, "monitored"),
            poster_url=arr.image_url(self._http, series, ImageKind.POSTER),
            fanart_url=arr.image_url(self._http, series, ImageKind.BACKDROP),
        )
        seasons = {
            number: Metadata(images=tuple(arr.images(self._http, season)))
            for season in fields.objects(series.get("seasons"))[: fields.MAX_LIST]
            if (number := fields.number(season, "seasonNumber")) is not None
        }
        return Item(
            ItemKind.SHOW,
            provider_key=str(row.sonarr_id) if row.sonarr_id else "",
            display_name=row.title,
            year=fields.year(series, "year"),
            metadata=arr.metadata(self._http, series, day=("firstAired",)),
            seasons={number: said for number, said in seasons.items() if said.images},
            raw=fields.kept(series),
            row=row,
        )

    def _episode(
        self, series: dict[str, Any], episode: dict[str, Any], file: dict[str, Any]
    ) -> Item:
        own = _id(episode)
        return Item(
            ItemKind.EPISODE,
            # Episodes have numbers of their own, which may be those of a series.
            provider_key=f"e{own}" if own else "",
            parent_key=str(_id(series)),
            display_name=fields.text(episode, "title", most=1000),
            title_name=fields.text(series, "title", most=1000),
            year=fields.year(series, "year"),
            season_number=fields.number(episode, "seasonNumber"),
            number=fields.number(episode, "episodeNumber"),
            server_path=fields.path(file, "path"),
            file=arr.file_facts(file, monitored=fields.flag(episode, "monitored")),
            metadata=Metadata(
                display_name=fields.text(episode, "title", most=1000),
                overview=fields.text(episode, "overview"),
                release_date=fields.day(episode, "airDate", "airDateUtc"),
                duration_ms=fields.millis(episode, "runtime", _MINUTE_MS),
                external_ids={"tvdb": tvdb}
                if (tvdb := fields.text(episode, "tvdbId")) not in ("", "0")
                else {},
            ),
            raw=fields.kept({"episode": episode, "episodeFile": file}),
        )


def _id(entry: dict[str, Any]) -> int:
    return fields.number(entry, "id") or 0
