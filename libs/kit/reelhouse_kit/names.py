"""Resource names, as in "libraries/{library}/scans/{scan}" (AIP-122)."""

from __future__ import annotations

import re
from uuid import UUID

from reelhouse_kit import errors

SEGMENT = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


def pattern_regex(pattern: str) -> re.Pattern[str]:
    """Returns what matches the names of a pattern such as "titles/{title}"."""
    parts = (SEGMENT if part.startswith("{") else re.escape(part) for part in pattern.split("/"))
    return re.compile("/".join(f"({p})" if p is SEGMENT else p for p in parts))


class ResourceName:
    """Makes and reads the names of one type of resource whose ids are UUIDs.

    Type and pattern are those of the contract; a test holds them against each other.
    """

    def __init__(self, resource_type: str, pattern: str) -> None:
        self.type = resource_type
        self.pattern = pattern
        self._format = re.sub(r"\{\w+\}", "{}", pattern)
        self._regex = pattern_regex(pattern)

    def format(self, *ids: UUID | str) -> str:
        """Returns the name made of these ids."""
        return self._format.format(*ids)

    def parse(self, name: str) -> tuple[UUID, ...]:
        """Returns the ids in a name.

        Raises:
            NotFoundError: The name has another form than any resource of this type.
        """
        match = self._regex.fullmatch(name)
        try:
            return tuple(UUID(part) for part in match.groups()) if match else self._missing(name)
        except ValueError:
            return self._missing(name)

    def parse_one(self, name: str) -> UUID:
        """Returns the last id in a name: that of the resource itself."""
        return self.parse(name)[-1]

    def _missing(self, name: str) -> tuple[UUID, ...]:
        raise errors.NotFoundError(self.type, name)
