"""What people change of titles, and that scans leave it alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date

from reelhouse.catalog.v1 import (
    credits_pb2,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    title_pb2,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse_catalog.enrichment import usecases as enrichment
from reelhouse_catalog.enrichment.model import Finding, Metadata
from reelhouse_catalog.titles.model import TITLE
from reelhouse_kit.db import Database, atomic
from tests.contract import expect
from tests.contract.methods import Answer
from tests.media import Media
from tests.suite import Client, Suite

pb, files_pb = title_service_pb2, media_file_service_pb2
Title = title_pb2.Title


@dataclass
class House:
    """A scanned library of films and one of a series, and who may change them."""

    suite: Suite
    titles: Client
    media_files: Client
    films: str
    series: str
    folder: Path
    media: Media

    async def named(self) -> dict[str, Any]:
        """Returns the titles by what they are called, as everybody sees them."""
        listed = await self.titles.ListTitles(pb.ListTitlesRequest())
        return {title.display_name: title for title in listed.titles}

    async def episodes(self, title: str) -> list[Any]:
        """Returns the episodes of a title."""
        listed = await self.titles.ListEpisodes(pb.ListEpisodesRequest(parent=title))
        return list(listed.episodes)

    async def file(self, name: str) -> Any:
        """Returns the media file of this file's name."""
        found = (await self.suite.files())[name]
        return await self.media_files.GetMediaFile(files_pb.GetMediaFileRequest(name=found.name))

    async def rescan(self) -> None:
        """Opens every file of both libraries again."""
        for library in (self.films, self.series):
            await self.suite.scan(library)

    async def touch(self) -> None:
        """Changes every file, so that scans place them again."""
        for number, path in enumerate(sorted(self.folder.rglob("*.mkv"))):
            self.media.film(path, hertz=500 + number, seconds=2)

    async def found(self, title: str, *findings: Finding) -> bool:
        """Has providers find something for a title."""
        url = self.suite.settings["catalog"].database_url
        async with Database.open(url, schema="catalog", size=1) as database:
            return await atomic(enrichment.keep_findings)(
                database, TITLE.parse_one(title), findings
            )


@pytest.fixture
async def house(suite: Suite, media: Media, tmp_path: Path) -> AsyncIterator[House]:
    folder = tmp_path / "media"
    for name in ("Heat (1995)", "Heat 1995 Remux", "Ronin (1998)"):
        media.film(folder / "films" / name / f"{name}.mkv")
    media.film(folder / "films" / "Ronin (1998)" / "Ronin (1998) - 720p.mkv", hertz=300)
    show = folder / "series" / "Harbor Lights" / "Season 01"
    for number in (1, 2, 3):
        media.film(show / f"Harbor Lights - S01E0{number}.mkv", hertz=300 + number)
    other = folder / "series" / "Harbour Lights" / "Season 01"
    for number in (3, 4):
        media.film(other / f"Harbour Lights - S01E0{number}.mkv", hertz=310 + number)
    async with suite.workers():
        yield House(
            suite,
            suite.stub(title_service_pb2_grpc, "TitleService", "admin"),
            suite.stub(media_file_service_pb2_grpc, "MediaFileService", "admin"),
            await suite.library(folder / "films"),
            await suite.library(folder / "series", "TV"),
            folder,
            media,
        )


async def update(house: House, title: Any, *paths: str, **values: Any) -> Any:
    changed = Title(name=title.name, etag=title.etag, **values)
    request = pb.UpdateTitleRequest(title=changed, update_mask=FieldMask(paths=paths))
    return await house.titles.UpdateTitle(request)


