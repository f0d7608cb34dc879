"""The suite as the commands see it: one object with a call for every method."""

from __future__ import annotations

import asyncio
import functools
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import typer
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from reelhouse.catalog.v1 import (
    enrichment_service_pb2,
    enrichment_service_pb2_grpc,
    file_operation_service_pb2,
    file_operation_service_pb2_grpc,
    library_service_pb2,
    library_service_pb2_grpc,
    marker_service_pb2,
    marker_service_pb2_grpc,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    naming_service_pb2,
    naming_service_pb2_grpc,
    plugin_service_pb2,
    plugin_service_pb2_grpc,
    review_service_pb2,
    review_service_pb2_grpc,
    source_service_pb2,
    source_service_pb2_grpc,
    symlink_service_pb2,
    symlink_service_pb2_grpc,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse.playback.v1 import (
    image_service_pb2,
    image_service_pb2_grpc,
    playback_service_pb2,
    playback_service_pb2_grpc,
    progress_service_pb2,
    progress_service_pb2_grpc,
)
from reelhouse.requests.v1 import (
    audiobook_service_pb2,
    audiobook_service_pb2_grpc,
    auth_service_pb2,
    auth_service_pb2_grpc,
    media_request_service_pb2,
    media_request_service_pb2_grpc,
    user_service_pb2,
    user_service_pb2_grpc,
)
from reelhouse.transcode.v1 import transcode_service_pb2, transcode_service_pb2_grpc
from reelhouse_cli import output
from reelhouse_cli.suite.data import DataFolder, default_folder
from reelhouse_cli.suite.plan import PORTS
from reelhouse_kit import errors
from reelhouse_kit.rpc.client import WRITE_SECONDS, Caller, channel

P = ParamSpec("P")

_CONTRACTS = {
    "catalog": [
        enrichment_service_pb2.DESCRIPTOR,
        file_operation_service_pb2.DESCRIPTOR,
        library_service_pb2.DESCRIPTOR,
        marker_service_pb2.DESCRIPTOR,
        media_file_service_pb2.DESCRIPTOR,
        naming_service_pb2.DESCRIPTOR,
        review_service_pb2.DESCRIPTOR,
        plugin_service_pb2.DESCRIPTOR,
        source_service_pb2.DESCRIPTOR,
        symlink_service_pb2.DESCRIPTOR,
        title_service_pb2.DESCRIPTOR,
    ],
    "playback": [
        image_service_pb2.DESCRIPTOR,
        playback_service_pb2.DESCRIPTOR,
        progress_service_pb2.DESCRIPTOR,
    ],
    "transcode": [transcode_service_pb2.DESCRIPTOR],
    "requests": [
        audiobook_service_pb2.DESCRIPTOR,
        auth_service_pb2.DESCRIPTOR,
        media_request_service_pb2.DESCRIPTOR,
        user_service_pb2.DESCRIPTOR,
    ],
}


class NotSignedInError(Exception):
    """There is no token to call with; the message says how to get one."""


def credentials_file() -> Path:
    """Returns where `reelhouse token login` keeps its refresh token."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "reelhouse" / "token"


class Api:
    """Calls to all services of the suite, as whoever is signed in."""

    def __init__(self, channels: dict[str, Any], access_token: str = "") -> None:
        self._access_token = access_token
        self._callers = {name: Caller(name, lambda: self._access_token) for name in channels}
        catalog, playback = channels["catalog"], channels["playback"]
        transcode, requests = channels["transcode"], channels["requests"]
        self.libraries = library_service_pb2_grpc.LibraryServiceStub(catalog)
        self.media_files = media_file_service_pb2_grpc.MediaFileServiceStub(catalog)
        self.titles = title_service_pb2_grpc.TitleServiceStub(catalog)
        self.markers = marker_service_pb2_grpc.MarkerServiceStub(catalog)
        self.reviews = review_service_pb2_grpc.ReviewServiceStub(catalog)
        self.enrichment = enrichment_service_pb2_grpc.EnrichmentServiceStub(catalog)
        self.file_operations = file_operation_service_pb2_grpc.FileOperationServiceStub(catalog)
        self.plugins = plugin_service_pb2_grpc.PluginServiceStub(catalog)
        self.naming = naming_service_pb2_grpc.NamingServiceStub(catalog)
        self.sources = source_service_pb2_grpc.SourceServiceStub(catalog)
        self.symlinks = symlink_service_pb2_grpc.SymlinkServiceStub(catalog)
        self.playback = playback_service_pb2_grpc.PlaybackServiceStub(playback)
        self.images = image_service_pb2_grpc.ImageServiceStub(playback)
        self.device_profiles = playback_service_pb2_grpc.DeviceProfileServiceStub(playback)
        self.progress = progress_service_pb2_grpc.ProgressServiceStub(playback)
        self.history = progress_service_pb2_grpc.HistoryServiceStub(playback)
        self.transcodes = transcode_service_pb2_grpc.TranscodeServiceStub(transcode)
        self.auth = auth_service_pb2_grpc.AuthServiceStub(requests)
        self.users = user_service_pb2_grpc.UserServiceStub(requests)
        self.audiobooks = audiobook_service_pb2_grpc.AudiobookServiceStub(requests)
        self.media_requests = media_request_service_pb2_grpc.MediaRequestServiceStub(requests)

    @property
    def access_token(self) -> str:
        """What calls are made with."""
        return self._access_token

    async def call(
        self, method: Callable[..., Any], request: Message, *, seconds: float = WRITE_SECONDS
    ) -> Any:
        """Calls a method that answers once, within so many seconds."""
        return await self._caller_of(method).call(method, request, seconds=seconds)

    def stream(self, method: Callable[..., Any], request: Message) -> AsyncIterator[Any]:
        """Calls a method that answers with a stream."""
        return self._caller_of(method).stream(method, request)

    async def pages(
        self, method: Callable[..., Any], request: Any, field: str, most: int
    ) -> list[Any]:
        """Returns up to `most` resources of a list, page by page."""
        found: list[Any] = []
        while len(found) < most:
            request.page_size = min(1000, most - len(found))
            response = await self.call(method, request)
            found.extend(getattr(response, field))
            if not response.next_page_token:
                break
            request.page_token = response.next_page_token
        return found

    async def sign_in(self, folder: DataFolder) -> None:
        """Gets an access token: from REELHOUSE_TOKEN, a sign-in, or the first administrator's.

        Raises:
            NotSignedInError: There is none of them.
        """
        given = os.environ.get("REELHOUSE_TOKEN", "").strip()
        saved = credentials_file()
        if given and not given.startswith("rh_"):
            self._access_token = given
        elif given:
            await self._exchange(given)
        elif saved.exists():
            await self._refresh(saved)
        elif os.access(folder.admin_token, os.R_OK):
            await self._exchange(folder.admin_token.read_text().strip())
        else:
            raise NotSignedInError(
                "you are not signed in: run `reelhouse token login`, or set REELHOUSE_TOKEN"
            )

    async def _exchange(self, api_token: str) -> None:
        request = auth_service_pb2.ExchangeApiTokenRequest(api_token=api_token)
        response = await self.call(self.auth.ExchangeApiToken, request)
        self._access_token = response.access_token.token

    async def _refresh(self, saved: Path) -> None:
        request = auth_service_pb2.RefreshTokenRequest(refresh_token=saved.read_text().strip())
        response = await self.call(self.auth.RefreshToken, request)
        save_refresh_token(response.refresh_token)
        self._access_token = response.access_token.token

    def _caller_of(self, method: Any) -> Caller:
        # "/reelhouse.catalog.v1.TitleService/GetTitle"
        path: bytes = method._method  # noqa: SLF001 # grpc.aio tells it nowhere else
        return self._callers[path.decode().split(".")[1]]


def save_refresh_token(token: str) -> None:
    """Keeps a refresh token where only this account can read it."""
    path = credentials_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(token)
    temporary.rename(path)


@asynccontextmanager
async def connect(*, signed_in: bool = True) -> AsyncIterator[Api]:
    """Opens channels to all services; they connect when they are used."""
    folder = DataFolder(default_folder(os.environ))
    running = folder.read_running()
    known = running.addresses if running else {}
    async with AsyncExitStack() as stack:
        channels = {}
        for name, contracts in _CONTRACTS.items():
            fallback = known.get(name, f"127.0.0.1:{PORTS[name]}")
            address = os.environ.get(f"REELHOUSE_{name.upper()}_ADDRESS", fallback)
            channels[name] = await stack.enter_async_context(channel(address, contracts))
        api = Api(channels)
        if signed_in:
            await api.sign_in(folder)
        yield api


def with_api(
    work: Callable[Concatenate[Api, P], Awaitable[None]],
) -> Callable[P, None]:
    """Makes a command of a function that needs the suite. What goes wrong is told in one line."""
    return _as_command(work, signed_in=True)


def without_sign_in(
    work: Callable[Concatenate[Api, P], Awaitable[None]],
) -> Callable[P, None]:
    """Makes a command of a function that calls as nobody."""
    return _as_command(work, signed_in=False)


def _as_command(
    work: Callable[Concatenate[Api, P], Awaitable[None]], *, signed_in: bool
) -> Callable[P, None]:
    async def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async with connect(signed_in=signed_in) as api:
            await work(api, *args, **kwargs)

    @functools.wraps(work)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            asyncio.run(run(*args, **kwargs))
        except errors.Error as error:
            _tell(error, as_json=bool(kwargs.get("as_json")))
            raise typer.Exit(1) from None
        except NotSignedInError as error:
            output.errors.print(f"[red]error:[/] {error}")
            raise typer.Exit(1) from None
        except BrokenPipeError:
            sys.stderr.close()
            raise typer.Exit(1) from None

    # Typer reads the parameters from the signature: the first one is not the user's.
    command.__signature__ = _without_first(work)  # type: ignore[attr-defined]
    return command


def _without_first(work: Callable[..., Any]) -> Any:
    import inspect  # noqa: PLC0415 # for this function only

    signature = inspect.signature(work, eval_str=True)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _tell(error: errors.Error, *, as_json: bool) -> None:
    if as_json:
        problem: dict[str, Any] = {
            "code": error.code.name,
            "reason": error.reason,
            "message": error.message,
            "metadata": error.metadata,
        }
        if isinstance(error, errors.InvalidArgumentError):
            problem["violations"] = [
                {"field": v.field, "description": v.description} for v in error.violations
            ]
        output.print_json({"error": problem})
        return
    output.errors.print(f"[red]error:[/] {error.message} [dim]({error.reason})[/]")


def as_dict(message: Message) -> dict[str, Any]:
    """Returns a message for JSON."""
    return MessageToDict(message)
