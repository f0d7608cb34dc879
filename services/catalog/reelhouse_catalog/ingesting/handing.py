"""Hands what sources say of titles over to whoever keeps what is known of titles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID

from reelhouse_catalog.enrichment.model import Finding
from reelhouse_catalog.ingesting import item_store
from reelhouse_catalog.ingesting.findings import merged
from reelhouse_kit import errors, log
from reelhouse_kit.db import Database, Session

HandOver = Callable[[Database, UUID, Sequence[Finding], Collection[str]], Awaitable[object]]
"""Takes all that sources say of a title, and which sources those are.

What these said before is no longer so: one that says nothing any more is among them, too.
"""
_AT_ONCE = 200
_FIRST = UUID(int=0)
_logger = log.get(__name__)


async def findings_of(source: Database | Session, title_id: UUID) -> list[Finding]:
    """Returns what each kind of source says of a title, by the items of its files."""
    return merged(await item_store.parts_of(source, title_id))


async def hand_over_all(database: Database, hand_over: HandOver | None) -> int:
    """Hands over what was not yet, for items whose files belong to titles.

    Items of files without a title wait until there is one. Returns how many titles it was.
    """
    if hand_over is None:
        return 0
    after, done = _FIRST, set[UUID]()
    while some := await item_store.unhanded(database, after, _AT_ONCE):
        after = some[-1][1]
        titles = await item_store.titles_of(database, list({file for _, file in some}))
        for title in set().union(*titles.values()) - done:
            await _hand_over(database, hand_over, title)
            done.add(title)
        handed = [item for item, file in some if file in titles]
        await item_store.note_handed(database, handed)
    return len(done)


async def _hand_over(database: Database, hand_over: HandOver, title_id: UUID) -> None:
    findings = await findings_of(database, title_id)
    tellers = await item_store.tellers_of(database, title_id)
    try:
        await hand_over(database, title_id, findings, tellers)
    except errors.NotFoundError:
        _logger.info("the title is gone", title=str(title_id))
