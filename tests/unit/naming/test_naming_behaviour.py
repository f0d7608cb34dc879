"""The tables of BEHAVIOUR.md: 1.4 confidences, 1.5 and 1.10, 3.8, 4.8 and 4.10."""

from __future__ import annotations

import pytest

from reelhouse_naming import (
    MAX_RANGE,
    Kind,
    LibraryKind,
    MediaType,
    expand_range,
    format_episodes,
    is_sequential,
    media_type,
    parse,
    split_titles,
)

# 1.10: name to type.
TYPES = [
    ("Some.Show.S01E01.mp4", MediaType.TV_SHOW),
    ("Some.Show.S01E01E02.mp4", MediaType.TV_SHOW),
    ("Some.Show.1x01.mp4", MediaType.TV_SHOW),
    ("Some Show - Season 1 Episode 2.mp4", MediaType.TV_SHOW),
    ("Some.Show.S01.E01.mp4", MediaType.TV_SHOW),
    ("Some.Show.S01.5xSpecial.mp4", MediaType.TV_SPECIAL),
    ("Some Show - Special Episode.mp4", MediaType.TV_SPECIAL),
    ("Some Show - OVA1.mp4", MediaType.TV_SPECIAL),
    ("Some Film (2020).mp4", MediaType.MOVIE),
    ("Some.Film.[2020].mp4", MediaType.MOVIE),
    ("Some.Film.2020.1080p.mp4", MediaType.MOVIE),
    ("Some Film 2020 720p.mp4", MediaType.MOVIE),
    ("Some Film 2020.mp4", MediaType.MOVIE),
    ("[Group] Some Anime - 01 [1080p].mkv", MediaType.ANIME),
    ("[Group] Some Anime - 01v2 [720p].mkv", MediaType.ANIME),
    ("[Group] Some Anime OVA [1080p].mkv", MediaType.ANIME_SPECIAL),
    ("[Group] Some Anime - Special1 [720p].mkv", MediaType.ANIME_SPECIAL),
    ("random_file.mp4", MediaType.UNKNOWN),
    ("document.pdf", MediaType.UNKNOWN),
    ("Artist/Album/01 - Track.flac", MediaType.MUSIC),
]


@pytest.mark.parametrize(("name", "expected"), TYPES)
def test_classes(name: str, expected: MediaType) -> None:
    assert media_type(parse(name)) is expected


# 1.10: several episodes.
SEVERAL = [
    ("Some.Show.S01E01E02E03.mp4", (1, 2, 3)),
    ("Some.Show.S01E01-E03.mp4", (1, 2, 3)),
    ("Some.Show.S01E01-03.mp4", (1, 2, 3)),
    ("Some.Show.1x01-03.mp4", (1, 2, 3)),
    ("Some.Show.S01E01 E02 E03.mp4", (1, 2, 3)),
    ("Some.Show.S01E01 to E03.mp4", (1, 2, 3)),
    ("Some.Show.S01E01 & E03.mp4", (1, 3)),
    ("Some.Show.S01E01 + E03.mp4", (1, 3)),
    ("Some.Show.S01E01-E03E05E07-E09.mp4", (1, 2, 3, 5, 7, 8, 9)),
    ("Some.Show.S01E01.mp4", (1,)),
    ("No show at all.mp4", ()),
]


@pytest.mark.parametrize(("name", "episodes"), SEVERAL)
def test_several_episodes(name: str, episodes: tuple[int, ...]) -> None:
    assert parse(name).episodes == episodes


# 1.10: what is a show, and what is not.
@pytest.mark.parametrize(
    ("name", "is_episode"),
    [
        ("Some.Show.S1E1.mp4", True),
        ("Some_Show_S01E01.mp4", True),
        ("Some-Show-S01E01.mp4", True),
        ("Some Show S01E01.mp4", True),
        ("Some.Film.2023.mp4", False),
        ("No show at all.mp4", False),
        ("S01.mp4", False),
    ],
)
def test_shows(name: str, *, is_episode: bool) -> None:
    assert (parse(name).kind is Kind.EPISODE) is is_episode


# 1.10: show, season, episode, title of the episode.
@pytest.mark.parametrize(
    "name",
    [
        "Some Show S01E02 Some Title.mp4",
        "Some.Show.S01E02.Some.Title.mp4",
        "Some-Show-S01E02-Some-Title.mp4",
        "Some Show 1x02 Some Title.mp4",
        "Some Show - S01E02 - Some Title.mp4",
    ],
)
def test_parts_of_a_name(name: str) -> None:
    facts = parse(name)
    assert (facts.title, facts.season, facts.episodes) == ("Some Show", 1, (2,))
    assert facts.episode_titles == ("Some Title",)
    assert facts.container == "mp4"


