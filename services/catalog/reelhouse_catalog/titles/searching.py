"""What titles are searched and filtered by. No I/O.

Text is made words here, by `normalize_title`, both when it is kept and when it is looked for.
Scripts that do not put spaces between words are taken letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import chain, pairwise

from reelhouse_naming import normalize_title


class Reach(IntEnum):
    """What a search finds: each more than the one before."""

    WRITTEN = 0
    """What has all words as they are written."""
    LIKE = 1
    """What has words like them."""
    PART = 2
    """What has all but one of them."""


MAX_SEARCH_TEXT = 600
"""Characters of what is searched where people mistype: an index entry holds no more."""
MAX_MISSPELLED = 5
"""Words of a search that may be misspelled; more are not looked at."""
_LEAST_LETTERS = 4
_LEAST_BEGINNING = 3
"""Letters of a word that is not finished yet; less begins too many, unless little else is found."""
_LEAST_PIECE = 3
_TWO_SLIPS = 6
_ACRONYM = re.compile(r"(?<!\w)[a-z\d](?: [a-z\d])+(?!\w)")
# A word of a name or of people, as `vector` writes it. A number is right, or it is another.
_MEANT_WORD = re.compile(r"'(?!\d+')([^']{3,})':\d+[AB]")
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
    found = [
        word[:_MAX_WORD]
        for word in normalized.split()
        if len(word) >= _LEAST_LETTERS and not word.isdecimal()
    ]
    return sorted(dict.fromkeys(found), key=len, reverse=True)[:MAX_MISSPELLED]


def query(text: str) -> str:
    """Returns what a vector must have to match, as a tsquery is written.

    All words, in any order; the last one may be the beginning of a word. Empty for a text without
    letters and digits.
    """
    return " & ".join(_terms(normalize_title(text).split()[:_MAX_WORDS], _LEAST_BEGINNING))


def pieces(word: str) -> list[tuple[str, str]]:
    """Returns the ways in which a word may be two that belong apart: "spiderman"."""
    cuts = range(_LEAST_PIECE, len(word) - _LEAST_PIECE + 1)
    return [] if _LETTERS.search(word) else [(word[:cut], word[cut:]) for cut in cuts]


def corrected(
    text: str, like: Mapping[str, Sequence[str]], known: Container[str], *, whole: bool
) -> str:
    """Returns what matches a text with typing errors, as a tsquery is written; maybe empty.

    Each word may be one of those like it, or two that were written as one, and any two words may
    be one that was written as two.

    Args:
        text: What to look for, normalized.
        like: The words of titles that are like a word, most alike first.
        known: Has the words of titles.
        whole: Whether all words are wanted, or one may be left out.
    """
    wanted = text.split()[:_MAX_WORDS]
    each = [
        _any(term, _quoted(like.get(word, ())), _apart(word, known))
        for word, term in zip(wanted, _terms(wanted, 1), strict=True)
    ]
    ways = [each]
    for index, (left, right) in enumerate(pairwise(wanted)):
        if left + right in known:
            ways.append([*each[:index], *_quoted([left + right]), *each[index + 2 :]])
    if not whole:
        ways = []
        for index in range(len(wanted)):
            rest = wanted[:index] + wanted[index + 1 :]
            if len(rest) > 1 or (rest and len(rest[0]) >= _LEAST_LETTERS):
                ways.append(each[:index] + each[index + 1 :])
    return " | ".join("(" + " & ".join(terms) + ")" for terms in ways)


def is_slip(written: str, meant: str) -> bool:
    """Tells whether one word may be a typing error for another.

    One slip is allowed, and two in words of six letters and more, as Elasticsearch's AUTO fuzziness
    has it: a letter too many, too few, another one, or two exchanged (optimal string alignment).
    """
    most = 1 if len(written) < _TWO_SLIPS else 2
    if abs(len(written) - len(meant)) > most:
        return False
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, a in enumerate(written, 1):
        two_before, before, row = before, row, [i]
        for j, b in enumerate(meant, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 < j and a == meant[j - 2] and written[i - 2] == b:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
    return row[-1] <= most


def _any(term: str, *more: Iterable[str]) -> str:
    found = [term, *chain.from_iterable(more)]
    return found[0] if len(found) == 1 else "(" + " | ".join(found) + ")"


def _apart(word: str, known: Container[str]) -> list[str]:
    return [f"('{a}' <-> '{b}')" for a, b in pieces(word) if a in known and b in known]


def _quoted(found: Iterable[str]) -> list[str]:
    return [f"'{word}'" for word in found]


def _terms(wanted: Sequence[str], least: int) -> list[str]:
    """Returns what each word must match.

    The last one, with so many letters at least, may be the beginning of a word.
    """
    terms: list[str] = []
    for word in wanted:
        letters = [part[:_MAX_WORD] for part in _LETTERS.sub(r" \1 ", word).split()]
        terms.append("(" + " <-> ".join(f"'{part}'" for part in letters) + ")")
    if terms and len(wanted[-1]) >= least and not _LETTERS.match(wanted[-1][-1]):
        terms[-1] = terms[-1][:-1] + ":*)"
    return terms


def vocabulary(vectors: Iterable[str]) -> list[str]:
    """Returns the words that people look for titles by, out of what `vector` made, sorted."""
    found = {word for written in vectors for word in _MEANT_WORD.findall(written)}
    return sorted(word for word in found if not _LETTERS.match(word))


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
