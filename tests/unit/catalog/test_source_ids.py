"""Canonical keys, GUIDs and ratings, as BEHAVIOUR 4.6 and 4.8 say."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.sources.canonical import canonical_key, normalized
from reelhouse_catalog.sources.guids import (
    Guid,
    best_guid,
    disambiguated,
    external_ids,
    parse_guid,
    rating_system,
)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("C:\\Films\\Heat.mkv", "/c/films/heat.mkv"),
        ("c:/Films/Heat.mkv", "/c/films/heat.mkv"),
        ("/Mnt//Films///Heat.mkv", "/mnt/films/heat.mkv"),
        ("/mnt/films/", "/mnt/films"),
        ("\\\\NAS\\Films\\Heat.mkv", "//nas/films/heat.mkv"),
        ("//nas/films/", "//nas/films"),
        ("SMB://Nas/Films//Heat.mkv", "smb://nas/films/heat.mkv"),
        ("plex://movie/5D7768", "plex://movie/5d7768"),
        ("12345", "12345"),
        (" 12345 ", "12345"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_normalized(identifier: str, expected: str) -> None:
    assert normalized(identifier) == expected


@given(st.text(max_size=80))
def test_normalizing_twice_changes_nothing(text: str) -> None:
    assert normalized(normalized(text)) == normalized(text)


def test_keys() -> None:
    expected = hashlib.sha256(b"plex:7:12345").hexdigest()
    assert canonical_key("plex", "7", "12345", "/mnt/a.mkv") == expected
    by_path = canonical_key("plex", "7", "", "/Mnt/a.mkv")
    assert by_path == canonical_key("plex", "7", " ", "/mnt//A.mkv")
    assert by_path != canonical_key("plex", "8", "", "/mnt/a.mkv")
    assert canonical_key("plex", "7", "", "") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imdb://tt0111161", Guid("imdb", "tt0111161")),
        ("tmdb://278", Guid("tmdb", "278")),
        ("themoviedb://278", Guid("tmdb", "278")),
        ("tvdb://81189", Guid("tvdb", "81189")),
        ("thetvdb://81189", Guid("tvdb", "81189")),
        ("com.plexapp.agents.thetvdb://81189/2/5?lang=en", Guid("tvdb", "81189")),
        ("com.plexapp.agents.themoviedb://278?lang=en", Guid("tmdb", "278")),
        ("com.plexapp.agents.imdb://tt0111161?lang=en", Guid("imdb", "tt0111161")),
        ("plex://movie/5d776825880197001ec90e8f", Guid("plex", "movie/5d776825880197001ec90e8f")),
        ("plex://episode/5d9c1", Guid("plex", "episode/5d9c1")),
        ("mbid://0a2b1c3d-0000-4000-8000-0123456789ab",
         Guid("musicbrainz", "0a2b1c3d-0000-4000-8000-0123456789ab")),
        ("IMDB://TT0111161", Guid("imdb", "tt0111161")),
        ("local://123", None),
        ("com.plexapp.agents.none://abc", None),
        ("tvdb://not-a-number", None),
        ("imdb://0111161", None),
        ("tmdb://", None),
        ("nonsense", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)  # fmt: skip
def test_guids(text: str, expected: Guid | None) -> None:
    assert parse_guid(text) == expected


def test_who_is_believed_first() -> None:
    guids = ["plex://show/1", "imdb://tt0903747", "tmdb://1396", "tvdb://81189", "tvdb://2"]
    assert best_guid(guids) == Guid("tvdb", "81189")
    assert best_guid(guids[:3]) == Guid("tmdb", "1396")
    assert best_guid(["mbid://x", "local://1"]) is None
    assert list(external_ids(guids).items()) == [
        ("tvdb", "81189"),
        ("tmdb", "1396"),
        ("imdb", "tt0903747"),
    ]


@pytest.mark.parametrize(
    ("rating", "system"),
    [("TV-MA", "TV"), ("tv-y7", "TV"), ("PG-13", "MPAA"), ("NC-17", "MPAA"), ("G", "MPAA"),
     ("FSK 12", ""), ("", ""), ("PGX", "")],
)  # fmt: skip
def test_rating_systems(rating: str, system: str) -> None:
    assert rating_system(rating) == system


def test_disambiguation() -> None:
    assert disambiguated("Dune", 2021) == "Dune (2021)"
    assert disambiguated("Dune (2021)", 2021) == "Dune (2021)"
    assert disambiguated("Dune", None) == "Dune"
