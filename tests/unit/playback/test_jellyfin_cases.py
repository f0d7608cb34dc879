"""The cases of Jellyfin's own tests, read from the shared folder where there is one."""

from __future__ import annotations

import pytest

from reelhouse_playback.decisions.model import Decision, Method, ServerAbilities, decide
from reelhouse_playback.device_profiles.model import Protocol
from tests.unit.playback.jellyfin_media import (
    Case,
    read_cases,
    read_media,
    read_profile,
    wishes,
)

CASES = read_cases()
NO_EXTRACTION = ServerAbilities(extracts_subtitles=False)
EVERYTHING = ServerAbilities()


def decided(case: Case, server: ServerAbilities) -> Decision:
    media = read_media(case.media)
    return decide(media, read_profile(case.device), wishes(case, media), server)


def plain(name: str | None) -> str:
    """Jellyfin's "VideoFramerateNotSupported" and our "video_framerate_not_supported" alike."""
    return (name or "").replace("_", "").lower()


@pytest.mark.parametrize("server", [NO_EXTRACTION, EVERYTHING], ids=["no-extraction", "all"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_agrees_with_jellyfin(case: Case, server: ServerAbilities) -> None:
    decision = decided(case, server)
    assert plain(decision.play_method) == plain(case.play_method)
    assert {plain(reason) for reason in decision.reasons} == {plain(r) for r in case.reasons}
    # Of files played as they are, the last two columns are the source's defaults: Chrome would
    # be sent HLS in MP4, and they say HLS in TS. So there is nothing to agree with.
    if decision.method is not Method.DIRECT:
        http = decision.protocol is Protocol.HTTP
        assert plain(decision.transcode_mode) == plain(case.transcode_mode)
        assert ("http" if http else f"HLS.{decision.container}") == case.protocol
        assert decision.playable


@pytest.mark.parametrize("case", CASES, ids=str)
def test_our_method_follows_what_happens_to_the_streams(case: Case) -> None:
    decision = decided(case, NO_EXTRACTION)
    expected = {
        "DirectStream": Method.TRANSCODE,
        "Remux": Method.REMUX,
        "Transcode": Method.TRANSCODE,
    }[case.transcode_mode]
    assert decision.method is (Method.DIRECT if case.play_method == "DirectPlay" else expected)
