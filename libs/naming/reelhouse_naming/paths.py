"""Reads a path in a library, or a bare release name. The one way in is `parse`."""

from __future__ import annotations

import re

from reelhouse_naming.facts import Facts, Kind, LibraryKind
from reelhouse_naming.library.books import read_audiobook
from reelhouse_naming.library.extras import extra_type, read_extra
from reelhouse_naming.library.films import read_film_file
from reelhouse_naming.library.music import read_track
from reelhouse_naming.library.series import read_episode_file
from reelhouse_naming.release.reader import read_release
from reelhouse_naming.tables.words import (
    AUDIO_EXTENSIONS,
    AUDIOBOOK_EXTENSIONS,
)
from reelhouse_naming.text import plain, split_extension

# Parts of a path that are looked at, the file included; no layout is deeper. And characters of it
# in which slashes are looked at one by one.
_MAX_DEPTH = 7
_MAX_PATH = 4096

# Slashes in brackets or between spaces are a part of a release name: "(2024/S01E07/1080p)",
# "Title / Other Title S01E07".
_BRACKET = re.compile(r"[(\[][^()\[\]]{0,200}[)\]]")
_IN_NAME = "\x1f"
_ABSOLUTE = re.compile(r"[\\/]|[A-Za-z]:[\\/]")
# Libraries of sound: the extensions of their files, none being that of a folder, and the reader.
_AUDIO_READERS = {
    LibraryKind.MUSIC: (AUDIO_EXTENSIONS | {""}, read_track),
    LibraryKind.AUDIOBOOK: (AUDIO_EXTENSIONS | {"", "mp4"}, read_audiobook),
}


def parse(path: str, *, library: LibraryKind | None = None) -> Facts:
    r"""Reads everything that a path or a release name says. Never raises.

    Args:
        path: relative to the folder of a library, with "/" or "\\" between its parts. An absolute
            path is read too, but then it is unknown where the library begins, and a folder counts
            only where a season folder or the file itself agrees. A bare name is that of a release.
        library: what the library holds; None if unknown.
    """
    parts = _split(path, library)
    if not parts:
        return Facts()
    *above, file = parts
    extension = split_extension(plain(file)).extension
    audio = library or _guess_audio(above, file, extension)
    if audio in _AUDIO_READERS:
        containers, read_audio = _AUDIO_READERS[audio]
        known = extension in containers
        return read_audio(above, split_extension(plain(file))) if known else Facts()
    if kind := extra_type("/".join(parts)):
        return read_extra(above, file, kind, library)
    if library is LibraryKind.MOVIE:
        return read_film_file(above, file)
    absolute = bool(_ABSOLUTE.match(path))
    facts = read_episode_file(above, file, library, rooted=bool(library) and not absolute)
    if facts.kind is Kind.UNKNOWN and above and not (library or absolute or extension):
        # "Title (2010) 1080p Eng/Ger" is no path.
        facts = read_release(path)
    return facts


def _guess_audio(above: list[str], file: str, extension: str) -> LibraryKind | None:
    """Tells a book from a track by the extension; a bare file without a number is neither."""
    if extension in AUDIOBOOK_EXTENSIONS:
        return LibraryKind.AUDIOBOOK
    numbered = bool(above) or file[:1].isdigit()
    return LibraryKind.MUSIC if extension in AUDIO_EXTENSIONS and numbered else None


def _split(path: str, library: LibraryKind | None) -> list[str]:
    """Splits a path and returns its last parts, `_MAX_DEPTH` at most."""
    if library is None and " / " in path[:_MAX_PATH]:
        return [path]
    path = path.replace("\\", "/")
    if library is None:
        path = _BRACKET.sub(lambda m: m.group().replace("/", _IN_NAME), path[-_MAX_PATH:])
    parts = path.rsplit("/", _MAX_DEPTH)[-_MAX_DEPTH:]
    return [part.replace(_IN_NAME, "/") for part in parts if part not in ("", ".", "..")]
