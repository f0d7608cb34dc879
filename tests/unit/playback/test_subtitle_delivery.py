"""How subtitles reach a device, from a file as it is and from what is made."""

from __future__ import annotations

import pytest

from reelhouse_playback.decisions.model import Method, Reason, ServerAbilities, Wishes, decide
from reelhouse_playback.decisions.subtitles import Delivery, Output, delivery, is_text
from reelhouse_playback.device_profiles.model import (
    Protocol,
    SubtitleMethod,
    SubtitleProfile,
)
from tests.unit.playback.builders import (
    audio,
    makes,
    media,
    plays,
    profile,
    shows,
    subtitle,
    video,
)

ENCODE = SubtitleMethod.ENCODE
EMBED = SubtitleMethod.EMBED
EXTERNAL = SubtitleMethod.EXTERNAL
HLS = SubtitleMethod.HLS
DROP = SubtitleMethod.DROP

AS_IT_IS = Output(("mkv",))
HLS_MP4 = Output(("mp4",), Protocol.HLS)
HLS_MKV = Output(("mkv",), Protocol.HLS)
HTTP_MKV = Output(("mkv",), Protocol.HTTP)
HTTP_MP4 = Output(("mp4",), Protocol.HTTP)

TEXT = subtitle()
OUTSIDE = subtitle(external=True)
STYLED = subtitle(codec="ass")
PICTURES = subtitle(codec="hdmv_pgs_subtitle")


@pytest.mark.parametrize(
    ("stream", "entries", "output", "method", "name"),
    [
        # nothing fits: drawn into the picture
        (TEXT, [], AS_IT_IS, ENCODE, "srt"),
        (PICTURES, [shows("vtt", EXTERNAL)], AS_IT_IS, ENCODE, "pgssub"),
        (TEXT, [shows("srt", ENCODE)], AS_IT_IS, ENCODE, "srt"),
        # inside of the file
        (TEXT, [shows("srt", EMBED)], AS_IT_IS, EMBED, "srt"),
        (PICTURES, [shows("pgs", EMBED)], AS_IT_IS, EMBED, "pgs"),
        (TEXT, [shows("srt", EMBED, container="mkv,webm")], AS_IT_IS, EMBED, "srt"),
        (TEXT, [shows("srt", EMBED, container="mp4")], AS_IT_IS, ENCODE, "srt"),
        (OUTSIDE, [shows("srt", EMBED)], AS_IT_IS, ENCODE, "srt"),
        (TEXT, [shows("vtt", EMBED)], AS_IT_IS, EMBED, "vtt"),  # trusted with another text
        (TEXT, [shows("vtt", EMBED), shows("vtt", EXTERNAL)], AS_IT_IS, EXTERNAL, "vtt"),
        (STYLED, [shows("srt", EMBED)], AS_IT_IS, ENCODE, "ass"),
        # inside of what is made: only Matroska takes them
        (TEXT, [shows("srt", EMBED)], HTTP_MKV, EMBED, "srt"),
        (TEXT, [shows("vtt", EMBED)], HTTP_MKV, EMBED, "vtt"),
        (OUTSIDE, [shows("srt", EMBED)], HTTP_MKV, EMBED, "srt"),
        (TEXT, [shows("srt", EMBED)], HTTP_MP4, ENCODE, "srt"),
        (TEXT, [shows("srt", EMBED)], HLS_MP4, ENCODE, "srt"),
        (TEXT, [shows("srt", EMBED)], HLS_MKV, ENCODE, "srt"),
        (PICTURES, [shows("pgssub", EMBED)], HTTP_MKV, EMBED, "pgssub"),
        # beside it
        (TEXT, [shows("vtt", EXTERNAL)], AS_IT_IS, EXTERNAL, "vtt"),
        (TEXT, [shows("vtt", EXTERNAL), shows("srt", EXTERNAL)], AS_IT_IS, EXTERNAL, "srt"),
        (OUTSIDE, [shows("vtt", EXTERNAL)], HLS_MP4, EXTERNAL, "vtt"),
        (STYLED, [shows("vtt", EXTERNAL)], AS_IT_IS, ENCODE, "ass"),
        (STYLED, [shows("ass", EXTERNAL)], AS_IT_IS, EXTERNAL, "ass"),
        (TEXT, [shows("ass", EXTERNAL)], AS_IT_IS, ENCODE, "srt"),
        (PICTURES, [shows("sup", EXTERNAL)], HLS_MP4, EXTERNAL, "sup"),
        (PICTURES, [shows("dvdsub", EXTERNAL)], HLS_MP4, ENCODE, "pgssub"),
        # renditions of the playlist: only where there is one
        (TEXT, [shows("vtt", HLS), shows("vtt", EXTERNAL)], HLS_MP4, HLS, "vtt"),
        (TEXT, [shows("vtt", HLS), shows("vtt", EXTERNAL)], AS_IT_IS, EXTERNAL, "vtt"),
        (PICTURES, [shows("vtt", HLS)], HLS_MP4, ENCODE, "pgssub"),
        # left out when nothing else fits
        (PICTURES, [shows("pgssub", DROP), shows("vtt", EXTERNAL)], HLS_MP4, DROP, "pgssub"),
        (TEXT, [shows("srt", DROP), shows("vtt", EXTERNAL)], HLS_MP4, EXTERNAL, "vtt"),
        # languages
        (TEXT, [shows("srt", EMBED, language="eng,fre")], AS_IT_IS, EMBED, "srt"),
        (TEXT, [shows("srt", EMBED, language="fre")], AS_IT_IS, ENCODE, "srt"),
        (TEXT, [shows("srt", EMBED, language="-eng")], AS_IT_IS, ENCODE, "srt"),
        (
            subtitle(language=""),
            [shows("srt", EMBED, language="und")],
            AS_IT_IS,
            EMBED,
            "srt",
        ),
    ],
)
def test_delivery(
    stream: object,
    entries: list[SubtitleProfile],
    output: Output,
    method: SubtitleMethod,
    name: str,
) -> None:
    assert isinstance(stream, type(TEXT))
    found = delivery(stream, profile(*entries), ServerAbilities(), output)
    assert found == Delivery(method, name)


