"""The vocabulary of release names: what each tag says, and how far it can be trusted.

Words are written without separators: the tags reader joins up to three words of a name before it
looks them up, so "webdl" stands for "WEB-DL", "WEB.DL", "WEB DL" and "webdl".
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import NamedTuple

from reelhouse_naming.tables.languages import LANGUAGES


class Field(Enum):
    """What a tag speaks of."""

    SOURCE = "source"
    RESOLUTION = "resolution"
    VIDEO_CODEC = "video_codec"
    AUDIO_CODEC = "audio_codec"
    CHANNELS = "audio_channels"
    HDR = "hdr"
    LANGUAGE = "languages"
    EDITION = "edition"
    VERSION = "version"
    REMUX = "remux"
    EXTRAS = "extra"
    # Known to be no part of a title, and nothing else.
    OTHER = "other"


class Trust(IntEnum):
    """Where a word may be taken for a tag."""

    # Only after something that is surely no title, and in capitals right before it.
    LATE = 0
    # Also in a run of tags that leads up to a sure one or to the year.
    WEAK = 1
    # Everywhere: no title has this word.
    SURE = 2


class Tag(NamedTuple):
    """What a word says."""

    field: Field
    value: str
    trust: Trust
    # Lines of the picture that the tag stands for where the name states none.
    lines: int = 0


# Value: words. A value is what `Facts.source` may hold.
SOURCES: dict[str, str] = {
    "webdl": "webdl webhd amazonhd amazonsd amazonuhd netflixhd netflixuhd ituneshd disneyhd"
    " maxdomehd hbomaxhd",
    "webrip": "webrip webripmux webmux webcap webdlrip webdlmux webhdrip vodrip hdrip",
    "hdtv": "hdtv hdtvrip uhdtv ahdtv tvriphd hdtvmux hrpdtv hrwspdtv hrhdtv",
    "sdtv": "pdtv sdtv dsr dsrip dtvrip tvrip satrip dthrip dvbrip vhsrip pdtvrip iptvrip dthmux",
    "dvd": "dvd dvdrip dvdmux xvidvd dvdremux",
    "dvdr": "dvdr dvd5 dvd9 2xdvd5 2xdvd9 3xdvd9 mdvdr dvdfull fulldvd",
    "dvdscr": "dvdscr dvdscreener screener bdscr",
    "cam": "camrip hdcam hdcamrip hqcam",
    "telesync": "telesync hdts tsrip hdtsrip pdvd predvd predvdrip",
    "telecine": "telecine hdtc tcrip hdtcrip",
    "workprint": "workprint",
    "regional": "r5rip r5line",
    "bluray": "bluray blueray blurayrip bdrip brrip bdmux bdlight mbluray uhdbluray uhdbd uhdbdrip"
    " bdremux uhdremux brremux hddvd hddvdrip bluraymux brmux bdripmux brripmux hdlight"
    " uhd2bd jpbd usbd gerbd itabd",
    "brdisk": "completebluray completeuhdbluray bdiso blurayiso bdmv bd25 bd50 bd66 bd100",
    "rawhd": "rawhd",
}
_WEAK_SOURCES = {"webdl": "web", "bluray": "bd bdr br", "cam": "cam", "dvdscr": "scr"}
_LATE_SOURCES = {"telesync": "ts", "telecine": "tc", "workprint": "wp", "regional": "r3 r4 r5 r6"}

# What a source stands for in lines where the name states none: rips of discs are made small by
# the rules of the scene, "HR" broadcast rips are named with 720 lines.
_SOURCE_LINES = {
    "bdrip": 480,
    "brrip": 480,
    "hrpdtv": 720,
    "hrwspdtv": 720,
    "hrhdtv": 720,
    "uhdtv": 2160,
    "amazonuhd": 2160,
    "netflixuhd": 2160,
    "uhdbd": 2160,
    "uhdbluray": 2160,
    "uhdremux": 2160,
}

_VIDEO_CODECS: dict[str, str] = {
    "h264": "x264 h264 avc 264",
    "h265": "x265 h265 hevc 265",
    "h266": "x266 h266 vvc",
    "av1": "av1",
    "vp9": "vp9",
    "xvid": "xvid xvidhd",
    "divx": "divx divx5 divx6",
    "mpeg2": "mpeg2",
    "mpeg4": "mpeg4",
    "vc1": "vc1",
}

_AUDIO_CODECS: dict[str, str] = {
    "aac": "aac heaac aaclc",
    "ac3": "ac3 dd dolbydigital",
    "eac3": "eac3 eac3d ddp dd+ ddpa ddplus dolbydigitalplus",
    "dts": "dts dtses",
    "dtshd": "dtshd dtshdma dtsma dtshdhra dtshr dtshra dtshrma",
    "dtsx": "dtsx",
    "truehd": "truehd dolbytruehd",
    "flac": "flac",
    "opus": "opus",
    "mp3": "mp3",
    "mp2": "mp2",
    "pcm": "pcm lpcm",
    "vorbis": "vorbis",
    "atmos": "atmos ddpatmos truehdatmos",
}
# Short words that a title may hold.
_WEAK_AUDIO = frozenset({"dd", "opus", "atmos", "pcm", "dts"})
# Channels as they are glued to a codec ("DDP5.1"), full sound and bass.
_CHANNELS = ("10", "20", "21", "40", "50", "51", "60", "61", "71")

_HDR = {
    "HDR": "hdr",
    "HDR10": "hdr10 hdr10bit",
    "HDR10+": "hdr10+ hdr10plus hdr10p",
    "DV": "dovi dolbyvision dvhdr",
    "HLG": "hlg",
}
_LATE_HDR = {"DV": "dv", "SDR": "sdr", "PQ": "pq"}

# First words of editions that need one of the tails behind them, and those that stand alone.
_EDITION_TAILS = "cut edition version edit"
_EDITION_HEADS = (
    "special final assembly rogue rouge imperial diamond signature hunter rekall collector"
    " collectors director directors theatrical extended ultimate anniversary criterion definitive"
    " alternate alternative international limited deluxe gold platinum producers snyder fan uncut"
    " unrated remastered restored despecialized workprint redux imax superduper recut integral"
    " complete"
)
_EDITIONS_ALONE = (
    "extended theatrical unrated uncut uncensored remastered restored imax despecialized recut"
    " openmatte fanedit 2in1 3in1 4in1 blackandchrome criterioncollection"
)
# Words that make an edition only behind the year.
_LATE_EDITIONS = "directors collectors ultimate criterion redux integral"
# Years of anniversary editions.
_ANNIVERSARIES = range(5, 105, 5)

_VERSIONS = {"2": "proper repack rerip", "3": "repack2 proper2 rerip2", "4": "repack3 proper3"}

# Names of dubs and subtitles that say more than a language.
_LANGUAGE_TAGS = {
    "fr": "truefrench subfrench vff vfq vfi vf2 vf vof",
    "pl": "pldub pldubbed lektorpl",
    "it": "itadub",
    "es": "spanishlatino esplatino",
}

# The codes of two letters that releases use; others are words, or figures like VI.
_CODES = frozenset(
    [
        "cs",
        "da",
        "de",
        "en",
        "es",
        "fi",
        "fr",
        "hu",
        "it",
        "ja",
        "ko",
        "nl",
        "no",
        "pl",
        "pt",
        "ru",
        "sv",
        "tr",
        "uk",
        "zh",
    ]
)

# Codes of three letters that are no words.
_CLEAR_CODES = frozenset(("deu", "eng", "fra", "fre", "ger", "hin", "ita", "jpn", "kor", "rus"))

_SURE_OTHER = (
    "10bit 8bit 12bit 10bits 8bits hi10p hi10 hi422p hi444pp ma10p ma444p vostfr vostf vosta vost"
    " softsubs softsub hardsubs hardsub hardsubbed multisub multisubs nlsub nlsubs nlsubbed engsub"
    " engsubs korsub plsub plsubbed swesub dksubs subita subbed nfofix dirfix proofix readnfo"
    " amzn dsnp hmax atvp pcok pmtp hbomax mp4 mkv x264x265 dualaudio multiaudio multisubtitle"
    " multiplesubtitle ds4k 60fps 50fps hdlight microhd ntsc legendado dubbed"
    " dxva hebsubs subpack"
)
_WEAK_OTHER = (
    "proper repack rerip internal limited complete hybrid multi dual dl ml ld md ac3d dubbed custom"
    " retail hdr sdr ws fs pal hc hq line stv festival docu doc nordic extras batch readnfo nf hulu"
    " netflix amazon itunes subs sub subtitles eng3d 3d hsbs hou sbs uhd hd sd fhd web raw remux"
    " regraded upscaled upscale unrated bonus convert dvdripper synced nfo cr hidive adn crav stan"
    " all4 iplayer real4k viva bkpl mic untouched encode rip mux hfr doku swissgerman"
)
_LATE_OTHER = "int ip max red se ae v0 vo vosi sho now dsnp+ uncen real cc hr md ma he ch"


def _enter(words: dict[str, Tag], field: Field, table: dict[str, str], trust: Trust) -> None:
    """Enters the words of a table; of two meanings of one word the first entered stays."""
    for value, text in table.items():
        for word in text.split():
            words.setdefault(word, Tag(field, value, trust, _SOURCE_LINES.get(word, 0)))


def _index() -> dict[str, Tag]:
    """Builds word → tag out of the tables."""
    words: dict[str, Tag] = {}
    _enter(words, Field.SOURCE, SOURCES, Trust.SURE)
    _enter(words, Field.SOURCE, _WEAK_SOURCES, Trust.WEAK)
    _enter(words, Field.SOURCE, _LATE_SOURCES, Trust.LATE)
    _enter(words, Field.VIDEO_CODEC, _VIDEO_CODECS, Trust.SURE)
    _enter(words, Field.VIDEO_CODEC, {"h264": "264", "h265": "265"}, Trust.LATE)
    _enter_audio(words)
    _enter(words, Field.HDR, _HDR, Trust.SURE)
    _enter(words, Field.HDR, _LATE_HDR, Trust.LATE)
    _enter(
        words,
        Field.RESOLUTION,
        {"2160": "4k uhd4k 4kuhd", "4320": "8k", "1080": "4kto1080p"},
        Trust.SURE,
    )
    for word, lines in (("fhd", 1080), ("fullhd", 1080), ("uhd", 2160)):
        words[word] = Tag(Field.OTHER, "", Trust.WEAK, lines)
    _enter(words, Field.VERSION, _VERSIONS, Trust.WEAK)
    _enter(words, Field.REMUX, {"remux": "remux"}, Trust.WEAK)
    _enter(words, Field.EXTRAS, {"unknown": "extras bonus"}, Trust.WEAK)
    _enter_editions(words)
    _enter_languages(words)
    _enter(words, Field.OTHER, {"": _SURE_OTHER}, Trust.SURE)
    _enter(words, Field.OTHER, {"": _WEAK_OTHER}, Trust.WEAK)
    _enter(words, Field.OTHER, {"": _LATE_OTHER}, Trust.LATE)
    return words


def _enter_audio(words: dict[str, Tag]) -> None:
    """Enters the codecs, alone and with channels glued to them: "ddp51" is "eac3/5.1"."""
    for value, text in _AUDIO_CODECS.items():
        for word in text.split():
            trust = Trust.WEAK if word in _WEAK_AUDIO else Trust.SURE
            words.setdefault(word, Tag(Field.AUDIO_CODEC, value, trust))
            for full, bass in map(tuple, _CHANNELS):
                glued = Tag(Field.AUDIO_CODEC, f"{value}/{full}.{bass}", Trust.SURE)
                words.setdefault(f"{word}{full}{bass}", glued)


def _enter_languages(words: dict[str, Tag]) -> None:
    _enter(words, Field.LANGUAGE, _LANGUAGE_TAGS, Trust.SURE)
    for language in LANGUAGES:
        for word in language.names:
            words.setdefault(word, Tag(Field.LANGUAGE, language.code, Trust.WEAK))
        # Codes are words too: Peter Pan, The Cat, It.
        codes = {language.code} & _CODES | {language.bibliographic, language.terminological}
        for word in codes:
            trust = Trust.WEAK if word in _CLEAR_CODES else Trust.LATE
            words.setdefault(word, Tag(Field.LANGUAGE, language.code, trust))


def _enter_editions(words: dict[str, Tag]) -> None:
    tag = Tag(Field.EDITION, "", Trust.WEAK)
    tails = _EDITION_TAILS.split()
    heads = _EDITION_HEADS.split()
    for word in _EDITIONS_ALONE.split():
        words.setdefault(word, tag)
    for head in heads:
        for tail in tails:
            words.setdefault(head + tail, tag)
            for first in ("ultimate", "extended", "recut", "special"):
                words.setdefault(first + head + tail, tag)
    for word in _LATE_EDITIONS.split():
        words.setdefault(word, Tag(Field.EDITION, "", Trust.LATE))
    for years in _ANNIVERSARIES:
        for number in (str(years), f"{years}th"):
            for tail in ("", *tails):
                words.setdefault(f"{number}anniversary{tail}", tag)


WORDS: dict[str, Tag] = _index()

# Every beginning of a word above, to know early that joining more words leads nowhere.
BEGINNINGS: frozenset[str] = frozenset(
    word[:length] for word in WORDS for length in range(1, len(word))
)
