"""How subtitles reach the device.

Semantics: Jellyfin's. A way that needs no conversion goes before one that does; what no entry of
the profile can take is left out if the profile says so, or else drawn into the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelhouse_playback.decisions.facts import ServerAbilities, Stream
from reelhouse_playback.decisions.question import Question
from reelhouse_playback.device_profiles.model import (
    DeviceProfile,
    Protocol,
    SubtitleMethod,
    SubtitleProfile,
    canonical,
    listed,
)

# Canonical names of subtitles that are pictures; "sub" and "idx" are the files of VobSub.
_PICTURES = frozenset({"pgssub", "dvdsub", "dvbsub", "xsub", "sub", "idx"})
# Styled text that loses its looks as another format, and that no other can become.
_STYLED = frozenset({"ass", "ssa"})
# What ffmpeg can put subtitles into while it makes the container.
_TAKES_SUBTITLES = frozenset({"mkv"})


@dataclass(frozen=True, slots=True)
class Delivery:
    """A way and the format subtitles have on it."""

    method: SubtitleMethod
    format: str


@dataclass(frozen=True, slots=True)
class Output:
    """What is sent: the container's canonical names, and how when it is made (None: as it is)."""

    containers: tuple[str, ...]
    protocol: Protocol | None = None

    @property
    def made(self) -> bool:
        return self.protocol is not None

    def can_embed(self, subtitle: Stream) -> bool:
        """Tells whether subtitles can be a stream of what is sent."""
        if self.made:
            return self.protocol is not Protocol.HLS and listed("mkv", self.containers)
        return not subtitle.external


def is_text(subtitle: Stream) -> bool:
    """Tells whether subtitles are text rather than pictures."""
    if subtitle.text_subtitle is not None:
        return subtitle.text_subtitle
    codec = canonical(subtitle.codec)
    return bool(codec or subtitle.external) and codec not in _PICTURES


def chosen_delivery(question: Question, output: Output) -> Delivery | None:
    """Returns how the chosen subtitles of a question reach the device; None: there are none."""
    if question.subtitle is None:
        return None
    return delivery(question.subtitle, question.profile, question.server, output)


def delivery(
    subtitle: Stream, profile: DeviceProfile, server: ServerAbilities, output: Output
) -> Delivery:
    """Returns how subtitles reach the device beside, or inside, what is sent."""
    entries = [e for e in profile.subtitle_profiles if _speaks(e, subtitle)]
    embed = [
        e
        for e in entries
        if e.method is SubtitleMethod.EMBED
        and output.can_embed(subtitle)
        and listed(e.container, output.containers)
    ]
    beside = [e for e in entries if _goes_beside(e, subtitle, server, output)]
    drop = [e for e in entries if e.method is SubtitleMethod.DROP]
    chosen = (
        _same_format(embed, subtitle)
        or (_convertible(embed, subtitle) if output.made else None)
        or _same_format(beside, subtitle)
        or _convertible(beside, subtitle)
        # A file as it is cannot be converted. As Jellyfin does, trust a device that reads one
        # text format inside of files with another rather than draw it into the picture.
        or _convertible(embed, subtitle)
        or _same_format(drop, subtitle)
    )
    if chosen is None:
        return Delivery(SubtitleMethod.ENCODE, canonical(subtitle.codec))
    return Delivery(chosen.method, chosen.format)


def _speaks(entry: SubtitleProfile, subtitle: Stream) -> bool:
    return not entry.language or listed(entry.language, (canonical(subtitle.language) or "und",))


def _goes_beside(
    entry: SubtitleProfile, subtitle: Stream, server: ServerAbilities, output: Output
) -> bool:
    """Tells whether an entry sends subtitles of this kind apart from the picture."""
    text = is_text(subtitle)
    if text and output.made and not subtitle.external and not server.extracts_subtitles:
        return False
    if entry.method is SubtitleMethod.HLS:
        return output.made and text
    return entry.method is SubtitleMethod.EXTERNAL and text == (
        canonical(entry.format) not in _PICTURES
    )


def _same_format(entries: Sequence[SubtitleProfile], subtitle: Stream) -> SubtitleProfile | None:
    codec = canonical(subtitle.codec)
    return next((e for e in entries if canonical(e.format) == codec), None)


def _convertible(entries: Sequence[SubtitleProfile], subtitle: Stream) -> SubtitleProfile | None:
    if not is_text(subtitle) or canonical(subtitle.codec) in _STYLED:
        return None
    return next((e for e in entries if _is_plain_text(canonical(e.format))), None)


def _is_plain_text(name: str) -> bool:
    return name not in _STYLED and name not in _PICTURES
