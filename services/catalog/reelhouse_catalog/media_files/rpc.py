"""MediaFileService."""

from __future__ import annotations

from uuid import UUID

from reelhouse.catalog.v1 import (
    media_file_pb2,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    verification_pb2,
)
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files import store, usecases
from reelhouse_catalog.media_files.messages import STATES, to_message
from reelhouse_catalog.media_files.model import MEDIA_FILE, Filter
from reelhouse_catalog.media_files.probing import Probing
from reelhouse_catalog.reviews.scoring import Thresholds
from reelhouse_catalog.titles import linking
from reelhouse_catalog.titles.model import TITLE
from reelhouse_catalog.verifications import usecases as verifications
from reelhouse_catalog.verifications.model import VERIFICATION, Verification
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import timestamp
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.rpc.status import failure

_STATE_NAMES = {number: name for name, number in STATES.items()}


class MediaFileServicer(media_file_service_pb2_grpc.MediaFileServiceServicer):
    """Answers what files there are, and looks into them."""

    def __init__(self, database: Database, thresholds: Thresholds) -> None:
        self._database = database
        self._probing = Probing(database, thresholds)

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

    async def ProbeMediaFile(
        self, request: media_file_service_pb2.ProbeMediaFileRequest, context: Context
    ) -> media_file_pb2.MediaFile:
        file_id = MEDIA_FILE.parse_one(request.name)
        return to_message(await self._probing.probe(file_id, rematch=request.rematch))

    async def SetCanonicalMediaFile(
        self, request: media_file_service_pb2.SetCanonicalMediaFileRequest, context: Context
    ) -> media_file_pb2.MediaFile:
        file_id = MEDIA_FILE.parse_one(request.name)
        await linking.set_canonical(self._database, file_id)
        return to_message(await usecases.get_media_file(self._database, file_id))

    async def VerifyMediaFile(
        self, request: media_file_service_pb2.VerifyMediaFileRequest, context: Context
    ) -> verification_pb2.Verification:
        file_id = MEDIA_FILE.parse_one(request.name)
        return verification_to_message(
            await verifications.verify_media_file(self._database, file_id, Once.of(request))
        )

    async def GetVerification(
        self, request: media_file_service_pb2.GetVerificationRequest, context: Context
    ) -> verification_pb2.Verification:
        return verification_to_message(
            await verifications.get_verification(self._database, *VERIFICATION.parse(request.name))
        )

    async def ListVerifications(
        self, request: media_file_service_pb2.ListVerificationsRequest, context: Context
    ) -> media_file_service_pb2.ListVerificationsResponse:
        page = paging.page_of(request, UUID)
        file_id = MEDIA_FILE.parse_one(request.parent)
        found = await verifications.list_verifications(self._database, file_id, page)
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return media_file_service_pb2.ListVerificationsResponse(
            verifications=[verification_to_message(row) for row in rows], next_page_token=token
        )

    async def CancelVerification(
        self, request: media_file_service_pb2.CancelVerificationRequest, context: Context
    ) -> verification_pb2.Verification:
        return verification_to_message(
            await verifications.cancel_verification(
                self._database, *VERIFICATION.parse(request.name)
            )
        )


def verification_to_message(row: Verification) -> verification_pb2.Verification:
    """Returns a verification on the wire."""
    message = verification_pb2.Verification
    return message(
        name=row.resource,
        state=message.State.Value(f"STATE_{row.state.upper()}"),
        outcome=message.Outcome.Value(f"OUTCOME_{(row.outcome or 'unspecified').upper()}"),
        done_bytes=row.done_bytes,
        total_bytes=row.total_bytes,
        sha256=row.sha256.hex() if row.sha256 else "",
        expected_sha256=row.expected_sha256.hex() if row.expected_sha256 else "",
        error=failure("catalog.reelhouse", row.error_code, row.error_message),
        create_time=timestamp(row.created_at),
        start_time=timestamp(row.started_at),
        end_time=timestamp(row.ended_at),
    )
