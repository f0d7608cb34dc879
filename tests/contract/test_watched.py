"""What is watched: marks, next up, history, statistics, export, and forgetting all of it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.duration_pb2 import Duration
from google.type import date_pb2

from reelhouse.catalog.v1 import (
    title_pb2,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse.playback.v1 import (
    playback_service_pb2,
    playback_service_pb2_grpc,
    progress_service_pb2,
    progress_service_pb2_grpc,
    session_pb2,
)
from tests.contract import expect
from tests.media import Media
from tests.suite import Suite

pb, play_pb, title_pb = progress_service_pb2, playback_service_pb2, title_service_pb2
Stats = pb.GetWatchStatsRequest
ME = "users/me"


class House:
    """A series of two seasons and a special, a film and an album, and people who watch."""

    def __init__(self, suite: Suite, titles: dict[str, title_pb2.Title]) -> None:
        self.suite = suite
        self.titles = titles
        self.show, self.film, self.album = (titles[n].name for n in ("Harbor", "Film", "Album"))
        self.episodes: dict[tuple[int, int], title_pb2.Episode] = {}
        self.catalog = suite.stub(title_service_pb2_grpc, "TitleService", "admin")
        self.alice = suite.stub(progress_service_pb2_grpc, "ProgressService", "alice")
        self.bob = suite.stub(progress_service_pb2_grpc, "ProgressService", "bob")
        self.history = suite.stub(progress_service_pb2_grpc, "HistoryService", "alice")
        self.admin = suite.stub(progress_service_pb2_grpc, "HistoryService", "admin")
        self.plays = suite.stub(playback_service_pb2_grpc, "PlaybackService", "alice")

    async def mark(self, name: str, **fields: Any) -> int:
        request = pb.MarkWatchedRequest(parent=ME, name=name, **fields)
        return int((await self.alice.MarkWatched(request)).item_count)

    async def unmark(self, name: str) -> int:
        request = pb.MarkUnwatchedRequest(parent=ME, name=name)
        return int((await self.alice.MarkUnwatched(request)).item_count)

    async def next(self) -> list[tuple[int, int]]:
        """Returns season and number of what alice watches next."""
        found = await self.alice.ListNextUp(pb.ListNextUpRequest(parent=ME))
        return [(one.season_number, one.number) for one in found.next_up]

    async def completed(self, name: str) -> bool:
        request = pb.GetProgressRequest(parent=ME, item=name)
        return bool((await self.alice.GetProgress(request)).completed)

    def name(self, season: int, number: int) -> str:
        return self.episodes[season, number].name

    async def play(self, media_file: str, millis: int, device: str = "") -> session_pb2.Session:
        """Plays a file to a position and stops."""
        request = play_pb.StartSessionRequest(media_file=media_file, device_id=device)
        session = await self.plays.StartSession(request)
        report = play_pb.ReportProgressRequest(name=session.name)
        report.position.FromMilliseconds(millis)
        await self.plays.ReportProgress(report)
        stop = play_pb.StopSessionRequest(name=session.name)
        stopped: session_pb2.Session = await self.plays.StopSession(stop)
        return stopped


@pytest.fixture
async def house(suite: Suite, media: Media, tmp_path: Path) -> House:
    tv = tmp_path / "tv" / "Harbor"
    for season, number in ((1, 1), (1, 2), (2, 1), (2, 2), (0, 1)):
        folder = tv / (f"Season {season:02}" if season else "Specials")
        media.film(folder / f"Harbor - S{season:02}E{number:02}.mkv")
    media.film(tmp_path / "films" / "Film (2001)" / "Film (2001).mp4", seconds=10)
    for number in (1, 2, 3):
        tags = {"artist": "Artist", "album": "Album", "title": f"{number}", "track": f"{number}"}
        media.sound(tmp_path / "music" / "Artist" / "Album" / f"{number}.flac", tags, hertz=number)
    async with suite.workers():
        await suite.library(tmp_path / "tv", "TV")
        await suite.library(tmp_path / "films")
        await suite.library(tmp_path / "music", "MUSIC")
    catalog = suite.stub(title_service_pb2_grpc, "TitleService", "admin")
    listed = (await catalog.ListTitles(title_pb.ListTitlesRequest())).titles
    made = House(suite, {title.display_name: title for title in listed})
    days = {(1, 1): 1, (1, 2): 8, (0, 1): 20, (2, 1): 25, (2, 2): None}
    request = title_pb.ListEpisodesRequest(parent=made.show)
    for episode in (await catalog.ListEpisodes(request)).episodes:
        key = (episode.season_number, episode.number)
        made.episodes[key] = episode
        if days[key]:
            change = title_pb2.Episode(name=episode.name)
            change.release_date.CopyFrom(date_pb2.Date(year=2020, month=1, day=days[key]))
            await catalog.UpdateEpisode(title_pb.UpdateEpisodeRequest(episode=change))
    return made


async def test_the_next_episode_is_the_one_after_the_last(house: House) -> None:
    assert await house.next() == []
    for key, following in (
        ((1, 1), [(1, 2)]),
        ((1, 2), [(0, 1)]),  # shown between the seasons
        ((0, 1), [(2, 1)]),
        ((2, 2), []),
        # Again: of what comes after it, only the first of season 2 is not seen.
        ((1, 1), [(2, 1)]),
    ):
        await house.mark(house.name(*key))
        assert await house.next() == following, key
    await house.mark(house.show)
    assert await house.next() == []
    found = await house.bob.ListNextUp(pb.ListNextUpRequest(parent=ME))
    assert not found.next_up


async def test_what_is_next_tells_enough_to_show_and_play_it(house: House) -> None:
    await house.mark(house.name(1, 1))
    second = house.episodes[1, 2]
    await house.play(second.media_files[0], 300)
    (found,) = (await house.alice.ListNextUp(pb.ListNextUpRequest(parent=ME))).next_up
    assert (found.title, found.episode) == (house.show, second.name)
    assert found.media_file == second.media_files[0]
    assert found.completed_episode == house.name(1, 1)
    assert found.resume_position.ToMilliseconds() == 300
    session = await house.plays.StartSession(
        play_pb.StartSessionRequest(media_file=found.media_file)
    )
    assert session.position.ToMilliseconds() == 300
    assert session.title == house.show


async def test_playing_an_episode_to_its_end_leads_to_the_next(house: House) -> None:
    await house.play(house.episodes[2, 1].media_files[0], 950)
    assert await house.next() == [(2, 2)]
    await house.play(await film_file(house), 9_500)
    assert await house.next() == [(2, 2)]


async def film_file(house: House) -> str:
    request = title_pb.ListEpisodesRequest(parent=house.film)
    (episode,) = (await house.catalog.ListEpisodes(request)).episodes
    return str(episode.media_files[0])


async def test_seasons_shows_albums_and_files_are_marked_as_a_whole(house: House) -> None:
    season = house.episodes[1, 1].season
    assert await house.mark(season) == 2
    assert await house.next() == [(0, 1)]
    assert [await house.completed(house.name(1, n)) for n in (1, 2)] == [True, True]
    assert not await house.completed(house.name(2, 1))
    assert await house.mark(house.show) == 5
    assert await house.unmark(house.episodes[2, 1].season) == 2
    # The special was marked first, the first season after it, both before the second one.
    assert await house.next() == [(2, 1)]
    assert await house.mark(house.album) == 3
    assert await house.unmark(house.album) == 3
    file = await film_file(house)
    assert await house.mark(file) == 1
    with expect.error(expect.NOT_FOUND):
        await house.mark(f"mediaFiles/{uuid4()}")
    for title in (house.show, house.album):
        with expect.error(expect.NOT_FOUND):
            await house.mark(f"{title}/seasons/{uuid4()}")
    with expect.error(expect.NOT_FOUND):
        await house.unmark(f"titles/{uuid4()}")


async def test_unmarking_goes_back_to_what_was_completed_before(house: House) -> None:
    early = datetime.now(UTC) - timedelta(days=3)
    await house.mark(house.name(1, 1), watch_time=early)
    await house.mark(house.name(2, 1))
    assert await house.next() == [(2, 2)]
    assert await house.unmark(house.name(2, 1)) == 1
    assert await house.next() == [(1, 2)]
    await house.unmark(house.name(1, 1))
    assert await house.next() == []
    assert await house.unmark(house.show) == 2
    assert not await house.completed(house.name(1, 1))


async def test_what_was_completed_begins_anew_and_counts_again(house: House) -> None:
    file = await film_file(house)
    await house.play(file, 9_500)
    get = pb.GetProgressRequest(parent=ME, item=(await house.play(file, 4_000)).item)
    found = await house.alice.GetProgress(get)
    assert (found.completed, found.play_count) == (True, 1)
    assert found.resume_position.ToMilliseconds() == 4_000
    assert found.title == house.film
    await house.play(file, 9_900)
    found = await house.alice.GetProgress(get)
    assert (found.play_count, found.resume_position.ToMilliseconds()) == (2, 0)
    marked = pb.MarkUnwatchedRequest(parent=ME, name=house.film)
    assert (await house.alice.MarkUnwatched(marked)).item_count == 1
    found = await house.alice.GetProgress(get)
    assert (found.completed, found.play_count, found.position.ToMilliseconds()) == (False, 0, 0)


async def test_episodes_whose_file_is_gone_are_passed_over(house: House, tmp_path: Path) -> None:
    next(tmp_path.rglob("Harbor - S02E01.mkv")).unlink()
    library = house.titles["Harbor"].library
    async with house.suite.workers():
        await house.suite.scan(library)
    await house.mark(house.name(0, 1))
    assert await house.next() == [(2, 2)]
    # It can be marked all the same.
    assert await house.mark(house.name(2, 1)) == 1


async def test_next_up_page_by_page(house: House) -> None:
    connection = await asyncpg.connect(house.suite.settings["playback"].database_url)
    user = house.suite.people["alice"].id
    try:
        await connection.execute("SET ROLE reelhouse_playback_all")
        for days in range(5):
            title = uuid4()
            await connection.execute(
                "INSERT INTO playback.user_series (user_id, title_id, item, completed_at)"
                " VALUES ($1, $2, $3, now() - make_interval(days => $4))",
                user,
                title,
                f"titles/{title}/episodes/{uuid4()}",
                days,
            )
    finally:
        await connection.close()
    await house.mark(house.name(1, 1), watch_time=datetime.now(UTC) - timedelta(days=2, hours=1))
    found, token, pages = [], "", 0
    while True:
        request = pb.ListNextUpRequest(parent=ME, page_size=2, page_token=token)
        page = await house.alice.ListNextUp(request)
        found += [one.title for one in page.next_up]
        token, pages = page.next_page_token, pages + 1
        if not token:
            break
    # Series that the catalog does not know leave gaps.
    assert (found, pages) == ([house.show], 3)


async def play_some(house: House) -> str:
    """Plays a film three times and an episode once. Returns the film's file."""
    file = await film_file(house)
    for number in range(3):
        await house.play(file, 9_000 + number, "=the tv")
    await house.play(house.episodes[1, 1].media_files[0], 950)
    return file


