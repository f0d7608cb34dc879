"""Secrets in the configurations of plugins: sealed where they lie, open only where they are used.

What a plugin's schema marks as writeOnly is stored as {"$sealed": …}.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from reelhouse_catalog.plugins.model import PLUGIN, SEALED, is_sealed, secret_names
from reelhouse_kit.secrets import Box


class Sealer:
    """Seals and opens the secrets of configurations."""

    def __init__(self, box: Box) -> None:
        self._box = box

    def sealed(
        self, plugin_id: UUID, schema: Mapping[str, Any], config: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Returns a configuration to store."""
        secrets = secret_names(schema)
        return {
            name: self._seal(plugin_id, value) if name in secrets and value else value
            for name, value in config.items()
        }

    def opened(self, plugin_id: UUID, config: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a stored configuration as the plugin gets it.

        Raises:
            SecretError: Its key is not there any more.
        """
        return {
            name: self._open(plugin_id, value) if is_sealed(value) else value
            for name, value in config.items()
        }

    def _seal(self, plugin_id: UUID, value: object) -> dict[str, str]:
        sealed = self._box.seal(orjson.dumps(value).decode(), PLUGIN.format(plugin_id))
        return {SEALED: base64.b64encode(sealed).decode()}

    def _open(self, plugin_id: UUID, value: Mapping[str, str]) -> object:
        sealed = base64.b64decode(value[SEALED])
        return orjson.loads(self._box.open(sealed, PLUGIN.format(plugin_id)))
