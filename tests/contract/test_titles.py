from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from reelhouse.catalog.v1 import (
    library_pb2,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    naming_service_pb2,
    naming_service_pb2_grpc,
    parsed_name_pb2,
    title_pb2,
    title_service_pb2,
    title_service_pb2_grpc,
)
from tests.contract import expect
from tests.media import Media
from tests.suite import Client, Suite

pb, files_pb = title_service_pb2, media_file_service_pb2
Title = title_pb2.Title


@pytest.fixture
async def titles(suite: Suite, media: Media, tmp_path: Path) -> AsyncIterator[Client]:
    """Yields the titles of a scanned library of films and one of a series."""
    films = tmp_path / "films"
    for name in ("The Émigré (1971)", "Amélie (2001)", "The Matrix (1999)", "Zwölf Fenster (2008)"):
        media.film(films / name / f"{name}.mkv")
    media.film(films / "Amélie (2001)" / "Amélie (2001) - 720p.mp4")
    show = tmp_path / "series" / "Harbor Lights"
    for season, number in ((1, 1), (1, 2), (2, 1)):
        media.film(show / f"Season {season:02}" / f"Harbor Lights - S{season:02}E{number:02}.mkv")
    (films / "Broken (1999).mkv").write_bytes(b"no film")
    async with suite.workers():
        await suite.library(films)
        await suite.library(tmp_path / "series", "TV")
        yield suite.stub(title_service_pb2_grpc, "TitleService", "alice")


async def search(titles: Client, query: str) -> list[str]:
    found = await titles.SearchTitles(pb.SearchTitlesRequest(query=query))
    return [result.title.display_name for result in found.results]


async def test_lists_are_in_order_and_paged(titles: Client) -> None:
    names: list[str] = []
    token = ""
    while True:
        page = await titles.ListTitles(pb.ListTitlesRequest(page_size=2, page_token=token))
        names += [title.display_name for title in page.titles]
        token = page.next_page_token
        if not token:
            break
    expected = ["Amélie", "The Émigré", "Harbor Lights", "The Matrix", "Zwölf Fenster"]
    assert sorted(names) == sorted(expected)
    assert names.index("The Matrix") < names.index("Zwölf Fenster")
    films = await titles.ListTitles(pb.ListTitlesRequest(kind=Title.KIND_MOVIE))
    assert len(films.titles) == 4


async def test_a_film_in_two_qualities_is_one_title(titles: Client, suite: Suite) -> None:
    (found,) = (await titles.SearchTitles(pb.SearchTitlesRequest(query="amelie"))).results
    assert found.title.media_file_count == 2
    listing = pb.ListEpisodesRequest(parent=found.title.name)
    (episode,) = (await titles.ListEpisodes(listing)).episodes
    assert not episode.HasField("number")
    assert len(episode.media_files) == 2
    assert await titles.GetEpisode(pb.GetEpisodeRequest(name=episode.name)) == episode
    files = suite.stub(media_file_service_pb2_grpc, "MediaFileService", "alice")
    of_title = files_pb.ListMediaFilesRequest(title=found.title.name)
    listed = (await files.ListMediaFiles(of_title)).media_files
    assert {file.name for file in listed} == set(episode.media_files)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("AMELIE", "Amélie"),
        ("emigre", "The Émigré"),
        ("zwolf fenster", "Zwölf Fenster"),
        ("matrx", "The Matrix"),
        ("harbour lights", "Harbor Lights"),
        ("ma", "The Matrix"),
    ],
)
async def test_search(titles: Client, query: str, first: str) -> None:
    assert (await search(titles, query))[:1] == [first]


async def test_search_finds_nothing_where_nothing_fits(titles: Client) -> None:
    assert await search(titles, "qqqqqqq") == []
    with expect.error(expect.INVALID):
        await search(titles, "%%%")


async def test_seasons_and_episodes(titles: Client) -> None:
    (found,) = (await titles.SearchTitles(pb.SearchTitlesRequest(query="harbor lights"))).results
    show = found.title.name
    seasons = (await titles.ListSeasons(pb.ListSeasonsRequest(parent=show))).seasons
    assert [(season.number, season.episode_count) for season in seasons] == [(1, 2), (2, 1)]
    codes = []
    token = ""
    while True:
        page = await titles.ListEpisodes(
            pb.ListEpisodesRequest(parent=show, page_size=2, page_token=token)
        )
        codes += [(episode.season_number, episode.number) for episode in page.episodes]
        token = page.next_page_token
        if not token:
            break
    assert codes == [(1, 1), (1, 2), (2, 1)]
    of_season = pb.ListEpisodesRequest(parent=show, season=seasons[1].name)
    assert len((await titles.ListEpisodes(of_season)).episodes) == 1