async def test_what_people_set_stays(house: House) -> None:
    ronin = (await house.named())["Ronin"]
    person = credits_pb2.Person(
        display_name="Robert De Niro", role=credits_pb2.Person.ROLE_ACTOR, character="Sam"
    )
    edited = await update(
        house,
        ronin,
        display_name="Ronin, the Film",
        overview="Men and a case.",
        release_date=Date(year=1998, month=9, day=25),
        genres=["Thriller"],
        rating=7.2,
        people=[person],
        external_ids={"IMDB": "tt0122690"},
    )
    assert list(edited.locked_fields) == [
        "display_name",
        "external_ids",
        "genres",
        "overview",
        "people",
        "rating",
        "release_date",
    ]
    assert (edited.sort_name, edited.external_ids["imdb"]) == ("ronin, the film", "tt0122690")
    assert edited.people[0] == person
    said = Metadata(display_name="Ronin!", overview="?", tagline="Your ally.", rating=1.0)
    assert await house.found(ronin.name, Finding("tmdb", "8195", 1.0, said))
    assert not await house.found(ronin.name, Finding("tmdb", "8195", 1.0, said))
    await house.touch()
    await house.rescan()
    after = await house.titles.GetTitle(pb.GetTitleRequest(name=ronin.name))
    assert (after.display_name, after.overview, after.rating) == (
        "Ronin, the Film",
        "Men and a case.",
        7.2,
    )
    assert after.tagline == "Your ally."
    refs = await house.titles.ListProviderRefs(pb.ListProviderRefsRequest(parent=ronin.name))
    (ref,) = refs.provider_refs
    assert (ref.provider, ref.provider_key, ref.target) == ("tmdb", "8195", ronin.name)
    assert await house.titles.GetProviderRef(pb.GetProviderRefRequest(name=ref.name)) == ref

    # What is no longer locked is what is to be believed.
    unlocked = await update(house, after, "locked_fields", locked_fields=["overview"])
    assert (unlocked.display_name, unlocked.rating) == ("Ronin!", 1.0)
    assert list(unlocked.locked_fields) == ["overview"]
    assert unlocked.overview == "Men and a case."


async def test_changes_of_an_old_version_are_refused(house: House) -> None:
    ronin = (await house.named())["Ronin"]
    await update(house, ronin, tagline="One.")
    with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
        await update(house, ronin, tagline="Two.")


@pytest.mark.parametrize(
    "values",
    [
        {"release_date": Date(year=1998, month=13, day=1)},
        {"release_date": Date(year=1998)},
        {"external_ids": {"": "1"}},
        {"locked_fields": ["images"]},
        {"locked_fields": ["nonsense"]},
        {"rating": 11},
        {"people": [credits_pb2.Person(display_name="Nobody")]},
    ],
    ids=lambda values: str(values)[:30],
)
async def test_values_that_are_none(house: House, values: dict[str, Any]) -> None:
    ronin = (await house.named())["Ronin"]
    with expect.error(expect.INVALID):
        await update(house, ronin, **values)


async def test_seasons_episodes_and_tracks_can_be_set(house: House) -> None:
    show = (await house.named())["Harbor Lights"]
    episode = (await house.episodes(show.name))[0]
    changed = title_pb2.Episode(name=episode.name, etag=episode.etag, display_name="Arrival")
    edited = await house.titles.UpdateEpisode(pb.UpdateEpisodeRequest(episode=changed))
    assert (edited.display_name, list(edited.locked_fields)) == ("Arrival", ["display_name"])
    listing = pb.ListSeasonsRequest(parent=show.name)
    (season,) = (await house.titles.ListSeasons(listing)).seasons
    named = title_pb2.Season(name=season.name, display_name="The Storm")
    edited = await house.titles.UpdateSeason(pb.UpdateSeasonRequest(season=named))
    assert edited.display_name == "The Storm"
    said = Metadata(display_name="?", overview="They come.")
    await house.found(
        show.name,
        Finding("tvdb", "1", 1.0, Metadata(), seasons={1: said}, episodes={(1, 1): said}),
    )
    episode = (await house.episodes(show.name))[0]
    assert (episode.display_name, episode.overview) == ("Arrival", "They come.")
    (season,) = (await house.titles.ListSeasons(listing)).seasons
    assert (season.display_name, season.overview) == ("The Storm", "They come.")


