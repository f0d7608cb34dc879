"""`reelhouse image`."""

from __future__ import annotations

from typing import Annotated

import typer

from reelhouse.playback.v1 import image_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, with_api
from reelhouse_cli.commands.options import AsJson

_KINDS = ("poster", "backdrop", "banner", "logo", "still")


@with_api
async def image(
    api: Api,
    name: Annotated[str, typer.Argument(help="A title, season or episode (titles/…).")],
    kind: Annotated[str, typer.Option(help=f"One of: {', '.join(_KINDS)}.")] = "poster",
    width: Annotated[int, typer.Option(min=1, max=99_999, help="In pixels.")] = 500,
    as_json: AsJson = False,
) -> None:
    """Show the address that an image of a title is fetched from."""
    if kind not in _KINDS:
        raise typer.BadParameter(f"is none of {', '.join(_KINDS)}", param_hint="--kind")
    request = image_service_pb2.SignImagesRequest()
    signed = await api.call(api.images.SignImages, request)
    url = f"{signed.url_prefix}/{name}/{kind}?width={width}"
    if as_json:
        output.print_json({"url": url, "expire_time": signed.expire_time.ToJsonString()})
        return
    typer.echo(url)
