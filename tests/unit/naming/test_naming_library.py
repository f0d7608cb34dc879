"""Paths in libraries: what folders say, alone and about the files in them. Our own tables."""

from __future__ import annotations

from typing import Any

import pytest

from reelhouse_naming import (
    CleanName,
    Kind,
    LibraryKind,
    clean_name,
    disc_number,
    extra_type,
    is_disc_folder,
    parse,
    read_book_name,
    read_season_folder,
    series_name,
)

# Path, title, season, episodes; the same in a library of series and in one of unknown kind.
EPISODES: list[tuple[str, str, int | None, tuple[int, ...]]] = [
    ("Show Name/Season 01/Show Name - S01E02 - Title.mkv", "Show Name", 1, (2,)),
    ("Show Name/Season 01/01.mkv", "Show Name", 1, (1,)),
    ("Show Name/Season 01/02 - Title.mkv", "Show Name", 1, (2,)),
    ("Show Name/Season 01/02-03 - Title.mkv", "Show Name", 1, (2, 3)),
    ("Show Name/Season 01/02 - 14 Things.mkv", "Show Name", 1, (2,)),
    ("Show Name/Season 01/2. Title.mkv", "Show Name", 1, (2,)),
    ("Show Name/Season 01/Episode 5.mkv", "Show Name", 1, (5,)),
    ("Show Name/Season 01/Episode - 16 - Title.mkv", "Show Name", 1, (16,)),
    ("Show Name/Season 01/e05.mkv", "Show Name", 1, (5,)),
    ("Show Name/Season 01/Show Name 105.mkv", "Show Name", 1, (5,)),
    ("Show Name/Season 01/Show Name - 05.mkv", "Show Name", 1, (5,)),
    ("Show Name/Season 01/Show.Name.E03.avi", "Show Name", 1, (3,)),
    ("Show Name/Season 1/4x01 - 12 Days.mkv", "Show Name", 4, (1,)),
    ("Show Name/Season 02/02x03 - x04 - x15 - Title.mp4", "Show Name", 2, (3, 4, 15)),
    ("Show Name/Season 02/02x03-04-15 - Title.mp4", "Show Name", 2, (3, 4, 15)),
    ("Show Name/Staffel 2/Folge 3.mkv", "Show Name", 2, (3,)),
    ("Show Name/2/05 - Title.mkv", "Show Name", 2, (5,)),
    ("Show Name/Specials/03 - Making Of.mkv", "Show Name", 0, (3,)),
    ("Show Name (2010) {tvdb-123}/Season 01/Show Name S01E01.mkv", "Show Name", 1, (1,)),
    ("Show Name/Show.Name.S04.PDTV.x264-GRP/show name s04e07 title.avi", "Show Name", 4, (7,)),
    ("Show.Name.S04.1080p.WEB-GRP/Show.Name.S04E07.1080p.WEB-GRP.mkv", "Show Name", 4, (7,)),
    ("Show Name\\Season 1\\Show Name - S01E05.mkv", "Show Name", 1, (5,)),
    ("D:\\tv\\Show Name\\Season 1\\Show Name - S01E05.mkv", "Show Name", 1, (5,)),
    ("/media/Show Name - S04E011", "Show Name", 4, (11,)),
    ("/server/show_102.mp4", "show", 1, (2,)),
    ("Show Name/Show Name 12.avi", "Show Name", None, (12,)),
    ("Show Name (1996-2007)/Show Name - 317.mkv", "Show Name", None, (317,)),
    ("[Group] Show 2 [1080p]/[Group] Show 2 - 03 [1080p].mkv", "Show 2", None, (3,)),
]


@pytest.mark.parametrize("library", [None, LibraryKind.TV], ids=str)
@pytest.mark.parametrize(("path", "title", "season", "episodes"), EPISODES)
def test_reads_episodes_in_folders(
    path: str,
    title: str,
    season: int | None,
    episodes: tuple[int, ...],
    library: LibraryKind | None,
) -> None:
    facts = parse(path, library=library)
    assert facts.kind is Kind.EPISODE
    assert (facts.title, facts.season, facts.episodes) == (title, season, episodes)


def test_a_hash_in_the_folder_of_a_release_is_the_release() -> None:
    folder = "Show.Name.S01E02.1080p.WEB-DL.H264-GRP-postbot"
    facts = parse(f"{folder}/90550c1adaf44c47b60d24f59603bb98.mkv")
    assert (facts.title, facts.season, facts.episodes) == ("Show Name", 1, (2,))
    assert (facts.release_group, facts.container) == ("GRP", "mkv")
    film = parse("Film.Name.DVDRip.XviD-GRP/grp-fn.avi")
    assert (film.kind, film.title, film.source) == (Kind.MOVIE, "Film Name", "dvd")
    assert (film.release_group, film.container) == ("GRP", "avi")


def test_a_season_folder_need_not_repeat_the_folder_above() -> None:
    facts = parse("Series/Show Name Season 1 Complete/Show.Name.S01E01.avi")
    assert (facts.title, facts.season) == ("Show Name", 1)


def test_the_folder_of_a_show_counts_where_the_library_begins() -> None:
    path = "Show Name/S01E02 - Title.mkv"
    assert parse(path, library=LibraryKind.TV).title == "Show Name"
    assert parse(f"/srv/{path}", library=LibraryKind.TV).title == ""
    assert parse(path).title == ""


def test_the_folder_of_a_show_adds_year_and_ids() -> None:
    facts = parse("Show Name (2010) [tvdbid-5]/Season 1/show.name.s01e02.mkv")
    assert (facts.year, facts.external_ids) == (2010, {"tvdb": "5"})


def test_an_unreadable_file_of_a_season_is_an_episode() -> None:
    facts = parse("Show Name/Season 2/some file.mkv")
    assert (facts.kind, facts.title, facts.season) == (Kind.EPISODE, "Show Name", 2)
    assert facts.episodes == ()
    assert facts.confidence <= 0.5


FILMS = [
    ("Film (2006)/Film (2006).mkv", "Film", 2006, 1.0),
    ("Film (2006)/movie.mkv", "Film", 2006, 0.75),
    ("Film (2006)/a8f3c2e1d4b5a6978877665544332211.mkv", "Film", 2006, 0.75),
    ("Film (2006)/CD2/film.avi", "Film", 2006, 1.0),
    ("300 (2006)/300.mkv", "300", 2006, 1.0),
    ("Movies/300 (2007)/300 (2006).mkv", "300", 2006, 0.95),
    ("Film.mkv", "Film", None, 0.5),
    ("2 Fast 2 Furious (2003)/2 Fast 2 Furious.mkv", "2 Fast 2 Furious", 2003, 1.0),
    ("Film 103.mkv", "Film 103", None, 0.5),
    ("Film - 01.mkv", "Film - 01", None, 0.5),
    ("Film Part 2.mkv", "Film Part 2", None, 0.5),
]


@pytest.mark.parametrize(("path", "title", "year", "confidence"), FILMS)
def test_reads_films_in_folders(path: str, title: str, year: int | None, confidence: float) -> None:
    facts = parse(path, library=LibraryKind.MOVIE)
    assert facts.kind is Kind.MOVIE
    assert (facts.title, facts.year) == (title, year)
    assert facts.confidence == confidence


def test_a_film_may_lie_on_several_discs() -> None:
    assert parse("Film (2006)/CD2/film.avi", library=LibraryKind.MOVIE).part == 2
    assert parse("Film (2006)/Film (2006) cd1.avi", library=LibraryKind.MOVIE).part == 1


Track = tuple[str, str, int | None, int | None, int | None, str]

# Path; artist, album, year, disc, track, title.
TRACKS: list[tuple[str, Track]] = [
    ("Artist/Album (1979)/01 - Track.flac", ("Artist", "Album", 1979, None, 1, "Track")),
    ("Artist/Album (1979)/CD1/01 - Track.flac", ("Artist", "Album", 1979, 1, 1, "Track")),
    ("Artist/Album (1979)/Disc 2/03. Track.mp3", ("Artist", "Album", 1979, 2, 3, "Track")),
    ("Artist/Album (Disc 2)/03. Track.mp3", ("Artist", "Album", None, 2, 3, "Track")),
    ("Artist/1979 - Album/1-01 Track.flac", ("Artist", "Album", 1979, 1, 1, "Track")),
    ("Artist/Album [1979] [FLAC]/201 Track.flac", ("Artist", "Album", 1979, 2, 1, "Track")),
    ("Artist - Album (1979) [FLAC]/05 - Track.flac", ("Artist", "Album", 1979, None, 5, "Track")),
    ("Artist/Album/Artist - 04 - Track.mp3", ("Artist", "Album", None, None, 4, "Track")),
    ("Artist/Album/Artist - Album - 04 - Track.mp3", ("Artist", "Album", None, None, 4, "Track")),
    ("Artist/Album/04_some_track.mp3", ("Artist", "Album", None, None, 4, "some track")),
    ("Artist/Album/Track.mp3", ("Artist", "Album", None, None, None, "Track")),
    ("Various Artists/Hits/07 - Artist - Track.mp3", ("Artist", "Hits", None, None, 7, "Track")),
    ("Album/01 Track.mp3", ("", "Album", None, None, 1, "Track")),
    ("01 Track.mp3", ("", "", None, None, 1, "Track")),
    ("Artist - Track.mp3", ("Artist", "", None, None, None, "Track")),
]


@pytest.mark.parametrize(("path", "expected"), TRACKS)
def test_reads_tracks(path: str, expected: Track) -> None:
    facts = parse(path, library=LibraryKind.MUSIC)
    assert facts.kind is Kind.TRACK
    album = (facts.creator, facts.title, facts.year)
    (title,) = facts.episode_titles
    assert (*album, facts.disc, facts.part, title) == expected


# Path, what is to be read from it.
BOOKS: list[tuple[str, dict[str, Any]]] = [
    (
        "Author/Series/Book 1 - Title/Part 01.mp3",
        {"creator": "Author", "book_series": "Series", "book_series_index": "1", "part": 1},
    ),
    (
        "Author/Series/Vol 1 - 1994 - Title {Some Reader}/Audio Track 1.mp3",
        {"book_series_index": "1", "year": 1994, "narrator": "Some Reader", "part": 1},
    ),
    (
        "Author/Series/Series 03 - Title/01.mp3",
        {"book_series": "Series", "book_series_index": "3", "part": 1},
    ),
    ("Author/Series/1.5 - Title/Title.mp3", {"book_series_index": "1.5", "part": None}),
    ("Author/Series/Book 1/Title.mp3", {"book_series": "Series", "book_series_index": "1"}),
    (
        "Author/Title (2021) {Reader} [B08G9PRS1K]/Title.m4b",
        {"external_ids": {"asin": "B08G9PRS1K"}},
    ),
    ("Author/Title B08G9PRS1K/Title.m4b", {"external_ids": {"asin": "B08G9PRS1K"}}),
    ("Author/Title (Unabridged)/CD1/Track 05.mp3", {"edition": "Unabridged", "disc": 1, "part": 5}),
    ("Author/Title (Read by Some One)/01 - Title.mp3", {"narrator": "Some One", "part": 1}),
    ("Author/Author - Title/01.mp3", {"creator": "Author", "part": 1}),
    ("Author/Title (The Series, #2)/file.mp3", {"book_series": "The Series"}),
    ("Author/Title.m4b", {"creator": "Author", "part": None}),
    ("Author - Title.m4b", {"creator": "Author"}),
    ("Title by Some Author.m4b", {"creator": "Some Author"}),
    ("1945 - Title/Audiobook.mp3", {"year": 1945, "creator": ""}),
    ("Author - Series - 01 - Title.m4b", {"book_series": "Series", "book_series_index": "1"}),
    ("Title.m4b", {"creator": "", "confidence": 0.5}),
]


@pytest.mark.parametrize(("path", "expected"), BOOKS)
def test_reads_audiobooks(path: str, expected: dict[str, Any]) -> None:
    facts = parse(path, library=LibraryKind.AUDIOBOOK)
    assert facts.kind is Kind.AUDIOBOOK
    assert facts.title == "Title"
    assert {field: getattr(facts, field) for field in expected} == expected


def test_a_subtitle_of_a_book_stays_in_its_title() -> None:
    facts = parse("Author/Title - A Subtitle/01.mp3", library=LibraryKind.AUDIOBOOK)
    assert (facts.creator, facts.title) == ("Author", "Title - A Subtitle")


def test_knows_books_and_tracks_without_a_library() -> None:
    assert parse("Author - Title.m4b").kind is Kind.AUDIOBOOK
    assert parse("Artist/Album/01 - Track.flac").kind is Kind.TRACK


@pytest.mark.parametrize("library", [LibraryKind.MUSIC, LibraryKind.AUDIOBOOK])
def test_pictures_are_no_tracks(library: LibraryKind) -> None:
    assert parse("Artist/Album/cover.jpg", library=library).kind is Kind.UNKNOWN


EXTRAS = [
    ("Film (2010)/trailers/x.mkv", "trailer"),
    ("Film (2010)/Film-trailer.mkv", "trailer"),
    ("Film (2010)/Film - trailer.mkv", "trailer"),
    ("Film (2010)/Film.sample.mkv", "sample"),
    ("Film (2010)/Film-behindthescenes2.mkv", "behind_the_scenes"),
    ("Film (2010)/Behind The Scenes/x.mkv", "behind_the_scenes"),
    ("Film (2010)/behind-the-scenes/x.mkv", "behind_the_scenes"),
    ("Film (2010)/Deleted Scenes/x.mkv", "deleted_scene"),
    ("Film (2010)/extras/x.mkv", "unknown"),
    ("Film (2010)/theme.mp3", "theme_song"),
    ("Film (2010)/theme-music/x.mp3", "theme_song"),
    ("Film (2010)/backdrops/x.mp4", "theme_video"),
    ("Film (2010)/Film Scene.mkv", None),
    ("Film (2010)/Film.mkv", None),
    ("Film (2010)/trailers/x.srt", None),
    ("Film (2010)/trailer.mp3", None),
    ("", None),
]


@pytest.mark.parametrize(("path", "kind"), EXTRAS)
def test_knows_extras(path: str, kind: str | None) -> None:
    assert extra_type(path) == kind


def test_the_name_of_a_library_marks_no_extras() -> None:
    assert extra_type("/srv/trailers/Film.mkv", "/srv/trailers") is None
    assert extra_type("/srv/trailers/Film/trailers/x.mkv", "/srv/trailers") == "trailer"


def test_an_extra_belongs_to_its_film_or_season() -> None:
    film = parse("Film (2010) {tmdb-5}/trailers/Teaser 1080p.mkv", library=LibraryKind.MOVIE)
    assert (film.kind, film.extra, film.title, film.year) == ("extra", "trailer", "Film", 2010)
    assert (film.external_ids, film.resolution) == ({"tmdb": "5"}, 1080)
    show = parse("Show/Season 2/behind the scenes/x.mkv", library=LibraryKind.TV)
    assert (show.kind, show.title, show.season) == ("extra", "Show", 2)


SEASONS = [
    ("Season 1", 1),
    ("season_01", 1),
    ("Season1", 1),
    ("Season One", 1),
    ("Season 2020", 2020),
    ("Season 1 - Title", 1),
    ("Season 1 The Beginning", 1),
    ("Season 1 (2013) [1080p]", 1),
    ("S01", 1),
    ("S01 1080p BluRay", 1),
    ("SÄSONG 1", 1),
    ("Сезон 1", 1),
    ("시즌 1", 1),
    ("第 1 季", 1),
    ("1. Staffel", 1),
    ("1ª Temporada", 1),
    ("2nd Season", 2),
    ("02", 2),
    ("Specials", 0),
    ("Season 1 Episode 2", None),
    ("S06E05", None),
    ("S 1", None),
    ("Show Name", None),
    ("2024-01-24 Some Video", None),
    ("", None),
]


@pytest.mark.parametrize(("folder", "season"), SEASONS)
def test_reads_season_folders(folder: str, season: int | None) -> None:
    found = read_season_folder(f"/srv/tv/{folder}" if folder else "")
    assert found == (season, season is not None)


