"""Asks Sonarr, Radarr and relays to bring files back."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import UUID

from reelhouse_catalog.repairs import matching, store
from reelhouse_catalog.repairs.matching import Entry
from reelhouse_catalog.repairs.model import Action, RepairError, Route, Scope, relay_question
from reelhouse_catalog.sources import store as sources
from reelhouse_catalog.sources.clients import arr, fields
from reelhouse_catalog.sources.clients.http import Http, opened
from reelhouse_catalog.sources.model import Source, SourceKind
from reelhouse_catalog.sources.protocol import Limits
from reelhouse_catalog.sources.remote import SourceError
from reelhouse_catalog.symlinks.model import Symlink
from reelhouse_kit.db import Database
from reelhouse_kit.secrets import Box, SecretError

SECONDS = 15.0
"""How long one action may take, all its questions together."""
# No second try here: an action that was not answered waits, and others have their turn.
_LIMITS = Limits(connect=5.0, read=SECONDS, total=SECONDS, retries=0)
_RESCAN_SECONDS, _POLL_SECONDS = 6.0, 0.25
_ENDED = frozenset({"completed", "failed", "aborted", "cancelled", "orphaned"})


class Asker(Protocol):
    """Asks one server."""

    async def ask(self, action: Action, links: Sequence[Symlink], /) -> str:
        """Asks for what an action says. Returns what the server calls it, if anything.

        Raises:
            RepairError: It does not do it, or not now.
            SourceError: It does not answer as it should.
        """


@asynccontextmanager
async def asker(database: Database, box: Box, route: Route, root: bytes) -> AsyncIterator[Asker]:
    """Opens what asks the server of a route.

    Args:
        database: Where sources are.
        box: What their credentials are sealed with.
        route: Whom to ask.
        root: The folder of the library whose links it is about.

    Raises:
        RepairError: The route leads nowhere.
        SourceError: The server's address is one that none may have.
    """
    if route.source_id is None:
        token = _opened(box, route.relay_token, route.resource)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with opened(route.relay_url, headers, _LIMITS, skip_certificate_check=False) as http:
            yield _Relay(http, route)
        return
    source = await sources.get(database, route.source_id)
    if source is None or not source.enabled:
        raise RepairError("SYMLINK_ROUTE_UNUSABLE", "the route's source is disabled or gone")
    async with opened(
        source.base_url,
        arr.headers(_opened(box, source.credential, source.resource)),
        _LIMITS,
        skip_certificate_check=source.config.skip_certificate_check,
    ) as http:
        kind = _Sonarr if source.kind is SourceKind.SONARR else _Radarr
        yield kind(database, http, source, root)


def _opened(box: Box, sealed: bytes | None, owner: str) -> str:
    if sealed is None:
        return ""
    try:
        return box.open(sealed, owner)
    except SecretError:
        raise RepairError(
            "SYMLINK_ROUTE_UNUSABLE", f"the secret of {owner} cannot be decrypted; set it again"
        ) from None


class _Relay:
    """Asks a relay: it finds out itself whom to ask for what."""

    def __init__(self, http: Http, route: Route) -> None:
        self._http = http
        self._route = route

    async def ask(self, action: Action, _links: Sequence[Symlink]) -> str:
        question = relay_question(self._route, action.scope, action.term)
        answer = await self._http.get("", question)
        if not isinstance(answer, dict):
            raise RepairError("REPAIR_REFUSED", "the relay answers no object")
        # It says so in its answer, also under the status 200.
        if answer.get("ok") is False or "error" in answer:
            said = fields.text(answer, "error", "detail", most=300)
            raise RepairError("REPAIR_REFUSED", f"the relay does not do it: {said}")
        return ""


class _Arr:
    """What Sonarr and Radarr have in common."""

    def __init__(self, database: Database, http: Http, source: Source, root: bytes) -> None:
        self._database = database
        self._http = http
        self._source = source
        self._root = root
        self._all: list[dict[str, Any]] | None = None
        self._rescanned: set[int] = set()

    async def _entries(self, path: str) -> list[dict[str, Any]]:
        if self._all is None:
            self._all = fields.required_list(await self._http.get(path), "titles")
        return self._all

    async def _entry(self, path: str, link: Symlink, known: int | None) -> Entry:
        entries = await self._entries(path)
        by_id = [entry for entry in entries if known is not None and entry.get("id") == known]
        found = by_id[0] if by_id else matching.find(entries, link, await self._paths(link))
        if found is None or not isinstance(found.get("id"), int):
            name = self._source.kind.capitalize()
            raise RepairError("REPAIR_TARGET_UNKNOWN", f"{name} does not know {link.name}")
        return found

    async def _paths(self, link: Symlink) -> list[str]:
        """Returns what a link's path may be on the server: as mapped, else as here."""
        try:
            here = os.path.join(self._root, link.path).decode()
        except UnicodeDecodeError:
            return []
        collections = await sources.collections_of(self._database, self._source.id)
        mapped = [collection.mapper.to_server(here) for collection in collections]
        return [one.path for one in mapped if one is not None] + [here]

    def _local_path(self, link: Symlink) -> str:
        return os.path.join(self._root, link.path).decode("utf-8", "replace")

    async def _command(self, name: str, **body: object) -> int:
        answer = fields.required_object(
            await self._http.post("/api/v3/command", {"name": name, **body}), "command"
        )
        return fields.number(answer, "id") or 0

    async def _rescan(self, key: int, name: str, **body: object) -> None:
        """Makes the server look at its disk, once: what it thinks is there, it does not fetch."""
        if key in self._rescanned:
            return
        self._rescanned.add(key)
        command = await self._command(name, **body)
        until = time.monotonic() + _RESCAN_SECONDS
        while command and time.monotonic() < until:
            answer = await self._http.get(f"/api/v3/command/{command}")
            if isinstance(answer, dict) and answer.get("status") in _ENDED:
                return
            await asyncio.sleep(_POLL_SECONDS)


