"""Reads NFO files as Kodi writes them. No I/O.

https://kodi.wiki/view/NFO_files describes them: XML with one root per film, series, season, episode
(several in one file), album or artist; or nothing but the address of a page about it; or both.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from reelhouse_catalog.enrichment.merging import cleaned
from reelhouse_catalog.enrichment.model import Image, ImageKind, Metadata, Person, PersonRole
from reelhouse_catalog.enrichment.stored import metadata_from_json, metadata_to_json

MAX_BYTES = 1024 * 1024
"""Of an NFO that is read; one of a long series with all its actors has a tenth of it."""
LINK = "link"
_ROOTS = ("movie", "tvshow", "season", "episodedetails", "album", "artist")
_MAX_ITEMS = 200
_LATEST_YEAR = 9999
"""Bounds by the date of today are for those who merge."""
_ENCODING = re.compile(r"encoding=[\"']([\w.-]{1,40})[\"']")
_LONGEST_DECLARATION = 300
_END = re.compile(r"</(?:" + "|".join(_ROOTS) + r")\s{0,9}>")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_IDS = (
    ("imdb", re.compile(r"imdb\.com/\S{0,99}?\b(tt\d{7,9})\b")),
    ("tmdb", re.compile(r"themoviedb\.org/(?:movie|tv)/(\d{1,9})")),
    ("tvdb", re.compile(r"thetvdb\.com/\S{0,99}?(?:[?&](?:series)?id=|dereferrer/\w+/)(\d{1,9})")),
    ("musicbrainz", re.compile(r"musicbrainz\.org/release/([0-9a-f-]{36})")),
    (
        "musicbrainz_release_group",
        re.compile(r"musicbrainz\.org/release-group/([0-9a-f-]{36})"),
    ),
)
_IMAGES = {
    "poster": ImageKind.POSTER,
    "fanart": ImageKind.BACKDROP,
    "landscape": ImageKind.BACKDROP,
    "banner": ImageKind.BANNER,
    "clearlogo": ImageKind.LOGO,
    "thumb": ImageKind.STILL,
}
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Part:
    """What one root of an NFO says.

    `root` is the name of the element, LINK where there is none. Season and number are set where
    they are said: of a season, an episode, or a track of an album (then the number alone).
    """

    root: str
    metadata: Metadata
    season: int | None = None
    number: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain values, for JSON."""
        return {
            "root": self.root,
            "metadata": metadata_to_json(self.metadata),
            "season": self.season,
            "number": self.number,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Part:
        """Returns what `as_dict` made plain."""
        return cls(**{**values, "metadata": metadata_from_json(values["metadata"])})


def read(data: bytes) -> list[Part]:
    """Returns what an NFO says; nothing for a kind that is not known.

    Raises:
        ValueError: It is too long, no XML, or XML that is not to be trusted.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES} bytes")
    text = _decoded(data)
    end = max((match.end() for match in _END.finditer(text)), default=0)
    if not end:
        ids = _linked(text)
        return [Part(LINK, Metadata(external_ids=ids))] if ids else _unknown(text)
    root = _parsed(text[:end])
    parts = [part for element in list(root)[:_MAX_ITEMS] for part in _parts(element)]
    beside = _linked(text[end:])
    if beside and parts:
        parts.append(Part(LINK, Metadata(external_ids=beside)))
    return [
        Part(p.root, cleaned(p.metadata, latest_year=_LATEST_YEAR), p.season, p.number)
        for p in parts
    ]


def _unknown(text: str) -> list[Part]:
    """Answers for a file without a root that is known and without an address."""
    # Releases put pictures made of letters into files of this name: what begins like XML is meant.
    if text.lstrip().startswith("<"):
        _parsed(text)
    return []


def _parsed(text: str) -> Element:
    """Returns an element with all roots in it.

    Raises:
        ValueError: It is no XML, or has a document type: those define what fills memories.
    """
    text = text.lstrip()
    if text.startswith("<?xml"):
        text = text[text.find("?>", 0, _LONGEST_DECLARATION) + 2 :]
    try:
        root: Element = fromstring(f"<nfo>{text}</nfo>", forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise ValueError(f"it is no good XML: {error}"[:200]) from None
    return root


def _decoded(data: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = _ENCODING.search(data[:_LONGEST_DECLARATION].decode("latin-1"))
        encoding = (said and said[1]) or "cp1252"
        try:
            return data.decode(encoding, "replace")
        except LookupError:
            return data.decode("cp1252", "replace")


def _linked(text: str) -> dict[str, str]:
    found = ((provider, pattern.search(text)) for provider, pattern in _IDS)
    return {provider: match[1] for provider, match in found if match}


def _parts(element: Element) -> Iterator[Part]:
    if element.tag not in _ROOTS:
        return
    metadata = _metadata(element)
    if element.tag == "season":
        yield Part("season", metadata, season=_whole(element, "seasonnumber"))
    elif element.tag == "episodedetails":
        season, number = _whole(element, "season"), _whole(element, "episode")
        yield Part("episodedetails", metadata, season, number)
    elif element.tag == "artist":
        name, picture = _text(element, "name", "title"), _text(element, "thumb")
        people = (Person(name, PersonRole.ARTIST, image_url=picture),) if name else ()
        yield Part("artist", Metadata(people=people))
    else:
        yield Part(element.tag, metadata)
    if element.tag == "tvshow":
        yield from _seasons(element)
    if element.tag == "album":
        yield from _tracks(element)


def _seasons(element: Element) -> Iterator[Part]:
    """Yields what a series says of its seasons: names and images."""
    names = {n.get("number", ""): _clean(n.text) for n in element.findall("namedseason")}
    pictures: dict[str, list[Image]] = {}
    for thumb in element.findall("thumb"):
        image = _image(thumb)
        if thumb.get("type") == "season" and image:
            pictures.setdefault(thumb.get("season", ""), []).append(image)
    for number in dict.fromkeys([*names, *pictures]):
        if number.isdecimal() and len(number) < 5:  # noqa: PLR2004 # the longest is a year
            images = tuple(pictures.get(number, ()))
            metadata = Metadata(display_name=names.get(number, ""), images=images)
            yield Part("season", metadata, season=int(number))


def _tracks(element: Element) -> Iterator[Part]:
    for track in element.findall("track")[:_MAX_ITEMS]:
        number = _whole(track, "position")
        if number:
            ids = _present({"musicbrainz": _text(track, "musicbrainztrackid")})
            metadata = Metadata(display_name=_text(track, "title"), external_ids=ids)
            yield Part("track", metadata, number=number)


def _metadata(element: Element) -> Metadata:
    rating, votes = _rating(element)
    music = element.tag == "album"
    released = _day(_text(element, "premiered", "aired", "releasedate", "originalreleasedate"))
    year = _whole(element, "year") or (_year(_text(element, "premiered", "releasedate")))
    return Metadata(
        display_name=_text(element, "title", "name"),
        original_name=_text(element, "originaltitle"),
        sort_name=_text(element, "sorttitle"),
        overview=_text(element, "plot", "review", "outline"),
        tagline=_text(element, "tagline"),
        release_date=released,
        year=year,
        duration_ms=None if music else (_whole(element, "runtime") or 0) * _MINUTE_MS or None,
        genres=_all(element, "genre", split="/"),
        studios=_all(element, "studio", "label", split="/"),
        languages=_all(element, "language", split=","),
        rating=rating,
        rating_count=votes,
        content_rating=_certificate(_text(element, "mpaa", "certification")),
        creators=_artists(element) if music else (),
        people=tuple(_people(element)),
        images=tuple(_images(element)),
        external_ids=_ids(element),
    )


def _people(element: Element) -> Iterator[Person]:
    for tag, role in (
        ("director", PersonRole.DIRECTOR),
        ("credits", PersonRole.WRITER),
        ("creator", PersonRole.CREATOR),
        ("producer", PersonRole.PRODUCER),
    ):
        for name in _all(element, tag, split="/"):
            yield Person(name, role)
    actors = [
        (_whole(actor, "order"), position, actor)
        for position, actor in enumerate(element.findall("actor"))
    ]
    actors.sort(key=lambda entry: (entry[0] is None, entry[0] or 0, entry[1]))
    for _, _, actor in actors:
        name = _text(actor, "name")
        if name:
            picture = _text(actor, "thumb")
            yield Person(name, PersonRole.ACTOR, _text(actor, "role"), _address(picture))


def _images(element: Element) -> Iterator[Image]:
    for thumb in element.findall("thumb"):
        image = _image(thumb)
        if image and thumb.get("type") != "season":
            if element.tag == "episodedetails":
                yield Image(ImageKind.STILL, image.url)
            else:
                yield image
    for fanart in element.findall("fanart"):
        base = fanart.get("url", "")
        for thumb in fanart.findall("thumb"):
            address = _address(base + _clean(thumb.text))
            if address:
                yield Image(ImageKind.BACKDROP, address)


def _image(thumb: Element) -> Image | None:
    address = _address(_clean(thumb.text))
    kind = _IMAGES.get(thumb.get("aspect") or "poster")
    return Image(kind, address) if address and kind else None


def _address(text: str) -> str:
    """Returns an address of the web; others, as of files on the machine of Kodi, lead nowhere."""
    return text if text.startswith(("http://", "https://")) else ""


def _ids(element: Element) -> dict[str, str]:
    ids: dict[str, str] = {}
    for unique in element.findall("uniqueid"):
        ids.setdefault(unique.get("type", "").lower(), _clean(unique.text))
    for provider, tags in (
        ("imdb", ("imdbid", "imdb_id")),
        ("tmdb", ("tmdbid",)),
        ("tvdb", ("tvdbid",)),
        ("musicbrainz", ("musicbrainzalbumid", "musicBrainzAlbumID")),
        ("musicbrainz_release_group", ("musicbrainzreleasegroupid", "musicBrainzReleaseGroupID")),
        ("asin", ("asin",)),
        ("isbn", ("isbn",)),
    ):
        ids.setdefault(provider, _text(element, *tags))
    old = _text(element, "id")
    if old.startswith("tt"):
        ids["imdb"] = ids.get("imdb") or old
    ids.pop("unknown", None)
    return _present(ids)


def _present(ids: dict[str, str]) -> dict[str, str]:
    return {provider: key for provider, key in ids.items() if provider and key and key != "0"}


def _rating(element: Element) -> tuple[float | None, int | None]:
    """Returns the rating from 0 to 10 and how many gave it: the default one, else the first."""
    ratings = element.findall("ratings/rating")
    chosen = next((r for r in ratings if r.get("default") == "true"), next(iter(ratings), None))
    if chosen is not None:
        value, most = _decimal(_text(chosen, "value")), _decimal(chosen.get("max", "")) or 10.0
        votes = _decimal(_text(chosen, "votes").replace(",", ""))
    else:
        value, most = _decimal(_text(element, "rating")), 10.0
        votes = _decimal(_text(element, "votes").replace(",", ""))
    if value is None or not 0 < value <= most:
        return None, None
    return value * 10.0 / most, int(votes) if votes else None


def _artists(element: Element) -> tuple[str, ...]:
    named = [
        name
        for credit in element.findall("albumArtistCredits")
        if (name := _text(credit, "artist"))
    ]
    return tuple(named) or _all(element, "artist", split="\x00")


def _certificate(text: str) -> str:
    """Returns "PG-13" for "Rated PG-13", "US:PG-13" or "US:PG-13 / GB:12"."""
    first = text.partition(" / ")[0].rpartition(":")[2].strip()
    return re.sub(r"^rated\s+", "", first, flags=re.IGNORECASE)[:50]


def _text(element: Element, *tags: str) -> str:
    for tag in tags:
        for found in element.findall(tag):
            text = _clean(found.text)
            if text:
                return text
    return ""


def _all(element: Element, *tags: str, split: str) -> tuple[str, ...]:
    texts: Iterable[str] = (_clean(found.text) for tag in tags for found in element.findall(tag))
    pieces = (piece.strip() for text in texts for piece in text.split(f" {split} "))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _clean(text: str | None) -> str:
    return (text or "").strip()


def _whole(element: Element, tag: str) -> int | None:
    number = _decimal(_text(element, tag))
    return int(number) if number is not None and number < 100_000 else None  # noqa: PLR2004


def _decimal(text: str) -> float | None:
    match = _NUMBER.match(text[:30])
    return float(match.group().replace(",", ".")) if match else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _year(text: str) -> int | None:
    return int(text[:4]) if re.match(r"\d{4}", text) else None
