"""Lists of containers and codecs as device profiles have them."""

from __future__ import annotations

import pytest

from reelhouse_playback.device_profiles.model import (
    CodecKind,
    CodecProfile,
    Protocol,
    canonical,
    listed,
    names,
)


@pytest.mark.parametrize(
    ("text", "said", "allowed"),
    [
        ("", "mkv", True),  # empty: any
        ("", "", False),  # but an unknown one is in no list
        ("mp4,mkv", "mkv", True),
        ("mp4,mkv", "avi", False),
        ("mp4, MKV ,,", "mkv", True),
        ("MP4", "mp4", True),
        ("mkv", "matroska", True),
        ("matroska", "mkv", True),
        ("ts", "mpegts", True),
        ("mp4", "mov,mp4,m4a,3gp,3g2,mj2", True),
        ("mov", "mov,mp4,m4a,3gp,3g2,mj2", True),
        ("mkv", "mov,mp4,m4a,3gp,3g2,mj2", False),
        ("-mp4", "mkv", True),  # all but these
        ("-mp4,ts", "ts", False),
        ("-mp4,ts", "mkv", True),
        ("-mov", "mov,mp4,m4a,3gp,3g2,mj2", False),  # one of its names is enough
        ("-mp4", "", True),
        ("-", "mp4", True),
        ("mp4", "mp", False),
        ("h265", "hevc", True),
        ("dca", "dts", True),
        ("pgs", "hdmv_pgs_subtitle", True),
        ("vobsub", "dvd_subtitle", True),
        ("srt", "subrip", True),
        ("vtt", "webvtt", True),
    ],
)
def test_lists(text: str, said: str, allowed: bool) -> None:
    assert listed(text, names(said)) is allowed


def test_names_keep_their_order_and_come_once() -> None:
    assert names("AAC,matroska, mkv,,aac") == ("aac", "mkv")


def test_canonical_names_stay_as_they_are() -> None:
    for name in ("matroska", "h265", "sup", "dvb_subtitle", "mp4"):
        assert canonical(canonical(name)) == canonical(name)


@pytest.mark.parametrize(
    ("container", "sub_container", "made_in", "protocol", "covered"),
    [
        ("", "", "mp4", None, True),
        ("mp4", "", "mp4", None, True),
        ("mp4", "", "ts", Protocol.HLS, False),
        ("-mp4,ts", "", "ts", Protocol.HLS, False),
        ("-mp4,ts", "", "mkv", None, True),
        ("hls", "mp4", "mp4", Protocol.HLS, True),
        ("HLS", "mp4", "mp4", Protocol.HLS, True),
        ("hls", "mp4", "ts", Protocol.HLS, False),
        ("hls", "", "ts", Protocol.HLS, True),
        ("hls", "mp4", "mp4", None, False),  # a file is no playlist
        ("hls", "mp4", "mp4", Protocol.HTTP, False),
    ],
)
def test_codec_profiles_are_limited_to_containers(
    container: str, sub_container: str, made_in: str, protocol: Protocol | None, covered: bool
) -> None:
    entry = CodecProfile(CodecKind.VIDEO, "h264", container, sub_container)
    assert entry.covers("h264", (made_in,), protocol) is covered
    assert not entry.covers("hevc", (made_in,), protocol)


def test_a_codec_profile_of_any_codec_covers_an_unknown_one() -> None:
    assert CodecProfile(CodecKind.VIDEO).covers("", ("mp4",))
    assert not CodecProfile(CodecKind.VIDEO, "h264").covers("", ("mp4",))
