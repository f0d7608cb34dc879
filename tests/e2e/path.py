"""The main job from end to end, as a client does it that tries again when nobody answers."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from google.protobuf.duration_pb2 import Duration

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    media_file_service_pb2,
    scan_pb2,
    title_service_pb2,
)
from reelhouse.playback.v1 import (
    decision_pb2,
    playback_service_pb2,
    progress_service_pb2,
    session_pb2,
)
from reelhouse.requests.v1 import (
    audiobook_pb2,
    audiobook_service_pb2,
    auth_service_pb2,
    media_request_pb2,
    media_request_service_pb2,
    user_pb2,
    user_service_pb2,
)
from reelhouse.transcode.v1 import transcode_pb2, transcode_service_pb2
from reelhouse_cli.api import Api
from reelhouse_cli.suite.data import DataFolder
from reelhouse_kit import errors
from reelhouse_kit.rpc.client import channel
from tests.e2e.house import House
from tests.media import FFMPEG, Media

PASSWORD = "correct horse battery"
CHROME = "deviceProfiles/chrome"
LENGTH = 40
"""Seconds of the film that no browser plays."""
FILMS = 120
PATIENCE = 45.0
"""Seconds for which a client keeps trying."""

Session = session_pb2.Session
MediaRequest = media_request_pb2.MediaRequest


@dataclass
class Client:
    """An app: it repeats what nobody answered, with the same request_id."""

    api: Api
    channels: dict[str, Any]

    async def somebody(self, username: str) -> Client:
        """Makes a user and returns the app of theirs."""
        user = user_pb2.User(username=username)
        create = user_service_pb2.CreateUserRequest(user=user, password=PASSWORD)
        await self.call(self.api.users.CreateUser, create)
        login = auth_service_pb2.LoginRequest(username=username, password=PASSWORD)
        signed_in = await self.call(self.api.auth.Login, login)
        return Client(Api(self.channels, signed_in.access_token.token), self.channels)

    async def call(self, method: Callable[..., Any], request: Any) -> Any:
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid4())
        return await patiently(lambda: self.api.call(method, request))

    async def watch(
        self, method: Callable[..., Any], request: Any, ended: Callable[[Any], bool]
    ) -> Any:
        """Follows a stream, anew where it breaks, until a response is the last one wanted."""

        async def follow() -> Any:
            async for response in self.api.stream(method, request):
                if hasattr(request, "resume_token"):
                    request.resume_token = response.resume_token
                if ended(response):
                    return response
            raise errors.UnavailableError.dependency("the stream")

        return await patiently(follow)


async def patiently(work: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await work()
            except (errors.UnavailableError, aiohttp.ClientError):
                await asyncio.sleep(0.2)


@asynccontextmanager
async def client(house: House) -> AsyncIterator[Client]:
    """Opens an app of the first administrator's."""
    async with AsyncExitStack() as stack:
        channels = {
            name: await stack.enter_async_context(channel(address, ()))
            for name, address in house.started["addresses"].items()
        }
        api = Api(channels)
        await patiently(lambda: api.sign_in(DataFolder(Path(house.started["data"]))))
        yield Client(api, channels)


def seconds(value: int) -> Duration:
    return Duration(seconds=value)


