"""MediaFileService."""

from __future__ import annotations

from uuid import UUID

from reelhouse.catalog.v1 import media_file_pb2, media_file_service_pb2, media_file_service_pb2_grpc
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files import store, usecases
from reelhouse_catalog.media_files.messages import STATES, to_message
from reelhouse_catalog.media_files.model import MEDIA_FILE, Filter
from reelhouse_catalog.titles import linking
from reelhouse_catalog.titles.model import TITLE
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.pipeline import Context

_STATE_NAMES = {number: name for name, number in STATES.items()}


class MediaFileServicer(media_file_service_pb2_grpc.MediaFileServiceServicer):
    """Answers what files there are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetMediaFile(
        self, request: media_file_service_pb2.GetMediaFileRequest, context: Context
    ) -> media_file_pb2.MediaFile:
        file_id = MEDIA_FILE.parse_one(request.name)
        return to_message(await usecases.get_media_file(self._database, file_id))

    async def BatchGetMediaFiles(
        self, request: media_file_service_pb2.BatchGetMediaFilesRequest, context: Context
    ) -> media_file_service_pb2.BatchGetMediaFilesResponse:
        ids = [MEDIA_FILE.parse_one(name) for name in request.names]
        found = await usecases.batch_get_media_files(self._database, ids)
        return media_file_service_pb2.BatchGetMediaFilesResponse(
            media_files=[to_message(media_file) for media_file in found]
        )

    async def SetCanonicalMediaFile(
        self, request: media_file_service_pb2.SetCanonicalMediaFileRequest, context: Context
    ) -> media_file_pb2.MediaFile:
        file_id = MEDIA_FILE.parse_one(request.name)
        await linking.set_canonical(self._database, file_id)
        return to_message(await usecases.get_media_file(self._database, file_id))

    async def ListMediaFiles(
        self, request: media_file_service_pb2.ListMediaFilesRequest, context: Context
    ) -> media_file_service_pb2.ListMediaFilesResponse:
        page = paging.page_of(request, UUID)
        where = Filter(
            library_id=LIBRARY.parse_one(request.library) if request.library else None,
            title_id=TITLE.parse_one(request.title) if request.title else None,
            state=_STATE_NAMES.get(request.state),
            broken=request.broken,
            unmatched=request.unmatched,
        )
        rows, token = page.cut(
            await store.page(self._database, where, page), key=lambda row: (row.id,)
        )
        return media_file_service_pb2.ListMediaFilesResponse(
            media_files=[to_message(row) for row in rows], next_page_token=token
        )
