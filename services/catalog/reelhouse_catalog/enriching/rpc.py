"""EnrichmentService."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from reelhouse.catalog.v1 import (
    enrichment_pb2,
    enrichment_service_pb2,
    enrichment_service_pb2_grpc,
)
from reelhouse_catalog.enriching import store, usecases
from reelhouse_catalog.enriching.model import Enrichment, EnrichmentState, Sources
from reelhouse_catalog.providers.setup import ProviderInfo
from reelhouse_catalog.titles.model import TITLE
from reelhouse_catalog.titles.usecases import get_title
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.errors import Violation
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import timestamp
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.rpc.status import failure

_STATE = enrichment_pb2.Enrichment.State
Infos = Callable[[], Awaitable[Sequence[ProviderInfo]]]


class EnrichmentServicer(enrichment_service_pb2_grpc.EnrichmentServiceServicer):
    """Has sources asked, and tells what came of it."""

    def __init__(
        self, database: Database, sources: Sources, infos: Infos, *, language: str
    ) -> None:
        self._database = database
        self._sources = sources
        self._infos = infos
        self._language = language

    async def EnrichTitle(
        self, request: enrichment_service_pb2.EnrichTitleRequest, context: Context
    ) -> enrichment_service_pb2.EnrichTitleResponse:
        title_id = TITLE.parse_one(request.name)
        rows = await usecases.enrich_title(
            self._database,
            title_id,
            list(request.sources),
            await self._sources(),
            language=self._language,
            once=Once.of(request),
        )
        return enrichment_service_pb2.EnrichTitleResponse(
            enrichments=[to_message(row) for row in rows]
        )

    async def ListEnrichments(
        self, request: enrichment_service_pb2.ListEnrichmentsRequest, context: Context
    ) -> enrichment_service_pb2.ListEnrichmentsResponse:
        everywhere = request.parent == "titles/-"
        state = (
            EnrichmentState(_STATE.Name(request.state).removeprefix("STATE_").lower())
            if request.state
            else None
        )
        if everywhere:
            missing = [
                Violation(field, "is required with titles/-")
                for field in ("source", "state")
                if not getattr(request, field)
            ]
            if missing:
                raise errors.InvalidArgumentError(missing)
        page = paging.page_of(request, UUID if everywhere else str)
        title_id = None if everywhere else TITLE.parse_one(request.parent)
        if title_id is not None:
            await get_title(self._database, title_id)
        found = await store.page(self._database, title_id, request.source, state, page)
        rows, token = page.cut(
            found, key=lambda row: (row.title_id,) if everywhere else (row.source,)
        )
        return enrichment_service_pb2.ListEnrichmentsResponse(
            enrichments=[to_message(row) for row in rows], next_page_token=token
        )

    async def ListProviders(
        self, request: enrichment_service_pb2.ListProvidersRequest, context: Context
    ) -> enrichment_service_pb2.ListProvidersResponse:
        page = paging.page_of(request, str)
        after = page.after[0] if page.after else ""
        listed = sorted(await self._infos(), key=lambda info: info.name)
        found = [info for info in listed if info.name > after][: page.limit]
        rows, token = page.cut(found, key=lambda info: (info.name,))
        return enrichment_service_pb2.ListProvidersResponse(
            providers=[provider_to_message(info) for info in rows], next_page_token=token
        )


def to_message(row: Enrichment) -> enrichment_pb2.Enrichment:
    """Returns an enrichment on the wire."""
    return enrichment_pb2.Enrichment(
        name=f"{TITLE.format(row.title_id)}/enrichments/{row.source}",
        source=row.source,
        state=_STATE.Value(f"STATE_{row.state.upper()}"),
        key=row.key,
        confidence=row.confidence or 0,
        failure_count=row.attempts,
        error=failure("catalog.reelhouse", row.error_code or None, row.error_message or None),
        ask_time=timestamp(row.asked_at),
        next_ask_time=timestamp(row.due_at),
        update_time=timestamp(row.updated_at),
    )


def provider_to_message(info: ProviderInfo) -> enrichment_pb2.Provider:
    """Returns a provider on the wire."""
    return enrichment_pb2.Provider(
        name=f"providers/{info.name}",
        display_name=info.display_name,
        title_kinds=sorted(info.kinds),
        host=info.host,
        configured=info.configured,
        priority=info.priority,
        plugin=info.plugin,
    )
