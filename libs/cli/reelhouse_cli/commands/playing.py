"""`reelhouse play` and `reelhouse transcode`."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from reelhouse.catalog.v1 import title_service_pb2
from reelhouse.playback.v1 import decision_pb2, playback_service_pb2, session_pb2
from reelhouse.transcode.v1 import transcode_pb2, transcode_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most

_Transcode = transcode_pb2.Transcode
_CHUNK = 1024 * 1024
transcodes = typer.Typer(help="Turn files into other forms.", no_args_is_help=True)


async def media_file_of(api: Api, what: str) -> str:
    """Returns the media file that somebody means: by its name, or by that of a film."""
    if not what.startswith("titles/"):
        return what if "/" in what else f"mediaFiles/{what}"
    request = title_service_pb2.ListEpisodesRequest(parent=what)
    for episode in await api.pages(api.titles.ListEpisodes, request, "episodes", 1):
        for name in episode.media_files:
            return str(name)
    raise typer.BadParameter(f"{what} has no file that is there")


@with_api
async def play(
    api: Api,
    what: Annotated[str, typer.Argument(help="A media file, or a film: titles/….")],
    profile: Annotated[str, typer.Option(help="The device that plays it.")] = "generic",
    save: Annotated[Path | None, typer.Option(help="Fetch it into this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start a session: show how a device plays a file, why, and from where."""
    request = playback_service_pb2.StartSessionRequest(
        media_file=await media_file_of(api, what),
        device_profile=f"deviceProfiles/{profile.removeprefix('deviceProfiles/')}",
        device_id="reelhouse command",
    )
    session: session_pb2.Session = await api.call(api.playback.StartSession, request)
    if as_json:
        output.print_json(as_dict(session))
    else:
        _show_session(session)
    if save is not None:
        _fetch(session.stream_url, save, show=not as_json)


def _show_session(session: session_pb2.Session) -> None:
    decision = session.decision
    method = kind_name(decision.method, "METHOD_", decision_pb2.Decision.Method)
    reasons = [kind_name(r, "REASON_", decision_pb2.Decision.Reason) for r in decision.reasons]
    output.console.print(f"{session.name} plays [bold]{method}[/]")
    if reasons:
        output.console.print(f"  because: {', '.join(reasons)}")
    output.console.print(f"  from: {session.stream_url}", soft_wrap=True)


def _fetch(url: str, path: Path, *, show: bool) -> None:
    with (
        urllib.request.urlopen(url, timeout=60) as response,  # noqa: S310 # our own address
        path.open("xb") as file,
        Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), disable=not show
        ) as bar,
    ):
        task = bar.add_task(path.name, total=int(response.headers.get("Content-Length", 0)))
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            bar.advance(task, len(chunk))


@transcodes.command("start")
@with_api
async def start(
    api: Api,
    what: Annotated[str, typer.Argument(help="A media file, or a film: titles/….")],
    mp4: Annotated[bool, typer.Option("--mp4", help="Make one file, not HLS.")] = False,
    height: Annotated[int, typer.Option(help="The most lines of the picture.", min=0)] = 0,
    quality: Annotated[int, typer.Option(help="0 to 100.", min=0, max=100)] = 55,
    copy_video: Annotated[bool, typer.Option("--copy-video", help="Keep the picture.")] = False,
    copy_audio: Annotated[bool, typer.Option("--copy-audio", help="Keep the sound.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a transcode and watch it being made."""
    spec = _Transcode.Spec(
        format=_Transcode.FORMAT_MP4 if mp4 else _Transcode.FORMAT_HLS,
        video_codec=_Transcode.VIDEO_CODEC_COPY if copy_video else _Transcode.VIDEO_CODEC_H264,
        audio_codec=_Transcode.AUDIO_CODEC_COPY if copy_audio else _Transcode.AUDIO_CODEC_AAC,
        max_height=height,
        quality=quality,
    )
    wanted = _Transcode(media_file=await media_file_of(api, what), spec=spec)
    request = transcode_service_pb2.CreateTranscodeRequest(transcode=wanted)
    created = await api.call(api.transcodes.CreateTranscode, request)
    await _watch(api, created.name, as_json=as_json)


@transcodes.command("watch")
@with_api
async def watch(
    api: Api,
    name: Annotated[str, typer.Argument(help="A transcode: transcodes/….")],
    as_json: AsJson = False,
) -> None:
    """Watch a transcode being made."""
    await _watch(api, name, as_json=as_json)


async def _watch(api: Api, name: str, *, as_json: bool) -> None:
    transcode: Any = None
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    request = transcode_service_pb2.WatchTranscodeRequest(name=name)
    with Progress(*columns, console=output.console, disable=as_json) as bar:
        task = bar.add_task(name, total=1.0, speed="")
        async for response in api.stream(api.transcodes.WatchTranscode, request):
            transcode = response.transcode
            progress = transcode.progress
            speed = f"{progress.speed:.1f}x" if progress.speed else ""
            bar.update(task, completed=progress.fraction, speed=speed)
    if as_json:
        output.print_json(as_dict(transcode))
    else:
        _show_transcodes([transcode])
    if transcode.state != _Transcode.STATE_COMPLETED:
        raise typer.Exit(1)


@transcodes.command("ls")
@with_api
async def list_transcodes(api: Api, most: Most = 20, as_json: AsJson = False) -> None:
    """List transcodes, newest first."""
    request = transcode_service_pb2.ListTranscodesRequest()
    found = await api.pages(api.transcodes.ListTranscodes, request, "transcodes", most)
    if as_json:
        output.print_json([as_dict(transcode) for transcode in found])
    else:
        _show_transcodes(found)


@transcodes.command("cancel")
@with_api
async def cancel(
    api: Api,
    name: Annotated[str, typer.Argument(help="A transcode: transcodes/….")],
    as_json: AsJson = False,
) -> None:
    """Stop a transcode."""
    request = transcode_service_pb2.CancelTranscodeRequest(name=name)
    await _one(api, api.transcodes.CancelTranscode, request, as_json=as_json)


@transcodes.command("retry")
@with_api
async def retry(
    api: Api,
    name: Annotated[str, typer.Argument(help="A transcode: transcodes/….")],
    as_json: AsJson = False,
) -> None:
    """Try a failed or cancelled transcode again."""
    request = transcode_service_pb2.RetryTranscodeRequest(name=name)
    await _one(api, api.transcodes.RetryTranscode, request, as_json=as_json)


async def _one(api: Api, method: Any, request: Any, *, as_json: bool) -> None:
    transcode = await api.call(method, request)
    if as_json:
        output.print_json(as_dict(transcode))
    else:
        _show_transcodes([transcode])


def _show_transcodes(found: list[Any]) -> None:
    output.print_table(
        ("transcode", "state", "made", "size", "result", "remark"),
        [
            (
                transcode.name,
                kind_name(transcode.state, "STATE_", _Transcode.State),
                f"{transcode.progress.fraction:.0%}",
                output.size(transcode.output_size_bytes) if transcode.output_size_bytes else "",
                transcode.output_path,
                transcode.error.message.splitlines()[-1] if transcode.error.message else "",
            )
            for transcode in found
        ],
    )
