"""The catalog, as far as requests needs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from reelhouse.catalog.v1 import title_pb2, title_service_pb2, title_service_pb2_grpc
from reelhouse_kit.auth.tokens import ServiceToken
from reelhouse_kit.rpc.client import Caller, channel

_AUDIOBOOK = title_pb2.Title.KIND_AUDIOBOOK
_MOST = 20


@dataclass(frozen=True, slots=True)
class CatalogTitle:
    """An audiobook in the catalog; `there` tells whether any file of it is."""

    resource: str
    name: str
    creators: tuple[str, ...]
    asin: str
    there: bool


@dataclass(frozen=True, slots=True)
class CatalogUpdate:
    """A change in the catalog: a title, the name of a deleted one, or neither at checkpoints."""

    title: CatalogTitle | None
    deleted: str
    token: str


class CatalogClient:
    """Asks the catalog."""

    def __init__(self, stub: Any, caller: Caller) -> None:
        self._stub = stub
        self._caller = caller

    @classmethod
    @asynccontextmanager
    async def connect(cls, address: str, token: ServiceToken) -> AsyncIterator[CatalogClient]:
        """Opens a channel and closes it at the end."""
        async with channel(address, [title_service_pb2.DESCRIPTOR]) as opened:
            stub = title_service_pb2_grpc.TitleServiceStub(opened)
            yield cls(stub, Caller("the catalog", token.get))

    async def search_audiobooks(self, query: str) -> list[CatalogTitle]:
        """Returns the audiobooks whose names are closest to a query."""
        request = title_service_pb2.SearchTitlesRequest(
            query=query[:200], kind=_AUDIOBOOK, page_size=_MOST
        )
        response = await self._caller.call(self._stub.SearchTitles, request)
        return [_title(result.title) for result in response.results]

    async def watch_audiobooks(self, token: str) -> AsyncIterator[CatalogUpdate]:
        """Yields all audiobooks, or all changes since a token, then changes as they happen."""
        request = title_service_pb2.WatchTitlesRequest(resume_token=token, kind=_AUDIOBOOK)
        async for response in self._caller.stream(self._stub.WatchTitles, request):
            kind = response.WhichOneof("event")
            title = _title(getattr(response, kind)) if kind in ("created", "updated") else None
            yield CatalogUpdate(title, response.deleted, response.resume_token)


def _title(message: title_pb2.Title) -> CatalogTitle:
    return CatalogTitle(
        message.name,
        message.display_name,
        tuple(message.creators),
        message.external_ids.get("asin", ""),
        message.media_file_count > 0,
    )
