"""What is made of a file that does not play as it is: the form, and what is copied into it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from reelhouse_playback.decisions.conditions import (
    PACKING,
    Facts,
    Verdicts,
    audio_facts,
    codec_failures,
    holds,
    target_conditions,
)
from reelhouse_playback.decisions.decision import (
    NO_REASONS,
    AudioTarget,
    Reason,
    Reasons,
    StreamAction,
    VideoTarget,
)
from reelhouse_playback.decisions.facts import Stream
from reelhouse_playback.decisions.limits import (
    audio_share,
    audio_target,
    encoded_audio_bit_rate,
    least,
    usual_audio_bit_rate,
    video_share,
    video_target,
)
from reelhouse_playback.decisions.question import Question
from reelhouse_playback.device_profiles.model import (
    MediaKind,
    ProfileCondition,
    Protocol,
    TranscodingProfile,
    canonical,
    listed,
    names,
)

# What players take in segments of HLS. MPEG-TS has no mapping for VP9 and AV1:
# https://developer.apple.com/documentation/http-live-streaming/hls-authoring-specification-for-apple-devices
_HLS_TS_VIDEO = frozenset({"h264", "hevc"})
_HLS_MP4_VIDEO = _HLS_TS_VIDEO | {"vp9", "av1"}
_HLS_TS_AUDIO = frozenset({"aac", "ac3", "eac3", "mp3"})
_HLS_MP4_AUDIO = _HLS_TS_AUDIO | {"alac", "flac", "opus", "dts", "truehd"}

# Encoded last though the profile has them first: what players fail with, by Jellyfin's experience.
_NOT_OF_SURROUND = frozenset({"dts", "truehd"})
_NOT_OF_STEREO = frozenset({"ac3", "eac3"})
_SURROUND = 6

# Codecs of sound that are a container of their own, of the same name.
_BARE = frozenset({"aac", "ac3", "dts", "eac3", "flac", "mp2", "mp3", "opus", "truehd"})

_FITS, _NEARLY, _FAILS = range(3)


@dataclass(frozen=True, slots=True)
class Form:
    """An entry of a profile, with what can be sent in it.

    Attributes:
        entry: The entry.
        container: The canonical name of its container.
        video_codecs: The canonical names of the codecs a picture can have in it, best first.
        audio_codecs: The same for sound.
    """

    entry: TranscodingProfile
    container: str
    video_codecs: tuple[str, ...]
    audio_codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """What happens to the picture.

    Attributes:
        action: What happens.
        targets: The codecs it may have, best first; the one it has when it is copied.
        reasons: What this tells against the file.
    """

    action: StreamAction = StreamAction.NONE
    targets: tuple[VideoTarget, ...] = ()
    reasons: Reasons = NO_REASONS


@dataclass(frozen=True, slots=True)
class AudioPlan:
    """What happens to the sound.

    Attributes:
        action: What happens.
        targets: The codecs it may have, best first; the one it has when it is copied.
        reasons: What this tells against the file.
        stream: The sound that is taken.
        bit_rate: Bits per second it is expected to take.
    """

    action: StreamAction = StreamAction.NONE
    targets: tuple[AudioTarget, ...] = ()
    reasons: Reasons = NO_REASONS
    stream: Stream | None = None
    bit_rate: int = 0


@dataclass(frozen=True, slots=True)
class MusicRemux:
    """Music copied into another container, without an entry for transcoding.

    Attributes:
        audio: The sound.
        container: The canonical name of the container.
    """

    audio: Stream
    container: str


def plan_music_remux(question: Question, reasons: Reasons) -> MusicRemux | None:
    """Returns the container that makes music playable that only lies in a wrong one."""
    audio = question.audio
    if audio is None or not question.audio_only or reasons != {Reason.CONTAINER_NOT_SUPPORTED}:
        return None
    codec = canonical(audio.codec)
    verdicts = question.audio_verdicts(audio_facts(audio, secondary=False))
    found = (
        MusicRemux(audio, container)
        for entry in question.profile.direct_play_profiles
        if entry.kind is MediaKind.AUDIO and entry.names_audio(codec)
        for container in names(entry.container)
        if codec in names(entry.audio_codec) or container == codec in _BARE
    )
    return next((r for r in found if not codec_failures(verdicts, codec, (r.container,))), None)


def choose_form(question: Question) -> Form | None:
    """Returns the form most of the media can be copied into; the first of equals."""
    forms = [
        form
        for entry in question.profile.transcoding_profiles
        if entry.kind is question.kind and entry.for_download == question.wishes.for_download
        if (form := _form(question, entry))
    ]
    audio = question.audio
    verdicts = question.audio_verdicts(audio_facts(audio, secondary=False)) if audio else ()
    return min(
        forms,
        key=lambda form: (_video_rank(question, form), _audio_rank(audio, verdicts, form)),
        default=None,
    )


def _form(question: Question, entry: TranscodingProfile) -> Form | None:
    """Returns what can be sent in an entry's form; None when the server cannot make it."""
    container = canonical(entry.container)
    video_codecs = _offered(entry.video_codec, question.video)
    # Of music the container often tells the codec: "mp3".
    told = container if question.audio_only and container in _BARE else ""
    audio_codecs = _offered(entry.audio_codec or told, question.audio)
    if entry.protocol is Protocol.HLS:
        in_mp4 = container == "mp4"
        video = _HLS_MP4_VIDEO if in_mp4 else _HLS_TS_VIDEO
        audio = _HLS_MP4_AUDIO if in_mp4 else _HLS_TS_AUDIO
        video_codecs = tuple(codec for codec in video_codecs if codec in video)
        audio_codecs = tuple(codec for codec in audio_codecs if codec in audio)
    offers = ((question.video, video_codecs), (question.audio, audio_codecs))
    can_send = bool(container) and all(
        any(codec == canonical(stream.codec) or question.server.encodes(codec) for codec in codecs)
        for stream, codecs in offers
        if stream is not None
    )
    return Form(entry, container, video_codecs, audio_codecs) if can_send else None


