"""What titles are searched and filtered by. No I/O.

Text is made words here, by `normalize_title`, both when it is kept and when it is looked for.
Scripts that do not put spaces between words are taken letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reelhouse_naming import normalize_title

MAX_SEARCH_TEXT = 600
"""Characters of what is searched where people mistype: an index entry holds no more."""
MAX_MISSPELLED = 5
"""Words of a search that may be misspelled; more are not looked at."""
_LEAST_LETTERS = 4
_ACRONYM = re.compile(r"(?<!\w)[a-z\d](?: [a-z\d])+(?!\w)")
_MAX_MORE = 3000
# As much as `normalize_title` takes, cut between words.
_PIECE = re.compile(r"\S(?:.{0,248}\S)?(?=\s|$)|\S{1,250}", re.DOTALL)
_MAX_WORD = 60
_MAX_POSITION = 16_000
_MAX_WORDS = 12
_MAX_FACETS = 300
_MAX_FACET = 200
# Han, Hiragana, Katakana and Hangul have no spaces, or too few, between words.
_LETTERS = re.compile(
    "([\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af])"
)


def plain(text: str) -> str:
    """Returns a name as it is compared; one without letters and digits stays as it is."""
    return normalize_title(text) or text.strip().casefold()


def search_text(names: Iterable[str], creators: Iterable[str]) -> str:
    """Returns the names and creators of a title without case and accents, each once."""
    parts = dict.fromkeys(filter(None, (plain(part) for part in (*names, *creators))))
    return " ".join(parts)[:MAX_SEARCH_TEXT]


def words(text: str) -> list[str]:
    """Returns the words of a text as they are compared."""
    found: list[str] = []
    for piece in _PIECE.finditer(text[:_MAX_MORE]):
        normalized = normalize_title(piece.group())
        found += [word[:_MAX_WORD] for word in _LETTERS.sub(r" \1 ", normalized).split()]
    return found


def vector(names: str, people: Iterable[str], more: Iterable[str]) -> str:
    """Returns the words of a title with weights, as a tsvector is written.

    Args:
        names: What `search_text` made of its names and creators.
        people: Who has to do with it.
        more: What it is about.
    """
    parts: list[str] = []
    position = 0
    for weight, texts in (
        ("A", [names, *_acronyms(names)]),
        ("B", list(people)),
        ("D", list(more)),
    ):
        for text in texts:
            for word in words(text):
                position += 1
                if position > _MAX_POSITION:
                    return " ".join(parts)
                parts.append(f"'{word}':{position}{weight}")
            position += 1  # the end of one text is not next to the beginning of another
    return " ".join(parts)


def _acronyms(names: str) -> list[str]:
    """Returns "swat" for "s w a t": letters that stand alone as the word that people write."""
    return [match.group().replace(" ", "") for match in _ACRONYM.finditer(names)]


def misspelled(normalized: str) -> list[str]:
    """Returns those words of a text that are long enough to be known when they are misspelled."""
    found = [word[:_MAX_WORD] for word in normalized.split() if len(word) >= _LEAST_LETTERS]
    return sorted(dict.fromkeys(found), key=len, reverse=True)[:MAX_MISSPELLED]


def query(text: str) -> str:
    """Returns what a vector must have to match, as a tsquery is written.

    All words, in any order; the last one may be the beginning of a word. Empty for a text without
    letters and digits.
    """
    normalized = normalize_title(text)
    parts: list[str] = []
    for word in normalized.split()[:_MAX_WORDS]:
        letters = [part[:_MAX_WORD] for part in _LETTERS.sub(r" \1 ", word).split()]
        parts.append("(" + " <-> ".join(f"'{part}'" for part in letters) + ")")
    if not parts:
        return ""
    if not _LETTERS.match(normalized[-1]):
        parts[-1] = parts[-1][:-1] + ":*)"
    return " & ".join(parts)


def facets(genres: Iterable[str], people: Iterable[str]) -> list[str]:
    """Returns what a title is filtered by."""
    found = [genre_facet(genre) for genre in genres] + [person_facet(name) for name in people]
    return list(dict.fromkeys(found))[:_MAX_FACETS]


def genre_facet(genre: str) -> str:
    """Returns what titles of a genre have."""
    return f"g:{plain(genre)}"[:_MAX_FACET]


def person_facet(name: str) -> str:
    """Returns what titles have that a person has to do with."""
    return f"p:{plain(name)}"[:_MAX_FACET]


def like_prefix(normalized: str) -> str:
    """Returns a LIKE pattern for what begins with a text."""
    escaped = normalized.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped + "%"


def of_found(
    name: str, creators: Sequence[str], narrators: Sequence[str]
) -> tuple[str, str, list[str]]:
    """Returns search text, vector and facets of a title that only files are known of."""
    text = search_text([name], creators)
    return text, vector(text, narrators, ()), facets((), (*creators, *narrators))


def match_key(kind: str, name: str, year: int | None, creators: Sequence[str]) -> str:
    """Returns what files are matched to a title by; empty for a name without letters.

    Music and books are told apart by who made them, films and series by when.
    """
    normalized = plain(name)
    distinction = plain(" ".join(creators)) if kind in _SOUND else str(year or "")
    return f"{normalized}|{distinction}" if normalized else ""


_SOUND = ("album", "audiobook")
