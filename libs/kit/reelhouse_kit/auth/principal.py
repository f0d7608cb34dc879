"""Who calls, and what that allows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a caller is."""

    NOBODY = "nobody"
    USER = "user"
    ADMIN = "admin"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller. `name` is "users/{user}" or "services/{service}"; empty for nobody."""

    role: Role
    name: str = ""

    @property
    def user_id(self) -> UUID | None:
        """The user's id; None for services and nobody."""
        return UUID(self.name[6:]) if self.name.startswith("users/") else None

    @property
    def sees_all(self) -> bool:
        """Whether this caller reaches what belongs to others."""
        return self.role in (Role.ADMIN, Role.SERVICE)


NOBODY = Principal(Role.NOBODY)
