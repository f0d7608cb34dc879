"""Turns tags into what they say of picture, sound, language and version."""

from __future__ import annotations

import re
from typing import NamedTuple

from reelhouse_naming.release.tags import Found, Tags
from reelhouse_naming.tables.vocabulary import Field

_SPACES = re.compile(r"[\s._]+")
# A mark of media managers, which write HDTV-720p so; elsewhere HDTV alone says nothing of lines.
_HDTV_ALONE = "[HDTV]"
_HDTV_LINES = 720
_FIRST_VERSION = 1


class Technical(NamedTuple):
    """What the tags of a name say; the fields are those of `Facts`."""

    source: str
    resolution: int | None
    video_codec: str
    audio_codec: str
    audio_channels: str
    hdr: tuple[str, ...]
    languages: tuple[str, ...]
    edition: str
    version: int | None
    remux: bool
    extra: str


def read_technical(name: Tags, tags: list[Found], version: int | None) -> Technical:
    """Reads the tags of a name.

    Args:
        name: the name.
        tags: those of its tags that count.
        version: the version that stands at the number of the episode, if any.
    """
    values: dict[Field, list[str]] = {}
    for found in tags:
        values.setdefault(found.tag.field, []).append(found.tag.value)
    source = _best_source(tags)
    return Technical(
        source=source,
        resolution=_resolution(name, tags),
        video_codec=_first(values, Field.VIDEO_CODEC),
        audio_codec=_audio(values.get(Field.AUDIO_CODEC, [])),
        audio_channels=_first(values, Field.CHANNELS),
        hdr=tuple(dict.fromkeys(values.get(Field.HDR, ()))),
        languages=tuple(dict.fromkeys(values.get(Field.LANGUAGE, ()))),
        edition=_edition(name, tags),
        version=_version(name, values.get(Field.VERSION, []), version),
        remux=Field.REMUX in values or any("remux" in _key(name, f) for f in tags),
        extra=_first(values, Field.EXTRAS),
    )


def _first(values: dict[Field, list[str]], field: Field) -> str:
    found = values.get(field)
    return found[0] if found else ""


def _key(name: Tags, found: Found) -> str:
    return "".join(token.key for token in name.tokens[found.first : found.last + 1])


def _best_source(tags: list[Found]) -> str:
    """Returns the surest source; of equal ones the first."""
    sources = [f.tag for f in tags if f.tag.field is Field.SOURCE]
    return max(sources, key=lambda tag: tag.trust).value if sources else ""


def _audio(codecs: list[str]) -> str:
    """Returns the first codec; "atmos" is an addition to another one."""
    return next((codec for codec in codecs if codec != "atmos"), codecs[0] if codecs else "")


def _resolution(name: Tags, tags: list[Found]) -> int | None:
    """Returns the lines: as stated ("1080p"), by name ("4K"), or as the source stands for."""
    named = None
    for found in tags:
        if found.tag.field is Field.RESOLUTION:
            if not _key(name, found).endswith("k"):
                return int(found.tag.value)
            named = named or int(found.tag.value)
    if named:
        return named
    if implied := max((f.tag.lines for f in tags), default=0):
        return implied
    return _HDTV_LINES if _HDTV_ALONE in name.text else None


def _edition(name: Tags, tags: list[Found]) -> str:
    """Returns the first run of edition tags as the name writes it."""
    editions = [f for f in tags if f.tag.field is Field.EDITION]
    if not editions:
        return ""
    last = editions[0]
    for following in editions[1:]:
        if following.first != last.last + 1:
            break
        last = following
    text = name.text[name.start(editions[0]) : name.end(last)]
    return _SPACES.sub(" ", text.replace("(", " ").replace(")", " ")).strip()


def _version(name: Tags, stated: list[str], at_episode: int | None) -> int | None:
    """Returns 2 and more for propers, repacks and versions; "REAL" adds one."""
    version = max((int(value) for value in stated), default=None)
    if at_episode is not None:
        version = max(at_episode, version or _FIRST_VERSION)
    if version and re.search(r"(?<![^\W_])REAL(?![^\W_])", name.text):
        version += 1
    return version
