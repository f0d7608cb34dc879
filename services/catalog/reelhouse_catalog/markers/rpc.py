"""MarkerService."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict, MessageToJson, ParseDict
from google.protobuf.struct_pb2 import Struct

from reelhouse.catalog.v1 import marker_pb2, marker_service_pb2, marker_service_pb2_grpc
from reelhouse_catalog.markers import usecases
from reelhouse_catalog.markers.model import MARKER, MAX_PAYLOAD, Marker, MarkerKind
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import duration_ms, etag, from_duration_ms, timestamp
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context

_KIND = marker_pb2.Marker.Kind


class MarkerServicer(marker_service_pb2_grpc.MarkerServiceServicer):
    """Keeps the markers of media files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetMarker(
        self, request: marker_service_pb2.GetMarkerRequest, context: Context
    ) -> marker_pb2.Marker:
        file_id, marker_id = MARKER.parse(request.name)
        return to_message(await usecases.get_marker(self._database, file_id, marker_id))

    async def ListMarkers(
        self, request: marker_service_pb2.ListMarkersRequest, context: Context
    ) -> marker_service_pb2.ListMarkersResponse:
        file_id = MEDIA_FILE.parse_one(request.parent)
        page = paging.page_of(request, int, UUID)
        kind = _kind_of(request.kind) if request.kind else None
        found = await usecases.list_markers(self._database, file_id, kind, page)
        rows, token = page.cut(found, key=lambda row: (row.start_ms, row.id))
        return marker_service_pb2.ListMarkersResponse(
            markers=[to_message(row) for row in rows], next_page_token=token
        )

    async def CreateMarker(
        self, request: marker_service_pb2.CreateMarkerRequest, context: Context
    ) -> marker_pb2.Marker:
        file_id = MEDIA_FILE.parse_one(request.parent)
        values = dict(_values(request.marker).values())
        return to_message(
            await usecases.create_marker(self._database, file_id, values, Once.of(request))
        )

    async def UpdateMarker(
        self, request: marker_service_pb2.UpdateMarkerRequest, context: Context
    ) -> marker_pb2.Marker:
        message = request.marker
        file_id, marker_id = MARKER.parse(message.name)
        values = _values(message)
        changes = dict(values[name] for name in changed_fields(message, request.update_mask))
        if changes.get("kind", message.kind) is None:
            raise errors.invalid("marker.kind", "is required")
        return to_message(
            await usecases.update_marker(self._database, file_id, marker_id, changes, message.etag)
        )

    async def DeleteMarker(
        self, request: marker_service_pb2.DeleteMarkerRequest, context: Context
    ) -> Empty:
        file_id, marker_id = MARKER.parse(request.name)
        await usecases.delete_marker(self._database, file_id, marker_id, request.etag)
        return Empty()


def _kind_of(number: int) -> MarkerKind:
    return MarkerKind(_KIND.Name(number).removeprefix("KIND_").lower())  # type: ignore[arg-type]


def _values(message: marker_pb2.Marker) -> dict[str, tuple[str, object]]:
    """Returns what a message says, by its fields: column and value."""
    return {
        "kind": ("kind", _kind_of(message.kind) if message.kind else None),
        "start_offset": ("start_ms", from_duration_ms(message.start_offset)),
        "end_offset": ("end_ms", from_duration_ms(message.end_offset)),
        "display_name": ("name", message.display_name),
        "payload": ("payload", _payload(message.payload)),
    }


def _payload(message: Struct) -> dict[str, Any]:
    try:
        text = MessageToJson(message, indent=None, ensure_ascii=False)
    except ValueError:  # a number that JSON does not have
        raise errors.invalid("marker.payload", "is not JSON") from None
    if len(text.encode()) > MAX_PAYLOAD:
        raise errors.invalid("marker.payload", f"is longer than {MAX_PAYLOAD} bytes as JSON")
    if "\\u0000" in text:
        raise errors.invalid("marker.payload", "contains the character NUL")
    found: dict[str, Any] = MessageToDict(message)
    return found


def to_message(row: Marker) -> marker_pb2.Marker:
    """Returns a marker on the wire."""
    return marker_pb2.Marker(
        name=row.resource,
        kind=_KIND.Value(f"KIND_{row.kind.upper()}"),
        start_offset=duration_ms(row.start_ms),
        end_offset=duration_ms(row.end_ms),
        display_name=row.name,
        payload=ParseDict(row.payload, Struct()) if row.payload else None,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )
