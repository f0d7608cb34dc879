"""Searches of titles in the database.

Two stages, so that the time does not grow with the catalog: first what has the words as they are
written; where that is little, what has words like them. Those are found among the words of all
titles, which are fewer than the titles, and grow ever more slowly.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Double,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import TSQUERY

from reelhouse_catalog.schema import title_words, titles
from reelhouse_catalog.titles.model import Title, TitleKind
from reelhouse_catalog.titles.searching import (
    MAX_MISSPELLED,
    corrected,
    is_slip,
    misspelled,
    pieces,
    vocabulary,
)
from reelhouse_catalog.titles.store import TITLE_ROW, title_of
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page

_title = titles.c
_word = title_words.c.word
_CONDITIONS = {
    "library_id": _title.library_id == bindparam("library_id", type_=Uuid),
    "kind": _title.kind == bindparam("kind", type_=Text),
}
_PREFIXED = 200
_MATCHED = 500
_NEAR = 300
"""How many candidates of a search are ranked, by how they are found."""
_LAST = "\U0010ffff"
"""Comes after all other characters: names that begin with a text come before the text with it."""
_LIKE = 20
"""How many words of titles are compared with one that may be misspelled."""
_LEAST_LIKENESS = 0.45
"""How like a search a name must be that does not have all its words."""

_ADD_WORDS = Query(
    postgresql.insert(title_words)
    .from_select(
        ["word"], select(func.unnest(bindparam("words", type_=ARRAY(Text))).column_valued("word"))
    )
    .on_conflict_do_nothing()
)
_KNOWN_WORDS = Query(select(_word).where(_word == any_(bindparam("words", type_=ARRAY(Text)))))
# By PostgreSQL's default of 0.3 "mtarix" is nothing like "matrix".
_TOLERANT = Query(
    select(
        func.set_config(
            literal_column("'pg_trgm.similarity_threshold'"),
            literal_column("'0.25'"),
            literal_column("true"),
        )
    )
)
_given = (
    func.unnest(bindparam("words", type_=ARRAY(Text)))
    .table_valued(column("word", Text), name="given")
    .render_derived()
)
_near = (
    select(_word)
    .where(_word.bool_op("%")(_given.c.word))
    .order_by(func.similarity(_word, _given.c.word).desc(), _word)
    .limit(_LIKE)
    .lateral("near")
)
_LIKE_WORDS = Query(
    select(_given.c.word.label("given"), _near.c.word).select_from(_given.join(_near, true()))
)


async def learn(session: Session, vectors: Iterable[str]) -> None:
    """Notes the words of titles, by which those that are misspelled are known.

    Args:
        session: The transaction in which the titles are written.
        vectors: The titles' search vectors.
    """
    # Sorted, so that those who write the same words at once wait for each other in one order.
    if words := vocabulary(vectors):
        await session.run(_ADD_WORDS, words=words)


async def search(
    database: Database,
    text: str,
    query: str,
    page: Page,
    *,
    library_id: UUID | None,
    kind: TitleKind | None,
    others: Sequence[str] | None,
) -> list[tuple[Title, float]]:
    """Returns a page of the titles that match, with scores, best first.

    Args:
        database: The database.
        text: What to look for, normalized.
        query: The same as a tsquery.
        page: The page.
        library_id: Only titles of this library.
        kind: Only titles of this kind.
        others: What `corrections` found, as far as it is wanted; None for what has the words as
            they are written only.
    """
    score, title_id = page.after or (None, None)
    given = tuple(n for n, v in (("library_id", library_id), ("kind", kind)) if v is not None)
    likely = [] if others is None else misspelled(text)
    rows = await database.all(
        _search(
            given, None if others is None else len(others), len(likely), page.after is not None
        ),
        **{f"word{index}": word for index, word in enumerate(likely)},
        **{f"other{index}": other for index, other in enumerate(others or ())},
        text=text,
        words=query,
        beyond=text + _LAST,
        library_id=library_id,
        kind=kind,
        score=score,
        after=title_id,
        limit=page.limit,
    )
    return [
        (title_of({k: v for k, v in row.items() if k != "score"}), row["score"]) for row in rows
    ]


async def corrections(database: Database, text: str) -> list[str]:
    """Returns what matches a text with typing errors, as tsqueries are written.

    The first matches all of its words, the second, if there is one, all but one.
    """
    likely = misspelled(text)
    maybe = {part for word in likely for pair in pieces(word) for part in pair}
    maybe |= {left + right for left, right in itertools.pairwise(text.split())}
    like: dict[str, list[str]] = defaultdict(list)
    async with database.transaction() as session:
        await session.value(_TOLERANT)
        for row in await session.all(_LIKE_WORDS, words=likely):
            if is_slip(row["given"], row["word"]):
                like[row["given"]].append(row["word"])
        known = {row["word"] for row in await session.all(_KNOWN_WORDS, words=sorted(maybe))}
    ways = [corrected(text, like, known, whole=whole) for whole in (True, False)]
    return [way for way in ways if way]


@lru_cache
def _search(given: tuple[str, ...], others: int | None, likely_count: int, after: bool) -> Query:
    """Returns the search: candidates by index, of each kind so many, then ranked.

    Names that begin with the text come first among the candidates: of a short text there are more
    than can be ranked.

    Args:
        given: The conditions.
        others: How many other ways to write the text there are; None finds only what has its words.
        likely_count: How many words of the text may be misspelled.
        after: Whether another page comes before.
    """
    text = bindparam("text", type_=Text)
    words = cast(bindparam("words", type_=Text), TSQUERY)
    name = _title.search_text
    where = (_title.merged_into.is_(None), *(_CONDITIONS[n] for n in given))
    parts: list[Any] = [
        select(_title.id)
        .where(name >= text, name < bindparam("beyond", type_=Text), *where)
        .order_by(name, _title.id)
        .limit(_PREFIXED),
        select(_title.id).where(_title.search_vector.bool_op("@@")(words), *where).limit(_MATCHED),
    ]
    for index in range(others or 0):
        other = cast(bindparam(f"other{index}", type_=Text), TSQUERY)
        parts.append(
            select(_title.id).where(_title.search_vector.bool_op("@@")(other), *where).limit(_NEAR)
        )
    found = union(*(select(part.subquery().c.id) for part in parts)).scalar_subquery()
    # A word that is meant is found in a long name; the name as a whole decides between those.
    of_words = func.word_similarity(text, name)
    if likely_count:
        likely = [bindparam(f"word{index}", type_=Text) for index in range(likely_count)]
        total = functools.reduce(operator.add, (func.word_similarity(w, name) for w in likely))
        of_words = func.greatest(of_words, total / literal_column(f"{likely_count}.0"))
    likeness = of_words * literal_column("0.7") + func.similarity(text, name) * literal_column(
        "0.3"
    )
    weights: Any = literal_column("'{0.05, 0.1, 0.5, 1.0}'::float4[]")
    rank = func.ts_rank(weights, _title.search_vector, words)
    whole = likeness * literal_column("0.7") + func.least(rank, literal_column("1")) * (
        literal_column("0.3")
    )
    score: Any = cast(whole, Double)
    if others:
        # What lacks a word is shown where the rest of it is like enough.
        meant = cast(bindparam("other0", type_=Text), TSQUERY)
        near = or_(
            _title.search_vector.bool_op("@@")(words),
            _title.search_vector.bool_op("@@")(meant),
            of_words >= literal_column(str(_LEAST_LIKENESS)),
        )
        score = case((near, score))
    # An array, because there are so many candidates, not a part of all titles.
    candidate = _title.id == any_(func.array(found))
    ranked = select(_title.id, score.label("score")).where(candidate).subquery()
    at = ranked.c.score
    best = (
        select(ranked)
        .where(at.is_not(None))
        .order_by(at.desc(), ranked.c.id)
        .limit(bindparam("limit", type_=Integer))
    )
    if after:
        last = bindparam("score", type_=Double)
        best = best.where(
            or_(at < last, and_(at == last, ranked.c.id > bindparam("after", type_=Uuid)))
        )
    # Only what is shown is read whole.
    shown = best.subquery()
    return Query(
        TITLE_ROW.add_columns(shown.c.score)
        .join(shown, shown.c.id == _title.id)
        .order_by(shown.c.score.desc(), _title.id)
    )


def statements() -> Sequence[Query]:
    """Returns statements of every form, for the test that each is served by indexes."""
    return tuple(
        _search(given, others, likely, after)
        for given in ((), ("kind",), ("library_id",))
        for others, likely in ((None, 0), (0, 0), (1, 1), (2, MAX_MISSPELLED))
        for after in (False, True)
    )