def test_a_season_folder_may_repeat_its_show() -> None:
    assert read_season_folder("/tv/Show-1/Show-1 Season 2", "/tv/Show-1").season == 2
    assert read_season_folder("/tv/Show/Show.S02.1080p", "/tv/Show").season == 2
    assert read_season_folder("/tv/Other Season 2", "/tv").season is None
    assert read_season_folder("/tv/Show/Show 2", "/tv/Show").season is None


def test_numbers_and_specials_can_be_left_out() -> None:
    assert read_season_folder("02", allow_special_and_numeric_names=False).season is None
    assert read_season_folder("Specials", allow_special_and_numeric_names=False).season is None


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Some.Show.S01.COMPLETE", "Some Show"),
        ("N.A.M.E.S01", "N.A.M.E"),
        ("The Show (2010) [tvdbid-5]", "The Show"),
        ("/srv/tv/1923 (2022)", "1923"),
        ("The Show Season 1-5 1080p", "The Show"),
        ("[Group] The Show [1080p]", "The Show"),
        ("24", "24"),
        ("", ""),
    ],
)
def test_reads_names_of_series(folder: str, name: str) -> None:
    assert series_name(folder) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Some Film (2013).mkv", CleanName("Some Film", 2013)),
        ("Some.Film.2013.1080p.BluRay.x264-GRP.mkv", CleanName("Some Film", 2013)),
        ("Some Film - 2013 - WEBDL-1080p.mkv", CleanName("Some Film", 2013)),
        ("Some Film [Multi-Subs] [2018].mkv", CleanName("Some Film", 2018)),
        ("Some Film(2009).mp4", CleanName("Some Film", 2009)),
        ("Some Film (other name) (2009).mp4", CleanName("Some Film (other name)", 2009)),
        ("Some Film Extended Cut (2009).mp4", CleanName("Some Film", 2009)),
        ("Some Film 1080p.mkv", CleanName("Some Film", None)),
        ("Some Film 2013-12-09", CleanName("Some Film 2013-12-09", None)),
        ("Some.Film.mkv", CleanName("Some.Film.mkv", None)),
        ("[rec].mkv", CleanName("[rec].mkv", None)),
        ("", CleanName("", None)),
    ],
)
def test_cleans_names(name: str, expected: CleanName) -> None:
    assert clean_name(name) == expected


@pytest.mark.parametrize(
    ("folder", "number"),
    [
        ("CD1", 1),
        ("cd-02", 2),
        ("Disc 3 (Live)", 3),
        ("Disc 03 - Title", 3),
        ("disk18", 18),
        ("[CD1]", 1),
        ("Vol. 2", 2),
        ("Digital Media 1", 1),
        ("Vol. 2 - Title", None),
        ("CD", None),
        ("CD1a", None),
        ("disc disc 6", None),
        ("03 Album", None),
    ],
)
def test_reads_disc_folders(folder: str, number: int | None) -> None:
    assert disc_number(f"/srv/music/{folder}") == number
    assert is_disc_folder(folder) is (number is not None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Title", ("Title", "", "", None, None)),
        ("Title (1965)", ("Title", "", "", 1965, None)),
        ("Title (Series, #1) (1965)", ("Title", "Series", "1", 1965, None)),
        ("Title (Series Book 1)", ("Title", "Series", "1", None, None)),
        ("Series, Book 2 - Title", ("Title", "Series", "2", None, None)),
        ("Series #3 - Title", ("Title", "Series", "3", None, None)),
        ("Series - 01 - Title", ("Title", "Series", "1", None, None)),
        ("Series (1887) #1 (of 4) (1887)", ("", "Series", "1", 1887, None)),
        ("Book One: Title", ("Title", "", "1", None, None)),
        ("Vol. 2 - Title", ("Title", "", "2", None, None)),
        ("1.50 - Title", ("Title", "", "1.5", None, None)),
        ("Catch-22", ("Catch-22", "", "", None, None)),
        ("1984", ("1984", "", "", None, None)),
        ("Comic v01 c120", ("Comic v01 c120", "", "120", None, 1)),
    ],
)
def test_reads_names_of_books(
    name: str, expected: tuple[str, str, str, int | None, int | None]
) -> None:
    assert read_book_name(name) == expected
