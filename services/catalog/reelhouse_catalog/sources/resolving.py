"""What paths of sources are here, and which media files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from reelhouse_catalog.sources import file_store
from reelhouse_catalog.sources.file_store import Roots
from reelhouse_catalog.sources.model import Collection, Resolved, Rule, Source, SourceKind
from reelhouse_kit.db import Database

_LOOK_SECONDS = 20.0


class Resolver:
    """Resolves the paths of one collection, many at a time."""

    def __init__(
        self, database: Database, source: Source, collection: Collection, roots: Roots
    ) -> None:
        self._database = database
        self._collection = collection
        self._mapper = collection.mapper
        self._roots = roots
        self._folder = source.root_path if source.kind is SourceKind.FILESYSTEM else ""

    async def resolve(self, paths: Sequence[str]) -> list[Resolved]:
        """Returns what paths of the source are here, in their order.

        A path that is there, in a library, as the source writes it is taken for what it says; else
        the mappings tell. Files are looked for in the libraries' folders only.
        """
        there = await self._existing([path for path in paths if path])
        resolved = [self._resolve(path, literal=path in there) for path in paths]
        mapped = [r.path for r in resolved if r.rule is Rule.MAPPING]
        there |= await self._existing(mapped)
        places = {r.path: self._roots.place(r.path) for r in resolved}
        found = await file_store.find(self._database, (p for p in places.values() if p))
        answers = []
        for one in resolved:
            place = places[one.path]
            answers.append(
                Resolved(
                    one.path,
                    one.rule,
                    one.mapping,
                    one.path in there,
                    found.get(place) if place else None,
                )
            )
        return answers

    async def to_source(self, path: str) -> Resolved:
        """Returns how the source sees a path of here."""
        [here] = await self._looked_at(path)
        if self._folder:
            return Resolved(path, Rule.LITERAL, None, here.exists, here.media_file_id)
        mapped = self._mapper.to_server(path)
        if mapped is None:
            return Resolved("", Rule.NONE, None, here.exists, here.media_file_id)
        return Resolved(mapped.path, Rule.MAPPING, mapped.mapping, here.exists, here.media_file_id)

    async def _looked_at(self, path: str) -> list[Resolved]:
        place = self._roots.place(path)
        there = await self._existing([path])
        found = await file_store.find(self._database, [place] if place else [])
        media_file = found.get(place) if place else None
        return [Resolved(path, Rule.LITERAL, None, path in there, media_file)]

    def _resolve(self, path: str, *, literal: bool) -> Resolved:
        if self._folder or literal:
            return Resolved(path, Rule.LITERAL)
        mapped = self._mapper.to_local(path)
        if mapped is None:
            return Resolved("", Rule.NONE)
        return Resolved(mapped.path, Rule.MAPPING, mapped.mapping)

    async def _existing(self, paths: Sequence[str]) -> set[str]:
        """Returns which paths are there, of those that may be looked at."""
        allowed = [path for path in paths if self._roots.place(path) or self._is_own(path)]
        if not allowed:
            return set()
        # A dead network mount hangs rather than fails: then nothing is there, for now.
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await asyncio.to_thread(_there, allowed)
        except TimeoutError:
            return set()

    def _is_own(self, path: str) -> bool:
        return bool(self._folder) and path.startswith(self._folder.rstrip("/") + "/")


def _there(paths: Sequence[str]) -> set[str]:
    return {path for path in paths if _exists(path)}


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except (OSError, ValueError):
        return False
