"""Plugins in the database, and what they said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Interval,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from reelhouse_catalog.plugins.model import (
    CHECK_SECONDS,
    Description,
    Plugin,
    PluginKind,
    PluginState,
    before,
)
from reelhouse_catalog.schema import plugins
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page

_plugin = plugins.c
_LIMIT = bindparam("limit", type_=Integer)
_SHOWN = [column for column in plugins.c if column.name not in ("check_at", "inspect_at")]
_PLUGIN = select(*_SHOWN)
_BY_ID = _plugin.id == bindparam("plugin", type_=Uuid)
_GET = Query(_PLUGIN.where(_BY_ID))
_LOCK = Query(_PLUGIN.where(_BY_ID).with_for_update())
_BY_NAME = Query(_PLUGIN.where(_plugin.name == bindparam("name")))
_LIST = Query(
    _PLUGIN.where(or_(bindparam("after", type_=Uuid).is_(None), _plugin.id > bindparam("after")))
    .order_by(_plugin.id)
    .limit(_LIMIT)
)
_OF_KIND = Query(
    _PLUGIN.where(
        _plugin.kind == bindparam("kind"),
        _plugin.state == any_(bindparam("states", type_=ARRAY(Text))),
    ).order_by(_plugin.name)
)
_TAKEN = Query(
    select(_plugin.id).where(
        or_(_plugin.name == bindparam("name"), _plugin.address == bindparam("address"))
    )
)
_described: dict[str, Any] = {
    "display_name": bindparam("display_name"),
    "version": bindparam("version"),
    "config_schema": bindparam("config_schema", type_=JSONB),
    "capabilities": bindparam("capabilities", type_=JSONB),
    "title_kinds": bindparam("title_kinds", type_=JSONB),
}
_INSERT = Query(
    insert(plugins)
    .values(
        id=bindparam("id"),
        name=bindparam("name"),
        kind=bindparam("kind"),
        address=bindparam("address"),
        state=bindparam("state"),
        config=bindparam("config", type_=JSONB),
        check_at=func.now() + timedelta(seconds=CHECK_SECONDS),
        **_described,
    )
    .returning(*_SHOWN)
)
_touched: dict[str, Any] = {"updated_at": func.now(), "revision": _plugin.revision + 1}
_DESCRIBE = Query(update(plugins).where(_BY_ID).values(**_described, **_touched))
_CHANGE = Query(
    update(plugins)
    .where(_BY_ID)
    .values(address=bindparam("address"), config=bindparam("config", type_=JSONB), **_touched)
)
_state = bindparam("state", type_=Text)
_MOVE = Query(
    update(plugins)
    .where(_BY_ID, _plugin.state == any_(bindparam("former", type_=ARRAY(Text))))
    .values(
        state=_state,
        error_code=bindparam("error_code"),
        error_message=bindparam("error_message"),
        failed_checks=0,
        enabled_at=case((_state == text("'enabled'"), func.now()), else_=_plugin.enabled_at),
        disabled_at=case((_state == text("'disabled'"), func.now()), else_=_plugin.disabled_at),
        failed_at=case((_state == text("'error'"), func.now()), else_=_plugin.failed_at),
        **_touched,
    )
    .returning(*_SHOWN)
)
_CHECKED = Query(
    update(plugins)
    .where(_BY_ID)
    .values(
        last_health_check=func.now(),
        failed_checks=bindparam("failed_checks"),
        error_code=bindparam("error_code"),
        error_message=bindparam("error_message"),
    )
    .returning(*_SHOWN)
)
_DELETE = Query(delete(plugins).where(_BY_ID))
_due = (
    select(_plugin.id)
    .where(_plugin.check_at <= func.now())
    .order_by(_plugin.check_at)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_TAKE_CHECKS = Query(
    update(plugins)
    .where(_plugin.id == _due.c.id)
    .values(check_at=func.now() + timedelta(seconds=CHECK_SECONDS))
    .returning(_plugin.id)
)
_TAKE_INSPECTION = Query(
    update(plugins)
    .where(
        _plugin.id
        == select(_plugin.id)
        .where(
            _plugin.kind == text("'scanner'"),
            _plugin.state == text("'enabled'"),
            _plugin.inspect_at <= func.now(),
        )
        .order_by(_plugin.inspect_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    # Whoever took it and died has it back after this; who goes on, sooner.
    .values(inspect_at=func.now() + cast(bindparam("lease"), Interval))
    .returning(*_SHOWN)
)
_INSPECTED = Query(
    update(plugins)
    .where(_BY_ID)
    .values(
        inspected_to=bindparam("inspected_to"),
        inspect_failures=bindparam("inspect_failures"),
        inspect_at=func.now() + cast(bindparam("pause"), Interval),
    )
)


def _plugin_of(row: Any) -> Plugin:
    return Plugin(**{**row, "kind": PluginKind(row["kind"]), "state": PluginState(row["state"])})


def _values(description: Description) -> dict[str, object]:
    return {
        "display_name": description.display_name,
        "version": description.version,
        "config_schema": dict(description.config_schema),
        "capabilities": list(description.capabilities),
        "title_kinds": list(description.title_kinds),
    }


async def get(source: Database | Session, plugin_id: UUID) -> Plugin | None:
    """Returns a plugin."""
    row = await source.one(_GET, plugin=plugin_id)
    return _plugin_of(row) if row else None


async def lock(session: Session, plugin_id: UUID) -> Plugin | None:
    """Returns a plugin that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, plugin=plugin_id)
    return _plugin_of(row) if row else None


