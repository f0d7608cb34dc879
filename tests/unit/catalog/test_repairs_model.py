"""The rules that repairs go by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from reelhouse_catalog.repairs import matching
from reelhouse_catalog.repairs.model import (
    LIVE,
    TRANSITIONS,
    ActionState,
    LinkNow,
    Route,
    Routes,
    Scope,
    Verdict,
    delay,
    judge,
    may_become,
    plan,
    route_problems,
)
from reelhouse_catalog.symlinks.model import Identity, LinkKind, LinkStatus, Symlink, identify
from reelhouse_naming import LibraryKind

NOW = datetime(2024, 5, 1, tzinfo=UTC)
LIBRARY = UUID(int=1)


def route(prefix: str, *, enabled: bool = True, relay: str = "sonarr_tv") -> Route:
    source = None if relay else uuid4()
    url = "http://relay:5050/find" if relay else ""
    return Route(uuid4(), prefix, source, url, relay, None, enabled, NOW, NOW, 1)


def broken(path: str, kind: LibraryKind = LibraryKind.TV) -> Symlink:
    one: Identity = identify(path.encode(), kind)
    return Symlink(
        uuid4(), LIBRARY, path.encode(), path.encode().rpartition(b"/")[0], b"/gone", b"/gone",
        LinkStatus.BROKEN, LinkStatus.OK, one.kind, one.name, one.title_norm, one.year, one.tmdb_id,
        one.season, one.episode, one.unit, False, 0, None, 0, None, "", None, NOW, NOW, NOW, None,
        1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        ("/opt/media/tv/Show/a.mkv", "/opt/media/tv"),
        ("/opt/media/tv2/Show/a.mkv", "/opt/media"),
        ("/opt/media/tv/hayu/Show/a.mkv", "/opt/media/tv/hayu"),
        ("/opt/media/tv", "/opt/media/tv"),
        ("/opt/other/a.mkv", None),
        ("/opt/media/doc/a.mkv", "/opt/media"),
    ],
)
def test_the_longest_folder_counts_and_whole_names_only(path: str, prefix: str | None) -> None:
    given = [route(p) for p in ("/opt/media", "/opt/media/tv", "/opt/media/tv/hayu")]
    given.append(route("/opt/media/doc", enabled=False))
    for order in (given, given[::-1]):
        found = Routes(order).pick(path.encode())
        assert (found.prefix if found else None) == prefix


def actions(
    links: list[Symlink], threshold: int = 2, most: int = 25
) -> list[tuple[Scope, str, str]]:
    found = plan(links, b"/tv", Routes([route("/tv")]), threshold=threshold, most=most)
    return [(one.scope, one.term, one.related_path) for one in found.actions]


def test_a_season_is_asked_for_once() -> None:
    links = [broken(f"Show (2010)/Season 02/Show S02E{n:02}.mkv") for n in range(1, 6)]
    links.append(broken("Show (2010)/Season 03/Show S03E01.mkv"))
    links.append(broken("Else/Season 02/Else S02E01.mkv"))
    assert actions(links) == [
        (Scope.SEASON, "Show (2010) S02", "Show (2010)::S02"),
        (Scope.EPISODE, "Show (2010) S03E01", "Show (2010)/Season 03/Show S03E01.mkv"),
        (Scope.EPISODE, "Else S02E01", "Else/Season 02/Else S02E01.mkv"),
    ]
    assert len(actions(links, threshold=6)) == 7
    assert len(actions(links, threshold=6, most=3)) == 3
    assert len(actions(links, threshold=1)) == 3  # one is no season


def test_what_is_asked_for() -> None:
    days = [broken(f"Daily/Season 2024/Daily - 2024-05-{n:02}.mkv") for n in (1, 2, 3)]
    assert [term for _, term, _ in actions(days)] == [f"Daily 2024-05-{n:02}" for n in (1, 2, 3)]
    double = broken("Show/Season 01/Show S01E01-E02.mkv")
    assert actions([double])[0][1] == "Show S01E01E02"
    found = plan(
        [broken("Heat (1995)/Heat.mkv", LibraryKind.MOVIE)],
        b"/films",
        Routes([route("/films", relay="radarr_doc")]),
        threshold=2,
        most=9,
    )
    [one] = found.actions
    assert (one.scope, one.term) == (Scope.MOVIE, "Heat (1995)")
    assert one.url == "http://relay:5050/find?type=radarr_doc&scope=auto&term=Heat+%281995%29"
    nowhere = plan([double], b"/films", Routes([route("/tv")]), threshold=2, most=9)
    assert (nowhere.actions, nowhere.unrouted) == ([], 1)


def test_two_shows_of_one_name_are_two() -> None:
    links = [broken(f"Show ({year})/Season 01/Show S01E0{n}.mkv") for year in (2001, 2011)
             for n in (1, 2)]  # fmt: skip
    assert [term for _, term, _ in actions(links)] == ["Show (2001) S01", "Show (2011) S01"]


@pytest.mark.parametrize(
    ("links", "sent", "verdict"),
    [
        ([("ok", False, False)], True, Verdict.VERIFIED),
        ([("ok", False, False)], False, Verdict.VERIFIED),
        ([("broken", False, False)], True, Verdict.WAIT),
        ([("missing", False, False)], True, Verdict.WAIT),
        ([("broken", False, False), ("ok", False, False)], True, Verdict.WAIT),
        ([("vanished", False, True)], True, Verdict.VERIFIED),
        ([("vanished", False, False)], True, Verdict.GONE),
        ([("vanished", False, False), ("ok", False, False)], True, Verdict.VERIFIED),
        ([("broken", True, False)], True, Verdict.GONE),
        ([("broken", True, False), ("ok", False, False)], True, Verdict.VERIFIED),
        ([], True, Verdict.GONE),
    ],
)
def test_what_a_scan_says(
    links: list[tuple[str, bool, bool]], sent: bool, verdict: Verdict
) -> None:
    now = [LinkNow(uuid4(), *one) for one in links]
    at = NOW if sent else None
    assert judge(now, at, NOW, timedelta(hours=6)) is verdict
    late = judge(now, at, NOW + timedelta(hours=6), timedelta(hours=6))
    assert late is (Verdict.IN_VAIN if verdict is Verdict.WAIT else verdict)


@given(
    st.lists(st.tuples(st.sampled_from([*LinkStatus]), st.booleans(), st.booleans()), max_size=5)
)
def test_nothing_is_verified_while_a_link_is_broken(links: list[tuple[str, bool, bool]]) -> None:
    now = [LinkNow(uuid4(), *one) for one in links]
    verdict = judge(now, NOW, NOW + timedelta(days=1), timedelta(hours=6))
    wanted = [one for one in now if not one.ignored]
    if verdict is Verdict.VERIFIED:
        assert any(one.is_whole for one in wanted)
        assert all(one.status in ("ok", "vanished") for one in wanted)
    if any(one.status in ("broken", "missing") for one in wanted):
        assert verdict is Verdict.IN_VAIN


class Life(RuleBasedStateMachine):
    """An action that is moved about."""

    def __init__(self) -> None:
        super().__init__()
        self.state = ActionState.PENDING
        self.before = [self.state]

    @rule(to=st.sampled_from([*ActionState]))
    def move(self, to: ActionState) -> None:
        """Moves it, as the store does: only from where the table allows."""
        if self.state in may_become(to):
            self.state = to
            self.before.append(to)

    @invariant()
    def goes_by_the_table(self) -> None:
        """Checks every step that was taken."""
        for one, other in zip(self.before, self.before[1:], strict=False):
            assert other in TRANSITIONS[one]
        if ActionState.VERIFIED in self.before:
            assert self.state is ActionState.VERIFIED


TestLife = Life.TestCase


def test_what_is_sent_was_pending_and_what_is_verified_stays() -> None:
    assert may_become(ActionState.SENT) == [ActionState.PENDING]
    assert TRANSITIONS[ActionState.VERIFIED] == frozenset()
    assert {ActionState.PENDING, ActionState.SENT} == LIVE
    assert set(may_become(ActionState.PENDING)) == {ActionState.FAILED}


@given(st.integers(0, 40), st.one_of(st.none(), st.floats(0, 1e9)))
def test_waiting_is_bounded_and_as_long_as_asked(attempts: int, after: float | None) -> None:
    seconds = delay(attempts, after).total_seconds()
    assert 10 <= seconds <= 24 * 3600
    assert after is None or seconds >= min(after, 24 * 3600) - 0.001


def test_routes_lead_to_one_place() -> None:
    good: dict[str, Any] = {
        "prefix": "/tv", "source_id": None, "relay_url": "http://relay/find",
        "relay_type": "x", "relay_token": "secret",
    }  # fmt: skip
    assert route_problems(good) == []
    wrong: dict[str, list[Any]] = {
        "prefix": ["tv", "/tv/", "/", "/tv/../x", ""],
        "relay_url": ["ftp://x", "http://u:p@relay/find", "http://relay/find?token=x", ""],
        "relay_type": [""],
        "relay_token": ["a\nb", "ü"],
        "source_id": [uuid4()],
    }
    for field, values in wrong.items():
        for value in values:
            assert route_problems({**good, field: value}), (field, value)


def series(**values: Any) -> dict[str, Any]:
    return {"id": 1, "title": "Show", "year": 2010, "tmdbId": 0, "path": "/data/tv/Show", **values}


def test_which_series_a_link_is() -> None:
    link = broken("Show (2010)/Season 01/Show S01E01.mkv")
    one, two = series(), series(id=2, year=2001, path="/data/tv/Show (2001)")
    assert matching.find([two, one], link, []) is one
    # Where it lies says it for sure.
    assert matching.find([one, two], link, ["/data/tv/Show (2001)/Season 01/a.mkv"]) is two
    assert matching.find([one, series(id=3)], link, []) is None
    assert matching.find([two], link, []) is None
    assert matching.find([series(title="Shows")], link, []) is None
    with_id = broken("Show (2010) {tmdb-7}/Season 01/Show S01E01.mkv")
    renamed = series(id=4, title="Serie", tmdbId=7, year=1990)
    assert matching.find([one, renamed], with_id, []) is renamed
    assert matching.find([series(tmdbId=8)], with_id, []) is None
    assert matching.find([one], with_id, []) is one


def test_which_episodes_a_link_is() -> None:
    entries = [
        {"id": 100 + n, "seasonNumber": 1, "episodeNumber": n, "absoluteEpisodeNumber": n + 50,
         "airDate": f"2024-05-{n:02}"} for n in range(1, 6)
    ]  # fmt: skip
    assert matching.episodes(entries, "s01e02") == [102]
    assert matching.episodes(entries, "s01e02e03") == [102, 103]
    assert matching.episodes(entries, "s01e05e06") == []
    assert matching.episodes(entries, "s02e02") == []
    assert matching.episodes(entries, "d2024-05-03") == [103]
    assert matching.episodes(entries, "a052") == [102]
    assert matching.episodes(entries, "d2023-05-03") == []


def test_kinds() -> None:
    assert broken("a/b.mkv", LibraryKind.MUSIC).kind is LinkKind.OTHER
