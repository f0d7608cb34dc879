"""Making two titles one, and taking one apart: nothing is lost, and scans respect it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment import local
from reelhouse_catalog.enrichment import usecases as enrichment
from reelhouse_catalog.enrichment.known import Item, Known, items
from reelhouse_catalog.enrichment.model import FILENAME, Finding, Metadata
from reelhouse_catalog.media_files import telling
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.titles import joining_store as store
from reelhouse_catalog.titles import link_store, placement_store, placing
from reelhouse_catalog.titles import usecases as titles
from reelhouse_catalog.titles.model import TITLE, TOPIC, Placement
from reelhouse_catalog.titles.searching import of_found, plain
from reelhouse_kit import errors
from reelhouse_kit.db import Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_naming import sort_title

_PART_TABLES = ("seasons", "episodes", "tracks")


@atomic
async def merge_titles(
    session: Session, target: UUID, others: Sequence[UUID], once: Once | None
) -> None:
    """Makes several titles one.

    Raises:
        NotFoundError: One does not exist, or was merged before.
        FailedPreconditionError: They are not of one library and kind.
    """
    if await once_store.claim(session, once, target) is not None:
        return
    if target in others:
        raise errors.invalid("titles", "holds the title that the others are merged into")
    others = sorted(set(others))
    rows = await store.lock(session, [target, *others])
    for title_id in (target, *others):
        row = rows.get(title_id)
        if row is None:
            raise errors.NotFoundError(TITLE.type, TITLE.format(title_id))
        if row.merged_into is not None:
            await titles.refuse_merged(session, title_id)
        if (row.library_id, row.kind) != (rows[target].library_id, rows[target].kind):
            raise errors.FailedPreconditionError(
                "TITLES_INCOMPATIBLE",
                f"{TITLE.format(title_id)} is not of the library and kind of "
                f"{TITLE.format(target)}",
                name=TITLE.format(title_id),
                title=TITLE.format(target),
            )
    for other in others:
        await _merge(session, target, other)
    await link_store.elect(
        session,
        await store.parts(session, "episodes", target),
        await store.parts(session, "tracks", target),
    )
    await local.refresh(session, [target])
    await placing.told(session, [target])
    await outbox.append(
        session, *(Event(TOPIC, TITLE.format(other), Change.DELETED) for other in others)
    )


async def _merge(session: Session, target: UUID, other: UUID) -> None:
    ending = await _known(session, other)
    staying = await _known(session, target)
    paired = {table: await store.pairs(session, table, other, target) for table in _PART_TABLES}
    kept = _chosen_values(ending, staying, paired)
    await store.join(session, other, target, paired)
    await enrichment.add_findings(session, target, [_last_words(ending)])
    for item_id, values in kept.items():
        known = await _known(session, target)
        item = next(item for item in items(known) if item.id == item_id)
        await enrichment.edit(session, known, item, values, None)


def _last_words(ending: Known) -> Finding:
    """Returns what files and people said of a title that ends, so that it is not forgotten."""
    chosen = {name: getattr(ending.title.metadata, name) for name in ending.title.locked}
    said = {
        name: getattr(ending.base, name)
        for name in ("display_name", "year", "creators", "narrators", "external_ids")
    }
    return Finding(FILENAME, str(ending.id), 0.5, Metadata(**{**said, **chosen}))


def _chosen_values(
    ending: Known, staying: Known, paired: Mapping[str, Mapping[UUID, UUID]]
) -> dict[UUID, dict[str, Any]]:
    """Returns what people set of parts that both titles have, where they set it of one only."""
    there: dict[UUID, Item] = {item.id: item for item in items(staying)}
    found: dict[UUID, dict[str, Any]] = {}
    for item in items(ending):
        new = paired.get(item.table, {}).get(item.id)
        if new is not None and item.locked - there[new].locked:
            names = sorted(item.locked - there[new].locked)
            found[new] = {name: getattr(item.metadata, name) for name in names}
    return found


@atomic
async def split_title(
    session: Session,
    title_id: UUID,
    files: Sequence[UUID],
    *,
    name: str,
    year: int | None,
    once: Once | None,
) -> UUID:
    """Moves files of a title to a new title of the given name. Returns the new title.

    Raises:
        NotFoundError: The title or a file does not exist.
        FailedPreconditionError: A file does not belong to the title.
    """
    done = await once_store.claim(session, once, made := new_id())
    if done is not None:
        return done
    row = (await store.lock(session, [title_id])).get(title_id)
    if row is None:
        raise errors.NotFoundError(TITLE.type, TITLE.format(title_id))
    await titles.refuse_merged(session, title_id)
    files = sorted(set(files))
    for file in await store.missing(session, files):
        raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(file))
    of_episodes = await store.episode_links(session, title_id, files)
    of_tracks = await store.track_links(session, title_id, files)
    linked = {link["media_file_id"] for link in (*of_episodes, *of_tracks)}
    for file in files:
        if file not in linked:
            raise not_linked(file, title_id)
    await _make(session, made, row, name, year)
    await _move(session, made, files, of_episodes, of_tracks)
    await store.pin(session, files)
    known = await _known(session, made)
    values = {"display_name": name} | ({"year": year} if year else {})
    await enrichment.edit(session, known, known.title, values, None)
    await local.refresh(session, [title_id, made])
    await placing.told(session, [title_id], [made])
    await telling.tell(session, files)
    return made


def not_linked(file: UUID, title_id: UUID | None) -> errors.FailedPreconditionError:
    """Returns the error for a file that is not linked to what the caller says."""
    name = MEDIA_FILE.format(file)
    title = TITLE.format(title_id) if title_id else ""
    return errors.FailedPreconditionError(
        "MEDIA_FILE_NOT_LINKED",
        f"{name} is not linked to {title or 'anything'}",
        name=name,
        title=title,
    )


async def _make(session: Session, made: UUID, row: store.Row, name: str, year: int | None) -> None:
    creators = tuple(row.base.get("creators", ()))
    narrators = tuple(row.base.get("narrators", ()))
    text, vector, facets = of_found(name, creators, narrators)
    # Files that are named after the new title come to it, unless another has that name.
    distinction = plain(" ".join(creators)) if row.kind in ("album", "audiobook") else year or ""
    for match_key in (f"{plain(name)}|{distinction}", f"split|{made}"):
        placement = Placement(
            kind=row.kind,
            name=name,
            sort_name=sort_title(name),
            match_key=match_key,
            search_text=text,
            search_vector=vector,
            confidence=1.0,
            year=year,
            creators=creators,
            narrators=narrators,
            facets=tuple(facets),
        )
        _, created = await placement_store.add_titles(
            session, row.library_id, [placement], ids=[made]
        )
        if created:
            return


async def _move(
    session: Session,
    made: UUID,
    files: Sequence[UUID],
    of_episodes: Sequence[Any],
    of_tracks: Sequence[Any],
) -> None:
    old_episodes = sorted({link["id"] for link in of_episodes})
    old_tracks = sorted({link["id"] for link in of_tracks})
    await store.unlink(session, files, old_episodes, old_tracks)
    await link_store.elect(session, old_episodes, old_tracks)
    names = {(made, e["season_number"], e["number"]): e["found_name"] for e in of_episodes}
    numbered = sorted({(made, season) for _, season, _ in names if season is not None})
    season_ids = await placement_store.add_seasons(session, numbered) if numbered else {}
    if names:
        episodes = await placement_store.add_episodes(session, names, season_ids)
        links = [
            (episodes[made, e["season_number"], e["number"]], e["media_file_id"])
            for e in of_episodes
        ]
        await link_store.link_episodes(session, links)
    tracks = {(made, t["disc"], t["number"], t["match_key"]): t["found_name"] for t in of_tracks}
    if tracks:
        found = await placement_store.add_tracks(session, tracks)
        parts = [
            (found[made, t["disc"], t["number"], t["match_key"]], t["media_file_id"])
            for t in of_tracks
        ]
        await link_store.link_tracks(session, parts)


async def _known(session: Session, title_id: UUID) -> Known:
    known = await enrichment.known_title(session, title_id)
    if known is None:
        raise errors.NotFoundError(TITLE.type, TITLE.format(title_id))
    return known
