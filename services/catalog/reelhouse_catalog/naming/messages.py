"""Names on the wire. Part of `rpc`: nothing else sees messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from types import MappingProxyType

from reelhouse.catalog.v1 import naming_plan_pb2, naming_template_pb2, parsed_name_pb2
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.naming.model import NamingTemplate, problem
from reelhouse_catalog.organizing.model import MIN_CONFIDENCE, Proposal, Rules
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.titles.model import TITLE
from reelhouse_kit import errors
from reelhouse_kit.rpc.convert import etag, timestamp
from reelhouse_naming import Facts, Kind
from reelhouse_naming.rendering import Subject, TemplateKind

_Parsed = parsed_name_pb2.ParsedName
_KIND = naming_template_pb2.NamingTemplate.Kind
_REASON = naming_plan_pb2.ProposedName.Reason
_KINDS = {
    Kind.UNKNOWN: _Parsed.KIND_UNSPECIFIED,
    Kind.MOVIE: _Parsed.KIND_MOVIE,
    Kind.EPISODE: _Parsed.KIND_EPISODE,
    Kind.SEASON: _Parsed.KIND_SEASON,
    Kind.TRACK: _Parsed.KIND_TRACK,
    Kind.AUDIOBOOK: _Parsed.KIND_AUDIOBOOK,
    Kind.EXTRA: _Parsed.KIND_EXTRA,
}


def parsed_to_message(facts: Facts) -> parsed_name_pb2.ParsedName:
    """Returns what a name says on the wire."""
    return _Parsed(
        kind=_KINDS[facts.kind],
        title=facts.title,
        year=facts.year or 0,
        season=facts.season,
        episodes=facts.episodes,
        absolute_episodes=facts.absolute_episodes,
        air_date=facts.air_date.isoformat() if facts.air_date else "",
        episode_titles=facts.episode_titles,
        part=facts.part,
        disc=facts.disc,
        creator=facts.creator,
        book_series=facts.book_series,
        book_series_index=facts.book_series_index,
        special=facts.special,
        anime=facts.anime,
        edition=facts.edition,
        resolution=facts.resolution,
        source=facts.source,
        video_codec=facts.video_codec,
        audio_codec=facts.audio_codec,
        audio_channels=facts.audio_channels,
        hdr=facts.hdr,
        languages=facts.languages,
        release_group=facts.release_group,
        version=facts.version,
        external_ids=facts.external_ids,
        extra=facts.extra,
        confidence=facts.confidence,
        seasons=facts.seasons,
        special_type=facts.special_type,
        special_number=facts.special_number,
        remux=facts.remux,
        container=facts.container,
        narrator=facts.narrator,
    )


def kind_of(number: int) -> TemplateKind | None:
    """Returns the kind that a message means; None where it is not set."""
    name = _KIND.Name(number)  # type: ignore[arg-type]
    return TemplateKind(name.removeprefix("KIND_").lower()) if number else None


def kind_to_message(kind: TemplateKind | None) -> naming_template_pb2.NamingTemplate.Kind.ValueType:
    """Returns a kind on the wire."""
    return _KIND.Value(f"KIND_{kind.upper()}") if kind else _KIND.Value("KIND_UNSPECIFIED")


def template_to_message(row: NamingTemplate) -> naming_template_pb2.NamingTemplate:
    """Returns a template on the wire."""
    return naming_template_pb2.NamingTemplate(
        name=row.resource,
        kind=kind_to_message(row.kind),
        template=row.template,
        display_name=row.name,
        library=LIBRARY.format(row.library_id) if row.library_id else "",
        built_in=row.built_in,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag="" if row.built_in else etag(row.revision),
    )


def subject_of(message: naming_template_pb2.NameFacts) -> Subject:
    """Returns what a message tells of a file.

    Raises:
        InvalidArgumentError: Its day is none.
    """
    stem, dot, extension = message.original_name.rpartition(".")
    named = bool(dot and stem)
    facts = Facts(
        title=message.title,
        year=message.year or None,
        season=message.season if message.HasField("season") else None,
        episodes=tuple(message.episodes),
        absolute_episodes=tuple(message.absolute_episodes),
        air_date=_day(message.air_date),
        episode_titles=tuple(message.episode_titles),
        part=message.part if message.HasField("part") else None,
        disc=message.disc if message.HasField("disc") else None,
        creator=message.creator,
        narrator=message.narrator,
        book_series=message.book_series,
        book_series_index=message.book_series_index,
        edition=message.edition,
        resolution=message.resolution or None,
        source=message.source,
        video_codec=message.video_codec,
        audio_codec=message.audio_codec,
        audio_channels=message.audio_channels,
        hdr=tuple(message.hdr),
        languages=tuple(message.languages),
        release_group=message.release_group,
        version=message.version or None,
        remux=message.remux,
        external_ids=MappingProxyType(dict(message.external_ids)),
    )
    return Subject(
        facts,
        stem if named else message.original_name,
        extension if named else "",
        message.version_label,
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise errors.invalid("facts.air_date", "is not a day like 2011-11-15") from None


def rules_of(
    message: naming_plan_pb2.NamingPlan, field: str
) -> tuple[Rules, dict[TemplateKind, str]]:
    """Returns what a plan asks for: which files, and the templates in place of the library's.

    Args:
        message: The plan.
        field: Where it is in its request.

    Raises:
        InvalidArgumentError: A template cannot be read, or is given twice.
    """
    chosen: dict[TemplateKind, str] = {}
    violations = []
    for index, choice in enumerate(message.choices):
        path = f"{field}.choices[{index}]"
        violations += problem(choice.template, f"{path}.template")
        kind = kind_of(choice.kind)
        if kind in chosen:
            violations.append(errors.Violation(f"{path}.kind", "is given twice"))
        if kind is not None:
            chosen[kind] = choice.template
    if violations:
        raise errors.InvalidArgumentError(violations)
    some = bool(message.titles or message.media_files)
    given = message.HasField("min_confidence")
    rules = Rules(
        titles=tuple(TITLE.parse_one(name) for name in message.titles) if some else None,
        files=tuple(MEDIA_FILE.parse_one(name) for name in message.media_files) if some else None,
        min_confidence=message.min_confidence if given else MIN_CONFIDENCE,
        include_pending=message.include_pending_reviews,
    )
    return rules, chosen


def proposals_to_message(found: Iterable[Proposal]) -> list[naming_plan_pb2.ProposedName]:
    """Returns proposed names on the wire."""
    return [
        naming_plan_pb2.ProposedName(
            media_file=MEDIA_FILE.format(one.file_id),
            title=TITLE.format(one.title_id) if one.title_id else "",
            kind=kind_to_message(one.kind),
            path=shown_path(one.path),
            path_bytes=one.path,
            new_path=one.new_path,
            in_place=one.in_place,
            reason=reason_to_message(one),
        )
        for one in found
    ]


def reason_to_message(one: Proposal) -> naming_plan_pb2.ProposedName.Reason.ValueType:
    """Returns on the wire why a file keeps its name."""
    return _REASON.Value(f"REASON_{(one.reason or 'unspecified').upper()}")
