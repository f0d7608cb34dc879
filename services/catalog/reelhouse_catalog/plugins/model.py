"""What a plugin is, what it may say, and how it goes through its life."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry

from reelhouse_catalog.enrichment.model import OTHER_PRIORITY, PRIORITIES
from reelhouse_kit.errors import Violation
from reelhouse_kit.names import ResourceName

PLUGIN = ResourceName("catalog.reelhouse/Plugin", "plugins/{plugin}")
PLUGIN_METADATA = ResourceName(
    "catalog.reelhouse/PluginMetadata", "plugins/{plugin}/metadata/{metadata}"
)
TOPIC = "plugins"

CALL_SECONDS = 10.0
MAX_ANSWER = 4 * 2**20
"""Bytes of an answer."""
MAX_STORED = 2**18
"""Bytes of what is stored of one file or title, as JSON."""
MOST_OF_FILE = 20
"""Things that a plugin may say of one file."""
CHECK_SECONDS = 30
FAILED_CHECKS = 3
"""After so many checks in a row that failed, a plugin is in error."""
INSPECT_ATTEMPTS = 3
"""How often a plugin is told of a file that it fails with, before it is left out."""
MASK = "••••••••"
PRIORITY = OTHER_PRIORITY
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_MOST_TEXT = 200
_MOST_SCHEMA_DEPTH = 16
_MOST_SCHEMA_NODES = 2000
_MOST_VIOLATIONS = 20
# What these cost, in time and memory, would be for the schema's author to say, not for us.
_REFUSED = frozenset({"$ref", "$dynamicRef", "$id", "$schema", "pattern"})


SEALED = "$sealed"
"""The name under which a secret is stored."""


class PluginKind(StrEnum):
    """What a plugin does."""

    TRANSCODER = "transcoder"
    ENRICHMENT = "enrichment"
    SCANNER = "scanner"


class PluginState(StrEnum):
    """Where a plugin is in its life."""

    INSTALLING = "installing"
    """Its configuration does not fit its schema yet."""
    ENABLED = "enabled"
    """It is called."""
    DISABLED = "disabled"
    UPDATING = "updating"
    """It was enabled, and its new version wants another configuration."""
    ERROR = "error"
    """It was enabled, and does not answer, or is another plugin now."""


_S = PluginState
TRANSITIONS: Mapping[PluginState, frozenset[PluginState]] = MappingProxyType(
    {
        _S.INSTALLING: frozenset({_S.DISABLED}),
        _S.DISABLED: frozenset({_S.ENABLED, _S.INSTALLING}),
        _S.ENABLED: frozenset({_S.DISABLED, _S.ERROR, _S.UPDATING}),
        _S.UPDATING: frozenset({_S.DISABLED, _S.ENABLED, _S.ERROR}),
        _S.ERROR: frozenset({_S.DISABLED, _S.ENABLED, _S.UPDATING}),
    }
)
"""What may follow what."""


def before(state: PluginState) -> list[str]:
    """Returns the states that may come before one, and the state itself: to stay is allowed."""
    return [
        str(former) for former in PluginState if former is state or state in TRANSITIONS[former]
    ]


@dataclass(frozen=True, slots=True)
class Description:
    """What a plugin says that it is."""

    name: str
    display_name: str
    kind: PluginKind
    version: str
    capabilities: tuple[str, ...] = ()
    config_schema: Mapping[str, Any] = field(default_factory=dict)
    title_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin, as it is stored."""

    id: UUID
    name: str
    display_name: str
    kind: PluginKind
    version: str
    state: PluginState
    address: str
    config: dict[str, Any]
    config_schema: dict[str, Any]
    capabilities: list[str]
    title_kinds: list[str]
    error_code: str
    error_message: str
    failed_checks: int
    inspected_to: UUID | None
    inspect_failures: int
    last_health_check: datetime | None
    created_at: datetime
    updated_at: datetime
    enabled_at: datetime | None
    disabled_at: datetime | None
    failed_at: datetime | None
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return PLUGIN.format(self.id)


