"""A page of many costs as many statements as a page of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncpg
import pytest
from google.protobuf import message_factory

from reelhouse.catalog.v1 import (
    file_operation_pb2,
    file_operation_service_pb2,
    file_operation_service_pb2_grpc,
    ingest_pb2,
    marker_pb2,
    marker_service_pb2,
    marker_service_pb2_grpc,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    source_collection_pb2,
    source_pb2,
    source_service_pb2,
    source_service_pb2_grpc,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse.playback.v1 import (
    playback_service_pb2,
    playback_service_pb2_grpc,
    progress_service_pb2,
    progress_service_pb2_grpc,
)
from reelhouse.requests.v1 import (
    audiobook_pb2,
    audiobook_service_pb2,
    audiobook_service_pb2_grpc,
    media_request_pb2,
    media_request_service_pb2,
    media_request_service_pb2_grpc,
    user_pb2,
    user_service_pb2,
    user_service_pb2_grpc,
)
from reelhouse.transcode.v1 import (
    transcode_pb2,
    transcode_service_pb2,
    transcode_service_pb2_grpc,
)
from reelhouse_catalog.enrichment import refs_store
from reelhouse_catalog.enrichment.refs import NewRef
from reelhouse_catalog.titles.model import TITLE
from reelhouse_kit.db import Database, Session
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc import call
from tests.contract import some_links
from tests.contract.methods import RPCS, Rpc
from tests.media import Media
from tests.suite import Suite

MOST = 3
"""Statements that a list may need: who may see it, the rows, what belongs to them."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns the statements that calls cause, as they come."""
    seen: list[str] = []
    for name in ("all", "one", "value", "run"):
        original = getattr(Session, name)

        async def counted(
            self: Session, query: Any, /, original: Any = original, **values: object
        ) -> Any:
            served = call.current()
            if served and "/Watch" not in served.method:
                seen.append(query.sql)
            return await original(self, query, **values)

        monkeypatch.setattr(Session, name, counted)
    return seen


def make_media(media: Media, folder: Path) -> None:
    """Makes three films, series and tracks."""
    for number in (1, 2, 3):
        media.film(folder / "films" / f"Film {number} (200{number})" / "film.mp4")
        for episode in (number, 8):
            show = f"Show {number}/Season 0{number}/Show {number} - S0{number}E0{episode}.mkv"
            media.film(folder / "tv" / show)
        media.film(folder / "tv" / f"Show 1/Season 0{number}/Show 1 - S0{number}E09.mkv")
        tags = {"artist": "Artist", "album": "Album", "title": f"{number}", "track": f"{number}"}
        media.sound(
            folder / "music" / f"Artist/Album/{number} Track.flac", tags, hertz=400 + number
        )


