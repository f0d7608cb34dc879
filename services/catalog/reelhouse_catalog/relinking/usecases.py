"""What can be done about broken links with a second library."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from reelhouse_catalog.symlink_runs import usecases as runs
from reelhouse_catalog.symlink_runs.model import Plan, RunKind, SymlinkRun
from reelhouse_catalog.symlinks import settings_store
from reelhouse_catalog.symlinks.usecases import required_library
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc.once import Once


async def relink_symlinks(
    database: Database,
    library_id: UUID,
    *,
    dry_run: bool,
    most: int,
    folders: Sequence[str],
    once: Once | None,
) -> SymlinkRun:
    """Begins a run that gives broken links of a library new targets.

    Raises:
        NotFoundError: There is no such library.
        InvalidArgumentError: A folder is none of the library's.
        FailedPreconditionError: Nobody has said where to look, or a run is under way.
    """
    roots = []
    violations = []
    for index, folder in enumerate(folders):
        parts = folder.strip("/").split("/")
        if not folder.strip("/") or any(part in ("", ".", "..") for part in parts):
            problem = "is not the plain path of a folder below the library's"
            violations.append(errors.Violation(f"folders[{index}]", problem))
        roots.append("/".join(parts).encode("utf-8", "surrogateescape"))
    if violations:
        raise errors.InvalidArgumentError(violations)
    library = await required_library(database, library_id)
    settings = await settings_store.get(database, library_id)
    if not settings.candidate_roots or not settings.allowed_prefixes:
        raise errors.FailedPreconditionError(
            "RELINKING_NOT_CONFIGURED",
            f"{settings.resource} names no candidate_roots or no allowed_prefixes",
            name=library.resource,
        )
    plan = Plan(
        RunKind.RELINK,
        dry_run=dry_run,
        most=most,
        repair_roots=tuple(roots),
        candidate_roots=tuple(settings.candidate_roots),
        allowed_prefixes=tuple(settings.allowed_prefixes),
    )
    return await runs.start_run(database, library_id, plan, once=once)
