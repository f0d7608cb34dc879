"""Media files by where they are, for sources that know nothing else of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, and_, select
from sqlalchemy.dialects.postgresql import BYTEA

from reelhouse_catalog.schema import media_files, media_libraries
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.db.query import rows_of

_file = media_files.c
_ROOTS = Query(select(media_libraries.c.id, media_libraries.c.root_path))
_wanted = select(rows_of(library_id=Uuid(), directory=BYTEA(), filename=BYTEA())).subquery("wanted")
_FIND = Query(
    select(_file.id, _file.library_id, _file.directory, _file.filename).join(
        _wanted,
        and_(
            _file.library_id == _wanted.c.library_id,
            _file.directory == _wanted.c.directory,
            _file.filename == _wanted.c.filename,
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is in a library, in exact bytes."""

    library_id: UUID
    directory: bytes
    filename: bytes


class Roots:
    """The folders of all libraries."""

    def __init__(self, roots: Mapping[UUID, str]) -> None:
        # The longest first, though libraries do not lie in each other.
        ordered = sorted(roots.items(), key=lambda root: -len(root[1]))
        self._roots = [(root_id, root.rstrip("/") + "/") for root_id, root in ordered]

    def place(self, path: str) -> Place | None:
        """Returns where a path is in a library; None for one outside of all."""
        if not path.startswith("/") or "\x00" in path or os.path.normpath(path) != path:
            return None
        for library_id, root in self._roots:
            if path.startswith(root):
                directory, _, filename = path[len(root) :].rpartition("/")
                return Place(library_id, os.fsencode(directory), os.fsencode(filename))
        return None


async def roots(source: Database | Session) -> Roots:
    """Returns the folders of all libraries as they are now."""
    return Roots({row["id"]: row["root_path"] for row in await source.all(_ROOTS)})


async def find(source: Database | Session, places: Iterable[Place]) -> dict[Place, UUID]:
    """Returns the media files at these places."""
    wanted: Sequence[Place] = list(dict.fromkeys(places))
    if not wanted:
        return {}
    rows = await source.all(
        _FIND,
        library_id=[place.library_id for place in wanted],
        directory=[place.directory for place in wanted],
        filename=[place.filename for place in wanted],
    )
    return {Place(row["library_id"], row["directory"], row["filename"]): row["id"] for row in rows}
