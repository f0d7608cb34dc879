"""Settings from environment variables, read once and all problems reported together.

A setting `port` of the service "catalog" is looked up as REELHOUSE_CATALOG_PORT, then as
REELHOUSE_PORT: what is set for the whole suite holds for each service unless it has its own.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class SettingsError(Exception):
    """One or more settings are missing or wrong; the message lists all of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def setting(help_text: str, *, default: Any = dataclasses.MISSING, secret: bool = False) -> Any:
    """Describes a setting; without a default it must be set."""
    metadata = {"help": help_text, "secret": secret}
    return field(default=default, metadata=metadata, repr=not secret)


def _boolean(text: str) -> bool:
    values = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in values:
        raise ValueError("is neither true nor false")
    return values[text.lower()]


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("is not a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("is not a number") from None


_READERS: dict[object, Callable[[str], object]] = {
    str: str,
    bool: _boolean,
    int: _integer,
    float: _number,
    Path: Path,
    Path | None: Path,
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of every process's settings."""

    SERVICE: typing.ClassVar[str] = ""

    @classmethod
    def variables(cls, name: str) -> tuple[str, ...]:
        """Returns the environment variables that set a field, the strongest first."""
        common = f"REELHOUSE_{name.upper()}"
        own = f"REELHOUSE_{cls.SERVICE.upper()}_{name.upper()}"
        return (own, common) if cls.SERVICE else (common,)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> typing.Self:
        """Reads all settings.

        Raises:
            SettingsError: Lists every variable that is missing or wrong.
        """
        values: dict[str, object] = {}
        problems: list[str] = []
        hints = typing.get_type_hints(cls)
        for spec in dataclasses.fields(cls):
            names = cls.variables(spec.name)
            found = next((name for name in names if environment.get(name)), None)
            if found is None:
                if spec.default is dataclasses.MISSING:
                    problems.append(f"{names[0]} is not set: {spec.metadata['help']}")
                continue
            try:
                values[spec.name] = _READERS[hints[spec.name]](environment[found])
            except ValueError as error:
                shown = "its value" if spec.metadata["secret"] else f"{environment[found]!r}"
                problems.append(f"{found}: {shown} {error}")
        if not problems:
            settings = cls(**values)
            problems = settings.problems()
            if not problems:
                return settings
        raise SettingsError(problems)

    def problems(self) -> list[str]:
        """Returns what is wrong between settings; services add their rules here."""
        return []

    def shown(self) -> dict[str, str]:
        """Returns every setting as text by its variable's name, secrets masked."""
        return {
            self.variables(spec.name)[0]: "••••••••"
            if spec.metadata["secret"] and getattr(self, spec.name)
            else str(getattr(self, spec.name))
            for spec in dataclasses.fields(self)
        }
