from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_playback.history.model import Format, HistoryEntry, exported


def entry(device: str) -> HistoryEntry:
    return HistoryEntry(
        id=UUID(int=1),
        user_id=UUID(int=2),
        media_file_id=UUID(int=3),
        item="titles/t/episodes/e",
        title_id=UUID(int=4),
        device_id=device,
        played_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        duration_watched_ms=61_500,
        completed=True,
    )


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_what_is_exported_can_be_read_again(devices: list[str]) -> None:
    entries = [entry(device) for device in devices]
    lines = exported(entries, Format.JSON_LINES, first=True).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["device_id"] for line in lines] == devices
    text = exported(entries, Format.CSV, first=True).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["device_id"].removeprefix("'") for row in rows] == [
        device.removeprefix("'") for device in devices
    ]
    assert all(row["duration_watched_seconds"] == "61.5" for row in rows)


def test_a_device_is_no_formula() -> None:
    text = exported([entry("=HYPERLINK(1)")], Format.CSV, first=False).decode()
    assert ",'=HYPERLINK(1)," in text
