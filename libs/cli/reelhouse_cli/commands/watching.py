"""`reelhouse sessions`, `continue`, `next-up`, `watched`, `unwatched` and `history`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from google.type import date_pb2

from reelhouse.playback.v1 import (
    decision_pb2,
    playback_service_pb2,
    progress_service_pb2,
    session_pb2,
)
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most

_Session = session_pb2.Session
_Decision = decision_pb2.Decision
_Export = progress_service_pb2.ExportHistoryRequest
_Stats = progress_service_pb2.GetWatchStatsRequest
_GROUPINGS = {
    "day": _Stats.GROUPING_DAY,
    "title": _Stats.GROUPING_TITLE,
    "user": _Stats.GROUPING_USER,
}
_FORMATS = {"jsonl": _Export.FORMAT_JSON_LINES, "csv": _Export.FORMAT_CSV}
sessions = typer.Typer(help="See who plays what.", no_args_is_help=True)
history = typer.Typer(help="See, take along and delete what was played.", no_args_is_help=True)

User = Annotated[str, typer.Option(help="Whose; yours without it.")]
What = Annotated[
    str,
    typer.Argument(help="A title, season, episode, track (titles/…) or file (mediaFiles/…)."),
]


def _parent(user: str) -> str:
    return f"users/{user.removeprefix('users/')}"


@sessions.command("ls")
@with_api
async def list_sessions(
    api: Api,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    most: Most = 50,
    as_json: AsJson = False,
) -> None:
    """List sessions, newest first: your own, or everybody's for administrators."""
    request = playback_service_pb2.ListSessionsRequest(active=not everything)
    found = await api.pages(api.playback.ListSessions, request, "sessions", most)
    if as_json:
        output.print_json([as_dict(session) for session in found])
        return
    _show_sessions(found)


@sessions.command("watch")
@with_api
async def watch_sessions(api: Api, as_json: AsJson = False) -> None:
    """Show sessions as they come and change, until you press Ctrl-C."""
    request = playback_service_pb2.WatchSessionsRequest()
    async for response in api.stream(api.playback.WatchSessions, request):
        event = response.WhichOneof("event")
        if as_json:
            output.print_line(as_dict(response))
        elif event in ("created", "updated"):
            session = getattr(response, event)
            output.console.print(
                f"{_clock(datetime.now(UTC))}  {session.name}  {_state(session)}  "
                f"{session.item}  {_position(session)}"
            )
        elif event == "deleted":
            output.console.print(f"{_clock(datetime.now(UTC))}  {response.deleted}  gone")


@sessions.command("stop")
@with_api
async def stop_session(
    api: Api,
    name: Annotated[str, typer.Argument(help="A session: sessions/….")],
    as_json: AsJson = False,
) -> None:
    """Stop a session."""
    request = playback_service_pb2.StopSessionRequest(name=name)
    stopped = await api.call(api.playback.StopSession, request)
    if as_json:
        output.print_json(as_dict(stopped))
    else:
        _show_sessions([stopped])


def _show_sessions(found: list[Any]) -> None:
    output.print_table(
        ("session", "user", "what", "state", "how", "kbit/s", "position", "device"),
        [
            (
                session.name,
                session.user,
                session.item,
                _state(session),
                kind_name(session.decision.method, "METHOD_", _Decision.Method),
                session.bit_rate // 1000 if session.bit_rate else "",
                _position(session),
                session.device_id,
            )
            for session in found
        ],
    )


def _state(session: Any) -> str:
    return kind_name(session.state, "STATE_", _Session.State)


def _position(thing: Any) -> str:
    position = output.clock(thing.position.ToSeconds())
    if not thing.HasField("duration"):
        return position
    return f"{position} of {output.clock(thing.duration.ToSeconds())}"


def _clock(time: datetime) -> str:
    return time.astimezone().strftime("%H:%M:%S")


def _day(time: Any) -> str:
    return time.ToDatetime(UTC).astimezone().strftime("%Y-%m-%d %H:%M") if time.seconds else ""


@with_api
async def continue_watching(
    api: Api, user: User = "me", most: Most = 20, as_json: AsJson = False
) -> None:
    """List what you began and did not finish, last played first."""
    request = progress_service_pb2.ListContinueWatchingRequest(parent=_parent(user))
    found = await api.pages(api.progress.ListContinueWatching, request, "progress", most)
    if as_json:
        output.print_json([as_dict(one) for one in found])
        return
    output.print_table(
        ("what", "position", "last played", "file"),
        [(one.item, _position(one), _day(one.update_time), one.media_file) for one in found],
    )


