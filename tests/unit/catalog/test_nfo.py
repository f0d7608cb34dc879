"""NFO files as Kodi writes them, and as nobody should."""

from __future__ import annotations

import contextlib
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.enrichment import nfo
from reelhouse_catalog.enrichment.model import Image, ImageKind, Person, PersonRole

MOVIE = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
    <title>Am\u00e9lie</title>
    <originaltitle>Le Fabuleux Destin d'Am\u00e9lie Poulain</originaltitle>
    <sorttitle>Amelie</sorttitle>
    <ratings>
        <rating name="imdb" max="10"><value>8.3</value><votes>1,234</votes></rating>
        <rating name="tomatoes" max="100" default="true"><value>89</value><votes>50</votes></rating>
    </ratings>
    <outline>Short.</outline>
    <plot>She changes lives.</plot>
    <tagline>One person can change your life.</tagline>
    <runtime>122</runtime>
    <thumb aspect="poster" preview="">https://images.test/p.jpg</thumb>
    <thumb aspect="clearlogo">https://images.test/l.png</thumb>
    <thumb aspect="poster">smb://nas/p.jpg</thumb>
    <fanart><thumb>https://images.test/f.jpg</thumb></fanart>
    <mpaa>Rated R</mpaa>
    <uniqueid type="imdb" default="true">tt0211915</uniqueid>
    <uniqueid type="tmdb">194</uniqueid>
    <genre>Comedy</genre>
    <genre>Romance / Drama</genre>
    <credits>Guillaume Laurant</credits>
    <director>Jean-Pierre Jeunet</director>
    <premiered>2001-04-25</premiered>
    <year>2001</year>
    <studio>Claudie Ossard Productions</studio>
    <actor><name>Second</name><role>B</role><order>1</order></actor>
    <actor><name>Audrey Tautou</name><role>Am\u00e9lie</role><order>0</order>
        <thumb>https://images.test/a.jpg</thumb></actor>
