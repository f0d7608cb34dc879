"""ImageService."""

from __future__ import annotations

from uuid import UUID

from reelhouse.playback.v1 import image_service_pb2, image_service_pb2_grpc
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import timestamp
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_playback.delivery.addresses import Addresses

_NOBODY = UUID(int=0)
"""Services are no users, but may fetch images, too."""


class ImageServicer(image_service_pb2_grpc.ImageServiceServicer):
    """Lets clients fetch images of titles over HTTP."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    async def SignImages(
        self, request: image_service_pb2.SignImagesRequest, context: Context
    ) -> image_service_pb2.SignImagesResponse:
        address = self._addresses.of_images(caller().user_id or _NOBODY)
        return image_service_pb2.SignImagesResponse(
            url_prefix=address.url, expire_time=timestamp(address.expires_at)
        )
