"""Reads names and folders of audiobooks: Author/Series/Book 1 - Title {Narrator}/Part 01.mp3."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from reelhouse_naming.facts import Facts, Kind
from reelhouse_naming.ids import take_ids
from reelhouse_naming.tables.words import NUMBER_WORDS, alternatives
from reelhouse_naming.text import Stem, plain
from reelhouse_naming.titles import clean_title, normalize_title


class BookName(NamedTuple):
    """What the name of a book says."""

    name: str
    series: str = ""
    # The place in the series; text, because 1.5 happens.
    number: str = ""
    year: int | None = None
    # The volume of a comic.
    volume: int | None = None


_INDEX = r"\d{1,4}(?:\.\d{1,2})?"
_YEAR = re.compile(r"\s*[(\[]((?:1[5-9]|20)\d\d)[)\]]")
# "Series #1 (of 4)".
_NUMBERED = re.compile(
    rf"(?P<series>.+?)\s+#(?P<index>{_INDEX})(?:\s+\(of\s+\d{{1,4}}\))?$", re.IGNORECASE
)
# "Title (Series, #1)", "Title (Series Book 1)".
_IN_SERIES = re.compile(
    rf"(?P<name>[^()]+?)\s*\((?P<series>[^()]+?),?\s*(?:#|book\s+|vol(?:ume|\.)?\s+)(?P<index>{_INDEX})\)$",
    re.IGNORECASE,
)
# "Series, Book 1 - Title", "Series #1 - Title", "Series - Book 1 - Title".
_SERIES_FIRST = re.compile(
    r"(?P<series>[^-]+?)(?:\s*,\s*|\s+-\s+|\s+)(?:#|book\s+|vol(?:ume|\.)?\s+)"
    rf"(?P<index>{_INDEX})\s*[-:]\s+(?P<name>.+)$",
    re.IGNORECASE,
)
# "Series - 01 - Title".
_SERIES_DASHED = re.compile(rf"(?P<series>.+?)\s+-\s+(?P<index>{_INDEX})\s+-\s+(?P<name>.+)$")
# "Book 1 - Title", "Vol. 2: Title", "1 - Title", "01. Title".
_INDEX_FIRST = re.compile(
    r"(?:(?:book|vol(?:ume|\.)?|buch|band|livre|tome|libro)\s*#?"
    rf"(?P<word>{_INDEX}|{alternatives(tuple(NUMBER_WORDS))})(?:\s*[-:.]\s+|\s+)"
    rf"|(?P<index>{_INDEX})(?:\s+-\s+|\.\s+))(?P<name>.+)$",
    re.IGNORECASE,
)
# "Comic v01 c120".
_COMIC = re.compile(
    r"\bv(?:ol)?\.?(?P<volume>\d{1,3})\s+(?:c|ch|#)\.?(?P<index>\d{1,4})(?![^\W_])", re.IGNORECASE
)


def read_book_name(name: str) -> BookName:
    """Reads title, series, place in the series and year from the name of a book."""
    text = plain(name).strip()
    if comic := _COMIC.search(text):
        return BookName(text, number=_index(comic["index"]), volume=int(comic["volume"]))
    years = [int(year) for year in _YEAR.findall(text)]
    year = years[-1] if years else None
    text = _YEAR.sub("", text).strip()
    if match := _NUMBERED.match(text):
        return BookName("", match["series"], _index(match["index"]), year)
    for pattern in (_IN_SERIES, _SERIES_FIRST, _SERIES_DASHED):
        if match := pattern.match(text):
            return BookName(match["name"], match["series"], _index(match["index"]), year)
    if match := _INDEX_FIRST.match(text):
        return BookName(match["name"], "", _index(match["word"] or match["index"]), year)
    return BookName(text, year=year)


def _index(text: str) -> str:
    """Drops padding: "01" is "1", "01.50" stays readable as "1.5"."""
    word = NUMBER_WORDS.get(text.casefold())
    if word:
        return str(word)
    whole, dot, part = text.partition(".")
    return f"{int(whole)}{dot}{part.rstrip('0') or '0'}" if dot else str(int(whole))


_NARRATOR = re.compile(r"\s*\{\s*(?:read by |narrated by )?([^{}]{2,60})\s*\}", re.IGNORECASE)
_READ_BY = re.compile(r"\s*[(\[]\s*(?:read|narrated) by ([^()\[\]]{2,60})[)\]]", re.IGNORECASE)
_ABRIDGED = re.compile(r"\s*[(\[]((?:un)?abridged)[)\]]", re.IGNORECASE)
_FORMAT = re.compile(
    r"\s*[(\[](?:audiobook|audio book|mp3|m4b|\d{2,3} ?kbps)[^)\]]*[)\]]", re.IGNORECASE
)
# "Vol 1 - 1994 - Title", "1945 - Title".
_YEAR_FIRST = re.compile(r"((?:1[5-9]|20)\d\d)\s+-\s+(?=\S)")
_INDEX_ALONE = re.compile(rf"(?:book|vol(?:ume|\.)?)\s*#?({_INDEX})$", re.IGNORECASE)
_BY = re.compile(r"(?P<title>.+?)\s+by\s+(?P<author>[^()\[\]{}]+)$", re.IGNORECASE)
_AUTHOR = re.compile(r"(?P<author>[^,]+?)\s+-\s+(?P<title>.+)$")

# Folders of one book in pieces, and files of one.
_DISC = re.compile(r"(?:cd|dis[ck]|part)[\s._#-]*(\d{1,3})$", re.IGNORECASE)
_PART = re.compile(
    r"(?:^|.*[\s._-])(?:part|pt|chapter|ch|track|cd|dis[ck]|file|kapitel|teil)"
    r"[\s._-]*(\d{1,4})(?:\s*of\s*\d+)?$",
    re.IGNORECASE,
)
_NUMBER_FIRST = re.compile(r"(\d{1,4})(?![\d.])(?:\s*[-._]\s*|\s+|$)")
_NUMBER_LAST = re.compile(r"(?:^|.*[\s._(-])(\d{1,4})\)?$")

_CONFIDENCE_FOLDERS, _CONFIDENCE_FOLDER, _CONFIDENCE_FILE = 0.90, 0.80, 0.50


def read_audiobook(folders: list[str], stem: Stem) -> Facts:
    """Reads an audiobook, or a part of one, from its folders (outermost first) and its file name.

    The folders are Author/Series/Book, Author/Book or Book; folders of discs count for none. A
    book of one file may lie in the folder of its author, or in none.
    """
    discs = [int(match[1]) for folder in folders if (match := _DISC.match(plain(folder)))]
    above = [folder for folder in folders if not _DISC.match(plain(folder))]
    if not above:
        book = _read_book(stem.name)
        confidence = _CONFIDENCE_FOLDER if book.creator else _CONFIDENCE_FILE
        return replace(book, container=stem.extension, confidence=confidence)
    *outer, folder = above
    author = clean_title(outer[0]) if outer else ""
    series = clean_title(outer[-1]) if outer[1:] else ""
    book = _read_book(folder, author, series)
    if not outer and _is_author(book, stem.name):
        book = _read_book(stem.name, clean_title(folder))
    elif alone := _INDEX_ALONE.match(plain(folder)):
        book = replace(_read_book(stem.name, author, series), book_series_index=_index(alone[1]))
    return replace(
        book,
        part=_part(stem.name, book.title),
        disc=discs[-1] if discs else None,
        container=stem.extension,
        confidence=_CONFIDENCE_FOLDERS if outer else _CONFIDENCE_FOLDER,
    )


def _is_author(book: Facts, stem: str) -> bool:
    """Tells whether the only folder is an author's, with books of one file in it."""
    described = book.year or book.creator or book.narrator or book.book_series_index
    return not described and _part(stem, book.title) is None and not _same(stem, book.title)


