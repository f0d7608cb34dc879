"""Audnexus, which knows audiobooks by ASIN, and Audible's catalogue, where ASINs are found."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from reelhouse_catalog.enrichment.model import (
    Finding,
    Image,
    ImageKind,
    Metadata,
    Person,
    PersonRole,
    Subject,
)
from reelhouse_catalog.providers.http import ProviderClient
from reelhouse_catalog.providers.model import BOOK_THRESHOLD, Candidate, best, book_score
from reelhouse_catalog.providers.reading import (
    Json,
    at,
    day,
    each,
    identifier,
    minutes,
    names,
    number,
    text,
    web_address,
    whole,
    without_markup,
)

INTERVAL = timedelta(milliseconds=700)
"""Audnexus allows 100 requests a minute."""
AUDIBLE_INTERVAL = timedelta(milliseconds=500)
_SEARCH = timedelta(days=1)
_DETAILS = timedelta(days=14)
_ASIN = re.compile(r"B[0-9A-Z]{9}|[0-9]{9}[0-9X]")
_GROUPS = "contributors,product_desc,product_attrs,product_extended_attrs,media,series"
_LANGUAGES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "japanese": "ja",
    "portuguese": "pt",
    "dutch": "nl",
}


class Audnexus:
    """Audiobooks.

    Args:
        client: Audnexus.
        catalogue: Audible's catalogue of a region.
        region: The region, as in "us".
    """

    name = "audnexus"
    kinds = frozenset({"audiobook"})

    def __init__(self, client: ProviderClient, catalogue: ProviderClient, region: str) -> None:
        self._client = client
        self._catalogue = catalogue
        self._region = region

    async def find(self, subject: Subject) -> Finding | None:
        """Looks up an audiobook."""
        known = subject.external_ids.get("asin", "").upper()
        if _ASIN.fullmatch(known):
            book = await self._book(known)
            if book is not None:
                return await self._finding(Candidate(book, 1.0), known)
        found = await self._search(subject)
        if found is None:
            return None
        book = await self._book(found.item)
        return await self._finding(Candidate(book, found.score), found.item) if book else None

    async def _search(self, subject: Subject) -> Candidate[str] | None:
        words = " ".join([subject.display_name, *subject.creators[:1]])
        params = {
            "keywords": words[:200],
            "num_results": "25",
            "page": "0",
            "products_sort_by": "Relevance",
            "response_groups": _GROUPS,
        }
        found = await self._catalogue.get("/1.0/catalog/products", params, lifetime=_SEARCH)
        candidates: dict[float, Candidate[str]] = {}
        for product in each(found, "products", most=25):
            asin = text(product, "asin", most=20)
            title, subtitle = text(product, "title"), text(product, "subtitle")
            named = (title, f"{title} {subtitle}" if subtitle else "")
            if not _ASIN.fullmatch(asin):
                continue
            score = book_score(
                subject, named, names(product, "authors"), minutes(product, "runtime_length_min")
            )
            # Editions of one book are alike; the shop's own order, most relevant first, decides.
            candidates.setdefault(score, Candidate(asin, score))
        return best(candidates.values(), BOOK_THRESHOLD)

    async def _book(self, asin: str) -> dict[str, Any] | None:
        book = await self._client.get(f"/books/{asin}", {"region": self._region}, lifetime=_DETAILS)
        return book if text(book, "title") else None

    async def _finding(self, match: Candidate[dict[str, Any]], asin: str) -> Finding:
        chapters = await self._client.get(
            f"/books/{asin}/chapters", {"region": self._region}, lifetime=_DETAILS
        )
        raw = {"book": match.item, "chapters": chapters or {}}
        return Finding(self.name, asin, match.confidence, _title(match.item, chapters), raw=raw)


def _title(book: Json, chapters: Json | None) -> Metadata:
    first = day(book, "releaseDate")
    ids = {"asin": text(book, "asin", most=20), "isbn": identifier(book, "isbn")}
    authors, narrators = names(book, "authors"), names(book, "narrators")
    language = text(book, "language").lower()
    cover = web_address(book, "image")
    exact = whole(chapters, "runtimeLengthMs", least=1, most=10 * 86_400_000)
    stars = number(book, "rating", least=0, most=5)
    title, subtitle = text(book, "title"), text(book, "subtitle")
    people = [Person(name, PersonRole.AUTHOR) for name in authors]
    people += [Person(name, PersonRole.NARRATOR) for name in narrators]
    return Metadata(
        display_name=title,
        tagline=subtitle,
        overview=without_markup(
            text(book, "summary", most=20_000) or text(book, "description", most=20_000)
        ),
        release_date=first,
        year=whole(book, "copyright", least=1800, most=2100) or (first.year if first else None),
        duration_ms=exact or minutes(book, "runtimeLengthMin"),
        genres=tuple(
            dict.fromkeys(
                text(genre, "name")
                for genre in each(book, "genres", most=50)
                if text(genre, "type") == "genre" and text(genre, "name")
            )
        ),
        studios=tuple(filter(None, [text(book, "publisherName")])),
        languages=tuple(filter(None, [_LANGUAGES.get(language, language)])),
        rating=stars * 2 if stars else None,
        rating_count=whole(book, "ratings", "numRatings") or None,
        content_rating="adult" if at(book, "isAdult") is True else "",
        creators=authors,
        narrators=narrators,
        series=text(book, "seriesPrimary", "name"),
        series_position=text(book, "seriesPrimary", "position", most=20),
        people=tuple(people),
        images=(Image(ImageKind.POSTER, cover),) if cover else (),
        external_ids={name: value for name, value in ids.items() if value},
    )
