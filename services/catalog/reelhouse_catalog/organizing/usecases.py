"""Names for the files of a library: looked at page by page, or wished for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID

from reelhouse_catalog.file_operations.model import OperationType, Wish
from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.naming import usecases as naming
from reelhouse_catalog.organizing import store
from reelhouse_catalog.organizing.model import Proposal, Rules, propose
from reelhouse_catalog.titles import placing
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_naming.rendering import Template, TemplateKind

MAX_WISHES = 10_000
"""Files of one plan; those beside them come on top."""
_PAGE = 500


async def propose_names(
    database: Database,
    library_id: UUID,
    rules: Rules,
    chosen: Mapping[TemplateKind, str],
    *,
    after: UUID | None,
    limit: int,
) -> list[Proposal]:
    """Returns the names that a page of files is to have.

    Args:
        database: The database.
        library_id: The library.
        rules: Which files, and when one is left alone.
        chosen: Templates in place of the library's, all of which can be read.
        after: The file that ended the page before.
        limit: How many at most.

    Raises:
        NotFoundError: There is no such library.
    """
    library = await libraries.get_library(database, library_id)
    templates = await naming.templates_for(database, library_id, chosen)
    files = await store.page(database, library_id, rules, after, limit)
    known = await store.known(database, files)
    # Names are read and made at some thousands a second: too slow for the event loop.
    return await asyncio.to_thread(
        lambda: [propose(one, library.kind, templates, rules) for one in known]
    )


async def wishes(
    database: Database, library_id: UUID, rules: Rules, chosen: Mapping[TemplateKind, str]
) -> list[Wish]:
    """Returns the moves that bring the files of a library to their names, `MAX_WISHES` at most.

    Files that are called as their titles from now on will be known by that, too.

    Raises:
        NotFoundError: There is no such library.
        FailedPreconditionError: There is nothing to move.
    """
    wanted: list[Wish] = []
    titles: set[UUID] = set()
    after: UUID | None = None
    while len(wanted) < MAX_WISHES:
        found = await propose_names(database, library_id, rules, chosen, after=after, limit=_PAGE)
        for one in found:
            if one.reason is None and not one.in_place:
                target = one.new_path.encode()
                wanted.append(Wish(OperationType.MOVE, library_id, one.path, target, one.file_id))
                titles.update([one.title_id] if one.title_id else ())
        if len(found) < _PAGE:
            break
        after = found[-1].file_id
    if not wanted:
        raise errors.FailedPreconditionError(
            "NOTHING_TO_ORGANIZE",
            "every file has the name that its template says, or is left alone",
            library=LIBRARY.format(library_id),
        )
    await _keep_names(database, sorted(titles))
    return wanted[:MAX_WISHES]


@atomic
async def _keep_names(session: Session, titles: Sequence[UUID]) -> None:
    await placing.keep_names(session, titles)


async def name_file(database: Database, file_id: UUID, template: Template | None) -> Proposal:
    """Returns the name that one file is to have, however unsure its match is.

    Args:
        database: The database.
        file_id: The file.
        template: What is used whatever it is; None for that of its library.

    Raises:
        NotFoundError: There is no such file.
    """
    found = await store.files(database, [file_id])
    if not found:
        raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(file_id))
    library_id, file = found[0]
    library = await libraries.get_library(database, library_id)
    templates = await naming.templates_for(database, library_id)
    (known,) = await store.known(database, [file])
    rules = Rules(min_confidence=0.0, include_pending=True)
    return propose(known, library.kind, templates, rules, template)
