"""Titles: cleaning them out of names, comparing, sorting and splitting them."""

from __future__ import annotations

import re

from reelhouse_naming.text import plain, strip_accents

# Letters that stand alone between dots: S.H.I.E.L.D.
_ACRONYM = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_DOT = re.compile(r"(?<!\s)\.(?![\s\d])|_")
_SPACES = re.compile(r"\s+")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|\{\s*\}")
# What a title never starts or ends with once it is cut out of a name.
_EDGES = " \t._-+,;:#|/\\~=\u2605\u2606"
_OPEN = "([{"
_CLOSE = {"(": ")", "[": "]", "{": "}"}


def clean_title(raw: str) -> str:
    """Makes a readable title of a piece of a name: dots and underscores become spaces.

    Dots stay in acronyms, and where the piece has spaces too, for then they are no separators.
    """
    text = _EMPTY_BRACKETS.sub(" ", raw)
    spaced = " " in text.strip(_EDGES)
    if "." in text and not spaced:
        text = _undot(text)
    elif "_" in text:
        text = text.replace("_", " ")
    if spaced and "." in text and " " in text:
        # A single dot between two words in a spaced name is a lost separator as well.
        text = _ACRONYM.sub(lambda m: m.group().replace(".", "\0"), text)
        text = _DOT.sub(" ", text).replace("\0", ".")
    text = _SPACES.sub(" ", text).strip(_EDGES)
    return _balance(text).strip(_EDGES)


def _undot(text: str) -> str:
    kept = _ACRONYM.sub(lambda m: m.group()[:-1].replace(".", "\0") + m.group()[-1], text)
    return kept.replace(".", " ").replace("_", " ").replace("\0", ".")


def _balance(text: str) -> str:
    """Drops a bracket at the end that never closes, and one that never opened."""
    while text and text[-1] in _OPEN:
        text = text[:-1].rstrip(_EDGES)
    for opening, closing in _CLOSE.items():
        if text.startswith(closing):
            text = text[1:].lstrip(_EDGES)
        if text.count(opening) > text.count(closing):
            head, _, tail = text.rpartition(opening)
            text = f"{head.rstrip(_EDGES)} {tail}".strip() if head else tail
        elif text.count(closing) > text.count(opening) and text.endswith(closing):
            text = text[:-1].rstrip(_EDGES)
    return text


_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_ALSO_KNOWN_AS = re.compile(r"[\s._(\[]+a\.?k\.?a\.?[\s._]+", re.IGNORECASE)


def is_latin(text: str) -> bool:
    """Tells whether most letters of a text are Latin."""
    letters = _LETTER.findall(text)
    return 2 * sum(1 for letter in letters if _LATIN.match(letter)) > len(letters)


def title_of_name(raw: str) -> str:
    """Makes the title of a piece of a release name: the first of several names, Latin preferred."""
    title = clean_title(_ALSO_KNOWN_AS.split(raw, maxsplit=1)[0])
    if title.isascii():
        return title
    latin = _LATIN.search(title)
    if latin and _LETTER.search(title[: latin.start()]) and title[latin.start() - 1] in " .-/([":
        # The same name in another script in front: "中文名 English Name".
        rest = title[latin.start() :]
        if is_latin(rest) and rest[1:]:
            return clean_title(rest)
    return title


_YEAR_BEHIND = re.compile(r"\s*[(\[](?:18|19|20)\d\d[)\]]\s*$")
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_APOSTROPHE = re.compile(r"(?<=[^\W_])'(?=[^\W_])")
_PUNCTUATION = re.compile(r"[\W_]+")
_ARTICLES = ("the ", "a ", "an ")
_ARTICLE_WORDS = frozenset(("the", "a", "an"))


def normalize_title(title: str, *, split_camel_case: bool = False) -> str:
    """Returns the form in which titles are matched. Normalising twice changes nothing.

    NFKC, case-folded, without accents, "&" as "and", apostrophes dropped, other punctuation as one
    space, without a "(year)" at the end.

    Args:
        title: the title as people write it.
        split_camel_case: whether "TheCorrespondent" is two words.
    """
    text = _YEAR_BEHIND.sub("", plain(title))
    if split_camel_case:
        text = _CAMEL.sub(" ", text)
    text = strip_accents(text.replace("&", " and ").casefold())
    text = _APOSTROPHE.sub("", text)
    return _PUNCTUATION.sub(" ", text).strip()


def sort_title(title: str) -> str:
    """Returns the form that titles are sorted by: lower case, without a leading article."""
    text = _SPACES.sub(" ", plain(title)).strip().lower()
    for article in _ARTICLES:
        if text.startswith(article) and len(text) > len(article):
            return text[len(article) :].lstrip()
    return text


def title_similarity(left: str, right: str) -> float:
    """Returns how alike two titles are, 0 to 1.

    1 for titles that normalise to the same; else the Jaccard index of their words without articles.
    Titles without letters and digits are alike only when they are the same: "???", "!!!".
    """
    of_left, of_right = normalize_title(left), normalize_title(right)
    if of_left == of_right:
        return 1.0 if of_left or left.strip() == right.strip() else 0.0
    left_words = set(of_left.split()) - _ARTICLE_WORDS
    right_words = set(of_right.split()) - _ARTICLE_WORDS
    union = left_words | right_words
    return len(left_words & right_words) / len(union) if union else 0.0


# Titles that one file may hold.
MAX_SEGMENTS = 10
_SEGMENTS = re.compile(r"\s*[&+]\s*|\s*,\s+(?:and\s+)?|\s+-\s+|\s+and\s+|\s*;\s*", re.IGNORECASE)
_ARTICLE_INSIDE = re.compile(r"(?<=\S)\s+(?=(?:The|A|An)\s)")
# From so many words on, a title without separators may be several.
_MANY_WORDS = 7


def split_titles(text: str, count: int | None = None) -> tuple[str, ...]:
    """Splits the title of a file that holds several episodes into theirs; at most `MAX_SEGMENTS`.

    Args:
        text: the title, its parts joined by "&", "+", ",", ";", " - " or "and".
        count: how many episodes the file holds. If the parts are not as many, the text stays whole,
            unless it has over six words and articles in capitals cut it into as many.
    """
    text = text.strip()
    if not text:
        return ()
    segments = tuple(s for s in (part.strip() for part in _SEGMENTS.split(text)) if s)
    if count is None:
        return segments[:MAX_SEGMENTS]
    if 1 < len(segments) == count <= MAX_SEGMENTS:
        return segments
    if len(text.split()) >= _MANY_WORDS:
        by_article = tuple(_ARTICLE_INSIDE.split(text))
        if 1 < len(by_article) == count <= MAX_SEGMENTS:
            return by_article
    return (text,)