</movie>
"""


def test_a_film() -> None:
    (part,) = nfo.read(MOVIE.encode())
    film = part.metadata
    assert part.root == "movie"
    assert film.display_name == "Am\u00e9lie"
    assert film.original_name == "Le Fabuleux Destin d'Am\u00e9lie Poulain"
    assert film.overview == "She changes lives."
    assert film.duration_ms == 122 * 60_000
    assert (film.rating, film.rating_count) == (8.9, 50)
    assert (film.release_date, film.year) == (date(2001, 4, 25), 2001)
    assert film.genres == ("Comedy", "Romance", "Drama")
    assert film.content_rating == "R"
    assert film.external_ids == {"imdb": "tt0211915", "tmdb": "194"}
    assert film.people == (
        Person("Jean-Pierre Jeunet", PersonRole.DIRECTOR),
        Person("Guillaume Laurant", PersonRole.WRITER),
        Person("Audrey Tautou", PersonRole.ACTOR, "Am\u00e9lie", "https://images.test/a.jpg"),
        Person("Second", PersonRole.ACTOR, "B"),
    )
    assert film.images == (
        Image(ImageKind.POSTER, "https://images.test/p.jpg"),
        Image(ImageKind.LOGO, "https://images.test/l.png"),
        Image(ImageKind.BACKDROP, "https://images.test/f.jpg"),
    )
    assert nfo.Part.from_dict(part.as_dict()) == part


def test_several_episodes_in_one_file() -> None:
    document = "".join(
        f"<episodedetails><title>Part {n}</title><season>1</season><episode>{n}</episode>"
        f"<aired>2019-03-0{n}</aired></episodedetails>\n"
        for n in (1, 2)
    )
    parts = nfo.read(b'<?xml version="1.0" encoding="UTF-8"?>\n' + document.encode())
    assert [(p.season, p.number, p.metadata.display_name) for p in parts] == [
        (1, 1, "Part 1"),
        (1, 2, "Part 2"),
    ]
    assert parts[1].metadata.release_date == date(2019, 3, 2)


def test_a_series_with_its_seasons() -> None:
    parts = nfo.read(
        b"<tvshow><title>Harbor Lights</title><mpaa>US:TV-14 / DE:12</mpaa>"
        b'<namedseason number="1">The Storm</namedseason>'
        b'<thumb aspect="poster" type="season" season="2">https://images.test/s2.jpg</thumb>'
        b"</tvshow>"
    )
    show, first, second = parts
    assert (show.metadata.content_rating, show.metadata.images) == ("TV-14", ())
    assert (first.season, first.metadata.display_name) == (1, "The Storm")
    assert (second.season, len(second.metadata.images)) == (2, 1)


def test_music() -> None:
    album, track = nfo.read(
        b"<album><title>Slack Water</title><review>Salty.</review><label>Tide</label>"
        b"<musicbrainzalbumid>0da580f2-6768-498f-af9d-2becaddf15e0</musicbrainzalbumid>"
        b"<albumArtistCredits><artist>The Breakwaters</artist></albumArtistCredits>"
        b"<releasedate>2016-05-01</releasedate><runtime>44</runtime>"
        b"<track><position>1</position><title>Salt</title></track></album>"
    )
    assert album.metadata.creators == ("The Breakwaters",)
    assert album.metadata.studios == ("Tide",)
    assert album.metadata.external_ids == {"musicbrainz": "0da580f2-6768-498f-af9d-2becaddf15e0"}
    assert (track.number, track.metadata.display_name) == (1, "Salt")
    (artist,) = nfo.read(b"<artist><name>The Breakwaters</name><biography>.</biography></artist>")
    assert artist.metadata.people == (Person("The Breakwaters", PersonRole.ARTIST),)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("https://www.imdb.com/title/tt0113277/", {"imdb": "tt0113277"}),
        ("https://www.themoviedb.org/movie/949-heat", {"tmdb": "949"}),
        ("http://thetvdb.com/?tab=series&id=71663&lid=7", {"tvdb": "71663"}),
        ("https://thetvdb.com/dereferrer/series/71663", {"tvdb": "71663"}),
        ("nothing to see", {}),
    ],
)
def test_only_an_address(text: str, ids: dict[str, str]) -> None:
    parts = nfo.read(text.encode())
    assert [part.metadata.external_ids for part in parts] == ([ids] if ids else [])


def test_xml_and_an_address() -> None:
    data = b"<movie><title>Heat</title></movie>\nhttps://www.themoviedb.org/movie/949?a=1&b=2"
    film, link = nfo.read(data)
    assert film.metadata.display_name == "Heat"
    assert (link.root, link.metadata.external_ids) == (nfo.LINK, {"tmdb": "949"})


def test_old_ways_of_saying_it() -> None:
    (part,) = nfo.read(
        b"<movie><id>tt0113277</id><rating>8,2</rating><votes>99</votes><runtime>170 min</runtime>"
        b"<year>1995</year></movie>"
    )
    film = part.metadata
    assert film.external_ids == {"imdb": "tt0113277"}
    assert (film.rating, film.rating_count, film.duration_ms) == (8.2, 99, 170 * 60_000)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("latin-1", "iso-8859-1"), ("cp1252", "")],
)
def test_encodings(encoding: str, declared: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    data = f"{head}<movie><title>Zw\u00f6lf</title></movie>".encode(encoding)
    assert nfo.read(data)[0].metadata.display_name == "Zw\u00f6lf"


def test_what_is_no_title() -> None:
    assert nfo.read(b"") == []
    assert nfo.read(b"<musicvideo><title>Clip</title></musicvideo>") == []
    assert nfo.read("\u2584\u2588\u2580 GRP presents < Heat > \u2580\u2588".encode()) == []


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE movie [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{"&a;" * 10}">' for n in range(9))
    + "]><movie><title>&a8;</title></movie>"
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><movie><title>&x;</title></movie>',
        "<movie><title>&undefined;</title></movie>",
        "<movie><title>Heat</movie>",
        "<movie>" + "x" * nfo.MAX_BYTES + "</movie>",
        "<a><b></a>",
    ],
    ids=["bomb", "file", "entity", "mismatch", "long", "other"],
)
def test_what_is_not_to_be_trusted(text: str) -> None:
    with pytest.raises(ValueError, match="it "):
        nfo.read(text.encode())


@pytest.mark.parametrize(
    "unit",
    [
        "</movie>",
        "<movie>",
        "<?xml ",
        "imdb.com/",
        "thetvdb.com/?",
        "<movie><actor><name>a</name></actor></movie>",
        "<a>",
    ],
)
def test_no_file_takes_long(unit: str) -> None:
    data = (unit * (nfo.MAX_BYTES // len(unit))).encode()
    started = time.process_time()
    with contextlib.suppress(ValueError):
        nfo.read(data)
    assert time.process_time() - started < 3


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")))
def test_anything_is_read_or_refused(data: bytes) -> None:
    for wrapped in (data, b"<movie><title>" + data + b"</title></movie>"):
        with contextlib.suppress(ValueError):
            nfo.read(wrapped)