async def test_lists_are_filtered_and_ordered(house: House) -> None:
    named = await house.named()
    for name, year, genres, rating, mpaa in (
        ("Ronin", 1998, ["Thriller", "Krimi"], 7.2, "R"),
        ("Heat", 1995, ["Crime"], 8.3, "R"),
        ("Harbor Lights", 2004, ["Dr\u00e4ma"], 0.0, "TV-14"),
    ):
        values: dict[str, Any] = {"rating": rating} if rating else {}
        await update(house, named[name], year=year, genres=genres, content_rating=mpaa, **values)
    person = credits_pb2.Person(display_name="Val Kilmer", role=credits_pb2.Person.ROLE_ACTOR)
    heat = (await house.named())["Heat"]
    await update(house, heat, people=[person])

    async def listed(**filters: Any) -> list[str]:
        names: list[str] = []
        token = ""
        while True:
            page = await house.titles.ListTitles(
                pb.ListTitlesRequest(page_size=2, page_token=token, **filters)
            )
            names += [title.display_name for title in page.titles]
            token = page.next_page_token
            if not token:
                return names

    order = pb.ListTitlesRequest
    everything = sorted((await house.named()).keys())
    assert await listed(genre="drama") == ["Harbor Lights"]
    assert await listed(person="VAL KILMER") == ["Heat"]
    assert await listed(genre="crime", person="val kilmer") == ["Heat"]
    assert await listed(min_year=1996, max_year=2000) == ["Ronin"]
    assert await listed(content_rating="R", kind=Title.KIND_MOVIE) == ["Heat", "Ronin"]
    assert sorted(await listed(has_files=True)) == everything
    assert await listed(has_files=False) == []
    assert (await listed(order=order.ORDER_RATING))[:2] == ["Heat", "Ronin"]
    assert (await listed(order=order.ORDER_RELEASE_DATE))[:2] == ["Harbor Lights", "Ronin"]
    for choice in order.Order.values():
        assert sorted(await listed(order=choice)) == everything


async def test_titles_are_merged(house: House) -> None:
    named = await house.named()
    target, other = named["Harbor Lights"], named["Harbour Lights"]
    there = await house.episodes(other.name)
    changed = title_pb2.Episode(name=there[0].name, display_name="Storm")
    await house.titles.UpdateEpisode(pb.UpdateEpisodeRequest(episode=changed))
    await house.found(other.name, Finding("tvdb", "9", 0.9, Metadata(overview="By the sea.")))
    request = pb.MergeTitlesRequest(name=target.name, titles=[other.name], request_id=str(uuid4()))
    merged = await house.titles.MergeTitles(request)
    assert await house.titles.MergeTitles(request) == merged  # done once
    assert (merged.display_name, merged.overview) == ("Harbor Lights", "By the sea.")
    episodes = await house.episodes(target.name)
    assert [(e.season_number, e.number, len(e.media_files)) for e in episodes] == [
        (1, 1, 1),
        (1, 2, 1),
        (1, 3, 2),
        (1, 4, 1),
    ]
    assert episodes[2].display_name == "Storm"
    refs = await house.titles.ListProviderRefs(pb.ListProviderRefsRequest(parent=target.name))
    assert [ref.provider_key for ref in refs.provider_refs] == ["9"]

    # The old name tells the new one, whatever it is asked for.
    for call in (
        house.titles.GetTitle(pb.GetTitleRequest(name=other.name)),
        house.titles.ListEpisodes(pb.ListEpisodesRequest(parent=other.name)),
        house.titles.UpdateTitle(pb.UpdateTitleRequest(title=Title(name=other.name, tagline="?"))),
    ):
        with pytest.raises(Exception) as caught:
            await call
        answer = Answer.of(caught.value)  # type: ignore[arg-type] # of a call
        assert (answer.code, answer.reason) == (expect.NOT_FOUND, "TITLE_MERGED")
    assert "Harbour Lights" not in await house.named()

    # Files named after it, changed or new, come to the other title.
    await house.touch()
    new = house.folder / "series" / "Harbour Lights" / "Season 01" / "Harbour Lights - S01E05.mkv"
    house.media.film(new, hertz=777)
    await house.rescan()
    assert "Harbour Lights" not in await house.named()
    assert [e.number for e in await house.episodes(target.name)] == [1, 2, 3, 4, 5]
    assert len((await house.episodes(target.name))[2].media_files) == 2


async def test_what_cannot_be_merged(house: House) -> None:
    named = await house.named()
    film, show = named["Ronin"].name, named["Harbor Lights"].name
    with expect.error(expect.PRECONDITION, "TITLES_INCOMPATIBLE"):
        await house.titles.MergeTitles(pb.MergeTitlesRequest(name=film, titles=[show]))
    with expect.error(expect.INVALID):
        await house.titles.MergeTitles(pb.MergeTitlesRequest(name=film, titles=[film]))