def _offered(text: str, source: Stream | None) -> tuple[str, ...]:
    """Returns the codecs of a list; of one that allows any, the codec of the source."""
    if text and not text.startswith("-"):
        return names(text)
    own = (canonical(source.codec),) if source and source.codec else ()
    return own if listed(text, own) else ()


def _video_rank(question: Question, form: Form) -> int:
    """Tells how far a form is from copying the picture. Lower is better."""
    if question.video is None:
        return _FAILS
    codec = canonical(question.video.codec)
    if not listed(form.entry.video_codec, (codec,)):
        return _FAILS
    return _NEARLY if codec_failures(question.video_verdicts, codec, (form.container,)) else _FITS


def _audio_rank(audio: Stream | None, verdicts: Verdicts, form: Form) -> int:
    """The same for the sound; a codec that needs no mixing down is next to copying."""
    if audio is None:
        return _FAILS
    own = canonical(audio.codec)
    ranks = (
        _FITS if codec == own else _NEARLY
        for codec in names(form.entry.audio_codec)
        if not codec_failures(verdicts, codec, (form.container,))
    )
    return min(ranks, default=_FAILS)


def plan_audio(question: Question, form: Form) -> AudioPlan:
    """Decides which sound is taken, and whether it is copied."""
    if question.audio is None:
        return AudioPlan()
    stream = next(
        (s for s in question.audio_choice if canonical(s.codec) in form.audio_codecs), None
    )
    if stream is None:
        unsupported = frozenset({Reason.AUDIO_CODEC_NOT_SUPPORTED})
        return _encoded_audio(question, form, question.audio, unsupported)
    codec = canonical(stream.codec)
    facts = audio_facts(stream, secondary=False)
    verdicts = question.audio_verdicts(facts)
    reasons = codec_failures(verdicts, codec, (form.container,))
    most_channels = form.entry.max_audio_channels or None
    if most_channels is not None and (stream.channel_count or 0) > most_channels:
        reasons |= {Reason.AUDIO_CHANNELS_NOT_SUPPORTED}
    if stream.external:
        # Two files have two clocks: their sound is encoded rather than copied.
        return _encoded_audio(question, form, stream, reasons)
    bit_rate = stream.bit_rate or usual_audio_bit_rate(codec, stream.channel_count)
    copied = (
        not reasons
        and bit_rate <= _audio_budget(question, encoded=False)
        and _fits(form, verdicts, codec, facts)
    )
    if not copied:
        return _encoded_audio(question, form, question.audio, reasons)
    return AudioPlan(StreamAction.COPY, (AudioTarget(codec),), NO_REASONS, stream, bit_rate)