@dataclass(frozen=True, slots=True)
class Said:
    """Something that a plugin said of a file or a title, as it is stored."""

    id: UUID
    plugin_id: UUID
    media_file_id: UUID | None
    title_id: UUID | None
    metadata_type: str
    metadata: dict[str, Any]
    confidence: float
    plugin_version: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FileSaid:
    """Something that a scanner plugin says of a file."""

    metadata_type: str
    metadata: dict[str, Any]
    confidence: float


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file, as scanner plugins are told of it."""

    id: UUID
    path: bytes
    library_kind: str
    size_bytes: int
    mime_type: str
    container: str
    duration_ms: int | None
    video_codec: str
    audio_codec: str
    width: int | None
    height: int | None


class LieError(Exception):
    """A plugin says what no plugin may say."""


def checked(description: Description) -> Description:
    """Returns a description that can be stored.

    Raises:
        LieError: It cannot be a plugin's.
    """
    if not _NAME.fullmatch(description.name):
        raise LieError("its name is not of 1 to 63 lower-case letters, digits and hyphens")
    if description.name in PRIORITIES:
        raise LieError(f"its name, {description.name}, is that of another source")
    if not description.version or len(description.version) > _MOST_TEXT:
        raise LieError("its version is empty or too long")
    if len(description.capabilities) > _MOST_TEXT or any(
        len(word) > _MOST_TEXT for word in description.capabilities
    ):
        raise LieError("its capabilities are too many or too long")
    problem = schema_problem(description.config_schema)
    if problem:
        raise LieError(f"the schema of its configuration {problem}")
    return description


def schema_problem(schema: Mapping[str, Any]) -> str:
    """Returns what is wrong with the schema of a configuration; empty if nothing is."""
    for count, (depth, value) in enumerate(_nodes(schema, 0)):
        if depth > _MOST_SCHEMA_DEPTH or count > _MOST_SCHEMA_NODES:
            return "is too deep or too large"
        if isinstance(value, Mapping):
            refused = _REFUSED & set(value)
            # A property may be called so.
            if refused and not all(isinstance(value[word], Mapping | bool) for word in refused):
                return f"has {min(refused)}, which is not allowed"
            if "patternProperties" in value:
                return "has patternProperties, which is not allowed"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"is no JSON Schema: {error.message[:_MOST_TEXT]}"
    return ""


def _nodes(value: Any, depth: int) -> Iterator[tuple[int, Any]]:
    yield depth, value
    if depth > _MOST_SCHEMA_DEPTH:
        return
    parts = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list):
        for part in parts:
            yield from _nodes(part, depth + 1)


def config_violations(schema: Mapping[str, Any], config: Mapping[str, Any]) -> list[Violation]:
    """Returns everything by which a configuration does not fit its schema."""
    # An empty registry: nothing is ever fetched that a schema names.
    validator = Draft202012Validator(dict(schema), registry=Registry())
    found = [
        Violation(f"plugin.config.{name[:50]}", f'"{SEALED}" is reserved')
        for name, value in config.items()
        if is_sealed(value)
    ]
    for error in validator.iter_errors(dict(config)):
        path = ".".join(["plugin.config", *(str(part)[:50] for part in error.absolute_path)])
        # The message may repeat what is a secret.
        secret = error.schema.get("writeOnly") if isinstance(error.schema, Mapping) else False
        message = f"does not fit {error.validator}" if secret else error.message[:_MOST_TEXT]
        found.append(Violation(path, message))
        if len(found) >= _MOST_VIOLATIONS:
            break
    return sorted(found, key=lambda violation: (violation.field, violation.description))


def masked(schema: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a configuration to show: what the schema marks as writeOnly is masked."""
    secrets = secret_names(schema)
    return {
        name: MASK if (name in secrets and value) or is_sealed(value) else value
        for name, value in config.items()
    }


def unmasked(
    schema: Mapping[str, Any], config: Mapping[str, Any], known: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns a configuration to store: a mask that was written back is what it stands for."""
    secrets = secret_names(schema)
    return {
        name: known[name] if value == MASK and name in secrets and name in known else value
        for name, value in config.items()
    }


def is_sealed(value: object) -> bool:
    """Tells whether a value of a stored configuration is a secret."""
    return isinstance(value, Mapping) and SEALED in value


def secret_names(schema: Mapping[str, Any]) -> set[str]:
    """Returns what of a configuration is secret: what its schema marks as writeOnly."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return set()
    return {
        name
        for name, part in properties.items()
        if isinstance(part, Mapping) and part.get("writeOnly") is True
    }


def address_problem(address: str) -> str:
    """Returns what is wrong with an address; empty if nothing is. It is "host:port"."""
    host, colon, port = address.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= 65535):  # noqa: PLR2004 # the last port
        return "is not of the form host:port"
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        return ip_problem(ipaddress.ip_address(bare))
    except ValueError:
        return "" if _HOST.fullmatch(host) else "has no name of a host"


def ip_problem(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """Returns why no plugin can be at an address; empty if one can."""
    real = getattr(ip, "ipv4_mapped", None) or ip
    # Clouds answer with their machines' secrets at link-local addresses.
    if real.is_link_local or real.is_multicast or real.is_unspecified or real.is_reserved:
        return "is an address where no plugin may be"
    return ""


def checked_said(said: FileSaid) -> FileSaid:
    """Returns what a plugin says of a file, if it may be said.

    Raises:
        LieError: It may not.
    """
    if not _NAME.fullmatch(said.metadata_type):
        raise LieError("a type of metadata is not of 1 to 63 lower-case letters, digits, hyphens")
    checked_confidence(said.confidence)
    return said


def checked_confidence(confidence: float) -> float:
    """Returns a confidence.

    Raises:
        LieError: It is not between 0 and 1.
    """
    if not 0 <= confidence <= 1:  # nor is what is not a number
        raise LieError(f"a confidence of {confidence:g} is not between 0 and 1")
    return confidence
