"""What can be done with enrichments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from reelhouse_catalog.enriching import store, subject_store
from reelhouse_catalog.enriching.model import Enrichment, fingerprint
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.titles.model import TITLE
from reelhouse_catalog.titles.model import TOPIC as TITLES_TOPIC
from reelhouse_kit import errors
from reelhouse_kit.db import Session, atomic
from reelhouse_kit.events.outbox import Change
from reelhouse_kit.rpc.once import Once

JOB = "enrich_title"
URGENT = 10
MOST_WAITING = 100
"""Jobs that wait at once: what is asked for by hand need not stand behind a whole library."""
PAGE = 500
_ATTEMPTS = 5

Known = Mapping[str, frozenset[str]]


@atomic
async def enrich_title(
    session: Session,
    title_id: UUID,
    wanted: Sequence[str],
    known: Known,
    *,
    language: str,
    once: Once | None,
) -> list[Enrichment]:
    """Asks sources about a title as soon as a worker is free.

    Raises:
        NotFoundError: There is no such title.
        FailedPreconditionError: A source, or all of them, cannot be asked about it.
    """
    found = await subject_store.subjects(session, [title_id], language)
    if title_id not in found:
        raise errors.NotFoundError(TITLE.type, TITLE.format(title_id))
    kind = found[title_id].kind
    able = sorted(name for name, kinds in known.items() if kind in kinds)
    unable = sorted(set(wanted) - set(able))
    if unable or not able:
        which = unable[0] if unable else "no provider"
        raise errors.FailedPreconditionError(
            "PROVIDER_NOT_CONFIGURED",
            f"{which} can be asked about such a title on this server"
            if not unable
            else f"{which} cannot be asked about such a title on this server",
            source=unable[0] if unable else "",
        )
    asked = sorted(set(wanted)) or able
    if await once_store.claim(session, once, title_id) is None:
        started = await store.request(session, title_id, asked)
        if started:
            await enqueue(session, title_id, started, priority=URGENT)
    return await store.of_title(session, title_id, asked)


async def enqueue(
    session: Session, title_id: UUID, sources: Sequence[str], *, priority: int = 0
) -> None:
    """Adds the job that asks sources about a title; they are pending already."""
    await jobs.enqueue(
        session,
        JOB,
        {"title": str(title_id), "sources": sorted(sources)},
        subject=TITLE.format(title_id),
        priority=priority,
        max_attempts=_ATTEMPTS,
    )


@atomic
async def read_events(session: Session, known: Known, language: str) -> bool:
    """Takes note of titles that were made or changed. Returns whether there may be more."""
    position = await store.lock_events(session)
    if position is None:
        return False
    events = await outbox.read(session, position, PAGE)
    if not events:
        return False
    changed = {
        TITLE.parse_one(recorded.event.name)
        for recorded in events
        if recorded.event.topic == TITLES_TOPIC and recorded.event.change is not Change.DELETED
    }
    await _note(session, sorted(changed), known, language)
    await store.move_events(session, events[-1].position)
    return len(events) == PAGE


@atomic
async def sweep(session: Session, source: str, kinds: frozenset[str], language: str) -> bool:
    """Takes note of titles that a source was never told of. Returns whether there are more."""
    after = await store.lock_sweep(session, source)
    if after is None:
        return False
    found = await store.titles_after(session, after, PAGE)
    if not found:
        return False
    await _note(session, found, {source: kinds}, language)
    await store.move_sweep(session, source, found[-1])
    return len(found) == PAGE


@atomic
async def start_due(session: Session, known: Known) -> int:
    """Starts asking what is due, as far as there is room. Returns for how many titles."""
    room = MOST_WAITING - await jobs.waiting(session, JOB)
    if room <= 0 or not known:
        return 0
    found: dict[UUID, list[str]] = {}
    for source in sorted(known):
        for title_id in await store.take_due(session, source, room):
            found.setdefault(title_id, []).append(source)
    for title_id, sources in sorted(found.items()):
        await enqueue(session, title_id, sources)
    return len(found)


async def _note(session: Session, ids: Iterable[UUID], known: Known, language: str) -> None:
    found = await subject_store.subjects(session, list(ids), language)
    await store.note(
        session,
        [
            (title_id, source, fingerprint(subject))
            for title_id, subject in found.items()
            for source, kinds in known.items()
            if subject.kind in kinds
        ],
    )
