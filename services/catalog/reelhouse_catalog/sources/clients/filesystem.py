"""A folder here: its folders are the collections, its media files the items."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

from reelhouse_catalog.scanning.model import extensions
from reelhouse_catalog.sources.model import Collection, Content
from reelhouse_catalog.sources.remote import (
    Batch,
    FileFacts,
    Item,
    ItemKind,
    RemoteCollection,
    Selection,
    ServerInfo,
    SourceError,
)
from reelhouse_naming import LibraryKind

ROOT = "."
"""What the folder itself is known by, as a collection of the files right in it."""
_EXTENSIONS = extensions(LibraryKind.TV) | extensions(LibraryKind.MUSIC)
_LOOK_SECONDS = 10.0
_BATCH_SECONDS = 60.0
_MOST_DEPTH = 64
Key = tuple[str, ...]


class FilesystemClient:
    """Looks at a folder."""

    def __init__(self, root_path: str, page: int) -> None:
        self._root = root_path
        self._page = page

    async def check(self) -> ServerInfo:
        """Looks whether the folder is there and readable."""
        await _in_time(_entries, self._root, seconds=_LOOK_SECONDS)
        return ServerInfo(os.path.basename(self._root))

    async def collections(self) -> list[RemoteCollection]:
        """Returns the folders in the folder; itself, too, when media files are right in it."""
        entries = await _in_time(_entries, self._root, seconds=_LOOK_SECONDS)
        folders = [name for name, is_folder in entries if is_folder]
        found = [
            RemoteCollection(name, name[:200], Content.MIXED, (os.path.join(self._root, name),))
            for name in folders
        ]
        if any(_is_media(name) for name, is_folder in entries if not is_folder):
            own = os.path.basename(self._root)[:200] or self._root
            found.insert(0, RemoteCollection(ROOT, own, Content.MIXED, (self._root,)))
        return found

    async def batches(
        self, collection: Collection, cursor: dict[str, Any] | None, selection: Selection
    ) -> AsyncIterator[Batch]:
        """Yields media files folder by folder. Hidden ones, and links to folders, are left out."""
        deep = collection.external_id != ROOT
        root = os.path.join(self._root, collection.external_id) if deep else self._root
        after = tuple(cursor["after"]) if cursor else ()
        walk = _walk(root, (), after, deep=deep)
        more = True
        while more:
            found = await _in_time(_take, walk, self._page, seconds=_BATCH_SECONDS)
            more = len(found) == self._page
            following = {"after": list(found[-1][0])} if more else None
            items = [_item(root, key, size) for key, size in found]
            yield Batch(selection.of(items), following)


def _item(root: str, key: Key, size: int) -> Item:
    name = os.path.splitext(key[-1])[0]
    return Item(
        ItemKind.OTHER,
        provider_key="",  # known by its path
        display_name=name[:1000],
        # The folder right below the collection's is the title's, as far as anybody can say.
        parent_key=key[0] if len(key) > 1 else name,
        title_name=key[0] if len(key) > 1 else name,
        server_path=os.path.join(root, *key),
        file=FileFacts(size_bytes=size, container=os.path.splitext(key[-1])[1][1:].lower()),
    )


def _walk(folder: str, above: Key, after: Key, *, deep: bool) -> Iterator[tuple[Key, int]]:
    """Yields the media files after a place, as (names below the root, size in bytes)."""
    try:
        entries = _entries(folder)
    except SourceError:
        return  # one that cannot be read holds nothing, for now
    for name, is_folder in entries:
        key = (*above, name)
        if key < after[: len(key)]:
            continue
        if is_folder and deep and len(key) < _MOST_DEPTH:
            yield from _walk(os.path.join(folder, name), key, after, deep=True)
        elif not is_folder and _is_media(name) and key > after:
            try:
                yield key, os.stat(os.path.join(folder, name)).st_size
            except OSError:
                yield key, 0  # a link to nowhere is an item, too


def _entries(folder: str) -> list[tuple[str, bool]]:
    """Returns what is in a folder, by name, and whether each is a folder itself.

    Names that are not UTF-8 are left out: no text can hold them. The scanner knows them.
    """
    try:
        with os.scandir(folder) as found:
            listed = [(e.name, e.is_dir(follow_symlinks=False)) for e in found]
    except OSError as error:
        raise SourceError("SOURCE_UNREACHABLE", f"{folder}: {error.strerror}") from None
    return sorted(entry for entry in listed if entry[0][0] != "." and _is_text(entry[0]))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_media(name: str) -> bool:
    return os.path.splitext(name)[1][1:].lower().encode() in _EXTENSIONS


def _take(walk: Iterator[tuple[Key, int]], count: int) -> list[tuple[Key, int]]:
    return list(itertools.islice(walk, count))


async def _in_time(work: Any, *args: Any, seconds: float) -> Any:
    # A dead network mount hangs rather than fails.
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.to_thread(work, *args)
    except TimeoutError:
        raise SourceError("SOURCE_UNREACHABLE", "the folder does not answer") from None
