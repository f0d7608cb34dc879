"""Which files go with media files that operations deal with. Blocks: it looks at folders."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from reelhouse_catalog.disk.folders import split
from reelhouse_catalog.enrichment.sidecars import EXTENSIONS, SUBTITLE_FOLDERS, fits, kind_of
from reelhouse_catalog.file_operations.drafting import Draft, join
from reelhouse_catalog.file_operations.model import OperationType
from reelhouse_catalog.file_operations.survey import Survey, has_extension

_SIDECARS = frozenset(EXTENSIONS)


class _Stems:
    """The files of a folder, by what their names begin with: folders may hold many thousands."""

    def __init__(self, names: Iterable[bytes]) -> None:
        self.names = sorted(names)
        self._sorted = sorted((_folded(os.path.splitext(name)[0]), name) for name in self.names)

    def like(self, stem: bytes) -> list[bytes]:
        """Returns the files whose names are a stem, or go on behind it with a sign."""
        folded = _folded(stem)
        found = []
        for index in range(bisect_left(self._sorted, (folded, b"")), len(self._sorted)):
            name, file = self._sorted[index]
            if not name.startswith(folded):
                break
            if fits(name, folded):
                found.append(file)
        return found


class Beside:
    """Finds what lies beside the files of drafts and goes with them.

    Args:
        survey: The library's folder.
        media: The extensions of its media files.
    """

    def __init__(self, survey: Survey, media: frozenset[bytes]) -> None:
        self._survey = survey
        self._media = media
        self._known: dict[tuple[bytes, bool], _Stems] = {}

    def find(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Returns drafts for the sidecars of drafts, in no order that matters.

        Raises:
            OSError: A folder cannot be read.
        """
        taken = {draft.source for draft in drafts}
        found: list[Draft] = []
        owners = [
            draft
            for draft in drafts
            if draft.identity is not None and has_extension(draft.source, self._media)
        ]
        for draft in owners:
            for path, target in self._of_stem(draft):
                if path not in taken:
                    taken.add(path)
                    found.append(_sidecar(draft, path, target))
        for draft, path, target in self._of_folders(owners):
            if path not in taken:
                taken.add(path)
                found.append(_sidecar(draft, path, target))
        return found

    # --- of one file ---

    def _of_stem(self, draft: Draft) -> Iterable[tuple[bytes, bytes]]:
        """Yields the files whose names begin with a media file's, with their new paths."""
        folder, name = split(draft.source)
        to_folder, to_name = split(draft.target)
        stem, to_stem = os.path.splitext(name)[0], os.path.splitext(to_name)[0]
        listing = self._survey.listing(folder)
        if listing is None:
            return
        media = self._stems(folder, self._media)
        longer = [
            os.path.splitext(other)[0]
            for other in media.like(stem)
            if other != name and len(other) > len(stem)
        ]
        moves = draft.type is OperationType.MOVE
        for inner in (b"", *(f for f in SUBTITLE_FOLDERS if listing.names.get(f))):
            place = join(folder, inner) if inner else folder
            to_place = join(to_folder, inner) if inner else to_folder
            alone = inner and moves and len(media.names) == 1
            beside = self._stems(place, _SIDECARS)
            for other in beside.names if alone else beside.like(stem):
                if inner and EXTENSIONS[_extension(other)] != "subtitle":
                    continue
                own = _fits(other, stem) and not any(_fits(other, long) for long in longer)
                rest = _rest(other, stem) if own else None
                if rest is not None:
                    yield join(place, other), join(to_place, to_stem + rest)
                elif alone and not own:
                    yield join(place, other), join(to_place, other)

    def _stems(self, folder: bytes, extensions: frozenset[bytes]) -> _Stems:
        """Returns the files of a folder with some extensions; media also hidden ones."""
        key = (folder, extensions is self._media)
        if key not in self._known:
            self._known[key] = _Stems(
                self._media_of(folder) if extensions is self._media else self._files(folder)
            )
        return self._known[key]

    def _media_of(self, folder: bytes) -> list[bytes]:
        listing = self._survey.listing(folder)
        return [
            name
            for name, is_folder in (listing.names.items() if listing else ())
            if not is_folder and has_extension(name, self._media)
        ]

    def _files(self, folder: bytes) -> list[bytes]:
        listing = self._survey.listing(folder)
        if listing is None:
            return []
        return sorted(
            name
            for name, is_folder in listing.names.items()
            if not (is_folder or name.startswith(b".")) and has_extension(name, _SIDECARS)
        )

    # --- of whole folders ---

    def _of_folders(self, owners: Iterable[Draft]) -> Iterable[tuple[Draft, bytes, bytes]]:
        """Yields what lies in folders that move as a whole, with new paths and an owner."""
        leaving: dict[bytes, dict[bytes, Draft]] = defaultdict(dict)
        for draft in owners:
            if draft.type is OperationType.MOVE:
                folder, name = split(draft.source)
                leaving[folder][name] = draft
        going: dict[bytes, tuple[bytes, Draft]] = {}
        for folder, drafts in leaving.items():
            targets = {split(draft.target)[0] for draft in drafts.values()}
            if len(targets) == 1 and self._are_all(folder, drafts):
                going[folder] = (targets.pop(), next(iter(drafts.values())))
        level = dict(going)
        while level:
            level = self._parents(level, going)
            going.update(level)
        for folder, (target, draft) in going.items():
            if folder and target and folder != target:
                for name in self._files(folder):
                    if kind_of(name):
                        yield draft, join(folder, name), join(target, name)

    def _are_all(self, folder: bytes, leaving: dict[bytes, Draft]) -> bool:
        listing = self._survey.listing(folder)
        return listing is not None and all(
            is_folder or name in leaving or not has_extension(name, self._media)
            for name, is_folder in listing.names.items()
            if not name.startswith(b".")
        )

    def _parents(
        self, level: dict[bytes, tuple[bytes, Draft]], going: dict[bytes, tuple[bytes, Draft]]
    ) -> dict[bytes, tuple[bytes, Draft]]:
        """Returns the folders above whose folders with media all go into one other folder."""
        found = {}
        for parent in {split(folder)[0] for folder in level if split(folder)[0]} - going.keys():
            listing = self._survey.listing(parent)
            if listing is None or not self._are_all(parent, {}):
                continue
            inner = {
                join(parent, name)
                for name, is_folder in listing.names.items()
                if is_folder and not name.startswith(b".")
            }
            if any(f not in going and self._survey.holds(f, self._media) for f in inner):
                continue
            targets = {split(going[folder][0])[0] for folder in inner if folder in going}
            names = [folder for folder in inner if folder in going]
            if len(targets) == 1:
                found[parent] = (targets.pop(), going[min(names)][1])
        return found


def _sidecar(owner: Draft, path: bytes, target: bytes) -> Draft:
    kind = owner.type
    if kind in (OperationType.MOVE, OperationType.RENAME):
        same = split(path)[0] == split(target)[0]
        kind = OperationType.RENAME if same else OperationType.MOVE
    return Draft(type=kind, source=path, target=target, owner=owner.id)


def _folded(stem: bytes) -> str:
    return stem.decode("utf-8", "backslashreplace").casefold()


def _fits(name: bytes, stem: bytes) -> bool:
    return fits(_folded(os.path.splitext(name)[0]), _folded(stem))


def _rest(name: bytes, stem: bytes) -> bytes | None:
    """Returns what follows the stem in a name, which begins with it in whatever case."""
    begin = name[: len(stem)]
    texts = [part.decode("utf-8", "surrogateescape").casefold() for part in (begin, stem)]
    return name[len(stem) :] if texts[0] == texts[1] else None


def _extension(name: bytes) -> bytes:
    return name.rpartition(b".")[2].lower()
