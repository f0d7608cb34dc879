"""Does works on the disk, step by step. Blocks: for threads. Knows nothing of the journal."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from reelhouse_catalog.disk import copying, errors
from reelhouse_catalog.disk.errors import DiskError, StoppedError
from reelhouse_catalog.disk.faults import Point, reached
from reelhouse_catalog.disk.folders import Root, above, split
from reelhouse_catalog.file_operations.model import Folder, Identity
from reelhouse_catalog.file_operations.survey import identity_of
from reelhouse_catalog.file_operations.work import Finding, How, Seen, Work, find


@dataclass(frozen=True, slots=True)
class Ready:
    """A work that can be begun: what its folders are."""

    work: Work
    source_folders: tuple[Folder, ...]
    made_folders: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What was made beside its place."""

    identity: Identity
    checksum: bytes | None


class Hands:
    """Does works below one library's folder.

    Args:
        root: The folder.
        told: Takes how many more bytes were dealt with; raises StoppedError to stop.
        verify: Whether files that only move are read before and after.
    """

    def __init__(self, root: Root, told: Callable[[int], None], *, verify: bool = False) -> None:
        self.root = root
        self._told = told
        self._verify = verify
        self._above: dict[bytes, tuple[Folder, ...]] = {}
        self._absent: dict[bytes, list[bytes]] = {}

    def forget(self) -> None:
        """Forgets folders: others may change them between groups."""
        self.root.forget()
        self._above.clear()
        self._absent.clear()

    # --- before ---

    def prepare(self, work: Work) -> Ready:
        """Looks whether a work can be begun. Touches nothing.

        Raises:
            DiskError: The file is not there or changed.
        """
        with _translated():
            status = self.root.status(work.start)
            if status is None:
                raise DiskError("SOURCE_VANISHED", "the file is not at its place")
            if not work.identity.is_same(identity_of(status)):
                raise DiskError(
                    "SOURCE_CHANGED", "the file is not the one that was there, or was written to"
                )
            missing = [] if work.how is How.REMOVE else self._missing(work.end)
            return Ready(work, self._folders_above(work.start), tuple(missing))

    def _missing(self, path: bytes) -> list[bytes]:
        # Each work of a group that needs a folder makes it: the others may fail.
        folder = split(path)[0]
        if folder not in self._absent:
            self._absent[folder] = self.root.missing_above(path)
        return self._absent[folder]

    def _folders_above(self, path: bytes) -> tuple[Folder, ...]:
        folder = split(path)[0]
        if folder not in self._above:
            found = []
            for one in above(path):
                status = os.fstat(self.root.folder(one))
                found.append(
                    Folder(one, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
                )
            self._above[folder] = tuple(found)
        return self._above[folder]

    # --- the first half: what can be taken back ---

    def make_folders(self, ready: Ready) -> None:
        """Makes the folders above the end.

        Raises:
            DiskError: They cannot be made.
        """
        known = {folder.path: folder for folder in ready.work.folders}
        with _translated():
            for path in reversed(ready.made_folders):
                folder = known.get(path)
                if folder is None:
                    self.root.make_folder(path)
                else:
                    self.root.make_folder(path, folder.mode, (folder.user, folder.group))

    def shift(self, work: Work, expected: bytes | None) -> bytes | None:
        """Gives a file its other path. Returns its SHA-256 if it was read.

        Raises:
            DiskError: It cannot be done; the file is where it was.
            StoppedError: It was told to stop; the file is where it was.
        """
        with _translated():
            before = self._read(work.start, expected) if self._verify else None
            self.root.move(work.start, work.end)
            reached(Point.RENAMED)
            try:
                self._check_shifted(work, before)
            except (DiskError, StoppedError, OSError):
                self.root.move(work.end, work.start)
                raise
            return before

    def _check_shifted(self, work: Work, before: bytes | None) -> None:
        status = self.root.status(work.end)
        if status is None or not work.identity.is_same(identity_of(status)):
            raise DiskError("SOURCE_CHANGED", "the file was replaced as it was about to be moved")
        if before is not None and self._read(work.end, None, from_disk=True) != before:
            raise DiskError(
                "CHECKSUM_MISMATCH", "the file reads differently at its new place", stops=True
            )

    def check_content(self, work: Work, expected: bytes | None) -> None:
        """Reads a file that is about to be taken away, if it is known what it should hold.

        Raises:
            DiskError: It holds something else.
            StoppedError: It was told to stop.
        """
        if expected is not None:
            with _translated():
                self._read(work.start, expected)

    def _read(
        self, path: bytes, expected: bytes | None, *, from_disk: bool = False
    ) -> bytes | None:
        status = self.root.status(path)
        if status is None or not stat.S_ISREG(status.st_mode):
            return None
        file = self.root.open_file(path, os.O_RDONLY)
        try:
            found = copying.digest(file, self._told, from_disk=from_disk)
        finally:
            os.close(file)
        if expected is not None and found != expected:
            raise DiskError(
                "CHECKSUM_MISMATCH", "the file holds something else than it did", stops=True
            )
        return found

    def make(self, work: Work, expected: bytes | None) -> Made:
        """Makes a copy or link beside the end, under a name of its own, and verifies it.

        Raises:
            DiskError: It cannot be done; nothing is left of it.
            StoppedError: It was told to stop; nothing is left of it.
        """
        with _translated():
            self.discard(work)
            try:
                if work.how is How.COPY:
                    made = self._copy(work, expected)
                elif work.how is How.HARDLINK:
                    made = self._hardlink(work)
                else:
                    made = self._symlink(work)
                self.root.sync(split(work.part)[0])
            except BaseException:
                with suppress(OSError):
                    self.discard(work)
                raise
            reached(Point.PART_MADE)
            return made

    def _silently(self, _: int) -> None:
        self._told(0)

    def discard(self, work: Work) -> None:
        """Removes what was begun to be made, if anything was."""
        with suppress(FileNotFoundError):
            self.root.remove(work.part)

    def _copy(self, work: Work, expected: bytes | None) -> Made:
        source = self.root.open_file(work.start, os.O_RDONLY)
        try:
            _check_open(source, work)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
            target = self.root.open_file(work.part, flags, 0o600)
            try:
                reached(Point.PART_OPENED)
                checksum = copying.copy(source, target, self._told)
                if expected is not None and checksum != expected:
                    raise DiskError(
                        "CHECKSUM_MISMATCH",
                        "the file holds something else than when it was last read",
                        stops=True,
                    )
                copying.carry_over(source, target)
                # Tried once only: after a failure the kernel may call lost pages written.
                os.fsync(target)
                reached(Point.PART_SYNCED)
                if copying.digest(target, self._silently, from_disk=True) != checksum:
                    raise DiskError("CHECKSUM_MISMATCH", "the copy reads differently", stops=True)
                _check_open(source, work)
                return Made(identity_of(os.fstat(target)), checksum)
            finally:
                os.close(target)
        finally:
            os.close(source)

    def _hardlink(self, work: Work) -> Made:
        folder, name = split(work.start)
        to_folder, part = split(work.part)
        folders = {
            "src_dir_fd": self.root.folder(folder),
            "dst_dir_fd": self.root.folder(to_folder),
        }
        os.link(name, part, follow_symlinks=False, **folders)
        return self._made(work)

    def _symlink(self, work: Work) -> Made:
        folder = split(work.end)[0]
        path = os.path.relpath(b"/" + work.start, b"/" + folder)
        to_folder, part = split(work.part)
        os.symlink(path, part, dir_fd=self.root.folder(to_folder))
        return self._made(work)

    def _made(self, work: Work) -> Made:
        status = self.root.status(work.part)
        if status is None:
            raise DiskError("SOURCE_VANISHED", "the link went away as it was made")
        if work.how is How.HARDLINK and not work.identity.is_same(identity_of(status)):
            raise DiskError("SOURCE_CHANGED", "the file was replaced as it was about to be linked")
        return Made(identity_of(status), None)

    # --- the second half ---

    def place(self, work: Work) -> None:
        """Puts what was made into its place.

        Raises:
            DiskError: It cannot be done; nothing is left of it.
        """
        with _translated():
            try:
                self.root.move(work.part, work.end)
            except (OSError, DiskError):
                self.discard(work)
                raise
            reached(Point.PLACED)

    def withdraw(self, work: Work) -> None:
        """Removes what was put into its place, if it is what was made.

        Raises:
            DiskError: It is not, or cannot be removed.
        """
        with _translated():
            self.root.move(work.end, work.part)
            status = self.root.status(work.part)
            made = work.made
            if made is None or status is None or not made.is_same(identity_of(status)):
                self.root.move(work.part, work.end)
                raise DiskError("TARGET_CHANGED", "the new file was replaced or written to")
            self.discard(work)

    def sync(self, folders: Iterable[bytes]) -> None:
        """Makes what happened in folders last, once for each.

        Raises:
            DiskError: That failed.
        """
        with _translated():
            for folder in folders:
                self.root.sync(folder)

    def take_away(self, work: Work) -> None:
        """Removes the file at the start, and no other that took its place at the last moment.

        Raises:
            DiskError: It cannot be done; the file is where it was.
        """
        with _translated():
            self.root.move(work.start, work.gone)
            reached(Point.PARTED)
            status = self.root.status(work.gone)
            if status is None or not work.identity.is_same(identity_of(status)):
                self.root.move(work.gone, work.start)
                raise DiskError("SOURCE_CHANGED", "the file was replaced as it was about to go")
            self.root.remove(work.gone)
            reached(Point.REMOVED)

    # --- after a crash ---

    def look(self, work: Work) -> Finding:
        """Tells how far a work is.

        Raises:
            DiskError: The disk cannot be looked at.
        """
        with _translated():
            return find(
                work,
                Seen(
                    self._identity(work.start),
                    self._identity(work.end) if work.end else None,
                    self._identity(work.part) if work.end else None,
                    self._identity(work.gone),
                ),
            )

    def _identity(self, path: bytes) -> Identity | None:
        status = self.root.status(path)
        return identity_of(status) if status else None

    def go_on(self, work: Work, finding: Finding) -> bool:
        """Completes, or takes back, what was cut off. Returns whether it is done now.

        Raises:
            DiskError: That is not possible now.
        """
        if work.makes and finding is not Finding.MADE:
            # Also where a rename that is made of two calls was cut off between them.
            with _translated():
                self.discard(work)
        if finding is Finding.NOT_DONE:
            return False
        if finding is Finding.MADE:
            self.place(work)
        with _translated():
            if finding is Finding.TWO_NAMES:
                self.root.remove(work.start)
            if work.end:
                self.root.sync(split(work.end)[0])
            if finding is Finding.PARTED:
                if work.identity.is_same(self._identity(work.start)):
                    self.root.remove(work.start)
                self.root.remove(work.gone)
            elif work.leaves and finding in (Finding.MADE, Finding.PLACED):
                self.take_away(work)
            with suppress(FileNotFoundError):
                self.root.sync(split(work.start)[0])
        return True


def _check_open(source: int, work: Work) -> None:
    if not work.identity.is_same(identity_of(os.fstat(source))):
        raise DiskError("SOURCE_CHANGED", "the file was written to as it was copied")


class _translated:  # noqa: N801 # reads as a function
    """Turns system errors into what they mean."""

    def __enter__(self) -> None:
        """Does nothing."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raises what a system error means."""
        if isinstance(error, OSError):
            raise errors.of(error) from None
