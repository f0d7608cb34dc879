"""DeviceProfileService."""

from __future__ import annotations

from collections.abc import Iterable

from reelhouse.playback.v1 import (
    device_profile_pb2,
    playback_service_pb2,
    playback_service_pb2_grpc,
)
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import etag, timestamp
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_playback.device_profiles import usecases
from reelhouse_playback.device_profiles.model import ProfileCondition
from reelhouse_playback.device_profiles.store import StoredProfile

_Profile = device_profile_pb2.DeviceProfile
_Condition = device_profile_pb2.ProfileCondition
_Codec = device_profile_pb2.CodecProfile
_Subtitle = device_profile_pb2.SubtitleProfile


class DeviceProfileServicer(playback_service_pb2_grpc.DeviceProfileServiceServicer):
    """Keeps what devices can play."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetDeviceProfile(
        self, request: playback_service_pb2.GetDeviceProfileRequest, context: Context
    ) -> device_profile_pb2.DeviceProfile:
        return to_message(await usecases.get_device_profile(self._database, request.name))

    async def ListDeviceProfiles(
        self, request: playback_service_pb2.ListDeviceProfilesRequest, context: Context
    ) -> playback_service_pb2.ListDeviceProfilesResponse:
        page = paging.page_of(request, bool, str)
        after = (page.after[0], page.after[1]) if page.after else None
        found = await usecases.list_device_profiles(self._database, after, page.limit)
        rows, token = page.cut(found, key=lambda row: (not row.built_in, row.id))
        return playback_service_pb2.ListDeviceProfilesResponse(
            device_profiles=[to_message(row) for row in rows], next_page_token=token
        )

    async def ImportDeviceProfile(
        self, request: playback_service_pb2.ImportDeviceProfileRequest, context: Context
    ) -> device_profile_pb2.DeviceProfile:
        return to_message(
            await usecases.import_device_profile(
                self._database, request.device_profile_id, request.json
            )
        )


def to_message(row: StoredProfile) -> device_profile_pb2.DeviceProfile:
    """Returns a device profile on the wire."""
    profile = row.profile
    message = _Profile(
        name=usecases.name_of(row.id),
        display_name=profile.display_name or row.id,
        max_streaming_bit_rate=profile.max_streaming_bit_rate,
        max_static_bit_rate=profile.max_static_bit_rate,
        max_music_bit_rate=profile.max_music_bit_rate,
        built_in=row.built_in,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision) if row.revision else "",
    )
    for direct in profile.direct_play_profiles:
        message.direct_play_profiles.add(
            kind=_Profile.MediaKind.Value(f"MEDIA_KIND_{direct.kind.name}"),
            container=direct.container,
            video_codec=direct.video_codec,
            audio_codec=direct.audio_codec,
        )
    for form in profile.transcoding_profiles:
        message.transcoding_profiles.add(
            kind=_Profile.MediaKind.Value(f"MEDIA_KIND_{form.kind.name}"),
            container=form.container,
            video_codec=form.video_codec,
            audio_codec=form.audio_codec,
            protocol=_Profile.Protocol.Value(f"PROTOCOL_{form.protocol.name}"),
            max_audio_channels=form.max_audio_channels,
            min_segments=form.min_segments,
            segment_length_seconds=form.segment_length_seconds,
            break_on_non_key_frames=form.break_on_non_key_frames,
            copy_timestamps=form.copy_timestamps,
            enable_subtitles_in_manifest=form.enable_subtitles_in_manifest,
            conditions=_conditions(form.conditions),
            for_download=form.for_download,
            estimate_content_length=form.estimate_content_length,
        )
    for container in profile.container_profiles:
        message.container_profiles.add(
            kind=_Profile.MediaKind.Value(f"MEDIA_KIND_{container.kind.name}"),
            container=container.container,
            conditions=_conditions(container.conditions),
        )
    for codec in profile.codec_profiles:
        message.codec_profiles.add(
            kind=_Codec.Kind.Value(f"KIND_{codec.kind.name}"),
            codec=codec.codec,
            container=codec.container,
            sub_container=codec.sub_container,
            conditions=_conditions(codec.conditions),
            apply_conditions=_conditions(codec.apply_conditions),
        )
    for subtitle in profile.subtitle_profiles:
        message.subtitle_profiles.add(
            format=subtitle.format,
            method=_Subtitle.Method.Value(f"METHOD_{subtitle.method.name}"),
            language=subtitle.language,
            container=subtitle.container,
            didl_mode=subtitle.didl_mode,
        )
    return message


def _conditions(
    conditions: Iterable[ProfileCondition],
) -> list[device_profile_pb2.ProfileCondition]:
    return [
        _Condition(
            operator=_Condition.Operator.Value(f"OPERATOR_{condition.operator.name}"),
            property=_Condition.Property.Value(f"PROPERTY_{condition.property.name}"),
            value=condition.value,
            required=condition.required,
        )
        for condition in conditions
    ]