@dataclass
class Walk:
    """One walk along the path. `moment` is called where something may go wrong."""

    client: Client
    media: Media
    folder: Path
    moment: Callable[[str], None]
    files: dict[str, str] = field(default_factory=dict)
    asker: Client = field(init=False)
    wish: str = ""
    seen: str = ""

    async def whole(self) -> None:
        """Does it all."""
        await self.ask()
        await self.scan()
        await self.play_as_it_is()
        await self.play_something_made()
        await self.get_what_was_asked_for()

    async def library(self, name: str, kind: library_pb2.Library.Kind.ValueType) -> str:
        request = library_service_pb2.CreateLibraryRequest(
            library=library_pb2.Library(
                display_name=name, kind=kind, root_path=str(self.folder / name)
            )
        )
        made = await self.client.call(self.client.api.libraries.CreateLibrary, request)
        return str(made.name)

    async def scan_library(self, library: str, moment: str = "") -> scan_pb2.Scan:
        api = self.client.api
        request = library_service_pb2.ScanLibraryRequest(name=library)
        scan = await self.client.call(api.libraries.ScanLibrary, request)
        ended = (scan_pb2.Scan.STATE_COMPLETED, scan_pb2.Scan.STATE_FAILED)

        def last(response: Any) -> bool:
            nonlocal moment
            if moment and response.scan.stats.processed_count:
                self.moment(moment)
                moment = ""
            return response.scan.state in ended

        watch = library_service_pb2.WatchScanRequest(name=scan.name)
        found = (await self.client.watch(api.libraries.WatchScan, watch, last)).scan
        assert found.state == scan_pb2.Scan.STATE_COMPLETED, found
        return found  # type: ignore[no-any-return]

    async def scan(self) -> None:
        """Scans films: some that browsers play, one that none does."""
        films = self.folder / "films"
        for number in range(FILMS):
            year = 1900 + number
            path = films / f"Film {number:03} ({year})" / f"Film {number:03} ({year}).mp4"
            self.media.film(path, hertz=200 + number % 7)
            make_unique(path)
        stubborn = films / "Stubborn (2020)" / "Stubborn (2020).mkv"
        make_unique(self.media.hevc_dts(stubborn, seconds=LENGTH))
        library = await self.library("films", library_pb2.Library.KIND_MOVIE)
        await self.scan_library(library, "scanning")
        again = await self.scan_library(library)
        assert again.stats.unchanged_count == again.stats.found_count == FILMS + 1, again
        api = self.client.api
        listing = title_service_pb2.ListTitlesRequest(library=library, page_size=1000)
        titles = (await self.client.call(api.titles.ListTitles, listing)).titles
        assert len({title.display_name for title in titles}) == len(titles) == FILMS + 1
        files = media_file_service_pb2.ListMediaFilesRequest(library=library, page_size=1000)
        found = (await self.client.call(api.media_files.ListMediaFiles, files)).media_files
        assert len(found) == FILMS + 1
        self.files = {file.path.rpartition("/")[2]: file.name for file in found}

    async def play(self, file: str) -> Session:
        request = playback_service_pb2.StartSessionRequest(
            media_file=self.files[file], device_profile=CHROME
        )
        started: Session = await self.client.call(self.client.api.playback.StartSession, request)
        return started

    async def play_as_it_is(self) -> None:
        """Fetches a film by ranges, and goes on where it was left."""
        api = self.client.api
        session = await self.play("Film 007 (1907).mp4")
        assert session.decision.method == decision_pb2.Decision.METHOD_DIRECT
        self.moment("playing")
        original = (self.folder / "films/Film 007 (1907)/Film 007 (1907).mp4").read_bytes()
        fetched = b""
        while len(fetched) < len(original):
            wanted = f"bytes={len(fetched)}-{len(fetched) + 4999}"
            fetched += await patiently(lambda wanted=wanted: fetch(session.stream_url, wanted))  # type: ignore[misc]
        assert hashlib.sha256(fetched).digest() == hashlib.sha256(original).digest()
        report = playback_service_pb2.ReportProgressRequest(name=session.name)
        report.position.FromMilliseconds(400)
        await self.client.call(api.playback.ReportProgress, report)
        self.moment("reported")
        get = progress_service_pb2.GetProgressRequest(parent="users/me", item=session.item)
        kept = await self.client.call(api.progress.GetProgress, get)
        assert kept.position.ToMilliseconds() == 400
        assert (await self.play("Film 007 (1907).mp4")).position.ToMilliseconds() == 400

    async def play_something_made(self) -> None:
        """Plays what has to be made, from before it is whole."""
        api = self.client.api
        session = await self.play("Stubborn (2020).mkv")
        assert session.decision.method == decision_pb2.Decision.METHOD_TRANSCODE
        playlist = await patiently(lambda: fetch(session.stream_url))
        assert b"#EXT-X-MAP" in playlist
        get = transcode_service_pb2.GetTranscodeRequest(name=session.transcode)
        making = await self.client.call(api.transcodes.GetTranscode, get)
        assert making.state == transcode_pb2.Transcode.STATE_RUNNING
        self.moment("transcoding")

        def last(response: Any) -> bool:
            return bool(response.transcode.HasField("end_time"))

        watch = transcode_service_pb2.WatchTranscodeRequest(name=session.transcode)
        made = (await self.client.watch(api.transcodes.WatchTranscode, watch, last)).transcode
        assert made.state == transcode_pb2.Transcode.STATE_COMPLETED, made
        whole = await patiently(lambda: fetch(session.stream_url))
        assert b"#EXT-X-ENDLIST" in whole
        length = await asyncio.to_thread(decoded_seconds, session.stream_url)
        assert abs(length - LENGTH) < 0.2

    async def ask(self) -> None:
        """Asks for an audiobook, which an administrator approves."""
        api = self.client.api
        self.asker = await self.client.somebody(f"asker-{uuid4().hex[:8]}")
        theirs = self.asker.api
        book = audiobook_pb2.Audiobook(title=f"The Keeper {self.folder.name}", author="Ada Winter")
        made = await self.asker.call(
            theirs.audiobooks.CreateAudiobook,
            audiobook_service_pb2.CreateAudiobookRequest(audiobook=book),
        )
        wish = media_request_pb2.MediaRequest(audiobook=made.name)
        asked = await self.asker.call(
            theirs.media_requests.CreateMediaRequest,
            media_request_service_pb2.CreateMediaRequestRequest(media_request=wish),
        )
        watch = media_request_service_pb2.WatchMediaRequestsRequest()
        watching = theirs.media_requests.WatchMediaRequests
        self.seen = (await self.asker.watch(watching, watch, lambda _: True)).resume_token
        self.moment("asked")
        approve = media_request_service_pb2.ApproveMediaRequestRequest(name=asked.name)
        approved = await self.client.call(api.media_requests.ApproveMediaRequest, approve)
        self.moment("approved")
        self.wish = approved.name

    async def get_what_was_asked_for(self) -> None:
        """Scans the audiobook that was asked for, and sees the request become available."""
        title = f"The Keeper {self.folder.name}"
        for part in (1, 2):
            tags = {"artist": "Ada Winter", "album": title, "title": f"Part {part}"}
            path = self.folder / "books" / "Ada Winter" / title / f"Part {part}.mp3"
            self.media.sound(path, tags, hertz=300 + part)
        library = await self.library("books", library_pb2.Library.KIND_AUDIOBOOK)
        await self.scan_library(library)
        self.moment("brought")

        def there(response: Any) -> bool:
            kind = response.WhichOneof("event")
            if kind not in ("created", "updated"):
                return False
            wish = getattr(response, kind)
            return bool(wish.name == self.wish and wish.state == MediaRequest.STATE_AVAILABLE)

        watch = media_request_service_pb2.WatchMediaRequestsRequest(resume_token=self.seen)
        theirs = self.asker.api.media_requests
        await self.asker.watch(theirs.WatchMediaRequests, watch, there)
        get = media_request_service_pb2.GetMediaRequestRequest(name=self.wish)
        found = await self.asker.call(theirs.GetMediaRequest, get)
        assert found.state == MediaRequest.STATE_AVAILABLE


def make_unique(path: Path) -> None:
    """Appends padding to a file, so that its content is like no other's."""
    header = b"\xec\x90" if path.suffix == ".mkv" else b"\0\0\0\x18free"
    with path.open("ab") as file:
        file.write(header + uuid4().bytes)


async def fetch(url: str, wanted: str = "") -> bytes:
    """Fetches an address, or a range of it."""
    headers = {"Range": wanted} if wanted else {}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as response:
        if response.status >= 500:
            raise aiohttp.ClientError(response.status)
        assert response.status in (200, 206), response
        return await response.read()


def decoded_seconds(url: str) -> float:
    """Decodes a stream with ffmpeg and returns how long it was."""
    command = [FFMPEG, "-nostdin", "-v", "error", "-i", url, "-f", "null", "-progress", "pipe:1"]
    done = subprocess.run([*command, "-"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    times = [line for line in done.stdout.splitlines() if line.startswith("out_time_us=")]
    return int(times[-1].partition("=")[2]) / 1e6
