"""Providers' answers in the database, and when the next request to each host may go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    DateTime,
    Double,
    Integer,
    Interval,
    bindparam,
    cast,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import BYTEA, insert

from reelhouse_catalog.schema import provider_hosts, provider_responses
from reelhouse_kit.db import Database, Query

_host = provider_hosts.c
_response = provider_responses.c
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was kept."""

    status: int
    etag: str
    body: bytes
    fresh: bool


_reserve = insert(provider_hosts).values(
    host=bindparam("host"), next_at=func.now() + cast(bindparam("interval"), Interval)
)
_RESERVE = Query(
    _reserve.on_conflict_do_update(
        index_elements=["host"],
        set_={
            "next_at": func.greatest(_host.next_at, func.now())
            + cast(bindparam("interval"), Interval)
        },
        where=_host.next_at <= func.now() + cast(bindparam("longest"), Interval),
    ).returning(
        cast(
            func.extract(
                "epoch", _host.next_at - cast(bindparam("interval"), Interval) - func.now()
            ),
            Double,
        )
    )
)
_WAIT = Query(
    select(cast(func.extract("epoch", _host.next_at - func.now()), Double)).where(
        _host.host == bindparam("host")
    )
)
_HOLD = Query(
    insert(provider_hosts)
    .values(host=bindparam("host"), next_at=func.now() + cast(bindparam("pause"), Interval))
    .on_conflict_do_update(
        index_elements=["host"],
        set_={
            "next_at": func.greatest(_host.next_at, func.now() + cast(bindparam("pause"), Interval))
        },
    )
)
_GET = Query(
    select(
        _response.status,
        _response.etag,
        _response.body,
        (_response.expires_at > func.now()).label("fresh"),
    ).where(_response.key == bindparam("key"))
)
_values: dict[str, Any] = {
    "provider": bindparam("provider"),
    "status": bindparam("status"),
    "etag": bindparam("etag"),
    "body": bindparam("body"),
    "size_bytes": bindparam("size_bytes"),
    "fetched_at": func.now(),
    "expires_at": func.now() + cast(bindparam("lifetime"), Interval),
}
_PUT = Query(
    insert(provider_responses)
    .values(key=bindparam("key"), **_values)
    .on_conflict_do_update(index_elements=["key"], set_=_values)
)
_CONFIRM = Query(
    update(provider_responses)
    .where(_response.key == bindparam("key"))
    .values(fetched_at=func.now(), expires_at=func.now() + cast(bindparam("lifetime"), Interval))
)
_SIZES = Query(
    select(_response.fetched_at, _response.key, _response.size_bytes)
    .where(
        tuple_(_response.fetched_at, _response.key)
        < tuple_(
            bindparam("fetched_at", type_=DateTime(timezone=True)), bindparam("key", type_=BYTEA)
        )
    )
    .order_by(_response.fetched_at.desc(), _response.key.desc())
    .limit(bindparam("limit", type_=Integer))
)
_PRUNE = Query(
    delete(provider_responses).where(
        _response.fetched_at <= bindparam("before", type_=DateTime(timezone=True))
    )
)
_NOW = Query(select(func.now() + cast(bindparam("ahead"), Interval)))


async def reserve(
    database: Database, host: str, interval: timedelta, longest: timedelta
) -> tuple[bool, float]:
    """Takes the next place in a host's line, for all replicas together.

    Returns:
        Whether there is one within `longest`, and the seconds to wait: for the place, or until
        there is one again.
    """
    wait = await database.value(_RESERVE, host=host, interval=interval, longest=longest)
    if wait is not None:
        return True, max(0.0, wait)
    return False, max(1.0, await database.value(_WAIT, host=host) or 0.0)


async def hold(database: Database, host: str, pause: timedelta) -> None:
    """Lets no request go to a host for a while."""
    await database.run(_HOLD, host=host, pause=pause)


async def get(database: Database, key: bytes) -> Kept | None:
    """Returns a kept answer, also one that is past its time."""
    row = await database.one(_GET, key=key)
    return Kept(**row) if row else None


async def put(
    database: Database,
    key: bytes,
    *,
    provider: str,
    status: int,
    etag: str,
    body: bytes,
    lifetime: timedelta,
) -> None:
    """Keeps an answer for a time."""
    await database.run(
        _PUT,
        key=key,
        provider=provider,
        status=status,
        etag=etag,
        body=body,
        size_bytes=len(body),
        lifetime=lifetime,
    )


async def confirm(database: Database, key: bytes, lifetime: timedelta) -> None:
    """Takes note that a kept answer still holds."""
    await database.run(_CONFIRM, key=key, lifetime=lifetime)


async def prune(database: Database, *, most_bytes: int, oldest: timedelta) -> int:
    """Forgets answers past an age, and the oldest beyond a total size. Returns how many."""
    before: datetime = await database.value(_NOW, ahead=-oldest)
    position: tuple[datetime, bytes] = (
        await database.value(_NOW, ahead=timedelta(hours=1)),
        b"",
    )
    total = 0
    while True:
        rows = await database.all(_SIZES, fetched_at=position[0], key=position[1], limit=_PAGE)
        for row in rows:
            total += row["size_bytes"]
            if total > most_bytes or row["fetched_at"] <= before:
                return await database.run(_PRUNE, before=max(before, row["fetched_at"]))
        if len(rows) < _PAGE:
            return 0
        position = (rows[-1]["fetched_at"], rows[-1]["key"])
