"""Reads films in their folders: Film (1999)/film.mkv."""

from __future__ import annotations

from dataclasses import replace

from reelhouse_naming.facts import Facts, Kind, LibraryKind
from reelhouse_naming.ids import merge_ids
from reelhouse_naming.library.folders import disc_number, same_title
from reelhouse_naming.release.reader import read_folder, read_release

# What a folder that agrees adds to the confidence; and where only the folder names the film.
AGREEMENT = 0.10
_FROM_FOLDER = 0.75


def read_film_file(above: list[str], file: str) -> Facts:
    """Reads a file of a library of films: where its folder names a film, the folder wins."""
    facts = read_release(file, LibraryKind.MOVIE)
    discs = [number for folder in above[-1:] if (number := disc_number(folder)) is not None]
    folders = above[:-1] if discs else above
    own = _read_own(folders[-1], file, facts) if folders else Facts()
    agrees = same_title(own.title, facts.title)
    # A file without a year may have a short or meaningless name: "movie.mkv", a hash.
    names = facts.year in (None, own.year) and (agrees or own.year or own.source)
    if not own.title or not names:
        return facts
    confidence = max(facts.confidence, own.confidence) + AGREEMENT if agrees else _FROM_FOLDER
    bare = not (facts.source or facts.resolution)
    return replace(
        # "Film.2010.1080p-GROUP/film.mkv" has its tags in the folder.
        replace(own, container=facts.container, version=facts.version) if bare else facts,
        kind=Kind.MOVIE if facts.kind is Kind.UNKNOWN else facts.kind,
        title=own.title,
        year=own.year or facts.year,
        edition=facts.edition or own.edition,
        external_ids=merge_ids(own.external_ids, facts.external_ids),
        part=facts.part if facts.part or not discs else discs[0],
        confidence=min(confidence, 1.0),
    )


def _read_own(folder: str, file: str, facts: Facts) -> Facts:
    """Reads the folder of a film; most are named like the file, which was read already."""
    stem, _, extension = file.rpartition(".")
    if stem == folder and extension.lower() == facts.container:
        return replace(facts, container="")
    return read_folder(folder, LibraryKind.MOVIE)


def is_film_folder(folder: str, facts: Facts) -> bool:
    """Tells whether a folder is that of the film in it: by its year or tags, and no other title."""
    own = read_folder(folder)
    if own.kind is not Kind.MOVIE or not (own.year or own.source):
        return False
    return not facts.year or same_title(own.title, facts.title)
