"""NamingService."""

from __future__ import annotations

from reelhouse.catalog.v1 import naming_service_pb2, naming_service_pb2_grpc, parsed_name_pb2
from reelhouse_catalog.libraries.rpc import kind_of
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_naming import Facts, Kind, parse

_Message = parsed_name_pb2.ParsedName
_KINDS = {
    Kind.UNKNOWN: _Message.KIND_UNSPECIFIED,
    Kind.MOVIE: _Message.KIND_MOVIE,
    Kind.EPISODE: _Message.KIND_EPISODE,
    Kind.SEASON: _Message.KIND_SEASON,
    Kind.TRACK: _Message.KIND_TRACK,
    Kind.AUDIOBOOK: _Message.KIND_AUDIOBOOK,
    Kind.EXTRA: _Message.KIND_EXTRA,
}


class NamingServicer(naming_service_pb2_grpc.NamingServiceServicer):
    """Reads names."""

    async def ParseName(
        self, request: naming_service_pb2.ParseNameRequest, context: Context
    ) -> naming_service_pb2.ParseNameResponse:
        facts = parse(request.path, library=kind_of(request.kind))
        return naming_service_pb2.ParseNameResponse(parsed_name=to_message(facts))


def to_message(facts: Facts) -> parsed_name_pb2.ParsedName:
    """Returns what a name says on the wire."""
    return _Message(
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