def _audio_budget(question: Question, *, encoded: bool) -> float:
    """Returns the most bits per second the sound may take."""
    limit = question.bit_rate_limit
    if not question.audio_only:
        return math.inf if limit is None else audio_share(limit)
    music_limit = (question.profile.max_music_bit_rate or None) if encoded else None
    budget = least(limit, music_limit)
    return math.inf if budget is None else budget


def _encoded_audio(question: Question, form: Form, stream: Stream, reasons: Reasons) -> AudioPlan:
    verdicts = question.audio_verdicts(audio_facts(stream, secondary=False))
    surround = (stream.channel_count or _SURROUND) >= _SURROUND
    late = _NOT_OF_SURROUND if surround else _NOT_OF_STEREO
    targets = tuple(
        _audio_target(question, form, stream, codec, verdicts)
        for codec in sorted(form.audio_codecs, key=lambda codec: codec in late)
        if question.server.encodes(codec)
    )
    bit_rate = (targets[0].max_bit_rate or 0) if targets else 0
    return AudioPlan(StreamAction.ENCODE, targets, reasons, stream, bit_rate)


def _audio_target(
    question: Question, form: Form, stream: Stream, codec: str, verdicts: Verdicts
) -> AudioTarget:
    target = audio_target(codec, _conditions(form, verdicts, codec))
    max_channels = least(target.max_channels, form.entry.max_audio_channels or None)
    good = encoded_audio_bit_rate(stream, codec, max_channels)
    bit_rate = int(min(good, _audio_budget(question, encoded=True)))
    return replace(
        target, max_channels=max_channels, max_bit_rate=least(target.max_bit_rate, bit_rate)
    )


def plan_video(
    question: Question, form: Form, *, audio_bit_rate: int, draw_subtitles: bool
) -> VideoPlan:
    """Decides whether the picture is copied.

    Args:
        question: What is asked.
        form: What is made.
        audio_bit_rate: The bits per second that the sound takes of the limit.
        draw_subtitles: Whether subtitles are drawn into the picture.
    """
    video = question.video
    if video is None:
        return VideoPlan()
    codec = canonical(video.codec)
    limit = question.bit_rate_limit
    budget = None if limit is None else video_share(limit, audio_bit_rate)
    supported = codec in form.video_codecs
    # Where the picture's own bit rate is not known, it is at most that of the whole.
    within_budget = budget is None or (video.bit_rate or question.bit_rate) <= budget
    if (
        supported
        and within_budget
        and not draw_subtitles
        and not _lacks_timestamps(question, video)
        and _fits(form, question.video_verdicts, codec, question.facts)
    ):
        tags = video_target(codec, _conditions(form, question.video_verdicts, codec)).codec_tags
        return VideoPlan(StreamAction.COPY, (VideoTarget(codec, codec_tags=tags),))
    targets = tuple(
        _video_target(question, form, codec, budget)
        for codec in form.video_codecs
        if question.server.encodes(codec)
    )
    reasons = NO_REASONS if supported else frozenset({Reason.VIDEO_CODEC_NOT_SUPPORTED})
    return VideoPlan(StreamAction.ENCODE, targets, reasons)


def _video_target(question: Question, form: Form, codec: str, budget: int | None) -> VideoTarget:
    of_codec = _conditions(form, question.video_verdicts, codec)
    target = video_target(codec, (*of_codec, *form.entry.conditions))
    return replace(target, max_bit_rate=least(target.max_bit_rate, budget))


def _lacks_timestamps(question: Question, video: Stream) -> bool:
    """AVI keeps no order of display, without which H.264 cannot go into another container."""
    return "avi" in question.containers and canonical(video.codec) == "h264" and not video.avc


def _fits(form: Form, verdicts: Verdicts, codec: str, facts: Facts) -> bool:
    """Tells whether a stream may be in what is made as it is."""
    return all(c.property in PACKING or holds(c, facts) for c in _conditions(form, verdicts, codec))


def _conditions(form: Form, verdicts: Verdicts, codec: str) -> Iterator[ProfileCondition]:
    return target_conditions(verdicts, codec, form.container, form.entry.protocol)