@with_api
async def next_up(api: Api, user: User = "me", most: Most = 20, as_json: AsJson = False) -> None:
    """List the next episodes of the series that you are in."""
    request = progress_service_pb2.ListNextUpRequest(parent=_parent(user))
    found = await api.pages(api.progress.ListNextUp, request, "next_up", most)
    if as_json:
        output.print_json([as_dict(one) for one in found])
        return
    output.print_table(
        ("episode", "", "name", "file"),
        [
            (
                one.episode,
                f"S{one.season_number:02}E{one.number:02}",
                one.display_name,
                one.media_file,
            )
            for one in found
        ],
    )


@with_api
async def watched(api: Api, what: What, user: User = "me", as_json: AsJson = False) -> None:
    """Mark something as watched."""
    request = progress_service_pb2.MarkWatchedRequest(parent=_parent(user), name=what)
    answer = await api.call(api.progress.MarkWatched, request)
    _told(answer, "marked as watched", as_json=as_json)


@with_api
async def unwatched(api: Api, what: What, user: User = "me", as_json: AsJson = False) -> None:
    """Mark something as not watched, and forget how far you are in it."""
    request = progress_service_pb2.MarkUnwatchedRequest(parent=_parent(user), name=what)
    answer = await api.call(api.progress.MarkUnwatched, request)
    _told(answer, "marked as not watched", as_json=as_json)


def _told(answer: Any, what: str, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"itemCount": answer.item_count})
    else:
        output.console.print(f"{answer.item_count} {what}")


@history.command("ls")
@with_api
async def list_history(
    api: Api, user: User = "me", most: Most = 50, as_json: AsJson = False
) -> None:
    """List what was played, newest first."""
    request = progress_service_pb2.ListHistoryRequest(parent=_parent(user))
    found = await api.pages(api.history.ListHistory, request, "history", most)
    if as_json:
        output.print_json([as_dict(entry) for entry in found])
        return
    output.print_table(
        ("when", "what", "watched", "to the end", "device"),
        [
            (
                _day(entry.play_time),
                entry.item,
                output.clock(entry.duration_watched.ToSeconds()),
                "yes" if entry.completed else "",
                entry.device_id,
            )
            for entry in found
        ],
    )


@history.command("export")
@with_api
async def export_history(
    api: Api,
    user: User = "me",
    form: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    to: Annotated[Path | None, typer.Option(help="A new file; else standard output.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write all that was played, newest first, as lines of JSON or as CSV."""
    if form not in _FORMATS:
        raise typer.BadParameter("is neither jsonl nor csv", param_hint="--format")
    request = _Export(parent=_parent(user), format=_FORMATS[form])
    if to is None:
        await _export(api, request, sys.stdout.buffer)
        return
    with to.open("xb") as file:
        count = await _export(api, request, file)
    if as_json:
        output.print_json({"file": str(to), "bytes": count})
    else:
        output.console.print(f"{output.size(count)} in {to}")


async def _export(api: Api, request: Any, file: BinaryIO) -> int:
    count = 0
    async for response in api.stream(api.history.ExportHistory, request):
        count += file.write(response.data)
    file.flush()
    return count


@history.command("stats")
@with_api
async def show_stats(
    api: Api,
    user: Annotated[str, typer.Option(help="Whose; yours without it. -: everybody's.")] = "me",
    by: Annotated[str, typer.Option(help="day, title or user.")] = "day",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day.")
    ] = None,
    most: Most = 50,
    as_json: AsJson = False,
) -> None:
    """Add up what was watched; the last 30 days without other days."""
    if by not in _GROUPINGS:
        raise typer.BadParameter("is neither day, title nor user", param_hint="--by")
    request = _Stats(
        parent=_parent(user),
        grouping=_GROUPINGS[by],
        start_date=_date(since),
        end_date=_date(until),
        max_results=min(most, 1000),
    )
    answer = await api.call(api.history.GetWatchStats, request)
    if as_json:
        output.print_json(as_dict(answer))
        return
    lines = [(_key(one), one) for one in answer.stats]
    output.print_table(
        (by, "played", "to the end", "watched"),
        [
            (
                key,
                one.play_count,
                one.completed_count,
                output.clock(one.duration_watched.ToSeconds()),
            )
            for key, one in [*lines, ("in all", answer.total)]
        ],
    )


def _date(day: datetime | None) -> date_pb2.Date | None:
    return date_pb2.Date(year=day.year, month=day.month, day=day.day) if day else None


def _key(one: Any) -> str:
    if one.HasField("date"):
        return f"{one.date.year:04}-{one.date.month:02}-{one.date.day:02}"
    return str(one.subject or one.user)


@history.command("delete")
@with_api
async def delete_history(
    api: Api,
    user: User = "me",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete all that is known of what you watched: sessions, progress, history, statistics."""
    if not yes:
        typer.confirm("Delete sessions, progress, history and statistics for good?", abort=True)
    request = progress_service_pb2.DeleteWatchDataRequest(parent=_parent(user))
    await api.call(api.history.DeleteWatchData, request)
    if as_json:
        output.print_json({"deleted": request.parent})
    else:
        output.console.print("deleted")
