"""Whether a file plays as it is, and every reason why not."""

from __future__ import annotations

from dataclasses import dataclass

from reelhouse_playback.decisions.conditions import (
    audio_facts,
    codec_failures,
    container_failures,
)
from reelhouse_playback.decisions.decision import NO_REASONS, Reason, Reasons
from reelhouse_playback.decisions.facts import Stream
from reelhouse_playback.decisions.question import Question
from reelhouse_playback.decisions.subtitles import Output, chosen_delivery
from reelhouse_playback.device_profiles.model import (
    DirectPlayProfile,
    MediaKind,
    SubtitleMethod,
    canonical,
)

# Of several entries of a profile that all fail, the one whose failures are cheapest to cure tells
# the reasons: these are the kinds of failure, the most expensive first (Jellyfin's order).
_COSTS: tuple[Reasons, ...] = (
    frozenset({Reason.VIDEO_CODEC_NOT_SUPPORTED}),
    frozenset(
        {
            Reason.VIDEO_RESOLUTION_NOT_SUPPORTED,
            Reason.ANAMORPHIC_VIDEO_NOT_SUPPORTED,
            Reason.INTERLACED_VIDEO_NOT_SUPPORTED,
            Reason.VIDEO_BIT_DEPTH_NOT_SUPPORTED,
            Reason.VIDEO_BIT_RATE_NOT_SUPPORTED,
            Reason.VIDEO_FRAMERATE_NOT_SUPPORTED,
            Reason.VIDEO_LEVEL_NOT_SUPPORTED,
            Reason.REF_FRAMES_NOT_SUPPORTED,
            Reason.VIDEO_RANGE_TYPE_NOT_SUPPORTED,
            Reason.VIDEO_PROFILE_NOT_SUPPORTED,
            Reason.VIDEO_ROTATION_NOT_SUPPORTED,
        }
    ),
    frozenset({Reason.AUDIO_CODEC_NOT_SUPPORTED}),
    frozenset(
        {
            Reason.AUDIO_BIT_RATE_NOT_SUPPORTED,
            Reason.AUDIO_CHANNELS_NOT_SUPPORTED,
            Reason.AUDIO_PROFILE_NOT_SUPPORTED,
            Reason.AUDIO_SAMPLE_RATE_NOT_SUPPORTED,
            Reason.SECONDARY_AUDIO_NOT_SUPPORTED,
            Reason.AUDIO_BIT_DEPTH_NOT_SUPPORTED,
            Reason.AUDIO_IS_EXTERNAL,
        }
    ),
    frozenset({Reason.CONTAINER_NOT_SUPPORTED}),
)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a file fits a profile as it is.

    Attributes:
        reasons: Everything against it. Empty: it plays.
        audio: The sound that plays then.
        container: The one of the container's names that the profile has.
    """

    reasons: Reasons
    audio: Stream | None = None
    container: str = ""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A file against one entry of a profile."""

    fit: Fit
    container_plays: bool


def check(question: Question) -> Fit:
    """Tells how the media fits the profile as it is."""
    if question.over_limit:
        return Fit(frozenset({Reason.CONTAINER_BIT_RATE_EXCEEDS_LIMIT}))
    fit = _best(_attempts(question))
    if question.wishes.direct_play_disabled and not fit.reasons:
        return Fit(frozenset({Reason.DIRECT_PLAY_ERROR}))
    return fit


def _best(attempts: list[_Attempt]) -> Fit:
    """Returns what fits best; the first of equals. No entry at all is an error of its own."""
    some_container_plays = any(attempt.container_plays for attempt in attempts)
    fits = [
        attempt.fit for attempt in attempts if attempt.container_plays or not some_container_plays
    ]
    return max(
        fits, key=lambda fit: _rank(fit.reasons), default=Fit(frozenset({Reason.DIRECT_PLAY_ERROR}))
    )


def _rank(reasons: Reasons) -> int:
    if not reasons:
        return len(_COSTS) + 1
    return next((i for i, kind in enumerate(_COSTS) if reasons & kind), len(_COSTS))


def _attempts(question: Question) -> list[_Attempt]:
    """Tries all entries that are about this kind of media."""
    video = question.video
    codec = canonical(video.codec) if video else ""
    against_all = container_failures(
        question.profile, question.kind, question.containers, question.facts
    ) | _subtitle_failures(question)
    against_video = codec_failures(question.video_verdicts, codec, question.containers)
    against_audio = {s.index: _audio_failures(question, s) for s in question.audio_choice}
    attempts = []
    for entry in question.profile.direct_play_profiles:
        if entry.kind is not question.kind:
            continue
        reasons = against_all
        container_plays = _plays_container(entry, question.containers)
        if not container_plays:
            reasons |= {Reason.CONTAINER_NOT_SUPPORTED}
        if entry.kind is MediaKind.VIDEO:
            plays = entry.plays_video(codec)
            reasons |= against_video if plays else {Reason.VIDEO_CODEC_NOT_SUPPORTED}
        audio = _first_playing(entry, question.audio_choice, container_plays=container_plays)
        if audio is not None:
            reasons |= against_audio[audio.index]
        elif question.audio_choice:
            reasons |= {Reason.AUDIO_CODEC_NOT_SUPPORTED}
        container = next((c for c in question.containers if entry.plays_container((c,))), "")
        attempts.append(_Attempt(Fit(reasons, audio, container), container_plays))
    return attempts


def _audio_failures(question: Question, audio: Stream) -> Reasons:
    """Returns what the profile has against a sound of the file as it is, its codec aside."""
    facts = audio_facts(audio, secondary=question.is_secondary(audio))
    verdicts = question.audio_verdicts(facts)
    reasons = codec_failures(verdicts, canonical(audio.codec), question.containers)
    return reasons | {Reason.AUDIO_IS_EXTERNAL} if audio.external else reasons


def _subtitle_failures(question: Question) -> Reasons:
    way = chosen_delivery(question, Output(question.containers))
    if way is not None and way.method is SubtitleMethod.ENCODE:
        return frozenset({Reason.SUBTITLE_CODEC_NOT_SUPPORTED})
    return NO_REASONS


def _plays_container(entry: DirectPlayProfile, containers: tuple[str, ...]) -> bool:
    if not entry.plays_container(containers):
        return False
    # Browsers play WebM, but no music in Matroska: https://github.com/jellyfin/jellyfin/issues/13344
    strict = entry.kind is MediaKind.AUDIO and "mkv" in containers
    return not strict or entry.plays_container(("mkv",))


def _first_playing(
    entry: DirectPlayProfile, choice: tuple[Stream, ...], *, container_plays: bool
) -> Stream | None:
    """Returns the first sound whose codec an entry plays.

    An entry for music often has no list of codecs, since the container tells: "flac" plays FLAC.
    So for music in another container an entry speaks only of the codecs it names.
    """
    by_name = entry.kind is MediaKind.AUDIO and not container_plays
    plays = entry.names_audio if by_name else entry.plays_audio
    return next((s for s in choice if plays(canonical(s.codec))), None)
