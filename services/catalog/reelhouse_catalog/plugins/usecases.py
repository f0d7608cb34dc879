"""What can be done with plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment.model import Finding, Subject
from reelhouse_catalog.plugins import said_store, store
from reelhouse_catalog.plugins.client import PluginClients
from reelhouse_catalog.plugins.model import (
    FAILED_CHECKS,
    PLUGIN,
    TOPIC,
    Description,
    Plugin,
    PluginKind,
    PluginState,
    address_problem,
    config_violations,
    unmasked,
)
from reelhouse_catalog.plugins.sealing import Sealer
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, UniqueViolationError, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once

_WATCHED = frozenset({PluginState.ENABLED, PluginState.ERROR, PluginState.UPDATING})
"""The states of plugins that an administrator wants called."""


async def register(
    database: Database,
    clients: PluginClients,
    address: str,
    config: dict[str, Any],
    once: Once | None,
) -> Plugin:
    """Registers the plugin that answers at an address.

    Raises:
        InvalidArgumentError: The address, or the configuration if there is one, is wrong.
        UnavailableError: Nobody answers there.
        FailedPreconditionError: Who answers is no plugin.
        AlreadyExistsError: It, or one of its name, is registered.
    """
    _check_address(address)
    description = await clients.describe(address)
    problems = config_violations(description.config_schema, config)
    if problems and config:
        raise errors.InvalidArgumentError(problems)
    state = PluginState.INSTALLING if problems else PluginState.DISABLED
    try:
        return await _register(
            database,
            address,
            description,
            sealer=clients.sealer,
            config=config,
            state=state,
            once=once,
        )
    except UniqueViolationError:
        raise _taken(description.name) from None


@atomic
async def _register(
    session: Session,
    address: str,
    description: Description,
    *,
    sealer: Sealer,
    config: dict[str, Any],
    state: PluginState,
    once: Once | None,
) -> Plugin:
    plugin_id = new_id()
    done = await once_store.claim(session, once, plugin_id)
    if done is not None:
        return await required(session, done)
    if await store.taken(session, description.name, address):
        raise _taken(description.name)
    sealed = sealer.sealed(plugin_id, description.config_schema, config)
    plugin = await store.insert_plugin(
        session, plugin_id, address, description, config=sealed, state=state
    )
    await outbox.append(session, Event(TOPIC, plugin.resource, Change.CREATED))
    return plugin


async def required(source: Database | Session, plugin_id: UUID) -> Plugin:
    """Returns a plugin.

    Raises:
        NotFoundError: There is none.
    """
    plugin = await store.get(source, plugin_id)
    if plugin is None:
        raise errors.NotFoundError(PLUGIN.type, PLUGIN.format(plugin_id))
    return plugin


async def update(
    database: Database,
    clients: PluginClients,
    plugin_id: UUID,
    changes: Mapping[str, Any],
    etag: str,
) -> Plugin:
    """Changes a plugin's address or configuration; `changes` holds the new values.

    Raises:
        NotFoundError: There is none.
        InvalidArgumentError: The new values are wrong.
        FailedPreconditionError: Another plugin answers at the new address.
    """
    address = changes.get("address")
    if address is not None:
        _check_address(address)
        plugin = await required(database, plugin_id)
        description = await clients.describe(address)
        if (description.name, description.kind) != (plugin.name, plugin.kind):
            raise errors.FailedPreconditionError(
                "PLUGIN_REPLACED",
                f"{description.name} answers there, not {plugin.name}",
                plugin=plugin.name,
            )
    try:
        return await _update(database, clients.sealer, plugin_id, changes, etag)
    except UniqueViolationError:
        raise _taken(str(address)) from None


@atomic
async def _update(
    session: Session, sealer: Sealer, plugin_id: UUID, changes: Mapping[str, Any], etag: str
) -> Plugin:
    plugin = await _locked(session, plugin_id, etag)
    schema = plugin.config_schema
    sealed = plugin.config
    if "config" in changes:
        config = unmasked(schema, changes["config"], sealer.opened(plugin_id, plugin.config))
        problems = config_violations(schema, config)
        if problems:
            raise errors.InvalidArgumentError(problems)
        sealed = sealer.sealed(plugin_id, schema, config)
    await store.change(session, plugin_id, changes.get("address", plugin.address), sealed)
    if "config" in changes and plugin.state is PluginState.INSTALLING:
        return await _move(session, plugin, PluginState.DISABLED)
    if "config" in changes and plugin.state is PluginState.UPDATING:
        return await _move(session, plugin, PluginState.ENABLED)
    await outbox.append(session, Event(TOPIC, plugin.resource, Change.UPDATED))
    return await required(session, plugin_id)


@atomic
async def delete(session: Session, plugin_id: UUID, etag: str) -> None:
    """Forgets a plugin and all that it said."""
    plugin = await _locked(session, plugin_id, etag)
    await store.delete_plugin(session, plugin_id)
    await outbox.append(session, Event(TOPIC, plugin.resource, Change.DELETED))


@atomic
async def enable(session: Session, sealer: Sealer, plugin_id: UUID) -> Plugin:
    """Lets a plugin be called.

    Raises:
        FailedPreconditionError: Its configuration does not fit.
    """
    plugin = await _locked(session, plugin_id)
    if plugin.state in _WATCHED:
        return plugin
    if not _fits(sealer, plugin, plugin.config_schema):
        raise errors.FailedPreconditionError(
            "PLUGIN_NOT_CONFIGURED",
            f"the configuration of {plugin.name} does not fit its schema",
            plugin=plugin.name,
        )
    if plugin.state is PluginState.INSTALLING:
        plugin = await _move(session, plugin, PluginState.DISABLED)
    return await _move(session, plugin, PluginState.ENABLED)


@atomic
async def disable(session: Session, plugin_id: UUID) -> Plugin:
    """Lets a plugin not be called any more."""
    plugin = await _locked(session, plugin_id)
    if plugin.state in (PluginState.DISABLED, PluginState.INSTALLING):
        return plugin
    return await _move(session, plugin, PluginState.DISABLED)


async def check(database: Database, clients: PluginClients, plugin_id: UUID) -> Plugin:
    """Checks a plugin: whether it answers, and whether it is what it was.

    Raises:
        NotFoundError: There is none.
    """
    plugin = await required(database, plugin_id)
    try:
        description = await clients.describe(plugin.address)
    except errors.Error as error:
        return await _note_failure(database, plugin_id, error.reason, error.message)
    return await _note_description(database, clients.sealer, plugin_id, description)


@atomic
async def _note_failure(session: Session, plugin_id: UUID, code: str, message: str) -> Plugin:
    plugin = await _locked(session, plugin_id)
    failed = plugin.failed_checks + 1
    noted = await store.note_check(session, plugin_id, failed, code, message)
    watched = plugin.state in (PluginState.ENABLED, PluginState.UPDATING)
    if watched and failed >= FAILED_CHECKS:
        return await _move(session, plugin, PluginState.ERROR, code, message)
    return noted


@atomic
async def _note_description(
    session: Session, sealer: Sealer, plugin_id: UUID, description: Description
) -> Plugin:
    plugin = await _locked(session, plugin_id)
    if (description.name, description.kind) != (plugin.name, plugin.kind):
        message = f"{description.name} answers at its address"
        noted = await store.note_check(session, plugin_id, 0, "PLUGIN_REPLACED", message)
        if plugin.state in (PluginState.ENABLED, PluginState.UPDATING):
            return await _move(session, plugin, PluginState.ERROR, "PLUGIN_REPLACED", message)
        return noted
    if _says(plugin) != _said_by(description):
        await store.describe(session, plugin_id, description)
        await outbox.append(session, Event(TOPIC, plugin.resource, Change.UPDATED))
    fits = _fits(sealer, plugin, description.config_schema)
    noted = await store.note_check(session, plugin_id, 0)
    state = _next_state(plugin.state, fits=fits)
    return noted if state is plugin.state else await _move(session, plugin, state)


def _fits(sealer: Sealer, plugin: Plugin, schema: Mapping[str, Any]) -> bool:
    return not config_violations(schema, sealer.opened(plugin.id, plugin.config))


def _next_state(state: PluginState, *, fits: bool) -> PluginState:
    """Returns the state of a plugin that is well."""
    if state in _WATCHED:
        return PluginState.ENABLED if fits else PluginState.UPDATING
    return PluginState.DISABLED if fits else PluginState.INSTALLING


def _says(plugin: Plugin) -> tuple[object, ...]:
    return (
        plugin.version,
        plugin.display_name,
        plugin.capabilities,
        plugin.config_schema,
        plugin.title_kinds,
    )


def _said_by(description: Description) -> tuple[object, ...]:
    return (
        description.version,
        description.display_name,
        list(description.capabilities),
        dict(description.config_schema),
        list(description.title_kinds),
    )


async def _move(
    session: Session, plugin: Plugin, state: PluginState, code: str = "", message: str = ""
) -> Plugin:
    moved = await store.move(session, plugin.id, state, code, message)
    if moved is None:
        raise errors.WrongStateError(plugin.resource, plugin.state.upper(), f"make it {state}")
    await outbox.append(session, Event(TOPIC, plugin.resource, Change.UPDATED))
    return moved


async def _locked(session: Session, plugin_id: UUID, etag: str = "") -> Plugin:
    plugin = await store.lock(session, plugin_id)
    if plugin is None:
        raise errors.NotFoundError(PLUGIN.type, PLUGIN.format(plugin_id))
    if etag and etag != f'"{plugin.revision}"':
        raise errors.EtagMismatchError(plugin.resource)
    return plugin


def _taken(name: str) -> errors.AlreadyExistsError:
    return errors.AlreadyExistsError("PLUGIN_TAKEN", f"{name} is registered already", plugin=name)


def _check_address(address: str) -> None:
    problem = address_problem(address)
    if problem:
        raise errors.invalid("plugin.address", problem)


class PluginProvider:
    """An enrichment plugin, as somebody who can be asked about titles."""

    def __init__(self, clients: PluginClients, plugin: Plugin) -> None:
        self._clients = clients
        self._plugin = plugin
        self.name = plugin.name
        self.kinds = frozenset(plugin.title_kinds)

    async def find(self, subject: Subject) -> Finding | None:
        """Asks the plugin."""
        return await self._clients.enrich(self._plugin, subject)


async def enrichment_plugins(database: Database) -> list[Plugin]:
    """Returns the enrichment plugins that are called."""
    return await store.of_kind(database, PluginKind.ENRICHMENT, [PluginState.ENABLED])


async def provider(database: Database, clients: PluginClients, name: str) -> PluginProvider | None:
    """Returns an enrichment plugin by its name; None for one that is not to be called."""
    plugin = await store.by_name(database, name)
    if plugin is None or plugin.state is not PluginState.ENABLED:
        return None
    return PluginProvider(clients, plugin) if plugin.kind is PluginKind.ENRICHMENT else None


async def keep_said(session: Session, title_id: UUID, findings: Sequence[Finding]) -> None:
    """Stores what plugins among the sources said of a title."""
    for finding in findings:
        plugin = await store.by_name(session, finding.source)
        if plugin is not None:
            await said_store.say_of_title(
                session, plugin, title_id, dict(finding.raw), finding.confidence
            )
