"""Walks a library's folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reelhouse_catalog.enrichment.sidecars import EXTENSIONS, MAX_IN_FOLDER, kind_of
from reelhouse_catalog.scanning import ignoring
from reelhouse_catalog.scanning.ignoring import Rules
from reelhouse_catalog.scanning.model import Entry, shown_path

_DOT = ord(".")
_DEEPEST = 64
"""Folders below folders; more is a loop or a mistake."""
_Inode = tuple[int, int]


@dataclass(slots=True)
class Directory:
    """A folder with the media files in it and what lies beside them, or why it cannot be read."""

    path: bytes
    entries: list[Entry] = field(default_factory=list)
    sidecars: list[Entry] = field(default_factory=list)
    error: str = ""
    foreign: bool = False
    """Whether it is on another file system than the root."""
    ignored: int = 0
    """How many of its files and folders are passed over because of ignore patterns."""
    dead_links: list[bytes] = field(default_factory=list)
    """Paths of links that lead nowhere and may have led to folders."""


@dataclass(frozen=True, slots=True)
class _Pending:
    path: bytes
    above: frozenset[_Inode]
    rules: Rules
    deep: bool = True


class Walk:
    """One walk over a library's folder."""

    def __init__(self, root: bytes, extensions: frozenset[bytes], patterns: Iterable[str]) -> None:
        self._root = root
        self._extensions = extensions
        self._rules = Rules.of(patterns)
        self._device = os.stat(root).st_dev

    def everything(self) -> Iterator[Directory]:
        """Yields every folder, each before those in it.

        Links to folders are followed, but never into a folder that the walk is in already. Hidden
        files and folders, and links that lead nowhere, are passed over. A folder that cannot be
        read is yielded with its error.
        """
        return self._from([_Pending(b"", frozenset(), self._rules)])

    def only(self, folders: Sequence[bytes]) -> Iterator[Directory]:
        """Yields some folders only; with all below them where "/" is at the end.

        One that is gone, or is passed over with a folder above it, is not yielded.
        """
        deep = sorted({folder.rstrip(b"/") for folder in folders if folder.endswith(b"/")})
        tops = [
            path for path in deep if not any(path != o and path.startswith(o + b"/") for o in deep)
        ]
        flat = {
            folder
            for folder in folders
            if not folder.endswith(b"/")
            and not any(folder == top or folder.startswith(top + b"/") for top in tops)
        }
        for path, is_deep in sorted([(p, True) for p in tops] + [(p, False) for p in flat]):
            start = self._reach(path, deep=is_deep)
            if start is not None:
                yield from self._from([start])

    def _reach(self, path: bytes, *, deep: bool) -> _Pending | None:
        """Returns where to begin with a folder, knowing all that is above it."""
        above: frozenset[_Inode] = frozenset()
        rules = self._rules
        parts = path.split(b"/") if path else []
        at = b""
        for part in parts:
            try:
                status = os.stat(os.path.join(self._root, at))
                found = _ignore_files(os.path.join(self._root, at))
            except OSError:
                return None
            above |= {(status.st_dev, status.st_ino)}
            extended = with_files(rules, at, found)
            if extended is None:
                return None
            rules = extended
            at = at + b"/" + part if at else part
            if part.startswith(b".") or rules.ignore(shown_path(at), folder=True):
                return None
        # What cannot be looked at is yielded with its error; what is gone is not.
        try:
            if not stat.S_ISDIR(os.stat(os.path.join(self._root, path)).st_mode):
                return None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            pass
        return _Pending(path, above, rules, deep)

    def _from(self, pending: list[_Pending]) -> Iterator[Directory]:
        while pending:
            here = pending.pop()
            directory = Directory(here.path)
            folders: list[bytes] = []
            whole = os.path.join(self._root, here.path)
            try:
                status = os.stat(whole)
                own = (status.st_dev, status.st_ino)
                if own in here.above or here.path.count(b"/") > _DEEPEST:
                    continue
                directory.foreign = status.st_dev != self._device
                ignoring_files = self._read(directory, whole, folders)
            except OSError as error:
                directory.error = error.strerror or str(error)
                yield directory
                continue
            rules = with_files(here.rules, here.path, ignoring_files)
            if rules is None:
                continue
            if rules.layers:
                _leave_out(directory, folders, rules)
            yield directory
            if here.deep and folders:
                within = here.above | {own}
                folders.sort(reverse=True)
                pending += [_Pending(path, within, rules) for path in folders]

    def _read(self, directory: Directory, whole: bytes, folders: list[bytes]) -> list[bytes]:
        """Reads a folder. Returns the paths of files in it that say what to pass over."""
        path = directory.path
        prefix = path + b"/" if path else b""
        found: list[bytes] = []
        with os.scandir(whole) as entries:
            for entry in entries:
                name = entry.name
                if name[0] == _DOT:
                    if name == ignoring.NO_MEDIA or name in ignoring.FILES:
                        found.append(entry.path)
                    continue
                try:
                    if entry.is_dir():
                        folders.append(prefix + name)
                        continue
                    kept = self._kept(directory, name)
                    if kept is None:
                        if entry.is_symlink() and not os.path.exists(entry.path):
                            directory.dead_links.append(prefix + name)
                        continue
                    if not entry.is_file():
                        continue
                    at = entry.stat()
                except OSError:
                    continue  # it vanished, or is a link that leads nowhere
                kept.append(Entry(path, name, at.st_size, at.st_mtime_ns, at.st_ino, at.st_dev))
        return found

    def _kept(self, directory: Directory, name: bytes) -> list[Entry] | None:
        """Returns where a file of this name belongs; None for what does not matter."""
        extension = name[name.rfind(b".") + 1 :].lower()
        if extension in self._extensions:
            return directory.entries
        if extension in EXTENSIONS and kind_of(name) and len(directory.sidecars) < MAX_IN_FOLDER:
            return directory.sidecars
        return None


def _leave_out(directory: Directory, folders: list[bytes], rules: Rules) -> None:
    """Takes what rules pass over out of a folder's files and folders."""
    before = len(directory.entries) + len(folders)
    directory.entries = [
        entry
        for entry in directory.entries
        if not rules.ignore(shown_path(entry.path), folder=False)
    ]
    directory.sidecars = [
        entry
        for entry in directory.sidecars
        if not rules.ignore(shown_path(entry.path), folder=False)
    ]
    folders[:] = [path for path in folders if not rules.ignore(shown_path(path), folder=True)]
    directory.ignored = before - len(directory.entries) - len(folders)


def _ignore_files(folder: bytes) -> list[bytes]:
    names = (ignoring.NO_MEDIA, *ignoring.FILES)
    return [path for name in names if os.path.lexists(path := os.path.join(folder, name))]


def with_files(rules: Rules, path: bytes, found: Iterable[bytes]) -> Rules | None:
    """Returns rules with those of the ignore files of a folder; None when it is passed over."""
    if not found:
        return rules
    base = shown_path(path) + "/" if path else ""
    for file in sorted(found):
        name = os.path.basename(file)
        if name == ignoring.NO_MEDIA:
            return None
        content = _content(file)
        if content is None:
            continue
        if name == ignoring.EMPTY_MEANS_ALL and not content.strip():
            return None
        rules = rules.extended(base, ignoring.lines(content))
    return rules


def _content(path: bytes) -> bytes | None:
    """Returns the first bytes of a file; None for what is no readable file."""
    try:
        # A pipe under this name must not make the walk wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        try:
            return file.read(ignoring.MAX_BYTES)
        except OSError:
            return None
