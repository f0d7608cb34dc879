"""Which name a file is to have, or why it keeps its own. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from reelhouse_catalog.naming.model import Templates
from reelhouse_catalog.organizing.looking import Seen, look, version_label
from reelhouse_catalog.titles.model import TitleKind
from reelhouse_naming import Facts, LibraryKind
from reelhouse_naming.rendering import Subject, Template, TemplateKind, UnnamableError

MIN_CONFIDENCE = 0.7
"""How sure a match is to be before a file is renamed by it (BEHAVIOUR 1.9)."""

# "S01E02 - 014": behind the episode stands its number counted from the first of the series.
_COUNTED = re.compile(r"[Ee]\d{1,4}(?:[-+]?[Ee]?\d{1,4})* - \d{2,4}(?:-\d{2,4})?(?: - |$)")


class Reason(StrEnum):
    """Why a file is left where it is."""

    NO_TITLE = "no_title"
    AMBIGUOUS = "ambiguous"
    LOW_CONFIDENCE = "low_confidence"
    PENDING_REVIEW = "pending_review"
    MISSING = "missing"
    UNNAMABLE = "unnamable"


@dataclass(frozen=True, slots=True)
class Rules:
    """Which files are named.

    Attributes:
        titles: Only files of these titles, and `files`; both None: all.
        files: Only these files, and those of `titles`.
        min_confidence: How sure their match is to be.
        include_pending: Whether also those that wait for a person's look.
    """

    titles: tuple[UUID, ...] | None = None
    files: tuple[UUID, ...] | None = None
    min_confidence: float = MIN_CONFIDENCE
    include_pending: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """A title, as names tell of it."""

    id: UUID
    kind: TitleKind
    name: str
    year: int | None
    creators: Sequence[str]
    narrators: Sequence[str]
    external_ids: Mapping[str, str]
    series: str
    series_position: str


@dataclass(frozen=True, slots=True)
class Piece:
    """An episode or track that a file holds."""

    owner: Owner
    season: int | None = None
    """The season, or the disc."""
    number: int | None = None
    name: str = ""
    disc_count: int = 1
    piece_count: int = 1
    """How many pieces the title has; counted for tracks only."""


@dataclass(frozen=True, slots=True)
class Known:
    """A file with all that its name depends on."""

    file: Seen
    pieces: Sequence[Piece] = ()
    others: Sequence[Seen] = field(default=())
    """Other files that hold one of its pieces."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The name that a file is to have, or why it keeps its own."""

    file_id: UUID
    path: bytes
    title_id: UUID | None = None
    kind: TemplateKind | None = None
    new_path: str = ""
    reason: Reason | None = None
    template: str = ""

    @property
    def in_place(self) -> bool:
        """Whether the file has the name already."""
        return self.reason is None and self.new_path.encode() == self.path


def propose(
    known: Known,
    library: LibraryKind,
    templates: Templates,
    rules: Rules,
    template: Template | None = None,
) -> Proposal:
    """Returns the name that a file is to have.

    Args:
        known: The file.
        library: What its library holds.
        templates: The templates of its library.
        rules: When it is left alone.
        template: What is used whatever it is; None for that of its kind.
    """
    file = known.file
    found = Proposal(file.id, file.path)
    owners = {piece.owner.id: piece.owner for piece in known.pieces}
    if len(owners) == 1:
        found = replace(found, title_id=next(iter(owners)))
    reason = _reason(known, rules)
    if reason is not None:
        return replace(found, reason=reason)
    kind, subject = describe(known, library)
    chosen = template or templates.of(kind)
    found = replace(found, kind=kind, template=chosen.text)
    try:
        return replace(found, new_path=chosen.render(subject))
    except UnnamableError:
        return replace(found, reason=Reason.UNNAMABLE)


