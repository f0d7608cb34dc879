"""TitleService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import (
    media_file_pb2,
    provider_ref_pb2,
    title_pb2,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse_catalog.enrichment import refs_store
from reelhouse_catalog.enrichment.known import PART_FIELDS
from reelhouse_catalog.enrichment.refs import PROVIDER_REF
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files import usecases as media_files
from reelhouse_catalog.media_files.messages import to_message as file_to_message
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.titles import editing, following_store, joining, linking, store, usecases
from reelhouse_catalog.titles import listing_store as listing
from reelhouse_catalog.titles.linking import Place
from reelhouse_catalog.titles.messages import (
    KIND,
    edits,
    episode_to_message,
    following_to_message,
    locks,
    ref_to_message,
    season_to_message,
    to_message,
    track_to_message,
)
from reelhouse_catalog.titles.model import (
    EPISODE,
    SEASON,
    TITLE,
    TOPIC,
    TRACK,
    Filter,
    Order,
    Title,
    TitleKind,
)
from reelhouse_catalog.titles.searching import genre_facet, person_facet
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import Watch
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import now
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context


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
        where = _filter(request)
        kinds, key = _KEYS[where.order]
        page = paging.page_of(request, *kinds)
        if page.after and where.order is Order.RELEASE_DATE:
            page = replace(page, after=(date.fromordinal(page.after[0]), page.after[1]))
        rows, token = page.cut(await listing.page(self._database, where, page), key=key)
        return title_service_pb2.ListTitlesResponse(
            titles=[to_message(row) for row in rows], next_page_token=token
        )

    async def UpdateTitle(
        self, request: title_service_pb2.UpdateTitleRequest, context: Context
    ) -> title_pb2.Title:
        title_id = TITLE.parse_one(request.title.name)
        await self._update("titles", request.title, request.update_mask, title_id, title_id)
        return to_message(await usecases.get_title(self._database, title_id))

    async def SearchTitles(
        self, request: title_service_pb2.SearchTitlesRequest, context: Context
    ) -> title_service_pb2.SearchTitlesResponse:
        page = paging.page_of(request, bool, float, UUID)
        found, reach = await usecases.search_titles(
            self._database, request.query, _library(request.library), _kind(request.kind), page
        )
        rows, token = page.cut(found, key=lambda row: (reach, row[1], row[0].id))
        response = title_service_pb2.SearchTitlesResponse(next_page_token=token)
        for title, score in rows:
            response.results.add(title=to_message(title), score=score)
        return response

    async def MergeTitles(
        self, request: title_service_pb2.MergeTitlesRequest, context: Context
    ) -> title_pb2.Title:
        title_id = TITLE.parse_one(request.name)
        others = [TITLE.parse_one(name) for name in request.titles]
        await joining.merge_titles(self._database, title_id, others, Once.of(request))
        return to_message(await usecases.get_title(self._database, title_id))

    async def SplitTitle(
        self, request: title_service_pb2.SplitTitleRequest, context: Context
    ) -> title_pb2.Title:
        made = await joining.split_title(
            self._database,
            TITLE.parse_one(request.name),
            [MEDIA_FILE.parse_one(name) for name in request.media_files],
            name=request.display_name.strip(),
            year=request.year or None,
            once=Once.of(request),
        )
        return to_message(await usecases.get_title(self._database, made))

    async def LinkMediaFile(
        self, request: title_service_pb2.LinkMediaFileRequest, context: Context
    ) -> media_file_pb2.MediaFile:
        file_id = MEDIA_FILE.parse_one(request.media_file)
        await linking.link_media_file(
            self._database,
            file_id,
            Place(
                title=TITLE.parse_one(request.title),
                episode=EPISODE.parse(request.episode) if request.episode else None,
                track=TRACK.parse(request.track) if request.track else None,
                season=request.season_number if request.HasField("season_number") else None,
                number=request.number if request.HasField("number") else None,
            ),
            exclusive=request.exclusive,
            by=caller().name,
            once=Once.of(request),
        )
        return file_to_message(await media_files.get_media_file(self._database, file_id))

    async def UnlinkMediaFile(
        self, request: title_service_pb2.UnlinkMediaFileRequest, context: Context
    ) -> media_file_pb2.MediaFile:
        file_id = MEDIA_FILE.parse_one(request.media_file)
        await linking.unlink_media_file(
            self._database,
            file_id,
            title=TITLE.parse_one(request.title) if request.title else None,
            episode=EPISODE.parse(request.episode) if request.episode else None,
            track=TRACK.parse(request.track) if request.track else None,
            once=Once.of(request),
        )
        return file_to_message(await media_files.get_media_file(self._database, file_id))

    async def WatchTitles(
        self, request: title_service_pb2.WatchTitlesRequest, context: Context
    ) -> AsyncIterator[title_service_pb2.WatchTitlesResponse]:
        library_id, kind = _library(request.library), _kind(request.kind)

        async def snapshot() -> AsyncIterator[tuple[str, Title]]:
            async for title in listing.everything(self._database, library_id, kind):
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

    async def UpdateSeason(
        self, request: title_service_pb2.UpdateSeasonRequest, context: Context
    ) -> title_pb2.Season:
        title_id, season_id = SEASON.parse(request.season.name)
        await self._update("seasons", request.season, request.update_mask, title_id, season_id)
        return season_to_message(await usecases.get_season(self._database, title_id, season_id))

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

    async def BatchGetNextEpisodes(
        self, request: title_service_pb2.BatchGetNextEpisodesRequest, context: Context
    ) -> title_service_pb2.BatchGetNextEpisodesResponse:
        asked = {EPISODE.parse(name)[1]: name for name in request.names}
        found = await following_store.following_of(self._database, list(asked))
        return following_to_message(asked, found)

    async def UpdateEpisode(
        self, request: title_service_pb2.UpdateEpisodeRequest, context: Context
    ) -> title_pb2.Episode:
        title_id, episode_id = EPISODE.parse(request.episode.name)
        await self._update("episodes", request.episode, request.update_mask, title_id, episode_id)
        return episode_to_message(await usecases.get_episode(self._database, title_id, episode_id))

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

    async def UpdateTrack(
        self, request: title_service_pb2.UpdateTrackRequest, context: Context
    ) -> title_pb2.Track:
        title_id, track_id = TRACK.parse(request.track.name)
        await self._update("tracks", request.track, request.update_mask, title_id, track_id)
        return track_to_message(await usecases.get_track(self._database, title_id, track_id))

    async def GetProviderRef(
        self, request: title_service_pb2.GetProviderRefRequest, context: Context
    ) -> provider_ref_pb2.ProviderRef:
        title_id, ref_id = PROVIDER_REF.parse(request.name)
        found = await refs_store.get(self._database, title_id, ref_id)
        if found is None:
            raise errors.NotFoundError(PROVIDER_REF.type, request.name)
        return ref_to_message(found)

    async def ListProviderRefs(
        self, request: title_service_pb2.ListProviderRefsRequest, context: Context
    ) -> title_service_pb2.ListProviderRefsResponse:
        title_id = TITLE.parse_one(request.parent)
        page = paging.page_of(request, UUID)
        await usecases.get_title(self._database, title_id)
        found = await refs_store.page(self._database, title_id, page)
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return title_service_pb2.ListProviderRefsResponse(
            provider_refs=[ref_to_message(row) for row in rows], next_page_token=token
        )

    async def _update(
        self, table: str, message: Any, mask: FieldMask, title_id: UUID, item_id: UUID
    ) -> None:
        changed = changed_fields(message, mask)
        await editing.update(
            self._database,
            table,
            title_id,
            item_id,
            edits(message, changed, table.removesuffix("s")),
            locked=locks(message, changed, PART_FIELDS[table]),
            etag=message.etag,
        )


def _library(name: str) -> UUID | None:
    return LIBRARY.parse_one(name) if name else None


def _kind(number: title_pb2.Title.Kind.ValueType) -> TitleKind | None:
    return TitleKind(KIND.Name(number).removeprefix("KIND_").lower()) if number else None


_ORDER = title_service_pb2.ListTitlesRequest.Order
_KEYS: Mapping[Order, tuple[tuple[type, ...], Callable[[Title], tuple[Any, ...]]]] = {
    Order.SORT_NAME: ((str, UUID), lambda row: (row.sort_name, row.id)),
    # A date is a number of days in tokens.
    Order.RELEASE_DATE: ((int, UUID), lambda row: (row.released.toordinal(), row.id)),
    Order.CREATE_TIME: ((UUID,), lambda row: (row.id,)),
    Order.RATING: ((float, UUID), lambda row: (row.rated, row.id)),
}


def _filter(request: title_service_pb2.ListTitlesRequest) -> Filter:
    order = Order.SORT_NAME
    if request.order:
        order = Order(_ORDER.Name(request.order).removeprefix("ORDER_").lower())
    facets = (
        *((genre_facet(request.genre),) if request.genre else ()),
        *((person_facet(request.person),) if request.person else ()),
    )
    return Filter(
        library_id=_library(request.library),
        kind=_kind(request.kind),
        min_year=request.min_year,
        max_year=request.max_year,
        facets=facets,
        content_rating=request.content_rating,
        has_files=request.has_files if request.HasField("has_files") else None,
        order=order,
    )
