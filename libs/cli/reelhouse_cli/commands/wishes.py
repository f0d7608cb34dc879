"""`reelhouse request`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from reelhouse.requests.v1 import (
    audiobook_pb2,
    audiobook_service_pb2,
    media_request_pb2,
    media_request_service_pb2,
)
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most
from reelhouse_kit import errors

_State = media_request_pb2.MediaRequest.State
request = typer.Typer(help="Ask for things, and see what becomes of it.", no_args_is_help=True)


@request.command("audiobook")
@with_api
async def audiobook(
    api: Api,
    title: Annotated[str, typer.Argument(help="What it is called.")],
    author: Annotated[str, typer.Option(help="Who wrote it.")],
    narrator: Annotated[str, typer.Option(help="Who reads it.")] = "",
    asin: Annotated[str, typer.Option(help="Its Audible id.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask for an audiobook."""
    wanted = audiobook_pb2.Audiobook(title=title, author=author, narrator=narrator, asin=asin)
    try:
        create = audiobook_service_pb2.CreateAudiobookRequest(audiobook=wanted)
        name = (await api.call(api.audiobooks.CreateAudiobook, create)).name
    except errors.Error as error:
        if error.reason != "AUDIOBOOK_EXISTS":
            raise
        name = error.metadata["audiobook"]
    wish = media_request_pb2.MediaRequest(audiobook=name)
    message = media_request_service_pb2.CreateMediaRequestRequest(media_request=wish)
    created = await api.call(api.media_requests.CreateMediaRequest, message)
    await _show(api, [created], as_json=as_json)


@request.command("ls")
@with_api
async def list_requests(api: Api, most: Most = 50, as_json: AsJson = False) -> None:
    """List requests: yours, or everybody's for administrators."""
    message = media_request_service_pb2.ListMediaRequestsRequest()
    listing = api.media_requests.ListMediaRequests
    found = await api.pages(listing, message, "media_requests", most)
    await _show(api, found, as_json=as_json)


@request.command("approve")
@with_api
async def approve(api: Api, name: str, as_json: AsJson = False) -> None:
    """Approve a request."""
    message = media_request_service_pb2.ApproveMediaRequestRequest(name=name)
    changed = await api.call(api.media_requests.ApproveMediaRequest, message)
    await _show(api, [changed], as_json=as_json)


@request.command("deny")
@with_api
async def deny(
    api: Api,
    name: str,
    why: Annotated[str, typer.Option(help="What to tell the asker.")] = "",
    as_json: AsJson = False,
) -> None:
    """Deny a request."""
    message = media_request_service_pb2.DenyMediaRequestRequest(name=name, message=why)
    changed = await api.call(api.media_requests.DenyMediaRequest, message)
    await _show(api, [changed], as_json=as_json)


@request.command("cancel")
@with_api
async def cancel(api: Api, name: str, as_json: AsJson = False) -> None:
    """Withdraw a request."""
    message = media_request_service_pb2.CancelMediaRequestRequest(name=name)
    changed = await api.call(api.media_requests.CancelMediaRequest, message)
    await _show(api, [changed], as_json=as_json)


@request.command("watch")
@with_api
async def watch(api: Api, as_json: AsJson = False) -> None:
    """Watch requests as they come and change, until Ctrl-C."""
    message = media_request_service_pb2.WatchMediaRequestsRequest()
    async for response in api.stream(api.media_requests.WatchMediaRequests, message):
        kind = response.WhichOneof("event")
        if kind == "checkpoint":
            continue
        if as_json:
            output.print_line(as_dict(response))
        elif kind == "deleted":
            output.console.print(f"{response.deleted} is gone")
        else:
            changed = getattr(response, kind)
            state = kind_name(changed.state, "STATE_", _State)
            output.console.print(f"{changed.name} {kind}: {state} {changed.message}".rstrip())


async def _show(api: Api, found: list[Any], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(wish) for wish in found])
        return
    books = {}
    for name in {wish.audiobook for wish in found}:
        message = audiobook_service_pb2.GetAudiobookRequest(name=name)
        books[name] = await api.call(api.audiobooks.GetAudiobook, message)
    output.print_table(
        ("title", "author", "state", "remark", "name"),
        [
            (
                books[wish.audiobook].title,
                books[wish.audiobook].author,
                kind_name(wish.state, "STATE_", _State),
                wish.message or wish.catalog_title,
                wish.name,
            )
            for wish in found
        ],
    )
