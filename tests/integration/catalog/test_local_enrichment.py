"""What lies in media files and beside them, found by real scans."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from reelhouse_catalog.enrichment.model import PersonRole
from reelhouse_kit.db import Database
from reelhouse_naming import LibraryKind
from tests.integration.catalog.scans import house
from tests.media import Media

ROLE = {role.value for role in PersonRole}


async def test_a_film_with_all_beside_it(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    folder = root / "Heat (1995)"
    media.film(folder / "Heat (1995).mkv")
    (folder / "movie.nfo").write_text(
        "<movie><title>Heat</title><plot>A crew and a cop.</plot><mpaa>R</mpaa>"
        "<premiered>1995-12-15</premiered><genre>Crime</genre><uniqueid type='tmdb'>949</uniqueid>"
        "<director>Michael Mann</director>"
        "<actor><name>Al Pacino</name><role>Hanna</role></actor></movie>"
    )
    for name in ("poster.jpg", "fanart.jpg", "clearlogo.png", "banner.jpg", "holiday.jpg"):
        (folder / name).write_bytes(b"x")
    for name in (
        "Heat (1995).en.srt",
        "Heat (1995).de.forced.srt",
        "Heat (1995).en.sdh.default.ass",
        "Ronin (1998).en.srt",
    ):
        (folder / name).write_text("1\n")
    (folder / "Subs").mkdir()
    (folder / "Subs" / "French.srt").write_text("1\n")
    async with house(catalog_db, catalog_url, root) as films:
        await films.scan()
        heat = await films.title()
        assert (heat.overview, heat.content_rating, heat.rating_system) == (
            "A crew and a cop.",
            "R",
            "MPAA",
        )
        assert heat.release_date == date(1995, 12, 15)
        assert (heat.genres, heat.external_ids) == (["Crime"], {"tmdb": "949"})
        assert [(p["name"], p["role"], p["character"]) for p in heat.people] == [
            ("Michael Mann", "director", ""),
            ("Al Pacino", "actor", "Hanna"),
        ]
        assert {(i["kind"], i["path"]) for i in heat.images} == {
            ("poster", "Heat (1995)/poster.jpg"),
            ("backdrop", "Heat (1995)/fanart.jpg"),
            ("logo", "Heat (1995)/clearlogo.png"),
            ("banner", "Heat (1995)/banner.jpg"),
        }
        (file,) = (await films.files()).values()
        shown = {
            s["path"].rpartition("/")[2]: (s["language"], s["format"], s["forced"], s["default"])
            for s in file["external_subtitles"]
        }
        assert shown == {
            "Heat (1995).en.srt": ("en", "srt", False, False),
            "Heat (1995).de.forced.srt": ("de", "srt", True, False),
            "Heat (1995).en.sdh.default.ass": ("en", "ass", False, True),
            "French.srt": ("fr", "srt", False, False),
        }
        sdh = [s for s in file["external_subtitles"] if s["hearing_impaired"]]
        assert [s["format"] for s in sdh] == ["ass"]


async def test_changes_beside_the_media_are_noticed(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    folder = root / "Night Train (2019)"
    media.film(folder / "Night Train (2019).mkv")
    async with house(catalog_db, catalog_url, root) as films:
        await films.scan()
        before = await films.title()
        assert (before.overview, before.locked_fields) == ("", [])
        document = folder / "Night Train (2019).nfo"
        document.write_text("<movie><title>The Night Train</title><plot>One.</plot></movie>")
        added = await films.scan()
        assert added.stats["unchanged_count"] == 1  # the media file was not opened
        first = await films.title()
        assert (first.name, first.sort_name, first.overview) == (
            "The Night Train",
            "night train",
            "One.",
        )
        document.write_text("<movie><plot>Another one.</plot></movie>")
        (folder / "Night Train (2019).en.srt").write_text("1\n")
        await films.scan()
        second = await films.title()
        # What the NFO no longer says is what the file's name says again.
        assert (second.name, second.overview) == ("Night Train", "Another one.")
        (file,) = (await films.files()).values()
        assert len(file["external_subtitles"]) == 1
        again = await films.scan()
        assert (await films.title()).revision == second.revision
        assert again.stats["unchanged_count"] == 1
        document.unlink()
        (folder / "Night Train (2019).en.srt").unlink()
        await films.scan()
        last = await films.title()
        assert (last.name, last.overview, last.id) == ("Night Train", "", before.id)
        (file,) = (await films.files()).values()
        assert file["external_subtitles"] == []


async def test_films_of_one_folder_do_not_share_what_is_for_the_folder(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    folder = root / "Action"
    media.film(folder / "Heat (1995).mkv")
    media.film(folder / "Ronin (1998).mkv", hertz=300)
    (folder / "folder.jpg").write_bytes(b"x")
    (folder / "movie.nfo").write_text("<movie><plot>Whose?</plot></movie>")
    (folder / "Ronin (1998)-poster.jpg").write_bytes(b"x")
    (folder / "Ronin (1998).nfo").write_text("https://www.imdb.com/title/tt0122690/")
    (folder / "Heat (1995).en.srt").write_text("1\n")
    async with house(catalog_db, catalog_url, root) as films:
        await films.scan()
        titles = await films.titles()
        assert (titles["Heat"].images, titles["Heat"].overview) == ([], "")
        ronin = titles["Ronin"]
        assert [image["path"] for image in ronin.images] == ["Action/Ronin (1998)-poster.jpg"]
        assert ronin.external_ids == {"imdb": "tt0122690"}
        files = await films.files()
        assert len(files["Action/Heat (1995).mkv"]["external_subtitles"]) == 1
        assert files["Action/Ronin (1998).mkv"]["external_subtitles"] == []


async def test_a_series(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "series"
    show = root / "Harbor Lights"
    season = show / "Season 01"
    media.film(season / "Harbor Lights - S01E01-E02.mkv")
    media.film(season / "Harbor Lights - S01E03.mkv", hertz=300)
    (show / "tvshow.nfo").write_text(
        "<tvshow><title>Harbor Lights</title><plot>By the sea.</plot><studio>NBC</studio>"
        "<uniqueid type='tvdb'>71663</uniqueid><namedseason number='1'>The Storm</namedseason>"
        "</tvshow>"
    )
    (show / "poster.jpg").write_bytes(b"x")
    (show / "season01-poster.jpg").write_bytes(b"x")
    (season / "Harbor Lights - S01E01-E02.nfo").write_text(
        "".join(
            f"<episodedetails><title>{name}</title><season>1</season><episode>{n}</episode>"
            f"<aired>2019-03-0{n}</aired></episodedetails>"
            for n, name in ((1, "Arrival"), (2, "Departure"))
        )
    )
    (season / "Harbor Lights - S01E03-thumb.jpg").write_bytes(b"x")
    async with house(catalog_db, catalog_url, root, LibraryKind.TV) as series:
        await series.scan()
        title = await series.title()
        assert (title.overview, title.studios) == ("By the sea.", ["NBC"])
        assert [i["path"] for i in title.images] == ["Harbor Lights/poster.jpg"]
        (first,) = await series.seasons(title.id)
        assert first.name == "The Storm"
        assert [i["path"] for i in first.images] == ["Harbor Lights/season01-poster.jpg"]
        episodes = await series.episodes(title.id)
        assert [e.name for e in episodes] == ["Arrival", "Departure", ""]
        assert episodes[1].release_date == date(2019, 3, 2)
        assert [i["kind"] for i in episodes[2].images] == ["still"]

        # An episode that comes later has what is known of it, too.
        (season / "Harbor Lights - S01E04.nfo").write_text(
            "<episodedetails><title>Return</title></episodedetails>"
        )
        await series.scan()
        media.film(season / "Harbor Lights - S01E04.mkv", hertz=320)
        await series.scan()
        assert [e.name for e in await series.episodes(title.id)][-1] == "Return"
        # One level up, nothing but the document changed.
        (show / "tvshow.nfo").write_text("<tvshow><plot>By the lake.</plot></tvshow>")
        await series.scan()
        assert (await series.title()).overview == "By the lake."


async def test_music(catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "music"
    folder = root / "The Breakwaters" / "Slack Water"
    album_id = "0da580f2-6768-498f-af9d-2becaddf15e0"
    tags = {
        "artist": "The Breakwaters",
        "album": "Slack Water",
        "genre": "Ambient; Drone",
        "date": "2016-05-01",
        "publisher": "Tide",
        "MUSICBRAINZ_ALBUMID": album_id,
    }
    media.sound(folder / "1.flac", {**tags, "title": "Salt", "track": "1/2"})
    media.sound(folder / "2.flac", {**tags, "title": "Home", "track": "2/2"}, hertz=300)
    media.sound(root / "x" / "3.ogg", {**tags, "title": "Far", "track": "3"}, hertz=310)
    (folder / "cover.jpg").write_bytes(b"x")
    (folder / "album.nfo").write_text("<album><review>Salty.</review><genre>Noise</genre></album>")
    (folder.parent / "artist.nfo").write_text("<artist><name>The Breakwaters</name></artist>")
    async with house(catalog_db, catalog_url, root, LibraryKind.MUSIC) as music:
        await music.scan()
        album = await music.title()
        assert album.genres == ["Noise", "Ambient", "Drone"]
        assert (album.studios, album.release_date) == (["Tide"], date(2016, 5, 1))
        assert album.external_ids == {"musicbrainz": album_id}
        assert album.overview == "Salty."
        assert [(p["name"], p["role"]) for p in album.people] == [("The Breakwaters", "artist")]
        assert [i["path"].rpartition("/")[2] for i in album.images] == ["cover.jpg"]
        tracks = await music.tracks(album.id)
        assert [(t.number, t.name) for t in tracks] == [(1, "Salt"), (2, "Home"), (3, "Far")]
        assert all(t.duration_ms and abs(t.duration_ms - 1000) < 100 for t in tracks)


async def test_an_audiobook(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "books"
    media.sound(
        root / "Ada Winter" / "The Lighthouse" / "The Lighthouse.mp3",
        {
            "artist": "Ada Winter",
            "album": "The Lighthouse",
            "title": "The Lighthouse",
            "composer": "Ben Reader",
            "series": "Coast",
            "series-part": "2",
            "description": "A keeper waits.",
            "asin": "B002V5D7QY",
            "isbn": "978-3-16-148410-0",
        },
    )
    async with house(catalog_db, catalog_url, root, LibraryKind.AUDIOBOOK) as books:
        await books.scan()
        book = await books.title()
        assert (book.series, book.series_position) == ("Coast", "2")
        assert (book.narrators, book.creators) == (["Ben Reader"], ["Ada Winter"])
        assert book.overview == "A keeper waits."
        assert book.external_ids == {"asin": "B002V5D7QY", "isbn": "9783161484100"}


async def test_what_is_not_to_be_trusted_stops_no_scan(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    folder = root / "Heat (1995)"
    media.film(folder / "Heat (1995).mkv")
    (folder / "movie.nfo").write_text(
        '<!DOCTYPE m [<!ENTITY a "b">]><movie><plot>&a;</plot></movie>'
    )
    (folder / "Heat (1995).nfo").write_bytes(b"<movie><plot>" + b"x" * 2_000_000)
    (folder / "poster.jpg").symlink_to("/nowhere")
    (folder / b"\xff\xfe-poster.jpg".decode("utf-8", "surrogateescape")).write_bytes(b"x")
    async with house(catalog_db, catalog_url, root) as films:
        await films.scan()
        assert (await films.title()).overview == ""
        problems = await films.rows("SELECT error FROM catalog.sidecars WHERE error <> ''")
        assert len(problems) == 2