async def fill(suite: Suite, media: Media, folder: Path) -> dict[str, str]:
    """Makes three of everything. Returns names to list the children of."""
    make_media(media, folder)
    async with suite.workers():
        library = await suite.library(folder / "films")
        await suite.library(folder / "tv", "TV")
        await suite.library(folder / "music", "MUSIC")
        await suite.scan(library)
        await suite.scan(library)
    source, collection, ingest = await fill_sources(suite, folder)
    batch, bin_of = await fill_operations(suite, media, folder)
    titles = suite.stub(title_service_pb2_grpc, "TitleService", "admin")
    listing = title_service_pb2.ListTitlesRequest()
    named = {t.display_name: t.name for t in (await titles.ListTitles(listing)).titles}
    plays = suite.stub(playback_service_pb2_grpc, "PlaybackService", "alice")
    makes = suite.stub(transcode_service_pb2_grpc, "TranscodeService", "admin")
    books = suite.stub(audiobook_service_pb2_grpc, "AudiobookService", "admin")
    wishes = suite.stub(media_request_service_pb2_grpc, "MediaRequestService", "alice")
    users = suite.stub(user_service_pb2_grpc, "UserService", "alice")
    files = await suite.files()
    for number, file in enumerate(list(files.values())[:6]):
        start = playback_service_pb2.StartSessionRequest(media_file=file.name)
        session = await plays.StartSession(start)
        report = playback_service_pb2.ReportProgressRequest(name=session.name)
        report.position.FromMilliseconds(500 if number % 2 else 980)  # begun, or played
        await plays.ReportProgress(report)
        await plays.StopSession(playback_service_pb2.StopSessionRequest(name=session.name))
        spec = transcode_pb2.Transcode.Spec(
            format=transcode_pb2.Transcode.FORMAT_MP4,
            audio_codec=transcode_pb2.Transcode.AUDIO_CODEC_AAC,
            audio_bit_rate=96000 + number,
        )
        transcode = transcode_pb2.Transcode(media_file=file.name, spec=spec)
        await makes.CreateTranscode(
            transcode_service_pb2.CreateTranscodeRequest(transcode=transcode)
        )
        book = audiobook_pb2.Audiobook(title=f"Book {number}", author="Author")
        made = await books.CreateAudiobook(
            audiobook_service_pb2.CreateAudiobookRequest(audiobook=book)
        )
        wish = media_request_pb2.MediaRequest(audiobook=made.name)
        await wishes.CreateMediaRequest(
            media_request_service_pb2.CreateMediaRequestRequest(media_request=wish)
        )
        token = user_pb2.ApiToken(display_name=f"token {number}")
        await users.CreateApiToken(
            user_service_pb2.CreateApiTokenRequest(parent="users/me", api_token=token)
        )
    await begin_series(suite, [named[f"Show {number}"] for number in (1, 2, 3)])
    some = next(iter(files.values())).name
    marks = suite.stub(marker_service_pb2_grpc, "MarkerService", "admin")
    kept = suite.stub(media_file_service_pb2_grpc, "MediaFileService", "admin")
    for _ in range(3):
        marker = marker_pb2.Marker(kind=marker_pb2.Marker.KIND_AVAIL)
        marker.start_offset.FromMilliseconds(1)
        marker.end_offset.FromMilliseconds(2)
        await marks.CreateMarker(marker_service_pb2.CreateMarkerRequest(parent=some, marker=marker))
        verification = await kept.VerifyMediaFile(
            media_file_service_pb2.VerifyMediaFileRequest(name=some)
        )
        await kept.CancelVerification(
            media_file_service_pb2.CancelVerificationRequest(name=verification.name)
        )
    plugin = await fill_plugins(suite, named["Show 1"])
    await refer(suite, named["Album"])
    return {
        "ListFileOperations": batch,
        "ListRecycledFiles": bin_of,
        "ListProviderRefs": named["Album"],
        "ListEnrichments": named["Show 1"],
        "ListPluginMetadata": plugin,
        "ListMarkers": some,
        "ListVerifications": some,
        "ListScans": library,
        "ListSourceCollections": source,
        "ListSourceItems": collection,
        "ListIngests": source,
        "ListIngestEntries": ingest,
        "ListSeasons": named["Show 1"],
        "ListEpisodes": named["Show 1"],
        "ListTracks": named["Album"],
    }


async def begin_series(suite: Suite, shows: list[str]) -> None:
    """Makes alice watch the first episode of each series."""
    titles = suite.stub(title_service_pb2_grpc, "TitleService", "admin")
    progress = suite.stub(progress_service_pb2_grpc, "ProgressService", "alice")
    for show in shows:
        listing = title_service_pb2.ListEpisodesRequest(parent=show, page_size=1)
        (episode,) = (await titles.ListEpisodes(listing)).episodes
        await progress.MarkWatched(
            progress_service_pb2.MarkWatchedRequest(parent="users/me", name=episode.name)
        )


async def fill_plugins(suite: Suite, title: str) -> str:
    """Writes three plugins that are never called, and what they said. Returns the name of one."""
    connection = await asyncpg.connect(suite.settings["catalog"].database_url)
    try:
        ids = [str(new_id()) for _ in range(3)]
        for number, plugin in enumerate(ids):
            await connection.execute(
                "INSERT INTO catalog.plugins (id, name, address, state, check_at)"
                " VALUES ($1, $2, $2, 'disabled', now() + interval '1 day')",
                plugin,
                f"plugin-{number}:1",
            )
            await connection.execute(
                "INSERT INTO catalog.plugin_metadata"
                " (id, plugin_id, title_id, metadata_type, metadata, confidence)"
                " VALUES ($1, $2, $3, $4, '{}', 1)",
                str(new_id()),
                ids[0],
                title.removeprefix("titles/"),
                f"type-{number}",
            )
            await connection.execute(
                "INSERT INTO catalog.enrichments (title_id, source) VALUES ($1, $2)",
                title.removeprefix("titles/"),
                f"source-{number}",
            )
    finally:
        await connection.close()
    return f"plugins/{ids[0]}"


