"""What a name can say, by the names that Sonarr, Radarr, Lidarr and Readarr have for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from reelhouse_naming.episodes import is_sequential
from reelhouse_naming.facts import Facts
from reelhouse_naming.text import strip_accents
from reelhouse_naming.titles import sort_title


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of a file that is to be named."""

    facts: Facts
    # The name that it has, without its extension.
    original: str = ""
    # The extension of its name, without the dot.
    extension: str = ""
    # What tells it from other copies of the same; empty where it is the only one.
    version: str = ""


class Shape(Enum):
    """How a value is written."""

    TEXT = "text"
    NUMBER = "number"
    # Several numbers, written as a range or a list.
    NUMBERS = "numbers"
    DATE = "date"


Value = str | int | date | Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One thing that a name can say."""

    # As it is shown to people.
    name: str
    of: Callable[[Subject], Value]
    shape: Shape = Shape.TEXT
    # What is shortened first where a name is too long; 0 is never shortened.
    shrinks: int = 0


_ARTICLES = re.compile(r"(the|an|a)\s+(?=\S)", re.IGNORECASE)
_NOT_CLEAN = re.compile(r"[^\w\s.-]+")
_SPACES = re.compile(r"\s+")

SOURCES = {
    "webdl": "WEBDL",
    "webrip": "WEBRip",
    "hdtv": "HDTV",
    "sdtv": "SDTV",
    "dvd": "DVD",
    "dvdr": "DVD-R",
    "bluray": "Bluray",
    "brdisk": "BR-DISK",
    "rawhd": "Raw-HD",
    "dvdscr": "DVDSCR",
    "cam": "HDCAM",
    "telesync": "TELESYNC",
    "telecine": "TELECINE",
    "workprint": "WORKPRINT",
}
VIDEO_CODECS = {
    "av1": "AV1",
    "vp9": "VP9",
    "xvid": "XviD",
    "divx": "DivX",
    "mpeg2": "MPEG2",
    "vc1": "VC1",
}
AUDIO_CODECS = {
    "aac": "AAC",
    "ac3": "AC3",
    "eac3": "EAC3",
    "dts": "DTS",
    "dtshd": "DTS-HD",
    "dtsx": "DTS-X",
    "truehd": "TrueHD",
    "flac": "FLAC",
    "opus": "Opus",
    "mp3": "MP3",
    "mp2": "MP2",
    "pcm": "PCM",
    "vorbis": "Vorbis",
    "atmos": "Atmos",
}


def _title(subject: Subject) -> str:
    return subject.facts.title


def clean_title(title: str) -> str:
    """Returns a title without accents and signs: "Zoë & Friends!" is "Zoe and Friends"."""
    text = _NOT_CLEAN.sub("", strip_accents(title).replace("&", " and "))
    return _SPACES.sub(" ", text).strip()


def title_the(title: str) -> str:
    """Moves the article behind: "The Wire" is "Wire, The"."""
    match = _ARTICLES.match(title)
    return f"{title[match.end() :]}, {match[1]}" if match else title


def _with_year(title: str, year: int | None) -> str:
    if not title or not year or title.endswith(f"({year})"):
        return title
    return f"{title} ({year})"


def _first_character(title: str) -> str:
    letter = next((c for c in strip_accents(sort_title(title)) if c.isalnum()), "")
    return "#" if letter.isdecimal() else letter.upper()


def _episode_titles(subject: Subject) -> str:
    return " - ".join(dict.fromkeys(filter(None, subject.facts.episode_titles)))


def _resolution(subject: Subject) -> str:
    return f"{subject.facts.resolution}p" if subject.facts.resolution else ""


def _source(subject: Subject) -> str:
    return SOURCES.get(subject.facts.source, subject.facts.source)


def _quality(subject: Subject) -> str:
    remux = "Remux" if subject.facts.remux else ""
    picture = "-".join(filter(None, (_source(subject), _resolution(subject))))
    return " ".join(filter(None, (picture, remux)))


def _proper(subject: Subject) -> str:
    version = subject.facts.version or 1
    again = str(version - 1) if version > 2 else ""  # noqa: PLR2004 # the first proper
    return f"Proper{again}" if version > 1 else ""


def _quality_full(subject: Subject) -> str:
    return " ".join(filter(None, (_quality(subject), _proper(subject))))


def _hdr(subject: Subject) -> str:
    return " ".join(subject.facts.hdr)


def _any_hdr(subject: Subject) -> str:
    return "HDR" if subject.facts.hdr and subject.facts.hdr != ("SDR",) else ""


def _languages(subject: Subject) -> str:
    return "+".join(code.upper() for code in subject.facts.languages)


def _id(*providers: str) -> Callable[[Subject], str]:
    def of(subject: Subject) -> str:
        ids = subject.facts.external_ids
        return next((ids[name] for name in providers if ids.get(name)), "")

    return of


def _plain(name: str) -> Callable[[Subject], Value]:
    def of(subject: Subject) -> Value:
        value: Value = getattr(subject.facts, name)
        return value

    return of


# Shortened in this order: what is told elsewhere too first, the title that names the folder last.
_FIRST, _THEN, _LAST = 3, 2, 1


def _titles(*owners: str) -> dict[str, Placeholder]:
    """Returns the placeholders of a title, by their names."""
    shapes: dict[str, Callable[[str, int | None], str]] = {
        "Title": lambda title, _: title,
        "CleanTitle": lambda title, _: clean_title(title),
        "SortTitle": lambda title, _: sort_title(title),
        "TitleThe": lambda title, _: title_the(title),
        "CleanTitleThe": lambda title, _: title_the(clean_title(title)),
        "TitleYear": _with_year,
        "CleanTitleYear": lambda title, year: _with_year(clean_title(title), year),
        "TitleFirstCharacter": lambda title, _: _first_character(title),
    }

    def reader(shape: Callable[[str, int | None], str]) -> Callable[[Subject], str]:
        return lambda subject: shape(_title(subject), subject.facts.year)

    return {
        f"{owner} {name}".strip(): Placeholder(
            f"{owner} {name}".strip(), reader(shape), shrinks=_LAST
        )
        for owner in owners
        for name, shape in shapes.items()
    }


def _named(
    names: str,
    of: Callable[[Subject], Value],
    shape: Shape = Shape.TEXT,
    shrinks: int = 0,
) -> dict[str, Placeholder]:
    """Returns one placeholder under all its names; the first is the one that is shown."""
    listed = names.split(", ")
    return {name: Placeholder(listed[0], of, shape, shrinks) for name in listed}


_ALL: dict[str, Placeholder] = {
    **_titles("", "Series", "Movie", "Album", "Book"),
    **_named("Release Year, Year", _plain("year"), Shape.NUMBER),
    **_named("Season", _plain("season"), Shape.NUMBER),
    **_named("Episode", _plain("episodes"), Shape.NUMBERS),
    **_named("Absolute", _plain("absolute_episodes"), Shape.NUMBERS),
    **_named("Air Date", _plain("air_date"), Shape.DATE),
    **_named("Episode Title, Track Title", _episode_titles, shrinks=_FIRST),
    **_named(
        "Episode CleanTitle, Track CleanTitle",
        lambda subject: clean_title(_episode_titles(subject)),
        shrinks=_FIRST,
    ),
    **_named("Part, PartNumber", _plain("part"), Shape.NUMBER),
    **_named("Edition Tags, Edition", _plain("edition"), shrinks=_THEN),
    **_named("Version Label", lambda subject: subject.version, shrinks=_THEN),
    **_named("Quality Full", _quality_full),
    **_named("Quality Title, Quality", _quality),
    **_named("Quality Proper, Proper", _proper),
    **_named("Quality Source, Source", _source),
    **_named("Quality Resolution, Resolution", _resolution),
    **_named(
        "MediaInfo VideoCodec, VideoCodec",
        lambda subject: VIDEO_CODECS.get(subject.facts.video_codec, subject.facts.video_codec),
    ),
    **_named("MediaInfo VideoDynamicRange", _any_hdr),
    **_named("MediaInfo VideoDynamicRangeType, HDR", _hdr),
    **_named(
        "MediaInfo AudioCodec, AudioCodec",
        lambda subject: AUDIO_CODECS.get(subject.facts.audio_codec, subject.facts.audio_codec),
    ),
    **_named("MediaInfo AudioChannels, AudioChannels", _plain("audio_channels")),
    **_named("MediaInfo AudioLanguages, Languages", _languages, shrinks=_FIRST),
    **_named("Release Group", _plain("release_group"), shrinks=_THEN),
    **_named("TmdbId", _id("tmdb")),
    **_named("ImdbId", _id("imdb")),
    **_named("TvdbId", _id("tvdb")),
    **_named("Asin", _id("asin")),
    **_named("MusicBrainzId, Album MbId", _id("musicbrainz", "mbid")),
    **_named("Artist Name, Artist, Author Name, Author", _plain("creator"), shrinks=_LAST),
    **_named("Medium, Disc", _plain("disc"), Shape.NUMBER),
    **_named("Track", _plain("part"), Shape.NUMBER),
    **_named("Narrator", _plain("narrator"), shrinks=_THEN),
    **_named("Book Series", _plain("book_series"), shrinks=_LAST),
    **_named("Book SeriesPosition", _plain("book_series_index")),
    **_named("Original Title, Original Filename", lambda s: s.original, shrinks=_FIRST),
    **_named("Extension", lambda subject: subject.extension),
}
_IGNORED = re.compile(r"[ ._-]")


def fold(name: str) -> str:
    """Returns the form in which names of placeholders are compared."""
    return _IGNORED.sub("", name).casefold()


BY_NAME: dict[str, Placeholder] = {fold(name): known for name, known in _ALL.items()}
PLACEHOLDERS: tuple[str, ...] = tuple(_ALL)
"""The names of all placeholders, as people write them."""


def numbers(values: Sequence[int], width: int, mark: str) -> str:
    """Writes numbers: one, a range "01-E03", or a list "01E03E05" with `mark` before each.

    A pair with a gap takes a plus: "01E03" is read as a range, as most tools do.
    """
    ordered = sorted(set(values))
    padded = [f"{number:0{width}}" for number in ordered]
    if len(ordered) == 1:
        return padded[0]
    spelled = "" if mark.casefold() == "x" else mark
    if is_sequential(ordered):
        return f"{padded[0]}-{spelled}{padded[-1]}"
    joint = mark if mark and ordered[2:] else f"+{mark}"
    return joint.join(padded)