async def by_name(source: Database | Session, name: str) -> Plugin | None:
    """Returns the plugin that calls itself so."""
    row = await source.one(_BY_NAME, name=name)
    return _plugin_of(row) if row else None


async def page(database: Database, page: Page) -> list[Plugin]:
    """Returns a page of plugins, oldest first."""
    after = page.after[0] if page.after else None
    return [_plugin_of(row) for row in await database.all(_LIST, after=after, limit=page.limit)]


async def of_kind(
    database: Database, kind: PluginKind, states: Sequence[PluginState]
) -> list[Plugin]:
    """Returns the plugins of a kind that are in one of some states, by name."""
    return [_plugin_of(row) for row in await database.all(_OF_KIND, kind=kind, states=list(states))]


async def taken(session: Session, name: str, address: str) -> UUID | None:
    """Returns the plugin that has a name or an address already."""
    found: UUID | None = await session.value(_TAKEN, name=name, address=address)
    return found


async def insert_plugin(
    session: Session,
    plugin_id: UUID,
    address: str,
    description: Description,
    *,
    config: dict[str, Any],
    state: PluginState,
) -> Plugin:
    """Adds a plugin."""
    return _plugin_of(
        await session.one(
            _INSERT,
            id=plugin_id,
            name=description.name,
            kind=description.kind,
            address=address,
            state=state,
            config=config,
            **_values(description),
        )
    )


async def describe(session: Session, plugin_id: UUID, description: Description) -> None:
    """Takes note of what a plugin says that it is now."""
    await session.run(_DESCRIBE, plugin=plugin_id, **_values(description))


async def change(session: Session, plugin_id: UUID, address: str, config: dict[str, Any]) -> None:
    """Changes where a plugin is and its configuration."""
    await session.run(_CHANGE, plugin=plugin_id, address=address, config=config)


async def move(
    session: Session, plugin_id: UUID, state: PluginState, code: str = "", message: str = ""
) -> Plugin | None:
    """Puts a plugin into a state; None when its present one does not allow that."""
    row = await session.one(
        _MOVE,
        plugin=plugin_id,
        state=state,
        former=before(state),
        error_code=code,
        error_message=message[:500],
    )
    return _plugin_of(row) if row else None


async def note_check(
    session: Session, plugin_id: UUID, failed_checks: int, code: str = "", message: str = ""
) -> Plugin:
    """Takes note of a check."""
    return _plugin_of(
        await session.one(
            _CHECKED,
            plugin=plugin_id,
            failed_checks=failed_checks,
            error_code=code,
            error_message=message[:500],
        )
    )


async def delete_plugin(session: Session, plugin_id: UUID) -> None:
    """Removes a plugin and all that it said."""
    await session.run(_DELETE, plugin=plugin_id)


async def take_checks(database: Database, limit: int) -> list[UUID]:
    """Returns plugins to check; no other replica gets the same within the interval."""
    return [row["id"] for row in await database.all(_TAKE_CHECKS, limit=limit)]


async def take_inspection(database: Database, lease: timedelta) -> Plugin | None:
    """Returns a scanner plugin to tell of files; no other replica gets it within the lease."""
    row = await database.one(_TAKE_INSPECTION, lease=lease)
    return _plugin_of(row) if row else None


async def inspected(
    session: Session | Database,
    plugin_id: UUID,
    to: UUID | None,
    failures: int,
    pause: timedelta,
) -> None:
    """Takes note of how far a plugin was told of files, and when to go on."""
    await session.run(
        _INSPECTED, plugin=plugin_id, inspected_to=to, inspect_failures=failures, pause=pause
    )