async def test_a_title_is_split(house: House) -> None:
    named = await house.named()
    ronin = named["Ronin"]
    small = await house.file("Ronin (1998) - 720p.mkv")
    request = pb.SplitTitleRequest(
        name=ronin.name, media_files=[small.name], display_name="Ronin Redone", year=2013
    )
    made = await house.titles.SplitTitle(request)
    assert (made.display_name, made.year, made.media_file_count) == ("Ronin Redone", 2013, 1)
    assert (await house.file("Ronin (1998) - 720p.mkv")).pinned
    await house.touch()
    await house.rescan()
    after = await house.named()
    assert after["Ronin"].media_file_count == after["Ronin Redone"].media_file_count == 1
    with expect.error(expect.PRECONDITION, "MEDIA_FILE_NOT_LINKED"):
        await house.titles.SplitTitle(request)
    # Files that are named after the new title come to it.
    house.media.film(house.folder / "films" / "Ronin Redone (2013).mkv", hertz=600)
    await house.rescan()
    assert (await house.named())["Ronin Redone"].media_file_count == 2


async def test_what_a_file_is_can_be_said(house: House) -> None:
    named = await house.named()
    heat, ronin, show = (named[n].name for n in ("Heat", "Ronin", "Harbor Lights"))
    file = await house.file("Heat (1995).mkv")
    unlinked = await house.titles.UnlinkMediaFile(
        pb.UnlinkMediaFileRequest(media_file=file.name, title=heat)
    )
    assert (list(unlinked.links), unlinked.pinned) == ([], True)
    with expect.error(expect.PRECONDITION, "MEDIA_FILE_NOT_LINKED"):
        await house.titles.UnlinkMediaFile(
            pb.UnlinkMediaFileRequest(media_file=file.name, title=heat)
        )
    await house.touch()
    await house.rescan()
    assert not (await house.file("Heat (1995).mkv")).links
    linked = await house.titles.LinkMediaFile(
        pb.LinkMediaFileRequest(media_file=file.name, title=ronin)
    )
    assert [link.title for link in linked.links] == [ronin]
    both = await house.titles.LinkMediaFile(
        pb.LinkMediaFileRequest(media_file=file.name, title=show, season_number=2, number=7)
    )
    assert {link.title for link in both.links} == {ronin, show}
    assert both.confidence == 1.0
    only = await house.titles.LinkMediaFile(
        pb.LinkMediaFileRequest(
            media_file=file.name,
            title=show,
            episode=(await house.episodes(show))[0].name,
            exclusive=True,
        )
    )
    assert [link.title for link in only.links] == [show]
    await house.rescan()
    assert [link.title for link in (await house.file("Heat (1995).mkv")).links] == [show]
    for wrong in (
        pb.LinkMediaFileRequest(media_file=file.name, title=show),
        pb.LinkMediaFileRequest(media_file=file.name, title=show, number=1),
        pb.LinkMediaFileRequest(
            media_file=file.name, title=ronin, episode=(await house.episodes(show))[0].name
        ),
    ):
        with expect.error(expect.INVALID):
            await house.titles.LinkMediaFile(wrong)
    # Back to what its name says.
    probe = files_pb.ProbeMediaFileRequest(name=file.name, rematch=True)
    again = await house.media_files.ProbeMediaFile(probe)
    assert ([link.title for link in again.links], again.pinned) == ([heat], False)


async def test_one_of_several_versions_is_the_canonical_one(house: House) -> None:
    ronin = (await house.named())["Ronin"]
    (film,) = await house.episodes(ronin.name)
    assert len(film.media_files) == 2

    async def canonical() -> list[str]:
        found = [
            await house.media_files.GetMediaFile(files_pb.GetMediaFileRequest(name=name))
            for name in film.media_files
        ]
        return [file.name for file in found if any(link.canonical for link in file.links)]

    first, second = film.media_files
    assert await canonical() == [first]
    request = files_pb.SetCanonicalMediaFileRequest(name=second)
    await house.media_files.SetCanonicalMediaFile(request)
    assert await canonical() == [second]
    assert (await house.episodes(ronin.name))[0].media_files[0] == second
    await house.touch()
    await house.rescan()
    assert await canonical() == [second]
    unlink = pb.UnlinkMediaFileRequest(media_file=second)
    await house.titles.UnlinkMediaFile(unlink)
    assert await canonical() == [first]
    with expect.error(expect.PRECONDITION, "MEDIA_FILE_NOT_LINKED"):
        await house.media_files.SetCanonicalMediaFile(request)
