"""Enrichment from what lies in the files and beside them.

Scans note what changed, then have the titles that it concerns put together anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment import local_store as store
from reelhouse_catalog.enrichment import nfo, usecases
from reelhouse_catalog.enrichment.gather import folders_of, gather, home_of
from reelhouse_catalog.enrichment.model import EMBEDDED, LOCAL, Finding
from reelhouse_catalog.enrichment.sidecars import SUBTITLE_FOLDERS, kind_of
from reelhouse_catalog.media_files import telling
from reelhouse_catalog.titles import placing
from reelhouse_kit import log
from reelhouse_kit.db import Session

_AT_ONCE = 50
"""Titles put together in one transaction."""
_MAX_NFO_IN_FOLDER = 2000
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """A file beside media as it was read: the columns of `sidecars` without the library."""

    directory: bytes
    filename: bytes
    kind: str
    size_bytes: int
    mtime_ns: int
    content: dict[str, Any]
    error: str = ""


def read_folder(root: bytes, directory: bytes, entries: Iterable[Any]) -> list[Found]:
    """Reads what lies beside the media of a folder. Blocks: it opens the NFO files.

    Args:
        root: The library's folder.
        directory: The folder, relative to it.
        entries: The files: `filename`, `size` and `mtime_ns` of each.
    """
    found = []
    documents = 0
    for entry in entries:
        kind = kind_of(entry.filename)
        content: dict[str, Any] = {}
        error = ""
        if kind == "nfo":
            documents += 1
            path = os.path.join(root, directory, entry.filename)
            if documents <= _MAX_NFO_IN_FOLDER:
                content, error = _read(path)
        if kind:
            found.append(
                Found(directory, entry.filename, kind, entry.size, entry.mtime_ns, content, error)
            )
    return found


def _read(path: bytes) -> tuple[dict[str, Any], str]:
    try:
        # Not one that hangs: opened without waiting for somebody at the other end of a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            parts = nfo.read(file.read(nfo.MAX_BYTES + 1))
    except OSError as error:
        return {}, error.strerror or str(error)
    except ValueError as error:
        _logger.warning("NFO not understood", path=os.fsdecode(path), error=str(error))
        return {}, str(error)
    return {"parts": [part.as_dict() for part in parts]}, ""


async def note_folders(
    session: Session, library_id: UUID, folders: Sequence[bytes], found: Sequence[Found]
) -> None:
    """Keeps what lies beside the media of folders, and notes the titles that it may concern.

    Args:
        session: The transaction that notes that the folders were dealt with.
        library_id: The library.
        folders: All folders that were dealt with, also those that are gone.
        found: What lies in them.
    """
    if not folders:
        return
    kinds = await store.forget_sidecars(session, library_id, folders)
    await store.add_sidecars(
        session,
        [
            {
                "library_id": library_id,
                **{name: getattr(item, name) for name in Found.__dataclass_fields__},
            }
            for item in found
        ],
    )
    for item in found:
        kinds.setdefault(item.directory, set()).add(item.kind)
    if not kinds:
        return
    own = set(kinds)
    own |= {os.path.dirname(p) for p in kinds if os.path.basename(p) in SUBTITLE_FOLDERS}
    concerned = await store.titles_in(session, library_id, own)
    for folder, what in kinds.items():
        if folder and what - {"subtitle"}:
            concerned |= await store.titles_below(session, library_id, folder)
    await placing.mark_stale(session, dict.fromkeys(concerned, library_id))


async def refresh_stale(session: Session, library_id: UUID) -> bool:
    """Puts some of the titles together anew of which something changed.

    Returns:
        Whether there may be more.
    """
    ids = await placing.next_stale(session, library_id, _AT_ONCE)
    if ids:
        await refresh(session, ids)
        await placing.mark_fresh(session, ids)
    return len(ids) == _AT_ONCE


async def refresh(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Puts titles together anew from their files and what lies beside them.

    Titles without files that are there keep what is known of them.

    Returns:
        The titles that are other than before, which are told of.
    """
    known = await store.libraries_of(session, ids)
    files = await store.files_of(session, list(known))
    places = {
        (file.library_id, folder)
        for title, of_title in files.items()
        for file in of_title
        for folder in folders_of(known[title][1], file.directory)
    }
    beside = await store.beside(session, places) if places else {}
    homes = {
        (title, file.library_id, home_of(known[title][1], file.directory))
        for title, of_title in files.items()
        for file in of_title
        if file.directory
    }
    # Only where there is something that might be another's.
    homes = {home for home in homes if beside.get((home[1], home[2]))}
    shared = await store.shared(session, homes) if homes else {}
    given: dict[UUID, tuple[Finding, ...]] = {}
    subtitles: dict[UUID, list[dict[str, Any]]] = {}
    for title, of_title in files.items():
        own = {file.library_id for file in of_title}
        here = {path: found for (library, path), found in beside.items() if library in own}
        found = gather(known[title][1], of_title, here, shared.get(title, ()))
        given[title] = found.findings
        subtitles.update(found.subtitles)
    changed = await usecases.replace_findings(session, given, {LOCAL, EMBEDDED})
    without = {title: () for title in known if title not in given}
    changed |= await usecases.replace_findings(session, without, ())
    if subtitles:
        await telling.tell(session, await store.write_subtitles(session, subtitles))
    return changed
