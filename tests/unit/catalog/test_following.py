from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.titles.following import MOST, Placed, following, watching_order

DAY = date(2020, 1, 1)


def episode(
    key: int, season: int | None, number: int | None, day: int | None = None, *, file: bool = True
) -> Placed:
    return Placed(
        UUID(int=key),
        UUID(int=0),
        season,
        number,
        None if day is None else DAY + timedelta(days=day),
        "",
        UUID(int=key) if file else None,
    )


def keys(episodes: list[Placed]) -> list[int]:
    return [one.id.int for one in episodes]


def test_by_season_and_number() -> None:
    given_ = [episode(3, 2, 1), episode(2, 1, 10), episode(1, 1, 9)]
    assert keys(watching_order(given_)) == [1, 2, 3]


def test_specials_stand_where_they_were_first_shown() -> None:
    series = [
        episode(1, 1, 1, 0),
        episode(2, 1, 2, 7),
        episode(3, 2, 1, 100),
        episode(10, 0, 1, 7),  # on the day of the finale: after it
        episode(11, 0, 2, 50),
        episode(12, 0, 3, 200),
        episode(13, 0, 4, -5),  # a pilot
        episode(14, 0, 5),  # nobody knows when
    ]
    assert keys(watching_order(series)) == [13, 1, 2, 10, 11, 3, 12]


def test_specials_where_no_regular_episode_has_a_date() -> None:
    assert keys(watching_order([episode(1, 1, 1), episode(9, 0, 1, 5)])) == [9, 1]


def test_what_comes_next_has_a_file_and_is_not_endless() -> None:
    series = [episode(key, 1, key, file=key != 3) for key in range(1, 60)]
    order = watching_order(series)
    found = following(series[1], order)
    assert keys(found) == list(range(4, 4 + MOST))
    assert following(series[-1], order) == []


def test_films_have_no_next_episode_and_all_comes_after_a_special_without_a_place() -> None:
    film = episode(1, None, None)
    assert following(film, watching_order([film])) == []
    special, first = episode(2, 0, 1), episode(3, 1, 1)
    assert keys(following(special, watching_order([special, first]))) == [3]


episodes = st.lists(
    st.builds(
        episode,
        st.integers(1, 10_000),
        st.sampled_from([0, 0, 1, 2, 3, None]),
        st.one_of(st.none(), st.integers(0, 30)),
        st.one_of(st.none(), st.integers(-100, 1000)),
        file=st.booleans(),
    ),
    unique_by=lambda one: one.id,
    max_size=40,
)


@given(episodes)
def test_every_episode_that_has_a_place_is_there_once_and_regular_ones_are_in_order(
    series: list[Placed],
) -> None:
    order = watching_order(series)
    wanted = [
        one
        for one in series
        if one.season_number or (one.season_number == 0 and one.release_date is not None)
    ]
    assert sorted(keys(order)) == sorted(keys(wanted))
    regular = [one for one in order if one.season_number]
    numbers = [(one.season_number, -1 if one.number is None else one.number) for one in regular]
    assert numbers == sorted(numbers)


@given(episodes)
def test_the_order_does_not_depend_on_how_it_is_asked(series: list[Placed]) -> None:
    assert watching_order(reversed(series)) == watching_order(series)


@given(episodes)
def test_specials_come_after_what_was_shown_before_them(series: list[Placed]) -> None:
    order = watching_order(series)
    dated = sorted(one.release_date for one in order if one.season_number and one.release_date)
    for place, special in enumerate(order):
        if special.season_number == 0:
            assert special.release_date is not None
            earlier = [day for day in dated if day <= special.release_date]
            before = [one.release_date for one in order[:place] if one.season_number]
            assert not earlier or earlier[-1] in before
