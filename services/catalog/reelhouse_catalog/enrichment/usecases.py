"""What is done with findings: keep them, and make titles what they say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment import refs_store, store
from reelhouse_catalog.enrichment.known import Item, Known, changes, merged
from reelhouse_catalog.enrichment.merging import cleaned_finding, last_year, rating_system
from reelhouse_catalog.enrichment.model import (
    EMBEDDED,
    FILENAME,
    LOCAL,
    USER,
    Finding,
    Metadata,
)
from reelhouse_catalog.enrichment.refs import NewRef
from reelhouse_catalog.titles import placing
from reelhouse_catalog.titles.model import TITLE
from reelhouse_catalog.titles.searching import facets, search_text, vector
from reelhouse_kit import errors
from reelhouse_kit.db import Session, atomic

_NO_PROVIDERS = frozenset((USER, LOCAL, EMBEDDED, FILENAME))
_UNKNOWN_DATE = date(1, 1, 1)
_UNKNOWN_RATING = -1.0


async def keep_findings(session: Session, title_id: UUID, findings: Sequence[Finding]) -> bool:
    """Keeps what sources found for a title, and makes the title what they say.

    A source's findings take the place of those it had of the title. Nothing is written when nothing
    changes. Season, episodes and tracks that no file holds are kept for when there is one.

    Args:
        session: The transaction.
        title_id: The title, or one that was merged into another.
        findings: What was found, of any number of sources.

    Returns:
        Whether the title, or something of it, is other than before.

    Raises:
        NotFoundError: There is no such title.
    """
    said = {found.source for found in findings}
    return await take_over(session, title_id, findings, said)


async def take_over(
    session: Session, title_id: UUID, findings: Sequence[Finding], sources: Collection[str]
) -> bool:
    """Keeps what some sources say of a title now, and forgets what else they said of it.

    Returns:
        Whether the title, or something of it, is other than before.

    Raises:
        NotFoundError: There is no such title.
    """
    target = await placing.destination(session, title_id)
    if target is None:
        raise errors.NotFoundError(TITLE.type, TITLE.format(title_id))
    return bool(await replace_findings(session, {target: findings}, sources))


async def known_title(session: Session, title_id: UUID) -> Known | None:
    """Returns a title with all that is known of it, locked; None if there is none, or no more."""
    found = await store.load(session, [title_id])
    return found[0] if found else None


@atomic
async def forget_source(session: Session, title_id: UUID, source: str) -> bool:
    """Forgets what a source found for a title, and makes the title what the others say.

    Returns:
        Whether the title, or something of it, is other than before.
    """
    return bool(await replace_findings(session, {title_id: ()}, {source}))


async def replace_findings(
    session: Session, given: Mapping[UUID, Iterable[Finding]], sources: Collection[str]
) -> set[UUID]:
    """Replaces what some sources say of titles by what is given.

    Returns:
        The titles that are other than before, which are told of.
    """
    latest = last_year(datetime.now(UTC).date())
    titles: list[Known] = []
    put: list[tuple[UUID, Finding]] = []
    drop: list[store.Key] = []
    for known in await store.load(session, sorted(given)):
        said = {
            (found.source, found.key): found
            for found in (cleaned_finding(f, latest_year=latest) for f in given[known.id])
        }
        kept: list[Finding] = []
        for old in known.findings:
            new = said.get((old.source, old.key))
            if old.source not in sources:
                kept.append(old)
            elif new is None:
                drop.append((known.id, old.source, old.key))
            elif replace(new, raw={}) == old:
                kept.append(old)
                del said[old.source, old.key]
        put += [(known.id, found) for found in said.values()]
        titles.append(replace(known, findings=(*kept, *said.values())))
    await store.drop_findings(session, drop)
    await store.put_findings(session, put)
    await refs_store.put(
        session,
        [
            NewRef("title", title, found.source, found.key)
            for title, found in put
            if found.key and found.source not in _NO_PROVIDERS
        ],
    )
    return await settle(session, titles)


async def add_findings(session: Session, title_id: UUID, findings: Sequence[Finding]) -> None:
    """Keeps findings beside those that their sources have of the title."""
    await store.put_findings(session, [(title_id, found) for found in findings])


async def settle(session: Session, titles: Iterable[Known]) -> set[UUID]:
    """Makes titles and their parts what is to be believed of them. Returns those that change."""
    changed: set[UUID] = set()
    writes = []
    for known in titles:
        for item, metadata in changes(known):
            writes.append((item, metadata, item.locked, extra_of(item, metadata)))
            changed.add(known.id)
    await store.write_items(session, writes)
    await placing.told(session, changed)
    return changed


async def edit(
    session: Session,
    known: Known,
    item: Item,
    values: Mapping[str, Any],
    locked: Collection[str] | None,
) -> None:
    """Sets fields of a title or part by hand: they are locked. Tells of the title.

    Args:
        session: The transaction.
        known: The title, from `store.load`.
        item: The title itself or a part of it.
        values: The new values, by field of Metadata.
        locked: The fields that are to be locked besides those; None leaves them as they are.
            Those no longer locked become what is to be believed of them.
    """
    kept = item.locked if locked is None else frozenset(locked)
    edited = replace(
        item, metadata=replace(item.metadata, **values), locked=kept | frozenset(values)
    )
    after = merged(known, edited)
    if (after, edited.locked) == (item.metadata, item.locked):
        return
    await store.write_items(session, [(edited, after, edited.locked, extra_of(edited, after))])
    await placing.told(session, [known.id])


def extra_of(item: Item, metadata: Metadata) -> Mapping[str, Any]:
    """Returns what a title is searched, filtered and ordered by; nothing for its parts."""
    if item.table != "titles":
        return {}
    people = [*metadata.creators, *metadata.narrators, *(p.name for p in metadata.people)]
    text = search_text((metadata.display_name, metadata.original_name), metadata.creators)
    more = (metadata.series, metadata.tagline, " ".join(metadata.genres), metadata.overview)
    day = metadata.release_date or (date(metadata.year, 1, 1) if metadata.year else None)
    return {
        "search_text": text,
        "search_vector": vector(text, people, more),
        "facets": facets(metadata.genres, people),
        "released": day or _UNKNOWN_DATE,
        "rated": _UNKNOWN_RATING if metadata.rating is None else metadata.rating,
        "rating_system": rating_system(metadata.content_rating),
    }
