"""How many decisions a second one core makes: over the shared cases, or media of our own."""

from __future__ import annotations

import time
from itertools import cycle, islice

from reelhouse_playback.decisions.model import MediaFacts, Wishes, decide
from reelhouse_playback.device_profiles.builtin import BUILTIN_PROFILES
from reelhouse_playback.device_profiles.model import DeviceProfile
from tests.bench.figures import Figure
from tests.unit.playback.builders import audio, media, subtitle, video
from tests.unit.playback.jellyfin_media import read_cases, read_media, read_profile, wishes

DECISIONS = 4_000
ROUNDS = 3

Question = tuple[MediaFacts, DeviceProfile, Wishes]


def shared_questions() -> list[Question]:
    """Returns the questions of the shared cases; none where there is no shared folder."""
    return [
        (read_media(case.media), read_profile(case.device), wishes(case, read_media(case.media)))
        for case in read_cases()
    ]


def own_questions() -> list[Question]:
    """Returns one question per built-in profile and kind of file."""
    files = [
        media(video(), audio(), subtitle(default=True), container="mov,mp4,m4a,3gp,3g2,mj2"),
        media(video("hevc", profile="Main 10"), audio(codec="dts", channel_count=6)),
        media(video("vp9"), audio(codec="opus"), container="matroska,webm"),
        media(audio(0, "flac"), container="flac"),
    ]
    return [(file, profile, Wishes()) for file in files for profile in BUILTIN_PROFILES.values()]


def run() -> list[Figure]:
    """Measures on one core; the best of several rounds."""
    questions = shared_questions() or own_questions()
    asked = list(islice(cycle(questions), DECISIONS))
    best = max(_measure(asked) for _ in range(ROUNDS))
    return [Figure("playback decisions", f"{best:,.0f} /s", aim="at least 2,000 /s")]


def _measure(asked: list[Question]) -> float:
    started = time.perf_counter()
    for file, profile, wish in asked:
        decide(file, profile, wish)
    return len(asked) / (time.perf_counter() - started)
