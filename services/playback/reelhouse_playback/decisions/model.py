"""How a device plays a media file, and why: the rules, free of I/O.

`decide` is the whole of it. What goes in is in `facts` and the device profile, what comes out in
`decision`; each step of the way has its module. The semantics are those of Jellyfin's device
profiles (its StreamBuilder), so that profiles made for Jellyfin mean here what they mean there.
"""

from __future__ import annotations

from dataclasses import replace

from reelhouse_playback.decisions import direct_play, transcoding
from reelhouse_playback.decisions.decision import (
    NO_REASONS,
    AudioTarget,
    Decision,
    Method,
    PlayMethod,
    Reason,
    Reasons,
    StreamAction,
    TranscodeMode,
    VideoTarget,
)
from reelhouse_playback.decisions.facts import (
    MediaFacts,
    ServerAbilities,
    Stream,
    StreamKind,
    VideoRange,
    Wishes,
)
from reelhouse_playback.decisions.question import Question, ask
from reelhouse_playback.decisions.subtitles import Delivery, Output, chosen_delivery
from reelhouse_playback.device_profiles.model import (
    DeviceProfile,
    SubtitleMethod,
    canonical,
)

__all__ = [
    "AudioTarget",
    "Decision",
    "MediaFacts",
    "Method",
    "PlayMethod",
    "Reason",
    "ServerAbilities",
    "Stream",
    "StreamAction",
    "StreamKind",
    "TranscodeMode",
    "VideoRange",
    "VideoTarget",
    "Wishes",
    "decide",
]


_NO_WISHES = Wishes()
_ALL_ABILITIES = ServerAbilities()


def decide(
    media: MediaFacts,
    profile: DeviceProfile,
    wishes: Wishes = _NO_WISHES,
    server: ServerAbilities = _ALL_ABILITIES,
) -> Decision:
    """Decides how a device plays a media file.

    Never fails: media or profiles that make no sense get a decision that is not `playable`.

    Args:
        media: What is known of the file.
        profile: What the device can play.
        wishes: What the viewer wants.
        server: What the server can do.
    """
    question = ask(media, profile, wishes, server)
    fit = direct_play.check(question)
    if not fit.reasons:
        return _direct(question, fit)
    remuxed = transcoding.plan_music_remux(question, fit.reasons)
    if remuxed:
        return _music_remux(remuxed, fit.reasons)
    form = transcoding.choose_form(question)
    return _made(question, form, fit.reasons) if form else _nothing(question, fit.reasons)


def _direct(question: Question, fit: direct_play.Fit) -> Decision:
    """The file as it is."""
    video, audio = question.video, fit.audio
    return _with_subtitles(
        question,
        chosen_delivery(question, Output(question.containers)),
        Decision(
            video_stream_index=video.index if video else None,
            audio_stream_index=audio.index if audio else None,
            video_action=StreamAction.COPY if video else StreamAction.NONE,
            audio_action=StreamAction.COPY if audio else StreamAction.NONE,
            container=fit.container,
            video_targets=(VideoTarget(canonical(video.codec)),) if video else (),
            audio_targets=(AudioTarget(canonical(audio.codec)),) if audio else (),
        ),
    )


def _music_remux(remux: transcoding.MusicRemux, reasons: Reasons) -> Decision:
    """Music in the container that the device wants it in."""
    return Decision(
        reasons=_ordered(reasons),
        transcode_mode=TranscodeMode.REMUX,
        audio_stream_index=remux.audio.index,
        audio_action=StreamAction.COPY,
        container=remux.container,
        audio_targets=(AudioTarget(canonical(remux.audio.codec)),),
    )


def _made(question: Question, form: transcoding.Form, reasons: Reasons) -> Decision:
    """What the server makes of the file in a form."""
    subtitles = chosen_delivery(question, Output((form.container,), form.entry.protocol))
    audio = transcoding.plan_audio(question, form)
    video = transcoding.plan_video(
        question,
        form,
        audio_bit_rate=audio.bit_rate,
        draw_subtitles=subtitles is not None and subtitles.method is SubtitleMethod.ENCODE,
    )
    # As in Jellyfin, what keeps streams of a video from being copied is a reason, too.
    of_form = NO_REASONS if question.audio_only else audio.reasons | video.reasons
    return _with_subtitles(
        question,
        subtitles,
        Decision(
            reasons=_ordered(reasons | of_form),
            transcode_mode=_mode(video.action, audio.action),
            video_stream_index=question.video.index if question.video else None,
            audio_stream_index=audio.stream.index if audio.stream else None,
            video_action=video.action,
            audio_action=audio.action,
            container=form.container,
            protocol=form.entry.protocol,
            video_targets=video.targets,
            audio_targets=audio.targets,
            transcoding=form.entry,
        ),
    )


def _nothing(question: Question, reasons: Reasons) -> Decision:
    """The profile has no form for this media that the server could make."""
    return Decision(
        reasons=_ordered(reasons),
        transcode_mode=TranscodeMode.TRANSCODE,
        video_stream_index=question.video.index if question.video else None,
        audio_stream_index=question.audio.index if question.audio else None,
    )


def _with_subtitles(question: Question, way: Delivery | None, decision: Decision) -> Decision:
    if question.subtitle is None or way is None:
        return decision
    return replace(
        decision,
        subtitle_stream_index=question.subtitle.index,
        subtitle_method=way.method,
        subtitle_format=way.format,
    )


def _mode(video: StreamAction, audio: StreamAction) -> TranscodeMode:
    if video is StreamAction.COPY and audio is StreamAction.ENCODE:
        return TranscodeMode.DIRECT_STREAM
    actions = {video, audio} - {StreamAction.NONE}
    return TranscodeMode.REMUX if actions == {StreamAction.COPY} else TranscodeMode.TRANSCODE


def _ordered(reasons: Reasons) -> tuple[Reason, ...]:
    return tuple(reason for reason in Reason if reason in reasons)