def _reason(known: Known, rules: Rules) -> Reason | None:
    """Returns why a file is left alone whatever its template says."""
    file, pieces = known.file, known.pieces
    if not file.present:
        return Reason.MISSING
    if not pieces:
        return Reason.NO_TITLE
    if len({(piece.owner.id, piece.season) for piece in pieces}) > 1:
        return Reason.AMBIGUOUS
    if pieces[0].owner.kind in _TRACKS and len(pieces) > 1:
        return Reason.AMBIGUOUS
    if file.pending and not rules.include_pending:
        return Reason.PENDING_REVIEW
    return Reason.LOW_CONFIDENCE if file.confidence < rules.min_confidence else None


_TRACKS = (TitleKind.ALBUM, TitleKind.AUDIOBOOK)


def describe(known: Known, library: LibraryKind) -> tuple[TemplateKind, Subject]:
    """Returns what a file is named as, and what its name may tell. It has pieces of one title."""
    own = look(known.file, library)
    owner = known.pieces[0].owner
    said: dict[str, Any] = {}
    if owner.kind is TitleKind.MOVIE:
        kind = TemplateKind.MOVIE
        said = {"season": None, "episodes": (), "absolute_episodes": (), "episode_titles": ()}
    elif owner.kind is TitleKind.SHOW:
        kind, said = _episode(own, known.pieces, known.file.stem)
    else:
        kind = TemplateKind.TRACK if owner.kind is TitleKind.ALBUM else TemplateKind.AUDIOBOOK
        said = _track(own, owner, known.pieces[0])
    ids = MappingProxyType({**own.external_ids, **owner.external_ids})
    facts = replace(own, title=owner.name, year=owner.year, external_ids=ids, **said)
    label = version_label(own, _copies(known, own, library), edition=kind is TemplateKind.MOVIE)
    if kind is TemplateKind.MOVIE and (label or own.edition):
        kind = TemplateKind.MOVIE_VERSION
    return kind, Subject(facts, known.file.stem, known.file.extension, label)


def _episode(own: Facts, pieces: Sequence[Piece], stem: str) -> tuple[TemplateKind, dict[str, Any]]:
    """Returns what an episode is named as, and what is told of it, by the fields of Facts."""
    numbered = sorted(
        ((piece.number, piece.name) for piece in pieces if piece.number is not None),
        key=lambda pair: pair[0],
    )
    season = pieces[0].season
    # A number in front, in "Show 24 S01E02", is of the title.
    counted = bool(_COUNTED.search(stem))
    anime = own.anime or counted
    said = {
        "season": season,
        "episodes": tuple(number for number, _ in numbered),
        "episode_titles": tuple(dict.fromkeys(name for _, name in numbered if name)),
        "absolute_episodes": (
            own.absolute_episodes if counted or (anime and own.season is None) else ()
        ),
    }
    if season == 0:
        return TemplateKind.SPECIAL, said
    if own.air_date is not None and season == own.air_date.year:
        return TemplateKind.DAILY, said
    return TemplateKind.ANIME if anime else TemplateKind.EPISODE, said


def _track(own: Facts, owner: Owner, piece: Piece) -> dict[str, Any]:
    """Returns what is told of a track, or of a part of a book, by the fields of Facts."""
    several = owner.kind is TitleKind.ALBUM or piece.piece_count > 1
    return {
        "creator": ", ".join(owner.creators) or own.creator,
        "narrator": ", ".join(owner.narrators) or own.narrator,
        "book_series": owner.series or own.book_series,
        "book_series_index": owner.series_position or own.book_series_index,
        "episode_titles": (piece.name,) if piece.name else (),
        "part": (piece.number or own.part) if several else None,
        "disc": piece.season if piece.disc_count > 1 else None,
    }


def _copies(known: Known, own: Facts, library: LibraryKind) -> list[Facts]:
    """Returns what is to be seen of the other copies of the same: not of its other parts."""
    sound = library in (LibraryKind.MUSIC, LibraryKind.AUDIOBOOK)
    others = [
        # Sound is told apart by the extension.
        look(other, library)
        for other in known.others
        if not sound or other.extension == known.file.extension
    ]
    return [other for other in others if _same(own, other)]


def _same(left: Facts, right: Facts) -> bool:
    return (left.season, left.episodes, left.part) == (right.season, right.episodes, right.part)