def _same(left: str, right: str) -> bool:
    return normalize_title(left) == normalize_title(right)


def _read_book(name: str, author: str = "", series: str = "") -> Facts:
    """Reads the name of a book with everything that may surround its title.

    Args:
        name: of a folder or a file.
        author: as the folders name the author; without, the name may do so.
        series: as the folders name the series.
    """
    named = take_ids(plain(name))
    text = named.text
    narrator = _NARRATOR.search(text) or _READ_BY.search(text)
    if narrator:
        text = text.replace(narrator.group(), " ", 1).strip()
    abridged = _ABRIDGED.search(text)
    text = _FORMAT.sub("", _ABRIDGED.sub("", text)).strip()
    if author:
        text = _without(_without(text, author), series)
    year, number, text = _year_and_number(text)
    if not author:
        author, text = _split_author(text)
    book = read_book_name(text)
    title = book.name or book.series
    return Facts(
        kind=Kind.AUDIOBOOK,
        title=clean_title(title) or title,
        year=book.year or year,
        creator=author,
        book_series=series or clean_title(book.series),
        book_series_index=book.number or number,
        edition=abridged[1] if abridged else "",
        external_ids=MappingProxyType(named.ids),
        narrator=narrator[1].strip() if narrator else "",
    )


def _year_and_number(text: str) -> tuple[int | None, str, str]:
    """Takes "Vol 1 - 1994 - " or "1945 - " off the front of a title."""
    number = ""
    if (match := _INDEX_FIRST.match(text)) and _YEAR_FIRST.match(match["name"]):
        number, text = _index(match["word"] or match["index"]), match["name"]
    if match := _YEAR_FIRST.match(text):
        return int(match[1]), number, text[match.end() :]
    return None, number, text


def _split_author(text: str) -> tuple[str, str]:
    """Splits "Author - Title" and "Title by Author"; the author is empty where none is named."""
    if not (_INDEX_FIRST.match(text) or _SERIES_FIRST.match(text)):
        for pattern in (_AUTHOR, _BY):
            if match := pattern.match(text):
                return clean_title(match["author"]), match["title"]
    return "", text


def _without(text: str, prefix: str) -> str:
    """Takes the author or the series off the front of a title, unless it is all of it."""
    if not prefix or not text.casefold().startswith(prefix.casefold()):
        return text
    rest = text[len(prefix) :]
    stripped = rest.lstrip(" -,")
    return (
        stripped
        if stripped != rest and (rest.startswith(" - ") or stripped[:1].isdigit())
        else text
    )


def _part(stem: str, title: str) -> int | None:
    """Returns the number of a part of a book: "Part 01", "01 - Title", "Title 03"."""
    text = plain(stem).strip()
    if _same(text, title):
        return None
    match = _PART.match(text) or _NUMBER_FIRST.match(text) or _NUMBER_LAST.match(text)
    return int(match[1]) if match else None