# 1.10: ranges.
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(1, 3, (1, 2, 3)), (5, 5, (5,)), (1, 20, tuple(range(1, 21)))],
)
def test_ranges(first: int, last: int, expected: tuple[int, ...]) -> None:
    assert expand_range(first, last) == expected


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (3, 1, "ends at 1 before"),
        (0, 5, "start at 1, not 0"),
        (5, 0, "start at 1, not 0"),
        (-2, 5, "start at 1, not -2"),
        (1, MAX_RANGE + 1, "more than 20 episodes"),
    ],
)
def test_impossible_ranges(first: int, last: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expand_range(first, last)


# 1.10: sequences.
@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1, 2, 3, 4], True),
        ([5, 6, 7], True),
        ([10], True),
        ([], True),
        ([1, 3, 5], False),
        ([1, 2, 4], False),
        ([5, 4, 3], False),
    ],
)
def test_sequences(numbers: list[int], *, expected: bool) -> None:
    assert is_sequential(numbers) is expected


# 1.5: how several episodes are written.
WRITTEN = [
    ([], "S01"),
    ([1], "S01E01"),
    ([1, 2], "S01E01-E02"),
    ([1, 2, 3], "S01E01-E03"),
    ([3, 1, 2], "S01E01-E03"),
    ([1, 3, 5], "S01E01E03E05"),
    ([1, 3], "S01E01+E03"),
    ([99, 100, 101], "S01E99-E101"),
]


@pytest.mark.parametrize(("numbers", "expected"), WRITTEN)
def test_writes_episodes(numbers: list[int], expected: str) -> None:
    assert format_episodes(1, numbers) == expected


@pytest.mark.parametrize("numbers", [[1], [1, 2], [1, 3], [2, 4, 8], [1, 2, 3, 5], [5, 6, 7]])
def test_reads_what_it_writes(numbers: list[int]) -> None:
    facts = parse(f"Some Show - {format_episodes(3, numbers)} - Title.mkv")
    assert (facts.season, list(facts.episodes)) == (3, numbers)


# 1.5: titles of anthologies.
@pytest.mark.parametrize(
    ("title", "segments"),
    [
        ("First Part & Second Part", ("First Part", "Second Part")),
        ("First Part, Second Part", ("First Part", "Second Part")),
        ("First Part + Second Part", ("First Part", "Second Part")),
        ("First Part - Second Part", ("First Part", "Second Part")),
        ("First Part and Second Part", ("First Part", "Second Part")),
        ("One & Two - Three", ("One", "Two", "Three")),
        ("Only One", ("Only One",)),
        ("", ()),
        (" & ".join("ABCDEFGHIJKLM"), tuple("ABCDEFGHIJ")),
    ],
)
def test_splits_titles(title: str, segments: tuple[str, ...]) -> None:
    assert split_titles(title) == segments


# 1.10: specials.
@pytest.mark.parametrize(
    ("name", "kind", "number"),
    [
        ("Some.Show.S00E01.Special.Name.mp4", "special", 1),
        ("Some.Show.Special.02.mp4", "special", 2),
        ("Some.Show.OVA.03.mp4", "ova", 3),
        ("Some.Show.Movie.01.mp4", "movie", 1),
        ("Some.Show.Film.02.mp4", "movie", 2),
        ("Some.Show.S01E01.mp4", "", None),
    ],
)
def test_specials(name: str, kind: str, number: int | None) -> None:
    facts = parse(name)
    assert (facts.special_type, facts.special_number) == (kind, number)


# 1.4: confidences.
CONFIDENCES = [
    ("Some Show - S01E02 - Title - 1080p.mkv", 0.95),
    ("Some.Show.S01E02.mkv", 0.80),
    ("Some.Show.S01E02.Title.720p.HDTV.mkv", 0.85),
    ("Some.Show.1x02.mkv", 0.85),
    ("Some.Show.S01E02-E04.mkv", 0.80),
    ("Some.Show.S01E02E03E04.mkv", 0.80),
    ("Some.Show.S01.Complete", 0.85),
    ("Some Show Season 03", 0.85),
    ("Some Show - OVA1.mkv", 0.85),
    ("Some Film (2020).mkv", 0.95),
    ("Some Film [2020].mkv", 0.90),
    ("Some.Film.2020.1080p.mkv", 0.85),
    ("Some.Film.1080p.BluRay.mkv", 0.80),
    ("[Group] Some Anime - 01 [1080p].mkv", 0.90),
    ("[Group] Some Anime - 01v2 [1080p].mkv", 0.95),
    ("[Group] Some Anime - OVA2 [1080p].mkv", 0.95),
    ("random_file.mp4", 0.20),
]