async def stats(client: Any, parent: str, **fields: Any) -> pb.GetWatchStatsResponse:
    found: pb.GetWatchStatsResponse = await client.GetWatchStats(Stats(parent=parent, **fields))
    return found


async def test_history_is_listed_and_exported(house: House) -> None:
    await play_some(house)
    listed = (await house.history.ListHistory(pb.ListHistoryRequest(parent=ME))).history
    assert [one.title for one in listed] == [house.show, *[house.film] * 3]
    assert {one.device_id for one in listed} == {"=the tv", ""}
    user = house.suite.people["alice"].resource

    async def exported(client: Any, **fields: Any) -> list[pb.ExportHistoryResponse]:
        call = client.ExportHistory(pb.ExportHistoryRequest(**fields))
        return [response async for response in call]

    (part,) = await exported(house.history, parent=ME)
    lines = [json.loads(line) for line in part.data.decode().splitlines()]
    assert [one["name"] for one in lines] == [one.name for one in listed]
    assert await exported(house.history, parent=ME, resume_token=part.resume_token) == []
    (part,) = await exported(house.admin, parent=user, format=pb.ExportHistoryRequest.FORMAT_CSV)
    rows = list(csv.DictReader(io.StringIO(part.data.decode(), newline="")))
    assert {row["device_id"] for row in rows} == {"'=the tv", ""}
    with expect.error(expect.NOT_FOUND):
        await exported(
            house.suite.stub(progress_service_pb2_grpc, "HistoryService", "bob"), parent=user
        )


