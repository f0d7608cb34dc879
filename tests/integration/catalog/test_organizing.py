"""Names for libraries as people have them: scanned, named, moved by hand, and scanned again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reelhouse_catalog.organizing import store, usecases
from reelhouse_catalog.organizing.model import Proposal, Reason, Rules
from reelhouse_kit.db import Database
from reelhouse_naming import LibraryKind
from reelhouse_naming.rendering import TemplateKind
from tests.integration.catalog.scans import House, house
from tests.media import Media

ALL = Rules(include_pending=True)


async def proposed(house: House, rules: Rules = ALL, **chosen: str) -> dict[str, Proposal]:
    """Returns what is proposed for every file, by its path, read in pages of three."""
    templates = {TemplateKind(kind): text for kind, text in chosen.items()}
    found: list[Proposal] = []
    while True:
        page = await usecases.propose_names(
            house.database,
            house.library.id,
            rules,
            templates,
            after=found[-1].file_id if found else None,
            limit=3,
        )
        found += page
        if len(page) < 3:
            return {one.path.decode("utf-8", "replace"): one for one in found}


async def names(house: House, **chosen: str) -> dict[str, str]:
    """Returns the new paths, or why there are none, by the old ones."""
    found = await proposed(house, ALL, **chosen)
    return {path: one.reason or one.new_path for path, one in found.items()}


async def settle(house: House, root: Path) -> None:
    """Moves all files to their names and scans again: all of them are known, and in place."""
    before = {row["id"]: row for row in (await house.files()).values()}
    titles = {title.id for title in (await house.titles()).values()}
    for wish in await usecases.wishes(house.database, house.library.id, ALL, {}):
        assert wish.target is not None
        target = root / wish.target.decode()
        assert not target.exists()
        target.parent.mkdir(parents=True, exist_ok=True)
        (root / wish.source.decode()).rename(target)
    scan = await house.scan()
    assert (scan.stats.get("added_count", 0), scan.stats.get("removed_count", 0)) == (0, 0)
    assert {row["id"] for row in (await house.files()).values()} == set(before)
    for path, one in (await proposed(house)).items():
        assert one.in_place or one.reason, (path, one)
    # What is read from scratch from the new names is the same.
    await house.scan(full=True)
    for path, one in (await proposed(house)).items():
        assert one.in_place or one.reason, (path, one)
    assert {title.id for title in (await house.titles()).values()} == titles


@pytest.mark.timeout(120)
async def test_films(catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "films"
    for name in (
        "Plain.Film.1999.1080p.BluRay.x264-GRP.mkv",
        "Parted (2001)/parted-cd1.mkv",
        "Parted (2001)/parted-cd2.mkv",
        "Twice (2002)/Twice.2002.1080p.WEB-DL.mkv",
        "Twice (2002)/Twice.2002.1080p.BluRay.mkv",
        "Cut (2003)/Cut.2003.Directors.Cut.mkv",
        "AC-DC Live: No? (2004).mp4".replace(":", "").replace("?", ""),
        "Good (2005)/Good (2005).mkv",
        "Good (2005)/trailers/one.mkv",
        "noise.mkv",
    ):
        media.film(root / name)
    media.hevc_dts(root / "Codecs (2006)/Codecs.2006.mkv")
    media.film(root / "Codecs (2006)/Codecs.2006.mp4")
    async with house(catalog_db, catalog_url, root) as home:
        await home.scan()
        found = await names(home)
        assert found == {
            "Plain.Film.1999.1080p.BluRay.x264-GRP.mkv": "Plain Film (1999)/Plain Film (1999).mkv",
            "Parted (2001)/parted-cd1.mkv": "Parted (2001)/Parted (2001) - pt1.mkv",
            "Parted (2001)/parted-cd2.mkv": "Parted (2001)/Parted (2001) - pt2.mkv",
            "Twice (2002)/Twice.2002.1080p.WEB-DL.mkv": (
                "Twice (2002)/Twice (2002) - 480p WEBDL.mkv"
            ),
            "Twice (2002)/Twice.2002.1080p.BluRay.mkv": (
                "Twice (2002)/Twice (2002) - 480p Bluray.mkv"
            ),
            "Cut (2003)/Cut.2003.Directors.Cut.mkv": (
                "Cut (2003)/Cut (2003) - {edition-Directors Cut}.mkv"
            ),
            "AC-DC Live No (2004).mp4": "AC-DC Live No (2004)/AC-DC Live No (2004).mp4",
            "Good (2005)/Good (2005).mkv": "Good (2005)/Good (2005).mkv",
            "Good (2005)/trailers/one.mkv": Reason.NO_TITLE,
            "noise.mkv": Reason.LOW_CONFIDENCE,
            "Codecs (2006)/Codecs.2006.mkv": "Codecs (2006)/Codecs (2006) - 480p h265.mkv",
            "Codecs (2006)/Codecs.2006.mp4": "Codecs (2006)/Codecs (2006) - 480p h264.mp4",
        }
        templated = await names(home, movie="{Quality Full}/{Movie CleanTitle}")
        assert templated["Plain.Film.1999.1080p.BluRay.x264-GRP.mkv"] == (
            "Bluray-480p/Plain Film.mkv"
        )
        # Versions follow the template for films.
        assert templated["Codecs (2006)/Codecs.2006.mp4"] == "480p/Codecs - 480p h264.mp4"
        await settle(home, root)


@pytest.mark.timeout(120)
async def test_series(catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "tv"
    for name in (
        "Show.Name.S01E01.Pilot.720p.mkv",
        "Show Name/Season 1/Show Name - S01E02-E03 - Two - Three.mkv",
        "Show Name/Season 1/Show Name - S01E05.mkv",
        "Show Name/Season 1/Show Name - 1x07.mkv",
        "Show Name/Specials/Show Name - S00E01 - Extra.mkv",
        "[Grp] Anime Show - 12 [1080p].mkv",
        "show.24.s01e02.mkv",
        "Daily Talk/Daily.Talk.2011.11.15.Guest.mkv",
        "Copies (2001)/Season 01/Copies S01E01 BluRay.mkv",
        "Copies (2001)/Season 01/Copies S01E01 HDTV.mkv",
    ):
        media.film(root / name)
    async with house(catalog_db, catalog_url, root, LibraryKind.TV) as home:
        await home.scan()
        found = await names(home)
        assert found == {
            "Show.Name.S01E01.Pilot.720p.mkv": (
                "Show Name/Season 01/Show Name - S01E01 - Pilot.mkv"
            ),
            "Show Name/Season 1/Show Name - S01E02-E03 - Two - Three.mkv": (
                "Show Name/Season 01/Show Name - S01E02-E03 - Two - Three.mkv"
            ),
            "Show Name/Season 1/Show Name - S01E05.mkv": (
                "Show Name/Season 01/Show Name - S01E05.mkv"
            ),
            "Show Name/Season 1/Show Name - 1x07.mkv": (
                "Show Name/Season 01/Show Name - S01E07.mkv"
            ),
            "Show Name/Specials/Show Name - S00E01 - Extra.mkv": (
                "Show Name/Season 00/Show Name - S00E01 - Extra.mkv"
            ),
            "[Grp] Anime Show - 12 [1080p].mkv": (
                "Anime Show/Season 01/Anime Show - S01E12 - 012.mkv"
            ),
            "show.24.s01e02.mkv": "show 24/Season 01/show 24 - S01E02.mkv",
            "Daily Talk/Daily.Talk.2011.11.15.Guest.mkv": (
                "Daily Talk/Season 2011/Daily Talk - 2011-11-15 - Guest.mkv"
            ),
            "Copies (2001)/Season 01/Copies S01E01 BluRay.mkv": (
                "Copies (2001)/Season 01/Copies (2001) - S01E01 - 480p Bluray.mkv"
            ),
            "Copies (2001)/Season 01/Copies S01E01 HDTV.mkv": (
                "Copies (2001)/Season 01/Copies (2001) - S01E01 - 480p HDTV.mkv"
            ),
        }
        await settle(home, root)


@pytest.mark.timeout(120)
async def test_music(catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "music"

    def track(name: str, hertz: int, **tags: str) -> None:
        media.sound(root / name, {"artist": "AC/DC", **tags}, hertz=hertz)

    track("a.flac", 400, album="Live", title="One", track="1", disc="1/2", date="1992")
    track("b.flac", 401, album="Live", title="Two: B", track="2", disc="2/2", date="1992")
    track("c.mp3", 402, album="Single", title="Only", track="1")
    track("d.mp3", 403, album="Single", title="Unnumbered")
    async with house(catalog_db, catalog_url, root, LibraryKind.MUSIC) as home:
        await home.scan()
        found = await names(home)
        artist = found["c.mp3"].split("/")[0]
        assert found == {
            "a.flac": f"{artist}/Live (1992)/1-01 - One.flac",
            "b.flac": f"{artist}/Live (1992)/2-02 - Two - B.flac",
            "c.mp3": f"{artist}/Single/01 - Only.mp3",
            "d.mp3": f"{artist}/Single/Unnumbered.mp3",
        }
        await settle(home, root)


@pytest.mark.timeout(120)
async def test_audiobooks(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "books"
    for number in (1, 2):
        media.sound(root / f"Some Author/Parted Book/{number:02}.mp3", hertz=400 + number)
    media.sound(root / "Some Author/The Series/Vol 2 - 1999 - Second {A Voice}/x.m4b", hertz=500)
    async with house(catalog_db, catalog_url, root, LibraryKind.AUDIOBOOK) as home:
        await home.scan()
        found = await names(home)
        second = "Some Author/The Series/Vol 2 - 1999 - Second {A Voice}"
        assert found == {
            "Some Author/Parted Book/01.mp3": "Some Author/Parted Book/Parted Book - Part 01.mp3",
            "Some Author/Parted Book/02.mp3": "Some Author/Parted Book/Parted Book - Part 02.mp3",
            f"{second}/x.m4b": f"{second}/Second.m4b",
        }
        await settle(home, root)


async def test_titles_that_got_another_name_keep_their_files(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    for name in ("film.original.name.2001.mkv", "other.2002.mkv"):
        media.film(root / name)
    async with house(catalog_db, catalog_url, root) as home:
        await home.scan()
        await home.rows(
            "UPDATE catalog.titles SET name = 'Name: A Tale', year = 2000,"
            """ locked_fields = '["display_name", "year"]' WHERE year = 2001 RETURNING 1"""
        )
        assert await names(home) == {
            "film.original.name.2001.mkv": "Name - A Tale (2000)/Name - A Tale (2000).mkv",
            "other.2002.mkv": "other (2002)/other (2002).mkv",
        }
        await settle(home, root)


async def test_files_in_doubt_keep_their_names(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    for name in ("Film.2001.mkv", "Gone.2002.mkv", "Both.2003.mkv", "Other.2004.mkv"):
        media.film(root / name)
    async with house(catalog_db, catalog_url, root) as home:
        await home.scan()
        assert {one.reason for one in (await proposed(home, Rules())).values()} == {
            Reason.PENDING_REVIEW
        }
        (root / "Gone.2002.mkv").unlink()
        await home.scan()
        await home.rows(
            "INSERT INTO catalog.episode_assets (episode_id, media_file_id)"
            " SELECT e.id, f.id FROM catalog.episodes e"
            " JOIN catalog.titles t ON t.id = e.title_id AND t.name = 'Other',"
            " catalog.media_files f WHERE f.path = 'Both.2003.mkv' RETURNING 1"
        )
        found = await proposed(home, Rules(include_pending=True, min_confidence=0.99))
        assert {path: one.reason for path, one in found.items()} == {
            "Film.2001.mkv": Reason.LOW_CONFIDENCE,
            "Gone.2002.mkv": Reason.MISSING,
            "Both.2003.mkv": Reason.AMBIGUOUS,
            "Other.2004.mkv": Reason.LOW_CONFIDENCE,
        }
        found = await proposed(home, ALL, movie="{Edition Tags}")
        assert found["Film.2001.mkv"].reason is Reason.UNNAMABLE


async def test_a_page_takes_a_fixed_number_of_statements(
    catalog_db: Database,
    catalog_url: str,
    media: Media,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = tmp_path / "films"
    for number in range(8):
        media.film(root / f"Film.{2000 + number}.mkv")
    async with house(catalog_db, catalog_url, root) as home:
        await home.scan()
        files = await store.page(catalog_db, home.library.id, ALL, None, 100)
        assert len(files) == 8
        seen: list[str] = []
        original = Database.all

        async def counted(self: Database, query: Any, /, **values: object) -> Any:
            seen.append(query.sql)
            return await original(self, query, **values)

        monkeypatch.setattr(Database, "all", counted)
        for page in (files[:1], files):
            seen.clear()
            assert len(await store.known(catalog_db, page)) == len(page)
            assert len(seen) == 4