async def test_media_files(titles: Client, suite: Suite) -> None:
    alice = suite.stub(media_file_service_pb2_grpc, "MediaFileService", "alice")
    admin = suite.stub(media_file_service_pb2_grpc, "MediaFileService", "admin")
    found = await suite.files()
    name = found["The Matrix (1999).mkv"].name
    file = await alice.GetMediaFile(files_pb.GetMediaFileRequest(name=name))
    assert [stream.codec for stream in file.streams] == ["h264", "aac"]
    assert (file.width, file.height, file.video_codec) == (320, 180, "h264")
    assert len(file.links) == 1
    # Where files lie on the servers is not everybody's business.
    assert file.absolute_path_bytes == b""
    seen = await admin.GetMediaFile(files_pb.GetMediaFileRequest(name=name))
    assert seen.absolute_path_bytes.endswith(b"The Matrix (1999).mkv")

    names = [f.name for f in found.values()]
    batch = await alice.BatchGetMediaFiles(files_pb.BatchGetMediaFilesRequest(names=names[::-1]))
    assert [f.name for f in batch.media_files] == names[::-1]
    missing = "mediaFiles/00000000-0000-7000-8000-000000000000"
    with expect.error(expect.NOT_FOUND):
        request = files_pb.BatchGetMediaFilesRequest(names=[*names, missing])
        await alice.BatchGetMediaFiles(request)
    broken = await alice.ListMediaFiles(files_pb.ListMediaFilesRequest(broken=True))
    assert [f.path for f in broken.media_files] == ["Broken (1999).mkv"]
    assert broken.media_files[0].probe_error
    odd = await alice.ListMediaFiles(files_pb.ListMediaFilesRequest(unmatched=True))
    assert [f.path for f in odd.media_files] == ["Broken (1999).mkv"]


async def test_watching_titles(titles: Client, suite: Suite, media: Media, tmp_path: Path) -> None:
    watch = titles.WatchTitles(pb.WatchTitlesRequest(kind=Title.KIND_MOVIE))
    first = [await watch.read() for _ in range(5)]
    assert [response.WhichOneof("event") for response in first] == ["created"] * 4 + ["checkpoint"]
    token = first[-1].resume_token
    watch.cancel()

    media.film(tmp_path / "more" / "Night Train (2019).mkv")
    await suite.library(tmp_path / "more")
    resumed = titles.WatchTitles(pb.WatchTitlesRequest(kind=Title.KIND_MOVIE, resume_token=token))
    async with asyncio.timeout(10):
        response = await resumed.read()
    assert response.created.display_name == "Night Train"
    resumed.cancel()
    with expect.error(expect.INVALID, "RESUME_TOKEN_INVALID"):
        other = titles.WatchTitles(pb.WatchTitlesRequest(resume_token=token))
        await other.read()


async def test_names_are_read(suite: Suite) -> None:
    naming = suite.stub(naming_service_pb2_grpc, "NamingService", "alice")
    request = naming_service_pb2.ParseNameRequest(
        path="Harbor.Lights.S02E03.1080p.WEB-DL.H264-GRP.mkv", kind=library_pb2.Library.KIND_TV
    )
    parsed = (await naming.ParseName(request)).parsed_name
    assert (parsed.kind, parsed.title) == (parsed_name_pb2.ParsedName.KIND_EPISODE, "Harbor Lights")
    assert (parsed.season, list(parsed.episodes)) == (2, [3])
    assert (parsed.resolution, parsed.release_group) == (1080, "GRP")


async def test_what_comes_after_episodes(titles: Client) -> None:
    async def episodes(query: str) -> list[str]:
        (found, *_) = (await titles.SearchTitles(pb.SearchTitlesRequest(query=query))).results
        listing = pb.ListEpisodesRequest(parent=found.title.name)
        return [episode.name for episode in (await titles.ListEpisodes(listing)).episodes]

    (film,), series = await episodes("matrix"), await episodes("harbor lights")
    unknown = f"titles/{uuid4()}/episodes/{uuid4()}"
    asked = [series[2], film, unknown, series[0]]
    answer = await titles.BatchGetNextEpisodes(pb.BatchGetNextEpisodesRequest(names=asked))
    assert [(one.episode, [e.episode for e in one.next_episodes]) for one in answer.results] == [
        (series[2], []),
        (film, []),
        (series[0], series[1:]),
    ]
    first = answer.results[2].next_episodes[0]
    assert (first.season_number, first.number) == (1, 2)
    whole = await titles.GetEpisode(pb.GetEpisodeRequest(name=series[1]))
    assert [first.media_file] == list(whole.media_files)
    with expect.error(expect.INVALID):
        await titles.BatchGetNextEpisodes(pb.BatchGetNextEpisodesRequest(names=[film] * 101))
