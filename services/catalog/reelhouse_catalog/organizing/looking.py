"""What is to be seen of a file: what its name says, and what was found when it was opened. No I/O.

What was found in a file is believed before its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from reelhouse_naming import Facts, LibraryKind, parse
from reelhouse_naming.rendering.placeholders import AUDIO_CODECS, SOURCES, VIDEO_CODECS
from reelhouse_naming.tables.languages import LANGUAGES

_LINES = ((3200, 1800, 2160), (1800, 1000, 1080), (1200, 700, 720), (0, 560, 576), (0, 1, 480))
"""Width or height from which on a picture has so many lines: films are wider than the screen."""
_VIDEO = {"hevc": "h265", "vvc": "h266", "mpeg2video": "mpeg2"}
_AUDIO = {"dca": "dts"}
_CHANNELS = {1: "1.0", 2: "2.0", 3: "2.1", 6: "5.1", 7: "6.1", 8: "7.1"}
_HDR = {"hdr10": "HDR10", "hlg": "HLG", "dovi": "DV"}
_LANGUAGES = {
    code: language.code
    for language in LANGUAGES
    for code in (language.code, language.bibliographic, language.terminological)
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A file, as the catalog knows it."""

    id: UUID
    directory: bytes
    filename: bytes
    present: bool
    confidence: float
    pending: bool
    """Whether a person is asked to look at it."""
    width: int | None
    height: int | None
    video_codec: str
    audio_codec: str
    streams: Sequence[Mapping[str, Any]]

    @property
    def path(self) -> bytes:
        """The exact path, relative to the library's root."""
        return self.directory + b"/" + self.filename if self.directory else self.filename

    @property
    def extension(self) -> str:
        """The extension of its name, lower case; empty where it has none."""
        stem, dot, extension = self.filename.rpartition(b".")
        return extension.decode("utf-8", "replace").lower() if dot and stem else ""

    @property
    def stem(self) -> str:
        """Its name without the extension."""
        stem, dot, _ = self.filename.rpartition(b".")
        return (stem if dot and stem else self.filename).decode("utf-8", "replace")


def look(file: Seen, library: LibraryKind) -> Facts:
    """Returns what is to be seen of a file."""
    said = parse(file.path.decode("utf-8", "replace"), library=library)
    picture = _first(file.streams, "video")
    sound = _first(file.streams, "audio")
    return replace(
        said,
        resolution=_resolution(file) or said.resolution,
        video_codec=_video_codec(file.video_codec, said.video_codec),
        audio_codec=_audio_codec(file.audio_codec, sound, said.audio_codec),
        audio_channels=_CHANNELS.get(sound.get("channel_count", 0), said.audio_channels),
        hdr=_hdr(picture, said.hdr),
        languages=_languages(file.streams) or said.languages,
    )


def _first(streams: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    found = (s for s in streams if s.get("kind") == kind and not s.get("attached_picture"))
    return next(found, {})


def _resolution(file: Seen) -> int | None:
    width, height = file.width or 0, file.height or 0
    if not height:
        return None
    return next(
        lines
        for least_width, least_height, lines in _LINES
        if height >= least_height or (least_width and width >= least_width)
    )


def _video_codec(found: str, said: str) -> str:
    if found == "mpeg4" and said in ("xvid", "divx"):
        return said
    return _VIDEO.get(found, found) or said


def _audio_codec(found: str, sound: Mapping[str, Any], said: str) -> str:
    if found.startswith("pcm_"):
        return "pcm"
    if found in ("dts", "dca") and str(sound.get("profile", "")).startswith("DTS-HD"):
        return "dtshd"
    return _AUDIO.get(found, found) or said


def _hdr(picture: Mapping[str, Any], said: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the kinds of high dynamic range: a name may know one more than was found."""
    found = str(picture.get("video_range", ""))
    if found == "sdr":
        return ()
    known = _HDR.get(found)
    return said if known is None or known in said else (*said, known)


def _languages(streams: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    codes = (str(s.get("language", "")).lower() for s in streams if s.get("kind") == "audio")
    return tuple(dict.fromkeys(_LANGUAGES[code] for code in codes if code in _LANGUAGES))


def version_label(own: Facts, others: Sequence[Facts], *, edition: bool) -> str:
    """Returns what tells a file from its other copies: "2160p HDR10"; empty if there are none.

    Args:
        own: What is to be seen of the file.
        others: What is to be seen of the others.
        edition: Whether the edition is told elsewhere in the name.
    """
    if not others:
        return ""
    label = [_lines(own)]
    alike = [other for other in others if _lines(other) == label[0]]
    if edition:
        alike = [other for other in alike if other.edition == own.edition]
    for facet in _FACETS[1:] if edition else _FACETS:
        value = facet(own)
        if not alike:
            break
        if any(facet(other) != value for other in alike):
            label.append(value)
            alike = [other for other in alike if facet(other) == value]
    return " ".join(filter(None, label))


def _lines(facts: Facts) -> str:
    return f"{facts.resolution}p" if facts.resolution else ""


def _source(facts: Facts) -> str:
    name = SOURCES.get(facts.source, facts.source)
    return " ".join(filter(None, (name, "Remux" if facts.remux else "")))


def _proper(facts: Facts) -> str:
    return "Proper" if (facts.version or 1) > 1 else ""


_FACETS = (
    lambda facts: facts.edition,
    lambda facts: " ".join(facts.hdr),
    _source,
    lambda facts: VIDEO_CODECS.get(facts.video_codec, facts.video_codec),
    lambda facts: AUDIO_CODECS.get(facts.audio_codec, facts.audio_codec),
    lambda facts: facts.audio_channels,
    _proper,
    lambda facts: facts.release_group,
)
"""What copies are told apart by, in this order, the edition first."""