async def test_what_was_watched_is_added_up(house: House) -> None:
    await play_some(house)
    user = house.suite.people["alice"].resource
    found = await stats(house.history, ME, grouping=Stats.GROUPING_TITLE)
    assert {one.subject: one.play_count for one in found.stats} == {house.film: 3, house.show: 1}
    assert (found.total.play_count, found.total.completed_count) == (4, 4)
    first = await stats(house.history, ME, grouping=Stats.GROUPING_TITLE, max_results=1)
    assert (len(first.stats), first.total) == (1, found.total)
    days = await stats(house.history, ME)
    today = datetime.now(UTC).date()
    assert {(d.date.year, d.date.month) for d in days.stats} <= {
        (day.year, day.month) for day in (today, today - timedelta(days=1))
    }
    everybody = await stats(house.admin, "users/-", grouping=Stats.GROUPING_USER)
    assert [one.user for one in everybody.stats] == [user]
    with expect.error(expect.NOT_FOUND):
        await stats(house.history, "users/-")
    with expect.error(expect.INVALID):
        await stats(house.history, ME, end_date=date_pb2.Date(year=2020, month=2, day=30))
    with expect.error(expect.INVALID):
        await stats(house.history, ME, start_date=date_pb2.Date(year=2001, month=2, day=1))
    old = date_pb2.Date(year=2001, month=2, day=1)
    assert (await stats(house.history, ME, end_date=old)).total.play_count == 0


