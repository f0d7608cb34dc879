"""Names of subtitle files beside a video: our own table."""

from __future__ import annotations

import pytest

from reelhouse_naming import Subtitle, read_subtitle

# File, name of the video, what is to be read.
BESIDE_A_VIDEO = [
    ("Film.srt", Subtitle("Film", format="srt")),
    ("Film.en.srt", Subtitle("Film", "en", format="srt")),
    ("Film.eng.srt", Subtitle("Film", "en", format="srt")),
    ("Film.English.srt", Subtitle("Film", "en", format="srt")),
    ("Film.pt-BR.srt", Subtitle("Film", "pt", format="srt")),
    ("Film.zh-Hans.ass", Subtitle("Film", "zh", format="ass")),
    ("Film-en.srt", Subtitle("Film", "en", format="srt")),
    ("Film.en.forced.srt", Subtitle("Film", "en", forced=True, format="srt")),
    ("Film.forced.en.SRT", Subtitle("Film", "en", forced=True, format="srt")),
    ("Film.foreign.en.srt", Subtitle("Film", "en", forced=True, format="srt")),
    ("Film.en.sdh.srt", Subtitle("Film", "en", hearing_impaired=True, format="srt")),
    ("Film.en.[SDH].srt", Subtitle("Film", "en", hearing_impaired=True, format="srt")),
    ("Film.English SDH.srt", Subtitle("Film", "en", hearing_impaired=True, format="srt")),
    ("Film.cc.srt", Subtitle("Film", hearing_impaired=True, format="srt")),
    ("Film.en.hi.srt", Subtitle("Film", "en", hearing_impaired=True, format="srt")),
    ("Film.hi.srt", Subtitle("Film", "hi", format="srt")),
    ("Film.default.de.vtt", Subtitle("Film", "de", default=True, format="vtt")),
    ("Film.Signs & Songs.en.ass", Subtitle("Film", "en", "Signs & Songs", format="ass")),
    ("Film.fr.en.srt", Subtitle("Film", "en", "fr", format="srt")),
    ("Film.fil.srt", Subtitle("Film", "fil", format="srt")),
]


@pytest.mark.parametrize(("file", "expected"), BESIDE_A_VIDEO)
def test_reads_what_follows_the_name_of_the_video(file: str, expected: Subtitle) -> None:
    assert read_subtitle(f"/srv/films/{file}", "Film") == expected


@pytest.mark.parametrize(
    ("file", "media_name", "language"),
    [
        ("Film.en.srt", "Film", "en"),
        ("Show.S01E01.fr.srt", "Show.S01E01", "fr"),
        ("Anime.01.de.forced.srt", "Anime.01", "de"),
        ("Show.S02E03.en.forced.sdh.srt", "Show.S02E03", "en"),
        ("Show.S01E01.srt", "Show.S01E01", ""),
        ("Mixed.Case.S01E02.En.sSa", "Mixed.Case.S01E02", "en"),
        ("en.srt", "en", ""),
    ],
)
def test_finds_the_name_of_the_video(file: str, media_name: str, language: str) -> None:
    subtitle = read_subtitle(file)
    assert subtitle is not None
    assert (subtitle.media_name, subtitle.language) == (media_name, language)


@pytest.mark.parametrize("file", ["Film.mkv", "Film.flac", "Film", "", "Film.nfo"])
def test_other_files_are_no_subtitles(file: str) -> None:
    assert read_subtitle(file, "Film") is None


def test_languages_have_longer_codes_too() -> None:
    subtitle = read_subtitle("Film.fr.srt", "Film")
    assert subtitle is not None
    assert subtitle.language_bibliographic == "fre"
    assert Subtitle("Film").language_bibliographic == ""