class _Sonarr(_Arr):
    async def ask(self, action: Action, links: Sequence[Symlink]) -> str:
        link = links[0]
        known = await store.series_of(self._database, self._source.id, self._local_path(link))
        series = await self._entry("/api/v3/series", link, known)
        key: int = series["id"]
        if action.scope is Scope.SEASON:
            await self._rescan(key, "RescanSeries", seriesId=key)
            command = await self._command("SeasonSearch", seriesId=key, seasonNumber=link.season)
            return str(command or "")
        listed = fields.required_list(
            await self._http.get("/api/v3/episode", {"seriesId": str(key)}), "episodes"
        )
        ids = [one for each in links for one in matching.episodes(listed, each.unit or "s")]
        if action.scope is not Scope.EPISODE or not ids:
            raise RepairError("REPAIR_TARGET_UNKNOWN", f"Sonarr does not know {action.term}")
        await self._rescan(key, "RescanSeries", seriesId=key)
        return str(await self._command("EpisodeSearch", episodeIds=ids) or "")


class _Radarr(_Arr):
    async def ask(self, action: Action, links: Sequence[Symlink]) -> str:
        link = links[0]
        if action.scope is not Scope.MOVIE:
            raise RepairError("REPAIR_TARGET_UNKNOWN", "Radarr knows films only")
        known = await store.movie_of(self._database, self._source.id, self._local_path(link))
        movie = await self._entry("/api/v3/movie", link, known)
        key: int = movie["id"]
        await self._rescan(key, "RescanMovie", movieId=key)
        return str(await self._command("MoviesSearch", movieIds=[key]) or "")


def as_repair_error(error: SourceError) -> RepairError:
    """Returns what it means for an action that a server does not answer as it should."""
    # A key that is not accepted is set right by people, and then the question still stands.
    again = error.code in ("SOURCE_UNREACHABLE", "SOURCE_REFUSED")
    return RepairError(error.code, error.message, again=again, after=error.after)


def source_of(route: Route) -> UUID:
    """Returns what stands for the server of a route: others with the same wait for it, too."""
    return route.source_id or route.id