@pytest.mark.parametrize(("name", "confidence"), CONFIDENCES)
def test_confidences(name: str, confidence: float) -> None:
    assert parse(name).confidence == confidence


# 3.3 and 3.8: show and season by the folders, and codes of episodes.
@pytest.mark.parametrize(
    ("path", "show", "season"),
    [
        ("/opt/media/tv/Some Show/Season 1/episode.mkv", "Some Show", 1),
        ("/opt/media/tv/Show/Season 12/episode.mkv", "Show", 12),
        ("/opt/media/tv/Show/Season  3/ep.mkv", "Show", 3),
        ("/opt/media/tv/Show/season 3/ep.mkv", "Show", 3),
        ("/opt/media/tv/Show/S02/episode.mkv", "Show", 2),
        ("/opt/media/tv/The Show (2023)/Season 1/ep.mkv", "The Show", 1),
        ("/opt/media/tv/Café Français/Season 1/épisode.mkv", "Café Français", 1),
        ("/a/b/c/d/e/f/g/h/i/j/tv/Show/Season 4/episode.mkv", "Show", 4),
    ],
)
def test_shows_and_seasons_by_folder(path: str, show: str, season: int) -> None:
    facts = parse(path)
    assert (facts.kind, facts.title, facts.season) == (Kind.EPISODE, show, season)


@pytest.mark.parametrize(
    "path", ["/opt/media/movies/Movie/movie.mkv", "/file.mkv", "RandomFile.mkv"]
)
def test_no_season_without_a_season_folder(path: str) -> None:
    assert parse(path).season is None


@pytest.mark.parametrize(
    ("name", "season", "episode"),
    [
        ("Show.S01E05.720p.mkv", 1, 5),
        ("Show.s02e10.mkv", 2, 10),
        ("Show.1x05.mkv", 1, 5),
        ("Show.S12E25.mkv", 12, 25),
        ("Show.S01E105.mkv", 1, 105),
        ("/opt/media/tv/Show/Season 1/Show.S01E05.mkv", 1, 5),
    ],
)
def test_codes_of_episodes(name: str, season: int, episode: int) -> None:
    facts = parse(name)
    assert (facts.season, facts.episodes) == (season, (episode,))


# 4.8 and 4.10: six patterns, any case, names that hardly are ones.
def test_dotted_show() -> None:
    facts = parse("Some.Show.S02E05.720p.mkv")
    assert (facts.kind, facts.title, facts.season, facts.episodes) == (
        "episode",
        "Some Show",
        2,
        (5,),
    )


def test_dashed_show() -> None:
    facts = parse("Some Show - S2E5 - Phoenix.mkv")
    assert (facts.title, facts.season, facts.episodes) == ("Some Show", 2, (5,))
    assert facts.episode_titles == ("Phoenix",)


def test_dotted_film() -> None:
    facts = parse("Some.Film.1999.1080p.mkv")
    assert (facts.kind, facts.title, facts.year) == ("movie", "Some Film", 1999)


def test_show_with_year() -> None:
    facts = parse("Some Show (2008) - S01E01.mkv")
    assert (facts.title, facts.year, facts.season, facts.episodes) == ("Some Show", 2008, 1, (1,))


def test_film_with_year() -> None:
    facts = parse("Some Film (1999).mkv")
    assert (facts.kind, facts.title, facts.year) == ("movie", "Some Film", 1999)


def test_a_year_anywhere() -> None:
    facts = parse("Some Random Film 2020 Quality.mkv")
    assert (facts.title, facts.year) == ("Some Random Film", 2020)


def test_case_stays_in_the_title_and_does_not_matter_elsewhere() -> None:
    assert parse("some.show.s02e05.mkv").title == "some show"
    assert parse("SOME.SHOW.S02E05.MKV").episodes == (5,)
    assert parse("Some.Show.s02E05.Mkv").container == "mkv"


@pytest.mark.parametrize(("name", "title"), [("", ""), (".mkv", "mkv"), ("...", ""), ("/", "")])
def test_hardly_a_name(name: str, title: str) -> None:
    facts = parse(name)
    assert (facts.kind, facts.title) == (Kind.UNKNOWN, title)


# 4.10: good evidence, good evidence, none. Size and codecs are for the caller to weigh.
def test_agreeing_folders_raise_the_confidence() -> None:
    tv, movie = LibraryKind.TV, LibraryKind.MOVIE
    assert parse("Some Show/Season 02/Some.Show.S02E05.720p.mkv", library=tv).confidence >= 0.9
    assert parse("Some Film (1999)/Some.Film.1999.1080p.mkv", library=movie).confidence >= 0.9


def test_a_title_alone_is_half_sure_in_a_library() -> None:
    assert parse("random_file.mp4", library=LibraryKind.MOVIE).confidence == 0.5
