"""The profiles that come with Reelhouse, and which client gets which."""

from __future__ import annotations

import json

import pytest

from reelhouse_playback.decisions.model import Method, VideoRange, decide
from reelhouse_playback.device_profiles.builtin import BUILTIN_PROFILES, GENERIC, choose_builtin
from reelhouse_playback.device_profiles.jellyfin import dump_profile, parse_profile
from reelhouse_playback.device_profiles.model import MediaKind, Protocol, names
from tests.unit.playback.builders import audio, media, subtitle, video

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"
PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "profile_id"),
    [
        (f"{WINDOWS} Chrome/126.0.0.0 Safari/537.36", "chrome"),
        (f"{WINDOWS} Chrome/90.0.4430.72 Safari/537.36", "chrome"),
        (f"{WINDOWS} Chrome/89.0.4389.90 Safari/537.36", "chrome-legacy"),
        (f"{WINDOWS} HeadlessChrome/126.0.0.0 Safari/537.36", "chrome"),
        (f"{WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "edge"),
        (f"{WINDOWS} Chrome/64.0 Safari/537.36 Edge/17.17134", "edge"),
        (f"{WINDOWS} Chrome/125.0.0.0 Safari/537.36 OPR/111.0.0.0", "opera"),
        ("Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18", "opera"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "firefox"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:100.0) Gecko/20100101 Firefox/100.0", "firefox"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:99.0) Gecko/20100101 Firefox/99.0", "firefox-legacy"),
        (f"{MAC} Version/17.5 Safari/605.1.15", "safari"),
        (f"{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1", "ios"),
        (f"{IPHONE} CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1", "ios"),
        (f"{IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "ios"),
        ("AppleCoreMedia/1.0.0.21F90 (iPad; U; CPU OS 17_5 like Mac OS X; en_us)", "ios"),
        ("AppleCoreMedia/1.0.0.21L569 (Apple TV; U; CPU OS 17_5 like Mac OS X)", "apple-tv"),
        ("AppleTV11,1/11.1", "apple-tv"),
        ("Swiftfin/1.1 tvOS 17.5", "apple-tv"),
        (f"{PIXEL} Chrome/126.0.0.0 Mobile Safari/537.36", "android"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "android"),
        ("Dalvik/2.1.0 (Linux; U; Android 13; SM-S901B)", "android"),
        ("MyApp/1.0 (Linux;Android 11) ExoPlayerLib/2.18.7", "android"),
        ("Dalvik/2.1.0 (Linux; U; Android 11; SHIELD Android TV Build/RQ1A)", "shield"),
        ("Roku/DVP-12.5 (12.5.0.4178)", "roku"),
        ("Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) Version/6.0 TV Safari/537.36", "smart-tv"),
        (f"Mozilla/5.0 (Web0S; Linux/SmartTV) {WINDOWS} Chrome/94 Safari/537.36", "smart-tv"),
        ("Mozilla/5.0 (Linux; Android 9; AFTMM) AppleWebKit/537.36 Chrome/100", "smart-tv"),
        ("Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2) Chrome/100 Safari/537.36", "smart-tv"),
        ("VLC/3.0.20 LibVLC/3.0.20", GENERIC),
        ("Lavf/60.16.100", GENERIC),
        ("shortly after that", GENERIC),
        ("", GENERIC),
        ("Firefox/" + "9" * 5_000, "firefox"),
        ("x" * 10_000 + " Chrome/126", GENERIC),
    ],
)
def test_which_profile(user_agent: str, profile_id: str) -> None:
    assert choose_builtin(user_agent) == profile_id


CLASSES = {
    "generic", "ios", "apple-tv", "android", "shield", "roku", "smart-tv",
    "chrome", "chrome-legacy", "firefox", "firefox-legacy", "safari", "edge", "opera",
}  # fmt: skip


def test_every_class_has_a_profile() -> None:
    assert set(BUILTIN_PROFILES) == CLASSES
    assert len({profile.display_name for profile in BUILTIN_PROFILES.values()}) == len(CLASSES)


@pytest.mark.parametrize("profile_id", sorted(CLASSES))
def test_profiles_say_what_the_server_can_deliver(profile_id: str) -> None:
    profile = BUILTIN_PROFILES[profile_id]
    forms = profile.transcoding_profiles
    assert {form.kind for form in forms} == {MediaKind.VIDEO, MediaKind.AUDIO}
    for form in forms:
        assert (form.container, form.protocol) == ("mp4", Protocol.HLS)
        assert names(form.audio_codec)[0] == "aac"
        if form.kind is MediaKind.VIDEO:
            assert names(form.video_codec)[0] == "h264"
    assert profile.subtitle_profiles
    assert parse_profile(json.dumps(dump_profile(profile))) == profile


# What anything plays, and what nothing plays.
EASY = media(
    video(profile="Main", level=31, width=1280, height=720, rotation_degrees=0),
    audio(),
    container="mov,mp4,m4a,3gp,3g2,mj2",
)
HARD = media(
    video("hevc", profile="Rext", level=186, bit_depth=12, video_range=VideoRange.DOVI_WITH_EL),
    audio(codec="atrac3p", channel_count=8),
    subtitle(codec="dvb_subtitle", default=True),
    container="rm",
    bit_rate=200_000_000,
)
SONG = media(audio(0, "mp3"), container="mp3", bit_rate=192_000)


@pytest.mark.parametrize("profile_id", sorted(CLASSES))
def test_easy_media_plays_as_it_is_and_all_media_somehow(profile_id: str) -> None:
    profile = BUILTIN_PROFILES[profile_id]
    assert decide(EASY, profile).method is Method.DIRECT
    assert decide(SONG, profile).method is Method.DIRECT
    hard = decide(HARD, profile)
    assert hard.method is Method.TRANSCODE
    assert hard.playable
    assert (hard.video_codecs[0], hard.audio_codecs[0]) == ("h264", "aac")


@pytest.mark.parametrize(
    ("newer", "older"), [("chrome", "chrome-legacy"), ("firefox", "firefox-legacy")]
)
def test_only_newer_browsers_play_av1(newer: str, older: str) -> None:
    file = media(video("av1", profile="Main", level=8), audio(codec="opus"), container="webm")
    assert decide(file, BUILTIN_PROFILES[newer]).method is Method.DIRECT
    assert decide(file, BUILTIN_PROFILES[older]).method is Method.TRANSCODE


@pytest.mark.parametrize("profile_id", ["ios", "android"])
def test_what_is_made_for_phones_is_small_but_their_files_need_not_be(profile_id: str) -> None:
    profile = BUILTIN_PROFILES[profile_id]
    full_hd = media(video(level=40), audio(), container="mp4")
    assert decide(full_hd, profile).method is Method.DIRECT
    made = decide(media(video("mpeg2video"), audio(), container="mpeg"), profile)
    assert (made.max_width, made.max_height) == (1280, 720)


def test_apple_gets_hevc_with_the_code_it_knows() -> None:
    file = media(
        video("hevc", profile="Main 10", codec_tag="hev1", video_range=VideoRange.HDR10),
        audio(),
        container="mp4",
    )
    decision = decide(file, BUILTIN_PROFILES["safari"])
    assert decision.method is Method.REMUX
    assert decision.video_targets[0].codec_tags == ("hvc1", "dvh1")
