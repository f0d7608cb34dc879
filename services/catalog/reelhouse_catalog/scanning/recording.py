"""Writes what was found of files: rows, and where they belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from reelhouse_catalog.markers import usecases as markers
from reelhouse_catalog.markers.model import Chapter, chapters
from reelhouse_catalog.media_files.telling import tell
from reelhouse_catalog.reviews import usecases as reviews
from reelhouse_catalog.reviews.model import Judged, reasons
from reelhouse_catalog.reviews.scoring import (
    Facts,
    Holds,
    Readiness,
    Thresholds,
    Verdict,
    readiness_after,
    score,
    verdict,
)
from reelhouse_catalog.scanning import file_store as store
from reelhouse_catalog.scanning.file_store import KnownFile
from reelhouse_catalog.scanning.model import Entry, shown_path
from reelhouse_catalog.titles import placing
from reelhouse_catalog.titles.model import Placement
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change
from reelhouse_kit.ids import new_id
from reelhouse_naming import LibraryKind


@dataclass(frozen=True, slots=True)
class Judge:
    """By what files of one library are judged."""

    kind: LibraryKind
    thresholds: Thresholds = field(default_factory=Thresholds)


# Without slots: what follows from the fields is worked out once.
@dataclass(frozen=True)
class Found:
    """A file that was opened: what it is now, and what the catalog had of it."""

    entry: Entry
    answer: dict[str, Any]
    known: KnownFile | None
    judge: Judge
    new_id: UUID = field(default_factory=new_id)

    @property
    def id(self) -> UUID:
        """The file's id."""
        return self.known.id if self.known else self.new_id

    @property
    def broken(self) -> bool:
        """Whether it could not be read as media."""
        return bool(self.answer["error"])

    @cached_property
    def fingerprint(self) -> bytes | None:
        """The hash over its size, head and tail; None when it cannot be read."""
        answered = self.answer["fingerprint"]
        return bytes.fromhex(answered) if answered else None

    @property
    def changed(self) -> bool:
        """Whether its content is another than the one that the catalog knew."""
        if self.known is None or self.fingerprint is None:
            return False
        return self.fingerprint != self.known.fingerprint

    @cached_property
    def placement(self) -> Placement | None:
        """Where it belongs; None for what cannot be read or is not recognized."""
        placement = self.answer["placement"]
        return Placement.from_dict(placement) if placement and not self.broken else None

    @property
    def chapters(self) -> list[Chapter]:
        """The chapters in it."""
        probe = self.answer["probe"]
        return chapters(probe.get("chapters", ()), probe.get("duration_ms"))

    @property
    def placed(self) -> bool:
        """Whether its name and tags decide where it belongs.

        They do not when a person said so, nor when it cannot be read for now.
        """
        return self.known is None or not (self.broken or self.known.pinned)

    @cached_property
    def facts(self) -> Facts:
        """What it is judged by."""
        probe = self.answer["probe"]
        return Facts(
            size_bytes=self.entry.size,
            duration_ms=probe.get("duration_ms"),
            video_codec=probe.get("video_codec", ""),
            audio_codec=probe.get("audio_codec", ""),
            container=probe.get("container", ""),
            video=self.judge.kind in (LibraryKind.MOVIE, LibraryKind.TV),
            holds=self._holds(),
            broken=self.broken,
            hashed=self.fingerprint is not None,
            extra=bool(self.answer.get("extra")),
        )

    @cached_property
    def score(self) -> float:
        """How good it is, from 0 to 1."""
        return score(self.facts)

    @property
    def verdict(self) -> Verdict:
        """What its score says."""
        return verdict(self.score, self.judge.thresholds)

    @property
    def judged(self) -> Judged:
        """Why people are to look at it."""
        why = reasons(self.facts, self.verdict)
        return Judged(self.id, self.score, why, known=self.known is not None, changed=self.changed)

    def _holds(self) -> Holds:
        locked = self.known is not None and self.known.pinned
        if self.placement is None and not locked:
            return Holds.NOTHING
        if self.judge.kind in (LibraryKind.MUSIC, LibraryKind.AUDIOBOOK):
            return Holds.TRACK
        if self.judge.kind is LibraryKind.TV or locked:
            return Holds.EPISODE
        return Holds.MOVIE


async def record(session: Session, library_id: UUID, found: Sequence[Found]) -> None:
    """Writes files, links them to what they hold, scores them, and tells of them."""
    new = [_row(library_id, file) for file in found if file.known is None]
    changed = [_row(library_id, file) for file in found if file.known is not None]
    await store.write_files(session, new, changed)
    await placing.place(
        session,
        library_id,
        {file.id: file.placement for file in found if file.placed},
        relink=[file.id for file in found if file.known is not None and file.placed],
    )
    await reviews.judge(session, library_id, [file.judged for file in found])
    await markers.replace_chapters(
        session,
        {file.id: file.chapters for file in found},
        # What cannot be read for now keeps the chapters that it had.
        known=[file.id for file in found if file.known is not None and not file.broken],
    )
    await tell(session, (file.id for file in found if file.known is None), Change.CREATED)
    await tell(session, (file.id for file in found if file.known is not None), Change.UPDATED)


def _row(library_id: UUID, found: Found) -> dict[str, object]:
    entry, answer = found.entry, found.answer
    probe = answer["probe"]
    placement = found.placement
    confidence = placement.confidence if placement else 0.0
    if found.known is not None and not found.placed:
        confidence = found.known.confidence
    readiness, approved = readiness_after(
        Readiness(found.known.readiness) if found.known else None,
        # What cannot be read is not what was approved.
        changed=found.changed or found.broken,
        said=found.verdict,
    )
    return {
        "id": found.id,
        "library_id": library_id,
        "directory": entry.directory,
        "filename": entry.filename,
        "known_directory": found.known.directory if found.known else b"",
        "known_filename": found.known.filename if found.known else b"",
        "path": shown_path(entry.path),
        "size_bytes": entry.size,
        "mtime_ns": entry.mtime_ns,
        "inode": signed(entry.inode),
        "device": signed(entry.device),
        "fingerprint": found.fingerprint,
        "mime_type": probe.get("mime_type", ""),
        "container": probe.get("container", ""),
        "duration_ms": probe.get("duration_ms"),
        "bit_rate": probe.get("bit_rate"),
        "width": probe.get("width"),
        "height": probe.get("height"),
        "video_codec": probe.get("video_codec", ""),
        "audio_codec": probe.get("audio_codec", ""),
        "streams": probe.get("streams", []),
        "tags": probe.get("tags", {}),
        "probe_error": answer["error"],
        "confidence": confidence,
        "score": found.score,
        "readiness": readiness,
        "approved": approved,
    }


def signed(number: int) -> int:
    """Returns an inode or device as it is stored: theirs are unsigned, bigint is not."""
    return number - 2**64 if number >= 2**63 else number
