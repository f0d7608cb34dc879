"""The question a decision answers: the streams that are asked for and the limit that holds."""

from __future__ import annotations

from dataclasses import dataclass

from reelhouse_playback.decisions.conditions import (
    Facts,
    Verdicts,
    audio_facts,
    judge,
    video_facts,
)
from reelhouse_playback.decisions.facts import (
    MediaFacts,
    ServerAbilities,
    Stream,
    StreamKind,
    Wishes,
)
from reelhouse_playback.device_profiles.model import (
    CodecKind,
    DeviceProfile,
    MediaKind,
    canonical,
    names,
)

# What media is taken to have when nothing tells its bit rate (Jellyfin's number).
ASSUMED_BIT_RATE = 40_000_000

# The codecs WebM may hold: https://www.webmproject.org/docs/container/ (guidelines).
_WEBM_CODECS = frozenset({"vp8", "vp9", "av1", "vorbis", "opus"})


@dataclass(frozen=True, slots=True)
class Question:
    """All that is asked, in the form that the parts of a decision need.

    Attributes:
        media: The media.
        profile: What the device can play.
        wishes: What the viewer wants.
        server: What the server can do.
        containers: The canonical names of the media's container.
        video: The picture.
        facts: The values for conditions on the container, and on the picture if there is one.
        video_verdicts: The codec profiles that count for the picture.
        audio: The sound that is wished, or the default one.
        audio_choice: All sounds that may be taken instead of `audio`, which is among them.
        subtitle: The subtitles that are wished, or the default ones; none without a picture.
        bit_rate: Bits per second of the media.
        bit_rate_limit: The most bits per second that may be sent; None: no limit.
    """

    media: MediaFacts
    profile: DeviceProfile
    wishes: Wishes
    server: ServerAbilities
    containers: tuple[str, ...]
    video: Stream | None
    facts: Facts
    video_verdicts: Verdicts
    audio: Stream | None
    audio_choice: tuple[Stream, ...]
    subtitle: Stream | None
    bit_rate: int
    bit_rate_limit: int | None

    @property
    def over_limit(self) -> bool:
        """Whether the media has more bits per second than may be sent."""
        return self.bit_rate_limit is not None and self.bit_rate > self.bit_rate_limit

    @property
    def audio_only(self) -> bool:
        """Whether this is music: sound without a picture."""
        return self.video is None and self.audio is not None

    @property
    def kind(self) -> MediaKind:
        """Which entries of the profile are about this media."""
        return MediaKind.AUDIO if self.audio_only else MediaKind.VIDEO

    def audio_verdicts(self, facts: Facts) -> Verdicts:
        """Returns the codec profiles that count for a sound with these values."""
        kind = CodecKind.AUDIO if self.audio_only else CodecKind.VIDEO_AUDIO
        return judge(self.profile, kind, facts)

    def is_secondary(self, audio: Stream) -> bool:
        """Tells whether the file has another sound before this one."""
        if audio.external:
            return False
        first = next((s for s in self.media.of_kind(StreamKind.AUDIO) if not s.external), audio)
        return first.index != audio.index


def ask(
    media: MediaFacts, profile: DeviceProfile, wishes: Wishes, server: ServerAbilities
) -> Question:
    """Chooses the streams and the limit."""
    video = next(media.of_kind(StreamKind.VIDEO), None)
    audio = _wished_audio(media, wishes)
    facts = video_facts(media, video)
    if video is None and audio is not None:
        facts |= audio_facts(audio, secondary=False)
    return Question(
        media=media,
        profile=profile,
        wishes=wishes,
        server=server,
        containers=_containers(media),
        video=video,
        facts=facts,
        video_verdicts=judge(profile, CodecKind.VIDEO, facts) if video else (),
        audio=audio,
        audio_choice=_audio_choice(media, audio, wishes),
        subtitle=_wished_subtitle(media, wishes) if video else None,
        bit_rate=_bit_rate(media),
        bit_rate_limit=_bit_rate_limit(profile, wishes),
    )


def _containers(media: MediaFacts) -> tuple[str, ...]:
    """All Matroska is "matroska,webm" to libavformat: WebM it is only with WebM's codecs."""
    found = names(media.container)
    inside = [s for s in media.streams if not s.external]
    if len(found) > 1 and any(canonical(s.codec) not in _WEBM_CODECS for s in inside):
        return tuple(name for name in found if name != "webm")
    return found


def _wished_audio(media: MediaFacts, wishes: Wishes) -> Stream | None:
    streams = tuple(media.of_kind(StreamKind.AUDIO))
    wished = media.default_audio_index if _any_audio(wishes) else wishes.audio_stream_index
    return (
        next((s for s in streams if s.index == wished), None)
        or next((s for s in streams if s.default), None)
        or next(iter(streams), None)
    )


def _any_audio(wishes: Wishes) -> bool:
    return wishes.audio_stream_index is None or wishes.audio_stream_index < 0


def _audio_choice(media: MediaFacts, audio: Stream | None, wishes: Wishes) -> tuple[Stream, ...]:
    """Without a wish, any default sound may be taken; where none is a default one, any sound."""
    if audio is None:
        return ()
    if not _any_audio(wishes):
        return (audio,)
    return tuple(s for s in media.of_kind(StreamKind.AUDIO) if s.default or not audio.default)


def _wished_subtitle(media: MediaFacts, wishes: Wishes) -> Stream | None:
    wished = wishes.subtitle_stream_index
    if wished is None:
        wished = media.default_subtitle_index
    if wished is not None:
        return media.find(StreamKind.SUBTITLE, wished)
    streams = tuple(media.of_kind(StreamKind.SUBTITLE))
    return next((s for s in streams if s.default), None) or next(
        (s for s in streams if s.forced), None
    )


def _bit_rate(media: MediaFacts) -> int:
    if media.bit_rate:
        return media.bit_rate
    rates = [
        s.bit_rate
        for kind in (StreamKind.VIDEO, StreamKind.AUDIO)
        for s in media.of_kind(kind)
        if not s.external
    ]
    return sum(rate for rate in rates if rate) if rates and all(rates) else ASSUMED_BIT_RATE


def _bit_rate_limit(profile: DeviceProfile, wishes: Wishes) -> int | None:
    of_profile = (
        profile.max_static_bit_rate if wishes.for_download else profile.max_streaming_bit_rate
    )
    limits = [limit for limit in (of_profile, wishes.max_bit_rate) if limit and limit > 0]
    return min(limits, default=None)
