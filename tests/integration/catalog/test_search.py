"""Searching among a few thousand titles: the right one comes first, however it is written."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from reelhouse_catalog.enrichment import usecases as enrichment
from reelhouse_catalog.enrichment.model import Finding, Metadata, Person, PersonRole
from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import DEFAULT_SCAN_INTERVAL
from reelhouse_catalog.titles import listing_store as listing
from reelhouse_catalog.titles import placement_store, usecases
from reelhouse_catalog.titles.model import Filter, Order, Placement, TitleKind
from reelhouse_catalog.titles.searching import is_slip, of_found, plain, query, vector
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query, atomic
from reelhouse_kit.rpc.paging import Page
from reelhouse_naming import LibraryKind, sort_title

FILMS = (
    "The Matrix",
    "Amélie",
    "The Émigré",
    "Zwölf Fenster",
    "Crouching Tiger, Hidden Dragon",
    "The Lord of the Rings: The Return of the King",
    "Se7en",
    "Straße der Nacht",
    "千と千尋の神隠し",
    "Сталкер",
    "Ζορμπάς",
    "기생충",
    "S.W.A.T.",
    "It",
    "8½",
    "Don't Look Up",
    "Alien",
    "Aliens",
    "Alien 3",
)
ADJECTIVES = "Silent Golden Broken Last Distant Hollow Crimson Frozen Lonely Hidden Quiet Burning"
NOUNS = "River Harbor Garden Mountain Window Kingdom Promise Winter Stranger Mirror Orchard Tower"
ENDS = "Returns Rising Forever Begins Reborn Revisited Station Street Song Story Years House"
FIRST = Page(10, None, "")
apply_findings = atomic(enrichment.keep_findings)


def film(name: str, year: int, creators: Sequence[str] = ()) -> Placement:
    text_, vector_, facets = of_found(name, creators, ())
    return Placement(
        kind="movie",
        name=name,
        sort_name=sort_title(name),
        match_key=f"{plain(name)}|{year}",
        search_text=text_,
        search_vector=vector_,
        confidence=1.0,
        year=year,
        creators=tuple(creators),
        facets=tuple(facets),
    )


@pytest.fixture
async def filled(catalog_db: Database, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Returns a catalog with a few thousand titles."""
    library = await libraries.create_library(
        catalog_db,
        name="films",
        kind=LibraryKind.MOVIE,
        root_path=str(tmp_path_factory.mktemp("films")),
        scan_interval=DEFAULT_SCAN_INTERVAL,
        once=None,
    )
    made = [
        film(f"{a} {n} {e}", 1950 + index % 70)
        for index, (a, n, e) in enumerate(
            itertools.product(ADJECTIVES.split(), NOUNS.split(), ENDS.split())
        )
    ]
    made += [film(f"The {a} {n}", 1930) for a in ADJECTIVES.split() for n in NOUNS.split()]
    made += [film(name, 1999) for name in FILMS]
    async with catalog_db.transaction() as session:
        await placement_store.add_titles(session, library.id, made)
    matrix = await first_of(catalog_db, "the matrix")
    said = Metadata(
        original_name="Matrix, Die",
        overview="A hacker learns of the simulation that machines keep mankind in.",
        genres=("Science Fiction",),
        people=(Person("Keanu Reeves", PersonRole.ACTOR, "Neo"),),
        release_date=date(1999, 3, 31),
        rating=8.7,
    )
    await apply_findings(catalog_db, matrix, [Finding("tmdb", "603", 1.0, said)])
    return catalog_db


async def first_of(database: Database, looked_for: str) -> UUID:
    found, _ = await usecases.search_titles(database, looked_for, None, None, FIRST)
    return found[0][0].id


async def search(database: Database, looked_for: str, most: int = 10) -> list[str]:
    page = Page(most, None, "")
    found, _ = await usecases.search_titles(database, looked_for, None, None, page)
    return [title.name for title, _ in found[:most]]


