from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.sources.paths import Mapper, Mapping, Style, duplicates, parse, problem

NAME = st.text(
    st.characters(exclude_characters="/\\\x00", exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda name: name not in (".", ".."))
PARTS = st.lists(NAME, max_size=4)
SOME = st.lists(st.sampled_from(["a", "b", "A", "tv", "tv2"]), max_size=3)


def posix(parts: list[str]) -> str:
    return "/" + "/".join(parts)


def windows(parts: list[str]) -> str:
    return "C:\\" + "\\".join(parts)


def share(parts: list[str]) -> str:
    return "\\\\nas\\media\\" + "\\".join(parts)


WRITERS = st.sampled_from([posix, windows, share])


def folders(parts: Any = SOME) -> Any:
    return st.builds(lambda write, some: write(some), WRITERS, parts)


MAPPINGS = st.lists(st.builds(Mapping, folders(), folders()), max_size=6)


@pytest.mark.parametrize(
    ("text", "style", "parts"),
    [
        ("/", Style.POSIX, ()),
        ("/mnt/media/", Style.POSIX, ("mnt", "media")),
        ("/mnt///media", Style.POSIX, ("mnt", "media")),
        ("/a\\b", Style.POSIX, ("a\\b",)),
        ("C:\\Films\\x.mkv", Style.WINDOWS, ("Films", "x.mkv")),
        ("c:/Films//x.mkv", Style.WINDOWS, ("Films", "x.mkv")),
        ("D:", Style.WINDOWS, ()),
        ("\\\\nas\\films\\x", Style.SHARE, ("nas", "films", "x")),
        ("//nas/films", Style.SHARE, ("nas", "films")),
    ],
)
def test_styles(text: str, style: Style, parts: tuple[str, ...]) -> None:
    path = parse(text)
    assert path is not None
    assert (path.style, path.parts) == (style, parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "relative",
        "C:relative",
        "/a/../b",
        "/a/./b",
        "C:\\..\\x",
        "\\\\nas",
        "/a\x00b",
        "plex://x",
    ],
)
def test_what_is_no_path(text: str) -> None:
    assert parse(text) is None
    assert problem(text)
    assert Mapper([Mapping("/", "/x")]).to_local(text) is None


def test_the_longest_folder_wins() -> None:
    mapper = Mapper(
        [
            Mapping("/data", "/mnt/all"),
            Mapping("/data/tv/anime", "/mnt/anime"),
            Mapping("/data/tv", "/mnt/tv"),
        ]
    )
    assert local(mapper, "/data/tv/anime/x.mkv") == "/mnt/anime/x.mkv"
    assert local(mapper, "/data/tv/x.mkv") == "/mnt/tv/x.mkv"
    assert local(mapper, "/data/x.mkv") == "/mnt/all/x.mkv"


def test_only_whole_names_count() -> None:
    mapper = Mapper([Mapping("/data/tv", "/mnt/tv")])
    assert local(mapper, "/data/tv2/x.mkv") is None
    assert local(mapper, "/data/tv") == "/mnt/tv"
    assert local(mapper, "/data/TV/x.mkv") is None


def test_a_folder_is_replaced_once() -> None:
    assert local(Mapper([Mapping("/a", "/a/a")]), "/a/a/x") == "/a/a/a/x"


def test_windows_and_shares_do_not_regard_case_or_slashes() -> None:
    mapper = Mapper([Mapping("D:\\Films", "/mnt/films"), Mapping("\\\\NAS\\TV", "/mnt/tv")])
    assert local(mapper, "d:/FILMS/Heat (1995)/Heat.mkv") == "/mnt/films/Heat (1995)/Heat.mkv"
    assert local(mapper, "//nas/tv/Show/S01E01.mkv") == "/mnt/tv/Show/S01E01.mkv"
    back = mapper.to_server("/mnt/films/Heat (1995)/Heat.mkv")
    assert back is not None
    assert back.path == "D:\\Films\\Heat (1995)\\Heat.mkv"


def test_a_name_that_windows_cannot_say_is_mapped_to_nothing() -> None:
    mapper = Mapper([Mapping("/data", "D:\\data")])
    assert local(mapper, "/data/a\\b") is None


def test_two_folders_for_one_lead_back_to_one_that_fits() -> None:
    mapper = Mapper([Mapping("/a", "/x"), Mapping("/b", "/x/y")])
    back = mapper.to_server("/x/y/f")
    assert back is not None
    assert local(mapper, back.path) == "/x/y/f"


def test_duplicates_are_found_however_they_are_written() -> None:
    mappings = [Mapping("D:\\a", "/x"), Mapping("/a", "/y"), Mapping("d:/A/", "/z")]
    assert duplicates(mappings) == [2]


def local(mapper: Mapper, path: str) -> str | None:
    found = mapper.to_local(path)
    return found.path if found else None


@given(folders(), folders(), PARTS)
def test_there_and_back_is_the_identity(server: str, here: str, rest: list[str]) -> None:
    path = parse(server)
    assert path is not None
    start = path.joined(rest)
    assert start is not None
    mapper = Mapper([Mapping(server, here)])
    there = mapper.to_local(str(start))
    assert there is not None
    back = mapper.to_server(there.path)
    assert back is not None
    assert back.path == str(start)


@given(MAPPINGS, folders())
def test_what_leads_back_leads_there(mappings: list[Mapping], path: str) -> None:
    """However the mappings overlap: a path of here is that of its path at the server."""
    mapper = Mapper(mappings)
    back = mapper.to_server(path)
    if back is not None:
        again, own = parse(local(mapper, back.path) or ""), parse(path)
        assert again is not None
        assert own is not None
        assert again.key == own.key


@given(MAPPINGS, folders())
def test_what_leads_here_leads_back(mappings: list[Mapping], path: str) -> None:
    mapper = Mapper(mappings)
    here = mapper.to_local(path)
    if here is not None:
        assert mapper.to_server(here.path) is not None


@given(MAPPINGS, folders())
def test_nothing_leaves_the_folder_that_it_is_mapped_to(mappings: list[Mapping], path: str) -> None:
    found = Mapper(mappings).to_local(path)
    if found is not None:
        here, folder = parse(found.path), parse(found.mapping.local_path)
        assert here is not None
        assert folder is not None
        assert here.below(folder) is not None


@given(MAPPINGS, folders())
def test_the_order_of_mappings_does_not_matter(mappings: list[Mapping], path: str) -> None:
    if duplicates(mappings):
        return
    assert local(Mapper(mappings), path) == local(Mapper(mappings[::-1]), path)


@given(st.text(max_size=60))
def test_arbitrary_text_is_a_path_or_none(text: str) -> None:
    path = parse(text)
    if path is not None:
        again = parse(str(path))
        assert again is not None
        assert again.key == path.key
