"""Findings and what follows from them in the database. Every statement takes many rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR, insert

from reelhouse_catalog.enrichment.known import PART_FIELDS, Item, Known
from reelhouse_catalog.enrichment.model import Finding, Metadata
from reelhouse_catalog.enrichment.stored import (
    finding_from_json,
    finding_to_json,
    metadata_from_json,
    raw_json,
    value_from_json,
    value_to_json,
)
from reelhouse_catalog.schema import (
    episodes,
    media_metadata,
    seasons,
    titles,
    tracks,
)
from reelhouse_catalog.titles import search_store
from reelhouse_kit.db import Query, Session, rows_of

Key = tuple[UUID, str, str]
"""The title, source and key of a finding."""

_TABLES: Mapping[str, Table] = {
    "titles": titles,
    "seasons": seasons,
    "episodes": episodes,
    "tracks": tracks,
}
_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_TEXT_COLUMNS = ("search_text", "rating_system")
_EXTRA = ("facets", "released", "rated")


def _column(name: str) -> str:
    return "name" if name == "display_name" else name


def _fields_of(table: str) -> tuple[str, ...]:
    return tuple(_column(name) for name in PART_FIELDS[table])


# Locked in the order of their keys: two that lock several never wait for each other in a circle.
_LOCK = Query(
    select(
        titles.c.id,
        titles.c.library_id,
        titles.c.kind,
        titles.c.base,
        titles.c.merged_into,
        titles.c.locked_fields,
        titles.c.revision,
        *(titles.c[name] for name in _fields_of("titles")),
    )
    .where(titles.c.id == _IDS)
    .order_by(titles.c.id)
    .with_for_update(key_share=True)
)
_SEASONS = Query(
    select(
        seasons.c.id,
        seasons.c.title_id,
        seasons.c.number,
        seasons.c.locked_fields,
        seasons.c.revision,
        *(seasons.c[name] for name in _fields_of("seasons")),
    ).where(seasons.c.title_id == _IDS)
)
_EPISODES = Query(
    select(
        episodes.c.id,
        episodes.c.title_id,
        episodes.c.season_number,
        episodes.c.number,
        episodes.c.found_name,
        episodes.c.locked_fields,
        episodes.c.revision,
        *(episodes.c[name] for name in _fields_of("episodes")),
    ).where(episodes.c.title_id == _IDS)
)
_TRACKS = Query(
    select(
        tracks.c.id,
        tracks.c.title_id,
        tracks.c.disc,
        tracks.c.number,
        tracks.c.found_name,
        tracks.c.locked_fields,
        tracks.c.revision,
        *(tracks.c[name] for name in _fields_of("tracks")),
    ).where(tracks.c.title_id == _IDS)
)
_FINDINGS = Query(
    select(
        media_metadata.c.title_id,
        media_metadata.c.source,
        media_metadata.c.provider_key,
        media_metadata.c.confidence,
        media_metadata.c.finding,
    ).where(media_metadata.c.title_id == _IDS)
)
_given = rows_of(
    title_id=Uuid(),
    source=Text(),
    provider_key=Text(),
)
_DROP = Query(
    delete(media_metadata).where(
        media_metadata.c.title_id == _given.c.title_id,
        media_metadata.c.source == _given.c.source,
        media_metadata.c.provider_key == _given.c.provider_key,
    )
)
_put = insert(media_metadata).values(
    title_id=bindparam("title_id"),
    source=bindparam("source"),
    provider_key=bindparam("provider_key"),
    confidence=bindparam("confidence"),
    finding=bindparam("finding", type_=JSONB),
    raw=bindparam("raw", type_=JSONB),
)
_PUT = Query(
    _put.on_conflict_do_update(
        index_elements=["title_id", "source", "provider_key"],
        set_={
            "confidence": _put.excluded.confidence,
            "finding": _put.excluded.finding,
            "raw": _put.excluded.raw,
            "fetched_at": func.now(),
        },
    )
)


def _write(name: str) -> Query:
    table = _TABLES[name]
    values: dict[str, Any] = {
        column: bindparam(column, type_=table.c[column].type) for column in _fields_of(name)
    }
    values |= {
        "locked_fields": bindparam("locked_fields", type_=JSONB),
        "updated_at": func.now(),
        "revision": table.c.revision + 1,
    }
    if name == "titles":
        values |= {column: bindparam(column, type_=Text) for column in _TEXT_COLUMNS}
        values |= {column: bindparam(column, type_=table.c[column].type) for column in _EXTRA}
        values["search_vector"] = cast(bindparam("search_vector", type_=Text), TSVECTOR)
    return Query(update(table).where(table.c.id == bindparam("row_id")).values(values))


_WRITES = {name: _write(name) for name in _TABLES}


async def load(session: Session, ids: Sequence[UUID]) -> list[Known]:
    """Returns titles with all that is known of them, locked against others until the end.

    Those that were merged into others are left out.
    """
    rows = await session.all(_LOCK, ids=list(ids))
    found = [row["id"] for row in rows]
    findings: dict[UUID, list[Finding]] = defaultdict(list)
    for row in await session.all(_FINDINGS, ids=found):
        findings[row["title_id"]].append(
            finding_from_json(row["source"], row["provider_key"], row["confidence"], row["finding"])
        )
    of_seasons: dict[UUID, dict[int, Item]] = defaultdict(dict)
    for row in await session.all(_SEASONS, ids=found):
        place = (row["number"],)
        of_seasons[row["title_id"]][row["number"]] = _item("seasons", row, place)
    of_episodes: dict[UUID, dict[tuple[int, int], Item]] = defaultdict(dict)
    for row in await session.all(_EPISODES, ids=found):
        season, number = row["season_number"], row["number"]
        at = (-1 if season is None else season, -1 if number is None else number)
        of_episodes[row["title_id"]][at] = _item("episodes", row, at)
    of_tracks: dict[UUID, dict[tuple[int, int], tuple[Item, ...]]] = defaultdict(dict)
    for row in await session.all(_TRACKS, ids=found):
        at = (row["disc"], row["number"])
        sharing = of_tracks[row["title_id"]].get(at, ())
        of_tracks[row["title_id"]][at] = (*sharing, _item("tracks", row, at))
    return [
        Known(
            title=_item("titles", row, ()),
            library_id=row["library_id"],
            kind=row["kind"],
            base=metadata_from_json(row["base"]),
            findings=tuple(findings[row["id"]]),
            seasons=of_seasons[row["id"]],
            episodes=of_episodes[row["id"]],
            tracks=of_tracks[row["id"]],
        )
        for row in rows
        if row["merged_into"] is None
    ]


def _item(table: str, row: Any, place: tuple[int, ...]) -> Item:
    values = {name: value_from_json(name, row[_column(name)]) for name in PART_FIELDS[table]}
    return Item(
        table=table,
        id=row["id"],
        metadata=Metadata(**values),
        locked=frozenset(row["locked_fields"]),
        revision=row["revision"],
        found_name=row["found_name"] if table in ("episodes", "tracks") else "",
        place=place,
    )


async def drop_findings(session: Session, keys: Iterable[Key]) -> None:
    """Forgets findings."""
    listed = list(keys)
    if listed:
        await session.run(
            _DROP,
            title_id=[title for title, _, _ in listed],
            source=[source for _, source, _ in listed],
            provider_key=[key for _, _, key in listed],
        )


async def put_findings(session: Session, found: Iterable[tuple[UUID, Finding]]) -> None:
    """Keeps findings, in place of those under the same key."""
    await session.many(
        _PUT,
        [
            {
                "title_id": title,
                "source": finding.source,
                "provider_key": finding.key,
                "confidence": finding.confidence,
                "finding": finding_to_json(finding),
                "raw": raw_json(finding.raw),
            }
            for title, finding in found
        ],
    )


async def write_items(
    session: Session,
    changed: Iterable[tuple[Item, Metadata, frozenset[str], Mapping[str, Any]]],
) -> None:
    """Writes titles and parts.

    Args:
        session: The transaction.
        changed: Each as it is to be, with its locked fields and, of a title, what it is searched
            and ordered by.
    """
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    for item, metadata, locked, extra in changed:
        values: dict[str, object] = {
            _column(name): _stored(name, getattr(metadata, name))
            for name in PART_FIELDS[item.table]
        }
        rows[item.table].append(
            {**values, **extra, "row_id": item.id, "locked_fields": sorted(locked)}
        )
    for table, listed in rows.items():
        await session.many(_WRITES[table], listed)
    await search_store.learn(session, (str(row["search_vector"]) for row in rows["titles"]))


def _stored(name: str, value: Any) -> Any:
    return value if name == "release_date" else value_to_json(name, value)