@pytest.mark.parametrize(
    ("looked_for", "expected"),
    [
        ("the matrix", "The Matrix"),
        ("MATRIX", "The Matrix"),
        # typing errors
        ("matrx", "The Matrix"),
        ("teh matrix", "The Matrix"),
        ("the silnt rivr", "The Silent River"),
        ("crouchng tigr", "Crouching Tiger, Hidden Dragon"),
        ("zwolf fnster", "Zwölf Fenster"),
        ("lord of teh rings", "The Lord of the Rings: The Return of the King"),
        ("mtarix", "The Matrix"),
        # one word for two, two for one, one too many
        ("lookup dont", "Don't Look Up"),
        ("hiddendragon", "Crouching Tiger, Hidden Dragon"),
        ("cro uching tiger", "Crouching Tiger, Hidden Dragon"),
        ("crouching tiger sleeping dragon", "Crouching Tiger, Hidden Dragon"),
        # accents, case, letters that are others elsewhere
        ("amelie", "Amélie"),
        ("AMÉLIE", "Amélie"),
        ("emigre", "The Émigré"),
        ("strasse der nacht", "Straße der Nacht"),
        # the order of words
        ("dragon hidden tiger crouching", "Crouching Tiger, Hidden Dragon"),
        ("return king lord rings", "The Lord of the Rings: The Return of the King"),
        # words not finished yet
        ("crouch", "Crouching Tiger, Hidden Dragon"),
        ("hidden drag", "Crouching Tiger, Hidden Dragon"),
        ("the lord of the ri", "The Lord of the Rings: The Return of the King"),
        # other scripts, in part
        ("千尋", "千と千尋の神隠し"),
        ("神隠し", "千と千尋の神隠し"),
        ("сталк", "Сталкер"),
        ("СТАЛКЕР", "Сталкер"),
        ("ζορμπας", "Ζορμπάς"),
        ("기생", "기생충"),
        # punctuation
        ("swat", "S.W.A.T."),
        ("s.w.a.t", "S.W.A.T."),
        ("dont look up", "Don't Look Up"),
        ("it", "It"),
        ("se7en", "Se7en"),
        # what is not in the name
        ("keanu reeves", "The Matrix"),
        ("reeves hacker", "The Matrix"),
        ("matrix die", "The Matrix"),
        # the whole name before longer ones
        ("alien", "Alien"),
        ("aliens", "Aliens"),
        ("the silent river", "The Silent River"),
    ],
)
async def test_the_right_one_comes_first(filled: Database, looked_for: str, expected: str) -> None:
    found = await search(filled, looked_for)
    assert found[:1] == [expected], found


async def test_what_fits_better_comes_before(filled: Database) -> None:
    found = await search(filled, "alien", 3)
    assert found[0] == "Alien"
    assert set(found) == {"Alien", "Aliens", "Alien 3"}
    # One whose name says it before one whose story does.
    assert (await search(filled, "simulation"))[0] == "The Matrix"


async def test_nothing_is_found_where_nothing_fits(filled: Database) -> None:
    assert await search(filled, "xylophonequartz") == []
    for nothing in ("", "%%%", "'", "\\", "((", "|!:*"):
        with pytest.raises(errors.InvalidArgumentError):
            await search(filled, nothing)


@pytest.mark.parametrize(
    "looked_for", ["a' | 'b", "x:*", "(a", "a & b", "!it", "tab\tnew\nline", "a" * 200]
)
async def test_syntax_is_only_text(filled: Database, looked_for: str) -> None:
    await search(filled, looked_for)


@pytest.mark.parametrize("looked_for", ["harbor", "silnt", "s"])
async def test_pages_hold_each_title_once(filled: Database, looked_for: str) -> None:
    seen: list[UUID] = []
    scores: list[float] = []
    after = None
    while True:
        page = Page(37, after, "")
        found, reach = await usecases.search_titles(filled, looked_for, None, None, page)
        rows, token = page.cut(found, key=lambda row: (reach, row[1], row[0].id))
        seen += [title.id for title, _ in rows]
        scores += [score for _, score in rows]
        if not token:
            break
        after = (reach, rows[-1][1], rows[-1][0].id)
    assert len(seen) == len(set(seen)) > 37
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


