from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from reelhouse_kit.settings import Settings, SettingsError, setting


@dataclass(frozen=True, kw_only=True)
class Example(Settings):
    SERVICE = "example"

    port: int = setting("The port.", default=80)
    ratio: float = setting("A ratio.", default=0.5)
    loud: bool = setting("Whether.", default=False)
    folder: Path = setting("A folder.")
    password: str = setting("A secret.", secret=True)


GOOD = {"REELHOUSE_FOLDER": "/x", "REELHOUSE_EXAMPLE_PASSWORD": "hush"}


def test_reads_what_is_set_and_defaults() -> None:
    found = Example.read({**GOOD, "REELHOUSE_EXAMPLE_LOUD": "yes"})
    assert (found.port, found.ratio, found.loud, found.folder) == (80, 0.5, True, Path("/x"))


def test_a_services_own_variable_is_stronger_than_the_common_one() -> None:
    found = Example.read({**GOOD, "REELHOUSE_PORT": "1", "REELHOUSE_EXAMPLE_PORT": "2"})
    assert found.port == 2


def test_all_problems_are_told_at_once_and_no_secret() -> None:
    with pytest.raises(SettingsError) as caught:
        Example.read(
            {
                "REELHOUSE_PORT": "eighty",
                "REELHOUSE_EXAMPLE_RATIO": "x",
                "REELHOUSE_LOUD": "perhaps",
            }
        )
    text = str(caught.value)
    for part in ("REELHOUSE_PORT", "eighty", "RATIO", "LOUD", "EXAMPLE_FOLDER is not set"):
        assert part in text
    assert len(caught.value.problems) == 5


def test_secrets_are_masked() -> None:
    shown = Example.read(GOOD).shown()
    assert shown["REELHOUSE_EXAMPLE_FOLDER"] == "/x"
    assert "hush" not in shown["REELHOUSE_EXAMPLE_PASSWORD"]
