"""Sources, their collections and path mappings over gRPC, with real HTTP servers behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import (
    source_collection_pb2,
    source_pb2,
    source_service_pb2,
    source_service_pb2_grpc,
)
from reelhouse_kit.secrets import MASK
from tests.contract import expect
from tests.media import Media
from tests.protocol_servers.base import Trouble, running
from tests.protocol_servers.jellyfin import Jellyfin
from tests.protocol_servers.plex import Plex
from tests.protocol_servers.radarr import Radarr
from tests.protocol_servers.sonarr import Sonarr
from tests.suite import Client, Suite

Source = source_pb2.Source
Collection = source_collection_pb2.SourceCollection
Mapping = source_collection_pb2.PathMapping
pb = source_service_pb2


@pytest.fixture
def admin(suite: Suite) -> Client:
    return suite.stub(source_service_pb2_grpc, "SourceService", "admin")


@pytest.fixture
async def plex() -> AsyncIterator[Plex]:
    async with running(Plex()) as server:
        server.section("1", "movie", "Films", "/data/films")
        server.section("2", "show", "Shows", "D:\\tv", "D:\\anime")
        server.section("9", "photo", "Photos", "/data/photos")
        yield server


def wanted(server: Any = None, kind: str = "PLEX", **values: object) -> Source:
    fields: dict[str, object] = {"display_name": "Attic", "kind": Source.Kind.Value(f"KIND_{kind}")}
    if server is not None:
        fields |= {"base_url": server.url, "credential": server.credential}
    return Source(**{**fields, **values})  # type: ignore[arg-type]


async def make(admin: Client, source: Source) -> Source:
    made: Source = await admin.CreateSource(pb.CreateSourceRequest(source=source))
    return made


async def discover(admin: Client, source: Source) -> dict[str, Collection]:
    request = pb.DiscoverCollectionsRequest(name=source.name)
    found = await admin.DiscoverCollections(request)
    return {collection.display_name: collection for collection in found.collections}


async def test_create_get_list_update_delete(admin: Client, plex: Plex) -> None:
    made = await make(admin, wanted(plex))
    assert made.external_id == f"plex:{plex.url}"
    assert made.enabled
    assert await admin.GetSource(pb.GetSourceRequest(name=made.name)) == made
    listed = await admin.ListSources(pb.ListSourcesRequest())
    assert list(listed.sources) == [made]
    change = Source(name=made.name, display_name="Cellar", enabled=False, etag=made.etag)
    changed = await admin.UpdateSource(pb.UpdateSourceRequest(source=change))
    assert (changed.display_name, changed.enabled, changed.base_url) == ("Cellar", False, plex.url)
    with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
        await admin.UpdateSource(pb.UpdateSourceRequest(source=change))
    await admin.DeleteSource(pb.DeleteSourceRequest(name=made.name))
    with expect.error(expect.NOT_FOUND):
        await admin.GetSource(pb.GetSourceRequest(name=made.name))


async def test_the_credential_is_never_told_and_not_stored_in_the_clear(
    admin: Client, suite: Suite, plex: Plex, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await make(admin, wanted(plex))
    assert made.credential == MASK
    connection = await asyncpg.connect(suite.admin_url)
    try:
        rows = await connection.fetch("SELECT sources::text AS all FROM catalog.sources")
        sealed = await connection.fetchval("SELECT credential FROM catalog.sources")
        assert plex.credential not in rows[0]["all"]
        assert plex.credential.encode() not in sealed
        # Bound to its row: moved to another one it does not open.
        other = await make(admin, wanted(plex, external_id="other", credential=""))
        assert other.credential == ""
        copy = "UPDATE catalog.sources SET credential = $1 WHERE external_id = 'other'"
        await connection.execute(copy, sealed)
    finally:
        await connection.close()
    check = await admin.CheckSource(pb.CheckSourceRequest(name=other.name))
    assert (check.authenticated, "decrypted" in check.error) == (False, True)
    # The mask that was read changes nothing when it is written back.
    change = Source(name=made.name, credential=made.credential, display_name="x")
    await admin.UpdateSource(pb.UpdateSourceRequest(source=change))
    assert (await admin.CheckSource(pb.CheckSourceRequest(name=made.name))).authenticated
    mask = FieldMask(paths=["credential"])
    cleared = await admin.UpdateSource(
        pb.UpdateSourceRequest(source=Source(name=made.name), update_mask=mask)
    )
    assert cleared.credential == ""
    assert not (await admin.CheckSource(pb.CheckSourceRequest(name=made.name))).authenticated
    assert plex.credential not in capsys.readouterr().out


async def test_a_server_is_a_source_once(admin: Client, plex: Plex) -> None:
    request = pb.CreateSourceRequest(source=wanted(plex), request_id=str(uuid4()))
    made = await admin.CreateSource(request)
    assert await admin.CreateSource(request) == made
    with expect.error(expect.EXISTS, "SOURCE_EXISTS"):
        await make(admin, wanted(plex, base_url=plex.url + "/"))
    await make(admin, wanted(plex, external_id="another"))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("PLEX", {}),
        ("PLEX", {"base_url": "ftp://host"}),
        ("PLEX", {"base_url": "http://user:secret@host"}),
        ("PLEX", {"base_url": "http://host?token=1"}),
        ("PLEX", {"base_url": "http://host:99999"}),
        ("PLEX", {"base_url": "http://host", "root_path": "/x"}),
        ("PLEX", {"base_url": "http://host", "credential": "two\nlines"}),
        ("JELLYFIN", {"base_url": "http://host", "credential": 'a", Token="b'}),
        ("FILESYSTEM", {}),
        ("FILESYSTEM", {"root_path": "relative"}),
        ("FILESYSTEM", {"root_path": "/a/../b"}),
        ("FILESYSTEM", {"root_path": "/a", "base_url": "http://host"}),
    ],
)
async def test_addresses(admin: Client, kind: str, values: dict[str, str]) -> None:
    with expect.error(expect.INVALID, "INVALID_FIELDS"):
        await make(admin, wanted(kind=kind, **values))


async def test_kind_and_external_id_stay(admin: Client, plex: Plex) -> None:
    made = await make(admin, wanted(plex))
    for change in (
        Source(name=made.name, kind=Source.KIND_JELLYFIN),
        Source(name=made.name, external_id="x"),
    ):
        with expect.error(expect.INVALID, "INVALID_FIELDS"):
            await admin.UpdateSource(pb.UpdateSourceRequest(source=change))


@pytest.mark.parametrize(
    ("kind", "server", "name", "version"),
    [
        ("PLEX", Plex, "Attic", "1.41.0.8930-abc"),
        ("JELLYFIN", Jellyfin, "Cellar", "10.10.3"),
        ("SONARR", Sonarr, "Sonarr", "4.0.11.2680"),
        ("RADARR", Radarr, "Radarr 4K", "5.16.3.9541"),
    ],
)
async def test_checks(admin: Client, kind: str, server: Any, name: str, version: str) -> None:
    async with running(server()) as real:
        good = await make(admin, wanted(real, kind))
        check = await admin.CheckSource(pb.CheckSourceRequest(name=good.name))
        assert (check.reachable, check.authenticated, check.error) == (True, True, "")
        assert (check.server_name, check.server_version) == (name, version)
        assert check.source.HasField("check_time")
        bad = await make(admin, wanted(real, kind, credential="wrong", external_id="bad"))
        check = await admin.CheckSource(pb.CheckSourceRequest(name=bad.name))
        assert (check.reachable, check.authenticated) == (True, False)
        with expect.error(expect.PRECONDITION, "SOURCE_REFUSED"):
            await discover(admin, bad)
    check = await admin.CheckSource(pb.CheckSourceRequest(name=good.name))
    assert (check.reachable, check.authenticated, check.server_name) == (False, False, name)


async def test_one_kind_is_not_taken_for_another(admin: Client) -> None:
    async with running(Radarr()) as radarr:
        source = await make(admin, wanted(radarr, "SONARR"))
        check = await admin.CheckSource(pb.CheckSourceRequest(name=source.name))
        assert (check.reachable, check.error) == (False, "the source is no Sonarr")


@pytest.mark.parametrize(
    "address", ["http://169.254.169.254", "http://[fd00:ec2::254]", "http://[::ffff:169.254.1.1]",
                "http://0.0.0.0:1", "http://2852039166"],
)  # fmt: skip
async def test_addresses_that_no_source_may_have(admin: Client, address: str) -> None:
    source = await make(admin, wanted(base_url=address))
    check = await admin.CheckSource(pb.CheckSourceRequest(name=source.name))
    assert not check.reachable
    assert "which no source may have" in check.error or "address that is none" in check.error


async def test_collections_are_off_until_enabled(admin: Client, plex: Plex) -> None:
    source = await make(admin, wanted(plex))
    request = pb.DiscoverCollectionsRequest(name=source.name)
    first = await admin.DiscoverCollections(request)
    assert (first.created_count, first.gone_count) == (3, 0)
    films, shows, photos = first.collections
    assert [c.enabled for c in first.collections] == [False] * 3
    assert (films.content, shows.content, photos.content) == (
        Collection.CONTENT_MOVIES,
        Collection.CONTENT_SHOWS,
        Collection.CONTENT_OTHER,
    )
    assert list(shows.locations) == ["D:\\tv", "D:\\anime"]
    change = Collection(name=films.name, enabled=True, annotations={"why": "mine"})
    enabled = await admin.UpdateSourceCollection(
        pb.UpdateSourceCollectionRequest(collection=change)
    )
    assert (enabled.enabled, dict(enabled.annotations)) == (True, {"why": "mine"})
    plex.sections = [{**plex.sections[0], "title": "Movies"}]
    again = await admin.DiscoverCollections(request)
    assert (again.created_count, again.gone_count) == (0, 2)
    [kept] = again.collections
    assert (kept.display_name, kept.enabled) == ("Movies", True)
    listed = await admin.ListSourceCollections(pb.ListSourceCollectionsRequest(parent=source.name))
    assert [c.HasField("gone_time") for c in listed.collections] == [False, True, True]
    everywhere = await admin.ListSourceCollections(
        pb.ListSourceCollectionsRequest(parent="sources/-", page_size=2)
    )
    assert len(everywhere.collections) == 2
    assert everywhere.next_page_token
    with expect.error(expect.PRECONDITION, "SOURCE_NOT_EMPTY"):
        await admin.DeleteSource(pb.DeleteSourceRequest(name=source.name))
    await admin.DeleteSource(pb.DeleteSourceRequest(name=source.name, force=True))
    with expect.error(expect.NOT_FOUND):
        await admin.GetSourceCollection(pb.GetSourceCollectionRequest(name=films.name))


async def test_discoveries_that_fail_change_nothing(admin: Client, plex: Plex) -> None:
    source = await make(admin, wanted(plex))
    await discover(admin, source)
    for body in (b"<MediaContainer/>", b"[]", b'{"MediaContainer": 1}', b'"\xff"', b"[" * 100_000):
        plex.trouble = Trouble(1, body=body)
        with expect.error(expect.PRECONDITION, "SOURCE_MALFORMED"):
            await discover(admin, source)
    plex.trouble = Trouble(1, endless=True)
    with expect.error(expect.PRECONDITION, "SOURCE_MALFORMED"):
        await discover(admin, source)
    plex.trouble = Trouble(1, status=302, headers={"Location": "http://169.254.169.254/"})
    with expect.error(expect.PRECONDITION, "SOURCE_MALFORMED"):
        await discover(admin, source)
    plex.trouble = Trouble(9, status=503)
    with expect.error(expect.UNAVAILABLE, "SOURCE_UNREACHABLE"):
        await discover(admin, source)
    plex.trouble = Trouble(1, status=429, headers={"Retry-After": "1"})
    assert len(await discover(admin, source)) == 3


async def test_folders_in_a_folder_are_collections(admin: Client, tmp_path: Path) -> None:
    folder = tmp_path / "pool"
    for name in ("films", "tv", ".hidden"):
        (folder / name).mkdir(parents=True)
    (folder / "loose.mkv").touch()
    source = await make(admin, wanted(kind="FILESYSTEM", root_path=str(folder)))
    assert set(await discover(admin, source)) == {"pool", "films", "tv"}
    check = await admin.CheckSource(pb.CheckSourceRequest(name=source.name))
    assert (check.reachable, check.authenticated) == (True, True)
    (folder / "loose.mkv").unlink()
    assert set(await discover(admin, source)) == {"films", "tv"}


async def test_mappings_are_replaced_as_a_set(admin: Client, plex: Plex) -> None:
    source = await make(admin, wanted(plex))
    films = (await discover(admin, source))["Films"]
    first = [Mapping(server_path="/data/films", local_path="/mnt/films")]
    request = pb.ReplacePathMappingsRequest(name=films.name, path_mappings=first, etag=films.etag)
    changed = await admin.ReplacePathMappings(request)
    assert list(changed.path_mappings) == first
    with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
        await admin.ReplacePathMappings(request)
    second = [
        Mapping(server_path="D:\\a", local_path="/mnt/a"),
        Mapping(server_path="/b", local_path="/mnt/b"),
    ]
    request = pb.ReplacePathMappingsRequest(name=films.name, path_mappings=second)
    assert list((await admin.ReplacePathMappings(request)).path_mappings) == second
    # All that is wrong is told, and nothing is changed.
    wrong = [
        *second,
        Mapping(server_path="d:/A/", local_path="/x"),
        Mapping(server_path="relative", local_path="/x/../y"),
    ]
    with expect.error(expect.INVALID, "INVALID_FIELDS"):
        await admin.ReplacePathMappings(
            pb.ReplacePathMappingsRequest(name=films.name, path_mappings=wrong)
        )
    kept = await admin.GetSourceCollection(pb.GetSourceCollectionRequest(name=films.name))
    assert list(kept.path_mappings) == second
    request = pb.ReplacePathMappingsRequest(name=films.name)
    assert not (await admin.ReplacePathMappings(request)).path_mappings


async def test_paths_are_resolved_to_media_files(
    admin: Client, suite: Suite, plex: Plex, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "Heat (1995)" / "Heat.mkv")
    (root / "Heat (1995)" / "other.mkv").touch()
    async with suite.workers():
        await suite.library(root)
    file = (await suite.files())["Heat.mkv"]
    (root / "Heat (1995)" / "new.mkv").touch()
    source = await make(admin, wanted(plex))
    films = (await discover(admin, source))["Films"]
    mapping = Mapping(server_path="D:\\films", local_path=str(root))
    await admin.ReplacePathMappings(
        pb.ReplacePathMappingsRequest(name=films.name, path_mappings=[mapping])
    )

    async def resolve(path: str, *, reverse: bool = False) -> Any:
        request = pb.ResolvePathRequest(name=films.name, path=path, reverse=reverse)
        return await admin.ResolvePath(request)

    response = pb.ResolvePathResponse
    found = await resolve("d:/Films/Heat (1995)/Heat.mkv")
    assert found == response(
        resolved_path=str(root / "Heat (1995)" / "Heat.mkv"),
        rule=response.RULE_MAPPING,
        path_mapping=mapping,
        exists=True,
        media_file=file.name,
    )
    back = await resolve(found.resolved_path, reverse=True)
    assert (back.resolved_path, back.media_file) == ("D:\\films\\Heat (1995)\\Heat.mkv", file.name)
    unscanned = await resolve("D:\\films\\Heat (1995)\\new.mkv")
    assert (unscanned.exists, unscanned.media_file) == (True, "")
    gone = await resolve("D:\\films\\gone.mkv")
    assert (gone.exists, gone.rule) == (False, response.RULE_MAPPING)
    literal = await resolve(str(root / "Heat (1995)" / "Heat.mkv"))
    assert (literal.rule, literal.media_file) == (response.RULE_LITERAL, file.name)
    for nowhere in (
        "D:\\films2\\x.mkv",
        "/etc/passwd",
        "D:\\films\\..\\..\\etc\\passwd",
        "plex://x",
    ):
        assert await resolve(nowhere) == response(rule=response.RULE_NONE)
