"""`reelhouse plugins`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.struct_pb2 import Struct

from reelhouse.catalog.v1 import plugin_pb2, plugin_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most

_Plugin = plugin_pb2.Plugin
_pb = plugin_service_pb2
plugins = typer.Typer(help="Keep plugins.", no_args_is_help=True)
Which = Annotated[str, typer.Argument(help="A plugin: its name, or what it calls itself.")]


async def _find(api: Api, which: str) -> str:
    if which.startswith("plugins/"):
        return which
    for plugin in await api.pages(
        api.plugins.ListPlugins, _pb.ListPluginsRequest(), "plugins", 10_000
    ):
        if which in (plugin.source, plugin.address):
            return str(plugin.name)
    raise typer.BadParameter(f"there is no plugin {which}")


def _config(text: str) -> Struct:
    try:
        return ParseDict(json.loads(text), Struct())
    except (ValueError, ParseError, AttributeError, TypeError):
        raise typer.BadParameter("the configuration is no JSON object") from None


def _show(found: list[Any], *, as_json: bool, alone: bool = False) -> None:
    if as_json:
        listed = [as_dict(plugin) for plugin in found]
        output.print_json(listed[0] if alone else listed)
        return
    output.print_table(
        ("plugin", "kind", "version", "state", "address", "remark", "name"),
        [
            (
                plugin.source,
                kind_name(plugin.kind, "KIND_", _Plugin.Kind),
                plugin.version,
                kind_name(plugin.state, "STATE_", _Plugin.State),
                plugin.address,
                plugin.error.message if plugin.HasField("error") else "",
                plugin.name,
            )
            for plugin in found
        ],
    )


@plugins.command("ls")
@with_api
async def list_plugins(api: Api, most: Most = 100, as_json: AsJson = False) -> None:
    """List plugins."""
    request = _pb.ListPluginsRequest()
    found = await api.pages(api.plugins.ListPlugins, request, "plugins", most)
    _show(found, as_json=as_json)


@plugins.command()
@with_api
async def register(
    api: Api,
    address: Annotated[str, typer.Argument(help="Where the plugin is: host:port.")],
    config: Annotated[str, typer.Option(help="Its configuration, as JSON.")] = "{}",
    enable: Annotated[bool, typer.Option("--enable", help="Enable it, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Register a plugin that runs at an address."""
    wanted = _Plugin(address=address, config=_config(config))
    plugin = await api.call(api.plugins.RegisterPlugin, _pb.RegisterPluginRequest(plugin=wanted))
    if enable:
        request = _pb.EnablePluginRequest(name=plugin.name)
        plugin = await api.call(api.plugins.EnablePlugin, request)
    _show([plugin], as_json=as_json, alone=True)


@plugins.command()
@with_api
async def configure(
    api: Api,
    which: Which,
    config: Annotated[
        str, typer.Argument(help="The new configuration, as JSON. None: show the present one.")
    ] = "",
    address: Annotated[str, typer.Option(help="Where the plugin is now: host:port.")] = "",
    as_json: AsJson = False,
) -> None:
    """Change a plugin's configuration or address, or show its configuration and its schema."""
    name = await _find(api, which)
    if not config and not address:
        plugin = await api.call(api.plugins.GetPlugin, _pb.GetPluginRequest(name=name))
        shown = as_dict(plugin)
        output.print_json(
            {"config": shown.get("config", {}), "config_schema": shown.get("configSchema", {})}
        )
        return
    wanted = _Plugin(name=name, address=address)
    request = _pb.UpdatePluginRequest(plugin=wanted)
    if config:
        request.plugin.config.CopyFrom(_config(config))
        request.update_mask.paths.append("config")
    if address:
        request.update_mask.paths.append("address")
    plugin = await api.call(api.plugins.UpdatePlugin, request)
    _show([plugin], as_json=as_json, alone=True)


@plugins.command()
@with_api
async def enable(api: Api, which: Which, as_json: AsJson = False) -> None:
    """Let a plugin be called."""
    request = _pb.EnablePluginRequest(name=await _find(api, which))
    _show([await api.call(api.plugins.EnablePlugin, request)], as_json=as_json, alone=True)


@plugins.command()
@with_api
async def disable(api: Api, which: Which, as_json: AsJson = False) -> None:
    """Let a plugin not be called any more."""
    request = _pb.DisablePluginRequest(name=await _find(api, which))
    _show([await api.call(api.plugins.DisablePlugin, request)], as_json=as_json, alone=True)


@plugins.command()
@with_api
async def check(api: Api, which: Which, as_json: AsJson = False) -> None:
    """Check whether a plugin answers; exits with 1 when it does not."""
    request = _pb.CheckPluginRequest(name=await _find(api, which))
    plugin = await api.call(api.plugins.CheckPlugin, request)
    _show([plugin], as_json=as_json, alone=True)
    if plugin.HasField("error"):
        raise typer.Exit(1)


@plugins.command()
@with_api
async def rm(api: Api, which: Which, as_json: AsJson = False) -> None:
    """Forget a plugin and all that it said."""
    name = await _find(api, which)
    await api.call(api.plugins.DeletePlugin, _pb.DeletePluginRequest(name=name))
    if as_json:
        output.print_json({"name": name})
    else:
        output.console.print(f"{which} is forgotten.")


@plugins.command()
@with_api
async def metadata(
    api: Api,
    which: Annotated[
        str, typer.Argument(help="A plugin, a title (titles/…) or a file (mediaFiles/…).")
    ],
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """Show what plugins said."""
    request = _pb.ListPluginMetadataRequest(parent="plugins/-")
    if which.startswith("titles/"):
        request.title = which
    elif which.startswith("mediaFiles/"):
        request.media_file = which
    else:
        request.parent = await _find(api, which)
    found = await api.pages(api.plugins.ListPluginMetadata, request, "metadata", most)
    if as_json:
        output.print_json([as_dict(said) for said in found])
        return
    output.print_table(
        ("of", "type", "sure", "version", "what"),
        [
            (
                said.title or said.media_file,
                said.metadata_type,
                f"{said.confidence:.2f}",
                said.plugin_version,
                json.dumps(as_dict(said.metadata), ensure_ascii=False)[:200],
            )
            for said in found
        ],
    )