async def test_filters_and_orders_over_many(filled: Database) -> None:
    for order in Order:
        names: list[UUID] = []
        after: tuple[object, ...] | None = None
        while True:
            where = Filter(kind=TitleKind.MOVIE, min_year=1955, max_year=1960, order=order)
            rows = await listing.page(filled, where, Page(50, after, ""))
            names += [title.id for title in rows[:50]]
            if len(rows) <= 50:
                break
            last = rows[49]
            after = {
                Order.SORT_NAME: (last.sort_name, last.id),
                Order.RELEASE_DATE: (last.released, last.id),
                Order.CREATE_TIME: (last.id,),
                Order.RATING: (last.rated, last.id),
            }[order]
        assert len(names) == len(set(names)) > 100
    best = await listing.page(filled, Filter(order=Order.RATING), Page(1, None, ""))
    assert best[0].name == "The Matrix"
    assert best[0].release_date == date(1999, 3, 31)


async def test_findings_are_written_once_and_told(filled: Database) -> None:
    title = await first_of(filled, "amelie")
    events = Query(
        text(
            "SELECT count(*) FROM catalog.events WHERE name LIKE '%' || cast(:id AS text)"
        ).bindparams(id=str(title))
    )

    async def told() -> int:
        found: int = await filled.value(events)
        return found

    said = Finding("tmdb", "194", 0.9, Metadata(tagline="She'll change your life."), raw={"a": 1})
    before = await told()
    assert await apply_findings(filled, title, [said])
    assert await told() == before + 1
    revision = (await usecases.get_title(filled, title)).revision
    assert not await apply_findings(filled, title, [said])
    assert await told() == before + 1
    assert (await usecases.get_title(filled, title)).revision == revision
    # The same source with another match: what it said before is forgotten.
    other = Finding("tmdb", "195", 0.9, Metadata(overview="Other."))
    assert await apply_findings(filled, title, [other])
    now = await usecases.get_title(filled, title)
    assert (now.tagline, now.overview, now.name) == ("", "Other.", "Amélie")
    assert await enrichment.forget_source(filled, title, "tmdb")
    assert (await usecases.get_title(filled, title)).overview == ""
    with pytest.raises(errors.NotFoundError):
        await apply_findings(filled, UUID(int=7), [said])


@pytest.mark.parametrize(
    ("written", "meant", "slip"),
    [
        ("silnt", "silent", True),
        ("rivre", "river", True),
        ("mtarix", "matrix", True),
        ("crouchnig", "crouching", True),
        ("crouhcin", "crouching", True),
        ("rive", "five", True),
        ("rivr", "rover", False),
        ("simulation", "station", False),
        ("matrix", "matrix", True),
        ("matrix", "matrices", False),
    ],
)
def test_slips(written: str, meant: str, slip: bool) -> None:
    assert is_slip(written, meant) is is_slip(meant, written) is slip


@given(names=st.lists(st.text(max_size=60), max_size=4), looked_for=st.text(max_size=60))
def test_any_text_makes_vectors_and_queries(names: list[str], looked_for: str) -> None:
    for written in (vector(" ".join(names), names, names), query(looked_for)):
        # Nothing but words in quotes: nothing that would need escaping.
        assert "\\" not in written
        assert written.count("'") % 2 == 0


@pytest.mark.parametrize(
    "name",
    ["x" * 3000, "' \\ : * & | ! ( ) <->", "\u0130\u0131 \ufb01 \u1e9e", "\U0001f3ac \u202e"],
)
async def test_postgresql_takes_what_is_made(catalog_db: Database, name: str) -> None:
    statement = Query(
        text("SELECT cast(:v AS tsvector) @@ cast(:q AS tsquery)").bindparams(v="", q="")
    )
    made = vector(plain(name), [name], [name])
    matched = await catalog_db.value(statement, v=made, q=query(name) or "'none'")
    assert matched is bool(query(name))
