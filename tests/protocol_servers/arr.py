"""What Sonarr and Radarr share: their API v3, as its OpenAPI documents say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from aiohttp import web

from tests.protocol_servers.base import ProtocolServer


class Arr(ProtocolServer):
    """An instance of one of them."""

    known_commands: ClassVar[Mapping[str, Mapping[str, type]]] = {}
    """The fields that each command must have."""
    system: ClassVar[Mapping[str, str]] = {}
    """What it says of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.root_folders: list[dict[str, Any]] = []
        self.commands: list[dict[str, Any]] = []
        self.pending_polls = 0
        """How often a command is still at work when it is asked about."""

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("X-Api-Key") == self.credential

    def root(self, key: int, path: str) -> None:
        """Adds a root folder."""
        self.root_folders.append(
            {"id": key, "path": path, "accessible": True, "freeSpace": 1, "unmappedFolders": []}
        )

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v3/system/status", self._status),
            web.get("/api/v3/rootfolder", self._roots),
            web.post("/api/v3/command", self._command),
            web.get("/api/v3/command/{id:\\d+}", self._command_status),
        ]

    async def _command(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("name") not in self.known_commands:
            return web.json_response({"message": "unknown command"}, status=400)
        required = self.known_commands[body["name"]]
        if not all(isinstance(body.get(name), kind) for name, kind in required.items()):
            return web.json_response([{"errorMessage": "a field is missing"}], status=400)
        self.commands.append(body)
        return web.json_response(self._resource(len(self.commands)), status=201)

    async def _command_status(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        if not 1 <= number <= len(self.commands):
            return web.json_response({"message": "NotFound"}, status=404)
        return web.json_response(self._resource(number))

    def _resource(self, number: int) -> dict[str, Any]:
        body = self.commands[number - 1]
        return {
            "id": number,
            "name": body["name"],
            "commandName": body["name"],
            "body": body,
            "priority": "normal",
            "status": self._state(number),
            "queued": "2024-05-01T10:00:00Z",
            "trigger": "manual",
        }

    def _state(self, number: int) -> str:
        if self.pending_polls <= 0:
            return "completed"
        self.pending_polls -= 1
        return "started"

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(dict(self.system))

    async def _roots(self, request: web.Request) -> web.Response:
        return web.json_response(self.root_folders)
