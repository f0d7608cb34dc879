"""What a service's schema is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData

from reelhouse_kit.db.tables import NAMING


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema with its tables and the folder of its revisions.

    `revision` is the newest one that this code needs; revisions are numbered "0001", "0002" and so
    on. A newer one in the database is fine: every revision works with the code before it.
    """

    metadata: MetaData
    versions: Path
    revision: str
    extensions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The schema's name, which is the service's too."""
        return str(self.metadata.schema)


def metadata(name: str) -> MetaData:
    """Returns the container for the tables of a schema."""
    return MetaData(schema=name, naming_convention=NAMING)
