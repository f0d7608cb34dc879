"""Names that templates give, one by one."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from reelhouse_naming import Facts
from reelhouse_naming.rendering import (
    DEFAULT_TEMPLATES,
    MAX_TEMPLATE,
    PLACEHOLDERS,
    Subject,
    TemplateError,
    TemplateKind,
    UnnamableError,
    compile_template,
)

TRASH_FILM = (
    "{Movie CleanTitle} {(Release Year)} {tmdb-{TmdbId}} {edition-{Edition Tags}} {[Quality Full]}"
    "{[MediaInfo VideoDynamicRangeType]}{[Mediainfo AudioCodec}{ Mediainfo AudioChannels]}"
    "{[Mediainfo VideoCodec]}{-Release Group}"
)
TRASH_EPISODE = (
    "{Series TitleYear} - S{season:00}E{episode:00} - {Episode CleanTitle} [{Quality Full}]"
    "{[MediaInfo VideoDynamicRangeType]}{-Release Group}"
)
FILM: dict[str, Any] = {
    "title": "Film & Friends!",
    "year": 1999,
    "external_ids": MappingProxyType({"tmdb": "603"}),
    "source": "bluray",
    "resolution": 2160,
    "remux": True,
    "hdr": ("DV", "HDR10"),
    "audio_codec": "truehd",
    "audio_channels": "7.1",
    "video_codec": "h265",
    "release_group": "GRP",
    "version": 2,
}


def rendered(template: str, *, original: str = "", label: str = "", **facts: Any) -> str:
    subject = Subject(Facts(**facts), original, "mkv", label)
    return compile_template(template).render(subject)


def default(kind: TemplateKind, *, label: str = "", **facts: Any) -> str:
    return rendered(DEFAULT_TEMPLATES[kind], label=label, **facts)


def test_the_templates_that_users_have_already_work() -> None:
    assert rendered(TRASH_FILM, **FILM) == (
        "Film and Friends (1999) {tmdb-603} [Bluray-2160p Remux Proper][DV HDR10][TrueHD 7.1][h265]"
        "-GRP.mkv"
    )
    assert rendered(TRASH_FILM, title="Film", year=1999) == "Film (1999).mkv"
    assert rendered(TRASH_FILM, title="Film", edition="Final Cut") == (
        "Film {edition-Final Cut}.mkv"
    )
    show: dict[str, Any] = {"title": "Show!", "year": 2010, "season": 1}
    assert rendered(
        TRASH_EPISODE,
        **show,
        episodes=(1, 2),
        episode_titles=("One", "Two"),
        source="webdl",
        resolution=1080,
        release_group="G",
    ) == ("Show! (2010) - S01E01-E02 - One - Two [WEBDL-1080p]-G.mkv")
    assert rendered(TRASH_EPISODE, **show, episodes=(1,)) == "Show! (2010) - S01E01.mkv"


@pytest.mark.parametrize(
    ("kind", "facts", "expected"),
    [
        ("movie", {"title": "Film", "year": 1999}, "Film (1999)/Film (1999).mkv"),
        ("movie", {"title": "Film", "part": 2}, "Film/Film - pt2.mkv"),
        (
            "movie_version",
            {"title": "Film", "year": 1999, "edition": "Director's Cut", "label": "2160p HDR10"},
            "Film (1999)/Film (1999) - {edition-Director's Cut} 2160p HDR10.mkv",
        ),
        (
            "movie_version",
            {"title": "Film", "year": 1999, "label": "1080p", "part": 1},
            "Film (1999)/Film (1999) - 1080p - pt1.mkv",
        ),
        (
            "movie_version",
            {"title": "Film", "year": 1999, "edition": "IMAX"},
            "Film (1999)/Film (1999) - {edition-IMAX}.mkv",
        ),
        (
            "episode",
            {"title": "Show", "season": 1, "episodes": (1, 3), "label": "720p"},
            "Show/Season 01/Show - S01E01+E03 - 720p.mkv",
        ),
        (
            "special",
            {"title": "Show", "season": 0, "episodes": (4,), "episode_titles": ("Making of",)},
            "Show/Season 00/Show - S00E04 - Making of.mkv",
        ),
        (
            "anime",
            {"title": "Show", "season": 2, "episodes": (1, 2), "absolute_episodes": (13, 14)},
            "Show/Season 02/Show - S02E01-E02 - 013-014.mkv",
        ),
        (
            "daily",
            {"title": "Show", "season": 2011, "air_date": date(2011, 1, 5)},
            "Show/Season 2011/Show - 2011-01-05.mkv",
        ),
        (
            "track",
            {"title": "Album", "creator": "AC/DC", "disc": 2, "part": 3, "year": 1980},
            "AC-DC/Album (1980)/2-03.mkv",
        ),
        ("track", {"title": "Album", "part": 3, "episode_titles": ("T",)}, "Album/03 - T.mkv"),
        (
            "audiobook",
            {
                "title": "Title",
                "creator": "Author",
                "book_series": "Series",
                "book_series_index": "1.5",
                "year": 1994,
                "narrator": "Voice",
                "part": 3,
            },
            "Author/Series/Vol 1.5 - 1994 - Title {Voice}/Title - Part 03.mkv",
        ),
        ("audiobook", {"title": "Title", "creator": "Author"}, "Author/Title/Title.mkv"),
    ],
)
def test_the_default_templates(kind: str, facts: dict[str, Any], expected: str) -> None:
    assert default(TemplateKind(kind), **facts) == expected


@pytest.mark.parametrize(
    ("template", "episodes", "expected"),
    [
        ("S{season:00}E{episode:00}", (1,), "S01E01"),
        ("S{season:00}E{episode:00}", (3, 1, 2), "S01E01-E03"),
        ("S{season:00}E{episode:00}", (1, 3, 5), "S01E01E03E05"),
        ("S{season:00}E{episode:00}", (1, 3), "S01E01+E03"),
        ("s{season}e{episode}", (1, 2), "s1e1-e2"),
        ("{season}x{episode:00}", (1, 2, 3), "1x01-03"),
        ("{season}x{episode:00}", (1, 3, 5), "1x01x03x05"),
        ("{episode:000}", (1, 2), "001-002"),
        ("{episode:000}", (1, 3, 5), "001+003+005"),
        ("{episode:0}", (12,), "12"),
    ],
)
def test_numbers(template: str, episodes: tuple[int, ...], expected: str) -> None:
    assert rendered(template, season=1, episodes=episodes) == f"{expected}.mkv"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{Movie Title}", "The Big Film"),
        ("{movie title}", "the big film"),
        ("{MOVIE TITLE}", "THE BIG FILM"),
        ("{Movie.Title}", "The.Big.Film"),
        ("{Movie_Title}", "The_Big_Film"),
        ("{Movie TitleThe}", "Big Film, The"),
        ("{Movie SortTitle}", "big film"),
        ("{Movie TitleFirstCharacter}/{Movie Title:7}", "B/The Big"),
        ("{Movie TitleYear}", "The Big Film (1999)"),
        ('{Edition Tags|Release Group|"None"} {Title}', "None The Big Film"),
        ("{Edition Tags|Title}", "The Big Film"),
        ("{Title} - {Edition} - {Year}", "The Big Film - 1999"),
        ("{Title} {Edition} [{Quality}] ({Year})", "The Big Film (1999)"),
        ("{Edition} - {Title}", "The Big Film"),
        ("{Title}< of {Artist} and {Author}>", "The Big Film"),
        ("{Title}< of {Year} and {Author}>", "The Big Film of 1999 and"),
        ("{{{Title}}}", "{The Big Film}"),
        ("{Edition}/{Release Group}/{Title}", "The Big Film"),
        ("{Title}.{Extension}", "The Big Film"),
        ("{Title}{.Extension}", "The Big Film"),
        ("{Original Title}", "the.name.it.had"),
    ],
)
def test_the_notation(template: str, expected: str) -> None:
    made = rendered(template, title="The Big Film", year=1999, original="the.name.it.had")
    assert made == f"{expected}.mkv"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Film: The Sequel?", "Film - The Sequel"),
        ("2:22 / AC\\DC | *", "2-22 - AC-DC -"),
        ('"Quoted" <Film>', "'Quoted' Film"),
        ("???", "_"),
        ("...", "_"),
        ("-", "_"),
        ("!!!", "!!!"),
        ("...And Justice", "And Justice"),
        ("Film. . .", "Film"),
        ("con", "con_"),
        ("Com1.part", "Com1_.part"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("a\u0000b\nc\u200bd", "a b cd"),
        ("..", "_"),
    ],
)
def test_titles_become_legal_names(title: str, expected: str) -> None:
    assert rendered("{Title}/x {Title}", title=title).split("/")[0] == expected


def test_what_is_too_long_is_cut_where_it_hurts_least() -> None:
    facts: dict[str, Any] = {"title": "T" * 200, "season": 1, "episodes": (1, 3, 5)}
    made = default(TemplateKind.EPISODE, **facts, episode_titles=("\u65e5\u672c" * 100,))
    file = made.split("/")[-1]
    assert len(file.encode()) <= 255
    assert file.startswith("T" * 200 + " - S01E01E03E05 - \u65e5\u672c")
    assert file.endswith(".mkv")
    made = default(TemplateKind.EPISODE, **facts | {"title": "T" * 300}, episode_titles=("x" * 9,))
    assert made.split("/")[-1].endswith("T - S01E01E03E05.mkv")


def test_graphemes_stay_whole() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    flag = "\U0001f1eb\U0001f1f7"
    for letter in (family, flag, "e\u0323\u0302", "\u1100\u1161\u11a8", "\U0001f44d\U0001f3fd"):
        made = rendered("{Title}", title=letter * 100).removesuffix(".mkv")
        whole = rendered("{Title}", title=letter).removesuffix(".mkv")
        assert made == whole * (len(made) // len(whole))
        assert 200 < len(made.encode()) <= 251


@pytest.mark.parametrize(
    ("template", "problem", "position"),
    [
        ("", "has a folder or file without a name", 1),
        ("{Title}//{Title}", "has a folder or file without a name", 9),
        ("/{Title}", "has a folder or file without a name", 1),
        ("a/b", "names every file alike", 3),
        ("{Title}/b", "names every file alike", 9),
        ("x {Titel}", "there is no placeholder {Titel}; did you mean {Title}?", 4),
        ("{Title|Xyzzy Qq}", "there is no placeholder {Xyzzy Qq}", 8),
        ("x {Title", "“{” is never closed", 3),
        ("x ({Title}", "“(” is never closed", 3),
        ("{Title})", "“)” closes nothing", 8),
        ("{Title}}", "“}” closes nothing", 8),
        ("<{Title}/x>", "a folder cannot end within brackets", 9),
        ("{Title}: {Year}", "“:” cannot be in a name", 8),
        ("{Title}\x07", "“U+0007” cannot be in a name", 8),
        ("{}", "“{}” is not a placeholder", 1),
        ("{season:05}", "“:05” is no format of this placeholder", 1),
        ("{Title:0}", "“:0” is no format of this placeholder", 1),
        ("{Title:999999999}", "“:999999999” is no format of this placeholder", 1),
        ("<" * 20 + "{Title}" + ">" * 20, "brackets are nested too deep", 9),
        ("{Title}/" * 8 + "{Title}", "has more than 8 folders", 65),
        ("x" * 121 + "{Title}", "writes more than 120 bytes into one name", 1),
        ("{Title}" + "x" * MAX_TEMPLATE, "has more than 1000 characters", 1001),
    ],
)
def test_mistakes_are_told_with_their_place(template: str, problem: str, position: int) -> None:
    with pytest.raises(TemplateError) as caught:
        compile_template(template)
    assert (caught.value.problem, caught.value.position) == (problem, position)


def test_what_has_no_name_is_said() -> None:
    with pytest.raises(UnnamableError, match="no name"):
        rendered("{Title}/{Edition}", title="Film")
    with pytest.raises(UnnamableError, match="longer than 255 bytes"):
        rendered("{episode:000}", episodes=tuple(range(1, 400, 2)))


def test_every_placeholder_can_be_written() -> None:
    for name in PLACEHOLDERS:
        assert rendered(f"{{{name}}} x{{Title}}", title="Film").endswith("Film.mkv")
