"""Lets the catalog follow files, in the transaction in which the journal completes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reelhouse_catalog.disk.folders import split
from reelhouse_catalog.file_operations import catalog_store as store
from reelhouse_catalog.file_operations.catalog_store import Move
from reelhouse_catalog.file_operations.model import Doing, Identity, Operation, OperationType
from reelhouse_catalog.media_files.telling import tell
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.titles import placing
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change


@dataclass(frozen=True, slots=True)
class Followed:
    """An operation that was done or undone."""

    operation: Operation
    doing: Doing
    identity: Identity
    """The file at its place now."""

    @property
    def before(self) -> bytes:
        """Where the file was."""
        one = self.operation
        return one.original_path if self.doing is Doing.APPLY else one.new_path

    @property
    def after(self) -> bytes:
        """Where it is."""
        one = self.operation
        return one.new_path if self.doing is Doing.APPLY else one.original_path

    @property
    def recycles(self) -> bool:
        """Whether the file is in the recycle bin now."""
        return self.operation.type is OperationType.DELETE and self.doing is Doing.APPLY


async def follow(session: Session, library_id: UUID, followed: Sequence[Followed]) -> None:
    """Writes where files are now, and tells of it.

    Of copies and links the next scan tells.
    """
    moved = [
        one for one in followed if one.operation.type.takes_away and one.doing is not Doing.PURGE
    ]
    files = [one for one in moved if one.operation.media_file_id is not None]
    beside = [one for one in moved if one.operation.media_file_id is None]
    await _follow_files(session, library_id, files)
    await _follow_sidecars(session, library_id, beside)


async def _follow_files(session: Session, library_id: UUID, files: Sequence[Followed]) -> None:
    moves: dict[UUID, Move] = {}
    gone: list[UUID] = []
    for one in files:
        file_id = one.operation.media_file_id
        if file_id is None:
            continue
        if one.recycles:
            gone.append(file_id)
        else:
            folder, name = split(one.after)
            moves[file_id] = Move(file_id, folder, name, shown_path(one.after), one.identity)
    dropped: list[UUID] = []
    if moves:
        dropped = await store.move_files(session, library_id, list(moves.values()))
    if gone:
        await store.mark_missing(session, gone)
    changed = sorted({*moves, *gone})
    if not changed:
        return
    await tell(session, changed)
    await tell(session, dropped, Change.DELETED)
    titles = await placing.titles_of(session, changed)
    await placing.mark_stale(session, dict.fromkeys(titles, library_id))
    if gone or any(one.operation.type is OperationType.DELETE for one in files):
        await placing.told(session, titles)


async def _follow_sidecars(session: Session, library_id: UUID, beside: Sequence[Followed]) -> None:
    if not beside:
        return
    moves = [(split(one.before), split(one.after)) for one in beside if not one.recycles]
    if moves:
        await store.move_sidecars(session, library_id, moves)
    gone = [split(one.before) for one in beside if one.recycles]
    if gone:
        await store.drop_sidecars(session, library_id, gone)
    owners = [one.operation.sidecar_of for one in beside if one.operation.sidecar_of is not None]
    files = await store.files_of(session, owners) if owners else []
    if not files:
        return
    paths = {
        one.before.decode("latin-1"): None if one.recycles else one.after.decode("latin-1")
        for one in beside
    }
    changed = {
        file: rewritten
        for file, subtitles in (await store.subtitles(session, files)).items()
        if (rewritten := _rewritten(subtitles, paths)) != subtitles
    }
    if changed:
        await store.write_subtitles(session, changed)
        await tell(session, sorted(changed))
    titles = await placing.titles_of(session, files)
    await placing.mark_stale(session, dict.fromkeys(titles, library_id))


def _rewritten(
    subtitles: Sequence[dict[str, Any]], paths: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Returns subtitles with their paths as they are now, without those that are gone."""
    return [
        {**subtitle, "path": path}
        for subtitle in subtitles
        if (path := paths.get(subtitle["path"], subtitle["path"])) is not None
    ]
