"""Sessions and decisions on the wire. Part of `rpc`: nothing else sees messages."""

from __future__ import annotations

from google.protobuf.json_format import ParseDict

from reelhouse.playback.v1 import decision_pb2, device_profile_pb2, session_pb2
from reelhouse_kit.rpc.convert import duration_ms, etag, now, timestamp
from reelhouse_playback.decisions.model import Decision, StreamAction, Wishes
from reelhouse_playback.delivery.addresses import Addresses
from reelhouse_playback.history.model import TITLE
from reelhouse_playback.sessions.model import MEDIA_FILE, OVER, USER, Session

_STATE = session_pb2.Session.State
_Decision = decision_pb2.Decision
_Wishes = decision_pb2.PlaybackWishes
_ACTIONS = {
    StreamAction.NONE: _Decision.STREAM_ACTION_UNSPECIFIED,
    StreamAction.COPY: _Decision.STREAM_ACTION_COPY,
    StreamAction.ENCODE: _Decision.STREAM_ACTION_ENCODE,
}


def wishes_of(message: decision_pb2.PlaybackWishes) -> Wishes:
    """Returns what a viewer wants."""
    return Wishes(
        audio_stream_index=message.audio_stream_index
        if message.HasField("audio_stream_index")
        else None,
        subtitle_stream_index=message.subtitle_stream_index
        if message.HasField("subtitle_stream_index")
        else None,
        max_bit_rate=message.max_bit_rate if message.HasField("max_bit_rate") else None,
        direct_play_disabled=message.direct_play_disabled,
    )


def stored_wishes(row: Session) -> decision_pb2.PlaybackWishes:
    """Returns what the viewer of a session wants."""
    return ParseDict(row.wishes, _Wishes(), ignore_unknown_fields=True)


def decision_to_message(decision: Decision) -> decision_pb2.Decision:
    """Returns a decision on the wire."""
    message = _Decision(
        method=_Decision.Method.Value(f"METHOD_{decision.method.upper()}"),
        reasons=[_Decision.Reason.Value(f"REASON_{r.name}") for r in decision.reasons],
        video_stream_index=decision.video_stream_index,
        audio_stream_index=decision.audio_stream_index,
        subtitle_stream_index=decision.subtitle_stream_index,
        video_action=_ACTIONS[decision.video_action],
        audio_action=_ACTIONS[decision.audio_action],
        container=decision.container,
        protocol=device_profile_pb2.DeviceProfile.Protocol.Value(
            f"PROTOCOL_{decision.protocol.name}"
        ),
        video_codecs=decision.video_codecs,
        audio_codecs=decision.audio_codecs,
        max_video_bit_rate=decision.max_video_bit_rate,
        max_audio_bit_rate=decision.max_audio_bit_rate,
        max_width=decision.max_width,
        max_height=decision.max_height,
        max_audio_channels=decision.max_audio_channels,
        subtitle_format=decision.subtitle_format,
    )
    if decision.subtitle_method is not None:
        message.subtitle_method = device_profile_pb2.SubtitleProfile.Method.Value(
            f"METHOD_{decision.subtitle_method.name}"
        )
    return message


def to_message(row: Session, addresses: Addresses) -> session_pb2.Session:
    """Returns a session on the wire, with an address to play it from while it is not over."""
    message = session_pb2.Session(
        name=row.resource,
        user=USER.format(row.user_id),
        media_file=MEDIA_FILE.format(row.media_file_id),
        item=row.item,
        device_id=row.device_id,
        state=_STATE.Value(f"STATE_{row.state.upper()}"),
        decision=ParseDict(row.decision, _Decision(), ignore_unknown_fields=True),
        transcode=row.transcode,
        position=duration_ms(row.position_ms),
        duration=duration_ms(row.duration_ms),
        start_time=timestamp(row.start_time),
        last_activity_time=timestamp(row.last_activity),
        end_time=timestamp(row.end_time),
        etag=etag(row.revision),
        bit_rate=row.bit_rate,
        wishes=stored_wishes(row),
        device_profile=row.device_profile,
        title=TITLE.format(row.title_id) if row.title_id else "",
        duration_watched=duration_ms(row.watched_ms),
        completed=row.completed,
        sequence=row.sequence,
        pause_time=timestamp(row.pause_time),
    )
    if row.state not in OVER:
        address = addresses.of(row.id, row.user_id, hls=bool(row.transcode))
        message.stream_url = address.url
        message.stream_expire_time.CopyFrom(timestamp(address.expires_at) or now())
    return message
