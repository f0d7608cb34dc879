"""Rules of sessions: what is watched, completed, resumed, and how much it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_playback.decisions.model import ServerAbilities, Wishes, decide
from reelhouse_playback.device_profiles.builtin import BUILTIN_PROFILES
from reelhouse_playback.sessions.model import (
    OVER,
    TRANSITIONS,
    ItemKind,
    Session,
    State,
    bit_rate_of,
    is_completed,
    newly_watched,
    resume_ms,
)
from tests.unit.playback.builders import audio, media, video

START = datetime(2026, 1, 1, tzinfo=UTC)
PLAYING = Session(
    id=UUID(int=1),
    user_id=UUID(int=2),
    media_file_id=UUID(int=3),
    item="mediaFiles/x",
    item_kind=ItemKind.VIDEO,
    device_id="",
    device_profile="",
    method="direct",
    state=State.PLAYING,
    decision={},
    wishes={},
    bit_rate=None,
    transcode="",
    mime_type="",
    position_ms=0,
    duration_ms=3_600_000,
    watched_ms=0,
    title_id=None,
    series=False,
    more_items=[],
    completed=False,
    sequence=0,
    start_time=START,
    last_activity=START,
    pause_time=None,
    end_time=None,
    told_at=START,
    revision=1,
)


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("position", "seconds", "watched"),
    [
        (10_000, 10, 10_000),
        (11_500, 10, 10_000),  # ahead by what a report may be; in all no more than the clock
        (18_000, 10, 10_000),  # played faster
        (600_000, 10, 0),  # a jump
        (0, 10, 0),
    ],
)
def test_what_counts_as_watched(position: int, seconds: int, watched: int) -> None:
    assert newly_watched(PLAYING, position, later(seconds)) == watched


def test_pauses_and_going_back_do_not_count() -> None:
    paused = replace(PLAYING, state=State.PAUSED)
    assert newly_watched(paused, 10_000, later(10)) == 0
    ahead = replace(PLAYING, position_ms=50_000)
    assert newly_watched(ahead, 20_000, later(10)) == 0


@given(st.lists(st.tuples(st.integers(0, 4_000_000), st.integers(0, 60_000)), max_size=50))
def test_nobody_watches_longer_than_the_session_lasts(reports: list[tuple[int, int]]) -> None:
    session, now = PLAYING, START
    for position, millis in reports:
        now += timedelta(milliseconds=millis)
        watched = newly_watched(session, position, now)
        assert watched >= 0
        session = replace(
            session,
            position_ms=position,
            watched_ms=session.watched_ms + watched,
            last_activity=now,
        )
    assert timedelta(milliseconds=session.watched_ms) <= now - START


@given(st.lists(st.sampled_from([*State]), max_size=10))
def test_what_is_over_stays_over(wanted: list[State]) -> None:
    state, ended = State.PLAYING, False
    for to in wanted:
        if to in TRANSITIONS[state]:
            assert not ended
            assert (state, to) != (State.PAUSED, State.ENDED)
            state = to
            ended = state in OVER
    assert all(not TRANSITIONS[over] for over in OVER)


@given(
    st.sampled_from([*ItemKind]),
    st.integers(0, 10_000_000),
    st.one_of(st.none(), st.integers(0, 10_000_000)),
)
def test_who_completed_something_begins_anew(
    kind: ItemKind, position: int, duration: int | None
) -> None:
    found = resume_ms(kind, position, duration)
    assert found in (0, position)
    assert (found == 0) == (is_completed(kind, position, duration) or position == 0)


@pytest.mark.parametrize(
    ("kind", "position", "duration", "completed"),
    [
        (ItemKind.VIDEO, 89_900, 100_000, False),
        (ItemKind.VIDEO, 90_000, 100_000, True),
        (ItemKind.TRACK, 29_000, 58_000, False),
        (ItemKind.TRACK, 30_000, 60_000, True),
        (ItemKind.TRACK, 14_000, 20_000, True),
        (ItemKind.TRACK, 90_000, 3_600_000, True),
        (ItemKind.OTHER, 79_000, 100_000, False),
        (ItemKind.OTHER, 80_000, 100_000, True),
        (ItemKind.VIDEO, 80_000, None, False),
    ],
)
def test_completion_goes_by_kind(
    kind: ItemKind, position: int, duration: int | None, completed: bool
) -> None:
    assert is_completed(kind, position, duration) is completed


def test_bit_rates() -> None:
    server = ServerAbilities(extracts_subtitles=False, encoders=frozenset({"h264", "aac"}))
    profile = BUILTIN_PROFILES["chrome"]
    plain = replace(
        media(video(), audio(), container="mov,mp4,m4a,3gp,3g2,mj2"), bit_rate=5_000_000
    )
    direct = decide(plain, profile, Wishes(), server)
    assert bit_rate_of(plain, direct) == 5_000_000
    limited = decide(plain, profile, Wishes(max_bit_rate=1_000_000), server)
    found = bit_rate_of(plain, limited)
    assert found is not None
    assert 0 < found <= 1_000_000
