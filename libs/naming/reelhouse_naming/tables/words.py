"""Words of many languages that stand before numbers, and file name extensions."""

from __future__ import annotations

import re

# "Season" as libraries and releases write it, case-folded. Longer words first, because the
# pattern below takes the first that fits.
SEASON_WORDS: tuple[str, ...] = (
    "denboraldia",  # Basque
    "temporadas",  # Spanish, Portuguese, Catalan
    "temporada",
    "temp",
    "stagioni",  # Italian
    "stagione",
    "staffeln",  # German
    "staffel",
    "seasons",
    "season",
    "saisons",  # French
    "saison",
    "series",  # British
    "sezonas",  # Lithuanian, Latvian
    "sezonul",  # Romanian
    "sezonu",  # Turkish
    "sezona",  # Croatian, Slovenian, Serbian
    "sezóna",  # Czech, Slovak
    "sezon",  # Polish, Turkish, Romanian
    "seizoen",  # Dutch
    "sæson",  # Danish
    "säsong",  # Swedish
    "sesong",  # Norwegian
    "kausi",  # Finnish
    "hooaeg",  # Estonian
    "évad",  # Hungarian
    "evad",
    "musim",  # Indonesian, Malay
    "mùa",  # Vietnamese
    "сезоны",  # Russian
    "сезона",  # Serbian
    "сезон",  # Russian, Ukrainian, Bulgarian
    "σεζόν",  # Greek
    "κύκλος",
    "シーズン",  # Japanese
    "시즌",  # Korean
    "الموسم",  # Arabic
    "עונה",  # Hebrew
    "ซีซั่น",  # Thai
)

# "Episode", likewise. Words of one letter are dealt with where they are safe.
EPISODE_WORDS: tuple[str, ...] = (
    "aflevering",  # Dutch
    "afl",
    "avsnitt",  # Swedish
    "afsnit",  # Danish
    "bölüm",  # Turkish
    "bolum",
    "capítulos",  # Spanish
    "capítulo",
    "capitulos",
    "capitulo",
    "episódio",  # Portuguese
    "episodios",
    "episodio",  # Italian, Spanish
    "episodes",
    "episode",
    "épisode",  # French
    "epizoda",  # Croatian
    "epizod",  # Hungarian
    "folgen",  # German
    "folge",
    "jakso",  # Finnish
    "odcinek",  # Polish
    "odc",
    "rész",  # Hungarian
    "серии",  # Russian
    "serii",
    "serija",
    "seria",
    "серия",
    "серія",  # Ukrainian
    "эпизод",
    "eps",
    "ep",
)


def alternatives(words: tuple[str, ...]) -> str:
    """Makes the body of a pattern that matches one of the words, longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


# One to twenty in words and Roman figures, for parts, volumes and seasons.
NUMBER_WORDS: dict[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "one i",
            "two ii",
            "three iii",
            "four iv",
            "five v",
            "six vi",
            "seven vii",
            "eight viii",
            "nine ix",
            "ten x",
            "eleven xi",
            "twelve xii",
            "thirteen xiii",
            "fourteen xiv",
            "fifteen xv",
            "sixteen xvi",
            "seventeen xvii",
            "eighteen xviii",
            "nineteen xix",
            "twenty xx",
        ),
        start=1,
    )
    for word in words.split()
}

# Articles, which never are a title by themselves.
ARTICLES = frozenset(("the", "a", "an", "der", "die", "das", "le", "la", "les", "el", "il", "lo"))


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


VIDEO_EXTENSIONS = frozenset(
    [
        "3g2",
        "3gp",
        "asf",
        "avi",
        "bivx",
        "divx",
        "dv",
        "dvr-ms",
        "dvrms",
        "evo",
        "f4v",
        "flv",
        "ifo",
        "img",
        "iso",
        "m1v",
        "m2t",
        "m2ts",
        "m2v",
        "m4v",
        "mk3d",
        "mkv",
        "mov",
        "mp4",
        "mpe",
        "mpeg",
        "mpg",
        "mts",
        "mxf",
        "nrg",
        "nsv",
        "nuv",
        "ogm",
        "ogv",
        "qt",
        "rm",
        "rmvb",
        "strm",
        "svq3",
        "tp",
        "trp",
        "ts",
        "ty",
        "vob",
        "vp3",
        "webm",
        "wmv",
        "wpl",
        "wtv",
        "xvid",
    ]
)
AUDIO_EXTENSIONS = frozenset(
    [
        "aac",
        "aax",
        "aaxc",
        "ac3",
        "aif",
        "aiff",
        "alac",
        "ape",
        "dff",
        "dsf",
        "dts",
        "eac3",
        "flac",
        "m4a",
        "m4b",
        "mka",
        "mp2",
        "mp3",
        "mpc",
        "oga",
        "ogg",
        "opus",
        "ra",
        "thd",
        "tta",
        "wav",
        "wma",
        "wv",
    ]
)
# Extensions that only audiobooks have.
AUDIOBOOK_EXTENSIONS = frozenset({"aax", "aaxc", "m4b"})
SUBTITLE_EXTENSIONS = frozenset(
    [
        "ass",
        "idx",
        "mks",
        "pgs",
        "sami",
        "smi",
        "srt",
        "ssa",
        "sub",
        "sup",
        "ttml",
        "txt",
        "usf",
        "vtt",
    ]
)
OTHER_EXTENSIONS = frozenset(
    [
        "7z",
        "azw",
        "azw3",
        "cbr",
        "cbz",
        "disc",
        "epub",
        "htm",
        "html",
        "jpeg",
        "jpg",
        "lit",
        "log",
        "m3u",
        "m3u8",
        "md5",
        "mobi",
        "nfo",
        "nzb",
        "par2",
        "pdf",
        "png",
        "rar",
        "sfv",
        "tar",
        "torrent",
        "zip",
    ]
)
# Extensions that are codecs and sources as well; in capitals they end a release name: "XviD", "TS".
CODEC_EXTENSIONS = frozenset(
    ["aac", "ac3", "alac", "divx", "dts", "eac3", "flac", "mp2", "mp3", "opus", "ts", "xvid"]
)
EXTENSIONS = VIDEO_EXTENSIONS | AUDIO_EXTENSIONS | SUBTITLE_EXTENSIONS | OTHER_EXTENSIONS
