"""TitleService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from reelhouse.catalog.v1 import title_pb2, title_service_pb2, title_service_pb2_grpc
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.titles import store, usecases
from reelhouse_catalog.titles.model import (
    EPISODE,
    SEASON,
    TITLE,
    TOPIC,
    TRACK,
    Episode,
    Season,
    Title,
    TitleKind,
    Track,
)
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import Watch
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import etag, now, timestamp
from reelhouse_kit.rpc.pipeline import Context

_KIND = title_pb2.Title.Kind


class TitleServicer(title_service_pb2_grpc.TitleServiceServicer):
    """Answers which films, series, albums and audiobooks there are."""

    def __init__(self, database: Database, hub: Hub, stopping: asyncio.Event) -> None:
        self._database = database
        self._hub = hub
        self._stopping = stopping

    async def GetTitle(
        self, request: title_service_pb2.GetTitleRequest, context: Context
    ) -> title_pb2.Title:
        title_id = TITLE.parse_one(request.name)
        return to_message(await usecases.get_title(self._database, title_id))

    async def ListTitles(
        self, request: title_service_pb2.ListTitlesRequest, context: Context
    ) -> title_service_pb2.ListTitlesResponse:
        page = paging.page_of(request, str, UUID)
        found = await store.page(
            self._database, _library(request.library), _kind(request.kind), page
        )
        rows, token = page.cut(found, key=lambda row: (row.sort_name, row.id))
        return title_service_pb2.ListTitlesResponse(
            titles=[to_message(row) for row in rows], next_page_token=token
        )

    async def SearchTitles(
        self, request: title_service_pb2.SearchTitlesRequest, context: Context
    ) -> title_service_pb2.SearchTitlesResponse:
        page = paging.page_of(request, float, UUID)
        found = await usecases.search_titles(
            self._database, request.query, _library(request.library), _kind(request.kind), page
        )
        rows, token = page.cut(found, key=lambda row: (row[1], row[0].id))
        response = title_service_pb2.SearchTitlesResponse(next_page_token=token)
        for title, score in rows:
            response.results.add(title=to_message(title), score=score)
        return response

    async def WatchTitles(
        self, request: title_service_pb2.WatchTitlesRequest, context: Context
    ) -> AsyncIterator[title_service_pb2.WatchTitlesResponse]:
        library_id, kind = _library(request.library), _kind(request.kind)

        async def snapshot() -> AsyncIterator[tuple[str, Title]]:
            async for title in store.everything(self._database, library_id, kind):
                yield title.resource, title

        async def load(names: Sequence[str]) -> dict[str, Title]:
            ids = [TITLE.parse_one(name) for name in names]
            return {
                title.resource: title
                for title in await store.batch(self._database, ids)
                if library_id in (None, title.library_id) and kind in (None, title.kind)
            }

        watch = Watch(
            hub=self._hub,
            topic=TOPIC,
            checksum=paging.checksum(request, "resume_token"),
            snapshot=snapshot,
            load=load,
            stopping=self._stopping,
        )
        async for update in watch.updates(request.resume_token):
            response = title_service_pb2.WatchTitlesResponse(resume_token=update.token)
            if update.change is None:
                response.checkpoint.time.CopyFrom(now())
            elif update.resource is None:
                response.deleted = update.name
            else:
                getattr(response, update.change).CopyFrom(to_message(update.resource))
            yield response

    async def ListSeasons(
        self, request: title_service_pb2.ListSeasonsRequest, context: Context
    ) -> title_service_pb2.ListSeasonsResponse:
        title_id = TITLE.parse_one(request.parent)
        page = paging.page_of(request, int)
        await usecases.get_title(self._database, title_id)
        found = await store.seasons_of(self._database, title_id, page)
        rows, token = page.cut(found, key=lambda row: (row.number,))
        return title_service_pb2.ListSeasonsResponse(
            seasons=[season_to_message(row) for row in rows], next_page_token=token
        )

    async def GetEpisode(
        self, request: title_service_pb2.GetEpisodeRequest, context: Context
    ) -> title_pb2.Episode:
        title_id, episode_id = EPISODE.parse(request.name)
        return episode_to_message(await usecases.get_episode(self._database, title_id, episode_id))

    async def ListEpisodes(
        self, request: title_service_pb2.ListEpisodesRequest, context: Context
    ) -> title_service_pb2.ListEpisodesResponse:
        title_id = TITLE.parse_one(request.parent)
        page = paging.page_of(request, int, int, UUID)
        season_id = SEASON.parse_one(request.season) if request.season else None
        await usecases.get_title(self._database, title_id)
        found = await store.episodes_of(self._database, title_id, season_id, page)
        rows, token = page.cut(
            found,
            key=lambda row: (
                -1 if row.season_number is None else row.season_number,
                -1 if row.number is None else row.number,
                row.id,
            ),
        )
        return title_service_pb2.ListEpisodesResponse(
            episodes=[episode_to_message(row) for row in rows], next_page_token=token
        )

    async def GetTrack(
        self, request: title_service_pb2.GetTrackRequest, context: Context
    ) -> title_pb2.Track:
        title_id, track_id = TRACK.parse(request.name)
        return track_to_message(await usecases.get_track(self._database, title_id, track_id))

    async def ListTracks(
        self, request: title_service_pb2.ListTracksRequest, context: Context
    ) -> title_service_pb2.ListTracksResponse:
        title_id = TITLE.parse_one(request.parent)
        page = paging.page_of(request, int, int, UUID)
        await usecases.get_title(self._database, title_id)
        found = await store.tracks_of(self._database, title_id, page)
        rows, token = page.cut(found, key=lambda row: (row.disc, row.number, row.id))
        return title_service_pb2.ListTracksResponse(
            tracks=[track_to_message(row) for row in rows], next_page_token=token
        )


def to_message(row: Title) -> title_pb2.Title:
    """Returns a title on the wire."""
    return title_pb2.Title(
        name=row.resource,
        kind=_KIND.Value(f"KIND_{row.kind.upper()}"),
        library=LIBRARY.format(row.library_id),
        display_name=row.name,
        sort_name=row.sort_name,
        year=row.year or 0,
        creators=row.creators,
        narrators=row.narrators,
        external_ids=row.external_ids,
        media_file_count=row.media_file_count,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )


def season_to_message(row: Season) -> title_pb2.Season:
    """Returns a season on the wire."""
    return title_pb2.Season(
        name=SEASON.format(row.title_id, row.id),
        number=row.number,
        episode_count=row.episode_count,
    )


def episode_to_message(row: Episode) -> title_pb2.Episode:
    """Returns an episode on the wire."""
    return title_pb2.Episode(
        name=EPISODE.format(row.title_id, row.id),
        season=SEASON.format(row.title_id, row.season_id) if row.season_id else "",
        season_number=row.season_number,
        number=row.number,
        display_name=row.name,
        media_files=[MEDIA_FILE.format(file) for file in row.media_files],
    )


def track_to_message(row: Track) -> title_pb2.Track:
    """Returns a track on the wire."""
    return title_pb2.Track(
        name=TRACK.format(row.title_id, row.id),
        disc=row.disc,
        number=row.number,
        display_name=row.name,
        media_files=[MEDIA_FILE.format(file) for file in row.media_files],
    )


def _library(name: str) -> UUID | None:
    return LIBRARY.parse_one(name) if name else None


def _kind(number: title_pb2.Title.Kind.ValueType) -> TitleKind | None:
    return TitleKind(_KIND.Name(number).removeprefix("KIND_").lower()) if number else None
