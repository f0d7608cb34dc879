"""What holds for every template and everything that is known of a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

from hypothesis import assume, given
from hypothesis import strategies as st

from reelhouse_naming import MAX_RANGE, Facts, LibraryKind, format_episodes, normalize_title, parse
from reelhouse_naming.rendering import (
    DEFAULT_TEMPLATES,
    PLACEHOLDERS,
    Subject,
    Template,
    TemplateError,
    TemplateKind,
    UnnamableError,
    compile_template,
    is_legal,
)

HARD = ["/", "\\", "..", ".", ": ", "CON", "nul.", "\u0301", "\u200d", "\x00", "\ud800", " ", "?"]
TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(st.one_of(st.sampled_from(HARD), st.text(max_size=3))).map("".join),
)
NUMBERS = st.one_of(st.none(), st.integers(0, 9999))
EPISODES = st.lists(st.integers(1, 9999), max_size=20, unique=True).map(sorted).map(tuple)
FACTS = st.builds(
    Facts,
    title=TEXTS,
    year=st.one_of(st.none(), st.integers(1000, 2099)),
    season=NUMBERS,
    episodes=EPISODES,
    absolute_episodes=EPISODES,
    air_date=st.one_of(st.none(), st.dates(min_value=date(1000, 1, 1))),
    episode_titles=st.lists(TEXTS, max_size=3).map(tuple),
    part=NUMBERS,
    disc=NUMBERS,
    creator=TEXTS,
    book_series=TEXTS,
    book_series_index=st.sampled_from(["", "1", "1.5"]),
    edition=TEXTS,
    resolution=st.one_of(st.none(), st.integers(100, 9999)),
    source=st.sampled_from(["", "webdl", "bluray"]),
    hdr=st.sampled_from([(), ("DV", "HDR10")]),
    release_group=TEXTS,
    narrator=TEXTS,
    external_ids=st.dictionaries(st.sampled_from(["tmdb", "imdb", "asin"]), TEXTS).map(
        MappingProxyType
    ),
)
SUBJECTS = st.builds(
    Subject,
    FACTS,
    TEXTS,
    st.one_of(st.sampled_from(["mkv", "", "mp4", "."]), st.text(max_size=40)),
    TEXTS,
)
PIECES = st.one_of(
    st.sampled_from(PLACEHOLDERS).map("{{{}}}".format),
    st.sampled_from(PLACEHOLDERS).map("{{ - {}]}}".format),
    st.sampled_from(PLACEHOLDERS).map("<x {{{}}}>".format),
    st.sampled_from(PLACEHOLDERS).map("({{{}}})".format),
    st.sampled_from(PLACEHOLDERS).map("{{id-{{{}}}}}".format),
    st.sampled_from(["/", " - ", ".", "S{season:00}E{episode:00}", "CON", "..", "{{", " "]),
)
TEMPLATES = st.one_of(
    st.sampled_from(sorted(DEFAULT_TEMPLATES.values())),
    st.lists(PIECES, min_size=1, max_size=8).map("".join),
)

# Titles as there are, made of words none of which is a tag, and that end in no article.
WORDS = [
    "The",
    "A",
    "Of",
    "And",
    "Night",
    "Mr.",
    "Zoë",
    "Ōkami",
    "Don't",
    "M.A.S.H.",
    "River-Side",
    "Fargo",
    "24",
    "&",
    "Wolves,",
    "II",
]
ENDINGS = [
    "Harbour",
    "Silence",
    "Winter",
    "Letters",
    "Ünder",
    "Кино",
    "映画",
    "Café",
    "Lanterns",
    "O'Brien",
    "Élan",
]
TITLES = st.tuples(st.lists(st.sampled_from(WORDS), max_size=4), st.sampled_from(ENDINGS)).map(
    lambda parts: " ".join([*parts[0], parts[1]])
)
YEARS = st.integers(1920, 2029)


def compiled(text: str) -> Template:
    try:
        return compile_template(text)
    except TemplateError:
        assume(False)
        raise


@given(text=st.one_of(st.text(alphabet='{}<>()[]|:/"0 .-aTitleSson', max_size=60), st.text()))
def test_reading_a_template_ends_in_a_template_or_a_place(text: str) -> None:
    try:
        compile_template(text)
    except TemplateError as error:
        assert 1 <= error.position <= len(text) + 1


@given(text=TEMPLATES, subject=SUBJECTS)
def test_every_name_is_legal(text: str, subject: Subject) -> None:
    template = compiled(text)
    try:
        path = template.render(subject)
    except UnnamableError:
        return
    assert is_legal(path), path
    assert not path.startswith("/")
    assert not {"", ".", ".."}.intersection(path.split("/"))
    assert template.render(subject) == path
    assert path.encode().decode() == path


@given(
    title=TEXTS.filter(str.strip),
    name=TEXTS,
    season=st.integers(0, 9999),
    episodes=st.sets(st.integers(1, 9999), min_size=1, max_size=8),
    kind=st.sampled_from([TemplateKind.EPISODE, TemplateKind.SPECIAL]),
)
def test_titles_never_cost_the_number_or_the_extension(
    title: str, name: str, season: int, episodes: set[int], kind: TemplateKind
) -> None:
    facts = Facts(title=title, season=season, episodes=tuple(episodes), episode_titles=(name,))
    path = compile_template(DEFAULT_TEMPLATES[kind]).render(Subject(facts, extension="mkv"))
    file = path.split("/")[-1]
    assert file.endswith(".mkv")
    assert format_episodes(season, sorted(episodes)) in file


def read_back(kind: TemplateKind, facts: Facts, library: LibraryKind, extension: str) -> Facts:
    path = compile_template(DEFAULT_TEMPLATES[kind]).render(Subject(facts, extension=extension))
    return parse(path, library=library)


def same(left: str, right: str) -> bool:
    return normalize_title(left) == normalize_title(right)


@given(
    title=TITLES,
    year=YEARS,
    part=st.one_of(st.none(), st.integers(1, 8)),
    edition=st.sampled_from(["", "Director's Cut", "Extended", "IMAX", "Theatrical Cut"]),
)
def test_films_are_read_back(title: str, year: int, part: int | None, edition: str) -> None:
    facts = Facts(title=title, year=year, part=part, edition=edition)
    kind = TemplateKind.MOVIE_VERSION if edition else TemplateKind.MOVIE
    found = read_back(kind, facts, LibraryKind.MOVIE, "mkv")
    assert same(found.title, title), found
    assert (found.year, found.part, found.edition) == (year, part, edition)
    assert found.confidence >= 0.7


@given(
    title=TITLES,
    year=YEARS,
    season=st.integers(0, 40),
    numbers=st.sets(st.integers(1, 99), min_size=1, max_size=6),
    names=st.lists(TITLES, max_size=1),
)
def test_episodes_are_read_back(
    title: str, year: int, season: int, numbers: set[int], names: list[str]
) -> None:
    assume(max(numbers) - min(numbers) < MAX_RANGE)
    facts = Facts(
        title=title,
        year=year,
        season=season,
        episodes=tuple(sorted(numbers)),
        episode_titles=tuple(names),
    )
    kind = TemplateKind.EPISODE if season else TemplateKind.SPECIAL
    found = read_back(kind, facts, LibraryKind.TV, "mkv")
    assert same(found.title, title), found
    assert (found.year, found.season, found.episodes) == (year, season, facts.episodes)
    assert found.special == (season == 0)
    assert found.confidence >= 0.7


@given(title=TITLES, year=YEARS, season=st.integers(1, 9), first=st.integers(1, 90))
def test_anime_is_read_back(title: str, year: int, season: int, first: int) -> None:
    facts = Facts(
        title=title,
        year=year,
        season=season,
        episodes=(first, first + 1),
        absolute_episodes=(first + 100, first + 101),
    )
    found = read_back(TemplateKind.ANIME, facts, LibraryKind.TV, "mkv")
    assert same(found.title, title), found
    assert (found.season, found.episodes) == (season, facts.episodes)
    assert found.absolute_episodes == facts.absolute_episodes


@given(title=TITLES, year=YEARS, day=st.dates(date(1990, 1, 1), date(2029, 12, 31)))
def test_daily_shows_are_read_back(title: str, year: int, day: date) -> None:
    facts = Facts(title=title, year=year, season=day.year, air_date=day)
    found = read_back(TemplateKind.DAILY, facts, LibraryKind.TV, "mkv")
    assert same(found.title, title), found
    assert (found.year, found.air_date) == (year, day)


@given(
    facts=st.builds(
        Facts,
        title=TITLES,
        creator=TITLES,
        year=YEARS,
        disc=st.one_of(st.none(), st.integers(1, 9)),
        part=st.integers(1, 99),
        episode_titles=st.tuples(TITLES),
    )
)
def test_tracks_are_read_back(facts: Facts) -> None:
    found = read_back(TemplateKind.TRACK, facts, LibraryKind.MUSIC, "flac")
    assert same(found.title, facts.title), found
    assert same(found.creator, facts.creator), found
    assert (found.year, found.disc, found.part) == (facts.year, facts.disc, facts.part)


@given(
    facts=st.builds(
        Facts,
        title=TITLES,
        creator=TITLES,
        year=YEARS,
        part=st.one_of(st.none(), st.integers(1, 99)),
        narrator=st.sampled_from(["", "Some Voice"]),
    ),
    series=st.one_of(st.just(("", "")), st.tuples(TITLES, st.sampled_from(["1", "2.5", "12"]))),
)
def test_books_are_read_back(facts: Facts, series: tuple[str, str]) -> None:
    facts = replace(facts, book_series=series[0], book_series_index=series[1])
    found = read_back(TemplateKind.AUDIOBOOK, facts, LibraryKind.AUDIOBOOK, "m4b")
    assert same(found.title, facts.title), found
    assert same(found.creator, facts.creator), found
    assert same(found.book_series, series[0]), found
    assert (found.year, found.part, found.narrator) == (facts.year, facts.part, facts.narrator)
    assert found.book_series_index == series[1]
