"""What lies in the files of a title, and beside them, as findings. No I/O."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment import tags
from reelhouse_catalog.enrichment.model import (
    EMBEDDED,
    LOCAL,
    Finding,
    Image,
    ImageKind,
    Metadata,
)
from reelhouse_catalog.enrichment.nfo import LINK, Part
from reelhouse_catalog.enrichment.sidecars import (
    SUBTITLE_FOLDERS,
    ExternalSubtitle,
    Pictures,
    Sidecar,
    pictures,
    subtitles_of,
)

_SEASON_FOLDER = re.compile(
    rb"(?:season|series|staffel|saison|stagione|temporada|sezon|s)[ ._-]*\d{1,4}$|specials?$",
    re.IGNORECASE,
)
_DISC_FOLDER = re.compile(rb"(?:cd|dis[ck]|vol(?:ume)?|part)[ ._-]*\d{1,3}$", re.IGNORECASE)
_EMPTY = Metadata()


@dataclass(slots=True)
class File:
    """A file of a title that is there. `places` are its (season, number) or (disc, number)."""

    id: UUID
    library_id: UUID
    directory: bytes
    filename: bytes
    tags: Mapping[str, str]
    duration_ms: int | None
    places: list[tuple[int, int]] = field(default_factory=list)

    @property
    def stem(self) -> bytes:
        """Its name without extension."""
        return os.path.splitext(self.filename)[0]


@dataclass(frozen=True, slots=True)
class Local:
    """What was found: of the title by source, and the subtitles of each file."""

    findings: tuple[Finding, ...]
    subtitles: Mapping[UUID, list[dict[str, Any]]]


Beside = Mapping[bytes, Sequence[Sidecar]]
"""What lies in the folders of a title."""


def folders_of(kind: str, directory: bytes) -> list[bytes]:
    """Returns the folders that may say something of a title with a file in this folder."""
    found = [directory, *(os.path.join(directory, name) for name in SUBTITLE_FOLDERS)]
    found += _above(directory, 1 if kind == "movie" else 2)
    return found


def _above(directory: bytes, levels: int) -> Iterator[bytes]:
    """Yields the folders that a folder is in, but not the library's root."""
    for _ in range(levels):
        directory = os.path.dirname(directory)
        if not directory:
            return
        yield directory


def home_of(kind: str, directory: bytes) -> bytes:
    """Returns the folder of a title: above that of a season or disc."""
    pattern = _SEASON_FOLDER if kind == "show" else _DISC_FOLDER
    if kind != "movie" and b"/" in directory and pattern.match(os.path.basename(directory)):
        return os.path.dirname(directory)
    return directory


def gather(kind: str, files: Sequence[File], beside: Beside, shared: Iterable[bytes]) -> Local:
    """Returns what the files of a title, and what lies beside them, say.

    Args:
        kind: The kind of title.
        files: Its files that are there.
        beside: What lies in the folders that `folders_of` names, by folder.
        shared: Those of the files' folders that hold files of other titles, too: what is there for
            the folder as a whole is not this title's.
    """
    files = sorted(files, key=lambda file: (file.directory, file.filename))
    foreign = {b"", *shared}
    said = _NfoReader(kind, files, beside, foreign).read()
    inside = _embedded(kind, files)
    findings = tuple(found for found in (said, inside) if _says(found))
    return Local(findings, _subtitles(kind, files, beside, foreign))


def _says(found: Finding) -> bool:
    metadata = (found.title, *found.seasons.values(), *found.episodes.values())
    return any(m != _EMPTY for m in (*metadata, *found.tracks.values()))


