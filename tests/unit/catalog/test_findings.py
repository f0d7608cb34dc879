"""What sources say of titles, kept as JSON and put together again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import orjson
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.enrichment.model import Image, ImageKind, Metadata, Person, PersonRole
from reelhouse_catalog.ingesting.findings import Part, finding_of, merged, metadata_from_json
from reelhouse_catalog.sources.remote import Item, ItemKind

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
LISTS = st.lists(WORDS.filter(bool), max_size=3).map(tuple)
METADATA = st.builds(
    Metadata,
    display_name=WORDS,
    overview=WORDS,
    release_date=st.none() | st.dates(),
    year=st.none() | st.integers(1800, 2999),
    duration_ms=st.none() | st.integers(1, 86_400_000),
    genres=LISTS,
    studios=LISTS,
    creators=LISTS,
    rating=st.none() | st.floats(0.1, 10),
    people=st.lists(
        st.builds(Person, WORDS, st.sampled_from(PersonRole), WORDS, WORDS), max_size=3
    ).map(tuple),
    images=st.lists(
        st.builds(Image, st.sampled_from(ImageKind), url=WORDS, language=WORDS), max_size=3
    ).map(tuple),
    external_ids=st.dictionaries(st.sampled_from(["tmdb", "imdb"]), WORDS),
)
HERE, THERE = uuid4(), uuid4()


@given(METADATA)
def test_nothing_is_lost_in_the_database(metadata: Metadata) -> None:
    said = finding_of("plex", Item(ItemKind.MOVIE, "1", "x", metadata=metadata))
    kept = orjson.loads(orjson.dumps(said))
    assert metadata_from_json(kept.get("said", {})) == metadata
    assert bool(said) == (metadata != Metadata())


def part(kind: ItemKind, key: str, said: Metadata, **values: Any) -> Part:
    finding = finding_of("plex", Item(kind, key, "x", metadata=said))
    fields: dict[str, Any] = {
        "provider": "plex", "collection_id": HERE, "kind": kind, "provider_key": key,
        "parent_key": "", "season_number": None, "number": None, "finding": finding,
        "raw": {"key": key},
    }  # fmt: skip
    return Part(**{**fields, **values})


def episode(key: str, number: int, show: Metadata, where: UUID = HERE, **values: Any) -> Part:
    return part(
        ItemKind.EPISODE,
        key,
        Metadata(display_name=f"Episode {number}"),
        parent_key="100",
        season_number=1,
        number=number,
        collection_id=where,
        group_finding=finding_of(
            "plex",
            Item(
                ItemKind.SHOW, "100", "Show", metadata=show, seasons={1: Metadata(overview="one")}
            ),
        ),
        group_raw={"key": "100"},
        **values,
    )


def test_a_show_is_made_of_its_episodes() -> None:
    show = Metadata(display_name="Show", release_date=date(2008, 1, 20))
    [found] = merged([episode("101", 1, show), episode("102", 2, show)])
    assert (found.source, found.key, found.title) == ("plex", "100", show)
    assert found.raw == {"key": "100"}
    assert {place: said.display_name for place, said in found.episodes.items()} == {
        (1, 1): "Episode 1",
        (1, 2): "Episode 2",
    }
    assert found.seasons == {1: Metadata(overview="one")}
    assert 0 < found.confidence <= 1


def test_the_first_server_is_believed_and_others_fill_in() -> None:
    first = episode("101", 1, Metadata(display_name="First"))
    second = episode("7", 2, Metadata(display_name="Second"), where=THERE)
    again = episode("6", 1, Metadata(display_name="Second"), where=THERE)
    [found] = merged([first, second, again])
    assert found.title.display_name == "First"
    assert set(found.episodes) == {(1, 1), (1, 2)}


def test_films_versions_and_several_kinds_of_source() -> None:
    heat = Metadata(display_name="Heat")
    film = part(ItemKind.MOVIE, "7", heat)
    version = part(ItemKind.MOVIE, "7:71", heat)
    radarr = part(ItemKind.MOVIE, "3", heat, provider="radarr")
    assert [(one.source, one.key) for one in merged([version, film, radarr])] == [
        ("plex", "7"),
        ("radarr", "3"),
    ]


def test_tracks_are_by_disc_and_files_say_nothing() -> None:
    track = part(ItemKind.TRACK, "9", Metadata(display_name="Song"), parent_key="8", number=3)
    [found] = merged([track])
    assert (found.key, set(found.tracks)) == ("8", {(1, 3)})
    assert merged([part(ItemKind.OTHER, "", Metadata())]) == []
