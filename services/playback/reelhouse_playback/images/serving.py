"""Images over HTTP."""

from __future__ import annotations

import asyncio
import os
import stat

from aiohttp import web

from reelhouse_playback.clients.catalog import CatalogClient, ImageFiles
from reelhouse_playback.delivery.addresses import IMAGES_PREFIX, Addresses
from reelhouse_playback.delivery.files import Files
from reelhouse_playback.delivery.headers import OPEN, preflight
from reelhouse_playback.delivery.memory import Memory
from reelhouse_playback.images.cache import ImageCache, UnreadableImageError
from reelhouse_playback.images.model import Kind, Rendition, form_of, width_of

_ID = "[0-9a-f-]{36}"
_REMEMBERED = 30.0
"""Seconds that the images of a title are remembered: a page asks for many at once."""
_HEADERS = {**OPEN, "Cache-Control": "private, max-age=3600", "Vary": "Accept"}


class Images:
    """Serves images of titles."""

    def __init__(
        self, catalog: CatalogClient, addresses: Addresses, cache: ImageCache, sender: Files
    ) -> None:
        self._catalog = catalog
        self._addresses = addresses
        self._cache = cache
        self._sender = sender
        self._known: Memory[str, ImageFiles] = Memory(_REMEMBERED)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Adds the addresses of images."""
        kinds = "|".join(Kind)
        parts = f"titles/{_ID}(?:/(?:seasons|episodes)/{_ID})?"
        path = f"{IMAGES_PREFIX}/{{token}}/{{name:{parts}}}/{{kind:{kinds}}}"
        router.add_get(path, self._image)
        router.add_options(path, preflight)

    async def _image(self, request: web.Request) -> web.StreamResponse:
        if not self._addresses.opens_images(request.match_info["token"]):
            raise web.HTTPForbidden(text="the address is not valid, or no longer")
        width = width_of(request.query.get("width"))
        if width is None:
            raise web.HTTPBadRequest(text="width: is no number of pixels")
        name, form = request.match_info["name"], form_of(request.headers.get("Accept", ""))
        found = await self._known.get(name, lambda: self._catalog.get_images(name))
        path = found.paths.get(request.match_info["kind"])
        if path is None:
            raise web.HTTPNotFound(text="there is no such image")
        whole, status = await asyncio.to_thread(_inside, found.root, path)
        wanted = Rendition(
            whole, status.st_size, status.st_mtime_ns, status.st_ino, width=width, form=form
        )
        try:
            made = await self._cache.get(wanted)
        except UnreadableImageError:
            raise web.HTTPUnprocessableEntity(text="the image cannot be read") from None
        except TimeoutError:
            raise web.HTTPServiceUnavailable(
                text="too many images are being made", headers={"Retry-After": "2"}
            ) from None
        return await self._sender.answer(request, made, form.mime_type, _HEADERS)


def _inside(root: bytes, path: bytes) -> tuple[bytes, os.stat_result]:
    """Returns the true path of a file in a folder, and what it is.

    Raises:
        FileNotFoundError: It is not there, leads out of the folder, or is no regular file.
    """
    root = os.path.realpath(root)
    whole = os.path.realpath(os.path.join(root, path))
    status = os.stat(whole)
    if os.path.commonpath([root, whole]) != root or not stat.S_ISREG(status.st_mode):
        raise FileNotFoundError(path)
    return whole, status