async def refer(suite: Suite, title: str) -> None:
    """Notes what a title is at three providers."""
    url = suite.settings["catalog"].database_url
    title_id = TITLE.parse_one(title)
    async with (
        Database.open(url, schema="catalog", size=1) as database,
        database.transaction() as session,
    ):
        for provider in ("plex", "jellyfin", "musicbrainz"):
            await refs_store.put(session, [NewRef("title", title_id, provider, "7")])


async def fill_sources(suite: Suite, folder: Path) -> tuple[str, str, str]:
    """Makes three sources. Returns one with three collections and ingests, and one of each."""
    stub = suite.stub(source_service_pb2_grpc, "SourceService", "admin")
    names = []
    for path in (folder, folder / "films", folder / "tv"):
        source = source_pb2.Source(
            display_name=path.name, kind=source_pb2.Source.KIND_FILESYSTEM, root_path=str(path)
        )
        made = await stub.CreateSource(source_service_pb2.CreateSourceRequest(source=source))
        names.append(made.name)
    request = source_service_pb2.DiscoverCollectionsRequest(name=names[0])
    found = await stub.DiscoverCollections(request)
    assert len(found.collections) >= 3
    collection = next(one for one in found.collections if one.display_name == "films")
    change = source_collection_pb2.SourceCollection(name=collection.name, enabled=True)
    await stub.UpdateSourceCollection(
        source_service_pb2.UpdateSourceCollectionRequest(collection=change)
    )
    ingest = ingest_pb2.Ingest()
    async with suite.workers():
        for dry_run in (False, False, True):
            begin = source_service_pb2.IngestSourceRequest(name=names[0], dry_run=dry_run)
            ingest = await stub.IngestSource(begin)
            watch = source_service_pb2.WatchIngestRequest(name=ingest.name)
            async for response in stub.WatchIngest(watch):
                ingest = response.ingest
    return str(names[0]), collection.name, ingest.name


async def test_lists_cost_the_same_however_long(
    suite: Suite, media: Media, tmp_path: Path, statements: list[str]
) -> None:
    parents = await fill(suite, media, tmp_path)
    parents |= await some_links.fill(suite, tmp_path)
    lists = [rpc for rpc in RPCS if rpc.descriptor.name.startswith(("List", "SearchTitles"))]
    assert len(lists) > 12
    for rpc in lists:
        counts = []
        for size in (1, 1000):
            request = rpc.request_type(page_size=size)
            fields = request.DESCRIPTOR.fields_by_name
            if "parent" in fields:
                request.parent = parents.get(rpc.descriptor.name, "users/me")
            if "query" in fields:
                request.query = "film"
            statements.clear()
            count = await listed(rpc, suite, request)
            counts.append((len(statements), count))
        (first, one), (second, many) = counts
        assert one == 1, rpc.name
        assert many >= 3, rpc.name
        # Built-in device profiles come without any.
        assert second <= max(first, 1) <= MOST, (rpc.name, statements)


async def fill_operations(suite: Suite, media: Media, folder: Path) -> tuple[str, str]:
    """Has three files deleted by one of three batches. Returns the batch and the library."""
    paths = [f"Gone {number} (2010).mkv" for number in (1, 2, 3)]
    for number, path in enumerate(paths):
        media.film(folder / "gone" / path, hertz=500 + number)
    operations = suite.stub(file_operation_service_pb2_grpc, "FileOperationService", "admin")
    async with suite.workers():
        library = await suite.library(folder / "gone")
        moves = [
            file_operation_service_pb2.ExplicitMove(
                type=file_operation_pb2.FileOperation.TYPE_DELETE, source_path=path
            )
            for path in paths
        ]
        plan = file_operation_service_pb2.PlanFileOperationsRequest(library=library)
        plan.moves.moves.extend(moves)
        batches = [await operations.PlanFileOperations(plan) for _ in range(3)]
        name = batches[0].name
        apply = file_operation_service_pb2.ApplyFileOperationsRequest(name=name)
        await operations.ApplyFileOperations(apply)
        watch = file_operation_service_pb2.WatchBatchRequest(name=name)
        updates = [update.file_operation_batch async for update in operations.WatchBatch(watch)]
    assert updates[-1].stats.completed_count == len(paths)
    return name, library


async def listed(rpc: Rpc, suite: Suite, request: Any) -> int:
    own = getattr(request, "parent", "") == "users/me"
    answer = await rpc.call(suite, "alice" if own else "admin", request)
    assert answer.code.name == "OK", (rpc.name, answer)
    assert isinstance(answer.message, message_factory.GetMessageClass(rpc.descriptor.output_type))
    first = answer.message.DESCRIPTOR.fields[0]
    return len(getattr(answer.message, first.name))
