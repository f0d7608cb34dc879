"""Extras: trailers, interviews, samples and the like beside a film or a series."""

from __future__ import annotations

import re
from dataclasses import replace

from reelhouse_naming.facts import Facts, Kind, LibraryKind
from reelhouse_naming.library.folders import read_season_folder
from reelhouse_naming.release.reader import read_folder, read_release
from reelhouse_naming.tables import extras
from reelhouse_naming.tables.words import AUDIO_EXTENSIONS, VIDEO_EXTENSIONS
from reelhouse_naming.text import plain, split_extension, split_path

_SEPARATORS = re.compile(r"[\s._-]+")
_LAST_WORD = re.compile(r"(.*?)([\s._-]+)([^\W\d_]+)\d{0,2}$")
_CONFIDENCE = 0.90


def extra_type(path: str, library_root: str = "") -> str | None:
    """Returns the kind of extra that a file is, a value of `tables.extras`; None if it is none.

    Args:
        path: the file.
        library_root: the folder of the library: its own name marks no extras.
    """
    parts = split_path(path)
    if not parts:
        return None
    *above, file = parts
    stem, extension = split_extension(plain(file))
    audio = extension in AUDIO_EXTENSIONS
    if audio and stem.casefold() == "theme":
        return "theme_song"
    if not audio and extension not in VIDEO_EXTENSIONS:
        return None
    if not audio and (kind := _by_name(stem)):
        return kind
    if not above or (library_root and above == split_path(library_root)):
        return None
    return _by_folder(above[-1], audio=audio)


def _by_folder(folder: str, *, audio: bool) -> str | None:
    kind = extras.BY_FOLDER.get(_SEPARATORS.sub("", plain(folder)).casefold())
    return kind if audio == (kind == "theme_song") else None


def _by_name(stem: str) -> str | None:
    if stem.casefold() in extras.LOOSE_ENDINGS:
        return stem.casefold()
    match = _LAST_WORD.match(stem)
    if match is None or not match[1]:
        return None
    word = match[3].casefold()
    # In capitals it is a release group: "x264-SCENE".
    tight = match[2] == "-" and not match[3].isupper()
    return extras.BY_ENDING.get(word) if tight or word in extras.LOOSE_ENDINGS else None


def read_extra(above: list[str], file: str, kind: str, library: LibraryKind | None) -> Facts:
    """Reads an extra; its title is that of the film or series whose folders it lies in."""
    own = read_release(file, library)
    owners = list(above)
    while owners and _by_folder(owners[-1], audio=False):
        owners.pop()
    season = own.season
    if owners and (folder := read_season_folder(owners[-1])).is_season_folder:
        season = folder.season if season is None else season
        owners.pop()
    owner = read_folder(owners[-1], LibraryKind.MOVIE) if owners else own
    return replace(
        own,
        kind=Kind.EXTRA,
        extra=kind,
        title=owner.title,
        year=owner.year,
        season=season,
        external_ids=owner.external_ids,
        confidence=_CONFIDENCE,
    )
