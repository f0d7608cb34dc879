"""What is to be done with the items of a batch. No I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from reelhouse_catalog.ingesting.findings import finding_of
from reelhouse_catalog.ingesting.model import Action, Entry, KnownItem, Stats
from reelhouse_catalog.sources.canonical import canonical_key
from reelhouse_catalog.sources.model import Resolved
from reelhouse_catalog.sources.remote import GROUPS, Item


@dataclass(frozen=True, slots=True)
class Told:
    """An item, what it is known by, and where its file is here; None without a path."""

    item: Item
    key: str | None
    place: Resolved | None


@dataclass(frozen=True, slots=True)
class Step:
    """What is done with one item. `row` is what to write; None when nothing is."""

    told: Told
    entry: Entry
    known: KnownItem | None = None
    row: dict[str, Any] | None = None


def key_of(provider: str, collection: str, item: Item) -> str | None:
    """Returns what an item is known by in its collection."""
    return canonical_key(provider, collection, item.provider_key, item.server_path)


class Planner:
    """Decides batch by batch, and counts."""

    def __init__(self, provider: str, ingest_id: UUID, stats: Stats, max_new: int) -> None:
        self._provider = provider
        self._ingest_id = ingest_id
        self._stats = stats
        self._max_new = max_new
        # Of this attempt; what an earlier one wrote carries the ingest's id.
        self._seen: set[bytes] = set()

    def plan(self, batch: Sequence[Told], known: Mapping[str, KnownItem]) -> Iterator[Step]:
        """Yields what to do, item by item; ends early when enough new ones were taken."""
        for told in batch:
            step = self._step(told, known.get(told.key or ""))
            if step is None:
                self._stats.limit_reached = True
                return
            yield step

    def _step(self, told: Told, known: KnownItem | None) -> Step | None:
        item = told.item
        if told.key is None:
            return self._dropped(told, Action.WRONG, "NO_IDENTIFIER")
        if item.remark or (item.kind not in GROUPS and not item.server_path):
            return self._dropped(told, Action.SKIP, "NO_FILE")
        digest = bytes.fromhex(told.key)[:16]
        if digest in self._seen or (known and known.ingest_id == self._ingest_id):
            return self._dropped(told, Action.SKIP, "DUPLICATE")
        new = known is None
        if new and self._max_new and self._stats.ingested_count >= self._max_new:
            return None
        self._seen.add(digest)
        return self._taken(told, known)

    def _dropped(self, told: Told, action: Action, problem: str) -> Step:
        self._stats.discovered_count += 1
        self._stats.error_count += problem == "NO_IDENTIFIER"
        self._stats.skipped_count += problem == "NO_FILE"
        self._stats.duplicate_count += problem == "DUPLICATE"
        return Step(told, _entry(told, action, problem))

    def _taken(self, told: Told, known: KnownItem | None) -> Step:
        row = self._row(told)
        place, stats = told.place, self._stats
        stats.discovered_count += 1
        file_id = place.media_file_id if place else None
        unmapped = place is not None and not place.path
        linked = file_id is not None and (known is None or known.media_file_id != file_id)
        changed = known is not None and (
            known.fingerprint != row["fingerprint"] or known.local_path != row["local_path"]
        )
        stats.ingested_count += known is None
        stats.updated_count += changed
        stats.linked_count += linked
        stats.unmapped_count += unmapped
        stats.pending_count += place is not None and not unmapped and file_id is None
        if unmapped:
            action = Action.WRONG
        elif linked:
            action = Action.LINK
        elif known is None:
            action = Action.CREATE
        elif changed or known.gone:
            action = Action.UPDATE
        else:
            action = Action.SKIP
            stats.skipped_count += 1
        untouched = known is not None and not (changed or linked or known.gone)
        entry = _entry(told, action, "UNMAPPED" if unmapped else "")
        return Step(told, entry, known, None if untouched else row)

    def _row(self, told: Told) -> dict[str, Any]:
        item, place = told.item, told.place
        finding = finding_of(self._provider, item)
        said = {
            "kind": item.kind,
            "provider_key": item.provider_key,
            "parent_key": item.parent_key,
            "display_name": item.display_name,
            "year": item.year,
            "season_number": item.season_number,
            "number": item.number,
            "server_path": item.server_path,
            "file": item.file.as_dict(),
            "raw": dict(item.raw),
            "finding": finding,
        }
        data = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        return {
            **said,
            "canonical_key": told.key,
            "local_path": place.path if place else "",
            "media_file_id": place.media_file_id if place else None,
            "fingerprint": hashlib.blake2b(data, digest_size=16).digest(),
        }


def _entry(told: Told, action: Action, problem: str) -> Entry:
    item, place = told.item, told.place
    return Entry(
        action,
        item.provider_key,
        item.display_name,
        item.server_path,
        place.path if place else "",
        place.media_file_id if place else None,
        problem,
    )
