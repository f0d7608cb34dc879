"""One ingest of one source: ask, resolve, plan, write; batch by batch.

A batch, how far the ingest is, and its counts are written in one transaction: an attempt that dies
leaves nothing half done, and the next goes on where it was.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from uuid import UUID

from reelhouse_catalog.ingesting import arr_store, item_store, store
from reelhouse_catalog.ingesting.arr_store import Found
from reelhouse_catalog.ingesting.handing import HandOver, hand_over_all
from reelhouse_catalog.ingesting.linking import link_all
from reelhouse_catalog.ingesting.model import (
    Action,
    Cursor,
    Entry,
    Ingest,
    IngestState,
    Stats,
)
from reelhouse_catalog.ingesting.planning import Planner, Step, Told, key_of
from reelhouse_catalog.ingesting.usecases import (
    ITEMS_TOPIC,
    TOPIC,
    change_state,
    may_be_ingested,
)
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.sources import file_store
from reelhouse_catalog.sources import store as sources
from reelhouse_catalog.sources.model import Collection, Source, SourceKind
from reelhouse_catalog.sources.protocol import SourceClient
from reelhouse_catalog.sources.remote import Batch
from reelhouse_catalog.sources.resolving import Resolver
from reelhouse_kit.db import Database, Session
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.jobs import Run

_ARRS = frozenset({SourceKind.RADARR, SourceKind.SONARR})
_LOOK_SECONDS = 20.0


class SourceIngest:
    """One ingest of one source."""

    def __init__(
        self,
        database: Database,
        run: Run,
        source: Source,
        ingest: Ingest,
        *,
        client: SourceClient,
        hand_over: HandOver | None,
    ) -> None:
        self._database = database
        self._run = run
        self._source = source
        self._ingest = ingest
        self._client = client
        self._hand_over = hand_over
        self._stats = Stats(**ingest.stats)
        self._cursor = Cursor(**ingest.cursor)
        self._planner = Planner(source.kind, ingest.id, self._stats, ingest.max_new)

    async def ingest(self) -> None:
        """Brings what the catalog knows of the source up to what it tells."""
        collections = await self._collections()
        self._stats.collection_count = len(collections)
        for collection in collections:
            if self._stats.limit_reached:
                break
            if str(collection.id) not in self._cursor.done:
                await self._ingest_collection(collection)
        if not self._ingest.dry_run:
            # A file that was scanned while its item was on the way is in no event to come.
            await link_all(self._database)
            await hand_over_all(self._database, self._hand_over)
        async with self._run.completing(self._stats.as_dict()) as session:
            await self._write_progress(session)
            await change_state(session, self._ingest, IngestState.COMPLETED)

    async def _collections(self) -> list[Collection]:
        """Returns what to ingest; a collection that was disabled meanwhile is left out."""
        all_of_it = await sources.collections_of(self._database, self._source.id)
        wanted = self._ingest.collection_id
        return [one for one in all_of_it if may_be_ingested(one) and wanted in (None, one.id)]

    async def _ingest_collection(self, collection: Collection) -> None:
        roots = await file_store.roots(self._database)
        resolver = Resolver(self._database, self._source, collection, roots)
        batches = self._client.batches(collection, self._cursor.at, self._ingest.selection)
        async for batch in batches:
            await self._take(collection, resolver, batch)
            if self._stats.limit_reached:
                return
        await self._end(collection)

    async def _take(self, collection: Collection, resolver: Resolver, batch: Batch) -> None:
        told = await self._told(collection, resolver, batch)
        keys = [one.key for one in told if one.key]
        known = await item_store.known(self._database, collection.id, keys)
        steps = list(self._planner.plan(told, known))
        links = await self._links(steps)
        if batch.total is not None and batch.total > self._stats.total_count:
            self._stats.total_count = batch.total
        self._cursor.told += len(batch.items)
        self._cursor.at = batch.cursor
        async with self._run.transaction() as session:
            if not self._ingest.dry_run:
                await self._write(session, collection, steps, links)
            await self._write_entries(session, [step.entry for step in steps])
            await self._write_progress(session)

    async def _told(self, collection: Collection, resolver: Resolver, batch: Batch) -> list[Told]:
        """Returns the items with what they are known by, and where they are here."""
        with_path = [item for item in batch.items if item.server_path]
        places = await resolver.resolve([item.server_path for item in with_path])
        by_item = {id(item): place for item, place in zip(with_path, places, strict=True)}
        return [
            Told(
                item,
                key_of(self._source.kind, collection.external_id, item),
                by_item.get(id(item)),
            )
            for item in batch.items
        ]

    async def _links(self, steps: Sequence[Step]) -> set[str]:
        """Returns which files of Radarr or Sonarr are symbolic links here."""
        if self._source.kind not in _ARRS or self._ingest.dry_run:
            return set()
        paths = {step.entry.local_path for step in steps if step.entry.local_path}
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await asyncio.to_thread(lambda: {p for p in paths if _is_link(p)})
        except TimeoutError:
            return set()

    async def _write(
        self, session: Session, collection: Collection, steps: Sequence[Step], links: set[str]
    ) -> None:
        rows = [step.row for step in steps if step.row is not None]
        await item_store.write(session, collection.id, self._ingest.id, rows)
        # What cannot be mapped was seen, too, and what has lost its file is still told of.
        unchanged = [step.known.id for step in steps if step.known and step.row is None]
        await item_store.note_seen(session, self._ingest.id, unchanged)
        groups = [str(row["provider_key"]) for row in rows if row["kind"] in ("show", "album")]
        await item_store.hand_again(session, collection.id, groups)
        if self._source.kind in _ARRS:
            taken = [step for step in steps if step.entry.problem not in _NOT_KEPT]
            await arr_store.write(
                session,
                self._source.id,
                collection.id,
                (
                    Found(
                        step.told.item,
                        step.entry.media_file_id,
                        step.entry.local_path if step.entry.local_path in links else "",
                    )
                    for step in taken
                ),
            )
        if rows:
            await outbox.append(session, Event(ITEMS_TOPIC, collection.resource, Change.UPDATED))

    async def _end(self, collection: Collection) -> None:
        """Marks what the source no longer tells of, and goes on to the next collection."""
        empty = not self._cursor.told and self._ingest.selection.is_everything
        vanished = empty and await item_store.has_any(self._database, collection.id)
        async with self._run.transaction() as session:
            if vanished:
                # A disk that is not mounted, or a library that was just made anew, looks the same.
                problem = Entry(
                    Action.WRONG, display_name=collection.name, problem="COLLECTION_EMPTY"
                )
                self._stats.error_count += 1
                await self._write_entries(session, [problem])
            elif self._ingest.selection.is_everything and not self._ingest.dry_run:
                gone: list[UUID] = await item_store.mark_gone(
                    session, collection.id, self._ingest.id
                )
                self._stats.gone_count += len(gone)
                if self._ingest.started_at is not None:
                    await arr_store.forget(session, collection.id, self._ingest.started_at)
                await sources.note_ingest(session, collection.id)
            self._stats.done_collection_count += 1
            self._cursor.done.append(str(collection.id))
            self._cursor.at, self._cursor.told = None, 0
            await self._write_progress(session)

    async def _write_entries(self, session: Session, entries: Sequence[Entry]) -> None:
        """Keeps the whole plan of a dry run; of others what went wrong."""
        kept = [entry for entry in entries if self._ingest.dry_run or entry.action is Action.WRONG]
        await store.add_entries(session, self._ingest.id, self._cursor.entries + 1, kept)
        self._cursor.entries += len(kept)

    async def _write_progress(self, session: Session) -> None:
        await store.write_progress(
            session, self._ingest.id, self._stats.as_dict(), self._cursor.as_dict()
        )
        await outbox.append(session, Event(TOPIC, self._ingest.resource, Change.UPDATED))


_NOT_KEPT = frozenset({"NO_IDENTIFIER", "DUPLICATE"})


def _is_link(path: str) -> bool:
    try:
        return os.path.islink(path)
    except (OSError, ValueError):
        return False