async def test_all_that_is_known_of_a_user_is_deleted(house: House) -> None:
    file = await play_some(house)
    playing = await house.plays.StartSession(play_pb.StartSessionRequest(media_file=file))
    watch = house.plays.WatchSessions(play_pb.WatchSessionsRequest())
    assert (await watch.read()).created.name == playing.name
    assert (await watch.read()).WhichOneof("event") == "checkpoint"
    delete = pb.DeleteWatchDataRequest(parent=ME)
    await house.plays.ReportProgress(
        play_pb.ReportProgressRequest(name=playing.name, position=Duration(seconds=5))
    )
    await house.history.DeleteWatchData(delete)
    async with asyncio.timeout(10):
        gone = set()
        while playing.name not in gone:
            gone.add((await watch.read()).deleted)
    watch.cancel()
    await asyncio.sleep(1)  # nothing that was in memory comes back
    assert not (await house.history.ListHistory(pb.ListHistoryRequest(parent=ME))).history
    assert (await stats(house.history, ME)).total.play_count == 0
    assert not (await house.plays.ListSessions(play_pb.ListSessionsRequest())).sessions
    get = pb.GetProgressRequest(parent=ME, item=playing.item)
    assert (await house.alice.GetProgress(get)).position.ToMilliseconds() == 0
    with expect.error(expect.NOT_FOUND):
        await house.plays.GetSession(play_pb.GetSessionRequest(name=playing.name))
