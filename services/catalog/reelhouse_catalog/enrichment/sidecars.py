"""Files that lie beside media: which there are, and what their names say. No I/O."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from reelhouse_catalog.enrichment.model import Image, ImageKind
from reelhouse_catalog.enrichment.nfo import Part
from reelhouse_naming.subtitles import read_subtitle

MAX_IN_FOLDER = 10_000
"""More files beside the media of one folder are not looked at."""
EXTENSIONS: Mapping[bytes, str] = {
    b"nfo": "nfo",
    **dict.fromkeys((b"jpg", b"jpeg", b"png", b"webp", b"tbn"), "image"),
    **dict.fromkeys(
        (b"srt", b"ass", b"ssa", b"vtt", b"sub", b"idx", b"sup", b"smi", b"ttml"), "subtitle"
    ),
}
SUBTITLE_FOLDERS = (b"Subs", b"subs", b"Subtitles", b"subtitles")
_NAMES: Mapping[str, tuple[ImageKind, int]] = {
    # What an image of this name shows, and which names come first.
    "poster": (ImageKind.POSTER, 0),
    "folder": (ImageKind.POSTER, 1),
    "cover": (ImageKind.POSTER, 2),
    "front": (ImageKind.POSTER, 3),
    "movie": (ImageKind.POSTER, 4),
    "show": (ImageKind.POSTER, 4),
    "fanart": (ImageKind.BACKDROP, 0),
    "backdrop": (ImageKind.BACKDROP, 1),
    "background": (ImageKind.BACKDROP, 2),
    "landscape": (ImageKind.BACKDROP, 3),
    "banner": (ImageKind.BANNER, 0),
    "clearlogo": (ImageKind.LOGO, 0),
    "logo": (ImageKind.LOGO, 1),
    "thumb": (ImageKind.STILL, 0),
}
_IMAGE = re.compile(
    r"(?:(?P<season>season(?:\d{1,4}|-specials))(?:-(?P<seasonal>\w+?))?"
    r"|(?:(?P<stem>.+)[-.])?(?P<name>" + "|".join(_NAMES) + r"))\d{0,2}$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A file beside media: its exact name in its folder, what it is, and what an NFO says."""

    directory: bytes
    filename: bytes
    kind: str
    parts: Sequence[Part] = ()

    @property
    def stem(self) -> bytes:
        """Its name without extension."""
        return os.path.splitext(self.filename)[0]

    @property
    def path(self) -> bytes:
        """Its path below the library's root."""
        return os.path.join(self.directory, self.filename)


@dataclass(frozen=True, slots=True)
class ExternalSubtitle:
    """A subtitle file of a media file. `path` is bytes as Latin-1, below the library's root."""

    path: str
    format: str
    language: str = ""
    title: str = ""
    default: bool = False
    forced: bool = False
    hearing_impaired: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Returns it as plain values, for JSON."""
        return asdict(self)


@dataclass(slots=True)
class Pictures:
    """The images of one folder: of the folder itself, its seasons, and single files by stem."""

    own: list[Image] = field(default_factory=list)
    seasons: dict[int, list[Image]] = field(default_factory=dict)
    files: dict[str, list[Image]] = field(default_factory=dict)


def kind_of(filename: bytes) -> str:
    """Returns what a file beside media is: "nfo", "image", "subtitle", or empty for others."""
    stem, extension = os.path.splitext(filename)
    kind = EXTENSIONS.get(extension[1:].lower(), "")
    if kind == "image" and not _image_name(stem):
        return ""
    return kind


def _image_name(stem: bytes) -> re.Match[str] | None:
    return _IMAGE.match(stem[-255:].decode("utf-8", "backslashreplace"))


def pictures(files: Iterable[Sidecar]) -> Pictures:
    """Sorts the images of a folder."""
    ranked: list[tuple[int, str, re.Match[str], Sidecar]] = []
    for sidecar in files:
        match = _image_name(sidecar.stem) if sidecar.kind == "image" else None
        if match:
            name = (match["name"] or match["seasonal"] or "poster").lower()
            if name in _NAMES:
                ranked.append((_NAMES[name][1], name, match, sidecar))
    found = Pictures()
    for _, name, match, sidecar in sorted(ranked, key=lambda entry: (entry[0], entry[3].filename)):
        image = Image(_NAMES[name][0], path=sidecar.path)
        if match["season"]:
            number = match["season"][6:]
            season = int(number) if number.isdecimal() else 0
            found.seasons.setdefault(season, []).append(image)
        elif match["stem"]:
            found.files.setdefault(match["stem"].casefold(), []).append(image)
        else:
            found.own.append(image)
    return found


def subtitles_of(
    filename: bytes, beside: Iterable[Sidecar], *, others: Iterable[bytes], alone: bool
) -> list[ExternalSubtitle]:
    """Returns the subtitles that belong to a media file.

    Args:
        filename: The media file.
        beside: What lies in its folder, and in one for subtitles in there.
        others: The other media files of the folder that are known: one with a longer name that
            fits, too, has the subtitles.
        alone: Whether it is the only media of its folder: all in the folder for subtitles is its.
    """
    stem = _shown(os.path.splitext(filename)[0])
    longer = [
        other
        for name in others
        if (other := _shown(os.path.splitext(name)[0])).casefold() != stem.casefold()
        and fits(other, stem)
    ]
    listed = [sidecar for sidecar in beside if sidecar.kind == "subtitle"]
    indexed = {s.path[:-4].lower() for s in listed if s.filename[-4:].lower() == b".idx"}
    found = []
    for sidecar in sorted(listed, key=lambda s: s.path):
        if sidecar.filename[-4:].lower() == b".sub" and sidecar.path[:-4].lower() in indexed:
            continue  # the pictures that belong to the index beside it
        name = _shown(sidecar.stem)
        own = fits(name, stem) and not any(fits(name, other) for other in longer)
        inside = alone and os.path.basename(sidecar.directory) in SUBTITLE_FOLDERS
        if own or inside:
            read = read_subtitle(_shown(sidecar.filename), stem if own else "")
            if read is not None:
                found.append(
                    ExternalSubtitle(
                        path=sidecar.path.decode("latin-1"),
                        format=read.format,
                        language=read.language,
                        title=read.title,
                        default=read.default,
                        forced=read.forced,
                        hearing_impaired=read.hearing_impaired,
                    )
                )
    return found


def fits(name: str, stem: str) -> bool:
    """Tells whether a name is a stem, or begins with it and goes on with something else."""
    name, stem = name.casefold(), stem.casefold()
    return name.startswith(stem) and name[len(stem) : len(stem) + 1] in ("", ".", "-", "_")


def _shown(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
