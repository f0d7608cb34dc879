"""What tells copies of the same apart."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.organizing.looking import version_label
from reelhouse_naming import Facts

FILM = Facts(resolution=1080, source="bluray", video_codec="h264", audio_codec="dts")
COPIES = st.lists(
    st.builds(
        Facts,
        resolution=st.sampled_from([None, 720, 1080, 2160]),
        source=st.sampled_from(["", "bluray", "webdl"]),
        remux=st.booleans(),
        hdr=st.sampled_from([(), ("HDR10",), ("DV", "HDR10")]),
        video_codec=st.sampled_from(["", "h264", "h265"]),
        audio_codec=st.sampled_from(["", "aac", "truehd"]),
        audio_channels=st.sampled_from(["", "2.0", "5.1"]),
        edition=st.sampled_from(["", "IMAX"]),
        release_group=st.sampled_from(["", "GRP", "OTHER"]),
    ),
    min_size=2,
    max_size=5,
    unique=True,
)


def labels(copies: list[Facts], *, edition: bool) -> list[str]:
    return [
        version_label(own, [other for other in copies if other is not own], edition=edition)
        for own in copies
    ]


def test_only_what_differs_is_told() -> None:
    assert version_label(FILM, [], edition=True) == ""
    assert labels([FILM, replace(FILM, resolution=2160)], edition=True) == ["1080p", "2160p"]
    assert labels([FILM, replace(FILM, source="webdl")], edition=True) == [
        "1080p Bluray",
        "1080p WEBDL",
    ]
    hdr = replace(FILM, hdr=("DV", "HDR10"))
    assert labels([FILM, hdr], edition=True) == ["1080p", "1080p DV HDR10"]
    # Of films the edition is in the name anyway; of others it is a part of the label.
    imax = replace(FILM, edition="IMAX")
    assert labels([FILM, imax], edition=True) == ["1080p", "1080p"]
    assert labels([FILM, imax], edition=False) == ["1080p", "1080p IMAX"]


@given(copies=COPIES)
def test_copies_that_differ_are_told_apart(copies: list[Facts]) -> None:
    assert len(set(labels(copies, edition=False))) == len(copies)
