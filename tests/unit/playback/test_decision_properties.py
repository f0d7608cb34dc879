"""What holds for any media, any profile and any wish."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reelhouse_playback.decisions.model import (
    MediaFacts,
    Method,
    Reason,
    ServerAbilities,
    Stream,
    StreamAction,
    StreamKind,
    VideoRange,
    Wishes,
    decide,
)
from reelhouse_playback.device_profiles.builtin import BUILTIN_PROFILES, choose_builtin
from reelhouse_playback.device_profiles.jellyfin import (
    ProfileError,
    dump_profile,
    load_profile,
    parse_profile,
)
from reelhouse_playback.device_profiles.model import (
    CodecKind,
    CodecProfile,
    ContainerProfile,
    DeviceProfile,
    DirectPlayProfile,
    MediaKind,
    Operator,
    ProfileCondition,
    Property,
    Protocol,
    SubtitleMethod,
    SubtitleProfile,
    TranscodingProfile,
)

# Few names, so that media and profiles meet.
CONTAINERS = st.sampled_from(
    ["", "mp4", "mkv", "ts", "webm", "matroska,webm", "mov,mp4,m4a", "-mkv", "hls", ",", "avi"]
)
VIDEO_CODECS = st.sampled_from(["", "h264", "hevc", "vp9", "h264,hevc", "-h264", "vp8", "x y"])
AUDIO_CODECS = st.sampled_from(["", "aac", "ac3", "opus", "aac,ac3", "-aac", "flac", "mp3"])
SUBTITLES = st.sampled_from(["", "subrip", "srt", "vtt", "ass", "hdmv_pgs_subtitle", "dvdsub"])
VALUES = st.sampled_from(
    ["", "1", "2", "8", "41", "1920", "true", "false", "SDR|HDR10", "high|main", "x|", "-1", "1e9"]
)
COUNTS = st.none() | st.integers(-1, 10)
RATES = st.none() | st.integers(-1, 50_000_000)

streams = st.builds(
    Stream,
    index=st.integers(-1, 6),
    kind=st.sampled_from(StreamKind),
    codec=VIDEO_CODECS | AUDIO_CODECS | SUBTITLES,
    codec_tag=st.sampled_from(["", "avc1", "hev1"]),
    profile=st.sampled_from(["", "High", "Main 10"]),
    level=st.none() | st.floats(0, 200),
    language=st.sampled_from(["", "eng", "fre"]),
    default=st.booleans(),
    forced=st.booleans(),
    external=st.booleans(),
    bit_rate=RATES,
    bit_depth=COUNTS,
    width=st.none() | st.integers(0, 8000),
    height=st.none() | st.integers(0, 5000),
    frame_rate=st.none() | st.floats(),
    reference_frame_count=COUNTS,
    video_range=st.none() | st.sampled_from(VideoRange),
    rotation_degrees=st.none() | st.sampled_from([0, 90, 180]),
    interlaced=st.none() | st.booleans(),
    anamorphic=st.none() | st.booleans(),
    avc=st.none() | st.booleans(),
    packet_length=st.none() | st.just(188),
    channel_count=COUNTS,
    sample_rate=st.none() | st.just(48_000),
    text_subtitle=st.none() | st.booleans(),
    attached_picture=st.booleans(),
)
medias = st.builds(
    MediaFacts,
    container=CONTAINERS,
    streams=st.lists(streams, max_size=6).map(tuple),
    bit_rate=RATES,
    default_audio_index=COUNTS,
    default_subtitle_index=COUNTS,
    timestamp=st.sampled_from(["", "none", "valid"]),
)
conditions = st.lists(
    st.builds(
        ProfileCondition,
        st.sampled_from(Operator),
        st.sampled_from(Property),
        VALUES,
        st.booleans(),
    ),
    max_size=2,
).map(tuple)
KINDS = st.sampled_from([MediaKind.VIDEO, MediaKind.VIDEO, MediaKind.AUDIO])


def some(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(entries, max_size=3).map(tuple)


profiles = st.builds(
    DeviceProfile,
    max_streaming_bit_rate=st.none() | st.integers(0, 50_000_000),
    max_static_bit_rate=st.none() | st.integers(0, 50_000_000),
    max_music_bit_rate=st.none() | st.integers(0, 1_000_000),
    direct_play_profiles=some(
        st.builds(DirectPlayProfile, KINDS, CONTAINERS, VIDEO_CODECS, AUDIO_CODECS)
    ),
    transcoding_profiles=some(
        st.builds(
            TranscodingProfile,
            KINDS,
            CONTAINERS,
            VIDEO_CODECS,
            AUDIO_CODECS,
            st.sampled_from(Protocol),
            st.none() | st.integers(0, 8),
            conditions=conditions,
            for_download=st.booleans(),
        )
    ),
    container_profiles=some(st.builds(ContainerProfile, KINDS, CONTAINERS, conditions)),
    codec_profiles=some(
        st.builds(
            CodecProfile,
            st.sampled_from(CodecKind),
            VIDEO_CODECS | AUDIO_CODECS,
            CONTAINERS,
            CONTAINERS,
            conditions,
            conditions,
        )
    ),
    subtitle_profiles=some(
        st.builds(
            SubtitleProfile,
            SUBTITLES,
            st.sampled_from(SubtitleMethod),
            st.sampled_from(["", "eng", "-eng"]),
            CONTAINERS,
        )
    ),
)
wishes = st.builds(
    Wishes,
    audio_stream_index=COUNTS,
    subtitle_stream_index=COUNTS,
    max_bit_rate=RATES,
    direct_play_disabled=st.booleans(),
    for_download=st.booleans(),
)
servers = st.builds(
    ServerAbilities,
    extracts_subtitles=st.booleans(),
    encoders=st.none() | st.frozensets(st.sampled_from(["h264", "aac", "opus", "vp9"])),
)


@settings(max_examples=400, deadline=None)
@given(medias, profiles, wishes, servers)
def test_a_decision_makes_sense(
    media: MediaFacts, profile: DeviceProfile, wish: Wishes, server: ServerAbilities
) -> None:
    decision = decide(media, profile, wish, server)
    assert (decision.method is Method.DIRECT) == (not decision.reasons)
    assert list(decision.reasons) == [r for r in Reason if r in decision.reasons]

    for kind, chosen, action in (
        (StreamKind.VIDEO, decision.video_stream_index, decision.video_action),
        (StreamKind.AUDIO, decision.audio_stream_index, decision.audio_action),
    ):
        found = [s for s in media.of_kind(kind) if s.index == chosen]
        assert bool(found) == (chosen is not None)
        assert action is StreamAction.NONE or found
    subtitle = decision.subtitle_stream_index
    assert subtitle is None or media.find(StreamKind.SUBTITLE, subtitle)
    assert (decision.subtitle_method is None) == (subtitle is None)

    actions = {decision.video_action, decision.audio_action}
    if decision.method is Method.DIRECT:
        assert not wish.direct_play_disabled
        assert decision.subtitle_method is not SubtitleMethod.ENCODE
    if decision.method is not Method.TRANSCODE:
        assert StreamAction.ENCODE not in actions
        assert decision.playable
    if decision.subtitle_method is SubtitleMethod.ENCODE:
        assert decision.video_action is StreamAction.ENCODE
    assert decide(media, profile, wish, server) == decision


@settings(max_examples=200, deadline=None)
@given(medias, profiles, wishes, st.integers(1, 50_000_000), st.integers(0, 50_000_000))
def test_more_bits_never_turn_direct_play_into_anything_else(
    media: MediaFacts, profile: DeviceProfile, wish: Wishes, limit: int, more: int
) -> None:
    def method(max_bit_rate: int) -> Method:
        changed = Wishes(wish.audio_stream_index, wish.subtitle_stream_index, max_bit_rate)
        return decide(media, profile, changed).method

    if method(limit) is Method.DIRECT:
        assert method(limit + more) is Method.DIRECT


@settings(max_examples=100, deadline=None)
@given(medias, st.sampled_from(sorted(BUILTIN_PROFILES)))
def test_built_in_profiles_decide_on_anything(media: MediaFacts, profile_id: str) -> None:
    decide(media, BUILTIN_PROFILES[profile_id])


@settings(max_examples=200, deadline=None)
@given(profiles)
def test_profiles_survive_being_stored(profile: DeviceProfile) -> None:
    assert load_profile(json.loads(json.dumps(dump_profile(profile)))) == profile


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["Name", "MaxStaticBitrate", "CodecProfiles", "Conditions", "Type", "Value"]
            )
            | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def problems_of(text: str) -> tuple[tuple[str, str], ...]:
    """Returns what is wrong with a profile; anything but a ProfileError fails the test."""
    try:
        profile = parse_profile(text)
    except ProfileError as error:
        return error.problems or (("", "an error without a problem"),)
    assert load_profile(dump_profile(profile)) == profile
    return ()


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_json_is_a_profile_or_an_error(value: object) -> None:
    assert all(path.startswith("$") for path, _ in problems_of(json.dumps(value)))


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_a_profile_or_an_error(text: str) -> None:
    assert all(path.startswith("$") for path, _ in problems_of(text))


@given(st.text())
def test_any_user_agent_has_a_profile(user_agent: str) -> None:
    assert choose_builtin(user_agent) in BUILTIN_PROFILES
