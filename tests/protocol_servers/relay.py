"""A relay as Refresherr has one: GET /find with type, scope and term."""

from __future__ import annotations

from aiohttp import web

from tests.protocol_servers.base import ProtocolServer


class Relay(ProtocolServer):
    """A relay that knows some titles, and searches for them."""

    def __init__(self) -> None:
        super().__init__()
        self.types = {"sonarr_tv", "radarr_doc"}
        self.unknown: set[str] = set()
        self.asked_for: list[tuple[str, str, str]] = []

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {self.credential}"

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/find", self._find)]

    async def _find(self, request: web.Request) -> web.Response:
        kind, scope, term = (request.query.get(name, "") for name in ("type", "scope", "term"))
        if kind not in self.types:
            return web.json_response(
                {"ok": False, "error": f"Unknown or unconfigured type '{kind}'"}, status=400
            )
        if term in self.unknown:
            # That nothing was found it says under the status 200.
            return web.json_response(
                {"ok": False, "action": "MoviesSearch", "code": 404, "detail": "no matches"}
            )
        self.asked_for.append((kind, scope, term))
        return web.json_response({"ok": True, "action": "EpisodeSearch", "code": 201})