class _NfoReader:
    """Puts together what the NFO files and images beside a title say."""

    def __init__(
        self, kind: str, files: Sequence[File], beside: Beside, foreign: Iterable[bytes]
    ) -> None:
        self._kind = kind
        self._files = files
        self._beside = beside
        self._foreign = frozenset(foreign)
        self._title: list[Metadata] = []
        self._images: list[Image] = []
        self._seasons: dict[int, list[Metadata]] = defaultdict(list)
        self._episodes: dict[tuple[int, int], list[Metadata]] = defaultdict(list)
        self._tracks: dict[tuple[int, int], list[Metadata]] = defaultdict(list)
        self._pictures: dict[bytes, Pictures] = {}

    def read(self) -> Finding:
        """Returns the finding."""
        for file in self._files:
            self._beside_file(file)
        for home in dict.fromkeys(home_of(self._kind, file.directory) for file in self._files):
            self._home(home)
        if self._kind == "show":
            for folder in dict.fromkeys(file.directory for file in self._files):
                self._season_folder(folder)
        if self._images:
            self._title.append(Metadata(images=tuple(self._images)))
        return Finding(
            LOCAL,
            "",
            1.0,
            _joined(self._title),
            seasons={number: _joined(said) for number, said in self._seasons.items()},
            episodes={place: _joined(said) for place, said in self._episodes.items()},
            tracks={place: _joined(said) for place, said in self._tracks.items()},
        )

    def _beside_file(self, file: File) -> None:
        """Takes in what has the name of a file."""
        stem = file.stem.lower()
        for sidecar in self._beside.get(file.directory, ()):
            if sidecar.kind == "nfo" and sidecar.stem.lower() == stem:
                self._file_parts(file, sidecar.parts)
        name = file.stem.decode("utf-8", "backslashreplace").casefold()
        images = self._of_folder(file.directory).files.get(name, ())
        if self._kind == "movie":
            self._images += images
        elif self._kind == "show":
            for place in file.places:
                stills = tuple(replace(image, kind=ImageKind.STILL) for image in images)
                self._episodes[place].append(Metadata(images=stills))

    def _file_parts(self, file: File, parts: Sequence[Part]) -> None:
        episodes = [part for part in parts if part.root == "episodedetails"]
        roots = ("movie", LINK) if self._kind == "movie" else ("album",)
        if self._kind != "show":
            self._title += [part.metadata for part in parts if part.root in roots]
            return
        for index, part in enumerate(episodes):
            said = [place for place in file.places if place == (part.season, part.number)]
            if not said and len(episodes) == len(file.places):
                said = [
                    file.places[index]
                ]  # numbers that are not those of the file: the order tells
            for place in said:
                self._episodes[place].append(part.metadata)

    def _home(self, home: bytes) -> None:
        """Takes in what lies in the title's own folder for the title as a whole."""
        own = home not in self._foreign
        for sidecar in self._beside.get(home, ()):
            name = sidecar.filename.lower()
            for part in sidecar.parts if home else ():
                self._home_part(name, part, own=own)
        if own:
            found = self._of_folder(home)
            self._images += found.own
            for number, images in found.seasons.items():
                self._seasons[number].append(Metadata(images=tuple(images)))
        if self._kind == "album":
            for folder in (home, *_above(home, 1)):
                for sidecar in self._beside.get(folder, ()) if folder else ():
                    if sidecar.filename.lower() == b"artist.nfo":
                        self._title += [p.metadata for p in sidecar.parts if p.root == "artist"]

    def _home_part(self, name: bytes, part: Part, *, own: bool) -> None:
        if self._kind == "movie" and name == b"movie.nfo" and own:
            if part.root in ("movie", LINK):
                self._title.append(part.metadata)
        elif self._kind == "show" and name == b"tvshow.nfo":
            if part.root in ("tvshow", LINK):
                self._title.append(part.metadata)
            elif part.root == "season" and part.season is not None:
                self._seasons[part.season].append(part.metadata)
        elif self._kind in ("album", "audiobook") and name == b"album.nfo" and own:
            if part.root in ("album", LINK):
                self._title.append(part.metadata)
            elif part.root == "track" and part.number is not None:
                self._tracks[1, part.number].append(part.metadata)

    def _season_folder(self, folder: bytes) -> None:
        """Takes in what lies in the folder of one season."""
        numbers = {season for f in self._files if f.directory == folder for season, _ in f.places}
        home = home_of("show", folder)
        for sidecar in self._beside.get(folder, ()):
            for part in sidecar.parts if sidecar.filename.lower() == b"season.nfo" else ():
                number = part.season if part.season is not None else min(numbers, default=None)
                if part.root == "season" and number is not None:
                    self._seasons[number].append(part.metadata)
        if folder != home and len(numbers) == 1:
            found = self._of_folder(folder)
            if found.own:
                self._seasons[min(numbers)].append(Metadata(images=tuple(found.own)))

    def _of_folder(self, folder: bytes) -> Pictures:
        if folder not in self._pictures:
            self._pictures[folder] = pictures(self._beside.get(folder, ()))
        return self._pictures[folder]


def _joined(said: Sequence[Metadata]) -> Metadata:
    """Returns what several files say together: of each field the first that says it."""
    values: dict[str, Any] = {}
    for metadata in said:
        for name in Metadata.__dataclass_fields__:
            value = getattr(metadata, name)
            if name in ("images", "people"):
                values[name] = (*values.get(name, ()), *value)
            elif name == "external_ids":
                values[name] = {**value, **values.get(name, {})}
            elif value not in (None, "", ()) and name not in values:
                values[name] = value
    return Metadata(**values)


def _embedded(kind: str, files: Sequence[File]) -> Finding:
    of_files = [file.tags for file in files]
    if kind == "movie":
        return Finding(EMBEDDED, "", 1.0, tags.of_film(of_files))
    if kind == "show":
        alone = {file.places[0]: file for file in files if len(file.places) == 1}
        return Finding(
            EMBEDDED,
            "",
            1.0,
            _EMPTY,
            episodes={
                place: said
                for place, file in alone.items()
                if (said := tags.of_episode(file.tags)) != _EMPTY
            },
        )
    title = tags.of_album(of_files) if kind == "album" else tags.of_audiobook(of_files)
    tracks: dict[tuple[int, int], Metadata] = {}
    for file in files:
        if len(file.places) == 1 and file.places[0][1]:
            tracks.setdefault(file.places[0], tags.of_track(file.tags, file.duration_ms))
    return Finding(EMBEDDED, "", 1.0, title, tracks=tracks)


def _subtitles(
    kind: str, files: Sequence[File], beside: Beside, foreign: Iterable[bytes]
) -> dict[UUID, list[dict[str, Any]]]:
    if kind not in ("movie", "show"):
        return {}
    names: dict[bytes, set[bytes]] = defaultdict(set)
    for file in files:
        names[file.directory].add(file.filename)
    foreign = frozenset(foreign)
    found: dict[UUID, list[dict[str, Any]]] = {}
    for file in files:
        folders = [file.directory]
        folders += (os.path.join(file.directory, name) for name in SUBTITLE_FOLDERS)
        listed = [sidecar for folder in folders for sidecar in beside.get(folder, ())]
        others = names[file.directory] - {file.filename}
        alone = not others and file.directory not in foreign
        subtitles: list[ExternalSubtitle] = subtitles_of(
            file.filename, listed, others=others, alone=alone
        )
        found[file.id] = [subtitle.as_dict() for subtitle in subtitles]
    return found