def test_text_that_cannot_be_taken_out_is_drawn_into_what_is_made() -> None:
    entries = profile(shows("vtt", EXTERNAL))
    server = ServerAbilities(extracts_subtitles=False)
    assert delivery(TEXT, entries, server, HLS_MP4).method is ENCODE
    assert delivery(OUTSIDE, entries, server, HLS_MP4).method is EXTERNAL
    assert delivery(TEXT, entries, server, AS_IT_IS).method is EXTERNAL


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("subrip", True),
        ("mov_text", True),
        ("ass", True),
        ("dvb_teletext", True),
        ("hdmv_pgs_subtitle", False),
        ("dvd_subtitle", False),
        ("dvb_subtitle", False),
        ("xsub", False),
        ("", False),
    ],
)
def test_text_or_pictures(codec: str, text: bool) -> None:
    assert is_text(subtitle(codec=codec)) is text
    assert is_text(subtitle(codec=codec, text_subtitle=True))


PLAYER = profile(plays(), makes(), shows("vtt", EXTERNAL))


def test_subtitles_that_must_be_drawn_are_a_reason_and_an_encoding() -> None:
    decision = decide(media(video(), audio(), subtitle(codec="dvd_subtitle", default=True)), PLAYER)
    assert decision.reasons == (Reason.SUBTITLE_CODEC_NOT_SUPPORTED,)
    assert decision.method is Method.TRANSCODE
    assert decision.subtitle_method is ENCODE


@pytest.mark.parametrize(
    ("wished", "default", "chosen"),
    [
        (None, None, 4),  # flagged as default
        (None, -1, None),
        (None, 3, 3),
        (None, 77, None),
        (-1, 3, None),
        (5, None, 5),
        (77, None, None),
        (1, None, None),  # that is sound
    ],
)
def test_which_subtitles(wished: int | None, default: int | None, chosen: int | None) -> None:
    file = media(
        video(),
        audio(),
        subtitle(3),
        subtitle(4, default=True),
        subtitle(5, forced=True),
        default_subtitle_index=default,
    )
    decision = decide(file, PLAYER, Wishes(subtitle_stream_index=wished))
    assert decision.subtitle_stream_index == chosen
    assert (decision.subtitle_method is None) == (chosen is None)


def test_forced_subtitles_are_shown_where_none_are_default() -> None:
    file = media(video(), audio(), subtitle(3), subtitle(4, forced=True))
    assert decide(file, PLAYER).subtitle_stream_index == 4
