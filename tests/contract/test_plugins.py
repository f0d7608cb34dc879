"""PluginService and EnrichmentService over gRPC, with plugins as processes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import (
    enrichment_pb2,
    enrichment_service_pb2,
    enrichment_service_pb2_grpc,
    plugin_pb2,
    plugin_service_pb2,
    plugin_service_pb2_grpc,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse_catalog.plugins import watcher
from tests.contract import expect
from tests.contract.methods import Answer
from tests.media import Media
from tests.plugins import Odd
from tests.suite import Client, Suite

Plugin = plugin_pb2.Plugin
State = enrichment_pb2.Enrichment.State
pb = plugin_service_pb2


@pytest.fixture
def admin(suite: Suite) -> Client:
    return suite.stub(plugin_service_pb2_grpc, "PluginService", "admin")


@pytest.fixture
def enrichment(suite: Suite) -> Client:
    return suite.stub(enrichment_service_pb2_grpc, "EnrichmentService", "admin")


@pytest.fixture
def odd(tmp_path: Path) -> Odd:
    return Odd(tmp_path / "odd.json")


async def test_a_plugins_life(admin: Client, odd: Odd) -> None:
    async with odd.running("enrichment") as process:
        wanted = Plugin(address=process.address)
        wanted.config.update({"word": "x", "token": "secret"})
        request = pb.RegisterPluginRequest(plugin=wanted, request_id=str(uuid4()))
        made = await admin.RegisterPlugin(request)
        assert (made.source, made.version, made.kind) == ("odd", "1.0.0", Plugin.KIND_ENRICHMENT)
        assert made.state == Plugin.STATE_DISABLED
        assert made.config["token"] == "••••••••"
        assert made.config_schema["properties"]["word"]["maxLength"] == 20
        assert list(made.title_kinds) == ["movie"]
        assert await admin.RegisterPlugin(request) == made
        with expect.error(expect.EXISTS, "PLUGIN_TAKEN"):
            await admin.RegisterPlugin(pb.RegisterPluginRequest(plugin=wanted))
        assert list((await admin.ListPlugins(pb.ListPluginsRequest())).plugins) == [made]

        change = Plugin(name=made.name, etag=made.etag)
        change.config.update({"word": 5, "number": 0, "token": "••••••••"})
        mask = FieldMask(paths=["config"])
        with pytest.raises(Exception) as caught:
            await admin.UpdatePlugin(pb.UpdatePluginRequest(plugin=change, update_mask=mask))
        answer = Answer.of(caught.value)  # type: ignore[arg-type]
        assert answer.violations == ("plugin.config.number", "plugin.config.word")
        change.config.update({"word": "y", "number": 2})
        changed = await admin.UpdatePlugin(pb.UpdatePluginRequest(plugin=change, update_mask=mask))
        assert (changed.config["word"], changed.config["token"]) == ("y", "••••••••")
        with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
            await admin.UpdatePlugin(pb.UpdatePluginRequest(plugin=change, update_mask=mask))

        enabled = await admin.EnablePlugin(pb.EnablePluginRequest(name=made.name))
        assert enabled.state == Plugin.STATE_ENABLED
        checked = await admin.CheckPlugin(pb.CheckPluginRequest(name=made.name))
        assert checked.HasField("last_health_check_time")
        assert not checked.HasField("error")
        await process.kill()
        checked = await admin.CheckPlugin(pb.CheckPluginRequest(name=made.name))
        assert checked.error.message.startswith("the plugin")
        disabled = await admin.DisablePlugin(pb.DisablePluginRequest(name=made.name))
        assert disabled.state == Plugin.STATE_DISABLED
        await admin.DeletePlugin(pb.DeletePluginRequest(name=made.name))
        with expect.error(expect.NOT_FOUND):
            await admin.GetPlugin(pb.GetPluginRequest(name=made.name))


async def test_what_plugins_say_over_grpc_while_one_hangs(  # noqa: PLR0917 # fixtures
    suite: Suite,
    admin: Client,
    enrichment: Client,
    odd: Odd,
    media: Media,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watcher, "HORIZON_SECONDS", -1)
    scanner = Odd(tmp_path / "scanner.json")
    root = tmp_path / "films"
    media.film(root / "A (2001).mkv")
    media.film(root / "B (2002).mkv")
    async with odd.running("enrichment") as first, scanner.running("scanner") as second:
        for process in (first, second):
            made = await admin.RegisterPlugin(
                pb.RegisterPluginRequest(plugin=Plugin(address=process.address))
            )
            await admin.EnablePlugin(pb.EnablePluginRequest(name=made.name))
        scanner.tell(act="hang")
        async with suite.workers():
            # The scan ends, and titles are asked about, whatever the scanner plugin does.
            await suite.library(root)
            titles = suite.stub(title_service_pb2_grpc, "TitleService", "admin")
            found = (await titles.ListTitles(title_service_pb2.ListTitlesRequest())).titles
            listing = enrichment_service_pb2.ListEnrichmentsRequest(
                parent="titles/-", source="odd", state=State.STATE_FOUND
            )
            async with asyncio.timeout(30):
                while True:
                    listed = (await enrichment.ListEnrichments(listing)).enrichments
                    if len(listed) == len(found) == 2:
                        break
                    await asyncio.sleep(0.2)
            assert {one.name for one in listed} == {
                f"{title.name}/enrichments/odd" for title in found
            }
            request = enrichment_service_pb2.EnrichTitleRequest(name=found[0].name)
            again = await enrichment.EnrichTitle(request)
            assert [one.state for one in again.enrichments] == [State.STATE_PENDING]
            request.sources.append("tmdb")
            with expect.error(expect.PRECONDITION, "PROVIDER_NOT_CONFIGURED"):
                await enrichment.EnrichTitle(request)
        of_title = pb.ListPluginMetadataRequest(parent="plugins/-", title=found[0].name)
        said = (await admin.ListPluginMetadata(of_title)).metadata
        assert [(one.metadata_type, one.confidence) for one in said] == [("title", 0.7)]
        assert said[0].metadata["displayName"] == found[0].display_name
        with expect.error(expect.INVALID):
            await admin.ListPluginMetadata(pb.ListPluginMetadataRequest(parent="plugins/-"))


async def test_providers_and_lists(enrichment: Client) -> None:
    listing = enrichment_service_pb2.ListProvidersRequest(page_size=3)
    first = await enrichment.ListProviders(listing)
    listing.page_token = first.next_page_token
    rest = await enrichment.ListProviders(listing)
    names = [provider.name for provider in [*first.providers, *rest.providers]]
    assert names == [f"providers/{name}" for name in ("audnexus", "musicbrainz", "tmdb", "tvdb")]
    assert not any(provider.configured for provider in first.providers)
    with expect.error(expect.INVALID):
        everything = enrichment_service_pb2.ListEnrichmentsRequest(parent="titles/-")
        await enrichment.ListEnrichments(everything)
    with expect.error(expect.NOT_FOUND):
        missing = enrichment_service_pb2.ListEnrichmentsRequest(parent=f"titles/{uuid4()}")
        await enrichment.ListEnrichments(missing)
