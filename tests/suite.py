"""All four services in this process, on loopback, with a caller of every role."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    library_service_pb2_grpc,
    media_file_pb2,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    scan_pb2,
)
from reelhouse_catalog import app as catalog
from reelhouse_catalog.settings import CatalogSettings
from reelhouse_kit.auth import keys, tokens
from reelhouse_kit.auth.principal import Role
from reelhouse_kit.db import Database
from reelhouse_kit.postgres import free_port
from reelhouse_kit.secrets import new_key
from reelhouse_kit.testing import postgres
from reelhouse_playback import app as playback
from reelhouse_playback.settings import PlaybackSettings
from reelhouse_requests import app as requests
from reelhouse_requests.settings import RequestsSettings
from reelhouse_requests.users import usecases as users
from reelhouse_requests.users.model import User
from reelhouse_transcode import app as transcode
from reelhouse_transcode.settings import TranscodeSettings

PASSWORD = "correct horse battery"
SERVICES = ("catalog", "transcode", "requests", "playback")


class Client:
    """A service as one caller sees it: `await client.GetTitle(request)`."""

    def __init__(self, stub: Any, metadata: list[tuple[str, str]]) -> None:
        self._stub = stub
        self._metadata = metadata

    def __getattr__(self, method: str) -> Any:
        return functools.partial(getattr(self._stub, method), metadata=self._metadata, timeout=20)


@dataclass(frozen=True, slots=True)
class Suite:
    """A running suite."""

    channels: dict[str, grpc.aio.Channel]
    addresses: dict[str, str]
    tokens: dict[str, str]
    people: dict[str, User]
    store_dir: Path
    admin_url: str
    settings: dict[str, Any]

    def stub(self, module: Any, service: str, caller: str) -> Client:
        """Returns a service as one caller sees it, by its module of generated code."""
        name = module.__name__.split(".")[1]
        return Client(getattr(module, f"{service}Stub")(self.channels[name]), self.metadata(caller))

    @asynccontextmanager
    async def workers(self) -> AsyncIterator[None]:
        """Runs the workers while the block runs."""
        stopping = asyncio.Event()
        tasks = [
            asyncio.create_task(app.work(self.settings[name], stopping))
            for name, app in (("catalog", catalog), ("transcode", transcode))
        ]
        try:
            yield
        finally:
            stopping.set()
            await asyncio.gather(*tasks)

    async def library(self, root: Path, kind: str = "MOVIE") -> str:
        """Makes a library of a folder and scans it. Returns its name. Needs the workers."""
        libraries = self.stub(library_service_pb2_grpc, "LibraryService", "admin")
        wanted = library_pb2.Library(
            display_name=root.name,
            kind=library_pb2.Library.Kind.Value(f"KIND_{kind}"),
            root_path=str(root),
        )
        create = library_service_pb2.CreateLibraryRequest(library=wanted)
        library = await libraries.CreateLibrary(create)
        await self.scan(library.name)
        return str(library.name)

    async def scan(self, library: str) -> scan_pb2.Scan:
        """Scans a library. Returns how the scan ended."""
        libraries = self.stub(library_service_pb2_grpc, "LibraryService", "admin")
        request = library_service_pb2.ScanLibraryRequest(name=library)
        scan: scan_pb2.Scan = await libraries.ScanLibrary(request)
        watch = library_service_pb2.WatchScanRequest(name=scan.name)
        async for response in libraries.WatchScan(watch):
            scan = response.scan
        assert scan.state == scan_pb2.Scan.STATE_COMPLETED, scan
        return scan

    async def files(self) -> dict[str, media_file_pb2.MediaFile]:
        """Returns all media files by their file's name."""
        stub = self.stub(media_file_service_pb2_grpc, "MediaFileService", "admin")
        listing = media_file_service_pb2.ListMediaFilesRequest(page_size=1000)
        found = await stub.ListMediaFiles(listing)
        return {file.path.rpartition("/")[2]: file for file in found.media_files}

    def metadata(self, caller: str) -> list[tuple[str, str]]:
        """Returns what a caller sends along: nobody, alice, bob, admin or service."""
        token = self.tokens[caller]
        return [("authorization", f"Bearer {token}")] if token else []


@asynccontextmanager
async def running(admin_url: str, folder: Path, **playback_settings: Any) -> AsyncIterator[Suite]:
    """Runs the suite on a database while the block runs."""
    made = {name: keys.generate(f"services/{name}") for name in SERVICES}
    made["users"] = keys.generate(keys.USERS)
    for name, key in made.items():
        keys.write(folder / f"{name}.json", key)
    keys.write(folder / "public.json", {"keys": [keys.public_part(k) for k in made.values()]})
    (folder / "delivery.key").write_text("k" * 48)
    secret_keys = {"keys": {"1": new_key()}}
    (folder / "secrets-key.json").write_text(json.dumps(secret_keys))
    store_dir = folder / "store"
    store_dir.mkdir()

    def common(name: str) -> dict[str, Any]:
        return {
            "port": 0,
            "database_url": postgres.as_service(admin_url, name),
            "public_keys_file": folder / "public.json",
            "service_key_file": folder / f"{name}.json",
            "shutdown_seconds": 1.0,
            "database_pool": 4,
        }

    async with AsyncExitStack() as stack:
        addresses: dict[str, str] = {}
        settings: dict[str, Any] = {}

        async def start(name: str, app: Any, config: Any) -> None:
            port = await stack.enter_async_context(app.running(config))
            addresses[name] = f"127.0.0.1:{port}"
            settings[name] = config

        await start(
            "catalog",
            catalog,
            CatalogSettings(
                **common("catalog"), watch=False, secrets_key_file=folder / "secrets-key.json"
            ),
        )
        await start(
            "transcode",
            transcode,
            TranscodeSettings(
                **common("transcode"),
                catalog_address=addresses["catalog"],
                store_dir=store_dir,
            ),
        )
        await start(
            "requests",
            requests,
            RequestsSettings(
                **common("requests"),
                user_key_file=folder / "users.json",
                catalog_address=addresses["catalog"],
            ),
        )
        await start(
            "playback",
            playback,
            PlaybackSettings(
                **{
                    **common("playback"),
                    "delivery_port": free_port(),
                    "delivery_key_file": folder / "delivery.key",
                    "catalog_address": addresses["catalog"],
                    "transcode_address": addresses["transcode"],
                    "store_dir": store_dir,
                    **playback_settings,
                }
            ),
        )
        channels = {}
        for name, address in addresses.items():
            channel = grpc.aio.insecure_channel(address)
            channels[name] = await stack.enter_async_context(channel)
        people = await _make_people(settings["requests"])
        user_key = keys.read_signing_key(folder / "users.json")
        service_key = keys.read_signing_key(folder / "playback.json")
        issued = {
            name: tokens.issue(user_key, user.resource, user.role, 3600)
            for name, user in people.items()
        }
        issued |= {"nobody": "", "service": tokens.ServiceToken(service_key).get()}
        yield Suite(channels, addresses, issued, people, store_dir, admin_url, settings)


async def _make_people(config: RequestsSettings) -> dict[str, User]:
    async with Database.open(config.database_url, schema="requests", size=1) as opened:
        database = opened.for_everybody()
        return {
            name: await users.create_user(database, username=name, password=PASSWORD, role=role)
            for name, role in (("admin", Role.ADMIN), ("alice", Role.USER), ("bob", Role.USER))
        }


def shown(document: object) -> str:
    """Returns a document as text, for assertions' messages."""
    return json.dumps(document, indent=1, default=str)
