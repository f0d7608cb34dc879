"""A library with three of everything that belongs to links."""

from __future__ import annotations

from pathlib import Path

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    library_service_pb2_grpc,
    symlink_route_pb2,
    symlink_run_pb2,
    symlink_service_pb2,
    symlink_service_pb2_grpc,
    symlink_settings_pb2,
)
from tests.integration.catalog.links import file, link
from tests.suite import Client, Suite

_pb = symlink_service_pb2


async def ended(service: Client, run: symlink_run_pb2.SymlinkRun) -> symlink_run_pb2.SymlinkRun:
    """Waits for a run's end."""
    last = run
    async for response in service.WatchSymlinkRun(_pb.WatchSymlinkRunRequest(name=run.name)):
        last = response.symlink_run
    return last


async def fill(suite: Suite, folder: Path) -> dict[str, str]:
    """Makes it. Returns names to list the children of."""
    root = folder / "linked"
    for number in (1, 2, 3):
        link(root / f"Show {number}/Season 01/Show {number} S01E01.mkv", folder / "nowhere")
    file(folder / "second" / "Else S01E01.mkv")
    libraries = suite.stub(library_service_pb2_grpc, "LibraryService", "admin")
    wanted = library_pb2.Library(
        display_name="linked", kind=library_pb2.Library.KIND_TV, root_path=str(root)
    )
    library = await libraries.CreateLibrary(
        library_service_pb2.CreateLibraryRequest(library=wanted)
    )
    service = suite.stub(symlink_service_pb2_grpc, "SymlinkService", "admin")
    settings = symlink_settings_pb2.SymlinkSettings(
        name=f"{library.name}/symlinkSettings",
        candidate_roots=[str(folder / "second")],
        allowed_prefixes=[str(folder / "second")],
    )
    await service.UpdateSymlinkSettings(_pb.UpdateSymlinkSettingsRequest(symlink_settings=settings))
    for number in (1, 2, 3):
        route = symlink_route_pb2.SymlinkRoute(
            prefix=f"{root}/Show {number}", relay_url="http://127.0.0.1:1/find", relay_type="x"
        )
        await service.CreateSymlinkRoute(_pb.CreateSymlinkRouteRequest(symlink_route=route))
    async with suite.workers():
        for _ in range(2):
            scan = await service.ScanSymlinks(_pb.ScanSymlinksRequest(name=library.name))
            await ended(service, scan)
        relinking = _pb.RelinkSymlinksRequest(name=library.name)
        relinked = await ended(service, await service.RelinkSymlinks(relinking))
    queueing = _pb.QueueRepairsRequest(name=library.name, dry_run=False)
    assert len((await service.QueueRepairs(queueing)).symlink_actions) == 3
    return {
        "ListSymlinks": library.name,
        "ListSymlinkEvents": library.name,
        "ListSymlinkRuns": library.name,
        "ListSymlinkActions": library.name,
        "ListRelinkEntries": relinked.name,
    }
